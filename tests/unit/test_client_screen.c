/* The client at a screen, with scripted sockets, console and clock. */
#include "script.h"

#define FIRST_LINE  "You are connected to server Marcel. Send your messages.\n"
#define SECOND_LINE "*** You are guest1. /help lists the commands, /quit leaves.\n"
#define GREETING    FIRST_LINE SECOND_LINE
#define HELLO                                                                                      \
    "{\"time\":1796019150,\"type\":\"hello\",\"start\":7,\"room\":\"#lobby\",\"from\":\"Marcel\"," \
    "\"to\":\"guest1\"}\n"
#define NAMED "{\"type\":\"reply\",\"text\":\"You are now alice.\"}\n"
#define TAKEN "{\"type\":\"error\",\"text\":\"the nick \\\"alice\\\" is taken\"}\n"
#define PEOPLE                                                                                     \
    "{\"type\":\"reply\",\"text\":\"in #lobby: 2\"}\n{\"type\":\"reply\",\"text\":\"  alice "      \
    "bob\"}\n"
#define SAID(seq, from, text)                                                                      \
    "{\"seq\":" #seq                                                                               \
    ",\"time\":1796019150,\"type\":\"message\",\"room\":\"#lobby\",\"from\":\"" from               \
    "\",\"text\":\"" text "\"}\n"

#define AGAIN(from, text)                                                                          \
    "{\"time\":1796019150,\"type\":\"message\",\"room\":\"#lobby\",\"from\":\"" from               \
    "\",\"text\":\"" text "\"}\n"

static void forget(void)
{
    world.sent_bytes = world.out_bytes = 0;
    world.out[0] = world.complaint[0] = '\0';
}

/* A client called alice, in a room with bob. */
static void talk(void)
{
    begin_on_screen("alice");
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|");
    forget();
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_string_equal(sent(),
                        "{\"cmd\":\"/nick alice\"}\n{\"cmd\":\"/who\"}\n{\"cmd\":\"/rooms\"}\n|");
    arrives(NAMED PEOPLE "{\"type\":\"reply\",\"text\":\"#lobby: 2\"}\n");
    assert_true(run_ms(100));
    assert_string_equal(world.out, "07:12 *** \x1fYou are now alice.\n");
    assert_string_equal(world.status, "[#lobby, people: 2, connected to here]");
    assert_false(world.echoes);
    forget();
}

static unsigned times(const char *text, const char *part)
{
    unsigned count = 0;

    while ((text = strstr(text, part)) != NULL) {
        count++;
        text++;
    }
    return count;
}

/* A lost talk, which the server takes up, with others who are called as before. */
static void return_as_guest(const char *answers)
{
    world.server_reset = true;
    assert_true(run_ms(1200));
    world.acknowledged = SIZE_MAX;
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    forget();
    arrives(answers);
    assert_true(run_ms(100));
}

static void test_a_password_is_asked_for_once(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives("*** Mot de passe ? Ce que vous envoyez maintenant en tient lieu.\n");
    assert_true(run_ms(3000));
    assert_string_equal(world.out, "Connected to here port 50000.\n07:12 *** \x1fMot de passe ? "
                                   "Ce que vous envoyez maintenant en tient lieu.\n");
    assert_true(world.hides);
    is_typed("sesame\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|");
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_false(world.hides);
    assert_string_equal(sent(), "sesame\n|/mode json\n|");
    arrives(HELLO NAMED PEOPLE "{\"type\":\"reply\",\"text\":\"#lobby: 2\"}\n");
    assert_true(run_ms(100));
    assert_null(strstr(world.out, "sesame"));
    assert_null(strstr(world.log, "sesame"));
    /* It comes back by itself, and says nothing of it. */
    world.server_reset = true;
    assert_true(run_ms(100));
    world.server_reset = false;
    forget();
    for (unsigned i = 0; i < 200 && !world.open; i++) {
        assert_true(run_ms(50));
    }
    arrives("*** Password? The next thing you send is taken for it.\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|");
    assert_null(strstr(world.out, "Password"));
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|/mode json\n|");
}

/* Whatever is typed after it, in time or too early, is for the chat: none of it is cut or lost. */
static void test_more_is_typed_than_a_password(void **state)
{
    enum { LINES = 11, LINE = 100 };
    char text[LINES * LINE + 1];

    (void)state;
    begin_on_screen("alice");
    arrives("*** Password? The next thing you send is taken for it.\n");
    assert_true(run_ms(100));
    for (int i = 0; i < LINES; i++) {
        snprintf(text + i * LINE, LINE + 1, "%099d\n", i);
    }
    is_typed("sesame\n");
    is_typed(text);
    assert_true(run_ms(100));
    assert_int_equal(world.typed_bytes, LINES * LINE); /* a terminal can still drop them */
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|/mode json\n|");
    arrives(HELLO NAMED PEOPLE "{\"type\":\"reply\",\"text\":\"#lobby: 2\"}\n");
    assert_true(run_ms(100));
    is_typed("hi\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "0010\"}\n|{\"say\":\"hi\"}\n|"));
    assert_null(strstr(world.log, "sesame"));
}

