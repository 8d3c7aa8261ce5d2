/*
 * The whole chat as a stream of operations: sessions join, send anything, read
 * any part of their output, and leave, while time passes. All output is safe,
 * in lines that begin as the chat's do or are well-formed JSON or IRC, and the
 * core's counters are right.
 */
#include "core/session.h"
#include "dialect/dialect.h"
#include "fuzz.h"
#include "irc.h"
#include "json.h"
#include "safe.h"
#include "stale.h"

#include <string.h>

#ifndef FUZZ_IRC
#define FUZZ_IRC 0
#endif

enum { PENDING_BYTES = 512, SHOWN_BYTES = 2 * LWCHAT_SHOWN_BYTES };

/* One connection, as the server's loop would keep it. */
static struct connection {
    bool open, ended;
    bool json;            /* it reads only objects */
    bool irc;             /* it reads only messages of IRC */
    uint64_t seq;         /* the last number that it read, plus one */
    size_t pending_bytes; /* sent and not taken yet */
    uint8_t pending[PENDING_BYTES];
    size_t shown_bytes;
    char shown[SHOWN_BYTES];
    size_t rest_bytes; /* of a line that is partly taken, without its end */
    char rest[SHOWN_BYTES];
    struct opening opening; /* classifies its first line */
} connection[CHAT_SESSIONS];

static struct chat chat;
static uint32_t now_ms;

/* --- Output ----------------------------------------------------------------- */

/* The line must be a valid object of the JSON dialect. */
static void check_object(unsigned session, const char *line, size_t bytes)
{
    struct connection *to = &connection[session];
    char text[SHOWN_BYTES];
    struct json json;

    FUZZ_PROMISE(session != CHAT_OPERATOR && session < CHAT_SESSIONS);
    FUZZ_PROMISE(json_line(&json, line, bytes, text));
    if (json.is_hello) {
        to->json = chat.session[session].dialect == CHAT_JSON;
        to->seq = 0;
    }
    if (json.has_seq) {
        FUZZ_PROMISE(json.seq >= to->seq);
        to->seq = json.seq + 1;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of "[14:02] ", which precedes a line if times are shown. */
static size_t time_bytes(const char *line, size_t bytes)
{
    bool is_time = bytes > 8 && line[0] == '[' && is_digit(line[1]) && is_digit(line[2]) &&
                   line[3] == ':' && is_digit(line[4]) && is_digit(line[5]) && line[6] == ']' &&
                   line[7] == ' ';

    return is_time ? 8 : 0;
}

static void check_line(unsigned session, const char *line, size_t bytes)
{
    if (session < CHAT_SESSIONS && connection[session].irc) {
        FUZZ_PROMISE(irc_line(line, bytes));
        return;
    }
    if (session == CHAT_OPERATOR && safe_qr_row(line, bytes)) {
        return;
    }
    FUZZ_PROMISE(safe_text(line, bytes));
    if ((bytes > 0 && line[0] == '{') || (session < CHAT_SESSIONS && connection[session].json)) {
        check_object(session, line, bytes);
        return;
    }
    size_t time = time_bytes(line, bytes);
    line += time;
    bytes -= time;
    FUZZ_PROMISE(safe_line(line, bytes, session == CHAT_OPERATOR));
}

static void show(unsigned session, const char *text, size_t bytes, bool ends)
{
    struct connection *to = &connection[session];

    for (size_t i = 0; i < bytes; i++) {
        FUZZ_PROMISE(to->shown_bytes < SHOWN_BYTES);
        to->shown[to->shown_bytes++] = text[i];
        if ((uint8_t)to->shown[0] == 255 && to->shown_bytes == 3) {
            to->shown_bytes = 0; /* a telnet refusal */
        } else if (text[i] == '\n') {
            size_t n = to->shown_bytes - 1;
            FUZZ_PROMISE(!to->irc || (n > 0 && to->shown[n - 1] == '\r'));
            n -= n > 0 && to->shown[n - 1] == '\r';
            check_line(session, to->shown, n);
            to->shown_bytes = 0;
        }
    }
    if (ends && to->shown_bytes > 0) {
        check_line(session, to->shown, to->shown_bytes);
        to->shown_bytes = 0;
    }
}

/* --- Operations ---------------------------------------------------------------- */

/* A peer that is not a person is answered in its own protocol; it may read any part at a time. */
static void check_answer(unsigned session, const char *text, size_t bytes)
{
    static const char *const parts[] = {"HTTP/1.1 400 Bad Request\r\n", "\x15\x03\x03",
                                        "This is the chat server Marcel"};
    bool found = chat.session[session].place.offset > 0;

    for (unsigned i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t n = strlen(parts[i]) < bytes ? strlen(parts[i]) : bytes;
        found = found || memcmp(text, parts[i], n) == 0;
    }
    FUZZ_PROMISE(found && opening_kind(&connection[session].opening) > OPENING_CHAT);
}

static void join(struct fuzz_input *input)
{
    uint8_t number = fuzz_byte(input);
    uint32_t ip = 0x0A000001U + number % 3;
    bool irc = FUZZ_IRC && (number & 0x80) != 0;
    int session = irc ? chat_join_as(&chat, address_v4(ip), 1000, CHAT_IRC)
                      : chat_join(&chat, address_v4(ip), 1000);

    if (session > 0) {
        FUZZ_PROMISE(!connection[session].open);
        connection[session] = (struct connection){.open = true, .irc = irc};
    } else {
        char text[128];
        size_t bytes = chat_refusal(&chat, session, irc ? CHAT_IRC : CHAT_LINES, text, sizeof text);
        FUZZ_PROMISE(bytes > 1 && text[bytes - 1] == '\n');
        if (irc) {
            FUZZ_PROMISE(text[bytes - 2] == '\r' && irc_line(text, bytes - 2));
        } else {
            check_line(LOG_NOBODY, text, bytes - 1);
        }
    }
}

static void leave(unsigned session)
{
    if (session != CHAT_OPERATOR && connection[session].open) {
        chat_release(&chat, session, 0);
        connection[session].open = false;
    }
}

static void offer(unsigned session)
{
    struct connection *from = &connection[session];

    if (chat_state(&chat, session) == CHAT_ENDED) {
        leave(session);
        return;
    }
    while (from->pending_bytes > 0 && chat_reads(&chat, session)) {
        stale_fill(&chat);
        size_t used = chat_receive(&chat, session, from->pending, from->pending_bytes);
        FUZZ_PROMISE(used <= from->pending_bytes);
        bool judged = session == CHAT_OPERATOR ||
                      opening_feed(&from->opening, from->pending, used) <= OPENING_CHAT;
        if (chat.session[session].dialect == CHAT_IRC && !from->irc) {
            /* What it was sent before may be partly taken: that line is saved as it is. */
            from->irc = from->shown_bytes == 0;
            judged = true;
        }
        FUZZ_PROMISE(judged || from->irc || chat.session[session].state == CHAT_ENDING ||
                     chat.session[session].state == CHAT_ENDED);
        from->pending_bytes -= used;
        memmove(from->pending, from->pending + used, from->pending_bytes);
        from->json = from->json && chat.session[session].dialect == CHAT_JSON;
        if (used == 0) {
            break;
        }
    }
    if (from->pending_bytes == 0 && from->ended && chat_reads(&chat, session)) {
        from->ended = !chat_input_ended(&chat, session);
    }
}

static void say(struct fuzz_input *input, unsigned session)
{
    struct connection *from = &connection[session];
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 80), &bytes);

    if (n <= PENDING_BYTES - from->pending_bytes && !from->ended) {
        memcpy(from->pending + from->pending_bytes, bytes, n);
        from->pending_bytes += n;
    }
    offer(session);
}

