/* The session on a screen: its stages, names and commands, and what the server says of them. */
#include "client_screen_parts.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/nick.h"
#include "../core/text.h"
#include "../port.h"
#include "client_object.h"
#include "client_view.h"

enum {
    /* A server that has greeted with one line is given this long for the next. */
    GREET_MS = 1000,
    /* And for the answer to /mode json. */
    ANSWER_MS = 3000,
    /* How often our nick is asked for again: see screen_is_held(). */
    RENAME_MS = 10000,
    WHO_BITS = 32
};

/* The time may have been taken a little earlier than that at `since_ms`. */
static bool is_due(uint32_t now_ms, uint32_t since_ms, int32_t after_ms)
{
    return (int32_t)(now_ms - since_ms) >= after_ms;
}

/* --- Names ------------------------------------------------------------------------ */

struct client_string screen_text(const struct screen_name *name)
{
    return (struct client_string){name->text, name->bytes};
}

struct client_string screen_literal(const char *text)
{
    return (struct client_string){text, strlen(text)};
}

void screen_set(struct screen_name *name, struct client_string text)
{
    name->bytes = text.bytes <= sizeof name->text ? text.bytes : 0;
    if (name->bytes > 0) {
        memcpy(name->text, text.text, name->bytes);
    }
}

bool screen_is(const struct screen_name *name, struct client_string text)
{
    return name->bytes > 0 && client_string_is(screen_text(name), text);
}

bool screen_is_held(const struct client_screen *screen, uint32_t now_ms)
{
    return screen->back && !is_due(now_ms, screen->back_ms, LWCHAT_STALL_MS);
}

struct screen_name *screen_find_ignored(struct client_screen *screen, struct client_string nick)
{
    for (unsigned i = 0; i < screen->ignores; i++) {
        struct screen_name *ignored = &screen->ignored[i];
        if (nick_alike(ignored->text, ignored->bytes, nick.text, nick.bytes)) {
            return ignored;
        }
    }
    return NULL;
}

/* --- Showing -------------------------------------------------------------------------- */

static struct client_view as_shown(const struct client *client, const struct client_event *event,
                                   bool mine, bool mentions)
{
    const struct client_screen *screen = &client->screen;
    uint32_t utc_s;
    int32_t local_s;
    bool clock = port_clock(&utc_s, &local_s);
    bool timed = event->timed && event->time_s <= UINT32_MAX;
    int64_t time_s = timed ? (int64_t)event->time_s + screen->offset_s : utc_s;
    return (struct client_view){.event = event,
                                .colours = screen->colours,
                                .lang = client->config->lang,
                                .local_s = (uint32_t)(time_s + local_s),
                                .clock = clock,
                                .mine = mine,
                                .mentions = mentions};
}

static void add_view(struct client_screen *screen, const struct client_view *shown)
{
    screen->out_bytes += client_view_line(shown, screen->out + screen->out_bytes,
                                          sizeof screen->out - screen->out_bytes);
}

void screen_show_own(struct client *client, const struct client_event *event)
{
    const struct client_view shown = as_shown(client, event, true, false);

    add_view(&client->screen, &shown);
}

void screen_view(struct client *client, const struct client_event *event, bool mine, bool mentions)
{
    const struct client_view shown = as_shown(client, event, mine, mentions);

    add_view(&client->screen, &shown);
    if (client->config->log) {
        char line[CLIENT_VIEW_BYTES(SCREEN_LINE_BYTES)];
        client_log_append(client, line, client_view_log(&shown, line, sizeof line));
    }
}

void screen_add(struct client_screen *screen, const char *text, size_t bytes)
{
    size_t room = sizeof screen->out - screen->out_bytes;

    bytes = bytes < room ? bytes : room;
    memcpy(screen->out + screen->out_bytes, text, bytes);
    screen->out_bytes += bytes;
}

void screen_view_text(struct client *client, enum client_event_type type, struct client_string text)
{
    const struct client_event event = {.type = type, .text = text};

    screen_view(client, &event, false, false);
}

