/**
 * @file
 * What the parts of the chat share among themselves; not for users of chat.h.
 */
#ifndef LWCHAT_SESSION_H
#define LWCHAT_SESSION_H

#include "chat.h"

enum chat_flag {
    CHAT_BLOCKED = 1,      /**< its connection did not take all that it was offered */
    CHAT_TYPED = 2,        /**< a single byte came last */
    CHAT_UNREAD = 4,       /**< it has sent more than was used */
    CHAT_WAITS_BUFFER = 8, /**< its incomplete line finds no buffer */
    CHAT_KICKED = 16,      /**< the operator has ended it */
    CHAT_TO_KICK = 32,     /**< the operator has banned its address */
    CHAT_CUT = 64          /**< its connection is to be reset */
};

enum chat_owes {
    CHAT_OWES_REST = 1,     /**< the rest of a line, in buffer `rest` */
    CHAT_OWES_REFUSAL = 2,  /**< the telnet refusal in `refuse` */
    CHAT_OWES_MISSED = 4,   /**< the number in `missed` */
    CHAT_OWES_SHUTDOWN = 8, /**< that the server shuts down, once all is read */
    CHAT_OWES_FIN = 16      /**< fin, after that */
};

/** Answers that are generated line by line as they are sent. */
enum chat_answer {
    ANSWER_NONE,
    ANSWER_GREETING,
    ANSWER_ENTERED,
    ANSWER_HELP,
    ANSWER_WHO,
    ANSWER_ROOMS,
    ANSWER_STATS
};

enum { LOBBY = 0 };

/** ms after which what the log's fill held back is tried again. */
enum { HELD_MS = 20 };

/* --- reader.c: who reads what, and who may hold the log ------------------- */

/** True when the record at `position` is for `session` to read. */
bool reader_is_for(const struct chat *chat, unsigned session, uint32_t position,
                   const struct log_record *record);

/** True while there are things for the session to read at all. */
bool reader_reads(const struct chat_session *session);

/** Where the session's reading ends for now. */
uint32_t reader_limit(const struct chat *chat, const struct chat_session *session);

/**
 * True when records of `bytes` in all may be appended now. False while readers
 * hold the log; then nothing is read from senders until the next chat_tick().
 */
bool reader_may_append(struct chat *chat, uint32_t bytes, uint32_t now_ms);

/** A new pass begins: counts the hold of the last one, and lets senders ask again. */
void reader_tick(struct chat *chat, uint32_t now_ms);

/** Appends, passing over whoever is in the way. @return the record's position. */
uint32_t reader_append(struct chat *chat, struct log_record *record, const char *nick,
                       size_t nick_bytes, const char *text, size_t text_bytes, uint32_t now_ms);

/** The position from which a room's last `messages` messages are read. */
uint32_t reader_history(const struct chat *chat, const struct chat_room *room, uint32_t messages);

/** The session's cursor was set back. */
void reader_moved_back(struct chat *chat, const struct chat_session *session);

/**
 * Counts what a session's connection took. `all`: everything that it was
 * offered; `more`: there is more to offer.
 */
void reader_took(struct chat *chat, unsigned session, size_t bytes, bool all, bool more,
                 uint32_t now_ms);

/* --- buffer.c: the pool of line buffers ---------------------------------- */

/** @return a free buffer, now `owner`'s and empty; LOG_NOBODY when there is none. */
uint16_t buffer_take(struct chat *chat, unsigned owner, uint32_t now_ms);

/** The same, for the rest of a line being sent. The operator always gets one. */
uint16_t buffer_take_rest(struct chat *chat, unsigned owner, uint32_t now_ms);

/** Gives `*buffer` back, if it is one, and sets it to LOG_NOBODY. */
void buffer_give(struct chat *chat, uint16_t *buffer);

/**
 * Drops the line that has been incomplete longest, LWCHAT_PARTIAL_MS at least,
 * and tells its owner.
 * @return false when there is none.
 */
bool buffer_drop_oldest(struct chat *chat, uint32_t now_ms);

/* --- room.c -------------------------------------------------------------- */

