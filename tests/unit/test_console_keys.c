/* A board's console: what Backspace does to the line that is typed, and to the screen. */
#include "unit.h"

#include <stdbool.h>

#include "lwchat_error.h"
#include "port.h"

#include "../../port/mcu/console.h"

bool console_takes(void);
void console_received(char byte);
size_t console_waiting(const char **text);
void console_sent(size_t bytes);

static char screen[2048];
static size_t screen_bytes;
static unsigned resumed;

void board_uart_start(void);
void board_uart_resume(void);
void board_uart_send(void);
void entropy_stir(uint32_t word);
void os_wake_from_interrupt(void);
void os_pause(void);

void board_uart_start(void)
{
}

void board_uart_resume(void)
{
    resumed++;
}

void board_uart_send(void)
{
    const char *text;

    for (size_t bytes; (bytes = console_waiting(&text)) != 0; screen_bytes += bytes) {
        memcpy(screen + screen_bytes, text, bytes);
        console_sent(bytes);
    }
    screen[screen_bytes] = '\0';
}

void entropy_stir(uint32_t word)
{
    (void)word;
}

void os_wake_from_interrupt(void)
{
}

void os_pause(void)
{
}

/* Types keys, each as it comes. */
static void type(const char *keys)
{
    char unused[8];

    screen_bytes = 0;
    screen[0] = '\0';
    for (; *keys != '\0'; keys++) {
        assert_true(console_takes());
        console_received(*keys);
        assert_int_equal(port_console_read(unused, sizeof unused), LWCHAT_AGAIN);
    }
}

static void assert_enters(const char *line)
{
    char text[2048];

    console_received('\r');
    int bytes = port_console_read(text, sizeof text);
    assert_int_equal(bytes, strlen(line));
    assert_memory_equal(text, line, (size_t)bytes);
}

static void test_a_letter_is_erased_where_it_stands(void **state)
{
    (void)state;
    type("ab\x7f");
    assert_string_equal(screen, "ab\b \b");
    assert_enters("a\n");
    type("ae\u0301\x7f");
    assert_string_equal(screen, "ae\u0301\b \b");
    assert_enters("a\n");
    type("\x7f");
    assert_string_equal(screen, "");
    assert_enters("\n");
}

/* Only the terminal knows their width: what is left is shown again. */
static void test_what_is_wide_is_erased_as_a_whole(void **state)
{
    static const char *const wide[] = {"字", "é", "❤\uFE0F", "👩\u200D🚀", "👍🏽", "😀"};
    char keys[64], shown[64];

    (void)state;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        snprintf(keys, sizeof keys, "a%s\x7f", wide[i]);
        snprintf(shown, sizeof shown, "a%s\r\033[Ka", wide[i]);
        type(keys);
        assert_string_equal(screen, shown);
        assert_enters("a\n");
    }
}

/* Punctuation is next to joiners in Unicode, and joins nothing. */
static void test_punctuation_is_erased_alone(void **state)
{
    (void)state;
    type("l\u2019\x7f");
    assert_enters("l\n");
    type("oh\u2026\x7f");
    assert_enters("oh\n");
    type("ab\u200D\x7f");
    assert_enters("a\n");
}

static void test_output_between(void **state)
{
    (void)state;
    type("a字");
    assert_int_equal(port_console_write("bob> hi\n", 8), 8);
    assert_string_equal(screen, "a字\r\033[Kbob> hi\r\na字");
    type("\x15");
    assert_string_equal(screen, "\r\033[K");
    assert_enters("\n");
}

/* Two terminals share the console, as on a Pico: what one asks does not make the other wait
 * forever. */
static void test_a_full_console(void **state)
{
    char text[300];
    int bytes, all = 0;

    (void)state;
    while (console_takes()) {
        console_received(all++ % 100 == 99 ? '\r' : 'a');
    }
    resumed = 0;
    assert_int_equal(port_console_read(text, 100), 100);
    assert_true(console_takes());
    for (all -= 100; all > 0 && (bytes = port_console_read(text, sizeof text)) > 0; all -= bytes) {
    }
    assert_int_equal(resumed, 1);
    console_received('\r');
    assert_true(port_console_read(text, sizeof text) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_letter_is_erased_where_it_stands),
        cmocka_unit_test(test_what_is_wide_is_erased_as_a_whole),
        cmocka_unit_test(test_punctuation_is_erased_alone),
        cmocka_unit_test(test_output_between),
        cmocka_unit_test(test_a_full_console),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
