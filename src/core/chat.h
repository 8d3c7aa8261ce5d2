/**
 * @file
 * The chat: sessions, rooms, and what each session reads from the shared log. It
 * does no I/O and has no clock: the caller passes in the time and the received
 * bytes, and fetches the bytes to send. It calls nothing outside but the callbacks
 * of its configuration.
 *
 *        alice        bob                              carol
 *       (cursor)    (cursor)                          (cursor)
 *          v           v                                 v
 *     | hi | who is there | me | /me waves | ok | 14:00? |  free   |
 *     first                                             next
 *
 * A session has no queue, only a place: a cursor into the log, and an offset into
 * the line that is partly sent. History is the same log, read from further back.
 *
 * Sessions are numbered. Session 0 is the operator: it reads the same log in
 * another dialect and never holds it. Each pass of the caller's loop does this:
 *
 *     chat_begin()                     set the time, do what waits for room in the log
 *     chat_join(), chat_receive() ...  new connections and received bytes
 *     chat_tick()                      timers
 *     chat_output(), chat_taken() ...  bytes to send
 *     wait for chat_due() ms, or until something arrives
 *
 * The caller provides the memory: a struct chat. model.h defines it for its size;
 * only src/core accesses its members.
 */
#ifndef LWCHAT_CHAT_H
#define LWCHAT_CHAT_H

#include "lwchat.h"
#include "words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAT_OPERATOR = 0, CHAT_SESSIONS = LWCHAT_MAX_SESSIONS + 1 };

/** Size of an address with its prefix and a gateway, including the NUL. */
enum { CHAT_ADDRESS_BYTES = 40 };

#if LWCHAT_HTTP
/** Size of the page's address with its port, including the NUL. */
enum { CHAT_PAGE_BYTES = 24 };
#endif

/** One of the network stack's pools, as /stats shows it; counts of elements or bytes. */
struct chat_pool {
    const char *name;
    uint32_t used, most, available;
};

/** A command of the firmware: see lwchat_command(). */
struct chat_command {
    const char *form;
    lwchat_run *run;
    void *arg;
};

/** Configuration. Strings remain the caller's and must live as long as the chat. */
struct chat_config {
    const char *name; /**< of the server; a valid nick */
    enum words_language language;
    uint32_t rate;         /**< lines per second from a session; 0: no limit */
    uint16_t max_sessions; /**< 1 to LWCHAT_MAX_SESSIONS */
    uint16_t per_address;  /**< most sessions from one address; 0: no limit */
    bool quiet;            /**< the console does not show messages */
#if LWCHAT_JSON
    uint32_t start; /**< random ID of this run of the server */
#endif
    /** Gets the time of day: UTC in seconds since 1970, and the offset of local time. @return false
     * when it is not known. NULL: it never is. */
    bool (*clock)(uint32_t *utc_s, int32_t *local_s);
    /** Gets pool number `index`. @return false past the last. NULL: no pools are shown. */
    bool (*pool)(unsigned index, struct chat_pool *pool);
    /** Sets the server's address, or requests one when `address` is "auto". `gateway` may be NULL.
     * @return 0 or an error, LWCHAT_UNSUPPORTED where the address is fixed. NULL: /ip cannot set
     * the address. */
    int (*set_address)(const char *address, const char *gateway);
    /** Writes the server's address and gateway to `text`, CHAT_ADDRESS_BYTES long; "" when there is
     * none. NULL: it is not known. */
    void (*address)(char *text);
#if LWCHAT_IPV6
    /** Gets IPv6 address number `index` of the server. @return false past the last. NULL: there are
     * none. */
    bool (*address6)(unsigned index, struct lwchat_address *address);
#endif
#if LWCHAT_HTTP
    /** Writes the page's address, ADDR or ADDR:PORT, to `text`, CHAT_PAGE_BYTES long; "" while it
     * has none. NULL: there is no page. */
    void (*page)(const void *page_context, char *text);
    /** Gets who makes HTTP request number `index`; `port` is 0 if nobody does. @return false past
     * the last. */
    bool (*request)(const void *page_context, unsigned index, struct lwchat_address *ip,
                    uint16_t *port);
    /** Cuts the HTTP requests from an address, and from `port` unless 0. @return how many. */
    unsigned (*cut_requests)(void *page_context, struct lwchat_address ip, uint16_t port);
    void *page_context; /**< these are not called without a page */
#endif
#if LWCHAT_PASSWORD
    /** What newcomers are asked for, up to LWCHAT_PASSWORD_BYTES; NULL: nothing. */
    const char *password;
#endif
    /** The nick under which the firmware speaks; NULL: `name`. */
    const char *firmware;
    /** Gets command number `index` of the firmware; NULL past the last. NULL: there are none. */
    const struct chat_command *(*command)(unsigned index);
};

