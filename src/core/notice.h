/**
 * @file
 * Appends sentences to the log.
 */
#ifndef LWCHAT_NOTICE_H
#define LWCHAT_NOTICE_H

#include "session.h"

/** Appends a sentence for one session. `arguments` as for words_write(). */
void notice_to(struct chat *chat, const struct chat_session *to, enum word_chat word,
               const char *arguments, size_t bytes);

/** Tells a session that its line was too long. */
void notice_too_long(struct chat *chat, const struct chat_session *to);

/** Appends a sentence for all sessions in a room except `from`. */
void notice_in_room(struct chat *chat, const struct chat_session *from, uint8_t room,
                    enum word_chat word, const char *arguments, size_t bytes);

/** Appends a sentence for all sessions in all rooms. */
void notice_to_all(struct chat *chat, enum word_chat word, const char *arguments, size_t bytes);

#endif