static void test_a_talk(void **state)
{
    struct port_completion completion;

    (void)state;
    talk();
    world.complete(world.complete_context, "b", 1, &completion);
    assert_int_equal(completion.bytes, 5);
    assert_memory_equal(completion.text, "bob: ", 5);
    is_typed("hi\n/me waves\n");
    arrives(SAID(10, "bob", "hello Alice"));
    assert_true(run_ms(100));
    assert_string_equal(world.out,
                        "07:12!bob> \x1fhello Alice\a\n07:12 > \x1fhi\n07:12 * alice \x1fwaves\n");
    assert_string_equal(sent(), "{\"say\":\"hi\"}\n|{\"cmd\":\"/me waves\"}\n|");
    assert_non_null(strstr(world.log, "2026-11-30 07:12:30 #lobby bob> hello Alice\n"));
    assert_non_null(strstr(world.log, "2026-11-30 07:12:30 #lobby alice> hi\n"));
    is_typed("/time on\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "07:12 > \x1f/time on\n"));
    assert_null(strstr(world.log, "/time")); /* nobody has said it */
    forget();
    is_typed("/quit bye\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "{\"cmd\":\"/quit bye\"}\n|");
    arrives("{\"type\":\"reply\",\"text\":\"fin\"}\n");
    world.server_ended = true;
    assert_false(run_ms(1500));
    assert_int_equal(client.result, 0);
    assert_string_equal(world.status, "");
}

/* What was said before JSON was spoken is asked for again, with its times. */
static void test_history_comes_with_its_times(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    arrives(GREETING "bob> early\nMarcel> from the operator\n[bob] psst\n");
    assert_true(run_ms(100));
    forget();
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_string_equal(sent(),
                        "{\"cmd\":\"/who\"}\n{\"cmd\":\"/rooms\"}\n{\"cmd\":\"/history 1\"}\n|");
    assert_string_equal(world.out, "07:12 Marcel> \x1f"
                                   "from the operator\n07:12![bob] \x1fpsst\a\n");
}

static void test_a_server_without_json(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives(GREETING "bob> early\n");
    assert_true(run_ms(100));
    forget();
    arrives("!!! no command \"/mode\": /help lists them\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/nick alice\n/who\n/rooms\n|");
    assert_string_equal(world.out, "07:12 bob> \x1f"
                                   "early\n");
    forget();
    arrives("*** You are now alice.\n*** in #lobby: 2\n***   alice bob\n*** #lobby: 2\n");
    is_typed("//x\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "//x\n|");
    assert_string_equal(world.out, "07:12 *** \x1fYou are now alice.\n07:12 > \x1f/x\n");
    assert_string_equal(world.status, "[#lobby, people: 2, connected to here]");
}

static void test_a_greeting_of_one_line(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    arrives("You are connected to server Marcel. Send your messages.\nbob> early\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "bob> \x1f"
                                      "early\n"));
}

/* A server that does not answer /mode is spoken to in lines, too. */
static void test_a_server_that_does_not_answer(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    arrives(GREETING);
    is_typed("hi\n");
    assert_true(run_ms(2900));
    assert_string_equal(sent(), "/mode json\n|");
    assert_true(run_ms(400));
    assert_string_equal(sent(), "/mode json\n|/who\n/rooms\n|hi\n|");
}

static void test_another_server_gets_what_is_typed(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives("Welcome.\nYou are connected to server Marcel. Send your messages.\n");
    is_typed("/ignore bob\n{\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/nick alice\n/ignore bob\n{\n|");
    assert_string_equal(world.out,
                        "Connected to here port 50000.\nWelcome.\nYou are connected to server "
                        "Marcel. Send your messages.\n");
    assert_true(world.echoes);
    world.server_ended = true;
    assert_false(run_ms(1500));
    assert_int_equal(client.result, 0);
}

static void test_ignoring(void **state)
{
    (void)state;
    talk();
    is_typed("/ignore BOB\n/mode text\n");
    assert_true(run_ms(100));
    arrives(SAID(10, "bob", "hidden") "{\"type\":\"nick\",\"from\":\"bob\",\"to\":\"rob\"}\n" SAID(
        11, "rob", "hidden, too"));
    assert_true(run_ms(100));
    assert_null(strstr(world.out, "hidden"));
    assert_string_equal(sent(), "");
    is_typed("/ignore\n/ignore rob\n");
    assert_true(run_ms(100));
    arrives(SAID(12, "rob", "seen"));
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "you are ignoring rob"));
    assert_non_null(strstr(world.out, "rob> \x1fseen\n"));
    is_typed("/ignore Alice\n/ignore b ob\n/ignore a\n/ignore b\n/ignore c\n/ignore d\n/ignore e\n"
             "/ignore f\n/ignore g\n/ignore h\n/ignore j\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "\"Alice\" is not a nick"));
    assert_non_null(strstr(world.out, "\"b ob\" is not a nick"));
    assert_non_null(strstr(world.out, "\"j\" is not ignored: 8 at most, /ignore lists them"));
}

