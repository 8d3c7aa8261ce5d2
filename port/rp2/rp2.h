/**
 * @file
 * What the drivers of a Raspberry Pi Pico share.
 */
#ifndef RP2_H
#define RP2_H

#include <stdbool.h>
#include <stdint.h>

/* --- The console over USB ------------------------------------------------- */

/** Attaches to a host as a serial port. */
void usb_start(void);

/**
 * Shows a byte on the host. It is lost if no terminal is open there, or if the terminal does not
 * read: the server never waits for it. Called from an interrupt handler or with interrupts masked.
 */
void usb_show(char byte);

/** Takes what was typed, after console_takes() returned false. */
void usb_resume(void);

/** Sends what usb_show() got, by polling with interrupts disabled, for 100 ms at most. */
void usb_flush(void);

/* --- What differs between the chips: port/boards/NAME/chip.c ---------------------------- */

/** Makes an access below the stack a fault. */
void rp2_guard_stack(void);

/** Whether the processor knows that this is the fault. */
bool rp2_stack_overflowed(void);

/** The processor's register that tells the cause of a fault, or 0. */
uint32_t rp2_fault_status(void);

/* ----------------------------------------------------------------------------------------- */

/** The SDK calls it where it cannot go on. */
_Noreturn void rp2_panic(const char *what, ...);

#endif
