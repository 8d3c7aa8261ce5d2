#include "program.h"

#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"

enum { LINE_BYTES = 256 };

/*
 * Before port_start() the console accepts all output, or is closed. @return false if it is
 * closed.
 */
static bool show(const struct options *options)
{
    char line[LINE_BYTES];
    int bytes;

    for (unsigned number = 0; (bytes = options_line(options, number, line, sizeof line - 1)) >= 0;
         number++) {
        line[bytes++] = '\n';
        for (int done = 0, n; done < bytes; done += n) {
            n = port_console_write(line + done, (size_t)(bytes - done));
            if (n < 0) {
                return false;
            }
        }
    }
    return true;
}

static void complain(const struct options *options)
{
    char line[LINE_BYTES];
    int bytes = options_line(options, 0, line, sizeof line - 1);

    line[bytes < 0 ? 0 : bytes] = '\0';
    port_complain(line);
}

static void complain_of_port(enum options_program program)
{
    static const char server[] = "lwchatd: ", client[] = "lwchat: ";
    char line[LINE_BYTES];
    size_t name_bytes = program == OPTIONS_SERVER ? sizeof server - 1 : sizeof client - 1;
    const char *reason = port_reason();
    size_t bytes = strlen(reason);

    memcpy(line, program == OPTIONS_SERVER ? server : client, name_bytes);
    bytes = text_copy(line + name_bytes, sizeof line - 1 - name_bytes, reason, bytes);
    line[name_bytes + bytes] = '\0';
    port_complain(line);
}

int program_main(enum options_program program, int argc, char *argv[], int (*run)(void *options))
{
    static struct options options;

    switch (options_read(&options, program, argc, argv)) {
    case OPTIONS_SHOW:
        if (!show(&options)) {
            options_no_output(&options);
            complain(&options);
            return PROGRAM_CANNOT_RUN;
        }
        return PROGRAM_WELL;
    case OPTIONS_BAD:
        complain(&options);
        return PROGRAM_BAD_USAGE;
    case OPTIONS_RUN:
        break;
    }
    int result = port_start(&options.net, run, &options);
    if (result < 0) {
        complain_of_port(program);
        return result == LWCHAT_BAD_ARGUMENT ? PROGRAM_BAD_USAGE : PROGRAM_CANNOT_RUN;
    }
    return result;
}
