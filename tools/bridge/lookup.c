#include "lookup.h"

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { HOST_BYTES = 256 };

/* The thread and the caller share it; the last to release it frees it. */
struct lookup {
    char host[HOST_BYTES], port[8];
    struct addrinfo *found;
    int error;
    atomic_bool ended;
    atomic_int users;
};

static void look(struct lookup *lookup, int flags)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};

    lookup->error = getaddrinfo(lookup->host, lookup->port, &hints, &lookup->found);
}

static void *run(void *context)
{
    struct lookup *lookup = context;

    look(lookup, 0);
    atomic_store(&lookup->ended, true);
    lookup_free(lookup);
    return NULL;
}

struct lookup *lookup_begin(const char *host, uint16_t port)
{
    struct lookup *lookup = calloc(1, sizeof *lookup);
    pthread_t thread;

    if (lookup == NULL) {
        return NULL;
    }
    (void)snprintf(lookup->host, sizeof lookup->host, "%s", host);
    (void)snprintf(lookup->port, sizeof lookup->port, "%u", port);
    atomic_init(&lookup->users, 1);
    look(lookup, AI_NUMERICHOST);
    atomic_init(&lookup->ended, lookup->error == 0);
    if (lookup->error != 0) {
        atomic_store(&lookup->users, 2);
        if (pthread_create(&thread, NULL, run, lookup) != 0) {
            free(lookup);
            return NULL;
        }
        (void)pthread_detach(thread);
    }
    return lookup;
}

bool lookup_ended(const struct lookup *lookup, int *error, const struct addrinfo **found)
{
    if (!atomic_load(&lookup->ended)) {
        return false;
    }
    *error = lookup->error;
    *found = lookup->found;
    return true;
}

void lookup_free(struct lookup *lookup)
{
    if (lookup != NULL && atomic_fetch_sub(&lookup->users, 1) == 1) {
        if (lookup->found != NULL) {
            freeaddrinfo(lookup->found);
        }
        free(lookup);
    }
}
