/* What users see, word for word. */
#include "world.h"

#include "unit.h"

static const struct chat_config french = {
    .name = "Marcel",
    .language = WORDS_FRENCH,
    .max_sessions = LWCHAT_MAX_SESSIONS,
};

/* Reads all pending output. @return whether the session is then idle. */
static bool rests_again(unsigned session)
{
    world_hear(session);
    return chat_rest(&chat, session);
}

/* --- Joining and leaving --------------------------------------------------- */

static void test_greeting(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_join();
    HEARS(a, "You are connected to server Marcel. Send your messages.\n"
             "*** You are guest1. /help lists the commands, /quit leaves.\n");
    unsigned b = world_join();
    HEARS(a, "*** guest2 joined\n");
    HEARS(b, "You are connected to server Marcel. Send your messages.\n"
             "*** You are guest2. /help lists the commands, /quit leaves.\n");
    HEARS(CHAT_OPERATOR, "Client connected: guest1, address 10.0.0.1, port 4001.\n"
                         "#lobby *** guest1 joined\n"
                         "Client connected: guest2, address 10.0.0.2, port 4002.\n"
                         "#lobby *** guest2 joined\n");
}

static void test_greeting_and_history_leave_in_one_write(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(a, "one\ntwo\n");
    unsigned b = world_join();
    assert_string_equal(world_hear_once(b),
                        "You are connected to server Marcel. Send your messages.\n"
                        "*** You are guest2. /help lists the commands, /quit leaves.\n"
                        "alice> one\nalice> two\n");
    assert_false(chat_has_output(&chat, b));
}

static void test_talk(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(a, "hello\n/me waves\n//slash\n///x\n  two  spaces  \n/ME  shouts \n");
    const char *heard =
        "alice> hello\n* alice waves\nalice> /slash\nalice> //x\nalice>   two  spaces  \n"
        "* alice shouts\n";
    HEARS(a, "");
    HEARS(b, heard);
    HEARS(c, heard);
    HEARS(CHAT_OPERATOR, "#lobby alice> hello\n#lobby * alice waves\n#lobby alice> /slash\n"
                         "#lobby alice> //x\n#lobby alice>   two  spaces  \n"
                         "#lobby * alice shouts\n");
    world_say(a, "\n   \n\t\n");
    HEARS(b, "");
    world_say(a, "\x1b[2J\x80 \xc3\xa9\n");
    HEARS(b, "alice> ?[2J? \xc3\xa9\n");
}

/* A session's next output is `text`, of which its connection takes `taken` bytes. @return it. */
static const char *takes(unsigned session, const char *text, size_t taken)
{
    size_t bytes;
    const char *out = chat_output(&chat, session, &bytes);

    assert_int_equal(bytes, strlen(text));
    assert_memory_equal(out, text, bytes);
    chat_taken(&chat, session, taken);
    return out;
}

/* A line is rendered once, wherever its readers begin, and however much their connections take. */
static void test_readers_share_what_is_rendered(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol"),
             d = world_enter("dave");
    world_hush();
    world_say(a, "one\ntwo\n");
    world_say(b, "three\n");
    const char *text = takes(c, "alice> one\nalice> two\nbob> three\n", 5);
    assert_ptr_equal(takes(d, "alice> one\nalice> two\nbob> three\n", 11), text);
    assert_ptr_equal(takes(a, "bob> three\n", 2), text + 22);
    takes(b, "alice> one\nalice> two\n", 12);
    assert_ptr_equal(takes(c, "> one\nalice> two\nbob> three\n", 6), text + 5);
    world_say(c, "four\n");
    assert_ptr_equal(takes(d, "alice> two\nbob> three\ncarol> four\n", 35), text + 11);
    takes(c, "alice> two\nbob> three\n", 22);
    assert_ptr_equal(takes(a, "b> three\ncarol> four\n", 21), text + 24);
    takes(b, "lice> two\ncarol> four\n", 10);
    HEARS(b, "carol> four\n");
    HEARS(a, "");
    HEARS(c, "");
    HEARS(d, "");
}

static bool clock_is_set;

static bool get_clock(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 1700000000;
    *local_s = 0;
    return clock_is_set;
}

