/* From bytes to lines: every case whole, split at every place, and byte by byte. */
#include "unit.h"

#include "core/framing.h"
#include "lwchat_config.h"

#include <stdbool.h>

enum { MOST_INPUT = 16384, MOST_SEEN = 64 * 1024 };

static char *end_of_input; /* the end of each piece, where a page faults */
static char *end_of_line;  /* the same for the current line */

/* The result of a stream as text: L(hello) T R(FE01) M(rest), then the peer's line end. */
struct seen {
    char text[MOST_SEEN];
    size_t bytes;
};

static void see(struct seen *seen, char kind, const uint8_t *data, size_t bytes)
{
    static const char digits[] = "0123456789ABCDEF";

    assert_true(seen->bytes + 3 * bytes + 4 < sizeof seen->text);
    seen->text[seen->bytes++] = kind;
    seen->text[seen->bytes++] = '(';
    for (size_t i = 0; i < bytes; i++) {
        if (kind != 'R' && data[i] > ' ' && data[i] < 0x7F && data[i] != '%') {
            seen->text[seen->bytes++] = (char)data[i];
        } else {
            seen->text[seen->bytes++] = '%';
            seen->text[seen->bytes++] = digits[data[i] >> 4];
            seen->text[seen->bytes++] = digits[data[i] & 15];
        }
    }
    seen->text[seen->bytes++] = ')';
    seen->text[seen->bytes] = '\0';
}

struct stream {
    struct framing framing;
    struct framing_line line;
    struct seen *seen;
};

static void open_stream(struct stream *stream, struct seen *seen)
{
    *stream = (struct stream){.line.text = end_of_line - LWCHAT_LINE_BYTES, .seen = seen};
    seen->bytes = 0;
    seen->text[0] = '\0';
}

static void feed(struct stream *stream, const uint8_t *data, size_t bytes)
{
    uint8_t *at = (uint8_t *)end_of_input - bytes;

    memcpy(at, data, bytes);
    while (bytes > 0) {
        enum framing_event event;
        size_t used = framing_feed(&stream->framing, at, bytes, &stream->line, &event);
        assert_true(used >= 1 && used <= bytes);
        assert_true(stream->line.bytes <= LWCHAT_LINE_BYTES);
        at += used;
        bytes -= used;
        switch (event) {
        case FRAMING_LINE:
            see(stream->seen, 'L', (uint8_t *)stream->line.text, stream->line.bytes);
            stream->line.bytes = 0;
            break;
        case FRAMING_TOO_LONG:
            see(stream->seen, 'T', NULL, 0);
            stream->line.bytes = 0;
            break;
        case FRAMING_ASKED:
            see(stream->seen, 'A', NULL, 0);
            break;
        case FRAMING_ANSWER:
            see(stream->seen, 'R', stream->line.refusal, 2);
            break;
        default:
            assert_int_equal(bytes, 0);
            break;
        }
    }
}

static void close_stream(struct stream *stream)
{
    uint8_t flags = stream->framing.flags;
    const char *end = flags & FRAMING_RAW ? "" : flags & FRAMING_CRLF ? "\r\n" : "\n";

    see(stream->seen, 'M', (uint8_t *)stream->line.text, stream->line.bytes);
    see(stream->seen, 'E', (const uint8_t *)end, strlen(end));
}

static void feed_in_two(const uint8_t *data, size_t bytes, size_t split, struct seen *seen)
{
    struct stream stream;

    open_stream(&stream, seen);
    feed(&stream, data, split);
    feed(&stream, data + split, bytes - split);
    close_stream(&stream);
}

static void feed_byte_by_byte(const uint8_t *data, size_t bytes, struct seen *seen)
{
    struct stream stream;

    open_stream(&stream, seen);
    for (size_t i = 0; i < bytes; i++) {
        feed(&stream, data + i, 1);
    }
    close_stream(&stream);
}

static struct seen whole, pieces;

static void assert_seen(const void *data, size_t bytes, const char *expected)
{
    feed_in_two(data, bytes, bytes, &whole);
    assert_string_equal(whole.text, expected);
    for (size_t split = 0; split < bytes; split++) {
        feed_in_two(data, bytes, split, &pieces);
        assert_string_equal(pieces.text, expected);
    }
    feed_byte_by_byte(data, bytes, &pieces);
    assert_string_equal(pieces.text, expected);
}

