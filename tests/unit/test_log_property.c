/*
 * One log and many cursors, against one queue for each session (model.c):
 * random schedules of people who join, talk, whisper, change rooms and nicks,
 * stall, wake, read slowly, and leave.
 *
 *     test_log_property                 seeds 1 to 120
 *     test_log_property A..B [STEPS]    seeds A to B
 *     test_log_property SEED [STEPS]    one seed
 *
 * LWCHAT_SEED in the environment does the same as SEED.
 */
#include "unit.h"

#include "model.h"

enum { STEPS = 8000, SEEDS = 120 };

/* How a session reads. */
enum reading {
    LIVE,     /* all, at once */
    STEADY,   /* a little all the time, just enough to keep up */
    TRICKLES, /* a few bytes now and then */
    STALLS    /* nothing */
};

enum { STEADY_BYTES_PER_MS = 1, STEADY_MS = 100 };

/* A line that a session wants to say, kept until it is accepted. */
enum wish {
    NOTHING,
    SAY,
    DO,
    TELL,
    RENAME,
    GO,
    ASK_HISTORY,
    ASK_WHO,
    SAY_TOO_MUCH,
    SAY_NONSENSE,
    QUIT,
    KICK
};

struct reader {
    enum reading pace;
    bool blocked;
    uint32_t blocked_ms, took_ms, ended_ms;
    bool kicked;
    uint32_t held_ms, last_held_ms; /* how long it has held the log, and until when */
    enum wish wish;
    char line[2 * LWCHAT_LINE_BYTES];
    char text[LWCHAT_LINE_BYTES], whom[20];
};

static struct reader reader[CHAT_SESSIONS];
static struct dice dice;
static unsigned long said; /* numbers messages and names */
static uint64_t seed;

/* --- Saying -------------------------------------------------------------------- */

static size_t put(char *line, size_t at, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(line + at, text, bytes);
    return at + bytes;
}

/* The line is three parts and a line end. */
static void put_line(struct reader *who, const char *command, const char *word, const char *text)
{
    size_t bytes = put(who->line, put(who->line, put(who->line, 0, command), word), text);

    who->line[bytes] = '\n';
    who->line[bytes + 1] = '\0';
}

/* A unique text, without a space at the end, which commands strip. */
static void make_text(struct reader *who)
{
    uint32_t most = dice_below(&dice, 3) == 0 ? 200 : 20;
    int n = snprintf(who->text, sizeof who->text, "m%lu", ++said);
    size_t bytes = dice_below(&dice, most);

    if (bytes > 0) {
        who->text[n++] = ' ';
        memset(who->text + n, 'a' + (int)(said % 26), bytes);
    }
    who->text[(size_t)n + bytes] = '\0';
}

static void make_wish(unsigned session)
{
    static const char *const room_names[] = {"#lobby", "#a", "#b", "#c", "#d", "#e", "#f"};
    struct reader *who = &reader[session];
    unsigned other = model_anybody(&dice, session);
    uint32_t roll = dice_below(&dice, 1000);

    if (session == CHAT_OPERATOR) {
        who->wish = roll < 950 || other == CHAT_OPERATOR ? SAY : KICK;
        strcpy(who->whom, model[other].nick);
        make_text(who);
        put_line(who, "", "", who->text);
        if (who->wish == KICK) {
            put_line(who, "/kick ", who->whom, "");
        }
    } else if (roll < 700) {
        who->wish = SAY;
        make_text(who);
        put_line(who, "", "", who->text);
    } else if (roll < 770) {
        who->wish = DO;
        make_text(who);
        put_line(who, "/me ", "", who->text);
    } else if (roll < 870) {
        who->wish = TELL;
        strcpy(who->whom, roll < 775   ? "nobody"
                          : roll < 780 ? model[session].nick
                                       : model[other].nick);
        strcat(who->whom, " ");
        make_text(who);
        put_line(who, "/msg ", who->whom, who->text);
        who->whom[strlen(who->whom) - 1] = '\0';
    } else if (roll < 890) {
        who->wish = RENAME;
        snprintf(who->whom, sizeof who->whom, "n%lu", ++said);
        put_line(who, "/nick ", who->whom, "");
    } else if (roll < 940) {
        who->wish = GO;
        strcpy(who->whom, room_names[dice_below(&dice, 7)]);
        if (strcmp(who->whom, model[session].room) == 0) {
            who->wish = NOTHING;
        }
        put_line(who, "/join ", who->whom, "");
    } else if (roll < 970) {
        who->wish = ASK_HISTORY;
        snprintf(who->whom, sizeof who->whom, "%u",
                 1 + (unsigned)dice_below(&dice, roll < 955 ? 200 : 5));
        put_line(who, "/history ", who->whom, "");
    } else if (roll < 975) {
        who->wish = ASK_WHO;
        strcpy(who->line, "/who\n");
    } else if (roll < 985) {
        who->wish = SAY_TOO_MUCH;
        memset(who->line, 'x', LWCHAT_LINE_BYTES + 10);
        strcpy(who->line + LWCHAT_LINE_BYTES + 10, "\n");
    } else if (roll < 992) {
        who->wish = SAY_NONSENSE;
        strcpy(who->line, "/nosuch\n");
    } else {
        who->wish = QUIT;
        strcpy(who->text, roll < 996 ? "" : "bye");
        put_line(who, roll < 994 ? "fin" : "/quit ", "", roll < 994 ? "" : who->text);
    }
}

