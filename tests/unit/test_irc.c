/*
 * The IRC dialect: a table of cases, each sent whole, split at every place and byte by byte, to a
 * peer that reads everything at once or a byte at a time. Then how peers introduce themselves, and
 * what they are shown.
 */
#include "world.h"

#include "../fuzz/irc.h"
#include "core/text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned alice, bob;

static char got[8 * LWCHAT_LOG_BYTES];
static size_t got_bytes;

/* Takes at most `most` bytes of bob's output. @return how many. */
static size_t take(size_t most)
{
    size_t bytes;
    const char *out = chat_output(&chat, bob, &bytes);
    size_t taken = bytes < most ? bytes : most;

    if (bytes > 0) {
        assert_true(got_bytes + taken < sizeof got);
        memcpy(got + got_bytes, out, taken);
        got_bytes += taken;
        chat_taken(&chat, bob, taken);
    }
    return taken;
}

/* All that bob has been sent, without CR: only whole lines that an IRC server may send. */
static const char *told(size_t at_once)
{
    static char text[sizeof got];
    size_t n = 0, line = 0;

    for (unsigned passes = 0; passes < 5; passes++) {
        while (take(at_once) > 0) {
        }
        world_pass();
    }
    for (size_t i = 0; i < got_bytes; i++) {
        if (got[i] == '\r') {
            assert_true(i + 1 < got_bytes && got[i + 1] == '\n');
            assert_true(irc_line(got + line, i - line));
            line = i + 2;
            continue;
        }
        assert_true(got[i] != '\n' || (i > 0 && got[i - 1] == '\r'));
        assert_true(got[i] != '\0');
        text[n++] = got[i];
    }
    assert_true(line == got_bytes);
    text[n] = '\0';
    got_bytes = 0;
    return text;
}

#define TOLD(text) assert_string_equal(told(SIZE_MAX), text)

/* Receives bytes from bob, in memory that ends where they do. */
static void comes(const char *data, size_t bytes, size_t taking)
{
    uint8_t *exact = malloc(bytes + (bytes == 0));
    unsigned stuck = 0;

    memcpy(exact, data, bytes);
    for (size_t at = 0; at < bytes;) {
        size_t used = chat_receive(&chat, bob, exact + at, bytes - at);
        at += used;
        if (used == 0) {
            (void)take(taking);
            world_pass();
            assert_true(++stuck < 3000);
        }
    }
    free(exact);
}

static void says(const char *text)
{
    comes(text, strlen(text), SIZE_MAX);
}

static void come_in(const char *words)
{
    int session = chat_join_as(&chat, address_v4(0x0A000063), 4099, CHAT_IRC);

    assert_true(session > 0);
    bob = (unsigned)session;
    got_bytes = 0;
    says(words);
}

#define INTRODUCTION "NICK bob\r\nUSER b 0 * :Bob\r\n"
#define GREETING(nick, people)                                                                     \
    ":Marcel 001 " nick " :Welcome to the chat, " nick "\n"                                        \
    ":Marcel 002 " nick " :Your host is Marcel, running lwchat " LWCHAT_VERSION "\n"               \
    ":Marcel 003 " nick " :Messages are kept while the log has room\n"                             \
    ":Marcel 004 " nick " Marcel lwchat-" LWCHAT_VERSION " o nt\n"                                 \
    ":Marcel 005 " nick " CASEMAPPING=ascii CHANLIMIT=#:1 CHANMODES=,,,nt CHANNELLEN=16 "          \
    "CHANTYPES=# MAXTARGETS=1 NETWORK=Marcel NICKLEN=16 PREFIX= TOPICLEN=0 UTF8ONLY "              \
    ":are supported by this server\n"                                                              \
    ":Marcel 251 " nick " :People: " people ", rooms: 1\n"                                         \
    ":Marcel 422 " nick " :There is no message of the day\n"
#define NAMES(nick, room, nicks)                                                                   \
    ":Marcel 353 " nick " = " room " :" nicks "\n:Marcel 366 " nick " " room " :End of the "       \
    "names\n"
#define ENTERED(nick, room, nicks)                                                                 \
    ":" nick "!" nick "@Marcel JOIN " room "\n" NAMES(nick, room, nicks)

static void start_with(const struct chat_config *config)
{
    world_start(config);
    alice = world_enter("alice");
    come_in(INTRODUCTION);
    TOLD(GREETING("bob", "2") ENTERED("bob", "#lobby", "alice bob"));
    HEARS(alice, "*** bob joined\n");
    world_hush();
}

static void start(void)
{
    start_with(NULL);
}

/* --- What a client sends --------------------------------------------------------------- */

struct irc_case {
    const char *sent, *heard, *told;
};

