/*
 * WebSocket (RFC 6455): a table of cases, in both subprotocols, each sent whole, split at every
 * place and byte by byte, to a peer that reads everything at once or a byte at a time. All output
 * must be whole frames.
 */
#include "world.h"

#include "unit.h"

enum { FIN = 0x80, CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

/* The first of the dialects; without JSON, lines are the only one. */
static const enum chat_dialect first_dialect = LWCHAT_JSON ? CHAT_WEBSOCKET : CHAT_WEBSOCKET_TEXT;

/* How a frame is sent, correctly or not. */
enum how { PLAIN, UNMASKED, LENGTH_16, LENGTH_64, AS_IT_IS };

struct frame {
    uint8_t head;
    enum how how;
    const char *payload;
    size_t bytes;
};

#define FRAME_AS(head, how, payload)                                                               \
    {                                                                                              \
        (head), (how), (payload), sizeof(payload) - 1                                              \
    }
#define FRAME(head, payload) FRAME_AS(head, PLAIN, payload)

enum { FRAMES = 6, STREAM_BYTES = 140000 };

struct rfc_case {
    const char *name;
    struct frame frame[FRAMES];
    const char *heard, *answered;
};

static unsigned alice, web;
static enum chat_dialect dialect;

/* --- What the peer sends ----------------------------------------------------------- */

static uint8_t stream[STREAM_BYTES];
static size_t stream_bytes;

static void put(const void *data, size_t bytes)
{
    assert_true(stream_bytes + bytes <= sizeof stream);
    memcpy(stream + stream_bytes, data, bytes);
    stream_bytes += bytes;
}

static void put_byte(size_t byte)
{
    put(&(uint8_t){(uint8_t)byte}, 1);
}

/* Each frame has a different mask. */
static void put_frame(uint8_t head, enum how how, const char *payload, size_t bytes)
{
    static uint8_t turn;
    uint8_t mask[4] = {turn, (uint8_t)(0x5A ^ turn), 0xFF, (uint8_t)(turn * 7)};
    bool masked = how != UNMASKED;

    turn++;
    put_byte(head);
    if (how == LENGTH_64) {
        put_byte(FIN | 127);
        put("\0\0\0\0\0\1\0\0", 8);
    } else if (bytes > 125 || how == LENGTH_16) {
        put_byte((masked ? FIN : 0) | 126);
        put_byte(bytes >> 8);
        put_byte(bytes & 0xFF);
    } else {
        put_byte((masked ? FIN : 0) | bytes);
    }
    if (masked) {
        put(mask, sizeof mask);
    }
    for (size_t i = 0; i < bytes; i++) {
        put_byte((uint8_t)payload[i] ^ (masked ? mask[i % 4] : 0));
    }
}

/* Wraps the lines of the table into JSON objects. */
static void put_case(const struct rfc_case *one)
{
    bool control, begins, ends;
    char payload[512];

    stream_bytes = 0;
    for (const struct frame *frame = one->frame; frame < one->frame + FRAMES; frame++) {
        if (frame->payload == NULL) {
            break;
        }
        control = (frame->head & 8) != 0 || (frame->head & 7) > TEXT;
        begins = !control && (frame->head & 1) != 0;
        ends = !control && (frame->head & FIN) != 0;
        size_t bytes = 0;
        if (dialect == CHAT_WEBSOCKET && begins && frame->how != AS_IT_IS) {
            bytes += (size_t)sprintf(payload, "{\"say\":\"");
        }
        memcpy(payload + bytes, frame->payload, frame->bytes);
        bytes += frame->bytes;
        if (dialect == CHAT_WEBSOCKET && ends && frame->how != AS_IT_IS) {
            bytes += (size_t)sprintf(payload + bytes, "\"}");
        }
        put_frame(frame->head, frame->how, payload, bytes);
    }
}

/* --- What the peer receives ---------------------------------------------------------- */

static uint8_t got[8 * LWCHAT_LOG_BYTES];
static size_t got_bytes;

/* Takes at most `most` bytes of one output. @return how many. */
static size_t take(size_t most)
{
    size_t bytes;
    const char *out = chat_output(&chat, web, &bytes);
    size_t taken = bytes < most ? bytes : most;

    if (bytes > 0) {
        assert_true(got_bytes + taken <= sizeof got);
        memcpy(got + got_bytes, out, taken);
        got_bytes += taken;
        chat_taken(&chat, web, taken);
    }
    return taken;
}

static void take_all(size_t at_once)
{
    for (unsigned passes = 0; passes < 4; passes++) {
        while (take(at_once) > 0) {
        }
        world_pass();
    }
}

/* Reads the frame at `at`, which must be one that a server may send. @return where the next is. */
static size_t read_frame(size_t at, unsigned *opcode, size_t *bytes)
{
    assert_true(got_bytes - at >= 2);
    *opcode = got[at] & 0xF;
    *bytes = got[at + 1];
    assert_int_equal(got[at] & 0xF0, FIN);
    assert_true(*opcode == TEXT || *opcode == PONG || *opcode == CLOSE);
    at += 2;
    if (*bytes == 126) {
        assert_true(got_bytes - at >= 2);
        *bytes = (size_t)got[at] << 8 | got[at + 1];
        assert_true(*bytes > 125);
        at += 2;
    }
    assert_true(*bytes <= (*opcode == TEXT ? 65535 : 125));
    assert_true(got_bytes - at >= *bytes);
    if (*opcode == TEXT) {
        assert_null(memchr(got + at, '\n', *bytes));
    }
    return at + *bytes;
}

/* All received frames as text: a line for each message, "error", a pong in hex, a close code. */
static const char *told(void)
{
    static const char object[] = "{\"type\":\"error\"";
    static char text[3 * sizeof got];
    unsigned opcode = TEXT;
    size_t n = 0, bytes, next;

    for (size_t at = 0; at < got_bytes; at = next) {
        assert_int_not_equal(opcode, CLOSE); /* nothing follows a close */
        next = read_frame(at, &opcode, &bytes);
        const uint8_t *payload = got + next - bytes;
        if (opcode == CLOSE) {
            assert_int_equal(bytes, 2);
            n += (size_t)sprintf(text + n, "close %d\n", payload[0] << 8 | payload[1]);
        } else if (opcode == PONG) {
            n += (size_t)sprintf(text + n, "pong ");
            for (size_t i = 0; i < bytes; i++) {
                n += (size_t)sprintf(text + n, "%02x", payload[i]);
            }
            text[n++] = '\n';
        } else if ((bytes > 4 && memcmp(payload, "!!! ", 4) == 0) ||
                   (bytes > sizeof object && memcmp(payload, object, sizeof object - 1) == 0)) {
            n += (size_t)sprintf(text + n, "error\n");
        } else {
            memcpy(text + n, payload, bytes);
            n += bytes;
            text[n++] = '\n';
        }
    }
    text[n] = '\0';
    got_bytes = 0;
    return text;
}

/* --- Both directions --------------------------------------------------------------------- */

enum taking { TAKES_ALL, TAKES_A_BYTE };

/* Receives bytes from the peer, in memory that ends where they do. */
static void comes(const uint8_t *data, size_t bytes, enum taking pace)
{
    uint8_t *exact = malloc(bytes + (bytes == 0));
    unsigned stuck = 0;

    memcpy(exact, data, bytes);
    for (size_t at = 0; at < bytes;) {
        size_t used = chat_receive(&chat, web, exact + at, bytes - at);
        at += used;
        if (pace == TAKES_A_BYTE || used == 0) {
            (void)take(1);
        }
        if (used == 0) {
            world_pass();
            assert_true(++stuck < 1000);
        }
    }
    free(exact);
}

static void comes_stream(void)
{
    comes(stream, stream_bytes, TAKES_ALL);
    take_all(SIZE_MAX);
}

static void says(const char *payload)
{
    stream_bytes = 0;
    put_frame(FIN | TEXT, PLAIN, payload, strlen(payload));
    comes_stream();
}

static void enter(enum chat_dialect as)
{
    world_start(NULL);
    alice = world_enter("alice");
    dialect = as;
    int session = chat_join_as(&chat, address_v4(0x0A000063), 4099, as);
    assert_true(session > 0);
    web = (unsigned)session;
    got_bytes = 0;
    says(as == CHAT_WEBSOCKET ? "{\"cmd\":\"/nick web\"}" : "/nick web");
    assert_non_null(strstr(told(), "web"));
    world_hush();
}

static void ends_as(const struct rfc_case *one, const char *how, size_t cut)
{
    take_all(SIZE_MAX);
    const char *answered = told(), *heard = world_hear(alice);
    size_t bytes = strlen(one->heard);
    bool left = strstr(one->answered, "close") != NULL;

    if (strcmp(answered, one->answered) != 0 || strncmp(heard, one->heard, bytes) != 0 ||
        strcmp(heard + bytes, left ? "*** web left\n" : "") != 0) {
        fail_msg("%s, %s, %s %zu: heard \"%s\" instead of \"%s\", told \"%s\" instead of \"%s\"",
                 one->name, dialect == CHAT_WEBSOCKET ? "objects" : "lines", how, cut, heard,
                 one->heard, answered, one->answered);
    }
    if (left) {
        assert_int_equal(chat_state(&chat, web), CHAT_ENDED);
    }
}

/* Unless a case closes the connection, the next one uses the same. */
static void again(const struct rfc_case *one)
{
    if (strstr(one->answered, "close") != NULL) {
        enter(dialect);
    }
}

static void check(const struct rfc_case *one)
{
    enter(dialect);
    put_case(one);
    for (size_t cut = 0; cut <= stream_bytes; cut++) {
        comes(stream, cut, TAKES_ALL);
        comes(stream + cut, stream_bytes - cut, TAKES_ALL);
        ends_as(one, "cut at", cut);
        again(one);
        put_case(one);
    }
    for (enum taking pace = TAKES_ALL; pace <= TAKES_A_BYTE; pace++) {
        for (size_t i = 0; i < stream_bytes; i++) {
            comes(stream + i, 1, pace);
        }
        ends_as(one, "byte by byte", pace);
        again(one);
        put_case(one);
    }
    comes(stream, stream_bytes, TAKES_A_BYTE);
    ends_as(one, "taking a byte", 0);
}

static void check_all(const struct rfc_case *table, size_t cases, enum chat_dialect only)
{
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (size_t i = 0; i < cases && (only == CHAT_LINES || only == dialect); i++) {
            check(&table[i]);
        }
    }
}

