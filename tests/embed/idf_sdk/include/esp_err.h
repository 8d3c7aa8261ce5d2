/* What port/esp-idf/example/ uses of ESP-IDF, with its signatures. */
#ifndef ESP_ERR_H
#define ESP_ERR_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef int esp_err_t;

#define ESP_OK                0
#define ESP_ERR_INVALID_STATE 0x103

#define ESP_ERROR_CHECK(x)                                                                         \
    do {                                                                                           \
        esp_err_t result = (x);                                                                    \
        if (result != ESP_OK) {                                                                    \
            fprintf(stderr, "%s:%d: %s is %d\n", __FILE__, __LINE__, #x, result);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
