/*
 * What each reader must be shown. The witness adds a record for all that
 * happens; here each reader has a queue of those that are for it, and is
 * compared, byte for byte, with what must follow. How much the log still holds
 * is known from outside only within bounds; the numbers of messages that readers
 * are told they missed are exact all the same, since the next line that they
 * are shown says which these were.
 */
#include "safe.h"
#include "sim.h"
#include "speech.h"

#include "core/log.h"

#include <stdlib.h>
#include <string.h>

enum {
    RECORDS = 16384,
    IDLE_PASSES = 4, /* by then history has begun */
    ASKED_RECORDS = 1024,
    /* In the log: the smallest record, and the largest for one reader alone. */
    LEAST_UNKNOWN_BYTES = 24,
    MOST_UNKNOWN_BYTES = 32 + sizeof((struct words_arguments){0}.text),
    /* The largest record, which is also the most that the end of the ring may waste. */
    LARGEST_BYTES = 40 + 2 * LWCHAT_NICK_BYTES + LWCHAT_LINE_BYTES,
    /* What the log keeps free for a line, twice: as much may be wasted at the end of the ring. */
    LINE_NEEDS_BYTES = 2 * (2 * LARGEST_BYTES + 2 * MOST_UNKNOWN_BYTES)
};

static struct sim_record records[RECORDS];
static uint32_t newest;
static uint64_t least, most; /* bytes appended to the log */

void oracle_begin(void)
{
    newest = 0;
    least = most = 0;
}

void oracle_end(void)
{
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        free(sim_peer[i].reader.queue);
        sim_peer[i].reader.queue = NULL;
        sim_peer[i].reader.space = 0;
    }
    free(seat_reader.queue);
    seat_reader.queue = NULL;
    seat_reader.space = 0;
}

void oracle_reset(struct sim_reader *reader, struct sim_peer *peer)
{
    struct sim_expected *queue = reader->queue;
    uint32_t space = reader->space;

    memset(reader, 0, sizeof *reader);
    reader->peer = peer;
    reader->queue = queue;
    reader->space = space;
}

/* --- Records ----------------------------------------------------------------------- */

/* @return NULL if it is too old to be known. */
static const struct sim_record *find_record(uint32_t number)
{
    const struct sim_record *record = &records[number % RECORDS];

    return number > 0 && number <= newest && record->number == number ? record : NULL;
}

struct sim_record *oracle_add(enum sim_record_kind kind, size_t nick_bytes, size_t bytes)
{
    struct sim_record *record = &records[++newest % RECORDS];

    record->number = newest;
    record->kind = kind;
    record->room = SIM_NOWHERE;
    record->generation = 0;
    record->prefix_bytes = record->sender_bytes = 0;
    record->bytes = 0;
    record->least = least;
    record->most = most;
    if (kind == RECORD_SAID) {
        least += log_record_bytes(nick_bytes, bytes);
        most += log_record_bytes(nick_bytes, bytes);
    } else if (kind == RECORD_NOTICE) {
        least += LEAST_UNKNOWN_BYTES;
        most += log_record_bytes(0, bytes);
    }
    return record;
}

void oracle_add_unknown(uint32_t count)
{
    least += count * (uint64_t)LEAST_UNKNOWN_BYTES;
    most +=
        count * (uint64_t)(MOST_UNKNOWN_BYTES > LARGEST_BYTES ? MOST_UNKNOWN_BYTES : LARGEST_BYTES);
}

void oracle_put(struct sim_record *record, const char *text, size_t bytes)
{
    memcpy(record->text + record->bytes, text, bytes);
    record->bytes += bytes;
}

/* The log certainly holds it. */
static bool is_kept(const struct sim_record *record)
{
    return record != NULL && most - record->most + 2 * LARGEST_BYTES <= LWCHAT_LOG_BYTES;
}

/* The log certainly did not hold it when so many bytes had been appended. */
static bool was_gone(const struct sim_record *record, uint64_t then)
{
    return record == NULL ||
           (then > record->least && then - record->least > LWCHAT_LOG_BYTES + LARGEST_BYTES);
}

static bool is_in(const struct sim_record *record, uint8_t room, uint32_t generation)
{
    return record->kind == RECORD_SAID && record->room == room && record->generation == generation;
}

