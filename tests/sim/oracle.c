/*
 * The oracle sees every record as it is appended (the linker wraps the core's
 * functions), notes its recipients, and compares what each of them is shown,
 * byte for byte, with what must follow.
 */
#include "safe.h"
#include "sim.h"
#include "speech.h"

#include "core/room.h"
#include "core/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 4096 };

static struct sim_record records[RECORDS];
static uint32_t newest;
static uint32_t generation[LWCHAT_MAX_ROOMS];
static uint32_t history_asked; /* messages, by the last call of room_history() */

static struct chat *chat_now(void)
{
    return &sim.server.chat;
}

static const struct sim_record *record_of(uint32_t number)
{
    const struct sim_record *record = &records[number % RECORDS];

    return record->number == number ? record : NULL;
}

/* The log no longer holds it. */
static bool is_gone(uint32_t number)
{
    const struct sim_record *record = record_of(number);

    return record == NULL || log_before(record->position, chat_now()->log.first);
}

void oracle_begin(void)
{
    memset(records, 0, sizeof records);
    memset(generation, 0, sizeof generation);
    newest = 0;
}

void oracle_end(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        free(sim_peer[i].reader.queue);
        sim_peer[i].reader.queue = NULL;
        sim_peer[i].reader.room = 0;
    }
    free(seat_reader.queue);
    seat_reader.queue = NULL;
    seat_reader.room = 0;
}

void oracle_reset(struct sim_reader *reader, bool lossless)
{
    reader->first = reader->count = reader->line_bytes = reader->lines = reader->refusals = 0;
    reader->message_bytes = 0;
    reader->fin = reader->in_pieces = reader->torn = false;
    reader->lossless = lossless;
}

static void expect(struct sim_reader *reader, uint32_t number, bool counts, bool old)
{
    if (reader->first + reader->count == reader->room) {
        if (reader->count * 2 >= reader->room) {
            reader->room = reader->room == 0 ? 64 : reader->room * 2;
            reader->queue = realloc(reader->queue, reader->room * sizeof *reader->queue);
            if (reader->queue == NULL) {
                sim_fail("no memory for the oracle");
            }
        }
        memmove(reader->queue, reader->queue + reader->first,
                reader->count * sizeof *reader->queue);
        reader->first = 0;
    }
    reader->queue[reader->first + reader->count++] = (struct sim_expected){number, counts, old};
}

static void drop(struct sim_reader *reader, uint32_t count)
{
    reader->first += count;
    reader->count -= count;
}

/* --- How a record is shown --------------------------------------------------------- */

static void put(struct sim_record *record, const char *text, size_t bytes)
{
    memcpy(record->text + record->bytes, text, bytes);
    record->bytes += bytes;
}

static void put_text(struct sim_record *record, const char *text)
{
    put(record, text, strlen(text));
}

static void put_sentence(struct sim_record *record, enum word_chat word, const char *arguments,
                         size_t bytes)
{
    const char *sentence = words_chat[word].text[sim.config.french];

    for (; *sentence != '\0'; sentence++) {
        if (*sentence != '%') {
            put(record, sentence, 1);
            continue;
        }
        size_t at = 0;
        for (int skip = *++sentence - '1'; skip > 0; skip--) {
            at += strnlen(arguments + at, bytes - at) + 1;
        }
        put(record, arguments + at, strnlen(arguments + at, bytes - at));
    }
}

/* The text put so far names the sender. */
static void end_sender(struct sim_record *record)
{
    record->sender_bytes = (uint8_t)(record->bytes - record->prefix_bytes);
}

/* A private message as its sender sees it (`to`), or as its recipient does. */
static void put_private(struct sim_record *record, bool to, const char *nick, size_t nick_bytes,
                        const char *text, size_t bytes)
{
    size_t to_bytes = strnlen(text, bytes);

    put_text(record, to ? "[-> " : "[");
    put(record, to ? text : nick, to ? to_bytes : nick_bytes);
    put_text(record, "] ");
    end_sender(record);
    put(record, text + to_bytes + 1, bytes - to_bytes - 1);
}

