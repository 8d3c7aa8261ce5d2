/**
 * @file
 * What the bridge shows: one line each, on standard output.
 */
#ifndef BRIDGE_TELL_H
#define BRIDGE_TELL_H

void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
