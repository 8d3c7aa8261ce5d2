/* Commands on a board's console while there is no connection. */
#include "client_parts.h"

#include <string.h>

#include "../core/text.h"
#include "../lwchat_error.h"
#include "../port.h"
#include "client_host.h"

struct words {
    const char *text;
    size_t bytes;
};

/* Removes the next word from `rest`. @return its length. */
static size_t next_word(struct words *rest, const char **word)
{
    while (rest->bytes > 0 && *rest->text == ' ') {
        rest->text++;
        rest->bytes--;
    }
    *word = rest->text;
    while (rest->bytes > 0 && *rest->text != ' ') {
        rest->text++;
        rest->bytes--;
    }
    return (size_t)(rest->text - *word);
}

static void obey_connect(struct client *client, struct words line, uint32_t now_ms)
{
    struct words rest = line;
    struct client_host host;
    const char *word, *number, *more;
    uint32_t port = client->config->port;

    next_word(&rest, &word);
    size_t bytes = next_word(&rest, &word);
    enum client_host_kind kind = client_host_read(&host, word, bytes);
    if (kind == CLIENT_HOST_IPV6) {
        client_say(client, C_IPV6, word, bytes);
        return;
    }
    bool fits = kind == CLIENT_HOST && host.name_bytes > 0 && host.name_bytes < sizeof client->name;
    bytes = next_word(&rest, &number);
    if (fits && host.port != NULL) {
        fits = bytes == 0;
        number = host.port;
        bytes = host.port_bytes;
    }
    fits = fits && next_word(&rest, &more) == 0;
    if (fits && (bytes > 0 || host.port != NULL)) {
        fits = text_parse_number(number, bytes, UINT16_MAX, &port) && port > 0;
    }
    if (!fits) {
        client_say(client, C_BAD_CONNECT, line.text, line.bytes);
        return;
    }
    memcpy(client->name, host.name, host.name_bytes);
    client->name[host.name_bytes] = '\0';
    client_begin(client, client->name, (uint16_t)port, now_ms);
}

static void show_address(struct client *client)
{
    char text[PORT_ADDRESS_BYTES];

    port_address(text);
    client_say(client, text[0] == '\0' ? C_NO_ADDRESS : C_ADDRESS_IS, text, strlen(text));
}

static void obey_ip(struct client *client, struct words rest)
{
    const char *address, *gateway;
    char texts[40];

    next_word(&rest, &address);
    size_t address_bytes = next_word(&rest, &address);
    size_t gateway_bytes = next_word(&rest, &gateway);
    int error = LWCHAT_BAD_ARGUMENT;
    if (address_bytes == 0) {
        show_address(client);
        return;
    }
    if (address_bytes + gateway_bytes + 2 <= sizeof texts) {
        char *second = texts + address_bytes + 1;
        memcpy(texts, address, address_bytes);
        texts[address_bytes] = '\0';
        memcpy(second, gateway, gateway_bytes);
        second[gateway_bytes] = '\0';
        error = port_set_address(texts, gateway_bytes > 0 ? second : NULL);
    }
    bool asks = error == LWCHAT_OK && text_is(address, address_bytes, "auto");
    client_say(client,
               asks                 ? C_ASKS_DHCP
               : error == LWCHAT_OK ? C_ADDRESS_SET
                                    : C_ADDRESS_NOT_SET,
               address, address_bytes);
}

void client_obey(struct client *client, uint32_t now_ms)
{
    char *line;
    size_t bytes;
    const char *word;

    client_fill(client);
    if (!client_up_line(&client->up, &line, &bytes)) {
        if (client->input_waits) {
            /* The line is answered when its end arrives. */
            client_up_drop(&client->up, LWCHAT_LINE_BYTES);
            client->up.torn = true;
        }
        if (client->up.ended) {
            client_enter(client, CLIENT_DONE, now_ms);
        }
        return;
    }
    struct words rest = {line, text_clean(line, bytes, bytes)};
    const struct words whole = rest;
    size_t word_bytes = next_word(&rest, &word);
    bool torn = client->up.torn;
    client->up.torn = false;
    if (!torn && text_is(word, word_bytes, "/connect")) {
        obey_connect(client, whole, now_ms);
    } else if (!torn && text_is(word, word_bytes, "/ip")) {
        obey_ip(client, whole);
    } else if (torn || word_bytes > 0) {
        client_say(client, C_IDLE, "", 0);
    }
    client_up_drop(&client->up, bytes + 1);
    client->moved = true;
}
