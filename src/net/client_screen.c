#include "client_parts.h"

#if LWCHAT_SCREEN

#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_again.h"
#include "client_object.h"
#include "client_view.h"

enum {
    /* A server that has greeted with one line is given this long for the next. */
    GREET_MS = 1000,
    /* And for the answer to /mode json. */
    ANSWER_MS = 3000,
    /* Our nick may still belong to our lost connection: it is asked for again. */
    RENAME_MS = 10000,
    WHO_BITS = 32
};

static const char lobby[] = "#lobby";

/* --- Names ------------------------------------------------------------------------ */

static struct client_string string_of(const struct screen_name *name)
{
    return (struct client_string){name->text, name->bytes};
}

static struct client_string literal(const char *text)
{
    return (struct client_string){text, strlen(text)};
}

static void set(struct screen_name *name, struct client_string text)
{
    name->bytes = text.bytes <= sizeof name->text ? text.bytes : 0;
    if (name->bytes > 0) {
        memcpy(name->text, text.text, name->bytes);
    }
}

static bool is(const struct screen_name *name, struct client_string text)
{
    return name->bytes > 0 && client_string_is(string_of(name), text);
}

static struct screen_name *find_ignored(struct client_screen *screen, struct client_string nick)
{
    for (unsigned i = 0; i < screen->ignores; i++) {
        if (is(&screen->ignored[i], nick)) {
            return &screen->ignored[i];
        }
    }
    return NULL;
}

/* --- Showing -------------------------------------------------------------------------- */

static void view(struct client *client, const struct client_event *event, bool mine, bool mentions)
{
    struct client_screen *screen = &client->screen;
    char line[CLIENT_VIEW_BYTES(SCREEN_LINE_BYTES)];
    uint32_t utc_s;
    int32_t local_s;
    bool clock = port_clock(&utc_s, &local_s);
    int64_t time_s = event->timed ? (int64_t)event->time_s + screen->offset_s : utc_s;
    const struct client_view shown = {.event = event,
                                      .colours = screen->colours,
                                      .lang = client->config->lang,
                                      .local_s = (uint32_t)(time_s + local_s),
                                      .clock = clock,
                                      .mine = mine,
                                      .mentions = mentions};

    screen->out_bytes += client_view_line(&shown, screen->out + screen->out_bytes,
                                          sizeof screen->out - screen->out_bytes);
    if (client->config->log && !port_log_write(line, client_view_log(&shown, line, sizeof line))) {
        client_complain(client, C_LOG_FAILED, "", 0);
    }
}

static void add_out(struct client_screen *screen, const char *text, size_t bytes)
{
    size_t room = sizeof screen->out - screen->out_bytes;

    bytes = bytes < room ? bytes : room;
    memcpy(screen->out + screen->out_bytes, text, bytes);
    screen->out_bytes += bytes;
}

static void view_text(struct client *client, enum client_event_type type, struct client_string text)
{
    const struct client_event event = {.type = type, .text = text};

    view(client, &event, false, false);
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
        add_out(&client->screen, line, text.bytes);
        add_out(&client->screen, "\n", 1);
        client_log(client, line, text.bytes);
        client_log(client, "\n", 1);
        return;
    }
    text.text += 4;
    text.bytes -= 4;
    view_text(client, error ? EVENT_ERROR : EVENT_REPLY, text);
}

static void say_number(struct client *client, enum word_client word, uint32_t number)
{
    char digits[10];

    client_screen_say(client, word, digits, text_number(digits, number));
}

/* --- Lines of the client's own --------------------------------------------------------- */

static bool speaks_objects(const struct client_screen *screen)
{
    return screen->stage == SCREEN_OBJECTS;
}

/* Sends a command in the server's dialect. What does not fit is not sent. */
static void command(struct client_screen *screen, const char *name, struct client_string word)
{
    char line[LWCHAT_NICK_BYTES + 16], object[CLIENT_OBJECT_BYTES(sizeof line)];
    size_t bytes = strlen(name);

    memcpy(line, name, bytes);
    if (word.bytes > 0) {
        line[bytes++] = ' ';
        memcpy(line + bytes, word.text, word.bytes);
        bytes += word.bytes;
    }
    if (speaks_objects(screen)) {
        bytes = client_object_write(object, line, bytes);
    } else {
        memcpy(object, line, bytes);
        object[bytes++] = '\n';
    }
    if (bytes <= sizeof screen->wire - screen->wire_bytes) {
        memcpy(screen->wire + screen->wire_bytes, object, bytes);
        screen->wire_bytes += bytes;
    }
}

