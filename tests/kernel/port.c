/* port.h on a PC without lwIP: a plain console, the clock, signals. */
#include "port.h"

#include "kernel.h"
#include "lwchat_error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopping;
static int console_fd = STDIN_FILENO;
static bool console_has_input;

static void stop(int number)
{
    (void)number;
    stopping = 1;
}

int port_start(const struct port_config *config, int (*run)(void *arg), void *arg)
{
    struct sigaction action = {.sa_handler = stop};

    (void)config;
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return run(arg);
}

const char *port_reason(void)
{
    return "";
}

void port_wait(uint32_t timeout_ms)
{
    (void)timeout_ms;
}

uint32_t port_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
}

void port_address(char text[PORT_ADDRESS_BYTES])
{
    text[0] = '\0';
}

#if LWCHAT_IPV6
bool port_address6(unsigned index, struct lwchat_address *address)
{
    (void)index;
    (void)address;
    return false;
}

unsigned port_address6_changes(void)
{
    return 0;
}
#endif

bool port_leaves(char text[PORT_ADDRESS_BYTES])
{
    (void)text;
    return false;
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    *utc_s = 0;
    *local_s = 0;
    return false;
}

void port_entropy(void *buffer, size_t bytes)
{
    (void)!getrandom(buffer, bytes, 0);
}

uint16_t port_places(uint16_t wanted)
{
    return wanted;
}

void port_reach(struct port_reach *reach, uint16_t listening)
{
    strcpy(reach->address, "127.0.0.1");
    reach->port = listening;
}

#if LWCHAT_MDNS
void port_publish(const struct port_service *service)
{
    (void)service; /* the kernel's own resolver would name the server */
}

bool port_is_on_link(const char *host)
{
    (void)host;
    return false;
}
#endif

void port_notify(enum port_phase phase, const char *status)
{
    (void)phase;
    (void)status;
}

int port_file_read(const char *path, char *text, size_t bytes)
{
    (void)path;
    (void)text;
    (void)bytes;
    return LWCHAT_FAILED; /* this program is only measured */
}

int port_log_open(const char *path, bool reopens)
{
    (void)path;
    (void)reopens;
    return LWCHAT_FAILED;
}

int port_log_reopen(void)
{
    return LWCHAT_AGAIN;
}

size_t port_log_write(const char *text, size_t bytes)
{
    (void)text;
    return bytes;
}

void port_boot_id(char id[PORT_BOOT_ID_BYTES])
{
    memset(id, 0, PORT_BOOT_ID_BYTES);
}

int port_history_open(const char *path)
{
    (void)path;
    return LWCHAT_FAILED;
}

const char *port_history_content(size_t *bytes)
{
    *bytes = 0;
    return "";
}

int port_history_cut(size_t whole)
{
    (void)whole;
    return LWCHAT_FAILED;
}

int port_history_write(const char *data, size_t bytes)
{
    (void)data;
    (void)bytes;
    return LWCHAT_FAILED;
}

int port_history_tear(void)
{
    return LWCHAT_FAILED;
}

uint64_t port_history_bytes(void)
{
    return 0;
}

int port_history_renew(void)
{
    return LWCHAT_FAILED;
}

int port_history_replace(bool whole)
{
    (void)whole;
    return LWCHAT_FAILED;
}

int port_set_address(const char *address, const char *gateway)
{
    (void)address;
    (void)gateway;
    return LWCHAT_UNSUPPORTED;
}

bool port_reading_is_short(void)
{
    return false;
}

bool port_pool(unsigned index, struct port_pool *pool)
{
    (void)index;
    (void)pool;
    return false;
}

bool port_stopping(void)
{
    return stopping;
}

int kernel_console_fd(void)
{
    return console_fd;
}

void kernel_console_ready(void)
{
    console_has_input = true;
}

int port_console_read(char *buffer, size_t bytes)
{
    if (console_fd < 0) {
        return LWCHAT_GONE;
    }
    if (!console_has_input) {
        return LWCHAT_AGAIN;
    }
    ssize_t n = read(console_fd, buffer, bytes);
    console_has_input = n > 0;
    if (n == 0) {
        console_fd = -1;
        return LWCHAT_GONE;
    }
    return n < 0 ? LWCHAT_AGAIN : (int)n;
}

int port_console_write(const char *text, size_t bytes)
{
    ssize_t n = write(STDOUT_FILENO, text, bytes);

    return n < 0 ? (errno == EAGAIN ? 0 : LWCHAT_GONE) : (int)n;
}

void port_complain(const char *line)
{
    (void)fprintf(stderr, "%s\n", line);
}

void port_panic(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}
