#ifndef PICO_FLASH_H
#define PICO_FLASH_H

#include <stdint.h>

int flash_safe_execute(void (*function)(void *), void *arg, uint32_t timeout_ms);

#endif
