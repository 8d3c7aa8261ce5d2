/**
 * @file
 * The MAC of this station: one that was chosen, or the same at every start on
 * this machine and interface, so that a DHCP server gives the same lease.
 */
#ifndef STATION_H
#define STATION_H

#include <stdbool.h>
#include <stdint.h>

enum { STATION_BYTES = 6 };

/** Reads six pairs of hexadecimal digits with a colon between them. */
bool station_read(const char *text, uint8_t mac[STATION_BYTES]);

/**
 * The MAC that the first of the machine's network cards was made with.
 * @param folder  where the system lists its interfaces: /sys/class/net
 * @return false when there is none.
 */
bool station_hardware(const char *folder, uint8_t mac[STATION_BYTES]);

/**
 * Makes a locally administered one from the machine's id, its first network
 * card, by which copies of one disk differ, and the interface's name. It is
 * random where there is no name (NULL), or neither id nor card.
 */
void station_make(const char *interface, uint8_t mac[STATION_BYTES]);

#endif
