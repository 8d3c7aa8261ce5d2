/**
 * @file
 * Why the port could not start, for port_reason().
 */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

/** True for messages in French, false for English. */
extern bool reason_french;

/** Selects one of two literals, so that the compiler checks both as format strings. */
#define SAY(english, french) (reason_french ? (french) : (english))

/**
 * Formats and stores one line, without its end, that says what went wrong and what
 * to do about it. @return `error`, for the caller to return.
 */
int reason_set(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
