#include "nick.h"

#include "nick_look.h"
#include "text.h"
#include "words.h"

#include <string.h>

/* --- Letters ---------------------------------------------------------------- */

/* A character of a nick, and what it looks like. */
struct letter {
    uint32_t point;
    size_t bytes;
    uint8_t look; /* 0: not allowed in nicks */
    uint8_t script;
};

static struct letter read_letter(const char *text, size_t bytes)
{
    struct letter letter = {.point = 0};
    int length = bytes == 0 ? 0 : text_decode(text, bytes, &letter.point);

    for (unsigned i = 0; length > 0 && letter.bytes == 0 && i < nick_block_count; i++) {
        const struct nick_block *block = &nick_blocks[i];
        if (letter.point - block->first < block->count) {
            letter.look = block->look[letter.point - block->first];
            letter.script = block->script;
            letter.bytes = (size_t)length;
        }
    }
    return letter;
}

/* Not a digit, '_' or '-', which are allowed with every script. */
static bool is_letter(const struct letter *letter)
{
    return letter->look != 0 && letter->point >= 'A' && letter->point != '_';
}

bool nick_valid(const char *text, size_t bytes)
{
    struct letter first = read_letter(text, bytes);
    unsigned characters = 0;

    if (!is_letter(&first) || bytes > LWCHAT_NICK_BYTES) {
        return false;
    }
    for (size_t at = 0; at < bytes; characters++) {
        struct letter letter = read_letter(text + at, bytes - at);
        if (letter.look == 0 || (is_letter(&letter) && letter.script != first.script)) {
            return false;
        }
        at += letter.bytes;
    }
    return characters <= NICK_CHARACTERS;
}

/* --- Nicks that look alike ---------------------------------------------------- */

/* The part of a nick still to be compared; `rest`: a letter's second part, if the first matched. */
struct reading {
    const char *at;
    const char *end;
    uint8_t rest;
};

/* The next letter's look; 0 at the end, and at a character that nicks do not have. */
static uint8_t next_look(struct reading *reading)
{
    struct letter letter = read_letter(reading->at, (size_t)(reading->end - reading->at));

    reading->at += letter.bytes;
    return letter.look;
}

/* How a look is spelled: in one way or two, each of one part or two. 0: no such part. */
static const uint8_t *spelling(const uint8_t *look, unsigned way, uint8_t *second)
{
    if (*look < nick_spelled_first) {
        *second = 0;
        return way == 0 ? look : second;
    }
    const uint8_t *parts = nick_spelled[*look - nick_spelled_first][way];
    *second = parts[1];
    return parts;
}

/* Matches `part` if a letter can be spelled with it first; its second part becomes the rest. */
static bool spell(struct reading *reading, uint8_t look, uint8_t part)
{
    for (unsigned way = 0; way < 2; way++) {
        if (*spelling(&look, way, &reading->rest) == part) {
            return true;
        }
    }
    return false;
}

/* The same for two letters, with a part that both can be spelled with first. */
static bool spell_both(struct reading *a, uint8_t a_look, struct reading *b, uint8_t b_look)
{
    for (unsigned way = 0; way < 2; way++) {
        uint8_t part = *spelling(&a_look, way, &a->rest);
        if (part != 0 && spell(b, b_look, part)) {
            return true;
        }
    }
    return false;
}

bool nick_alike(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    struct reading one = {a, a + a_bytes, 0}, other = {b, b + b_bytes, 0};

    for (;;) {
        /* A nick with a rest to be matched is not read further. */
        uint8_t part = one.rest != 0 ? one.rest : other.rest;
        if (one.rest != 0 && other.rest != 0) {
            if (one.rest != other.rest) {
                return false;
            }
            one.rest = other.rest = 0;
        } else if (part != 0) {
            struct reading *behind = one.rest != 0 ? &other : &one;
            one.rest = other.rest = 0;
            if (!spell(behind, next_look(behind), part)) {
                return false;
            }
        } else {
            uint8_t one_look = next_look(&one), other_look = next_look(&other);
            if (one_look == 0 || other_look == 0) {
                return one_look == other_look && one.at == one.end && other.at == other.end;
            }
            if (one_look != other_look && !spell_both(&one, one_look, &other, other_look)) {
                return false;
            }
        }
    }
}

