/**
 * @file
 * The chat: sessions, rooms, and what each session reads of the one log. Pure:
 * it is told the time, is given bytes, and gives bytes; it calls nobody.
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
 * Session 0 is the operator: it reads the same log with another front end and
 * never holds it.
 */
#ifndef LWCHAT_CHAT_H
#define LWCHAT_CHAT_H

#include "framing.h"
#include "log.h"
#include "lwchat_config.h"
#include "lwchat_error.h"
#include "words.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHAT_OPERATOR = 0, CHAT_SESSIONS = LWCHAT_MAX_SESSIONS + 1 };

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
    /** The pool with number `index`; false past the last. NULL: none are shown. */
    bool (*pool)(unsigned index, struct chat_pool *pool);
    /** Sets the server's address; 0 or an error. NULL: the console has no /ip. */
    int (*set_address)(const char *address, const char *gateway);
};

/** A buffer of the pool: a line that is incomplete, or the rest of one being sent. */
struct chat_buffer {
    uint32_t since_ms; /**< when it was taken */
    uint16_t owner;    /**< session, or LOG_NOBODY: free */
    uint16_t bytes;
#if LWCHAT_SHOWN_BYTES > LWCHAT_RAW_BYTES
    uint16_t prefix; /**< of a rest: how much of it each of its pieces begins with */
#endif
    char text[LWCHAT_SHOWN_BYTES];
};

/** Where a session stands in what it is sent; all that sending changes. */
struct chat_place {
    uint32_t cursor; /**< record to send next */
    uint16_t offset; /**< bytes of the line under way that are sent */
    uint16_t step;   /**< where in a generated answer */
    uint16_t hole;   /**< messages of history that went before it had them, not yet told of */
    uint8_t answer;  /**< enum chat_answer of session.h: a generated answer under way */
    uint8_t owes;    /**< enum chat_owes bits: lines that come before the rest */
};

enum chat_state {
    CHAT_FREE,
    CHAT_ARRIVING, /**< has a place; its coming is still to be logged */
    CHAT_ACTIVE,
    CHAT_ENDING, /**< has left the chat; what it is owed, then fin, are being sent */
    CHAT_ENDED,  /**< everything is sent: the connection is to be finished, then released */
    CHAT_DEAD, /**< it took nothing for too long: the connection is to be reset (chat_state() only)
                */
    CHAT_LEAVING /**< the connection is gone; that it left is still to be logged */
};

#if LWCHAT_MAX_IGNORES > 0
/** Somebody whom a session does not read. */
struct chat_ignored {
    uint16_t session; /**< LOG_NOBODY once it has left */
    uint8_t nick_bytes;
    char nick[LWCHAT_NICK_BYTES];
};
#endif

/** What people at an address have used of their rate when they left. */
struct chat_kept {
    uint32_t ip;
    uint32_t allowed_us; /**< as chat_session.allowed_us, for all of them */
};

struct chat_session {
    struct chat_place place;
    uint32_t since;    /**< position at which it joined its room: history before, live from here */
    uint32_t asked;    /**< position at which it asked: it reads up to there before the answer */
    uint32_t missed;   /**< messages it was passed over for and not yet told of */
    uint32_t heard_ms; /**< when something last arrived; CHAT_ENDING: since when */
    union {
        uint32_t
            allowed_us; /**< CHAT_ACTIVE: when it may send its next line, were there no burst */
        uint32_t end;   /**< CHAT_ENDING: position at which its reading ends */
    };
    uint32_t took_ms; /**< when its connection last took something */
    uint32_t paced;   /**< bytes that its connection took since `pace_ms` */
    uint32_t ip;      /**< of the peer, host byte order */
    uint16_t port;
    uint16_t pace_ms; /**< low bits of the start of the span over which `paced` is counted */
    uint16_t line;    /**< buffer with its incomplete line, or LOG_NOBODY */
    uint16_t rest;    /**< buffer with the rest of a line being sent, or LOG_NOBODY */
    uint16_t replay;  /**< messages of `next_room` to show when it gets there */
    uint16_t flags;   /**< enum chat_flag of session.h */
    uint8_t room;
    uint8_t next_room; /**< where it goes once all is read; LOG_EVERY_ROOM: nowhere */
    uint8_t state;     /**< enum chat_state */
    uint8_t refuse[2]; /**< telnet refusal to be sent: command and option */
    struct framing framing;
    uint8_t held;    /**< for how long it has held the log, in the units of append.c */
    uint8_t held_at; /**< when it did so last, in seconds of append.c that wrap */
    uint8_t nick_bytes;
    char nick[LWCHAT_NICK_BYTES];
#if LWCHAT_MAX_IGNORES > 0
    uint8_t ignores; /**< of `ignored`, in use */
    struct chat_ignored ignored[LWCHAT_MAX_IGNORES];
#endif
};

