/* The JSON dialect: input split at every place, input at a closed gate, and output. */
#include "world.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#define UNDERSTOOD_NOT                                                                             \
    "{\"type\":\"error\",\"text\":\"not understood, nothing was done: send an object with "        \
    "\\\"say\\\", "                                                                                \
    "\\\"cmd\\\" or \\\"resume\\\"\"}\n"
#define CANNOT                                                                                     \
    "{\"type\":\"error\",\"text\":\"cannot resume there: the server has restarted since\"}\n"
#define NO_BRIDGE(name)                                                                            \
    "{\"type\":\"error\",\"text\":\"\\\"" name                                                     \
    "\\\" was not said: only a bridge speaks for NICK@SERVER, and the operator names it\"}\n"
#define TOO_LONG                                                                                   \
    "{\"type\":\"error\",\"text\":\"too long: 1024 bytes at most, nothing was sent\"}\n"

static unsigned alice, bot, other;

static void enter(const struct chat_config *config)
{
    world_start(config);
    alice = world_enter("alice");
    bot = world_enter("bot");
    world_say(bot, "/mode json\n");
    world_hush();
}

/* All kinds of lines, and their results. */
static const char stream[] = "{\"say\":\"a\\ud83d\\ude00\\u00e9 \xF0\x9F\x98\x80\xC3\xA9\\n\"}\r\n"
                             "\n \t\r\n"
                             "{ \"cmd\" : \"/me x\" }\n"
                             "{\"bad\":1}\n"
                             "{\"resume\":{\"start\":1,\"seq\":20}} \n"
                             "{\"say\":\"\xC3\"}\n"
                             "{\"say\":\"\\ud800\"} behind it\n"
                             "{\"s\\u0061y\":\"\\\"z\\\\\"}\n"
                             "{\"say\":\"open\n"
                             "{}\n"
                             "{\"do\":\"y\"}\n"
                             "{\"say\":\"z\",\"from\":\"al@Zoe\"}\n"
                             "{\"ping\":7}\n";
static const char heard[] = "bot> a\xF0\x9F\x98\x80\xC3\xA9 \xF0\x9F\x98\x80\xC3\xA9?\n"
                            "* bot x\n"
                            "bot> \"z\\\n"
                            "* bot y\n";
static const char answered[] =
    UNDERSTOOD_NOT CANNOT UNDERSTOOD_NOT UNDERSTOOD_NOT UNDERSTOOD_NOT UNDERSTOOD_NOT NO_BRIDGE(
        "al@Zoe") "{\"type\":\"pong\",\"count\":7,\"text\":\"pong 7\"}\n";

static void test_cut_at_every_place(void **state)
{
    (void)state;
    enter(NULL);
    for (size_t cut = 0; cut < sizeof stream; cut++) {
        world_say_bytes(bot, stream, cut);
        world_say_bytes(bot, stream + cut, sizeof stream - 1 - cut);
        HEARS(alice, heard);
        HEARS(bot, answered);
    }
    for (size_t i = 0; i < sizeof stream - 1; i++) {
        world_say_bytes(bot, stream + i, 1);
    }
    HEARS(alice, heard);
    HEARS(bot, answered);
}

/* Text that was heard in several reads. */
static char so_far[2][4096];

static void hear_more(void)
{
    strcat(so_far[0], world_hear(alice));
    strcat(so_far[1], world_hear(bot));
}

static void hear_all(unsigned session)
{
    while (*world_hear(session) != '\0') {
    }
}

/* Input after a cut finds the log held, and is offered again until it is accepted. */
static void test_refused_by_a_closed_gate_and_given_again(void **state)
{
    (void)state;
    for (size_t cut = 0; cut + 1 < sizeof stream; cut++) {
        const uint8_t *rest = (const uint8_t *)stream + cut;
        size_t left = sizeof stream - 1 - cut;
        unsigned refused = 0;
        enter(NULL);
        unsigned slow = world_join();
        world_hear(slow);
        world_hush();
        memset(so_far, 0, sizeof so_far);
        world_say_bytes(bot, stream, cut);
        hear_more();
        world_fill(alice);
        hear_all(bot);
        for (unsigned i = 0; i < 20; i++) {
            size_t used = chat_receive(&chat, bot, rest, left);
            rest += used;
            left -= used;
            refused += used == 0;
            world_pass();
        }
        assert_true(refused > 0);
        hear_all(slow);
        world_wait(100);
        world_say_bytes(bot, rest, left);
        hear_more();
        assert_string_equal(so_far[0], heard);
        assert_string_equal(so_far[1], answered);
    }
}

