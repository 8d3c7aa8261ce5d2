/**
 * @file
 * The head of an HTTP/1.1 request (RFC 9112), fed in any pieces. Pure; what is
 * of no use to us is read over and not kept, so that a head of 4 KiB needs no
 * more memory than one of 40 bytes.
 */
#ifndef LWCHAT_HTTP_H
#define LWCHAT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HTTP_HEAD_BYTES = 4096, /**< a head's limit */
    HTTP_HOST_BYTES = 48,   /**< of Host that is kept: any IPv6 literal with its port */
    HTTP_KEY_BYTES = 24,    /**< Sec-WebSocket-Key (RFC 6455 section 4.1) */
    HTTP_WORD_BYTES = 24    /**< the longest word that is looked for, and a bit */
};

/** What is to be answered. */
enum http_answer {
    HTTP_GOES_ON,      /**< the head has not ended */
    HTTP_PAGE,         /**< 200: GET or HEAD of / */
    HTTP_NOT_MODIFIED, /**< 304: the same, and the peer has it */
    HTTP_UPGRADE,      /**< 101: a WebSocket handshake for /ws, in order */
    HTTP_BAD,          /**< 400 */
    HTTP_FORBIDDEN,    /**< 403: a handshake from another page, or for a host that is not us */
    HTTP_NOT_FOUND,    /**< 404 */
    HTTP_METHOD,       /**< 405; Allow: GET, HEAD, or only GET if it was HEAD. A body may follow */
    HTTP_NO_UPGRADE,   /**< 426: /ws without a handshake, or another version than 13 */
    HTTP_TOO_LARGE     /**< 431 */
};

/**
 * A request so far; all zeros before its first byte. `seen`, `found` and `wrong`
 * are sets of headers: that came, with the word in it that is looked for, and
 * twice or with what may not be in them.
 */
struct http_request {
    uint16_t bytes; /**< of the head so far */
    uint16_t seen;
    uint16_t found;
    uint16_t wrong;
    uint8_t answer;                      /**< once given, for good */
    uint8_t state;                       /**< where in the grammar it is */
    uint8_t flags;                       /**< what else was seen */
    uint8_t method;                      /**< which of http.c's list */
    uint8_t target;                      /**< which of http.c's list */
    uint8_t header;                      /**< whose value comes */
    uint8_t word_bytes;                  /**< of the word under way; more than fit: too long */
    uint8_t same;                        /**< bytes that are as what they are compared with */
    uint8_t authority_bytes;             /**< of Host or Origin, whichever came first */
    char word[HTTP_WORD_BYTES];          /**< the word under way */
    char authority[HTTP_HOST_BYTES + 1]; /**< in lower case, and room for an end */
    char key[HTTP_KEY_BYTES];            /**< as it came */
};

/**
 * Takes bytes up to the end of the head; none once an answer is given.
 * @param name  the server's own name, which Host may be (with or without .local)
 * @param etag  the page's, with its quotes, for If-None-Match
 * @param used  set to how many were used, all unless the head ends in them
 */
enum http_answer http_feed(struct http_request *request, const uint8_t *in, size_t bytes,
                           const char *name, const char *etag, size_t *used);

/** Whether the body is to be left out: HEAD. */
bool http_is_head(const struct http_request *request);

/** Whether the peer asked for the subprotocol "text" of the WebSocket (RFC 6455 section 1.9). */
bool http_wants_text(const struct http_request *request);

/** Bytes of Sec-WebSocket-Accept. */
enum { HTTP_ACCEPT_BYTES = 28 };

/** Writes Sec-WebSocket-Accept for the key that came (RFC 6455 section 4.2.2). */
void http_accept(const struct http_request *request, char accept[HTTP_ACCEPT_BYTES]);

#endif
