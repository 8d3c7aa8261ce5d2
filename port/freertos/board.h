/**
 * @file
 * The seam between what every FreeRTOS board shares (this folder) and what one
 * board is (port/boards/NAME). A new board writes the functions of the first
 * half, calls those of the second from its interrupts, and has a vector table,
 * a linker script, and the headers lwipopts.h, lwchatopts.h and
 * FreeRTOSConfig.h.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

struct pbuf;

/* --- What a board provides ---------------------------------------------- */

/** First of all, before main memory's users and with interrupts off: clocks, pins, UART. */
void board_start(void);

/** Takes the UART's interrupts into use. */
void board_uart_start(void);

/** Takes receiving up again after console_takes() gave false. From a task. */
void board_uart_resume(void);

/**
 * Begins to send: takes bytes from console_next() as long as the transmitter
 * has room, and the rest in its interrupt. From a task.
 */
void board_uart_send(void);

/** Sends one byte by polling, with interrupts off: for last words. */
void board_uart_put(char byte);

/** Waits until what was put has gone out: a restart would cut it off. */
void board_uart_flush(void);

/** Brings the MAC and the PHY up, receiver off as yet, and writes its address to `mac`. */
void board_ethernet_start(uint8_t mac[6]);

/**
 * Sends one frame, ETH_PAD_SIZE bytes of padding in front. With lwIP's core lock held.
 * @return false when the transmitter is stuck; the frame is lost then.
 */
bool board_ethernet_send(const struct pbuf *frame);

/**
 * The next frame that has arrived, in a chain from PBUF_POOL with
 * ETH_PAD_SIZE bytes in front. Broken frames, and those for which there is no
 * buffer, are taken from the wire and passed over.
 * @return NULL when there is none left.
 */
struct pbuf *board_ethernet_receive(void);

/**
 * Whether the cable is in and somebody is at its other end, or nobody can tell.
 * A link that went since the last call, and came back, may be shown as gone
 * once. From the main task.
 */
bool board_ethernet_link(void);

/**
 * Lets the Ethernet interrupt happen again.
 * @return false when a frame has arrived meanwhile: take it, then ask again.
 */
bool board_ethernet_listen(void);

/** Starts the watchdog, where the board has one: it restarts the board after 20 s without a feed.
 */
void board_watchdog_start(void);
void board_watchdog_feed(void);

/* --- What a board's interrupts call -------------------------------------- */

/** Whether another byte is wanted. When not, leave it where it is until board_uart_resume(). */
bool console_takes(void);

/** A byte that has arrived on the UART. */
void console_received(char byte);

/** The next byte to send on the UART, or -1 when there is none. From its interrupt, or masked. */
int console_next(void);

/** The Ethernet interrupt, which the board masks until board_ethernet_listen(). */
void ethernet_interrupt(void);

#endif
