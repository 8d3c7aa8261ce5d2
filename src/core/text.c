#include "text.h"

#include "text_class.h"

#include <string.h>

enum { MOST_MARKS = 4, MOST_OF_MANY = 8, MOST_BLANKS = 4, MOST_DIRECTIONS = 4 };

/* The last character, as far as it matters for the next. */
enum last { LAST_OTHER, LAST_MARK, LAST_JOINER, LAST_FLAG };

#define ON(class)  (1U << TEXT_##class)
#define ON_LETTERS (ON(LETTER) | ON(UNSPACED) | ON(MONGOLIAN))

/* The classes of characters that each of these acts on. */
static const uint16_t acts_on[] = {
    [TEXT_JOINER] = ON_LETTERS | ON(IDEOGRAPH) | ON(EMOJI),
    [TEXT_SPACE_JOINER] = ON(UNSPACED),
    [TEXT_SOFT_HYPHEN] = ON_LETTERS,
    [TEXT_VOWEL_SEPARATOR] = ON(MONGOLIAN),
    [TEXT_SELECTOR] = ON_LETTERS | ON(IDEOGRAPH) | ON(EMOJI) | ON(VARYING),
    [TEXT_IDEOGRAPH_SELECTOR] = ON(IDEOGRAPH),
    [TEXT_FREE_SELECTOR] = ON(MONGOLIAN),
};

static bool is_plain(char c)
{
    return c > ' ' && c < 0x7F;
}

/* The same as class_of(), in less time. */
static enum text_class class_of_plain(char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) {
        return TEXT_LETTER;
    }
    return c == '#' || c == '*' ? TEXT_VARYING : TEXT_OTHER;
}

static enum text_class class_of(uint32_t point)
{
    size_t low = 0, high = text_class_count;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (text_classes[middle] >> 8 <= point) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (enum text_class)(text_classes[low] & 0xFF);
}

int text_decode(const char *text, size_t bytes, uint32_t *point)
{
    const uint8_t *p = (const uint8_t *)text;
    uint8_t low = 0x80, high = 0xBF;
    size_t length;
    uint32_t value;

    if (p[0] < 0x80) {
        *point = p[0];
        return 1;
    }
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        length = 2;
        value = p[0] & 0x1FU;
    } else if ((p[0] & 0xF0) == 0xE0) {
        length = 3;
        value = p[0] & 0x0FU;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        length = 4;
        value = p[0] & 0x07U;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return -1;
    }
    for (size_t i = 1; i < length; i++) {
        if (i >= bytes || p[i] < low || p[i] > high) {
            return -(int)i;
        }
        value = value << 6 | (p[i] & 0x3FU);
        low = 0x80;
        high = 0xBF;
    }
    *point = value;
    return (int)length;
}