#define CHECK_ALL(table)     check_all(table, sizeof(table) / sizeof *(table), CHAT_LINES)
#define CHECK_IN(table, one) check_all(table, sizeof(table) / sizeof *(table), one)

/* --- The cases ------------------------------------------------------------------------ */

#define A25  "aaaaaaaaaaaaaaaaaaaaaaaaa"
#define A125 A25 A25 A25 A25 A25

static void test_messages(void **state)
{
    static const struct rfc_case table[] = {
        {"text in one frame", {FRAME(FIN | TEXT, "hello")}, "web> hello\n", ""},
        {"two messages",
         {FRAME(FIN | TEXT, "one"), FRAME(FIN | TEXT, "two")},
         "web> one\nweb> two\n",
         ""},
        {"fragments",
         {FRAME(TEXT, "he"), FRAME(CONTINUATION, "ll"), FRAME(FIN | CONTINUATION, "o")},
         "web> hello\n",
         ""},
        {"empty fragments",
         {FRAME(TEXT, ""), FRAME(CONTINUATION, ""), FRAME(CONTINUATION, "hi"),
          FRAME(FIN | CONTINUATION, "")},
         "web> hi\n",
         ""},
        {"control frames in between",
         {FRAME(TEXT, "he"), FRAME(FIN | PING, "\1\2\3"), FRAME(CONTINUATION, "ll"),
          FRAME(FIN | PONG, "no matter"), FRAME(FIN | PING, ""), FRAME(FIN | CONTINUATION, "o")},
         "web> hello\n",
         "pong 010203\npong \n"},
        {"a Ping in the middle of a character",
         {FRAME(TEXT, "\xF0\x9F"), FRAME(FIN | PING, "\xFF"),
          FRAME(FIN | CONTINUATION, "\x98\x80.")},
         "web> \xF0\x9F\x98\x80.\n",
         "pong ff\n"},
        {"126 bytes", {FRAME(FIN | TEXT, A125 "b")}, "web> " A125 "b\n", ""},
        {"125 bytes and one",
         {FRAME(TEXT, A125), FRAME(FIN | CONTINUATION, "b")},
         "web> " A125 "b\n",
         ""},
        {"a message that has been begun and not ended", {FRAME(TEXT, "hello")}, "", ""},
    };
    static const struct rfc_case raw[] = {
        {"empty message", {FRAME_AS(FIN | TEXT, AS_IT_IS, "")}, "", ""},
        {"empty messages and a Ping",
         {FRAME_AS(FIN | TEXT, AS_IT_IS, ""), FRAME(FIN | PING, "a"),
          FRAME_AS(FIN | TEXT, AS_IT_IS, ""), FRAME(FIN | TEXT, "then")},
         "web> then\n",
         "pong 61\n"},
    };

    (void)state;
    check_all(table, sizeof table / sizeof *table - 1, CHAT_LINES);
    CHECK_ALL(raw);
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        const struct rfc_case *unended = &table[sizeof table / sizeof *table - 1];
        enter(dialect);
        put_case(unended);
        comes_stream();
        ends_as(unended, "whole", 0);
    }
}

