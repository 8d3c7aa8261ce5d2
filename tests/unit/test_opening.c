/* What kind of peer has connected: classifying the first line, and how the chat reacts. */
#include "world.h"

#include "core/opening.h"
#include "unit.h"

#include <stdbool.h>

/* --- The classifier ------------------------------------------------------------ */

struct opened {
    const char *text;
    size_t bytes;
    enum opening_kind kind;
    size_t decided; /* by this byte; 0: by the last */
};

#define OPENED(text, kind, decided)                                                                \
    {                                                                                              \
        text, sizeof(text) - 1, kind, decided                                                      \
    }

static const struct opened openings[] = {
    OPENED("", OPENING_UNDECIDED, 0),
    OPENED("hello", OPENING_UNDECIDED, 0),
    OPENED("hello\n", OPENING_CHAT, 0),
    OPENED("hello there\n", OPENING_CHAT, 0),
    OPENED("hello there all\n", OPENING_CHAT, 13),
    OPENED("/nick bob\n", OPENING_CHAT, 1),
    OPENED("\xc3\xa9t\xc3\xa9", OPENING_CHAT, 1),
    OPENED("\xff\xfd\x01", OPENING_CHAT, 1),
    OPENED("hi\0", OPENING_CHAT, 0),
    OPENED(" GET / HTTP/1.1\r\n", OPENING_CHAT, 1),
    OPENED("\xef\xbb\xbfhi", OPENING_CHAT, 1),
    /* RFC 9112 section 3 */
    OPENED("GET / HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("GET / HTTP/1.1\r\nHost: x\r\n\r\n", OPENING_HTTP, 15),
    OPENED("GET / HTTP/1.0\n", OPENING_HTTP, 0),
    OPENED("POST /a?b=c%20d HTTP/1.1\r\n", OPENING_HTTP, 25),
    OPENED("get / HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("BASELINE-CONTROL /x HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("OPTIONS * HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("CONNECT localhost:22 HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("GET http://localhost:50000/ HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("GET /\xc3\xa9 HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OPENING_HTTP, 15),
    OPENED("\r\nGET / HTTP/1.1\r", OPENING_HTTP, 0), /* section 2.2 */
    OPENED("\n\n\r\nGET / HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("GET me a coffee\n", OPENING_CHAT, 8),
    OPENED("GET /\r\n", OPENING_CHAT, 6),
    OPENED("GET  / HTTP/1.1\r", OPENING_CHAT, 5),
    OPENED("GET / HTTP/1.1 \r", OPENING_CHAT, 15),
    OPENED("GET / HTTP/1.1 is what browsers say\n", OPENING_CHAT, 15),
    OPENED("GET / HTTP/11\r", OPENING_CHAT, 13),
    OPENED("GET / http/1.1\r", OPENING_CHAT, 7),
    OPENED("GET / HTTP/x.1\r", OPENING_CHAT, 12),
    OPENED("GET / a HTTP/1.1\r", OPENING_CHAT, 7),
    OPENED("GET / RTSP/1.0\r", OPENING_CHAT, 7),
    OPENED("GE\bT / HTTP/1.1\r", OPENING_CHAT, 3),
    OPENED("GET /\x7f HTTP/1.1\r", OPENING_CHAT, 6),
    OPENED("GET /\xff\xf1 HTTP/1.1\r", OPENING_CHAT, 6),
    OPENED("abcdefghijklmnopqrstuvwxyzabcdef / HTTP/1.1\r", OPENING_HTTP, 0),
    OPENED("abcdefghijklmnopqrstuvwxyzabcdefg / HTTP/1.1\r", OPENING_CHAT, 33),
    /* RFC 8446 section 5.1 */
    OPENED("\x16\x03\x01\x02\x00\x01\x00\x01\xfc", OPENING_TLS, 2),
    OPENED("\x16x", OPENING_CHAT, 2),
    /* RFC 4253 section 4.2 */
    OPENED("SSH-2.0-OpenSSH_9.2p1\r\n", OPENING_SSH, 8),
    OPENED("SSH-1.99-x\r\n", OPENING_SSH, 6),
    OPENED("SSH-keys are long\n", OPENING_CHAT, 14),
    OPENED("SSH\n", OPENING_CHAT, 0),
    /* The PROXY protocol, sections 2.1 and 2.2 */
    OPENED("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", OPENING_PROXY, 11),
    OPENED("PROXY TCP6 ::1 ::1 1 2\r\n", OPENING_PROXY, 11),
    OPENED("PROXY UNKNOWN\r\n", OPENING_PROXY, 13),
    OPENED("PROXY me a coffee\n", OPENING_CHAT, 10),
    OPENED("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", OPENING_PROXY, 12),
    OPENED("\r\n\r\n\0\r\nQUIT!", OPENING_CHAT, 12),
    OPENED("\r\n\r\nQUIT\n", OPENING_CHAT, 0),
    OPENED("\r\n\r\nGET / HTTP/1.1\r", OPENING_HTTP, 0),
#if LWCHAT_IRC
    /* RFC 2812 section 3.1, and https://ircv3.net/specs/extensions/capability-negotiation */
    OPENED("CAP LS\r\n", OPENING_IRC, 7),
    OPENED("CAP LS 302\n", OPENING_IRC, 0),
    OPENED("\r\nCAP LS\n", OPENING_IRC, 0),
    OPENED("NICK bob\r\nUSER b 0 * :Bob B\r\n", OPENING_IRC, 28),
    OPENED("USER b 0 * :Bob B\nNICK bob\n", OPENING_IRC, 0),
    OPENED("PASS x\r\nNICK bob\r\nUSER b 0 * b\r\n", OPENING_IRC, 31),
    OPENED("PASS :x\nUSER b h s :b\nNICK :bob\n", OPENING_IRC, 0),
    OPENED("PASS x\nCAP LS\n", OPENING_IRC, 0),
    OPENED("NICK a\nNICK b\nUSER b 0 * :b\n", OPENING_IRC, 0),
    OPENED("NICK \xc3\xa9\nUSER b 0 * :\xc3\xa9\n", OPENING_IRC, 0),
    OPENED("NICK bob\r\nUSER b 0 * ", OPENING_UNDECIDED, 0),
    OPENED("NICK bob\n\n\r\n", OPENING_UNDECIDED, 0),
    OPENED("PASS word\n", OPENING_UNDECIDED, 0),
    OPENED("CAP LS 302 x\n", OPENING_CHAT, 11),
    OPENED("CAP LSx\n", OPENING_CHAT, 0),
    OPENED("CAP END\n", OPENING_CHAT, 0),
    OPENED("cap ls\n", OPENING_CHAT, 0),
    OPENED("PASS me the salt\n", OPENING_CHAT, 9),
    OPENED("USER error\n", OPENING_CHAT, 0),
    OPENED("USER b 0 *\n", OPENING_CHAT, 0),
    OPENED("USER b  0 * :b\n", OPENING_CHAT, 8),
    OPENED("NICK\n", OPENING_CHAT, 0),
    OPENED("NICK bob is here\n", OPENING_CHAT, 10),
    OPENED("NICK bob\nhello\n", OPENING_CHAT, 10),
    OPENED("NICK bob\nNICK\n", OPENING_CHAT, 0),
    OPENED("NICK bob\nUSER b 0 * :b\x7f\n", OPENING_CHAT, 23),
    OPENED("NICK b\bc\n", OPENING_CHAT, 7),
    OPENED("NICK bob\nGET / HTTP/1.1\r\n", OPENING_CHAT, 10),
#endif
};

enum { OPENINGS = sizeof openings / sizeof openings[0] };

static void test_every_opening_in_every_split(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OPENINGS; i++) {
        const struct opened *opened = &openings[i];
        const uint8_t *text = (const uint8_t *)opened->text;
        size_t decided = opened->decided == 0 ? opened->bytes : opened->decided;
        for (size_t a = 0; a <= opened->bytes; a++) {
            for (size_t b = a; b <= opened->bytes; b++) {
                struct opening opening = {0};
                opening_feed(&opening, text, a);
                opening_feed(&opening, text + a, b - a);
                enum opening_kind kind = opening_feed(&opening, text + b, opened->bytes - b);
                if (kind != opened->kind || opening_kind(&opening) != kind) {
                    fail_msg("\"%s\", %zu and %zu: %d", opened->text, a, b, (int)kind);
                }
            }
        }
        struct opening opening = {0};
        for (size_t n = 0; n < opened->bytes; n++) {
            enum opening_kind kind = opening_feed(&opening, text + n, 1);
            enum opening_kind wanted = n + 1 < decided ? OPENING_UNDECIDED : opened->kind;
            if (kind != wanted) {
                fail_msg("\"%s\": %d with byte %zu", opened->text, (int)kind, n + 1);
            }
        }
    }
}

/* A second, independent reading of RFC 9112, for a whole line without its end. */
static bool is_request(const char *line)
{
    static const char token[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t method = strspn(line, token);
    const char *target = line + method + 1;
    const char *version = method > 0 && line[method] == ' ' ? strchr(target, ' ') : NULL;

    if (version == NULL || version == target || method > 32 || strlen(version) != 9 ||
        memcmp(version, " HTTP/", 6) != 0 || strchr("0123456789", version[6]) == NULL ||
        version[7] != '.' || strchr("0123456789", version[8]) == NULL) {
        return false;
    }
    for (const char *p = target; p < version; p++) {
        if (*p < '!' || *p > '~') {
            return false;
        }
    }
    return true;
}

/* Requests with some bytes changed, inserted or removed. */
static void test_lines_made_up(void **state)
{
    static const char *const bases[] = {"GET /x HTTP/1.1", "POST / HTTP/1.0", "PUT a b HTTP/1.1"};
    static const char letters[] = "GP/HT10. \t:x*";
    struct dice dice = {.state = 7};
    unsigned requests = 0, others = 0;

    (void)state;
    for (unsigned n = 0; n < 300000; n++) {
        char line[64];
        size_t bytes = strlen(strcpy(line, bases[dice_below(&dice, 3)]));
        for (uint32_t edits = dice_below(&dice, 4); edits > 0; edits--) {
            size_t at = dice_below(&dice, (uint32_t)bytes);
            size_t into = at + dice_below(&dice, 3), from = at + 1;
            memmove(line + into, line + from, bytes + 1 - from);
            bytes = bytes + into - from;
            for (; at < into; at++) {
                line[at] = letters[dice_below(&dice, sizeof letters - 1)];
            }
        }
        bool request = is_request(line);
        strcat(line, dice_below(&dice, 2) == 0 ? "\r\n" : "\n");
        struct opening opening = {0};
        enum opening_kind kind = opening_feed(&opening, (const uint8_t *)line, strlen(line));
        requests += request;
        others += !request;
        if (kind != (request ? OPENING_HTTP : OPENING_CHAT)) {
            fail_msg("\"%s\": %d", line, (int)kind);
        }
    }
    assert_true(requests > 50000 && others > 50000);
}

static bool is_likely(const char *text)
{
    struct opening opening = {0};

    opening_feed(&opening, (const uint8_t *)text, strlen(text));
    return opening_is_likely(&opening);
}

static void test_what_is_worth_patience(void **state)
{
    static const char *const likely[] = {"G",       "GET ",    "POST /ch", "POST / HTTP/1.1",
                                         "PATCH /", "CONNECT", "\x16",     "SSH-",
                                         "PROXY T", "\r\nPU"};
    static const char *const others[] = {"",      "hello",   "hello there",
                                         "get /", "GETTING", "\r\n",
                                         "\n",    "GET / x", "GET / HTTP/1.1\r"};

    (void)state;
    for (unsigned i = 0; i < sizeof likely / sizeof likely[0]; i++) {
        assert_true(is_likely(likely[i]));
    }
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(is_likely(others[i]));
    }
}

/* --- The chat -------------------------------------------------------------------- */

#define REQUEST                                                                                    \
    "POST /x HTTP/1.1\r\nHost: localhost\r\nCookie: session=1\r\nContent-Length: 20\r\n\r\n"       \
    "/nick evil\r\nhello\r\n"

#define PAGE                                                                                       \
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"                      \
    "Connection: close\r\nContent-Length: 76\r\n\r\n"                                              \
    "This is the chat server Marcel, not a web page. Join it with nc or telnet.\r\n"

/* As the server's loop does. @return false if not everything was used. */
static bool receive(unsigned session, const void *data, size_t bytes)
{
    return chat_receive(&chat, session, data, bytes) == bytes;
}

static bool receive_text(unsigned session, const char *text)
{
    return receive(session, text, strlen(text));
}

/* A chat with alice in it, who reads everything. */
static unsigned start(void)
{
    world_start(NULL);
    unsigned alice = world_enter("alice");
    world_hush();
    return alice;
}

/* Only the operator was told of it, and the next newcomer has the next guest number. */
static void assert_no_trace(unsigned alice, unsigned guests)
{
    char joined[64];

    HEARS(alice, "");
    unsigned other = world_join();
    (void)snprintf(joined, sizeof joined, "*** guest%u joined\n", guests + 1);
    HEARS(alice, joined);
    assert_null(strstr(world_hear(other), "> "));
    chat_release(&chat, other, 0);
}

static void test_a_person_is_greeted_after_a_moment(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned b = world_connect();
    world_wait(LWCHAT_OPENING_MS - 1);
    HEARS(b, "");
    HEARS(alice, "");
    HEARS(CHAT_OPERATOR, "");
    world_wait(1);
    HEARS(CHAT_OPERATOR, "Client connected: guest2, address 10.0.0.2, port 4002.\n"
                         "#lobby *** guest2 joined\n");
    HEARS(alice, "*** guest2 joined\n");
    assert_memory_equal(world_hear(b), "You are connected to server Marcel.", 35);
}

static void test_who_speaks_at_once_is_greeted_first(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned b = world_connect();
    assert_false(receive_text(b, "GET me a coffee\n"));
    assert_memory_equal(world_hear(b), "You are connected to server Marcel.", 35);
    assert_true(receive_text(b, "GET me a coffee\n"));
    HEARS(alice, "*** guest2 joined\nguest2> GET me a coffee\n");
}

static void test_who_leaves_without_a_word(void **state)
{
    (void)state;
    unsigned alice = start();
    for (unsigned n = 0; n < 20; n++) {
        unsigned b = world_connect();
        if (n % 2 == 0) {
            assert_true(chat_input_ended(&chat, b));
            assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
            assert_false(chat_has_output(&chat, b));
        }
        chat_release(&chat, b, 0);
        world_wait(1);
    }
    HEARS(CHAT_OPERATOR, "*** connection from 10.0.0.2 without a word\n");
    world_wait(59000);
    chat_release(&chat, world_connect(), 0);
    HEARS(CHAT_OPERATOR, "");
    world_wait(6000); /* the count expires when next checked */
    chat_release(&chat, world_connect(), 0);
    HEARS(CHAT_OPERATOR, "*** connection from 10.0.0.2 without a word\n");
    assert_no_trace(alice, 1);
}

static void test_operator_is_told_of_so_many_in_a_minute(void **state)
{
    unsigned told = 0;

    (void)state;
    (void)start();
    for (uint32_t ip = 1; ip <= LWCHAT_KEPT_STRANGERS + 5; ip++) {
        int b = chat_join(&chat, address_v4(ip), 1);
        chat_release(&chat, (unsigned)b, 0);
    }
    world_wait(1);
    for (const char *p = world_hear(CHAT_OPERATOR); (p = strstr(p, "without a word")) != NULL;
         p++) {
        told++;
    }
    assert_int_equal(told, LWCHAT_KEPT_STRANGERS);
    world_wait(66000);
    chat_release(&chat, (unsigned)chat_join(&chat, address_v4(LWCHAT_KEPT_STRANGERS + 5), 1), 0);
    HEARS(CHAT_OPERATOR, "*** connection from 0.0.0.69 without a word\n");
}

static void assert_answered(unsigned b, const char *page)
{
    HEARS(b, page);
    assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
    assert_true(receive_text(b, "hello\n")); /* further input is discarded */
    chat_release(&chat, b, 0);
}

/* Split at every place of its head, and byte by byte. */
static void test_a_request_is_answered_and_not_said(void **state)
{
    static const char request[] = REQUEST;
    size_t line = strlen("POST /x HTTP/1.1\r");

    (void)state;
    unsigned alice = start();
    for (size_t cut = 0; cut <= line + 4; cut++) {
        unsigned b = world_connect();
        if (cut > 0) {
            assert_true(receive(b, request, cut));
            world_wait(1000);
        }
        assert_true(receive(b, request + cut, sizeof request - 1 - cut));
        assert_answered(b, PAGE);
    }
    unsigned b = world_connect();
    for (size_t i = 0; i < sizeof request - 1; i++) {
        assert_true(receive(b, request + i, 1));
        world_wait(5);
    }
    assert_answered(b, PAGE);
    HEARS(CHAT_OPERATOR, "*** connection from 10.0.0.2 turned away: an HTTP request\n");
    assert_no_trace(alice, 1);
}

static void test_a_request_is_answered_in_french_and_in_parts(void **state)
{
    struct chat_config config = {.name = "Marcel", .language = WORDS_FRENCH, .max_sessions = 4};
    char heard[512];
    size_t all = 0, bytes;

    (void)state;
    world_start(&config);
    unsigned b = world_connect();
    assert_true(receive_text(b, "GET / HTTP/1.0\n\n"));
    for (;;) {
        const char *out = chat_output(&chat, b, &bytes);
        if (bytes == 0) {
            break;
        }
        bytes = bytes < 7 ? bytes : 7;
        memcpy(heard + all, out, bytes);
        all += bytes;
        chat_taken(&chat, b, bytes);
    }
    heard[all] = '\0';
    char *body = strstr(heard, "\r\n\r\n") + 4;
    assert_string_equal(body, "Ceci est le serveur de discussion Marcel, pas une page web. "
                              "Rejoignez-le avec nc ou telnet.\r\n");
    char length[48];
    snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body));
    assert_non_null(strstr(heard, length));
    assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
}

/* A browser's preconnected socket. */
static void test_a_request_after_the_greeting(void **state)
{
    static const char request[] = REQUEST;

    (void)state;
    unsigned alice = start();
    for (unsigned pieces = 1; pieces < 4; pieces++) {
        unsigned b = world_join();
        world_hush();
        for (size_t at = 0; at < 24;) {
            size_t n = pieces == 1 ? sizeof request - 1 : pieces == 2 ? 12 : 1;
            assert_true(receive(b, request + at, n));
            world_wait(pieces == 2 ? 1000 : 30);
            at += n;
        }
        HEARS(b, "fin\n");
        assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
        assert_true(receive_text(b, "hello\n"));
        chat_release(&chat, b, 0);
        const char *heard = world_hear(alice);
        assert_non_null(strstr(heard, " left\n"));
        assert_null(strstr(heard, ">"));
        assert_null(strstr(heard, "evil"));
    }
}

/* Its second line is ordinary chat. */
static void test_only_the_first_line_is_judged(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned b = world_join();
    world_hush();
    world_say(b, "hello\nGET / HTTP/1.1\n");
    HEARS(alice, "guest2> hello\nguest2> GET / HTTP/1.1\n");
    assert_int_equal(chat_state(&chat, b), CHAT_ACTIVE);
}

/* A message completed by silence is said; the line it belongs to is classified nevertheless. */
static void test_quiet_does_not_end_the_judgement(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned b = world_join();
    world_hush();
    world_say(b, "sneaky /x HT");
    world_wait(LWCHAT_QUIET_MS);
    HEARS(alice, "guest2> sneaky /x HT\n");
    world_say(b, "TP/1.1\r\nevil\r\n");
    HEARS(alice, "*** guest2 left\n");
    /* A line that begins like a request is held back until it is decided. */
    unsigned c = world_join();
    world_hush();
    world_say(c, "PUT it there");
    world_wait(LWCHAT_REQUEST_MS - 1);
    HEARS(alice, "guest3> PUT it there\n"); /* a third word: not a request */
    chat_release(&chat, c, 0);
    world_hush();
    unsigned d = world_join();
    world_hush();
    world_say(d, "POST /x");
    world_wait(LWCHAT_REQUEST_MS - 1);
    HEARS(alice, "");
    world_wait(1);
    HEARS(alice, "guest4> POST /x\n");
}

/* Longer than the line limit: browsers send kilobytes. */
static void test_a_long_request(void **state)
{
    static char target[3 * LWCHAT_LINE_BYTES];

    (void)state;
    unsigned alice = start();
    memset(target, 'a', sizeof target - 1);
    for (unsigned late = 0; late < 2; late++) {
        unsigned b = late ? world_join() : world_connect();
        world_hush();
        assert_true(receive_text(b, "POST /"));
        assert_true(receive_text(b, target));
        assert_true(receive_text(b, " HTTP/1.1\r\n/nick evil\r\nhello\r\n"));
        HEARS(b, late ? "!!! too long: 1024 bytes at most, nothing was sent\nfin\n" : PAGE);
        chat_release(&chat, b, 0);
        HEARS(alice, late ? "*** guest2 left\n" : "");
    }
    /* A person is told so, once it counts as a person. */
    unsigned b = world_connect();
    assert_true(receive_text(b, "x "));
    assert_true(receive_text(b, target));
    world_wait(LWCHAT_OPENING_MS);
    const char *heard = world_hear(b);
    assert_memory_equal(heard, "You are connected", 17);
    assert_non_null(strstr(heard, "\n!!! too long: 1024 bytes at most, nothing was sent\n"));
    assert_true(receive_text(b, "\nhello\n"));
    HEARS(alice, "*** guest3 joined\nguest3> hello\n");
}

static void test_other_protocols_are_closed(void **state)
{
    static const struct {
        const char *text, *answer, *told;
        size_t bytes, answer_bytes;
    } others[] = {
        {"\x16\x03\x01\x00\x01\x01", "\x15\x03\x03\x00\x02\x02\x46",
         "*** connection from 10.0.0.2 turned away: a TLS client\n", 6, 7},
        {"SSH-2.0-x\r\nhello\r\n", "", "*** connection from 10.0.0.2 turned away: an SSH client\n",
         18, 0},
        {"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\nhello\r\n", "",
         "*** connection from 10.0.0.2 turned away: a PROXY header; set that proxy to send none\n",
         39, 0},
        {"\r\n\r\n\0\r\nQUIT\nhello\n", "", "", 18, 0}, /* the same pattern */
    };

    (void)state;
    unsigned alice = start();
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        for (size_t cut = 1; cut < others[i].bytes; cut++) {
            unsigned b = world_connect();
            size_t bytes;
            assert_true(receive(b, others[i].text, cut));
            world_wait(5);
            assert_true(receive(b, others[i].text + cut, others[i].bytes - cut));
            const char *out = chat_output(&chat, b, &bytes);
            assert_int_equal(bytes, others[i].answer_bytes);
            assert_memory_equal(out, others[i].answer, bytes);
            if (bytes > 0) {
                chat_taken(&chat, b, bytes);
            }
            assert_int_equal(chat_state(&chat, b), CHAT_ENDED);
            assert_true(chat_was_kicked(&chat, b));
            chat_release(&chat, b, 0);
        }
        HEARS(CHAT_OPERATOR, others[i].told);
    }
    assert_no_trace(alice, 1);
}