/* It resumes, tells what has not come through, and shows nothing twice. */
static void test_a_lost_talk_is_taken_up_again(void **state)
{
    (void)state;
    talk();
    arrives(SAID(10, "bob", "before"));
    assert_true(run_ms(100));
    world.acknowledged = 0;
    is_typed("got through\nwas lost\n");
    assert_true(run_ms(100));
    forget();
    world.server_reset = true;
    world.connected = LWCHAT_REFUSED;
    assert_true(run_ms(10000));
    assert_string_equal(world.complaint, "The connection to here port 50000 was lost.");
    assert_non_null(strstr(world.status, "trying again in "));
    is_typed("typed meanwhile\n");
    world.connected = 0;
    world.acknowledged = SIZE_MAX;
    for (int i = 0; !(world.open && client.state == CLIENT_GREETING); i++) {
        assert_in_range(i, 0, 600);
        assert_true(run_ms(100));
    }
    forget();
    arrives(GREETING "bob> before\n");
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|{\"cmd\":\"/nick alice\"}\n{\"cmd\":\"/who\"}\n"
                                "{\"resume\":{\"start\":7,\"seq\":10}}\n{\"cmd\":\"/"
                                "who\"}\n{\"cmd\":\"/rooms\"}\n|{\"say\":\"typed meanwhile\"}\n|");
    /* What is new may come before that, which then has no numbers. History is not shown again. */
    arrives(NAMED AGAIN("bob", "before") SAID(13, "bob", "at last") PEOPLE
            "{\"type\":\"missed\",\"count\":2,\"text\":\"you missed 2 messages\"}\n");
    arrives(AGAIN("alice", "got through") AGAIN("bob", "meanwhile") PEOPLE);
    assert_true(run_ms(100));
    assert_null(strstr(world.out, "before"));
    assert_null(strstr(world.out, "got through"));
    assert_non_null(strstr(world.out, "connected again to here after "));
    assert_non_null(strstr(world.out, "07:12 bob> \x1f"
                                      "at last\n"));
    assert_non_null(strstr(world.out, "you missed 2 messages\n07:12 bob> \x1fmeanwhile\n"));
    assert_non_null(strstr(world.out, "*** \x1fwhile you were away: 2 messages\n"));
    assert_string_equal(world.complaint, "Perhaps not delivered:\nwas lost");
}

/* Somebody has taken our nick meanwhile, and given it back. */
static void test_lines_under_our_nick(void **state)
{
    (void)state;
    talk();
    arrives(SAID(10, "bob", "before"));
    is_typed("hello\n");
    assert_true(run_ms(100));
    world.acknowledged = 0;
    is_typed("/me waves\n//x  y\nanybody?\n");
    assert_true(run_ms(100));
    return_as_guest(NAMED PEOPLE);
    arrives(AGAIN("alice", "hello") "{\"time\":1796019150,\"type\":\"action\",\"from\":\"alice\","
                                    "\"text\":\"waves\"}\n" AGAIN("alice", "/x y")
                                        AGAIN("alice", "it is me") AGAIN("alice", "anybody?")
                                            PEOPLE);
    assert_true(run_ms(100));
    assert_string_equal(strstr(world.out, "You are now alice."),
                        "You are now alice.\n07:12 alice> \x1fit is me\n07:12 alice> \x1f"
                        "anybody?\n07:12 *** \x1fwhile you were away: 2 messages\n");
    assert_string_equal(world.complaint, "Perhaps not delivered:\nanybody?");
}

