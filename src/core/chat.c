#include "chat.h"

#include "block.h"
#include "dialect/dialect.h"
#include "gate.h"
#include "input.h"
#include "notice.h"
#include "output.h"
#include "people.h"
#include "stranger.h"

#include <string.h>

/*
 * The sessions are checked at least this often: stale positions must be moved up before they wrap;
 * and a connection that the stack's timers end, as when a peer vanishes, causes no wake-up.
 */
enum { LONGEST_SLEEP_MS = 5000 };

/* Sets the time from the clock or, without one, from the time that has passed. */
static void set_clock(struct chat *chat)
{
    uint32_t passed_s = (chat->now_ms - chat->time_ms) / 1000;

    chat->time_s += passed_s;
    chat->time_ms += passed_s * 1000;
#if LWCHAT_CLOCK
    uint32_t utc_s;
    bool has_clock = chat->config.clock != NULL && chat->config.clock(&utc_s, &chat->local_s);
    if (has_clock != chat->has_clock) {
        /* Times are shown from now on, or no longer, but not within a line. */
        for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
            if (session_reads(&chat->session[i])) {
                output_keep_rest(chat, &chat->session[i]);
            }
        }
        block_reset(chat);
        chat->has_clock = has_clock;
    }
    if (has_clock) {
        chat->time_s = utc_s;
        chat->time_ms = chat->now_ms;
    }
#endif
}

uint32_t chat_time_s(const struct chat *chat)
{
    return chat->time_s + (chat->now_ms - chat->time_ms) / 1000;
}

void chat_init(struct chat *chat, const struct chat_config *config, uint32_t now_ms)
{
    memset(chat, 0, sizeof *chat);
    chat->config = *config;
    chat->now_ms = now_ms;
    chat->time_ms = now_ms;
    chat->due_ms = now_ms + LONGEST_SLEEP_MS;
    set_clock(chat);
    chat->gate.slot_ms = now_ms;
    log_init(&chat->log, chat->ring, LWCHAT_LOG_BYTES, 0);
    block_reset(chat);
    buffer_init(chat->buffer);
    room_init(chat->room);
#if LWCHAT_PASSWORD
    password_start(chat, config->password);
#endif
#if LWCHAT_IRC
    chat->room[LOBBY].since_s = chat_time_s(chat);
#endif

    struct chat_session *operator_ = &chat->session[CHAT_OPERATOR];
    people_reset(chat, operator_);
    operator_->dialect = CHAT_CONSOLE;
    operator_->judged = true;
    operator_->framing.flags = FRAMING_LINES;
    operator_->nick_bytes = (uint8_t)strlen(config->name);
    memcpy(operator_->nick, config->name, operator_->nick_bytes);
#if LWCHAT_IRC
    operator_->said_ms = now_ms;
#endif
}

void chat_begin(struct chat *chat, uint32_t now_ms)
{
    chat->now_ms = now_ms;
    gate_begin(chat);
    /* What waits goes first: otherwise senders would use up the room, line by line. */
    people_pass(chat);
    input_pass(chat);
}

/* Moves up a position that the log has left behind: 2^31 later it would seem to be ahead. */
static void keep_up(const struct chat *chat, uint32_t *position)
{
    if (log_before(*position, chat->log.first)) {
        *position = chat->log.first;
    }
}

#if LWCHAT_IRC
/* Who has said nothing for 25 days stays at that: twice as long would seem to be a moment. */
static void tick_idle(struct chat *chat)
{
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        if (chat->now_ms - chat->session[i].said_ms > INT32_MAX) {
            chat->session[i].said_ms = chat->now_ms - INT32_MAX;
        }
    }
}
#endif

static void tick_positions(struct chat *chat)
{
    room_tick(chat->room, &chat->log);
    block_tick(chat);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        keep_up(chat, &session->since);
        keep_up(chat, &session->asked);
#if LWCHAT_JSON
        keep_up(chat, &session->told);
#endif
#if LWCHAT_MAX_IGNORES > 0
        keep_up(chat, &chat->came[i]);
#endif
        if (session->state == CHAT_ENDING) {
            keep_up(chat, &session->end);
        }
    }
}

#if LWCHAT_JSON
/*
 * A number has 37 bits for a position (dialect_seq()): 128 turns of 4 GiB. Well before that they
 * begin again, and the log gets another ID. Peers that know the former one have to come back for
 * it.
 */
enum { MOST_TURNS = 120 };

static void tick_numbers(struct chat *chat)
{
    if (chat->log.turns < MOST_TURNS) {
        return;
    }
    chat->log.turns = 1; /* the log may have records of the turn before this one */
    chat->config.start++;
    block_reset(chat);
#if LWCHAT_FILES
    chat->file.over = true;
#endif
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        bool numbered = session->dialect == CHAT_JSON || session->dialect == CHAT_WEBSOCKET;
        if (numbered && session_reads(session)) {
            session->cut = true;
        }
    }
}
#endif