/* A line that is partly sent is not changed when the clock is set, or fails. */
static void test_clock_is_set_within_a_line(void **state)
{
    static const struct chat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .clock = get_clock};
    static const char *const lines[] = {"#lobby alice> hello\n", "[22:13] #lobby alice> hello\n"};

    (void)state;
    for (unsigned before = 0; before < 2; before++) {
        const char *line = lines[before];
        for (size_t taken = 1; taken < strlen(line); taken++) {
            clock_is_set = before;
            world_start(&config);
            unsigned a = world_enter("alice");
            world_hush();
            world_say(a, "hello\n");
            takes(CHAT_OPERATOR, line, taken);
            clock_is_set = !before;
            world_pass();
            HEARS(CHAT_OPERATOR, line + taken);
        }
    }
}

static void test_private(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(a, "/msg bob psst\n");
    HEARS(a, "[-> bob] psst\n");
    HEARS(b, "[alice] psst\n");
    HEARS(c, "");
    HEARS(CHAT_OPERATOR, "");
    world_say(b, "/msg  ALICE  what  is it\n");
    HEARS(a, "[bob] what  is it\n");
    HEARS(b, "[-> alice] what  is it\n");
    world_say(c, "/msg dave x\n/msg\n/msg bob\n/msg marcel are you there\n/msg carol me\n");
    HEARS(c, "!!! nobody is called \"dave\": /who lists who is here\n"
             "!!! \"/msg\" is not complete: /msg NICK TEXT\n"
             "!!! \"/msg\" is not complete: /msg NICK TEXT\n"
             "[-> Marcel] are you there\n"
             "[-> carol] me\n");
    HEARS(CHAT_OPERATOR, "[carol] are you there\n");
    HEARS(b, "");
    /* Sessions in other rooms hear it too. */
    world_say(b, "/join #lab\n");
    world_hush();
    world_say(a, "/msg bob over there\n");
    HEARS(b, "[alice] over there\n");
}

static void test_nicks(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_join(), b = world_join(), c = world_join();
    world_hush();
    world_say(a, "/nick carol\n");
    HEARS(a, "*** You are now carol.\n");
    HEARS(b, "*** guest1 is now carol\n");
    HEARS(CHAT_OPERATOR, "#lobby *** guest1 is now carol\n");
    world_say(a, "/nick Carol\n/nick Carol\n");
    HEARS(a, "*** You are now Carol.\n*** You are now Carol.\n");
    HEARS(b, "*** carol is now Carol\n");
    world_say(b, "/nick\n/nick carol\n/nick CAR0L\n/nick carol two\n/nick 1st\n/nick Marcel\n"
                 "/nick rnarceI\n/nick r00t\n/nick oper\n/nick abcdefghijklmnopq\n/nick guest3\n");
    HEARS(b, "!!! \"/nick\" is not complete: /nick NAME\n"
             "!!! the nick \"carol\" is taken\n"
             "!!! the nick \"CAR0L\" is taken\n"
             "!!! the nick \"carol two\" is not valid: a letter, then up to 15 of its alphabet, "
             "0-9 _ -\n"
             "!!! the nick \"1st\" is not valid: a letter, then up to 15 of its alphabet, 0-9 _ -\n"
             "!!! the nick \"Marcel\" is taken\n"
             "!!! the nick \"rnarceI\" is taken\n"
             "!!! the nick \"r00t\" is taken: it is reserved for the server\n"
             "!!! the nick \"oper\" is taken: it is reserved for the server\n"
             "!!! the nick \"abcdefghijklmnopq\" is not valid: a letter, then up to 15 of its "
             "alphabet, 0-9 _ -\n"
             "!!! the nick \"guest3\" is taken\n");
    HEARS(c, "*** guest1 is now carol\n*** carol is now Carol\n");
    /* A nick is free as soon as its owner has left. */
    world_say(a, "/quit\n");
    world_say(b, "/nick carol\n");
    HEARS(b, "*** Carol left\n*** You are now carol.\n");
}

