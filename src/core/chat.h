/**
 * @file
 * The chat: sessions, rooms, and what each session reads of the one log. Pure:
 * it is told the time, is given bytes, and gives bytes. It does no I/O; all that
 * it calls are the functions of its configuration.
 *
 *        alice        bob                              carol
 *       (cursor)    (cursor)                          (cursor)
 *          v           v                                 v
 *     | hi | who is there | me | /me waves | ok | 14:00? |  free   |
 *     first                                             next
 *
 * A session holds no queue, only its place: a cursor into the log and an offset
 * into the line that it is in the middle of sending. History is the same log,
 * read from a little further back.
 *
 * A session is a number. Session 0 is the operator: it reads the same log with
 * another front end and never holds it. A loop goes round like this:
 *
 *     chat_begin()                     a pass begins, at this time
 *     chat_join(), chat_receive() ...  what has come
 *     chat_tick()                      what is due
 *     chat_output(), chat_taken() ...  what is to be sent
 *     wait for chat_due() ms, or until something comes
 *
 * Its memory is the caller's: a struct chat, which model.h defines, and which
 * only src/core reads.
 */
#ifndef LWCHAT_CHAT_H
#define LWCHAT_CHAT_H

#include "lwchat_config.h"
#include "lwchat_error.h"
#include "words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAT_OPERATOR = 0, CHAT_SESSIONS = LWCHAT_MAX_SESSIONS + 1 };

/** Bytes of an address with its prefix, a gateway, and the NUL. */
enum { CHAT_ADDRESS_BYTES = 40 };

#if LWCHAT_HTTP
/** Bytes of the page's address with its port, and the NUL. */
enum { CHAT_PAGE_BYTES = 24 };
#endif

/** One of the stack's pools, as /stats shows it; numbers in elements or bytes. */
struct chat_pool {
    const char *name;
    uint32_t used, most, available;
};

/** What the chat is told once. Texts stay the caller's and live as long as the chat. */
struct chat_config {
    const char *name; /**< the server's, a valid nick */
    enum words_language language;
    uint32_t rate;         /**< lines a second and session; 0 is no limit */
    uint16_t max_sessions; /**< 1 to LWCHAT_MAX_SESSIONS */
    uint16_t per_address;  /**< sessions from one address at most; 0 is no limit */
    bool quiet;            /**< the console does not show what is said */
#if LWCHAT_JSON
    uint32_t start; /**< an id of this start, random */
#endif
    /** The time of day: UTC in seconds since 1970, and what to add for local time. @return false
     * when it is not known. NULL: it never is. */
    bool (*clock)(uint32_t *utc_s, int32_t *local_s);
    /** The pool with number `index`; false past the last. NULL: none are shown. */
    bool (*pool)(unsigned index, struct chat_pool *pool);
    /** Sets the server's address, or with "dhcp" asks for one; 0 or an error. NULL: there is no
     * /ip.
     */
    int (*set_address)(const char *address, const char *gateway);
    /** Writes the server's address and gateway to `text`, CHAT_ADDRESS_BYTES long; "": none. */
    void (*address)(char *text);
#if LWCHAT_HTTP
    /** Writes where browsers find the page, an IPv4 address or that and ":" and a port, to `text`,
     * CHAT_PAGE_BYTES long; "": nowhere now. NULL: there is no page. */
    void (*page)(const void *page_context, char *text);
    const void *page_context;
#endif
};

struct chat;

/** Sets everything up; nobody is there but the operator. */
void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms);

/* --- A pass ---------------------------------------------------------------- */

/** A pass begins. Until the next one this is the time; it wraps. */
void chat_begin(struct chat *chat, uint32_t now_ms);

/**
 * Does what is due: quiet text, dropped lines, moves, stalled readers. Call it
 * once in each pass, when what has come is read: only then is a peer quiet that
 * says nothing, and not a loop that was kept from listening.
 */
void chat_tick(struct chat *chat);

/** @return ms until chat_tick() has something to do; 0 when it has now. */
uint32_t chat_due(const struct chat *chat);

/**
 * @return a number that changes with each record of the log: where it changes
 *         while sessions are written to, those before have more to read.
 */
uint32_t chat_records(const struct chat *chat);

/** True while readers hold the log: until the next pass nobody is heard. */
bool chat_is_held(const struct chat *chat);

/* --- Sessions --------------------------------------------------------------- */

enum chat_state {
    CHAT_FREE,
    CHAT_OPENING,  /**< has a place; whether it is a person is still to show */
    CHAT_ARRIVING, /**< is one; its coming is still to be logged */
    CHAT_ACTIVE,
    CHAT_ENDING,  /**< has left the chat; what it is owed, then fin, are being sent */
    CHAT_ENDED,   /**< everything is sent: the connection is to be finished, then released */
    CHAT_DEAD,    /**< the connection is to be reset, then released */
    CHAT_LEAVING, /**< released; that it left is still to be logged */
};

/** How a peer says and hears things: dialect/dialect.h. */
enum chat_dialect {
    CHAT_LINES, /**< or unterminated, where framing.h says so */
    CHAT_UNTERMINATED,
    CHAT_CONSOLE,
    CHAT_JSON,          /**< with LWCHAT_JSON */
    CHAT_WEBSOCKET,     /**< with LWCHAT_HTTP and LWCHAT_JSON: objects in WebSocket messages */
    CHAT_WEBSOCKET_TEXT /**< with LWCHAT_HTTP: lines in WebSocket messages */
};

