/*
 * The witness reads the console as an operator does who misses nothing: in a
 * copy of the chat, so that the chat itself goes on as if nobody had read.
 * That tells who is here, in which room, and in which order all is said that
 * more than one person hears. The rest follows from what peers and the
 * operator have sent, of which the server tells what it has consumed.
 */
#include "sim.h"
#include "speech.h"

#include "core/nick.h"

#include <stdio.h>
#include <string.h>

struct sim_room sim_room[SIM_ROOMS] = {
    {.name = "#lobby"}, {.name = "#a"}, {.name = "#b"}, {.name = "#c"}, {.name = "#d"}};
struct sim_person sim_person[LWCHAT_MAX_SESSIONS];

static uint32_t seen;   /* chat_records() at the last look */
static uint32_t hidden; /* records of the current look that the console is not shown */
static bool stopping;   /* since an earlier look: nobody is told anything any more */
static struct chat copy;

void witness_begin(void)
{
    memset(sim_person, 0, sizeof sim_person);
    for (unsigned i = 0; i < SIM_ROOMS; i++) {
        sim_room[i].generation = sim_room[i].people = 0;
    }
    seen = hidden = 0;
    stopping = false;
}

/* --- People -------------------------------------------------------------------- */

static struct sim_person *find_exactly(struct sim_text nick)
{
    for (unsigned i = 0; i < LWCHAT_MAX_SESSIONS; i++) {
        struct sim_person *person = &sim_person[i];
        if (person->port != 0 && person->nick_bytes == nick.bytes &&
            memcmp(person->nick, nick.text, nick.bytes) == 0) {
            return person;
        }
    }
    sim_fail("nobody is called %.*s", (int)nick.bytes, nick.text);
}

static struct sim_person *find_alike(const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < LWCHAT_MAX_SESSIONS; i++) {
        struct sim_person *person = &sim_person[i];
        if (person->port != 0 && nick_alike(person->nick, person->nick_bytes, nick, bytes)) {
            return person;
        }
    }
    return NULL;
}

struct sim_person *witness_person_of(const struct sim_peer *peer)
{
    for (unsigned i = 0; i < LWCHAT_MAX_SESSIONS; i++) {
        if (sim_person[i].port != 0 && sim_person[i].peer == peer) {
            return &sim_person[i];
        }
    }
    return NULL;
}

void witness_closed(const struct sim_peer *peer)
{
    struct sim_person *person = witness_person_of(peer);

    if (person != NULL) {
        person->peer = NULL;
    }
}

static void set_nick(struct sim_person *person, struct sim_text nick)
{
    const struct sim_person *other = find_alike(nick.text, nick.bytes);

    if (other != NULL && other != person) {
        sim_fail("%.*s and %.*s are here", other->nick_bytes, other->nick, (int)nick.bytes,
                 nick.text);
    }
    if (nick.bytes > sizeof person->nick) {
        sim_fail("%.*s is too long for a nick", (int)nick.bytes, nick.text);
    }
    person->nick_bytes = (uint8_t)nick.bytes;
    memcpy(person->nick, nick.text, nick.bytes);
}

/* A room is removed with the last person who is in it or about to enter it. */
static void count_rooms(void)
{
    for (unsigned i = 0; i < SIM_ROOMS; i++) {
        unsigned people = 0;
        for (unsigned k = 0; k < LWCHAT_MAX_SESSIONS; k++) {
            const struct sim_person *person = &sim_person[k];
            people += person->port != 0 && (person->room == i || person->next_room == i);
        }
        sim_room[i].generation += i > 0 && people == 0 && sim_room[i].people > 0;
        sim_room[i].people = people;
    }
}

static uint8_t find_room(const char *name, size_t bytes)
{
    uint8_t room = 0;

    while (room < SIM_ROOMS && (strlen(sim_room[room].name) != bytes ||
                                memcmp(sim_room[room].name, name, bytes) != 0)) {
        room++;
    }
    return room;
}

/* --- What happens ----------------------------------------------------------------- */