/* The buffers for a nick, and for the sentences with it, hold the longest ones. */
static void test_longest_nicks(void **state)
{
    static const char one[] = "ὨὨὨὨὨὨὨὨὨὨΩ", other[] = "ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ";
    char expected[512];

    (void)state;
    assert_int_equal(strlen(one), LWCHAT_NICK_BYTES);
    assert_int_equal(strlen(other), LWCHAT_NICK_BYTES);
    world_start(NULL);
    unsigned a = world_enter(one), b = world_enter("bob");
    world_say(a, "/join #abcdefghijklmno\n");
    world_say(b, "/join #abcdefghijklmno\n");
    world_hush();
    world_say(CHAT_OPERATOR, "/who\n");
    snprintf(expected, sizeof expected,
             "*** %s in #abcdefghijklmno, address 10.0.0.1, port 4001, number 1\n"
             "*** bob in #abcdefghijklmno, address 10.0.0.2, port 4002, number 2\n",
             one);
    HEARS(CHAT_OPERATOR, expected);
    world_say(b, "/who\n");
    snprintf(expected, sizeof expected, "*** in #abcdefghijklmno: 2\n***   %s bob\n", one);
    HEARS(b, expected);
    char rename[64];
    snprintf(rename, sizeof rename, "/nick %s\n", other);
    world_say(a, rename);
    snprintf(expected, sizeof expected, "*** %s is now %s\n", one, other);
    HEARS(b, expected);
    /* A nick is looked up by its skeleton, but shown and limited by its real bytes. */
    world_say(b, "/msg жжжжжжжжжжжжжжжж hi\n");
    snprintf(expected, sizeof expected, "[-> %s] hi\n", other);
    HEARS(b, expected);
    world_say(a, "/nick ЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖЖ\n");
    world_hear(a);
    world_say(a, "/nick ὨὨὨὨὨὨὨὨὨὨὨὨὨ\n");
    HEARS(a, "!!! the nick \"ὨὨὨὨὨὨὨὨὨὨ\" is too long: 32 bytes at most\n");
    world_hush();
    world_say(CHAT_OPERATOR, "/kick жжжжжжжжжжжжжжжж\n");
    snprintf(expected, sizeof expected, "*** %s was kicked\n", other);
    HEARS(b, expected);
}

/* History never shows a guest's messages under the name of a later guest. */
static void test_a_guests_name_is_given_once(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_join(), b = world_join();
    world_hush();
    world_say(a, "/nick guest3\n/nick GUEST_3\n/nick guest1\n/nick guestl\n");
    HEARS(a, "!!! the nick \"guest3\" is taken: it is reserved for the server\n"
             "!!! the nick \"GUEST_3\" is taken: it is reserved for the server\n"
             "!!! the nick \"guest1\" is taken: it is reserved for the server\n"
             "!!! the nick \"guestl\" is taken: it is reserved for the server\n");
    world_say(a, "/nick alice\n");
    chat_release(&chat, a, 0);
    chat_release(&chat, b, 0);
    assert_non_null(strstr(world_hear(world_join()), "*** You are guest3."));
}

/* No user can cause a line such as "*** You left: missed 37 messages". */
static void test_nobody_speaks_as_the_server(void **state)
{
    static const char *const nicks[] = {"You", "Vous", "Marcel_", "operator", "sysop", "serveur"};
    char line[80];

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    for (size_t i = 0; i < sizeof nicks / sizeof nicks[0]; i++) {
        world_hush();
        snprintf(line, sizeof line, "/nick %s\n", nicks[i]);
        world_say(a, line);
        snprintf(line, sizeof line, "!!! the nick \"%s\" is taken: it is reserved for the server\n",
                 nicks[i]);
        HEARS(a, line);
    }
    world_say(a, "/quit missed 37 messages\n");
    HEARS(b, "*** alice left: missed 37 messages\n");
}

static void test_quit(void **state)
{
    static const char *const ways[] = {"/quit\n", "fin\n", "FIN\r\n"};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        world_start(NULL);
        unsigned a = world_enter("alice"), b = world_enter("bob");
        world_say(b, "last words\n");
        world_say(a, ways[i]);
        HEARS(a, i == 2 ? "bob> last words\r\nfin\r\n" : "bob> last words\nfin\n");
        assert_int_equal(chat_state(&chat, a), CHAT_ENDED);
        HEARS(b, "*** alice left\n");
        chat_release(&chat, a, 0);
        assert_int_equal(chat_state(&chat, a), CHAT_FREE);
        HEARS(b, "");
    }
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "/quit good  night \n/me is still here\n");
    HEARS(b, "*** alice left: good  night\n");
    HEARS(CHAT_OPERATOR, "#lobby *** alice left: good  night\n"
                         "Client disconnected: alice, address 10.0.0.1, port 4001.\n");
    world_say(b, "fin is a word\nfin \n");
    HEARS(CHAT_OPERATOR, "#lobby bob> fin is a word\n#lobby bob> fin \n");
    /* The connection breaks. */
    unsigned c = world_enter("carol");
    chat_release(&chat, b, 0);
    HEARS(c, "*** bob left\n");
}

static void test_end_of_input(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "whole\nunterminated");
    HEARS(b, "alice> whole\n");
    assert_true(chat_input_ended(&chat, a));
    HEARS(b, "alice> unterminated\n*** alice left\n");
    HEARS(a, "fin\n");
    assert_int_equal(chat_state(&chat, a), CHAT_ENDED);
    /* A command at the end of the input is executed, and answered. */
    world_say(b, "/who");
    assert_true(chat_input_ended(&chat, b));
    assert_non_null(strstr(world_hear(b), "in #lobby"));
}