/* --- Reserved nicks ------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alike(const char *text, size_t bytes, const char *word)
{
    return nick_alike(text, bytes, word, strlen(word));
}

static bool is_in(const char *text, size_t bytes, const char *const *list, size_t count)
{
    size_t i = 0;

    while (i < count && !is_alike(text, bytes, list[i])) {
        i++;
    }
    return i < count;
}

#define IS_IN(text, bytes, list) is_in(text, bytes, list, sizeof(list) / sizeof((list)[0]))

/* Copies a nick without '_' and '-'. @return its length. */
static size_t join_parts(char *out, const char *text, size_t bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '_' && text[i] != '-') {
            out[n++] = text[i];
        }
    }
    return n;
}

static size_t without_digits(const char *text, size_t bytes)
{
    while (bytes > 0 && is_digit(text[bytes - 1])) {
        bytes--;
    }
    return bytes;
}

/* @return length of the front of a nick that looks like `word`; 0 when there is none. */
static size_t front_alike(const char *text, size_t bytes, const char *word)
{
    size_t end = 0, step = 0;

    do {
        step = read_letter(text + end, bytes - end).bytes;
        end += step;
    } while (step > 0 && !is_alike(text, end, word));
    return step > 0 ? end : 0;
}

static bool is_guest(const char *text, size_t bytes)
{
    size_t at = front_alike(text, bytes, "guest");

    if (at == 0) {
        return false;
    }
    while (at < bytes) {
        struct letter letter = read_letter(text + at, bytes - at);
        if (!is_digit(text[at]) && !is_alike(text + at, letter.bytes, "0") &&
            !is_alike(text + at, letter.bytes, "1") && !is_alike(text + at, letter.bytes, "5")) {
            return false;
        }
        at += letter.bytes;
    }
    return true;
}

static bool is_authority(const char *text, size_t bytes)
{
    static const char *const articles[] = {"the", "le", "la"};
    static const char *const words[] = {
        "server",    "serveur", "admin",     "administrator", "administrateur",
        "root",      "system",  "systeme",   "oper",          "operator",
        "operateur", "sysop",   "moderator", "moderateur",    "console"};

    if (IS_IN(text, bytes, words)) {
        return true;
    }
    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        size_t length = front_alike(text, bytes, articles[i]);
        if (length > 0 && IS_IN(text + length, bytes - length, words)) {
            return true;
        }
    }
    return false;
}

/* Whether a part of the nick, between '_' or '-', is an authority. */
static bool has_authority(const char *text, size_t bytes)
{
    for (size_t at = 0, end; at < bytes; at = end + 1) {
        for (end = at; end < bytes && text[end] != '_' && text[end] != '-';) {
            end++;
        }
        if (is_authority(text + at, end - at) ||
            is_authority(text + at, without_digits(text + at, end - at))) {
            return true;
        }
    }
    return false;
}

static bool begins_sentence(const char *text, size_t bytes)
{
    /* These make a sentence with the words of a notice: "messages left: 37", "It is now bob". */
    static const char *const others[] = {
        "fin",      "all",   "everybody", "everyone", "they",    "we",      "it",    "nous", "tous",
        "messages", "lines", "people",    "places",   "seconds", "minutes", "hours", "time"};

    for (unsigned i = 0; i < WORDS_CHAT; i++) {
        for (unsigned language = 0; language < WORDS_LANGUAGES; language++) {
            const char *word = words_chat[i].text[language];
            size_t length = 0;
            if (memcmp(word, "*** ", 4) == 0 || memcmp(word, "!!! ", 4) == 0) {
                word += 4;
            }
            for (struct letter letter = read_letter(word, 4); is_letter(&letter);) {
                length += letter.bytes;
                letter = read_letter(word + length, 4);
            }
            bool whole = word[length] == ' ' || word[length] == ':' || word[length] == '\0';
            if (length > 0 && whole && nick_alike(text, bytes, word, length)) {
                return true;
            }
        }
    }
    return IS_IN(text, bytes, others);
}

/* `text` has no '_' and no '-'. */
static bool is_the_servers(const char *text, size_t bytes, const char *name)
{
    char own[LWCHAT_NICK_BYTES] = "";
    size_t own_bytes = without_digits(own, join_parts(own, name, strlen(name)));

    return nick_alike(text, bytes, own, own_bytes) || is_alike(text, bytes, name) ||
           is_authority(text, bytes) || begins_sentence(text, bytes);
}

bool nick_reserved(const char *text, size_t bytes, const char *name)
{
    char joined[LWCHAT_NICK_BYTES] = "";
    size_t joined_bytes = join_parts(joined, text, bytes);

    /* A trailing digit is decoration, or looks like a letter: try both. */
    return is_guest(joined, joined_bytes) || has_authority(text, bytes) ||
           is_the_servers(joined, joined_bytes, name) ||
           is_the_servers(joined, without_digits(joined, joined_bytes), name);
}
