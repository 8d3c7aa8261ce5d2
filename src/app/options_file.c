/* Files that the command line names, which are read before the program runs. */
#include "options_parts.h"

#if LWCHAT_FILES

#include <string.h>

#include "../core/text.h"
#include "../port.h"

static const char blanks[] = " \t\r";

/* @return the file's length, or 0 after a complaint. */
static size_t read_file(struct options *options, const char *path, char *text)
{
    int bytes = port_file_read(path, text, LWCHAT_FILE_BYTES);

    if (bytes < 0) {
        options_complain(options, O_NO_FILE, path, NULL);
    }
    return bytes < 0 ? 0 : (size_t)bytes;
}

/* Cuts the blanks around a text off. */
static char *trim(char *text)
{
    text += strspn(text, blanks);
    for (size_t bytes = strlen(text); bytes > 0 && strchr(blanks, text[bytes - 1]) != NULL;) {
        text[--bytes] = '\0';
    }
    return text;
}

/* The option with a name that lacks its dashes. */
static const struct option *find_plain(const struct options *options, const char *name,
                                       size_t bytes)
{
    for (const struct option *option = options_table; option->name != NULL; option++) {
        const char *plain = option->name + OPTIONS_DASHES;
        if ((option->programs & (int)options->program) != 0 && strlen(plain) == bytes &&
            memcmp(plain, name, bytes) == 0) {
            return option;
        }
    }
    return NULL;
}

/* Stores the option in a line "NAME VALUE" or "NAME". `seen`: those that the file has so far. */
static void take_line(struct options *options, char *name, bool seen[OPTIONS_MOST])
{
    size_t bytes = strcspn(name, blanks);
    char *value = trim(name + bytes);
    const struct option *option = find_plain(options, name, bytes);

    name[bytes] = '\0';
    if (option == NULL) {
        options_complain(options, O_NO_NAME, name, NULL);
    } else if (option->member == OPTION_MEMBER(config) || option->member == OPTION_MEMBER(help) ||
               option->member == OPTION_MEMBER(version)) {
        options_complain(options, O_NOT_IN_FILE, name, NULL);
    } else if (seen[option - options_table]) {
        options_complain(options, O_TWICE, name, NULL);
    } else if (option->value == NULL && *value != '\0') {
        options_complain(options, O_NO_VALUE_WANTED, value, option);
    } else if (option->value != NULL && *value == '\0') {
        options_complain(options, O_NO_VALUE, name, option);
    } else {
        seen[option - options_table] = true;
        options_take(options, option, value);
    }
}

/* The texts of the options stay in `text`. */
static void take_lines(struct options *options, char *text, size_t bytes)
{
    bool seen[OPTIONS_MOST] = {false};
    char *end;

    text[bytes] = '\0';
    for (char *line = text; bytes > 0 && options->complaint == NULL; line = end + 1) {
        end = memchr(line, '\n', bytes);
        end = end == NULL ? line + bytes : end;
        bytes -= (size_t)(end - line);
        bytes -= bytes > 0;
        options->line++;
        *end = '\0';
        bool whole = strlen(line) == (size_t)(end - line);
        char *name = trim(line);
        if (!whole) {
            options_complain(options, O_NO_TEXT, "", NULL);
        } else if (*name != '\0' && *name != '#') {
            take_line(options, name, seen);
        }
    }
    options->line = options->complaint == NULL ? 0 : options->line;
}

void options_take_file(struct options *options)
{
    static char text[LWCHAT_FILE_BYTES + 1];

    take_lines(options, text, read_file(options, options->config, text));
}

void options_take_commands(struct options *options)
{
    static char text[LWCHAT_FILE_BYTES];

    options->commands = text;
    options->commands_bytes = read_file(options, options->commands_file, text);
}

#if LWCHAT_PASSWORD

_Static_assert(LWCHAT_PASSWORD_BYTES == 96, "O_SUCH_PASSWORD says so");
enum { PASSWORD_FILE_BYTES = 1024 };

/* Whether every dialect can carry it, and no word for leaving is mistaken for it. */
static bool is_password(const char *text)
{
    static const char quit[] = "/quit";
    char clean[LWCHAT_PASSWORD_BYTES];
    size_t bytes = strlen(text);
    size_t word_bytes = strcspn(text, " ");

    if (bytes == 0 || bytes > sizeof clean || text[0] == ' ' || text[bytes - 1] == ' ' ||
        text_has_mark(text, bytes)) {
        return false;
    }
    memcpy(clean, text, bytes);
    return text_clean(clean, bytes, sizeof clean) == bytes && memcmp(clean, text, bytes) == 0 &&
           !text_is(text, bytes, "fin") &&
           !(word_bytes == sizeof quit - 1 && memcmp(text, quit, word_bytes) == 0);
}

/* Replaces @FILE by the file's first line. */
static void read_password(struct options *options)
{
    static char text[PASSWORD_FILE_BYTES + 1];
    const char *path = options->password + 1;
    int bytes = port_file_read(path, text, PASSWORD_FILE_BYTES);

    options->password = text;
    if (bytes < 0) {
        options_complain(options, O_NO_FILE, path, NULL);
        return;
    }
    text[bytes] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    if (text_has_mark(text, (size_t)bytes)) { /* as Windows's editors write it */
        options->password += TEXT_MARK_BYTES;
    }
    if (!is_password(options->password)) {
        options_complain(options, O_BAD_PASSWORD_FILE, path,
                         options_find(options->program, "--password", strlen("--password")));
    }
}

void options_take_password(struct options *options)
{
    if (options->password[0] == '@') {
        read_password(options);
    } else if (!is_password(options->password)) {
        options_complain(options, O_BAD_PASSWORD, "", /* it is not quoted */
                         options_find(options->program, "--password", strlen("--password")));
    }
}

#endif

#endif