/* What was pasted is not shown once more, however many lines it had. */
static void test_a_paste_before_the_end(void **state)
{
    enum { LINES = 4000 };
    char line[200];

    (void)state;
    talk();
    config.log = false;
    arrives(SAID(10, "bob", "before"));
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, "line %d\n", i);
        is_typed(line);
        if (i % 100 == 99) {
            assert_true(run_ms(100));
            forget();
        }
    }
    assert_true(run_ms(100));
    return_as_guest(NAMED PEOPLE);
    for (int i = 0; i < LINES; i++) {
        snprintf(line, sizeof line, AGAIN("alice", "line %d"), i);
        arrives(line);
        assert_true(run_ms(1));
    }
    arrives(AGAIN("bob", "last") PEOPLE);
    assert_true(run_ms(100));
    assert_null(strstr(world.out, "line "));
    assert_non_null(strstr(world.out, "while you were away: 1 message"));
}

static void test_it_can_be_stopped_at_any_moment(void **state)
{
    (void)state;
    talk();
    world.server_reset = true;
    world.connected = LWCHAT_REFUSED;
    assert_true(run_ms(200000));
    /* A minute at most between two attempts. */
    assert_in_range(client.pause_ms, 30000, 60000);
    is_typed("never sent\n");
    world.stopping = true;
    assert_false(run_ms(1));
    assert_non_null(strstr(world.complaint, "Perhaps not delivered:\nnever sent"));
    assert_int_equal(client.result, 0);
}

/* Nor has anybody to wait for a server that may never come. */
static void test_it_can_be_left_without_a_connection(void **state)
{
    static const char *const farewells[] = {"/quit bye\n", "fin\n", "/quit\n", ""};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        talk();
        world.server_reset = true;
        world.connected = i % 2 == 0 ? LWCHAT_REFUSED : LWCHAT_AGAIN;
        world.send_room = 0;
        assert_true(run_ms(5000));
        is_typed("never sent\n/quitter\n");
        assert_true(run_ms(2000));
        is_typed(farewells[i]);
        world.input_ended = i == 3;
        assert_false(run_ms(2000));
        assert_string_equal(world.complaint, "The connection to here port 50000 was lost.\n"
                                             "Perhaps not delivered:\nnever sent\n/quitter");
        assert_int_equal(client.result, 0);
    }
}

/* A server that was ours is not taken for another because its greeting is late. */
static void test_a_late_greeting(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    is_typed("typed early\n");
    assert_true(run_ms(2500));
    assert_string_equal(sent(), "");
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|");

    /* Its second line may come a moment after the first. */
    begin_on_screen(NULL);
    assert_true(run_ms(1500));
    arrives(FIRST_LINE);
    assert_true(run_ms(200));
    assert_string_equal(sent(), "");
    arrives(SECOND_LINE);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|");

    talk();
    world.server_reset = true;
    assert_true(run_ms(1200));
    assert_int_equal(client.state, CLIENT_GREETING);
    forget();
    is_typed("typed meanwhile\n");
    assert_true(run_ms(8000));
    assert_string_equal(world.out, "");
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO NAMED PEOPLE);
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "/mode json\n|"));
    assert_non_null(strstr(sent(), "{\"say\":\"typed meanwhile\"}\n|"));

    /* One that says nothing at all is tried again, and can be left. */
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_true(run_ms(1200));
    assert_int_equal(client.state, CLIENT_GREETING);
    forget();
    assert_true(run_ms(10500));
    assert_int_equal(client.state, CLIENT_AWAY);
    assert_true(run_ms(5000));
    assert_int_equal(client.state, CLIENT_GREETING);
    assert_string_equal(sent(), "");
    is_typed("never sent\n/quit\n");
    assert_false(run_ms(10000));
    assert_string_equal(world.complaint, "Perhaps not delivered:\nnever sent");
}

/* What was typed before a password is asked for is for the chat. */
static void test_a_password_that_has_changed(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    arrives("*** Password? The next thing you send is taken for it.\n");
    is_typed("sesame\n");
    assert_true(run_ms(100));
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO PEOPLE);
    assert_true(run_ms(100));
    world.server_reset = true;
    world.connected = LWCHAT_REFUSED;
    assert_true(run_ms(1000));
    is_typed("typed meanwhile\n");
    assert_true(run_ms(100));
    world.connected = 0;
    for (int i = 0; i < 100 && client.state != CLIENT_GREETING; i++) {
        assert_true(run_ms(100));
    }
    forget();
    arrives("*** Password? The next thing you send is taken for it.\n");
    assert_true(run_ms(100));
    arrives("!!! wrong password, nothing was said: 4 more attempts\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "sesame\n|");
    assert_true(world.hides);
    is_typed("changed\n");
    assert_true(run_ms(100));
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO PEOPLE);
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "sesame\n|changed\n|/mode json\n|"));
    assert_non_null(strstr(sent(), "{\"say\":\"typed meanwhile\"}\n|"));
}

