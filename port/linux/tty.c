#include "tty.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "outlet.h"

static bool marks; /* the terminal is asked to mark what it pastes */
static struct termios cooked, raw;
static volatile sig_atomic_t is_raw, resized, resumed;

/* --- What kind of terminal --------------------------------------------------- */

bool tty_is_shared(void)
{
    return tcgetpgrp(STDIN_FILENO) >= 0;
}

bool tty_is_ours(void)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static bool is_smart(const char *term)
{
    return term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
}

bool tty_is_smart(void)
{
    return is_smart(getenv("TERM"));
}

uint32_t tty_colours(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM"),
               *true_colour = getenv("COLORTERM");

    if ((none != NULL && none[0] != '\0') || !is_smart(term)) {
        return 0;
    }
    if (true_colour != NULL &&
        (strcmp(true_colour, "truecolor") == 0 || strcmp(true_colour, "24bit") == 0)) {
        return 1U << 24;
    }
    return strstr(term, "256color") != NULL ? 256 : 8;
}

/* --- Its modes ---------------------------------------------------------------- */

/* Safe in a signal handler. */
static void mark_pastes(bool on)
{
    const char *sequence = on ? "\033[?2004h" : "\033[?2004l";

    if (marks && outlet_fd() >= 0) {
        (void)!write(outlet_fd(), sequence, 8);
    }
}

/* Safe in a signal handler. */
static void set_raw(bool on)
{
    /* In the background the terminal belongs to another program. */
    if (is_raw != on && tty_is_ours()) {
        tcsetattr(STDIN_FILENO, TCSANOW, on ? &raw : &cooked);
        mark_pastes(on);
        is_raw = on;
    }
}

void tty_take(void)
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
    if (is_raw && tty_is_ours()) {
        /* Stopped by a SIGSTOP, the program could not restore them: the shell may have. */
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        mark_pastes(true);
    }
    set_raw(true);
}

void tty_restore(void)
{
    set_raw(false);
}

/* --- Signals -------------------------------------------------------------------- */

static void die(int number)
{
    tty_restore();
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

static void resume(int number)
{
    (void)number;
    resumed = 1;
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

void tty_start(bool marks_pastes)
{
    static const int deadly[] = {SIGABRT, SIGALRM,   SIGBUS,  SIGFPE, SIGILL,  SIGIO,
                                 SIGPROF, SIGQUIT,   SIGSEGV, SIGSYS, SIGTRAP, SIGUSR1,
                                 SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ};

    marks = marks_pastes;
    for (size_t i = 0; i < sizeof deadly / sizeof deadly[0]; i++) {
        handle(deadly[i], die);
    }
    handle(SIGTSTP, suspend);
    handle(SIGCONT, resume);
    handle(SIGWINCH, resize);
    atexit(tty_restore);
}

bool tty_has_resized(void)
{
    bool so = resized != 0;

    resized = 0;
    return so;
}

bool tty_has_resumed(void)
{
    bool so = resumed != 0;

    resumed = 0;
    return so;
}

bool tty_has_changed(void)
{
    return resized || resumed;
}
