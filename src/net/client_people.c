#include "client_people.h"

#include <string.h>

#include "../core/text.h"

static struct client_string name_at(const struct client_names *names, size_t i)
{
    return (struct client_string){names->name[i].text, names->name[i].bytes};
}

static size_t find(const struct client_names *names, struct client_string name)
{
    size_t i = 0;

    while (i < names->count && !client_string_is(name_at(names, i), name)) {
        i++;
    }
    return i;
}

void client_names_add(struct client_names *names, struct client_string name)
{
    const size_t most = sizeof names->name / sizeof names->name[0];

    if (name.bytes == 0 || name.bytes > LWCHAT_NICK_BYTES || names->count == most ||
        find(names, name) < names->count) {
        return;
    }
    names->name[names->count].bytes = (unsigned char)name.bytes;
    memcpy(names->name[names->count].text, name.text, name.bytes);
    names->count++;
}

void client_names_remove(struct client_names *names, struct client_string name)
{
    size_t i = find(names, name);

    if (i < names->count) {
        names->count--;
        memmove(names->name + i, names->name + i + 1, (names->count - i) * sizeof names->name[0]);
    }
}

#if LWCHAT_SCREEN

/* --- Completing ------------------------------------------------------------------ */

static const char *const commands[] = {"/help", "/history", "/ignore", "/join", "/me", "/msg",
                                       "/nick", "/quit",    "/rooms",  "/time", "/who"};

struct matches {
    struct port_completion *out;
    struct client_string begun; /* the word so far */
    unsigned count;
};

/* How many bytes both begin with, ignoring the case of A to Z, without cutting a code point. */
static size_t common(struct client_string a, struct client_string b)
{
    size_t n = 0;

    while (n < a.bytes && n < b.bytes && text_lower(a.text[n]) == text_lower(b.text[n])) {
        n++;
    }
    return text_cut(a.text, a.bytes, n);
}

static void consider(struct matches *matches, struct client_string name)
{
    struct port_completion *out = matches->out;
    struct client_string agreed = {out->text, out->bytes};

    if (common(matches->begun, name) < matches->begun.bytes || name.bytes > sizeof out->text) {
        return;
    }
    if (matches->count++ == 0) {
        memcpy(out->text, name.text, name.bytes);
        out->bytes = name.bytes;
    } else {
        out->bytes = common(agreed, name);
    }
    if (out->list_bytes + name.bytes + 1 <= sizeof out->list) {
        out->list[out->list_bytes++] = ' ';
        memcpy(out->list + out->list_bytes, name.text, name.bytes);
        out->list_bytes += name.bytes;
    }
}

static void consider_all(struct matches *matches, const struct client_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        consider(matches, name_at(names, i));
    }
}

static void end_word(struct port_completion *out, const char *end)
{
    size_t bytes = strlen(end);

    if (out->bytes + bytes <= sizeof out->text) {
        memcpy(out->text + out->bytes, end, bytes);
        out->bytes += bytes;
    }
    out->list_bytes = 0;
}

void client_people_complete(const struct client_people *people, const char *line, size_t bytes,
                            struct port_completion *completion)
{
    size_t begin = bytes;

    while (begin > 0 && line[begin - 1] != ' ') {
        begin--;
    }
    struct matches matches = {completion, {line + begin, bytes - begin}, 0};
    const char *end = " ";
    memset(completion, 0, sizeof *completion);
    completion->begin = begin;
    if (matches.begun.bytes == 0) {
        return;
    }
    if (begin == 0 && line[0] == '/') {
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
            consider(&matches, (struct client_string){commands[i], strlen(commands[i])});
        }
    } else if (line[begin] == '#') {
        consider_all(&matches, &people->rooms);
    } else {
        consider_all(&matches, &people->people);
        end = begin == 0 ? ": " : " ";
    }
    if (matches.count == 1) {
        end_word(completion, end);
    }
}

#endif