/* What may not have been delivered is told as far as there is room, and counted beyond that. */
static void test_more_than_it_can_tell(void **state)
{
    enum { SENT = 40, TYPED = 30, LINE = 100, TOLD = 40 };
    char line[LINE + 1], last[LINE + 1];

    (void)state;
    talk();
    world.acknowledged = 0;
    for (int i = 0; i < SENT + TYPED; i++) {
        if (i == SENT) {
            assert_true(run_ms(100));
            world.server_reset = true;
            world.connected = LWCHAT_REFUSED;
            assert_true(run_ms(10000));
        }
        snprintf(line, sizeof line, "%099d\n", i);
        is_typed(line);
    }
    world.stopping = true;
    assert_false(run_ms(1));
    snprintf(line, sizeof line, "\n%099d", SENT + TYPED - TOLD);
    snprintf(last, sizeof last, "\n%099d", SENT + TYPED - 1);
    const char *told = strstr(world.complaint, "Perhaps not delivered: ");
    assert_non_null(told);
    size_t forgotten = strtoul(strchr(told, ':') + 1, NULL, 10);
    /* An object takes a little more than its line. */
    assert_in_range(forgotten, (SENT + TYPED - TOLD) * LINE, (SENT + TYPED - TOLD) * (LINE + 12));
    assert_ptr_equal(strstr(told, "\n"), strstr(told, line));
    assert_int_equal(strlen(told) - TOLD * LINE, strstr(told, line) - told);
    assert_string_equal(told + strlen(told) - LINE, last);
}

/* A server that is full has not ended the talk: it is tried again. */
static void test_a_full_server(void **state)
{
    (void)state;
    talk();
    world.server_reset = true;
    assert_true(run_ms(1200));
    assert_true(world.open);
    forget();
    is_typed("typed meanwhile\n");
    arrives("!!! the server is full\n");
    assert_true(run_ms(100));
    assert_string_equal(sent(), "");
    world.server_ended = true;
    assert_true(run_ms(900));
    assert_int_equal(client.away, 1);
    assert_non_null(strstr(world.out, "!!! the server is full\n"));
    for (int i = 0; !world.open; i++) {
        assert_in_range(i, 0, 600);
        assert_true(run_ms(100));
    }
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "{\"say\":\"typed meanwhile\"}"));
}

/* Our lost connection may still have our nick, for as long as the server keeps it. */
static void test_the_nick_comes_back(void **state)
{
    (void)state;
    talk();
    return_as_guest(TAKEN PEOPLE PEOPLE);
    for (unsigned s = 0; s < 290; s += 10) {
        arrives(TAKEN);
        assert_true(run_ms(10000));
        assert_int_equal(times(world.out, "is taken"), 1);
    }
    assert_in_range(times(sent(), "{\"cmd\":\"/nick alice\"}"), 28, 29);
    /* Somebody else has it. */
    assert_true(run_ms(10000));
    arrives(TAKEN);
    assert_true(run_ms(100));
    assert_int_equal(times(world.out, "is taken"), 2);
    forget();
    assert_true(run_ms(600000));
    assert_string_equal(sent(), "");

    talk();
    return_as_guest(TAKEN PEOPLE PEOPLE "{\"type\":\"leave\",\"from\":\"alice\"}\n");
    assert_string_equal(sent(), "{\"cmd\":\"/nick alice\"}\n|");
    arrives(NAMED);
    is_typed("/nick bob\n");
    assert_true(run_ms(100));
    forget();
    assert_true(run_ms(30000));
    assert_string_equal(sent(), "");

    /* Who asks is answered. */
    talk();
    return_as_guest(TAKEN PEOPLE PEOPLE);
    is_typed("/nick alice\n");
    assert_true(run_ms(100));
    arrives(TAKEN);
    assert_true(run_ms(100));
    assert_int_equal(times(world.out, "is taken"), 2);
}

/* A nick that only begins like a guest's is one. */
static void test_a_nick_that_begins_like_a_guest(void **state)
{
    (void)state;
    talk();
    arrives("{\"type\":\"reply\",\"text\":\"You are now guestbook.\"}\n");
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_true(run_ms(1200));
    forget();
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "{\"cmd\":\"/nick guestbook\"}\n"));
}

/* Otherwise it is asked for once. */
static void test_the_nick_that_is_wanted(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    forget();
    arrives(TAKEN PEOPLE);
    assert_true(run_ms(30000));
    assert_string_equal(sent(), "");
    assert_non_null(strstr(world.out, "!!! \x1fthe nick \"alice\" is taken\n"));

    begin_on_screen("Marcel");
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    assert_true(run_ms(100));
    arrives(
        "{\"type\":\"error\",\"text\":\"the nick \\\"Marcel\\\" is taken: it is reserved for the "
        "server\"}\n" PEOPLE);
    assert_true(run_ms(100));
    forget();
    assert_true(run_ms(30000));
    assert_string_equal(sent(), "");
}