struct chat;

/** Initialises the chat, with the operator as its only session. */
void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms);

/* --- A pass ---------------------------------------------------------------- */

/**
 * Begins a pass. `now_ms` is the time until the next one; it may wrap. What waits for room in the
 * log comes first: people who come and go, and lines that end with silence.
 */
void chat_begin(struct chat *chat, uint32_t now_ms);

/**
 * Runs the timers: unterminated text, dropped lines, moves between rooms, stalled
 * readers. Call it once in each pass, after all received bytes were passed in, so
 * that a peer does not count as quiet because the loop was late to read from it.
 */
void chat_tick(struct chat *chat);

/** @return ms until chat_tick() is due; 0 when it is due now. */
uint32_t chat_due(const struct chat *chat);

/**
 * @return the number of records appended, which wraps. When it changes while
 *         output is being sent, the sessions already served have more to read.
 */
uint32_t chat_records(const struct chat *chat);

/** @return the number of people, the operator not counted. */
unsigned chat_people(const struct chat *chat);

/** True while readers hold the log: nothing is appended until the next pass. */
bool chat_is_held(const struct chat *chat);

/* --- Sessions --------------------------------------------------------------- */

enum chat_state {
    CHAT_FREE,
    CHAT_OPENING,  /**< connected; not yet known to be a person, or not yet introduced */
    CHAT_ARRIVING, /**< a person, whose arrival is still to be logged */
    CHAT_ACTIVE,
    CHAT_ENDING,  /**< has left the chat; its remaining output, then fin, is being sent */
    CHAT_ENDED,   /**< everything is sent: close the connection, then release the session */
    CHAT_DEAD,    /**< reset the connection, then release the session */
    CHAT_LEAVING, /**< released; its departure is still to be logged */
};

/** The format in which a peer sends and receives: dialect/dialect.h. */
enum chat_dialect {
    CHAT_LINES, /**< or unterminated, while framing.h's FRAMING_RAW is set */
    CHAT_UNTERMINATED,
    CHAT_CONSOLE,
    CHAT_JSON,           /**< with LWCHAT_JSON */
    CHAT_WEBSOCKET,      /**< with LWCHAT_HTTP and LWCHAT_JSON: objects in WebSocket messages */
    CHAT_WEBSOCKET_TEXT, /**< with LWCHAT_HTTP: lines in WebSocket messages */
    CHAT_IRC             /**< with LWCHAT_IRC */
};

/**
 * Adds a peer that has connected. It counts as a person, and is greeted and
 * announced, once it has sent text or has been quiet for LWCHAT_OPENING_MS: see
 * opening.h.
 * @return its session, 1 or more; LWCHAT_NO_MEMORY when the server is full or
 *         stopping, LWCHAT_TOO_MANY when its address has reached its limit,
 *         LWCHAT_REFUSED when it is banned. chat_refusal() tells the peer why.
 */
int chat_join(struct chat *chat, struct lwchat_address ip, uint16_t port);

/**
 * As chat_join(), for a peer that has requested a dialect and so is known to be a person. If peers
 * introduce themselves in that dialect, it enters the chat later.
 */
int chat_join_as(struct chat *chat, struct lwchat_address ip, uint16_t port,
                 enum chat_dialect dialect);

/** True when the address is banned. */
bool chat_is_banned(const struct chat *chat, struct lwchat_address ip);

/**
 * Writes the line, with its end, that tells a peer why chat_join() failed, in its dialect if that
 * is CHAT_IRC. @return its length.
 */
size_t chat_refusal(struct chat *chat, int error, enum chat_dialect dialect, char *out,
                    size_t bytes);

enum chat_state chat_state(const struct chat *chat, unsigned session);

/**
 * With LWCHAT_HTTP: true when a new peer has sent the beginning of an HTTP request. The caller
 * then takes over the connection and releases the session.
 */
bool chat_is_request(const struct chat *chat, unsigned session);

/**
 * Gets the bytes of such a request that were used, and the peer's address.
 * @return the bytes, valid until the session is released; NULL when they are lost
 *         because they are longer than a line.
 */
