#include "speech.h"

#include "choice.h"

#include <stdio.h>
#include <stdlib.h>
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

/* Sends `words`, with the intent `kind`; `heard` is what must be heard. @return the intent. */
static struct sim_intent *send(struct sim_peer *peer, const struct words *words,
                               enum sim_intent_kind kind, const struct words *heard)
{
    struct sim_intent *intent = NULL;

    memcpy(peer->up + peer->up_bytes, words->text, words->bytes);
    if (peer->arrived == peer->up_bytes && peer->chunk_us < sim.now_us) {
        peer->chunk_us = sim.now_us;
    }
    peer->up_bytes += (uint32_t)words->bytes;
    if (peer->kind != PEER_RAW) {
        intent = intent_at(peer, peer->intents++);
        intent->kind = kind;
        intent->done = false;
        intent->end = peer->skipped + peer->up_bytes;
        intent->acts = intent->end - (words->bytes > 1 && words->text[words->bytes - 2] == '\r');
        intent->bytes = heard->bytes < sizeof intent->text ? heard->bytes : sizeof intent->text;
        memcpy(intent->text, heard->text, intent->bytes);
    }
    peer->line_end = peer->said++ == 0 ? peer->up_bytes : peer->line_end;
    sim_trace("%u: says %.*s", peer->port, (int)words->bytes, words->text);
    return intent;
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

    peer->is_charged = true;
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
    struct words words = {.bytes = 0};

    add_text(&words, commands[choice_below(sizeof commands / sizeof commands[0])]);
    struct words command = words;
    end_line(peer, &words);
    send(peer, &words, INTENT_COMMAND, &command);
}

/* Enough history to fill its connection, then the oldest of all. */
static void ask_for_history(struct sim_peer *peer)
{
    uint32_t messages[] = {choice_between(1, 40), 65535};

    for (unsigned i = 0; i < 2; i++) {
        struct words words = {.bytes = 0};
        char ask[64];
        add(&words, ask, (size_t)snprintf(ask, sizeof ask, "/history %u", (unsigned)messages[i]));
        struct words command = words;
        add_text(&words, "\n");
        send(peer, &words, INTENT_COMMAND, &command);
    }
}

