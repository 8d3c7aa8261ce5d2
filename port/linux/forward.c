#include "forward.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/tcp.h> /* netinet/tcp.h has a TCP_MSS of its own */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lwchat_config.h"
#include "lwchat_error.h"
#include "reason.h"

/* --- What is forwarded ----------------------------------------------------- */

/* Reads "ADDR:PORT". */
static int read_detail(struct forward *forward, const char *detail)
{
    char text[INET_ADDRSTRLEN];
    const char *colon = strrchr(detail, ':');
    unsigned long port = 0;
    char *end = NULL;

    if (colon != NULL && (size_t)(colon - detail) < sizeof(text)) {
        memcpy(text, detail, (size_t)(colon - detail));
        text[colon - detail] = '\0';
        port = strtoul(colon + 1, &end, 10);
    }
    if (port < 1 || port > UINT16_MAX || *end != '\0' || inet_aton(text, &forward->host) == 0) {
        return reason_set(
            LWCHAT_BAD_ARGUMENT,
            SAY("\"%s\" is not an address and port of this machine: use --net user:127.0.0.1:50000",
                "\"%s\" n'est pas une adresse et un port de cette machine : écrire --net "
                "user:127.0.0.1:50000"),
            detail);
    }
    forward->ports[FORWARD_CHAT].host_port = (uint16_t)port;
    forward->ports[FORWARD_CHAT].option = "--net user:ADDR:PORT";
    return LWCHAT_OK;
}

/* The chat's own port also serves browsers and IRC clients. */
static void plan_other(struct forward *forward, unsigned which, uint16_t number, bool asked,
                       const char *option)
{
    forward->ports[which] = (struct forward_port){.listener = -1, .listener6 = -1};
    if (number != forward->ports[FORWARD_CHAT].host_port) {
        forward->ports[which].host_port = forward->ports[which].guest_port = number;
        forward->ports[which].optional = !asked;
        forward->ports[which].option = option;
    }
}

int forward_plan(struct forward *forward, const char *detail, const struct port_config *config,
                 struct in_addr guest, struct in6_addr guest6)
{
    struct forward_port *chat = &forward->ports[FORWARD_CHAT];
    int error = LWCHAT_OK;

    *forward = (struct forward){.host = {.s_addr = htonl(INADDR_LOOPBACK)},
                                .guest = guest,
                                .guest6 = guest6,
                                .has_v6 = detail == NULL};
    *chat = (struct forward_port){.host_port = config->serve,
                                  .guest_port = config->serve,
                                  .listener = -1,
                                  .listener6 = -1,
                                  .option = "--port"};
    if (detail != NULL) {
        error = read_detail(forward, detail);
    }
    plan_other(forward, FORWARD_BROWSERS, config->http, config->http_asked, "--http");
    plan_other(forward, FORWARD_IRC, config->irc, config->irc_asked, "--irc");
    plan_other(forward, FORWARD_PROXY, config->proxy, true, "--proxy-port");
    if (error == LWCHAT_OK && config->proxy != 0 && config->proxy == chat->host_port) {
        return reason_set(LWCHAT_IN_USE,
                          SAY("port %u is for the chat: choose another one with --proxy-port",
                              "le port %u est celui du chat : en choisir un autre avec "
                              "--proxy-port"),
                          chat->host_port);
    }
    return error;
}

/* --- Opening --------------------------------------------------------------- */

/*
 * Listening at a broadcast or multicast address succeeds, but peers cannot connect
 * to it. A local network's broadcast address is found by connecting a datagram
 * socket without SO_BROADCAST, which the kernel refuses.
 */
static bool is_for_many(struct in_addr address)
{
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_addr = address, .sin_port = htons(1)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool many = IN_MULTICAST(ntohl(address.s_addr)) || address.s_addr == INADDR_BROADCAST;

    if (fd >= 0) {
        many =
            many || (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno == EACCES);
        close(fd);
    }
    return many;
}

/* Sets the reason from errno. */
static int explain(const char *host, const struct forward_port *port)
{
    switch (errno) {
    case EADDRINUSE:
        return reason_set(LWCHAT_IN_USE,
                          SAY("port %u of %s is in use: stop the program that has it, or choose "
                              "another port with %s",
                              "le port %u de %s est pris : arrêter le programme qui l'a, ou "
                              "choisir un autre port avec %s"),
                          port->host_port, host, port->option);
    case EACCES:
        return reason_set(LWCHAT_NO_PERMISSION,
                          SAY("no permission to use port %u of %s: choose one from 1024 up with %s",
                              "pas le droit de prendre le port %u de %s : en choisir un à partir "
                              "de 1024 avec %s"),
                          port->host_port, host, port->option);
    case EADDRNOTAVAIL:
        return reason_set(
            LWCHAT_FAILED,
            SAY("%s is not an address of this machine: use one that is, or 0.0.0.0 for all",
                "%s n'est pas une adresse de cette machine : en choisir une qui l'est, ou 0.0.0.0 "
                "pour toutes"),
            host);
    default:
        return reason_set(
            LWCHAT_FAILED,
            SAY("cannot use port %u of %s: %s", "impossible de prendre le port %u de %s : %s"),
            port->host_port, host, strerror(errno));
    }
}

