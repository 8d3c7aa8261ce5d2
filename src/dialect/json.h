/**
 * @file
 * Objects, for those that read them a line each, or a message each: see
 * README.md. With LWCHAT_JSON.
 */
#ifndef LWCHAT_JSON_H
#define LWCHAT_JSON_H

#include "shown.h"

/** hello. */
bool json_greet(struct shown *shown, unsigned step);

/** The object for a record. */
void json_show(struct shown *shown, uint32_t position, const struct log_record *record);

/** A sentence in one. */
void json_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);

#endif
