/**
 * @file
 * The client's loop: one connection, one console, one wait.
 *
 * Console input goes up to the server, the server's output goes down to the
 * console. Neither side is read faster than the other accepts: typed input
 * stays in the console while the connection accepts nothing or is closing,
 * and received data stays in TCP while the console accepts nothing. So
 * nothing is lost, and a buffer of one line in each direction is enough.
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
#include "client_password.h"
#include "client_screen.h"
#include "client_up.h"

/** Whether the client connects again when its connection is lost. */
enum client_return {
    CLIENT_RETURNS_ON_SCREEN, /**< if somebody sits at a screen: see port.h */
    CLIENT_RETURNS,
    CLIENT_RETURNS_NEVER
};

struct client_config {
    const char *host; /**< NULL: /connect on the console gives it, any number of times */
    uint16_t port;    /**< default; /connect can give another */
    const char *nick; /**< sent as /nick NAME once the server has greeted; NULL: none */
    enum client_framing framing;
    enum words_language lang;
#if CLIENT_PASSWORD
    const char *password; /**< for a server that asks for one; NULL: not known */
#endif
#if LWCHAT_SCREEN
    enum client_return comes_back; /**< what to do when the connection is lost */
    bool log;                      /**< port_log_open() has opened a log */
#endif
};

enum client_state {
    CLIENT_IDLE, /**< waits for /connect */
    CLIENT_RESOLVING,
    CLIENT_CONNECTING,
    CLIENT_GREETING, /**< connected; sends nothing until the framing is known */
    CLIENT_TALKING,
    CLIENT_LEAVING, /**< has sent fin; waits for the server to close */
    CLIENT_AWAY,    /**< the connection was lost; waits before the next attempt */
    CLIENT_CLOSED,  /**< the connection is closed; the console gets the remaining output */
    CLIENT_DONE
};

/** A client. The caller owns it; its members are private. */
struct client {
    const struct client_config *config;
    enum client_state state;
    bool moved;        /**< the state has changed: do not wait */
    bool told;         /**< a slow step was reported */
    bool heard;        /**< the server has sent something */
    bool input_waits;  /**< the console has more input than there was room for */
    bool finished;     /**< our side of the connection is closed */
    bool lost;         /**< the connection broke */
    bool nobody_reads; /**< the console's output is closed */
    bool stopping;
    bool waits;   /**< something sent is not acknowledged yet */
    bool stalled; /**< and for so long that it was reported */
    int sock;
    int result;
    uint32_t since_ms;    /**< when the state began */
    uint32_t heard_ms;    /**< when data was last received */
    uint32_t said_ms;     /**< when the last message was sent */
    uint32_t gap_ms;      /**< delay before the next unterminated one */
    uint32_t stopping_ms; /**< when stopping began */
    uint32_t answered_ms; /**< when the server last owed no acknowledgement, or sent one */
    uint32_t sent;        /**< bytes sent in all */
    uint32_t acknowledged;
    uint16_t port;
    struct lwchat_address ip;
    const char *host;
    char name[64]; /**< the host from /connect */
    struct client_up up;
    struct client_down down;
    struct client_kept kept;
#if CLIENT_PASSWORD
    struct client_password password;
#endif
#if LWCHAT_SCREEN
    bool away; /**< the connection was lost, and is not back yet */
    bool log_in_line;
    bool log_failed;
    unsigned tries; /**< attempts since */
    uint32_t away_since_ms;
    uint32_t pause_ms; /**< before the next attempt */
    struct client_screen screen;
#endif
};

/** Prepares `client` for client_step(). `config` must outlive it. */
void client_start(struct client *client, const struct client_config *config);

/**
 * Does what can be done now, then waits once.
 * @return false when the client is done.
 */
bool client_step(struct client *client);

/**
 * Runs `client` until it is done.
 * @return 0 when either side ended the chat; 1 when there was no connection,
 *         or it was lost.
 */
int client_run(struct client *client, const struct client_config *config);

#endif
