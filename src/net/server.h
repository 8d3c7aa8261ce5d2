/**
 * @file
 * The server: one loop in one thread that waits, accepts, reads, lets the chat
 * do its work, and writes.
 */
#ifndef LWCHAT_SERVER_H
#define LWCHAT_SERVER_H

#include "core/model.h"
#include "http.h"
#include "sock.h"

/** What the server is told. The defaults are lwchat_config.h's. */
struct server_config {
    const char *name; /**< its own, a valid nick */
    enum words_language language;
    uint32_t rate;         /**< lines a second and session; 0 is no limit */
    uint16_t max_sessions; /**< 1 to LWCHAT_MAX_SESSIONS */
    uint16_t per_address;  /**< sessions from one address at most; 0 is no limit */
    uint16_t port;         /**< TCP port to listen on */
    uint16_t http_port;    /**< with LWCHAT_HTTP, for browsers; 0: none of their own */
    bool http_asked;       /**< without that port there is to be no server */
    bool qr;    /**< with LWCHAT_QR: the page's address is shown as a QR code at the start */
    bool quiet; /**< the console does not show what is said */
};

enum server_state {
    SERVER_FREE,
    SERVER_NEW, /**< accepted; a place is being found for it */
    SERVER_CHATTING,
    SERVER_ASKING,    /**< an HTTP request is being read */
    SERVER_ANSWERING, /**< and answered */
    SERVER_FINISHING, /**< everything is with the stack; our side is to be ended */
    SERVER_DRAINING   /**< our side is ended; what still comes is thrown away until the peer's is */
};

enum { SERVER_NO_SESSION = CHAT_OPERATOR };

/** One connection. Its place in the array is that of its entry behind the listeners' in the poll
 * set. */
struct server_connection {
    uint32_t since_ms; /**< FINISHING, DRAINING or broken: since when */
    union {
        uint16_t tried_ms; /**< low bits of when a blocked connection was last offered something */
        uint16_t request;  /**< ASKING, ANSWERING: its place in server.request */
    };
    uint16_t session; /**< its number in the chat; SERVER_NO_SESSION: it was turned away, or only
                         ends, and its place was needed */
    int16_t sock;
    uint8_t state;    /**< enum server_state */
    bool hurried : 1; /**< FINISHING, DRAINING: kicked or refused, it has no more than LWCHAT_END_MS
                       */
    bool ended : 1;   /**< the peer has ended its side, and the chat knows */
    bool broken : 1;  /**< reset; what came before is still to be heard, for LWCHAT_GONE_MS */
    bool blocked : 1; /**< it did not take all: to be written to when writable */
    bool starved : 1; /**< the stack had no memory for any of it: to be written to next time */
    bool apart : 1;   /**< the next message is to reach the peer apart from the last */
    bool rests : 1;   /**< it was only listened to: there is nothing to do while chat_rest() */
    bool web : 1;     /**< it is none of those for people */
};

#if LWCHAT_HTTP
/** What a browser asks for, and how far the answer has come. */
struct server_request {
    struct http_request http;
    struct sock_address peer;
    uint32_t since_ms; /**< when it came; ANSWERING: when its head was complete */
    uint16_t sent;     /**< bytes of the answer */
    uint8_t answer;    /**< enum http_answer */
    bool used : 1;
    bool begun : 1; /**< something of it has come */
};
#endif

/** Sockets that listen: for all who chat, and for browsers. They come first in the poll set. */
enum { SERVER_LISTENERS = 1 + LWCHAT_HTTP };

/** Lines that wait, to be written with those that are about to come: see server.c. */
struct server_batch {
    uint32_t since_ms;
    uint16_t first; /**< how many came in the pass with which it began */
    uint16_t lines; /**< how many came since then, those included */
    uint8_t pause;  /**< passes that are still to do without */
    bool on;
};

/** All of the server's memory. The caller owns it; its size is fixed by lwchat_config.h. */
struct server {
    struct chat chat;
    struct server_connection connection[LWCHAT_MAX_CONNECTIONS];
    struct sock_poll poll[SERVER_LISTENERS + LWCHAT_MAX_CONNECTIONS];
#if LWCHAT_HTTP
    struct server_request request[LWCHAT_HTTP_REQUESTS];
    uint16_t web; /**< connections in use that are none of people's */
    const struct server_config *config;
#endif
    uint16_t used;   /**< connections up to this one may be in use */
    uint16_t taken;  /**< connections in use */
    uint16_t broken; /**< connections that are */
    uint16_t most_broken;
    uint16_t backlog; /**< connections that may wait to be accepted */
    uint16_t first;   /**< where reading began last: it begins elsewhere each time */
    uint16_t starved; /**< the first connection that found no memory: writing begins there */
    uint32_t now_ms;  /**< when this pass began */
    uint32_t deaf_ms; /**< when there was no memory to accept */
    uint32_t due_ms;  /**< the longest that the connections let the loop wait */
    struct server_batch batch;
    uint16_t typed_used; /**< of `typed`, how much the chat has used */
    uint16_t typed_bytes;
    bool console_ended;
    bool deaf;       /**< without memory to accept, the listeners are not asked for a while */
    bool leaves;     /**< everybody was told that the address is about to go */
    bool busy;       /**< there is work that waits for nothing */
    char typed[128]; /**< what came from the console */
    uint8_t received[LWCHAT_RECEIVE_BYTES];
};

/**
 * Listens and serves until the operator ends it or port_stopping() is true,
 * then tells everybody and sends what is queued, for LWCHAT_SHUTDOWN_MS at
 * most.
 *
 * @return 0; LWCHAT_IN_USE or LWCHAT_NO_MEMORY when it cannot listen.
 */
int server_run(struct server *server, const struct server_config *config);

#endif
