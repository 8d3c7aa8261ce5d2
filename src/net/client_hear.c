#include "client_screen_parts.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/text.h"
#include "../port.h"
#include "client_again.h"
#include "client_object.h"
#include "client_view.h"

enum { WHO_ROOM = 64 /* enough for two /who */ };

/* --- Entering ----------------------------------------------------------------------------- */

/* `back`: this client was in the room before its connection was lost. */
static void enter(struct client *client, struct client_string room, bool back)
{
    struct client_screen *screen = &client->screen;

    bool late = screen->entering;

    screen_set(&screen->room, room);
    client_names_add(&screen->people.rooms, room);
    screen->people.people.count = 0;
    screen->entering = false;
    if (back && screen_speaks_objects(screen) && screen->seq > 0) {
        char object[80];
        size_t bytes = client_object_resume(object, screen->start, screen->seq);
        if (bytes + WHO_ROOM <= sizeof screen->wire - screen->wire_bytes) {
            /* Its answer comes before what was asked for, and that of the next one after it. */
            screen_ask_who(screen);
            (void)screen_wire(screen, object, bytes);
            screen->catching = true;
            screen->replaying = screen->replaced = false;
            screen->said_again = 0;
            screen->caught = 0;
        }
    }
    if (late && !screen->catching) {
        client_screen_tell_doubt(client);
    }
    screen->known = true;
    screen_ask_who(screen);
}

static void say_back(struct client *client)
{
    if (client->away) {
        char duration[24];
        client_screen_say(client, C_BACK, duration,
                          again_duration(duration, client->screen.away_ms));
    }
    client->away = false;
}

/* The greeting is over: asks for the nick and the room that this client wants. */
static void introduce(struct client *client, struct client_string room)
{
    struct client_screen *screen = &client->screen;
    bool back = screen->known;
    struct client_string wanted = screen_text(&screen->wanted);

    screen_set(&screen->first, room);
    screen->back = back;
    screen->back_ms = port_now_ms();
    if (back) {
        say_back(client);
    } else {
        screen_set(&screen->wanted,
                   screen_literal(client->config->nick != NULL ? client->config->nick : ""));
        wanted = screen_text(&screen->wanted);
    }
    if (wanted.bytes > 0 && !screen_is(&screen->me, wanted)) {
        screen->renamed_ms = port_now_ms();
        (void)screen_command(screen, "/nick", wanted);
    } else {
        screen->wanted.bytes = 0;
    }
    if (back && screen->room.bytes > 0 && !screen_is(&screen->room, room)) {
        screen->entering = true;
        (void)screen_command(screen, "/join", screen_text(&screen->room));
    } else {
        enter(client, room, back);
    }
    screen->rooms_asked = false;
    (void)screen_command(screen, "/rooms", screen_literal(""));
}

static void set_offset(struct client_screen *screen, const struct client_event *hello)
{
    uint32_t utc_s;
    int32_t local_s;

    bool known = port_clock(&utc_s, &local_s) && hello->time_s <= UINT32_MAX;
    screen->offset_s = known ? (int64_t)utc_s - (int64_t)hello->time_s : 0;
}

/*
 * Of the lines that came before JSON was spoken, drops those of the room: they come again, with
 * their times.
 * @return how many.
 */
static uint32_t drop_said(struct client_screen *screen)
{
    size_t kept = 0;
    uint32_t dropped = 0;
    const char *end;

    for (size_t at = 0; at < screen->held_bytes; at = (size_t)(end - screen->held) + 1) {
        struct client_event event;
        end = memchr(screen->held + at, '\n', screen->held_bytes - at);
        size_t bytes = (size_t)(end - screen->held) - at;
        client_event_recognise(&event, screen->held + at, bytes);
        if ((event.type == EVENT_MESSAGE || event.type == EVENT_ACTION) &&
            !screen_is(&screen->server, event.from)) {
            dropped++;
        } else {
            memmove(screen->held + kept, screen->held + at, bytes + 1);
            kept += bytes + 1;
        }
    }
    screen->held_bytes = kept;
    return dropped;
}