static void test_full_server(void **state)
{
    char text[128];

    (void)state;
    world_start(NULL);
    for (unsigned i = 0; i < 64; i++) {
        world_join();
    }
    int error = chat_join(&chat, address_v4(1), 1);
    assert_int_equal(error, LWCHAT_NO_MEMORY);
    text[chat_refusal(&chat, error, CHAT_LINES, text, sizeof text)] = '\0';
    assert_string_equal(text, "!!! the server is full (64 of 64), try again later\n");
    chat_release(&chat, 7, 0);
    assert_int_equal(world_join(), 7);

    struct chat_config two = french;
    two.max_sessions = 2;
    world_start(&two);
    world_join();
    world_join();
    error = chat_join(&chat, address_v4(1), 1);
    text[chat_refusal(&chat, error, CHAT_LINES, text, sizeof text)] = '\0';
    assert_string_equal(text, "!!! le serveur est plein (2 sur 2), r\xc3\xa9"
                              "essayez plus tard\n");
}

/* --- Rooms and history ------------------------------------------------------- */

static void test_rooms(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    world_say(a, "in the lobby\n/join #lab\n");
    HEARS(b, "alice> in the lobby\n");
    HEARS(a, "*** You are in #lab.\n");
    HEARS(b, "*** alice left\n");
    world_say(b, "not for alice\n");
    world_say(b, "/join #lab\n");
    HEARS(b, "*** You are in #lab.\n");
    HEARS(a, "*** bob joined\n");
    world_say(a, "in the lab\n");
    HEARS(b, "alice> in the lab\n");
    HEARS(c, "alice> in the lobby\n*** alice left\nbob> not for alice\n*** bob left\n");
    HEARS(CHAT_OPERATOR,
          "#lobby alice> in the lobby\n#lobby *** alice left\n#lab *** alice joined\n"
          "#lobby bob> not for alice\n#lobby *** bob left\n#lab *** bob joined\n"
          "#lab alice> in the lab\n");
    world_say(c, "/rooms\n");
    HEARS(c, "*** #lobby: 1\n*** #lab: 2\n");
    world_say(c, "/who\n");
    HEARS(c, "*** in #lobby: 1\n***   carol\n");
    world_say(a, "/who\n");
    HEARS(a, "*** in #lab: 2\n***   alice bob\n");
    /* Back in the lobby: its history, including one's own lines, and nothing from the lab. */
    world_say(a, "/join #lobby\n");
    HEARS(a, "*** You are in #lobby.\nalice> in the lobby\nbob> not for alice\n");
    world_say(b, "/join #lobby\n");
    HEARS(b, "*** alice left\n*** You are in #lobby.\nalice> in the lobby\nbob> not for alice\n");
    world_hush();
    /* The lab ended with its last member; a new one begins empty. */
    world_say(c, "/rooms\n");
    HEARS(c, "*** #lobby: 3\n");
    world_say(c, "/join #lab\n");
    HEARS(c, "*** You are in #lab.\n");
    HEARS(CHAT_OPERATOR, "#lobby *** carol left\n#lab *** carol joined\n");
}

static void test_room_names(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(a, "/join\n/join lab\n/join #\n/join #Lab\n/join #a b\n/join #abcdefghijklmnop\n");
    HEARS(a, "!!! \"/join\" is not complete: /join #ROOM\n"
             "!!! \"lab\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
             "!!! \"#\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
             "!!! \"#Lab\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
             "!!! \"#a b\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
             "!!! \"#abcdefghijklmnop\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n");
    world_say(a, "/join #abcdefghijklmno\n");
    HEARS(a, "*** You are in #abcdefghijklmno.\n");
    world_say(a, "/join #abcdefghijklmno\n");
    HEARS(a, "*** You are in #abcdefghijklmno.\n");
    world_say(a, "/join #a-1_\n");
    HEARS(a, "*** You are in #a-1_.\n");
}

static void test_rooms_run_out(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol"),
             d = world_enter("dave");
    world_say(a, "/join #one\n");
    world_say(b, "/join #two\n");
    world_say(c, "/join #three\n");
    world_hush();
    world_say(d, "/join #four\n");
    HEARS(d, "!!! cannot open the room \"#four\": 4 rooms at most, /rooms lists them\n");
    world_say(c, "last\n/join #one\n");
    HEARS(c, "*** You are in #one.\n");
    world_say(d, "/join #four\n");
    HEARS(d, "*** You are in #four.\n");
    HEARS(CHAT_OPERATOR, "#? carol> last\n#? *** carol left\n#one *** carol joined\n"
                         "#lobby *** dave left\n#four *** dave joined\n");
}

