/* Which of a machine's network cards the station's MAC is derived from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../port/linux/station.h"
#include "port.h"

enum { PATH_BYTES = 200 };

static char folder[PATH_BYTES / 2];

void port_entropy(void *buffer, size_t bytes)
{
    memset(buffer, 7, bytes);
}

static void put(const char *interface, const char *name, const char *text)
{
    char path[PATH_BYTES];

    assert_true(snprintf(path, sizeof path, "%s/%s/%s", folder, interface, name) < PATH_BYTES);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void add(const char *interface, const char *mac, const char *assigned, bool is_device)
{
    char path[PATH_BYTES];

    assert_true(snprintf(path, sizeof path, "%s/%s", folder, interface) < PATH_BYTES);
    assert_int_equal(mkdir(path, 0700), 0);
    put(interface, "address", mac);
    put(interface, "addr_assign_type", assigned);
    if (is_device) {
        put(interface, "device", "");
    }
}

static int begin(void **state)
{
    (void)state;
    strcpy(folder, "station-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int end(void **state)
{
    char command[PATH_BYTES];

    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void test_the_first_card_by_name(void **state)
{
    uint8_t mac[STATION_BYTES];

    (void)state;
    add("wlp3s0", "00:11:22:33:44:03\n", "0\n", true);
    add("enp1s0", "00:11:22:33:44:01\n", "0\n", true);
    add("enp2s0", "00:11:22:33:44:02\n", "0\n", true);
    assert_true(station_hardware(folder, mac));
    assert_memory_equal(mac, "\x00\x11\x22\x33\x44\x01", STATION_BYTES);
}

/* Interfaces that come and go, or get a new MAC at each start, would change the station's MAC. */
static void test_what_is_no_card(void **state)
{
    uint8_t mac[STATION_BYTES];

    (void)state;
    assert_false(station_hardware("/nowhere", mac));
    add("docker0", "02:42:00:00:00:01\n", "3\n", false);
    add("br0", "00:11:22:33:44:05\n", "0\n", false);
    add("eth0", "00:11:22:33:44:06\n", "1\n", true);
    add("lo", "00:00\n", "0\n", true);
    assert_false(station_hardware(folder, mac));
    add("wlan0", "00:11:22:33:44:07\n", "0\n", true);
    assert_true(station_hardware(folder, mac));
    assert_int_equal(mac[5], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_card_by_name, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_no_card, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