static void hear_hello(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    bool restarted = screen->known && screen->start != 0 && screen->start != event->start;
    uint32_t said = drop_said(screen);

    screen->stage = SCREEN_OBJECTS;
    screen->releasing = true;
    client->up.json = true;
    screen_set(&screen->me, event->to);
    screen_set(&screen->server, event->from);
    set_offset(screen, event);
    if (restarted) {
        screen->seq = 0;
    }
    screen->start = event->start;
    bool asks = screen->seq == 0 && said > 0;
    introduce(client, event->room);
    if (restarted) {
        client_screen_say(client, C_RESTARTED, "", 0);
    }
    if (restarted || (!screen->catching && !screen->entering)) {
        client_screen_tell_doubt(client);
    }
    if (asks && !screen->entering) {
        char digits[10];
        (void)screen_command(screen, "/history",
                             (struct client_string){digits, text_number(digits, said)});
    }
}

void screen_speak_lines(struct client *client)
{
    struct client_screen *screen = &client->screen;
    bool back = screen->known;

    screen->stage = SCREEN_LINES;
    screen->releasing = true;
    introduce(client, screen_literal("#lobby"));
    if (back) {
        client_screen_say(client, C_MAYBE, "", 0);
        client_screen_tell_doubt(client);
    }
}

/* --- Hearing ------------------------------------------------------------------------------ */

/* Texts are the same, but for blanks, of which the server leaves out some. */
static bool is_alike(struct client_string a, struct client_string b)
{
    size_t i = 0, j = 0;

    for (;; i++, j++) {
        while (i < a.bytes && a.text[i] == ' ') {
            i++;
        }
        while (j < b.bytes && b.text[j] == ' ') {
            j++;
        }
        if (i == a.bytes || j == b.bytes) {
            return i == a.bytes && j == b.bytes;
        }
        if (a.text[i] != b.text[j]) {
            return false;
        }
    }
}

/* A line of ours has come back: it has arrived. */
static void settle_doubt(struct client_screen *screen, const struct client_event *event)
{
    static const char me[] = "/me ";

    for (size_t at = 0; at < screen->doubt_bytes;) {
        char *line = screen->doubt + at;
        const char *end = memchr(line, '\n', screen->doubt_bytes - at);
        size_t bytes = (size_t)(end - line);
        bool acts = bytes >= 4 && memcmp(line, me, 4) == 0;
        size_t skipped = acts ? 4 : bytes > 1 && line[0] == '/' && line[1] == '/';
        struct client_string said = {line + skipped, bytes - skipped};
        if (acts == (event->type == EVENT_ACTION) && is_alike(said, event->text)) {
            screen->doubt_bytes -= bytes + 1;
            memmove(line, end + 1, screen->doubt_bytes - at);
            /* So has what was sent before it. */
            screen->forgotten = 0;
            return;
        }
        at += bytes + 1;
    }
}

void client_screen_tell_doubt(struct client *client)
{
    struct client_screen *screen = &client->screen;

    if (screen->doubt_bytes > 0 || screen->forgotten > 0) {
        client_tell_not_delivered(client, screen->forgotten);
    }
    for (size_t at = 0; at < screen->doubt_bytes;) {
        char *line = screen->doubt + at;
        char *end = memchr(line, '\n', screen->doubt_bytes - at);
        *end = '\0';
        port_complain(line);
        at += (size_t)(end - line) + 1;
    }
    screen->doubt_bytes = 0;
    screen->forgotten = 0;
}

static void end_catching(struct client *client)
{
    struct client_screen *screen = &client->screen;

    screen->catching = screen->replaying = false;
    screen_say_number(client, C_CAUGHT, screen->caught);
    client_screen_tell_doubt(client);
}

