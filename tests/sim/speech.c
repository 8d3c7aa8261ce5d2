#include "speech.h"

#include "choice.h"

#include <stdio.h>
#include <string.h>

/* Bytes to be added to a peer's stream. */
struct words {
    size_t bytes;
    char text[4 * LWCHAT_LINE_BYTES];
};

/* A piece of hostile text, and what it must become (as in test_text.c). */
struct piece {
    const char *in;
    size_t in_bytes;
    const char *out;
};

#define PIECE(in, out)                                                                             \
    {                                                                                              \
        in, sizeof(in) - 1, out                                                                    \
    }

static const struct piece pieces[] = {
    PIECE(" and so on", " and so on"),
    PIECE(" \xc3\xa9t\xc3\xa9", " \xc3\xa9t\xc3\xa9"),
    PIECE("\x1b[2J", "?[2J"),
    PIECE("\xc2\x9b"
          "31m",
          "?31m"),
    PIECE("\xc0\x9b.", "??."),
    PIECE("\xe0\x82\x9b.", "???."),
    PIECE("\xf4\x90\x80\x80.", "????."),
    PIECE("\xe2\x82"
          "A",
          "?A"),
    PIECE("\xe2\x80\xae"
          "e",
          "?e"),
    PIECE("a\xe2\x80\x8b"
          "b",
          "a?b"),
    PIECE("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81.",
          "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81."),
    PIECE("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80",
          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80"),
    PIECE("x\ty", "x y"),
    PIECE("a         b", "a    b"),
    PIECE("\u3000\u2800\u00a0 \u1680.", "\u3000\u2800\u00a0 ."),
    PIECE("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),
    PIECE(".\u200d\u200d", ".??"),
    PIECE("\u0e01\u0e34\u0e34\u0e34\u0e34\u0e34.", "\u0e01\u0e34\u0e34\u0e34\u0e34."),
    PIECE("\u2067\u05d0\u2069", "\u2067\u05d0\u2069"),
    PIECE("q\u2069", "q?"),
    PIECE("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
          "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"),
    PIECE(".p\bq", ".q"),
    PIECE("n\x01m", "n?m"),
};
enum { PIECES = sizeof pieces / sizeof pieces[0] };

static void add(struct words *words, const char *text, size_t bytes)
{
    memcpy(words->text + words->bytes, text, bytes);
    words->bytes += bytes;
}

static void add_text(struct words *words, const char *text)
{
    add(words, text, strlen(text));
}

/* --- Intents -------------------------------------------------------------------- */

static struct sim_intent *intent_at(struct sim_peer *peer, unsigned number)
{
    return &peer->intent[(peer->first_intent + number) % SIM_INTENTS];
}

bool speech_has_room(const struct sim_peer *peer)
{
    return peer->intents < SIM_INTENTS - 4 &&
           peer->up_bytes + 4 * LWCHAT_LINE_BYTES + 64 < SIM_UP_BYTES;
}

/* Sends `words`, with the intent `kind`; `heard` is what must be heard. */
static void send(struct sim_peer *peer, const struct words *words, enum sim_intent_kind kind,
                 const struct words *heard)
{
    memcpy(peer->up + peer->up_bytes, words->text, words->bytes);
    if (peer->arrived == peer->up_bytes && peer->chunk_us < sim.now_us) {
        peer->chunk_us = sim.now_us;
    }
    peer->up_bytes += (uint32_t)words->bytes;
    if (peer->kind != PEER_RAW) {
        struct sim_intent *intent = intent_at(peer, peer->intents++);
        intent->kind = kind;
        intent->done = false;
        intent->end = peer->skipped + peer->up_bytes;
        intent->bytes = heard->bytes < sizeof intent->text ? heard->bytes : sizeof intent->text;
        memcpy(intent->text, heard->text, intent->bytes);
    }
    peer->line_end = peer->said++ == 0 ? peer->up_bytes : peer->line_end;
    sim_trace("%u: says %.*s", peer->port, (int)words->bytes, words->text);
}

static void end_line(const struct sim_peer *peer, struct words *words)
{
    add_text(words, peer->kind == PEER_LF || peer->kind == PEER_SILENT ? "\n" : "\r\n");
}

/* Makes up a unique message: `words` as sent, `heard` as heard. */
static void make_up(struct sim_peer *peer, struct words *words, struct words *heard)
{
    char start[32];
    size_t most = LWCHAT_LINE_BYTES;
    int n = snprintf(start, sizeof start, "m%u.%u", peer->port, peer->said);

    add(words, start, (size_t)n);
    add(heard, start, (size_t)n);
    for (unsigned count = choice_below(4); count > 0; count--) {
        const struct piece *piece = &pieces[choice_below(PIECES)];
        if (words->bytes + piece->in_bytes < LWCHAT_LINE_BYTES - 8) {
            add(words, piece->in, piece->in_bytes);
            add(heard, piece->out, strlen(piece->out));
        }
    }
    if (peer->kind == PEER_TELNET && choice_in(30)) {
        add(words, "\xff\xf1", 2); /* NOP: not shown */
        add(words, "\xff\xff", 2); /* an escaped byte FF: invalid UTF-8 */
        add_text(heard, "?");
        most += 3;
    }
    if (choice_in(5)) { /* as long as a line may be */
        while (words->bytes < most) {
            add_text(words, "y");
            add_text(heard, "y");
        }
    }
}

static void negotiate(struct sim_peer *peer, struct words *words)
{
    static const char verbs[] = {'\xfb', '\xfc', '\xfd', '\xfe'}; /* WILL WONT DO DONT */

    for (unsigned count = choice_between(1, 4); count > 0; count--) {
        char verb = verbs[choice_below(sizeof verbs)];
        char option[3] = {'\xff', verb, (char)choice_below(40)};
        add(words, option, sizeof option);
        peer->reader.refusals += verb == '\xfb' || verb == '\xfd';
    }
    if (choice_in(20)) {
        add(words, "\xff\xfa\x18\x01\xff\xf0", 6); /* a subnegotiation */
    }
}

/* --- Speaking ---------------------------------------------------------------------- */

static void say_raw(struct sim_peer *peer)
{
    struct words words = {.bytes = 0};
    char start[32];

    if (peer->raw_bytes + 64 > SIM_UP_BYTES) {
        return;
    }
    int n = snprintf(start, sizeof start, "r%u.%u", peer->port, peer->said);
    add(&words, start, (size_t)n);
    for (unsigned count = choice_below(20); count > 0; count--) {
        char letter = (char)('a' + choice_below(5));
        add(&words, &letter, 1);
    }
    add_text(&words, ";");
    memcpy(peer->raw + peer->raw_bytes, words.text, words.bytes);
    peer->raw_bytes += (uint32_t)words.bytes;
    send(peer, &words, INTENT_SAY, &words);
}

static void say_command(struct sim_peer *peer)
{
    static const char *const commands[] = {
        "/who",
        "/help",
        "/rooms",
        "/history",
        "/history 2",
        "/history 99999",
        "/nosuch",
        "/",
        "/nick",
        "/nick alice",
        "/nick Bob",
        "/nick b0b",
        "/nick Hélène",
        "/nick helene",
        "/nick Иван",
        "/nick Александр-123456",
        "/nick ὨὨὨὨὨὨὨὨὨὨΩ",
        "/nick Во",
        "/nick Bo",
        "/nick Ζoe",
        "/nick Sérver",
        "/nick a!",
        "/nick x",
        "/nick server",
        "/nick carol",
        "/nick marceI",
        "/join",
        "/nick you",
        "/nick Marcel_",
        "/nick guest9",
        "/nick the-operator2",
        "/nick Personne",
        "/join #a",
        "/join #b",
        "/join #c",
        "/join #d",
        "/join #lobby",
        "/join lobby",
        "/me",
        "/msg",
        "/msg nobody",
        "/kick bob",
        "/shutdown",
        "   ",
        "/stats",
        "/WHO ",
        "/Join #a",
        "/ban 1.2.3.4",
        "/history 0",
        "",
    };
    struct words words = {.bytes = 0}, nothing = {.bytes = 0};

    add_text(&words, commands[choice_below(sizeof commands / sizeof commands[0])]);
    end_line(peer, &words);
    send(peer, &words, INTENT_COMMAND, &nothing);
}

/* Enough history to fill its connection, then the oldest of all. */
static void ask_for_history(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, nothing = {.bytes = 0};
    char ask[64];
    int n = snprintf(ask, sizeof ask, "/history %u\n/history 65535\n", choice_between(1, 40));

    add(&words, ask, (size_t)n);
    send(peer, &words, INTENT_COMMAND, &nothing);
}

static void say_private(struct sim_peer *peer)
{
    const struct chat *chat = &sim.server.chat;
    const struct chat_session *to = &chat->session[choice_below(CHAT_SESSIONS)];
    struct words words = {.bytes = 0}, heard = {.bytes = 0};

    add_text(&words, "/msg ");
    if (to->state == CHAT_ACTIVE) {
        add(&words, to->nick, to->nick_bytes);
    } else {
        add_text(&words, "zoe");
    }
    add_text(&words, " ");
    make_up(peer, &words, &heard);
    end_line(peer, &words);
    send(peer, &words, INTENT_MSG, &heard);
}

static void say_too_much(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, nothing = {.bytes = 0};
    size_t most = choice_in(50) ? LWCHAT_LINE_BYTES + 1 : 3 * LWCHAT_LINE_BYTES;

    while (words.bytes < most) {
        add_text(&words, "z");
    }
    end_line(peer, &words);
    send(peer, &words, INTENT_TOO_LONG, &nothing);
}

static void say_line(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, heard = {.bytes = 0};
    enum sim_intent_kind kind = INTENT_SAY;

    switch (choice_below(10)) {
    case 0:
        add_text(&words, "/me ");
        kind = INTENT_ME;
        break;
    case 1:
        add_text(&words, "//");
        add_text(&heard, "/");
        break;
    default:
        break;
    }
    make_up(peer, &words, &heard);
    end_line(peer, &words);
    send(peer, &words, kind, &heard);
}

void speech_next(struct sim_peer *peer)
{
    if (peer->kind == PEER_RAW) {
        say_raw(peer);
        return;
    }
    if (peer->kind == PEER_TELNET && choice_in(peer->said == 0 ? 100 : 5)) {
        struct words words = {.bytes = 0}, nothing = {.bytes = 0};
        negotiate(peer, &words);
        send(peer, &words, INTENT_COMMAND, &nothing);
    }
    if (peer->asks && choice_in(80)) {
        ask_for_history(peer);
        return;
    }
    uint32_t what = choice_below(20);
    if (what < 3) {
        say_command(peer);
    } else if (what < 5) {
        say_private(peer);
    } else if (what == 5) {
        say_too_much(peer);
    } else {
        say_line(peer);
    }
}

void speech_rest(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, heard = {.bytes = 0};

    if (!speech_has_room(peer)) {
        return;
    }
    if (peer->kind == PEER_RAW) {
        say_raw(peer);
        return;
    }
    make_up(peer, &words, &heard);
    send(peer, &words, INTENT_SAY, &heard);
    /* It is heard only when the peer's FIN is read, after its bytes are consumed. */
    intent_at(peer, peer->intents - 1)->end++;
}

void speech_leave(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, nothing = {.bytes = 0};

    if (!speech_has_room(peer) || peer->left) {
        return;
    }
    add_text(&words, choice_in(50) ? "fin" : peer->kind == PEER_RAW ? "FIN" : "/quit I go now");
    if (peer->kind != PEER_RAW) {
        end_line(peer, &words);
    }
    send(peer, &words, INTENT_LEAVE, &nothing);
    peer->left = true;
    if (peer->kind == PEER_RAW) {
        /* It may be heard together with what was sent before it, as one message. */
        memcpy(peer->raw + peer->raw_bytes, words.text, words.bytes);
        peer->raw_bytes += 3;
    }
}

/* --- Hearing ------------------------------------------------------------------------ */

static void hear_raw(struct sim_peer *peer, const char *text, size_t bytes)
{
    char said[LWCHAT_LINE_BYTES + 1];
    size_t skip = 0;

    memcpy(said, text, bytes);
    said[bytes] = '\0';
    peer->raw[peer->raw_bytes] = '\0';
    if (peer->raw_lost) {
        const char *at = strstr(peer->raw, said);
        skip = at == NULL ? 0 : (size_t)(at - peer->raw);
        peer->raw_lost = false;
    }
    if (strncmp(peer->raw + skip, said, bytes) != 0) {
        sim_fail("%u: was heard saying \"%s\", having said \"%s\"", peer->port, said, peer->raw);
    }
    peer->raw_bytes -= (uint32_t)(skip + bytes);
    memmove(peer->raw, peer->raw + skip + bytes, peer->raw_bytes);
}

/* Until a peer has ended a line, a line that arrives slowly is heard in parts. */
static bool is_part(unsigned session, struct sim_intent *intent, const char *text, size_t bytes)
{
    bool ends_lines = sim.server.chat.session[session].framing.flags & FRAMING_LINES;

    if (intent->kind == INTENT_TOO_LONG) {
        return text[0] == 'z' && (intent->done || !ends_lines);
    }
    if (ends_lines) {
        return false;
    }
    if (intent->bytes <= bytes || memcmp(intent->text, text, bytes) != 0) {
        return false;
    }
    intent->bytes -= (uint32_t)bytes;
    memmove(intent->text, intent->text + bytes, intent->bytes);
    return true;
}

/* Only the beginning of the last line before a reset may arrive; cleaning may change its end. */
static bool was_cut_short(struct sim_peer *peer, const char *text, size_t bytes)
{
    size_t plain = 0;

    while (plain < bytes && text[plain] > ' ' && text[plain] != '?' && text[plain] < 127) {
        plain++;
    }
    for (unsigned i = 0; peer->reset && !peer->cut_short && i < peer->intents; i++) {
        const struct sim_intent *intent = intent_at(peer, i);
        bool begins = intent->bytes >= plain && memcmp(intent->text, text, plain) == 0;
        peer->cut_short = intent->kind == INTENT_TOO_LONG ? text[0] == 'z' : begins;
        if (peer->cut_short) {
            return true;
        }
    }
    return false;
}

void peer_heard(unsigned session, enum sim_intent_kind kind, const char *text, size_t bytes)
{
    struct sim_peer *peer = peer_of(session);

    if (peer != NULL && foreign_is(peer)) {
        if (!peer->excused) {
            sim_fail("%u: is no person, and was heard saying \"%.*s\"", peer->port, (int)bytes,
                     text);
        }
        return;
    }
    if (peer == NULL) {
        sim_fail("session %u, which has no connection, says %.*s", session, (int)bytes, text);
    }
    if (peer->kind == PEER_RAW && kind == INTENT_SAY) {
        hear_raw(peer, text, bytes);
        return;
    }
    for (unsigned i = 0; i < peer->intents; i++) {
        struct sim_intent *intent = intent_at(peer, i);
        if (intent->kind == INTENT_TOO_LONG && is_part(session, intent, text, bytes)) {
            intent->done = true;
            return;
        }
        if (intent->done || intent->kind == INTENT_COMMAND || intent->kind == INTENT_TOO_LONG) {
            continue;
        }
        if (intent->kind == kind && intent->bytes == bytes &&
            memcmp(intent->text, text, bytes) == 0) {
            intent->done = true;
            return;
        }
        if (intent->kind != INTENT_MSG) {
            if (is_part(session, intent, text, bytes) || was_cut_short(peer, text, bytes)) {
                return;
            }
            sim_fail("%u: was heard saying \"%.*s\", but said \"%.*s\"", peer->port, (int)bytes,
                     text, (int)intent->bytes, intent->text);
        }
    }
    if (was_cut_short(peer, text, bytes)) {
        return;
    }
    sim_fail("%u: was heard saying \"%.*s\" and had not", peer->port, (int)bytes, text);
}

void peer_refused(unsigned session, bool dropped)
{
    struct sim_peer *peer = peer_of(session);

    if (peer == NULL || foreign_is(peer)) {
        return;
    }
    if (peer->kind == PEER_RAW) {
        peer->raw_lost = true;
        return;
    }
    for (unsigned i = 0; i < peer->intents; i++) {
        struct sim_intent *intent = intent_at(peer, i);
        if (dropped ? intent->end > peer->skipped
                    : intent->kind == INTENT_TOO_LONG && !intent->done) {
            intent->done = true;
            return;
        }
    }
    sim_fail("%u: was refused a line it had not sent", peer->port);
}

void peer_taken(struct sim_peer *peer, size_t bytes)
{
    const struct chat *chat = &sim.server.chat;
    bool active = false;

    peer->skipped += (uint32_t)bytes;
    peer->up_bytes -= (uint32_t)bytes;
    peer->arrived -= (uint32_t)bytes;
    memmove(peer->up, peer->up + bytes, peer->up_bytes);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        active = active ||
                 (chat->session[i].state == CHAT_ACTIVE && chat->session[i].port == peer->port);
    }
    while (peer->intents > 0 && intent_at(peer, 0)->end <= peer->skipped) {
        const struct sim_intent *intent = intent_at(peer, 0);
        bool has_to_be_done = intent->kind != INTENT_COMMAND && intent->kind != INTENT_MSG;
        if (active && has_to_be_done && !intent->done) {
            sim_fail("%u: was not heard saying \"%.*s\" (%d)", peer->port, (int)intent->bytes,
                     intent->text, intent->kind);
        }
        peer->first_intent = (peer->first_intent + 1) % SIM_INTENTS;
        peer->intents--;
    }
}

void speech_over(const struct sim_peer *peer)
{
    bool stopping = chat_is_stopping(&sim.server.chat);

    if (peer->thrown_out || stopping) {
        return;
    }
    if (!peer->left && !peer->ended) {
        sim_fail("%u: was shown out for no reason", peer->port);
    }
    if (peer->left) {
        return;
    }
    if (peer->kind == PEER_RAW && peer->raw_bytes > 0 && !peer->raw_lost) {
        sim_fail("%u: was not heard saying \"%.*s\"", peer->port, (int)peer->raw_bytes, peer->raw);
    }
    for (unsigned i = 0; i < peer->intents; i++) {
        const struct sim_intent *intent = &peer->intent[(peer->first_intent + i) % SIM_INTENTS];
        if (!intent->done && (intent->kind == INTENT_SAY || intent->kind == INTENT_ME)) {
            sim_fail("%u: was not heard saying \"%.*s\" at its end", peer->port, (int)intent->bytes,
                     intent->text);
        }
    }
}