static void test_lines_in_a_message(void **state)
{
    static const struct rfc_case lines[] = {
        {"several lines",
         {FRAME(FIN | TEXT, "one\ntwo\r\n\nthree"), FRAME(FIN | TEXT, "four\n")},
         "web> one\nweb> two\nweb> three\nweb> four\n",
         ""},
        {"a CR at the end, and one more message",
         {FRAME(FIN | TEXT, "one\r"), FRAME(FIN | TEXT, "\ntwo")},
         "web> one\nweb> two\n",
         ""},
        {"several lines in fragments, and Pings",
         {FRAME(TEXT, "one\ntw"), FRAME(FIN | PING, "x"), FRAME(FIN | CONTINUATION, "o\nthree")},
         "web> one\nweb> two\nweb> three\n",
         "pong 78\n"},
    };
    static const struct rfc_case objects[] = {
        {"newlines are blank",
         {FRAME_AS(FIN | TEXT, AS_IT_IS, "{\n\"say\"\n:\r\n\"hi\"}\n"),
          FRAME_AS(FIN | TEXT, AS_IT_IS, "\n\n"), FRAME_AS(FIN | TEXT, AS_IT_IS, "{\"bad\"\n:1}")},
         "web> hi\n",
         "error\n"},
        {"one object a message",
         {FRAME_AS(FIN | TEXT, AS_IT_IS, "{\"say\":\"hi\"}\n{\"say\":\"ho\"}"),
          FRAME_AS(FIN | TEXT, AS_IT_IS, "{\"say\":\"open"), FRAME(FIN | TEXT, "then")},
         "web> then\n",
         "error\nerror\n"},
    };

    (void)state;
    CHECK_IN(lines, CHAT_WEBSOCKET_TEXT);
    if (LWCHAT_JSON) {
        CHECK_IN(objects, CHAT_WEBSOCKET);
    }
}

