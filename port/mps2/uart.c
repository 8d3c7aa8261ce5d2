#include "board.h"
#include "board_config.h"
#include "mps2.h"

/* The APB UART (Cortex-M System Design Kit TRM, 4.3), with a buffer of one byte each way. */
#define UART(offset)   DEVICE_REGISTER(UART0_BASE, offset)
#define UART_DATA      UART(0x000)
#define UART_STATE     UART(0x004)
#define UART_CTRL      UART(0x008)
#define UART_INTSTATUS UART(0x00C)
#define UART_BAUDDIV   UART(0x010)

#define STATE_TX_FULL        (1UL << 0)
#define STATE_RX_FULL        (1UL << 1)
#define CTRL_TX              (1UL << 0)
#define CTRL_RX              (1UL << 1)
#define CTRL_TX_INTERRUPT    (1UL << 2)
#define CTRL_RX_INTERRUPT    (1UL << 3)
#define INTSTATUS_TX         (1UL << 0)
#define INTSTATUS_RX         (1UL << 1)
#define INTSTATUS_RX_OVERRUN (1UL << 3)

#define BAUD 115200UL

static void uart_on(void)
{
    UART_BAUDDIV = (BOARD_CLOCK_HZ + BAUD / 2) / BAUD;
    UART_CTRL = CTRL_TX | CTRL_RX;
}

void board_uart_start(void)
{
    uart_on();
    UART_CTRL |= CTRL_RX_INTERRUPT | CTRL_TX_INTERRUPT;
    cortex_m_enable(INTERRUPT_UART0_RECEIVE, CORTEX_M_DEVICE_PRIORITY);
    cortex_m_enable(INTERRUPT_UART0_SEND, CORTEX_M_DEVICE_PRIORITY);
}

/* Without room the byte stays in the register, and an emulator holds the sender back. */
static void receive(void)
{
    while ((UART_STATE & STATE_RX_FULL) != 0 && console_takes()) {
        console_received((char)UART_DATA);
    }
}

static void transmit(void)
{
    size_t sent;

    do {
        const char *text;
        size_t bytes = console_waiting(&text);
        for (sent = 0; sent < bytes && (UART_STATE & STATE_TX_FULL) == 0; sent++) {
            UART_DATA = (unsigned char)text[sent];
        }
        console_sent(sent);
    } while (sent != 0);
}

void mps2_uart_receive_interrupt(void)
{
    UART_INTSTATUS = INTSTATUS_RX | INTSTATUS_RX_OVERRUN;
    receive();
}

/* Raised when the transmit register becomes empty. */
void mps2_uart_send_interrupt(void)
{
    UART_INTSTATUS = INTSTATUS_TX;
    transmit();
}

void board_uart_resume(void)
{
    uint32_t before = cortex_m_mask();

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
    if ((UART_CTRL & CTRL_TX) == 0) {
        uart_on();
    }
    while ((UART_STATE & STATE_TX_FULL) != 0) {
    }
    UART_DATA = (unsigned char)byte;
}

void board_uart_flush(void)
{
    while ((UART_STATE & STATE_TX_FULL) != 0) {
    }
}
