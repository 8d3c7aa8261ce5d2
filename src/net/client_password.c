#include "client_parts.h"

#if CLIENT_PASSWORD

#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "sock.h"

void client_password_start(struct client *client)
{
    struct client_password *password = &client->password;
    const char *text = client->config->password;

    if (text != NULL) {
        password->bytes = strlen(text);
        password->bytes =
            password->bytes < sizeof password->text ? password->bytes : sizeof password->text - 1;
        memcpy(password->text, text, password->bytes);
    }
}

void client_password_begin(struct client *client)
{
    client->password.asks = client->password.gave = client->password.reads = false;
    client->password.greeted = false;
    client->password.sent = 0;
}

static bool says(const struct client_event *event, int word)
{
    return client_event_says(event->text, word, NULL, NULL);
}

bool client_password_is_asked(const struct client_event *event)
{
    return (event->type == EVENT_REPLY && says(event, W_PASSWORD)) ||
           (event->type == EVENT_ERROR && says(event, W_PASSWORD_WRONG));
}

/* The server will not ask again on this connection. */
static bool is_refused(const struct client_event *event)
{
    return event->type == EVENT_ERROR &&
           (says(event, W_PASSWORD_LAST) || says(event, W_PASSWORD_WAIT) ||
            says(event, W_PASSWORD_LATE));
}

void client_password_hear(struct client *client)
{
    struct client_password *password = &client->password;
    const char *text, *end;
    size_t bytes = client_down_look(&client->down, &text);

    for (; (end = memchr(text, '\n', bytes)) != NULL; text = end + 1) {
        struct client_event event;
        size_t line = (size_t)(end - text);
        client_event_recognise(&event, text, line);
        password->greeted = password->greeted || event.type == EVENT_SERVER;
        password->asks = !password->greeted && client_password_is_asked(&event);
        if (is_refused(&event)) {
            client->result = 1;
        }
        if (password->gave && (password->asks || is_refused(&event))) {
            password->bytes = 0; /* it was wrong */
        }
        password->gave = false;
        bytes -= line + 1;
    }
}

/* Reads up to the end of a line: what follows is for the chat. The line is cut to what fits. */
static void read_line(struct client *client)
{
    struct client_up *up = &client->up;
    char c, *where, *line;
    size_t bytes;

    while (!up->ended && !client_up_line(up, &line, &bytes)) {
        int n = port_console_read(&c, 1);
        if (n == LWCHAT_AGAIN) {
            return;
        }
        if (n < 0) {
            up->ended = true;
        } else if (c == '\n' || client_up_room(up, &where) > 0) {
            client_up_put(up, &c, 1);
        }
    }
}

/* Takes a line from the console, also an incomplete one at the end of its input. */
static bool take_typed(struct client *client)
{
    struct client_password *password = &client->password;
    char *line;
    size_t bytes;

    password->reads = true;
    read_line(client);
    bool whole = client_up_line(&client->up, &line, &bytes);
    if (!whole && !(client->up.ended && client->up.bytes > 0)) {
        return false;
    }
    line = client->up.text;
    bytes = whole ? bytes : client->up.bytes;
    size_t cr = bytes > 0 && line[bytes - 1] == '\r';
    size_t most = sizeof password->text - 1;
    password->bytes = bytes - cr < most ? bytes - cr : most;
    memcpy(password->text, line, password->bytes);
    client_up_drop(&client->up, bytes + whole);
    password->typed = true;
    return password->bytes > 0;
}

/* Not through client->up: what may not have arrived is shown later. */
static void give(struct client *client)
{
    struct client_password *password = &client->password;
    size_t bytes = password->bytes;

    if (!client->down.raw) {
        password->text[bytes++] = '\n';
    }
    int n = sock_send(client->sock, password->text + password->sent, bytes - password->sent);
    if (n > 0) {
        client->sent += (uint32_t)n;
        password->sent += (size_t)n;
    }
    if (password->sent == bytes) {
        password->gave = true;
        password->sent = 0;
    }
}

bool client_password_hides(const struct client *client)
{
    const struct client_password *password = &client->password;

    return client->state == CLIENT_GREETING && password->asks &&
           (password->reads || password->bytes == 0);
}

bool client_password_waits(struct client *client, uint32_t now_ms)
{
    struct client_password *password = &client->password;
    uint32_t colours;

    if (!password->asks || client->stopping) {
        return false;
    }
    client->since_ms = now_ms; /* the greeting is still to come */
    if (password->gave) {
        return true;
    }
    if (password->bytes == 0 && client->config->password != NULL && !password->typed &&
        !port_screen(&colours)) {
        /* What a script types is not a password. */
        client->up.ended = true;
        client->up.bytes = 0;
        client->result = 1;
        return false;
    }
    if (password->bytes > 0 || take_typed(client)) {
        give(client);
        return true;
    }
    return !client->up.ended;
}

#endif