static void set_option(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

/*
 * libslirp maps all of this machine's own addresses to one. Connections from the
 * same port of two of them would look like one to lwIP, and the second would
 * replace the first. So of 127.0.0.0/8 only 127.0.0.1 may connect.
 */
static void keep_peers_apart(int fd)
{
    enum { SOURCE = 12 };
    static struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + SOURCE),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, INADDR_LOOPBACK, 2, 0),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, IN_CLASSA_NET),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, INADDR_LOOPBACK & IN_CLASSA_NET, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog filter = {.len = sizeof(steps) / sizeof(steps[0]), .filter = steps};

    (void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

/*
 * libslirp listens with a backlog of one: of several simultaneous connections all
 * but two would be refused. Calling listen() again enlarges it. libslirp also
 * answers lwIP's keep-alive probes itself, so the host has to probe the peers; the
 * connections inherit these options from the listener (tcp(7), socket(7)).
 */
static void set_up(int listener)
{
    (void)listen(listener, LWCHAT_BACKLOG);
    set_option(listener, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(listener, IPPROTO_TCP, TCP_KEEPIDLE, LWCHAT_KEEPALIVE_IDLE_S);
    set_option(listener, IPPROTO_TCP, TCP_KEEPINTVL, LWCHAT_KEEPALIVE_INTERVAL_S);
    set_option(listener, IPPROTO_TCP, TCP_KEEPCNT, LWCHAT_KEEPALIVE_PROBES);
}

/* A search for the listener that libslirp has just opened, among the sockets that it polls. */
struct search {
    const struct forward *known;
    int found;
};

static int visit_socket(int fd, int events, void *opaque)
{
    struct search *search = opaque;
    int accepts = 0;
    socklen_t bytes = sizeof(accepts);

    (void)events;
    if (!forward_listens(search->known, fd) &&
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &bytes) == 0 && accepts) {
        search->found = fd;
    }
    return -1; /* do not poll it now */
}

/* libslirp does not say which descriptor is the listener. */
static int find_listener(const struct forward *forward, Slirp *slirp)
{
    struct search search = {.known = forward, .found = -1};
    uint32_t timeout = 0;

    slirp_pollfds_fill(slirp, &timeout, visit_socket, &search);
    return search.found;
}

/* @return 0 also on a machine without IPv6. */
static int open_port6(struct forward *forward, struct forward_port *port, Slirp *slirp)
{
    const struct sockaddr_in6 host = {.sin6_family = AF_INET6,
                                      .sin6_port = htons(port->host_port),
                                      .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const struct sockaddr_in6 guest = {.sin6_family = AF_INET6,
                                       .sin6_port = htons(port->guest_port),
                                       .sin6_addr = forward->guest6};

    if (slirp_add_hostxfwd(slirp, (const struct sockaddr *)&host, sizeof(host),
                           (const struct sockaddr *)&guest, sizeof(guest),
                           SLIRP_HOSTFWD_V6ONLY) != 0) {
        if (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT) {
            return LWCHAT_OK;
        }
        int error = explain("::1", port);
        if (port->optional) {
            port_complain(port_reason());
        }
        return port->optional ? LWCHAT_OK : error;
    }
    port->listener6 = find_listener(forward, slirp);
    if (port->listener6 >= 0) {
        set_up(port->listener6);
    }
    return LWCHAT_OK;
}

static int open_port(struct forward *forward, struct forward_port *port, Slirp *slirp)
{
    if (is_for_many(forward->host)) {
        errno = EADDRNOTAVAIL;
        return explain(inet_ntoa(forward->host), port);
    }
    if (slirp_add_hostfwd(slirp, 0, forward->host, port->host_port, forward->guest,
                          port->guest_port) != 0) {
        return explain(inet_ntoa(forward->host), port);
    }
    port->listener = find_listener(forward, slirp);
    if (port->listener >= 0) {
        set_up(port->listener);
        keep_peers_apart(port->listener);
    }
    return forward->has_v6 ? open_port6(forward, port, slirp) : LWCHAT_OK;
}

int forward_open(struct forward *forward, Slirp *slirp)
{
    for (size_t i = 0; i < FORWARD_PORTS; i++) {
        struct forward_port *port = &forward->ports[i];
        int error = port->guest_port != 0 ? open_port(forward, port, slirp) : LWCHAT_OK;

        if (error != LWCHAT_OK && !port->optional) {
            return error;
        }
        if (error != LWCHAT_OK) {
            port_complain(port_reason());
            *port = (struct forward_port){.listener = -1, .listener6 = -1};
        }
    }
    return LWCHAT_OK;
}

void forward_close(struct forward *forward)
{
    for (size_t i = 0; i < FORWARD_PORTS; i++) {
        forward->ports[i].listener = forward->ports[i].listener6 = -1;
    }
}

/* --- While it runs --------------------------------------------------------- */

bool forward_is_open(const struct forward *forward)
{
    return forward->ports[FORWARD_CHAT].listener >= 0;
}

bool forward_listens(const struct forward *forward, int fd)
{
    bool listens = false;

    for (size_t i = 0; i < FORWARD_PORTS; i++) {
        listens =
            listens ||
            (fd >= 0 && (forward->ports[i].listener == fd || forward->ports[i].listener6 == fd));
    }
    return listens;
}

uint16_t forward_host_port(const struct forward *forward, uint16_t guest_port)
{
    for (size_t i = FORWARD_PORTS - 1; i > FORWARD_CHAT; i--) {
        if (forward->ports[i].guest_port != 0 && forward->ports[i].guest_port == guest_port) {
            return forward->ports[i].host_port;
        }
    }
    return forward->ports[FORWARD_CHAT].host_port;
}

uint16_t forward_guest_port(const struct forward *forward, uint16_t host_port)
{
    const struct forward_port *port = &forward->ports[FORWARD_CHAT];

    for (size_t i = FORWARD_CHAT + 1; i < FORWARD_PORTS; i++) {
        if (forward->ports[i].guest_port != 0 && forward->ports[i].host_port == host_port &&
            port->host_port != host_port) {
            port = &forward->ports[i];
        }
    }
    return port->guest_port;
}