/* A line that is partly taken goes on as it was, whatever its reader does in between. */
static void check_rest(unsigned session, const char *out, size_t bytes, size_t taken)
{
    struct connection *to = &connection[session];

    FUZZ_PROMISE(memcmp(out, to->rest, to->rest_bytes < bytes ? to->rest_bytes : bytes) == 0);
    if (taken == 0) {
        return;
    }
    to->rest_bytes = 0;
    if (out[taken - 1] == '\n') {
        return;
    }
    while (taken < bytes && out[taken] != '\r' && out[taken] != '\n') {
        to->rest[to->rest_bytes++] = out[taken++];
    }
}

static void take(unsigned session, size_t most)
{
    size_t bytes;
    const char *out = chat_output(&chat, session, &bytes);
    bool raw = chat.session[session].framing.flags & FRAMING_RAW;

    if (bytes == 0) {
        return;
    }
    stale_check(out, bytes);
    size_t n = bytes < most ? bytes : most;
    bool foreign = session != CHAT_OPERATOR && chat.session[session].nick_bytes == 0 &&
                   chat.session[session].dialect != CHAT_IRC &&
                   !session_is_locked(&chat.session[session]);
    if (foreign) {
        check_answer(session, out, bytes);
    }
    if (raw && connection[session].shown_bytes > 0 && chat.session[session].place.offset == 0 &&
        !(chat.session[session].place.owes & CHAT_OWES_REST)) {
        connection[session].shown_bytes = 0;
    }
    if (!foreign) {
        if (raw) {
            connection[session].rest_bytes = 0;
        } else {
            check_rest(session, out, bytes, n);
        }
        show(session, out, n, raw && n == bytes);
    }
    chat_taken(&chat, session, n);
    if (chat_state(&chat, session) == CHAT_ENDED) {
        FUZZ_PROMISE(session != CHAT_OPERATOR);
        leave(session);
    }
}