static void note_who(struct client_screen *screen, bool quiet)
{
    if (screen->who_asked < WHO_BITS) {
        screen->who_quiet |= (uint32_t)quiet << screen->who_asked;
        screen->who_asked++;
    }
}

static void ask_who(struct client_screen *screen)
{
    note_who(screen, true);
    command(screen, "/who", literal(""));
}

/* --- Entering ----------------------------------------------------------------------------- */

/* `back`: this client was in the room before its connection was lost. */
static void enter(struct client *client, struct client_string room, bool back)
{
    struct client_screen *screen = &client->screen;

    set(&screen->room, room);
    client_names_add(&screen->people.rooms, room);
    screen->people.people.count = 0;
    screen->entering = false;
    if (back && speaks_objects(screen) && screen->seq > 0) {
        char object[80];
        size_t bytes = client_object_resume(object, screen->start, screen->seq);
        memcpy(screen->wire + screen->wire_bytes, object, bytes);
        screen->wire_bytes += bytes;
        screen->catching = true;
        screen->caught = 0;
    }
    screen->known = true;
    ask_who(screen);
}

static void say_back(struct client *client)
{
    char duration[24];

    client_screen_say(client, C_BACK, duration, again_duration(duration, client->screen.away_ms));
    client->away = false;
}

/* The greeting is over: asks for the nick and the room that this client wants. */
static void introduce(struct client *client, struct client_string room)
{
    struct client_screen *screen = &client->screen;
    bool back = screen->known;
    struct client_string wanted = string_of(&screen->wanted);

    set(&screen->first, room);
    if (back) {
        say_back(client);
    } else {
        set(&screen->wanted, literal(client->config->nick != NULL ? client->config->nick : ""));
        wanted = string_of(&screen->wanted);
    }
    if (wanted.bytes > 0 && !is(&screen->me, wanted)) {
        screen->renamed_ms = port_now_ms();
        command(screen, "/nick", wanted);
    } else {
        screen->wanted.bytes = 0;
    }
    if (back && screen->room.bytes > 0 && !is(&screen->room, room)) {
        screen->entering = true;
        command(screen, "/join", string_of(&screen->room));
    } else {
        enter(client, room, back);
    }
    screen->rooms_asked = false;
    command(screen, "/rooms", literal(""));
}

static void set_offset(struct client_screen *screen, const struct client_event *hello)
{
    uint32_t utc_s;
    int32_t local_s;

    screen->offset_s = port_clock(&utc_s, &local_s) ? (int64_t)utc_s - (int64_t)hello->time_s : 0;
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
            !is(&screen->server, event.from)) {
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
    bool restarted = screen->known && screen->start != event->start;
    uint32_t said = drop_said(screen);

    screen->stage = SCREEN_OBJECTS;
    screen->releasing = true;
    client->up.json = true;
    set(&screen->me, event->to);
    set(&screen->server, event->from);
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
    if (restarted || !screen->catching) {
        client_screen_tell_doubt(client);
    }
    if (asks && !screen->entering) {
        char digits[10];
        command(screen, "/history", (struct client_string){digits, text_number(digits, said)});
    }
}

/* The server has no JSON. */
static void speak_lines(struct client *client)
{
    struct client_screen *screen = &client->screen;
    bool back = screen->known;

    screen->stage = SCREEN_LINES;
    screen->releasing = true;
    introduce(client, literal(lobby));
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
            return;
        }
        at += bytes + 1;
    }
}

void client_screen_tell_doubt(struct client *client)
{
    struct client_screen *screen = &client->screen;
    bool told = false;

    for (size_t at = 0; at < screen->doubt_bytes;) {
        char *line = screen->doubt + at;
        char *end = memchr(line, '\n', screen->doubt_bytes - at);
        *end = '\0';
        if (!told) {
            client_complain(client, C_NOT_DELIVERED, "", 0);
        }
        told = true;
        port_complain(line);
        at += (size_t)(end - line) + 1;
    }
    screen->doubt_bytes = 0;
}