static void put_text(struct sim_record *record, const char *text)
{
    oracle_put(record, text, strlen(text));
}

/* The text put so far names the sender. */
static void end_sender(struct sim_record *record)
{
    record->sender_bytes = (uint8_t)(record->bytes - record->prefix_bytes);
}

/* A line of the console's. Without a `room`, nobody else is shown it. */
static struct sim_record *add_line(enum sim_record_kind kind, uint8_t room, struct sim_text line,
                                   size_t nick_bytes, size_t text_bytes)
{
    struct sim_record *record = oracle_add(kind, nick_bytes, text_bytes);

    record->room = room;
    if (room < SIM_ROOMS) {
        record->generation = sim_room[room].generation;
        put_text(record, sim_room[room].name);
        put_text(record, " ");
        record->prefix_bytes = (uint8_t)record->bytes;
    }
    oracle_put(record, line.text, line.bytes);
    sim_trace("  log: %.*s", (int)record->bytes, record->text);
    oracle_expect(&seat_reader, record->number);
    return record;
}

/* Everybody in the room, or in any, must be shown a record, except one. */
static void tell(const struct sim_record *record, uint8_t room, const struct sim_person *but)
{
    for (unsigned i = 0; i < LWCHAT_MAX_SESSIONS && !stopping; i++) {
        const struct sim_person *person = &sim_person[i];
        if (person->port != 0 && person != but && person->peer != NULL &&
            person->room != SIM_NOWHERE && (room == SIM_NOWHERE || person->room == room)) {
            oracle_expect(&person->peer->reader, record->number);
        }
    }
}

static void add_notice(struct sim_person *from, struct sim_text line)
{
    tell(add_line(RECORD_NOTICE, from->room, line, 0, line.bytes), from->room, from);
}

static void said(struct sim_person *from, enum sim_intent_kind kind, struct sim_text line,
                 size_t sender_bytes)
{
    struct sim_text text = {line.text + sender_bytes, line.bytes - sender_bytes};

    foreign_check_record(text.text, text.bytes);
    if (from->peer == NULL) {
        sim_fail("%.*s, who has no connection, says %.*s", from->nick_bytes, from->nick,
                 (int)text.bytes, text.text);
    }
    peer_heard(from->peer, kind, text.text, text.bytes);
    oracle_begin_history(&from->peer->reader); /* only then is more of its input consumed */
    struct sim_record *record =
        add_line(RECORD_SAID, from->room, line, from->nick_bytes, text.bytes);
    record->sender_bytes = (uint8_t)sender_bytes;
    tell(record, from->room, from);
}

static void joined(struct sim_person *person, uint8_t room, struct sim_text line)
{
    struct sim_peer *peer = person->peer;

    if (person->room != SIM_NOWHERE) {
        sim_fail("%.*s joins and is here", person->nick_bytes, person->nick);
    }
    person->room = room;
    struct sim_record *record = add_line(RECORD_NOTICE, room, line, 0, line.bytes);
    tell(record, room, person);
    if (peer != NULL && !peer->reset) {
        oracle_check_shown(&peer->reader, "before the next room");
        oracle_expect_history(&peer->reader, room, sim_room[room].generation, LWCHAT_HISTORY,
                              record->number);
    }
    person->next_room = SIM_NOWHERE;
    count_rooms();
}

static void left(struct sim_person *person, struct sim_text line, bool kicked)
{
    static const uint8_t words[] = {W_YOU_WERE_KICKED, W_YOU_WERE_KICKED_FOR};
    struct sim_peer *peer = person->peer;

    if (kicked) {
        seat_heard_kick(person->nick, person->nick_bytes);
    }
    if (peer != NULL && kicked) {
        peer->thrown_out = true;
        oracle_expect_answer(&peer->reader,
                             (struct sim_answer){.words = words, .count = sizeof words});
    } else if (peer != NULL) {
        peer_left(peer);
    }
    if (peer != NULL) {
        oracle_leave(&peer->reader);
    }
    add_notice(person, line);
    person->room = SIM_NOWHERE;
    count_rooms();
}

