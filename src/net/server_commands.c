/* Commands of the console that are run at the start, from a file: lwchatd --commands. */
#include "server_parts.h"

#if LWCHAT_FILES

#include "core/text.h"
#include "port.h"

#include <string.h>

static const char error_mark[] = "!!! ";

/* Reports an error in line `number`: a sentence, or what the chat has answered. */
static void complain(const struct lwchat_config *config, unsigned number, const char *text,
                     size_t bytes)
{
    char line[256];
    const char *file = config->commands_file;
    size_t used = text_cut(file, strlen(file), 100);

    memcpy(line, file, used);
    used = text_clean(line, used, 100);
    line[used++] = ':';
    used += text_number(line + used, number);
    line[used++] = ':';
    line[used++] = ' ';
    used += text_copy(line + used, sizeof line - 1 - used, text, bytes);
    line[used] = '\0';
    port_complain(line);
}

/* Takes the answers to a command. Only an error is of interest when nobody is there to read. */
static void take_answers(struct server *server, const struct lwchat_config *config, unsigned number)
{
    const size_t mark_bytes = sizeof error_mark - 1;
    size_t bytes;

    for (;;) {
        const char *out = chat_output(&server->chat, CHAT_OPERATOR, &bytes);
        if (bytes == 0) {
            return;
        }
        if (bytes > mark_bytes && memcmp(out, error_mark, mark_bytes) == 0) {
            const char *end = memchr(out, '\n', bytes);
            bytes = end == NULL ? bytes : (size_t)(end - out);
            complain(config, number, out + mark_bytes, bytes - mark_bytes);
            (void)chat_output(&server->chat, CHAT_OPERATOR, &bytes);
        }
        chat_taken(&server->chat, CHAT_OPERATOR, bytes);
    }
}

/* Passes all of it in: the console's input waits for nothing but its answers. */
static void type(struct server *server, const struct lwchat_config *config, unsigned number,
                 const char *text, size_t bytes)
{
    while (bytes > 0 && !chat_is_stopping(&server->chat)) {
        size_t used = chat_receive(&server->chat, CHAT_OPERATOR, (const uint8_t *)text, bytes);
        text += used;
        bytes -= used;
        take_answers(server, config, number);
    }
}

static void run_line(struct server *server, const struct lwchat_config *config, unsigned number,
                     const char *line, size_t bytes)
{
    while (bytes > 0 && (line[bytes - 1] == '\r' || line[bytes - 1] == ' ')) {
        bytes--;
    }
    if (bytes == 0 || line[0] == '#') {
        return;
    }
    if (line[0] != '/' || (bytes > 1 && line[1] == '/')) {
        const char *text = words_chat[W_NO_CONSOLE_COMMAND].text[config->french];
        complain(config, number, text, strlen(text));
        return;
    }
    type(server, config, number, line, bytes);
    type(server, config, number, "\n", 1);
}

void server_run_commands(struct server *server, const struct lwchat_config *config)
{
    const char *line = config->commands;
    const char *past = config->commands_file != NULL ? line + config->commands_bytes : line;

    for (unsigned number = 1; line != past; number++) {
        const char *end = memchr(line, '\n', (size_t)(past - line));
        size_t bytes = (size_t)((end == NULL ? past : end) - line);
        run_line(server, config, number, line, bytes);
        line += bytes + (end != NULL);
    }
}

#endif
