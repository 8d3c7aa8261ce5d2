/**
 * @file
 * Strangers: peers that turn out not to be people, because they speak another
 * protocol or leave without sending anything. No record that people read mentions
 * them. A stranger gets a short answer in its own protocol, if there is one, and
 * the operator is told, at most once a minute for each kind and address.
 */
#ifndef LWCHAT_STRANGER_H
#define LWCHAT_STRANGER_H

#include "lwchat_address.h"
#include "opening.h"

struct chat;
struct chat_place;
struct chat_session;
struct shown;

/** A report to the operator, sent or pending; all zeros: a free entry. */
struct stranger {
    struct lwchat_address ip;
    uint16_t since_s; /**< low bits of the time of the report */
    uint8_t kind;     /**< enum opening_kind */
    bool told;
};

/**
 * Ends a session that is not a person. One that is in CHAT_ACTIVE all the same
 * leaves the chat like any other: the caller must have passed gate_enter().
 */
void stranger_end(struct chat *chat, struct chat_session *session, enum opening_kind kind);

/** Notes a stranger, to report it to the operator. */
void stranger_note(struct chat *chat, struct lwchat_address ip, enum opening_kind kind);

/** Renders the next line of the answer to a stranger, and moves `place` past it. */
void stranger_answer(struct shown *shown, struct chat_place *place);

/** Sends pending reports to the operator, when the log has room. */
void stranger_pass(struct chat *chat);

/** Timer: forgets reports that are a minute old. */
void stranger_tick(struct chat *chat);

#endif