static void check(const struct irc_case *one, size_t cut, size_t step, size_t taking)
{
    size_t bytes = strlen(one->sent);

    start();
    for (size_t at = 0, n = cut; at < bytes; at += n, n = step) {
        n = n < bytes - at ? n : bytes - at;
        comes(one->sent + at, n, taking);
    }
    const char *answer = told(taking), *heard = world_hear(alice);
    if (strcmp(answer, one->told) != 0 || strcmp(heard, one->heard) != 0) {
        fail_msg(
            "\"%s\", cut at %zu: heard \"%s\" instead of \"%s\", told \"%s\" instead of \"%s\"",
            one->sent, cut, heard, one->heard, answer, one->told);
    }
}

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct irc_case cases[] = {
    /* What is said. */
    {"PRIVMSG #lobby :hello there\r\n", "bob> hello there\n", ""},
    {"PRIVMSG #lobby hello\nPRIVMSG #LOBBY :a\rprivmsg #lobby ::b\r\n\r\n",
     "bob> hello\nbob> a\nbob> :b\n", ""},
    {"NOTICE #lobby :hello\r\n", "bob> hello\n", ""},
    {"@a=b;+c=d :mallory!m@x PRIVMSG #lobby :not mallory\r\n", "bob> not mallory\n", ""},
    {"PRIVMSG #lobby :\001ACTION waves\001\r\n", "* bob waves\n", ""},
    {"PRIVMSG #lobby :\001ACTION waves\r\n", "* bob waves\n", ""},
    {"PRIVMSG #lobby :\001ACTIONS\001\r\nPRIVMSG #lobby :\001VERSION\001\r\n"
     "NOTICE alice :\001PING 1\001\r\nPRIVMSG #lobby :\001ACTION\001\r\n",
     "", ""},
    {"PRIVMSG #lobby :\x02"
     "bold\x02 \x03"
     "04,12red\x03 \x03"
     "5,x \x04"
     "ff00AA,123456hex\x0F \x1D\x1F\x1E\x16\x11.\r\n",
     "bob> bold red ,x hex .\n", ""},
    {"PRIVMSG #lobby :a\x07"
     "b\x1b[2Jc\x7f\r\n",
     "bob> a?b?[2Jc?\n", ""},
    {"PRIVMSG #lobby :\xC3\xA9t\xC3\xA9 \xC3\r\n", "bob> \xC3\xA9t\xC3\xA9 ?\n", ""},
    {"PRIVMSG #lobby :fin\r\nPRIVMSG #lobby :/quit\r\nPRIVMSG #lobby ://x\r\nfin\r\n",
     "bob> fin\nbob> /quit\nbob> //x\n",
     ":Marcel 421 bob fin :no command \"/fin\": /help lists them\n"},
    {"PRIVMSG #lobby : \r\nPRIVMSG #lobby :\r\nPRIVMSG #lobby\r\n", "", ""},
    {"PRIVMSG #lobby : indented\r\n", "bob>  indented\n", ""},
    {"PRIVMSG alice :psst\r\n", "[bob] psst\n", ""},
    {"PRIVMSG ALICE :\001ACTION hides\001\r\n", "[bob] * hides\n", ""},
    {"PRIVMSG bob :remember\r\n", "", ":bob!bob@Marcel PRIVMSG bob :remember\n"},
    {"PRIVMSG nobody :x\r\n", "",
     ":Marcel 401 bob nobody :nobody is called \"nobody\": /who lists who is here\n"},
    {"PRIVMSG\r\nPRIVMSG alice\r\nPRIVMSG :\r\n", "",
     ":Marcel 461 bob msg :\"/msg\" is not complete: /msg NICK TEXT\n"
     ":Marcel 461 bob msg :\"/msg\" is not complete: /msg NICK TEXT\n"
     ":Marcel 461 bob msg :\"/msg\" is not complete: /msg NICK TEXT\n"},
    {"PRIVMSG #lab :x\r\n", "", ":Marcel 404 bob #lab :you are not in \"#lab\": join it first\n"},
    {"PRIVMSG #lobby,alice :x\r\nNOTICE #lobby,#lab :y\r\nPRIVMSG alice,#lobby :psst\r\n"
     "PRIVMSG #lab,#lobby :z\r\nPRIVMSG ,alice :alice x\r\n",
     "bob> x\nbob> y\n[bob] psst\n",
     ":Marcel 404 bob #lab :you are not in \"#lab\": join it first\n"
     ":Marcel 461 bob msg :\"/msg\" is not complete: /msg NICK TEXT\n"},
    /* Nicks. */
    {"NICK robert\r\nPRIVMSG #lobby :x\r\n", "*** bob is now robert\nrobert> x\n",
     ":bob!bob@Marcel NICK robert\n"},
    {"NICK :bob\r\n", "", ""},
    {"NICK alice\r\nNICK Alice\r\n", "",
     ":Marcel 433 bob alice :the nick \"alice\" is taken\n"
     ":Marcel 433 bob Alice :the nick \"Alice\" is taken\n"},
    {"NICK admin\r\n", "",
     ":Marcel 433 bob admin :the nick \"admin\" is taken: it is reserved for the server\n"},
    {"NICK [bob]\r\nNICK bob|x\r\nNICK :a b\r\n", "",
     ":Marcel 432 bob [bob] :the nick \"[bob]\" is not valid: a letter, then up to 15 of its "
     "alphabet, 0-9 _ -\n"
     ":Marcel 432 bob bob|x :the nick \"bob|x\" is not valid: a letter, then up to 15 of its "
     "alphabet, 0-9 _ -\n"
     ":Marcel 432 bob a :the nick \"a b\" is not valid: a letter, then up to 15 of its alphabet, "
     "0-9 _ -\n"},
    {"NICK " A50 "\r\n", "",
     ":Marcel 432 bob aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa :the nick "
     "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is too long: 32 bytes at most\n"},
    {"NICK\r\n", "", ":Marcel 461 bob nick :\"/nick\" is not complete: /nick NAME\n"},
    {"NICK Zo\xC3\xAB\r\n", "*** bob is now Zo\xC3\xAB\n", ":bob!bob@Marcel NICK Zo\xC3\xAB\n"},
    {"USER again 0 * :x\r\n", "", ":Marcel 462 bob :You have introduced yourself before\n"},
    /* Rooms. */
    {"JOIN #lobby\r\n", "", ""},
    {"JOIN #Lab key\r\nPRIVMSG #lab :x\r\n", "*** bob left\n",
     ":bob!bob@Marcel PART #lobby\n" ENTERED("bob", "#lab", "bob")},
    {"JOIN #lab,#other\r\nPART #lab :bye\r\n", "*** bob left\n*** bob joined\n",
     ":bob!bob@Marcel PART #lobby\n" ENTERED(
         "bob", "#lab", "bob") ":bob!bob@Marcel PART #lab\n" ENTERED("bob", "#lobby", "alice bob")},
    {"JOIN #lab\r\nJOIN 0\r\n", "*** bob left\n*** bob joined\n",
     ":bob!bob@Marcel PART #lobby\n" ENTERED(
         "bob", "#lab", "bob") ":bob!bob@Marcel PART #lab\n" ENTERED("bob", "#lobby", "alice bob")},
    {"JOIN lab\r\nJOIN &x\r\nJOIN\r\n", "",
     ":Marcel 403 bob lab :\"lab\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
     ":Marcel 403 bob &x :\"&x\" is not a room name: # and then 1 to 15 of a-z 0-9 - _\n"
     ":Marcel 461 bob join :\"/join\" is not complete: /join #ROOM\n"},
    {"PART #lobby\r\nPART #lab\r\nPART\r\n", "",
     ":Marcel NOTICE bob :everybody is in some room: join another than \"#lobby\", or quit\n"
     ":Marcel 404 bob #lab :you are not in \"#lab\": join it first\n"
     ":Marcel 461 bob PART :An argument is missing\n"},
    /* Questions. */
    {"PING 1\r\nPING :a b\x07\r\nPONG x\r\nAWAY :lunch\r\nPASS x\r\n", "",
     ":Marcel PONG Marcel :1\n:Marcel PONG Marcel :a b?\n"},
    {"MODE #lobby\r\nMODE #Lobby b\r\nMODE #lobby +o bob\r\nMODE #lab\r\nMODE bob +i\r\nMODE\r\n",
     "",
     ":Marcel 324 bob #lobby +nt\n:Marcel 368 bob #Lobby :Only the operator bans\n"
     ":Marcel 482 bob #lobby :Rooms have neither topics nor modes that can be set\n"
     ":Marcel 403 bob #lab :There is no such room\n:Marcel 221 bob +\n"
     ":Marcel 461 bob MODE :An argument is missing\n"},
    {"TOPIC #lobby\r\nTOPIC #lobby :x\r\n", "",
     ":Marcel 331 bob #lobby :No topic is set\n"
     ":Marcel 482 bob #lobby :Rooms have neither topics nor modes that can be set\n"},
    {"NAMES\r\nNAMES #LOBBY\r\nNAMES #lab\r\nNAMES #lobby,#lab\r\nNAMES #lab,#lobby\r\n", "",
     NAMES("bob", "#lobby", "alice bob")
         NAMES("bob", "#lobby", "alice bob") ":Marcel 366 bob #lab :End of the names\n" NAMES(
             "bob", "#lobby", "alice bob") ":Marcel 366 bob #lab :End of the names\n"},
    {"WHO #lobby\r\nWHO alice\r\nWHO nobody\r\nWHO #lab\r\n", "",
     ":Marcel 352 bob #lobby alice Marcel Marcel alice H :0 alice\n"
     ":Marcel 352 bob #lobby bob Marcel Marcel bob H :0 bob\n"
     ":Marcel 315 bob #lobby :End of the list\n"
     ":Marcel 352 bob #lobby alice Marcel Marcel alice H :0 alice\n"
     ":Marcel 315 bob alice :End of the list\n:Marcel 315 bob nobody :End of the list\n"
     ":Marcel 315 bob #lab :End of the list\n"},
    {"WHOIS alice\r\nWHOIS x marcel\r\nWHOIS nobody\r\nWHOIS\r\n", "",
     ":Marcel 311 bob alice alice Marcel * :alice\n:Marcel 319 bob alice :#lobby\n"
     ":Marcel 312 bob alice Marcel :lwchat\n"
     ":Marcel 317 bob alice 0 :seconds idle\n"
     ":Marcel 318 bob alice :End of what is known\n"
     ":Marcel 311 bob Marcel Marcel Marcel * :Marcel\n:Marcel 312 bob Marcel Marcel :lwchat\n"
     ":Marcel 313 bob Marcel :is the operator of this server\n"
     ":Marcel 317 bob Marcel 0 :seconds idle\n"
     ":Marcel 318 bob marcel :End of what is known\n"
     ":Marcel 401 bob nobody :nobody is called \"nobody\": /who lists who is here\n"
     ":Marcel 318 bob nobody :End of what is known\n"
     ":Marcel 461 bob WHOIS :An argument is missing\n"},
    {"TOPIC :#a b\r\nTOPIC ::x\r\nWHO :a b\r\nNAMES :x y\r\nWHOIS ::x\r\n", "",
     ":Marcel 331 bob #a :No topic is set\n:Marcel 331 bob * :No topic is set\n"
     ":Marcel 315 bob a :End of the list\n:Marcel 366 bob x :End of the names\n"
     ":Marcel 401 bob * :nobody is called \":x\": /who lists who is here\n"
     ":Marcel 318 bob * :End of what is known\n"},
    {"LIST\r\n", "",
     ":Marcel 321 bob Channel :Users Name\n:Marcel 322 bob #lobby 2 :\n"
     ":Marcel 323 bob :End of the rooms\n"},
    {"MOTD\r\n", "", ":Marcel 422 bob :There is no message of the day\n"},
    {"CAP LIST\r\nCAP LS 302\r\nCAP REQ :echo-message x\r\nCAP LIST\r\n"
     "CAP REQ echo-message\r\nCAP REQ :server-time -echo-message\r\nCAP LIST\r\nCAP END\r\n",
     "",
     ":Marcel CAP bob LIST :\n:Marcel CAP bob LS :echo-message server-time\n"
     ":Marcel CAP bob NAK :echo-message x\n:Marcel CAP bob LIST :\n"
     ":Marcel CAP bob ACK :echo-message\n:Marcel CAP bob ACK :server-time -echo-message\n"
     ":Marcel CAP bob LIST :server-time\n"},
    {"CAP\r\nCAP foo\r\nCAP ls\r\n", "",
     ":Marcel 410 bob :There is no such CAP command: LS, LIST, REQ, END\n"
     ":Marcel 410 bob foo :There is no such CAP command: LS, LIST, REQ, END\n"
     ":Marcel CAP bob LS :echo-message server-time\n"},
    /* The chat's own commands. */
    {"ME waves\r\nIGNORE :alice\r\nIGNORE alice\r\nMSG alice :a b\r\n", "* bob waves\n[bob] a b\n",
     ":Marcel NOTICE bob :you are ignoring alice: /ignore alice again to stop\n"
     ":Marcel NOTICE bob :you are no longer ignoring alice\n"},
    {"KICK #lobby alice\r\nOPER root x\r\nSHUTDOWN\r\n", "",
     ":Marcel 421 bob kick :no command \"/kick\": /help lists them\n"
     ":Marcel 421 bob oper :no command \"/oper\": /help lists them\n"
     ":Marcel 421 bob shutdown :no command \"/shutdown\": /help lists them\n"},
    {" \r\n:only\r\n@tags\r\n\r\n::\r\n", "", ""},
    {"QUIT :so long\r\nPRIVMSG #lobby :x\r\n", "*** bob left: so long\n", "ERROR :goodbye\n"},
    {"QUIT\r\n", "*** bob left\n", "ERROR :goodbye\n"},
};