size_t text_encode(char *out, uint32_t point)
{
    static const uint8_t first[] = {0, 0xC0, 0xE0, 0xF0};
    unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

    for (unsigned i = more; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (char)(first[more] | point);
    return more + 1;
}

/* Whether the machine word at `text` is printable ASCII without two spaces at an even offset. */
static bool is_plain_word(const char *text)
{
    const size_t each = SIZE_MAX / 0xFF;   /* 1 in each byte of a word */
    const size_t pair = SIZE_MAX / 0xFFFF; /* 1 in each pair of bytes */
    size_t word;

    memcpy(&word, text, sizeof word);
    /* Beyond ASCII, below the space, or DEL: each sets a byte's top bit here. */
    size_t odd = (word | (word - each * ' ') | (word + each)) & each * 0x80;
    /* Two spaces set a pair's top bit here. */
    size_t blanks = ((word ^ each * ' ') - pair) & pair * 0x8000;
    return (odd | blanks) == 0;
}

size_t text_plain(const char *text, size_t bytes)
{
    size_t n = 0;

    while (bytes - n >= sizeof(size_t) && is_plain_word(text + n)) {
        n += sizeof(size_t);
    }
    /* The last word overlaps the one before. */
    if (n > 0 && bytes - n < sizeof(size_t) && is_plain_word(text + bytes - sizeof(size_t))) {
        return bytes;
    }
    return n;
}

/* --- Cleaning ------------------------------------------------------------- */

/* The flag of a part of a country: the black flag, the part's code as tags, and the end tag. */
enum { BLACK_FLAG = 0x1F3F4, LEAST_TAGS = 3, MOST_TAGS = 7, TAG_BYTES = 4 };
static const char black_flag[] = "\xF0\x9F\x8F\xB4", last_tag[] = "\xF3\xA0\x81\xBF";

static bool is_code_tag(const char *text, size_t bytes)
{
    uint32_t point = 0;

    return bytes >= TAG_BYTES && text_decode(text, bytes, &point) == TAG_BYTES &&
           ((point >= 0xE0030 && point <= 0xE0039) || (point >= 0xE0061 && point <= 0xE007A));
}

/* The length of the tags of a flag at the front of `text`; 0 when they do not make one. */
static size_t flag_tags(const char *text, size_t bytes)
{
    size_t n = 0;

    while (n < (size_t)MOST_TAGS * TAG_BYTES && is_code_tag(text + n, bytes - n)) {
        n += TAG_BYTES;
    }
    bool ends = bytes - n >= TAG_BYTES && memcmp(text + n, last_tag, TAG_BYTES) == 0;
    return ends && n >= (size_t)LEAST_TAGS * TAG_BYTES ? n + TAG_BYTES : 0;
}

size_t text_whole(const char *text, size_t bytes)
{
    size_t whole = bytes;

    for (size_t back = 1; back <= 3 && back <= bytes; back++) {
        uint8_t byte = (uint8_t)text[bytes - back];
        if (byte >= 0xC0) {
            size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
            whole = length > back ? bytes - back : bytes;
        }
        if (byte < 0x80 || byte >= 0xC0) {
            break;
        }
    }
    size_t tags = whole;
    while (tags >= TAG_BYTES && whole - tags < (size_t)MOST_TAGS * TAG_BYTES &&
           is_code_tag(text + tags - TAG_BYTES, TAG_BYTES)) {
        tags -= TAG_BYTES;
    }
    bool of_flag = tags == 0 || (tags >= TAG_BYTES &&
                                 memcmp(text + tags - TAG_BYTES, black_flag, TAG_BYTES) == 0);
    return of_flag ? tags : whole;
}

/* The length of `text` without its last code point, or last byte if that ends no code point. */
static size_t before_last(const char *text, size_t bytes)
{
    uint32_t point;

    for (size_t back = 2; back <= 4 && back <= bytes; back++) {
        if (text_decode(text + bytes - back, back, &point) == (int)back) {
            return bytes - back;
        }
    }
    return bytes - 1;
}

size_t text_erase(const char *text, size_t bytes)
{
    bool more = bytes > 0;

    while (more) {
        uint32_t point = 0;
        size_t left = before_last(text, bytes);
        (void)text_decode(text + left, bytes - left, &point);
        enum text_class kind = class_of(point);
        bytes = left;
        left = bytes > 0 ? before_last(text, bytes) : 0;
        bool joined = bytes > 0 && text_decode(text + left, bytes - left, &point) > 0 &&
                      class_of(point) == TEXT_JOINER;
        more = bytes > 0 &&
               (joined || kind == TEXT_MARK || kind == TEXT_MARK_OF_MANY || kind == TEXT_TAG ||
                (kind >= TEXT_JOINER && kind <= TEXT_GRAPHEME_JOINER));
    }
    return bytes;
}

enum verdict { SHOW, LEAVE_OUT, REFUSE };

static void begin_character(struct text_state *state, enum text_class kind)
{
    *state = (struct text_state){.base = (uint8_t)kind, .isolates = state->isolates};
}

static enum verdict judge_blank(struct text_state *state)
{
    uint8_t blanks = state->blanks, directions = state->directions;

    if (blanks == MOST_BLANKS) {
        return LEAVE_OUT;
    }
    begin_character(state, TEXT_OTHER);
    state->blanks = (uint8_t)(blanks + 1);
    state->directions = directions;
    return SHOW;
}

static enum verdict judge_mark(struct text_state *state, unsigned most)
{
    if (state->marks >= most) {
        return LEAVE_OUT;
    }
    state->marks++;
    state->last = LAST_MARK;
    return SHOW;
}

/* Judges an invisible character, which acts on the one before it. */
static enum verdict judge_invisible(struct text_state *state, enum text_class kind)
{
    bool selects = kind >= TEXT_SELECTOR;

    if (!(acts_on[kind] & 1U << state->base)) {
        return REFUSE;
    }
    if (selects ? state->selected : state->last == LAST_JOINER) {
        return LEAVE_OUT;
    }
    state->selected = state->selected || selects;
    state->last = selects ? LAST_OTHER : LAST_JOINER;
    return SHOW;
}

static enum verdict judge_isolate(struct text_state *state, bool ends)
{
    if (ends ? state->isolates == 0
             : state->isolates == TEXT_ISOLATES || state->directions >= TEXT_ISOLATES) {
        return REFUSE;
    }
    state->isolates = (uint8_t)(ends ? state->isolates - 1 : state->isolates + 1);
    state->directions = (uint8_t)(state->directions + !ends);
    state->base = TEXT_OTHER;
    state->last = LAST_OTHER;
    return SHOW;
}

static enum verdict judge(struct text_state *state, enum text_class kind)
{
    switch (kind) {
    case TEXT_BLANK:
        return judge_blank(state);
    case TEXT_MARK:
        return judge_mark(state, MOST_MARKS);
    case TEXT_MARK_OF_MANY:
        return judge_mark(state, MOST_OF_MANY);
    case TEXT_GRAPHEME_JOINER:
        return state->last == LAST_MARK ? judge_mark(state, MOST_OF_MANY) : REFUSE;
    case TEXT_JOINER:
    case TEXT_SPACE_JOINER:
    case TEXT_SOFT_HYPHEN:
    case TEXT_VOWEL_SEPARATOR:
    case TEXT_SELECTOR:
    case TEXT_IDEOGRAPH_SELECTOR:
    case TEXT_FREE_SELECTOR:
        return judge_invisible(state, kind);
    case TEXT_DIRECTION:
        if (state->directions >= MOST_DIRECTIONS) {
            return LEAVE_OUT;
        }
        state->directions++;
        state->last = LAST_OTHER;
        return SHOW;
    case TEXT_ISOLATE:
        return judge_isolate(state, false);
    case TEXT_POP_ISOLATE:
        return judge_isolate(state, true);
    case TEXT_BANNED:
    case TEXT_TAG:
        return REFUSE;
    default:
        begin_character(state, kind);
        return SHOW;
    }
}

/* Takes in plain ASCII at the front of `text`. @return its length. */
static size_t take_plain(struct text_state *state, const char *text, size_t bytes)
{
    size_t n = text_plain(text, bytes);
    uint8_t blanks = 0;

    while (n < bytes && is_plain(text[n])) {
        n++;
    }
    while (text[n - 1 - blanks] == ' ') {
        blanks++;
    }
    begin_character(state, blanks > 0 ? TEXT_OTHER : class_of_plain(text[n - 1]));
    state->blanks = blanks;
    return n;
}

/* Judges one character, or a run of plain ones. */
static enum verdict take(struct text_state *state, const char *text, size_t bytes, size_t *length)
{
    uint32_t point = 0;

    if (is_plain(*text)) {
        *length = take_plain(state, text, bytes);
        return SHOW;
    }
    int decoded = text_decode(text, bytes, &point);
    *length = (size_t)(decoded < 0 ? -decoded : decoded);
    if (decoded < 0) {
        return REFUSE;
    }
    enum text_class kind = point == '\t' ? TEXT_BLANK : class_of(point);
    size_t tags = kind == TEXT_TAG && state->last == LAST_FLAG ? flag_tags(text, bytes) : 0;
    if (tags > 0) {
        *length = tags;
        state->last = LAST_OTHER;
        return SHOW;
    }
    enum verdict verdict = judge(state, kind);
    if (point == BLACK_FLAG) {
        state->last = LAST_FLAG;
    }
    return verdict;
}

size_t text_clean_next(struct text_state *state, char *text, size_t bytes)
{
    size_t in = 0, out = 0, length;

    for (; in < bytes; in += length) {
        enum verdict verdict = take(state, text + in, bytes - in, &length);
        if (verdict == REFUSE) {
            begin_character(state, TEXT_OTHER);
            text[out++] = '?';
        } else if (verdict == SHOW) {
            if (text[in] == '\t') {
                text[in] = ' ';
            }
            if (out != in) {
                memmove(text + out, text + in, length);
            }
            out += length;
        }
    }
    return out;
}

/* --- Isolates ---------------------------------------------------------------- */

/* U+2066 to U+2068 begin one, U+2069 ends it. In UTF-8 they differ in the last byte. */
enum { ISOLATE_BYTES = 3, FIRST_ISOLATE = 0xA6, POP_ISOLATE = 0xA9 };
static const char pop_isolate[] = "\xE2\x81\xA9";

/* The last byte of an isolate or its end at the front of `text`; 0 when there is none. */
static uint8_t isolate_at(const char *text, size_t bytes)
{
    uint8_t last = bytes >= ISOLATE_BYTES ? (uint8_t)text[2] : 0;

    return last >= FIRST_ISOLATE && last <= POP_ISOLATE && memcmp(text, pop_isolate, 2) == 0 ? last
                                                                                             : 0;
}

static size_t put_pops(char *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        memcpy(out + (size_t)i * ISOLATE_BYTES, pop_isolate, ISOLATE_BYTES);
    }
    return (size_t)count * ISOLATE_BYTES;
}

