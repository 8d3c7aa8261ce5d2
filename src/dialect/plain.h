/**
 * @file
 * What people read: the text that lines, unterminated messages and the console
 * have in common.
 */
#ifndef LWCHAT_PLAIN_H
#define LWCHAT_PLAIN_H

#include "shown.h"

/** "You are connected to server Marcel. …", and who the reader is. */
bool plain_greet(struct shown *shown, unsigned step);

/** "alice> hello", and its like for the other kinds. */
void plain_show(struct shown *shown, uint32_t position, const struct log_record *record);

/** "[14:02] " of the record, where the time of day is known. */
void plain_add_time(struct shown *shown, const struct log_record *record);

/** The sentence in the chat's language. */
void plain_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);

/** Telnet's refusal of an option. */
void plain_answer(struct shown *shown);

/** LF, or CR LF to a peer that sends it. */
void plain_seal(struct shown *shown);

#endif
