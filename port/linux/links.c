#include "links.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lwchat_error.h"
#include "wait.h"

enum { MULTICAST_PORT = 5353, TTL = 255 /* RFC 6762, section 11 */ };

static int fd = -1;

static bool open_socket(void)
{
    const int ttl = TTL;

    fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    (void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl));
    wait_watch(fd);
    return true;
}

/* Whether it is an address of this machine on a link with multicast. */
static bool is_on_link(const struct ifaddrs *address)
{
    const unsigned wanted = IFF_UP | IFF_MULTICAST;

    return address->ifa_addr != NULL && address->ifa_addr->sa_family == AF_INET &&
           (address->ifa_flags & (wanted | IFF_LOOPBACK)) == wanted;
}

static bool ask_from(const struct ifaddrs *address, const void *question, size_t bytes)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(MULTICAST_PORT)}, own;
    struct ip_mreqn link = {.imr_ifindex = (int)if_nametoindex(address->ifa_name)};

    memcpy(&own, address->ifa_addr, sizeof(own));
    link.imr_address = own.sin_addr;
    (void)inet_aton("224.0.0.251", &to.sin_addr);
    return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &link, sizeof(link)) == 0 &&
           sendto(fd, question, bytes, 0, (const struct sockaddr *)&to, sizeof(to)) >= 0;
}

int links_ask(const void *question, size_t bytes)
{
    struct ifaddrs *all;
    bool sent = false;

    if ((fd < 0 && !open_socket()) || getifaddrs(&all) < 0) {
        return LWCHAT_FAILED;
    }
    for (const struct ifaddrs *address = all; address != NULL; address = address->ifa_next) {
        sent = (is_on_link(address) && ask_from(address, question, bytes)) || sent;
    }
    freeifaddrs(all);
    return sent ? LWCHAT_OK : LWCHAT_UNREACHABLE;
}

int links_hear(void *answer, size_t bytes, struct lwchat_address *from)
{
    struct sockaddr_in sender = {0};
    socklen_t sender_bytes = sizeof(sender);
    ssize_t n = recvfrom(fd, answer, bytes, 0, (struct sockaddr *)&sender, &sender_bytes);

    if (n < 0) {
        return LWCHAT_AGAIN;
    }
    *from = address_v4(ntohl(sender.sin_addr.s_addr));
    return (int)n;
}

void links_close(void)
{
    if (fd >= 0) {
        close(fd);
        fd = -1;
    }
}