/* Tells the model of a line that was accepted. */
static void wish_granted(unsigned session)
{
    struct reader *who = &reader[session];

    switch (who->wish) {
    case SAY:
        model_says(session, who->text);
        break;
    case DO:
        model_does(session, who->text);
        break;
    case TELL:
        model_tells(session, who->whom, who->text);
        break;
    case RENAME:
        model_renames(session, who->whom);
        break;
    case GO:
        model_goes(session, who->whom);
        break;
    case ASK_HISTORY:
        model_asks_history(session, (uint16_t)strtoul(who->whom, NULL, 10));
        break;
    case SAY_TOO_MUCH:
        model_is_told(session, "!!! too long: 256 bytes at most, nothing was sent");
        break;
    case SAY_NONSENSE:
        model_is_told(session, "!!! no command \"/nosuch\": /help lists them");
        break;
    case QUIT:
        model_quits(session, who->text);
        who->ended_ms = now_ms;
        break;
    case KICK:
        for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
            if (model[i].stage == MODEL_HERE && strcmp(model[i].nick, who->whom) == 0) {
                model_is_kicked(i);
                reader[i].ended_ms = now_ms;
                reader[i].kicked = true;
                reader[i].wish = NOTHING;
                break;
            }
        }
        break;
    default:
        break;
    }
    who->wish = NOTHING;
}

/* Offers the line that a session wants to say. @return false if the log is held. */
static bool try_to_say(unsigned session)
{
    struct reader *who = &reader[session];
    size_t bytes = strlen(who->line), used = 0;

    if (who->wish == KICK) {
        /* By now the kicked session may have another name, or be gone. */
        bool here = false;
        for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
            here = here || (model[i].stage == MODEL_HERE && strcmp(model[i].nick, who->whom) == 0);
        }
        who->wish = here ? KICK : NOTHING;
    }
    while (who->wish != NOTHING && used < bytes && chat_reads(&chat, session)) {
        /* Split only for a line peer: silence would end another peer's message. */
        bool split = session != CHAT_OPERATOR &&
                     (chat.session[session].framing.flags & FRAMING_LINES) &&
                     dice_below(&dice, 4) == 0;
        size_t piece = split ? 1 + dice_below(&dice, (uint32_t)(bytes - used)) : bytes - used;
        size_t n = chat_receive(&chat, session, (uint8_t *)who->line + used, piece);
        used += n;
        if (n == 0) {
            break;
        }
    }
    if (who->wish != NOTHING && used == bytes) {
        wish_granted(session);
        return true;
    }
    memmove(who->line, who->line + used, bytes - used + 1);
    return !chat_is_held(&chat);
}

/* --- Reading -------------------------------------------------------------------- */

