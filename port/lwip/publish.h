/**
 * @file
 * Names a server on its link, by lwIP's mDNS responder: NAME.local (RFC 6762), and the services
 * _lwchat._tcp and _http._tcp (RFC 6763). A name that another machine has is numbered:
 * lwchat-2.local, "Marcel (2)". With LWCHAT_MDNS only.
 *
 * All functions are called from the loop, without the core lock.
 */
#ifndef PUBLISH_H
#define PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "lwip/netif.h"
#include "port.h"

struct port_service; /* with LWCHAT_MDNS */

/** What it needs to know of a port. Static storage. */
struct publish_way {
    struct netif *interface; /**< has NETIF_FLAG_IGMP, and gets all multicast */
    const char *host;        /**< the name without ".local"; NULL: LWCHAT_HOSTNAME */
    void (*wake)(void);      /**< ends the loop's sleep; called from any thread */
    bool french;             /**< messages are in French, otherwise in English */
};

/** As port_publish(). The number of people is announced at most every 10 s. */
void publish(const struct publish_way *way, const struct port_service *service);

/**
 * Does pending work. Call it in each port_wait().
 * @param tells  false when nothing can be reported now, in the middle of a line
 */
void publish_turn(bool tells);

/** As port_is_on_link(). */
bool publish_is_host(const char *host);

/** Milliseconds until publish_turn() has work to do; UINT32_MAX for never. */
uint32_t publish_due(void);

#endif