static void test_protocol_errors(void **state)
{
#define BREAKS(name, code, ...)                                                                    \
    {                                                                                              \
        name, {__VA_ARGS__, FRAME(FIN | TEXT, "not heard")}, "", "close " #code "\n"               \
    }
    static const struct rfc_case table[] = {
        BREAKS("length 125 in 16 bits", 1002, FRAME_AS(FIN | PING, LENGTH_16, A125)),
        BREAKS("length 0 in 16 bits", 1002, FRAME_AS(FIN | CLOSE, LENGTH_16, "")),
        BREAKS("length in 64 bits", 1009, FRAME_AS(FIN | TEXT, LENGTH_64, "a")),
        BREAKS("unmasked", 1002, FRAME_AS(FIN | TEXT, UNMASKED, "a")),
        BREAKS("unmasked Ping", 1002, FRAME_AS(FIN | PING, UNMASKED, "a")),
        BREAKS("RSV1", 1002, FRAME(FIN | 0x40 | TEXT, "a")),
        BREAKS("RSV2", 1002, FRAME(FIN | 0x20 | TEXT, "a")),
        BREAKS("RSV3", 1002, FRAME(FIN | 0x10 | TEXT, "a")),
        BREAKS("RSV1 of a Ping", 1002, FRAME(FIN | 0x40 | PING, "a")),
        BREAKS("opcode 3", 1002, FRAME(FIN | 3, "a")),
        BREAKS("opcode 4", 1002, FRAME(FIN | 4, "a")),
        BREAKS("opcode 5", 1002, FRAME(FIN | 5, "a")),
        BREAKS("opcode 6", 1002, FRAME(FIN | 6, "a")),
        BREAKS("opcode 7", 1002, FRAME(FIN | 7, "a")),
        BREAKS("opcode 11", 1002, FRAME(FIN | 11, "a")),
        BREAKS("opcode 12", 1002, FRAME(FIN | 12, "a")),
        BREAKS("opcode 13", 1002, FRAME(FIN | 13, "a")),
        BREAKS("opcode 14", 1002, FRAME(FIN | 14, "a")),
        BREAKS("opcode 15", 1002, FRAME(FIN | 15, "a")),
        BREAKS("fragmented Ping", 1002, FRAME(PING, "a")),
        BREAKS("fragmented Pong", 1002, FRAME(PONG, "a")),
        BREAKS("fragmented Close", 1002, FRAME(CLOSE, "")),
        BREAKS("Ping of 126 bytes", 1002, FRAME(FIN | PING, A125 "a")),
        BREAKS("Pong of 126 bytes", 1002, FRAME(FIN | PONG, A125 "a")),
        BREAKS("Close of 126 bytes", 1002, FRAME(FIN | CLOSE, "\x03\xE8" A125)),
        BREAKS("continuation of nothing", 1002, FRAME(FIN | CONTINUATION, "a")),
        BREAKS("continuation of nothing, more to come", 1002, FRAME(CONTINUATION, "a")),
        BREAKS("text in the middle of a message", 1002, FRAME(TEXT, "a"), FRAME(FIN | TEXT, "b")),
        BREAKS("an error in the middle of a message", 1002, FRAME(TEXT, "a"), FRAME(FIN | 11, "")),
        BREAKS("binary", 1003, FRAME(FIN | BINARY, "a")),
        BREAKS("binary, more to come", 1003, FRAME(BINARY, "")),
    };
    static const struct rfc_case after[] = {
        {"continuation of what has ended",
         {FRAME(FIN | TEXT, "a"), FRAME(FIN | CONTINUATION, "b")},
         "web> a\n",
         "close 1002\n"},
        {"a Ping, then an error",
         {FRAME(FIN | PING, "a"), FRAME(FIN | 3, "")},
         "",
         "pong 61\nclose 1002\n"},
    };

    (void)state;
    CHECK_ALL(table);
    CHECK_ALL(after);
}

/* A message with a non-minimal length, whose payload is never read. */
static void test_shorter_length_would_do(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < 128; bytes++) {
        enter(bytes & 1 ? first_dialect : CHAT_WEBSOCKET_TEXT);
        stream_bytes = 0;
        put_byte(FIN | TEXT);
        put_byte(FIN | 126);
        put_byte(0);
        put_byte(bytes);
        comes_stream();
        assert_string_equal(told(), bytes < 126 ? "close 1002\n" : "");
    }
}

