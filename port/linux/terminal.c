#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "lwchat_error.h"
#include "outlet.h"
#include "rows.h"

enum {
    SCREEN_BYTES = 65536,
    /* Reserved for readline's drawing while the terminal is stopped. */
    EDIT_BYTES = 16384,
    /* For lines typed ahead; further keys stay in the terminal's queue. */
    AHEAD_BYTES = 65536,
    KEYS_AT_ONCE = 4096,
    LEAST_COLUMNS = 8,
    HISTORY_LINES = 500
};

static const char prompt[] = "> ";

static struct {
    char text[SCREEN_BYTES];
    size_t bytes;
    struct rows rows; /* where the output ends */
    bool torn;        /* readline's drawing did not fit: redraw once there is room */
    bool gone;
} screen;

static struct {
    char *text;
    size_t bytes;
    size_t room;
} ahead;

static bool edits;   /* lines are edited on the terminal on standard input */
static bool editing; /* readline's handler is installed */
static bool here;    /* in the foreground at the last check: the line is on the screen */
static bool ended;
static bool gone;     /* the terminal has gone */
static int key = EOF; /* a key already read, for readline */
static struct termios cooked, raw;
static volatile sig_atomic_t is_raw, resized, resumed;

/* --- The terminal's modes -------------------------------------------------- */

bool terminal_is_shared(void)
{
    return tcgetpgrp(STDIN_FILENO) >= 0;
}

bool terminal_is_ours(void)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

/*
 * readline would change the modes before and after every line, and wait each time
 * until the terminal has written all output, which a stopped one never does. So
 * they are changed here, once.
 */
static void keep_modes(int meta)
{
    (void)meta;
}

static void keep_modes_too(void)
{
}

/* Safe in a signal handler. */
static void set_raw(bool on)
{
    /* In the background the terminal belongs to another program. */
    if (is_raw != on && terminal_is_ours()) {
        tcsetattr(STDIN_FILENO, TCSANOW, on ? &raw : &cooked);
        is_raw = on;
    }
}

static void restore(void)
{
    set_raw(false);
}

/* --- The screen ----------------------------------------------------------- */

/* The write function of readline's stream. What does not fit is redrawn later. */
static ssize_t draw(void *cookie, const char *text, size_t bytes)
{
    size_t room = SCREEN_BYTES - screen.bytes;

    (void)cookie;
    if (screen.torn || bytes > room) {
        screen.torn = true;
    } else {
        memcpy(screen.text + screen.bytes, text, bytes);
        screen.bytes += bytes;
    }
    return (ssize_t)bytes;
}

static void flush_screen(void)
{
    if (screen.bytes > 0 && !screen.gone) {
        int n = outlet_write(screen.text, screen.bytes);
        if (n < 0) {
            screen.gone = true;
        } else {
            screen.bytes -= (size_t)n;
            memmove(screen.text, screen.text + n, screen.bytes);
        }
    }
    if (screen.gone) {
        screen.bytes = 0;
    }
}

static void end_drawing(void)
{
    if (rl_outstream != NULL) {
        fflush(rl_outstream);
    }
    flush_screen();
    if (screen.torn && screen.bytes == 0) {
        screen.torn = false;
        if (editing && here) {
            rl_crlf();
            rl_forced_update_display();
            fflush(rl_outstream);
            flush_screen();
        }
    }
}

/* readline divides by the columns that the prompt leaves of a row. */
static void keep_width(void)
{
    int rows, columns;

    rl_get_screen_size(&rows, &columns);
    if (columns < LEAST_COLUMNS) {
        rl_set_screen_size(rows, LEAST_COLUMNS);
    }
}

static void take_line(char *line);

/* Takes over the terminal, whose modes another program may have changed meanwhile. */
static void take_terminal(void)
{
    if (!is_raw) {
        tcgetattr(STDIN_FILENO, &cooked);
        raw = cooked;
        raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR);
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VLNEXT] = _POSIX_VDISABLE;
        raw.c_cc[VDISCARD] = _POSIX_VDISABLE;
    }
    set_raw(true);
    if (editing) {
        rl_forced_update_display();
    } else {
        editing = true;
        rl_callback_handler_install(prompt, take_line);
    }
}

