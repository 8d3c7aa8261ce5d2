/**
 * @file
 * Log output: one line each, on standard output.
 */
#ifndef BRIDGE_LOG_H
#define BRIDGE_LOG_H

void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