/* The list of people, or a room with its people. @return true if it is not to be shown. */
static bool hear_list(struct client *client, struct client_string text)
{
    struct client_screen *screen = &client->screen;
    struct client_string found, count;
    uint32_t number = 0;

    if (client_event_says(text, W_WHO_HERE, &found, &count) &&
        text_parse_number(count.text, count.bytes, UINT16_MAX, &number)) {
        screen->who_hidden = screen->who_asked > 0 && (screen->who_quiet & 1) != 0;
        screen->who_asked -= screen->who_asked > 0;
        screen->who_quiet >>= 1;
        screen->who_left = number;
        screen->people.people.count = 0;
        if (screen->replaying) {
            end_catching(client);
        }
        screen->replaying = screen->catching;
        return screen->who_hidden;
    }
    if (screen->who_left > 0 && client_event_says(text, W_WHO_NICKS, &found, NULL)) {
        while (found.bytes > 0) {
            const char *blank = memchr(found.text, ' ', found.bytes);
            size_t bytes = blank == NULL ? found.bytes : (size_t)(blank - found.text);
            client_names_add(&screen->people.people, (struct client_string){found.text, bytes});
            screen->who_left -= screen->who_left > 0 && bytes > 0;
            bytes += blank != NULL;
            found.text += bytes;
            found.bytes -= bytes;
        }
        return screen->who_hidden;
    }
    if (client_event_says(text, W_ROOM, &found, &count) && found.text[0] == '#') {
        client_names_add(&screen->people.rooms, found);
        return !screen->rooms_asked;
    }
    return false;
}

static void become(struct client *client, struct client_string nick)
{
    struct client_screen *screen = &client->screen;

    client_names_remove(&screen->people.people, screen_text(&screen->me));
    screen_set(&screen->me, nick);
    client_names_add(&screen->people.people, nick);
    screen->wanted.bytes = 0;
}

/* The server will have another address. A name is looked up again; an address is replaced. */
static void follow(struct client *client, struct client_string address, struct client_string port)
{
    uint32_t unused, number;

    if (text_parse_address(client->host, strlen(client->host), &unused) &&
        address.bytes < sizeof client->name &&
        text_parse_address(address.text, address.bytes, &unused) && unused >> 24 != 127 &&
        text_parse_number(port.text, port.bytes, UINT16_MAX, &number) && number > 0) {
        memcpy(client->name, address.text, address.bytes);
        client->name[address.bytes] = '\0';
        client->host = client->name;
        client->port = (uint16_t)number;
    }
}

static void hear_reply(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    struct client_string found, more;

    if (hear_list(client, event->text)) {
        return;
    }
    if (client_event_says(event->text, W_YOU_ARE, &found, NULL)) {
        become(client, found);
    } else if (client_event_says(event->text, W_YOU_ARE_IN, &found, NULL)) {
        bool quiet = screen->entering;
        enter(client, found, quiet);
        if (quiet) {
            return;
        }
    } else if (client_event_says(event->text, W_YOU_WERE_KICKED, NULL, NULL) ||
               client_event_says(event->text, W_YOU_WERE_KICKED_FOR, NULL, NULL)) {
        screen->over = true;
    } else if (client_event_says(event->text, W_MOVES, &found, &more)) {
        follow(client, found, more);
    } else if (text_is(event->text.text, event->text.bytes, "fin")) {
        client->down.fin = true;
        screen_view_text(client, EVENT_LINE, event->text);
        return;
    }
    screen_view(client, event, false, false);
}

/* True if the server will never accept the nick that this client asks for. */
static bool is_refused(const struct client_screen *screen, const struct client_event *event)
{
    static const int words[] = {W_NICK_RESERVED, W_NICK_BAD, W_NICK_LONG};
    struct client_string nick;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (client_event_says(event->text, words[i], &nick, NULL) &&
            screen_is(&screen->wanted, nick)) {
            return true;
        }
    }
    return false;
}