static void end_catching(struct client *client)
{
    struct client_screen *screen = &client->screen;

    screen->catching = false;
    say_number(client, C_CAUGHT, screen->caught);
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
        if (screen->catching) {
            end_catching(client);
        }
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

    client_names_remove(&screen->people.people, string_of(&screen->me));
    set(&screen->me, nick);
    client_names_add(&screen->people.people, nick);
    if (is(&screen->wanted, nick)) {
        screen->wanted.bytes = 0;
    }
}

/* The server will have another address. A name is looked up again; an address is replaced. */
static void follow(struct client *client, struct client_string address, struct client_string port)
{
    uint32_t unused, number;

    if (text_parse_address(client->host, strlen(client->host), &unused) &&
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
        view_text(client, EVENT_LINE, event->text);
        return;
    }
    view(client, event, false, false);
}

static void hear_error(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    struct client_string found;

    if (client_event_says(event->text, W_BANNED, NULL, NULL)) {
        screen->over = true;
    } else if (client_event_says(event->text, W_NICK_TAKEN, &found, NULL) &&
               is(&screen->wanted, found) && screen->known) {
        /* It is told once, and asked for again: see client_screen_turn(). */
        bool told = screen->told_taken;
        screen->told_taken = true;
        if (told) {
            return;
        }
    } else if (screen->entering) {
        enter(client, string_of(&screen->first), false);
    }
    view(client, event, false, false);
}

static void hear_change(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    struct client_event shown = *event;
    struct screen_name *ignored = find_ignored(screen, event->from);
    bool here = event->room.bytes == 0 || is(&screen->room, event->room);

    if (here && event->type != EVENT_JOIN) {
        client_names_remove(&screen->people.people, event->from);
    }
    if (here && (event->type == EVENT_JOIN || event->type == EVENT_NICK)) {
        client_names_add(&screen->people.people,
                         event->type == EVENT_NICK ? event->to : event->from);
    }
    if (ignored != NULL && event->type == EVENT_NICK) {
        set(ignored, event->to);
    } else if (ignored != NULL) {
        shown.text.bytes = 0;
    }
    if (is(&screen->wanted, event->from) && event->type != EVENT_JOIN) {
        command(screen, "/nick", string_of(&screen->wanted));
    }
    view(client, &shown, false, false);
}

static void hear_said(struct client *client, const struct client_event *event)
{
    struct client_screen *screen = &client->screen;
    bool operator= is(&screen->server, event->from);
    bool mine = is(&screen->me, event->from) ||
                (event->type == EVENT_PRIVATE && event->to.bytes > 0 && event->from.bytes == 0);
    bool again = event->seq == 0 && speaks_objects(screen) && !operator;
    bool private = event->type == EVENT_PRIVATE;

    if (!mine && find_ignored(screen, event->from) != NULL) {
        return;
    }
    if (!private && !operator&& screen->entering) {
        return; /* the first room is none of ours */
    }
    if (!private && screen->catching && (again || event->seq > 0)) {
        /* With numbers, the room's history is in what was asked for. */
        bool ours = mine || is(&screen->wanted, event->from) || is(&screen->before, event->from);
        if (ours) {
            settle_doubt(screen, event);
        }
        if (again || ours || event->seq <= screen->seq) {
            return;
        }
        screen->caught++;
    }
    bool mentions =
        !mine && !again && !private && client_view_mentions(event->text, string_of(&screen->me));
    view(client, event, mine, mentions || (private && !mine));
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
    case EVENT_SERVER:
    case EVENT_LINE:
        view(client, event, false, false);
        break;
    }
    if (event->seq > screen->seq) {
        screen->seq = event->seq;
    }
}

/* --- The greeting ---------------------------------------------------------------------------- */

static void be_foreign(struct client *client)
{
    client->screen.stage = SCREEN_FOREIGN;
    if (client->away) {
        say_back(client);
    }
}

