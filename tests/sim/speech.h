/**
 * @file
 * What peers say, and the check that the server hears exactly that: every
 * message once, in order, cleaned.
 */
#ifndef LWCHAT_SIM_SPEECH_H
#define LWCHAT_SIM_SPEECH_H

#include "sim.h"

/** True if there is room for one more thing to say. */
bool speech_has_room(const struct sim_peer *peer);

/** Says the next thing. */
void speech_next(struct sim_peer *peer);

/** Says something without a line end, before the peer ends its side. */
void speech_rest(struct sim_peer *peer);

/** Says goodbye. */
void speech_leave(struct sim_peer *peer);

/** True if the server has consumed a part of a line from the peer, or may have. */
bool speech_is_in_line(const struct sim_peer *peer);

/** The peer's session has ended in good order: fails if something it said was not heard. */
void speech_over(const struct sim_peer *peer);

#endif
