#include "board.h"
#include "processor.h"
#include "rp2.h"

#include "hardware/exception.h"
#include "hardware/irq.h"
#include "hardware/structs/scb.h"
#include "hardware/timer.h"
#include "pico/platform/cpu_regs.h"
#include "tusb.h"

/*
 * A CDC serial port, with the SDK's descriptors: a terminal on the host is the operator's seat,
 * too.
 *
 *   UART's transmitter --> shown[] --> PendSV: TinyUSB --> host
 *                      console's typed[] <-- PendSV: TinyUSB <-- host
 *
 * All of TinyUSB but the controller's interrupt handler runs in PendSV, the exception of the lowest
 * priority: it does not delay the other interrupts, and a busy program does not delay it.
 */
#define SHOWN_BYTES 1024U /* a power of two */
#define FLUSH_US    100000U

static char shown[SHOWN_BYTES];
static volatile uint16_t shown_in;
static volatile uint16_t shown_out;
static volatile bool open; /* a terminal has opened the port */

static void run_soon(void)
{
    scb_hw->icsr = ARM_CPU_PREFIXED(ICSR_PENDSVSET_BITS);
}

void usb_show(char byte)
{
    if (open && (uint16_t)(shown_in - shown_out) < SHOWN_BYTES) {
        shown[shown_in % SHOWN_BYTES] = byte;
        shown_in++;
        run_soon();
    }
}

static void send(void)
{
    open = tud_cdc_connected();
    if (!open) {
        shown_out = shown_in;
        return;
    }
    while (shown_in != shown_out && tud_cdc_write_available() != 0) {
        (void)tud_cdc_write_char(shown[shown_out % SHOWN_BYTES]);
        shown_out++;
    }
    (void)tud_cdc_write_flush();
}

/* What the console has no room for stays with TinyUSB, and the host is held back. */
static void receive(void)
{
    while (tud_cdc_available() != 0) {
        uint32_t before = processor_mask();
        bool takes = console_takes();
        if (takes) {
            console_received((char)tud_cdc_read_char());
        }
        processor_unmask(before);
        if (!takes) {
            return;
        }
    }
}

static void run(void)
{
    tud_task();
    receive();
    send();
}

void isr_pendsv(void);
void isr_pendsv(void)
{
    run();
}

/* TinyUSB calls it for each event that tud_task() has to handle. */
void tud_event_hook_cb(uint8_t port, uint32_t event, bool in_interrupt)
{
    (void)port;
    (void)event;
    (void)in_interrupt;
    run_soon();
}

void usb_start(void)
{
    (void)exception_set_priority(PENDSV_EXCEPTION, PICO_LOWEST_IRQ_PRIORITY);
    (void)tusb_init();
}

void usb_resume(void)
{
    run_soon();
}

void usb_flush(void)
{
    uint32_t start_us = time_us_32();

    while (open && shown_in != shown_out && time_us_32() - start_us < FLUSH_US) {
        tud_int_handler(0);
        run();
    }
}
