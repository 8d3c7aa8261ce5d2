#include "names.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lwchat_error.h"

/* A name that was not found is not looked up again for so long. */
enum { UNKNOWN_S = 5 };

/* The last name requested. `host` does not change during its look-up. */
static struct {
    pthread_mutex_t lock;
    char host[256];
    int outcome;  /* LWCHAT_AGAIN during the look-up */
    bool told;    /* the outcome was returned */
    time_t since; /* when that was, in seconds of a steady clock */
    struct lwchat_address ip;
    int wake;
} asked = {.lock = PTHREAD_MUTEX_INITIALIZER, .outcome = LWCHAT_NOT_FOUND, .wake = -1};

/* Reads an IPv4 address, or the first IPv6 one: a network without a router leads to few of those.
 */
static bool read_best(const struct addrinfo *found)
{
    const struct addrinfo *best = found;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    while (best->ai_family != AF_INET && best->ai_next != NULL) {
        best = best->ai_next;
    }
    best = best->ai_family == AF_INET ? best : found;
    if (best->ai_family == AF_INET) {
        memcpy(&v4, best->ai_addr, sizeof(v4));
        asked.ip = address_v4(ntohl(v4.sin_addr.s_addr));
        return true;
    }
    if (best->ai_family != AF_INET6) {
        return false;
    }
    memcpy(&v6, best->ai_addr, sizeof(v6));
    asked.ip = address_read_v6(&v6.sin6_addr);
    return true;
}

static void *look(void *unused)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const uint64_t one = 1;
    struct addrinfo *found = NULL;
    int error = getaddrinfo(asked.host, NULL, &hints, &found);

    pthread_mutex_lock(&asked.lock);
    asked.outcome = LWCHAT_NOT_FOUND;
    if (error == 0 && read_best(found)) {
        asked.outcome = LWCHAT_OK;
    }
    if (asked.wake >= 0) {
        (void)!write(asked.wake, &one, sizeof(one));
    }
    pthread_mutex_unlock(&asked.lock);
    if (error == 0) {
        freeaddrinfo(found);
    }
    return unused;
}

/* Starts a thread with all signals blocked, since the loop's thread handles them. */
static void begin(void)
{
    pthread_t thread;
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, look, NULL) == 0) {
        pthread_detach(thread);
    } else {
        asked.outcome = LWCHAT_NOT_FOUND;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static time_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Whether to look the same name up again: its address may have changed, or be known now. */
static bool is_old(void)
{
    return asked.told && (asked.outcome == LWCHAT_OK || now_s() - asked.since >= UNKNOWN_S);
}

int names_look_up(const char *host, struct lwchat_address *ip, int wake)
{
    size_t bytes = strlen(host);
    int outcome;

    pthread_mutex_lock(&asked.lock);
    if (asked.outcome != LWCHAT_AGAIN && (strcmp(host, asked.host) != 0 || is_old()) &&
        bytes < sizeof(asked.host)) {
        memcpy(asked.host, host, bytes + 1);
        asked.outcome = LWCHAT_AGAIN;
        asked.told = false;
        asked.wake = wake;
        begin();
    }
    outcome = strcmp(host, asked.host) == 0 ? asked.outcome : LWCHAT_NOT_FOUND;
    *ip = asked.ip;
    if (!asked.told && outcome != LWCHAT_AGAIN) {
        asked.told = true;
        asked.since = now_s();
    }
    pthread_mutex_unlock(&asked.lock);
    return outcome;
}

void names_forget(void)
{
    pthread_mutex_lock(&asked.lock);
    asked.wake = -1;
    pthread_mutex_unlock(&asked.lock);
}
