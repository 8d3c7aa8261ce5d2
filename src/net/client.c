/* The client's loop: its states, and what it waits for. */
#include "client_parts.h"

#include <string.h>

#include "../port.h"
#include "sock.h"

enum {
    /* lwIP's timers change socket states without a frame: poll again after this. */
    LOOK_AGAIN_MS = 250,
    IDLE_MS = 10000
};

void client_enter(struct client *client, enum client_state state, uint32_t now_ms)
{
    client->state = state;
    client->since_ms = now_ms;
    client->moved = true;
    client->told = false;
}

bool client_is_connected(const struct client *client)
{
    return client->state == CLIENT_GREETING || client->state == CLIENT_TALKING ||
           client->state == CLIENT_LEAVING;
}

/* Whether the user leaves while there is no connection, which may not come for a long time. */
static bool is_left(struct client *client)
{
#if LWCHAT_SCREEN
    bool waits = client->state == CLIENT_AWAY || client->state == CLIENT_RESOLVING ||
                 client->state == CLIENT_CONNECTING ||
                 (client->state == CLIENT_GREETING && !client->heard);

    return client->screen.on && client->away && waits && client_screen_leaves(client);
#else
    (void)client;
    return false;
#endif
}

static void act(struct client *client, uint32_t now_ms)
{
    if (!client->stopping && (port_stopping() || client->nobody_reads || is_left(client))) {
        client_stop(client, now_ms);
    }
    if (client_is_connected(client)) {
        client_watch(client, now_ms);
        client_receive(client, now_ms);
    }
    if (client_is_connected(client) && client_is_dead(client, now_ms)) {
        client_lost(client, now_ms);
    }
    if (client_is_connected(client)) {
        client_send_answers(client);
    }
#if CLIENT_PASSWORD
    /* Before anything is read from the console, or told of it. */
    port_screen_hide(client_password_hides(client));
#endif
    switch (client->state) {
    case CLIENT_IDLE:
        if (client_show(client)) {
            client_obey(client, now_ms);
        }
        break;
    case CLIENT_RESOLVING:
        client_resolve(client, now_ms);
        break;
    case CLIENT_CONNECTING:
        client_conclude(client, now_ms);
        break;
    case CLIENT_GREETING:
        client_greet(client, now_ms);
        break;
    case CLIENT_TALKING:
        client_talk(client, now_ms);
        break;
    case CLIENT_LEAVING:
        client_leave(client, now_ms);
        break;
    case CLIENT_CLOSED:
        client_end(client, now_ms);
        break;
    case CLIENT_AWAY:
#if LWCHAT_SCREEN
        client_come_back(client, now_ms);
#endif
        break;
    case CLIENT_DONE:
        break;
    }
    client_stop_late(client, now_ms);
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
    bool reading = idle || client_is_for_server(client, now_ms);

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
        timeout_ms = sooner(timeout_ms, now_ms - client->heard_ms, CLIENT_FINISH_QUIET_MS);
    }
    if (client_is_connected(client) && !showing && client_down_waits(&client->down)) {
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

    if (client_is_connected(client) && !showing) {
        poll.want |= SOCK_READABLE;
    }
    if (client->state == CLIENT_CONNECTING ||
        (client_is_connected(client) && (sending || answering))) {
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