static void say_private(struct sim_peer *peer)
{
    struct words words = {.bytes = 0}, heard = {.bytes = 0};
    uint32_t number = choice_below(CHAT_SESSIONS);
    char to[LWCHAT_NICK_BYTES + 1] = "zoe";

    if (number == CHAT_OPERATOR) {
        strcpy(to, sim.config.name);
    } else if (sim_person[number - 1].port != 0) {
        memcpy(to, sim_person[number - 1].nick, sim_person[number - 1].nick_bytes);
        to[sim_person[number - 1].nick_bytes] = '\0';
    }
    add_text(&words, "/msg ");
    add_text(&words, to);
    add_text(&words, " ");
    make_up(peer, &words, &heard);
    end_line(peer, &words);
    strcpy(send(peer, &words, INTENT_MSG, &heard)->to, to);
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
    peer->unended = peer->said == 1;
    /* It is heard only when the peer's FIN is read, after its bytes are consumed. */
    intent_at(peer, peer->intents - 1)->acts = ++intent_at(peer, peer->intents - 1)->end;
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
static bool is_part(const struct sim_peer *peer, struct sim_intent *intent, const char *text,
                    size_t bytes)
{
    bool ends_lines = peer->skipped >= peer->line_end && !peer->unended;

    if (intent->kind == INTENT_TOO_LONG) {
        return text[0] == 'z' && (intent->done || !ends_lines);
    }
    if (ends_lines) {
        return false;
    }
    /* Blanks in a row are left out of each part by itself. */
    size_t used = 0;
    for (size_t i = 0; i < bytes; i++) {
        while (used < intent->bytes && intent->text[used] == ' ') {
            used++;
        }
        if (text[i] != ' ' && (used == intent->bytes || intent->text[used++] != text[i])) {
            return false;
        }
    }
    intent->bytes -= (uint32_t)used;
    memmove(intent->text, intent->text + used, intent->bytes);
    intent->done = intent->bytes == 0;
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

/* --- Commands ------------------------------------------------------------------------- */

/* A command, and the sentences that may answer it. */
struct command {
    const char *name;
    uint8_t words[14];
    uint8_t count;
    bool later; /* the chat goes on before it answers */
};

static const struct command commands_known[] = {
    {"/nick",
     {W_YOU_ARE, W_NICK_TAKEN, W_NICK_RESERVED, W_NICK_BAD, W_NICK_LONG, W_NEEDS_MORE},
     6,
     false},
    {"/who", {W_WHO_HERE, W_WHO_NICKS}, 2, false},
    {"/rooms", {W_ROOM}, 1, false},
    {"/join", {W_YOU_ARE_IN, W_ROOM_BAD, W_ROOMS_FULL, W_NEEDS_MORE}, 4, true},
    {"/me", {W_NEEDS_MORE}, 1, false},
    {"/msg", {W_NEEDS_MORE}, 1, false},
    {"/help",
     {W_HELP_NICK, W_HELP_ME, W_HELP_MSG, W_HELP_JOIN, W_HELP_IGNORE, W_HELP_ROOMS, W_HELP_HISTORY,
      W_HELP_QUIT, W_HELP_TIME, W_HELP_MODE, W_HELP_WHO, W_HELP_HELP, W_HELP_SLASH},
     13,
     false},
    {"/", {W_NO_COMMAND}, 1, false},
};
static const uint8_t too_long[] = {W_TOO_LONG}, dropped[] = {W_DROPPED}, no_nick[] = {W_NO_NICK},
                     bad_number[] = {W_NUMBER_BAD};

static bool is_word(const char *text, size_t bytes, const char *word)
{
    size_t i = 0;

    while (i < bytes && text[i] != ' ') {
        i++;
    }
    if (i != strlen(word)) {
        return false;
    }
    while (i > 0 && (text[i - 1] | 0x20) == (word[i - 1] | 0x20)) {
        i--;
    }
    return i == 0;
}

/* The chat runs a command: notes what it does, and how it may be answered. */
static void run(struct sim_peer *peer, const char *text, size_t bytes)
{
    char argument[LWCHAT_LINE_BYTES + 8];
    const char *blank = memchr(text, ' ', bytes);
    size_t at = blank == NULL ? bytes : (size_t)(blank - text) + 1;

    if (bytes == 0 || text[0] != '/') {
        return;
    }
    peer->is_charged = true;
    memcpy(argument, text + at, bytes - at);
    argument[bytes - at] = '\0';
    if (is_word(text, bytes, "/history")) {
        bool bad = strcmp(argument, "0") == 0 || strcmp(argument, "99999") == 0;
        if (bad) {
            oracle_expect_answer(&peer->reader,
                                 (struct sim_answer){.words = bad_number, .count = 1});
        } else {
            oracle_ask_history(&peer->reader, argument[0] == '\0'
                                                  ? LWCHAT_HISTORY
                                                  : (uint32_t)strtoul(argument, NULL, 10));
        }
        return;
    }
    if (is_word(text, bytes, "/join")) {
        witness_goes(peer, argument);
    }
    const struct command *command = commands_known;
    while (command->name[1] != '\0' && !is_word(text, bytes, command->name)) {
        command++;
    }
    oracle_expect_answer(&peer->reader, (struct sim_answer){.words = command->words,
                                                            .count = command->count,
                                                            .later = command->later});
}

static void refuse_long(struct sim_peer *peer, struct sim_intent *intent)
{
    peer->is_charged = true;
    oracle_expect_answer(&peer->reader,
                         (struct sim_answer){.words = too_long, .count = 1, .later = true});
    intent->done = true;
}

/* The chat has taken the intent, which nobody else need have noticed. */
static void settle(struct sim_peer *peer, struct sim_intent *intent)
{
    if (intent->done || intent->acts > peer->heard) {
        return;
    }
    if (intent->kind == INTENT_COMMAND || intent->kind == INTENT_MSG) {
        oracle_begin_history(&peer->reader);
    }
    switch (intent->kind) {
    case INTENT_COMMAND:
        run(peer, intent->text, intent->bytes);
        break;
    case INTENT_MSG:
        peer->is_charged = true;
        if (!witness_private(peer, intent->to, intent->text, intent->bytes, false)) {
            oracle_expect_answer(&peer->reader, (struct sim_answer){.words = no_nick, .count = 1});
        }
        break;
    case INTENT_TOO_LONG:
        refuse_long(peer, intent);
        break;
    default:
        return;
    }
    intent->done = true;
}

static void settle_before(struct sim_peer *peer, unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        settle(peer, intent_at(peer, i));
    }
}

void peer_renamed(struct sim_peer *peer, const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < peer->intents; i++) {
        const struct sim_intent *intent = intent_at(peer, i);
        if (!intent->done && intent->kind == INTENT_COMMAND && intent->bytes > bytes &&
            is_word(intent->text, intent->bytes, "/nick") &&
            memcmp(intent->text + intent->bytes - bytes, nick, bytes) == 0) {
            settle_before(peer, i);
            return;
        }
    }
    /* Only a part of the last command before a reset may arrive. */
    if (!foreign_is(peer) && !peer->reset) {
        sim_fail("%u: is now %.*s and did not ask for it", peer->port, (int)bytes, nick);
    }
}

void peer_left(struct sim_peer *peer)
{
    unsigned i = 0;

    while (i < peer->intents && intent_at(peer, i)->kind != INTENT_LEAVE) {
        i++;
    }
    if (i < peer->intents) {
        settle_before(peer, i);
        intent_at(peer, i)->done = true;
    }
}

