#include "unit.h"

#include "model.h"

#include "core/log.h"

enum {
    /* In the log: the smallest record, the largest one that is not a message, and the largest. */
    LEAST_BYTES = 24,
    MOST_BYTES = 32 + sizeof((struct words_arguments){0}.text),
    LARGEST_BYTES = 40 + 2 * LWCHAT_NICK_BYTES + LWCHAT_LINE_BYTES
};

/* Bytes appended to the log since the start, within bounds. */
struct extent {
    uint64_t least, most;
};

struct said {
    struct extent before; /* it was appended */
    char *line;
};

struct model_room {
    char name[LWCHAT_ROOM_BYTES + 1]; /* empty: free */
    struct said *said;
    size_t count, room_for;
};

struct model_person model[CHAT_SESSIONS];
unsigned long model_heard, model_missed, model_replayed;
static struct extent appended, observed; /* so far; when last observed */
static uint32_t records;                 /* counted in `appended` */
static unsigned guests;
static struct model_room rooms[LWCHAT_MAX_ROOMS];

/* --- Queues ------------------------------------------------------------------ */

static char *copy_of(const char *text)
{
    char *copy = malloc(strlen(text) + 1);

    assert_non_null(copy);
    return strcpy(copy, text);
}

static void expect(unsigned session, bool counts, const char *text)
{
    struct model_person *person = &model[session];

    if (person->lines == person->room_for) {
        person->room_for = 2 * person->room_for + 64;
        person->line = realloc(person->line, person->room_for * sizeof *person->line);
        assert_non_null(person->line);
    }
    person->line[person->lines++] = (struct model_line){copy_of(text), counts, false, false};
}

static void forget_lines(struct model_person *person)
{
    for (size_t i = 0; i < person->lines; i++) {
        free(person->line[i].text);
    }
    free(person->line);
    person->line = NULL;
    person->lines = person->room_for = 0;
}

static void tell_operator(const char *room, const char *text)
{
    char shown[2 * LWCHAT_SHOWN_BYTES];

    snprintf(shown, sizeof shown, "%s%s%s", room, room[0] != '\0' ? " " : "", text);
    expect(CHAT_OPERATOR, true, shown);
}

static void tell_room(const char *room, unsigned but, bool counts, const char *text)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (i != but && model[i].stage == MODEL_HERE && strcmp(model[i].room, room) == 0) {
            expect(i, counts, text);
        }
    }
    tell_operator(room, text);
}

/* --- Rooms ------------------------------------------------------------------- */

static unsigned people_of(const char *room)
{
    unsigned people = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        people += (model[i].stage == MODEL_HERE || model[i].stage == MODEL_LEAVING) &&
                  (strcmp(model[i].room, room) == 0 || strcmp(model[i].next_room, room) == 0);
    }
    return people;
}

static void empty_room(struct model_room *room)
{
    for (size_t i = 0; i < room->count; i++) {
        free(room->said[i].line);
    }
    free(room->said);
    *room = (struct model_room){.count = 0};
}

static void forget_empty_rooms(void)
{
    for (unsigned i = 1; i < LWCHAT_MAX_ROOMS; i++) {
        if (people_of(rooms[i].name) == 0) {
            empty_room(&rooms[i]);
        }
    }
}

static struct model_room *room_of(const char *name)
{
    struct model_room *empty = NULL;

    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        if (strcmp(rooms[i].name, name) == 0) {
            return &rooms[i];
        }
        empty = rooms[i].name[0] == '\0' ? &rooms[i] : empty;
    }
    if (empty != NULL) {
        strcpy(empty->name, name);
    }
    return empty;
}

/* Adds the records other than messages that were appended since. */
static void count_others(void)
{
    uint32_t count = chat_records(&chat) - records;

    records += count;
    appended.least += count * (uint64_t)LEAST_BYTES;
    appended.most += count * (uint64_t)MOST_BYTES;
}

static void count_text(size_t nick_bytes, size_t bytes)
{
    uint16_t record_bytes = log_record_bytes(nick_bytes, bytes);

    records++;
    appended.least += record_bytes;
    appended.most += record_bytes;
}

/* The log certainly holds it. */
static bool is_kept(const struct said *said)
{
    return appended.most - said->before.most + LARGEST_BYTES <= LWCHAT_LOG_BYTES;
}

/* The log certainly did not hold it when last observed. */
static bool was_gone(const struct said *said)
{
    return observed.least > said->before.least + LWCHAT_LOG_BYTES;
}

