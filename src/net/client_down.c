#include "client_down.h"

#include <stdint.h>
#include <string.h>

/*
 * The rest is reserved: for closing a line's isolates, for the end of a line without one, and for
 * a byte that may have been telnet's and was not.
 */
enum { MOST = sizeof((struct client_down *)0)->text - 2 - TEXT_CLOSE_BYTES };

static bool ends_lines(const struct client_down *down)
{
    return down->framing == CLIENT_LINE ||
           (down->framing == CLIENT_AUTO && (down->newline_seen || down->telnet.seen));
}

void client_down_start(struct client_down *down, enum client_framing framing)
{
    memset(down, 0, sizeof *down);
    down->framing = framing;
    down->raw = framing == CLIENT_RAW;
}

size_t client_down_look(const struct client_down *down, const char **text)
{
    *text = down->text + down->shown;
    return down->ready - down->shown;
}

void client_down_skip(struct client_down *down, size_t bytes)
{
    down->shown += bytes;
    if (down->shown == down->ready) {
        down->bytes -= down->ready;
        memmove(down->text, down->text + down->ready, down->bytes);
        down->shown = down->ready = 0;
    }
}

size_t client_down_room(struct client_down *down, char **where)
{
    *where = down->text + down->bytes;
    return MOST - down->bytes;
}

/*
 * Makes the first `bytes` bytes of the incomplete line ready, with a line end if `end`. Drops the
 * next `skipped` bytes; the rest follows.
 */
static void release(struct client_down *down, size_t bytes, size_t skipped, bool end)
{
    char *line = down->text + down->ready;
    size_t rest = down->bytes - down->ready - bytes - skipped;
    size_t free_bytes = sizeof down->text - down->bytes;
    char *after = down->text + sizeof down->text - rest;
    size_t clean;

    /* Keep the rest at the end of the buffer meanwhile. */
    memmove(after, line + bytes + skipped, rest);
    if (end) {
        clean = text_clean_last(&down->state, line, bytes, bytes + free_bytes - 1);
        line[clean] = '\n';
    } else {
        clean = text_clean_next(&down->state, line, bytes);
    }
    memmove(line + clean + end, after, rest);
    down->fin = end && !down->open_line && text_is(line, clean, "fin");
    down->open_line = !end;
    down->ready += clean + end;
    down->bytes = down->ready + rest;
}

/* The length of the incomplete line, without a sequence at its end that more bytes may complete. */
static size_t whole_line(const struct client_down *down)
{
    const char *line = down->text + down->ready;
    size_t bytes = down->bytes - down->ready;

    return bytes > 0 && line[bytes - 1] == '\r' ? bytes - 1 : text_whole(line, bytes);
}

void client_down_take(struct client_down *down, size_t bytes)
{
    char *end;

    down->bytes += client_telnet_strip(&down->telnet, down->text + down->bytes, bytes);
    if (ends_lines(down)) {
        down->raw = false;
    }
    while ((end = memchr(down->text + down->ready, '\n', down->bytes - down->ready)) != NULL) {
        size_t length = (size_t)(end - down->text) - down->ready;
        size_t cr = length > 0 && end[-1] == '\r';
        release(down, length - cr, cr + 1, true);
        down->newline_seen = true;
        down->raw = down->framing == CLIENT_RAW;
    }
    size_t rest = down->bytes - down->ready;
    size_t whole = whole_line(down);
    if (down->raw && rest > 0 && whole == rest) {
        release(down, rest, 0, true);
    } else if (rest >= MOST) {
        release(down, whole, 0, false);
    }
}

bool client_down_waits(const struct client_down *down)
{
    /* The rest of a line may be late: a sequence that it could complete is not shown yet. */
    return ends_lines(down) ? whole_line(down) > 0 : down->bytes > down->ready;
}

void client_down_quiet(struct client_down *down)
{
    if (!client_down_waits(down)) {
        return;
    }
    if (!ends_lines(down)) {
        down->raw = true;
    }
    release(down, down->raw ? down->bytes - down->ready : whole_line(down), 0, down->raw);
}

void client_down_end(struct client_down *down)
{
    if (down->bytes > down->ready || down->open_line) {
        release(down, down->bytes - down->ready, 0, true);
    }
}

void client_down_say(struct client_down *down, const char *line, size_t bytes)
{
    if (down->bytes >= MOST) {
        return;
    }
    size_t room = MOST - 1 - down->bytes;
    bytes = text_cut(line, bytes, bytes < room ? bytes : room);
    memmove(down->text + down->ready + bytes + 1, down->text + down->ready,
            down->bytes - down->ready);
    memcpy(down->text + down->ready, line, bytes);
    down->text[down->ready + bytes] = '\n';
    down->ready += bytes + 1;
    down->bytes += bytes + 1;
}
