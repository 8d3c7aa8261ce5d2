/**
 * @file
 * What the firmware takes part with: its commands, of which every name begins
 * with '!', and the answers to them.
 */
#ifndef LWCHAT_FIRMWARE_H
#define LWCHAT_FIRMWARE_H

#include "session.h"

/** Bytes that a command's answer takes in the log at most, behind the line that asked. */
enum {
    FIRMWARE_BYTES = LWCHAT_COMMANDS == 0
                         ? 0
                         : sizeof(struct log_record) + LWCHAT_NICK_BYTES + LWCHAT_REPLY_BYTES + 4
};

/** As firmware_run(), for what begins with '!'. */
bool firmware_run_named(struct chat *chat, struct chat_session *session, const char *text,
                        size_t bytes);

/**
 * Runs the command that a line begins with, and appends what is to be read of it.
 * The gate is open.
 *
 * @param text  clean; in chat->clean
 * @return false when it is no command: nothing was done.
 */
static inline bool firmware_run(struct chat *chat, struct chat_session *session, const char *text,
                                size_t bytes)
{
    return text[0] == '!' && firmware_run_named(chat, session, text, bytes);
}

/** True when `text` is a nick that looks like the firmware's. */
bool firmware_has_nick(const struct chat *chat, const char *text, size_t bytes);

/** The form of the command with number `step`, for `!help`; NULL past the last. */
const char *firmware_form(const struct chat *chat, unsigned step);

#endif