/* Checks whether this program has the terminal: after "fg" it gets no signal that says so. */
static void look_around(void)
{
    if (!edits) {
        return;
    }
    bool ours = terminal_is_ours();
    gone = gone || !terminal_is_shared();
    if (resumed) {
        resumed = 0;
        here = false;
    }
    if (ours && !here && !ended) {
        take_terminal();
    }
    here = ours;
    if (resized && here) {
        resized = 0;
        rl_resize_terminal();
        keep_width();
    }
}

/* How many bytes of the text there is room for, in whole lines. */
static size_t lines_that_fit(const char *text, size_t bytes, unsigned columns)
{
    size_t room = SCREEN_BYTES - EDIT_BYTES, fits = 0, laid = screen.bytes;
    struct rows rows = screen.rows;

    while (fits < bytes) {
        const char *end = memchr(text + fits, '\n', bytes - fits);
        size_t line = end == NULL ? bytes - fits : (size_t)(end - text) + 1 - fits;
        laid += rows_lay(&rows, columns, text + fits, line, NULL);
        if (laid >= room) {
            break;
        }
        fits += line;
    }
    return fits;
}

int terminal_write(const char *text, size_t bytes)
{
    flush_screen();
    if (screen.gone) {
        return LWCHAT_GONE;
    }
    unsigned columns = rows_columns();
    size_t fits = lines_that_fit(text, bytes, columns);
    if (fits == 0) {
        return 0;
    }
    look_around();
    bool drawn = editing && here;
    if (drawn) {
        rl_clear_visible_line();
        fflush(rl_outstream);
    }
    screen.bytes += rows_lay(&screen.rows, columns, text, fits, screen.text + screen.bytes);
    if (drawn) {
        if (rows_break(&screen.rows)) {
            screen.text[screen.bytes++] = '\n';
        }
        rl_on_new_line();
        rl_redisplay();
        end_drawing();
    } else {
        flush_screen();
    }
    return (int)fits;
}

bool terminal_holds(void)
{
    if (screen.bytes > 0 || !edits || ended) {
        return screen.bytes > 0;
    }
    return !terminal_is_shared() || ((resized || resumed || !here) && terminal_is_ours());
}

bool terminal_is_away(void)
{
    return edits && !ended && !terminal_is_ours();
}

/* --- Lines ---------------------------------------------------------------- */

static void remember(const char *line)
{
    HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;

    if (line[0] != '\0' && (last == NULL || strcmp(last->line, line) != 0)) {
        add_history(line);
    }
}

static void take_line(char *line)
{
    if (line == NULL) {
        if (editing) {
            rl_clear_visible_line();
            rl_callback_handler_remove();
        }
        editing = false;
        ended = true;
        restore();
        return;
    }
    size_t bytes = strlen(line) + 1;
    if (ahead.bytes + bytes > ahead.room) {
        size_t room = 2 * (ahead.bytes + bytes);
        char *text = realloc(ahead.text, room);
        if (text == NULL) {
            free(line);
            return;
        }
        ahead.text = text;
        ahead.room = room;
    }
    memcpy(ahead.text + ahead.bytes, line, bytes - 1);
    ahead.bytes += bytes;
    ahead.text[ahead.bytes - 1] = '\n';
    remember(line);
    free(line);
}

int terminal_read(char *buffer, size_t bytes)
{
    if (ahead.bytes == 0) {
        return ended ? LWCHAT_GONE : LWCHAT_AGAIN;
    }
    if (bytes > ahead.bytes) {
        bytes = ahead.bytes;
    }
    memcpy(buffer, ahead.text, bytes);
    ahead.bytes -= bytes;
    memmove(ahead.text, ahead.text + bytes, ahead.bytes);
    return (int)bytes;
}

bool terminal_listens(void)
{
    return editing && ahead.bytes < AHEAD_BYTES && terminal_is_ours();
}

static bool key_waits(void)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};

    return poll(&keys, 1, 0) > 0;
}

/* Reads a key without waiting. @return EOF when there is none. */
static int read_terminal(void)
{
    unsigned char byte;
    ssize_t n;

    if (!key_waits()) {
        return EOF;
    }
    do {
        n = read(STDIN_FILENO, &byte, 1);
    } while (n < 0 && errno == EINTR);
    gone = gone || n == 0;
    return n == 1 ? byte : EOF;
}

