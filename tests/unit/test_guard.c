/*
 * The guard of the receive buffers: peers whose data nobody reads leave room for
 * the others, whatever headers their segments have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guard.h"

#include "lwip/init.h"
#include "lwip/memp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/ip6.h"
#include "lwip/stats.h"

enum { OUR_PORT = 50000, PEERS = 40, RESERVE = 4, LINE = 60, FRAME_MOST = 1514 };
enum { FRAGMENT = IP6_NEXTH_FRAGMENT, ROUTING = IP6_NEXTH_ROUTING };
enum { HOPBYHOP = IP6_NEXTH_HOPBYHOP, OPTIONS = IP6_NEXTH_DESTOPTS };

static struct netif interface;
static struct tcp_pcb *listener;

/* A peer's connection. What it sent and nobody has read is in `unread`. */
static struct peer {
    struct tcp_pcb *pcb;
    struct pbuf *unread;
} peers[PEERS];

static bool pending; /* connections stay in the listener's backlog */

/* How the peers' segments look. */
static bool v6;
static const uint8_t *headers; /* before TCP's, with 0xff at the end */
static size_t option_bytes;    /* of IPv4's header */

uint32_t sys_now(void)
{
    return 0;
}

unsigned int lwip_port_rand(void)
{
    return (unsigned int)rand();
}

/* --- The interface --------------------------------------------------------------- */

static err_t drop(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    (void)netif;
    (void)packet;
    (void)to;
    return ERR_OK;
}

static err_t drop6(struct netif *netif, struct pbuf *packet, const ip6_addr_t *to)
{
    (void)netif;
    (void)packet;
    (void)to;
    return ERR_OK;
}

static err_t drop_frame(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    (void)frame;
    return ERR_OK;
}

static err_t start_interface(struct netif *netif)
{
    netif->output = drop;
    netif->output_ip6 = drop6;
    netif->linkoutput = drop_frame;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_ETHERNET | NETIF_FLAG_ETHARP | NETIF_FLAG_LINK_UP;
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->hwaddr[0] = 2;
    return ERR_OK;
}

static unsigned buffers_left(void)
{
    const struct stats_mem *pool = lwip_stats.memp[MEMP_PBUF_POOL];

    return (unsigned)(pool->avail - pool->used);
}

static void put(uint8_t *at, uint32_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        at[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    }
}

static size_t put_v4(uint8_t *ip, size_t bytes)
{
    put(ip,
        0x45000000U + (uint32_t)(option_bytes / 4 << 24) + (uint32_t)(20 + option_bytes + bytes),
        4);
    put(ip + 8, 0x40060000, 4);
    put(ip + 12, 0xC0A80701, 4);
    put(ip + 16, 0xC0A80702, 4);
    memset(ip + 20, 1, option_bytes); /* no operation */
    return 20 + option_bytes;
}

/* Each extension header is 8 bytes, but a fragment's the shortest one it can be. */
static size_t put_v6(uint8_t *ip, size_t bytes)
{
    uint8_t *next = ip + 6, *at = ip + 40;

    ip[0] = 0x60;
    ip[7] = 64;
    put(ip + 8, 0xfe800000, 4);
    ip[23] = 1;
    put(ip + 24, 0xfe800000, 4);
    ip[39] = 2;
    for (const uint8_t *header = headers; *header != 0xff; header++) {
        *next = *header;
        next = at;
        if (*header == OPTIONS) {
            at[1] = 1;              /* 8 bytes more */
            put(at + 2, 0x010c, 2); /* which are padding */
            at += 8;
        } else if (*header == HOPBYHOP) {
            put(at + 2, 0x0104, 2);
        }
        at += 8;
    }
    *next = IP6_NEXTH_TCP;
    put(ip + 4, (uint32_t)(at - ip - 40) + (uint32_t)bytes, 2);
    return (size_t)(at - ip);
}

