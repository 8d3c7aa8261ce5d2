#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lwchat_error.h"
#include "outlet.h"
#include "rows.h"
#include "port.h"
#include "terminal.h"

enum { STOP_MS = 400 };

static bool started;
static bool on_terminal; /* lines are edited */
static bool in_rows;     /* the output is a terminal, be the input or not */
static bool input_ended;
static bool starved = true; /* the program has read all there was */
static bool jammed;         /* the output took less than it was given */
static int input = STDIN_FILENO;
static bool input_is_socket;
static bool input_is_terminal;
static bool input_is_nonblocking;

static void open_input(void)
{
    struct stat status;

    input_is_terminal = isatty(STDIN_FILENO);
    if (fstat(STDIN_FILENO, &status) < 0 || (input_is_terminal && !terminal_is_ours())) {
        input_ended = true;
        return;
    }
    if (input_is_terminal) {
        /* Sent to the background between may_read() and read(), it gets an error, and goes on. */
        signal(SIGTTIN, SIG_IGN);
    }
    input_is_socket = S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) || input_is_terminal) {
        /* A description of our own: O_NONBLOCK on a shared one would reach the shell. */
        int own = open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        input_is_nonblocking = own >= 0;
        input = own >= 0 ? own : STDIN_FILENO;
    }
}

void console_reserve(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) {
        close(fd);
    }
}

void console_start(void)
{
    started = true;
    outlet_open(STDOUT_FILENO);
    in_rows = isatty(STDOUT_FILENO);
    on_terminal = isatty(STDIN_FILENO) && in_rows && terminal_is_ours();
    if (in_rows) {
        rows_start();
    }
    if (on_terminal) {
        terminal_start();
    } else {
        open_input();
    }
}

void console_stop(void)
{
    if (in_rows) {
        terminal_stop(STOP_MS);
        on_terminal = in_rows = false;
    }
    input_ended = true;
    started = false;
}

/* Its program may have been sent to the background meanwhile. */
static bool may_read(void)
{
    return !input_is_terminal || terminal_is_ours();
}

int console_input_fd(void)
{
    if (on_terminal) {
        return terminal_listens() ? STDIN_FILENO : -1;
    }
    return starved && !input_ended && may_read() ? input : -1;
}

int console_output_fd(void)
{
    bool held = in_rows ? terminal_holds() : jammed;

    return held ? outlet_fd() : -1;
}

void console_ready(void)
{
    starved = false;
    jammed = false;
    if (in_rows) {
        terminal_ready();
    }
}

void port_complain(const char *line)
{
    if (on_terminal && isatty(STDERR_FILENO)) {
        (void)terminal_write(line, strlen(line));
        (void)terminal_write("\n", 1);
    } else {
        (void)fprintf(stderr, "%s\n", line);
    }
}

/* A terminal that has gone has no such group any more. */
static bool reads_in_vain(void)
{
    return errno == EAGAIN || (errno == EIO && input_is_terminal && tcgetpgrp(input) >= 0);
}

static ssize_t read_input(char *buffer, size_t bytes)
{
    struct pollfd ready = {.fd = input, .events = POLLIN};

    if (input_is_socket) {
        return recv(input, buffer, bytes, MSG_DONTWAIT);
    }
    if (!may_read() || (!input_is_nonblocking && poll(&ready, 1, 0) == 0)) {
        errno = EAGAIN;
        return -1;
    }
    return read(input, buffer, bytes);
}

int port_console_read(char *buffer, size_t bytes)
{
    ssize_t n;

    if (on_terminal) {
        return terminal_read(buffer, bytes);
    }
    if (input_ended || bytes == 0) {
        return input_ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    do {
        n = read_input(buffer, bytes);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && reads_in_vain()) {
        starved = true;
        return LWCHAT_AGAIN;
    }
    if (n <= 0) {
        input_ended = true;
        return LWCHAT_GONE;
    }
    return (int)n;
}

int port_console_write(const char *text, size_t bytes)
{
    if (in_rows) {
        return terminal_write(text, bytes);
    }
    outlet_open(STDOUT_FILENO);
    int n = outlet_write(text, bytes);
    if (started) {
        jammed = n >= 0 && (size_t)n < bytes;
    } else if (n == 0) {
        outlet_wait(-1);
    }
    return n;
}
