/*
 * A program with an lwIP of its own, in which the chat is one part: !led, a
 * sensor in another thread, which says each line of standard input, and an
 * end.
 */
#include "lwchat.h"

#include <stdio.h>
#include <string.h>

#include "lwip/netif.h"
#include "lwip/sys.h"
#include "lwip/tcpip.h"
#include "netif/tapif.h"

static struct netif tap;
static sys_sem_t is_up;

static void bring_up(void *arg)
{
    ip4_addr_t address, mask, gateway;

    (void)arg;
    IP4_ADDR(&address, 192, 168, 7, 2);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 168, 7, 1);
    netif_add(&tap, &address, &mask, &gateway, NULL, tapif_init, tcpip_input);
    netif_set_default(&tap);
    netif_set_up(&tap);
    sys_sem_signal(&is_up);
}

static enum lwchat_answer switch_led(void *arg, const struct lwchat_request *request, char *answer,
                                     size_t bytes)
{
    (void)arg;
    if (strcmp(request->words, "on") != 0 && strcmp(request->words, "off") != 0) {
        snprintf(answer, bytes, "!led on, or !led off");
        return LWCHAT_TO_ASKER;
    }
    snprintf(answer, bytes, "the LED is %s", request->words);
    return LWCHAT_TO_ROOM;
}

static void sense(void *arg)
{
    char line[64];

    (void)arg;
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        while (lwchat_say("#lobby", line) == LWCHAT_AGAIN) {
            sys_msleep(10);
        }
    }
    lwchat_stop();
}

static int show(const char *text, size_t bytes)
{
    return (int)fwrite(text, 1, bytes, stdout);
}

int main(int argc, char **argv)
{
    static const struct lwchat_platform platform = {.console_write = show};

    (void)argv;
    sys_sem_new(&is_up, 0);
    tcpip_init(bring_up, NULL);
    sys_sem_wait(&is_up);
    setbuf(stdout, NULL);
    if (argc > 1) {
        lwchat_platform(&platform);
    }
    lwchat_command("!led on|off", switch_led, NULL);
    sys_thread_new("sensor", sense, NULL, DEFAULT_THREAD_STACKSIZE, DEFAULT_THREAD_PRIO);
    return lwchat_serve(NULL) == LWCHAT_OK ? 0 : 1;
}