static void hear_error(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    struct client_string found;

    if (client_event_says(event->text, W_BANNED, NULL, NULL)) {
        screen->over = true;
    } else if (client_event_says(event->text, W_NICK_TAKEN, &found, NULL) &&
               screen_is(&screen->wanted, found)) {
        bool told = screen->told_taken;
        bool held = screen_is_held(screen, port_now_ms());
        screen->told_taken = true;
        if (!held) {
            /* Somebody else has it: this client stays a guest. */
            screen->wanted.bytes = 0;
        } else if (told) {
            return; /* it is asked for again: see client_screen_turn() */
        }
    } else if (is_refused(screen, event)) {
        screen->wanted.bytes = 0;
    } else if (screen->entering) {
        enter(client, screen_text(&screen->first), false);
    }
    screen_view(client, event, false, false);
}

static void hear_change(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    struct client_event shown = *event;
    struct screen_name *ignored = screen_find_ignored(screen, event->from);
    bool here = event->room.bytes == 0 || screen_is(&screen->room, event->room);

    if (here && event->type != EVENT_JOIN) {
        client_names_remove(&screen->people.people, event->from);
    }
    if (here && (event->type == EVENT_JOIN || event->type == EVENT_NICK)) {
        client_names_add(&screen->people.people,
                         event->type == EVENT_NICK ? event->to : event->from);
    }
    if (ignored != NULL && event->type == EVENT_NICK) {
        screen_set(ignored, event->to);
    } else if (ignored != NULL) {
        shown.text.bytes = 0;
    }
    if (screen_is(&screen->wanted, event->from) && event->type != EVENT_JOIN) {
        (void)screen_command(screen, "/nick", screen_text(&screen->wanted));
    }
    screen_view(client, &shown, false, false);
}

static void hear_said(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    bool operator= screen_is(&screen->server, event->from);
    bool mine = screen_is(&screen->me, event->from) ||
                (event->type == EVENT_PRIVATE && event->to.bytes > 0 && event->from.bytes == 0);
    bool again = event->seq == 0 && screen_speaks_objects(screen) && !operator;
    bool private = event->type == EVENT_PRIVATE;

    if (!mine && screen_find_ignored(screen, event->from) != NULL) {
        return;
    }
    if (!private && !operator&& screen->entering) {
        return; /* the first room is none of ours */
    }
    if (!private && screen->catching && (again || event->seq > 0)) {
        /*
         * History comes before what was asked for, and has no numbers either. Nor has what was
         * asked for, if something new came before it.
         */
        if (again ? !screen->replaying : event->seq <= screen->seq) {
            return;
        }
        bool named = mine || screen_is(&screen->wanted, event->from) ||
                     screen_is(&screen->before, event->from);
        bool ours = named && screen->replaying && screen_has_said(screen, event);
        if (ours) {
            settle_doubt(screen, event);
            return;
        }
        screen->caught++;
        mine = false;
    }
    bool mentions =
        !mine && !again && !private && client_view_mentions(event->text, screen_text(&screen->me));
    screen_view(client, event, mine, mentions || (private && !mine));
}

static void hear(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;

    switch (event->type) {
    case EVENT_HELLO:
        /* It may be late. */
        if (screen->stage != SCREEN_OBJECTS) {
            hear_hello(client, event);
        }
        return;
    case EVENT_MESSAGE:
    case EVENT_ACTION:
    case EVENT_PRIVATE:
        hear_said(client, event);
        break;
    case EVENT_JOIN:
    case EVENT_LEAVE:
    case EVENT_NICK:
    case EVENT_KICK:
        hear_change(client, event);
        break;
    case EVENT_REPLY:
        hear_reply(client, event);
        break;
    case EVENT_ERROR:
        hear_error(client, event);
        break;
    case EVENT_MISSED:
    case EVENT_PONG:
    case EVENT_SERVER:
    case EVENT_LINE:
        screen_view(client, event, false, false);
        break;
    }
    /* What is said in the first room has numbers, too, and must not hide what our room said. */
    if (event->seq > screen->seq && !screen->entering) {
        screen->seq = event->seq;
    }
}

/* --- The greeting ---------------------------------------------------------------------------- */

void screen_be_foreign(struct client *client)
{
    client->screen.stage = SCREEN_FOREIGN;
    say_back(client);
}

