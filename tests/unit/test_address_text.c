/* Addresses and networks in text form. */
#include "core/address_text.h"
#include "unit.h"

static struct lwchat_address parsed(const char *text)
{
    struct lwchat_address address = {.low = 0};

    assert_true(address_parse(text, strlen(text), &address));
    return address;
}

static void test_text(void **state)
{
    /* RFC 5952, and RFC 4291 section 2.2. */
    static const char *const texts[][2] = {
        {"192.168.7.2", "192.168.7.2"},
        {"::", "::"},
        {"::1", "::1"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"2001:db8::", "2001:db8::"},
        {"2001:0DB8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"::ffff:10.0.2.2", "10.0.2.2"},
        {"::FFFF:0a00:0202", "10.0.2.2"},
        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
        {"fe80::1%tap0", "fe80::1"},
        {"fe80::abcd%wlp2s0f0u1u2u3", "fe80::abcd"},
    };
    static const char *const bad[] = {
        "",
        ":",
        ":::",
        "1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        "1::2::3",
        "12345::",
        "g::",
        ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:",
        "::1 ",
        "[::1]",
        "::1%lo",
        "fe80::1%",
        "fe80::1%a b",
        "fe80::1%0123456789abcdef",
        "::1.2.3",
        "::1.2.3.256",
        "1.2.3.4::",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::/64",
        "1.2.3",
        "2001:db8::1::",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[ADDRESS_TEXT_BYTES + 1];
        text[address_write(text, parsed(texts[i][0]))] = '\0';
        assert_string_equal(text, texts[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct lwchat_address unused;
        if (address_parse(bad[i], strlen(bad[i]), &unused)) {
            fail_msg("\"%s\" is taken for an address", bad[i]);
        }
    }
}

static bool is_in(const char *address, const char *network)
{
    struct lwchat_address parts;
    uint8_t prefix;

    assert_true(address_parse_network(network, strlen(network), &parts, &prefix));
    return address_is_in(parsed(address), parts, prefix);
}

static void test_networks(void **state)
{
    static const char *const texts[][2] = {
        {"10.1.2.3", "10.1.2.3"},
        {"10.1.2.3/8", "10.0.0.0/8"},
        {"10.1.2.3/32", "10.1.2.3"},
        {"::ffff:10.1.2.3/104", "10.0.0.0/8"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
        {"2001:db8:1:2:3:4:5:6/128", "2001:db8:1:2:3:4:5:6"},
        {"2001:db8:1:2:3:4:5:6/33", "2001:db8::/33"},
        {"fe80::1%tap0", "fe80::1"},
        {"fe80::1/10", "fe80::/10"},
        {"::1/1", "::/1"},
    };
    static const char *const bad[] = {"10.1.2.3/33", "10.1.2.3/0", "::1/0", "::1/129",
                                      "::1/",        "::1/x",      "/64"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct lwchat_address network;
        char text[ADDRESS_NETWORK_BYTES + 1];
        uint8_t prefix;
        assert_true(address_parse_network(texts[i][0], strlen(texts[i][0]), &network, &prefix));
        text[address_write_network(text, network, prefix)] = '\0';
        assert_string_equal(text, texts[i][1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct lwchat_address network;
        uint8_t prefix;
        assert_false(address_parse_network(bad[i], strlen(bad[i]), &network, &prefix));
    }
    assert_true(is_in("10.1.255.1", "10.1.2.3/16"));
    assert_false(is_in("10.2.255.1", "10.1.2.3/16"));
    assert_true(is_in("2001:db8:0:1::9", "2001:db8:0:1::5"));
    assert_false(is_in("2001:db8:0:2::9", "2001:db8:0:1::5"));
    assert_false(is_in("2001:db8::9", "2001:db8::5/128"));
    assert_true(is_in("2001:db8:8000::", "2001:db8::/32"));
    assert_false(is_in("2001:db8:8000::", "2001:db8::/33"));
    /* No IPv6 network has IPv4 peers in it. */
    assert_false(is_in("10.1.2.3", "::/1"));
    assert_true(is_in("::1", "::/1"));
}

static void test_people(void **state)
{
    (void)state;
    assert_true(address_is_person(parsed("2001:db8::1"), parsed("2001:db8::ffff:0:0:1")));
    assert_false(address_is_person(parsed("2001:db8::1"), parsed("2001:db8:0:1::1")));
    assert_false(address_is_person(parsed("fe80::1"), parsed("fe80::2")));
    assert_false(address_is_person(parsed("10.0.0.1"), parsed("10.0.0.2")));
    assert_true(address_is(parsed("::ffff:10.0.0.1"), address_v4(0x0A000001)));
    assert_int_equal(address_hash(parsed("2001:db8::1")), address_hash(parsed("2001:db8::2")));
    assert_int_not_equal(address_hash(parsed("2001:db8::1")),
                         address_hash(parsed("2001:db8:0:1::1")));
    assert_int_equal(address_hash(address_v4(0x0A000001)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
