/**
 * @file
 * What a server tells the client: one line, of the JSON dialect or in text, as an
 * event. It does no I/O.
 */
#ifndef LWCHAT_CLIENT_EVENT_H
#define LWCHAT_CLIENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lwchat_config.h"

enum client_event_type {
    EVENT_LINE,   /**< a line of another kind; `text` is all of it */
    EVENT_SERVER, /**< the first line of a greeting; `from` is the server's name */
    EVENT_HELLO,
    EVENT_MESSAGE,
    EVENT_ACTION,
    EVENT_PRIVATE,
    EVENT_JOIN,
    EVENT_LEAVE,
    EVENT_NICK,
    EVENT_KICK,
    EVENT_MISSED,
    EVENT_PONG,
    EVENT_REPLY, /**< `text` is without its *** */
    EVENT_ERROR  /**< `text` is without its !!! */
};

/** A part of the line; no bytes: absent or empty. */
struct client_string {
    const char *text;
    size_t bytes;
};

/** See src/dialect/README.md; what is absent is 0. The strings are clean text. */
struct client_event {
    enum client_event_type type;
    uint64_t seq;
    uint64_t start;
    uint64_t time_s;
    bool timed; /**< `time_s` is known */
    struct client_string room, from, to, text;
#if LWCHAT_BRIDGE
    uint64_t count;              /**< of EVENT_PONG, its number; of a bridge's objects, see there */
    bool bridge;                 /**< EVENT_PONG: the reader is a bridge */
    struct client_string server; /**< of a bridge's objects: where it was said */
#endif
};

/**
 * Reads an object of the JSON dialect, and decodes its strings in place. Keys that are not known
 * are skipped.
 * @return false if it is not an object with a known type.
 */
bool client_event_read(struct client_event *event, char *line, size_t bytes);

/** Recognises a clean line of our server's text dialect, in any language. */
void client_event_recognise(struct client_event *event, const char *line, size_t bytes);

/** True when `text` is the server's sentence `word` (see words.h), without its *** or !!! */
bool client_event_says(struct client_string text, int word, struct client_string *first,
                       struct client_string *second);

/** True when both have the same bytes. */
bool client_string_is(struct client_string a, struct client_string b);

#endif
