/**
 * @file
 * What the port takes from the system as it is: clock, entropy, and the end by
 * a panic. It fulfils port_now_ms(), port_entropy() and port_panic().
 */
#ifndef LWCHAT_LINUX_SYSTEM_H
#define LWCHAT_LINUX_SYSTEM_H

#include <stdint.h>

/** Microseconds since some start; does not wrap. */
uint64_t system_now_us(void);

#endif
