#include "port.h"
#include "server_parts.h"

enum {
    READS = 16, /* in one pass */
    WRITES = 8  /* in one pass */
};

void server_read_console(struct server *server)
{
    struct chat *chat = &server->chat;

    for (unsigned reads = 0; chat_reads(chat, CHAT_OPERATOR); reads++) {
        if (reads == READS) {
            server->busy = true; /* an endless file as input must not block the loop */
            return;
        }
        if (server->typed_used == server->typed_bytes) {
            if (server->console_ended) {
                return;
            }
            int n = port_console_read(server->typed, sizeof server->typed);
            if (n == LWCHAT_GONE) {
                server->console_ended = true;
                server->typed[0] = '\n';
                n = 1;
            } else if (n <= 0) {
                return;
            }
            server->typed_used = 0;
            server->typed_bytes = (uint16_t)n;
        }
        const uint8_t *typed = (const uint8_t *)server->typed + server->typed_used;
        size_t bytes = (size_t)(server->typed_bytes - server->typed_used);
        size_t used = chat_receive(chat, CHAT_OPERATOR, typed, bytes);
        server->typed_used = (uint16_t)(server->typed_used + used);
    }
}

void server_write_console(struct server *server)
{
    struct chat *chat = &server->chat;
    bool waits = !chat_reads(chat, CHAT_OPERATOR);
    unsigned n;

    for (n = 0; n < WRITES; n++) {
        size_t bytes;
        const char *out = chat_output(chat, CHAT_OPERATOR, &bytes);
        if (bytes == 0) {
            break;
        }
        int written = port_console_write(out, bytes);
        size_t taken = written >= 0 ? (size_t)written : bytes;
        chat_taken(chat, CHAT_OPERATOR, taken);
        if (taken < bytes) {
            break;
        }
    }
    /* Input typed after a command waited for its answer, or for a line buffer. */
    waits = waits || server->typed_used < server->typed_bytes;
    if (n == WRITES || (waits && chat_reads(chat, CHAT_OPERATOR))) {
        server->busy = true;
    }
}