static void test_cases(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t cut = 1; cut <= strlen(cases[i].sent); cut++) {
            check(&cases[i], cut, SIZE_MAX, SIZE_MAX);
        }
        check(&cases[i], 1, 1, SIZE_MAX);
        check(&cases[i], 1, 1, 1);
        check(&cases[i], SIZE_MAX, SIZE_MAX, 1);
    }
}

static void test_limit(void **state)
{
    char line[2 * LWCHAT_LINE_BYTES];

    (void)state;
    start();
    memset(line, 'a', sizeof line);
    memcpy(line, "PRIVMSG #lobby :", 16);
    for (size_t bytes = LWCHAT_LINE_BYTES - 8; bytes <= LWCHAT_LINE_BYTES + 2; bytes++) {
        comes(line, bytes, SIZE_MAX);
        says("\r\nPRIVMSG #lobby :next\r\n");
        const char *heard = world_hear(alice);
        bool fits = bytes <= LWCHAT_LINE_BYTES - 8;
        assert_int_equal(strlen(heard), fits ? bytes - 16 + 6 + 10 : 10);
        assert_string_equal(heard + strlen(heard) - 10, "bob> next\n");
        TOLD(fits ? "" : ":Marcel 417 bob :too long: 1024 bytes at most, nothing was sent\n");
    }
}