static void test_limit(void **state)
{
    char line[8 * LWCHAT_LINE_BYTES], expected[2 * LWCHAT_LINE_BYTES];

    (void)state;
    enter(NULL);
    for (int more = -1; more <= 1; more++) {
        size_t n = (size_t)sprintf(line, "{\"say\":\"");
        size_t m = (size_t)sprintf(expected, "bot> ");
        for (int i = 0; i < LWCHAT_LINE_BYTES + more; i++) {
            n += (size_t)sprintf(line + n, "\\u0061");
            expected[m++] = 'a';
        }
        sprintf(line + n, "\"}\n");
        strcpy(expected + m, "\n");
        for (unsigned once = 0; once < 2; once++) {
            if (once) {
                world_say(bot, line);
            } else {
                for (size_t i = 0; line[i] != '\0'; i++) {
                    world_say_bytes(bot, line + i, 1);
                }
            }
            HEARS(alice, more > 0 ? "" : expected);
            HEARS(bot, more > 0 ? TOO_LONG : "");
        }
    }
}

static void test_hello_comes_before_what_is_unread(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    bot = world_enter("bot");
    world_hush();
    world_say(alice, "one\n");
    world_say(bot, "/mode json\n");
    const char *text = world_hear(bot);
    assert_non_null(strstr(text, "\"type\":\"hello\""));
    assert_non_null(strstr(text, "\"text\":\"one\"}\n"));
    assert_true(strstr(text, "hello") < strstr(text, "one"));
}

static uint64_t last_seq(const char *text)
{
    uint64_t seq = 0;

    while ((text = strstr(text, "{\"seq\":")) != NULL) {
        text += 7;
        seq = strtoull(text, NULL, 10);
    }
    return seq;
}

static void resume(uint64_t seq)
{
    char line[80];

    snprintf(line, sizeof line, "{\"resume\":{\"start\":0,\"seq\":%llu}}\n",
             (unsigned long long)seq);
    world_say(bot, line);
}

/* Says enough lines to push everything older out of the log; all read them. @return how many. */
static unsigned push_out(void)
{
    enum { LINES = 2 * LWCHAT_LOG_BYTES / 64 };

    for (unsigned i = 0; i < LINES; i++) {
        world_say(alice, "what is said here takes its time to be read, and its place\n");
        world_hear(CHAT_OPERATOR);
        world_hear(bot);
    }
    return LINES;
}

static unsigned count(const char *text, const char *what)
{
    unsigned found = 0;

    while ((text = strstr(text, what)) != NULL) {
        text += strlen(what);
        found++;
    }
    return found;
}

static unsigned missed(const char *text)
{
    static const char before[] = "{\"type\":\"missed\",\"count\":";
    unsigned sum = 0;

    while ((text = strstr(text, before)) != NULL) {
        text += sizeof before - 1;
        sum += (unsigned)strtoul(text, NULL, 10);
    }
    return sum;
}

static void come_again(void)
{
    chat_release(&chat, bot, 0);
    bot = world_enter("bot");
    world_say(bot, "/mode json\n");
    world_hear(bot);
}

