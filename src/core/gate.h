/**
 * @file
 * Whether the log takes input: nothing is to be overwritten that somebody who
 * keeps up has not read. Who holds the log is looked up once in a pass, and
 * only when there might be somebody.
 *
 *      what may go       what is held        the next line may need this
 *     |-----------|-------------------------|~~~~~~~~~~|
 *     first       from                      next       next + GATE_BYTES
 *
 * A reader holds the log that has yet to read what is live and would be
 * overwritten, while its connection keeps up, or did until a moment ago.
 * History holds nothing. Each reader may hold the log for
 * LWCHAT_HOLD_MS_PER_MINUTE, and those that do not keep up for as much all
 * together. Only where the room as a whole is busy nothing is counted: then at
 * least half of those that keep up have half of the log before them.
 */
#ifndef LWCHAT_GATE_H
#define LWCHAT_GATE_H

#include "session.h"

enum {
    /** What a sentence takes in the log at most, when nobody wrote its text. */
    GATE_NOTICE_BYTES = sizeof(struct log_record) + sizeof((struct words_arguments){0}.text),
    /** What a line, or one who comes or goes, appends at most. */
    GATE_BYTES = sizeof(struct log_record) + LWCHAT_NICK_BYTES + LWCHAT_NICK_BYTES +
                 LWCHAT_LINE_BYTES + 4 + GATE_NOTICE_BYTES + GATE_NOTICE_BYTES
};

/**
 * Asks to append. @return false while readers hold the log: until the next pass
 * nobody may, and the hold is counted.
 */
bool gate_enter(struct chat *chat);

/** A pass begins: counts the hold of the last one, and lets senders ask again. */
void gate_begin(struct chat *chat);

/** Time passes: what sessions have held the log for is forgiven after a minute without a hold. */
void gate_forgive(struct chat *chat);

#endif
