/* The loop and other tasks: sock_lock(), and sock_wake(). */
#include "sock_wake.h"
#include "sock.h"

#include <stddef.h>

#include "../lwchat_config.h"
#include "../port.h"
#include "lwip/api.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/sys.h"
#include "lwip/tcpip.h"

static SYS_ARCH_DECL_PROTECT(lock_level);

void sock_lock(void)
{
    SYS_ARCH_DECL_PROTECT(level);

    SYS_ARCH_PROTECT(level);
    lock_level = level;
}

void sock_unlock(void)
{
    SYS_ARCH_UNPROTECT(lock_level);
}

#if LWCHAT_WAIT_IN_POLL

static struct netconn *volatile waker;          /* the listener; changed inside lwIP only */
static struct tcpip_callback_msg *wake_message; /* guarded by sock_lock() */

/* This needs no memory but one message, and does not block, not even in lwIP's thread. */
static void report_writable(void *unused)
{
    struct netconn *conn = waker;

    (void)unused;
    if (conn != NULL && conn->callback != NULL) {
        conn->callback(conn, NETCONN_EVT_SENDPLUS, 0);
    }
}

struct waker_call {
    struct tcpip_api_call_data data; /* the first member: lwIP passes it on */
    struct netconn *conn;
};

static err_t set_waker(struct tcpip_api_call_data *data)
{
    const struct waker_call *call = (const void *)data;

    waker = call->conn;
    return ERR_OK;
}

static void waker_is(struct netconn *conn)
{
    struct waker_call call = {.conn = conn};

    (void)tcpip_api_call(set_waker, &call.data);
}

void sock_wake_is(struct netconn *listener)
{
    if (waker != NULL) {
        return;
    }
    if (wake_message == NULL) {
        struct tcpip_callback_msg *message = tcpip_callbackmsg_new(report_writable, NULL);

        sock_lock();
        wake_message = message;
        sock_unlock();
    }
    waker_is(listener);
}

void sock_wake_closes(const struct netconn *conn)
{
    if (sock_wake_by(conn)) {
        waker_is(NULL);
    }
}

bool sock_wake_by(const struct netconn *conn)
{
    return conn != NULL && conn == waker;
}

void sock_wake_forget(void)
{
    if (waker != NULL && waker->callback != NULL) {
        waker->callback(waker, NETCONN_EVT_SENDMINUS, 0);
    }
}

static void wake_poll(void)
{
    struct tcpip_callback_msg *message;

    sock_lock();
    message = wake_message;
    sock_unlock();
    if (message != NULL) {
        (void)tcpip_callbackmsg_trycallback(message);
    }
}

#endif

void sock_wake(void)
{
#if LWCHAT_WAIT_IN_POLL
    if (port_poll_ms() != 0) {
        wake_poll();
        return;
    }
#endif
    port_wake();
}