/* --- What is expected ---------------------------------------------------------------- */

void oracle_expect(struct sim_reader *reader, uint32_t number)
{
    if (reader->first + reader->count == reader->space) {
        if (reader->count * 2 >= reader->space) {
            reader->space = reader->space == 0 ? 64 : reader->space * 2;
            reader->queue = realloc(reader->queue, reader->space * sizeof *reader->queue);
            if (reader->queue == NULL) {
                sim_fail("no memory for the oracle");
            }
        }
        memmove(reader->queue, reader->queue + reader->first,
                reader->count * sizeof *reader->queue);
        reader->first = 0;
    }
    bool counts = reader->peer == NULL || records[number % RECORDS].kind != RECORD_NOTICE;
    reader->queue[reader->first + reader->count++] = (struct sim_expected){number, counts};
}

static uint32_t expected(const struct sim_reader *reader, uint32_t index)
{
    return reader->queue[reader->first + index].record;
}

/* Any line that the console misses counts; of those that others do, messages. */
static bool counts(const struct sim_reader *reader, uint32_t index)
{
    return reader->queue[reader->first + index].counts;
}

static void drop(struct sim_reader *reader, uint32_t count)
{
    reader->first += count;
    reader->count -= count;
    reader->missed = 0;
}

static struct sim_answer *answer_at(struct sim_reader *reader, unsigned index)
{
    return &reader->answer[(reader->first_answer + index) % SIM_ANSWERS];
}

static void drop_answers(struct sim_reader *reader, unsigned count)
{
    reader->first_answer = (reader->first_answer + count) % SIM_ANSWERS;
    reader->answers -= count;
}

void oracle_expect_answer(struct sim_reader *reader, struct sim_answer answer)
{
    if (reader->answers == SIM_ANSWERS) {
        drop_answers(reader, 1);
    }
    *answer_at(reader, reader->answers++) = answer;
}

void oracle_expect_history(struct sim_reader *reader, uint8_t room, uint32_t generation,
                           uint32_t messages, uint32_t until)
{
    uint32_t from = until, certain = until;

    for (uint32_t number = until; messages > 0 && number > 1; number--) {
        const struct sim_record *record = find_record(number - 1);
        if (was_gone(record, reader->asked > 0 ? reader->asked_least : least)) {
            break;
        }
        if (is_in(record, room, generation)) {
            from = number - 1;
            certain = is_kept(record) ? from : certain;
            messages--;
        }
    }
    reader->history = (struct sim_history){from, until, certain, generation, room};
    reader->room = room;
    reader->generation = generation;
    reader->asked = reader->asked_until = 0;
    reader->asked_maybe = false;
}

static bool has_history(const struct sim_reader *reader)
{
    const struct sim_history *history = &reader->history;
    uint32_t number = history->from;

    while (number < history->until) {
        const struct sim_record *record = find_record(number++);
        if (record == NULL || is_in(record, history->room, history->generation)) {
            return true;
        }
    }
    return false;
}

void oracle_ask_history(struct sim_reader *reader, uint32_t messages)
{
    reader->asked = messages;
    reader->asked_until = 0;
    reader->asked_maybe = has_history(reader) && reader->history.certain == reader->history.until;
    reader->asked_least = least;
}

void oracle_leave(struct sim_reader *reader)
{
    if (reader->asked > 0) {
        reader->asked_maybe = true;
        reader->asked_until = reader->asked_until > 0 ? reader->asked_until : newest + 1;
    }
}

/* It had read all that was said before, so that all it has yet to read came later. */
void oracle_begin_history(struct sim_reader *reader)
{
    uint32_t until = reader->asked_until > 0 ? reader->asked_until
                     : reader->count > 0     ? expected(reader, 0)
                                             : newest + 1;

    if (reader->asked > 0) {
        bool maybe = reader->asked_maybe;
        oracle_expect_history(reader, reader->room, reader->generation, reader->asked, until);
        reader->history.certain = maybe ? until : reader->history.certain;
    }
}

bool oracle_holds(const struct sim_reader *reader)
{
    return oracle_behind(reader) + LINE_NEEDS_BYTES >= LWCHAT_LOG_BYTES;
}