static void pass(uint32_t ms)
{
    now_ms += ms;
    chat_begin(&chat, now_ms);
    chat_tick(&chat);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        if (connection[i].open) {
            offer(i);
            if (chat_state(&chat, i) == CHAT_DEAD) {
                leave(i);
            }
        }
    }
}

/* --- The core's counters ---------------------------------------------------------- */

static void check_books(void)
{
    unsigned occupied = 0, people = 0, lines = 0;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat.session[i];
        occupied += i > 0 && session->state != CHAT_FREE;
        people += i > 0 && (session->state == CHAT_ACTIVE || session->state == CHAT_LEAVING);
        lines += session->state != CHAT_FREE && session->line != LOG_NOBODY;
        lines += session->state != CHAT_FREE && session->rest != LOG_NOBODY;
        /* Who has not given the password is not in the chat. */
        FUZZ_PROMISE(i == CHAT_OPERATOR || session->password == PASSWORD_GIVEN ||
                     chat.passwords.bytes == 0 || session->state != CHAT_ACTIVE);
        FUZZ_PROMISE(!session_reads(session) ||
                     (!log_before(session->place.cursor, chat.log.first) &&
                      !log_before(chat.log.next, session->place.cursor)));
    }
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        lines -= chat.buffer[i].owner != BUFFER_NONE;
    }
    FUZZ_PROMISE(occupied == chat.occupied && people == chat.people && lines == 0);
}

static bool clock_utc(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = UINT32_MAX - 10 + now_ms / 1000;
    *local_s = -12 * 60 * 60;
    return true;
}

/* --- The firmware ------------------------------------------------------------------- */

/* Repeats what it was asked, as often as it fits: also without a NUL. */
static enum lwchat_answer repeat(void *arg, const struct lwchat_request *request, char *answer,
                                 size_t bytes)
{
    size_t length = strlen(request->words);

    FUZZ_PROMISE(strlen(request->nick) > 0 && strlen(request->room) <= LWCHAT_ROOM_BYTES);
    for (size_t i = 0; i < bytes && length > 0; i++) {
        answer[i] = request->words[i % length];
    }
    return arg == NULL ? LWCHAT_TO_ROOM : LWCHAT_TO_ASKER;
}

static const struct chat_command *command(unsigned index)
{
    static int aside;
    static const struct chat_command commands[] = {{"!a TEXT", repeat, NULL},
                                                   {"!b", repeat, &aside}};

    return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const uint16_t waits_ms[] = {0, 1, 20, 100, 251, 1501, 5000, 30000};
    struct fuzz_input input = {data, bytes};
    struct chat_config config = {.name = "Marcel",
                                 .rate = fuzz_number(&input, 20),
                                 .max_sessions = LWCHAT_MAX_SESSIONS,
                                 .start = 7,
                                 .clock = clock_utc,
                                 .firmware = "board",
                                 .command = command};

    unsigned start = fuzz_number(&input, 7);
    config.password = (start & 6) == 6 ? "pass" : NULL;
    memset(connection, 0, sizeof connection);
    connection[CHAT_OPERATOR].open = true;
    now_ms = (start & 1) != 0 ? UINT32_MAX - 3000 : 0;
    chat_init(&chat, &config, now_ms);
    stale_begin(data, bytes);
    while (input.left > 0) {
        uint8_t what = fuzz_byte(&input);
        unsigned session = (what >> 3) % CHAT_SESSIONS;
        bool open = connection[session].open;
        switch (what & 7) {
        case 0:
            join(&input);
            break;
        case 1:
            leave(fuzz_number(&input, 3) == 0 ? session : CHAT_OPERATOR);
            break;
        case 2:
        case 3:
            if (open) {
                say(&input, session);
            }
            break;
        case 4:
            if (open) {
                take(session, fuzz_number(&input, 40));
            }
            break;
        case 5:
            if (open) {
                take(session, SIZE_MAX);
            }
            break;
        case 6:
            pass(waits_ms[fuzz_number(&input, 7)]);
            if ((what >> 3) % 4 == 1) {
                (void)chat_say(&chat, "#lobby", 6, "\xFF/me \n", 7);
            }
            break;
        default:
            connection[session].ended = open && session != CHAT_OPERATOR;
            break;
        }
        check_books();
    }
    chat_shutdown(&chat);
    for (unsigned n = 0; n < 400; n++) {
        pass(20);
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            if (connection[i].open) {
                take(i, SIZE_MAX);
            }
        }
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        FUZZ_PROMISE(!connection[i].open);
    }
    FUZZ_PROMISE(chat.people == 0 && chat.occupied == 0);
    return 0;
}
