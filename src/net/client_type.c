/* What is typed at a screen, from the terminal's lines to what the server gets. */
#include "client_screen_parts.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/nick.h"
#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_object.h"

/* The first word of a typed line. */
static struct client_string first_word(struct client_string line)
{
    const char *blank = memchr(line.text, ' ', line.bytes);

    return (struct client_string){line.text,
                                  blank == NULL ? line.bytes : (size_t)(blank - line.text)};
}

/* What follows that word. */
static struct client_string rest_of(struct client_string line, struct client_string word)
{
    struct client_string rest = {line.text + word.bytes, line.bytes - word.bytes};

    while (rest.bytes > 0 && rest.text[0] == ' ') {
        rest.text++;
        rest.bytes--;
    }
    while (rest.bytes > 0 && rest.text[rest.bytes - 1] == ' ') {
        rest.bytes--;
    }
    return rest;
}

static void list_ignored(struct client *client)
{
    struct client_screen *screen = &client->screen;

    for (unsigned i = 0; i < screen->ignores; i++) {
        client_screen_say(client, C_IGNORES, screen->ignored[i].text, screen->ignored[i].bytes);
    }
    if (screen->ignores == 0) {
        client_screen_say(client, C_IGNORES_NOBODY, "", 0);
    }
}

static void say_full(struct client *client, struct client_string nick)
{
    char detail[LWCHAT_NICK_BYTES + 1 + 10];
    size_t n = nick.bytes;

    memcpy(detail, nick.text, n);
    detail[n++] = '\0';
    n += text_number(detail + n, SCREEN_IGNORED);
    client_screen_say(client, C_IGNORES_FULL, detail, n);
}

static void ignore(struct client *client, struct client_string nick)
{
    struct client_screen *screen = &client->screen;
    struct screen_name *known = screen_find_ignored(screen, nick);
    struct screen_name *me = &screen->me;
    size_t quoted = text_cut(nick.text, nick.bytes, LWCHAT_NICK_BYTES);

    if (nick.bytes == 0) {
        list_ignored(client);
    } else if (known != NULL) {
        *known = screen->ignored[--screen->ignores];
        client_screen_say(client, C_IGNORES_NOT, nick.text, nick.bytes);
    } else if (!nick_valid(nick.text, nick.bytes) ||
               nick_alike(me->text, me->bytes, nick.text, nick.bytes)) {
        client_screen_say(client, C_NO_NICK, nick.text, quoted);
    } else if (screen->ignores == SCREEN_IGNORED) {
        say_full(client, nick);
    } else {
        screen_set(&screen->ignored[screen->ignores++], nick);
        client_screen_say(client, C_IGNORES, nick.text, nick.bytes);
    }
}

/* Shows what was typed. What the server will confirm is not shown twice. */
static void show_typed(struct client *client, struct client_string line, struct client_string word)
{
    struct client_screen *screen = &client->screen;
    bool escaped = line.bytes > 1 && line.text[0] == '/' && line.text[1] == '/';
    bool acts = text_is(word.text, word.bytes, "/me");
    bool says = line.text[0] != '/' || escaped || acts;
    struct client_event event = {.type = EVENT_MESSAGE,
                                 .room = screen_text(&screen->room),
                                 .from = screen_text(&screen->me),
                                 .text = line};

    if (text_is(word.text, word.bytes, "/msg")) {
        return;
    }
    if (escaped) {
        event.text.text++;
        event.text.bytes--;
    } else if (acts) {
        event.type = EVENT_ACTION;
        event.text = rest_of(line, word);
    }
    if (!says) {
        screen_show_own(client, &event);
    } else {
        screen_note_said(screen, &event);
        screen_view(client, &event, true, false);
    }
}

static void send_typed(struct client *client, struct client_string line)
{
    char object[CLIENT_OBJECT_BYTES(LWCHAT_LINE_BYTES)];

    client_up_put(&client->up, object,
                  screen_encode(&client->screen, line.text, line.bytes, object));
}

static void take_typed(struct client *client, char *text, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    struct client_string line = {text, text_clean(text, bytes, bytes)};
    struct client_string word = first_word(line);

    if (screen->skipped > 0 || line.bytes > LWCHAT_LINE_BYTES) {
        screen_say_number(client, C_TOO_LONG, LWCHAT_LINE_BYTES);
        screen->skipped = 0;
    } else if (text_is_blank(line.text, line.bytes)) {
        /* The server would ignore it, too. */
    } else if (text_is(word.text, word.bytes, "/ignore")) {
        ignore(client, rest_of(line, word));
    } else if (text_is(word.text, word.bytes, "/mode")) {
        client_screen_say(client, C_NO_MODE, "", 0);
    } else {
        if (text_is(word.text, word.bytes, "/who")) {
            screen_note_who(screen, false);
        }
        screen->told_taken = screen->told_taken && !text_is(word.text, word.bytes, "/nick");
        screen->rooms_asked = screen->rooms_asked || text_is(word.text, word.bytes, "/rooms");
        show_typed(client, line, word);
        send_typed(client, line);
    }
}

/*
 * Reads up to the end of the next typed line: its `bytes` are at the front of `typed`.
 * @return LWCHAT_OK, or why there is none yet.
 */
static int read_typed(struct client_screen *screen, size_t *bytes)
{
    const char *end;

    while ((end = memchr(screen->typed, '\n', screen->typed_bytes)) == NULL) {
        if (screen->typed_bytes == sizeof screen->typed) {
            screen->skipped += (uint32_t)screen->typed_bytes;
            screen->typed_bytes = 0;
        }
        int n = port_console_read(screen->typed + screen->typed_bytes,
                                  sizeof screen->typed - screen->typed_bytes);
        if (n < 0) {
            return n;
        }
        screen->typed_bytes += (size_t)n;
    }
    *bytes = (size_t)(end - screen->typed);
    return LWCHAT_OK;
}