static void test_who_is_kicked_stays_away(void **state)
{
    (void)state;
    talk();
    arrives("{\"type\":\"reply\",\"text\":\"You were kicked: "
            "enough\"}\n{\"type\":\"reply\",\"text\":\"fin\"}\n");
    world.server_ended = true;
    assert_false(run_ms(2000));
    talk();
    /* A server that shuts down may come back. */
    arrives("{\"type\":\"reply\",\"text\":\"the server is shutting "
            "down\"}\n{\"type\":\"reply\",\"text\":\"fin\"}\n");
    world.server_ended = true;
    assert_true(run_ms(2000));
    assert_int_equal(client.away, 1);
}

static void test_a_restarted_server(void **state)
{
    (void)state;
    talk();
    arrives(SAID(10, "bob", "before"));
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_true(run_ms(1200));
    forget();
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives("{\"time\":1796019150,\"type\":\"hello\",\"start\":8,\"room\":\"#lobby\",\"from\":"
            "\"Marcel\","
            "\"to\":\"guest1\"}\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "the server has restarted"));
    assert_null(strstr(sent(), "resume"));
}

static void test_a_server_that_moves(void **state)
{
    (void)state;
    talk();
    arrives("{\"type\":\"reply\",\"text\":\"this server is moving to 192.168.7.9 port 50001: "
            "reconnect there\"}\n");
    assert_true(run_ms(100));
    assert_string_equal(client.host, "here"); /* a name is looked up again */
    client.host = "192.168.7.2";
    arrives("{\"type\":\"reply\",\"text\":\"this server is moving to 192.168.7.9 port 50001: "
            "reconnect there\"}\n");
    assert_true(run_ms(100));
    assert_string_equal(client.host, "192.168.7.9");
    assert_int_equal(client.port, 50001);
    /* An address may have any number of leading zeros: one that is too long is none. */
    arrives(
        "{\"type\":\"reply\",\"text\":\"this server is moving to 00000000000000000000000000000000"
        "00000000000000000000000000000000000000000000192.168.7.8 port 50002: reconnect "
        "there\"}\n");
    assert_true(run_ms(100));
    assert_string_equal(client.host, "192.168.7.9");
    assert_int_equal(client.port, 50001);
}

/* A room of another server of this kind may have a longer name than ours. */
static void test_the_longest_room(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives("{\"time\":1796019150,\"type\":\"hello\",\"start\":7,\"room\":"
            "\"#a-name-as-long-as-a-nick-may-be\",\"from\":\"Marcel\",\"to\":\"guest1\"}\n" PEOPLE);
    assert_true(run_ms(100));
    assert_string_equal(world.status,
                        "[#a-name-as-long-as-a-nick-may-be, people: 2, connected to here]");
}

/* While the server reads nothing, what does not fit into the client's own lines is left out. */
static void test_own_lines_are_bounded(void **state)
{
    (void)state;
    talk();
    arrives("{\"type\":\"reply\",\"text\":\"You are in #den.\"}\n" SAID(10, "bob", "before"));
    assert_true(run_ms(100));
    world.server_reset = true;
    assert_true(run_ms(1200));
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(HELLO);
    world.send_room = 0;
    assert_true(run_ms(100));
    assert_true(client.screen.entering);
    for (int i = 0; i < 50; i++) {
        arrives("{\"type\":\"leave\",\"from\":\"alice\"}\n");
        assert_true(run_ms(10));
    }
    arrives("{\"type\":\"reply\",\"text\":\"You are in #den.\"}\n");
    assert_true(run_ms(100));
    assert_false(client.screen.entering);
    assert_in_range(client.screen.wire_bytes, 0, sizeof client.screen.wire);
    /* No answer is expected to a question that was not asked. */
    assert_int_equal(client.screen.who_asked, 0);
}

/* --- Servers that are none of ours, or hostile -------------------------------------- */

/* More lines come before JSON is spoken than can be held: they are shown, in their order. */
static void test_more_comes_than_can_be_held(void **state)
{
    char line[2048];

    (void)state;
    begin_on_screen("alice");
    config.log = false;
    arrives(GREETING "first\n");
    assert_true(run_ms(1));
    forget();
    memset(line, '\n', sizeof line);
    line[1000] = '\0';
    for (unsigned i = 0; i < 16; i++) {
        arrives(line);
        assert_true(run_ms(1));
    }
    memset(line, 'a', sizeof line);
    line[1990] = '\n';
    line[1991] = '\0';
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(world.out_bytes, 0);
        arrives(line);
        world.console_room = 200; /* a slow console */
        assert_true(run_ms(1));
        if (world.out_bytes > 0) {
            break;
        }
    }
    assert_non_null(strstr(world.out, "first\n"));
    assert_null(strstr(world.out, "aaa"));
    for (unsigned i = 0; i < 4000 && strstr(world.out, "aaa") == NULL; i++) {
        forget();
        world.console_room = 4000;
        assert_true(run_ms(1));
    }
    assert_non_null(strstr(world.out, "aaa"));
}

