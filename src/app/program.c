#include "program.h"

#include "../lwchat_error.h"
#include "../port.h"

enum { LINE_BYTES = 256 };

/* Before port_start() the console takes everything, or has gone. */
static void show(const struct options *options)
{
    char line[LINE_BYTES];
    int bytes;

    for (unsigned number = 0; (bytes = options_line(options, number, line, sizeof line - 1)) >= 0;
         number++) {
        line[bytes++] = '\n';
        for (int done = 0, n = 0; done < bytes && n >= 0; done += n) {
            n = port_console_write(line + done, (size_t)(bytes - done));
        }
    }
}

static void complain(const struct options *options)
{
    char line[LINE_BYTES];
    int bytes = options_line(options, 0, line, sizeof line - 1);

    line[bytes < 0 ? 0 : bytes] = '\0';
    port_complain(line);
}

int program_main(enum options_program program, int argc, char *argv[], int (*run)(void *options))
{
    static struct options options;

    switch (options_read(&options, program, argc, argv)) {
    case OPTIONS_SHOW:
        show(&options);
        return PROGRAM_WELL;
    case OPTIONS_BAD:
        complain(&options);
        return PROGRAM_BAD_USAGE;
    case OPTIONS_RUN:
        break;
    }
    int result = port_start(&options.net, run, &options);
    if (result < 0) {
        port_complain(port_reason());
        return result == LWCHAT_BAD_ARGUMENT ? PROGRAM_BAD_USAGE : PROGRAM_CANNOT_RUN;
    }
    return result;
}
