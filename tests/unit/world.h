/**
 * @file
 * A chat without a network: input is passed in at once, and output is read whole
 * unless a test reads less.
 */
#ifndef WORLD_H
#define WORLD_H

#include "core/append.h"
#include "core/session.h"

extern struct chat chat;
extern uint32_t now_ms;

/** A chat named Marcel, in English and without a rate limit unless a test sets one. */
void world_start(const struct chat_config *config);

/** Starts the same chat again, at `now_ms`. */
void world_restart(void);

/**
 * Its log is empty and begins at a position, as if much had been said: no other way leads to
 * where positions wrap, which takes 4 GiB of text.
 */
void world_begin_at(uint32_t position);

/** A peer connects from 10.0.0.N port 4000 + N, where N is the session. @return the session. */
unsigned world_connect(void);

/** The same; the peer is silent until it joins as a person. */
unsigned world_join(void);

/** The same, with a nick; all sessions then read what they have to hear. */
unsigned world_enter(const char *nick);

/** A session sends bytes, all of which must be used. */
void world_say_bytes(unsigned session, const void *data, size_t bytes);
void world_say(unsigned session, const char *text);

/** Everything that the session has to hear by now. Valid for the next three calls. */
const char *world_hear(unsigned session);

/** One write: what chat_output() returns, taken whole. */
const char *world_hear_once(unsigned session);

/** The session talks until the log is held by sessions that have read none of it. */
void world_fill(unsigned session);

/** All sessions read and discard what they have to hear by now. */
void world_hush(void);

/** A pass of the loop without input. */
void world_pass(void);

/** Time passes, in steps no longer than the chat requests. */
void world_wait(uint32_t ms);

#define HEARS(session, text) assert_string_equal(world_hear(session), text)

#endif
