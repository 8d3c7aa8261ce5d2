/**
 * @file
 * How many connections a board has places for. A board's board_config.h includes this.
 */
#ifndef PLACES_H
#define PLACES_H

#include "lwchatopts.h"

/* Connections at the same time. */
#define PORT_PLACES                                                                                \
    (LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS + LWCHAT_IRC +                                 \
     LWCHAT_HTTP * (LWCHAT_HTTP_REQUESTS + 2))

#endif
