/* The operator's seat: the console's input and output, and what the operator does. */
#include "sim.h"

#include "choice.h"
#include "lwchat_error.h"
#include "port.h"

#include <stdio.h>
#include <string.h>

enum { MS = 1000, S = 1000 * MS, TYPED_BYTES = 4096 };

struct sim_reader seat_reader;

static struct {
    char typed[TYPED_BYTES]; /* not read yet */
    size_t typed_bytes;
    uint32_t said, heard; /* messages */
    uint64_t type_us, type_every_us;
    uint64_t mood_us; /* when the output next changes its pace */
    uint64_t take_us, take_every_us;
    uint32_t take_bytes; /* accepted each time; UINT32_MAX: all */
    uint32_t room;       /* bytes accepted now */
    bool ended;          /* nothing more is typed */
    bool end_read;
    bool starved; /* the loop has read all input */
    bool jammed;  /* the loop had more to show than was accepted */
    bool gone;    /* the output is closed from the start */
} seat;

static void change_mood(void)
{
    seat.mood_us = sim.now_us + choice_between(1, 20000) * (uint64_t)MS * sim.ease;
    seat.take_us = sim.now_us;
    seat.take_every_us = choice_between(1, 200) * (uint64_t)MS;
    switch (choice_below(5)) {
    case 0:
        seat.take_bytes = 0;
        break;
    case 1:
        seat.take_bytes = choice_between(1, 100);
        break;
    default:
        seat.take_bytes = UINT32_MAX;
        break;
    }
}

void seat_begin(void)
{
    memset(&seat, 0, sizeof seat);
    oracle_reset(&seat_reader, false);
    seat.type_every_us = choice_between(50, choice_in(30) ? 500 : 10000) * (uint64_t)MS * sim.ease;
    seat.type_us = seat.type_every_us;
    seat.starved = true;
    seat.gone = choice_in(3);
    change_mood();
}

static void type(const char *line)
{
    size_t bytes = strlen(line);

    if (seat.ended || seat.typed_bytes + bytes > TYPED_BYTES) {
        return;
    }
    memcpy(seat.typed + seat.typed_bytes, line, bytes);
    seat.typed_bytes += bytes;
    sim_trace("operator types %s", line);
}

static const char *some_nick(void)
{
    static char nick[LWCHAT_NICK_BYTES + 1];
    const struct chat_session *session = &sim.server.chat.session[choice_below(CHAT_SESSIONS)];

    memcpy(nick, session->nick, session->nick_bytes);
    nick[session->nick_bytes] = '\0';
    return session->nick_bytes == 0 ? "zoe" : nick;
}

static void write_ban(char *line, size_t bytes)
{
    unsigned person = (unsigned)choice_below(6);

#if LWCHAT_IPV6
    if (person >= 3) { /* as in peer.c */
        snprintf(line, bytes, "/%s 2001:db8:0:%u::1\n", choice_in(50) ? "ban" : "unban", person);
        return;
    }
#endif
    snprintf(line, bytes, "/ban 10.1.0.%u\n", person);
}

static void type_next(void)
{
    static const char *const lines[] = {
        "/who\n",   "/stats\n",          "/help\n",           "/ban 10.0.2.2\n",
        "/ban x\n", "/ip 10.0.0.1/24\n", "/nick me\n",        "/kick\n",
        "/ip\n",    "/unban 10.1.0.1\n", "/unban 10.1.0.2\n", "/unban 10.1.0.3\n",
        "\n",       "/ban 10.1.0.4\n",   "/unban 10.1.0.4\n", "/kick nobody at all\n",
        "/qr\n"};
    char line[128];

    switch (choice_below(8)) {
    case 0:
        snprintf(line, sizeof line, "/kick %s%s\n", some_nick(), choice_in(50) ? " enough" : "");
        break;
    case 1:
        write_ban(line, sizeof line);
        break;
    case 2:
    case 3:
        snprintf(line, sizeof line, "%s", lines[choice_below(sizeof lines / sizeof lines[0])]);
        break;
    default:
        if (!seat.ended && seat.typed_bytes + 64 < TYPED_BYTES) {
            snprintf(line, sizeof line, "c%u\n", (unsigned)seat.said++);
            type(line);
        }
        return;
    }
    type(line);
}

