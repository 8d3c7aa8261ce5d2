/* 2 MiB, as on a Pico W; a file keeps them, named by PICO_FLASH. */
#ifndef HARDWARE_FLASH_H
#define HARDWARE_FLASH_H

#include <stddef.h>
#include <stdint.h>

#define PICO_FLASH_SIZE_BYTES (2 * 1024 * 1024)
#define FLASH_PAGE_SIZE       (1u << 8)
#define FLASH_SECTOR_SIZE     (1u << 12)
#define XIP_BASE              ((uintptr_t)0x10000000) /* as on the part */

void flash_range_erase(uint32_t at, size_t bytes);
void flash_range_program(uint32_t at, const uint8_t *data, size_t bytes);

#endif
