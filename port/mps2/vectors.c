#include "mps2.h"
#include "vectors.h"

__attribute__((section(".vectors"))) const struct {
    struct core_vectors core;
    void (*interrupt[INTERRUPT_COUNT])(void);
} vectors = {
    .core = CORE_VECTORS,
    .interrupt =
        {
            [INTERRUPT_UART0_RECEIVE] = mps2_uart_receive_interrupt,
            [INTERRUPT_UART0_SEND] = mps2_uart_send_interrupt,
            [INTERRUPT_ETHERNET] = mps2_ethernet_interrupt,
        },
};