static void put_look(struct sim_record *record, const struct log_record *from, const char *nick,
                     size_t nick_bytes, const char *text, size_t bytes)
{
    switch (from->kind) {
    case LOG_MESSAGE:
    case LOG_ACTION:
        put_text(record, from->kind == LOG_ACTION ? "* " : "");
        put(record, nick, nick_bytes);
        put_text(record, from->kind == LOG_ACTION ? " " : "> ");
        end_sender(record);
        put(record, text, bytes);
        break;
    case LOG_NOTICE:
        put_sentence(record, (enum word_chat)from->word, text, bytes);
        break;
    default:
        put_private(record, false, nick, nick_bytes, text, bytes);
        break;
    }
}

static struct sim_record *new_record(const struct log_record *from)
{
    struct sim_record *record = &records[++newest % RECORDS];

    record->number = newest;
    record->kind = from->kind;
    record->room = from->room;
    record->generation = from->room == LOG_EVERY_ROOM ? 0 : generation[from->room];
    record->prefix_bytes = record->sender_bytes = 0;
    record->bytes = 0;
    if (from->room != LOG_EVERY_ROOM) {
        const struct room *room = &chat_now()->room[from->room];
        put(record, room->name, room->name_bytes);
        put_text(record, " ");
        record->prefix_bytes = (uint8_t)record->bytes;
    }
    return record;
}

/* --- Recipients ---------------------------------------------------------------------- */

static bool is_said(uint8_t kind)
{
    return kind == LOG_MESSAGE || kind == LOG_ACTION;
}

static bool is_for(unsigned session, const struct log_record *record)
{
    if (session == CHAT_OPERATOR) {
        return record->to == CHAT_OPERATOR ||
               (record->to == LOG_NOBODY && record->from != CHAT_OPERATOR &&
                !(is_said(record->kind) && sim.config.quiet));
    }
    if (chat_now()->session[session].state != CHAT_ACTIVE) {
        return false;
    }
    if (record->to != LOG_NOBODY) {
        return record->to == session;
    }
    return record->from != session &&
           (record->room == LOG_EVERY_ROOM || record->room == chat_now()->session[session].room);
}

static void note_special(const struct log_record *record)
{
    struct sim_peer *peer;

    if (record->kind != LOG_NOTICE || record->to == LOG_NOBODY || record->to == CHAT_OPERATOR) {
        return;
    }
    switch (record->word) {
    case W_TOO_LONG:
    case W_DROPPED:
        peer_refused(record->to, record->word == W_DROPPED);
        break;
    case W_YOU_WERE_KICKED:
    case W_YOU_WERE_KICKED_FOR:
        peer = peer_of(record->to);
        if (peer != NULL) {
            peer->thrown_out = true;
        }
        break;
    default:
        break;
    }
}

static void note_said(const struct log_record *record, const char *nick, size_t nick_bytes,
                      const char *text, size_t bytes)
{
    enum sim_intent_kind kind = INTENT_SAY;

    if (record->kind == LOG_NOTICE) {
        return;
    }
    const struct chat_session *from = &chat_now()->session[record->from];
    if (nick_bytes != from->nick_bytes || memcmp(nick, from->nick, nick_bytes) != 0) {
        sim_fail("what %.*s says is given to %.*s", from->nick_bytes, from->nick, (int)nick_bytes,
                 nick);
    }
    if (record->kind == LOG_ACTION) {
        kind = INTENT_ME;
    } else if (record->kind == LOG_PRIVATE) {
        kind = INTENT_MSG;
        size_t to_bytes = strnlen(text, bytes) + 1;
        text += to_bytes;
        bytes -= to_bytes;
    }
    if (record->from == CHAT_OPERATOR) {
        seat_heard(text, bytes);
    } else {
        peer_heard(record->from, kind, text, bytes);
    }
}

/* A notice to the console says how many bytes of a lost client's input were dropped. */
static void note_unheard(const char *text, size_t bytes)
{
    static const char begin[] = "Client gone: ";
    size_t number = 0, unit = 1;

    if (bytes < sizeof begin || memcmp(text, begin, sizeof begin - 1) != 0) {
        return;
    }
    for (size_t i = bytes - 2; text[i] != ' '; i--) {
        number += unit * (size_t)(text[i] - '0');
        unit *= 10;
    }
    if (number > sim.unheard) {
        sim_fail("the console is told of %zu dropped bytes, of %zu", number, sim.unheard);
    }
    sim.unheard -= number;
}