static void test_ignored_people_who_left(void **state)
{
    char text[64];

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    for (unsigned i = 0; i < LWCHAT_MAX_IGNORES; i++) {
        unsigned pest = world_enter("pest");
        (void)sprintf(text, "/nick pest%c\n", 'a' + (char)i);
        world_say(pest, text);
        world_hush();
        (void)sprintf(text, "/ignore pest%c\n", 'a' + (char)i);
        world_say(a, text);
        world_hush();
        world_say(pest, "fin\n");
        world_hear(pest);
        chat_release(&chat, pest, 0);
        world_hush();
    }
    unsigned b = world_enter("bob");
    world_hush();
    world_say(a, "/ignore bob\n/ignore nobody\n/ignore alice\n");
    HEARS(a, "!!! \"bob\" is not ignored: 8 at most, /ignore lists them\n"
             "!!! nobody is called \"nobody\": /who lists who is here\n!!! nobody is called "
             "\"alice\": /who lists who is here\n");
    world_say(a, "/ignore PESTC\n/ignore pestc\n/ignore bob\n");
    HEARS(a, "*** you are no longer ignoring PESTC\n!!! nobody is called \"pestc\": /who lists who "
             "is here\n"
             "*** you are ignoring bob: /ignore bob again to stop\n");
    world_say(b, "hello\n");
    HEARS(a, "");
}

/* A newcomer gets the number of somebody who has left, whose messages are not hidden. */
static void test_ignored_people_hide_nobody_before_them(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), c = world_enter("carol");
    world_say(c, "meeting at five\n/quit\n");
    world_hush();
    chat_release(&chat, c, 0);
    unsigned m = world_enter("mallory");
    assert_int_equal(m, c);
    world_say(m, "noise\n");
    world_hush();
    world_say(a, "/ignore mallory\n/history\n");
    HEARS(a, "*** you are ignoring mallory: /ignore mallory again to stop\n"
             "carol> meeting at five\n");
}

/*
 * Two are reset while readers hold the log, and one ignores the other, who is the first to be
 * released then. What the one has read in part is in the log no longer, or no buffer is free for
 * it.
 */
static void leave_with(bool others_leave, bool has_buffers)
{
    enum { OTHERS = 30 };
    unsigned other[OTHERS];
    size_t bytes;

    world_start(NULL);
    for (unsigned i = 0; i < OTHERS; i++) {
        char nick[] = "xa_other";
        nick[1] = (char)('a' + i % 26);
        nick[2] = i < 26 ? '_' : '-';
        other[i] = world_enter(nick);
    }
    unsigned b = world_enter("bob"), a = world_enter("ann"), d = world_enter("dora");
    world_say(a, "/ignore bob\n");
    world_hush();
    for (unsigned i = 0; i < LWCHAT_LOG_BYTES / 64; i++) {
        world_say(d, "what all have read, and more of it\n");
        world_hush();
    }
    world_say(d, "a line that ann takes in part only, since her connection is slow\n");
    chat_output(&chat, a, &bytes);
    chat_taken(&chat, a, 7);
    world_fill(d);
    chat_release(&chat, a, 0);
    for (unsigned i = 0; others_leave && i < OTHERS; i++) {
        chat_release(&chat, other[i], 0);
    }
    chat_release(&chat, b, 0);
    for (unsigned i = 0; !has_buffers && i + 1 < LWCHAT_LINE_BUFFERS; i++) {
        chat.buffer[i].owner = (uint16_t)d;
        chat.buffer[i].since_ms = now_ms;
    }
    world_hush();
    world_wait(100);
    world_hush();
    assert_int_equal(chat.session[a].state, CHAT_FREE);
    assert_int_equal(chat.session[b].state, CHAT_FREE);
}

static void test_ignored_people_leave_first(void **state)
{
    (void)state;
    leave_with(true, true);
    leave_with(false, false);
}

