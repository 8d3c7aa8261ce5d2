/**
 * @file
 * Why the port could not start, for port_reason().
 */
#ifndef REASON_H
#define REASON_H

/**
 * Keeps one line, printf-like, that says what went wrong and what to do about
 * it. @return `error`, for the caller to return.
 */
int reason_set(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
