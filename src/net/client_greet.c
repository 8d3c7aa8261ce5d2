/* Between the connection and the talk: the greeting, the nick and room, a lost session. */
#include "client_screen_parts.h"

#include <string.h>

#include "../core/text.h"
#include "../port.h"
#include "client_again.h"
#include "client_object.h"

enum {
    /* After this a server is assumed not to greet. */
    GREETING_MS = 1000,
    /* And on a screen after this, as a greeting that is lost on the way comes later. */
    LATE_GREETING_MS = 3000,
    /* One that is known to greet is given up after this. */
    NO_GREETING_MS = 10000,
    WHO_ROOM = 64 /* enough for two /who */
};

static bool is_greeted(const struct client *client, uint32_t now_ms)
{
    if (client->config->framing == CLIENT_AUTO) {
        if (client->down.newline_seen || client->down.raw) {
            return true;
        }
        /* An incomplete greeting is decided on soon, by client_down_quiet(). */
        return now_ms - client->since_ms >= GREETING_MS && !client_down_waits(&client->down);
    }
    return client->heard || client->config->nick == NULL ||
           now_ms - client->since_ms >= GREETING_MS;
}

#if LWCHAT_SCREEN
/* Whether a server that was ours has not said anything yet. */
static bool is_silent(const struct client *client)
{
    return client->away && client->screen.known && !client->heard;
}

/* Whether the server has said something to a screen, or will not do so. */
static bool has_shown_itself(const struct client *client, uint32_t now_ms)
{
    bool late = now_ms - client->since_ms >= LATE_GREETING_MS;

    return is_greeted(client, now_ms) && (client->heard || (late && !is_silent(client)));
}

/* Sends a line of the client's own before typed text may be sent. */
static void send_line(struct client *client, uint32_t now_ms)
{
    if (client_send(client, now_ms) && client_up_choose(&client->up, false)) {
        (void)client_send(client, now_ms);
    }
}
#endif

void client_greet(struct client *client, uint32_t now_ms)
{
    bool named = client->config->nick != NULL && !client->stopping;

#if CLIENT_PASSWORD
    if (client_password_waits(client, now_ms)) {
        return;
    }
    named = named && !client->password.asks;
#endif
#if LWCHAT_SCREEN
    if (client->screen.on && !client->stopping) {
        bool settled = client_screen_settle(client, has_shown_itself(client, now_ms), now_ms);
        if (!settled && is_silent(client) && now_ms - client->since_ms >= NO_GREETING_MS) {
            client_lost(client, now_ms);
            return;
        }
        if (!settled) {
            send_line(client, now_ms);
            return;
        }
        named = named && !client_screen_speaks(client);
    }
#endif
    if (!client->stopping && !is_greeted(client, now_ms)) {
        return;
    }
#if LWCHAT_SCREEN
    /* On a screen, the greeting has decided on this. */
    client->away = client->away && client->screen.on;
#endif
    if (named) {
        client_up_nick(&client->up, client->config->nick);
    }
    client_enter(client, CLIENT_TALKING, now_ms);
}

#if LWCHAT_SCREEN
/* --- Entering ----------------------------------------------------------------------------- */

void screen_enter(struct client *client, struct client_string room, bool back)
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
        screen_enter(client, room, back);
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

void screen_hear_hello(struct client *client, const struct client_event *event)
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
        screen_hear(client, &event);
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
            screen_hear(client, &event);
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
        screen_hear(client, &event);
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
        screen_hear(client, &event);
    }
    screen->held_bytes -= bytes + 1;
    memmove(screen->held, end + 1, screen->held_bytes);
}

#endif
