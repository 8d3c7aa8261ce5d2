/**
 * @file
 * Clock, entropy and panic. Implements port_now_ms(), port_clock(), port_entropy()
 * and port_panic().
 */
#ifndef LWCHAT_LINUX_SYSTEM_H
#define LWCHAT_LINUX_SYSTEM_H

#include <stdint.h>

/** Microseconds since an arbitrary start; does not wrap. */
uint64_t system_now_us(void);

#endif