void peer_cut(struct sim_peer *peer)
{
    unsigned i = 0;

    while (i < peer->intents && intent_at(peer, i)->done) {
        i++;
    }
    if (i < peer->intents && intent_at(peer, i)->kind == INTENT_MSG) {
        struct sim_intent *intent = intent_at(peer, i);
        intent->done = true;
        (void)witness_private(peer, intent->to, intent->text, intent->bytes, true);
    }
}

/* --- What was heard ------------------------------------------------------------------- */

void peer_heard(struct sim_peer *peer, enum sim_intent_kind kind, const char *text, size_t bytes)
{
    if (foreign_is(peer)) {
        if (!peer->excused) {
            sim_fail("%u: is no person, and was heard saying \"%.*s\"", peer->port, (int)bytes,
                     text);
        }
        return;
    }
    if (peer->kind == PEER_RAW && kind == INTENT_SAY) {
        hear_raw(peer, text, bytes);
        return;
    }
    for (unsigned i = 0; i < peer->intents; i++) {
        struct sim_intent *intent = intent_at(peer, i);
        if (intent->kind == INTENT_TOO_LONG && is_part(peer, intent, text, bytes)) {
            /* Some of it may be refused all the same. */
            oracle_expect_answer(&peer->reader,
                                 (struct sim_answer){.words = too_long, .count = 1, .begun = true});
            intent->done = true;
            return;
        }
        if (intent->done || intent->kind == INTENT_COMMAND || intent->kind == INTENT_MSG ||
            intent->kind == INTENT_TOO_LONG) {
            continue;
        }
        if (intent->kind == kind && intent->bytes == bytes &&
            memcmp(intent->text, text, bytes) == 0) {
            settle_before(peer, i);
            intent->done = true;
            return;
        }
        if (is_part(peer, intent, text, bytes) || was_cut_short(peer, text, bytes)) {
            return;
        }
        sim_fail("%u: was heard saying \"%.*s\", but said \"%.*s\"", peer->port, (int)bytes, text,
                 (int)intent->bytes, intent->text);
    }
    if (was_cut_short(peer, text, bytes)) {
        return;
    }
    sim_fail("%u: was heard saying \"%.*s\" and had not", peer->port, (int)bytes, text);
}

void peer_dropped(struct sim_peer *peer)
{
    if (foreign_is(peer)) {
        return;
    }
    oracle_expect_answer(&peer->reader, (struct sim_answer){.words = dropped, .count = 1});
    peer->dropped++;
    if (peer->kind == PEER_RAW) {
        peer->raw_lost = true;
        return;
    }
    for (unsigned i = 0; i < peer->intents; i++) {
        struct sim_intent *intent = intent_at(peer, i);
        if (intent->end > peer->skipped) {
            intent->done = true;
            return;
        }
    }
    sim_fail("%u: was refused a line it had not sent", peer->port);
}

void peer_taken(struct sim_peer *peer, size_t bytes)
{
    unsigned session = sock_session(peer);
    enum chat_state state =
        session == CHAT_OPERATOR ? CHAT_FREE : chat_state(&sim.server.chat, session);

    bool is_heard = state == CHAT_ACTIVE || state == CHAT_OPENING || state == CHAT_ARRIVING;
    peer->heard = peer->skipped + (uint32_t)bytes;
    uint32_t hidden = witness_look();
    peer->skipped = peer->heard;
    peer->up_bytes -= (uint32_t)bytes;
    peer->arrived -= (uint32_t)bytes;
    memmove(peer->up, peer->up + bytes, peer->up_bytes);
    if (peer->kind == PEER_RAW && hidden > 0) {
        peer->is_charged = true;
        peer->raw_lost = true;
        oracle_expect_answer(&peer->reader,
                             (struct sim_answer){.words = too_long, .count = 1, .begun = true});
    }
    for (unsigned i = 0; i < peer->intents && is_heard; i++) {
        settle(peer, intent_at(peer, i));
    }
    while (peer->intents > 0 && intent_at(peer, 0)->end <= peer->skipped) {
        const struct sim_intent *intent = intent_at(peer, 0);
        if (state == CHAT_ACTIVE && !intent->done) {
            sim_fail("%u: was not heard saying \"%.*s\" (%d)", peer->port, (int)intent->bytes,
                     intent->text, intent->kind);
        }
        peer->whole = intent->end;
        peer->first_intent = (peer->first_intent + 1) % SIM_INTENTS;
        peer->intents--;
    }
    struct sim_intent *next = intent_at(peer, 0);
    if (hidden > 0 && peer->intents > 0 && next->kind == INTENT_TOO_LONG && !next->done) {
        refuse_long(peer, next); /* before its end has arrived */
    }
}

bool speech_is_in_line(const struct sim_peer *peer)
{
    return foreign_is(peer) || peer->kind == PEER_RAW || peer->skipped != peer->whole;
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
