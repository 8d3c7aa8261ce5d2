/*
 * Messages to the service manager: a datagram with lines NAME=VALUE to the socket that
 * $NOTIFY_SOCKET names, a path or, with a @, an abstract name. See sd_notify(3).
 */
#include "notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "port.h"
#include "system.h"

/* How long a message that must not be lost may block the loop. */
enum { PATIENCE_S = 1 };

/* @return the length of the address; 0 when nobody is to be told. */
static socklen_t find_manager(struct sockaddr_un *to)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t bytes = path == NULL ? 0 : strlen(path);

    if (bytes < 2 || bytes >= sizeof to->sun_path || (path[0] != '/' && path[0] != '@')) {
        return 0;
    }
    to->sun_family = AF_UNIX;
    memcpy(to->sun_path, path, bytes + 1);
    if (path[0] == '@') {
        to->sun_path[0] = '\0';
        bytes--; /* an abstract name has no NUL at its end */
    }
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes + 1);
}

static void send_message(const char *message, int flags)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_un to;
    socklen_t to_bytes = find_manager(&to);
    int sock = to_bytes > 0 ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

    if (sock < 0) {
        return;
    }
    (void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    (void)sendto(sock, message, strlen(message), flags | MSG_NOSIGNAL, (struct sockaddr *)&to,
                 to_bytes);
    close(sock);
}

void port_notify(enum port_phase phase, const char *status)
{
    char message[160];

    switch (phase) {
    case PORT_READY:
        (void)snprintf(message, sizeof message, "READY=1\nSTATUS=%s", status);
        send_message(message, 0);
        break;
    case PORT_BUSY:
        (void)snprintf(message, sizeof message, "STATUS=%s", status);
        send_message(message, MSG_DONTWAIT);
        break;
    case PORT_STOPPING:
        send_message("STOPPING=1", 0);
        break;
    }
}

void notify_reloading(void)
{
    char message[64];

    (void)snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%llu",
                   (unsigned long long)system_now_us());
    send_message(message, 0);
}

void notify_reloaded(void)
{
    send_message("READY=1", 0);
}
