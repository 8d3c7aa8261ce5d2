/**
 * @file
 * A chat without a network: what sessions say goes in at once, and what they
 * hear is taken whole unless a test takes less.
 */
#ifndef WORLD_H
#define WORLD_H

#include "core/append.h"
#include "core/session.h"

extern struct chat chat;
extern uint32_t now_ms;

/** A chat named Marcel, in English and without a rate unless a test sets it. */
void world_start(const struct chat_config *config);

/** Somebody connects from 10.0.0.N port 4000 + N, N being the session. @return the session. */
unsigned world_connect(void);

/** The same, and is quiet until it is a person. */
unsigned world_join(void);

/** The same, and takes the greeting and everything else that people have to hear by then. */
unsigned world_enter(const char *nick);

/** Bytes come from a session, all of which have to be used. */
void world_say_bytes(unsigned session, const void *data, size_t bytes);
void world_say(unsigned session, const char *text);

/** Everything that the session has to hear by now. Valid until the next but three calls. */
const char *world_hear(unsigned session);

/** One write: what chat_output() gives, taken whole. */
const char *world_hear_once(unsigned session);

/** Somebody talks until the log is held by those who have heard nothing of it. */
void world_fill(unsigned session);

/** Throws away what everybody has to hear by now. */
void world_hush(void);

/** A pass of the loop in which nothing comes. */
void world_pass(void);

/** Time passes, in steps of at most what the chat asks for. */
void world_wait(uint32_t ms);

#define HEARS(session, text) assert_string_equal(world_hear(session), text)

#endif
