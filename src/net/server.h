/**
 * @file
 * The server: one loop in one thread that waits, accepts, reads, lets the chat
 * do its work, and writes.
 */
#ifndef LWCHAT_SERVER_H
#define LWCHAT_SERVER_H

#include "core/model.h"
#include "http.h"
#include "lwchat.h"
#include "server_header.h"
#include "sock.h"

enum server_state {
    SERVER_FREE,
    SERVER_NEW, /**< accepted; not yet assigned a session or request */
    SERVER_CHATTING,
    SERVER_PROXIED,   /**< with LWCHAT_PROXY: reading the PROXY header */
    SERVER_ASKING,    /**< reading an HTTP request */
    SERVER_ANSWERING, /**< sending the answer to it */
    SERVER_FINISHING, /**< all output was passed to the stack; our side is to be closed */
    SERVER_DRAINING   /**< our side is closed; input is discarded until the peer's is too */
};

enum { SERVER_NO_SESSION = CHAT_OPERATOR, SERVER_TOLD6 = 4 };

/**
 * One connection. Its index in the array is that of its entry in the poll set, after the
 * listeners.
 */
struct server_connection {
    uint32_t since_ms; /**< FINISHING, DRAINING or broken: since when */
    union {
        uint16_t tried_ms; /**< low bits of the time of the last write attempt */
        uint16_t request;  /**< ASKING, ANSWERING: its index in server.request */
        uint16_t header;   /**< PROXIED: its index in server.proxied */
        uint16_t from;     /**< FINISHING or DRAINING, with `web`: address_hash() of its address */
    };
    uint16_t session; /**< its number in the chat; SERVER_NO_SESSION: it was refused, or is only
                         closing and its session went to a newcomer */
    int16_t sock;
    uint8_t state;    /**< enum server_state */
    bool hurried : 1; /**< FINISHING, DRAINING: kicked or refused: LWCHAT_END_MS at most */
    bool ended : 1;   /**< the peer has closed its side, and the chat was told */
    bool broken : 1;  /**< reset; earlier input is processed for up to LWCHAT_GONE_MS */
    bool blocked : 1; /**< the last write was partial: write again when writable */
    bool starved : 1; /**< the stack had no memory for the last write: retry in the next pass */
    bool apart : 1;   /**< the next message must reach the peer separately from the last */
    bool rests : 1;   /**< idle: skipped while it is not readable and chat_rest() is true */
#if LWCHAT_PROXY
    bool proxied : 1; /**< a proxy has passed it on */
#endif
    bool web : 1; /**< it counts against LWCHAT_HTTP_REQUESTS, not against the places for people */
};

#if LWCHAT_HTTP
/** An HTTP request, and the progress of its answer. */
struct server_request {
    struct http_request http;
    struct sock_address peer;
    uint32_t since_ms; /**< ASKING: when it began; ANSWERING: when its head was complete */
    uint16_t sent;     /**< bytes of the answer that were sent */
    uint8_t answer;    /**< enum http_answer */
    bool used : 1;
    bool begun : 1; /**< some of it was received */
    bool cut : 1;   /**< the operator ends it: to be reset */
};
#endif

#if LWCHAT_PROXY
/** A PROXY header that is being read. */
struct server_proxied {
    struct sock_address peer; /**< who has connected: the proxy */
    bool used;
    uint16_t bytes; /**< of the header so far */
    uint8_t text[PROXY_BYTES];
};
#endif

/** Listening sockets, which are first in the poll set: the chat's, the browsers', that of IRC, and
 * the proxy's. */
enum {
    SERVER_IRC = LWCHAT_HTTP + LWCHAT_IRC,
    SERVER_PROXY = SERVER_IRC + LWCHAT_PROXY,
    SERVER_LISTENERS = 1 + SERVER_PROXY
};

/**
 * Lines whose writing is deferred, to go out together with those that follow: see gathers() in
 * server.c.
 */
