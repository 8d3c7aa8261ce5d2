/**
 * @file
 * The MAC of this station: given by the user, or else the same at every start on
 * this machine and interface, so that a DHCP server gives the same lease.
 */
#ifndef STATION_H
#define STATION_H

#include <stdbool.h>
#include <stdint.h>

enum { STATION_BYTES = 6 };

/** Parses six pairs of hexadecimal digits, separated by colons. @return false when invalid. */
bool station_read(const char *text, uint8_t mac[STATION_BYTES]);

/**
 * Finds the permanent MAC of the machine's first network card.
 * @param folder  where the kernel lists its interfaces: /sys/class/net
 * @return false when there is no card.
 */
bool station_hardware(const char *folder, uint8_t mac[STATION_BYTES]);

/**
 * Derives a locally administered MAC from the machine's id, the MAC of its first
 * network card, which differs between copies of one disk, and the interface's
 * name. It is random without a name (NULL), or without both id and card.
 */
void station_make(const char *interface, uint8_t mac[STATION_BYTES]);

#endif
