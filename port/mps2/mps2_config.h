/**
 * @file
 * Settings of the MPS2 boards for lwIP and the operating system. A board's board_config.h sets the
 * clock and includes this.
 */
#ifndef MPS2_CONFIG_H
#define MPS2_CONFIG_H

#include "lwchatopts.h"

/* Connections at the same time. */
#define PORT_PLACES                                                                                \
    (LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS + LWCHAT_HTTP * (LWCHAT_HTTP_REQUESTS + 2))

#endif
