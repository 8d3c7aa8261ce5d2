/**
 * @file
 * The password that newcomers are asked for. A session that has not given it is
 * outside the chat: it reads only what it is answered, which is not in the log,
 * and nothing that it sends is said. With LWCHAT_PASSWORD.
 *
 *     a person ---> asked ---> right: arrives
 *                   ^    |
 *                   |    +---> wrong, again or at last: ended
 *                   +----------+
 *
 * Wrong passwords are counted for each address, or /64. After LWCHAT_GUESSES of
 * them the address is refused until LWCHAT_GUESSES_MS have passed since the last
 * one. Entries are neither replaced before that nor cleared by a right password, so
 * that nobody can reset a count. Where counting does not tell people apart, or no
 * entry is free, passwords are judged later instead, the more were wrong lately:
 * nobody is locked out by others, and all those guess at a limited rate.
 */
#ifndef LWCHAT_PASSWORD_H
#define LWCHAT_PASSWORD_H

#include "framing.h"
#include "lwchat_address.h"

struct chat;
struct chat_session;

enum password_state {
    PASSWORD_NONE, /**< it was not asked */
    PASSWORD_ASKED,
    PASSWORD_GIVEN
};

/** Wrong passwords from an address; all zeros: a free entry. */
struct password_kept {
    struct lwchat_address ip; /**< what stands for the person: address_person() */
    uint32_t last_ms;
    uint8_t wrong;
};

struct passwords {
    char text[LWCHAT_PASSWORD_BYTES]; /**< what is asked for, filled up with zeros */
    uint8_t bytes;                    /**< 0: nothing is asked for */
    uint32_t ahead_ms; /**< twice the delay of peers that are not counted, at `ahead_at_ms` */
    uint32_t ahead_at_ms;
    struct password_kept kept[LWCHAT_KEPT_GUESSES];
};

/**
 * Compares a password with what was given, in LWCHAT_PASSWORD_BYTES steps whatever both are, so
 * that the time taken tells nothing of where they differ.
 * @param password  filled up with zeros
 * @return the number of bytes that differ, a different length being one more; 0: it is right.
 */
unsigned password_differences(const char password[LWCHAT_PASSWORD_BYTES], size_t password_bytes,
                              const char *given, size_t given_bytes);

/** Sets what is asked for; NULL: nothing. */
void password_start(struct chat *chat, const char *password);

/**
 * Asks a session for the password, unless it was asked before; refuses it if its address has to
 * wait.
 * @return false if it may enter the chat.
 */
bool password_ask(struct chat *chat, struct chat_session *session);

/** As password_ask(), in a dialect that says nothing until the peer has introduced itself. */
void password_await(struct chat *chat, struct chat_session *session);

/** Seconds for which the session's address is refused, 1 or more. */
uint32_t password_wait_s(const struct chat *chat, const struct chat_session *session);

/** ms until a line of the session may be judged; 0: now. */
uint32_t password_delay_ms(const struct chat *chat, const struct chat_session *session);

/** Takes a line of a session that was asked. NULL: one that was too long. */
void password_line(struct chat *chat, struct chat_session *session,
                   const struct framing_line *line);

/** Ends a session that has not given the password in time. */
void password_late(struct chat *chat, struct chat_session *session);

/** Timer: forgets what has passed. */
void password_tick(struct chat *chat);

#endif
