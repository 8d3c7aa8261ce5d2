/*
 * The typical simple chat server: select() on all clients, read from one of
 * them (255 bytes at most), and write what it sent to all others at once, with
 * one write for each. It works like the loop of antirez' smallchat, with two
 * corrections without which the generator could not check its lines: the name
 * is put before each line, not before each piece, and a write that does not fit
 * waits.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 511, READ_BYTES = 255, LINE_BYTES = 1024, NICK_BYTES = 32 };

struct client {
    char nick[NICK_BYTES];
    size_t rest_bytes; /* of an incomplete line */
    char rest[LINE_BYTES];
};

static struct client *clients[FD_SETSIZE];
static int highest;

static _Noreturn void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 ||
        listen(listener, BACKLOG) < 0) {
        fail("select: cannot listen");
    }
    highest = listener;
    return listener;
}

static void say(int to, const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t sent = write(to, text, bytes);
        if (sent < 0 && errno == EAGAIN) {
            (void)poll(&(struct pollfd){.fd = to, .events = POLLOUT}, 1, -1);
        } else if (sent < 0) {
            return; /* the next read from it will fail */
        } else {
            text += sent;
            bytes -= (size_t)sent;
        }
    }
}

static void say_to_others(int from, const char *text, size_t bytes)
{
    for (int to = 0; to <= highest; to++) {
        if (clients[to] != NULL && to != from) {
            say(to, text, bytes);
        }
    }
}

static void welcome(int listener)
{
    static const char text[] = "Welcome to Simple Chat!\n";
    int on = 1;
    int client = accept(listener, NULL, NULL);

    if (client < 0) {
        return;
    }
    if (client >= FD_SETSIZE || (clients[client] = calloc(1, sizeof *clients[client])) == NULL) {
        (void)close(client);
        return;
    }
    (void)fcntl(client, F_SETFL, O_NONBLOCK);
    (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)snprintf(clients[client]->nick, NICK_BYTES, "user:%d", client);
    highest = client > highest ? client : highest;
    say(client, text, sizeof text - 1);
}

static void part(int from)
{
    free(clients[from]);
    clients[from] = NULL;
    (void)close(from);
}

static void hear(int from)
{
    /* In the worst case each byte is a line that gets a name before it. */
    char said[(READ_BYTES + 1) * (NICK_BYTES + 2) + LINE_BYTES];
    struct client *client = clients[from];
    size_t said_bytes = 0;
    size_t nick_bytes = strlen(client->nick);

    if (client->rest_bytes > LINE_BYTES - READ_BYTES) {
        client->rest_bytes = 0; /* too long */
    }
    ssize_t received = read(from, client->rest + client->rest_bytes, READ_BYTES);
    if (received <= 0) {
        part(from);
        return;
    }
    const char *line = client->rest;
    const char *end = client->rest + client->rest_bytes + received;
    for (const char *newline; (newline = memchr(line, '\n', (size_t)(end - line))) != NULL;
         line = newline + 1) {
        size_t bytes = (size_t)(newline + 1 - line);
        memcpy(said + said_bytes, client->nick, nick_bytes);
        memcpy(said + said_bytes + nick_bytes, "> ", 2);
        memcpy(said + said_bytes + nick_bytes + 2, line, bytes);
        said_bytes += nick_bytes + 2 + bytes;
    }
    client->rest_bytes = (size_t)(end - line);
    memmove(client->rest, line, client->rest_bytes);
    if (said_bytes > 0) {
        say_to_others(from, said, said_bytes);
    }
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        (void)fputs("usage: select PORT\n", stderr);
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    int listener = listen_on(argv[1]);
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(listener, &readable);
        for (int client = 0; client <= highest; client++) {
            if (clients[client] != NULL) {
                FD_SET(client, &readable);
            }
        }
        if (select(highest + 1, &readable, NULL, NULL, NULL) < 0) {
            fail("select");
        }
        if (FD_ISSET(listener, &readable)) {
            welcome(listener);
        }
        for (int client = 0; client <= highest; client++) {
            if (clients[client] != NULL && FD_ISSET(client, &readable)) {
                hear(client);
            }
        }
    }
}