/* However long what a client names is, it is answered with lines that an IRC server may send. */
static void test_long_names(void **state)
{
    static const char *const begins[] = {"WHO ",    "WHOIS ",  "WHOIS x ",    "MODE #",
                                         "TOPIC #", "NAMES #", "JOIN #",      "PART #",
                                         "NICK ",   "PING ",   "CAP REQ ",    "PRIVMSG #",
                                         "X",       "IGNORE ", "PRIVMSG x :", "HISTORY "};
    char line[LWCHAT_LINE_BYTES];

    (void)state;
    start();
    for (unsigned i = 0; i < sizeof begins / sizeof begins[0]; i++) {
        for (unsigned odd = 0; odd < 2; odd++) {
            size_t bytes = (size_t)sprintf(line, "%s%s", begins[i], odd == 0 ? "" : "y");
            while (bytes + 12 < sizeof line) {
                memcpy(line + bytes, "\xC3\xA9", 2);
                bytes += 2;
            }
            comes(line, bytes, SIZE_MAX);
            says("\r\n");
            assert_string_not_equal(told(SIZE_MAX), "");
        }
    }
}

/* --- Introductions ------------------------------------------------------------------------ */

static const struct irc_case introductions[] = {
    {INTRODUCTION, "*** bob joined\n", GREETING("bob", "2") ENTERED("bob", "#lobby", "alice bob")},
    {"USER b 0 * :Bob\r\nNICK bob\r\n", "*** bob joined\n",
     GREETING("bob", "2") ENTERED("bob", "#lobby", "alice bob")},
    {"PASS x\nUSER b 0 * :Bob\nNICK :bob\n", "*** bob joined\n",
     GREETING("bob", "2") ENTERED("bob", "#lobby", "alice bob")},
    {"CAP LS\r\nCAP END\r\nNICK bob\r\nUSER b 0 * :Bob\r\n", "*** bob joined\n",
     ":Marcel CAP * LS :echo-message server-time\n" GREETING("bob", "2")
         ENTERED("bob", "#lobby", "alice bob")},
    {"CAP LS 302\r\nNICK bob\r\nUSER b 0 * :Bob\r\nPING 1\r\nPRIVMSG #lobby :no\r\nCAP END\r\n"
     "PRIVMSG #lobby :yes\r\n",
     "*** bob joined\nbob> yes\n",
     ":Marcel CAP * LS :echo-message server-time\n:Marcel PONG Marcel :1\n"
     ":Marcel 451 * :not in the chat yet: NICK and USER come first\n" GREETING("bob", "2")
         ENTERED("bob", "#lobby", "alice bob")},
    {"CAP LS\r\nNICK alice\r\nUSER b 0 * :Bob\r\nCAP END\r\nJOIN #x\r\nWHOIS alice\r\nHELP\r\n"
     "NICK bob\r\n",
     "*** bob joined\n",
     ":Marcel CAP * LS :echo-message server-time\n"
     ":Marcel 433 * alice :the nick \"alice\" is taken\n"
     ":Marcel 451 * :not in the chat yet: NICK and USER come first\n"
     ":Marcel 451 * :not in the chat yet: NICK and USER come first\n"
     ":Marcel 451 * :not in the chat yet: NICK and USER come first\n" GREETING("bob", "2")
         ENTERED("bob", "#lobby", "alice bob")},
    {"CAP LS\r\nNICK bob\r\nNICK rob\r\nNICK admin\r\nUSER x\r\nUSER b 0 * :B\r\nCAP END\r\n",
     "*** rob joined\n",
     ":Marcel CAP * LS :echo-message server-time\n"
     ":Marcel 433 * admin :the nick \"admin\" is taken: it is reserved for the server\n"
     ":Marcel 461 * USER :An argument is missing\n" GREETING("rob", "2")
         ENTERED("rob", "#lobby", "alice rob")},
    {"CAP LS\r\nNICK bob\r\nQUIT :never mind\r\nNICK x\r\n", "",
     ":Marcel CAP * LS :echo-message server-time\nERROR :goodbye\n"},
};

/* Bytes that are left unread are offered again, together with all that has come since. */
static void introduce(const struct irc_case *one, size_t cut, size_t step, uint32_t wait_ms)
{
    size_t bytes = strlen(one->sent), sent = 0, used = 0;
    unsigned stuck = 0;

    world_start(NULL);
    alice = world_enter("alice");
    bob = world_connect();
    got_bytes = 0;
    while (used < bytes) {
        size_t more = sent == 0 ? cut : step;
        sent = more < bytes - sent ? sent + more : bytes;
        for (size_t n = 1; n > 0 && used < sent;) {
            n = chat_reads(&chat, bob)
                    ? chat_receive(&chat, bob, (const uint8_t *)one->sent + used, sent - used)
                    : 0;
            used += n;
            (void)take(SIZE_MAX);
            world_pass();
        }
        world_wait(sent == bytes && used < bytes ? 20 : wait_ms);
        assert_true(++stuck < 1000);
    }
    const char *answer = told(SIZE_MAX), *heard = world_hear(alice);
    if (strcmp(answer, one->told) != 0 || strcmp(heard, one->heard) != 0) {
        fail_msg(
            "\"%s\", cut at %zu: heard \"%s\" instead of \"%s\", told \"%s\" instead of \"%s\"",
            one->sent, cut, heard, one->heard, answer, one->told);
    }
}

/* On the chat's port, at once or with a pause in between. */
static void test_introductions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof introductions / sizeof introductions[0]; i++) {
        const struct irc_case *one = &introductions[i];
        for (size_t cut = 1; cut <= strlen(one->sent); cut++) {
            introduce(one, cut, SIZE_MAX, 0);
            if (cut >= 4) {
                introduce(one, cut, SIZE_MAX, 500);
            }
        }
        introduce(one, 1, 1, 0);
        introduce(one, 5, 1, 30);
    }
}

/* The same on the port for IRC clients, however late: nobody is greeted unasked. */
static void test_introductions_on_their_own_port(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    come_in("");
    world_wait(10000);
    TOLD("");
    says("NICK bob\r\n");
    world_wait(10000);
    HEARS(alice, "");
    world_say(CHAT_OPERATOR, "/who\n");
    assert_non_null(
        strstr(world_hear(CHAT_OPERATOR), "*** somebody is arriving, address 10.0.0.99"));
    says("USER b 0 * :Bob\r\n");
    HEARS(alice, "*** bob joined\n");
    TOLD(GREETING("bob", "2") ENTERED("bob", "#lobby", "alice bob"));
}