/* While it reads history, the next to come is what was said since it began. */
uint64_t oracle_behind(const struct sim_reader *reader)
{
    const struct sim_history *history = &reader->history;
    const struct sim_record *record = NULL;

    for (unsigned i = 0; i < reader->answers; i++) {
        if (!reader->answer[(reader->first_answer + i) % SIM_ANSWERS].begun) {
            return LWCHAT_LOG_BYTES; /* it may be in the log */
        }
    }
    if (history->from < history->until) {
        record = find_record(history->until);
    } else if (reader->count > 0) {
        record = find_record(expected(reader, 0));
        return record == NULL ? LWCHAT_LOG_BYTES : most - record->most;
    }
    return record == NULL ? 0 : most - record->most;
}

/* --- Sentences ------------------------------------------------------------------------ */

/* As oracle_is_sentence(). Arguments other than the last have no blanks. */
static bool fits(const char *sentence, const char *line, size_t bytes, struct sim_text *argument)
{
    if (*sentence == '\0') {
        return bytes == 0;
    }
    if (*sentence == '{' && fits(strchr(sentence, '}'), line, bytes, argument)) {
        return true;
    }
    if (*sentence == '{' || *sentence == '}') {
        return fits(sentence + 1, line, bytes, argument);
    }
    if (*sentence != '%') {
        return bytes > 0 && *line == *sentence && fits(sentence + 1, line + 1, bytes - 1, argument);
    }
    for (size_t n = 1; n <= bytes; n++) {
        if (fits(sentence + 2, line + n, bytes - n, argument)) {
            if (argument != NULL && (sentence[1] == '1' || sentence[1] == '2')) {
                argument[sentence[1] - '1'] = (struct sim_text){line, n};
            }
            return true;
        }
    }
    return false;
}

bool oracle_is_sentence(enum word_chat word, const char *line, size_t bytes,
                        struct sim_text *argument)
{
    return fits(words_chat[word].text[sim.config.french], line, bytes, argument);
}

static bool is_one_of(const uint8_t *words, size_t count, const char *line, size_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        if (oracle_is_sentence((enum word_chat)words[i], line, bytes, NULL)) {
            return true;
        }
    }
    return false;
}

static bool is_answer(bool to_operator, const char *line, size_t bytes)
{
    static const uint8_t words[] = {
        W_WHO_NOBODY, W_WHO_OPERATOR, W_WHO_ARRIVING, W_WHO_LEAVING,  W_BAN,
        W_NO_BANS,    W_HELP_BANS,    W_STATS_PLACES, W_STATS_PEOPLE, W_STATS_LOG,
        W_STATS_HOLD, W_STATS_MISSED, W_STATS_LINES,  W_STATS_POOL,   W_HELP_KICK,
        W_HELP_BAN,   W_HELP_UNBAN,   W_HELP_STATS,   W_HELP_IP,      W_HELP_SHUTDOWN,
        W_ADDRESS_IS, W_HELP_QR,      W_HELP_WHO,     W_HELP_HELP,    W_HELP_SLASH};

    return to_operator && !oracle_is_sentence(W_ADDRESS_SET, line, bytes, NULL) &&
           (safe_qr_row(line, bytes) || is_one_of(words, sizeof words, line, bytes));
}

/* --- What is shown ------------------------------------------------------------------------ */

static bool is_operators(const struct sim_reader *reader)
{
    return reader->peer == NULL;
}