static bool is_nick(struct sim_text text)
{
    return memchr(text.text, ' ', text.bytes) == NULL;
}

/* True for a notice about one person, whose nick comes first. */
static bool is_notice(enum word_chat word, struct sim_text line, struct sim_text *argument)
{
    return oracle_is_sentence(word, line.text, line.bytes, argument) && is_nick(argument[0]);
}

/* A line of a room. `room` is not known if it was removed meanwhile. */
static void happen_in_room(uint8_t room, struct sim_text line)
{
    const char *end = memchr(line.text, '>', line.bytes);
    struct sim_text a[2];

    if (is_notice(W_JOINED, line, a)) {
        joined(find_exactly(a[0]), room, line);
        return;
    }
    bool notice = line.bytes > 4 && memcmp(line.text, "*** ", 4) == 0;
    bool acts = !notice && line.bytes > 2 && memcmp(line.text, "* ", 2) == 0;
    bool leaves = notice && (is_notice(W_LEFT, line, a) || is_notice(W_LEFT_SAYING, line, a));
    bool kicked = notice && !leaves && is_notice(W_KICKED, line, a);
    bool renamed = notice && !leaves && !kicked && is_notice(W_RENAMED, line, a);
    if (acts) {
        end = memchr(line.text + 2, ' ', line.bytes - 2);
        a[0].text = line.text + 2;
    } else if (!notice) {
        a[0].text = line.text;
    }
    if (!notice && end != NULL) {
        a[0].bytes = (size_t)(end - a[0].text);
    } else if (!leaves && !kicked && !renamed) {
        sim_fail("the console shows \"%.*s\"", (int)line.bytes, line.text);
    }
    struct sim_person *person = find_exactly(a[0]);
    if (room != SIM_NOWHERE && person->room != room) {
        sim_fail("the console shows \"%.*s\" in another room", (int)line.bytes, line.text);
    }
    if (leaves || kicked) {
        left(person, line, kicked);
    } else if (renamed) {
        if (person->peer != NULL) {
            peer_renamed(person->peer, a[1].text, a[1].bytes);
        }
        add_notice(person, line);
        set_nick(person, a[1]);
    } else {
        said(person, acts ? INTENT_ME : INTENT_SAY, line,
             (size_t)(end - line.text) + (acts ? 1U : 2U));
    }
}

/* The number at the end of a line, before a full stop. */
static size_t last_number(struct sim_text line)
{
    size_t number = 0, unit = 1;

    for (size_t i = line.bytes - 2; line.text[i] >= '0' && line.text[i] <= '9'; i--) {
        number += unit * (size_t)(line.text[i] - '0');
        unit *= 10;
    }
    return number;
}

/* A peer has become a person, with a nick, but is not in a room yet. */
static void connected(struct sim_text nick, struct sim_text address, uint16_t port)
{
    struct sim_peer *peer = peer_at_port(port);
    struct sim_person *person = sim_person;
    char known[20];

    while (person->port != 0) {
        if (++person == sim_person + LWCHAT_MAX_SESSIONS) {
            sim_fail("there are more people than places");
        }
    }
    if (peer != NULL) {
        int n = snprintf(known, sizeof known, "%u.%u.%u.%u", (unsigned)(peer->ip >> 24),
                         (unsigned)(peer->ip >> 16 & 255), (unsigned)(peer->ip >> 8 & 255),
                         (unsigned)(peer->ip & 255));
        address.bytes = strcspn(address.text, ",");
        if ((size_t)n != address.bytes || memcmp(known, address.text, address.bytes) != 0) {
            sim_fail("%u: has another address than the operator is told", port);
        }
    }
    *person = (struct sim_person){
        .peer = peer, .port = port, .room = SIM_NOWHERE, .next_room = SIM_NOWHERE};
    set_nick(person, nick);
}

