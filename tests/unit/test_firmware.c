/* What the firmware says, and its commands. */
#include "world.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>

static char asked[256];

static enum lwchat_answer switch_led(void *arg, const struct lwchat_request *request, char *answer,
                                     size_t bytes)
{
    assert_string_equal(arg, "led");
    assert_int_equal(bytes, LWCHAT_REPLY_BYTES + 1);
    snprintf(asked, sizeof asked, "%s|%s|%s", request->nick, request->room, request->words);
    if (request->words[0] == '\0') {
        snprintf(answer, bytes, "the LED\nis off");
        return LWCHAT_TO_ASKER;
    }
    snprintf(answer, bytes, "the LED is %s", request->words);
    return LWCHAT_TO_ROOM;
}

/* Writes as much as it may, and one that says nothing. */
static enum lwchat_answer fill(void *arg, const struct lwchat_request *request, char *answer,
                               size_t bytes)
{
    (void)arg;
    if (request->words[0] != '\0') {
        memset(answer, 'x', bytes);
    }
    return LWCHAT_TO_ROOM;
}

static char led[] = "led";
static const struct chat_command commands[] = {
    {"!led [on|off]", switch_led, led},
    {"!fill", fill, NULL},
};

static const struct chat_command *command(unsigned index)
{
    return index < sizeof commands / sizeof commands[0] ? &commands[index] : NULL;
}

static const struct chat_config config = {
    .name = "Marcel",
    .max_sessions = LWCHAT_MAX_SESSIONS,
    .firmware = "board",
    .command = command,
};

static unsigned alice, bob, carol;

static int start(void **state)
{
    (void)state;
    world_start(&config);
    alice = world_enter("alice");
    bob = world_enter("bob");
    carol = world_enter("carol");
    world_say(carol, "/join #lab\n");
    world_hush();
    return 0;
}

static int say(const char *room, const char *text)
{
    return chat_say(&chat, room, strlen(room), text, strlen(text));
}

static void test_says(void **state)
{
    (void)state;
    assert_int_equal(say("#lobby", "21.5 \xC2\xB0"
                                   "C"),
                     LWCHAT_OK);
    HEARS(alice, "board> 21.5 \xC2\xB0"
                 "C\n");
    HEARS(bob, "board> 21.5 \xC2\xB0"
               "C\n");
    HEARS(carol, "");
    HEARS(CHAT_OPERATOR, "#lobby board> 21.5 \xC2\xB0"
                         "C\n");
    assert_int_equal(say("", "to all\n\xFF quit"), LWCHAT_OK);
    HEARS(alice, "board> to all?? quit\n");
    HEARS(carol, "board> to all?? quit\n");
    HEARS(CHAT_OPERATOR, "board> to all?? quit\n");
    assert_int_equal(say("#nobody", "x"), LWCHAT_NOT_FOUND);
    assert_int_equal(say("#lobby", " \t "), LWCHAT_OK);
    HEARS(alice, "");
    /* It is history like everything that is said. */
    unsigned dave = world_join();
    assert_non_null(strstr(world_hear(dave), "board> 21.5"));
}

static void test_says_nothing_while_the_log_is_held(void **state)
{
    (void)state;
    world_fill(alice);
    assert_int_equal(say("#lobby", "later"), LWCHAT_AGAIN);
    world_hush();
    world_pass();
    assert_int_equal(say("#lobby", "later"), LWCHAT_OK);
    HEARS(bob, "board> later\n");
}

static void test_a_command_for_the_room(void **state)
{
    (void)state;
    world_say(alice, "!LED   on  \n");
    assert_string_equal(asked, "alice|#lobby|on");
    HEARS(alice, "board> the LED is on\n");
    HEARS(bob, "alice> !LED   on  \nboard> the LED is on\n");
    HEARS(carol, "");
    HEARS(CHAT_OPERATOR, "#lobby alice> !LED   on  \n#lobby board> the LED is on\n");
    world_say(CHAT_OPERATOR, "!led off\n");
    assert_string_equal(asked, "Marcel||off");
    HEARS(alice, "Marcel> !led off\nboard> the LED is off\n");
    HEARS(carol, "Marcel> !led off\nboard> the LED is off\n");
    HEARS(CHAT_OPERATOR, "board> the LED is off\n");
}

/* Whoever was not announced when it came is announced before it is heard. */
static void test_a_command_of_a_stranger(void **state)
{
    (void)state;
    chat.session[alice].unannounced = true;
    world_say(alice, "!led\n");
    HEARS(bob, "");
    world_say(alice, "!led on\n");
    HEARS(bob, "*** alice joined\nalice> !led on\nboard> the LED is on\n");
}

