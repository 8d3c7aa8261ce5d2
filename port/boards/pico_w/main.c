/*
 * lwchatd on a Raspberry Pi Pico W or Pico 2 W. The operator's seat is USB or the UART; /wifi SSID
 * PASSWORD joins a network, /ap SSID PASSWORD is one.
 *
 *   task     priority  does
 *   cyw43       4      the Wi-Fi chip
 *   tcpip       3      lwIP
 *   chat        2      the server, once there is a network
 *   board       1      the console, the settings in flash, and joining the network
 */
#include <stdio.h>
#include <string.h>

#include "FreeRTOS.h"
#include "stream_buffer.h"
#include "task.h"

#include "hardware/flash.h"
#include "hardware/watchdog.h"
#include "pico/cyw43_arch.h"
#include "pico/flash.h"
#include "pico/rand.h"
#include "pico/stdlib.h"

#include "lwip/ip4_addr.h"
#include "lwip/tcpip.h"
#include "tcp_isn.h"

#include "wifi_command.h"
#include "dhcp_server.h"
#include "guard.h"
#include "line.h"
#include "lwchat.h"
#include "settings.h"

#define WORDS(bytes) ((bytes) / sizeof(StackType_t))

enum { CHAT_STACK_BYTES = 4096, BOARD_STACK_BYTES = 4096, SHOWN_BYTES = 2048 };
enum {
    CONSOLE_MS = 20,       /* between looks at what was typed */
    JOIN_MS = 20000,       /* that joining and an address may take */
    FIRST_PAUSE_MS = 1000, /* after a failure; it doubles */
    LONGEST_PAUSE_MS = 60000,
    LAST_WORDS_MS = 300, /* for the console to show, before a restart */
    FLASH_WAIT_MS = 1000,
    WATCHDOG_MS = 8000, /* the hardware's maximum is 8.3 s on RP2040 */
    LATE_MS = 20000
};

static TaskHandle_t chat_task;
static StreamBufferHandle_t shown, typed; /* from and to the server's console */
static volatile bool serving, restarting;
static volatile uint32_t late_ms; /* since the server's loop has come round */
static struct line line;          /* being typed */

static void put(const char *text, size_t bytes)
{
    for (; bytes > 0; bytes--) {
        putchar(*text++); /* the SDK puts a CR before an LF */
    }
}

static uint32_t now_ms(void)
{
    return to_ms_since_boot(get_absolute_time());
}

/* --- The flash -------------------------------------------------------------------- */

/*
 * Two sectors near the end. The last one stays free: on a Pico 2 W, files in the UF2 format may
 * write to it (erratum RP2350-E10).
 */
#define SLOTS_AT (PICO_FLASH_SIZE_BYTES - (SETTINGS_SLOTS + 1) * FLASH_SECTOR_SIZE)

_Static_assert(SETTINGS_SLOT_BYTES == FLASH_PAGE_SIZE, "a slot is a page");

struct flash_work {
    uint32_t at;
    const uint8_t *data; /* NULL: erase */
};

/* With interrupts off: neither code nor data can be read from the flash meanwhile. */
static void change_flash(void *arg)
{
    const struct flash_work *work = arg;

    if (work->data == NULL) {
        flash_range_erase(work->at, FLASH_SECTOR_SIZE);
    } else {
        flash_range_program(work->at, work->data, FLASH_PAGE_SIZE);
    }
}

static bool program_slot(unsigned slot, const uint8_t data[SETTINGS_SLOT_BYTES])
{
    struct flash_work work = {SLOTS_AT + slot * FLASH_SECTOR_SIZE, data};

    return flash_safe_execute(change_flash, &work, FLASH_WAIT_MS) == PICO_OK;
}

static bool erase_slot(unsigned slot)
{
    return program_slot(slot, NULL);
}

static const struct settings_flash flash = {
    .slot = {(const uint8_t *)(XIP_BASE + SLOTS_AT),
             (const uint8_t *)(XIP_BASE + SLOTS_AT + FLASH_SECTOR_SIZE)},
    .erase = erase_slot,
    .program = program_slot,
};

/* --- The network ------------------------------------------------------------------- */

static struct {
    char ssid[SETTINGS_SSID_BYTES + 1]; /* "" while there is none */
    bool access_point;
    int status; /* CYW43_LINK_... */
    uint32_t tried_ms;
    uint32_t pause_ms;
} network = {.pause_ms = FIRST_PAUSE_MS};

