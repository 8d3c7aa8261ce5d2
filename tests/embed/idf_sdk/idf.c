#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "driver/uart.h"
#include "esp_event.h"
#include "esp_netif.h"
#include "esp_system.h"
#include "esp_timer.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "nvs_flash.h"

#include "lwip/dhcp.h"
#include "lwip/netif.h"
#include "lwip/netifapi.h"
#include "lwip/sys.h"
#include "lwip/tcpip.h"
#include "netif/tapif.h"

/* lwipopts.h has ESP-IDF's poll(), not this machine's. */
static bool is_readable(int file, long within_ms)
{
    struct timeval most = {.tv_usec = within_ms * 1000};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(file, &set);
    return select(file + 1, &set, NULL, NULL, &most) == 1;
}

/* --- The system ------------------------------------------------------------------ */

static void run_main(void *unused)
{
    (void)unused;
    app_main();
    for (;;) {
        pause();
    }
}

int main(void)
{
    xTaskCreate(run_main, "main", CONFIG_ESP_MAIN_TASK_STACK_SIZE, NULL, 1, NULL);
    vTaskStartScheduler();
    return 1;
}

void vApplicationMallocFailedHook(void)
{
    abort();
}

void esp_restart(void)
{
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    execl("/proc/self/exe", "lwchatd", (char *)NULL);
    abort();
}

/* The first time the partition is one of an older version. */
static bool nvs_erased;

esp_err_t nvs_flash_init(void)
{
    return nvs_erased ? ESP_OK : ESP_ERR_NVS_NEW_VERSION_FOUND;
}

esp_err_t nvs_flash_erase(void)
{
    nvs_erased = true;
    return ESP_OK;
}

/* --- The UART, whose driver sends what it holds every 5 ms -------------------------- */

static pthread_mutex_t uart_lock = PTHREAD_MUTEX_INITIALIZER;
static char to_send[4096];
static size_t to_send_bytes, to_send_most;

static void *send_all(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&uart_lock);
        if (write(STDOUT_FILENO, to_send, to_send_bytes) >= 0) {
            to_send_bytes = 0;
        }
        pthread_mutex_unlock(&uart_lock);
        usleep(5000);
    }
    return NULL;
}

esp_err_t uart_driver_install(uart_port_t uart_num, int rx_buffer_size, int tx_buffer_size,
                              int queue_size, QueueHandle_t *uart_queue, int intr_alloc_flags)
{
    pthread_t thread;

    (void)uart_queue;
    if (uart_num != CONFIG_ESP_CONSOLE_UART_NUM || rx_buffer_size <= 128 || queue_size != 0 ||
        intr_alloc_flags != 0 || (size_t)tx_buffer_size > sizeof to_send) {
        return ESP_ERR_INVALID_STATE;
    }
    to_send_most = (size_t)tx_buffer_size;
    return pthread_create(&thread, NULL, send_all, NULL) == 0 ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t uart_get_tx_buffer_free_size(uart_port_t uart_num, size_t *size)
{
    (void)uart_num;
    pthread_mutex_lock(&uart_lock);
    *size = to_send_most - to_send_bytes;
    pthread_mutex_unlock(&uart_lock);
    return ESP_OK;
}

/* The real one would block while there is no room, which lwchat's console must not. */
int uart_write_bytes(uart_port_t uart_num, const void *src, size_t size)
{
    (void)uart_num;
    pthread_mutex_lock(&uart_lock);
    if (size > to_send_most - to_send_bytes) {
        fprintf(stderr, "the UART's buffer is full\n");
        abort();
    }
    memcpy(to_send + to_send_bytes, src, size);
    to_send_bytes += size;
    pthread_mutex_unlock(&uart_lock);
    return (int)size;
}

int uart_read_bytes(uart_port_t uart_num, void *buf, uint32_t length, uint32_t ticks_to_wait)
{
    (void)uart_num;
    (void)ticks_to_wait;
    return is_readable(STDIN_FILENO, 0) ? (int)read(STDIN_FILENO, buf, length) : 0;
}

/* --- Events, in a thread of their own ----------------------------------------------- */

esp_event_base_t const WIFI_EVENT = "WIFI_EVENT", IP_EVENT = "IP_EVENT";

struct event {
    esp_event_base_t base;
    int32_t id;
    wifi_event_sta_disconnected_t data;
};

static struct {
    esp_event_base_t base;
    int32_t id;
    esp_event_handler_t handler;
    void *arg;
} handlers[4];

static int events[2] = {-1, -1};
static struct netif netif;
static wifi_config_t network;
static bool started;

static void post(esp_event_base_t base, int32_t id, uint8_t reason)
{
    struct event event = {.base = base, .id = id, .data = {.reason = reason}};

    if (write(events[1], &event, sizeof event) != sizeof event) {
        abort();
    }
}

static const char *air(const char *name)
{
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

/* Tells what has become of the network since the last call. */
static void look_at_network(void)
{
    static bool had_address;
    bool has = netif_is_link_up(&netif) && !ip4_addr_isany_val(*netif_ip4_addr(&netif));

    if (netif_is_link_up(&netif) && access(air("IDF_AIR_LOST"), F_OK) == 0) {
        netifapi_netif_set_link_down(&netif);
        has = false;
        post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, 200);
    }
    if (has && !had_address) {
        post(IP_EVENT, IP_EVENT_STA_GOT_IP, 0);
    }
    had_address = has;
}

static void *dispatch(void *unused)
{
    struct event event;

    (void)unused;
    for (;;) {
        if (!is_readable(events[0], 50)) {
            if (started) {
                look_at_network();
            }
            continue;
        }
        if (read(events[0], &event, sizeof event) != sizeof event) {
            abort();
        }
        for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
            if (handlers[i].base == event.base &&
                (handlers[i].id == ESP_EVENT_ANY_ID || handlers[i].id == event.id)) {
                handlers[i].handler(handlers[i].arg, event.base, event.id, &event.data);
            }
        }
    }
    return NULL;
}

