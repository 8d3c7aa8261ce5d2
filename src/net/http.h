/**
 * @file
 * Parser for the head of an HTTP/1.1 request (RFC 9112), fed in pieces of any
 * size. Pure: no I/O. Fields that are not needed are skipped rather than
 * stored, so a head of 4 KiB needs no more memory than one of 40 bytes.
 */
#ifndef LWCHAT_HTTP_H
#define LWCHAT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_BYTES = 4096, /**< maximum size of a head */
    HTTP_HOST_BYTES = 48,   /**< stored bytes of Host: any IPv6 literal with its port */
    HTTP_KEY_BYTES = 24,    /**< Sec-WebSocket-Key (RFC 6455 section 4.1) */
    HTTP_WORD_BYTES = 24    /**< the longest word that is recognised, and some margin */
};

/** The answer to a request. */
enum http_answer {
    HTTP_GOES_ON,      /**< the head is incomplete */
    HTTP_PAGE,         /**< 200: GET or HEAD of / */
    HTTP_NOT_MODIFIED, /**< 304: the same, and the peer has the current version */
    HTTP_UPGRADE,      /**< 101: a valid WebSocket handshake for /ws */
    HTTP_BAD,          /**< 400 */
    HTTP_FORBIDDEN,    /**< 403: a handshake from another site's page, or for another host */
    HTTP_NOT_FOUND,    /**< 404 */
    HTTP_METHOD,       /**< 405: neither GET nor HEAD, or HEAD of /ws; a request body may follow */
    HTTP_NO_UPGRADE,   /**< 426: /ws without a handshake, or for a version other than 13 */
    HTTP_TOO_LARGE     /**< 431 */
};

/**
 * State of the parser; all zeros before the first byte. `seen`, `found` and `wrong` are sets of
 * headers: those received; those that contain the word looked for; and those that are repeated or
 * invalid.
 */
struct http_request {
    uint16_t bytes; /**< bytes of the head so far */
    uint16_t seen;
    uint16_t found;
    uint16_t wrong;
    uint8_t answer;             /**< enum http_answer; final once it is not HTTP_GOES_ON */
    uint8_t state;              /**< position in the grammar */
    uint8_t flags;              /**< see http.c */
    uint8_t method;             /**< which of http.c's list */
    uint8_t target;             /**< which of http.c's list */
    uint8_t header;             /**< header whose value is being read */
    uint8_t word_bytes;         /**< length of the current word; above HTTP_WORD_BYTES: too long */
    uint8_t same;               /**< number of bytes that match in the current comparison */
    uint8_t authority_bytes;    /**< length of `authority`: of Host or Origin, whichever is first */
    char word[HTTP_WORD_BYTES]; /**< the current word */
    char authority[HTTP_HOST_BYTES + 1]; /**< in lower case, with room for a NUL */
    char key[HTTP_KEY_BYTES];            /**< as received */
};

/** What requests are for. */
struct http_site {
    const char *name; /**< the server's name, which Host may be (with or without .local) */
    const char *etag; /**< the page's ETag, with its quotes, for If-None-Match */
    bool (*is_on_link)(const char *host); /**< whether HOST.local, in lower case, is the server on
                                               its link; NULL: it has no name there */
};

/**
 * Consumes bytes up to the end of the head; none once there is an answer.
 * @param used  set to the number of bytes consumed: all, unless the head ends in them
 */
enum http_answer http_feed(struct http_request *request, const uint8_t *in, size_t bytes,
                           const struct http_site *site, size_t *used);

/**
 * To be called before the first byte of a request that has come through a proxy: a page may then
 * have any host if it was loaded by https://.
 */
void http_behind_proxy(struct http_request *request);

/** Whether the answer must have no body (HEAD). */
bool http_is_head(const struct http_request *request);

/** Whether the peer requested the WebSocket subprotocol "text" (RFC 6455 section 1.9). */
bool http_wants_text(const struct http_request *request);

/** Size of Sec-WebSocket-Accept in bytes. */
enum { HTTP_ACCEPT_BYTES = 28 };

/** Writes Sec-WebSocket-Accept for the received key (RFC 6455 section 4.2.2). */
void http_accept(const struct http_request *request, char accept[HTTP_ACCEPT_BYTES]);

#endif