/* A page in a browser must not be able to speak: its request ends the connection. */
static void test_requests_on_the_port_for_irc(void **state)
{
    static const char *const requests[] = {"POST / HTTP/1.1\r\nHost: marcel:6667\r\n\r\n",
                                           "GET / HTTP/1.1\r\n", "NICK x\r\nPOST / HTTP/1.1\r\n"};

    (void)state;
    for (unsigned i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        world_start(NULL);
        alice = world_enter("alice");
        come_in(requests[i]);
        says(INTRODUCTION "PRIVMSG #lobby :bought\r\n");
        TOLD("ERROR :goodbye\n");
        HEARS(alice, "");
    }
    start();
    says("POST x\r\n");
    TOLD(":Marcel 421 bob post :no command \"/post\": /help lists them\n");
}

static void test_who_does_not_introduce_itself(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    world_hush();
    come_in("NICK bob\r\n");
    world_say(alice, "hello\n");
    world_say(CHAT_OPERATOR, "hello all\n");
    world_wait(LWCHAT_ENTER_MS - 1);
    TOLD("");
    assert_int_equal(chat_state(&chat, bob), CHAT_OPENING);
    world_wait(LWCHAT_STALL_MS < 5000 ? LWCHAT_STALL_MS : 5000);
    TOLD("ERROR :goodbye\n");
    assert_int_equal(chat_state(&chat, bob), CHAT_ENDED);
    chat_release(&chat, bob, 0);
    come_in("NICK bob\r\nPRIV");
    assert_true(chat_input_ended(&chat, bob));
    TOLD("ERROR :goodbye\n");
    chat_release(&chat, bob, 0);
    come_in("NICK bob\r\n");
    chat_release(&chat, bob, 3);
    come_in("NICK bob\r\n");
    world_say(CHAT_OPERATOR, "/ban 10.0.0.99\n");
    world_pass();
    TOLD("ERROR :you were kicked\n");
    assert_int_equal(chat_state(&chat, bob), CHAT_ENDED);
    chat_release(&chat, bob, 0);
    assert_int_equal(chat_join_as(&chat, address_v4(0x0A000063), 4099, CHAT_IRC), LWCHAT_REFUSED);
    assert_int_equal(chat.people, 1);
    assert_int_equal(chat.occupied, 1);
    HEARS(alice, "Marcel> hello all\n");
}

/* A nick that somebody else has taken since. */
static void test_two_choose_a_nick(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    come_in("NICK bob\r\n");
    unsigned first = world_enter("bob");
    says("USER b 0 * :Bob\r\n");
    TOLD(":Marcel 433 * bob :the nick \"bob\" is taken\n");
    says("NICK rob\r\n");
    TOLD(GREETING("rob", "3") ENTERED("rob", "#lobby", "alice rob bob"));
    HEARS(first, "*** rob joined\n");
}

/* Lines that begin like an IRC client's, and are chat all the same. */
static void test_chat_that_looks_like_it(void **state)
{
    static const struct {
        const char *sent, *heard;
        bool waits;
    } table[] = {
        {"PASS me the salt\n", "PASS me the salt\n", false},
        {"USER error\n", "USER error\n", false},
        {"CAP LS is a command\n", "CAP LS is a command\n", false},
        {"CAP\n", "CAP\n", false},
        {"cap ls\n", "cap ls\n", false},
        {"NICK bob or USER bob\n", "NICK bob or USER bob\n", false},
        {"NICK bob\nhello\n", "NICK bob\nguest2> hello\n", false},
        {"NICK bob\nUSER x\n", "NICK bob\nguest2> USER x\n", false},
        {"PASS word\nNICK bob\n", "PASS word\nguest2> NICK bob\n", true},
        {"NICK bob\n", "NICK bob\n", true},
        {"USER a b c d\n", "USER a b c d\n", true},
    };
    char joined[200];

    (void)state;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        world_start(NULL);
        alice = world_enter("alice");
        bob = world_connect();
        size_t bytes = strlen(table[i].sent), used = 0;
        for (unsigned ms = 0; used < bytes && ms < LWCHAT_REQUEST_MS + 100; ms += 5) {
            size_t n =
                chat_reads(&chat, bob)
                    ? chat_receive(&chat, bob, (const uint8_t *)table[i].sent + used, bytes - used)
                    : 0;
            used += n;
            world_hear(bob);
            world_wait(5);
            assert_true(table[i].waits || ms < 100);
        }
        assert_int_equal(used, bytes);
        (void)snprintf(joined, sizeof joined, "*** guest2 joined\nguest2> %s", table[i].heard);
        HEARS(alice, joined);
    }
}

/* A line that may go on is said when its peer closes or resets its side. */
static void test_who_leaves_after_one_line(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    bob = world_connect();
    assert_int_equal(chat_receive(&chat, bob, (const uint8_t *)"NICK bob\n", 9), 0);
    assert_false(chat_reads(&chat, bob));
    world_wait(LWCHAT_REQUEST_MS - 100);
    HEARS(alice, "");
    world_wait(200);
    says("NICK bob\n");
    world_hear(bob);
    assert_true(chat_input_ended(&chat, bob));
    HEARS(alice, "*** guest2 joined\nguest2> NICK bob\n*** guest2 left\n");
}

/* An IRC client behind a slow link was greeted as a guest: it begins anew. */
static void test_introduction_after_the_greeting(void **state)
{
    (void)state;
    world_start(NULL);
    alice = world_enter("alice");
    bob = world_join();
    world_hear(bob);
    world_hush();
    got_bytes = 0;
    says("CAP LS 302\r\nNICK bob\r\nUSER b 0 * :Bob\r\nCAP END\r\n");
    HEARS(alice, "*** guest2 left\n*** bob joined\n");
    TOLD(":Marcel CAP * LS :echo-message server-time\n" GREETING("bob", "2")
             ENTERED("bob", "#lobby", "alice bob"));
    assert_int_equal(chat.people, 2);
    says("PRIVMSG #lobby :hello\r\n");
    HEARS(alice, "bob> hello\n");
}

/* --- What a client is shown ------------------------------------------------------------ */

