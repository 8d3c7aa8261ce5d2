/**
 * @file
 * Wake-ups for the application's task.
 */
#ifndef PORT_TASK_H
#define PORT_TASK_H

/** As port_wake(), from an interrupt handler. */
void port_task_wake_from_interrupt(void);

#endif
