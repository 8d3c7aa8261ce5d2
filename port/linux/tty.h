/**
 * @file
 * The terminal on standard input as a device: of what kind it is, its modes, and the signals that
 * are about it.
 */
#ifndef LWCHAT_LINUX_TTY_H
#define LWCHAT_LINUX_TTY_H

#include <stdbool.h>
#include <stdint.h>

/** True while it is this program's controlling terminal. */
bool tty_is_shared(void);

/** True while this program is in its foreground, and may read and change it. */
bool tty_is_ours(void);

/** True unless it cannot move its cursor (TERM is "dumb", or not set). */
bool tty_is_smart(void);

/** How many colours it shows: 0 if that is not wanted (NO_COLOR), 8, 256, or 1 << 24. */
uint32_t tty_colours(void);

/**
 * Handles signals from now on: whatever ends or suspends the program, the terminal gets its modes
 * back.
 * @param marks_pastes  while it is taken, the terminal is asked to mark what it pastes
 */
void tty_start(bool marks_pastes);

/**
 * Takes the terminal, whose modes another program may have changed meanwhile: it then echoes
 * nothing, and each key can be read at once. Only in the foreground.
 */
void tty_take(void);

/** Gives the terminal its modes back, in the foreground. */
void tty_restore(void);

/** True once after the terminal has got another size. */
bool tty_has_resized(void);

/** True once after this program was suspended. */
bool tty_has_resumed(void);

/** True while one of these is yet to be asked for. */
bool tty_has_changed(void);

#endif