static void disconnected(struct sim_text nick)
{
    struct sim_person *person = find_exactly(nick);

    if (person->room != SIM_NOWHERE) {
        sim_fail("%.*s is gone, and nobody was told", person->nick_bytes, person->nick);
    }
    person->port = 0;
    count_rooms();
}

/* The operator is told how many bytes of a lost client's input were dropped. */
static void unheard(size_t bytes)
{
    if (bytes > sim.unheard) {
        sim_fail("the console is told of %zu dropped bytes, of %zu", bytes, sim.unheard);
    }
    sim.unheard -= bytes;
}

/* A line that only the operator is shown. */
static void happen_to_operator(struct sim_text line)
{
    struct sim_text a[2];

    if (oracle_is_sentence(W_CLIENT, line.text, line.bytes, a)) {
        connected(a[0], a[1], (uint16_t)last_number(line));
    } else if (oracle_is_sentence(W_CLIENT_GONE, line.text, line.bytes, a)) {
        disconnected(a[0]);
    } else if (oracle_is_sentence(W_UNHEARD, line.text, line.bytes, a)) {
        unheard(last_number(line));
    } else if (line.text[0] == '[') {
        foreign_check_record(line.text, line.bytes);
    }
    add_line(RECORD_NOTICE, SIM_NOWHERE, line, 0, line.bytes);
}

static void happen(struct sim_text line)
{
    if (line.bytes == 0 || line.text[0] != '#') {
        happen_to_operator(line);
        return;
    }
    const char *blank = memchr(line.text, ' ', line.bytes);
    size_t name_bytes = blank == NULL ? line.bytes : (size_t)(blank - line.text);
    uint8_t room = find_room(line.text, name_bytes);
    if (room == SIM_NOWHERE && (name_bytes != 2 || line.text[1] != '?')) {
        sim_fail("the console shows a room that nobody has entered: %.*s", (int)line.bytes,
                 line.text);
    }
    happen_in_room(room, (struct sim_text){blank + 1, line.bytes - name_bytes - 1});
}

/* How often a peer has yet to be shown a sentence. */
static unsigned foresees(const struct sim_peer *peer, enum word_chat word);

/* --- What the console is not shown ---------------------------------------------------- */

bool witness_private(struct sim_peer *from, const char *nick, const char *text, size_t bytes,
                     bool cut)
{
    const struct sim_person *sender = witness_person_of(from);
    struct sim_person *to = find_alike(nick, strlen(nick));
    bool to_operator =
        to == NULL && nick_alike(sim.config.name, strlen(sim.config.name), nick, strlen(nick));

    if (sender == NULL || (to == NULL && !to_operator)) {
        return false;
    }
    if (to != NULL && to != sender && to->peer != NULL) {
        struct sim_record *record = oracle_add(RECORD_PRIVATE, 0, 0);
        put_text(record, "[");
        oracle_put(record, sender->nick, sender->nick_bytes);
        put_text(record, "] ");
        end_sender(record);
        oracle_put(record, text, bytes);
        if (cut) {
            oracle_expect_answer(&to->peer->reader,
                                 (struct sim_answer){.echo = record->number, .cut = true});
            return true;
        }
        oracle_expect(&to->peer->reader, record->number);
        sim_trace("  log: to %.*s: %.*s", to->nick_bytes, to->nick, (int)record->bytes,
                  record->text);
    }
    struct sim_record *echo = oracle_add(RECORD_ECHO, 0, 0);
    put_text(echo, "[-> ");
    oracle_put(echo, to_operator ? sim.config.name : to->nick,
               to_operator ? strlen(sim.config.name) : to->nick_bytes);
    put_text(echo, "] ");
    end_sender(echo);
    oracle_put(echo, text, bytes);
    oracle_expect_answer(&from->reader, (struct sim_answer){.echo = echo->number});
    return true;
}

