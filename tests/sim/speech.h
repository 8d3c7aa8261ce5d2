/**
 * @file
 * What peers say, and that the server hears just that: every message once, in
 * order, made safe.
 */
#ifndef LWCHAT_SIM_SPEECH_H
#define LWCHAT_SIM_SPEECH_H

#include "sim.h"

/** There is room for one more thing to say. */
bool speech_has_room(const struct sim_peer *peer);

/** Says the next thing. */
void speech_next(struct sim_peer *peer);

/** Says something without a line's end, before the peer ends its side. */
void speech_rest(struct sim_peer *peer);

/** Says goodbye. */
void speech_leave(struct sim_peer *peer);

/** The peer's session has ended in good order: nothing that it said may be left. */
void speech_over(const struct sim_peer *peer);

#endif