static void test_number_missed(void **state)
{
    (void)state;
    enter(NULL);
    world_say(alice, "last read\n");
    uint64_t seq = last_seq(world_hear(bot));
    unsigned said = push_out();
    come_again();
    resume(seq);
    const char *text = world_hear(bot);
    unsigned lost = missed(text), read = 0;
    assert_true(lost > said / 4);
    for (; *text != '\0'; text = world_hear(bot)) {
        read += count(text, "\"type\":\"message\"");
    }
    assert_int_equal(lost + read, said);

    /* A room that is gone, and a new one with its name: only the old one's lines are missed. */
    world_say(bot, "{\"cmd\":\"/join #lab\"}\n");
    world_say(alice, "/join #lab\n");
    world_hush();
    for (unsigned i = 0; i < 100; i++) {
        world_say(alice, "in the lab\n");
        seq = last_seq(world_hear(bot));
        world_hush();
    }
    world_say(alice, "/join #lobby\n");
    world_hush();
    come_again();
    push_out();
    world_say(alice, "/join #lab\n");
    world_hush();
    world_say(alice, "new\n");
    world_say(bot, "{\"cmd\":\"/join #lab\"}\n");
    world_hush();
    resume(seq);
    text = world_hear(bot);
    assert_int_equal(missed(text), 0);
    assert_int_equal(count(text, "\"text\":\"new\""), 1);
}

/* A reader that was passed over resumes before it is told how many it missed: it is told once. */
static void test_missed_before_going_back(void **state)
{
    enum { LINES = 2 * LWCHAT_LOG_BYTES / 64 };
    static const uint8_t line[] = "what is said here takes its time to be read, and its place\n";
    unsigned said = 0, read = 0;
    size_t bytes;

    (void)state;
    enter(NULL);
    world_say(alice, "last read\n");
    uint64_t seq = last_seq(world_hear(bot));
    while (said < LINES) {
        (void)chat_output(&chat, bot, &bytes);
        if (bytes > 0) {
            chat_blocked(&chat, bot);
        }
        said += chat_receive(&chat, alice, line, sizeof line - 1) > 0;
        world_hear(CHAT_OPERATOR);
        world_wait(20);
    }
    assert_true(chat.session[bot].missed > 0);
    resume(seq);
    const char *text = world_hear(bot);
    unsigned lost = missed(text);
    assert_int_equal(count(text, "\"missed\""), 1);
    for (; *text != '\0'; text = world_hear(bot)) {
        read += count(text, "\"type\":\"message\"");
    }
    assert_int_equal(lost + read, said);
}

static void test_going_back_twice(void **state)
{
    (void)state;
    enter(NULL);
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    come_again();
    world_say(alice, "live\n");
    assert_int_equal(count(world_hear(bot), "live"), 1);
    /* The second is received before the first was answered. */
    resume(seq - (1 << 16));
    resume(seq - (1 << 16));
    const char *text = world_hear(bot);
    assert_int_equal(count(text, "live"), 0);
    assert_int_equal(count(text, "early"), 1);
    assert_int_equal(count(text, "seq"), 0);
}

/* Lines replayed by a resume count as read, even if nothing has been said since it joined. */
static void test_going_back_again(void **state)
{
    (void)state;
    enter(NULL);
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    come_again();
    resume(seq - (1 << 16));
    assert_int_equal(last_seq(world_hear(bot)), seq);
    resume(seq - (1 << 16));
    const char *text = world_hear(bot);
    assert_int_equal(count(text, "early"), 1);
    assert_int_equal(count(text, "seq"), 0);
    world_say(alice, "live\n");
    assert_true(last_seq(world_hear(bot)) > seq);
}

/* What it has read since it joined and was for it alone, or for every room, is not repeated. */
static void test_going_back_repeats_no_private_messages(void **state)
{
    (void)state;
    enter(NULL);
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    come_again();
    world_say(alice, "/msg bot reboot\n");
    world_say(CHAT_OPERATOR, "for everybody\n");
    const char *text = world_hear(bot);
    assert_int_equal(count(text, "reboot") + count(text, "for everybody"), 2);
    resume(seq - (1 << 16));
    world_say(alice, "/msg bot again\n");
    text = world_hear(bot);
    assert_int_equal(count(text, "reboot") + count(text, "for everybody"), 0);
    assert_int_equal(count(text, "early"), 1);
    assert_int_equal(last_seq(text), seq);
    assert_int_equal(count(text, "again"), 1);
}

