#include "client_parts.h"

#include <string.h>

#include "../core/address_text.h"
#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_again.h"
#include "sock.h"

enum {
    /* Enough for a DNS look-up, or for a handshake with two lost segments. */
    CONNECT_MS = 20000,
    /* A look-up or handshake that takes longer is reported. */
    TELL_MS = 1000,
    /* After this a server is assumed not to greet. */
    GREETING_MS = 1000,
    /*
     * Between two unterminated messages: a server like ours takes one as
     * complete after a silence; others need time to read the first before the
     * second is joined to it.
     */
    RAW_GAP_MS = LWCHAT_QUIET_MS + 100,
    RAW_GAP_TYPED_MS = LWCHAT_QUIET_TYPED_MS + 100,
    /*
     * After fin, we close our side for a server that does not know the word:
     * when it has been silent, because many servers drop pending output on a
     * FIN, or at the latest after FINISH_MS.
     */
    FINISH_QUIET_MS = 2000,
    FINISH_MS = 30000,
    CLOSE_MS = 1000,
    /* A server that acknowledges nothing for this long is reported. */
    STALLED_MS = 5000,
    /* And is given up after this, if it lets the client resume. */
    DEAD_MS = 30000,
    /* lwIP's timers change socket states without a frame: poll again after this. */
    LOOK_AGAIN_MS = 250,
    IDLE_MS = 10000,
    READS_AT_ONCE = 64
};

void client_enter(struct client *client, enum client_state state, uint32_t now_ms)
{
    client->state = state;
    client->since_ms = now_ms;
    client->moved = true;
    client->told = false;
}

static bool is_connected(const struct client *client)
{
    return client->state == CLIENT_GREETING || client->state == CLIENT_TALKING ||
           client->state == CLIENT_LEAVING;
}

static void abort_connection(struct client *client)
{
    if (client->sock >= 0) {
        (void)sock_abort(client->sock);
        client->sock = -1;
    }
}

/* --- Down: from the server to the console -------------------------------- */

/* Shows what is ready. @return false while the console does not accept all of it. */
static bool show(struct client *client)
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

/*
 * Tracks the server's acknowledgements. Bytes that move from lwIP to the port meanwhile may be
 * counted twice.
 */
static void watch(struct client *client, uint32_t now_ms)
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

static void unsend(struct client *client)
{
    client_up_unsend(&client->up);
    client_kept_cut(&client->kept);
}

static void closed(struct client *client, uint32_t now_ms)
{
    client_down_end(&client->down);
    client_enter(client, CLIENT_CLOSED, now_ms);
}

static void lost(struct client *client, uint32_t now_ms)
{
    abort_connection(client);
    unsend(client);
    /* A server that closes may answer data still sent to it with a reset. */
    client->lost = !client->up.fin && !client->down.fin && !client->stopping;
    closed(client, now_ms);
}