const char *chat_request(const struct chat *chat, unsigned session, size_t *bytes,
                         struct lwchat_address *ip, uint16_t *port);

/** True when the operator has ended the session, or its peer is not a person. */
bool chat_was_kicked(const struct chat *chat, unsigned session);

/**
 * The peer has closed its sending side. What it has sent is still to be passed in, at the rate that
 * such peers from its address share.
 */
void chat_closed(struct chat *chat, unsigned session);

/** The same, for a peer that is gone and reads no more. */
void chat_gone(struct chat *chat, unsigned session);

/**
 * True when a session may be given up for a new peer while the server is full:
 * its peer is gone, or has closed its side and waits for that rate, or it has left the chat and its
 * connection has taken no output for LWCHAT_GIVE_WAY_MS. Unless `ip` is all zeros, only for a
 * session from that address.
 */
bool chat_gives_way(const struct chat *chat, unsigned session, struct lwchat_address ip);

#if LWCHAT_PASSWORD
/**
 * The session that was asked for the password first and has not given it, which may be given up for
 * a new peer while the server is full; 0: there is none. `ip` as in chat_gives_way().
 */
unsigned chat_asked_first(const struct chat *chat, struct lwchat_address ip);
#endif

/** True when a session has left and all its output is sent. `ip` as in chat_gives_way(). */
bool chat_is_done(const struct chat *chat, unsigned session, struct lwchat_address ip);

/**
 * Releases a session whose connection is closed or about to be. Its number may be reused soon.
 * @param unheard  bytes that were received but not passed in; if the peer is gone they are lost,
 *         and the operator is told of them
 */
void chat_release(struct chat *chat, unsigned session, size_t unheard);

/** Ends every session with a notice and fin. No peer can join afterwards. */
void chat_shutdown(struct chat *chat);

/** True after chat_shutdown() or the operator's /shutdown. */
bool chat_is_stopping(const struct chat *chat);

#if LWCHAT_PROXY
/** Shows on the console, at most once a minute, that a connection for a proxy had no valid header.
 */
void chat_tell_no_header(struct chat *chat, struct lwchat_address ip);
#endif

/** Shows a sentence on the console. `arguments` as for words_write(). */
void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments,
                        size_t bytes);

/** With LWCHAT_HTTP: shows the page's address on the console; with LWCHAT_QR and `as_qr`, also as a
 * QR code. */
void chat_tell_page(struct chat *chat, bool as_qr);

/**
 * Sends a sentence to all sessions in all rooms. `arguments` as for words_write().
 * @return false while readers hold the log: call again.
 */
bool chat_tell_everybody(struct chat *chat, enum word_chat word, const char *arguments,
                         size_t bytes);

/**
 * Says a line under the firmware's nick, in one room, or in all if `room_bytes` is 0.
 *
 * @param text  up to LWCHAT_LINE_BYTES, not yet made safe
 * @return 0; LWCHAT_NOT_FOUND if nobody is in that room; LWCHAT_AGAIN while readers hold the log:
 *         call again.
 */
int chat_say(struct chat *chat, const char *room, size_t room_bytes, const char *text,
             size_t bytes);

/* --- Input -------------------------------------------------------------------- */

/**
 * True while the session accepts input. While the log is held it still accepts
 * the rest of a line, so that a peer that is sending never counts as quiet.
 */
bool chat_reads(const struct chat *chat, unsigned session);

/**
 * True for a session that is new or has used up its burst. If its peer has closed its sending side,
 * call chat_closed() before any more of its input is passed in.
 */
bool chat_is_hasty(const struct chat *chat, unsigned session);

/**
 * Passes in bytes received from a session's peer.
 * @return how many were used; fewer than `bytes` when the session accepts no more
 *         for now. Pass in the rest again once chat_reads() is true.
 */
size_t chat_receive(struct chat *chat, unsigned session, const uint8_t *data, size_t bytes);

/**
 * The peer has closed its sending side. An unterminated line is delivered.
 * @return false while that has to wait (as when the log is held): call again.
 */
bool chat_input_ended(struct chat *chat, unsigned session);

/* --- Output ------------------------------------------------------------------- */

/** True while there is something to send. Cheap. */
bool chat_has_output(const struct chat *chat, unsigned session);