void witness_operator_said(const char *text, size_t bytes)
{
    struct sim_record *record = oracle_add(RECORD_PRIVATE, 0, 0);

    put_text(record, sim.config.name);
    put_text(record, "> ");
    end_sender(record);
    oracle_put(record, text, bytes);
    sim_trace("  log: to all: %.*s", (int)record->bytes, record->text);
    tell(record, SIM_NOWHERE, NULL);
}

void witness_goes(const struct sim_peer *peer, const char *name)
{
    struct sim_person *person = witness_person_of(peer);
    uint8_t room = find_room(name, strlen(name));

    if (person == NULL || room == SIM_NOWHERE || room == person->room) {
        return;
    }
    if (sim_room[room].people > 0 || hidden == 0 || foresees(peer, W_ROOMS_FULL) == 0) {
        person->next_room = room;
        count_rooms();
    }
}

void witness_before_timers(void)
{
    (void)witness_look();
    for (unsigned i = 0; i < SIM_PEERS; i++) {
        struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_CONNECTED && peer->dropped > 0) {
            peer->dropped = foresees(peer, W_DROPPED);
        }
    }
}

void witness_after_timers(void)
{
    bool any = witness_look() > 0;

    for (unsigned i = 0; i < SIM_PEERS && any; i++) {
        struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_CONNECTED && foresees(peer, W_DROPPED) > peer->dropped) {
            peer_dropped(peer);
        }
    }
}

/* --- Looking ------------------------------------------------------------------------------ */

/* Reads all that a session has yet to be shown, in lines. @return how much that is. */
static size_t read_all(unsigned session, char *text, size_t most)
{
    struct chat *chat = &sim.server.chat;
    size_t bytes, total = 0;

    for (;;) {
        const char *out = chat_output(chat, session, &bytes);
        if (bytes == 0) {
            return total;
        }
        if (bytes >= most - total) {
            sim_fail("session %u has more to be shown than the log holds", session);
        }
        memcpy(text + total, out, bytes);
        total += bytes;
        if (chat_wants_apart(chat, session)) {
            text[total++] = '\n';
        }
        chat_taken(chat, session, bytes);
    }
}

enum { TEXT_BYTES = 4 * LWCHAT_LOG_BYTES + 16384 };
static char text[TEXT_BYTES];

static unsigned foresees(const struct sim_peer *peer, enum word_chat word)
{
    static char future[TEXT_BYTES];
    unsigned session = sock_session(peer), count = 0;

    if (session == CHAT_OPERATOR) {
        return 0;
    }
    copy = sim.server.chat;
    size_t bytes = read_all(session, future, sizeof future);
    sim.server.chat = copy;
    for (size_t end, begin = 0; begin < bytes; begin = end + 1) {
        const char *stop = memchr(future + begin, '\n', bytes - begin);
        end = stop == NULL ? bytes : (size_t)(stop - future);
        size_t line_bytes = end - begin;
        line_bytes -= line_bytes > 0 && future[end - 1] == '\r';
        count += oracle_is_sentence(word, future + begin, line_bytes, NULL);
    }
    return count;
}

/*
 * Finds the lines that are new to the witness, among those that the operator
 * has yet to be shown. @return how many there are, from `text` on.
 */
static uint32_t find_new_lines(size_t bytes)
{
    static struct sim_reader ahead;
    uint32_t lines = 0;
    size_t kept = 0;

    ahead = seat_reader;
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n') {
            ahead.line[ahead.line_bytes++] = text[i];
            continue;
        }
        if (!oracle_take(&ahead, ahead.line, ahead.line_bytes)) {
            memcpy(text + kept, ahead.line, ahead.line_bytes);
            kept += ahead.line_bytes;
            text[kept++] = '\n';
            lines++;
        }
        ahead.line_bytes = 0;
    }
    return lines;
}

