#include "opening.h"

#include <string.h>

/*
 * States in a request line. Up to METHOD_MOST, the state is the length of the method so far: no
 * method is longer, so that a line of one long word is decided early. KNOWN is set once the method
 * is one of the usual ones.
 */
enum {
    START = 0,
    METHOD_MOST = 32,
    AFTER_METHOD = 33,
    TARGET = 34,
    VERSION = 35,      /* plus one for each byte of it */
    VERSION_BYTES = 8, /* HTTP/1.1 */
    VERSION_END = VERSION + VERSION_BYTES,
    DECIDED = 48, /* plus the kind */
    NO_REQUEST = 63,
    PLACES = 63,
    KNOWN = 64
};

/* What other protocols begin with. A state is the index of a text and the number of bytes seen. */
static const struct {
    const char *text;
    uint8_t bytes;
    uint8_t likely; /* number of bytes after which it is most likely this one */
    uint8_t kind;   /* when complete; UNDECIDED: a usual method */
} texts[] = {
#define TEXT(text, likely, kind)                                                                   \
    {                                                                                              \
        text, sizeof(text) - 1, likely, kind                                                       \
    }
    TEXT("\x16\x03", 1, OPENING_TLS),
    TEXT("SSH-2.0-", 1, OPENING_SSH),
    TEXT("SSH-1.", 1, OPENING_SSH),
    TEXT("PROXY TCP4 ", 1, OPENING_PROXY),
    TEXT("PROXY TCP6 ", 1, OPENING_PROXY),
    TEXT("PROXY UNKNOWN", 1, OPENING_PROXY),
    TEXT("\r\n\r\n\0\r\nQUIT\n", 5, OPENING_PROXY), /* version 2 */
    TEXT("GET ", 1, OPENING_UNDECIDED),
    TEXT("POST ", 1, OPENING_UNDECIDED),
    TEXT("PUT ", 1, OPENING_UNDECIDED),
    TEXT("HEAD ", 1, OPENING_UNDECIDED),
    TEXT("DELETE ", 1, OPENING_UNDECIDED),
    TEXT("OPTIONS ", 1, OPENING_UNDECIDED),
    TEXT("PATCH ", 1, OPENING_UNDECIDED),
    TEXT("CONNECT ", 1, OPENING_UNDECIDED),
#undef TEXT
};
enum { TEXTS = sizeof texts / sizeof texts[0], TEXT_BITS = 4, NO_TEXT = 0xFF };

/* Bytes of a method: RFC 9110 section 5.6.2. */
static bool is_token(uint8_t byte)
{
    if ((byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z')) {
        return true;
    }
    return byte != '\0' && memchr("!#$%&'*+-.^_`|~", byte, 15) != NULL;
}

/* Visible bytes; HTTP servers refuse others as well. */
static bool is_visible(uint8_t byte)
{
    return byte > ' ' && byte != 0x7F && byte != 0xFF;
}

static bool is_version(unsigned at, uint8_t byte)
{
    static const char form[] = "HTTP/0.0";

    return form[at] == '0' ? byte >= '0' && byte <= '9' : byte == (uint8_t)form[at];
}

static uint8_t follow_request(uint8_t place, uint8_t byte)
{
    if (place < METHOD_MOST && is_token(byte)) {
        return (uint8_t)(place + 1);
    }
    if (place == START) {
        return byte == '\r' || byte == '\n' ? START : NO_REQUEST;
    }
    if (place <= METHOD_MOST) {
        return byte == ' ' ? AFTER_METHOD : NO_REQUEST;
    }
    if (place <= TARGET) {
        if (is_visible(byte)) {
            return TARGET;
        }
        return place == TARGET && byte == ' ' ? VERSION : NO_REQUEST;
    }
    if (place < VERSION_END) {
        return is_version(place - (unsigned)VERSION, byte) ? (uint8_t)(place + 1) : NO_REQUEST;
    }
    return place == VERSION_END && (byte == '\r' || byte == '\n') ? DECIDED + OPENING_HTTP
                                                                  : NO_REQUEST;
}

static unsigned text_of(uint8_t place)
{
    return place >> TEXT_BITS;
}

static unsigned bytes_of(uint8_t place)
{
    return place & ((1U << TEXT_BITS) - 1);
}

/* The first text that continues with this byte after the bytes seen so far. */
static uint8_t follow_text(uint8_t place, uint8_t byte)
{
    const char *come = texts[text_of(place)].text;
    unsigned bytes = bytes_of(place);

    for (unsigned i = 0; i < TEXTS; i++) {
        if (texts[i].bytes > bytes && (uint8_t)texts[i].text[bytes] == byte &&
            memcmp(texts[i].text, come, bytes) == 0) {
            return (uint8_t)(i << TEXT_BITS | (bytes + 1));
        }
    }
    return NO_TEXT;
}

static void follow(struct opening *opening, uint8_t byte)
{
    uint8_t known = opening->request & KNOWN;
    uint8_t place = opening->request & PLACES;

    if (opening->text != NO_TEXT) {
        opening->text = follow_text(opening->text, byte);
    }
    if (opening->text == NO_TEXT && place == START) {
        opening->text = follow_text(0, byte); /* after empty lines */
    }
    place = follow_request(place, byte);
    if (opening->text != NO_TEXT &&
        bytes_of(opening->text) == texts[text_of(opening->text)].bytes) {
        uint8_t kind = texts[text_of(opening->text)].kind;
        opening->text = NO_TEXT;
        known = KNOWN;
        place = kind == OPENING_UNDECIDED ? place : (uint8_t)(DECIDED + kind);
    }
    if (place == NO_REQUEST && opening->text == NO_TEXT) {
        place = DECIDED + OPENING_CHAT;
    }
    opening->request = place | known;
}

enum opening_kind opening_kind(const struct opening *opening)
{
    unsigned place = opening->request & PLACES;

    return place > DECIDED && place < DECIDED + OPENING_KINDS ? (enum opening_kind)(place - DECIDED)
                                                              : OPENING_UNDECIDED;
}

enum opening_kind opening_feed(struct opening *opening, const uint8_t *in, size_t bytes)
{
    enum opening_kind kind = opening_kind(opening);

    for (; bytes > 0 && kind == OPENING_UNDECIDED; bytes--) {
        follow(opening, *in++);
        kind = opening_kind(opening);
    }
    return kind;
}

bool opening_is_likely(const struct opening *opening)
{
    uint8_t text = opening->text;

    if (opening_kind(opening) != OPENING_UNDECIDED) {
        return false;
    }
    return (opening->request & KNOWN) != 0 ||
           (text != NO_TEXT && bytes_of(text) >= texts[text_of(text)].likely);
}
