/**
 * @file
 * Why the port could not start, for port_reason().
 */
#ifndef REASON_H
#define REASON_H

#include <stdbool.h>

/** The language that was asked for. */
extern bool reason_french;

/** One of two texts, which are literals: the compiler then checks both where it checks formats. */
#define SAY(english, french) (reason_french ? (french) : (english))

/**
 * Keeps one line, printf-like, that says what went wrong and what to do about
 * it. @return `error`, for the caller to return.
 */
int reason_set(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
