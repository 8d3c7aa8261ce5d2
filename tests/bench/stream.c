/*
 * The lwIP end of a raw stream: receives or sends bytes as fast as possible, one
 * connection at a time. Like the server it uses port.h and sock.h, but nothing
 * of the chat.
 *
 *     stream take|give NET PORT
 */
#include "lwchat_error.h"
#include "net/sock.h"
#include "port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 64, PIECE_BYTES = 64 * 1024, WAIT_MS = 250 };

static bool giving;
static uint16_t port;

/* @return false if the connection has ended. */
static bool move(int sock)
{
    static char bytes[PIECE_BYTES];

    for (unsigned i = 0; i < AT_ONCE; i++) {
        int n = giving ? sock_send(sock, bytes, sizeof bytes) : sock_peek(sock, bytes, 1);
        if (n <= 0) {
            return n == LWCHAT_AGAIN;
        }
        if (!giving) {
            /* Discards all received bytes. */
            sock_skip(sock, bytes, sizeof bytes);
        }
    }
    return true;
}

static int run(void *arg)
{
    struct sock_poll door = {.sock = (int16_t)sock_listen(port, 1), .want = SOCK_READABLE};
    struct sock_poll talk = {.sock = -1};
    struct sock_address peer;

    (void)arg;
    if (door.sock < 0) {
        return 1;
    }
    puts("ready");
    (void)fflush(stdout);
    while (!port_stopping()) {
        if (talk.sock < 0) {
            (void)sock_wait(&door, 1, WAIT_MS);
            int sock = sock_accept(door.sock, &peer);
            talk.sock = (int16_t)(sock < 0 ? -1 : sock);
        } else {
            talk.want = giving ? SOCK_WRITABLE : SOCK_READABLE;
            (void)sock_wait(&talk, 1, WAIT_MS);
            if (!move(talk.sock)) {
                (void)sock_abort(talk.sock);
                talk.sock = -1;
            }
        }
    }
    return 0;
}

int main(int argc, char *argv[])
{
    giving = argc == 4 && strcmp(argv[1], "give") == 0;
    if (argc != 4 || (!giving && strcmp(argv[1], "take") != 0)) {
        (void)fputs("usage: stream take|give NET PORT\n", stderr);
        return 2;
    }
    port = (uint16_t)strtoul(argv[3], NULL, 10);

    struct port_config config = {.net = argv[2], .serve = port};
    int outcome = port_start(&config, run, NULL);
    if (outcome < 0) {
        port_complain(port_reason());
    }
    return outcome == 0 ? 0 : 1;
}