/* The last input is said, even if it is also the first and has no line end. */
static void test_who_leaves_with_a_word(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned b = world_connect();
    assert_true(receive_text(b, "bonjour"));
    assert_false(chat_input_ended(&chat, b));
    assert_memory_equal(world_hear(b), "You are connected", 17);
    assert_true(chat_input_ended(&chat, b));
    HEARS(alice, "*** guest2 joined\nguest2> bonjour\n*** guest2 left\n");
}

/* Not in the chat yet, but the operator sees it and can end it, and it counts for the limits. */
static void test_operator_names_who_is_no_person(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 9, .per_address = 2};

    (void)state;
    world_start(&config);
    unsigned a = world_connect();
    world_say(CHAT_OPERATOR, "/who\n");
    HEARS(CHAT_OPERATOR, "*** somebody is arriving, address 10.0.0.1, port 4001, number 1\n");
    world_say(CHAT_OPERATOR, "/kick 1\n");
    HEARS(CHAT_OPERATOR, "*** disconnected: 1\n");
    assert_int_equal(chat_state(&chat, a), CHAT_DEAD);
    chat_release(&chat, a, 0);
    unsigned b = world_connect();
    world_say(CHAT_OPERATOR, "/ban 10.0.0.1\n");
    HEARS(CHAT_OPERATOR, "*** 10.0.0.1 is banned\n");
    assert_int_equal(chat_state(&chat, b), CHAT_DEAD);
    chat_release(&chat, b, 0);
    world_wait(100);
    HEARS(CHAT_OPERATOR, "");
    assert_true(chat_join(&chat, address_v4(7), 1) > 0);
    assert_true(chat_join(&chat, address_v4(7), 2) > 0);
    assert_int_equal(chat_join(&chat, address_v4(7), 3), LWCHAT_TOO_MANY);
    chat_shutdown(&chat);
    assert_int_equal(chat_state(&chat, 1), CHAT_DEAD);
}