/* The last member of a room is kicked: it is not told the name of the room that reuses the slot. */
static void test_room_is_named_to_its_last(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol"),
             d = world_enter("dave");
    world_say(a, "/join #one\n");
    world_say(b, "/join #two\n");
    world_hush();
    world_say(c, "/join #three\n");
    world_pass();
    size_t bytes;
    chat_output(&chat, c, &bytes);
    assert_int_equal(bytes, strlen("*** You are in #three.\n"));
    chat_taken(&chat, c, 0);
    world_say(CHAT_OPERATOR, "/kick carol\n");
    world_say(d, "/join #four\n");
    HEARS(d, "*** carol left\n"
             "!!! cannot open the room \"#four\": 4 rooms at most, /rooms lists them\n");
    HEARS(c, "*** You are in #three.\n*** You were kicked\nfin\n");
    world_say(d, "/join #four\n");
    HEARS(d, "*** You are in #four.\n");
}

static void test_answers_come_in_the_order_of_the_questions(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_hush();
    world_say(b, "/nick zed\n/who\n");
    HEARS(b, "*** You are now zed.\n*** in #lobby: 2\n***   alice zed\n");
    HEARS(a, "*** bob is now zed\n");
    world_say(b, "/nosuch\n/rooms\n");
    HEARS(b, "!!! no command \"/nosuch\": /help lists them\n*** #lobby: 2\n");
    world_say(b, "/join #LAB\n/join #lobby\n");
    HEARS(b, "!!! \"#LAB\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n*** You are in "
             "#lobby.\n");
    /* Earlier lines are read before an answer; lines for others do not delay it. */
    world_say(a, "hello\n/msg alice to myself\n");
    world_say(b, "/rooms\n");
    world_say(a, "late\n");
    HEARS(b, "alice> hello\n*** #lobby: 2\nalice> late\n");
    world_say(CHAT_OPERATOR, "/nosuch\n/who\n");
    const char *heard = world_hear(CHAT_OPERATOR);
    const char *error = strstr(heard, "!!! no command"), *who = strstr(heard, "*** alice in");
    assert_true(error != NULL && who != NULL && error < who);
}

static void test_join_waits_for_what_the_old_room_owes(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(b, "one\n");
    world_say(a, "/join #lab\n");
    assert_false(chat_reads(&chat, a));
    assert_int_equal(chat_receive(&chat, a, (const uint8_t *)"too soon\n", 9), 0);
    world_say(b, "two\n");
    HEARS(a, "bob> one\nbob> two\n*** You are in #lab.\n");
    assert_true(chat_reads(&chat, a));
    world_say(a, "now\n");
    HEARS(b, "*** alice left\n");
}

static void test_history(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    for (char c = '0'; c <= '9'; c++) {
        char line[] = {'m', c, '\n', '\0'};
        world_say(a, line);
        world_say(b, "/msg alice secret\n");
    }
    world_say(b, "/me nods\n");
    world_hush();
    unsigned c = world_join();
    HEARS(c, "You are connected to server Marcel. Send your messages.\n"
             "*** You are guest3. /help lists the commands, /quit leaves.\n"
             "alice> m3\nalice> m4\nalice> m5\nalice> m6\nalice> m7\nalice> m8\nalice> m9\n"
             "* bob nods\n");
    world_hush();
    world_say(a, "/history\n");
    HEARS(a, "alice> m3\nalice> m4\nalice> m5\nalice> m6\nalice> m7\nalice> m8\nalice> m9\n"
             "* bob nods\n");
    world_say(a, "/history 2\n");
    HEARS(a, "alice> m9\n* bob nods\n");
    world_say(b, "/history 65535\n");
    HEARS(b, "alice> m0\nalice> m1\nalice> m2\nalice> m3\nalice> m4\nalice> m5\nalice> m6\n"
             "alice> m7\nalice> m8\nalice> m9\n* bob nods\n");
    world_say(b, "/history 0\n/history 65536\n/history x\n");
    HEARS(b, "!!! \"0\" is not a number from 1 to 65535\n"
             "!!! \"65536\" is not a number from 1 to 65535\n"
             "!!! \"x\" is not a number from 1 to 65535\n");
    /* A line said meanwhile is shown once, after the history. */
    world_say(b, "/history 1\n");
    world_say(a, "m10\n");
    HEARS(b, "alice> m10\nalice> m10\n");
    world_say(a, "m11\n");
    HEARS(b, "alice> m11\n");
}

/* --- Answers and errors ------------------------------------------------------ */

