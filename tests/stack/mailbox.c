/* The Unix port as a part of this file: its mailboxes are nobody else's to see. */
#include <limits.h>

#include "contrib/ports/unix/port/sys_arch.c"

#include "stack.h"

bool mailbox_is_made(void)
{
    sys_mbox_t mailbox = NULL;

    if (sys_mbox_new(&mailbox, 8) != ERR_OK) {
        return false;
    }
    sys_mbox_free(&mailbox);
    return true;
}

bool mailbox_wraps(void)
{
    static int message[300];
    void *got;
    sys_mbox_t mailbox;

    if (sys_mbox_new(&mailbox, 8) != ERR_OK) {
        return false;
    }
    mailbox->first = mailbox->last = INT_MAX - 100;
    for (int i = 0; i < 300; i++) {
        if (sys_mbox_trypost(&mailbox, &message[i]) != ERR_OK ||
            sys_arch_mbox_fetch(&mailbox, &got, 1000) == SYS_ARCH_TIMEOUT || got != &message[i]) {
            return false;
        }
    }
    sys_mbox_free(&mailbox);
    return true;
}
