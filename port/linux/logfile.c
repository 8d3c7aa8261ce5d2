/* The log of what is said: port_log_open() and its like. */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "lwchat_error.h"
#include "notify.h"
#include "reason.h"
#include "signals.h"

static int file = -1;
static const char *name;

/* Opens the file, unless writing to it could block. @return it, or -1: the reason is set. */
static int open_file(void)
{
    int opened =
        open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    struct stat status;
    bool regular = opened >= 0 && fstat(opened, &status) == 0 && S_ISREG(status.st_mode);

    if (opened < 0) {
        (void)reason_set(0,
                         SAY("cannot write the log \"%.100s\": %s",
                             "impossible d'écrire le journal \"%.100s\" : %s"),
                         name, strerror(errno));
    } else if (!regular) {
        (void)reason_set(
            0,
            SAY("cannot write the log \"%.100s\": it is not a regular file",
                "impossible d'écrire le journal \"%.100s\" : pas un fichier ordinaire"),
            name);
        close(opened);
    }
    return regular ? opened : -1;
}

int port_log_open(const char *path, bool reopens)
{
    name = path;
    file = open_file();
    if (file < 0) {
        return LWCHAT_FAILED;
    }
    if (reopens) {
        signals_keep_hangups();
    }
    return LWCHAT_OK;
}

int port_log_reopen(void)
{
    int opened;

    if (!signals_hung_up()) {
        return LWCHAT_AGAIN;
    }
    notify_reloading();
    opened = open_file();
    if (opened >= 0) {
        close(file);
        file = opened;
    }
    notify_reloaded();
    return opened >= 0 ? LWCHAT_OK : LWCHAT_FAILED;
}

size_t port_log_write(const char *text, size_t bytes)
{
    return files_write(file, text, bytes);
}
