#include "board.h"
#include "processor.h"
#include "rp2.h"

#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/uart.h"

/*
 * UART0, an ARM PL011 with FIFOs of 32 bytes, on GPIO 0 and 1; and the USB serial port, which shows
 * a copy of what the UART sends.
 */
#define BAUD        115200U
#define PIN_SEND    0U
#define PIN_RECEIVE 1U

#define RECEIVED (UART_UARTIMSC_RXIM_BITS | UART_UARTIMSC_RTIM_BITS)

static bool uart_is_on;

static void uart_on(void)
{
    uart_is_on = true;
    gpio_set_function(PIN_SEND, GPIO_FUNC_UART);
    gpio_set_function(PIN_RECEIVE, GPIO_FUNC_UART);
    gpio_pull_up(PIN_RECEIVE); /* idle, if nothing is connected */
    (void)uart_init(uart0, BAUD);
}

static void receive(void)
{
    while (uart_is_readable(uart0)) {
        if (!console_takes()) {
            /* The bytes stay in the FIFO; once it is full an emulator holds the sender back. */
            hw_clear_bits(&uart_get_hw(uart0)->imsc, RECEIVED);
            return;
        }
        console_received((char)uart_get_hw(uart0)->dr);
    }
}

static void transmit(void)
{
    const char *text;
    size_t bytes;

    while ((bytes = console_waiting(&text)) != 0) {
        size_t sent = 0;
        while (sent < bytes && uart_is_writable(uart0)) {
            uart_get_hw(uart0)->dr = (unsigned char)text[sent];
            usb_show(text[sent++]);
        }
        console_sent(sent);
        if (sent < bytes) {
            hw_set_bits(&uart_get_hw(uart0)->imsc, UART_UARTIMSC_TXIM_BITS);
            return;
        }
    }
}

static void uart_interrupt(void)
{
    uint32_t which = uart_get_hw(uart0)->mis;

    uart_get_hw(uart0)->icr = which;
    if ((which & RECEIVED) != 0) {
        receive();
    }
    if ((which & UART_UARTMIS_TXMIS_BITS) != 0) {
        hw_clear_bits(&uart_get_hw(uart0)->imsc, UART_UARTIMSC_TXIM_BITS);
        transmit();
    }
}

void board_uart_start(void)
{
    uart_on();
    irq_set_exclusive_handler(UART0_IRQ, uart_interrupt);
    irq_set_enabled(UART0_IRQ, true);
    hw_set_bits(&uart_get_hw(uart0)->imsc, RECEIVED);
    usb_start();
}

void board_uart_resume(void)
{
    uint32_t before = processor_mask();

    hw_set_bits(&uart_get_hw(uart0)->imsc, RECEIVED);
    receive();
    processor_unmask(before);
    usb_resume();
}

void board_uart_send(void)
{
    uint32_t before = processor_mask();

    transmit();
    processor_unmask(before);
}

void board_uart_put(char byte)
{
    if (!uart_is_on) {
        uart_on();
    }
    while (!uart_is_writable(uart0)) {
    }
    uart_get_hw(uart0)->dr = (unsigned char)byte;
    usb_show(byte);
}

void board_uart_flush(void)
{
    uart_tx_wait_blocking(uart0);
    usb_flush();
}