/* Holds a line until JSON is spoken. @return false when there is no room. */
static bool hold(struct client_screen *screen, const char *line, size_t bytes)
{
    if (bytes + 1 > sizeof screen->held - screen->held_bytes) {
        return false;
    }
    memcpy(screen->held + screen->held_bytes, line, bytes);
    screen->held[screen->held_bytes + bytes] = '\n';
    screen->held_bytes += bytes + 1;
    return true;
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
        if (event.type != EVENT_SERVER) {
            screen->over = screen->over || (event.type == EVENT_ERROR &&
                                            client_event_says(event.text, W_BANNED, NULL, NULL));
            be_foreign(client);
            add_out(screen, line, bytes);
            add_out(screen, "\n", 1);
            return;
        }
        set(&screen->server, event.from);
        screen->stage = SCREEN_GREETED;
    } else if (event.type == EVENT_HELLO) {
        set(&screen->me, event.to);
        screen->stage = SCREEN_ASKED;
        screen->asked_ms = port_now_ms();
        command(screen, "/mode json", literal(""));
        event = (struct client_event){.type = EVENT_REPLY, .text = {line + 4, bytes - 4}};
    } else {
        speak_lines(client);
    }
    if (!screen->known) {
        view(client, &event, false, false);
    }
}

static void take_line(struct client *client, char *line, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    struct client_event event;

    if (screen->stage == SCREEN_UNKNOWN || screen->stage == SCREEN_GREETED) {
        hear_greeting(client, line, bytes);
        return;
    }
    if (bytes > 0 && line[0] == '{' && client_event_read(&event, line, bytes) &&
        (screen->stage != SCREEN_LINES || event.type == EVENT_HELLO)) {
        hear(client, &event);
        return;
    }
    client_event_recognise(&event, line, bytes);
    if (screen->stage == SCREEN_ASKED) {
        if (is_refusal(&event) || !hold(screen, line, bytes)) {
            speak_lines(client);
        }
    } else if (event.type == EVENT_LINE && text_is(line, bytes, "fin")) {
        client->down.fin = true;
        view(client, &event, false, false);
    } else {
        hear(client, &event);
    }
}

/* Shows the next line that was held. */
static void release(struct client *client)
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

/* --- Typing ------------------------------------------------------------------------------------
 */

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

static void ignore(struct client *client, struct client_string nick)
{
    struct client_screen *screen = &client->screen;
    struct screen_name *known = find_ignored(screen, nick);
    bool valid = nick.bytes <= LWCHAT_NICK_BYTES && memchr(nick.text, ' ', nick.bytes) == NULL;
    size_t quoted = text_cut(nick.text, nick.bytes, LWCHAT_NICK_BYTES);

    if (nick.bytes == 0) {
        list_ignored(client);
    } else if (known != NULL) {
        *known = screen->ignored[--screen->ignores];
        client_screen_say(client, C_IGNORES_NOT, nick.text, nick.bytes);
    } else if (!valid || is(&screen->me, nick)) {
        client_screen_say(client, C_NO_NICK, nick.text, quoted);
    } else if (screen->ignores == SCREEN_IGNORED) {
        client_screen_say(client, C_IGNORES_FULL, nick.text, nick.bytes);
    } else {
        set(&screen->ignored[screen->ignores++], nick);
        client_screen_say(client, C_IGNORES, nick.text, nick.bytes);
    }
}

