#include "ignore.h"

#include "nick.h"
#include "output.h"

#include <string.h>

#if LWCHAT_MAX_IGNORES > 0

/* The one in the session's list: by its number, unless that is LOG_NOBODY, or by its nick. */
static const struct chat_ignored *find(const struct chat_session *session, uint16_t number,
                                       const char *nick, size_t bytes)
{
    for (unsigned i = 0; i < session->ignores; i++) {
        const struct chat_ignored *ignored = &session->ignored[i];
        if ((number != LOG_NOBODY && ignored->session == number) ||
            nick_alike(ignored->nick, ignored->nick_bytes, nick, bytes)) {
            return ignored;
        }
    }
    return NULL;
}

bool ignore_hides(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record)
{
    uint16_t from = record->from;

    if (session->ignores == 0 || record->kind == LOG_NOTICE) {
        return false;
    }
    if (from != LOG_NOBODY && log_before(position, chat->came[from])) {
        from = LOG_NOBODY;
    }
    return find(session, from, log_nick(record), record->nick_bytes) != NULL;
}

size_t ignore_farewell(const struct chat_session *session, const struct log_record *record)
{
    const char *nick = log_text(record);

    if (record->word != W_LEFT_SAYING || session->ignores == 0) {
        return 0;
    }
    size_t bytes = (size_t)((const char *)memchr(nick, '\0', record->text_bytes) - nick);
    return find(session, record->from, nick, bytes) != NULL ? bytes : 0;
}

bool ignore_begin(const struct chat *chat, struct chat_session *session,
                  const struct chat_session *other)
{
    if (session->ignores == LWCHAT_MAX_IGNORES) {
        return false;
    }
    struct chat_ignored *ignored = &session->ignored[session->ignores++];
    ignored->session = (uint16_t)session_number(chat, other);
    ignored->nick_bytes = other->nick_bytes;
    memcpy(ignored->nick, other->nick, other->nick_bytes);
    return true;
}

bool ignore_end(const struct chat *chat, struct chat_session *session,
                const struct chat_session *other, const char *nick, size_t bytes)
{
    const struct chat_ignored *ignored =
        other != NULL
            ? find(session, (uint16_t)session_number(chat, other), other->nick, other->nick_bytes)
            : find(session, LOG_NOBODY, nick, bytes);

    if (ignored == NULL) {
        return false;
    }
    session->ignored[ignored - session->ignored] = session->ignored[session->ignores - 1];
    session->ignores--;
    return true;
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

bool ignore_hides(const struct chat *chat, const struct chat_session *session, uint32_t position,
                  const struct log_record *record)
{
    (void)chat;
    (void)session;
    (void)position;
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
