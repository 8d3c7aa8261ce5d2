/**
 * @file
 * Checks that a line is an object as the JSON dialect writes it: a stricter form
 * than RFC 8259, which all parsers read in the same way.
 */
#ifndef LWCHAT_FUZZ_JSON_H
#define LWCHAT_FUZZ_JSON_H

#include "safe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct json {
    const char *at, *end;
    bool is_hello;
    bool has_seq;
    uint64_t seq;
};

static inline bool json_is(struct json *json, char c)
{
    bool found = json->at < json->end && *json->at == c;

    json->at += found;
    return found;
}

/** A string, decoded into `text`, which is as long as the line. @return its length, or -1. */
static inline int json_string(struct json *json, char *text)
{
    int bytes = 0;

    if (!json_is(json, '"')) {
        return -1;
    }
    while (json->at < json->end && *json->at != '"') {
        if ((uint8_t)*json->at < ' ') {
            return -1;
        }
        if (json_is(json, '\\') &&
            (json->at == json->end || (*json->at != '"' && *json->at != '\\'))) {
            return -1;
        }
        text[bytes++] = *json->at++;
    }
    return json_is(json, '"') ? bytes : -1;
}

/** Digits without leading zeros. */
static inline bool json_number(struct json *json, uint64_t *number)
{
    const char *begin = json->at;

    *number = 0;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9') {
        if (*number >= UINT64_C(1) << 53) {
            return false;
        }
        *number = *number * 10 + (uint64_t)(*json->at++ - '0');
    }
    return json->at > begin && (*begin != '0' || json->at == begin + 1) &&
           *number < UINT64_C(1) << 53;
}

/** Known keys in a fixed order, so that none is repeated, each with a valid value. */
static inline bool json_members(struct json *json, char *text)
{
    static const char *const keys[] = {"seq",  "time", "type",  "start", "room",
                                       "from", "to",   "count", "text"};
    enum { SEQ, TIME, TYPE, START, COUNT = 7, KEYS = 9 };
    int key = -1;

    do {
        int bytes = json_string(json, text), before = key;
        for (key = 0; key < KEYS; key++) {
            if ((int)strlen(keys[key]) == bytes && memcmp(keys[key], text, (size_t)bytes) == 0) {
                break;
            }
        }
        if (bytes < 0 || key == KEYS || key <= before || !json_is(json, ':')) {
            return false;
        }
        if (key == SEQ || key == TIME || key == START || key == COUNT) {
            uint64_t number;
            if (!json_number(json, &number)) {
                return false;
            }
            json->has_seq = json->has_seq || key == SEQ;
            json->seq = key == SEQ ? number : json->seq;
            continue;
        }
        bytes = json_string(json, text);
        if (bytes < 0 || !safe_text(text, (size_t)bytes)) {
            return false;
        }
        json->is_hello = json->is_hello || (key == TYPE && bytes == 5 && !memcmp(text, "hello", 5));
    } while (json_is(json, ','));
    return true;
}

/** @return whether the line is valid; `text` is a buffer for its strings. */
static inline bool json_line(struct json *json, const char *line, size_t bytes, char *text)
{
    *json = (struct json){.at = line, .end = line + bytes};
    return json_is(json, '{') && json_members(json, text) && json_is(json, '}') &&
           json->at == json->end;
}

#endif
