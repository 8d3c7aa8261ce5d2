/**
 * @file
 * SIGINT, SIGTERM and SIGHUP request a shutdown, SIGHUP only if it was not ignored
 * at the start, as by nohup. SIGPIPE, SIGXFSZ, SIGTTIN and SIGTTOU are ignored.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

/**
 * Installs the handlers.
 * @param wake  an eventfd that a shutdown signal makes readable
 */
void signals_start(int wake);

/** Restores the handlers from before signals_start(). */
void signals_stop(void);

/** True once a shutdown was requested. */
bool signals_stopping(void);

#endif
