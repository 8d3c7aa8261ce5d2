/*
 * An example of a firmware that takes part in its chat, on any board here:
 * `!led on` switches the board's LED, and once a minute it says a reading.
 * Start from this file; src/lwchat.h describes what it calls.
 */
#include "board.h"
#include "lwchat.h"
#include "port.h"

#include "lwip/tcpip.h"
#include "lwip/timeouts.h"

#include <string.h>

enum { MINUTE_MS = 60000, FIRST_READING_MS = 5000 };

static bool led;

static enum lwchat_answer switch_led(void *arg, const struct lwchat_request *request, char *answer,
                                     size_t bytes)
{
    bool on = strcmp(request->words, "on") == 0, off = strcmp(request->words, "off") == 0;

    (void)arg;
    if (on || off) {
        led = on;
        board_led(on);
    }
    strncpy(answer, led ? "the LED is on" : "the LED is off", bytes);
    return on || off ? LWCHAT_TO_ROOM : LWCHAT_TO_ASKER;
}

/* The caller's text has room for it. */
static void add(char *text, const char *more)
{
    memcpy(text + strlen(text), more, strlen(more) + 1);
}

static void add_number(char *text, uint32_t number)
{
    char digits[11] = "";
    size_t first = sizeof digits - 1;

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add(text, digits + first);
}

/* In lwIP's task: lwchat_say() may be called from any. */
static void say_reading(void *arg)
{
    char text[64] = "up for ";

    add_number(text, port_now_ms() / MINUTE_MS);
    add(text, " min, people here: ");
    add_number(text, lwchat_people());
    (void)lwchat_say("#lobby", text); /* if the queue is full, this reading is left out */
    sys_timeout(MINUTE_MS, say_reading, arg);
}

static int run(void *arg)
{
    (void)arg;
    (void)lwchat_command("!led [on|off]", switch_led, NULL);
    LOCK_TCPIP_CORE();
    sys_timeout(FIRST_READING_MS, say_reading, NULL);
    UNLOCK_TCPIP_CORE();
    return lwchat_serve(NULL);
}

int main(int argc, char **argv)
{
    static const struct port_config config = {
        .dhcp = true,
        .serve = LWCHAT_PORT,
#if LWCHAT_HTTP
        .http = LWCHAT_HTTP_PORT,
#endif
    };

    (void)argc;
    (void)argv;
    return port_start(&config, run, NULL);
}
