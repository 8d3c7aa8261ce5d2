/* What the server's lines and objects mean on a screen. */
#include "client_screen_parts.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/text.h"
#include "../port.h"
#include "client_view.h"

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
        screen_enter(client, found, quiet);
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
        screen_enter(client, screen_text(&screen->first), false);
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

void screen_hear(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;

    switch (event->type) {
    case EVENT_HELLO:
        /* It may be late. */
        if (screen->stage != SCREEN_OBJECTS) {
            screen_hear_hello(client, event);
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

#endif