/** True when `name` has a room's form, its # included. */
bool room_valid(const char *name, size_t bytes);

/** @return the room's number; LWCHAT_NOT_FOUND. */
int room_find(const struct chat *chat, const char *name, size_t bytes);

/** Finds or makes a room and counts one more in it. @return its number; LWCHAT_NO_MEMORY. */
int room_enter(struct chat *chat, const char *name, size_t bytes, uint32_t now_ms);

/** Counts one less in it; a room other than the lobby goes with its last. */
void room_leave(struct chat *chat, uint8_t room);

/* --- output.c ------------------------------------------------------------ */

/**
 * Keeps the rest of the line that `session` is in the middle of, if it is in
 * one, so that its record may go or another line may come first. Without a
 * free buffer the session is dead: a cut connection is better than a torn line.
 */
void output_keep_rest(struct chat *chat, unsigned session, uint32_t now_ms);

/** Lets lines that `session` is owed come before what it reads. `owes`: enum chat_owes bits. */
void output_owe(struct chat *chat, unsigned session, uint8_t owes, uint32_t now_ms);

/** Begins a generated answer. Nothing is read from the session until it is sent. */
void output_answer(struct chat *chat, unsigned session, enum chat_answer answer, uint32_t now_ms);

/* --- command.c ----------------------------------------------------------- */

/**
 * Does what one line of a session says.
 * @param text  the line, not yet made safe
 * @return false when the log has no room for it now: nothing was done.
 */
bool command_line(struct chat *chat, unsigned session, const char *text, size_t bytes,
                  uint32_t now_ms);

/** The sentence of /help with number `step` for peers or the operator; NULL past the last. */
const struct word *command_help(unsigned step, bool to_operator, uint16_t *next);

/* --- input.c ------------------------------------------------------------- */

/** Takes an incomplete line that has been quiet for long enough as a message. */
void input_tick(struct chat *chat, unsigned session, uint32_t now_ms);

/* --- chat.c -------------------------------------------------------------- */

/** Arguments of a sentence, put together piece by piece. */
struct arguments {
    char text[64];
    size_t bytes;
};

/** What one line appends to the log at most, besides its text: two notices. */
enum { CHAT_NOTICE_BYTES = 2 * (sizeof(struct log_record) + sizeof(struct arguments)) };

/** True when `after_ms` have passed since `since_ms`; else chat_tick() will look again then. */
bool chat_is_due(struct chat *chat, uint32_t since_ms, uint32_t after_ms, uint32_t now_ms);

/** Has chat_tick() look at the sessions in `in_ms` at the latest. */
void chat_wake(struct chat *chat, uint32_t in_ms, uint32_t now_ms);

/** Appends a sentence for one session. */
void chat_reply(struct chat *chat, unsigned session, enum word_chat word, const char *arguments,
                size_t bytes, uint32_t now_ms);

/** Appends a sentence for everybody in a room but `from`. */
void chat_notice(struct chat *chat, unsigned from, uint8_t room, enum word_chat word,
                 const char *arguments, size_t bytes, uint32_t now_ms);

/** Ends a session: others read that it left, it gets what it is owed, then fin. */
void chat_end(struct chat *chat, unsigned session, const char *farewell, size_t bytes,
              uint32_t now_ms);

/** Ends a session on the operator's behalf. */
void chat_kick(struct chat *chat, unsigned session, const char *text, size_t bytes,
               uint32_t now_ms);

/**
 * Lets a session that has read all it was owed go where it asked to.
 * @return true when it did: there may be more to read.
 */
bool chat_arrive(struct chat *chat, unsigned session, uint32_t now_ms);

/** The session with that nick or one that looks like it, in the chat now; LWCHAT_NOT_FOUND. */
int chat_find_nick(const struct chat *chat, const char *nick, size_t bytes);

/** Adds one argument, cut to 32 bytes on a code point. */
void arguments_add(struct arguments *arguments, const char *text, size_t bytes);

/** Adds a number. */
void arguments_add_number(struct arguments *arguments, uint32_t number);

/** Adds an IPv4 address. */
void arguments_add_address(struct arguments *arguments, uint32_t address);

#endif