/* The same for input that is too long to be split at every place. */
static void assert_seen_at_some(const void *data, size_t bytes, const char *expected)
{
    for (size_t split = 0; split <= bytes; split += bytes / 50) {
        feed_in_two(data, bytes, split, &pieces);
        assert_string_equal(pieces.text, expected);
    }
    feed_byte_by_byte(data, bytes, &pieces);
    assert_string_equal(pieces.text, expected);
}

#define SEEN(data, expected) assert_seen(data, sizeof(data) - 1, expected)

static void test_line_ends(void **state)
{
    (void)state;
    SEEN("hello\n", "L(hello)M()E(%0A)");
    SEEN("hello\r\n", "L(hello)M()E(%0D%0A)");
    SEEN("one\ntwo\r\nthree\n", "L(one)L(two)L(three)M()E(%0D%0A)");
    SEEN("\n\n", "M()E(%0A)");
    SEEN("\r\n", "M()E(%0D%0A)");
    SEEN("hello\r\r\n", "L(hello)M()E(%0D%0A)");
    SEEN("hello\r\r\r\r\n", "L(hello)M()E(%0D%0A)");
    SEEN("hello\r\0bye\r\0", "L(hello)L(bye)M()E(%0D%0A)");
    SEEN("a\rb\n", "L(a)L(b)M()E(%0D%0A)");
    SEEN("a\rb\rc", "L(a)L(b)M(c)E(%0D%0A)");
    SEEN("a\r", "L(a)M()E(%0D%0A)");
    SEEN("a\n\rb\n\r", "L(a)L(b)M()E(%0D%0A)");
}

/* C programs send a string's terminating NUL, or the whole buffer. */
static void test_nul_ends_a_message(void **state)
{
    (void)state;
    SEEN("hello\0", "L(hello)M()E()");
    SEEN("hello\0\0\0fin\0\0", "L(hello)L(fin)M()E()");
    SEEN("hi\n\0\0\0\0/who\n\0\0", "L(hi)L(/who)M()E(%0A)");
    SEEN("hi\0\n", "L(hi)M()E(%0A)");
    SEEN("\0\0\n", "M()E(%0A)");
    SEEN("a\0b\n", "L(a)L(b)M()E(%0A)");
    /* From a peer that ends its lines, it is kept only within a line. */
    SEEN("x\n\0\0hi\0\0\n", "L(x)L(hi)M()E(%0A)");
    SEEN("x\na\0b\n", "L(x)L(a%00b)M()E(%0A)");
}

static void test_editing(void **state)
{
    (void)state;
    SEEN("helo\blo\n", "L(hello)M()E(%0A)");
    SEEN("ab\x7F\x7F\x7Fyes\n", "L(yes)M()E(%0A)");
    SEEN("\b\bx\b\n", "M()E(%0A)");
    SEEN("caf\xC3\xA9\b\xC3\xA8\n", "L(caf%C3%A8)M()E(%0A)");
    /* The whole character is erased: with its accent, or with all that is joined. */
    SEEN("xe\xCC\x81\b\n", "L(x)M()E(%0A)");
    SEEN("x\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80\b\n", "L(x)M()E(%0A)");
    SEEN("ab\xFF\xF7\xFF\xF7\xFF\xF7yes\r\n", "L(yes)M()E(%0D%0A)");
    SEEN("lost\xFF\xF8kept\r\n", "L(kept)M()E(%0D%0A)");
    SEEN("a\x04\n", "L(a)M()E(%0A)");
    SEEN("\x04", "M()E(%0A)");
}

static void test_unterminated(void **state)
{
    struct stream stream;

    (void)state;
    SEEN("", "M()E(%0A)");
    SEEN("bonjour", "M(bonjour)E(%0A)");

    open_stream(&stream, &whole);
    feed(&stream, (const uint8_t *)"bonjour", 7);
    framing_end_unterminated(&stream.framing);
    close_stream(&stream);
    assert_string_equal(whole.text, "M(bonjour)E()");

    /* After a newline it is permanently a line peer. */
    open_stream(&stream, &whole);
    feed(&stream, (const uint8_t *)"a", 1);
    framing_end_unterminated(&stream.framing);
    feed(&stream, (const uint8_t *)"\n", 1);
    framing_end_unterminated(&stream.framing);
    close_stream(&stream);
    assert_string_equal(whole.text, "L(a)M()E(%0A)");

    open_stream(&stream, &whole);
    feed(&stream, (const uint8_t *)"a", 1);
    framing_end_unterminated(&stream.framing);
    feed(&stream, (const uint8_t *)"\xFF\xFD\x01", 3);
    framing_end_unterminated(&stream.framing);
    close_stream(&stream);
    assert_string_equal(whole.text, "R(%FC%01)M(a)E(%0D%0A)");
}