/* readline may request a second key, for a multi-byte character, and must not wait for it. */
static int read_key(FILE *stream)
{
    int first = key;

    (void)stream;
    key = EOF;
    return first != EOF ? first : read_terminal();
}

void terminal_ready(void)
{
    look_around();
    for (int keys = 0; keys < KEYS_AT_ONCE && terminal_listens(); keys++) {
        /* Read the key first, since readline takes EOF for the end of input. */
        key = read_terminal();
        if (key == EOF) {
            break;
        }
        rl_callback_read_char();
    }
    if (gone && !ended) {
        take_line(NULL);
    }
    end_drawing();
}

/* --- From start to stop ---------------------------------------------------- */

static void die(int number)
{
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

static void suspend(int number)
{
    (void)number;
    int error = errno;
    set_raw(false);
    kill(getpid(), SIGSTOP);
    resumed = 1;
    errno = error;
}

static void resize(int number)
{
    (void)number;
    resized = 1;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction old;

    /* Keep handlers that the program, a sanitizer or nohup has installed. */
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_DFL) {
        sigemptyset(&action.sa_mask);
        sigaction(number, &action, NULL);
    }
}

static void handle_signals(void)
{
    static const int deadly[] = {SIGABRT, SIGALRM,   SIGBUS,  SIGFPE, SIGILL,  SIGIO,
                                 SIGPROF, SIGQUIT,   SIGSEGV, SIGSYS, SIGTRAP, SIGUSR1,
                                 SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ};

    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        handle(deadly[i], die);
    }
    handle(SIGTSTP, suspend);
    handle(SIGWINCH, resize);
    atexit(restore);
}

/* readline's searches wait for a key, or end the program: ^R, ^X and another key in 8.2. */
static void forbid_searches(void)
{
    static const char *const names[] = {"reverse-search-history", "forward-search-history",
                                        "non-incremental-reverse-search-history",
                                        "non-incremental-forward-search-history"};
    const Keymap maps[] = {emacs_standard_keymap, emacs_meta_keymap, emacs_ctlx_keymap,
                           vi_insertion_keymap, vi_movement_keymap};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (size_t j = 0; j < sizeof maps / sizeof maps[0]; j++) {
            rl_unbind_command_in_map(names[i], maps[j]);
        }
    }
}

void terminal_start(void)
{
    const cookie_io_functions_t functions = {.write = draw};

    edits = true;
    rl_readline_name = "lwchat";
    rl_instream = stdin;
    rl_outstream = fopencookie(NULL, "w", functions);
    rl_getc_function = read_key;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_inhibit_completion = 1;
    rl_prep_term_function = keep_modes;
    rl_deprep_term_function = keep_modes_too;
    rl_initialize();
    rl_tty_set_echoing(1);
    /* A pasted line is like any other, and an Esc must not block the loop. */
    rl_variable_bind("enable-bracketed-paste", "off");
    rl_variable_bind("keyseq-timeout", "20");
    /* The bell would be written to standard error, and block on a stopped terminal. */
    rl_variable_bind("bell-style", "none");
    forbid_searches();
    keep_width();
    stifle_history(HISTORY_LINES);

    handle_signals();
    look_around();
    end_drawing();
}

static int left_ms(const struct timespec *start, int timeout_ms)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return timeout_ms -
           (int)((now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000);
}

void terminal_stop(int timeout_ms)
{
    struct timespec start;
    int left;

    if (editing) {
        /* Leave a half-typed line readable; remove an empty one. */
        if (here && rl_end > 0) {
            rl_point = rl_end;
            rl_redisplay();
            rl_crlf();
        } else if (here) {
            rl_clear_visible_line();
        }
        rl_callback_handler_remove();
        editing = false;
    }
    end_drawing();
    clock_gettime(CLOCK_MONOTONIC, &start);
    while (screen.bytes > 0 && (left = left_ms(&start, timeout_ms)) > 0 && outlet_wait(left)) {
        flush_screen();
    }
    restore();
    if (rl_outstream != NULL) {
        fclose(rl_outstream);
        rl_outstream = NULL;
    }
    clear_history();
    free(ahead.text);
    memset(&ahead, 0, sizeof ahead);
}
