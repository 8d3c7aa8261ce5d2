/*
 * lwchatd on an ESP32: it joins the Wi-Fi network of the configuration, and serves. The console's
 * UART is the operator's seat.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

#include "driver/uart.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "nvs_flash.h"

#include "lwchat.h"

enum { FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 60000 }; /* before joining again */
enum { TYPED_BYTES = 256, SHOWN_BYTES = 2048 };           /* of the UART's driver */

static const char tag[] = "lwchatd";
static TaskHandle_t main_task;

/* --- The network ---------------------------------------------------------------- */

static esp_timer_handle_t again;
static uint32_t pause_ms = FIRST_PAUSE_MS;

static void join(void *unused);

static void join_later(const char *why, int number)
{
    ESP_LOGW(tag, "not joined: %s %d; again in %u s", why, number, (unsigned)(pause_ms / 1000));
    (void)esp_timer_start_once(again, pause_ms * 1000ULL); /* it may be running already */
    pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? 2 * pause_ms : LONGEST_PAUSE_MS;
}

static void join(void *unused)
{
    esp_err_t error = esp_wifi_connect();

    (void)unused;
    if (error != ESP_OK) {
        join_later("error", error);
    }
}

/* In the event loop's task. */
static void network_changed(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)arg;
    if (base == WIFI_EVENT && id == WIFI_EVENT_STA_START) {
        join(NULL);
    } else if (base == WIFI_EVENT && id == WIFI_EVENT_STA_DISCONNECTED) {
        const wifi_event_sta_disconnected_t *event = data;
        join_later("reason", event->reason);
    } else if (base == IP_EVENT && id == IP_EVENT_STA_GOT_IP) {
        pause_ms = FIRST_PAUSE_MS;
        xTaskNotifyGive(main_task);
    }
}

static void set_network(void)
{
    wifi_config_t config = {
        .sta =
            {
                .ssid = CONFIG_EXAMPLE_WIFI_SSID,
                .password = CONFIG_EXAMPLE_WIFI_PASSWORD,
            },
    };

    /* Whoever has a password does not want to join an open network of that name. */
    config.sta.threshold.authmode =
        config.sta.password[0] != '\0' ? WIFI_AUTH_WPA2_PSK : WIFI_AUTH_OPEN;
    ESP_ERROR_CHECK(esp_wifi_set_storage(WIFI_STORAGE_RAM)); /* the program has it already */
    ESP_ERROR_CHECK(esp_wifi_set_mode(WIFI_MODE_STA));
    ESP_ERROR_CHECK(esp_wifi_set_config(WIFI_IF_STA, &config));
}

static void start_network(void)
{
    const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
    const esp_timer_create_args_t timer = {.callback = join, .name = "join"};

    ESP_ERROR_CHECK(esp_netif_init());
    ESP_ERROR_CHECK(esp_event_loop_create_default());
    esp_netif_create_default_wifi_sta();
    ESP_ERROR_CHECK(esp_wifi_init(&init));
    ESP_ERROR_CHECK(esp_timer_create(&timer, &again));
    ESP_ERROR_CHECK(esp_event_handler_instance_register(WIFI_EVENT, ESP_EVENT_ANY_ID,
                                                        network_changed, NULL, NULL));
    ESP_ERROR_CHECK(esp_event_handler_instance_register(IP_EVENT, IP_EVENT_STA_GOT_IP,
                                                        network_changed, NULL, NULL));
    set_network();
    ESP_ERROR_CHECK(esp_wifi_start());
}

/* The radio's calibration is kept there. */
static void start_flash(void)
{
    esp_err_t error = nvs_flash_init();

    if (error == ESP_ERR_NVS_NO_FREE_PAGES || error == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_ERROR_CHECK(nvs_flash_erase());
        error = nvs_flash_init();
    }
    ESP_ERROR_CHECK(error);
}

/* --- The console ------------------------------------------------------------------ */

static size_t room(void)
{
    size_t bytes = 0;

    (void)uart_get_tx_buffer_free_size(CONFIG_ESP_CONSOLE_UART_NUM, &bytes);
    return bytes;
}

static void show(const char *text, size_t bytes)
{
    (void)uart_write_bytes(CONFIG_ESP_CONSOLE_UART_NUM, text, bytes);
}

/* Takes as much as the driver has room for: a terminal wants CR LF. */
static int console_write(const char *text, size_t bytes)
{
    size_t taken = 0, left = room();

    for (; taken < bytes && left >= 2; taken++) {
        bool end = text[taken] == '\n';
        show(end ? "\r\n" : &text[taken], end ? 2 : 1);
        left -= end ? 2 : 1;
    }
    return (int)taken;
}

/* A terminal sends CR, and does not show what is typed. */
static int console_read(char *buffer, size_t bytes)
{
    int count = uart_read_bytes(CONFIG_ESP_CONSOLE_UART_NUM, buffer, (uint32_t)bytes, 0);

    for (int i = 0; i < count; i++) {
        if (buffer[i] == '\r') {
            buffer[i] = '\n';
        }
    }
    if (count > 0) {
        (void)console_write(buffer, (size_t)count);
    }
    return count;
}

/* ------------------------------------------------------------------------------------ */

void app_main(void)
{
    static const struct lwchat_platform platform = {
        .console_write = console_write,
        .console_read = console_read,
    };

    main_task = xTaskGetCurrentTaskHandle();
    ESP_ERROR_CHECK(
        uart_driver_install(CONFIG_ESP_CONSOLE_UART_NUM, TYPED_BYTES, SHOWN_BYTES, 0, NULL, 0));
    start_flash();
    start_network();
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    lwchat_platform(&platform);
    if (lwchat_serve(NULL) != LWCHAT_OK) {
        ESP_LOGE(tag, "the chat cannot start");
    }
    esp_restart();
}