static void test_telnet(void **state)
{
    (void)state;
    SEEN("\xFF\xFB\x01", "R(%FE%01)M()E(%0D%0A)");
    SEEN("\xFF\xFD\x01", "R(%FC%01)M()E(%0D%0A)");
    SEEN("\xFF\xFC\x01\xFF\xFE\x01", "M()E(%0D%0A)");
    SEEN("\xFF\xFB\xFF", "R(%FE%FF)M()E(%0D%0A)");
    SEEN("\xFF\xFD\n", "R(%FC%0A)M()E(%0D%0A)");
    SEEN("he\xFF\xFD\x03llo\n", "R(%FC%03)L(hello)M()E(%0D%0A)");
    SEEN("he\xFF\xF1llo\xFF\xF9\n", "L(hello)M()E(%0A)");
    SEEN("a\r\xFF\xFD\x03\n", "L(a)R(%FC%03)M()E(%0D%0A)");
    SEEN("a\xFF\xF6\xFF\xEC"
         "b\n",
         "A()L(ab)M()E(%0A)");
    SEEN("\xFF\xFB\x18\xFF\xFB\x1F\xFF\xFD\x03hi\r\n",
         "R(%FE%18)R(%FE%1F)R(%FC%03)L(hi)M()E(%0D%0A)");
    /* A byte 255 in the text, escaped as telnet requires; and one that is not a command. */
    SEEN("a\xFF\xFF"
         "b\n",
         "L(a%FFb)M()E(%0A)");
    SEEN("a\xFF"
         "b\n",
         "L(a%FFb)M()E(%0A)");
    SEEN("a\xFF\nb\n", "L(a%FF)L(b)M()E(%0A)");
    SEEN("a\r\xFF\xFF\n", "L(a)L(%FF)M()E(%0D%0A)");
    SEEN("a\r\xFF"
         "b\n",
         "L(a)L(%FFb)M()E(%0D%0A)");
    SEEN("a\xFF", "M(a)E(%0A)");
    SEEN("a\xFF\xFD", "M(a)E(%0A)");
}

static void test_subnegotiation(void **state)
{
    static char long_one[9000];

    (void)state;
    SEEN("a\xFF\xFA\x1F\0\x50\0\x18\xFF\xF0"
         "b\n",
         "L(ab)M()E(%0D%0A)");
    SEEN("a\xFF\xFA\x1F\n\r\n\xFF\xF0"
         "b\n",
         "L(ab)M()E(%0D%0A)");
    SEEN("a\xFF\xFA\x1F\xFF\xFF\xFF\xF0"
         "b\n",
         "L(ab)M()E(%0D%0A)");
    SEEN("a\xFF\xFA\xFF\xF0"
         "b\n",
         "L(ab)M()E(%0D%0A)");
    /* A long one is skipped whole; one without an end loses at most one line after 8 KiB. */
    memset(long_one, 'x', sizeof long_one);
    memcpy(long_one, "\xFF\xFA", 2);
    long_one[500] = '\n';
    memcpy(long_one + 7000, "\xFF\xF0hello\n", 8);
    assert_seen_at_some(long_one, 7008, "L(hello)M()E(%0D%0A)");
    memset(long_one + 7000, 'x', 8);
    memcpy(long_one + 8500, "\nhello\n", 7);
    assert_seen_at_some(long_one, 8507, "L(hello)M()E(%0D%0A)");
}

/* `bytes` of x, then `after`; expects L(x...) if it `fits`, T() otherwise, followed by `rest`. */
static void assert_long(size_t bytes, const char *after, size_t after_bytes, bool fits,
                        const char *rest)
{
    static uint8_t data[MOST_INPUT];
    static char expected[MOST_SEEN];

    memset(data, 'x', bytes);
    memcpy(data + bytes, after, after_bytes);
    if (fits) {
        snprintf(expected, sizeof expected, "L(%.*s)%s", (int)bytes, (char *)data, rest);
    } else {
        snprintf(expected, sizeof expected, "T()%s", rest);
    }
    assert_seen(data, bytes + after_bytes, expected);
}

#define LONG(bytes, after, fits, rest) assert_long(bytes, after, sizeof(after) - 1, fits, rest)