/* No session is admitted, told or ended until readers that keep up have read what would be lost. */
static void test_while_the_log_is_held(void **state)
{
    (void)state;
    unsigned alice = start();
    unsigned bob = world_enter("bob"), late = world_join();
    world_hush();
    chat_begin(&chat, now_ms);
    world_fill(bob);
    unsigned silent = world_connect(), speaks = world_connect(), quiet = world_connect();
    chat_release(&chat, silent, 0);
    assert_false(receive_text(speaks, "hello\n"));
    assert_int_equal(chat.session[speaks].state, CHAT_ARRIVING);
    assert_false(receive_text(late, "GET / HTTP/1.1\r\n"));
    assert_int_equal(chat.session[late].state, CHAT_ACTIVE);
    unsigned http = world_connect();
    assert_true(receive_text(http, REQUEST));
    HEARS(http, PAGE);
    world_hear(CHAT_OPERATOR);
    now_ms += LWCHAT_OPENING_MS;
    world_hear(alice);
    world_hear(late);
    world_pass();
    assert_int_equal(chat.session[speaks].state, CHAT_ACTIVE);
    assert_int_equal(chat.session[quiet].state, CHAT_ACTIVE);
    assert_true(receive_text(late, "GET / HTTP/1.1\r\n"));
    assert_int_equal(chat.session[late].state, CHAT_ENDING);
    const char *told = world_hear(CHAT_OPERATOR);
    assert_non_null(strstr(told, "without a word\n"));
    assert_non_null(strstr(told, "turned away: an HTTP request\n"));
}