/* One write, of which at most `most` bytes are taken. @return true if all were. */
static bool take(unsigned session, size_t most)
{
    struct reader *who = &reader[session];
    size_t bytes;
    const char *out = chat_output(&chat, session, &bytes);

    model_observe();
    if (bytes == 0) {
        who->blocked = false;
        return false;
    }
    size_t part = bytes < most ? bytes : most;
    model_hears(session, out, part);
    chat_taken(&chat, session, part);
    if (part > 0) {
        who->took_ms = now_ms;
    }
    if (part == bytes && !chat_has_output(&chat, session)) {
        who->blocked = false;
    } else if (part < bytes && !who->blocked) {
        who->blocked = true;
        who->blocked_ms = who->took_ms = now_ms;
    }
    return part == bytes;
}

static void read_all(unsigned session)
{
    while (take(session, SIZE_MAX)) {
    }
    assert_true(model_has_heard_all(session));
    assert_false(chat_has_output(&chat, session) && model[session].next_room[0] == '\0');
    /* From here on it has missed nothing. */
    model[session].may_miss = session == CHAT_OPERATOR;
    model[session].place[0] = model[session].lines;
    model[session].places = 1;
    model[session].missed = model[session].hole = 0;
}

static void read_some(unsigned session)
{
    struct reader *who = &reader[session];

    switch (who->pace) {
    case LIVE:
        read_all(session);
        break;
    case STEADY:
        take(session, 1 + (now_ms - who->took_ms) * STEADY_BYTES_PER_MS);
        break;
    case TRICKLES:
        if (now_ms - who->took_ms > 400) {
            take(session, 1 + dice_below(&dice, 4));
        } else if (chat_has_output(&chat, session)) {
            take(session, 0);
        }
        break;
    default:
        if (dice_below(&dice, 2) == 0) {
            take(session, 0);
        }
        break;
    }
}

static void change_pace(unsigned session)
{
    struct reader *who = &reader[session];
    enum reading pace = (enum reading)dice_below(&dice, 4);

    if (pace == LIVE) {
        who->pace = LIVE;
    } else if (pace == STEADY) {
        /* It keeps up from the start. */
        read_all(session);
        who->pace = STEADY;
        who->took_ms = now_ms;
    } else if (dice_below(&dice, 3) > 0) {
        who->pace = pace;
        /* What it read before counts for a while. */
        who->blocked_ms = now_ms;
        model[session].may_miss = true;
    }
}

/* --- Holds ----------------------------------------------------------------------- */

enum { MOST_HOLDS = 4096, MINUTE_MS = 60000 };

/* Intervals in which the log was held by slow readers only. */
static struct {
    uint32_t since_ms, ms;
} holds[MOST_HOLDS];
static unsigned first_hold, last_hold;
static uint32_t most_held_ms, held_since_ms;
static bool held_by_slow, was_held;

/* True if a reader may count as keeping up; false only if it certainly does not. */
static bool may_keep_up(unsigned session)
{
    const struct reader *who = &reader[session];

    if (model[session].stage != MODEL_HERE && model[session].stage != MODEL_ENDING) {
        return false;
    }
    if (who->pace == LIVE || who->pace == STEADY || !who->blocked) {
        return chat_has_output(&chat, session);
    }
    return now_ms - who->took_ms <= LWCHAT_KEEP_UP_MS &&
           now_ms - who->blocked_ms < 2 * LWCHAT_KEEP_UP_WINDOW_MS;
}

/* A reader that keeps up may be passed over once it has used up its hold time of a minute. */
static void count_patience(void)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct reader *who = &reader[i];
        if (was_held && chat_has_output(&chat, i)) {
            who->held_ms += now_ms - held_since_ms;
            who->last_held_ms = now_ms;
        }
        if (now_ms - who->last_held_ms > MINUTE_MS) {
            who->held_ms = 0;
            who->last_held_ms = now_ms;
        }
        if (who->held_ms > LWCHAT_HOLD_MS_PER_MINUTE * 7 / 10) {
            model[i].may_miss = true;
        }
    }
}