/**
 * A peer has connected. It is a person, greeted and announced, once it has said
 * something or has been quiet for LWCHAT_OPENING_MS: opening.h.
 * @return its session, 1 or more; LWCHAT_NO_MEMORY when all places are taken,
 *         LWCHAT_TOO_MANY when its address has as many as it may,
 *         LWCHAT_REFUSED when it is banned: tell it with chat_refusal().
 */
int chat_join(struct chat *chat, uint32_t ip, uint16_t port);

/** As chat_join(), for a peer that has asked for a dialect and thereby is a person. */
int chat_join_as(struct chat *chat, uint32_t ip, uint16_t port, enum chat_dialect dialect);

/** The line, with its end, that tells a newcomer why chat_join() gave `error`. @return its length.
 */
size_t chat_refusal(struct chat *chat, int error, char *out, size_t bytes);

enum chat_state chat_state(const struct chat *chat, unsigned session);

/**
 * With LWCHAT_HTTP: true when what a newcomer has sent is the begin of an HTTP request: the
 * connection is the loop's from here on, which releases the session.
 */
bool chat_is_request(const struct chat *chat, unsigned session);

/**
 * What was used of such a request, and who sends it.
 * @return its text, valid until the session is released; NULL when it is lost,
 *         since it is longer than a line.
 */
const char *chat_request(const struct chat *chat, unsigned session, size_t *bytes, uint32_t *ip,
                         uint16_t *port);

/** True when the operator has ended it, or it is no person. */
bool chat_was_kicked(const struct chat *chat, unsigned session);

/** The peer is gone: it reads nothing any more, and what it has sent is still to be heard. */
void chat_gone(struct chat *chat, unsigned session);

/**
 * True when the place of a session may go to a newcomer that finds none: the
 * peer is gone, or has left the chat and has long taken nothing of what it is
 * owed. With another `ip` than 0, only a session from that address.
 */
bool chat_gives_way(const struct chat *chat, unsigned session, uint32_t ip);

/** True when a session from `ip`, or with 0 any, has left and is owed nothing any more. */
bool chat_is_done(const struct chat *chat, unsigned session, uint32_t ip);

/**
 * The connection of a session is gone or about to be. The number may be somebody else's soon.
 * @param unheard  bytes that the peer sent and nobody hears; the operator is told
 */
void chat_release(struct chat *chat, unsigned session, size_t unheard);

/** Ends every session, each with a sentence and fin. Nobody can join any more. */
void chat_shutdown(struct chat *chat);

/** True once chat_shutdown() was called, or the operator has asked for it. */
bool chat_is_stopping(const struct chat *chat);

/** Shows a sentence on the console. `arguments` as words_write() takes them. */
void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments,
                        size_t bytes);

/** With LWCHAT_HTTP: shows on the console where browsers find the page; with LWCHAT_QR and `as_qr`
 * as a QR code, too. */
void chat_tell_page(struct chat *chat, bool as_qr);

/**
 * Says a sentence to everybody, in every room. `arguments` as words_write() takes them.
 * @return false while that is not possible (the log is held): call again.
 */
bool chat_tell_everybody(struct chat *chat, enum word_chat word, const char *arguments,
                         size_t bytes);

/* --- What a session says ------------------------------------------------------ */

/**
 * True while input from the session is welcome. While the log is held, that is
 * what comes up to the end of its line, so that quiet is heard in any case.
 */
bool chat_reads(const struct chat *chat, unsigned session);

/**
 * Bytes have come from a session.
 * @return how many were used: fewer when the session is not to be read for
 *         now. The others have to be given again, once chat_reads() is true.
 */
size_t chat_receive(struct chat *chat, unsigned session, const uint8_t *data, size_t bytes);

/**
 * The peer has ended its side. What it sent without an end is delivered.
 * @return false while that is not possible (the log is held): call again.
 */
bool chat_input_ended(struct chat *chat, unsigned session);

/* --- What a session is sent --------------------------------------------------- */

/** True while there is something to send. Cheap. */
bool chat_has_output(const struct chat *chat, unsigned session);

/**
 * What a session is to be sent next.
 * @param bytes  set to its length, 0 when there is nothing now
 * @return the bytes, valid until the next call of any chat function.
 */
const char *chat_output(struct chat *chat, unsigned session, size_t *bytes);

/**
 * Of what chat_output() gave last, for the same session, the connection took
 * `bytes`. With fewer than all of it, the session counts as blocked until it
 * takes more.
 */
void chat_taken(struct chat *chat, unsigned session, size_t bytes);

/** The session has output that its connection cannot even be offered now. */
void chat_blocked(struct chat *chat, unsigned session);

/**
 * True for a peer that gets no line ends: each output is one message to it, and
 * what it reads at once is one, so that outputs should reach it apart.
 */
bool chat_wants_apart(const struct chat *chat, unsigned session);

/**
 * Lets a session that has nothing to be sent, and nothing of its own under way,
 * pass over what the log has for others. A loop that asks this in each pass
 * spends no more than this on it, whatever they say.
 * @return true when it rests.
 */
bool chat_rest(struct chat *chat, unsigned session);

#endif
