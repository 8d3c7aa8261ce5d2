#include "ignore.h"

#include "lwchat_error.h"
#include "nick.h"

#include <string.h>

#if LWCHAT_MAX_IGNORES > 0

bool ignore_hides(const struct chat_session *session, const struct log_record *record)
{
    for (unsigned i = 0; i < session->ignores; i++) {
        const struct chat_ignored *ignored = &session->ignored[i];
        if (record->kind != LOG_NOTICE && (ignored->session == record->from ||
                                           nick_alike(ignored->nick, ignored->nick_bytes,
                                                      log_nick(record), record->nick_bytes))) {
            return true;
        }
    }
    return false;
}

int ignore_turn(const struct chat *chat, struct chat_session *session,
                const struct chat_session *other)
{
    unsigned number = session_number(chat, other);

    for (unsigned i = 0; i < session->ignores; i++) {
        struct chat_ignored *ignored = &session->ignored[i];
        if (ignored->session == number ||
            nick_alike(ignored->nick, ignored->nick_bytes, other->nick, other->nick_bytes)) {
            *ignored = session->ignored[--session->ignores];
            return 0;
        }
    }
    if (session->ignores == LWCHAT_MAX_IGNORES) {
        return LWCHAT_NO_MEMORY;
    }
    struct chat_ignored *ignored = &session->ignored[session->ignores++];
    ignored->session = (uint16_t)number;
    ignored->nick_bytes = other->nick_bytes;
    memcpy(ignored->nick, other->nick, other->nick_bytes);
    return 1;
}

const char *ignore_nick(const struct chat_session *session, unsigned index, size_t *bytes)
{
    if (index >= session->ignores) {
        return NULL;
    }
    *bytes = session->ignored[index].nick_bytes;
    return session->ignored[index].nick;
}

void ignore_forget(struct chat *chat, struct chat_session *session)
{
    unsigned number = session_number(chat, session);

    session->ignores = 0;
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *other = &chat->session[i];
        for (unsigned k = 0; k < other->ignores; k++) {
            if (other->ignored[k].session == number) {
                other->ignored[k].session = LOG_NOBODY;
            }
        }
    }
}

#else

bool ignore_hides(const struct chat_session *session, const struct log_record *record)
{
    (void)session;
    (void)record;
    return false;
}

void ignore_forget(struct chat *chat, struct chat_session *session)
{
    (void)chat;
    (void)session;
}

#endif
