#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

enum { CAUGHT = 7, ASK_TO_END = 3 };

/*
 * The first ASK_TO_END request a shutdown. The others are ignored, as the error of
 * the system call suffices: no reader, a file size limit, or a terminal that
 * belongs to another program.
 */
static const int caught[CAUGHT] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGTTIN, SIGTTOU};
static struct sigaction before[CAUGHT];
static volatile sig_atomic_t stopping, hung_up;
static int wake_fd;

/* The loop may be just about to sleep, and would miss a flag alone. */
static void wake_loop(void)
{
    const uint64_t one = 1;
    int kept = errno;
    ssize_t written = write(wake_fd, &one, sizeof(one));

    (void)written;
    errno = kept;
}

static void stop(int number)
{
    (void)number;
    stopping = 1;
    wake_loop();
}

static void note_hangup(int number)
{
    (void)number;
    hung_up = 1;
    wake_loop();
}

void signals_start(int wake)
{
    wake_fd = wake;
    for (int i = 0; i < CAUGHT; i++) {
        struct sigaction action = {.sa_flags = SA_RESTART};

        action.sa_handler = i < ASK_TO_END ? stop : SIG_IGN;
        sigemptyset(&action.sa_mask);
        sigaction(caught[i], &action, &before[i]);
        if (caught[i] == SIGHUP && before[i].sa_handler == SIG_IGN) {
            /* Started with nohup: the program is to outlive its terminal. */
            sigaction(SIGHUP, &before[i], NULL);
        }
    }
}

void signals_keep_hangups(void)
{
    struct sigaction action = {.sa_flags = SA_RESTART};

    action.sa_handler = note_hangup;
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

bool signals_hung_up(void)
{
    bool was = hung_up != 0;

    if (was) {
        hung_up = 0;
    }
    return was;
}

void signals_stop(void)
{
    for (int i = 0; i < CAUGHT; i++) {
        sigaction(caught[i], &before[i], NULL);
    }
}

bool signals_stopping(void)
{
    return stopping != 0;
}