static void test_what_others_do(void **state)
{
    (void)state;
    start();
    world_say(alice, "hello\n/me waves\n/msg bob psst\n");
    TOLD(":alice!alice@Marcel PRIVMSG #lobby :hello\n"
         ":alice!alice@Marcel PRIVMSG #lobby :\001ACTION waves\001\n"
         ":alice!alice@Marcel PRIVMSG bob :psst\n");
    unsigned carol = world_join();
    world_hear(carol);
    world_say(carol, "/nick carol\n/join #lab\n");
    world_hear(carol);
    world_say(carol, "/join #lobby\n");
    world_hear(carol);
    TOLD(":guest2!guest2@Marcel JOIN #lobby\n:guest2!guest2@Marcel NICK carol\n"
         ":carol!carol@Marcel PART #lobby\n:carol!carol@Marcel JOIN #lobby\n");
    world_say(carol, "/quit so long\n");
    TOLD(":carol!carol@Marcel QUIT :so long\n");
    world_say(CHAT_OPERATOR, "hello all\n");
    TOLD(":Marcel!Marcel@Marcel PRIVMSG #lobby :hello all\n");
    says("IGNORE alice\r\n");
    (void)told(SIZE_MAX);
    world_say(alice, "unseen\n");
    TOLD("");
    world_say(CHAT_OPERATOR, "/kick alice\n");
    TOLD(":alice!alice@Marcel QUIT :was kicked\n");
    (void)chat_tell_everybody(&chat, W_LEAVES, NULL, 0);
    TOLD(":Marcel NOTICE #lobby :this server is losing its address and asks for another: this "
         "connection will end\n");
}

static void test_ends(void **state)
{
    (void)state;
    start();
    world_say(CHAT_OPERATOR, "/kick bob go away\n");
    TOLD(":Marcel KILL bob :You were kicked: go away\nERROR :you were kicked\n");
    HEARS(alice, "*** bob was kicked\n");
    start();
    chat_shutdown(&chat);
    TOLD(":Marcel NOTICE bob :the server is shutting down\nERROR :goodbye\n");
    world_start(NULL);
    come_in("NICK bob\r\n");
    chat_shutdown(&chat);
    TOLD(":Marcel NOTICE * :the server is shutting down\nERROR :goodbye\n");
    start();
    says("PRIVMSG #lobby :incomplete");
    assert_true(chat_input_ended(&chat, bob));
    TOLD("ERROR :goodbye\n");
    HEARS(alice, "*** bob left\n");
}

static void test_in_french(void **state)
{
    struct chat_config config = {
        .name = "Marcel", .language = WORDS_FRENCH, .max_sessions = LWCHAT_MAX_SESSIONS};

    (void)state;
    world_start(&config);
    come_in(INTRODUCTION);
    assert_non_null(strstr(told(SIZE_MAX), " 001 bob :Bienvenue dans le salon, bob\n"));
    says("NICK Marcel\r\n");
    TOLD(":Marcel 433 bob Marcel :le nom \"Marcel\" est d\xC3\xA9j\xC3\xA0 pris\n");
}

static void test_refusals(void **state)
{
    char text[200];

    (void)state;
    world_start(NULL);
    text[chat_refusal(&chat, LWCHAT_NO_MEMORY, CHAT_IRC, text, sizeof text)] = '\0';
    assert_string_equal(text, "ERROR :the server is full (0 of 64), try again later\r\n");
    text[chat_refusal(&chat, LWCHAT_REFUSED, CHAT_IRC, text, sizeof text)] = '\0';
    assert_string_equal(text, "ERROR :you are banned\r\n");
}

/* Longer text goes out in several messages, cut between characters. */
static void test_long_lines(void **state)
{
    char line[LWCHAT_LINE_BYTES + 2], heard[2 * LWCHAT_LINE_BYTES] = "";
    static const char head[] = ":alice!alice@Marcel PRIVMSG #lobby :";

    (void)state;
    start();
    for (unsigned odd = 0; odd < 2; odd++) {
        line[0] = 'x';
        for (size_t i = odd; i + 1 < LWCHAT_LINE_BYTES; i += 2) {
            memcpy(line + i, "\xC3\xA9", 2);
        }
        size_t bytes = (size_t)LWCHAT_LINE_BYTES - odd;
        line[bytes] = '\n';
        world_say_bytes(alice, line, bytes + 1);
        const char *at = told(SIZE_MAX);
        heard[0] = '\0';
        unsigned lines = 0;
        for (; *at != '\0'; lines++) {
            assert_memory_equal(at, head, sizeof head - 1);
            at += sizeof head - 1;
            strncat(heard, at, strcspn(at, "\n"));
            at += strcspn(at, "\n") + 1;
        }
        line[bytes] = '\0';
        assert_string_equal(heard, line);
        assert_int_equal(lines, 3);
    }
}

/* However its characters are made, no text is cut within one or lost. */
static void test_long_characters(void **state)
{
    static const char *const parts[] = {"a",
                                        " ",
                                        "\xC3\xA9",
                                        "e\xCC\x81\xCC\x82",
                                        "\xE2\x81\xA7x\xE2\x81\xA9",
                                        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80",
                                        "\xE2\x80\x8D\xF0\x9F\x9A\x80",
                                        "\xE2\x81\xA7"};
    struct dice dice = {.state = 3};
    char line[LWCHAT_LINE_BYTES + 1];

    (void)state;
    start();
    for (unsigned n = 0; n < 2000; n++) {
        size_t bytes = 0, said = 0;
        unsigned few = 1 + dice_below(&dice, sizeof parts / sizeof parts[0]);
        while (bytes + 20 < LWCHAT_LINE_BYTES) {
            const char *part = parts[dice_below(&dice, few)];
            bytes += (size_t)sprintf(line + bytes, "%s", n % 3 == 0 ? parts[6] : part);
        }
        line[bytes++] = '\n';
        world_say_bytes(alice, line, bytes);
        bytes = text_clean(line, bytes - 1, sizeof line);
        for (const char *at = told(SIZE_MAX); *at != '\0'; at += strcspn(at, "\n") + 1) {
            at += strlen(":alice!alice@Marcel PRIVMSG #lobby :");
            said += strcspn(at, "\n");
        }
        assert_true(said >= bytes && said <= bytes + 4 * TEXT_CLOSE_BYTES);
    }
}

static bool clock_utc(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 1709164799 + now_ms / 1000 - 5; /* 28 February 2024, 23:59:59 UTC */
    *local_s = 3600;
    return true;
}

static void start_with_clock(bool (*clock)(uint32_t *utc_s, int32_t *local_s))
{
    struct chat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .clock = clock};

    world_start(&config);
    alice = world_enter("alice");
}

