#include "ignore.h"

#include "lwchat_error.h"
#include "nick.h"
#include "output.h"

#include <string.h>

#if LWCHAT_MAX_IGNORES > 0

/* Whether the session ignores another: by its number, unless that is LOG_NOBODY, or by its nick. */
static bool ignores(const struct chat_session *session, uint16_t number, const char *nick,
                    size_t bytes)
{
    for (unsigned i = 0; i < session->ignores; i++) {
        const struct chat_ignored *ignored = &session->ignored[i];
        if ((number != LOG_NOBODY && ignored->session == number) ||
            nick_alike(ignored->nick, ignored->nick_bytes, nick, bytes)) {
            return true;
        }
    }
    return false;
}

bool ignore_hides(const struct chat_session *session, const struct log_record *record)
{
    return record->kind != LOG_NOTICE &&
           ignores(session, record->from, log_nick(record), record->nick_bytes);
}

size_t ignore_farewell(const struct chat_session *session, const struct log_record *record)
{
    const char *nick = log_text(record);

    if (record->word != W_LEFT_SAYING || session->ignores == 0) {
        return 0;
    }
    size_t bytes = (size_t)((const char *)memchr(nick, '\0', record->text_bytes) - nick);
    return ignores(session, record->from, nick, bytes) ? bytes : 0;
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
                output_keep_rest(chat, other); /* a hidden record before it may show from now on */
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

size_t ignore_farewell(const struct chat_session *session, const struct log_record *record)
{
    (void)session;
    (void)record;
    return 0;
}

void ignore_forget(struct chat *chat, struct chat_session *session)
{
    (void)chat;
    (void)session;
}

#endif