uint32_t __real_append_record(struct chat *chat, struct log_record *record, const char *nick,
                              size_t nick_bytes, const char *text, size_t text_bytes);
uint32_t __wrap_append_record(struct chat *chat, struct log_record *record, const char *nick,
                              size_t nick_bytes, const char *text, size_t text_bytes);

uint32_t __wrap_append_record(struct chat *chat, struct log_record *record, const char *nick,
                              size_t nick_bytes, const char *text, size_t text_bytes)
{
    struct log_record header = *record;
    struct sim_record *noted = new_record(&header);

    put_look(noted, &header, nick, nick_bytes, text, text_bytes);
    note_unheard(noted->text, noted->bytes);
    foreign_check_record(text, text_bytes);
    note_said(&header, nick, nick_bytes, text, text_bytes);
    note_special(&header);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct sim_peer *peer = i == CHAT_OPERATOR ? NULL : peer_of(i);
        if (is_for(i, &header) && (peer != NULL || i == CHAT_OPERATOR)) {
            bool counts = i == CHAT_OPERATOR || header.kind != LOG_NOTICE;
            expect(i == CHAT_OPERATOR ? &seat_reader : &peer->reader, newest, counts, false);
        }
    }
    /* The echo that a private message's sender is shown is a separate record here. */
    struct sim_record *echo = NULL;
    if (header.kind == LOG_PRIVATE && header.from != header.to) {
        echo = new_record(&header);
        put_private(echo, true, nick, nick_bytes, text, text_bytes);
        struct sim_peer *peer = peer_of(header.from);
        if (peer != NULL) {
            expect(&peer->reader, newest, false, false);
        }
    } else if (header.kind == LOG_PRIVATE) {
        noted->bytes = 0;
        put_private(noted, true, nick, nick_bytes, text, text_bytes);
        struct sim_peer *peer = peer_of(header.from);
        if (peer != NULL) {
            peer->reader.queue[peer->reader.first + peer->reader.count - 1].counts = false;
        }
    }
    uint32_t position = __real_append_record(chat, record, nick, nick_bytes, text, text_bytes);
    noted->position = position;
    if (echo != NULL) {
        echo->position = position;
    }
    sim_trace("  log: [%u to %d] %.*s", header.from, (int16_t)header.to, (int)noted->bytes,
              noted->text);
    return position;
}

/* --- Rooms and history ------------------------------------------------------------------ */

void __real_room_leave(struct room *rooms, const struct log *log, unsigned room);
void __wrap_room_leave(struct room *rooms, const struct log *log, unsigned room);

void __wrap_room_leave(struct room *rooms, const struct log *log, unsigned room)
{
    __real_room_leave(rooms, log, room);
    if (room != LOBBY && rooms[room].people == 0) {
        generation[room]++;
    }
}

uint32_t __real_room_history(const struct room *room, const struct log *log, uint32_t messages);
uint32_t __wrap_room_history(const struct room *room, const struct log *log, uint32_t messages);

uint32_t __wrap_room_history(const struct room *room, const struct log *log, uint32_t messages)
{
    history_asked = messages;
    return __real_room_history(room, log, messages);
}

void __real_append_moved_back(struct chat *chat, const struct chat_session *session);
void __wrap_append_moved_back(struct chat *chat, const struct chat_session *session);

/* A session begins to read its room, starting with the history it requested. */
void __wrap_append_moved_back(struct chat *chat, const struct chat_session *session)
{
    struct sim_peer *peer = peer_of((unsigned)(session - chat->session));
    uint32_t number = newest, first = newest + 1;

    __real_append_moved_back(chat, session);
    if (peer == NULL || peer->reset) {
        return;
    }
    oracle_check_shown(&peer->reader, "before the next room");
    drop(&peer->reader, peer->reader.count);
    for (uint32_t wanted = history_asked; wanted > 0 && number > 0 && !is_gone(number); number--) {
        const struct sim_record *record = record_of(number);
        if (is_said(record->kind) && record->room == session->room &&
            record->generation == generation[session->room]) {
            first = number;
            wanted--;
        }
    }
    for (number = first; number <= newest; number++) {
        const struct sim_record *record = record_of(number);
        if (is_said(record->kind) && record->room == session->room) {
            expect(&peer->reader, number, false, true);
        }
    }
}