esp_err_t esp_event_loop_create_default(void)
{
    pthread_t thread;

    return pipe2(events, O_CLOEXEC) == 0 && pthread_create(&thread, NULL, dispatch, NULL) == 0
               ? ESP_OK
               : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_event_handler_instance_register(esp_event_base_t base, int32_t id,
                                              esp_event_handler_t handler, void *arg,
                                              esp_event_handler_instance_t *instance)
{
    (void)instance;
    for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++) {
        if (handlers[i].base == NULL) {
            handlers[i].id = id;
            handlers[i].handler = handler;
            handlers[i].arg = arg;
            handlers[i].base = base;
            return ESP_OK;
        }
    }
    return ESP_ERR_INVALID_STATE;
}

/* --- Timers -------------------------------------------------------------------------- */

struct esp_timer {
    esp_timer_create_args_t args;
    timer_t timer;
};

static void expired(union sigval value)
{
    struct esp_timer *timer = value.sival_ptr;

    timer->args.callback(timer->args.arg);
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *args, esp_timer_handle_t *handle)
{
    struct esp_timer *timer = calloc(1, sizeof *timer);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = expired};

    if (timer == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    timer->args = *args;
    event.sigev_value.sival_ptr = timer;
    *handle = timer;
    return timer_create(CLOCK_MONOTONIC, &event, &timer->timer) == 0 ? ESP_OK
                                                                     : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us)
{
    struct itimerspec left;

    if (timer_gettime(timer->timer, &left) != 0 || left.it_value.tv_sec != 0 ||
        left.it_value.tv_nsec != 0) {
        return ESP_ERR_INVALID_STATE;
    }
    left = (struct itimerspec){
        .it_value = {(time_t)(timeout_us / 1000000), (long)(timeout_us % 1000000) * 1000}};
    return timer_settime(timer->timer, 0, &left, NULL) == 0 ? ESP_OK : ESP_ERR_INVALID_STATE;
}

/* --- The network ----------------------------------------------------------------------- */

static void lwip_is_up(void *arg)
{
    sys_sem_signal(arg);
}

esp_err_t esp_netif_init(void)
{
    sys_sem_t up;

    sys_sem_new(&up, 0);
    tcpip_init(lwip_is_up, &up);
    sys_sem_wait(&up);
    return ESP_OK;
}

static err_t add_netif(struct tcpip_api_call_data *call)
{
    (void)call;
    netif_add(&netif, NULL, NULL, NULL, NULL, tapif_init, tcpip_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    netif_set_link_down(&netif);
    return dhcp_start(&netif);
}

esp_netif_t *esp_netif_create_default_wifi_sta(void)
{
    struct tcpip_api_call_data call;

    return tcpip_api_call(add_netif, &call) == ERR_OK ? (esp_netif_t *)(void *)&netif : NULL;
}

esp_err_t esp_wifi_init(const wifi_init_config_t *config)
{
    const wifi_init_config_t wanted = WIFI_INIT_CONFIG_DEFAULT();

    return nvs_erased && config->magic == wanted.magic ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_wifi_set_storage(wifi_storage_t storage)
{
    (void)storage;
    return ESP_OK;
}

esp_err_t esp_wifi_set_mode(wifi_mode_t mode)
{
    return mode == WIFI_MODE_STA ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_wifi_set_config(wifi_interface_t interface, wifi_config_t *conf)
{
    (void)interface;
    network = *conf;
    return ESP_OK;
}

esp_err_t esp_wifi_start(void)
{
    started = true;
    post(WIFI_EVENT, WIFI_EVENT_STA_START, 0);
    return ESP_OK;
}

esp_err_t esp_wifi_connect(void)
{
    static unsigned tries;

    if (++tries == 2) {
        return ESP_ERR_INVALID_STATE; /* the radio is busy */
    }
    if (strncmp((const char *)network.sta.ssid, air("IDF_AIR_SSID"), sizeof network.sta.ssid) !=
            0 ||
        access(air("IDF_AIR_LOST"), F_OK) == 0) {
        post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, 201);
    } else if (strncmp((const char *)network.sta.password, air("IDF_AIR_PASSWORD"),
                       sizeof network.sta.password) != 0) {
        post(WIFI_EVENT, WIFI_EVENT_STA_DISCONNECTED, 15);
    } else {
        netifapi_netif_set_link_up(&netif);
    }
    return ESP_OK;
}