static void count_hold(bool held)
{
    count_patience();
    was_held = held;
    if (held_by_slow) {
        holds[last_hold].since_ms = held_since_ms;
        holds[last_hold].ms = now_ms - held_since_ms;
        last_hold = (last_hold + 1) % MOST_HOLDS;
    }
    while (first_hold != last_hold && now_ms - holds[first_hold].since_ms >= MINUTE_MS) {
        first_hold = (first_hold + 1) % MOST_HOLDS;
    }
    uint32_t sum_ms = 0;
    for (unsigned i = first_hold; i != last_hold; i = (i + 1) % MOST_HOLDS) {
        sum_ms += holds[i].ms;
    }
    if (sum_ms > LWCHAT_HOLD_MS_PER_MINUTE) {
        fail_msg("slow readers held the log for %u ms in a minute", (unsigned)sum_ms);
    }
    most_held_ms = sum_ms > most_held_ms ? sum_ms : most_held_ms;
    held_by_slow = held;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        held_by_slow = held_by_slow && !may_keep_up(i);
    }
    held_since_ms = now_ms;
}

/* --- Steps ------------------------------------------------------------------------ */

static void come_or_go(void)
{
    unsigned session = 1 + dice_below(&dice, LWCHAT_MAX_SESSIONS);

    if (model[session].stage == MODEL_HERE && dice_below(&dice, 3) == 0) {
        reader[session].wish = NOTHING;
        chat_release(&chat, session, 0);
        model_releases(session);
        return;
    }
    uint32_t ip = 0x0A000001;
    while (chat.session[ip - 0x0A000000].state != CHAT_FREE &&
           ip < 0x0A000000 + LWCHAT_MAX_SESSIONS) {
        ip++;
    }
    uint16_t port = (uint16_t)dice_throw(&dice);
    int joined = chat_join(&chat, address_v4(ip), port);
    if (joined > 0) {
        assert_int_equal(joined, ip - 0x0A000000);
        reader[joined] = (struct reader){.pace = LIVE, .took_ms = now_ms};
        model_joins((unsigned)joined, port);
    } else {
        assert_int_equal(joined, LWCHAT_NO_MEMORY);
        assert_int_equal(chat.occupied, LWCHAT_MAX_SESSIONS);
    }
}

/* Releases sessions that have heard fin, or that the chat resets for a good reason. */
static void let_go(void)
{
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct reader *who = &reader[i];
        enum chat_state state = chat_state(&chat, i);
        if (state == CHAT_DEAD) {
            bool stalled = who->blocked && now_ms - who->took_ms >= LWCHAT_STALL_MS;
            bool late = model[i].stage == MODEL_ENDING &&
                        (who->kicked ? now_ms - who->ended_ms >= LWCHAT_END_MS
                                     : now_ms - who->ended_ms >= LWCHAT_STALL_MS);
            assert_true(stalled || late);
        }
        if (state == CHAT_ENDED) {
            assert_true(model[i].ended && model[i].stage == MODEL_ENDING);
        }
        if (state == CHAT_DEAD || state == CHAT_ENDED) {
            reader[i].wish = NOTHING;
            chat_release(&chat, i, 0);
            model_releases(i);
        }
    }
}

static void assert_sound(void)
{
    const struct log *log = &chat.log;

    assert_true(log->next - log->first <= LWCHAT_LOG_BYTES);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat.session[i];
        if (session_reads(session)) {
            assert_true(session->place.cursor - log->first <= log->next - log->first);
            assert_false(log_before(session->place.cursor, chat.slowest));
        }
        for (unsigned k = 0; k < i && session->state == CHAT_ACTIVE; k++) {
            assert_false(chat.session[k].state == CHAT_ACTIVE &&
                         strcmp(model[i].nick, model[k].nick) == 0);
        }
    }
}

static uint32_t pass_ms(bool held)
{
    uint32_t due_ms = chat_due(&chat);
    uint32_t ms = dice_below(&dice, 30) == 0 ? STEADY_MS : dice_below(&dice, 20);
    bool idle = true;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        idle = idle && !(reader[i].pace == STEADY && chat_has_output(&chat, i));
    }
    if (held) {
        return ms < due_ms ? ms : due_ms;
    }
    if (idle && dice_below(&dice, 60) == 0) {
        ms = dice_below(&dice, 20000);
    }
    return ms;
}

/* chat_begin() moves sessions between rooms; chat_tick() admits newcomers that are silent. */
static void pass(void)
{
    chat_begin(&chat, now_ms);
    model_observe();
    chat_tick(&chat);
    model_observe();
}