static bool looks_like(const struct sim_reader *reader, const struct sim_record *record,
                       const char *line, size_t bytes)
{
    const char *text = record->text + record->prefix_bytes;
    size_t text_bytes = record->bytes - record->prefix_bytes;

    if (is_operators(reader) && record->prefix_bytes > 0) {
        bool ended = record->generation != sim_room[record->room].generation;
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

static bool begins_with(const struct sim_record *record, const char *line, size_t bytes)
{
    return bytes < record->bytes - record->prefix_bytes &&
           memcmp(line, record->text + record->prefix_bytes, bytes) == 0;
}

/* A line, or the beginning of one that is longer. */
static bool is_shown(const struct sim_reader *reader, const struct sim_record *record,
                     const char *line, size_t bytes, bool begins)
{
    return begins ? begins_with(record, line, bytes) : looks_like(reader, record, line, bytes);
}

/* The record of its history that the line shows, if those before it were told to be lacking. */
static uint32_t find_old(const struct sim_reader *reader, const char *line, size_t bytes,
                         bool begins)
{
    const struct sim_history *history = &reader->history;
    uint32_t gone = 0, maybe = 0;

    for (uint32_t number = history->from; number < history->until; number++) {
        const struct sim_record *record = find_record(number);
        if (record != NULL && !is_in(record, history->room, history->generation)) {
            continue;
        }
        if (record != NULL && gone <= reader->hole && reader->hole <= gone + maybe &&
            is_shown(reader, record, line, bytes, begins)) {
            return number;
        }
        if ((is_kept(record) && number >= history->certain) || gone > reader->hole) {
            return 0;
        }
        gone += number >= history->certain;
        maybe += number < history->certain;
    }
    return 0;
}

/* Whether the rest of its history was told to be lacking. */
static bool is_history_over(const struct sim_reader *reader)
{
    const struct sim_history *history = &reader->history;
    uint32_t gone = 0, maybe = 0;

    for (uint32_t number = history->from; number < history->until; number++) {
        const struct sim_record *record = find_record(number);
        if (record == NULL || is_in(record, history->room, history->generation)) {
            if (is_kept(record) && number >= history->certain) {
                return false;
            }
            gone += number >= history->certain;
            maybe += number < history->certain;
        }
    }
    return gone <= reader->hole && reader->hole <= gone + maybe;
}

static void end_history(struct sim_reader *reader)
{
    reader->history.from = reader->history.until;
    reader->hole = 0;
}

/* The index of the record that the line shows, if those before it were told to be missed. */
static bool find_new(const struct sim_reader *reader, const char *line, size_t bytes, bool begins,
                     uint32_t *index)
{
    uint32_t missed = 0;

    if (!is_history_over(reader)) {
        return false;
    }
    for (uint32_t i = 0; i < reader->count; i++) {
        const struct sim_record *record = find_record(expected(reader, i));
        /* A line that was begun very long ago is not known any more. */
        if (missed == reader->missed &&
            (record == NULL ? i == 0 : is_shown(reader, record, line, bytes, begins))) {
            *index = i;
            return true;
        }
        if (reader->lossless || is_kept(record) || missed > reader->missed) {
            return false;
        }
        missed += counts(reader, i);
    }
    return false;
}

static bool take_record(struct sim_reader *reader, const char *line, size_t bytes)
{
    uint32_t index, old = find_old(reader, line, bytes, false);

    if (old > 0) {
        reader->history.from = old + 1;
        reader->history.certain = old + 1;
        reader->hole = 0;
        return true;
    }
    if (!find_new(reader, line, bytes, false, &index)) {
        return false;
    }
    end_history(reader);
    drop(reader, index + 1);
    if (reader->asked_until > 0) {
        /* The history that it has asked for is still to come, unless there was none. */
        struct sim_reader after = *reader;
        oracle_begin_history(&after);
        reader->asked_maybe = reader->asked_maybe || is_history_over(&after);
        reader->asked_until = 0;
    }
    return true;
}

static bool fits_answer(const struct sim_reader *reader, const struct sim_answer *answer,
                        const char *line, size_t bytes)
{
    if (answer->words != NULL) {
        return is_one_of(answer->words, answer->count, line, bytes);
    }
    const struct sim_record *echo = find_record(answer->echo);
    if (answer->cut) {
        return echo != NULL && bytes > echo->sender_bytes &&
               (begins_with(echo, line, bytes) || looks_like(reader, echo, line, bytes));
    }
    return echo != NULL && !answer->begun && looks_like(reader, echo, line, bytes);
}

/* The lines of an answer, after those of the answers before it. */
static bool take_answer(struct sim_reader *reader, const char *line, size_t bytes)
{
    for (unsigned i = 0; i < reader->answers; i++) {
        struct sim_answer *answer = answer_at(reader, i);
        bool ends = answer->begun && i + 1 < reader->answers && !answer_at(reader, i + 1)->begun &&
                    fits_answer(reader, answer_at(reader, i + 1), line, bytes);
        if (!ends && fits_answer(reader, answer, line, bytes)) {
            answer->begun = true;
            drop_answers(reader, i);
            return true;
        }
        if (reader->lossless && !answer->begun && !answer->later && !answer->cut) {
            return false;
        }
    }
    return false;
}

static uint32_t number_in(const char *line, size_t bytes)
{
    uint32_t number = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (line[i] >= '0' && line[i] <= '9') {
            number = number * 10 + (uint32_t)(line[i] - '0');
        }
    }
    return number;
}

/* "*** you missed N messages", or a gap in the history. */
static bool take_missed(struct sim_reader *reader, const char *line, size_t bytes)
{
    if (oracle_is_sentence(W_HOLE, line, bytes, NULL)) {
        if (!has_history(reader)) {
            oracle_begin_history(reader);
        }
        reader->hole += number_in(line, bytes);
        return reader->hole > 0;
    }
    if (!oracle_is_sentence(is_operators(reader) ? W_MISSED_LINES : W_MISSED, line, bytes, NULL)) {
        return false;
    }
    reader->missed += number_in(line, bytes);
    if (reader->lossless) {
        sim_fail("a reader that kept up missed %u messages", (unsigned)reader->missed);
    }
    uint32_t could_be = 0;
    for (uint32_t i = 0; i < reader->count; i++) {
        could_be += counts(reader, i);
    }
    if (reader->missed == 0 || reader->missed > could_be) {
        sim_fail("a reader is told that it missed %u messages; it missed %u at most",
                 (unsigned)reader->missed, (unsigned)could_be);
    }
    return true;
}

/* What a peer that is taken for a person may be told. */
static const uint8_t to_foreign[] = {W_TOO_LONG,      W_DROPPED,    W_NO_COMMAND, W_YOU_ARE,
                                     W_NICK_RESERVED, W_NICK_TAKEN, W_NICK_BAD};

/* To a peer that asks for history all the time: which of its requests a line answers is not known.
 */
static bool take_any_history(struct sim_reader *reader, const char *line, size_t bytes)
{
    if (reader->peer == NULL || !reader->peer->asks) {
        return false;
    }
    for (uint32_t number = newest; number > 0 && newest - number < ASKED_RECORDS; number--) {
        const struct sim_record *record = find_record(number);
        if (record != NULL && is_in(record, reader->room, reader->generation) &&
            looks_like(reader, record, line, bytes)) {
            reader->hole = 0;
            return true;
        }
    }
    return false;
}

bool oracle_take(struct sim_reader *reader, const char *line, size_t bytes)
{
    if (reader->peer != NULL && reader->peer->dropped > 0 &&
        oracle_is_sentence(W_DROPPED, line, bytes, NULL)) {
        reader->peer->dropped--;
    }
    if (take_missed(reader, line, bytes) || take_record(reader, line, bytes) ||
        take_answer(reader, line, bytes)) {
        return true;
    }
    struct sim_history history = reader->history;
    uint32_t asked = reader->asked, until = reader->asked_until;
    bool maybe = reader->asked_maybe;
    oracle_begin_history(reader);
    if (asked > 0 && take_record(reader, line, bytes)) {
        return true;
    }
    reader->history = history;
    reader->asked = asked;
    reader->asked_until = until;
    reader->asked_maybe = maybe;
    if (take_any_history(reader, line, bytes)) {
        return true;
    }
    if (reader->peer != NULL && foreign_is(reader->peer)) {
        return is_one_of(to_foreign, sizeof to_foreign, line, bytes);
    }
    return is_answer(is_operators(reader), line, bytes);
}

static bool take_greeting(const struct sim_reader *reader, const char *line, size_t bytes)
{
    enum word_chat word = reader->lines == 0 ? W_CONNECTED : W_WELCOME;

    return !is_operators(reader) && reader->lines < 2 &&
           oracle_is_sentence(word, line, bytes, NULL);
}

bool oracle_is_whole(const struct sim_reader *reader)
{
    struct sim_reader after = *reader;

    return oracle_take(&after, reader->line, reader->line_bytes) ||
           (reader->lines < 2 && take_greeting(reader, reader->line, reader->line_bytes));
}

static void fail_line(const struct sim_reader *reader, const char *line, size_t bytes)
{
    const struct sim_record *next = reader->count > 0 ? find_record(expected(reader, 0)) : NULL;

    sim_fail("%u is shown \"%.*s\" and should be shown \"%.*s\" (%u expected, %u of them missed, "
             "%u answers)",
             is_operators(reader) ? 0U : reader->peer->port, (int)bytes, line,
             next == NULL ? 0 : (int)next->bytes, next == NULL ? "" : next->text,
             (unsigned)reader->count, (unsigned)reader->missed, reader->answers);
}

static void check_line(struct sim_reader *reader, const char *line, size_t bytes)
{
    struct sim_peer *peer = reader->peer;

    sim_trace("  %u sees: %.*s", peer == NULL ? 0 : peer->port, (int)bytes, line);
    if (!(peer == NULL && safe_qr_row(line, bytes)) &&
        (!safe_text(line, bytes) || !safe_line(line, bytes, peer == NULL))) {
        sim_fail("bad text is shown: \"%.*s\"", (int)bytes, line);
    }
    if (reader->fin) {
        sim_fail("\"%.*s\" is shown after fin", (int)bytes, line);
    }
    if (peer != NULL && bytes == 3 && memcmp(line, "fin", 3) == 0) {
        oracle_check_shown(reader, "at fin");
        reader->fin = true;
        speech_over(peer);
    } else if (!take_greeting(reader, line, bytes) && !oracle_take(reader, line, bytes) &&
               !(chat_is_stopping(&sim.server.chat) &&
                 oracle_is_sentence(W_SHUTDOWN, line, bytes, NULL))) {
        fail_line(reader, line, bytes);
    }
    reader->lines++;
}

/* A telnet refusal at the start of a line. @return true if `byte` belongs to it. */
static bool take_refusal(struct sim_reader *reader, char byte)
{
    uint8_t first = reader->line_bytes == 0 ? (uint8_t)byte : (uint8_t)reader->line[0];

    if (is_operators(reader) || first != 0xFF) {
        return false;
    }
    reader->line[reader->line_bytes++] = byte;
    if (reader->line_bytes == 3) {
        uint8_t verb = (uint8_t)reader->line[1];
        if (reader->refusals == 0 || (verb != 252 && verb != 254)) {
            sim_fail("a telnet command is sent to a peer that did not ask for it");
        }
        reader->refusals--;
        reader->line_bytes = 0;
    }
    return true;
}

void oracle_show(struct sim_reader *reader, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (take_refusal(reader, text[i])) {
            continue;
        }
        if (text[i] == '\n') {
            uint32_t n = reader->line_bytes;
            n -= n > 0 && reader->line[n - 1] == '\r';
            check_line(reader, reader->line, n);
            reader->line_bytes = 0;
        } else if (reader->line_bytes == sizeof reader->line) {
            sim_fail("a line without an end is shown");
        } else {
            reader->line[reader->line_bytes++] = text[i];
        }
    }
}

