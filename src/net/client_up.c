#include "client_up.h"

#include <string.h>

#include "../core/text.h"
#include "client_down.h"

/* What a peer's recv(1024) returns at once. */
#if LWCHAT_LINE_BYTES < 1024
enum { RAW_BYTES = LWCHAT_LINE_BYTES };
#else
enum { RAW_BYTES = 1024 };
#endif

void client_up_start(struct client_up *up)
{
    client_up_unsend(up);
    up->fin = up->open = false;
}

static void choose_nothing(struct client_up *up)
{
    up->sent = up->ready = up->taken = 0;
}

/* Nothing that was chosen was sent: undo the choice. */
static void choose_again(struct client_up *up)
{
    if (up->ready > 0) {
        up->torn = up->was_torn;
    }
    choose_nothing(up);
}

void client_up_unsend(struct client_up *up)
{
    size_t whole = up->sent;

    up->fin = up->fin && up->sent == up->ready;
    while (whole > 0 && up->text[whole - 1] != '\n') {
        whole--;
    }
    if (whole == 0) {
        choose_again(up);
    } else {
        up->torn = false;
        choose_nothing(up);
    }
    client_up_drop(up, whole);
}

size_t client_up_room(struct client_up *up, char **where)
{
    /* The rest is reserved for /nick and for the end of the last line. */
    *where = up->text + up->bytes;
    return up->bytes < LWCHAT_LINE_BYTES ? LWCHAT_LINE_BYTES - up->bytes : 0;
}

void client_up_take(struct client_up *up, size_t bytes)
{
    up->bytes += bytes;
}

void client_up_put(struct client_up *up, const char *text, size_t bytes)
{
    memcpy(up->text + up->bytes, text, bytes);
    up->bytes += bytes;
}

static void put(struct client_up *up, const char *text)
{
    client_up_put(up, text, strlen(text));
}

void client_up_nick(struct client_up *up, const char *nick)
{
    static const char command[] = "/nick ";
    size_t before = sizeof command - 1;
    size_t bytes = strlen(nick);

    if (bytes > LWCHAT_NICK_BYTES) {
        bytes = LWCHAT_NICK_BYTES;
    }
    memmove(up->text + before + bytes + 1, up->text, up->bytes);
    memcpy(up->text, command, before);
    memcpy(up->text + before, nick, bytes);
    up->text[before + bytes] = '\n';
    up->bytes += before + bytes + 1;
}

static const char object_quit[] = "{\"cmd\":\"/quit";

static bool is_json(const struct client_up *up)
{
#if LWCHAT_SCREEN
    return up->json;
#else
    (void)up;
    return false;
#endif
}

void client_up_farewell(struct client_up *up)
{
    up->torn = false;
    put(up, is_json(up) ? object_quit : "fin");
    put(up, is_json(up) ? "\"}\n" : "\n");
}

void client_up_stop(struct client_up *up)
{
    up->ended = true;
    if (up->sent == 0) {
        choose_again(up);
    }
    up->bytes = up->taken;
}

bool client_up_is_farewell(const char *line, size_t bytes)
{
    static const char quit[] = "/quit";
    size_t word = sizeof quit - 1;

    return text_is(line, bytes, "fin") ||
           (bytes >= word && text_is(line, word, quit) && (bytes == word || line[word] == ' '));
}

static bool is_farewell(const struct client_up *up, const char *line, size_t bytes)
{
    size_t word = sizeof object_quit - 1;

    if (!is_json(up)) {
        return client_up_is_farewell(line, bytes);
    }
    return bytes > word && text_is(line, word, object_quit) &&
           (line[word] == ' ' || line[word] == '"');
}

static bool choose_lines(struct client_up *up)
{
    size_t bytes = 0;
    const char *end;

    if (up->ended && up->bytes > 0 && up->text[up->bytes - 1] != '\n') {
        put(up, "\n");
    }
    up->was_torn = up->torn;
    up->fin = false;
    while (!up->fin && (end = memchr(up->text + bytes, '\n', up->bytes - bytes)) != NULL) {
        size_t line = (size_t)(end - up->text) - bytes;
        size_t cr = line > 0 && end[-1] == '\r';
        up->fin = !up->torn && is_farewell(up, up->text + bytes, line - cr);
        up->torn = false;
        bytes += line + 1;
    }
    if (bytes == 0) {
        if (up->bytes < LWCHAT_LINE_BYTES) {
            return false;
        }
        bytes = up->bytes;
        up->torn = true;
    }
    if (up->open && !up->was_torn && up->text[0] != '\n') {
        memmove(up->text + 1, up->text, up->bytes++);
        up->text[0] = '\n';
        bytes++;
    }
    up->ready = up->taken = bytes;
    return true;
}

static bool choose_message(struct client_up *up)
{
    while (up->bytes > 0) {
        const char *end = memchr(up->text, '\n', up->bytes);
        size_t bytes = end == NULL ? up->bytes : (size_t)(end - up->text);
        size_t taken = bytes + (end != NULL);
        if (end == NULL && !up->ended && bytes < LWCHAT_LINE_BYTES) {
            return false;
        }
        if (bytes > RAW_BYTES || (end == NULL && !up->ended)) {
            size_t fits = text_cut(up->text, bytes, bytes < RAW_BYTES ? bytes : RAW_BYTES);
            fits = text_whole(up->text, fits);
            /* Bytes that are not UTF-8 are cut anywhere. */
            bytes = taken = fits > 0 ? fits : RAW_BYTES;
        } else if (bytes > 0 && up->text[bytes - 1] == '\r') {
            bytes--;
        }
        if (bytes > 0) {
            up->fin = is_farewell(up, up->text, bytes);
            up->was_torn = up->torn;
            up->torn = false;
            up->ready = bytes;
            up->taken = taken;
            return true;
        }
        client_up_drop(up, taken);
    }
    return false;
}

bool client_up_choose(struct client_up *up, bool raw)
{
    return raw ? choose_message(up) : choose_lines(up);
}

size_t client_up_look(const struct client_up *up, const char **text)
{
    *text = up->text + up->sent;
    return up->ready - up->sent;
}

void client_up_skip(struct client_up *up, size_t bytes)
{
    up->sent += bytes;
    up->open = up->text[up->sent - 1] != '\n';
    if (up->sent == up->ready) {
        client_up_drop(up, up->taken);
        choose_nothing(up);
    }
}

bool client_up_line(struct client_up *up, char **line, size_t *bytes)
{
    const char *end = memchr(up->text, '\n', up->bytes);

    if (end == NULL) {
        return false;
    }
    *line = up->text;
    *bytes = (size_t)(end - up->text);
    return true;
}

void client_up_drop(struct client_up *up, size_t bytes)
{
    up->bytes -= bytes;
    memmove(up->text, up->text + bytes, up->bytes);
}
