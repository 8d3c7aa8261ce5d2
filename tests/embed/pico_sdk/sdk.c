#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/close_range.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "hardware/flash.h"
#include "hardware/watchdog.h"
#include "pico/flash.h"
#include "pico/rand.h"
#include "pico/stdlib.h"

static void die(const char *what)
{
    fprintf(stderr, "sdk: %s\n", what);
    abort();
}

/* --- The terminal and the time ---------------------------------------------------- */

bool stdio_init_all(void)
{
    setbuf(stdout, NULL);
    return true;
}

int getchar_timeout_us(uint32_t timeout_us)
{
    struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
    unsigned char byte;

    return poll(&terminal, 1, (int)(timeout_us / 1000)) == 1 && read(STDIN_FILENO, &byte, 1) == 1
               ? byte
               : PICO_ERROR_TIMEOUT;
}

absolute_time_t get_absolute_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (absolute_time_t)now.tv_sec * 1000000 + (absolute_time_t)now.tv_nsec / 1000;
}

uint32_t to_ms_since_boot(absolute_time_t time)
{
    return (uint32_t)(time / 1000);
}

uint32_t get_rand_32(void)
{
    uint32_t random;

    if (getrandom(&random, sizeof random, 0) != sizeof random) {
        die("no random numbers");
    }
    return random;
}

void watchdog_reboot(uint32_t pc, uint32_t sp, uint32_t delay_ms)
{
    (void)pc;
    (void)sp;
    usleep(delay_ms * 1000);
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    execl("/proc/self/exe", "lwchatd", (char *)NULL);
    die("no restart");
}

static bool watched;

/* A signal ends the program that does not feed it. */
void watchdog_enable(uint32_t delay_ms, bool pause_on_debug)
{
    if (delay_ms > 8388 || !pause_on_debug) {
        die("the watchdog is not enabled like this");
    }
    watched = true;
}

void watchdog_update(void)
{
    if (watched) {
        alarm(8);
    }
}

/* --- The flash ---------------------------------------------------------------------- */

static uint8_t *cells; /* writable, beside what is at XIP_BASE */
static bool safe;

__attribute__((constructor)) static void map_flash(void)
{
    const char *name = getenv("PICO_FLASH");
    int file = name != NULL ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    bool is_new = file >= 0 && lseek(file, 0, SEEK_END) == 0;

    if (file < 0 || ftruncate(file, PICO_FLASH_SIZE_BYTES) != 0) {
        die("PICO_FLASH names no file");
    }
    cells = mmap(NULL, PICO_FLASH_SIZE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (cells == MAP_FAILED ||
        mmap((void *)XIP_BASE, PICO_FLASH_SIZE_BYTES, PROT_READ, MAP_SHARED | MAP_FIXED_NOREPLACE,
             file, 0) != (void *)XIP_BASE) {
        die("the flash cannot be mapped");
    }
    if (is_new) {
        memset(cells, 0xFF, PICO_FLASH_SIZE_BYTES);
    }
}

int flash_safe_execute(void (*function)(void *), void *arg, uint32_t timeout_ms)
{
    (void)timeout_ms;
#if !PICO_FLASH_ASSUME_CORE1_SAFE
    return PICO_ERROR_GENERIC; /* as with FreeRTOS on one core, which does not stop the other */
#endif
    safe = true;
    function(arg);
    safe = false;
    return PICO_OK;
}

static void check(uint32_t at, size_t bytes, size_t unit)
{
    if (!safe || at % unit != 0 || bytes % unit != 0 || at + bytes > PICO_FLASH_SIZE_BYTES) {
        die("not like this is the flash written");
    }
}

void flash_range_erase(uint32_t at, size_t bytes)
{
    check(at, bytes, FLASH_SECTOR_SIZE);
    memset(cells + at, 0xFF, bytes);
}

void flash_range_program(uint32_t at, const uint8_t *data, size_t bytes)
{
    check(at, bytes, FLASH_PAGE_SIZE);
    for (size_t i = 0; i < bytes; i++) {
        cells[at + i] &= data[i];
    }
}
