/* lwIP sockets in irregular states. */
#include "unit.h"

#include "lwip/api.h"
#include "lwip/priv/api_msg.h"
#include "lwip/priv/sockets_priv.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/sockets.h"
#include "lwip/tcpip.h"

#include "lwchat_config.h"
#include "lwchat_error.h"
#include "net/sock.h"
#include "port.h"

enum { EMPTY_READS = 63 }; /* allowed by sock.c in a row */

static int sock;
static struct netconn *connection;

/* Required by lwIP and sock.c from a port. */
_Noreturn void port_panic(const char *file, int line, const char *what)
{
    fail_msg("%s:%d: %s", file, line, what);
    abort();
}

unsigned int random_word(void)
{
    return 4;
}

uint32_t port_unacknowledged(bool *silent)
{
    *silent = false;
    return 0;
}

int port_resolve(const char *host, struct lwchat_address *ip)
{
    (void)host;
    (void)ip;
    return LWCHAT_UNSUPPORTED;
}

void port_wait(uint32_t timeout_ms)
{
    (void)timeout_ms;
}

void port_wake(void)
{
}

/* A clock that advances with each call. */
u32_t __wrap_sys_now(void);

u32_t __wrap_sys_now(void)
{
    static u32_t now_ms;

    return now_ms += 5;
}

static void post(enum netconn_evt event, u16_t bytes)
{
    LOCK_TCPIP_CORE();
    connection->callback(connection, event, bytes);
    UNLOCK_TCPIP_CORE();
}

static void arrive(const char *text)
{
    u16_t bytes = (u16_t)strlen(text);
    struct pbuf *data = pbuf_alloc(PBUF_RAW, bytes, PBUF_RAM);

    assert_non_null(data);
    assert_int_equal(pbuf_take(data, text, bytes), ERR_OK);
    assert_int_equal(sys_mbox_trypost(&connection->recvmbox, data), ERR_OK);
    post(NETCONN_EVT_RCVPLUS, bytes);
}

static bool is_readable(void)
{
    struct sock_poll poll = {.sock = (int16_t)sock, .want = SOCK_READABLE};

    return sock_wait(&poll, 1, 0) == 1 && poll.ready == SOCK_READABLE;
}

static char buffer[16];

static int peek(void)
{
    return sock_peek(sock, buffer, sizeof buffer);
}

static int open_socket(void **state)
{
    (void)state;
    sock = lwip_socket(AF_INET, SOCK_STREAM, 0);
    assert_true(sock >= 0);
    connection = lwip_socket_dbg_get_socket(sock)->conn;
    assert_false(is_readable());
    assert_int_equal(peek(), LWCHAT_AGAIN);
    return 0;
}

static int close_socket(void **state)
{
    (void)state;
    (void)sock_abort(sock);
    return 0;
}

/* As if an event of a closed socket were reported to the next socket with its number. */
static void one_that_is_readable_for_ever_is_given_up(void **state)
{
    (void)state;
    post(NETCONN_EVT_RCVPLUS, 0);
    for (int i = 0; i < EMPTY_READS; i++) {
        assert_true(is_readable());
        assert_int_equal(peek(), LWCHAT_AGAIN);
    }
    assert_int_equal(peek(), LWCHAT_GONE);
    assert_int_equal(peek(), LWCHAT_GONE);
}

static void one_in_which_something_comes_is_not(void **state)
{
    (void)state;
    post(NETCONN_EVT_RCVPLUS, 0);
    for (int times = 0; times < 3; times++) {
        for (int i = 0; i < EMPTY_READS; i++) {
            assert_int_equal(peek(), LWCHAT_AGAIN);
        }
        arrive("hello");
        assert_int_equal(peek(), 5);
        sock_skip(sock, buffer, 5);
    }
}

static void one_that_turns_out_not_to_be_readable_is_not(void **state)
{
    (void)state;
    for (int times = 0; times < 3; times++) {
        post(NETCONN_EVT_RCVPLUS, 0);
        for (int i = 0; i < EMPTY_READS; i++) {
            assert_int_equal(peek(), LWCHAT_AGAIN);
        }
        post(NETCONN_EVT_RCVMINUS, 0);
        assert_int_equal(peek(), LWCHAT_AGAIN);
    }
}

static err_t swallow(struct netif *netif, struct pbuf *packet, const ip4_addr_t *to)
{
    (void)netif;
    (void)packet;
    (void)to;
    return ERR_OK;
}

static err_t start_interface(struct netif *netif)
{
    netif->output = swallow;
    netif->mtu = 1500;
    netif->flags = NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

static void add_interface(void)
{
    static struct netif interface;
    ip4_addr_t address, mask, gateway;

    IP4_ADDR(&address, 192, 168, 7, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 7, 1);
    LOCK_TCPIP_CORE();
    (void)netif_add(&interface, &address, &mask, &gateway, NULL, start_interface, ip_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
    UNLOCK_TCPIP_CORE();
}

/* A connection in the backlog, to a peer whose window is still closed. */
static struct netconn *connect_to(struct netconn *listener)
{
    struct netconn *new = netconn_new_with_callback(NETCONN_TCP, listener->callback);

    assert_non_null(new);
    LOCK_TCPIP_CORE();
    IP_ADDR4(&new->pcb.tcp->remote_ip, 192, 168, 7, 1);
    new->pcb.tcp->remote_port = 40000;
    new->pcb.tcp->state = ESTABLISHED;
    TCP_REG_ACTIVE(new->pcb.tcp);
    UNLOCK_TCPIP_CORE();
    /* As lwIP counts events before the connection is accepted. */
    new->callback_arg.socket = -1;
    assert_int_equal(sys_mbox_trypost(&listener->acceptmbox, new), ERR_OK);
    connection = listener;
    post(NETCONN_EVT_RCVPLUS, 0);
    return new;
}

static void a_send_takes_what_there_is_room_for(void **state)
{
    static const char text[] = "!!! the server is full (64 of 64), try again later\n";
    struct sock_address peer;
    int listener = sock_listen(LWCHAT_PORT, LWCHAT_BACKLOG);

    (void)state;
    assert_true(listener >= 0);
    add_interface();
    struct netconn *new = connect_to(lwip_socket_dbg_get_socket(listener)->conn);
    sock = sock_accept(listener, &peer);
    assert_true(sock >= 0);
    assert_int_equal(peer.port, 40000);
    assert_int_equal(sock_send(sock, text, sizeof text - 1), sizeof text - 1);
    assert_int_equal(new->pcb.tcp->snd_lbb - new->pcb.tcp->snd_nxt, sizeof text - 1);
    (void)sock_abort(sock);
    sock_close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_is_readable_for_ever_is_given_up, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(one_in_which_something_comes_is_not, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(one_that_turns_out_not_to_be_readable_is_not, open_socket,
                                        close_socket),
        cmocka_unit_test(a_send_takes_what_there_is_room_for),
    };

    tcpip_init(NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
