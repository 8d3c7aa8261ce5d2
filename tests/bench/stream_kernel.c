/*
 * The other end of a raw stream, on the kernel's sockets. With an address it
 * connects, receives or sends for SECONDS, and prints the throughput in MB/s;
 * without one it serves one connection at a time.
 *
 *     stream-kernel take|give PORT [ADDRESS SECONDS]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PIECE_BYTES = 64 * 1024, ATTEMPTS = 100, ATTEMPT_US = 20 * 1000 };

/* Filling the buffers at the start does not count as throughput. */
static const double warm_up_s = 0.1;

static bool giving;

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

_Noreturn static void fail(const char *what)
{
    perror(what);
    exit(1);
}

/* Transfers bytes until `end_s`, or the connection's end. @return how many. */
static uint64_t move_until(int sock, double end_s)
{
    static char bytes[PIECE_BYTES];
    uint64_t moved = 0;

    while (now_s() < end_s) {
        ssize_t n = giving ? send(sock, bytes, sizeof bytes, MSG_NOSIGNAL)
                           : recv(sock, bytes, sizeof bytes, 0);
        if (n <= 0) {
            break;
        }
        moved += (uint64_t)n;
    }
    return moved;
}

static void serve(struct sockaddr_in *here)
{
    int on = 1;
    int door = socket(AF_INET, SOCK_STREAM, 0);

    (void)setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)here, sizeof *here) < 0 || listen(door, 1) < 0) {
        fail("listen");
    }
    puts("ready");
    (void)fflush(stdout);
    for (int sock; (sock = accept(door, NULL, NULL)) >= 0;) {
        (void)move_until(sock, 1e18);
        (void)close(sock);
    }
    fail("accept");
}

static void measure(const struct sockaddr_in *there, double seconds)
{
    int sock = -1;

    for (unsigned i = 0; i < ATTEMPTS; i++) {
        sock = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(sock, (const struct sockaddr *)there, sizeof *there) == 0) {
            break;
        }
        (void)close(sock);
        sock = -1;
        (void)usleep(ATTEMPT_US);
    }
    if (sock < 0) {
        fail("connect");
    }
    (void)move_until(sock, now_s() + warm_up_s);

    double start_s = now_s();
    uint64_t moved = move_until(sock, start_s + seconds);
    double took_s = now_s() - start_s;
    if (took_s < seconds) {
        (void)fputs("the connection has ended\n", stderr);
        exit(1);
    }
    printf("%.1f\n", (double)moved / took_s / 1e6);
}

int main(int argc, char *argv[])
{
    giving = argc > 1 && strcmp(argv[1], "give") == 0;
    if ((argc != 3 && argc != 5) || (!giving && strcmp(argv[1], "take") != 0)) {
        (void)fputs("usage: stream-kernel take|give PORT [ADDRESS SECONDS]\n", stderr);
        return 2;
    }

    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10))};
    if (argc == 3) {
        serve(&address);
    }
    if (inet_pton(AF_INET, argv[3], &address.sin_addr) != 1) {
        fail("address");
    }
    measure(&address, strtod(argv[4], NULL));
    return 0;
}
