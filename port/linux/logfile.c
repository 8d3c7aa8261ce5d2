/* The client's log: port_log_open() and port_log_write(). */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lwchat_error.h"
#include "reason.h"

static int file = -1;

int port_log_open(const char *path)
{
    file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (file < 0) {
        return reason_set(LWCHAT_FAILED,
                          SAY("cannot write the log \"%.100s\": %s",
                              "impossible d'écrire le journal \"%.100s\" : %s"),
                          path, strerror(errno));
    }
    return LWCHAT_OK;
}

bool port_log_write(const char *text, size_t bytes)
{
    while (file >= 0 && bytes > 0) {
        ssize_t n = write(file, text, bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            close(file);
            file = -1;
            return false;
        }
        text += n;
        bytes -= (size_t)n;
    }
    return true;
}