/* One or more pieces of a line have been shown, and more are to follow. @return its record. */
static uint32_t find_begun(struct sim_reader *reader)
{
    uint32_t index, number = find_old(reader, reader->line, reader->line_bytes, true);

    if (number == 0 && find_new(reader, reader->line, reader->line_bytes, true, &index)) {
        number = expected(reader, index);
    }
    for (unsigned i = 0; i < reader->answers && number == 0; i++) {
        const struct sim_record *echo = find_record(answer_at(reader, i)->echo);
        if (echo != NULL && begins_with(echo, reader->line, reader->line_bytes)) {
            number = echo->number;
        }
    }
    if (number == 0 && reader->asked > 0) {
        struct sim_reader after = *reader;
        oracle_begin_history(&after);
        number = find_old(&after, reader->line, reader->line_bytes, true);
    }
    const struct sim_record *record = find_record(number);
    return record != NULL && record->bytes - record->prefix_bytes > LWCHAT_RAW_BYTES &&
                   record->sender_bytes > 0 && reader->line_bytes > record->sender_bytes
               ? number
               : 0;
}

void oracle_show_message(struct sim_reader *reader, const char *text, size_t bytes, bool whole)
{
    const struct sim_record *begun = reader->in_pieces ? find_record(reader->pieces_of) : NULL;
    size_t sender_bytes = begun == NULL ? 0 : begun->sender_bytes;

    if (reader->message_bytes == 0) {
        reader->torn = reader->line_bytes > 0 && !reader->in_pieces;
    }
    /* Each piece begins with the sender. */
    for (; bytes > 0 && begun != NULL && reader->message_bytes < sender_bytes; bytes--) {
        if (*text++ != begun->text[begun->prefix_bytes + reader->message_bytes++]) {
            sim_fail("a piece is shown that does not begin as \"%.*s\" does", (int)begun->bytes,
                     begun->text);
        }
    }
    reader->message_bytes += (uint32_t)bytes;
    if (reader->message_bytes > LWCHAT_RAW_BYTES && !reader->torn) {
        sim_fail("a message of %u bytes is shown", (unsigned)reader->message_bytes);
    }
    oracle_show(reader, text, bytes);
    if (!whole) {
        return;
    }
    if (reader->in_pieces && reader->message_bytes <= sender_bytes) {
        sim_fail("a name is shown, and nothing that it says");
    }
    reader->message_bytes = 0;
    reader->pieces_of = reader->torn || reader->line_bytes == 0 ? 0 : find_begun(reader);
    reader->in_pieces = reader->pieces_of > 0;
    if (reader->line_bytes > 0 && !reader->in_pieces) {
        oracle_show(reader, "\n", 1);
    }
}