static void expect_history(unsigned session, uint16_t messages)
{
    const struct model_room *room = room_of(model[session].room);
    size_t from = room->count;

    count_others();
    while (from > 0 && room->count - from < messages && !was_gone(&room->said[from - 1])) {
        from--;
    }
    for (; from < room->count; from++) {
        expect(session, false, room->said[from].line);
        struct model_line *line = &model[session].line[model[session].lines - 1];
        line->old = true;
        line->maybe = !is_kept(&room->said[from]);
        model_replayed++;
    }
}

static void remember(const char *name, const char *nick, const char *text, const char *line)
{
    struct model_room *room = room_of(name);

    if (room->count == room->room_for) {
        room->room_for = 2 * room->room_for + 64;
        room->said = realloc(room->said, room->room_for * sizeof *room->said);
        assert_non_null(room->said);
    }
    room->said[room->count++] = (struct said){appended, copy_of(line)};
    count_text(strlen(nick), strlen(text));
}

/* --- Joining, leaving, changing rooms -------------------------------------------- */

void model_start(void)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        forget_lines(&model[i]);
        memset(&model[i], 0, sizeof model[i]);
    }
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        empty_room(&rooms[i]);
    }
    strcpy(rooms[0].name, "#lobby");
    strcpy(model[CHAT_OPERATOR].nick, "Marcel");
    model[CHAT_OPERATOR].places = 1;
    model[CHAT_OPERATOR].may_miss = true;
    model_heard = model_missed = model_replayed = 0;
    appended = observed = (struct extent){0, 0};
    records = chat_records(&chat);
    guests = 0;
}

static void tell_of_client(const char *what, unsigned session)
{
    char text[128];

    snprintf(text, sizeof text, "Client %s: %s, address 10.0.0.%u, port %u.", what,
             model[session].nick, session, (unsigned)model[session].port);
    tell_operator("", text);
}

void model_joins(unsigned session, uint16_t port)
{
    forget_lines(&model[session]);
    model[session] = (struct model_person){.stage = MODEL_ARRIVING, .port = port, .places = 1};
    model_observe();
}

static void has_joined(unsigned session)
{
    struct model_person *person = &model[session];
    char text[128];

    snprintf(person->nick, sizeof person->nick, "guest%u", ++guests);
    strcpy(person->room, "#lobby");
    tell_of_client("connected", session);
    snprintf(text, sizeof text, "*** %s joined", person->nick);
    tell_room("#lobby", session, false, text);
    person->stage = MODEL_HERE;
    expect(session, false, "You are connected to server Marcel. Send your messages.");
    snprintf(text, sizeof text, "*** You are %s. /help lists the commands, /quit leaves.",
             person->nick);
    expect(session, false, text);
    expect_history(session, LWCHAT_HISTORY);
}

static void has_left(unsigned session, const char *how)
{
    char text[2 * LWCHAT_SHOWN_BYTES];

    snprintf(text, sizeof text, "*** %s %s", model[session].nick, how);
    model[session].stage = MODEL_AWAY;
    tell_room(model[session].room, session, false, text);
    tell_of_client("disconnected", session);
    forget_empty_rooms();
}

static void has_got_there(unsigned session)
{
    struct model_person *person = &model[session];
    bool moves = strcmp(person->room, person->next_room) != 0;
    char text[128];

    /* It moves only after it has heard everything from the old room. */
    assert_true(model_has_heard_all(session));
    if (moves) {
        snprintf(text, sizeof text, "*** %s left", person->nick);
        tell_room(person->room, session, false, text);
        strcpy(person->room, person->next_room);
        snprintf(text, sizeof text, "*** %s joined", person->nick);
        tell_room(person->room, session, false, text);
        snprintf(text, sizeof text, "*** You are in %s.", person->room);
        expect(session, false, text);
    }
    person->next_room[0] = '\0';
    expect_history(session, person->replay);
    forget_empty_rooms();
}

static bool begins(const char *out, size_t bytes, const char *line)
{
    size_t n = strlen(line);

    return bytes >= n && memcmp(out, line, n) == 0;
}

/* Whether it is next to hear the name of its new room, or history. */
static bool hears_of_move(unsigned session)
{
    const struct model_room *room = room_of(model[session].room);
    static struct chat copy;
    size_t bytes;

    copy = chat;
    const char *out = chat_output(&chat, session, &bytes);
    bool stays = strcmp(model[session].room, model[session].next_room) == 0;
    bool moved = begins(out, bytes, stays ? "*** the history lacks " : "*** You are in ");
    for (size_t i = 0; i < room->count && stays && !moved; i++) {
        size_t n = strlen(room->said[i].line);
        moved = begins(out, bytes, room->said[i].line) && (bytes == n || out[n] == '\n');
    }
    chat = copy; /* as if nobody had asked */
    return moved;
}

