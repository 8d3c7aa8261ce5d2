/**
 * @file
 * SIGINT, SIGTERM and SIGHUP ask the program to end, SIGHUP unless it was
 * ignored, as nohup has it; SIGPIPE, SIGXFSZ, SIGTTIN and SIGTTOU do nothing.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

/**
 * Begins to catch them.
 * @param wake  an eventfd that a signal makes readable
 */
void signals_start(int wake);

/** Leaves signals as they were before signals_start(). */
void signals_stop(void);

/** True once the program was asked to end. */
bool signals_stopping(void);

#endif
