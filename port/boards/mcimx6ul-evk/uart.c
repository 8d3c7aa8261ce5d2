#include "board.h"
#include "board_config.h"
#include "cortex_a.h"
#include "processor.h"

/* "Universal Asynchronous Receiver/Transmitter (UART)": UART1. */
#define UART(offset) DEVICE_REGISTER(0x02020000UL, offset)
#define UART_URXD    UART(0x00)
#define UART_UTXD    UART(0x40)
#define UART_UCR1    UART(0x80)
#define UART_UCR2    UART(0x84)
#define UART_UCR3    UART(0x88)
#define UART_UFCR    UART(0x90)
#define UART_USR2    UART(0x98)
#define UART_UBIR    UART(0xA4)
#define UART_UBMR    UART(0xA8)
#define UART_UTS     UART(0xB4)

#define UCR1_UARTEN (1UL << 0)
#define UCR1_RRDYEN (1UL << 9)
#define UCR1_TRDYEN (1UL << 13)
/* No reset, RXEN, TXEN, 8 bits, RTS ignored. */
#define UCR2_ON        (1UL << 0 | 1UL << 1 | 1UL << 2 | 1UL << 5 | 1UL << 14)
#define UCR3_RXDMUXSEL (1UL << 2) /* must be one */
/* An interrupt at one byte received, or with less than two to send; the clock divided by 2. */
#define UFCR_ON    (1UL << 0 | 2UL << 10 | 4UL << 7)
#define USR2_RDR   (1UL << 0)
#define USR2_TXDC  (1UL << 3)
#define UTS_TXFULL (1UL << 4)

/* The baud rate is CLOCK_HZ / 16 * (UBIR + 1) / (UBMR + 1). */
#define CLOCK_HZ 40000000UL
#define BAUD     115200UL

static void uart_on(void)
{
    UART_UFCR = UFCR_ON;
    UART_UBIR = 16 - 1;
    UART_UBMR = (CLOCK_HZ + BAUD / 2) / BAUD - 1;
    UART_UCR3 |= UCR3_RXDMUXSEL;
    UART_UCR2 = UCR2_ON;
    UART_UCR1 = UCR1_UARTEN;
}

void board_uart_start(void)
{
    uart_on();
    UART_UCR1 |= UCR1_RRDYEN;
    cortex_a_enable(INTERRUPT_UART1);
}

static void receive(void)
{
    while ((UART_USR2 & USR2_RDR) != 0) {
        if (!console_takes()) {
            /* The bytes stay in the FIFO. */
            UART_UCR1 &= ~UCR1_RRDYEN;
            return;
        }
        console_received((char)UART_URXD);
    }
}

static void transmit(void)
{
    const char *text;
    size_t bytes;

    while ((bytes = console_waiting(&text)) != 0) {
        size_t sent = 0;
        while (sent < bytes && (UART_UTS & UTS_TXFULL) == 0) {
            UART_UTXD = (unsigned char)text[sent++];
        }
        console_sent(sent);
        if (sent < bytes) {
            UART_UCR1 |= UCR1_TRDYEN;
            return;
        }
    }
    UART_UCR1 &= ~UCR1_TRDYEN;
}

void mcimx6ul_uart_interrupt(void)
{
    if ((UART_UCR1 & UCR1_RRDYEN) != 0) {
        receive();
    }
    transmit();
}

void board_uart_resume(void)
{
    uint32_t before = processor_mask();

    UART_UCR1 |= UCR1_RRDYEN;
    processor_unmask(before);
}

void board_uart_send(void)
{
    uint32_t before = processor_mask();

    transmit();
    processor_unmask(before);
}

void board_uart_put(char byte)
{
    if ((UART_UCR2 & UCR2_ON) != UCR2_ON) {
        uart_on();
    }
    while ((UART_UTS & UTS_TXFULL) != 0) {
    }
    UART_UTXD = (unsigned char)byte;
}

void board_uart_flush(void)
{
    while ((UART_USR2 & USR2_TXDC) == 0) {
    }
}
