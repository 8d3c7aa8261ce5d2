/** @file What the test of lwIP's patches sees of its Unix port from within. */
#ifndef STACK_H
#define STACK_H

#include <stdbool.h>

/** Makes a mailbox, and frees it. @return whether there was one. */
bool mailbox_is_made(void);

/** Sends messages through a mailbox that has had almost as many as it can count. */
bool mailbox_wraps(void);

#endif