/* A line that is partly sent when it resumes has been read, and is not sent again. */
static void test_going_back_within_a_line(void **state)
{
    size_t bytes;

    (void)state;
    enter(NULL);
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    for (unsigned aside = 0; aside <= 1; aside++) {
        come_again();
        world_say(alice, aside ? "/msg bot psst\n" : "live\n");
        (void)chat_output(&chat, bot, &bytes);
        chat_taken(&chat, bot, bytes / 2);
        resume(seq - (1 << 16));
        const char *text = world_hear(bot);
        assert_int_equal(count(text, aside ? "psst" : "live"), 1);
        assert_int_equal(count(text, "early"), 1);
    }
}

/* A room may get the number of one that is gone, but none of what was said there. */
static void test_going_back_to_another_room(void **state)
{
    char line[64];

    (void)state;
    enter(NULL);
    other = world_enter("other");
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    world_say(alice, "/join #secret\n");
    world_say(other, "/join #secret\n");
    world_hush();
    world_say(alice, "classified\n");
    assert_int_equal(count(world_hear(other), "classified"), 1);
    world_say(alice, "/join #lobby\n");
    world_say(other, "/join #lobby\n");
    world_hush();
    for (unsigned i = 0; i < 2 * LWCHAT_MAX_ROOMS; i++) {
        (void)sprintf(line, "{\"cmd\":\"/join #r%u\"}\n", i);
        world_say(bot, line);
        world_hush();
        resume(seq);
        assert_int_equal(count(world_hear(bot), "classified"), 0);
    }
}

/* A room of which somebody has yet to read a line keeps its name, also when everybody has left. */
static void test_room_of_a_line_that_is_partly_sent(void **state)
{
    char name[16], got[2048], line[512];
    size_t bytes;

    (void)state;
    for (size_t taken = 1; taken < 110; taken++) {
        enter(NULL);
        unsigned carol = world_enter("carol");
        for (unsigned i = 2; i < LWCHAT_MAX_ROOMS; i++) {
            (void)sprintf(name, "/join #r%u\n", i);
            world_say(world_enter((char[]){(char)('p' + i), 'q', '\0'}), name);
        }
        world_say(bot, "{\"cmd\":\"/join #laboratory\"}\n");
        world_say(alice, "/join #laboratory\n");
        world_hush();
        world_say(alice, "hello everybody\n");
        const char *out = chat_output(&chat, bot, &bytes);
        memcpy(line, out, bytes);
        size_t part = taken < bytes ? taken : bytes - 1;
        chat_taken(&chat, bot, part);
        world_say(bot, "{\"cmd\":\"/quit\"}\n");
        world_say(alice, "/join #lobby\n");
        (void)world_hear(alice);
        world_say(carol, "/join #a\n");
        (void)world_hear(carol);
        (void)sprintf(got, "%.*s%s", (int)part, line, world_hear(bot));
        assert_memory_equal(got, line, bytes);
    }
}

/* --- Bridges ----------------------------------------------------------------------- */

static void enter_bridge(const struct chat_config *config)
{
    enter(config);
    world_say(CHAT_OPERATOR, "/op bridge bot\n");
    HEARS(CHAT_OPERATOR, "*** bot is a bridge to other servers\n");
}

static void test_bridge_speaks_for_others(void **state)
{
    (void)state;
    enter_bridge(NULL);
    world_say(bot, "{\"say\":\"one\",\"from\":\"al@Zoe\"}\n"
                   "{\"from\":\"\\u0061l@Zoe\",\"say\":\"fin\"}\n"
                   "{\"do\":\"waves\", \"from\":\"al@Zoe\"}\n"
                   "{\"say\":\"itself\"}\n");
    HEARS(alice, "al@Zoe> one\nal@Zoe> fin\n* al@Zoe waves\nbot> itself\n");
    const char *text = world_hear(bot);
    assert_int_equal(count(text, "\"from\":\"al@Zoe\",\"text\":\"one\""), 1);
    assert_int_equal(count(text, "\"type\":\"action\""), 1);
    world_say(bot, "{\"ping\":65535}\n");
    HEARS(bot, "{\"type\":\"pong\",\"count\":65535,\"bridge\":true,\"text\":\"pong 65535\"}\n");
    world_say(bot, "{\"ping\":65536}\n");
    HEARS(bot, UNDERSTOOD_NOT);
    world_say(CHAT_OPERATOR, "/op none bot\n");
    world_hush();
    world_say(bot, "{\"say\":\"one\",\"from\":\"al@Zoe\"}\n");
    HEARS(bot, NO_BRIDGE("al@Zoe"));
    HEARS(alice, "");
}

