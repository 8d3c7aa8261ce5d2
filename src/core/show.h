/**
 * @file
 * Front ends: how what happened looks, to a person with nc and on the console.
 */
#ifndef LWCHAT_SHOW_H
#define LWCHAT_SHOW_H

#include "session.h"

/** A line being put together; what does not fit is left out. */
struct shown {
    char *text; /**< LWCHAT_SHOWN_BYTES long; the last two are kept for the line's end */
    size_t bytes;
    size_t prefix; /**< bytes before what somebody said: sender, form; 0 where nobody did */
};

void show_text(struct shown *shown, const char *text, size_t bytes);

void show_literal(struct shown *shown, const char *text);

/** Shows a sentence in the chat's language. `arguments` as words_write() takes them. */
void show_sentence(const struct chat *chat, struct shown *shown, const struct word *word,
                   const char *arguments, size_t bytes);

/** The same, with arguments that were put together. */
void show_word(const struct chat *chat, struct shown *shown, enum word_chat word,
               const struct words_arguments *arguments);

/** Shows the record at `position` as `reader` sees it. */
void show_record(const struct chat *chat, struct shown *shown, const struct chat_session *reader,
                 uint32_t position, const struct log_record *record);

#endif
