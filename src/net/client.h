/**
 * @file
 * The client's loop: one connection, one console, one wait.
 *
 * What the console gives goes up to the server, what the server sends goes
 * down to the console. Neither side is read faster than the other takes: what
 * is typed stays with the console while the connection takes nothing, or is
 * ending, and what arrives stays with TCP while the console takes nothing. So
 * nothing is lost, and a buffer of one line each way is enough.
 */
#ifndef LWCHAT_CLIENT_H
#define LWCHAT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/words.h"
#include "../lwchat_config.h"
#include "client_down.h"
#include "client_kept.h"
#include "client_up.h"

struct client_config {
    const char *host; /**< NULL: the console's /connect says where to, any number of times */
    uint16_t port;    /**< unless /connect names another */
    const char *nick; /**< sent as /nick NAME once the server has greeted; NULL: nothing is */
    enum client_framing framing;
    enum words_language lang;
};

enum client_state {
    CLIENT_IDLE, /**< waits for /connect */
    CLIENT_RESOLVING,
    CLIENT_CONNECTING,
    CLIENT_GREETING, /**< connected; says nothing until it knows how */
    CLIENT_TALKING,
    CLIENT_LEAVING, /**< has said fin; waits for the server to close */
    CLIENT_CLOSED,  /**< the connection has ended; the console gets the rest */
    CLIENT_DONE
};

/** A client. The caller owns it; its members are the client's own. */
struct client {
    const struct client_config *config;
    enum client_state state;
    bool moved;        /**< the state has changed: go on without waiting */
    bool told;         /**< what takes long has been named */
    bool heard;        /**< the server has sent anything */
    bool input_waits;  /**< the console has more than there was room for */
    bool finished;     /**< our side of the connection is ended */
    bool lost;         /**< the connection broke */
    bool nobody_reads; /**< the console's output has gone */
    bool stopping;
    bool waits;   /**< something that was sent is not acknowledged */
    bool stalled; /**< and for so long that it was told */
    int sock;
    int result;
    uint32_t since_ms;    /**< when the state began */
    uint32_t heard_ms;    /**< when the server was heard last */
    uint32_t said_ms;     /**< when the last message was sent */
    uint32_t gap_ms;      /**< what the next one without an end waits from then on */
    uint32_t stopping_ms; /**< when the end was asked for */
    uint32_t answered_ms; /**< when the server owed no answer, or gave one */
    uint32_t sent;        /**< bytes in all, and of them... */
    uint32_t acknowledged;
    uint16_t port;
    uint32_t ip;
    const char *host;
    char name[64]; /**< the host of /connect */
    struct client_up up;
    struct client_down down;
    struct client_kept kept;
};

/** Makes `client` ready for client_step(). `config` must outlive it. */
void client_start(struct client *client, const struct client_config *config);

/**
 * Does what can be done now, then waits for more, once.
 * @return false when the client is done.
 */
bool client_step(struct client *client);

/**
 * Runs `client` to its end.
 * @return 0 when either side ended the talk; 1 when there was no connection,
 *         or it broke.
 */
int client_run(struct client *client, const struct client_config *config);

#endif
