#include "stranger.h"

#include "dialect/shown.h"
#include "gate.h"
#include "notice.h"
#include "people.h"
#include "text.h"

#include <string.h>

enum { KEPT_S = 60 };

/* RFC 8446 section 6: fatal, protocol_version. */
static const uint8_t alert[] = {0x15, 0x03, 0x03, 0x00, 0x02, 2, 70};

/* --- Reports to the operator -------------------------------------------------- */

static uint16_t seconds(const struct chat *chat)
{
    return (uint16_t)(chat->now_ms / 1000);
}

void stranger_note(struct chat *chat, struct lwchat_address ip, enum opening_kind kind)
{
    struct stranger *free_entry = NULL;

    for (unsigned i = 0; i < LWCHAT_KEPT_STRANGERS; i++) {
        struct stranger *stranger = &chat->stranger[i];
        if (stranger->kind == kind && address_is_person(stranger->ip, ip)) {
            return;
        }
        if (stranger->kind == OPENING_UNDECIDED) {
            free_entry = stranger;
        }
    }
    if (free_entry != NULL) {
        *free_entry = (struct stranger){ip, seconds(chat), (uint8_t)kind, false};
        chat->waiting = true;
        session_wake(chat, 0);
    }
}

void stranger_pass(struct chat *chat)
{
    static const uint8_t words[] = {
        [OPENING_HTTP] = W_STRANGER_HTTP,
        [OPENING_TLS] = W_STRANGER_TLS,
        [OPENING_SSH] = W_STRANGER_SSH,
        [OPENING_PROXY] = W_STRANGER_PROXY,
        [OPENING_SILENT] = W_STRANGER_SILENT,
#if LWCHAT_PASSWORD
        [OPENING_GUESSER] = W_STRANGER_GUESSER,
#endif
#if LWCHAT_PROXY
        [OPENING_NO_HEADER] = W_STRANGER_NO_HEADER,
#endif
    };

    for (unsigned i = 0; i < LWCHAT_KEPT_STRANGERS; i++) {
        struct stranger *stranger = &chat->stranger[i];
        if (stranger->kind == OPENING_UNDECIDED || stranger->told) {
            continue;
        }
        if (!gate_enter(chat)) {
            chat->waiting = true;
            return;
        }
        struct words_arguments arguments = {.bytes = 0};
        words_add_address(&arguments, stranger->ip);
        notice_to(chat, &chat->session[CHAT_OPERATOR], (enum word_chat)words[stranger->kind],
                  arguments.text, arguments.bytes);
        stranger->told = true;
    }
}

void stranger_tick(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_KEPT_STRANGERS; i++) {
        struct stranger *stranger = &chat->stranger[i];
        if (stranger->told && (uint16_t)(seconds(chat) - stranger->since_s) >= KEPT_S) {
            *stranger = (struct stranger){.kind = OPENING_UNDECIDED};
        }
    }
}

/* --- Answers to strangers ------------------------------------------------------- */

#if !LWCHAT_HTTP
static size_t write_sentence(const struct chat *chat, char *out, size_t bytes)
{
    const char *name = chat->config.name;

    return words_write(out, bytes, words_chat[W_NO_PAGE].text[chat->config.language], name,
                       strlen(name));
}

/* RFC 9112 section 4. The head is rendered as one line, and the body as another. */
static void answer_http(struct shown *shown, struct chat_place *place)
{
    size_t room = LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES;

    if (place->step == 0) {
        char digits[10];
        size_t body_bytes = write_sentence(shown->chat, shown->text, room) + 2;
        shown_add_literal(shown, "HTTP/1.1 400 Bad Request\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Connection: close\r\n"
                                 "Content-Length: ");
        shown_add(shown, digits, text_number(digits, (uint32_t)body_bytes));
        shown_add_literal(shown, "\r\n\r\n");
        place->step = 1;
        return;
    }
    shown->bytes = write_sentence(shown->chat, shown->text, room);
    shown_add_literal(shown, "\r\n");
    place->owes &= (uint8_t)~CHAT_OWES_STRANGER;
}
#endif

void stranger_answer(struct shown *shown, struct chat_place *place)
{
#if !LWCHAT_HTTP
    if (opening_kind(&shown->reader->opening) == OPENING_HTTP) {
        answer_http(shown, place);
        return;
    }
#endif
    shown_add(shown, (const char *)alert, sizeof alert);
    place->owes &= (uint8_t)~CHAT_OWES_STRANGER;
}

void stranger_end(struct chat *chat, struct chat_session *session, enum opening_kind kind)
{
    bool answered = kind == OPENING_HTTP || kind == OPENING_TLS;

#if LWCHAT_HTTP
    if (kind == OPENING_HTTP && session->state == CHAT_OPENING && !session_is_locked(session)) {
        session->state = CHAT_ENDED;
        session->place.owes = CHAT_OWES_STRANGER;
        return;
    }
#endif
    stranger_note(chat, session->ip, kind);
    if (session->state == CHAT_ACTIVE || session_is_locked(session)) {
        people_end(chat, session, NULL, 0);
        return;
    }
    buffer_give(chat->buffer, &session->line);
    session->state = answered ? CHAT_ENDING : CHAT_ENDED;
    session->kicked = true;
    session->place.owes = answered ? CHAT_OWES_STRANGER : 0;
    session->place.cursor = session->since = session->asked = session->end = chat->log.next;
    session->heard_ms = session->pace.took_ms = chat->now_ms;
    session_touch(chat, session);
}

#if LWCHAT_PROXY
void chat_tell_no_header(struct chat *chat, struct lwchat_address ip)
{
    stranger_note(chat, ip, OPENING_NO_HEADER);
}
#endif

#if LWCHAT_HTTP
bool chat_is_request(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return session->state == CHAT_ENDED && (session->place.owes & CHAT_OWES_STRANGER);
}

const char *chat_request(const struct chat *chat, unsigned number, size_t *bytes,
                         struct lwchat_address *ip, uint16_t *port)
{
    const struct chat_session *session = &chat->session[number];
    const struct buffer *line = session->line == BUFFER_NONE ? NULL : &chat->buffer[session->line];

    *ip = session->ip;
    *port = session->port;
    *bytes = line == NULL ? 0 : line->bytes;
    return session->too_long ? NULL : line == NULL ? "" : line->text;
}
#endif