static void test_utf8(void **state)
{
#define ILL(name, ...)                                                                             \
    {                                                                                              \
        name, {__VA_ARGS__}, "", "close 1007\n"                                                    \
    }
    static const struct rfc_case table[] = {
        {"the least and most of each length",
         {FRAME(FIN | TEXT,
                "\xC2\xA1 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x81 \xEF\xBF\xBC"),
          FRAME(FIN | TEXT, "\xF0\x9F\x98\x80 \xF0\x90\x8D\x88")},
         "web> \xC2\xA1 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x81 \xEF\xBF\xBC\n"
         "web> \xF0\x9F\x98\x80 \xF0\x90\x8D\x88\n",
         ""},
        ILL("continuation byte alone", FRAME(FIN | TEXT, "a\x80")),
        ILL("FE", FRAME(FIN | TEXT, "a\xFE")),
        ILL("FF", FRAME(FIN | TEXT, "a\xFF")),
        ILL("overlong, 2 bytes", FRAME(FIN | TEXT, "a\xC0\xAF")),
        ILL("overlong, 2 bytes, the most", FRAME(FIN | TEXT, "a\xC1\xBF")),
        ILL("overlong, 3 bytes", FRAME(FIN | TEXT, "a\xE0\x9F\xBF")),
        ILL("overlong, 4 bytes", FRAME(FIN | TEXT, "a\xF0\x8F\xBF\xBF")),
        ILL("the first surrogate", FRAME(FIN | TEXT, "a\xED\xA0\x80")),
        ILL("the last surrogate", FRAME(FIN | TEXT, "a\xED\xBF\xBF")),
        ILL("U+110000", FRAME(FIN | TEXT, "a\xF4\x90\x80\x80")),
        ILL("F5", FRAME(FIN | TEXT, "a\xF5\x80\x80\x80")),
        ILL("character broken off, 1 of 2", FRAME(FIN | TEXT, "a\xC3z")),
        ILL("character broken off, 2 of 3", FRAME(FIN | TEXT, "a\xE2\x82z")),
        ILL("character broken off, 3 of 4", FRAME(FIN | TEXT, "a\xF0\x9F\x98z")),
        ILL("split over fragments", FRAME(TEXT, "a\xE2"), FRAME(CONTINUATION, "\x82"),
            FRAME(FIN | CONTINUATION, "z")),
        ILL("surrogate split over fragments", FRAME(TEXT, "a\xED"),
            FRAME(FIN | CONTINUATION, "\xA0\x80")),
        ILL("with a Ping's bytes between", FRAME(TEXT, "a\xF4"), FRAME(FIN | PONG, "\x80\x80\x80"),
            FRAME(FIN | CONTINUATION, "\x90\x80\x80")),
    };
    static const struct rfc_case cut_off[] = {
        ILL("cut off, 1 of 2", FRAME_AS(FIN | TEXT, AS_IT_IS, "\"\xC3"),
            FRAME_AS(FIN | TEXT, AS_IT_IS, "\xA9")),
        ILL("cut off, 3 of 4", FRAME_AS(FIN | TEXT, AS_IT_IS, "\"\xF0\x9F\x98")),
        ILL("cut off in fragments", FRAME_AS(TEXT, AS_IT_IS, "\"\xF0\x9F"),
            FRAME_AS(FIN | CONTINUATION, AS_IT_IS, "")),
    };
    static const struct rfc_case cut_off_objects[] = {
        ILL("cut off in a string", FRAME_AS(FIN | TEXT, AS_IT_IS, "{\"say\":\"\xC3")),
    };

    (void)state;
    CHECK_ALL(table);
    CHECK_IN(cut_off, CHAT_WEBSOCKET_TEXT);
    if (LWCHAT_JSON) {
        CHECK_IN(cut_off_objects, CHAT_WEBSOCKET);
    }
}

static void test_close(void **state)
{
#define CLOSES(code, payload)                                                                      \
    {                                                                                              \
        "Close " #payload, {FRAME(FIN | CLOSE, payload), FRAME(FIN | TEXT, "not heard")}, "",      \
            "close " #code "\n"                                                                    \
    }
    static const struct rfc_case table[] = {
        CLOSES(1000, ""),
        CLOSES(1002, "\x03"),
        CLOSES(1000, "\x03\xE8"),
        CLOSES(1000, "\x03\xE8"
                     "bye \xC3\xA9"),
        CLOSES(1000, "\x0F\xA0"
                     "1234567890123456789012345678901234567890123456789012345678901234567890"
                     "12345678901234567890123456789012345678901234567890123"),
        CLOSES(1007, "\x03\xE8"
                     "bye \xC3"),
        CLOSES(1007, "\x03\xE8\xED\xA0\x80"),
        {"Close in the middle of a message",
         {FRAME(TEXT, "not ended"), FRAME(FIN | CLOSE, "\x03\xE9"), FRAME(FIN | CONTINUATION, "")},
         "",
         "close 1000\n"},
        {"Close behind a message and a Ping",
         {FRAME(FIN | TEXT, "bye"), FRAME(FIN | PING, "p"), FRAME(FIN | CLOSE, "")},
         "web> bye\n",
         "pong 70\nclose 1000\n"},
    };

    (void)state;
    CHECK_ALL(table);
}

static bool is_code(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void test_close_codes(void **state)
{
    static const unsigned codes[] = {0,    1,    999,  1000, 1001, 1002, 1003, 1004, 1005, 1006,
                                     1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016,
                                     1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65535};

    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        enter(i & 1 ? first_dialect : CHAT_WEBSOCKET_TEXT);
        char payload[] = {(char)(codes[i] >> 8), (char)(codes[i] & 0xFF)};
        stream_bytes = 0;
        put_frame(FIN | CLOSE, PLAIN, payload, sizeof payload);
        comes_stream();
        assert_string_equal(told(), is_code(codes[i]) ? "close 1000\n" : "close 1002\n");
    }
}

static void test_pings(void **state)
{
    char payload[125], wanted[512];

    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (size_t bytes = 0; bytes <= sizeof payload; bytes += bytes == 1 ? 124 : 1) {
            size_t n = (size_t)sprintf(wanted, "pong ");
            for (size_t i = 0; i < bytes; i++) {
                payload[i] = (char)(i * 3);
                n += (size_t)sprintf(wanted + n, "%02x", (uint8_t)payload[i]);
            }
            strcpy(wanted + n, "\n");
            struct rfc_case one[] = {
                {"a Ping", {{FIN | PING, PLAIN, payload, bytes}}, "", wanted},
                {"a Ping in the middle of a message and its line",
                 {FRAME(TEXT, "a"),
                  {FIN | PING, PLAIN, payload, bytes},
                  FRAME(FIN | CONTINUATION, "b")},
                 "web> ab\n",
                 wanted},
                {"a Pong is ignored", {{FIN | PONG, PLAIN, payload, bytes}}, "", ""},
            };
            for (size_t i = 0; i < sizeof one / sizeof *one; i++) {
                check(&one[i]);
            }
        }
    }
}

/* --- Lengths ------------------------------------------------------------------------------ */

