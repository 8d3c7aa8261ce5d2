/**
 * @file
 * Plain text for people, which the dialects for lines, unterminated messages, the
 * console and WebSocket text have in common.
 */
#ifndef LWCHAT_PLAIN_H
#define LWCHAT_PLAIN_H

#include "shown.h"

/** "You are connected to server Marcel. …", and the reader's nick. */
bool plain_greet(struct shown *shown, unsigned step);

/** "alice> hello", and the like for other kinds of records. */
void plain_show(struct shown *shown, uint32_t position, const struct log_record *record);

/** Adds the record's time as "[14:02] ", if the time of day is known. */
void plain_add_time(struct shown *shown, const struct log_record *record);

/** Adds a sentence in the chat's language. */
void plain_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);

/** Telnet's refusal of an option. */
void plain_answer(struct shown *shown);

/** Adds LF, or CR LF for a peer that sends it. */
void plain_seal(struct shown *shown);

#endif
