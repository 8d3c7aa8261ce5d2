/* How a connection ends: said goodbye, lost, given up or stopped; and what comes after it. */
#include "client_parts.h"

#include "../lwchat_error.h"
#include "sock.h"

enum {
    /* After fin, we close our side at the latest after this: see CLIENT_FINISH_QUIET_MS. */
    FINISH_MS = 30000,
    CLOSE_MS = 1000,
    /* A server that acknowledges nothing is given up after this, if it lets the client resume. */
    DEAD_MS = 30000
};

void client_abort(struct client *client)
{
    if (client->sock >= 0) {
        (void)sock_abort(client->sock);
        client->sock = -1;
    }
}

void client_unsend(struct client *client)
{
    client_up_unsend(&client->up);
    client_kept_cut(&client->kept);
}

void client_closed(struct client *client, uint32_t now_ms)
{
    client_down_end(&client->down);
    client_enter(client, CLIENT_CLOSED, now_ms);
}

void client_lost(struct client *client, uint32_t now_ms)
{
    client_abort(client);
    client_unsend(client);
    /* A server that closes may answer data still sent to it with a reset. */
    client->lost = !client->up.fin && !client->down.fin && !client->stopping;
    client_closed(client, now_ms);
}

void client_leave(struct client *client, uint32_t now_ms)
{
    uint32_t waited_ms = now_ms - client->since_ms;
    bool quiet =
        waited_ms >= CLIENT_FINISH_QUIET_MS && now_ms - client->heard_ms >= CLIENT_FINISH_QUIET_MS;

    if (!client->finished && (client->stopping || quiet || waited_ms >= FINISH_MS)) {
        int error = sock_finish(client->sock);
        if (error == LWCHAT_OK) {
            client->finished = true;
        } else if (error != LWCHAT_AGAIN) {
            client_lost(client, now_ms);
        }
    } else if (client->finished && waited_ms >= LWCHAT_STALL_MS &&
               now_ms - client->heard_ms >= LWCHAT_STALL_MS) {
        /*
         * After our FIN lwIP sends no keepalive probes: a server that has vanished would go
         * undetected.
         */
        client_lost(client, now_ms);
    }
}

static bool was_away(const struct client *client)
{
#if LWCHAT_SCREEN
    return client->away;
#else
    (void)client;
    return false;
#endif
}

/* Tells what may not have been delivered, as nothing more will be sent. */
static void tell_undelivered(struct client *client)
{
    client_tell_undelivered(client, client->lost || was_away(client));
}

#if LWCHAT_SCREEN
/* Whether to connect again: the connection broke, or our server has ended it and not this person.
 */
static bool returns(const struct client *client)
{
    const struct client_screen *screen = &client->screen;
    enum client_return when = client->config->comes_back;
    bool wanted = when == CLIENT_RETURNS || (when == CLIENT_RETURNS_ON_SCREEN && screen->on);

    return wanted && client->config->host != NULL && !client->stopping && !screen->over &&
           !client->up.fin && !client->up.ended &&
           (client->lost || client->away || client_screen_speaks(client));
}
#endif

void client_end(struct client *client, uint32_t now_ms)
{
    if (client->sock >= 0) {
        /* Data in flight may still be acknowledged. */
        client_watch(client, now_ms);
        bool late = now_ms - client->since_ms >= CLOSE_MS;
        int error = client->finished         ? LWCHAT_OK
                    : client->waits && !late ? LWCHAT_AGAIN
                                             : sock_finish(client->sock);
        if (error != LWCHAT_AGAIN) {
            sock_close(client->sock);
            client->sock = -1;
        } else if (late) {
            client_abort(client);
        }
    }
    if (!client_show(client) || client->sock >= 0) {
        return;
    }
    if (client->lost && !was_away(client)) {
        client_complain(client, C_LOST, "", 0);
        client->result = 1;
    }
#if LWCHAT_SCREEN
    if (returns(client)) {
        if (client->screen.known) {
            client_screen_lose(client);
        } else {
            client_tell_undelivered(client, false);
        }
        client->result = 0;
        client_go_away(client, now_ms);
        return;
    }
#endif
    tell_undelivered(client);
    client_up_start(&client->up);
    if (client->config->host == NULL && !client->stopping) {
        client_say(client, C_IDLE, "", 0);
        client_enter(client, CLIENT_IDLE, now_ms);
    } else {
        client_enter(client, CLIENT_DONE, now_ms);
    }
}

void client_stop(struct client *client, uint32_t now_ms)
{
    bool connected = client_is_connected(client);

    client->stopping = true;
    client->stopping_ms = now_ms;
#if LWCHAT_SCREEN
    /* What was to be sent on the next connection is dropped below. A screen keeps it. */
    if (client->away && !(connected && client->screen.known) && client->state != CLIENT_CLOSED) {
        tell_undelivered(client);
    }
#endif
    if (connected) {
        client_up_stop(&client->up);
    } else if (client->state != CLIENT_CLOSED) {
        client_abort(client);
        client_enter(client, CLIENT_DONE, now_ms);
    }
}

void client_stop_late(struct client *client, uint32_t now_ms)
{
    if (client->stopping && client->state != CLIENT_DONE &&
        now_ms - client->stopping_ms >= LWCHAT_SHUTDOWN_MS) {
        client_abort(client);
        tell_undelivered(client);
        client_enter(client, CLIENT_DONE, now_ms);
    }
}

bool client_is_dead(const struct client *client, uint32_t now_ms)
{
#if LWCHAT_SCREEN
    return client->stalled && client->screen.stage == SCREEN_OBJECTS && returns(client) &&
           now_ms - client->answered_ms >= DEAD_MS;
#else
    (void)client;
    (void)now_ms;
    return false;
#endif
}
