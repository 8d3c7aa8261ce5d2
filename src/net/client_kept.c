#include "client_kept.h"

#include <string.h>

#include "../core/text.h"

static bool is_end(char c)
{
    return c == '\n' || c == '\0';
}

/* The length of the line at `at`, including its end if it has one. */
static size_t line_at(const struct client_kept *kept, size_t at)
{
    size_t end = at;

    while (end < kept->bytes && !is_end(kept->text[end])) {
        end++;
    }
    return end < kept->bytes ? end + 1 - at : end - at;
}

/* How many of these bytes were sent: a terminating NUL was not. */
static size_t sent_of(const char *line, size_t bytes)
{
    return line[bytes - 1] == '\0' ? bytes - 1 : bytes;
}

static void drop(struct client_kept *kept, size_t bytes)
{
    kept->bytes -= bytes;
    memmove(kept->text, kept->text + bytes, kept->bytes);
}

/*
 * Drops the oldest lines, at least a quarter of the buffer, so that this is not done for every
 * byte.
 */
static void make_room(struct client_kept *kept)
{
    size_t gone = 0;

    while (gone < sizeof kept->text / 4) {
        size_t line = line_at(kept, gone);
        size_t sent = sent_of(kept->text + gone, line);
        kept->forgotten += (uint32_t)sent;
        kept->sent -= sent;
        gone += line;
    }
    drop(kept, gone);
}

static void put(struct client_kept *kept, char c)
{
    if (kept->bytes + 1 == sizeof kept->text) {
        make_room(kept);
    }
    kept->text[kept->bytes++] = c;
}

void client_kept_add(struct client_kept *kept, const char *text, size_t bytes, bool message)
{
    for (size_t i = 0; i < bytes; i++) {
        put(kept, text[i] == '\0' ? ' ' : text[i]);
        kept->sent++;
    }
    if (message) {
        put(kept, '\0');
    }
}

void client_kept_acknowledge(struct client_kept *kept, uint32_t left)
{
    uint32_t beyond = left > kept->sent ? left - (uint32_t)kept->sent : 0;
    size_t gone = 0;

    if (kept->forgotten > beyond) {
        kept->forgotten = beyond;
    }
    while (gone < kept->bytes) {
        size_t line = line_at(kept, gone);
        size_t sent = sent_of(kept->text + gone, line);
        if (!is_end(kept->text[gone + line - 1]) || kept->sent - sent < left) {
            break;
        }
        kept->sent -= sent;
        gone += line;
    }
    drop(kept, gone);
}

void client_kept_cut(struct client_kept *kept)
{
    while (kept->bytes > 0 && !is_end(kept->text[kept->bytes - 1])) {
        kept->bytes--;
        kept->sent--;
    }
}

char *client_kept_line(struct client_kept *kept, size_t *at)
{
    char *line = kept->text + *at;
    size_t bytes = line_at(kept, *at);

    if (bytes == 0) {
        return NULL;
    }
    *at += bytes;
    bytes -= is_end(line[bytes - 1]);
    bytes -= bytes > 0 && line[bytes - 1] == '\r';
    line[text_clean(line, bytes, bytes)] = '\0';
    return line;
}
