/**
 * @file
 * How another task wakes the loop while it sleeps in lwip_poll(), which is only where the port
 * cannot (LWCHAT_WAIT_IN_POLL). A listener is never writable: lwIP's thread is asked to report that
 * it is.
 */
#ifndef LWCHAT_SOCK_WAKE_H
#define LWCHAT_SOCK_WAKE_H

#include <stdbool.h>

struct netconn;

/** How long a wake-up may be late that did not fit into the mailbox of lwIP's thread, in ms. */
enum { SOCK_WAKE_LOST_MS = 1000 };

#if LWCHAT_WAIT_IN_POLL

/** Chooses the waker, unless there is one. */
void sock_wake_is(struct netconn *listener);

/** Call it before a connection is closed: if it is the waker, there is none any more. */
void sock_wake_closes(const struct netconn *conn);

/** Whether `conn` is the waker; NULL never is. */
bool sock_wake_by(const struct netconn *conn);

/** Makes the waker unwritable again, after it has ended a wait. */
void sock_wake_forget(void);

#else

static inline void sock_wake_is(struct netconn *listener)
{
    (void)listener;
}

static inline void sock_wake_closes(const struct netconn *conn)
{
    (void)conn;
}

#endif
#endif
