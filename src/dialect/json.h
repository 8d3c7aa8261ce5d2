/**
 * @file
 * JSON objects, for the dialects that send one per line or per message: see
 * README.md. With LWCHAT_JSON.
 */
#ifndef LWCHAT_JSON_H
#define LWCHAT_JSON_H

#include "shown.h"

/** The object "hello". */
bool json_greet(struct shown *shown, unsigned step);

/** The object for a record. */
void json_show(struct shown *shown, uint32_t position, const struct log_record *record);

/** The object for a sentence. */
void json_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes);

#endif