static void test_a_command_for_the_asker(void **state)
{
    (void)state;
    world_say(alice, "!led\n");
    assert_string_equal(asked, "alice|#lobby|");
    HEARS(alice, "[board] the LED?is off\n");
    HEARS(bob, "");
    HEARS(CHAT_OPERATOR, "");
    world_say(CHAT_OPERATOR, "!led\n");
    HEARS(CHAT_OPERATOR, "[board] the LED?is off\n");
    HEARS(alice, "");
}

static void test_answers_of_every_length(void **state)
{
    char whole[LWCHAT_REPLY_BYTES + 16];

    (void)state;
    world_say(alice, "!fill it\n");
    memset(whole, 0, sizeof whole);
    strcpy(whole, "board> ");
    memset(whole + 7, 'x', LWCHAT_REPLY_BYTES);
    whole[7 + LWCHAT_REPLY_BYTES] = '\n';
    HEARS(alice, whole);
    world_hush();
    world_say(alice, "!fill\n");
    HEARS(alice, "");
    HEARS(bob, "alice> !fill\n");
}

static void test_what_is_no_command(void **state)
{
    (void)state;
    asked[0] = '\0';
    world_say(alice, "!\n!le\n!ledon\n!ledx on\nwhat !led\n//!led\n!!led\n");
    HEARS(bob, "alice> !\nalice> !le\nalice> !ledon\nalice> !ledx on\nalice> what !led\n"
               "alice> /!led\nalice> !!led\n");
    assert_string_equal(asked, "");
    HEARS(alice, "");
}

static void test_help(void **state)
{
    (void)state;
    world_say(alice, "!help\n");
    HEARS(alice, "*** !led [on|off]\n*** !fill\n");
    HEARS(bob, "");
    world_say(alice, "/help\n");
    assert_non_null(strstr(world_hear(alice), "!help lists them\n"));
    world_start(NULL);
    unsigned eve = world_enter("eve"), mallory = world_enter("mallory");
    world_hush();
    world_say(eve, "!help\n!led on\n");
    HEARS(mallory, "eve> !help\neve> !led on\n");
    world_say(eve, "/help\n");
    assert_null(strstr(world_hear(eve), "!help"));
}

/* Nobody can be taken for the firmware. */
static void test_its_nick_is_its_own(void **state)
{
    (void)state;
    world_say(alice, "/nick board\n/nick B0ard\n/nick boards\n");
    const char *heard = world_hear(alice);
    assert_non_null(strstr(heard, "\"board\""));
    assert_non_null(strstr(heard, "\"B0ard\""));
    assert_non_null(strstr(heard, "*** You are now boards."));
}

/* Whoever ignores somebody who has left still hears it. */
static void test_is_not_ignored(void **state)
{
    (void)state;
#if LWCHAT_MAX_IGNORES > 0
    world_say(alice, "/ignore bob\n");
    chat_release(&chat, bob, 0);
    world_hush();
    assert_int_equal(say("#lobby", "the kettle boils"), LWCHAT_OK);
    world_say(alice, "!led\n");
    HEARS(alice, "board> the kettle boils\n[board] the LED?is off\n");
#endif
}

static void test_in_json(void **state)
{
    (void)state;
#if LWCHAT_JSON
    world_say(alice, "/mode json\n");
    world_hush();
    world_say(alice, "{\"say\":\"!led on\"}\n");
    assert_string_equal(asked, "alice|#lobby|on");
    assert_non_null(strstr(world_hear(alice), "\"from\":\"board\",\"text\":\"the LED is on\""));
    world_say(alice, "{\"cmd\":\"!led\"}\n");
    assert_non_null(strstr(world_hear(alice), "\"type\":\"private\""));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_says, start),
        cmocka_unit_test_setup(test_says_nothing_while_the_log_is_held, start),
        cmocka_unit_test_setup(test_a_command_for_the_room, start),
        cmocka_unit_test_setup(test_a_command_of_a_stranger, start),
        cmocka_unit_test_setup(test_a_command_for_the_asker, start),
        cmocka_unit_test_setup(test_answers_of_every_length, start),
        cmocka_unit_test_setup(test_what_is_no_command, start),
        cmocka_unit_test_setup(test_help, start),
        cmocka_unit_test_setup(test_its_nick_is_its_own, start),
        cmocka_unit_test_setup(test_is_not_ignored, start),
        cmocka_unit_test_setup(test_in_json, start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
