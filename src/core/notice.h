/**
 * @file
 * Sentences in the log.
 */
#ifndef LWCHAT_NOTICE_H
#define LWCHAT_NOTICE_H

#include "chat.h"

/** What one line of a session appends to the log at most, besides its text: two notices. */
enum { NOTICE_BYTES = 2 * (sizeof(struct log_record) + sizeof(struct words_arguments)) };

/** Appends a sentence for one session. */
void notice_to(struct chat *chat, unsigned session, enum word_chat word, const char *arguments,
               size_t bytes);

/** Appends a sentence for everybody in a room but `from`. */
void notice_in_room(struct chat *chat, unsigned from, uint8_t room, enum word_chat word,
                    const char *arguments, size_t bytes);

#endif
