#include "typed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

static char path[4096]; /* "": none */
static int lines_in_file;

/* Makes the folders of the path. */
static void make_folders(char *name)
{
    for (char *slash = strchr(name + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(name, 0700);
        *slash = '/';
    }
}

static void find_path(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int bytes = -1;

    if (state != NULL && state[0] == '/') {
        bytes = snprintf(path, sizeof path, "%s/lwchat/history", state);
    } else if (home != NULL && home[0] == '/') {
        bytes = snprintf(path, sizeof path, "%s/.local/state/lwchat/history", home);
    }
    if (bytes < 0 || (size_t)bytes >= sizeof path) {
        path[0] = '\0';
    }
}

void typed_start(void)
{
    find_path();
    stifle_history(TYPED_LINES);
    if (path[0] != '\0') {
        unstifle_history();
        (void)read_history(path);
        lines_in_file = history_length;
        stifle_history(TYPED_LINES);
    }
}

bool typed_may_keep(const char *line)
{
    static const char *const secret[] = {"pass",     "password", "login", "identify",
                                         "register", "auth",     "oper",  "wifi",
                                         "ap",       "nickserv", "ns",    "msg"};
    const char *word = line + (line[0] == '/');
    size_t bytes = strcspn(word, " ");

    if (line[0] == ' ' || line[0] == '\0') {
        return false;
    }
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        /* Without the slash they are words, of which the first of these is no message's. */
        if ((line[0] == '/' || i == 0) && strlen(secret[i]) == bytes &&
            strncasecmp(word, secret[i], bytes) == 0) {
            return false;
        }
    }
    return strcasestr(line, "password") == NULL;
}

static void keep(const char *line)
{
    make_folders(path);
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);

    struct stat found;

    if (file < 0) {
        return;
    }
    /* It may be a link to a device, whose mode is not ours to change. */
    if (fstat(file, &found) == 0 && S_ISREG(found.st_mode)) {
        (void)fchmod(file, 0600);
        if (dprintf(file, "%s\n", line) > 0) {
            lines_in_file++;
        }
    }
    close(file);
}

void typed_add(const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    if (line[0] == '\0' || (last != NULL && strcmp(last->line, line) == 0)) {
        return;
    }
    add_history(line);
    if (path[0] != '\0' && typed_may_keep(line)) {
        keep(line);
    }
}

void typed_stop(void)
{
    if (path[0] != '\0' && lines_in_file >= 2 * TYPED_LINES) {
        (void)history_truncate_file(path, TYPED_LINES);
    }
    clear_history();
}
