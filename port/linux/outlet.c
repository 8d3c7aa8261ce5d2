#include "outlet.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lwchat_error.h"
#include "port.h"

enum how {
    CLOSED,
    PLAIN,       /* a file: takes everything until its disk is full */
    NONBLOCKING, /* a descriptor of our own on the same pipe or terminal */
    SOCKET,
    CAREFUL /* a pipe or terminal that cannot be opened anew */
};

/* How often a write to a full disk is tried again. */
enum { RETRY_MS = 250 };

/* Bytes that a pipe (one page) and a terminal accept without blocking once poll() reports room. */
enum { PIPE_BYTES = 4096, TERMINAL_BYTES = 256 };

static struct {
    enum how how;
    int fd;
    size_t most;
    bool full;         /* the file's disk is full */
    uint32_t full_ms;  /* since when */
    uint32_t tried_ms; /* when a write was last tried */
} outlet = {.fd = -1};

void outlet_open(int fd)
{
    char path[32];
    struct stat status;

    if (outlet.fd >= 0) {
        return;
    }
    outlet.how = CLOSED;
    if (fstat(fd, &status) < 0) {
        return;
    }
    outlet.fd = fd;
    outlet.most = S_ISFIFO(status.st_mode) ? PIPE_BYTES : TERMINAL_BYTES;
    if (S_ISSOCK(status.st_mode)) {
        outlet.how = SOCKET;
    } else if (S_ISFIFO(status.st_mode) || isatty(fd)) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        outlet.how = own < 0 ? CAREFUL : NONBLOCKING;
        outlet.fd = own < 0 ? fd : own;
    } else {
        outlet.how = PLAIN;
    }
}

static ssize_t write_once(const char *text, size_t bytes)
{
    switch (outlet.how) {
    case SOCKET:
        return send(outlet.fd, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    case CAREFUL:
        if (!outlet_wait(0)) {
            errno = EAGAIN;
            return -1;
        }
        return write(outlet.fd, text, bytes < outlet.most ? bytes : outlet.most);
    case PLAIN:
    case NONBLOCKING:
        return write(outlet.fd, text, bytes);
    case CLOSED:
        break;
    }
    errno = EBADF;
    return -1;
}

/* Whether to try again later: a disk may be full or fail only for a while. */
static bool is_for_now(int error)
{
    if (outlet.how != PLAIN || error == EBADF) {
        return error == EAGAIN;
    }
    outlet.tried_ms = port_now_ms();
    if (!outlet.full) {
        outlet.full = true;
        outlet.full_ms = outlet.tried_ms;
    }
    return true;
}

int outlet_write(const char *text, size_t bytes)
{
    size_t written = 0;

    if (outlet.full && port_now_ms() - outlet.tried_ms < RETRY_MS) {
        return 0;
    }
    while (written < bytes) {
        ssize_t n = write_once(text + written, bytes - written);
        if (n >= 0) {
            written += (size_t)n;
            outlet.full = false;
        } else if (errno != EINTR) {
            if (!is_for_now(errno)) {
                return LWCHAT_GONE;
            }
            break;
        }
    }
    return (int)written;
}

int outlet_fd(void)
{
    return outlet.how == PLAIN ? -1 : outlet.fd;
}

uint32_t outlet_full_ms(void)
{
    return outlet.full ? port_now_ms() - outlet.full_ms + 1 : 0;
}

uint32_t outlet_due(void)
{
    return outlet.full ? RETRY_MS : UINT32_MAX;
}

bool outlet_wait(int timeout_ms)
{
    struct pollfd ready = {.fd = outlet.fd, .events = POLLOUT};

    return !outlet.full && poll(&ready, 1, timeout_ms) > 0;
}