/* Drops the line at `at`, and its end. */
static void drop_typed_at(struct client_screen *screen, size_t at, size_t bytes)
{
    screen->typed_bytes -= bytes + 1;
    memmove(screen->typed + at, screen->typed + at + bytes + 1, screen->typed_bytes - at);
}

/* Drops that line and its end. */
static void drop_typed(struct client_screen *screen, size_t bytes)
{
    drop_typed_at(screen, 0, bytes);
}

/* Obeys or sends the next typed line. @return false if there is none yet. */
static bool take_next(struct client *client)
{
    struct client_screen *screen = &client->screen;
    size_t bytes;
    int error = read_typed(screen, &bytes);

    if (error != LWCHAT_OK) {
        client->up.ended = error != LWCHAT_AGAIN;
        return false;
    }
    take_typed(client, screen->typed, bytes);
    drop_typed(screen, bytes);
    return true;
}

void client_screen_fill(struct client *client)
{
    struct client_screen *screen = &client->screen;

    while (client->up.bytes == 0 && !client->up.ended && client_screen_flush(client)) {
        if (!screen_send_wire(client) && (screen->entering || !take_next(client))) {
            return;
        }
    }
    (void)client_screen_flush(client);
}

/* --- A lost session ------------------------------------------------------------------ */

bool client_screen_leaves(struct client *client)
{
    struct client_screen *screen = &client->screen;
    int n = 0;
    const char *end;

    while (n >= 0 && screen->typed_bytes < sizeof screen->typed) {
        n = port_console_read(screen->typed + screen->typed_bytes,
                              sizeof screen->typed - screen->typed_bytes);
        screen->typed_bytes += n > 0 ? (size_t)n : 0;
    }
    for (size_t at = 0; (end = memchr(screen->typed + at, '\n', screen->typed_bytes - at)) != NULL;
         at = (size_t)(end - screen->typed) + 1) {
        size_t bytes = (size_t)(end - screen->typed) - at;
        if (client_up_is_farewell(screen->typed + at, bytes)) {
            drop_typed_at(screen, at, bytes);
            return true;
        }
    }
    return n < 0 && n != LWCHAT_AGAIN;
}

/* Adds a line. The oldest ones make room for it. */
static void doubt(struct client_screen *screen, const char *line, size_t bytes)
{
    size_t gone = 0;

    if (bytes == 0) {
        return;
    }
    while (screen->doubt_bytes - gone + bytes + 1 > sizeof screen->doubt) {
        const char *oldest = screen->doubt + gone;
        const char *end = memchr(oldest, '\n', screen->doubt_bytes - gone);
        gone += (size_t)(end - oldest) + 1;
    }
    screen->forgotten += (uint32_t)gone;
    screen->doubt_bytes -= gone;
    memmove(screen->doubt, screen->doubt + gone, screen->doubt_bytes);
    memcpy(screen->doubt + screen->doubt_bytes, line, bytes);
    screen->doubt[screen->doubt_bytes + bytes] = '\n';
    screen->doubt_bytes += bytes + 1;
}

/* Something that was sent: what people said, not the questions of this client. */
static void doubt_sent(struct client_screen *screen, char *line, size_t bytes)
{
    if (screen_speaks_objects(screen)) {
        bytes = client_object_read(line, bytes);
    }
    struct client_string word = first_word((struct client_string){line, bytes});
    bool says = bytes > 0 && (line[0] != '/' || (bytes > 1 && line[1] == '/'));

    if ((says && !text_is(line, bytes, "fin")) || text_is(word.text, word.bytes, "/me") ||
        text_is(word.text, word.bytes, "/msg")) {
        doubt(screen, line, bytes);
    }
}

/* Whether the server has chosen the nick: guest and a number. */
static bool is_guest(const struct screen_name *nick)
{
    static const char guest[] = "guest";
    size_t n = sizeof guest - 1;
    bool so = nick->bytes > n && memcmp(nick->text, guest, n) == 0;

    while (so && n < nick->bytes) {
        so = nick->text[n] >= '0' && nick->text[n] <= '9';
        n++;
    }
    return so;
}

void client_screen_lose(struct client *client)
{
    struct client_screen *screen = &client->screen;
    struct client_up *up = &client->up;
    char *line, *end;

    client_up_unsend(up);
    client_kept_cut(&client->kept);
    screen->forgotten += client->kept.forgotten;
    for (size_t at = 0; (line = client_kept_line(&client->kept, &at)) != NULL;) {
        doubt_sent(screen, line, strlen(line));
    }
    memset(&client->kept, 0, sizeof client->kept);
    if (screen->stage == SCREEN_FOREIGN) {
        screen_put_back(client);
    }
    for (size_t at = 0; at < up->bytes && (end = memchr(up->text + at, '\n', up->bytes - at));
         at = (size_t)(end - up->text) + 1) {
        doubt_sent(screen, up->text + at, (size_t)(end - up->text) - at);
    }
    client_up_drop(up, up->bytes);
    screen_set(&screen->before, screen_text(&screen->me));
    if (!is_guest(&screen->me)) {
        screen_set(&screen->wanted, screen_text(&screen->me));
    }
}

void client_screen_leave(struct client *client)
{
    struct client_screen *screen = &client->screen;
    size_t bytes;

    client_screen_lose(client);
    while (read_typed(screen, &bytes) == LWCHAT_OK) {
        doubt(screen, screen->typed, text_clean(screen->typed, bytes, bytes));
        drop_typed(screen, bytes);
    }
    screen->forgotten += screen->skipped;
    screen->skipped = 0;
    client_screen_tell_doubt(client);
}

#endif