/* What was said before is never shown as if it were said now. */
static void test_history(void **state)
{
    (void)state;
    for (unsigned known = 0; known < 2; known++) {
        start_with_clock(known ? clock_utc : NULL);
        world_say(alice, "before\n/me waves\n");
        come_in(INTRODUCTION);
        const char *text = told(SIZE_MAX);
        assert_non_null(strstr(text, known ? ":Marcel NOTICE #lobby :[00:59] <alice> before\n"
                                             ":Marcel NOTICE #lobby :[00:59] * alice waves\n"
                                           : ":Marcel NOTICE #lobby :[earlier] <alice> before\n"
                                             ":Marcel NOTICE #lobby :[earlier] * alice waves\n"));
        says("CAP REQ :server-time echo-message\r\nPRIVMSG #lobby :x\r\nHISTORY 3\r\n");
        TOLD(known ? ":Marcel CAP bob ACK :server-time echo-message\n"
                     "@time=2024-02-28T23:59:59.000Z :bob!bob@Marcel PRIVMSG #lobby :x\n"
                     "@time=2024-02-28T23:59:59.000Z :alice!alice@Marcel PRIVMSG #lobby :before\n"
                     "@time=2024-02-28T23:59:59.000Z :alice!alice@Marcel PRIVMSG #lobby "
                     ":\001ACTION waves\001\n"
                     "@time=2024-02-28T23:59:59.000Z :bob!bob@Marcel PRIVMSG #lobby :x\n"
                   : ":Marcel CAP bob ACK :server-time echo-message\n"
                     ":bob!bob@Marcel PRIVMSG #lobby :x\n"
                     ":Marcel NOTICE #lobby :[earlier] <alice> before\n"
                     ":Marcel NOTICE #lobby :[earlier] * alice waves\n"
                     ":Marcel NOTICE #lobby :[earlier] <bob> x\n");
    }
    static const struct {
        uint32_t s;
        const char *date;
    } dates[] = {{0, "1970-01-01T00:00:00"},          {951782400, "2000-02-29T00:00:00"},
                 {1709164800, "2024-02-29T00:00:00"}, {1735689599, "2024-12-31T23:59:59"},
                 {4107542399, "2100-02-28T23:59:59"}, {4107542400, "2100-03-01T00:00:00"},
                 {UINT32_MAX, "2106-02-07T06:28:15"}};
    for (unsigned i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        char line[100];
        world_say(alice, "now\n");
        struct log_record *record =
            (struct log_record *)(void *)(chat.ring + (chat.session[bob].place.cursor &
                                                       (LWCHAT_LOG_BYTES - 1)));
        record->time_s = dates[i].s;
        chat.has_clock = true;
        (void)snprintf(line, sizeof line, "@time=%s.000Z :alice!alice@Marcel PRIVMSG #lobby :now\n",
                       dates[i].date);
        size_t bytes;
        const char *out = chat_output(&chat, bob, &bytes);
        assert_memory_equal(out, line, strlen(line) - 1);
        chat_taken(&chat, bob, bytes);
        world_hear(alice);
    }
}

/* The clock turns over after 49.7 days, of which it shows 24.8: longer than that is no moment. */
static void test_long_idle(void **state)
{
    (void)state;
    start_with_clock(NULL);
    come_in(INTRODUCTION);
    for (unsigned part = 0; part < 5; part++) {
        world_wait(UINT32_MAX / 4);
    }
    (void)told(SIZE_MAX);
    says("WHOIS Marcel\r\n");
    const char *line = strstr(told(SIZE_MAX), ":Marcel 317 bob Marcel 21474");
    assert_non_null(line);
    assert_non_null(strstr(line, " :seconds idle\n"));
}

/* Whoever asks, or answers a PING, has said nothing; a room is as old as its first visitor's join.
 */
static void test_times(void **state)
{
    (void)state;
    for (unsigned known = 0; known < 2; known++) {
        start_with_clock(known ? clock_utc : NULL);
        world_say(alice, "hello\n");
        come_in(INTRODUCTION);
        world_wait(7000);
        world_say(alice, "/who\n");
        (void)world_hear(alice);
        (void)told(SIZE_MAX);
        says("PING x\r\nWHOIS alice\r\n");
        assert_non_null(strstr(told(SIZE_MAX), ":Marcel 317 bob alice 7 :seconds idle\n"));
        world_say(alice, "/msg bob hello\n");
        says("WHOIS alice\r\n");
        assert_non_null(strstr(told(SIZE_MAX), ":Marcel 317 bob alice 0 :seconds idle\n"));
        says("WHOIS Marcel\r\n");
        assert_non_null(strstr(told(SIZE_MAX), ":Marcel 317 bob Marcel 7 :seconds idle\n"));
        says("JOIN #lab\r\n");
        uint32_t joined_s;
        int32_t local_s;
        (void)clock_utc(&joined_s, &local_s);
        world_wait(5000);
        (void)told(SIZE_MAX);
        says("MODE #lab\r\n");
        static const char modes[] = ":Marcel 324 bob #lab +nt\n", since[] = ":Marcel 329 bob #lab ";
        const char *text = told(SIZE_MAX);
        assert_memory_equal(text, modes, sizeof modes - 1);
        text += sizeof modes - 1;
        if (!known) {
            assert_string_equal(text, "");
            continue;
        }
        assert_memory_equal(text, since, sizeof since - 1);
        /* The chat reads the clock once a second at most. */
        assert_in_range(strtoul(text + sizeof since - 1, NULL, 10), joined_s - 1, joined_s);
    }
}

/* With echo-message a client reads its own messages, but not that it joined or left. */
static void test_echo(void **state)
{
    (void)state;
    start();
    says("CAP REQ echo-message\r\n");
    (void)told(SIZE_MAX);
    says("PRIVMSG #lobby :one\r\nPRIVMSG alice :two\r\nNICK rob\r\nPRIVMSG #lobby :\001ACTION "
         "x\001\r\n");
    world_say(alice, "three\n");
    TOLD(":bob!bob@Marcel PRIVMSG #lobby :one\n:bob!bob@Marcel PRIVMSG alice :two\n"
         ":bob!bob@Marcel NICK rob\n:rob!rob@Marcel PRIVMSG #lobby :\001ACTION x\001\n"
         ":alice!alice@Marcel PRIVMSG #lobby :three\n");
    says("JOIN #lab\r\nPRIVMSG #lab :four\r\n");
    TOLD(":rob!rob@Marcel PART #lobby\n" ENTERED("rob", "#lab",
                                                 "rob") ":rob!rob@Marcel PRIVMSG #lab :four\n");
}

