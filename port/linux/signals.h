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

/** From now on SIGHUP requests no shutdown, and is not ignored either: see signals_hung_up(). */
void signals_keep_hangups(void);

/** True once for each SIGHUP, or for several since the last call. */
bool signals_hung_up(void);

/** Restores the handlers from before signals_start(). */
void signals_stop(void);

/** True once a shutdown was requested. */
bool signals_stopping(void);

#endif
