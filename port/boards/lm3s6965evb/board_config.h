/**
 * @file
 * The LM3S6965 at 50 MHz: settings for its drivers, lwIP and the operating system.
 */
#ifndef BOARD_CONFIG_H
#define BOARD_CONFIG_H

#include "lwchatopts.h"

#define BOARD_CLOCK_HZ 50000000UL

/* Connections at the same time. */
#define PORT_PLACES                                                                                \
    (LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS + LWCHAT_HTTP * (LWCHAT_HTTP_REQUESTS + 2))

#endif
