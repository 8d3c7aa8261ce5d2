/* Sockets of lwIP's that are not as they should be. */
#include "unit.h"

#include "lwip/api.h"
#include "lwip/priv/sockets_priv.h"
#include "lwip/sockets.h"
#include "lwip/tcpip.h"

#include "lwchat_error.h"
#include "net/sock.h"
#include "port.h"

enum { EMPTY_READS = 63 }; /* what sock.c allows in a row */

static int sock;
static struct netconn *connection;

/* What lwIP and sock.c want of a port. */
_Noreturn void port_panic(const char *file, int line, const char *what)
{
    fail_msg("%s:%d: %s", file, line, what);
    abort();
}

unsigned int random_word(void)
{
    return 4;
}

void port_wait(uint32_t timeout_ms)
{
    (void)timeout_ms;
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
    struct sock_poll poll = {.sock = sock, .want = SOCK_READABLE};

    return sock_wait(&poll, 1, 0) == 1 && poll.ready == SOCK_READABLE;
}

static int peek(void)
{
    char buffer[16];

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
    sock_abort(sock);
    return 0;
}

/* As when what happened to a closed socket is told to the next one with its number. */
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
        sock_skip(sock, 5);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_is_readable_for_ever_is_given_up, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(one_in_which_something_comes_is_not, open_socket,
                                        close_socket),
        cmocka_unit_test_setup_teardown(one_that_turns_out_not_to_be_readable_is_not, open_socket,
                                        close_socket),
    };

    tcpip_init(NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