/* The offset of the innermost isolate that is open at the end of `text`; there must be one. */
static size_t innermost(const char *text, size_t bytes)
{
    unsigned ended = 0;

    for (size_t at = bytes; at > 0; at--) {
        uint8_t isolate = isolate_at(text + at - 1, bytes - at + 1);
        if (isolate == POP_ISOLATE) {
            ended++;
        } else if (isolate != 0 && ended-- == 0) {
            return at - 1;
        }
    }
    return 0;
}

size_t text_clean_last(struct text_state *state, char *text, size_t bytes, size_t room)
{
    bytes = text_clean_next(state, text, bytes);
    while (bytes + (size_t)state->isolates * ISOLATE_BYTES > room) {
        size_t at = innermost(text, bytes);
        text[at] = '?';
        memmove(text + at + 1, text + at + ISOLATE_BYTES, bytes - at - ISOLATE_BYTES);
        bytes -= ISOLATE_BYTES - 1;
        state->isolates--;
    }
    bytes += put_pops(text + bytes, state->isolates);
    *state = (struct text_state){.isolates = 0};
    return bytes;
}

size_t text_clean(char *text, size_t bytes, size_t room)
{
    struct text_state state = {.blanks = 1};

    if (text_plain(text, bytes) == bytes) {
        return bytes; /* as most lines are */
    }
    return text_clean_last(&state, text, bytes, room);
}

