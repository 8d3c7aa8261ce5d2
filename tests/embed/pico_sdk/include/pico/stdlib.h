/* What port/boards/pico_w/ uses of the pico-sdk, with its signatures: its console is the terminal.
 */
#ifndef PICO_STDLIB_H
#define PICO_STDLIB_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t absolute_time_t;
typedef unsigned int uint;

enum { PICO_OK = 0, PICO_ERROR_GENERIC = -1, PICO_ERROR_TIMEOUT = -2 };

bool stdio_init_all(void);
int getchar_timeout_us(uint32_t timeout_us);
absolute_time_t get_absolute_time(void);
uint32_t to_ms_since_boot(absolute_time_t time);

#endif
