#include "system.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "arch/cc.h"
#include "port.h"

uint64_t system_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

uint32_t port_now_ms(void)
{
    return (uint32_t)(system_now_us() / 1000U);
}

bool port_clock(uint32_t *utc_s, int32_t *local_s)
{
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local) == NULL) {
        return false;
    }
    *utc_s = (uint32_t)now;
    *local_s = (int32_t)local.tm_gmtoff;
    return true;
}

void port_entropy(void *buffer, size_t bytes)
{
    uint8_t *next = buffer;

    while (bytes > 0) {
        ssize_t got = getrandom(next, bytes, 0);

        if (got > 0) {
            next += got;
            bytes -= (size_t)got;
        } else if (got < 0 && errno != EINTR) {
            port_panic(__FILE__, __LINE__, "the system gives no random numbers");
        }
    }
}

unsigned int random_word(void)
{
    unsigned int word;

    port_entropy(&word, sizeof(word));
    return word;
}

void port_panic(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "panic: %s:%d: %s\n", file, line, what);
    abort();
}