/* A line that is partly sent keeps its form, also if its reader then gets others in another one. */
static void check_line_stays_whole(const char *command, const char *request, size_t taken)
{
    char got[4096], line[512];
    size_t bytes;

    enter(NULL);
    world_say(CHAT_OPERATOR, "/op bridge bot\n");
    world_hush();
    if (strstr(command, "bridge") != NULL) {
        world_say(CHAT_OPERATOR, "/op none bot\n");
        world_say(alice, "hello everybody\n");
    } else {
        world_say(bot, "{\"say\":\"hello everybody\"}\n"); /* a bridge reads its own, too */
    }
    const char *out = chat_output(&chat, bot, &bytes);
    assert_in_range(bytes, 2, sizeof line - 1);
    memcpy(line, out, bytes);
    line[bytes] = '\0';
    taken = taken < bytes ? taken : bytes - 1;
    chat_taken(&chat, bot, taken);
    world_say(CHAT_OPERATOR, command);
    world_say(bot, request);
    (void)sprintf(got, "%.*s%s", (int)taken, line, world_hear(bot));
    if (strncmp(got, line, bytes) != 0) {
        fail_msg("%s after %zu bytes: \"%s\" instead of \"%s\"", command, taken, got, line);
    }
}

static void test_bridge_begins_within_a_line(void **state)
{
    static const char *const commands[] = {"/op bridge bot\n", "/op none bot\n",
                                           "/op bridge 10.0.0.2\n", "/op none 10.0.0.2\n"};

    (void)state;
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++) {
        for (size_t taken = 1; taken < 120; taken++) {
            check_line_stays_whole(commands[i], "", taken);
            check_line_stays_whole(commands[i], "{\"cmd\":\"/who\"}\n", taken);
        }
    }
}

static void test_names_that_a_bridge_cannot_use(void **state)
{
    static const char *const names[] = {"al",      "al@",   "@Zoe",   "al@Zoe@Zoe",
                                        "al @Zoe", "1@Zoe", "al@Zo e"};
    static const char *const lines[] = {"{\"from\":\"al@Zoe\"}",
                                        "{\"say\":\"x\",\"from\":\"\"}",
                                        "{\"cmd\":\"/who\",\"from\":\"al@Zoe\"}",
                                        "{\"from\":\"al@Zoe\",\"ping\":1}",
                                        "{\"say\":\"x\",\"do\":\"y\"}",
                                        "{\"say\":\"x\",\"from\":\"a@b\",\"from\":\"a@b\"}",
                                        "{\"ping\":\"1\"}",
                                        "{\"say\":\"x\",\"from\":5}"};
    char line[400];

    (void)state;
    enter_bridge(NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(line, sizeof line, "{\"say\":\"x\",\"from\":\"%s\"}\n", names[i]);
        world_say(bot, line);
        assert_int_equal(count(world_hear(bot), "was not said"), 1);
        HEARS(alice, "");
    }
    /* The text follows the name in the line's buffer. */
    world_say(bot, "{\"from\":\"al@\",\"say\":\"Zoe\"}\n");
    assert_int_equal(count(world_hear(bot), "was not said"), 1);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        world_say(bot, lines[i]);
        world_say(bot, "\n");
        HEARS(bot, UNDERSTOOD_NOT);
        HEARS(alice, "");
    }
    memset(line, 'a', sizeof line);
    int n = snprintf(line, sizeof line, "{\"say\":\"x\",\"from\":\"");
    line[n] = 'a';
    strcpy(line + n + LWCHAT_BRIDGED_BYTES + 1, "\"}\n");
    world_say(bot, line);
    HEARS(bot, UNDERSTOOD_NOT);
}

