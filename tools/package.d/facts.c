/*
 * Prints what the manual pages and the completions are made from: the options and the commands,
 * from the tables that the programs use, to the file that is named. A line a fact, its fields
 * separated by tabs:
 *
 *     program NAME VERSION USAGE ABOUT
 *     option  PROGRAM NAME VALUE HELP CHOICES LEAST MOST
 *     command people|operator SENTENCE
 *
 * Fields that do not apply are empty. CHOICES is how an error message lists the valid values.
 */
#include "../../src/app/options.c"

#include <stdio.h>
#include <stdlib.h>

#include "../../src/core/command.h"

/* The names of the texts, by which choices are told from examples. */
static const char *const names[WORDS_OPTIONS] = {
#define WORD(name, english, french) [O_##name] = #name,
#include "../../src/app/options.def"
#undef WORD
};

static const char *choices(const struct option *option)
{
    const char *begin = "CHOICES_";

    return strncmp(names[option->takes], begin, strlen(begin)) == 0
               ? words_options[option->takes].text[WORDS_ENGLISH]
               : "";
}

static void print_option(FILE *out, const struct options *options, const struct option *option)
{
    char help[512];
    struct line line = {.text = help, .bytes = 0, .room = sizeof help};

    put_help(&line, options, option);
    /* Past the column of the names, or a blank behind a name that is longer. */
    size_t names_bytes = 2 + strlen(option->name);
    names_bytes += option->value == NULL ? 0 : 1 + strlen(option->value);
    size_t begin = names_bytes < HELP_COLUMN ? HELP_COLUMN : names_bytes + 1;
    fprintf(out, "option\t%s\t%s\t%s\t%.*s\t%s\t", program_name(options), option->name,
            option->value == NULL ? "" : option->value, (int)(line.bytes - begin), help + begin,
            choices(option));
    if (option->kind == NUMBER16 || option->kind == NUMBER32) {
        fprintf(out, "%lu\t%lu\n", (unsigned long)option->least, (unsigned long)option->most);
    } else {
        fprintf(out, "\t\n");
    }
}

static void print_program(FILE *out, enum options_program program)
{
    struct options options = {.program = program, .lang = WORDS_ENGLISH};

    fprintf(out, "program\t%s\t" LWCHAT_VERSION, program_name(&options));
    for (unsigned number = 0; number < 2; number++) {
        char help[512];
        struct line line = {.text = help, .bytes = 0, .room = sizeof help};
        (void)put_help_line(&line, &options, number);
        fprintf(out, "\t%.*s", (int)line.bytes, help);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if ((table[i].programs & (int)program) != 0) {
            print_option(out, &options, &table[i]);
        }
    }
}

static void print_commands(FILE *out, bool to_operator)
{
    enum word_chat sentence;
    uint16_t step = 0;

    while ((sentence = command_help(step, to_operator, &step)) < WORDS_CHAT) {
        if (sentence != W_HELP_COMMANDS) { /* only of a firmware */
            fprintf(out, "command\t%s\t%s\n", to_operator ? "operator" : "people",
                    words_chat[sentence].text[WORDS_ENGLISH]);
        }
    }
}

int main(int argc, char *argv[])
{
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;

    if (out == NULL) {
        fprintf(stderr, "usage: lwchat_facts FILE\n");
        return EXIT_FAILURE;
    }
    print_program(out, OPTIONS_SERVER);
    print_program(out, OPTIONS_CLIENT);
    print_commands(out, false);
    print_commands(out, true);
    int failed = ferror(out);
    return fclose(out) != 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