static void test_over_long(void **state)
{
    enum { MOST = LWCHAT_LINE_BYTES };

    (void)state;
    LONG(MOST - 1, "\nok\n", true, "L(ok)M()E(%0A)");
    LONG(MOST, "\nok\n", true, "L(ok)M()E(%0A)");
    LONG(MOST, "\r\nok\n", true, "L(ok)M()E(%0D%0A)");
    LONG(MOST, "\r\r\nok\n", true, "L(ok)M()E(%0D%0A)");
    LONG(MOST, "\r\0ok\n", true, "L(ok)M()E(%0D%0A)");
    LONG(MOST, "\xFF\xF1\nok\n", true, "L(ok)M()E(%0A)");
    LONG(MOST + 1, "\nok\n", false, "L(ok)M()E(%0A)");
    LONG(MOST + 1, "\r\nok\n", false, "L(ok)M()E(%0D%0A)");
    LONG(MOST + 1, "", false, "M()E(%0A)");
    LONG(MOST, "\ry\nok\n", true, "L(y)L(ok)M()E(%0D%0A)");
    LONG(MOST + 1, "\0ok\n", false, "L(ok)M()E(%0A)");

    LONG(MOST, "\xFF\xFF\nok\n", false, "L(ok)M()E(%0A)");
    LONG(MOST, "\xFF\nok\n", false, "L(ok)M()E(%0A)");
    LONG(MOST - 1, "\xFFz\nok\n", false, "L(ok)M()E(%0A)");
    LONG(MOST + 1, "\xFF\xFD\x01yy\nok\n", false, "R(%FC%01)L(ok)M()E(%0D%0A)");
    LONG(2 * MOST + 5, "\nok\n", false, "L(ok)M()E(%0A)");
}

static void test_dropped_line_is_skipped_to_its_end(void **state)
{
    struct stream stream;

    (void)state;
    open_stream(&stream, &whole);
    feed(&stream, (const uint8_t *)"lost", 4);
    framing_skip(&stream.framing);
    stream.line.bytes = 0;
    feed(&stream, (const uint8_t *)"lost too\r\nkept\r\n", 16);
    close_stream(&stream);
    assert_string_equal(whole.text, "L(kept)M()E(%0D%0A)");

    /* Without line ends, silence ends it. */
    open_stream(&stream, &whole);
    framing_skip(&stream.framing);
    feed(&stream, (const uint8_t *)"lost", 4);
    framing_end_unterminated(&stream.framing);
    feed(&stream, (const uint8_t *)"kept", 4);
    close_stream(&stream);
    assert_string_equal(whole.text, "M(kept)E()");
}

static void test_any_bytes_in_any_pieces(void **state)
{
    static const uint8_t alphabet[] = {'a', 'b',  '\n', '\r', '\0', 0xFF, 0xFF, 0xFA,
                                       'c', 0xF0, 0xFB, 0xFC, 0xFD, 0xFE, 0xF1, 0x80};
    static uint8_t data[MOST_INPUT];
    struct dice dice = {3};

    (void)state;
    for (int round = 0; round < 6000; round++) {
        struct stream stream;
        size_t bytes = 0, runs = 1 + dice_below(&dice, 60);
        for (size_t i = 0; i < runs; i++) {
            size_t run =
                dice_below(&dice, 40) == 0 ? LWCHAT_LINE_BYTES - 2 + dice_below(&dice, 5) : 1;
            uint8_t byte = alphabet[dice_below(&dice, run > 1 ? 2 : sizeof alphabet)];
            if (bytes + run > 4 * LWCHAT_LINE_BYTES) {
                break;
            }
            memset(data + bytes, byte, run);
            bytes += run;
        }
        feed_in_two(data, bytes, bytes, &whole);
        open_stream(&stream, &pieces);
        for (size_t at = 0; at < bytes;) {
            size_t piece = 1 + dice_below(&dice, dice_below(&dice, 2) ? 4 : (uint32_t)(bytes - at));
            piece = piece < bytes - at ? piece : bytes - at;
            feed(&stream, data + at, piece);
            at += piece;
        }
        close_stream(&stream);
        assert_string_equal(pieces.text, whole.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_nul_ends_a_message),
        cmocka_unit_test(test_editing),
        cmocka_unit_test(test_unterminated),
        cmocka_unit_test(test_telnet),
        cmocka_unit_test(test_subnegotiation),
        cmocka_unit_test(test_over_long),
        cmocka_unit_test(test_dropped_line_is_skipped_to_its_end),
        cmocka_unit_test(test_any_bytes_in_any_pieces),
    };

    end_of_input = guarded_end(MOST_INPUT);
    end_of_line = guarded_end(LWCHAT_LINE_BYTES);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
