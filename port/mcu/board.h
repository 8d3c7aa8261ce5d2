/**
 * @file
 * The interface between the code that all boards share (this folder)
 * and the code of one board (port/boards/NAME). A board implements the functions
 * of the first half and calls those of the second from its interrupt handlers.
 * It also provides a table of interrupts, a linker script, and the headers lwipopts.h,
 * lwchatopts.h, board_config.h and, for FreeRTOS, FreeRTOSConfig.h.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pbuf;

/* --- What a board provides ---------------------------------------------- */

/** Sets up clocks and pins. Called at reset, once .data and .bss are initialised. */
void board_start(void);

/** Sets up the UART and enables its interrupts. */
void board_uart_start(void);

/** Resumes receiving after console_takes() returned false. Not called from an interrupt handler. */
void board_uart_resume(void);

/**
 * Starts sending: takes bytes from console_waiting() while the transmitter has
 * room, and the rest in its interrupt handler. Not called from there.
 */
void board_uart_send(void);

/** Sends one byte by polling, with interrupts disabled: for panics. */
void board_uart_put(char byte);

/** Waits until all bytes of board_uart_put() have been sent, since a restart would cut them off. */
void board_uart_flush(void);

/**
 * Starts the MAC and the PHY, with receive interrupts masked, and writes the MAC to `mac`. With
 * LWCHAT_MDNS or LWCHAT_IPV6 the MAC receives all multicast.
 */
void board_ethernet_start(uint8_t mac[6]);

/**
 * Sends one frame, which begins with ETH_PAD_SIZE bytes of padding. Called with lwIP's core lock
 * held.
 * @return false when the transmitter is stuck; the frame is then lost.
 */
bool board_ethernet_send(const struct pbuf *frame);

/**
 * Takes the next received frame, as a chain from PBUF_POOL that begins with
 * ETH_PAD_SIZE bytes of padding; the caller owns it. Bad frames, and those for
 * which there is no buffer, are read from the MAC and dropped.
 * @return NULL when there is no frame left.
 */
struct pbuf *board_ethernet_receive(void);

/**
 * Whether the link is up; true also when this cannot be found out. A link that
 * went down and came back since the last call may be reported as down once.
 * Called from the main task.
 */
bool board_ethernet_link(void);

/**
 * Acknowledges and unmasks the Ethernet interrupt.
 * @return false, with the interrupt masked, when a frame has arrived meanwhile:
 *         receive it, then call this again.
 */
bool board_ethernet_listen(void);

/** Switches the board's LED on or off. Only examples use it. */
void board_led(bool on);

/** Starts the watchdog, if the board has one. It restarts the board after 20 s without a feed. */
void board_watchdog_start(void);
void board_watchdog_feed(void);

/* --- What a board's interrupts call -------------------------------------- */

/** Whether the console has room for a byte. If not, leave it in the UART until board_uart_resume().
 */
bool console_takes(void);

/** Hands a received byte to the console. */
void console_received(char byte);

/**
 * What is to be sent next, in one piece; more may follow it. Called from the UART's interrupt
 * handler or with it masked.
 * @return its length in bytes; 0: there is nothing to send.
 */
size_t console_waiting(const char **text);

/** The first `bytes` bytes of it were sent. */
void console_sent(size_t bytes);

/** Handles the Ethernet interrupt. The board masks it first, until board_ethernet_listen(). */
void ethernet_interrupt(void);

#endif