/* --- What is shown ------------------------------------------------------------------------ */

/* True if `line` is the sentence with some text for each argument, in singular or plural. */
static bool fits(const char *sentence, const char *line, size_t bytes)
{
    if (*sentence == '\0') {
        return bytes == 0;
    }
    if (*sentence == '{' && fits(strchr(sentence, '}'), line, bytes)) {
        return true;
    }
    if (*sentence == '{' || *sentence == '}') {
        return fits(sentence + 1, line, bytes);
    }
    if (*sentence != '%') {
        return bytes > 0 && *line == *sentence && fits(sentence + 1, line + 1, bytes - 1);
    }
    for (size_t n = 1; n <= bytes; n++) {
        if (fits(sentence + 2, line + n, bytes - n)) {
            return true;
        }
    }
    return false;
}

static bool is_sentence(enum word_chat word, const char *line, size_t bytes)
{
    return fits(words_chat[word].text[sim.config.french], line, bytes);
}

static bool is_answer(unsigned session, const struct sim_reader *reader, const char *line,
                      size_t bytes)
{
    static const uint8_t to_all[] = {W_HELP_WHO, W_HELP_HELP, W_HELP_SLASH};
    static const uint8_t to_peers[] = {
        W_YOU_ARE_IN, W_SHUTDOWN,     W_WHO_HERE,  W_WHO_NICKS,   W_ROOM,           W_HELP_NICK,
        W_HELP_ME,    W_HELP_MSG,     W_HELP_JOIN, W_HELP_IGNORE, W_IGNORES_NOBODY, W_IGNORED,
        W_HELP_ROOMS, W_HELP_HISTORY, W_HELP_QUIT, W_HELP_TIME,   W_HELP_MODE};
    static const uint8_t to_operator[] = {
        W_WHO_NOBODY,    W_WHO_OPERATOR, W_WHO_ARRIVING, W_WHO_LEAVING,  W_WHO_REQUEST,
        W_BAN,           W_NO_BANS,      W_HELP_BANS,    W_STATS_PLACES, W_STATS_PEOPLE,
        W_STATS_LOG,     W_STATS_HOLD,   W_STATS_MISSED, W_STATS_LINES,  W_STATS_POOL,
        W_HELP_KICK,     W_HELP_BAN,     W_HELP_UNBAN,   W_HELP_STATS,   W_HELP_IP,
        W_HELP_SHUTDOWN, W_NO_ADDRESS,   W_HELP_QR};
    bool operator_ = session == CHAT_OPERATOR;
    const uint8_t *own = operator_ ? to_operator : to_peers;
    size_t count = operator_ ? sizeof to_operator : sizeof to_peers;

    if (operator_ && safe_qr_row(line, bytes)) {
        return true;
    }
#if LWCHAT_BRIDGE
    if (operator_ && is_sentence(W_HELP_OP, line, bytes)) {
        return true;
    }
#endif
    for (size_t i = 0; i < sizeof to_all; i++) {
        if (is_sentence((enum word_chat)to_all[i], line, bytes)) {
            return true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (is_sentence((enum word_chat)own[i], line, bytes)) {
            return true;
        }
    }
    return !operator_ && reader->lines == 1 && is_sentence(W_WELCOME, line, bytes);
}

static bool looks_like(const struct sim_record *record, unsigned session, const char *line,
                       size_t bytes)
{
    const char *text = record->text + record->prefix_bytes;
    size_t text_bytes = record->bytes - record->prefix_bytes;

    if (session == CHAT_OPERATOR && record->prefix_bytes > 0) {
        bool ended = record->generation != generation[record->room];
        if (bytes > 3 && memcmp(line, "#? ", 3) == 0 && ended) {
            line += 3;
            bytes -= 3;
        } else {
            text = record->text;
            text_bytes = record->bytes;
        }
    }
    return bytes == text_bytes && memcmp(line, text, bytes) == 0;
}

/* At the start of a line: the first expected record that the log still holds, or none. */
static void find_next(struct sim_reader *reader)
{
    reader->next.number = 0;
    for (uint32_t i = 0; i < reader->count; i++) {
        uint32_t number = reader->queue[reader->first + i].record;
        if (!is_gone(number)) {
            reader->next = *record_of(number);
            return;
        }
    }
}

/* If the line shows that record, removes it from the expected ones. */
static bool take_expected(struct sim_reader *reader, unsigned session, const char *line,
                          size_t bytes)
{
    if (reader->next.number == 0 || !looks_like(&reader->next, session, line, bytes)) {
        return false;
    }
    uint32_t before = 0;
    while (reader->queue[reader->first + before].record != reader->next.number) {
        const struct sim_expected *expected = &reader->queue[reader->first + before];
        if (reader->lossless || expected->counts || expected->old) {
            return false;
        }
        before++;
    }
    drop(reader, before + 1);
    return true;
}

/* "*** you missed N messages", or a gap in the history: exactly these have left the log. */
static bool take_missed(struct sim_reader *reader, unsigned session, const char *line, size_t bytes)
{
    enum word_chat word = session == CHAT_OPERATOR ? W_MISSED_LINES : W_MISSED;
    bool hole = is_sentence(W_HOLE, line, bytes);
    uint32_t missed = 0, i = 0;

    if (!hole && !is_sentence(word, line, bytes)) {
        return false;
    }
    for (size_t k = 0; k < bytes; k++) {
        if (line[k] >= '0' && line[k] <= '9') {
            missed = missed * 10 + (uint32_t)(line[k] - '0');
        }
    }
    if (reader->lossless && !hole) {
        sim_fail("session %u kept up and missed %u messages", session, (unsigned)missed);
    }
    for (uint32_t left = missed; left > 0; i++) {
        const struct sim_expected *expected = &reader->queue[reader->first + i];
        if (i == reader->count || !is_gone(expected->record) || (!hole && expected->old)) {
            sim_fail("session %u is told that it missed %u messages; it missed %u", session,
                     (unsigned)missed, (unsigned)(missed - left));
        }
        left -= hole ? expected->old : expected->counts;
    }
    drop(reader, i);
    return true;
}

static void fail_line(const struct sim_reader *reader, unsigned session, const char *line,
                      size_t bytes)
{
    const struct sim_record *next = &reader->next;

    sim_fail("session %u is shown \"%.*s\" and should be shown \"%.*s\" (%u expected)", session,
             (int)bytes, line, next->number == 0 ? 0 : (int)next->bytes, next->text,
             (unsigned)reader->count);
}

static void check_line(struct sim_reader *reader, unsigned session, const char *line, size_t bytes)
{
    sim_trace("  %u sees: %.*s", session, (int)bytes, line);
    bool on_console = session == CHAT_OPERATOR;
    if (!(on_console && safe_qr_row(line, bytes)) &&
        (!safe_text(line, bytes) || !safe_line(line, bytes, on_console))) {
        sim_fail("session %u is shown bad text: \"%.*s\"", session, (int)bytes, line);
    }
    if (reader->fin) {
        sim_fail("session %u is shown \"%.*s\" after fin", session, (int)bytes, line);
    }
    if (session != CHAT_OPERATOR && reader->lines == 0) {
        if (!is_sentence(W_CONNECTED, line, bytes)) {
            fail_line(reader, session, line, bytes);
        }
    } else if (session != CHAT_OPERATOR && bytes == 3 && memcmp(line, "fin", 3) == 0) {
        struct sim_peer *peer = peer_of(session);
        oracle_check_shown(reader, "at fin");
        reader->fin = true;
        if (peer != NULL) {
            speech_over(peer);
        }
    } else if (!take_missed(reader, session, line, bytes) &&
               !take_expected(reader, session, line, bytes) &&
               !is_answer(session, reader, line, bytes)) {
        fail_line(reader, session, line, bytes);
    }
    reader->lines++;
}

/* A telnet refusal at the start of a line. @return true if `byte` belongs to it. */
static bool take_refusal(struct sim_reader *reader, unsigned session, char byte)
{
    uint8_t first = reader->line_bytes == 0 ? (uint8_t)byte : (uint8_t)reader->line[0];

    if (session == CHAT_OPERATOR || first != 0xFF) {
        return false;
    }
    reader->line[reader->line_bytes++] = byte;
    if (reader->line_bytes == 3) {
        uint8_t verb = (uint8_t)reader->line[1];
        if (reader->refusals == 0 || (verb != 252 && verb != 254)) {
            sim_fail("session %u gets a telnet command it did not ask for", session);
        }
        reader->refusals--;
        reader->line_bytes = 0;
    }
    return true;
}

void oracle_show(struct sim_reader *reader, unsigned session, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (reader->line_bytes == 0) {
            find_next(reader);
        }
        if (take_refusal(reader, session, text[i])) {
            continue;
        }
        if (text[i] == '\n') {
            uint32_t n = reader->line_bytes;
            n -= n > 0 && reader->line[n - 1] == '\r';
            check_line(reader, session, reader->line, n);
            reader->line_bytes = 0;
        } else if (reader->line_bytes == sizeof reader->line) {
            sim_fail("session %u is shown a line without an end", session);
        } else {
            reader->line[reader->line_bytes++] = text[i];
        }
    }
}