static void tell_network(void)
{
    const struct netif *netif =
        &cyw43_state.netif[network.access_point ? CYW43_ITF_AP : CYW43_ITF_STA];
    char address[IP4ADDR_STRLEN_MAX];

    if (network.ssid[0] == '\0') {
        printf("There is no network: /wifi SSID PASSWORD joins one, /ap SSID PASSWORD is one.\n");
        return;
    }
    printf(network.access_point ? "The access point \"%s\": " : "The network \"%s\": ",
           network.ssid);
    switch (network.status) {
    case CYW43_LINK_UP:
        printf("our address is %s.\n",
               ip4addr_ntoa_r(netif_ip4_addr(netif), address, (int)sizeof address));
        break;
    case CYW43_LINK_JOIN:
        printf("joining.\n");
        break;
    case CYW43_LINK_NOIP:
        printf("waiting for an address.\n");
        break;
    case CYW43_LINK_NONET:
        printf("not found.\n");
        break;
    case CYW43_LINK_BADAUTH:
        printf("the password is refused.\n");
        break;
    default:
        printf("no connection.\n");
        break;
    }
}

static void network_is(int status)
{
    if (status == network.status) {
        return;
    }
    network.status = status;
    line_hide(&line, put);
    tell_network();
    line_echo(&line, put);
    if (status == CYW43_LINK_UP) {
        xTaskNotifyGive(chat_task);
    }
}

static err_t guarded_input(struct pbuf *frame, struct netif *netif)
{
    return tcpip_inpkt(frame, netif, guard_input); /* in lwIP's thread */
}

/* The SDK has added the interface with tcpip_input(). */
static void guard(int interface)
{
    cyw43_arch_lwip_begin();
    cyw43_state.netif[interface].input = guarded_input;
    cyw43_arch_lwip_end();
}

static void join(void)
{
    struct settings settings;

    if (settings_load(&flash, &settings)) {
        (void)cyw43_arch_wifi_connect_async(settings.ssid,
                                            settings.password[0] != '\0' ? settings.password : NULL,
                                            CYW43_AUTH_WPA2_AES_PSK);
    }
    settings_wipe(&settings, sizeof settings);
    network.tried_ms = now_ms();
}

/* Joins again when that has failed, or the network was lost. */
static void keep_joined(void)
{
    int status = cyw43_tcpip_link_status(&cyw43_state, CYW43_ITF_STA);
    bool in_progress = status == CYW43_LINK_JOIN || status == CYW43_LINK_NOIP;

    network_is(status);
    if (status == CYW43_LINK_UP) {
        network.tried_ms = now_ms();
        network.pause_ms = FIRST_PAUSE_MS;
    } else if (now_ms() - network.tried_ms >= (in_progress ? JOIN_MS : network.pause_ms)) {
        join();
        network.pause_ms =
            2 * network.pause_ms < LONGEST_PAUSE_MS ? 2 * network.pause_ms : LONGEST_PAUSE_MS;
    }
}

static void start_access_point(const struct settings *settings)
{
    err_t error;

    cyw43_arch_enable_ap_mode(settings->ssid,
                              settings->password[0] != '\0' ? settings->password : NULL,
                              CYW43_AUTH_WPA2_AES_PSK);
    guard(CYW43_ITF_AP);
    cyw43_arch_lwip_begin();
    error = dhcp_server_start(&cyw43_state.netif[CYW43_ITF_AP]);
    cyw43_arch_lwip_end();
    if (error != ERR_OK) {
        printf("The DHCP server does not start: give clients an address by hand.\n");
    }
    network_is(CYW43_LINK_UP);
}

static void start_network(void)
{
    struct settings settings;

    if (settings_load(&flash, &settings)) {
        memcpy(network.ssid, settings.ssid, sizeof network.ssid);
        network.access_point = settings.mode == SETTINGS_ACCESS_POINT;
        if (network.access_point) {
            start_access_point(&settings);
        } else {
            cyw43_arch_enable_sta_mode();
            guard(CYW43_ITF_STA);
            join();
        }
    } else {
        tell_network();
    }
    settings_wipe(&settings, sizeof settings);
}

/* --- The console -------------------------------------------------------------------- */

/* The server's output, which is above the line that is being typed. */
static void show_output(void)
{
    static bool open; /* the last output has not ended its line */
    char text[64];
    size_t bytes;

    while ((bytes = xStreamBufferReceive(shown, text, sizeof text, 0)) > 0) {
        if (!open) {
            line_hide(&line, put);
        }
        put(text, bytes);
        open = text[bytes - 1] != '\n';
        if (!open) {
            line_echo(&line, put);
        }
    }
}

static void restart_with(bool changed)
{
    printf(changed ? "Done: the board restarts.\n"
                   : "The flash was not written: the board restarts.\n");
    restarting = true;
    lwchat_stop();
    xTaskNotifyGive(chat_task);
}