/* A line that is too long is cut between characters. */
static void test_a_line_in_pieces(void **state)
{
    static char line[2048];

    (void)state;
    talk();
    arrives("xx"); /* so that the cut falls into a mark */
    for (unsigned i = 0; i + 3 < sizeof line; i += 3) {
        memcpy(line + i, "a\xCC\x88", 3);
    }
    for (unsigned i = 0; i < 4; i++) {
        arrives(line);
        assert_true(run_ms(10));
    }
    arrives("\n");
    assert_true(run_ms(10));
    assert_non_null(strstr(world.out, "a\xCC\x88\n07:12 a\xCC\x88"));
    assert_int_equal(times(world.out, "a\xCC\x88"), 4 * ((sizeof line - 1) / 3));
}

/* An object with a fault is shown as text, without what its escapes stand for. */
static void test_objects_with_a_fault(void **state)
{
    (void)state;
    talk();
    arrives("{\"x\":\"\\u001b]0;owned\\u0007\\u001b[2J\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, "owned"));
    assert_null(strchr(world.out, '\033'));
    assert_null(strchr(world.out, '\007'));
    assert_null(strchr(world.log, '\033'));
}

static void test_members_out_of_range(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives(
        "{\"time\":9223372036854775808,\"type\":\"hello\",\"start\":7,\"room\":\"#lobby\","
        "\"from\":\"Marcel\",\"to\":\"guest1\"}\n"
        "{\"time\":9223372036854775808,\"type\":\"join\",\"room\":\"#lobby\",\"from\":\"a"
        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"
        "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\"}\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.out, " joined\n"));
    assert_null(strstr(world.out, "\xC3 joined\n"));
}

/* The connection is lost, and the client connects again. */
static void drop_connection(void)
{
    world.server_reset = true;
    for (int i = 0; i < 5 || !world.open; i++) {
        assert_in_range(i, 0, 100);
        assert_true(run_ms(100));
    }
}

/* What the client itself has to send is not taken for the password. */
static void test_a_password_asked_for_too_late(void **state)
{
    (void)state;
    begin_on_screen(NULL);
    world.send_room = 0;
    arrives(GREETING);
    assert_true(run_ms(100));
    arrives("*** Password? The next thing you send is taken for it.\n");
    assert_true(run_ms(100));
    assert_false(world.hides);
    world.send_room = SIZE_MAX;
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|");
    arrives(HELLO);
    assert_true(run_ms(100));
    assert_int_equal(client.state, CLIENT_TALKING);
}

/* The connection breaks, and the next server takes what it is sent. */
static void comes_back_to(const char *greeting)
{
    drop_connection();
    world.send_room = SIZE_MAX;
    forget();
    arrives(greeting);
    assert_true(run_ms(100));
}

/* What was read for a server of another kind is sent to ours, and the other way round. */
static void test_a_server_of_another_kind(void **state)
{
    char line[1021];

    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    begin_on_screen(NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(100));
    world.send_room = 3;
    is_typed("short\n");
    is_typed(line);
    is_typed("\n");
    assert_true(run_ms(100));
    comes_back_to(GREETING);
    assert_string_equal(sent(), "/mode json\n|");
    arrives(HELLO PEOPLE);
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "|{\"say\":\"short\"}\n|{\"say\":\"xxx"));
    is_typed("more\nlast\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(sent(), "xxx\"}\n|{\"say\":\"more\"}\n|{\"say\":\"last\"}\n|"));

    world.send_room = 0;
    is_typed("one\ntwo\nthree\n");
    assert_true(run_ms(100));
    comes_back_to("Welcome.\n");
    assert_string_equal(sent(), "two\nthree\n|");

    /* Neither a command nor half a line is lost when ours comes back. */
    world.send_room = 0;
    is_typed("/join #lab\n");
    for (unsigned i = 0; i < 2; i++) {
        is_typed(line);
        is_typed(i == 0 ? "\n" : " end\n");
    }
    assert_true(run_ms(100));
    comes_back_to(GREETING);
    arrives(HELLO PEOPLE);
    assert_true(run_ms(1000));
    assert_non_null(strstr(sent(), "{\"cmd\":\"/join #lab\"}\n|{\"say\":\"xxx"));
    assert_non_null(strstr(sent(), "xxx end\"}\n"));

    /* It is told if it will not be sent. */
    begin_on_screen(NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(100));
    world.send_room = 0;
    is_typed("four\n");
    assert_true(run_ms(100));
    world.server_reset = true;
    world.connected = LWCHAT_AGAIN;
    assert_true(run_ms(1500));
    assert_int_equal(client.state, CLIENT_CONNECTING);
    world.stopping = true;
    assert_false(run_ms(100));
    assert_non_null(strstr(world.complaint, "four"));

    /* Once, also if it is greeting another server by then. */
    begin_on_screen(NULL);
    arrives("Welcome.\n");
    assert_true(run_ms(100));
    world.send_room = 0;
    is_typed("five\n");
    assert_true(run_ms(100));
    drop_connection();
    assert_int_equal(client.state, CLIENT_GREETING);
    world.stopping = true;
    assert_false(run_ms(10000));
    const char *told = strstr(world.complaint, "five");
    assert_non_null(told);
    assert_null(strstr(told + 4, "five"));
}

