/**
 * @file
 * Dates of the Gregorian calendar.
 */
#ifndef LWCHAT_DATE_H
#define LWCHAT_DATE_H

#include <stdint.h>

enum { DATE_BYTES = 19 };

/**
 * Writes a time, in seconds since 1970, as 2026-11-30T06:12:30.
 * @param out      DATE_BYTES long; no NUL is added
 * @param between  what stands in place of the T
 */
void date_write(char *out, uint32_t time_s, char between);

#endif
