/**
 * @file
 * The application's task, as the rest of the port sees it.
 */
#ifndef PORT_TASK_H
#define PORT_TASK_H

/** Ends the application's port_wait(), or its next one. From a task. */
void port_task_wake(void);

/** The same from an interrupt. */
void port_task_wake_from_interrupt(void);

#endif