void oracle_refuse(struct sim_reader *reader, const char *text, size_t bytes)
{
    const char *end = memchr(text, '\n', bytes);

    /* A short write cuts the line, and the close follows. */
    if (reader->lines++ > 0 || (end != NULL && end != text + bytes - 1) ||
        (end != NULL && !oracle_is_sentence(W_FULL, text, bytes - 1, NULL) &&
         !oracle_is_sentence(W_TOO_MANY, text, bytes - 1, NULL) &&
         !oracle_is_sentence(W_BANNED, text, bytes - 1, NULL))) {
        sim_fail("a refused newcomer is shown \"%.*s\"", (int)bytes, text);
    }
    reader->fin = true;
}

static void check_answers(struct sim_reader *reader, const char *when)
{
    while (reader->answers > 0) {
        const struct sim_answer *answer = answer_at(reader, 0);
        if (!answer->begun && answer->later) {
            return;
        }
        if (!answer->begun && !answer->cut && reader->lossless) {
            const struct sim_record *echo = find_record(answer->echo);
            const char *text = "";
            if (echo != NULL) {
                text = echo->text;
            } else if (answer->words != NULL) {
                text = words_chat[answer->words[0]].text[sim.config.french];
            }
            sim_fail("%s, a command was not answered: \"%.*s\"", when,
                     (int)(echo != NULL ? echo->bytes : strlen(text)), text);
        }
        drop_answers(reader, 1);
    }
}