/* Reconnecting repeatedly does not gain more lines, even if the session leaves before it joins. */
static void test_what_was_kept_of_the_rate_stays(void **state)
{
    struct chat_config config = {.name = "Marcel", .max_sessions = 9, .rate = 10};
    unsigned said = 0;

    (void)state;
    world_start(&config);
    for (unsigned n = 0; n < 5; n++) {
        unsigned a = world_connect();
        assert_false(receive_text(a, "x\n"));
        world_hear(a);
        for (; chat_reads(&chat, a); said++) {
            assert_true(receive_text(a, "x\n"));
        }
        chat_release(&chat, a, 0);
        chat_release(&chat, world_connect(), 0);
    }
    assert_int_equal(said, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_opening_in_every_split),
        cmocka_unit_test(test_lines_made_up),
        cmocka_unit_test(test_what_is_worth_patience),
        cmocka_unit_test(test_a_person_is_greeted_after_a_moment),
        cmocka_unit_test(test_who_speaks_at_once_is_greeted_first),
        cmocka_unit_test(test_who_leaves_without_a_word),
        cmocka_unit_test(test_operator_is_told_of_so_many_in_a_minute),
        cmocka_unit_test(test_a_request_is_answered_and_not_said),
        cmocka_unit_test(test_a_request_is_answered_in_french_and_in_parts),
        cmocka_unit_test(test_a_request_after_the_greeting),
        cmocka_unit_test(test_only_the_first_line_is_judged),
        cmocka_unit_test(test_quiet_does_not_end_the_judgement),
        cmocka_unit_test(test_a_long_request),
        cmocka_unit_test(test_other_protocols_are_closed),
        cmocka_unit_test(test_who_leaves_with_a_word),
        cmocka_unit_test(test_operator_names_who_is_no_person),
        cmocka_unit_test(test_while_the_log_is_held),
        cmocka_unit_test(test_what_was_kept_of_the_rate_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
