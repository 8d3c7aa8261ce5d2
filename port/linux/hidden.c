#include "hidden.h"

#include <stdbool.h>
#include <string.h>

enum { END = 0x04, BACKSPACE = 0x08, KILL = 0x15, KILL_WORD = 0x17, ESCAPE = 0x1B, DELETE = 0x7F };
enum {
    OUTSIDE,
    AFTER_ESCAPE,
    AFTER_ESCAPES,
    LAST_OF_SEQUENCE,
    IN_CHARACTER,
    BEGUN_SEQUENCE,
    IN_SEQUENCE
};

static bool continues_character(char byte)
{
    return ((unsigned char)byte & 0xC0U) == 0x80U;
}

/*
 * Escape and a key, Escape O and a letter, Escape [ and what follows up to a letter or ~, or
 * Escape [ [ and a letter. Some terminals put another Escape before these, for Alt.
 */
static void skip(struct hidden *line, char byte)
{
    bool first = line->escape == AFTER_ESCAPE || line->escape == AFTER_ESCAPES;

    if (line->escape == AFTER_ESCAPE && byte == ESCAPE) {
        line->escape = AFTER_ESCAPES;
    } else if (first && byte == '[') {
        line->escape = BEGUN_SEQUENCE;
    } else if ((first && byte == 'O') || (line->escape == BEGUN_SEQUENCE && byte == '[')) {
        line->escape = LAST_OF_SEQUENCE;
    } else if (line->escape < BEGUN_SEQUENCE || (byte >= '@' && byte <= '~')) {
        line->escape = (unsigned char)byte >= 0xC0U ? IN_CHARACTER : OUTSIDE;
    } else {
        line->escape = IN_SEQUENCE;
    }
}

static void erase(struct hidden *line)
{
    bool continues = line->bytes > 0;

    while (continues) {
        continues = continues_character(line->text[--line->bytes]) && line->bytes > 0;
    }
}

enum hidden_key hidden_take(struct hidden *line, char byte)
{
    if (byte == '\r' || byte == '\n') {
        line->escape = OUTSIDE;
        return HIDDEN_LINE;
    }
    if ((line->escape == IN_CHARACTER && !continues_character(byte)) ||
        (line->escape == AFTER_ESCAPES && byte != '[' && byte != 'O')) {
        line->escape = OUTSIDE;
    }
    if (line->escape != OUTSIDE) {
        if (line->escape != IN_CHARACTER) {
            skip(line, byte);
        }
    } else if (byte == END) {
        return line->bytes == 0 ? HIDDEN_END : HIDDEN_MORE;
    } else if (byte == BACKSPACE || byte == DELETE) {
        erase(line);
    } else if (byte == KILL || byte == KILL_WORD) {
        line->bytes = 0;
    } else if (byte == ESCAPE) {
        line->escape = AFTER_ESCAPE;
    } else if ((unsigned char)byte >= ' ' && line->bytes < sizeof line->text) {
        line->text[line->bytes++] = byte;
    }
    return HIDDEN_MORE;
}

void hidden_forget(struct hidden *line)
{
    memset(line, 0, sizeof *line);
}