/* What the client has said by itself is not told, nor taken for typed text. */
static void test_what_was_not_typed(void **state)
{
    (void)state;
    begin_on_screen("alice");
    world.send_room = 0;
    arrives(GREETING);
    assert_true(run_ms(100));
    comes_back_to(GREETING);
    assert_string_equal(sent(), "/mode json\n|");
    arrives(HELLO PEOPLE);
    assert_true(run_ms(100));
    assert_null(strstr(world.out, "/mode"));

    begin_on_screen("alice");
    world.acknowledged = 0;
    arrives(GREETING);
    assert_true(run_ms(100));
    assert_string_equal(sent(), "/mode json\n|");
    drop_connection();
    assert_string_equal(world.complaint, "The connection to here port 50000 was lost.");

    begin_on_screen("alice");
    world.send_room = 0;
    arrives(GREETING);
    assert_true(run_ms(100));
    world.stopping = true;
    assert_false(run_ms(10000));
    assert_string_equal(world.complaint, "");

    begin_on_screen("alice");
    world.send_room = 0;
    arrives("Welcome.\n");
    is_typed("hi\n");
    assert_true(run_ms(100));
    comes_back_to("Welcome.\n");
    assert_string_equal(sent(), "/nick alice\nhi\n|");
}

/* The first line of another server is in the log, too. */
static void test_log_of_another_server(void **state)
{
    (void)state;
    begin_on_screen("alice");
    arrives("Welcome.\nHi\n");
    assert_true(run_ms(100));
    assert_non_null(strstr(world.log, " Welcome.\n2026-11-30 07:12:30 Hi\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_password_is_asked_for_once),
        cmocka_unit_test(test_more_is_typed_than_a_password),
        cmocka_unit_test(test_a_talk),
        cmocka_unit_test(test_history_comes_with_its_times),
        cmocka_unit_test(test_a_server_without_json),
        cmocka_unit_test(test_a_greeting_of_one_line),
        cmocka_unit_test(test_a_server_that_does_not_answer),
        cmocka_unit_test(test_another_server_gets_what_is_typed),
        cmocka_unit_test(test_ignoring),
        cmocka_unit_test(test_a_lost_talk_is_taken_up_again),
        cmocka_unit_test(test_lines_under_our_nick),
        cmocka_unit_test(test_a_paste_before_the_end),
        cmocka_unit_test(test_it_can_be_stopped_at_any_moment),
        cmocka_unit_test(test_it_can_be_left_without_a_connection),
        cmocka_unit_test(test_a_late_greeting),
        cmocka_unit_test(test_a_password_that_has_changed),
        cmocka_unit_test(test_more_than_it_can_tell),
        cmocka_unit_test(test_a_full_server),
        cmocka_unit_test(test_the_nick_comes_back),
        cmocka_unit_test(test_a_nick_that_begins_like_a_guest),
        cmocka_unit_test(test_the_nick_that_is_wanted),
        cmocka_unit_test(test_who_is_kicked_stays_away),
        cmocka_unit_test(test_a_restarted_server),
        cmocka_unit_test(test_a_server_that_moves),
        cmocka_unit_test(test_the_longest_room),
        cmocka_unit_test(test_own_lines_are_bounded),
        cmocka_unit_test(test_more_comes_than_can_be_held),
        cmocka_unit_test(test_a_line_in_pieces),
        cmocka_unit_test(test_objects_with_a_fault),
        cmocka_unit_test(test_members_out_of_range),
        cmocka_unit_test(test_a_password_asked_for_too_late),
        cmocka_unit_test(test_a_server_of_another_kind),
        cmocka_unit_test(test_what_was_not_typed),
        cmocka_unit_test(test_log_of_another_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