/* Whether the code point at `text` belongs to the character before it. */
static bool is_attached(const char *text, size_t bytes)
{
    uint32_t point = 0;

    if ((uint8_t)*text < 0x80) {
        return false;
    }
    text_decode(text, bytes, &point);
    enum text_class kind = class_of(point);
    return kind == TEXT_MARK || kind == TEXT_MARK_OF_MANY || kind == TEXT_TAG ||
           (kind >= TEXT_JOINER && kind <= TEXT_GRAPHEME_JOINER);
}

static size_t code_point_bytes(const char *text, size_t bytes)
{
    size_t length = 1;

    while (length < bytes && ((uint8_t)text[length] & 0xC0) == 0x80) {
        length++;
    }
    return length;
}

/*
 * Takes a code point of a piece: its length, how much of it is shown, and the
 * isolates open after it. An unmatched end of an isolate is not shown.
 */
static size_t take_code_point(const char *text, size_t bytes, unsigned *open, size_t *shown)
{
    size_t length = code_point_bytes(text, bytes);
    uint8_t isolate = isolate_at(text, bytes);

    *shown = length;
    if (isolate == POP_ISOLATE) {
        *shown = *open == 0 ? 0 : length;
        *open -= *open == 0 ? 0 : 1;
    } else if (isolate != 0) {
        (*open)++;
    }
    return length;
}