/* Shows what was typed. What the server will confirm is not shown twice. */
static void show_typed(struct client *client, struct client_string line, struct client_string word)
{
    struct client_screen *screen = &client->screen;
    bool escaped = line.bytes > 1 && line.text[0] == '/' && line.text[1] == '/';
    bool acts = text_is(word.text, word.bytes, "/me");
    struct client_event event = {.type = EVENT_MESSAGE,
                                 .room = string_of(&screen->room),
                                 .from = string_of(&screen->me),
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
    view(client, &event, true, false);
}

static void send_typed(struct client *client, struct client_string line)
{
    char object[CLIENT_OBJECT_BYTES(LWCHAT_LINE_BYTES)];
    size_t bytes;

    if (speaks_objects(&client->screen)) {
        bytes = client_object_write(object, line.text, line.bytes);
    } else {
        memcpy(object, line.text, line.bytes);
        object[line.bytes] = '\n';
        bytes = line.bytes + 1;
    }
    client_up_put(&client->up, object, bytes);
}

static void take_typed(struct client *client, char *text, size_t bytes)
{
    struct client_screen *screen = &client->screen;
    struct client_string line = {text, text_clean(text, bytes, bytes)};
    struct client_string word = first_word(line);

    if (screen->skipping || line.bytes > LWCHAT_LINE_BYTES) {
        say_number(client, C_TOO_LONG, LWCHAT_LINE_BYTES);
        screen->skipping = false;
    } else if (text_is_blank(line.text, line.bytes)) {
        /* The server would ignore it, too. */
    } else if (text_is(word.text, word.bytes, "/ignore")) {
        ignore(client, rest_of(line, word));
    } else if (text_is(word.text, word.bytes, "/mode")) {
        client_screen_say(client, C_NO_MODE, "", 0);
    } else {
        if (text_is(word.text, word.bytes, "/who")) {
            note_who(screen, false);
        }
        screen->rooms_asked = screen->rooms_asked || text_is(word.text, word.bytes, "/rooms");
        show_typed(client, line, word);
        send_typed(client, line);
    }
}

/* Reads the next typed line. @return false if there is none yet. */
static bool read_typed(struct client *client)
{
    struct client_screen *screen = &client->screen;
    const char *end;

    while ((end = memchr(screen->typed, '\n', screen->typed_bytes)) == NULL) {
        if (screen->typed_bytes == sizeof screen->typed) {
            screen->typed_bytes = 0;
            screen->skipping = true;
        }
        int n = port_console_read(screen->typed + screen->typed_bytes,
                                  sizeof screen->typed - screen->typed_bytes);
        if (n < 0) {
            client->up.ended = n != LWCHAT_AGAIN;
            return false;
        }
        screen->typed_bytes += (size_t)n;
    }
    size_t bytes = (size_t)(end - screen->typed);
    take_typed(client, screen->typed, bytes);
    screen->typed_bytes -= bytes + 1;
    memmove(screen->typed, screen->typed + bytes + 1, screen->typed_bytes);
    return true;
}

void client_screen_fill(struct client *client)
{
    struct client_screen *screen = &client->screen;

    while (client->up.bytes == 0 && !client->up.ended && client_screen_flush(client)) {
        if (screen->wire_bytes > 0) {
            client_up_put(&client->up, screen->wire, screen->wire_bytes);
            screen->wire_bytes = 0;
        } else if (screen->entering || !read_typed(client)) {
            return;
        }
    }
    (void)client_screen_flush(client);
}

/* --- A lost talk
 * ----------------------------------------------------------------------------------- */

static void doubt(struct client_screen *screen, const char *line, size_t bytes)
{
    if (bytes > 0 && bytes + 1 <= sizeof screen->doubt - screen->doubt_bytes) {
        memcpy(screen->doubt + screen->doubt_bytes, line, bytes);
        screen->doubt[screen->doubt_bytes + bytes] = '\n';
        screen->doubt_bytes += bytes + 1;
    }
}

/* Something that was sent: what people said, not the questions of this client. */
static void doubt_sent(struct client_screen *screen, char *line, size_t bytes)
{
    if (speaks_objects(screen)) {
        bytes = client_object_read(line, bytes);
    }
    struct client_string word = first_word((struct client_string){line, bytes});
    bool says = bytes > 0 && (line[0] != '/' || (bytes > 1 && line[1] == '/'));

    if ((says && !text_is(line, bytes, "fin")) || text_is(word.text, word.bytes, "/me") ||
        text_is(word.text, word.bytes, "/msg")) {
        doubt(screen, line, bytes);
    }
}

void client_screen_lose(struct client *client)
{
    struct client_screen *screen = &client->screen;
    struct client_up *up = &client->up;
    char *line, *end;

    for (size_t at = 0; (line = client_kept_line(&client->kept, &at)) != NULL;) {
        doubt_sent(screen, line, strlen(line));
    }
    client->kept.bytes = 0;
    for (size_t at = 0; at < up->bytes && (end = memchr(up->text + at, '\n', up->bytes - at));
         at = (size_t)(end - up->text) + 1) {
        doubt_sent(screen, up->text + at, (size_t)(end - up->text) - at);
    }
    client_up_drop(up, up->bytes);
    set(&screen->before, string_of(&screen->me));
    struct client_string guest = {screen->me.text, 5};
    if (screen->me.bytes <= 5 || !text_is(guest.text, guest.bytes, "guest")) {
        set(&screen->wanted, string_of(&screen->me));
    }
}

void client_screen_leave(struct client *client)
{
    struct client_screen *screen = &client->screen;
    int n = 0;

    client_screen_lose(client);
    do {
        char *end;
        while ((end = memchr(screen->typed, '\n', screen->typed_bytes)) != NULL) {
            size_t bytes = (size_t)(end - screen->typed);
            doubt(screen, screen->typed, text_clean(screen->typed, bytes, bytes));
            screen->typed_bytes -= bytes + 1;
            memmove(screen->typed, end + 1, screen->typed_bytes);
        }
        if (screen->typed_bytes == sizeof screen->typed) {
            break;
        }
        n = port_console_read(screen->typed + screen->typed_bytes,
                              sizeof screen->typed - screen->typed_bytes);
        screen->typed_bytes += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    client_screen_tell_doubt(client);
}

/* --- The line above the one that is typed
 * --------------------------------------------------------- */

static size_t write_status(struct client *client, char *line, uint32_t now_ms)
{
    struct client_screen *screen = &client->screen;
    char detail[LWCHAT_ROOM_BYTES + 16] = "";
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

/* --- What client.c calls
 * ---------------------------------------------------------------------------- */

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

void client_screen_begin(struct client *client)
{
    struct client_screen *screen = &client->screen;

    screen->stage = SCREEN_UNKNOWN;
    screen->line_bytes = screen->wire_bytes = screen->held_bytes = 0;
    screen->entering = screen->catching = screen->releasing = screen->told_taken = false;
    screen->who_asked = screen->who_quiet = screen->who_left = 0;
    client->up.json = false;
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
        release(client);
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
        be_foreign(client);
    }
    if (screen->stage == SCREEN_FOREIGN) {
        bytes = bytes < sizeof screen->out ? bytes : sizeof screen->out;
        add_out(screen, text, bytes);
        client_log(client, text, bytes);
        return bytes;
    }
    if (n > room) {
        n = room;
        end = NULL;
    }
    memcpy(screen->line + screen->line_bytes, text, n);
    screen->line_bytes += n;
    if (end != NULL) {
        take_line(client, screen->line, screen->line_bytes);
        screen->line_bytes = 0;
    } else if (screen->line_bytes == sizeof screen->line) {
        view_text(client, EVENT_LINE,
                  (struct client_string){screen->line, text_whole(screen->line, n)});
        screen->line_bytes = 0;
    }
    return n + (end != NULL);
}

/* The time may have been taken a little earlier than `since_ms`. */
static bool is_due(uint32_t now_ms, uint32_t since_ms, int32_t after_ms)
{
    return (int32_t)(now_ms - since_ms) >= after_ms;
}

bool client_screen_settle(struct client *client, bool greeted, uint32_t now_ms)
{
    struct client_screen *screen = &client->screen;

    if (screen->stage == SCREEN_UNKNOWN && greeted) {
        be_foreign(client);
    } else if ((screen->stage == SCREEN_GREETED && now_ms - client->since_ms >= GREET_MS) ||
               (screen->stage == SCREEN_ASKED && is_due(now_ms, screen->asked_ms, ANSWER_MS))) {
        speak_lines(client);
    }
    if (screen->wire_bytes > 0 && client->up.bytes == 0) {
        client_up_put(&client->up, screen->wire, screen->wire_bytes);
        screen->wire_bytes = 0;
    }
    return client_screen_speaks(client) || screen->stage == SCREEN_FOREIGN;
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
            command(screen, "/nick", string_of(&screen->wanted));
        }
        client->moved = client->moved || (screen->wire_bytes > 0 && client->up.bytes == 0);
    }
    show_status(client, now_ms);
}

#endif
