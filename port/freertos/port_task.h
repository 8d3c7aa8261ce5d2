/**
 * @file
 * Wake-ups for the application's task.
 */
#ifndef PORT_TASK_H
#define PORT_TASK_H

/** Ends the application's current or next port_wait(). Called from a task. */
void port_task_wake(void);

/** The same, from an interrupt handler. */
void port_task_wake_from_interrupt(void);

#endif