/* While a session waits to move, its input is not read, and it has heard everything. */
static bool has_moved(unsigned session)
{
    return chat_reads(&chat, session) || (model_has_heard_all(session) && hears_of_move(session));
}

static void observe(unsigned session)
{
    const struct model_person *person = &model[session];
    enum chat_state state = chat_state(&chat, session);

    if (person->stage == MODEL_ARRIVING && state == CHAT_ACTIVE) {
        has_joined(session);
    }
    if (person->stage == MODEL_LEAVING && state == CHAT_FREE) {
        has_left(session, "left");
    }
    if (person->stage == MODEL_HERE && person->next_room[0] != '\0' && has_moved(session)) {
        has_got_there(session);
    }
}

void model_observe(void)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        observe(i);
    }
    count_others();
    observed = appended;
}

void model_releases(unsigned session)
{
    model[session].stage = model[session].stage == MODEL_HERE ? MODEL_LEAVING : MODEL_AWAY;
    observe(session);
}

/* --- Speaking ---------------------------------------------------------------------- */

static void say(unsigned session, const char *form, const char *text)
{
    const struct model_person *person = &model[session];
    char line[2 * LWCHAT_SHOWN_BYTES];

    snprintf(line, sizeof line, form, person->nick, text);
    if (session == CHAT_OPERATOR) {
        for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
            if (model[i].stage == MODEL_HERE) {
                expect(i, true, line);
            }
        }
        return;
    }
    tell_room(person->room, session, true, line);
    remember(person->room, person->nick, text, line);
}

void model_says(unsigned session, const char *text)
{
    say(session, "%s> %s", text);
}

void model_does(unsigned session, const char *text)
{
    say(session, "* %s %s", text);
}

void model_tells(unsigned session, const char *nick, const char *text)
{
    char line[2 * LWCHAT_SHOWN_BYTES];

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        if ((i == CHAT_OPERATOR || model[i].stage == MODEL_HERE) &&
            strcmp(model[i].nick, nick) == 0) {
            snprintf(line, sizeof line, "[%s] %s", model[session].nick, text);
            if (i != session) {
                expect(i, true, line);
            }
            snprintf(line, sizeof line, "[-> %s] %s", nick, text);
            expect(session, false, line);
            return;
        }
    }
    snprintf(line, sizeof line, "!!! nobody is called \"%s\": /who lists who is here", nick);
    expect(session, false, line);
}

void model_renames(unsigned session, const char *nick)
{
    struct model_person *person = &model[session];
    char text[128];

    snprintf(text, sizeof text, "*** %s is now %s", person->nick, nick);
    tell_room(person->room, session, false, text);
    strcpy(person->nick, nick);
    snprintf(text, sizeof text, "*** You are now %s.", nick);
    expect(session, false, text);
}

void model_goes(unsigned session, const char *room)
{
    char text[128];

    bool refused = chat_reads(&chat, session);
    assert_true(refused || room_of(room) != NULL);
    if (refused) {
        /* All rooms are in use, or a session that is ending still has one to read. */
        bool ending = false;
        for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
            ending = ending || model[i].stage == MODEL_ENDING;
        }
        assert_true(people_of(room) == 0 && (ending || room_of(room) == NULL));
        forget_empty_rooms();
        snprintf(text, sizeof text,
                 "!!! cannot open the room \"%s\": %d rooms at most, /rooms lists them", room,
                 LWCHAT_MAX_ROOMS);
        expect(session, false, text);
        return;
    }
    strcpy(model[session].next_room, room);
    model[session].replay = LWCHAT_HISTORY;
}

void model_asks_history(unsigned session, uint16_t messages)
{
    strcpy(model[session].next_room, model[session].room);
    model[session].replay = messages;
}

void model_quits(unsigned session, const char *text)
{
    char how[LWCHAT_SHOWN_BYTES];

    snprintf(how, sizeof how, "left%s%s", text[0] == '\0' ? "" : ": ", text);
    has_left(session, how);
    expect(session, false, "fin");
    model[session].stage = MODEL_ENDING;
}

void model_is_kicked(unsigned session)
{
    expect(session, false, "*** You were kicked");
    has_left(session, "was kicked");
    expect(session, false, "fin");
    model[session].stage = MODEL_ENDING;
}

void model_is_told(unsigned session, const char *text)
{
    expect(session, false, text);
}

unsigned model_anybody(struct dice *dice, unsigned but)
{
    unsigned start = dice_below(dice, CHAT_SESSIONS);

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        unsigned session = (start + i) % CHAT_SESSIONS;
        if (session != but && session != CHAT_OPERATOR && model[session].stage == MODEL_HERE) {
            return session;
        }
    }
    return CHAT_OPERATOR;
}

