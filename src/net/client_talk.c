/* What goes over the connection: from the server to the console, and from there to the server. */
#include "client_parts.h"

#include <string.h>

#include "../lwchat_error.h"
#include "../port.h"
#include "sock.h"

enum {
    /*
     * Between two unterminated messages: a server like ours takes one as
     * complete after a silence; others need time to read the first before the
     * second is joined to it.
     */
    RAW_GAP_MS = LWCHAT_QUIET_MS + 100,
    RAW_GAP_TYPED_MS = LWCHAT_QUIET_TYPED_MS + 100,
    /* A server that acknowledges nothing for this long is reported. */
    STALLED_MS = 5000,
    READS_AT_ONCE = 64
};

/* --- Down: from the server to the console -------------------------------- */

bool client_show(struct client *client)
{
    const char *text;
    size_t bytes;

#if LWCHAT_SCREEN
    if (client->screen.on) {
        while (client_screen_flush(client) &&
               (bytes = client_down_look(&client->down, &text)) > 0) {
            client_down_skip(&client->down, client_screen_take(client, text, bytes));
        }
        return client_down_look(&client->down, &text) == 0 && client_screen_flush(client);
    }
#endif
    while ((bytes = client_down_look(&client->down, &text)) > 0) {
        int n = client->nobody_reads ? (int)bytes : port_console_write(text, bytes);
        if (n == 0) {
            return false;
        }
        if (n < 0) {
            client->nobody_reads = true;
        } else {
            client_log(client, text, (size_t)n);
            client_down_skip(&client->down, (size_t)n);
        }
    }
    return true;
}

/* Bytes that move from lwIP to the port meanwhile may be counted twice. */
void client_watch(struct client *client, uint32_t now_ms)
{
    bool silent;
    int left = sock_unacknowledged(client->sock, &silent);

    if (left < 0) {
        client->waits = false;
        return;
    }
    uint32_t acknowledged = client->sent - (uint32_t)left;
    bool more = (int32_t)(acknowledged - client->acknowledged) > 0;
    bool answered = left == 0 || !silent || more;
    if (more) {
        client->acknowledged = acknowledged;
    }
    client->waits = left > 0;
    client_kept_acknowledge(&client->kept, (uint32_t)left);
    if (answered) {
        client->answered_ms = now_ms;
    }
    if (answered == client->stalled && (answered || now_ms - client->answered_ms >= STALLED_MS)) {
        client->stalled = !answered;
        client_complain(client, answered ? C_RESUMED : C_STALLED, "", 0);
    }
}

void client_receive(struct client *client, uint32_t now_ms)
{
    for (int reads = 0; reads < READS_AT_ONCE && client_show(client); reads++) {
        char *where;
        size_t room = client_down_room(&client->down, &where);
        int n = sock_peek(client->sock, where, room);
        if (n == LWCHAT_AGAIN) {
            if (client_down_waits(&client->down) && now_ms - client->heard_ms >= LWCHAT_QUIET_MS) {
                client_down_quiet(&client->down);
                client_show(client);
            }
            return;
        }
        if (n == 0) {
            client_closed(client, now_ms);
            return;
        }
        if (n < 0) {
            client_lost(client, now_ms);
            return;
        }
        sock_skip(client->sock, where, (size_t)n);
        client->heard = true;
        client->heard_ms = now_ms;
        client_down_take(&client->down, (size_t)n);
#if CLIENT_PASSWORD
        if (client->state == CLIENT_GREETING) {
            client_password_hear(client);
        }
#endif
    }
    if (!client_show(client)) {
        /* The server was not read meanwhile, so this is not a silence of the server. */
        client->heard_ms = now_ms;
    }
}

/* --- Up: from the console to the server ---------------------------------- */

/* As port_console_read(), but returns first what was read on a screen and not used yet. */
static int read_typed(struct client *client, char *buffer, size_t bytes)
{
#if LWCHAT_SCREEN
    size_t typed = client->screen.typed_bytes;
    if (typed > 0) {
        bytes = bytes < typed ? bytes : typed;
        memcpy(buffer, client->screen.typed, bytes);
        client->screen.typed_bytes -= bytes;
        memmove(client->screen.typed, client->screen.typed + bytes, client->screen.typed_bytes);
        return (int)bytes;
    }
#else
    (void)client;
#endif
    return port_console_read(buffer, bytes);
}

void client_fill(struct client *client)
{
    char *where;
    size_t room;

    while (!client->up.ended && (room = client_up_room(&client->up, &where)) > 0) {
        int n = read_typed(client, where, room);
        if (n == LWCHAT_AGAIN) {
            break;
        }
        if (n < 0) {
            client->up.ended = true;
        } else {
            client_up_take(&client->up, (size_t)n);
        }
    }
    client->input_waits = !client->up.ended && client_up_room(&client->up, &where) == 0;
}

void client_send_answers(struct client *client)
{
    struct client_telnet *telnet = &client->down.telnet;

    if (telnet->answer_bytes > 0 && !client->finished) {
        int n = sock_send(client->sock, telnet->answers, telnet->answer_bytes);
        /* On failure, client_receive() detects the closed connection. */
        if (n > 0) {
            client->sent += (uint32_t)n;
            client_telnet_skip(telnet, (size_t)n);
        }
    }
}

bool client_send(struct client *client, uint32_t now_ms)
{
    const char *text;
    size_t bytes;

    while ((bytes = client_up_look(&client->up, &text)) > 0) {
        int n = sock_send(client->sock, text, bytes);
        if (n == LWCHAT_AGAIN || n == 0) {
            return false;
        }
        if (n < 0) {
            /* Output of the server may still be unread: client_receive() detects the end. */
            client_unsend(client);
            client_enter(client, CLIENT_LEAVING, now_ms);
            return false;
        }
        client->sent += (uint32_t)n;
        client_kept_add(&client->kept, text, (size_t)n, client->down.raw && (size_t)n == bytes);
        client_up_skip(&client->up, (size_t)n);
        client->said_ms = now_ms;
        client->gap_ms = bytes == 1 ? RAW_GAP_TYPED_MS : RAW_GAP_MS;
    }
    return true;
}

bool client_is_for_server(const struct client *client, uint32_t now_ms)
{
    return client->state == CLIENT_TALKING && (!client->down.fin || client->stopping ||
                                               now_ms - client->heard_ms >= CLIENT_FINISH_QUIET_MS);
}

static void read_console(struct client *client)
{
#if LWCHAT_SCREEN
    if (client_screen_speaks(client)) {
        client_screen_fill(client);
        return;
    }
#endif
    client_fill(client);
}

void client_talk(struct client *client, uint32_t now_ms)
{
    struct client_up *up = &client->up;
    bool raw = client->down.raw;

    while (client_send(client, now_ms)) {
        if (up->fin) {
            client_enter(client, CLIENT_LEAVING, now_ms);
        }
        if (!client_is_for_server(client, now_ms)) {
            return;
        }
        read_console(client);
        if (raw && now_ms - client->said_ms < client->gap_ms) {
            return;
        }
        if (client_up_choose(up, raw)) {
            continue;
        }
        if (!up->ended) {
            return;
        }
        client_up_farewell(up);
    }
}
