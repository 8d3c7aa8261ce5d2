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

#if LWCHAT_IRC
/*
 * States in the lines that an IRC client begins with: in the upper bits, which of them are
 * complete; in the lower ones, the place in the current line. While that is in a word, it is the
 * word's first place plus the number of bytes seen, less one.
 */
enum {
    IRC_PASS = 0x20,
    IRC_NICK = 0x40,
    IRC_USER = 0x80,
    IRC_PLACES = 0x1F,
    IRC_START = 0,
    IRC_VERSION = 18, /* after CAP LS: a space, or the end */
    IRC_DIGITS,
    IRC_PASSWORD, /* one place later once it has a byte, as in all arguments */
    IRC_NAME = IRC_PASSWORD + 2,
    IRC_ARGUMENT = IRC_NAME + 2, /* the first of USER; two more have their own places */
    IRC_REST = IRC_ARGUMENT + 3 * 2,
    IRC_LIKELY = 4, /* bytes of a word after which it is most likely one */
    IRC_NO = 0xFF
};

static const struct {
    const char *text;
    uint8_t first, next; /* places in it and after it */
} irc_words[] = {
    {"CAP LS", 1, IRC_VERSION},
    {"PASS ", 6, IRC_PASSWORD},
    {"NICK ", 10, IRC_NAME},
    {"USER ", 14, IRC_ARGUMENT},
};
enum { IRC_WORDS = sizeof irc_words / sizeof irc_words[0] };

/* The word that `place` is in; IRC_WORDS if in none. */
static unsigned irc_word(unsigned place)
{
    unsigned i = IRC_WORDS;

    while (i > 0 && place < irc_words[i - 1].first) {
        i--;
    }
    return place == IRC_START || place >= IRC_VERSION ? (unsigned)IRC_WORDS : i - 1;
}

static unsigned irc_follow_word(unsigned place, uint8_t byte)
{
    unsigned i = irc_word(place);
    unsigned seen = 0;

    if (place == IRC_START) {
        for (i = 0; i < IRC_WORDS && irc_words[i].text[0] != (char)byte; i++) {
        }
    } else {
        seen = place - irc_words[i].first + 1U;
    }
    if (i == IRC_WORDS || irc_words[i].text[seen] != (char)byte) {
        return IRC_NO;
    }
    return irc_words[i].text[seen + 1] == '\0' ? irc_words[i].next : irc_words[i].first + seen;
}

/* The place after `byte`, which does not end the line. */
static unsigned irc_follow_line(unsigned place, uint8_t byte)
{
    bool is_text = byte > ' ' && byte != 0x7F && byte != 0xFF;
    bool has_text = ((place - IRC_PASSWORD) & 1) != 0;

    if (place < IRC_VERSION) {
        return irc_follow_word(place, byte);
    }
    if (place < IRC_PASSWORD) {
        bool digit = place == IRC_DIGITS && byte >= '0' && byte <= '9';
        return digit || (place == IRC_VERSION && byte == ' ') ? (unsigned)IRC_DIGITS
                                                              : (unsigned)IRC_NO;
    }
    if (place == IRC_REST) {
        return is_text || (byte <= ' ' && byte != '\0' && byte != '\b') ? place : (unsigned)IRC_NO;
    }
    if (is_text) {
        return has_text ? place : place + 1;
    }
    return has_text && place > IRC_ARGUMENT && byte == ' ' ? place + 1 : (unsigned)IRC_NO;
}

/* The lines that are complete when one ends at `place`; IRC_NO if that is no such line. */
static unsigned irc_end_line(unsigned lines, unsigned place)
{
    switch (place) {
    case IRC_START:
        return lines;
    case IRC_VERSION:
    case IRC_DIGITS:
        return IRC_NICK | IRC_USER; /* it decides alone */
    case IRC_PASSWORD + 1:
        return lines | IRC_PASS;
    case IRC_NAME + 1:
        return lines | IRC_NICK;
    case IRC_REST:
        return lines | IRC_USER;
    default:
        return IRC_NO;
    }
}

static void follow_irc(struct opening *opening, uint8_t byte)
{
    unsigned lines = opening->irc & ~(unsigned)IRC_PLACES;
    unsigned place = opening->irc & IRC_PLACES;

    if (opening->irc == IRC_NO) {
        return;
    }
    if (byte == '\r' || byte == '\n') {
        opening->irc = (uint8_t)irc_end_line(lines, place);
    } else {
        place = irc_follow_line(place, byte);
        opening->irc = (uint8_t)(place == IRC_NO ? (unsigned)IRC_NO : lines | place);
    }
}
#endif

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
    bool irc = false;
#if LWCHAT_IRC
    follow_irc(opening, byte);
    irc = opening->irc != IRC_NO;
    if (irc && (opening->irc & IRC_NICK) && (opening->irc & IRC_USER)) {
        place = DECIDED + OPENING_IRC;
    }
#endif
    if (place == NO_REQUEST && opening->text == NO_TEXT && !irc) {
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

bool opening_needs_lines(const struct opening *opening)
{
#if LWCHAT_IRC
    return opening_kind(opening) == OPENING_UNDECIDED && opening->irc != IRC_NO &&
           opening->irc > IRC_PLACES;
#else
    (void)opening;
    return false;
#endif
}

bool opening_is_likely(const struct opening *opening)
{
    uint8_t text = opening->text;

    if (opening_kind(opening) != OPENING_UNDECIDED) {
        return false;
    }
#if LWCHAT_IRC
    unsigned place = opening->irc & IRC_PLACES;
    unsigned word = irc_word(place);
    if (opening->irc != IRC_NO &&
        (opening->irc > IRC_PLACES || place >= IRC_VERSION ||
         (word < IRC_WORDS && place - irc_words[word].first + 1U >= IRC_LIKELY))) {
        return true;
    }
#endif
    return (opening->request & KNOWN) != 0 ||
           (text != NO_TEXT && bytes_of(text) >= texts[text_of(text)].likely);
}