void client_screen_say(struct client *client, enum word_client word, const char *detail,
                       size_t bytes)
{
    char line[CLIENT_SENTENCE_BYTES];
    struct client_string text = {line, client_write_about(client, word, detail, bytes, line)};
    bool error = line[0] == '!';
    bool notice = text.bytes > 4 && (line[0] == '*' || error);

    if (sizeof client->screen.out - client->screen.out_bytes < CLIENT_VIEW_BYTES(sizeof line)) {
        return;
    }
    if (!notice) {
        screen_add(&client->screen, line, text.bytes);
        screen_add(&client->screen, "\n", 1);
        client_log(client, line, text.bytes);
        client_log(client, "\n", 1);
        return;
    }
    text.text += 4;
    text.bytes -= 4;
    screen_view_text(client, error ? EVENT_ERROR : EVENT_REPLY, text);
}

void screen_say_number(struct client *client, enum word_client word, uint32_t number)
{
    char digits[10];

    client_screen_say(client, word, digits, text_number(digits, number));
}

/* --- Lines of the client's own --------------------------------------------------------- */

bool screen_speaks_objects(const struct client_screen *screen)
{
    return screen->stage == SCREEN_OBJECTS;
}

size_t screen_encode(const struct client_screen *screen, const char *line, size_t bytes, char *out)
{
    if (screen_speaks_objects(screen)) {
        return client_object_write(out, line, bytes);
    }
    memcpy(out, line, bytes);
    out[bytes] = '\n';
    return bytes + 1;
}

bool screen_wire(struct client_screen *screen, const char *text, size_t bytes)
{
    if (bytes > sizeof screen->wire - screen->wire_bytes) {
        return false;
    }
    memcpy(screen->wire + screen->wire_bytes, text, bytes);
    screen->wire_bytes += bytes;
    return true;
}

bool screen_send_wire(struct client *client)
{
    struct client_screen *screen = &client->screen;

    if (screen->wire_bytes == 0 || client->up.bytes > 0) {
        return false;
    }
    client_up_put(&client->up, screen->wire, screen->wire_bytes);
    screen->wire_bytes = 0;
    return true;
}

bool screen_command(struct client_screen *screen, const char *name, struct client_string word)
{
    char line[LWCHAT_NICK_BYTES + 16], object[CLIENT_OBJECT_BYTES(sizeof line)];
    size_t bytes = strlen(name);

    memcpy(line, name, bytes);
    if (word.bytes > 0) {
        line[bytes++] = ' ';
        memcpy(line + bytes, word.text, word.bytes);
        bytes += word.bytes;
    }
    bytes = screen_encode(screen, line, bytes, object);
    return screen_wire(screen, object, bytes);
}

void screen_note_who(struct client_screen *screen, bool quiet)
{
    if (screen->who_asked < WHO_BITS) {
        screen->who_quiet |= (uint32_t)quiet << screen->who_asked;
        screen->who_asked++;
    }
}

void screen_ask_who(struct client_screen *screen)
{
    if (screen_command(screen, "/who", screen_literal(""))) {
        screen_note_who(screen, true);
    }
}

/* --- What was said --------------------------------------------------------------------- */

/* Blanks are not counted, of which the server leaves out some. */
static uint32_t hash_of(const struct client_event *event)
{
    uint32_t hash = event->type == EVENT_ACTION ? 1 : 2;

    for (size_t i = 0; i < event->text.bytes; i++) {
        unsigned char byte = (unsigned char)event->text.text[i];
        hash = byte == ' ' ? hash : (hash ^ byte) * 0x01000193U;
    }
    return hash;
}

void screen_note_said(struct client_screen *screen, const struct client_event *event)
{
    screen->saying[screen->said++ % SCREEN_SAID] = hash_of(event);
}

bool screen_has_said(struct client_screen *screen, const struct client_event *event)
{
    uint32_t hash = hash_of(event);
    uint32_t oldest = screen->said > SCREEN_SAID ? screen->said - SCREEN_SAID : 0;
    uint32_t first = screen->said_again > oldest ? screen->said_again : oldest;

    for (uint32_t i = first; i < screen->said && !screen->replaced; i++) {
        if (screen->saying[i % SCREEN_SAID] == hash) {
            screen->said_again = i + 1;
            return true;
        }
    }
    /* Somebody has taken our nick: no later line is ours. */
    screen->replaced = screen->replaced || oldest == 0;
    return false;
}

/* --- The line above the one that is typed ------------------------------------------ */