/* A leaving session has time while it takes its output; a kicked one, only LWCHAT_END_MS. */
static bool is_too_slow(const struct chat *chat, const struct chat_session *session)
{
    bool hurries = session->state == CHAT_ENDING && session->kicked;
    uint32_t since_ms = hurries ? session->heard_ms : session_took_ms(chat, session);

    return session_is_stuck(chat, session) &&
           chat->now_ms - since_ms >= (hurries ? LWCHAT_END_MS : LWCHAT_STALL_MS);
}

void chat_tick(struct chat *chat)
{
    if (chat_due(chat) > 0) {
        return;
    }
    set_clock(chat);
    gate_forgive(chat);
    stranger_tick(chat);
#if LWCHAT_PASSWORD
    password_tick(chat);
#endif
    tick_positions(chat);
#if LWCHAT_IRC
    tick_idle(chat);
#endif
#if LWCHAT_JSON
    tick_numbers(chat);
#endif
    people_tick(chat);
    people_pass(chat);
    input_tick_buffers(chat);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (is_too_slow(chat, session)) {
            session->cut = true;
        } else if (session->state == CHAT_ACTIVE || session_introduces(session)) {
            input_tick(chat, session);
        }
    }
    chat->due_ms = chat->now_ms + (chat->gate.closed ? HELD_MS : LONGEST_SLEEP_MS);
    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        session_touch(chat, &chat->session[i]);
    }
}

uint32_t chat_due(const struct chat *chat)
{
    int32_t due_ms = (int32_t)(chat->due_ms - chat->now_ms);

    return due_ms > 0 ? (uint32_t)due_ms : 0;
}

uint32_t chat_records(const struct chat *chat)
{
    return chat->counts.records;
}

unsigned chat_people(const struct chat *chat)
{
    return chat->people;
}

bool chat_is_held(const struct chat *chat)
{
    return chat->gate.closed;
}

enum chat_state chat_state(const struct chat *chat, unsigned number)
{
    const struct chat_session *session = &chat->session[number];

    return session->cut ? CHAT_DEAD : (enum chat_state)session->state;
}

bool chat_was_kicked(const struct chat *chat, unsigned number)
{
    return chat->session[number].kicked;
}

bool chat_is_banned(const struct chat *chat, struct lwchat_address ip)
{
    return ban_covers(&chat->bans, ip);
}

bool chat_gives_way(const struct chat *chat, unsigned number, struct lwchat_address ip)
{
    const struct chat_session *session = &chat->session[number];

    if (!address_is_none(ip) && !address_is_person(ip, session->ip)) {
        return false;
    }
    return session->gone || session_wait_closed_us(chat, session) > 0 ||
           (session->state == CHAT_ENDING &&
            chat->now_ms - session_took_ms(chat, session) >= LWCHAT_GIVE_WAY_MS);
}

bool chat_is_done(const struct chat *chat, unsigned number, struct lwchat_address ip)
{
    const struct chat_session *session = &chat->session[number];

    return session->state == CHAT_ENDED &&
           (address_is_none(ip) || address_is_person(ip, session->ip));
}

bool chat_is_stopping(const struct chat *chat)
{
    return chat->stopping;
}

void chat_tell_operator(struct chat *chat, enum word_chat word, const char *arguments, size_t bytes)
{
    notice_to(chat, &chat->session[CHAT_OPERATOR], word, arguments, bytes);
}

#if LWCHAT_HTTP
void chat_tell_page(struct chat *chat, bool as_qr)
{
    char address[CHAT_PAGE_BYTES] = "";

    if (chat->config.page != NULL) {
        chat->config.page(chat->config.page_context, address);
    }
    if (address[0] == '\0') {
        chat_tell_operator(chat, W_NO_ADDRESS, NULL, 0);
        return;
    }
    chat_tell_operator(chat, W_PAGE, address, strlen(address));
#if LWCHAT_QR
    char url[sizeof "http:///" + CHAT_PAGE_BYTES];
    size_t bytes = words_write(url, sizeof url, "http://%1/", address, strlen(address));
    if (as_qr && (memcmp(address, "127.", 4) == 0 || memcmp(address, "0.0.0.0", 7) == 0)) {
        chat_tell_operator(chat, W_NO_QR, address, strlen(address));
    } else if (as_qr && qr_encode(&chat->page_qr, url, bytes)) {
        output_answer(chat, &chat->session[CHAT_OPERATOR], ANSWER_QR);
    }
#else
    (void)as_qr;
#endif
}
#endif

bool chat_tell_everybody(struct chat *chat, enum word_chat word, const char *arguments,
                         size_t bytes)
{
    if (!gate_enter(chat)) {
        return false;
    }
    notice_to_all(chat, word, arguments, bytes);
    return true;
}
