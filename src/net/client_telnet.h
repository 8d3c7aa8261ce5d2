/**
 * @file
 * Telnet, as far as a client needs it that wants none of its options (RFC 854,
 * RFC 1143): takes it out of what a server sends, and says what to answer.
 */
#ifndef LWCHAT_CLIENT_TELNET_H
#define LWCHAT_CLIENT_TELNET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All zeros is the start of a connection. */
struct client_telnet {
    bool seen;            /**< the server speaks it, so it ends its lines */
    uint8_t place;        /**< in a command; 0 is outside */
    uint8_t answer_bytes; /**< of `answers`, to be sent */
    uint16_t skipped;     /**< bytes of a subnegotiation so far */
    char answers[3 * 32]; /**< refusals; what a server asks beyond them goes unanswered */
};

/**
 * Takes commands out of `bytes` bytes of `text`, and NULs, which pad what some
 * servers send. What begins here and goes on in the next bytes is kept.
 *
 * @param text  has room for one byte more
 * @return how many bytes are left, at most `bytes` + 1.
 */
size_t client_telnet_strip(struct client_telnet *telnet, char *text, size_t bytes);

/** Notes that the first `bytes` of the answers were sent. */
void client_telnet_skip(struct client_telnet *telnet, size_t bytes);

#endif
