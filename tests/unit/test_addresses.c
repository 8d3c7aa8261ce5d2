/* An interface's addresses, as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../port/lwip/addresses.h"
#include "lwip/def.h"
#include "port.h"

/* Required by lwIP's port. */
_Noreturn void port_panic(const char *file, int line, const char *what)
{
    fail_msg("%s:%d: %s", file, line, what);
    abort();
}

unsigned int random_word(void)
{
    return 4;
}

static void assert_read(const char *text, uint32_t address, uint32_t mask)
{
    struct addresses read;

    if (!addresses_read(&read, text, NULL)) {
        fail_msg("%s is refused", text);
    }
    assert_int_equal(lwip_ntohl(read.address.addr), address);
    assert_int_equal(lwip_ntohl(read.mask.addr), mask);
    assert_int_equal(read.gateway.addr, 0);
}

static void test_hosts(void **state)
{
    (void)state;
    assert_read("192.168.7.2/24", 0xC0A80702, 0xFFFFFF00);
    assert_read("10.0.2.15/8", 0x0A00020F, 0xFF000000);
    assert_read("128.0.0.1/1", 0x80000001, 0x80000000);
    assert_read("1.0.0.1/30", 0x01000001, 0xFFFFFFFC);
    assert_read("223.255.255.254/24", 0xDFFFFFFE, 0xFFFFFF00);
    /* In networks of one or two addresses, the first and the last are hosts too. */
    assert_read("192.168.7.0/31", 0xC0A80700, 0xFFFFFFFE);
    assert_read("192.168.7.1/31", 0xC0A80701, 0xFFFFFFFE);
    assert_read("192.168.7.255/32", 0xC0A807FF, 0xFFFFFFFF);
}

static void test_no_host(void **state)
{
    static const char *const texts[] = {
        "0.0.0.0/24",     "0.1.2.3/8",        "127.0.0.1/8",       "127.255.0.1/24",
        "224.0.0.1/24",   "239.1.2.3/8",      "240.0.0.1/24",      "255.255.255.255/32",
        "192.168.7.0/24", "192.168.7.255/24", "192.168.7.4/30",    "192.168.7.7/30",
        "10.0.0.0/8",     "10.255.255.255/8", "192.168.255.255/16"};
    struct addresses read;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (addresses_read(&read, texts[i], NULL)) {
            fail_msg("%s is taken", texts[i]);
        }
    }
}

static void test_not_written_so(void **state)
{
    static const char *const texts[] = {
        "",
        "/24",
        "192.168.7.2",
        "192.168.7.2/",
        "192.168.7.2/0",
        "192.168.7.2/33",
        "192.168.7.2/4294967320",
        "192.168.7.2/-1",
        "192.168.7.2/+24",
        "192.168.7.2/24x",
        "192.168.7.2/24 ",
        "192.168.7.2/24/24",
        "192.168.7.256/24",
        "192.168.7/24",
        "192.168.7.2.1/24",
        "3232237314/24",
        "0xC0A80702/24",
        "192.168.010.2/24",
        "192.168.7.02/24",
        " 192.168.7.2/24",
        "192.168.7.2 /24",
        "somewhere/24",
        "192.168.7.222.192.168.7.222/24",
    };
    struct addresses read;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (addresses_read(&read, texts[i], NULL)) {
            fail_msg("\"%s\" is taken", texts[i]);
        }
    }
}

static void test_gateway(void **state)
{
    static const char *const bad[] = {"", "x", "192.168.7", "192.168.7.1/24", "192.168.7.01"};
    struct addresses read;

    (void)state;
    assert_true(addresses_read(&read, "192.168.7.2/24", "192.168.7.1"));
    assert_int_equal(lwip_ntohl(read.gateway.addr), 0xC0A80701);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(addresses_read(&read, "192.168.7.2/24", bad[i]));
    }
}

static void assert_written(const char *address, const char *gateway)
{
    char text[PORT_ADDRESS_BYTES], wanted[PORT_ADDRESS_BYTES];
    struct addresses read;
    struct netif netif = {0};

    assert_true(addresses_read(&read, address, gateway));
    ip_addr_copy_from_ip4(netif.ip_addr, read.address);
    ip_addr_copy_from_ip4(netif.netmask, read.mask);
    ip_addr_copy_from_ip4(netif.gw, read.gateway);
    (void)snprintf(wanted, sizeof wanted, "%s%s%s", address, gateway != NULL ? " " : "",
                   gateway != NULL ? gateway : "");
    addresses_write(&netif, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void test_written_as_they_are_read(void **state)
{
    char text[PORT_ADDRESS_BYTES] = "old";
    const struct netif none = {0};

    (void)state;
    assert_written("192.168.7.2/24", NULL);
    assert_written("10.0.0.1/8", "10.0.0.2");
    assert_written("128.0.0.1/1", NULL);
    assert_written("222.222.222.222/32", "222.222.222.221"); /* the longest */
    addresses_write(&none, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_no_host),
        cmocka_unit_test(test_not_written_so),
        cmocka_unit_test(test_gateway),
        cmocka_unit_test(test_written_as_they_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