/* The limit of the text does not depend on the name, nor on which comes first. */
static void test_longest_line_of_a_bridge(void **state)
{
    char line[2 * LWCHAT_LINE_BYTES], text[LWCHAT_LINE_BYTES + 2], expected[2 * LWCHAT_LINE_BYTES];

    (void)state;
    enter_bridge(NULL);
    memset(text, 'a', sizeof text);
    for (unsigned order = 0; order < 2; order++) {
        for (int more = 0; more <= 1; more++) {
            text[LWCHAT_LINE_BYTES + more] = '\0';
            snprintf(line, sizeof line,
                     order ? "{\"from\":\"al@Zoe\",\"say\":\"%s\"}\n"
                           : "{\"say\":\"%s\",\"from\":\"al@Zoe\"}\n",
                     text);
            snprintf(expected, sizeof expected, "al@Zoe> %s\n", text);
            for (size_t i = 0; line[i] != '\0'; i++) {
                world_say_bytes(bot, line + i, 1);
            }
            HEARS(alice, more ? "" : expected);
            assert_int_equal(count(world_hear(bot), "too long"), more);
            text[LWCHAT_LINE_BYTES + more] = 'a';
        }
    }
}

/* A bridge reads everything again with its number, its own lines too; its former session ends. */
static void test_bridge_resumes(void **state)
{
    (void)state;
    enter(NULL);
    world_say(alice, "early\n");
    uint64_t seq = last_seq(world_hear(bot));
    world_say(CHAT_OPERATOR, "/op bridge bot\n");
    world_say(bot, "{\"say\":\"one\",\"from\":\"al@Zoe\"}\n");
    const char *text = world_hear(bot);
    assert_int_equal(count(text, "one"), 1);
    assert_int_equal(count(text, "seq"), 0);
    world_hush();
    resume(seq);
    assert_int_equal(count(world_hear(bot), "seq"), 1);
    unsigned former = bot;
    bot = world_enter("again");
    world_say(bot, "/mode json\n");
    world_say(CHAT_OPERATOR, "/op bridge again\n");
    world_hush();
    world_say(alice, "live\n");
    text = world_hear(bot);
    assert_int_equal(count(text, "live"), 1);
    assert_int_equal(count(text, "seq"), 0);
    chat.session[former].ip = chat.session[bot].ip;
    resume(seq - (1 << 16));
    world_say_bytes(former, "{\"say\":\"late\",\"from\":\"al@Zoe\"}\n", 36);
    text = world_hear(bot);
    assert_int_equal(count(text, "{\"seq\":"), 4);
    assert_int_equal(count(text, "early") + count(text, "one") + count(text, "live"), 3);
    assert_int_equal(count(text, "late"), 0);
    assert_int_equal(chat_state(&chat, former), CHAT_ENDING);
}

/* What bridges say is not missed by them, and is by others. */
static void test_number_missed_by_a_bridge(void **state)
{
    enum { CARRIED = 7 };

    (void)state;
    for (unsigned is_bridge = 0; is_bridge <= 1; is_bridge++) {
        enter_bridge(NULL);
        resume(0);
        world_hush();
        world_say(bot, "{\"say\":\"one\",\"from\":\"al@Zoe\"}\n");
        world_say(alice, "last read\n");
        uint64_t seq = last_seq(world_hear(bot));
        seq += 1 - is_bridge; /* the number that it has for others */
        for (unsigned i = 0; i < CARRIED; i++) {
            world_say(bot, "{\"do\":\"waves\",\"from\":\"al@Zoe\"}\n");
            world_say(alice, "/me waves back\n");
            world_hush();
        }
        unsigned said = CARRIED + push_out();
        come_again();
        if (is_bridge) {
            world_say(CHAT_OPERATOR, "/op bridge bot\n");
        }
        world_hush();
        resume(seq);
        const char *text = world_hear(bot);
        unsigned lost = missed(text), read = 0;
        for (; *text != '\0'; text = world_hear(bot)) {
            read += count(text, "\"type\":\"message\"");
        }
        assert_int_equal(lost + read, said + (is_bridge ? 0 : CARRIED));
    }
}

/* Says a line that all but the bot read. */
static void say_unread(unsigned session, const char *line)
{
    const size_t bytes = strlen(line);
    size_t offered;

    for (size_t at = 0; at < bytes;) {
        size_t used = chat_receive(&chat, session, (const uint8_t *)line + at, bytes - at);
        at += used;
        for (unsigned i = 0; i < 4; i++) {
            if (i != bot) {
                world_hear(i);
            }
        }
        (void)chat_output(&chat, bot, &offered);
        chat_taken(&chat, bot, 0);
        if (used == 0) {
            world_wait(100);
        }
    }
}

