#include "board.h"
#include "board_config.h"
#include "lm3s6965.h"

/* UART0, an ARM PL011 with FIFOs of 16 bytes. */
#define UART(offset) DEVICE_REGISTER(0x4000C000UL, offset)
#define UART_DR      UART(0x000)
#define UART_FR      UART(0x018)
#define UART_IBRD    UART(0x024)
#define UART_FBRD    UART(0x028)
#define UART_LCRH    UART(0x02C)
#define UART_CTL     UART(0x030)
#define UART_IM      UART(0x038)
#define UART_MIS     UART(0x040)
#define UART_ICR     UART(0x044)

#define FR_BUSY       (1UL << 3) /* bytes are still being sent */
#define FR_RXFE       (1UL << 4)
#define FR_TXFF       (1UL << 5)
#define LCRH_8N1_FIFO (3UL << 5 | 1UL << 4)
#define CTL_ON        (1UL << 9 | 1UL << 8 | 1UL << 0)
#define INT_RX        (1UL << 4)
#define INT_TX        (1UL << 5)
#define INT_TIMEOUT   (1UL << 6) /* bytes are waiting, fewer than the FIFO's threshold */

#define BAUD    115200UL
#define DIVIDER ((BOARD_CLOCK_HZ * 4 + BAUD / 2) / BAUD) /* in 64ths; 16 clocks per bit */

static void uart_on(void)
{
    UART_CTL = 0;
    UART_IBRD = DIVIDER / 64;
    UART_FBRD = DIVIDER % 64;
    UART_LCRH = LCRH_8N1_FIFO;
    UART_CTL = CTL_ON;
}

void board_uart_start(void)
{
    uart_on();
    UART_IM = INT_RX | INT_TIMEOUT;
    cortex_m_enable(INTERRUPT_UART0, CORTEX_M_DEVICE_PRIORITY);
}

static void receive(void)
{
    while ((UART_FR & FR_RXFE) == 0) {
        if (!console_takes()) {
            /* The bytes stay in the FIFO; once it is full an emulator holds the sender back. */
            UART_IM &= ~(INT_RX | INT_TIMEOUT);
            return;
        }
        console_received((char)UART_DR);
    }
}

static void transmit(void)
{
    const char *text;
    size_t bytes;

    while ((bytes = console_waiting(&text)) != 0) {
        size_t sent = 0;
        while (sent < bytes && (UART_FR & FR_TXFF) == 0) {
            UART_DR = (unsigned char)text[sent++];
        }
        console_sent(sent);
        if (sent < bytes) {
            UART_IM |= INT_TX;
            return;
        }
    }
}

void lm3s_uart_interrupt(void)
{
    uint32_t which = UART_MIS;

    UART_ICR = which;
    if ((which & (INT_RX | INT_TIMEOUT)) != 0) {
        receive();
    }
    if ((which & INT_TX) != 0) {
        UART_IM &= ~INT_TX;
        transmit();
    }
}

void board_uart_resume(void)
{
    uint32_t before = cortex_m_mask();

    UART_IM |= INT_RX | INT_TIMEOUT;
    receive();
    cortex_m_unmask(before);
}

void board_uart_send(void)
{
    uint32_t before = cortex_m_mask();

    transmit();
    cortex_m_unmask(before);
}

void board_uart_put(char byte)
{
    if ((UART_CTL & CTL_ON) != CTL_ON) {
        uart_on();
    }
    while ((UART_FR & FR_TXFF) != 0) {
    }
    UART_DR = (unsigned char)byte;
}

void board_uart_flush(void)
{
    while ((UART_FR & FR_BUSY) != 0) {
    }
}
