#include "lm3s6965.h"
#include "vectors.h"

__attribute__((section(".vectors"))) const struct {
    struct core_vectors core;
    void (*interrupt[INTERRUPT_COUNT])(void);
} vectors = {
    .core = CORE_VECTORS,
    .interrupt =
        {
            [INTERRUPT_UART0] = lm3s_uart_interrupt,
            [INTERRUPT_WATCHDOG] = lm3s_watchdog_interrupt,
            [INTERRUPT_ETHERNET] = lm3s_ethernet_interrupt,
        },
};
