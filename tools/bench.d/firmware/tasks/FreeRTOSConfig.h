/**
 * @file
 * The board's kernel configuration, with a heap that also holds a task for
 * each client.
 */
#pragma GCC system_header /* include_next is not part of C11 */
#include_next <FreeRTOSConfig.h>

#ifndef TASKS_STACK_BYTES
#define INCLUDE_vTaskDelete 1
#define TASKS_STACK_BYTES   832 /* 656 are used; a fifth is spare, as in the board's other stacks */

/* Per client: the stack, the task, and the semaphore of its blocking calls. Plus one mutex. */
#define TASKS_CLIENT_BYTES (TASKS_STACK_BYTES + 8 + 112 + 88)
enum { TASKS_BOARD_HEAP_BYTES = configTOTAL_HEAP_SIZE };
#undef configTOTAL_HEAP_SIZE
#define configTOTAL_HEAP_SIZE                                                                      \
    (TASKS_BOARD_HEAP_BYTES + 88 + LWCHAT_MAX_SESSIONS * TASKS_CLIENT_BYTES)
#endif
