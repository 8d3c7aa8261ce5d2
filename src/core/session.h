/**
 * @file
 * What a session is to the parts of the chat: its flags, what it is to read, and
 * when somebody has to look at it. Not for users of chat.h.
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
    CHAT_CUT = 64,         /**< its connection is to be reset */
    CHAT_CALLED = 128,     /**< the log has something for it alone */
    CHAT_ASKED = 512,      /**< it has asked for an answer: from then on they cost it something */
    CHAT_QUIET = 256       /**< quiet has ended its line, which waits for room in the log */
};

enum chat_owes {
    CHAT_OWES_REST = 1,     /**< the rest of a line, in buffer `rest` */
    CHAT_OWES_REFUSAL = 2,  /**< the telnet refusal in `refuse` */
    CHAT_OWES_MISSED = 4,   /**< the number in `missed` */
    CHAT_OWES_SHUTDOWN = 8, /**< that the server shuts down, once all is read */
    CHAT_OWES_FIN = 16,     /**< fin, after that */
    CHAT_OWES_END = 32,     /**< the end of the line in `rest`, should the peer get ends by then */
    CHAT_OWES_PIECES = 64   /**< the line under way goes out in pieces: pieces.h */
};

/** Answers that are generated line by line as they are sent. */
enum chat_answer {
    ANSWER_NONE,
    ANSWER_GREETING,
    ANSWER_ENTERED,
    ANSWER_HELP,
    ANSWER_WHO,
    ANSWER_ROOMS,
    ANSWER_IGNORED,
    ANSWER_BANS,
    ANSWER_STATS
};

/** True when the record at `position` is for `session` to read. */
bool session_sees(const struct chat *chat, unsigned session, uint32_t position,
                  const struct log_record *record);

/** True while there are things for the session to read at all. */
bool session_reads(const struct chat_session *session);

/** Where the session's reading ends for now. */
uint32_t session_limit(const struct chat *chat, const struct chat_session *session);

/** Has chat_tick() look at the sessions in `in_ms` at the latest. */
void session_wake(struct chat *chat, uint32_t in_ms);

/** True when `after_ms` have passed since `since_ms`; else chat_tick() will look again then. */
bool session_is_due(struct chat *chat, uint32_t since_ms, uint32_t after_ms);

#endif
