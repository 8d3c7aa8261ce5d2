/*
 * A chat server of the usual design for boards, as in vendors' samples: a
 * task and a blocking socket for each client. A client's task writes what it
 * has read to all other clients in turn, with a mutex held.
 */
#include <lwchat_config.h>
#include <port.h>

#include "lwip/api.h"
#include "lwip/sockets.h"
#include "lwip/tcpip.h"

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"
#include "name.h"

#include <string.h>

enum {
    PORT = 50000,
    READ_BYTES = 256,
    LINE_BYTES = 256,
    HEARD = 64, /* reads after which a stack has reached its maximum */
    ACCEPT_MS = 20
};

struct client {
    int sock;
    uint16_t rest_bytes; /* received so far of an incomplete line */
    uint16_t heard;
    uint8_t name_bytes;
    char name[NAME_BYTES];
    char rest[LINE_BYTES + READ_BYTES];
};

static struct client clients[LWCHAT_MAX_SESSIONS];
static unsigned used;
static SemaphoreHandle_t mutex;

/* Minimum of the clients' unused stack in bytes; the benchmark reads it. */
uint32_t tasks_stack_left = UINT32_MAX;

static void say_to_others(const struct client *from, const char *text, size_t bytes)
{
    for (unsigned i = 0; i < used; i++) {
        if (&clients[i] != from && clients[i].sock >= 0) {
            (void)lwip_send(clients[i].sock, text, bytes, 0);
        }
    }
}

/* Call with the mutex held: there is one output buffer. */
static void say_lines(struct client *client)
{
    static char out[2 * READ_BYTES + LINE_BYTES];
    size_t name_bytes = client->name_bytes;
    size_t bytes = 0;
    const char *line = client->rest;
    const char *end = client->rest + client->rest_bytes;

    for (const char *newline; (newline = memchr(line, '\n', (size_t)(end - line))) != NULL;
         line = newline + 1) {
        size_t line_bytes = (size_t)(newline + 1 - line);
        if (bytes + name_bytes + line_bytes > sizeof out) {
            say_to_others(client, out, bytes);
            bytes = 0;
        }
        memcpy(out + bytes, client->name, name_bytes);
        memcpy(out + bytes + name_bytes, line, line_bytes);
        bytes += name_bytes + line_bytes;
    }
    if (bytes > 0) {
        say_to_others(client, out, bytes);
    }
    client->rest_bytes = (uint16_t)(end - line);
    memmove(client->rest, line, client->rest_bytes);
}

static void note_stack(void)
{
    uint32_t left = (uint32_t)(uxTaskGetStackHighWaterMark(NULL) * sizeof(StackType_t));

    tasks_stack_left = left < tasks_stack_left ? left : tasks_stack_left;
}

static void serve(void *arg)
{
    struct client *client = arg;

    netconn_thread_init();
    for (;;) {
        ssize_t bytes = lwip_recv(client->sock, client->rest + client->rest_bytes, READ_BYTES, 0);
        if (bytes <= 0) {
            break;
        }
        client->rest_bytes = (uint16_t)(client->rest_bytes + bytes);
        (void)xSemaphoreTake(mutex, portMAX_DELAY);
        say_lines(client);
        (void)xSemaphoreGive(mutex);
        if (client->rest_bytes > LINE_BYTES) {
            client->rest_bytes = 0; /* too long */
        }
        if (++client->heard == HEARD) {
            note_stack();
        }
    }
    (void)xSemaphoreTake(mutex, portMAX_DELAY);
    (void)lwip_close(client->sock);
    client->sock = -1;
    (void)xSemaphoreGive(mutex);
    netconn_thread_cleanup();
    vTaskDelete(NULL);
}

static int listen_on_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = PP_HTONS(PORT)};
    int listener = lwip_socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 ||
        lwip_bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 ||
        lwip_listen(listener, LWCHAT_BACKLOG) < 0) {
        port_panic(__FILE_NAME__, __LINE__, "cannot listen");
    }
    (void)lwip_fcntl(listener, F_SETFL, O_NONBLOCK);
    return listener;
}

static int run(void *arg)
{
    static const char ready[] = "Server ready on port 50000.\n";
    int listener = listen_on_port();
    int on = 1;

    (void)arg;
    mutex = xSemaphoreCreateMutex();
    if (mutex == NULL) {
        port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for a mutex");
    }
    (void)port_console_write(ready, sizeof ready - 1);
    for (;;) {
        port_wait(0); /* feeds the watchdog */
        int sock = lwip_accept(listener, NULL, NULL);
        if (sock < 0) {
            vTaskDelay(ACCEPT_MS);
            continue;
        }
        (void)lwip_fcntl(sock, F_SETFL, 0);
        if (used == LWCHAT_MAX_SESSIONS) {
            (void)lwip_close(sock);
            continue;
        }
        struct client *client = &clients[used];
        (void)lwip_setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        client->name_bytes = name_give(client->name, used);
        client->sock = sock;
        used++;
        if (xTaskCreate(serve, "client", TASKS_STACK_BYTES / sizeof(StackType_t), client,
                        PORT_MAIN_PRIORITY, NULL) != pdPASS) {
            port_panic(__FILE_NAME__, __LINE__, "configTOTAL_HEAP_SIZE is too small for a client");
        }
    }
}

int main(void)
{
    static const struct port_config config = {.serve = PORT, .address = "192.168.7.2/24"};

    return port_start(&config, run, NULL);
}
