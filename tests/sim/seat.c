/* The operator's seat: the console's input and output, and what the operator does. */
#include "sim.h"

#include "choice.h"
#include "lwchat_error.h"
#include "port.h"

#include <stdio.h>
#include <string.h>

enum { MS = 1000, S = 1000 * MS, TYPED_BYTES = 4096, SEAT_LINES = 1024 };

struct sim_reader seat_reader;

/* A line that the chat has yet to consume. */
struct seat_line {
    uint64_t end; /* bytes since the start */
    char text[64];
};

static struct {
    char typed[TYPED_BYTES]; /* not read yet */
    size_t typed_bytes;
    uint64_t typed_end, read_end; /* bytes typed and read since the start */
    struct seat_line line[SEAT_LINES];
    unsigned lines, first_line;
    uint32_t said; /* messages */
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
    oracle_reset(&seat_reader, NULL);
    seat.type_every_us = choice_between(50, choice_in(30) ? 500 : 10000) * (uint64_t)MS * sim.ease;
    seat.type_us = seat.type_every_us;
    seat.starved = true;
    seat.gone = choice_in(3);
    change_mood();
}

static void type(const char *line)
{
    size_t bytes = strlen(line);

    if (seat.ended || seat.typed_bytes + bytes > TYPED_BYTES || seat.lines == SEAT_LINES) {
        return;
    }
    memcpy(seat.typed + seat.typed_bytes, line, bytes);
    seat.typed_bytes += bytes;
    seat.typed_end += bytes;
    struct seat_line *typed = &seat.line[(seat.first_line + seat.lines++) % SEAT_LINES];
    snprintf(typed->text, sizeof typed->text, "%.*s", (int)strcspn(line, "\n"), line);
    typed->end = seat.typed_end + (line[bytes - 1] != '\n');
    sim_trace("operator types %s", line);
}

static const char *some_nick(void)
{
    static char nick[LWCHAT_NICK_BYTES + 1];
    uint32_t number = choice_below(CHAT_SESSIONS);

    if (number == CHAT_OPERATOR) {
        return sim.config.name;
    }
    const struct sim_person *person = &sim_person[number - 1];
    memcpy(nick, person->nick, person->nick_bytes);
    nick[person->nick_bytes] = '\0';
    return person->port == 0 ? "zoe" : nick;
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
        snprintf(line, sizeof line, "/ban 10.1.0.%u\n", (unsigned)choice_below(6));
        break;
    case 2:
    case 3:
        snprintf(line, sizeof line, "%s", lines[choice_below(sizeof lines / sizeof lines[0])]);
        break;
    default:
        if (!seat.ended && seat.typed_bytes + 64 < TYPED_BYTES && seat.lines < SEAT_LINES) {
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

    if (choice_in(50) && seat.typed_bytes + sizeof line < TYPED_BYTES && seat.lines < SEAT_LINES) {
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
            seat.typed_end += 10;
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
    return seat.typed_bytes == 0 && seat.lines == 0;
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

/* --- Hearing ------------------------------------------------------------------- */

/* Bytes that the chat has consumed since the start. */
static uint64_t consumed(void)
{
    return seat.read_end - (unsigned)(sim.server.typed_bytes - sim.server.typed_used);
}

static const struct seat_line *first_consumed(void)
{
    const struct seat_line *line = &seat.line[seat.first_line];

    return seat.lines > 0 && line->end <= consumed() ? line : NULL;
}

static void hear_first(void)
{
    const struct seat_line *line = &seat.line[seat.first_line];

    seat.first_line = (seat.first_line + 1) % SEAT_LINES;
    seat.lines--;
    if (line->text[0] == 'c') {
        witness_operator_said(line->text, strlen(line->text));
    }
}

void seat_heard(void)
{
    while (first_consumed() != NULL) {
        hear_first();
    }
}

void seat_heard_kick(const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < seat.lines; i++) {
        const struct seat_line *line = &seat.line[(seat.first_line + i) % SEAT_LINES];
        if (line->end > consumed()) {
            return;
        }
        if (strncmp(line->text, "/kick ", 6) == 0 && strncmp(line->text + 6, nick, bytes) == 0) {
            for (; i > 0; i--) {
                hear_first();
            }
            return;
        }
    }
}

bool seat_is_between_lines(void)
{
    return seat.typed_bytes == 0 && seat.lines == 0 && !seat.end_read;
}

int port_console_read(char *buffer, size_t bytes)
{
    (void)witness_look();
    seat_heard();
    if (seat.typed_bytes == 0) {
        seat.read_end += seat.ended && !seat.end_read; /* the loop adds a line end */
        seat.end_read = seat.ended;
        seat.starved = true;
        return seat.ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    size_t n = seat.typed_bytes < bytes ? seat.typed_bytes : bytes;
    n = n > 1 && choice_in(sim.short_percent) ? choice_between(1, (uint32_t)n) : n;
    memcpy(buffer, seat.typed, n);
    seat.typed_bytes -= n;
    seat.read_end += n;
    memmove(seat.typed, seat.typed + n, seat.typed_bytes);
    seat.starved = false;
    sim.moved++;
    return (int)n;
}

int port_console_write(const char *text, size_t bytes)
{
    (void)witness_look();
    if (seat.gone) { /* to the chat, it has taken everything */
        oracle_show(&seat_reader, text, bytes);
        return LWCHAT_GONE;
    }
    size_t n = bytes < seat.room ? bytes : seat.room;
    oracle_show(&seat_reader, text, n);
    if (n > 0 && seat.room == seat.take_bytes) {
        seat.take_us = sim.now_us + seat.take_every_us;
    }
    seat.room -= seat.room == UINT32_MAX ? 0 : (uint32_t)n;
    seat.jammed = n < bytes;
    sim.moved += n > 0;
    return (int)n;
}