/* Receives a segment into the pool, as a driver does. @return false when there is no buffer. */
static bool receive(const struct peer *peer, uint8_t flags, size_t bytes)
{
    static uint8_t frame[FRAME_MOST];
    uint8_t *tcp = frame + 14;

    memset(frame, 0, sizeof frame);
    frame[0] = 2;
    put(frame + 12, v6 ? 0x86dd : 0x0800, 2);
    tcp += v6 ? put_v6(tcp, 20 + bytes) : put_v4(tcp, 20 + bytes);
    put(tcp, 1000 + (uint32_t)(peer - peers), 2);
    put(tcp + 2, OUR_PORT, 2);
    put(tcp + 4, peer->pcb != NULL ? peer->pcb->rcv_nxt : 100, 4);
    put(tcp + 8, peer->pcb != NULL ? peer->pcb->snd_nxt : 0, 4);
    put(tcp + 12, 0x5000U | flags, 2);
    put(tcp + 14, 8192, 2);
    memset(tcp + 20, 'x', bytes);

    size_t all = (size_t)(tcp + 20 - frame) + bytes;
    struct pbuf *chain = pbuf_alloc(PBUF_RAW, (u16_t)(ETH_PAD_SIZE + all), PBUF_POOL);
    if (chain == NULL) {
        return false;
    }
    assert_int_equal(pbuf_take_at(chain, frame, (u16_t)all, ETH_PAD_SIZE), ERR_OK);
    if (interface.input(chain, &interface) != ERR_OK) {
        pbuf_free(chain);
    }
    return true;
}

/* --- The connections ----------------------------------------------------------------- */

static err_t keep(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
    struct peer *peer = arg;

    (void)pcb;
    assert_int_equal(error, ERR_OK);
    if (peer->unread == NULL) {
        peer->unread = data;
    } else {
        pbuf_cat(peer->unread, data);
    }
    return ERR_OK;
}

static void lose(void *arg, err_t error)
{
    (void)error;
    ((struct peer *)arg)->pcb = NULL;
}

static err_t accept_peer(void *arg, struct tcp_pcb *pcb, err_t error)
{
    struct peer *peer = &peers[pcb->remote_port - 1000];

    (void)arg;
    assert_int_equal(error, ERR_OK);
    tcp_arg(pcb, peer);
    tcp_recv(pcb, keep);
    tcp_err(pcb, lose);
    if (pending) {
        tcp_backlog_delayed(pcb);
    }
    return ERR_OK;
}

static struct peer *connect_peer(unsigned number)
{
    struct peer *peer = &peers[number];

    assert_true(receive(peer, TCP_SYN, 0));
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->remote_port == 1000 + number) {
            peer->pcb = pcb;
        }
    }
    assert_non_null(peer->pcb);
    assert_true(receive(peer, TCP_ACK, 0));
    assert_int_equal(peer->pcb->state, ESTABLISHED);
    return peer;
}

static size_t unread(const struct peer *peer)
{
    return peer->unread != NULL ? peer->unread->tot_len : 0;
}

static void read_all(struct peer *peer)
{
    if (peer->unread != NULL) {
        tcp_recved(peer->pcb, peer->unread->tot_len);
        pbuf_free(peer->unread);
        peer->unread = NULL;
    }
}

/* Connects a peer that sends as much as its window has room for. */
static struct peer *connect_talker(unsigned number)
{
    struct peer *peer = connect_peer(number);

    (void)receive(peer, TCP_ACK, TCP_MSS);
    (void)receive(peer, TCP_ACK, TCP_WND - TCP_MSS);
    return peer;
}

static int start(void **state)
{
    static const uint8_t none[] = {0xff};
    static bool initialised;

    (void)state;
    if (!initialised) {
        ip4_addr_t address, mask;

        initialised = true;
        lwip_init();
        IP4_ADDR(&address, 192, 168, 7, 2);
        IP4_ADDR(&mask, 255, 255, 255, 0);
        netif_add(&interface, &address, &mask, NULL, NULL, start_interface, guard_input);
        netif_set_default(&interface);
        netif_set_up(&interface);
        IP6_ADDR(ip_2_ip6(&interface.ip6_addr[0]), PP_HTONL(0xfe800000), 0, 0, PP_HTONL(2));
        ip6_addr_assign_zone(ip_2_ip6(&interface.ip6_addr[0]), IP6_UNICAST, &interface);
        netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
        listener = tcp_new_ip_type(IPADDR_TYPE_ANY);
        assert_int_equal(tcp_bind(listener, IP_ANY_TYPE, OUR_PORT), ERR_OK);
        listener = tcp_listen(listener);
        tcp_accept(listener, accept_peer);
    }
    pending = v6 = false;
    headers = none;
    option_bytes = 0;
    assert_int_equal(buffers_left(), PBUF_POOL_SIZE);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++) {
        if (peers[i].unread != NULL) {
            pbuf_free(peers[i].unread);
        }
        if (peers[i].pcb != NULL) {
            tcp_abort(peers[i].pcb);
        }
    }
    memset(peers, 0, sizeof peers);
    return 0;
}

/* --- What is promised ------------------------------------------------------------------ */