static size_t write_status(struct client *client, char *line, uint32_t now_ms)
{
    struct client_screen *screen = &client->screen;
    char detail[LWCHAT_NICK_BYTES + 16] = "";
    size_t n = 1;

    if (client->state == CLIENT_AWAY) {
        uint32_t passed_ms = now_ms - client->since_ms;
        uint32_t left_ms = client->pause_ms > passed_ms ? client->pause_ms - passed_ms : 0;
        n = text_number(detail, (left_ms + 999) / 1000);
        return client_write_about(client, C_AWAY, detail, n, line);
    }
    if (client->away) {
        return client_write_about(client, C_CONNECTING, "", 0, line);
    }
    if (client->state != CLIENT_TALKING || !client_screen_speaks(client)) {
        return 0;
    }
    memcpy(detail + n, screen->room.text, screen->room.bytes);
    n += screen->room.bytes + 1;
    n += text_number(detail + n, (uint32_t)screen->people.people.count);
    return client_write_about(client, client->stalled ? C_WAITING : C_STATUS, detail, n, line);
}

static void show_status(struct client *client, uint32_t now_ms)
{
    static const char before[] = "\033[7m[", after[] = "]\033[m";
    struct client_screen *screen = &client->screen;
    char line[CLIENT_SENTENCE_BYTES + sizeof before + sizeof after];
    size_t skipped = screen->colours > 0 ? 0 : sizeof before - 2;
    size_t begin = sizeof before - 1;
    size_t bytes = write_status(client, line + begin, now_ms);

    if (bytes > 0) {
        memcpy(line, before, begin);
        memcpy(line + begin + bytes, after, sizeof after - 1);
        bytes += begin + (screen->colours > 0 ? sizeof after - 1 : 1) - skipped;
    }
    if (bytes != screen->status_bytes || memcmp(line + skipped, screen->status, bytes) != 0) {
        screen->status_bytes = bytes;
        memcpy(screen->status, line + skipped, bytes);
        port_screen_status(screen->status, bytes);
    }
}

/* --- What the loop calls ----------------------------------------------------------- */

static void complete(void *context, const char *line, size_t bytes,
                     struct port_completion *completion)
{
    const struct client *client = context;

    client_people_complete(&client->screen.people, line, bytes, completion);
}

void client_screen_start(struct client *client)
{
    struct client_screen *screen = &client->screen;

    screen->on = client->config->framing == CLIENT_AUTO && client->config->host != NULL &&
                 port_screen(&screen->colours);
    if (screen->on) {
        port_screen_complete(complete, client);
    }
}

/* The length of the /nick at its front that was not typed: the next server is told it anyway. */
static size_t own_bytes(const struct client *client)
{
    static const char command[] = "/nick ";
    const struct client_up *up = &client->up;
    const char *nick = client->config->nick != NULL ? client->config->nick : "";
    size_t before = sizeof command - 1, n = strlen(nick);

    bool own = n > 0 && up->bytes > before + n && memcmp(up->text, command, before) == 0 &&
               memcmp(up->text + before, nick, n) == 0 && up->text[before + n] == '\n';
    return own ? before + n + 1 : 0;
}

void screen_put_back(struct client *client)
{
    struct client_screen *screen = &client->screen;

    client_up_drop(&client->up, own_bytes(client));
    size_t room = sizeof screen->typed - screen->typed_bytes;
    size_t bytes = client->up.bytes < room ? client->up.bytes : room;

    memmove(screen->typed + bytes, screen->typed, screen->typed_bytes);
    memcpy(screen->typed, client->up.text, bytes);
    screen->typed_bytes += bytes;
    screen->forgotten += (uint32_t)(client->up.bytes - bytes);
    client_up_drop(&client->up, client->up.bytes);
}

void client_screen_begin(struct client *client)
{
    struct client_screen *screen = &client->screen;

    if (client_screen_asks(client)) {
        client_up_drop(&client->up, client->up.bytes);
    } else if (screen->on) {
        screen_put_back(client);
    }
    screen->stage = SCREEN_UNKNOWN;
    screen->line_bytes = screen->wire_bytes = screen->held_bytes = 0;
    screen->entering = screen->catching = screen->replaying = false;
    screen->releasing = screen->told_taken = false;
    screen->who_asked = screen->who_quiet = screen->who_left = 0;
    client->up.json = false;
}

