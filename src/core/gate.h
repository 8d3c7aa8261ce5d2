/**
 * @file
 * Whether records may be appended. A record must not be overwritten before every
 * reader that keeps up has read it: until then such a reader holds the log. The
 * holders are determined once in a pass, and only when there may be any.
 *
 *     may be dropped           held          the next line may need this
 *     |-----------|-------------------------|~~~~~~~~~~|
 *     first       from                      next       next + GATE_BYTES
 *
 * A reader holds the log while it has not read live records that would be
 * overwritten, if its connection keeps up, or did until a moment ago. Unread
 * history does not count. Each reader may hold the log for
 * LWCHAT_HOLD_MS_PER_MINUTE; those that do not keep up share one such allowance.
 * No time is counted while the chat as a whole is busy, with at least half of the
 * readers that keep up having more than half of the log still to read.
 */
#ifndef LWCHAT_GATE_H
#define LWCHAT_GATE_H

#include "firmware.h"

enum {
    /** Largest record of a notice without text from a user. */
    GATE_NOTICE_BYTES = sizeof(struct log_record) + sizeof((struct words_arguments){0}.text),
    /** Most bytes appended for one line, or for one session that joins or leaves. */
    GATE_BYTES = sizeof(struct log_record) + LWCHAT_NICK_BYTES + LWCHAT_NICK_BYTES +
                 LWCHAT_LINE_BYTES + 4 + GATE_NOTICE_BYTES + GATE_NOTICE_BYTES + FIRMWARE_BYTES
};

/**
 * Requests to append up to GATE_BYTES. @return false while readers hold the log:
 * nothing may be appended until the next pass, and the hold is counted.
 */
bool gate_enter(struct chat *chat);

/** Begins a pass: counts the hold of the last one, and opens the gate again. */
void gate_begin(struct chat *chat);

/** Timer: clears the hold time of sessions that have not held the log for a minute. */
void gate_forgive(struct chat *chat);

#endif