static void test_help(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice");
    world_say(a, "/help\n");
    HEARS(a, "*** /nick NAME  takes another name\n"
             "*** /me TEXT  says what you do\n"
             "*** /msg NICK TEXT  tells one person\n"
             "*** /join #ROOM  goes to a room\n"
             "*** /rooms  lists the rooms\n"
             "*** /history [N]  shows the last messages\n"
             "*** /ignore [NICK]  hides what somebody says, or shows it again\n"
             "*** /time on|off  sets whether /history shows times\n"
             "*** /mode json|text  switches to JSON objects, for bots, or back\n"
             "*** /who  lists who is here\n"
             "*** /help  lists the commands\n"
             "*** /quit [TEXT]  leaves, as the line fin does\n"
             "*** //TEXT  says /TEXT\n");
    world_say(CHAT_OPERATOR, "/help\n");
    HEARS(CHAT_OPERATOR,
          "*** /kick NICK [TEXT]  ends a connection; also by number (see /who) or ADDR[:PORT]\n"
          "*** /ban ADDR  disconnects and keeps out an address, or a network ADDR/PREFIX\n"
          "*** /unban ADDR  lets it in again\n"
          "*** /bans  lists the bans\n"
          "*** /stats  shows sessions, log and memory\n"
          "*** /op [bridge|none NICK]  lets a bridge speak for other servers; also by ADDR\n"
          "*** /ip [ADDR/PREFIX [GATEWAY]]  shows or sets the address; /ip auto asks for one\n"
          "*** /qr  shows the page's address as a QR code\n"
          "*** /shutdown  tells everybody and ends the server\n"
          "*** /who  lists who is here\n"
          "*** /help  lists the commands\n"
          "*** //TEXT  says /TEXT\n");
}

static void test_errors(void **state)
{
    static char line[LWCHAT_LINE_BYTES + 2];

    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(a, "/nosuch thing\n/\n/me\n/helpme\n/who #lab\n/rooms  now \n");
    HEARS(a, "!!! no command \"/nosuch\": /help lists them\n"
             "!!! no command \"/\": /help lists them\n"
             "!!! \"/me\" is not complete: /me TEXT\n"
             "!!! no command \"/helpme\": /help lists them\n"
             "!!! \"/who\" takes no argument: leave out \"#lab\"\n"
             "!!! \"/rooms\" takes no argument: leave out \"now\"\n");
    world_say(a, "/help me\n");
    assert_non_null(strstr(world_hear(a), "*** /who  lists who is here\n"));
    memset(line, 'x', sizeof line);
    line[LWCHAT_LINE_BYTES + 1] = '\n';
    world_say_bytes(a, line, sizeof line);
    HEARS(a, "!!! too long: 1024 bytes at most, nothing was sent\n");
    HEARS(b, "");
    line[LWCHAT_LINE_BYTES] = '\n';
    world_say_bytes(a, line, sizeof line - 1);
    assert_int_equal(strlen(world_hear(b)), strlen("alice> \n") + LWCHAT_LINE_BYTES);
}

static void test_who_in_many_lines(void **state)
{
    (void)state;
    world_start(NULL);
    for (unsigned i = 0; i < 20; i++) {
        world_join();
    }
    world_hush();
    world_say(3, "/who\n");
    HEARS(3, "*** in #lobby: 20\n"
             "***   guest1 guest2 guest3 guest4 guest5 guest6 guest7 guest8\n"
             "***   guest9 guest10 guest11 guest12 guest13 guest14 guest15\n"
             "***   guest16 guest17 guest18 guest19 guest20\n");
}

/* --- Idle sessions ----------------------------------------------------------- */

static void test_rests_until_something_is_for_it(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob"), c = world_enter("carol");
    unsigned d = world_join();
    world_say(c, "/join #lab\n");
    world_hush();
    assert_true(chat_rest(&chat, a) && chat_rest(&chat, b) && chat_rest(&chat, c));
    world_say(a, "hello\n");
    assert_false(chat_rest(&chat, b));
    assert_true(rests_again(a) && rests_again(b));
    world_say(CHAT_OPERATOR, "all of you\n");
    assert_false(chat_rest(&chat, a) || chat_rest(&chat, b) || chat_rest(&chat, c));
    assert_true(rests_again(a) && rests_again(b) && rests_again(c));
    /* An unterminated message is completed by silence even while its sender is idle. */
    world_hush();
    world_say(d, "/msg carol psst");
    assert_true(chat_rest(&chat, d) && chat_rest(&chat, c));
    world_wait(LWCHAT_QUIET_MS);
    assert_false(chat_rest(&chat, d) || chat_rest(&chat, c));
    HEARS(d, "[-> carol] psst");
    HEARS(c, "[guest4] psst\n");
    assert_true(chat_rest(&chat, a) && chat_rest(&chat, b) && chat_rest(&chat, c));
    world_say(b, "/who\n");
    assert_false(chat_rest(&chat, b));
    assert_true(rests_again(b));
    world_say(CHAT_OPERATOR, "/kick bob\n");
    assert_false(rests_again(b));
}