static void hear(struct client *client, uint32_t now_ms)
{
    for (int reads = 0; reads < READS_AT_ONCE && show(client); reads++) {
        char *where;
        size_t room = client_down_room(&client->down, &where);
        int n = sock_peek(client->sock, where, room);
        if (n == LWCHAT_AGAIN) {
            if (client_down_waits(&client->down) && now_ms - client->heard_ms >= LWCHAT_QUIET_MS) {
                client_down_quiet(&client->down);
                show(client);
            }
            return;
        }
        if (n == 0) {
            closed(client, now_ms);
            return;
        }
        if (n < 0) {
            lost(client, now_ms);
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
    if (!show(client)) {
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

/* Telnet answers may be sent at any point of the stream. */
static void send_answers(struct client *client)
{
    struct client_telnet *telnet = &client->down.telnet;

    if (telnet->answer_bytes > 0 && !client->finished) {
        int n = sock_send(client->sock, telnet->answers, telnet->answer_bytes);
        /* On failure, hear() detects the closed connection. */
        if (n > 0) {
            client->sent += (uint32_t)n;
            client_telnet_skip(telnet, (size_t)n);
        }
    }
}

/* Sends what was chosen. @return false while some of it is left. */
static bool send_up(struct client *client, uint32_t now_ms)
{
    const char *text;
    size_t bytes;

    while ((bytes = client_up_look(&client->up, &text)) > 0) {
        int n = sock_send(client->sock, text, bytes);
        if (n == LWCHAT_AGAIN || n == 0) {
            return false;
        }
        if (n < 0) {
            /* Output of the server may still be unread: hear() detects the end. */
            unsend(client);
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

/*
 * Whether typed text is for the server. Once either side has said fin, it
 * stays in the console until the connection is closed; unless the server does
 * not close, because the word means nothing to it.
 */
static bool is_for_server(const struct client *client, uint32_t now_ms)
{
    return client->state == CLIENT_TALKING &&
           (!client->down.fin || client->stopping || now_ms - client->heard_ms >= FINISH_QUIET_MS);
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

static void talk(struct client *client, uint32_t now_ms)
{
    struct client_up *up = &client->up;
    bool raw = client->down.raw;

    while (send_up(client, now_ms)) {
        if (up->fin) {
            client_enter(client, CLIENT_LEAVING, now_ms);
        }
        if (!is_for_server(client, now_ms)) {
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

static void leave(struct client *client, uint32_t now_ms)
{
    uint32_t waited_ms = now_ms - client->since_ms;
    bool quiet = waited_ms >= FINISH_QUIET_MS && now_ms - client->heard_ms >= FINISH_QUIET_MS;

    if (!client->finished && (client->stopping || quiet || waited_ms >= FINISH_MS)) {
        int error = sock_finish(client->sock);
        if (error == LWCHAT_OK) {
            client->finished = true;
        } else if (error != LWCHAT_AGAIN) {
            lost(client, now_ms);
        }
    } else if (client->finished && waited_ms >= LWCHAT_STALL_MS &&
               now_ms - client->heard_ms >= LWCHAT_STALL_MS) {
        /*
         * After our FIN lwIP sends no keepalive probes: a server that has vanished would go
         * undetected.
         */
        lost(client, now_ms);
    }
}

/* --- The connection ------------------------------------------------------- */

void client_begin(struct client *client, const char *host, uint16_t port, uint32_t now_ms)
{
    client->host = host;
    client->port = port;
    client->heard = client->finished = client->lost = false;
    client->waits = client->stalled = false;
    client->gap_ms = 0;
    client->sent = client->acknowledged = 0;
    memset(&client->kept, 0, sizeof client->kept);
    client_down_start(&client->down, client->config->framing);
    client_up_start(&client->up);
#if CLIENT_PASSWORD
    client_password_begin(client);
#endif
#if LWCHAT_SCREEN
    client_screen_begin(client);
#endif
    client_enter(client, CLIENT_RESOLVING, now_ms);
}

static enum word_client reason_of(int error)
{
    switch (error) {
    case LWCHAT_NOT_FOUND:
        return C_NOT_FOUND;
    case LWCHAT_REFUSED:
        return C_REFUSED;
    case LWCHAT_TIMED_OUT:
        return C_TIMED_OUT;
    case LWCHAT_UNREACHABLE:
        return C_UNREACHABLE;
    default:
        return C_BROKEN;
    }
}

#if LWCHAT_SCREEN
/* Waits before the next attempt. */
static void go_away(struct client *client, uint32_t now_ms)
{
    uint32_t random;

    if (!client->away) {
        client->away = true;
        client->tries = 0;
        client->away_since_ms = now_ms;
    }
    port_entropy(&random, sizeof random);
    client->pause_ms = again_pause_ms(client->tries++, random);
    client_enter(client, CLIENT_AWAY, now_ms);
}

static void come_back(struct client *client, uint32_t now_ms)
{
    if (now_ms - client->since_ms >= client->pause_ms) {
        client_begin(client, client->host, client->port, now_ms);
    }
}
#endif

static void fail(struct client *client, int error, uint32_t now_ms)
{
    char reason[CLIENT_SENTENCE_BYTES];

    abort_connection(client);
#if LWCHAT_SCREEN
    if (client->away) {
        go_away(client, now_ms);
        return;
    }
#endif
    client_complain(client, C_FAILED, reason,
                    client_write_about(client, reason_of(error), "", 0, reason));
    client->result = 1;
    client_enter(client, client->config->host == NULL ? CLIENT_IDLE : CLIENT_DONE, now_ms);
}

/* Reports a slow step, once. */
static void tell(struct client *client, enum word_client word, const char *detail, uint32_t now_ms)
{
#if LWCHAT_SCREEN
    client->told = client->told || client->away;
#endif
    if (!client->told && now_ms - client->since_ms >= TELL_MS) {
        client_complain(client, word, detail, strlen(detail));
        client->told = true;
    }
}

/* Writes " (ADDRESS)" if the host is a name, else "". */
static void write_address(const struct client *client, char text[ADDRESS_TEXT_BYTES + 4])
{
    size_t bytes = address_write(text + 2, client->ip);
    struct lwchat_address unused;

    text[0] = ' ';
    text[1] = '(';
    text[2 + bytes] = ')';
    text[3 + bytes] = '\0';
    if (address_parse(client->host, strlen(client->host), &unused)) {
        text[0] = '\0';
    }
}

static void resolve(struct client *client, uint32_t now_ms)
{
    struct sock_address to = {.port = client->port};
    int error = sock_resolve(client->host, &to.ip);
    enum word_client step = error == LWCHAT_OK ? C_TRYING : C_LOOKING;

    if (error == LWCHAT_AGAIN && now_ms - client->since_ms >= CONNECT_MS) {
        error = LWCHAT_NOT_FOUND;
    }
    if (error == LWCHAT_OK) {
        client->ip = to.ip;
        client->sock = sock_connect(&to);
        error = client->sock < 0 ? client->sock : LWCHAT_OK;
    }
    if (error == LWCHAT_OK) {
        client_enter(client, CLIENT_CONNECTING, now_ms);
    } else if (error != LWCHAT_AGAIN) {
        fail(client, error, now_ms);
    } else {
        tell(client, step, "", now_ms);
    }
}

static void tell_connected(struct client *client, uint32_t now_ms)
{
    char line[CLIENT_SENTENCE_BYTES];

#if LWCHAT_SCREEN
    if (client->screen.on) {
        client->screen.away_ms = now_ms - client->away_since_ms;
        if (!client->away) {
            client_screen_say(client, C_CONNECTED, "", 0);
        }
        return;
    }
#endif
    (void)now_ms;
    client_down_say(&client->down, line, client_write_about(client, C_CONNECTED, "", 0, line));
}

static void conclude(struct client *client, uint32_t now_ms)
{
    int error = sock_connected(client->sock);

    if (error == LWCHAT_AGAIN && now_ms - client->since_ms >= CONNECT_MS) {
        error = LWCHAT_TIMED_OUT;
    }
    if (error == LWCHAT_OK) {
        tell_connected(client, now_ms);
        client_enter(client, CLIENT_GREETING, now_ms);
    } else if (error != LWCHAT_AGAIN) {
        fail(client, error, now_ms);
    } else {
        char address[ADDRESS_TEXT_BYTES + 4];
        write_address(client, address);
        tell(client, C_TRYING, address, now_ms);
    }
}

static bool is_greeted(const struct client *client, uint32_t now_ms)
{
    if (client->config->framing == CLIENT_AUTO) {
        if (client->down.newline_seen || client->down.raw) {
            return true;
        }
        /* An incomplete greeting is decided on soon, by client_down_quiet(). */
        return now_ms - client->since_ms >= GREETING_MS && !client_down_waits(&client->down);
    }
    return client->heard || client->config->nick == NULL ||
           now_ms - client->since_ms >= GREETING_MS;
}

#if LWCHAT_SCREEN
/* Sends a line of the client's own before typed text may be sent. */
static void send_line(struct client *client, uint32_t now_ms)
{
    if (send_up(client, now_ms) && client_up_choose(&client->up, false)) {
        (void)send_up(client, now_ms);
    }
}
#endif

static void greet(struct client *client, uint32_t now_ms)
{
    bool named = client->config->nick != NULL && !client->stopping;

#if CLIENT_PASSWORD
    if (client_password_waits(client, now_ms)) {
        return;
    }
    named = named && !client->password.asks;
#endif
#if LWCHAT_SCREEN
    if (client->screen.on && !client->stopping) {
        bool settled = client_screen_settle(client, is_greeted(client, now_ms), now_ms);
        if (!settled) {
            send_line(client, now_ms);
            return;
        }
        named = named && !client_screen_speaks(client);
    }
#endif
    if (!client->stopping && !is_greeted(client, now_ms)) {
        return;
    }
#if LWCHAT_SCREEN
    /* On a screen, the greeting has decided on this. */
    client->away = client->away && client->screen.on;
#endif
    if (named) {
        client_up_nick(&client->up, client->config->nick);
    }
    client_enter(client, CLIENT_TALKING, now_ms);
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

/* Closes the connection, and the client once everything is shown. */
static void end(struct client *client, uint32_t now_ms)
{
    if (client->sock >= 0) {
        /* Data in flight may still be acknowledged. */
        watch(client, now_ms);
        bool late = now_ms - client->since_ms >= CLOSE_MS;
        int error = client->finished         ? LWCHAT_OK
                    : client->waits && !late ? LWCHAT_AGAIN
                                             : sock_finish(client->sock);
        if (error != LWCHAT_AGAIN) {
            sock_close(client->sock);
            client->sock = -1;
        } else if (late) {
            abort_connection(client);
        }
    }
    if (!show(client) || client->sock >= 0) {
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
        go_away(client, now_ms);
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

/* --- The loop ------------------------------------------------------------- */

/* Starts to stop: the system has asked for it, or the console's output is closed. */
static void stop(struct client *client, uint32_t now_ms)
{
    bool connected = is_connected(client);

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
        abort_connection(client);
        client_enter(client, CLIENT_DONE, now_ms);
    }
}

/* Whether to give the connection up and to connect again, which loses nothing. */
static bool is_dead(const struct client *client, uint32_t now_ms)
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

static void act(struct client *client, uint32_t now_ms)
{
    if (!client->stopping && (port_stopping() || client->nobody_reads)) {
        stop(client, now_ms);
    }
    if (is_connected(client)) {
        watch(client, now_ms);
        hear(client, now_ms);
    }
    if (is_connected(client) && is_dead(client, now_ms)) {
        lost(client, now_ms);
    }
    if (is_connected(client)) {
        send_answers(client);
    }
#if CLIENT_PASSWORD
    /* Before anything is read from the console, or told of it. */
    port_screen_hide(client_password_hides(client));
#endif
    switch (client->state) {
    case CLIENT_IDLE:
        if (show(client)) {
            client_obey(client, now_ms);
        }
        break;
    case CLIENT_RESOLVING:
        resolve(client, now_ms);
        break;
    case CLIENT_CONNECTING:
        conclude(client, now_ms);
        break;
    case CLIENT_GREETING:
        greet(client, now_ms);
        break;
    case CLIENT_TALKING:
        talk(client, now_ms);
        break;
    case CLIENT_LEAVING:
        leave(client, now_ms);
        break;
    case CLIENT_CLOSED:
        end(client, now_ms);
        break;
    case CLIENT_AWAY:
#if LWCHAT_SCREEN
        come_back(client, now_ms);
#endif
        break;
    case CLIENT_DONE:
        break;
    }
    if (client->stopping && client->state != CLIENT_DONE &&
        now_ms - client->stopping_ms >= LWCHAT_SHUTDOWN_MS) {
        abort_connection(client);
        tell_undelivered(client);
        client_enter(client, CLIENT_DONE, now_ms);
    }
#if LWCHAT_SCREEN
    client_screen_turn(client, now_ms);
#endif
}

/* Whether there may be more to read from the console, and room for it. */
static bool has_more_input(struct client *client)
{
    char *where;

#if LWCHAT_SCREEN
    if (client_screen_speaks(client)) {
        return false; /* it reads all there is */
    }
#endif
    return client->input_waits && client_up_room(&client->up, &where) > 0;
}

static uint32_t sooner(uint32_t timeout_ms, uint32_t passed_ms, uint32_t after_ms)
{
    uint32_t left_ms = passed_ms < after_ms ? after_ms - passed_ms : 0;

    return left_ms < timeout_ms ? left_ms : timeout_ms;
}

/* How long to wait unless something happens, in ms. */
static uint32_t rest_ms(struct client *client, bool sending, bool showing, uint32_t now_ms)
{
    uint32_t timeout_ms = LOOK_AGAIN_MS;
    bool idle = client->state == CLIENT_IDLE;
    bool talking = client->state == CLIENT_TALKING;
    bool reading = idle || is_for_server(client, now_ms);

    if (client->moved || (reading && !sending && has_more_input(client))) {
        return 0;
    }
    if (idle || (talking && !sending)) {
        timeout_ms = client->waits ? LOOK_AGAIN_MS : IDLE_MS;
    }
#if LWCHAT_SCREEN
    if (client->state == CLIENT_AWAY) {
        /* Its seconds are counted down on the screen. */
        timeout_ms = sooner(1000, now_ms - client->since_ms, client->pause_ms);
    }
#endif
    if (talking && !reading) {
        timeout_ms = sooner(timeout_ms, now_ms - client->heard_ms, FINISH_QUIET_MS);
    }
    if (is_connected(client) && !showing && client_down_waits(&client->down)) {
        timeout_ms = sooner(timeout_ms, now_ms - client->heard_ms, LWCHAT_QUIET_MS);
    }
    /* An incomplete message waits for the console, not for the gap. */
    if (talking && reading && client->down.raw && !sending &&
        (client->up.ended || client->up.bytes >= LWCHAT_LINE_BYTES ||
         memchr(client->up.text, '\n', client->up.bytes) != NULL)) {
        timeout_ms = sooner(timeout_ms, now_ms - client->said_ms, client->gap_ms);
    }
    return timeout_ms;
}

/* Whether the console has yet to accept what the screen shows. */
static bool is_held(const struct client *client)
{
#if LWCHAT_SCREEN
    return client_screen_holds(client);
#else
    (void)client;
    return false;
#endif
}

static void wait_for_more(struct client *client)
{
    struct sock_poll poll = {.sock = -1, .want = 0};
    const char *text;
    bool sending = client_up_look(&client->up, &text) > 0;
    bool showing = client_down_look(&client->down, &text) > 0 || is_held(client);
    bool answering = client->down.telnet.answer_bytes > 0 && !client->finished;

    if (is_connected(client) && !showing) {
        poll.want |= SOCK_READABLE;
    }
    if (client->state == CLIENT_CONNECTING || (is_connected(client) && (sending || answering))) {
        poll.want |= SOCK_WRITABLE;
    }
    if (poll.want != 0) {
        poll.sock = (int16_t)client->sock;
    }
    sock_wait(&poll, 1, rest_ms(client, sending, showing, port_now_ms()));
}

void client_start(struct client *client, const struct client_config *config)
{
    memset(client, 0, sizeof *client);
    client->config = config;
    client->sock = -1;
    client->host = "";
#if CLIENT_PASSWORD
    client_password_start(client);
#endif
#if LWCHAT_SCREEN
    client_screen_start(client);
#endif
    if (config->host != NULL) {
        client_begin(client, config->host, config->port, port_now_ms());
    } else {
        client_say(client, C_IDLE, "", 0);
    }
}

bool client_step(struct client *client)
{
    client->moved = false;
    act(client, port_now_ms());
    if (client->state != CLIENT_DONE) {
        wait_for_more(client);
    }
    return client->state != CLIENT_DONE;
}

int client_run(struct client *client, const struct client_config *config)
{
    struct sock_poll none = {.sock = -1, .want = 0};

    client_start(client, config);
    while (client_step(client)) {
    }
    /* lwIP's last segments still have to be put on the wire. */
    sock_wait(&none, 1, 0);
    return client->result;
}