/* @return how many were said that all but the bot have read. */
static unsigned push_past_bot(void)
{
    enum { LINES = LWCHAT_LOG_BYTES / 128 };

    for (unsigned i = 0; i < LINES; i++) {
        say_unread(alice, "what is said here takes its time to be read, and its place\n");
        say_unread(other, "/msg bot what is said to a bridge alone is not lost by a room\n");
    }
    return LINES;
}

/* A bridge that does not keep up is told how many messages of people it has lost, and nothing of
 * what it lost before it resumed. */
static void test_bridge_is_passed_over(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        enter_bridge(NULL);
        other = world_enter("other");
        world_say(alice, "last read\n");
        world_hush();
        resume(0);
        uint64_t seq = last_seq(world_hear(bot));
        unsigned said = 0, lost = 0, read = 0;
        if (order > 0) {
            come_again();
            world_say(CHAT_OPERATOR, "/op bridge bot\n");
            world_hush();
            said += push_past_bot();
            assert_int_equal(order == 1 ? missed(world_hear(bot)) : 0, 0);
            resume(seq);
        }
        said += push_past_bot();
        for (const char *text = world_hear(bot); *text != '\0'; text = world_hear(bot)) {
            lost += missed(text);
            read += count(text, "takes its time");
        }
        assert_true(lost > 0);
        assert_int_equal(lost + read, said);
    }
}

/* What a bridge had sent when it was reset is not said: it will send it again. */
static void test_bridge_is_gone(void **state)
{
    static const char line[] = "{\"say\":\"late\",\"from\":\"al@Zoe\"}\n";

    (void)state;
    enter_bridge(NULL);
    chat_gone(&chat, bot);
    assert_int_equal(chat_receive(&chat, bot, (const uint8_t *)line, sizeof line - 1),
                     sizeof line - 1);
    world_pass();
    HEARS(alice, "");
}

/* Others have to wait, and it does not. */
static void test_bridge_has_no_rate(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 4, .rate = 1};

    (void)state;
    enter_bridge(&config);
    for (unsigned i = 0; i < 100; i++) {
        world_say(bot, "{\"say\":\"fast\",\"from\":\"al@Zoe\"}\n");
    }
    assert_int_equal(count(world_hear(alice), "fast"), 100);
    world_say(CHAT_OPERATOR, "/op none bot\n");
    world_hush();
    static const char line[] = "{\"say\":\"slow\"}\n";
    /* It had used up its burst to come. */
    assert_int_equal(chat_receive(&chat, bot, (const uint8_t *)line, sizeof line - 1), 0);
    world_wait(3000);
    assert_true(chat_receive(&chat, bot, (const uint8_t *)line, sizeof line - 1) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_at_every_place),
        cmocka_unit_test(test_refused_by_a_closed_gate_and_given_again),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_hello_comes_before_what_is_unread),
        cmocka_unit_test(test_number_missed),
        cmocka_unit_test(test_missed_before_going_back),
        cmocka_unit_test(test_going_back_twice),
        cmocka_unit_test(test_going_back_again),
        cmocka_unit_test(test_going_back_repeats_no_private_messages),
        cmocka_unit_test(test_going_back_within_a_line),
        cmocka_unit_test(test_going_back_to_another_room),
        cmocka_unit_test(test_room_of_a_line_that_is_partly_sent),
        cmocka_unit_test(test_bridge_speaks_for_others),
        cmocka_unit_test(test_bridge_begins_within_a_line),
        cmocka_unit_test(test_names_that_a_bridge_cannot_use),
        cmocka_unit_test(test_longest_line_of_a_bridge),
        cmocka_unit_test(test_bridge_resumes),
        cmocka_unit_test(test_number_missed_by_a_bridge),
        cmocka_unit_test(test_bridge_is_passed_over),
        cmocka_unit_test(test_bridge_is_gone),
        cmocka_unit_test(test_bridge_has_no_rate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