uint32_t witness_look(void)
{
    struct chat *chat = &sim.server.chat;
    uint32_t count = chat_records(chat) - seen;

    hidden = 0;
    if (count == 0) {
        check_held();
        stopping = chat_is_stopping(chat);
        return 0;
    }
    seen += count;
    copy = *chat;
    size_t bytes = read_all(CHAT_OPERATOR, text, sizeof text);
    *chat = copy;
    uint32_t lines = find_new_lines(bytes);
    if (lines > count) {
        sim_fail("the console is shown %u lines, and %u things happened", (unsigned)lines,
                 (unsigned)count);
    }
    hidden = count - lines;
    for (const char *line = text; lines > 0; lines--) {
        size_t line_bytes = strcspn(line, "\n");
        happen((struct sim_text){line, line_bytes});
        line += line_bytes + 1;
    }
    oracle_add_unknown(hidden);
    seat_heard();
    check_held();
    stopping = chat_is_stopping(chat);
    return hidden;
}

/* --- Counting ------------------------------------------------------------------------------- */

/* The first numbers in a line. */
static void find_numbers(const char *line, size_t bytes, unsigned *number, size_t count)
{
    size_t at = 0;

    memset(number, 0, count * sizeof *number);
    for (size_t i = 0; i < bytes && at < count; i++) {
        if (line[i] >= '0' && line[i] <= '9') {
            number[at] = number[at] * 10 + (unsigned)(line[i] - '0');
            at += i + 1 < bytes && (line[i + 1] < '0' || line[i + 1] > '9');
        }
    }
}

static void check_people(const unsigned *told)
{
    unsigned people = 0, rooms = 0;

    for (unsigned i = 0; i < LWCHAT_MAX_SESSIONS; i++) {
        people += sim_person[i].port != 0;
    }
    for (unsigned i = 0; i < SIM_ROOMS; i++) {
        rooms += i == 0 || sim_room[i].people > 0;
    }
    if (told[0] != people || told[3] != rooms) {
        sim_fail("/stats tells of %u people in %u rooms, and %u are here in %u", told[0], told[3],
                 people, rooms);
    }
}

static void check_places(const unsigned *told)
{
    unsigned places = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        places += chat_state(&sim.server.chat, i) != CHAT_FREE;
    }
    if (told[0] != places) {
        sim_fail("/stats tells of %u places, and %u are taken", told[0], places);
    }
}

/* A peer has at most a line that it is in the middle of, and one that it is being shown. */
static void check_lines(const unsigned *told)
{
    unsigned lines = seat_reader.line_bytes > 0;

    for (unsigned i = 0; i < SIM_PEERS; i++) {
        const struct sim_peer *peer = &sim_peer[i];
        if (peer->state == PEER_CONNECTED && sock_session(peer) != CHAT_OPERATOR) {
            lines += speech_is_in_line(peer);
            lines += peer->reader.line_bytes > 0 || peer->reader.message_bytes > 0;
        }
    }
    if (told[0] > lines) {
        sim_fail("/stats tells of %u incomplete lines, and there are %u", told[0], lines);
    }
}

void witness_check_stats(void)
{
    static const uint8_t ask[] = "/stats\n";
    struct chat *chat = &sim.server.chat;
    unsigned number[4];

    (void)witness_look();
    if (chat_is_stopping(chat) || !chat_reads(chat, CHAT_OPERATOR) || !seat_is_between_lines()) {
        return;
    }
    copy = *chat;
    (void)chat_receive(chat, CHAT_OPERATOR, ask, sizeof ask - 1);
    size_t bytes = read_all(CHAT_OPERATOR, text, sizeof text - 1);
    *chat = copy;
    text[bytes] = '\0';
    for (const char *line = text; *line != '\0';) {
        size_t line_bytes = strcspn(line, "\n");
        find_numbers(line, line_bytes, number, 4);
        if (oracle_is_sentence(W_STATS_PEOPLE, line, line_bytes, NULL)) {
            check_people(number);
        } else if (oracle_is_sentence(W_STATS_PLACES, line, line_bytes, NULL)) {
            check_places(number);
        } else if (oracle_is_sentence(W_STATS_LINES, line, line_bytes, NULL)) {
            check_lines(number);
        }
        line += line_bytes + (line[line_bytes] == '\n');
    }
}