/* Peers that are not read leave the reserve, and lose nothing of what was taken. */
static void leave_reserve(void)
{
    assert_true(connect_talker(0)->unread->tot_len == TCP_WND);
    for (unsigned i = 1; i < PEERS; i++) {
        (void)connect_talker(i);
        assert_true(buffers_left() >= RESERVE);
    }
    for (unsigned i = 0; i < PEERS; i++) {
        read_all(&peers[i]);
    }
    assert_int_equal(buffers_left(), PBUF_POOL_SIZE);
    assert_true(receive(&peers[PEERS - 1], TCP_ACK, TCP_MSS));
    assert_true(unread(&peers[PEERS - 1]) == TCP_MSS);
}

static void test_reserve(void **state)
{
    (void)state;
    leave_reserve();
}

static void test_reserve_v4_options(void **state)
{
    (void)state;
    option_bytes = 40;
    leave_reserve();
}

static void test_reserve_v6(void **state)
{
    (void)state;
    v6 = true;
    leave_reserve();
}

/* lwIP skips extension headers before TCP's: so must the guard. */
static void test_reserve_v6_headers(void **state)
{
    static const uint8_t chains[][5] = {{OPTIONS, 0xff},
                                        {HOPBYHOP, 0xff},
                                        {ROUTING, 0xff},
                                        {FRAGMENT, 0xff},
                                        {HOPBYHOP, OPTIONS, ROUTING, FRAGMENT, 0xff}};

    v6 = true;
    for (unsigned i = 0; i < sizeof chains / sizeof chains[0]; i++) {
        headers = chains[i];
        leave_reserve();
        (void)end(state);
    }
}

/* However many peers send full segments, others can say a line, and those that are refused come
 * later. */
static void test_room_for_lines(void **state)
{
    struct peer *last = NULL;

    (void)state;
    for (unsigned i = 0; i < PEERS / 2; i++) {
        last = connect_peer(i);
        assert_true(receive(last, TCP_ACK, TCP_MSS));
    }
    assert_int_equal(unread(last), 0);
    for (unsigned i = PEERS / 2; i < PEERS / 2 + 6; i++) {
        struct peer *other = connect_peer(i);
        assert_true(receive(other, TCP_ACK, LINE));
        assert_int_equal(unread(other), LINE);
        assert_true(receive(other, TCP_ACK, LINE));
        assert_int_equal(unread(other), LINE);
        read_all(other);
        assert_true(receive(other, TCP_ACK, LINE));
        assert_int_equal(unread(other), LINE);
    }
    for (unsigned i = 0; i < PEERS; i++) {
        if (&peers[i] != last) {
            read_all(&peers[i]);
        }
    }
    assert_true(receive(last, TCP_ACK, TCP_MSS));
    assert_int_equal(unread(last), TCP_MSS);
}

/* What a refused segment acknowledges is freed. */
static void test_acknowledgement(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PEERS; i++) {
        (void)connect_talker(i);
    }
    struct peer *peer = connect_peer(0);
    size_t before = unread(peer);
    assert_int_equal(tcp_write(peer->pcb, "hello", 5, TCP_WRITE_FLAG_COPY), ERR_OK);
    assert_int_equal(tcp_output(peer->pcb), ERR_OK);
    assert_int_equal(tcp_sndqueuelen(peer->pcb), 1);
    assert_true(receive(peer, TCP_ACK, LINE));
    assert_int_equal(tcp_sndqueuelen(peer->pcb), 0);
    assert_int_equal(unread(peer), before);
}

/* A reset is one, whatever data comes with it, and before the connection is accepted. */
static void test_reset(void **state)
{
    (void)state;
    for (unsigned i = 1; i < PEERS; i++) {
        (void)connect_talker(i);
    }
    pending = true;
    struct peer *peer = connect_peer(0);
    assert_true(receive(peer, TCP_ACK, LINE));
    assert_int_equal(unread(peer), 0);
    assert_true(receive(peer, TCP_ACK | TCP_RST, LINE));
    assert_null(peer->pcb);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reserve, start, end),
        cmocka_unit_test_setup_teardown(test_reserve_v4_options, start, end),
        cmocka_unit_test_setup_teardown(test_reserve_v6, start, end),
        cmocka_unit_test_setup_teardown(test_reserve_v6_headers, start, end),
        cmocka_unit_test_setup_teardown(test_room_for_lines, start, end),
        cmocka_unit_test_setup_teardown(test_acknowledgement, start, end),
        cmocka_unit_test_setup_teardown(test_reset, start, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
