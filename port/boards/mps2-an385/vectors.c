#include "board.h"
#include "mps2_an385.h"

extern uint32_t section_stack_end[];

void start_svc(void);
void start_pendsv(void);
void start_systick(void);

/* An interrupt without a handler is a fault, which says so. */
__attribute__((section(".vectors"))) const struct {
    void *stack;
    void (*handler[15 + INTERRUPT_COUNT])(void);
} vectors = {
    .stack = section_stack_end,
    .handler =
        {
            [0] = start_reset,
            [1] = panic_fault, /* NMI */
            [2] = panic_fault, /* hard fault, and what escalates to it */
            [10] = start_svc,
            [13] = start_pendsv,
            [14] = start_systick,
            [15 + INTERRUPT_UART0_RECEIVE] = mps2_uart_receive_interrupt,
            [15 + INTERRUPT_UART0_SEND] = mps2_uart_send_interrupt,
            [15 + INTERRUPT_ETHERNET] = mps2_ethernet_interrupt,
        },
};