/* One or more pieces of the line have been shown, and more are to follow. */
static bool is_begun(const struct sim_reader *reader)
{
    const struct sim_record *next = &reader->next;

    return next->number != 0 && next->bytes - next->prefix_bytes > LWCHAT_RAW_BYTES &&
           reader->line_bytes > next->sender_bytes && next->sender_bytes > 0 &&
           reader->line_bytes < next->bytes - next->prefix_bytes &&
           memcmp(reader->line, next->text + next->prefix_bytes, reader->line_bytes) == 0;
}

void oracle_show_message(struct sim_reader *reader, unsigned session, const char *text,
                         size_t bytes, bool whole)
{
    const struct sim_record *next = &reader->next;

    if (reader->message_bytes == 0) {
        reader->torn = reader->line_bytes > 0 && !reader->in_pieces;
    }
    /* Each piece begins with the sender. */
    for (; bytes > 0 && reader->in_pieces && reader->message_bytes < next->sender_bytes; bytes--) {
        if (*text++ != next->text[next->prefix_bytes + reader->message_bytes++]) {
            sim_fail("session %u is shown a piece that does not begin as \"%.*s\" does", session,
                     (int)next->bytes, next->text);
        }
    }
    reader->message_bytes += (uint32_t)bytes;
    if (reader->message_bytes > LWCHAT_RAW_BYTES && !reader->torn) {
        sim_fail("session %u is shown a message of %u bytes", session,
                 (unsigned)reader->message_bytes);
    }
    oracle_show(reader, session, text, bytes);
    if (!whole) {
        return;
    }
    if (reader->in_pieces && reader->message_bytes <= next->sender_bytes) {
        sim_fail("session %u is shown a name and nothing that it says", session);
    }
    reader->message_bytes = 0;
    reader->in_pieces = !reader->torn && is_begun(reader);
    if (reader->line_bytes > 0 && !reader->in_pieces) {
        oracle_show(reader, session, "\n", 1);
    }
}

void oracle_refuse(struct sim_reader *reader, const char *text, size_t bytes)
{
    const char *end = memchr(text, '\n', bytes);

    /* A short write cuts the line, and the close follows. */
    if (reader->lines++ > 0 || (end != NULL && end != text + bytes - 1) ||
        (end != NULL && !is_sentence(W_FULL, text, bytes - 1) &&
         !is_sentence(W_TOO_MANY, text, bytes - 1) && !is_sentence(W_BANNED, text, bytes - 1))) {
        sim_fail("a refused newcomer is shown \"%.*s\"", (int)bytes, text);
    }
    reader->fin = true;
}

void oracle_check_shown(const struct sim_reader *reader, const char *when)
{
    for (uint32_t i = 0; i < reader->count; i++) {
        const struct sim_expected *expected = &reader->queue[reader->first + i];
        const struct sim_record *record = record_of(expected->record);
        if (expected->counts || expected->old || reader->lossless || !is_gone(expected->record)) {
            sim_fail("%s, \"%.*s\" was not shown and nobody says so", when,
                     record == NULL ? 0 : (int)record->bytes, record == NULL ? "" : record->text);
        }
    }
}
