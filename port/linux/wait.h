/**
 * @file
 * port_wait(): moves frames from the wire to lwIP, polls the console, does what is due for
 * addresses and names, and sleeps. Also port_wake() and port_stopping(), which end it.
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/netif.h"
#include "wire.h"

/**
 * To be called once the wire is open.
 * @param lost_s  for how long the wire may be lost, in seconds; 0: forever
 * @return 0, or LWCHAT_FAILED and the reason.
 */
int wait_open(const struct wire *wire, struct netif *interface, uint32_t lost_s);

/** Closes what wait_open() has opened, even if that failed. */
void wait_close(void);

/** A file descriptor that ends the wait once a number is written to it, as by port_wake(). */
int wait_alarm(void);

/** Has port_wait() return when a descriptor is readable, until that is closed. */
void wait_watch(int fd);

/** True once the wire has been lost for too long, which ends the program. */
bool wait_is_lost_for_good(void);

/** Sets which checksums lwIP generates, and whether it checks those of the next frame. */
void wait_set_sums(bool check);

/** The interface's input function. */
err_t wait_take(struct pbuf *frame, struct netif *interface);

#endif