bool screen_can_hold(const struct client_screen *screen, size_t bytes)
{
    return bytes + 1 <= sizeof screen->held - screen->held_bytes;
}

/* Holds a line until JSON is spoken. There is room: screen_can_hold(). */
static void hold(struct client_screen *screen, const char *line, size_t bytes)
{
    memcpy(screen->held + screen->held_bytes, line, bytes);
    screen->held[screen->held_bytes + bytes] = '\n';
    screen->held_bytes += bytes + 1;
}

static bool is_refusal(const struct client_event *event)
{
    struct client_string word;

    return event->type == EVENT_ERROR &&
           ((client_event_says(event->text, W_NO_COMMAND, &word, NULL) &&
             text_is(word.text, word.bytes, "/mode")) ||
            client_event_says(event->text, W_MODE_RAW, NULL, NULL));
}

static void hear_greeting(struct client *client, char *line, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    struct client_event event;

    client_event_recognise(&event, line, bytes);
    if (screen->stage == SCREEN_UNKNOWN) {
#if CLIENT_PASSWORD
        if (client_password_is_asked(&event)) {
            if (client->password.bytes == 0) {
                screen_view(client, &event, false, false);
            }
            return;
        }
#endif
        if (event.type != EVENT_SERVER) {
            screen->over = screen->over || (event.type == EVENT_ERROR &&
                                            client_event_says(event.text, W_BANNED, NULL, NULL));
            if (event.type == EVENT_ERROR && client->away && screen->known && !screen->over) {
                /* Ours, but full: it will be tried again. */
                screen->stage = SCREEN_FOREIGN;
            } else {
                screen_be_foreign(client);
            }
            screen_add(screen, line, bytes);
            screen_add(screen, "\n", 1);
            client_log(client, line, bytes);
            client_log(client, "\n", 1);
            return;
        }
        screen_set(&screen->server, event.from);
        screen->stage = SCREEN_GREETED;
    } else if (event.type == EVENT_HELLO) {
        screen_set(&screen->me, event.to);
        screen->stage = SCREEN_ASKED;
        screen->asked_ms = port_now_ms();
        (void)screen_command(screen, "/mode json", screen_literal(""));
        event = (struct client_event){.type = EVENT_REPLY, .text = {line + 4, bytes - 4}};
    } else {
        screen_speak_lines(client);
        hear(client, &event);
        return;
    }
    if (!screen->known) {
        screen_view(client, &event, false, false);
    }
}

void screen_take_line(struct client *client, char *line, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    struct client_event event;

    if (screen->stage == SCREEN_UNKNOWN || screen->stage == SCREEN_GREETED) {
        hear_greeting(client, line, bytes);
        return;
    }
    if (bytes > 0 && line[0] == '{') {
        if (client_event_read(&event, line, bytes) &&
            (screen->stage != SCREEN_LINES || event.type == EVENT_HELLO)) {
            hear(client, &event);
            return;
        }
        bytes = text_clean(line, bytes, bytes); /* what was decoded in place, up to a fault */
    }
    client_event_recognise(&event, line, bytes);
    if (screen->stage == SCREEN_ASKED) {
        if (is_refusal(&event)) {
            screen_speak_lines(client);
        } else {
            hold(screen, line, bytes);
        }
    } else if (event.type == EVENT_LINE && text_is(line, bytes, "fin")) {
        client->down.fin = true;
        screen_view(client, &event, false, false);
    } else {
        hear(client, &event);
    }
}

void screen_release(struct client *client)
{
    struct client_screen *screen = &client->screen;
    struct client_event event;
    const char *end = memchr(screen->held, '\n', screen->held_bytes);

    if (end == NULL) {
        screen->releasing = false;
        return;
    }
    size_t bytes = (size_t)(end - screen->held);
    client_event_recognise(&event, screen->held, bytes);
    if (event.type != EVENT_HELLO) {
        hear(client, &event);
    }
    screen->held_bytes -= bytes + 1;
    memmove(screen->held, end + 1, screen->held_bytes);
}

#endif