#if LWCHAT_SHARED_LINES > 0
/** A line of a block: who said it, and where it ends. */
struct chat_block_line {
    uint16_t from; /**< session, or LOG_NOBODY */
    uint16_t end;
};

/** Lines that are rendered for all who read them from one place: block.h. */
struct chat_block {
    uint32_t from; /**< cursor of whoever may read it */
    uint32_t to;   /**< cursor of whoever has */
    uint32_t bytes;
    uint32_t senders; /**< a bit for each session that said something, modulo 32 */
    uint16_t lines;
    uint8_t room;
    uint8_t crlf; /**< FRAMING_CRLF, or 0 */
    struct chat_block_line line[LWCHAT_SHARED_LINES];
    char text[LWCHAT_SEND_BYTES];
};
#endif

struct chat_room {
    uint32_t born;   /**< position at which it was made: older records are another room's */
    uint32_t last;   /**< position of its last message; of its end, once it is gone */
    uint32_t newest; /**< position after the last record that everybody in it sees */
    uint16_t people; /**< sessions in it or on their way; 0: free */
    bool spoken;     /**< `last` is a message's */
    uint8_t name_bytes;
    char name[LWCHAT_ROOM_BYTES]; /**< with its # */
};

/** Time for which readers have held the log. That of those who do not keep up is in slots of five
 * seconds. */
struct chat_holds {
    uint32_t slot_ms;    /**< start of the newest slot */
    uint32_t last_ms;    /**< when holds were last counted */
    uint32_t total_ms;   /**< since the start, for /stats */
    uint32_t times;      /**< holds since the start, by whomever */
    uint16_t ms[13];     /**< the newest slot at [0]; 13 of them cover any minute */
    uint32_t keep;       /**< position from which on records were to stay in the last hold */
    uint16_t charged_ms; /**< time that is still to be counted in chat_session.held */
    bool slow;           /**< those who hold it in this pass do not keep up */
    bool busy;           /**< most people hold it in this pass */
    bool holding;        /**< somebody held it in the last pass */
    bool held;           /**< somebody holds the log: nothing is appended until the next pass */
};

struct chat {
    struct chat_config config;
    uint32_t now_ms; /**< what chat_begin() was told */
    struct log log;
    uint32_t slowest;     /**< no session's cursor is before this position */
    uint32_t due_ms;      /**< when chat_tick() has to look at the sessions next */
    uint32_t guests;      /**< guest names given since the start */
    uint32_t records;     /**< appended since the start */
    uint32_t aside_bytes; /**< of records in the log that were not said aloud */
    uint32_t asides;      /**< the same, of all that were appended; wraps */
    uint32_t refused;     /**< newcomers turned away since the start */
    uint32_t passed_over; /**< messages, over all sessions, since the start */
    uint32_t dropped;     /**< incomplete lines dropped since the start */
    uint16_t people;      /**< sessions in CHAT_ACTIVE, the operator not counted */
    uint16_t occupied;    /**< sessions not CHAT_FREE, the operator not counted */
    uint16_t most;        /**< high-water mark of `people` */
    uint16_t bans;
    bool stopping;
    bool waiting; /**< somebody waits for room in the log to come or to go */
    struct chat_holds holds;
    struct chat_place sent; /**< the place after the output that was shown last */
    uint32_t shown_bytes;   /**< its length */
    uint32_t asked_bytes;   /**< how much of it the session had asked for */
    uint32_t ban[LWCHAT_MAX_BANS];
    uint8_t ban_prefix[LWCHAT_MAX_BANS];
    struct chat_kept kept[LWCHAT_KEPT_RATES];
    struct chat_room room[LWCHAT_MAX_ROOMS];
    struct chat_session session[CHAT_SESSIONS];
    struct chat_buffer buffer[LWCHAT_LINE_BUFFERS];
    char line[LWCHAT_SHOWN_BYTES]; /**< a line being read, or being rendered */
    char clean[LWCHAT_LINE_BYTES]; /**< the same, made safe */
    char out[LWCHAT_SEND_BYTES];   /**< output of one session */
#if LWCHAT_SHARED_LINES > 0
    struct chat_block block;
#endif
    _Alignas(4) uint8_t ring[LWCHAT_LOG_BYTES];
};

