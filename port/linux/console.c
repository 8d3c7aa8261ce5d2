#include "console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "reason.h"
#include "tty.h"

enum {
    STOP_MS = 400,
    /* How often a program in the background checks whether it has the terminal. */
    LOOK_MS = 200,
    /* The least time between two complaints that the output has no room. */
    TELL_MS = 60000
};

static bool started;
static bool on_terminal; /* lines are edited */
static bool in_rows;     /* the output is a terminal, whatever the input is */
static bool input_ended;
static bool starved = true; /* the program has read all available input */
static bool jammed;         /* the last write was incomplete */
static uint32_t patience_ms;
static int input = STDIN_FILENO;
static bool input_is_socket;
static bool input_is_terminal;
static bool input_is_nonblocking;

static void open_input(void)
{
    struct stat status;

    input_is_terminal = isatty(STDIN_FILENO);
    if (fstat(STDIN_FILENO, &status) < 0 || (input_is_terminal && !tty_is_shared())) {
        input_ended = true;
        return;
    }
    input_is_socket = S_ISSOCK(status.st_mode);
    if (S_ISFIFO(status.st_mode) || input_is_terminal) {
        /* A file description of our own: O_NONBLOCK on the shared one would affect the shell. */
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

void console_start(uint32_t patience, bool for_client)
{
    started = true;
    patience_ms = patience;
    outlet_open(STDOUT_FILENO);
    in_rows = isatty(STDOUT_FILENO);
    on_terminal = isatty(STDIN_FILENO) && in_rows && tty_is_shared();
    if (in_rows) {
        rows_start();
    }
    if (on_terminal) {
        terminal_start(for_client);
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

bool port_screen(uint32_t *colours)
{
    *colours = tty_colours();
    return on_terminal && tty_is_smart();
}

/* This program may have been sent to the background meanwhile. */
static bool may_read(void)
{
    return !input_is_terminal || tty_is_ours();
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

uint32_t console_due(void)
{
    uint32_t due_ms = outlet_due();
    bool away =
        on_terminal ? terminal_is_away() : input_is_terminal && !input_ended && !tty_is_ours();

    return away && due_ms > LOOK_MS ? LOOK_MS : due_ms;
}

void console_ready(void)
{
    starved = false;
    jammed = false;
    if (in_rows) {
        terminal_ready();
    }
}

/* A pipe that nobody reads, or a stopped terminal, must not stop the program. */
static bool may_complain(void)
{
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&ready, 1, started ? 0 : STOP_MS) > 0;
}

void port_complain(const char *line)
{
    if (on_terminal && isatty(STDERR_FILENO)) {
        (void)terminal_write(line, strlen(line));
        (void)terminal_write("\n", 1);
    } else if (may_complain()) {
        (void)fprintf(stderr, "%s\n", line);
    }
}

/* Reading gives EIO in the background, and from a terminal that has gone; that is not shared. */
static bool reads_in_vain(void)
{
    return errno == EAGAIN || (errno == EIO && input_is_terminal && tty_is_shared());
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

static void tell_of_no_room(void)
{
    static uint32_t told_ms;
    static bool told;

    if (!told || port_now_ms() - told_ms >= TELL_MS) {
        told = true;
        told_ms = port_now_ms();
        port_complain(SAY("standard output is full: output waits",
                          "la sortie standard est pleine : l'affichage attend"));
    }
}

int port_console_write(const char *text, size_t bytes)
{
    if (in_rows) {
        return terminal_write(text, bytes);
    }
    outlet_open(STDOUT_FILENO);
    int n = outlet_write(text, bytes);
    if (!started) {
        return n == 0 && !outlet_wait(-1) ? LWCHAT_GONE : n;
    }
    jammed = n >= 0 && (size_t)n < bytes;
    if (jammed && outlet_full_ms() > 0) {
        tell_of_no_room();
        return outlet_full_ms() > patience_ms ? LWCHAT_GONE : n;
    }
    return n;
}