static void give_to_server(const char *text)
{
    if (!serving) {
        printf("The chat opens when there is a network.\n");
        return;
    }
    (void)xStreamBufferSend(typed, text, strlen(text), 0);
    (void)xStreamBufferSend(typed, "\n", 1, 0);
}

static void obey(const char *text)
{
    struct settings settings;
    const char *wrong;

    switch (wifi_command_read(text, &settings, &wrong)) {
    case WIFI_COMMAND_SHOW:
        tell_network();
        break;
    case WIFI_COMMAND_SAVE:
        restart_with(settings_save(&flash, &settings));
        settings_wipe(&settings, sizeof settings);
        break;
    case WIFI_COMMAND_FORGET:
        restart_with(settings_forget(&flash));
        break;
    case WIFI_COMMAND_WRONG:
        printf("%s\n", wrong);
        break;
    default:
        give_to_server(text);
        break;
    }
}

/* More is taken once the server has room for a line: before that it may have output to be shown. */
static void take_typed(void)
{
    int byte;

    while (xStreamBufferSpacesAvailable(typed) >= sizeof line.text &&
           (byte = getchar_timeout_us(0)) >= 0) {
        if (line_type(&line, (char)byte, put)) {
            obey(line.text);
            line_clear(&line);
        }
    }
}

static int console_write(const char *text, size_t bytes)
{
    return (int)xStreamBufferSend(shown, text, bytes, 0);
}

static int console_read(char *buffer, size_t bytes)
{
    return (int)xStreamBufferReceive(typed, buffer, bytes, 0);
}

/* --- Tasks ----------------------------------------------------------------------------- */

_Noreturn static void restart(void)
{
    watchdog_reboot(0, 0, 0);
    for (;;) {
    }
}

/* The hardware's watchdog cannot wait for 20 s: the tick feeds it until then. */
void vApplicationTickHook(void)
{
    late_ms = serving ? late_ms + 1 : 0;
    if (late_ms < LATE_MS) {
        watchdog_update();
    }
}

static void panic_at(const char *file, int number, const char *what)
{
    printf("panic: %s:%d: %s\n", file, number, what);
    restart();
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name)
{
    (void)task;
    panic_at(name, 0, "stack overflow");
}

void vApplicationMallocFailedHook(void)
{
    panic_at("FreeRTOSConfig.h", 0, "configTOTAL_HEAP_SIZE is too small");
}

/* Initial sequence numbers that nobody can guess (RFC 6528). */
static void hide_sequence_numbers(void)
{
    uint32_t secret[4];

    for (unsigned i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        secret[i] = get_rand_32();
    }
    lwip_init_tcp_isn(now_ms(), (const uint8_t *)secret);
    settings_wipe(secret, sizeof secret);
}

static void board(void *unused)
{
    (void)unused;
    hide_sequence_numbers();
    if (cyw43_arch_init() != PICO_OK) {
        panic_at(__FILE__, __LINE__, "the Wi-Fi chip does not start");
    }
    start_network();
    watchdog_enable(WATCHDOG_MS, true);
    for (;;) {
        show_output();
        take_typed();
        if (network.ssid[0] != '\0' && !network.access_point) {
            keep_joined();
        }
        vTaskDelay(pdMS_TO_TICKS(CONSOLE_MS));
    }
}

/* The server asks for the time whenever its loop comes round. */
static uint32_t server_now_ms(void)
{
    late_ms = 0;
    return now_ms();
}

static void chat(void *unused)
{
    static const struct lwchat_platform platform = {
        .now_ms = server_now_ms,
        .panic = panic_at,
        .console_write = console_write,
        .console_read = console_read,
    };

    (void)unused;
    lwchat_platform(&platform);
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    if (!restarting) {
        cyw43_arch_gpio_put(CYW43_WL_GPIO_LED_PIN, true);
        serving = true;
        (void)lwchat_serve(NULL);
        serving = false;
    }
    vTaskDelay(pdMS_TO_TICKS(LAST_WORDS_MS));
    restart();
}

int main(void)
{
    stdio_init_all();
    shown = xStreamBufferCreate(SHOWN_BYTES, 1);
    typed = xStreamBufferCreate(sizeof line.text + 1, 1);
    xTaskCreate(chat, "chat", WORDS(CHAT_STACK_BYTES), NULL, tskIDLE_PRIORITY + 2, &chat_task);
    xTaskCreate(board, "board", WORDS(BOARD_STACK_BYTES), NULL, tskIDLE_PRIORITY + 1, NULL);
    vTaskStartScheduler();
    return 0;
}
