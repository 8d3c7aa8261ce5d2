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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/app/options_parts.h"
#include "../../src/core/command.h"

/* The help has the usage and the program first, an empty line, and then a line for each option. */
enum { FIRST_OPTION = 3, HELP_BYTES = 512 };

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
               ? options_words[option->takes].text[WORDS_ENGLISH]
               : "";
}

/* Gets a line of the help, with a NUL. */
static void read_help(const struct options *options, unsigned number, char help[HELP_BYTES])
{
    int bytes = options_line(options, number, help, HELP_BYTES - 1);

    help[bytes > 0 ? bytes : 0] = '\0';
}

static void print_option(FILE *out, const char *program, const struct option *option,
                         const char *help)
{
    const char *value = option->value == NULL ? "" : option->value;

    help = strstr(help, option->name) + strlen(option->name);
    help = strstr(help, value) + strlen(value);
    help += strspn(help, " ");
    fprintf(out, "option\t%s\t%s\t%s\t%s\t%s\t", program, option->name, value, help,
            choices(option));
    if (option->kind == OPTION_NUMBER16 || option->kind == OPTION_NUMBER32) {
        fprintf(out, "%lu\t%lu\n", (unsigned long)option->least, (unsigned long)option->most);
    } else {
        fprintf(out, "\t\n");
    }
}

static void print_program(FILE *out, enum options_program program, const char *name)
{
    const struct options options = {.program = program, .lang = WORDS_ENGLISH, .help = true};
    char usage[HELP_BYTES], about[HELP_BYTES], help[HELP_BYTES];
    unsigned number = FIRST_OPTION;

    read_help(&options, 0, usage);
    read_help(&options, 1, about);
    fprintf(out, "program\t%s\t" LWCHAT_VERSION "\t%s\t%s\n", name, usage, about);
    for (const struct option *option = options_table; option->name != NULL; option++) {
        if ((option->programs & (int)program) != 0) {
            read_help(&options, number++, help);
            print_option(out, name, option, help);
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
    print_program(out, OPTIONS_SERVER, "lwchatd");
    print_program(out, OPTIONS_CLIENT, "lwchat");
    print_commands(out, false);
    print_commands(out, true);
    int failed = ferror(out);
    return fclose(out) != 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