/* The last line may lack its line end. */
static void type_end(void)
{
    char line[16];

    if (choice_in(50) && seat.typed_bytes + sizeof line < TYPED_BYTES) {
        snprintf(line, sizeof line, "c%u", (unsigned)seat.said++);
        type(line);
    }
    seat.ended = true;
}

void seat_happen(void)
{
    if (sim.phase == SIM_LIVELY && sim.now_us >= seat.type_us) {
        type_next();
        seat.type_us = sim.now_us + seat.type_every_us;
        if (!seat.ended && choice_in(chat_is_held(&sim.server.chat) ? 50 : 1)) {
            type_end();
        }
    }
    if (sim.stop_asked && !seat.end_read && !sim.signalled) {
        /* A stalled terminal must not block what is typed last. */
        seat.take_bytes = UINT32_MAX;
        if (seat.ended || choice_in(50)) {
            sim.signalled = true;
        } else {
            seat.ended = true;
            memcpy(seat.typed + seat.typed_bytes, "/shutdown\n", 10);
            seat.typed_bytes += 10;
        }
    }
    sim.signalled = sim.signalled || (sim.stop_asked && seat.end_read);
    if (sim.phase == SIM_LIVELY && sim.now_us >= seat.mood_us) {
        change_mood();
    }
    if (sim.now_us >= seat.take_us) {
        seat.room = seat.take_bytes;
        seat.take_us = sim.now_us + seat.take_every_us;
    }
}

uint64_t seat_next_us(void)
{
    /* If it already accepts its full amount, there is no event. */
    uint64_t next_us = seat.room == seat.take_bytes ? UINT64_MAX : seat.take_us;

    if (sim.phase == SIM_LIVELY) {
        next_us = seat.type_us < next_us ? seat.type_us : next_us;
        next_us = seat.mood_us < next_us ? seat.mood_us : next_us;
    }
    return next_us;
}

void seat_calm(void)
{
    seat.take_bytes = UINT32_MAX;
    seat.take_us = sim.now_us;
}

bool seat_is_quiet(void)
{
    return seat.typed_bytes == 0 && seat.heard == seat.said;
}

bool seat_wakes(void)
{
    bool input = seat.starved && (seat.typed_bytes > 0 || (seat.ended && !seat.end_read));
    bool output = seat.jammed && seat.room > 0;

    /* Edge-triggered: it reports each wake-up once. */
    if (input || output) {
        seat.starved = seat.jammed = false;
    }
    return input || output;
}

bool seat_is_jammed(void)
{
    return seat.jammed;
}

void seat_heard(const char *text, size_t bytes)
{
    char expected[32];
    int n = snprintf(expected, sizeof expected, "c%u", (unsigned)seat.heard++);

    if ((size_t)n != bytes || memcmp(text, expected, bytes) != 0) {
        sim_fail("the operator was heard saying \"%.*s\", but said \"%s\"", (int)bytes, text,
                 expected);
    }
}

int port_console_read(char *buffer, size_t bytes)
{
    if (seat.typed_bytes == 0) {
        seat.end_read = seat.ended;
        seat.starved = true;
        return seat.ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    size_t n = seat.typed_bytes < bytes ? seat.typed_bytes : bytes;
    n = n > 1 && choice_in(sim.short_percent) ? choice_between(1, (uint32_t)n) : n;
    memcpy(buffer, seat.typed, n);
    seat.typed_bytes -= n;
    memmove(seat.typed, seat.typed + n, seat.typed_bytes);
    seat.starved = false;
    sim.moved++;
    return (int)n;
}

int port_console_write(const char *text, size_t bytes)
{
    if (seat.gone) {
        return LWCHAT_GONE;
    }
    size_t n = bytes < seat.room ? bytes : seat.room;
    oracle_show(&seat_reader, CHAT_OPERATOR, text, n);
    if (n > 0 && seat.room == seat.take_bytes) {
        seat.take_us = sim.now_us + seat.take_every_us;
    }
    seat.room -= seat.room == UINT32_MAX ? 0 : (uint32_t)n;
    seat.jammed = n < bytes;
    sim.moved += n > 0;
    return (int)n;
}