static void test_rest_leaves_behind_what_others_say(void **state)
{
    (void)state;
    world_start(NULL);
    unsigned a = world_enter("alice"), b = world_enter("bob");
    world_say(b, "/join #lab\n");
    world_hush();
    for (unsigned i = 0; i < LWCHAT_LOG_BYTES / 16; i++) {
        world_say(a, "and on\n");
        assert_true(rests_again(a) && chat_rest(&chat, b));
        assert_int_equal(chat.session[b].place.cursor, chat.log.next);
    }
    world_say(a, "/join #lab\n");
    world_hear(a);
    assert_false(chat_rest(&chat, b));
    HEARS(b, "*** alice joined\n");
}

static void test_french(void **state)
{
    (void)state;
    world_start(&french);
    unsigned a = world_join(), b = world_join();
    HEARS(a, "Vous êtes connecté au serveur Marcel. Envoyez vos messages.\n"
             "*** Vous êtes guest1. /help liste les commandes, /quit pour partir.\n"
             "*** guest2 est arrivé\n");
    world_hush();
    world_say(a, "/nick bob\n/nosuch\n/msg dave x\n/me\n/history x\n/join x\n/nick 1\n");
    HEARS(a, "*** Vous êtes maintenant bob.\n"
             "!!! la commande \"/nosuch\" n'existe pas : /help les liste\n"
             "!!! personne ne s'appelle \"dave\" : /who liste les présents\n"
             "!!! \"/me\" n'est pas complet : /me TEXT\n"
             "!!! \"x\" n'est pas un nombre de 1 à 65535\n"
             "!!! \"x\" n'est pas un nom de salon : # puis 1 à 15 de a-z 0-9 - _\n"
             "!!! nom non valable \"1\" : une lettre, puis jusqu'à 15 de son alphabet, 0-9 _ -\n");
    HEARS(b, "*** guest1 est maintenant bob\n");
    world_say(b, "/nick bob\n/join #labo\n");
    HEARS(b, "!!! le nom \"bob\" est déjà pris\n*** Vous êtes dans #labo.\n");
    world_say(b, "/rooms\n");
    HEARS(b, "*** #lobby : 1\n*** #labo : 1\n");
    world_say(b, "/who\n");
    HEARS(b, "*** dans #labo : 1\n***   guest2\n");
    world_say(b, "/quit bonne nuit\n");
    HEARS(b, "fin\n");
    HEARS(a, "*** guest2 est parti\n");
    world_hush();
    world_say(CHAT_OPERATOR, "/kick bob assez\n");
    HEARS(a, "*** Vous avez été exclu : assez\nfin\n");
    unsigned c = world_enter("carol"), d = world_enter("dave");
    world_say(CHAT_OPERATOR, "/kick carol\n");
    HEARS(c, "*** Vous avez été exclu\nfin\n");
    HEARS(d, "*** carol a été exclu\n");
    world_say(CHAT_OPERATOR, "/shutdown\n");
    HEARS(d, "*** le serveur s'arrête\nfin\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting),
        cmocka_unit_test(test_greeting_and_history_leave_in_one_write),
        cmocka_unit_test(test_talk),
        cmocka_unit_test(test_readers_share_what_is_rendered),
        cmocka_unit_test(test_clock_is_set_within_a_line),
        cmocka_unit_test(test_private),
        cmocka_unit_test(test_nicks),
        cmocka_unit_test(test_longest_nicks),
        cmocka_unit_test(test_a_guests_name_is_given_once),
        cmocka_unit_test(test_nobody_speaks_as_the_server),
        cmocka_unit_test(test_quit),
        cmocka_unit_test(test_end_of_input),
        cmocka_unit_test(test_full_server),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_room_names),
        cmocka_unit_test(test_rooms_run_out),
        cmocka_unit_test(test_ignored_people_who_left),
        cmocka_unit_test(test_ignored_people_hide_nobody_before_them),
        cmocka_unit_test(test_ignored_people_leave_first),
        cmocka_unit_test(test_room_is_named_to_its_last),
        cmocka_unit_test(test_answers_come_in_the_order_of_the_questions),
        cmocka_unit_test(test_join_waits_for_what_the_old_room_owes),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_who_in_many_lines),
        cmocka_unit_test(test_rests_until_something_is_for_it),
        cmocka_unit_test(test_rest_leaves_behind_what_others_say),
        cmocka_unit_test(test_french),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