static void test_limit(void **state)
{
    static char payload[65536], wanted[2 * LWCHAT_LINE_BYTES];
    static const size_t lengths[] = {1,   2,    124,  125,  126,  127,   255,
                                     256, 1023, 1024, 1025, 4096, 65534, 65535};

    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        bool objects = LWCHAT_JSON && (how & 1);
        enter(objects ? CHAT_WEBSOCKET : CHAT_WEBSOCKET_TEXT);
        const char *before = objects ? "{\"say\":\"" : "";
        const char *after = objects ? "\"}" : "";
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            size_t around = strlen(before) + strlen(after);
            size_t most = lengths[i] > LWCHAT_LINE_BYTES + 1 ? lengths[i] - around : lengths[i];
            size_t n = (size_t)sprintf(payload, "%s", before);
            memset(payload + n, 'a', most);
            n += most;
            n += (size_t)sprintf(payload + n, "%s", after);
            stream_bytes = 0;
            put_frame(FIN | TEXT, PLAIN, payload, n);
            for (size_t at = 0; at < stream_bytes && how >= 2; at++) {
                comes(stream + at, 1, TAKES_A_BYTE);
            }
            if (how < 2) {
                comes_stream();
            }
            take_all(SIZE_MAX);
            bool fits = lengths[i] <= LWCHAT_LINE_BYTES;
            sprintf(wanted, fits ? "web> %.*s\n" : "", (int)most, payload + strlen(before));
            HEARS(alice, wanted);
            assert_string_equal(told(), fits ? "" : "error\n");
            says(objects ? "{\"say\":\"next\"}" : "next");
            HEARS(alice, "web> next\n");
            assert_string_equal(told(), "");
        }
    }
}

/* An overlong message is skipped to its end, across fragments and Pings. */
static void test_too_long_in_fragments(void **state)
{
    char part[600];

    (void)state;
    memset(part, 'a', sizeof part);
    enter(CHAT_WEBSOCKET_TEXT);
    for (size_t piece = 1; piece < 700; piece += 37) {
        stream_bytes = 0;
        put_frame(TEXT, PLAIN, part, sizeof part);
        put_frame(FIN | PING, PLAIN, "1", 1);
        put_frame(CONTINUATION, PLAIN, part, sizeof part);
        put_frame(FIN | PING, PLAIN, "2", 1);
        put_frame(FIN | CONTINUATION, PLAIN, part, sizeof part);
        put_frame(FIN | TEXT, PLAIN, "next", 4);
        for (size_t at = 0; at < stream_bytes; at += piece) {
            size_t left = stream_bytes - at;
            comes(stream + at, left < piece ? left : piece, TAKES_ALL);
        }
        take_all(SIZE_MAX);
        HEARS(alice, "web> next\n");
        /* A Pong may be sent before a message of the same time. */
        const char *text = told();
        assert_int_equal(strlen(text), strlen("pong 31\nerror\npong 32\n"));
        assert_non_null(strstr(text, "error\n"));
        assert_non_null(strstr(strstr(text, "pong 31\n"), "pong 32\n"));
    }
}

static void test_head_of_what_is_sent(void **state)
{
    char line[256];

    (void)state;
    enter(CHAT_WEBSOCKET_TEXT);
    for (size_t bytes = 100; bytes < 200; bytes++) {
        size_t text = bytes - strlen("alice> ");
        memset(line, 'a', text);
        strcpy(line + text, "\n");
        world_say(alice, line);
        take_all(SIZE_MAX);
        size_t head = bytes <= 125 ? 2 : 4;
        assert_int_equal(got_bytes, head + bytes);
        assert_int_equal(got[0], 0x81);
        assert_int_equal(got[1], bytes <= 125 ? bytes : 126);
        if (head == 4) {
            assert_int_equal(got[2], 0);
            assert_int_equal(got[3], bytes);
        }
        assert_memory_equal(got + head, "alice> aaaa", 11);
        got_bytes = 0;
    }
}

/* --- Interrupted frames -------------------------------------------------------------------- */

/* At each place of a line, a Ping arrives and another line is said. */
static void test_a_frame_stays_whole(void **state)
{
    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (size_t cut = 1; cut < 250; cut++) {
            enter(dialect);
            world_say(alice, "a line that is cut half, with a length of more than what fits the "
                             "short form of a frame's head, which is a hundred and twenty-five\n");
            take(cut);
            stream_bytes = 0;
            put_frame(FIN | PING, PLAIN, "ping", 4);
            comes(stream, stream_bytes, TAKES_ALL);
            world_hear(CHAT_OPERATOR);
            world_say(alice, "another\n");
            take(1);
            world_hear(CHAT_OPERATOR);
            take_all(cut);
            const char *text = told();
            assert_non_null(strstr(text, "twenty-five"));
            assert_non_null(strstr(text, "pong 70696e67\n"));
            assert_non_null(strstr(text, "another"));
        }
    }
}

static void test_passed_over_in_the_middle_of_a_frame(void **state)
{
    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (size_t cut = 1; cut < 40; cut++) {
            enter(dialect);
            world_say(alice, "the first line, which is cut half\n");
            take(cut);
            world_fill(alice);
            world_wait(4000);
            for (unsigned i = 0; i < 400; i++) {
                world_say(alice, "and all the others, of which many are lost\n");
                world_hear(CHAT_OPERATOR);
            }
            take_all(SIZE_MAX);
            const char *text = told();
            const char *first = strstr(text, "the first line, which is cut half");
            assert_non_null(first);
            assert_non_null(strstr(first, "missed"));
        }
    }
}

