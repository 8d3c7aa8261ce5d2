/*
 * A chat server without the chat: lines of 32 bytes go from each connection
 * to all others over lwIP's raw API, in the same frames that lwchatd would
 * send. It does not parse the lines, has no rooms, nicks, commands, rate
 * limits or handling of slow peers, and relies on its peers not to have more
 * than LINES lines in flight.
 */
#include <lwchat_config.h>
#include <port.h>

#include "lwip/tcp.h"
#include "lwip/tcpip.h"
#include "name.h"

#include <stdbool.h>
#include <string.h>

enum {
    PORT = 50000,
    LINE_BYTES = 32,
    LINES = 256, /* a power of 2, and more than are in flight */
    IDLE_MS = 1000,
    NO_MEMORY_MS = 50
};

struct line {
    uint8_t from;
    uint8_t bytes;
    char text[NAME_BYTES + LINE_BYTES];
};

struct connection {
    struct tcp_pcb *pcb;
    uint32_t next; /* next line to send */
    uint8_t name_bytes;
    uint8_t rest_bytes; /* received so far of an incomplete line */
    char name[NAME_BYTES];
    char rest[LINE_BYTES];
};

static struct connection connections[LWCHAT_MAX_SESSIONS];
static unsigned used;
static struct line lines[LINES];
static uint32_t said;

static void hear(struct connection *connection, const struct pbuf *data)
{
    uint16_t at = 0;

    while (at < data->tot_len) {
        struct line *line = &lines[said % LINES];
        uint16_t bytes = pbuf_copy_partial(data, connection->rest + connection->rest_bytes,
                                           (uint16_t)(LINE_BYTES - connection->rest_bytes), at);
        at = (uint16_t)(at + bytes);
        connection->rest_bytes = (uint8_t)(connection->rest_bytes + bytes);
        if (connection->rest_bytes == LINE_BYTES) {
            line->from = (uint8_t)(connection - connections);
            line->bytes = (uint8_t)(connection->name_bytes + LINE_BYTES);
            memcpy(line->text, connection->name, connection->name_bytes);
            memcpy(line->text + connection->name_bytes, connection->rest, LINE_BYTES);
            connection->rest_bytes = 0;
            said++;
        }
    }
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct connection *connection = arg;

    (void)error;
    if (data == NULL) {
        connection->pcb = NULL;
        return tcp_close(pcb);
    }
    hear(connection, data);
    tcp_recved(pcb, data->tot_len);
    (void)pbuf_free(data);
    return ERR_OK;
}

static void failed(void *arg, err_t error)
{
    struct connection *connection = arg;

    (void)error;
    connection->pcb = NULL;
}

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t error)
{
    (void)arg;
    if (error != ERR_OK || pcb == NULL || used == LWCHAT_MAX_SESSIONS) {
        return ERR_VAL;
    }
    struct connection *connection = &connections[used];
    connection->pcb = pcb;
    connection->next = said;
    connection->name_bytes = name_give(connection->name, used);
    used++;
    tcp_nagle_disable(pcb);
    tcp_arg(pcb, connection);
    tcp_recv(pcb, received);
    tcp_err(pcb, failed);
    return ERR_OK;
}

/*
 * One write, with as many lines as lwchatd puts into one. @return false if lwIP is out of memory.
 */
static bool tell(struct connection *connection)
{
    static char out[LWCHAT_SEND_BYTES];
    uint32_t next = connection->next;
    uint8_t own = (uint8_t)(connection - connections);
    uint16_t bytes = 0;

    for (; next != said; next++) {
        const struct line *line = &lines[next % LINES];
        if (line->from == own) {
            continue;
        }
        if (bytes + line->bytes > LWCHAT_SEND_BYTES) {
            break;
        }
        memcpy(out + bytes, line->text, line->bytes);
        bytes = (uint16_t)(bytes + line->bytes);
    }
    if (bytes > 0 && tcp_write(connection->pcb, out, bytes, TCP_WRITE_FLAG_COPY) != ERR_OK) {
        return false;
    }
    connection->next = next;
    return bytes == 0 || tcp_output(connection->pcb) == ERR_OK;
}

/* The condition for a writable socket: see ethernet.c for the low-water mark. */
static bool is_writable(const struct tcp_pcb *pcb)
{
    return tcp_sndbuf(pcb) > TCP_SNDLOWAT && tcp_sndqueuelen(pcb) < TCP_SNDQUEUELOWAT;
}

static int run(void *arg)
{
    static const char ready[] = "Server ready on port 50000.\n";
    bool well;

    LOCK_TCPIP_CORE();
    struct tcp_pcb *pcb = tcp_new();
    well = pcb != NULL && tcp_bind(pcb, IP_ANY_TYPE, PORT) == ERR_OK;
    pcb = well ? tcp_listen_with_backlog(pcb, LWCHAT_BACKLOG) : NULL;
    if (pcb != NULL) {
        tcp_accept(pcb, accepted);
    }
    UNLOCK_TCPIP_CORE();
    if (pcb == NULL) {
        port_panic(__FILE_NAME__, __LINE__, "cannot listen");
    }
    (void)arg;
    (void)port_console_write(ready, sizeof ready - 1);
    for (;;) {
        well = true;
        LOCK_TCPIP_CORE();
        for (unsigned i = 0; i < used; i++) {
            struct connection *connection = &connections[i];
            if (connection->pcb != NULL && connection->next != said &&
                is_writable(connection->pcb)) {
                well = tell(connection) && well;
            }
        }
        UNLOCK_TCPIP_CORE();
        port_wait(well ? IDLE_MS : NO_MEMORY_MS);
    }
}

int main(void)
{
    static const struct port_config config = {.serve = PORT, .address = "192.168.7.2/24"};

    return port_start(&config, run, NULL);
}
