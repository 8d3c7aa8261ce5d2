/* What the programs print about their command lines: help, version, errors. */
#include "options_parts.h"

#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"

enum { HELP_COLUMN = 26 };

/* A line being written; text that does not fit is dropped. */
struct line {
    char *text;
    size_t bytes;
    size_t room;
};

static void put(struct line *line, const char *text, size_t bytes)
{
    if (bytes > line->room - line->bytes) {
        bytes = line->room - line->bytes;
    }
    memcpy(line->text + line->bytes, text, bytes);
    line->bytes += bytes;
}

static void put_text(struct line *line, const char *text)
{
    put(line, text, strlen(text));
}

static void put_sentence(struct line *line, const char *sentence, const char *arguments,
                         size_t bytes)
{
    line->bytes +=
        words_write(line->text + line->bytes, line->room - line->bytes, sentence, arguments, bytes);
}

static const char *program_name(const struct options *options)
{
    return options->program == OPTIONS_SERVER ? "lwchatd" : "lwchat";
}

static void put_help(struct line *line, const struct options *options, const struct option *option)
{
    char number[10];
    const char *fallback = option->kind == OPTION_NICK ? LWCHAT_NAME : number;
    size_t bytes =
        option->kind == OPTION_NICK ? strlen(LWCHAT_NAME) : text_number(number, option->fallback);

    put_text(line, "  ");
    put_text(line, option->name);
    if (option->value != NULL) {
        put_text(line, " ");
        put_text(line, option->value);
    }
    do {
        put_text(line, " ");
    } while (line->bytes < HELP_COLUMN && line->bytes < line->room);
    put_sentence(line, options_words[option->help].text[options->lang], fallback, bytes);
}

/* Writes line `number` of the help. @return false past its end. */
static bool put_help_line(struct line *line, const struct options *options, unsigned number)
{
    bool server = options->program == OPTIONS_SERVER;
    char port[10];

    switch (number) {
    case 0:
        put_text(line, options_words[server ? O_USAGE_SERVER : O_USAGE_CLIENT].text[options->lang]);
        return true;
    case 1:
        put_sentence(line,
                     options_words[server ? O_ABOUT_SERVER : O_ABOUT_CLIENT].text[options->lang],
                     port, text_number(port, LWCHAT_PORT));
        return true;
    case 2:
        return true;
    default:
        number -= 3;
    }
    for (const struct option *option = options_table; option->name != NULL; option++) {
        if ((option->programs & (int)options->program) != 0 && number-- == 0) {
            put_help(line, options, option);
            return true;
        }
    }
    return false;
}

/* The arguments of an error message, separated by NULs. */
struct arguments {
    char text[160];
    size_t bytes;
};

static void add_argument(struct arguments *arguments, const char *text, size_t bytes)
{
    size_t room = sizeof arguments->text - 1 - arguments->bytes;

    arguments->bytes += text_copy(arguments->text + arguments->bytes, room, text, bytes);
    arguments->text[arguments->bytes++] = '\0';
}

/* The line of a file in which the error is; 0: it is on the command line. */
static unsigned line_of(const struct options *options)
{
#if LWCHAT_FILES
    return options->line;
#else
    (void)options;
    return 0;
#endif
}

static void add_place(struct arguments *arguments, const struct options *options)
{
#if LWCHAT_FILES
    if (line_of(options) > 0) {
        char place[80], number[10];
        size_t digits = text_number(number, line_of(options));
        size_t room = sizeof place - 1 - digits;
        size_t bytes = text_cut(options->config, strlen(options->config), room);
        memcpy(place, options->config, bytes);
        bytes = text_clean(place, bytes, room);
        place[bytes++] = ':';
        memcpy(place + bytes, number, digits);
        add_argument(arguments, place, bytes + digits);
        return;
    }
#endif
    add_argument(arguments, program_name(options), strlen(program_name(options)));
}

/* True when a file could not be read: the port knows the cause. */
static bool is_of_file(const struct options *options)
{
    return LWCHAT_FILES && options->complaint == &options_words[O_NO_FILE];
}

static void put_complaint(struct line *line, const struct options *options)
{
    const struct option *option = options->about;
    const struct word *takes = option == NULL ? NULL : &options_words[option->takes];
    struct arguments arguments = {.bytes = 0};
    char culprit[64];
    char number[10];
    size_t bytes = strlen(options->culprit);

    /* Any input is quoted in a single line and leaves room for the rest. */
    if (bytes > sizeof culprit) {
        bytes = text_cut(options->culprit, bytes, sizeof culprit);
    }
    memcpy(culprit, options->culprit, bytes);
    bytes = text_clean(culprit, bytes, sizeof culprit);

    size_t dashes = line_of(options) > 0 ? OPTIONS_DASHES : 0;

    add_place(&arguments, options);
    add_argument(&arguments, culprit, bytes);
    if (is_of_file(options)) {
        add_argument(&arguments, port_reason(), strlen(port_reason()));
    } else if (option == NULL) {
        /* Only the program and the word are quoted. */
    } else if (options->complaint == &options_words[O_NO_VALUE]) {
        add_argument(&arguments, option->value, strlen(option->value));
    } else {
        add_argument(&arguments, option->name + dashes, strlen(option->name) - dashes);
        if (option->kind == OPTION_NUMBER16 || option->kind == OPTION_NUMBER32) {
            add_argument(&arguments, number, text_number(number, option->least));
            add_argument(&arguments, number, text_number(number, option->most));
        } else {
            add_argument(&arguments, takes->text[options->lang],
                         strlen(takes->text[options->lang]));
        }
    }
    put_sentence(line, options->complaint->text[options->lang], arguments.text,
                 arguments.bytes - 1);
}

int options_line(const struct options *options, unsigned number, char *text, size_t bytes)
{
    struct line line = {.text = text, .bytes = 0, .room = bytes};

    if (options->complaint == NULL && options->help) {
        return put_help_line(&line, options, number) ? (int)line.bytes : LWCHAT_NOT_FOUND;
    }
    if (number > 0 || (options->complaint == NULL && !options->version)) {
        return LWCHAT_NOT_FOUND;
    }
    if (options->complaint != NULL) {
        put_complaint(&line, options);
    } else {
        put_text(&line, program_name(options));
        put_text(&line, " " LWCHAT_VERSION);
    }
    return (int)line.bytes;
}