struct server_batch {
    uint32_t since_ms;
    uint16_t first; /**< lines received in the pass that started the batch */
    uint16_t lines; /**< lines received since then, including those */
    uint8_t pause;  /**< passes for which batching is still suspended */
    bool on;
};

#if LWCHAT_FILES
/** A file that is written, and the next block for it: server_files.c. */
struct server_file {
    uint32_t tried_ms; /**< full: when it was last tried to write; grows: to replace it */
    uint16_t bytes;    /**< of `text` */
    uint16_t sent;     /**< bytes of it that are written; the history's are written whole */
    bool on;
    bool full;      /**< it takes nothing for now */
    bool grows;     /**< the history's is too long, and could not be replaced */
    bool recovered; /**< it was full, and takes text again: not yet told */
    char text[LWCHAT_SEND_BYTES];
};
#endif

/** All of the server's memory. The caller owns it; its size is fixed by lwchat_config.h. */
struct server {
    struct chat chat;
    struct server_connection connection[LWCHAT_MAX_CONNECTIONS];
    struct sock_poll poll[SERVER_LISTENERS + LWCHAT_MAX_CONNECTIONS];
#if LWCHAT_HTTP
    struct server_request request[LWCHAT_HTTP_REQUESTS];
    uint16_t web; /**< connections in use whose `web` is set */
    const struct lwchat_config *config;
#endif
#if LWCHAT_PROXY
    struct lwchat_proxy proxy;
    struct server_proxied proxied[LWCHAT_PROXY_HEADERS];
#endif
    uint16_t used;   /**< all connections from this index on are free */
    uint16_t taken;  /**< connections in use */
    uint16_t broken; /**< connections in use whose `broken` is set */
    uint16_t most_broken;
    uint16_t backlog; /**< current backlog of the chat's listener */
    uint16_t first;   /**< index at which the next pass begins to read */
    uint16_t starved; /**< first connection whose write found no memory; the next pass begins
                         writing there */
    uint32_t now_ms;  /**< when the current pass began */
    uint32_t deaf_ms; /**< when accept last failed for lack of memory */
#if LWCHAT_MDNS
    uint16_t published; /**< the number of people that the port was told */
#endif
#if LWCHAT_IPV6
    unsigned changes6; /**< port_address6_changes() when they were last looked at */
    struct lwchat_address
        told6[SERVER_TOLD6]; /**< the last IPv6 addresses that the operator was told */
    uint8_t next_told6;
#endif
    uint32_t due_ms; /**< ms until the next connection needs attention */
    struct server_batch batch;
    uint16_t typed_used; /**< bytes of `typed` that the chat has consumed */
    uint16_t typed_bytes;
    bool console_ended : 1;
    bool deaf : 1;   /**< out of memory for accepting: the listeners are not polled for
                        SERVER_RETRY_MS */
    bool leaves : 1; /**< all sessions were told that the address is about to change */
    bool busy : 1;   /**< there is work left: do not sleep */
    uint8_t
        first_source : 2; /**< connections, console or firmware: with which the next pass begins */
    char typed[64];       /**< input from the console */
    uint8_t received[LWCHAT_RECEIVE_BYTES];
#if LWCHAT_FILES
    struct server_file file[CHAT_TAILS];
    uint32_t status_ms; /**< when the system was last told of `status_people` */
    uint16_t status_people;
#endif
};

/**
 * Listens and serves until the operator ends it or port_stopping() is true.
 * Then it tells all sessions and sends their pending output, for up to
 * LWCHAT_SHUTDOWN_MS.
 *
 * @return 0; LWCHAT_IN_USE or LWCHAT_NO_MEMORY if it cannot listen; with LWCHAT_FILES also
 *         LWCHAT_BAD_ARGUMENT if the file is not a valid history, or LWCHAT_FAILED if it cannot be
 *         cut.
 */
int server_run(struct server *server, const struct lwchat_config *config);

#endif