size_t text_part(const char *text, size_t bytes, size_t room, size_t *copied)
{
    size_t at = 0, shown = 0, fits = 0, whole = 0, length, more;
    unsigned open = 0;

    *copied = 0;
    for (; at < bytes; at += length) {
        if (!is_attached(text + at, bytes - at)) {
            whole = at; /* a character has ended here */
            *copied = fits;
        }
        length = take_code_point(text + at, bytes - at, &open, &more);
        shown += more;
        if (shown + (size_t)open * ISOLATE_BYTES > room) {
            return whole;
        }
        fits = shown + (size_t)open * ISOLATE_BYTES;
    }
    *copied = fits;
    return bytes;
}

size_t text_copy(char *out, size_t room, const char *text, size_t bytes)
{
    size_t n = 0, length, more;
    unsigned open = 0;

    bytes = text_part(text, bytes, room, &more);
    for (size_t at = 0; at < bytes; at += length) {
        length = take_code_point(text + at, bytes - at, &open, &more);
        memmove(out + n, text + at, more);
        n += more;
    }
    return n + put_pops(out + n, open);
}

/* --- The rest ------------------------------------------------------------------ */

bool text_is_blank(const char *text, size_t bytes)
{
    int length;

    if (bytes > 0 && is_plain(*text)) {
        return false;
    }
    for (size_t at = 0; at < bytes; at += (size_t)length) {
        uint32_t point = 0;
        length = text_decode(text + at, bytes - at, &point);
        enum text_class kind = class_of(point);
        if (length < 0 || (kind != TEXT_BLANK && kind != TEXT_DIRECTION && kind != TEXT_ISOLATE &&
                           kind != TEXT_POP_ISOLATE)) {
            return false;
        }
    }
    return true;
}

size_t text_cut(const char *text, size_t bytes, size_t limit)
{
    if (bytes <= limit) {
        return bytes;
    }
    while (limit > 0 && ((uint8_t)text[limit] & 0xC0) == 0x80) {
        limit--;
    }
    return limit;
}

bool text_is(const char *text, size_t bytes, const char *word)
{
    for (size_t i = 0; i < bytes; i++) {
        if (word[i] == '\0' || text_lower(text[i]) != word[i]) {
            return false;
        }
    }
    return word[bytes] == '\0';
}

size_t text_number(char *out, uint32_t number)
{
    char digits[10];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (size_t i = 0; i < n; i++) {
        out[i] = digits[n - 1 - i];
    }
    return n;
}

size_t text_number64(char *out, uint64_t number)
{
    char digits[20];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    memcpy(out, digits + n, sizeof digits - n);
    return sizeof digits - n;
}

bool text_parse_number(const char *text, size_t bytes, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;

    if (bytes == 0) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        uint32_t digit = (uint32_t)(text[i] - '0');
        if (text[i] < '0' || text[i] > '9' || value > most / 10 ||
            (value == most / 10 && digit > most % 10)) {
            return false;
        }
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

size_t text_address(char *out, uint32_t address)
{
    size_t n = 0;

    for (int shift = 24; shift >= 0; shift -= 8) {
        n += text_number(out + n, address >> shift & 0xFF);
        if (shift > 0) {
            out[n++] = '.';
        }
    }
    return n;
}

bool text_parse_address(const char *text, size_t bytes, uint32_t *address)
{
    uint32_t value = 0;

    for (int part = 0; part < 4; part++) {
        const char *dot = part < 3 ? memchr(text, '.', bytes) : text + bytes;
        uint32_t number;
        if (dot == NULL || !text_parse_number(text, (size_t)(dot - text), 255, &number)) {
            return false;
        }
        value = value << 8 | number;
        if (part < 3) {
            bytes -= (size_t)(dot - text) + 1;
            text = dot + 1;
        }
    }
    *address = value;
    return true;
}
