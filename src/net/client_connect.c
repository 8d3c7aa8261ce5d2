/* From a host's name to a connection, and the pauses between attempts to come back. */
#include "client_parts.h"

#include <string.h>

#include "../core/address_text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_again.h"
#include "sock.h"

enum {
    /* Enough for a DNS look-up, or for a handshake with two lost segments. */
    CONNECT_MS = 20000,
    /* A look-up or handshake that takes longer is reported. */
    TELL_MS = 1000
};

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
void client_go_away(struct client *client, uint32_t now_ms)
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

void client_come_back(struct client *client, uint32_t now_ms)
{
    if (now_ms - client->since_ms >= client->pause_ms) {
        client_begin(client, client->host, client->port, now_ms);
    }
}
#endif

static void fail(struct client *client, int error, uint32_t now_ms)
{
    char reason[CLIENT_SENTENCE_BYTES];

    client_abort(client);
#if LWCHAT_SCREEN
    if (client->away) {
        client_go_away(client, now_ms);
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

void client_resolve(struct client *client, uint32_t now_ms)
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

void client_conclude(struct client *client, uint32_t now_ms)
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
