/**
 * @file
 * What bridges publish, as read from the broker, which may send anything.
 */
#ifndef BRIDGE_PAYLOAD_H
#define BRIDGE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "store.h"

/**
 * Reads a payload, which is modified. The message's strings are valid until the next call.
 * @return false if no bridge can have written it to that topic.
 */
bool payload_read(const char *prefix, const char *topic, char *payload, size_t bytes,
                  struct store_message *message);

#endif
