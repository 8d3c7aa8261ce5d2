/**
 * @file
 * Connections that turn out to be no person: what speaks another protocol, and
 * what goes without a word. They are in no record that anybody else reads. A
 * stranger is answered in its own words where that is short, and the operator
 * is told, once in a minute for each kind and address.
 */
#ifndef LWCHAT_STRANGER_H
#define LWCHAT_STRANGER_H

#include "lwchat_config.h"
#include "opening.h"

struct chat;
struct chat_place;
struct chat_session;
struct shown;

/** What the operator was told of, or is to be; all zeros is a free entry. */
struct stranger {
    uint32_t ip;
    uint16_t since_s; /**< low bits of when */
    uint8_t kind;     /**< enum opening_kind */
    bool told;
};

/**
 * Ends a session that is no person. One that had been taken for one leaves the
 * chat as others do: its caller has asked gate_enter() for that.
 */
void stranger_end(struct chat *chat, struct chat_session *session, enum opening_kind kind);

/** Notes that one has come, for the operator. */
void stranger_note(struct chat *chat, const struct chat_session *session, enum opening_kind kind);

/** Renders the next line of the answer to one, and moves `place` behind it. */
void stranger_answer(struct shown *shown, struct chat_place *place);

/** Tells the operator, when the log has room for that. */
void stranger_pass(struct chat *chat);

/** Time passes: what is a minute old is forgotten. */
void stranger_tick(struct chat *chat);

#endif
