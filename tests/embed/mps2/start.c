/* Vectors and start-up code, as a vendor supplies them. */
#include "mps2.h"

#include <string.h>

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_end[];

int main(void);
void fail(const char *what);
void Reset_Handler(void);
void SVC_Handler(void);
void PendSV_Handler(void);
void SysTick_Handler(void);
void uart_interrupt(void);

static void fault(void)
{
    fail("fault");
}

__attribute__((section(".vectors"), used)) static const struct {
    void *stack;
    void (*handler[15 + INTERRUPT_COUNT])(void);
} vectors = {
    .stack = stack_end,
    .handler =
        {
            [1 - 1] = Reset_Handler,
            [2 - 1] = fault,
            [3 - 1] = fault,
            [11 - 1] = SVC_Handler,
            [14 - 1] = PendSV_Handler,
            [15 - 1] = SysTick_Handler,
            [15 + INTERRUPT_UART0_RECEIVE] = uart_interrupt,
            [15 + INTERRUPT_ETHERNET] = mps2_ethernet_interrupt,
        },
};

void Reset_Handler(void)
{
    memcpy(data_start, data_load, (uintptr_t)data_end - (uintptr_t)data_start);
    memset(bss_start, 0, (uintptr_t)bss_end - (uintptr_t)bss_start);
    main();
}
