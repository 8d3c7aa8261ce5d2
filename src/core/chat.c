#include "chat.h"

#include "append.h"
#include "block.h"
#include "input.h"
#include "notice.h"
#include "output.h"
#include "people.h"
#include "room.h"

#include <string.h>

/*
 * The sessions are looked at this often at least: positions wrap, and must not be left behind; and
 * what the stack's timers end, a vanished peer above all, wakes nobody.
 */
enum { LONGEST_SLEEP_MS = 5000 };

static const char lobby_name[] = "#lobby";

void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms)
{
    memset(chat, 0, sizeof *chat);
    chat->config = *config;
    chat->now_ms = now_ms;
    chat->holds.slot_ms = now_ms;
    chat->due_ms = now_ms + LONGEST_SLEEP_MS;
    log_init(&chat->log, chat->ring, LWCHAT_LOG_BYTES, 0);
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        chat->buffer[i].owner = LOG_NOBODY;
    }
    memcpy(chat->room[LOBBY].name, lobby_name, sizeof lobby_name - 1);
    chat->room[LOBBY].name_bytes = sizeof lobby_name - 1;

    struct chat_session *operator_ = &chat->session[CHAT_OPERATOR];
    people_reset(chat, CHAT_OPERATOR);
    operator_->framing.flags = FRAMING_LINES;
    operator_->nick_bytes = (uint8_t)strlen(config->name);
    memcpy(operator_->nick, config->name, operator_->nick_bytes);
}

enum chat_state chat_state(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return session->flags & CHAT_CUT ? CHAT_DEAD : (enum chat_state)session->state;
}

bool chat_was_kicked(const struct chat *chat, unsigned number)
{
    return chat->session[number].flags & CHAT_KICKED;
}

void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments, size_t bytes)
{
    notice_to(chat, CHAT_OPERATOR, word, arguments, bytes);
}

const char *chat_output(struct chat *chat, unsigned number, size_t *bytes)
{
    const struct chat_place *place = &chat->session[number].place;
    const char *out;
    uint16_t offset;

    do {
        offset = place->offset;
        out = output_render(chat, number, bytes);
        /* What was left of a line may be no more than an end, and this peer gets none. */
    } while (*bytes == 0 && (place->offset < offset || people_move(chat, number)));
    if (*bytes == 0) {
        chat->session[number].flags &= (uint16_t) ~(CHAT_BLOCKED | CHAT_CALLED);
    }
    return out;
}

uint32_t chat_due(const struct chat *chat)
{
    int32_t due_ms = (int32_t)(chat->due_ms - chat->now_ms);

    return due_ms > 0 ? (uint32_t)due_ms : 0;
}

/* Positions that everybody has left behind must not come round again at 2^31. */
static void keep_up(const struct chat *chat, uint32_t *position)
{
    if (log_before(*position, chat->log.first)) {
        *position = chat->log.first;
    }
}

static void tick_active(struct chat *chat, unsigned number)
{
    struct chat_session *session = &chat->session[number];

    if (session->flags & CHAT_TO_KICK) {
        if (append_may(chat, NOTICE_BYTES)) {
            people_kick(chat, number, NULL, 0);
        }
        return;
    }
    if ((session->flags & CHAT_BLOCKED) &&
        session_is_due(chat, session->took_ms, LWCHAT_STALL_MS)) {
        session->flags |= CHAT_CUT;
    }
    input_tick(chat, number);
}

/* Who leaves is given what it is owed as long as it takes it; who has to go, a short time. */
static bool is_too_slow(struct chat *chat, const struct chat_session *session)
{
    return session->flags & CHAT_KICKED ? session_is_due(chat, session->heard_ms, LWCHAT_END_MS)
                                        : session_is_due(chat, session->took_ms, LWCHAT_STALL_MS);
}

/* An incomplete line waits for a buffer: the oldest one's has to go. */
static void tick_buffers(struct chat *chat)
{
    bool waits = false;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        waits = waits || (chat->session[i].flags & CHAT_WAITS_BUFFER);
        chat->session[i].flags &= (uint16_t)~CHAT_WAITS_BUFFER;
    }
    if (waits && append_may(chat, NOTICE_BYTES)) {
        input_drop_oldest(chat);
    }
}

void chat_begin(struct chat *chat, uint32_t now_ms)
{
    chat->now_ms = now_ms;
    append_tick(chat);
    if (chat->waiting) {
        /* They are first: line by line, senders would take all the room that there is. */
        chat->waiting = false;
        for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
            people_tick(chat, i);
        }
    }
}

void chat_tick(struct chat *chat)
{
    if (chat_due(chat) > 0) {
        return;
    }
    chat->due_ms = chat->now_ms + (chat->holds.held ? HELD_MS : LONGEST_SLEEP_MS);
    append_forgive(chat);
    room_tick(chat);
    block_tick(chat);
    tick_buffers(chat);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        keep_up(chat, &session->since);
        keep_up(chat, &session->asked);
        if (session->state == CHAT_ENDING) {
            keep_up(chat, &session->end);
        }
    }
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if ((session->flags & CHAT_TO_KICK) && session->state != CHAT_ACTIVE) {
            people_kick(chat, i, NULL, 0);
        }
        switch (session->state) {
        case CHAT_ACTIVE:
            tick_active(chat, i);
            break;
        case CHAT_ENDING:
            if (is_too_slow(chat, session)) {
                session->flags |= CHAT_CUT;
            }
            break;
        default:
            people_tick(chat, i);
            break;
        }
    }
}