static void step(void)
{
    bool held = false;

    pass();
    if (dice_below(&dice, 40) == 0) {
        come_or_go();
    }
    unsigned start = dice_below(&dice, CHAT_SESSIONS);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        unsigned session = (start + i) % CHAT_SESSIONS;
        bool here = session == CHAT_OPERATOR || model[session].stage == MODEL_HERE;
        if (!here) {
            continue;
        }
        /* No new wish while it is changing rooms: a wish may depend on the room. */
        if (reader[session].wish == NOTHING && model[session].next_room[0] == '\0' &&
            dice_below(&dice, session == CHAT_OPERATOR ? 60 : 6) == 0) {
            make_wish(session);
        }
        held = !try_to_say(session) || held;
    }
    held = held || chat_is_held(&chat);
    count_hold(held);
    let_go();
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        if (i == CHAT_OPERATOR || model[i].stage == MODEL_HERE || model[i].stage == MODEL_ENDING) {
            read_some(i);
            if (dice_below(&dice, 150) == 0) {
                change_pace(i);
            }
        }
    }
    let_go();
    assert_sound();
    now_ms += pass_ms(held);
}

/* --- Runs ------------------------------------------------------------------------- */

/* An empty log that begins at the given position, as if much had been said. */
static void begin_at(uint32_t position)
{
    chat.log.first = chat.log.next = chat.slowest = position;
    chat.session[CHAT_OPERATOR].place.cursor = position;
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        chat.room[i].born = chat.room[i].last = position;
    }
}

static void run(uint64_t with_seed, unsigned steps)
{
    static const uint32_t positions[] = {0, 0x80000000U - 50 * LWCHAT_LOG_BYTES,
                                         0U - 50 * LWCHAT_LOG_BYTES};
    static const uint32_t clocks[] = {0, 0xFFFFFFFFU - 100000, 0x7FFFFFFFU - 100000};

    seed = with_seed;
    dice.state = seed;
    world_start(NULL);
    now_ms = clocks[dice_below(&dice, 3)];
    struct chat_config config = chat.config;
    chat_init(&chat, &config, now_ms);
    begin_at(positions[dice_below(&dice, 3)]);
    model_start();
    memset(reader, 0, sizeof reader);
    first_hold = last_hold = 0;
    most_held_ms = 0;
    held_by_slow = false;
    said = 0;
    for (unsigned i = 0; i < steps; i++) {
        step();
    }
    /* All sessions wake up, hear the rest, and leave. */
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            reader[i].pace = LIVE;
            reader[i].wish = NOTHING;
            if (i == CHAT_OPERATOR || model[i].stage == MODEL_HERE ||
                model[i].stage == MODEL_ENDING) {
                read_all(i);
            }
        }
        let_go();
        now_ms += 20;
        pass();
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        if (model[i].stage == MODEL_HERE) {
            chat_release(&chat, i, 0);
            model_releases(i);
        }
    }
    read_all(CHAT_OPERATOR);
    assert_int_equal(chat.occupied, 0);
    assert_int_equal(chat.people, 0);
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        assert_int_equal(chat.room[i].people, 0);
    }
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        assert_int_equal(chat.buffer[i].owner, LOG_NOBODY);
    }
    printf("seed %llu: %lu records, %lu lines heard, %lu of them history, %lu missed, "
           "slow readers held for %lu ms at most\n",
           (unsigned long long)seed, (unsigned long)chat.counts.records, model_heard,
           model_replayed, model_missed, (unsigned long)most_held_ms);
    model_start();
}

static unsigned long first_seed = 1, seeds = SEEDS;
static unsigned steps = STEPS;

static void test_random_schedules(void **state)
{
    (void)state;
    for (unsigned long i = 0; i < seeds; i++) {
        printf("seed %lu\r", first_seed + i);
        fflush(stdout);
        run(first_seed + i, steps);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_schedules)};
    const char *wanted = argc > 1 ? argv[1] : getenv("LWCHAT_SEED");

    if (wanted != NULL) {
        const char *dots = strstr(wanted, "..");
        first_seed = strtoul(wanted, NULL, 10);
        seeds = dots != NULL ? strtoul(dots + 2, NULL, 10) - first_seed + 1 : 1;
    }
    if (argc > 2) {
        steps = (unsigned)strtoul(argv[2], NULL, 10);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