/** Sets everything up; nobody is there but the operator. */
void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms);

/**
 * A peer has connected.
 * @return its session, 1 or more; LWCHAT_NO_MEMORY when all places are taken,
 *         LWCHAT_TOO_MANY when its address has as many as it may,
 *         LWCHAT_REFUSED when it is banned: tell it with chat_refusal().
 */
int chat_join(struct chat *chat, uint32_t ip, uint16_t port);

/** The line, with its end, that tells a newcomer why chat_join() gave `error`. @return its length.
 */
size_t chat_refusal(struct chat *chat, int error, char *out, size_t bytes);

/**
 * Bytes have come from a session.
 * @return how many were used: fewer when the session is not to be read for
 *         now. The others have to be given again, once chat_reads() is true.
 */
size_t chat_receive(struct chat *chat, unsigned session, const uint8_t *data, size_t bytes);

/**
 * True while input from the session is welcome. While the log is held, that is
 * what comes up to the end of its line, so that quiet is heard in any case.
 */
bool chat_reads(const struct chat *chat, unsigned session);

/**
 * The peer has ended its side. What it sent without an end is delivered.
 * @return false while that is not possible (the log is held): call again.
 */
bool chat_input_ended(struct chat *chat, unsigned session);

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

/** True while there is something to send. Cheap. */
bool chat_has_output(const struct chat *chat, unsigned session);

/**
 * True while a session has nothing to be sent and nothing of its own under way.
 * It has then left behind what the log has for others, so that whoever asks in
 * each pass spends no more than this on it, whatever they say.
 */
bool chat_rests(struct chat *chat, unsigned session);

/** True when the operator has ended it. */
bool chat_was_kicked(const struct chat *chat, unsigned session);

/**
 * True when a session has left the chat and its place may go to a newcomer that
 * finds none: it has long taken nothing of what it is owed. With another `ip`
 * than 0, only a session from that address.
 */
bool chat_gives_way(const struct chat *chat, unsigned session, uint32_t ip);

/** True when a session from `ip`, or with 0 any, has left and is owed nothing any more. */
bool chat_is_done(const struct chat *chat, unsigned session, uint32_t ip);

enum chat_state chat_state(const struct chat *chat, unsigned session);

/** The connection of a session is gone or about to be. The number may be somebody else's soon. */
void chat_release(struct chat *chat, unsigned session);

/** Ends every session, each with a sentence and fin. Nobody can join any more. */
void chat_shutdown(struct chat *chat);

/** A pass begins: whatever held the log in the last one, input is welcome again. */
void chat_begin(struct chat *chat, uint32_t now_ms);

/**
 * Does what is due: quiet text, dropped lines, stalled readers. Call it once in
 * each pass, when what has come is read: only then is who says nothing quiet,
 * and not a loop that was kept from listening.
 */
void chat_tick(struct chat *chat);

/** @return ms until chat_tick() has something to do; 0 when it has now. */
uint32_t chat_due(const struct chat *chat);

/** Shows a sentence on the console. `arguments` as words_write() takes them. */
void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments,
                        size_t bytes);

#endif