/**
 * Renders a session's next output.
 * @param bytes  set to its length; 0 when there is nothing now
 * @return the output, valid until the next call of any chat function.
 */
const char *chat_output(struct chat *chat, unsigned session, size_t *bytes);

/**
 * The connection took `bytes` of the last chat_output(), which was for the same
 * session. If that is not all of it, the session counts as blocked until it has
 * taken all its output.
 */
void chat_taken(struct chat *chat, unsigned session, size_t bytes);

/** The session has output, but its connection can take nothing now. */
void chat_blocked(struct chat *chat, unsigned session);

/**
 * True for a peer that gets no line ends. Whatever it reads at once is one message
 * to it, so each output should reach it separately.
 */
bool chat_wants_apart(const struct chat *chat, unsigned session);

/**
 * Moves the cursor of an idle session, which has no output and nothing pending,
 * past records for others. In a loop that calls this in each pass, an idle session
 * costs no more than this call, however busy the others are.
 * @return true when the session is idle.
 */
bool chat_rest(struct chat *chat, unsigned session);

#if LWCHAT_FILES
/* --- Files ---------------------------------------------------------------------- */

/** What is written to files. Who writes it never holds the log. */
enum chat_tail_kind {
    CHAT_TAIL_TEXT,    /**< a line of text for each message and notice: chat_log_lines() */
    CHAT_TAIL_HISTORY, /**< what was said in rooms, to be restored later: chat_history() */
    CHAT_TAILS
};

/** Begins to follow the log, from its end on. */
void chat_follow(struct chat *chat, enum chat_tail_kind kind);

/** @return how many records were overwritten before they were read, and not reported yet. */
uint32_t chat_tail_missed(const struct chat *chat, enum chat_tail_kind kind);

/**
 * Renders the next lines for a log: date, room, and what people in the room read. Private messages
 * are left out. Where lines are missing, a line says how many.
 * @param bytes  of `out`, LWCHAT_SHOWN_BYTES or more
 * @return their length, with their ends; 0 when there are none.
 */
size_t chat_log_lines(struct chat *chat, char *out, size_t bytes);

enum {
    CHAT_BOOT_ID_BYTES = 36,      /**< length of a boot ID, as of port_boot_id() */
    CHAT_HISTORY_BEGIN_BYTES = 80 /**< the most that chat_history_begin() writes */
};

/**
 * Writes the part with which a server begins to append to a history file.
 * @param boot_id  of the system
 * @param whole    the file is empty
 * @param out      CHAT_HISTORY_BEGIN_BYTES long
 * @return its length.
 */
size_t chat_history_begin(const struct chat *chat, const char *boot_id, bool whole, char *out);

/** Writes the part that marks the end of a complete history; `out` as above. @return its length. */
size_t chat_history_end(char *out);

/**
 * Writes the next part of the history, to be appended to its file: history.h.
 * @param bytes  of `out`, LWCHAT_SHOWN_BYTES or more
 * @return its length; 0 when there is nothing.
 */
size_t chat_history(struct chat *chat, char *out, size_t bytes);

/** True when the file cannot be appended to any more: chat_history_rewrite() must be next. */
bool chat_history_is_over(const struct chat *chat);

/** Marks where the history is, for chat_history_abort(). */
void chat_history_mark(struct chat *chat);

/** The history begins again, with the oldest record of the log: for a new file. */
void chat_history_rewrite(struct chat *chat);

/**
 * Says that nothing since the mark is in a file: the history goes on from the mark, in the old file
 * or, after chat_history_rewrite(), in a new one. Nothing may have been appended to the log since
 * the mark.
 */
void chat_history_abort(struct chat *chat);

/**
 * Restores what was said from a history's file, and then follows the log. Only after chat_init().
 * Numbers of records continue, and so does `start`, so that peers can resume, unless the file may
 * lack something: the system went down before the server had ended, or the file's end is torn. A
 * file may end at any byte; what follows the last whole part is to be cut off before the file is
 * appended to.
 *
 * @param boot_id  of the system
 * @param whole    set to the length of the whole parts, or to where the damage is
 * @return 0; LWCHAT_BAD_ARGUMENT when it is not a history; LWCHAT_UNSUPPORTED when it is one of a
 *         server with another LWCHAT_LOG_BYTES; LWCHAT_FAILED when it is damaged before its end.
 */
int chat_history_restore(struct chat *chat, const char *boot_id, const char *file, size_t bytes,
                         size_t *whole);
#endif

#endif
