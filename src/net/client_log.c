/* The client's log of a session. */
#include "client_parts.h"

#include <string.h>

#include "../port.h"
#include "client_view.h"

#if LWCHAT_SCREEN

void client_log_append(struct client *client, const char *text, size_t bytes)
{
    if (!client->log_failed && port_log_write(text, bytes) < bytes) {
        client->log_failed = true;
        client_complain(client, C_LOG_FAILED, "", 0);
    }
}

static void append_date(struct client *client)
{
    uint32_t utc_s;
    int32_t local_s;

    if (port_clock(&utc_s, &local_s)) {
        char date[32];
        client_log_append(client, date, client_view_date(date, utc_s + (uint32_t)local_s));
    }
}

void client_log(struct client *client, const char *text, size_t bytes)
{
    if (!client->config->log) {
        return;
    }
    while (bytes > 0) {
        const char *end = memchr(text, '\n', bytes);
        size_t n = end == NULL ? bytes : (size_t)(end - text) + 1;
        if (!client->log_in_line) {
            append_date(client);
        }
        client_log_append(client, text, n);
        client->log_in_line = end == NULL;
        text += n;
        bytes -= n;
    }
}

#else

void client_log(struct client *client, const char *text, size_t bytes)
{
    (void)client;
    (void)text;
    (void)bytes;
}

#endif