bool client_screen_asks(const struct client *client)
{
    return client->screen.on && client->screen.stage < SCREEN_OBJECTS;
}

bool client_screen_speaks(const struct client *client)
{
    return client->screen.on &&
           (client->screen.stage == SCREEN_OBJECTS || client->screen.stage == SCREEN_LINES);
}

bool client_screen_flush(struct client *client)
{
    struct client_screen *screen = &client->screen;

    for (;;) {
        while (screen->out_shown < screen->out_bytes && !client->nobody_reads) {
            int n = port_console_write(screen->out + screen->out_shown,
                                       screen->out_bytes - screen->out_shown);
            if (n == 0) {
                return false;
            }
            client->nobody_reads = n < 0;
            screen->out_shown += n > 0 ? (size_t)n : 0;
        }
        screen->out_shown = screen->out_bytes = 0;
        if (!screen->releasing) {
            return true;
        }
        screen_release(client);
    }
}

bool client_screen_holds(const struct client *client)
{
    return client->screen.out_bytes > 0;
}

size_t client_screen_take(struct client *client, const char *text, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    const char *end = memchr(text, '\n', bytes);
    size_t n = end != NULL ? (size_t)(end - text) : bytes;
    size_t room = sizeof screen->line - screen->line_bytes;

    if (screen->stage == SCREEN_UNKNOWN && (end == NULL || client->down.raw)) {
        screen_be_foreign(client);
    }
    if (screen->stage == SCREEN_FOREIGN) {
        bytes = bytes < sizeof screen->out ? bytes : sizeof screen->out;
        screen_add(screen, text, bytes);
        client_log(client, text, bytes);
        return bytes;
    }
    if (n > room) {
        n = room;
        end = NULL;
    }
    if (screen->stage == SCREEN_ASKED && end != NULL &&
        !screen_can_hold(screen, screen->line_bytes + n)) {
        /* What is held is shown first. */
        screen_speak_lines(client);
        return 0;
    }
    memcpy(screen->line + screen->line_bytes, text, n);
    screen->line_bytes += n;
    if (end != NULL) {
        screen_take_line(client, screen->line, screen->line_bytes);
        screen->line_bytes = 0;
    } else if (screen->line_bytes == sizeof screen->line) {
        /* What follows may belong to the last character. */
        size_t most = text_whole(screen->line, screen->line_bytes);
        size_t whole = text_erase(screen->line, most);
        whole = whole > 0 ? whole : most;
        screen_view_text(client, EVENT_LINE, (struct client_string){screen->line, whole});
        screen->line_bytes -= whole;
        memmove(screen->line, screen->line + whole, screen->line_bytes);
    }
    return n + (end != NULL);
}

bool client_screen_settle(struct client *client, bool greeted, uint32_t now_ms)
{
    struct client_screen *screen = &client->screen;

    if (screen->stage == SCREEN_UNKNOWN && greeted) {
        screen_be_foreign(client);
    } else if ((screen->stage == SCREEN_GREETED && is_due(now_ms, client->heard_ms, GREET_MS)) ||
               (screen->stage == SCREEN_ASKED && is_due(now_ms, screen->asked_ms, ANSWER_MS))) {
        screen_speak_lines(client);
    }
    (void)screen_send_wire(client);
    return client_screen_speaks(client) || (screen->stage == SCREEN_FOREIGN && !client->away);
}

void client_screen_turn(struct client *client, uint32_t now_ms)
{
    struct client_screen *screen = &client->screen;

    if (!screen->on) {
        return;
    }
    port_screen_echo(!client_screen_speaks(client));
    if (client->state == CLIENT_TALKING && client_screen_speaks(client)) {
        if (screen->known && screen->wanted.bytes > 0 &&
            is_due(now_ms, screen->renamed_ms, RENAME_MS)) {
            screen->renamed_ms = now_ms;
            (void)screen_command(screen, "/nick", screen_text(&screen->wanted));
        }
        client->moved = client->moved || (screen->wire_bytes > 0 && client->up.bytes == 0 &&
                                          !client_screen_holds(client) && !client->down.fin);
    }
    show_status(client, now_ms);
}

#endif
