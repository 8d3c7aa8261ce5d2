/**
 * @file
 * Has this machine's own Avahi, if it runs, name a server that other machines reach through this
 * one, by its program avahi-publish.
 */
#ifndef AVAHI_H
#define AVAHI_H

#include <stdbool.h>

#include "port.h"

/**
 * Starts to name a server: _lwchat._tcp and _http._tcp, with its name and the page's path in TXT.
 * The number of people is left out, as avahi-publish cannot change it. Where there is no Avahi it
 * does nothing.
 * @param service  with the ports of this machine that lead to the server
 * @param tells    report with port_complain() what it did
 */
void avahi_publish(const struct port_service *service, bool tells);

/** Withdraws the names. So does the end of this program. */
void avahi_withdraw(void);

#endif