/* A program that reconnects over WebSocket gets numbers like others, even after history. */
static void test_resume(void **state)
{
    char line[80];
    const char *at;

    (void)state;
    if (!LWCHAT_JSON) {
        skip();
    }
    enter(CHAT_WEBSOCKET);
    world_say(alice, "read\n");
    take_all(SIZE_MAX);
    at = strstr(told(), "{\"seq\":");
    assert_non_null(at);
    uint64_t seq = strtoull(at + 7, NULL, 10);
    says("{\"cmd\":\"/quit\"}");
    (void)told();
    chat_release(&chat, web, 0);
    world_say(alice, "missed\n");
    world_hush();
    web = (unsigned)chat_join_as(&chat, address_v4(0x0A000063), 4100, CHAT_WEBSOCKET);
    got_bytes = 0;
    take_all(SIZE_MAX);
    assert_null(strstr(told(), "\"seq\""));
    says("{\"cmd\":\"/nick again\"}"); /* an answer has no number */
    assert_non_null(strstr(told(), "You are now again."));
    snprintf(line, sizeof line, "{\"resume\":{\"start\":0,\"seq\":%llu}}", (unsigned long long)seq);
    says(line);
    at = strstr(told(), "{\"seq\":");
    assert_non_null(at);
    assert_true(strtoull(at + 7, NULL, 10) > seq);
    assert_non_null(strstr(at, "\"text\":\"missed\""));
    /* And once more, without numbers. */
    says(line);
    const char *again = told();
    assert_non_null(strstr(again, "\"text\":\"missed\""));
    assert_null(strstr(again, "\"seq\""));
}

/* --- The dialect, and the end ------------------------------------------------------------- */

static void test_mode(void **state)
{
    (void)state;
    if (!LWCHAT_JSON) {
        skip();
    }
    enter(CHAT_WEBSOCKET_TEXT);
    says("/mode json");
    const char *text = told();
    assert_non_null(strstr(text, "\"type\":\"hello\""));
    assert_int_equal(text[0], '{');
    says("{\"say\":\"as an object\"}");
    HEARS(alice, "web> as an object\n");
    world_say(alice, "well\n");
    take_all(SIZE_MAX);
    assert_non_null(strstr(told(), "\"text\":\"well\"}\n"));
    says("{\"cmd\":\"/mode text\"}");
    assert_string_equal(told(), "*** You now get lines of text.\n");
    says("as a line");
    HEARS(alice, "web> as a line\n");
    world_say(alice, "well\n");
    take_all(SIZE_MAX);
    assert_string_equal(told(), "alice> well\n");

    /* The rest of the same bytes is in the new dialect. */
    stream_bytes = 0;
    put_frame(FIN | TEXT, PLAIN, "/mode json", 10);
    put_frame(FIN | TEXT, PLAIN, "{\"say\":\"at once\"}", 17);
    put_frame(FIN | TEXT, PLAIN, "{\"cmd\":\"/mode text\"}", 20);
    put_frame(FIN | TEXT, PLAIN, "and back", 8);
    comes_stream();
    HEARS(alice, "web> at once\nweb> and back\n");
}

static void ends_with(const char *wanted)
{
    take_all(SIZE_MAX);
    const char *text = told();

    assert_true(strlen(text) >= strlen(wanted));
    assert_string_equal(text + strlen(text) - strlen(wanted), wanted);
    assert_int_equal(chat_state(&chat, web), CHAT_ENDED);
}

static void test_ends(void **state)
{
    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        bool objects = dialect == CHAT_WEBSOCKET;
        enter(dialect);
        says(objects ? "{\"cmd\":\"/quit so long\"}" : "/quit so long");
        ends_with("close 1000\n");
        HEARS(alice, "*** web left: so long\n");

        enter(dialect);
        world_say(CHAT_OPERATOR, "/kick web\n");
        ends_with("close 1008\n");

        enter(dialect);
        chat_shutdown(&chat);
        ends_with("close 1001\n");
    }
}

/* A Ping not yet answered when the server closes stays unanswered: the Pong's payload is gone. */
static void test_ends_before_a_pong(void **state)
{
    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (unsigned kicked = 0; kicked <= 1; kicked++) {
            enter(dialect);
            stream_bytes = 0;
            put_frame(FIN | PING, PLAIN, "ping", 4);
            comes(stream, stream_bytes, TAKES_ALL);
            if (kicked) {
                world_say(CHAT_OPERATOR, "/kick web\n");
            } else {
                chat_shutdown(&chat);
            }
            take_all(SIZE_MAX);
            const char *text = told();
            assert_null(strstr(text, "pong"));
            assert_non_null(strstr(text, kicked ? "close 1008\n" : "close 1001\n"));
            assert_int_equal(chat_state(&chat, web), CHAT_ENDED);
        }
    }
}