/* The name of a room that was left is known until it was told, even if others open all rooms. */
static void test_the_room_that_was_left(void **state)
{
    (void)state;
    start();
    says("JOIN #first\r\n");
    (void)told(SIZE_MAX);
    says("JOIN #second\n");
    (void)world_hear(alice);
    for (unsigned i = 0; i < 2 * LWCHAT_MAX_ROOMS; i++) {
        char join[40];
        world_pass();
        (void)snprintf(join, sizeof join, "/join #other%u\n", i);
        unsigned other = world_join();
        world_hear(other);
        world_say(other, join);
        world_hear(other);
        chat_release(&chat, other, 0);
    }
    TOLD(":bob!bob@Marcel PART #first\n" ENTERED("bob", "#second", "bob"));
}

/* A line that is partly sent when the reader's nick changes stays as it is. */
static void test_nick_changes_within_a_line(void **state)
{
    (void)state;
    start();
    says("PRIVMSG nobody :x\r\n");
    for (size_t n = 1; n < 40; n++) {
        (void)take(1);
    }
    says("NICK robert\r\n");
    TOLD(":Marcel 401 bob nobody :nobody is called \"nobody\": /who lists who is here\n"
         ":bob!bob@Marcel NICK robert\n");
    chat_shutdown(&chat);
    (void)take(SIZE_MAX);
    TOLD(":Marcel NOTICE robert :the server is shutting down\nERROR :goodbye\n");
}

/* So does one that is partly sent when its reader requests extensions, or no more of them. */
static void test_extensions_within_a_line(void **state)
{
    struct chat_config config = {
        .name = "Marcel", .max_sessions = LWCHAT_MAX_SESSIONS, .clock = clock_utc};
    static const char line[] = ":alice!alice@Marcel PRIVMSG #lobby :hello\n";
    static const char tag[] = "@time=2024-02-28T23:59:59.000Z ";

    (void)state;
    start_with(&config);
    world_say(alice, "hello\n");
    (void)take(sizeof line - 10);
    says("CAP REQ :server-time echo-message\r\n");
    const char *text = told(SIZE_MAX);
    assert_memory_equal(text, line, sizeof line - 1);
    assert_string_equal(text + sizeof line - 1, ":Marcel CAP bob ACK :server-time echo-message\n");
    world_say(alice, "hello\n");
    (void)take(7);
    says("CAP REQ :-server-time\r\n");
    text = told(SIZE_MAX);
    assert_memory_equal(text, tag, sizeof tag - 1);
    assert_memory_equal(text + sizeof tag - 1, line, sizeof line - 1);
    assert_string_equal(text + sizeof tag + sizeof line - 2, ":Marcel CAP bob ACK :-server-time\n");
    says("PRIVMSG #lobby :mine\r\n");
    (void)take(7);
    says("CAP REQ :-echo-message\r\n");
    TOLD(":bob!bob@Marcel PRIVMSG #lobby :mine\n:Marcel CAP bob ACK :-echo-message\n");
}

/* A crowd: the names go out in several lines, each with room to spare. */
static void test_many_names(void **state)
{
    (void)state;
    world_start(NULL);
    for (unsigned i = 0; i < 40; i++) {
        char nick[40];
        (void)snprintf(nick, sizeof nick, "aaaaaaaaaaaaa%c%c", 'a' + (char)(i % 8),
                       'a' + (char)(i / 8));
        (void)world_enter(nick);
    }
    come_in(INTRODUCTION);
    (void)told(SIZE_MAX);
    says("NAMES #lobby\r\n");
    const char *text = told(SIZE_MAX);
    unsigned lines = 0, nicks = 0;
    for (const char *p = text; (p = strstr(p, " 353 ")) != NULL; p++) {
        lines++;
    }
    for (const char *p = text; (p = strstr(p, "aaaaaaaaaaaaa")) != NULL; p += 13) {
        nicks++;
    }
    assert_int_equal(nicks, 40);
    assert_true(lines >= 3);
    assert_non_null(strstr(text, " 366 bob #lobby :"));
}

/* When buffers run out, a question whose answer is not read is dropped; not the line after it. */
static void test_question_loses_its_buffer(void **state)
{
    (void)state;
    start();
    unsigned asks = bob;
    assert_int_equal(chat_receive(&chat, bob, (const uint8_t *)"LIST\n", 5), 5);
    world_wait(100);
    for (unsigned i = 2; i < LWCHAT_LINE_BUFFERS; i++) { /* one is kept for the operator */
        come_in("NICK x");
    }
    come_in("");
    for (unsigned ms = 100; ms < LWCHAT_PARTIAL_MS; ms += 50) {
        assert_int_equal(chat_receive(&chat, bob, (const uint8_t *)"NICK", 4), 0);
        world_wait(50);
    }
    bob = asks;
    TOLD(":Marcel NOTICE bob :your line was incomplete for too long, none of it was sent\n");
    says("PRIVMSG #lobby :next\r\n");
    HEARS(alice, "bob> next\n");
}

/* Rates hold before a client is in the chat, too, and reconnecting gains nothing. */
static void test_rate(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 9, .rate = 10};
    unsigned lines = 0;

    (void)state;
    world_start(&config);
    for (unsigned n = 0; n < 5; n++) {
        come_in("");
        for (; chat_reads(&chat, bob) && lines < 1000; lines++) {
            assert_int_equal(chat_receive(&chat, bob, (const uint8_t *)"NICK 1\n", 7), 7);
        }
        chat_release(&chat, bob, 0);
    }
    assert_true(lines >= 20 && lines <= 22);
}

/* Whoever is ignored shows no last words. */
static void test_farewell_of_who_is_ignored(void **state)
{
    (void)state;
    start();
    says("IGNORE alice\r\n");
    (void)told(SIZE_MAX);
    world_say(alice, "/quit last words\n");
    TOLD(":alice!alice@Marcel QUIT :\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_introductions),
        cmocka_unit_test(test_introductions_on_their_own_port),
        cmocka_unit_test(test_requests_on_the_port_for_irc),
        cmocka_unit_test(test_who_does_not_introduce_itself),
        cmocka_unit_test(test_two_choose_a_nick),
        cmocka_unit_test(test_chat_that_looks_like_it),
        cmocka_unit_test(test_who_leaves_after_one_line),
        cmocka_unit_test(test_introduction_after_the_greeting),
        cmocka_unit_test(test_what_others_do),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_in_french),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_long_characters),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_long_idle),
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_the_room_that_was_left),
        cmocka_unit_test(test_nick_changes_within_a_line),
        cmocka_unit_test(test_extensions_within_a_line),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_question_loses_its_buffer),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_farewell_of_who_is_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