void oracle_check_shown(struct sim_reader *reader, const char *when)
{
    uint32_t missed = 0;

    for (uint32_t i = 0; i < reader->count; i++) {
        const struct sim_record *record = find_record(expected(reader, i));
        missed += counts(reader, i);
        if (reader->lossless || is_kept(record) || missed > reader->missed) {
            sim_fail("%s, \"%.*s\" was not shown and nobody says so", when,
                     record == NULL ? 0 : (int)record->bytes, record == NULL ? "" : record->text);
        }
    }
    if (missed != reader->missed) {
        sim_fail("%s, a reader was told that it missed %u messages; it missed %u", when,
                 (unsigned)reader->missed, (unsigned)missed);
    }
    if (!is_history_over(reader)) {
        sim_fail("%s, some history was not shown and nobody says so", when);
    }
    drop(reader, reader->count);
    end_history(reader);
    check_answers(reader, when);
    if (reader->asked > 0 && reader->asked_until == 0) {
        reader->asked_until = newest + 1; /* it is due at once */
        reader->asked_idle = 0;
    } else if (reader->asked > 0 && !chat_is_held(&sim.server.chat) &&
               ++reader->asked_idle == IDLE_PASSES) {
        oracle_begin_history(reader);
        if (!is_history_over(reader)) {
            sim_fail("%s, history was asked for and not shown", when);
        }
        end_history(reader);
    }
}