/* Others begin lines, until the received part of a frame is dropped to free its buffer. */
static void loses(uint8_t first, size_t cut)
{
    unsigned other[LWCHAT_LINE_BUFFERS];

    enter(dialect);
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        other[i] = world_enter((char[]){'b', 'o', 'b', (char)('a' + i), '\0'});
    }
    stream_bytes = 0;
    put_frame(first, PLAIN, "\x03\xE9what is lost", 14);
    comes(stream, cut, TAKES_ALL);
    world_wait(50);
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        (void)chat_receive(&chat, other[i], (const uint8_t *)"half", 4);
    }
    for (unsigned ms = 0; ms < 2 * LWCHAT_PARTIAL_MS && chat.counts.dropped == 0; ms += 50) {
        (void)chat_receive(&chat, other[LWCHAT_LINE_BUFFERS - 1], (const uint8_t *)"half", 4);
        world_wait(50);
    }
    assert_int_equal(chat.counts.dropped, 1);
    take_all(SIZE_MAX);
    assert_null(strstr(told(), "pong"));
}

/* Only a control frame was lost: the next message is heard. */
static void says_next(void)
{
    const char *line = dialect == CHAT_WEBSOCKET ? "{\"say\":\"next\"}" : "next";

    (void)world_hear(alice);
    stream_bytes = 0;
    put_frame(FIN | TEXT, PLAIN, line, strlen(line));
    comes_stream();
    HEARS(alice, "web> next\n");
}

/* Half a control frame is lost: a Ping gets no Pong, and a Close gets code 1000. */
static void test_dropped_in_a_control_frame(void **state)
{
    enum { HEAD_BYTES = 6 };

    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        for (size_t cut = HEAD_BYTES; cut < HEAD_BYTES + 14; cut++) {
            loses(FIN | PING, cut);
            comes(stream + cut, stream_bytes - cut, TAKES_ALL);
            take_all(SIZE_MAX);
            assert_null(strstr(told(), "pong"));
            stream_bytes = 0;
            put_frame(FIN | PING, PLAIN, "then", 4);
            comes_stream();
            assert_string_equal(told(), "pong 7468656e\n");
            says_next();

            loses(FIN | CLOSE, cut);
            comes(stream + cut, stream_bytes - cut, TAKES_ALL);
            ends_with("close 1000\n");
        }
        /* The whole Ping has arrived, and its Pong waits for the peer: none is sent in part. */
        loses(FIN | PING, HEAD_BYTES + 14);
        says_next();
    }
}

/* An unfinished message is not said when the peer leaves, but the lines before it are. */
static void test_gone_in_the_middle(void **state)
{
    (void)state;
    for (dialect = first_dialect; dialect <= CHAT_WEBSOCKET_TEXT; dialect++) {
        bool objects = dialect == CHAT_WEBSOCKET;
        const char *line = objects ? "{\"say\":\"unended\"}" : "unended";
        for (unsigned fin = 0; fin <= 1; fin++) {
            stream_bytes = 0;
            put_frame((uint8_t)(fin ? FIN | TEXT : TEXT), PLAIN, line, strlen(line));
            size_t all = stream_bytes - fin;
            for (size_t cut = 1; cut <= all; cut++) {
                enter(dialect);
                stream_bytes = 0;
                put_frame((uint8_t)(fin ? FIN | TEXT : TEXT), PLAIN, line, strlen(line));
                comes(stream, cut, TAKES_ALL);
                assert_true(chat_input_ended(&chat, web));
                HEARS(alice, "*** web left\n");
                ends_with("close 1000\n");
            }
        }
    }
    enter(CHAT_WEBSOCKET_TEXT);
    stream_bytes = 0;
    put_frame(TEXT, PLAIN, "ended\nunended", 13);
    comes_stream();
    assert_true(chat_input_ended(&chat, web));
    HEARS(alice, "web> ended\n*** web left\n");
}

#if LWCHAT_JSON
static bool was_told(const char *text)
{
    size_t bytes = strlen(text);

    for (size_t at = 0; at + bytes <= got_bytes; at++) {
        if (memcmp(got + at, text, bytes) == 0) {
            return true;
        }
    }
    return false;
}

/* The name under which a bridge speaks is found before and behind what it says; nothing else is. */
static void test_names_of_people_elsewhere(void **state)
{
    (void)state;
    enter(CHAT_WEBSOCKET);
    unsigned carol = world_enter("carol");
    world_say(alice,
              "/msg carol XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX the code is 4711-0815\n");
    (void)world_hear(carol);
    world_hush();
    static const char *const lines[] = {"{\"say\":\"hi\",\"from\":\"al@Zoe\"}",
                                        "{\"from\":\"al@Zoe\",\"say\":\"hi\"}"};
    for (unsigned i = 0; i < 2; i++) {
        stream_bytes = 0;
        put_frame(FIN | TEXT, PLAIN, lines[i], strlen(lines[i]));
        comes_stream();
        assert_true(was_told("\\\"al@Zoe\\\" was not said"));
        assert_string_equal(told(), "error\n");
    }
    world_say(CHAT_OPERATOR, "/op bridge web\n");
    for (unsigned i = 0; i < 2; i++) {
        says(lines[i]);
        HEARS(alice, "al@Zoe> hi\n");
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_lines_in_a_message),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_shorter_length_would_do),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_close_codes),
        cmocka_unit_test(test_pings),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_too_long_in_fragments),
        cmocka_unit_test(test_head_of_what_is_sent),
        cmocka_unit_test(test_a_frame_stays_whole),
        cmocka_unit_test(test_passed_over_in_the_middle_of_a_frame),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_mode),
#if LWCHAT_JSON
        cmocka_unit_test(test_names_of_people_elsewhere),
#endif
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_ends_before_a_pong),
        cmocka_unit_test(test_dropped_in_a_control_frame),
        cmocka_unit_test(test_gone_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
