/**
 * @file
 * Telnet for a client that accepts none of its options (RFC 854, RFC 1143):
 * removes the commands from the server's output, and generates the answers.
 */
#ifndef LWCHAT_CLIENT_TELNET_H
#define LWCHAT_CLIENT_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All zeros at the start of a connection. */
struct client_telnet {
    bool seen;            /**< the server uses it, so it ends its lines */
    uint8_t place;        /**< position in a command; 0: outside */
    uint8_t answer_bytes; /**< bytes of `answers` to send */
    uint16_t skipped;     /**< bytes of a subnegotiation so far */
    char answers[3 * 32]; /**< refusals; requests for which there is no room go unanswered */
};

/**
 * Removes commands from the `bytes` bytes of `text`, and NULs, which some
 * servers send as padding. A command that is incomplete at the end is
 * continued by the next call.
 *
 * @param text  has room for one more byte
 * @return how many bytes are left, at most `bytes` + 1.
 */
size_t client_telnet_strip(struct client_telnet *telnet, char *text, size_t bytes);

/** Removes the first `bytes` bytes of the answers, which were sent. */
void client_telnet_skip(struct client_telnet *telnet, size_t bytes);

#endif