/* --- Hearing ----------------------------------------------------------------------- */

/* The console shows "#?" for a room that is gone and whose slot has been reused. */
static bool same_line(const char *expected, const char *heard)
{
    if (strncmp(heard, "#? ", 3) == 0 && expected[0] == '#') {
        return strcmp(strchr(expected, ' '), heard + 2) == 0;
    }
    return strcmp(expected, heard) == 0;
}

/* Adds each place after an occurrence of `line` that the reader may have reached from `from`. */
static void reach(const struct model_person *person, size_t from, const char *line, size_t *places,
                  unsigned *count)
{
    unsigned long passed = 0, gone = 0, maybe = 0;

    for (size_t at = from; at < person->lines; at++) {
        bool told =
            passed == person->missed && gone <= person->hole && person->hole <= gone + maybe;
        if (told && same_line(person->line[at].text, line)) {
            bool known = false;
            for (unsigned i = 0; i < *count; i++) {
                known = known || places[i] == at + 1;
            }
            if (!known && *count < MODEL_PLACES) {
                places[(*count)++] = at + 1;
            }
        }
        if ((!person->may_miss && !person->line[at].old) || passed > person->missed ||
            gone > person->hole) {
            return;
        }
        passed += person->line[at].counts;
        gone += person->line[at].old && !person->line[at].maybe;
        maybe += person->line[at].maybe;
    }
}

static void hear_line(unsigned session, const char *line)
{
    struct model_person *person = &model[session];
    const char *missed = session == CHAT_OPERATOR ? "*** the console missed " : "*** you missed ";
    const char *hole = "*** the history lacks ";
    size_t places[MODEL_PLACES];
    unsigned count = 0;

    if (strncmp(line, missed, strlen(missed)) == 0) {
        char *end;
        unsigned long number = strtoul(line + strlen(missed), &end, 10);
        const char *what = session == CHAT_OPERATOR ? " line" : " message";
        assert_memory_equal(end, what, strlen(what));
        assert_string_equal(end + strlen(what), number == 1 ? "" : "s");
        assert_true(number > 0);
        assert_true(person->may_miss);
        person->missed += number;
        model_missed += number;
        return;
    }
    if (strncmp(line, hole, strlen(hole)) == 0) {
        char *end;
        unsigned long number = strtoul(line + strlen(hole), &end, 10);
        assert_string_equal(end, number == 1 ? " message here" : " messages here");
        assert_true(number > 0);
        person->hole += number;
        return;
    }
    /* Answers to /who are shown before what waits in the log. */
    if (strncmp(line, "*** in #", 8) == 0 || strncmp(line, "***   ", 6) == 0) {
        return;
    }
    for (unsigned i = 0; i < person->places; i++) {
        reach(person, person->place[i], line, places, &count);
    }
    if (count == 0) {
        size_t at = person->place[0];
        fail_msg("session %u (%s) heard \"%s\" after %lu missed, was to hear \"%s\" (%zu of %zu)",
                 session, person->nick, line, person->missed,
                 at < person->lines ? person->line[at].text : "(nothing)", at, person->lines);
    }
    memcpy(person->place, places, sizeof places);
    person->places = count;
    person->missed = person->hole = 0;
    person->ended = person->ended || (session != CHAT_OPERATOR && strcmp(line, "fin") == 0);
    model_heard++;
}

void model_hears(unsigned session, const char *bytes, size_t count)
{
    struct model_person *person = &model[session];

    for (size_t i = 0; i < count; i++) {
        assert_false(person->ended);
        if (bytes[i] == '\n') {
            person->part[person->part_bytes] = '\0';
            person->part_bytes = 0;
            hear_line(session, person->part);
        } else {
            assert_true(person->part_bytes < sizeof person->part - 1);
            person->part[person->part_bytes++] = bytes[i];
        }
    }
}

bool model_has_heard_all(unsigned session)
{
    const struct model_person *person = &model[session];

    if (person->part_bytes > 0) {
        return false;
    }
    for (unsigned i = 0; i < person->places; i++) {
        unsigned long passed = 0, gone = 0, maybe = 0;
        for (size_t at = person->place[i]; at < person->lines; at++) {
            passed += person->line[at].counts;
            gone += person->line[at].old && !person->line[at].maybe;
            maybe += person->line[at].maybe;
        }
        bool all_old = gone + maybe == person->lines - person->place[i];
        bool told = gone <= person->hole && person->hole <= gone + maybe;
        if (passed == person->missed && told && (person->may_miss || all_old)) {
            return true;
        }
    }
    return false;
}
