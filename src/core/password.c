#include "password.h"

#include "dialect/dialect.h"
#include "output.h"
#include "people.h"
#include "stranger.h"
#include "text.h"

#include <string.h>

#if LWCHAT_PASSWORD

enum { DELAY_MS = 5000, AHEAD_MS = 2 * DELAY_MS };

unsigned password_differences(const char password[LWCHAT_PASSWORD_BYTES], size_t password_bytes,
                              const char *given, size_t given_bytes)
{
    char padded[LWCHAT_PASSWORD_BYTES] = {0};
    unsigned differences = password_bytes != given_bytes;

    memcpy(padded, given, given_bytes < sizeof padded ? given_bytes : sizeof padded);
    for (unsigned i = 0; i < sizeof padded; i++) {
        unsigned differs = (uint8_t)password[i] ^ (uint8_t)padded[i];
        differences += (differs + 0xFF) >> 8;
    }
    return differences;
}

void password_start(struct chat *chat, const char *password)
{
    struct passwords *passwords = &chat->passwords;
    size_t bytes = password == NULL ? 0 : strlen(password);

    if (bytes > sizeof passwords->text) {
        bytes = sizeof passwords->text;
    }
    passwords->bytes = (uint8_t)bytes;
    if (bytes > 0) {
        memcpy(passwords->text, password, bytes);
    }
}

/* --- Counting ---------------------------------------------------------------------- */

static bool is_over(const struct chat *chat, const struct password_kept *kept)
{
    return kept->wrong == 0 || chat->now_ms - kept->last_ms >= LWCHAT_GUESSES_MS;
}

/* The entry of the session's address, or a free one with `any`; NULL: there is none. */
static struct password_kept *find(struct chat *chat, const struct chat_session *session, bool any)
{
    struct password_kept *found = NULL;

    for (unsigned i = 0; i < LWCHAT_KEPT_GUESSES; i++) {
        struct password_kept *kept = &chat->passwords.kept[i];
        if (is_over(chat, kept)) {
            found = any ? kept : found;
        } else if (address_is_person(kept->ip, session->ip)) {
            return kept;
        }
    }
    return found;
}

static const struct password_kept *look(const struct chat *chat, const struct chat_session *session)
{
    for (unsigned i = 0; i < LWCHAT_KEPT_GUESSES; i++) {
        const struct password_kept *kept = &chat->passwords.kept[i];
        if (!is_over(chat, kept) && address_is_person(kept->ip, session->ip)) {
            return kept;
        }
    }
    return NULL;
}

/* ms for which the session's address is refused. */
static uint32_t wait_ms(const struct chat *chat, const struct chat_session *session)
{
    const struct password_kept *kept = look(chat, session);

    return kept == NULL || kept->wrong < LWCHAT_GUESSES
               ? 0
               : LWCHAT_GUESSES_MS - (chat->now_ms - kept->last_ms);
}

uint32_t password_wait_s(const struct chat *chat, const struct chat_session *session)
{
    uint32_t ms = wait_ms(chat, session);

    return ms < 1000 ? 1 : (ms + 999) / 1000;
}

static uint32_t ahead_ms(const struct chat *chat)
{
    uint32_t passed_ms = chat->now_ms - chat->passwords.ahead_at_ms;

    return passed_ms < chat->passwords.ahead_ms ? chat->passwords.ahead_ms - passed_ms : 0;
}

static void count(struct chat *chat, const struct chat_session *session)
{
    struct password_kept *kept =
        ban_is_shared(session->ip, ADDRESS_BITS) ? NULL : find(chat, session, true);

    if (kept == NULL) {
        uint32_t ms = ahead_ms(chat) + LWCHAT_GUESS_MS;
        chat->passwords.ahead_ms = ms < AHEAD_MS ? ms : AHEAD_MS;
        chat->passwords.ahead_at_ms = chat->now_ms;
        return;
    }
    if (is_over(chat, kept)) {
        *kept = (struct password_kept){.ip = address_person(session->ip)};
    }
    kept->last_ms = chat->now_ms;
    if (kept->wrong < LWCHAT_GUESSES) {
        kept->wrong++;
    }
}

uint32_t password_delay_ms(const struct chat *chat, const struct chat_session *session)
{
    uint32_t delay_ms = ahead_ms(chat) / 2;
    uint32_t passed_ms = chat->now_ms - session->guessed_ms;

    return delay_ms <= passed_ms || look(chat, session) != NULL ? 0 : delay_ms - passed_ms;
}

void password_tick(struct chat *chat)
{
    chat->passwords.ahead_ms = ahead_ms(chat);
    chat->passwords.ahead_at_ms = chat->now_ms;
    for (unsigned i = 0; i < LWCHAT_KEPT_GUESSES; i++) {
        struct password_kept *kept = &chat->passwords.kept[i];
        kept->wrong = is_over(chat, kept) ? 0 : kept->wrong; /* before its time wraps */
    }
}

/* --- Asking ------------------------------------------------------------------------ */

static void answer(struct chat *chat, struct chat_session *session, enum word_chat word)
{
    output_answer(chat, session, ANSWER_PASSWORD);
    session->place.step = (uint16_t)word;
    session->guessed_ms = chat->now_ms;
    session_touch(chat, session);
}

static void refuse(struct chat *chat, struct chat_session *session, enum word_chat word)
{
    answer(chat, session, word);
    session->kicked = true; /* it has little time to read that */
    people_end(chat, session, NULL, 0);
}

/* Puts a session outside until it has given the password. */
static void lock(struct chat *chat, struct chat_session *session)
{
    if (!session_is_outside(session)) {
        session->outside = true;
        session->place.cursor = session->since = session->asked = chat->log.next;
        session->allowed_us = rate_come(chat->kept, session->ip, chat->now_ms);
    }
    session->password = PASSWORD_ASKED;
    session->too_long = false;
    session->framing.flags |= FRAMING_HIDES;
    session->heard_ms = session->asked_ms = session->guessed_ms = chat->now_ms;
}

bool password_ask(struct chat *chat, struct chat_session *session)
{
    if (chat->passwords.bytes == 0 || session->password == PASSWORD_GIVEN) {
        return false;
    }
    if (session->password == PASSWORD_NONE) {
        lock(chat, session);
        if (wait_ms(chat, session) > 0) {
            refuse(chat, session, W_PASSWORD_WAIT);
        } else {
            answer(chat, session, W_PASSWORD);
        }
    }
    return true;
}

void password_await(struct chat *chat, struct chat_session *session)
{
    if (chat->passwords.bytes > 0 && session->password == PASSWORD_NONE) {
        lock(chat, session);
    }
}

/* --- What is given ------------------------------------------------------------------- */

/* Ends the connections from an address that has to wait from now on. */
static void refuse_all(struct chat *chat, const struct chat_session *guesser)
{
    stranger_note(chat, guesser->ip, OPENING_GUESSER);
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        struct chat_session *session = &chat->session[i];
        if (session_introduces(session) && session_is_locked(session) &&
            address_is_person(session->ip, guesser->ip)) {
            refuse(chat, session, W_PASSWORD_WAIT);
        }
    }
}

static void take_wrong(struct chat *chat, struct chat_session *session)
{
    session->wrong++;
    count(chat, session);
    if (wait_ms(chat, session) > 0) {
        refuse_all(chat, session);
    } else if (session->wrong == LWCHAT_TRIES || dialect_of(session)->introduces) {
        refuse(chat, session, W_PASSWORD_LAST);
    } else {
        answer(chat, session, W_PASSWORD_WRONG);
    }
}

static void take_right(struct chat *chat, struct chat_session *session)
{
    session->password = PASSWORD_GIVEN;
    session->framing.flags &= (uint8_t)~FRAMING_HIDES;
    if (!dialect_of(session)->introduces) {
        people_pay(chat, session);
        session->outside = false;
        people_come(chat, session);
    }
}

/* fin, or /quit as a line or a command. */
static bool is_farewell(const char *text, size_t bytes, enum framing_meaning meaning)
{
    static const char quit[] = "/quit";
    size_t quit_bytes = sizeof quit - 1;

    if (meaning == FRAMING_TEXT && text_is(text, bytes, "fin")) {
        return true;
    }
    return (meaning == FRAMING_TEXT || meaning == FRAMING_COMMAND) && bytes >= quit_bytes &&
           memcmp(text, quit, quit_bytes) == 0 && (bytes == quit_bytes || text[quit_bytes] == ' ');
}

void password_line(struct chat *chat, struct chat_session *session, const struct framing_line *line)
{
    if (wait_ms(chat, session) > 0) {
        refuse(chat, session, W_PASSWORD_WAIT); /* in a dialect that has not asked */
        return;
    }
    if (line == NULL) {
        take_wrong(chat, session);
        return;
    }
    bool has_text = line->meaning != FRAMING_RESUME && line->meaning != FRAMING_BAD;
    const char *text = line->text + (has_text ? line->begin : line->bytes);
    size_t bytes = has_text ? (size_t)line->bytes - line->begin : 0;
    if (bytes > 0 && text_has_mark(text, bytes)) {
        text += TEXT_MARK_BYTES;
        bytes -= TEXT_MARK_BYTES;
    }

    if (is_farewell(text, bytes, line->meaning)) {
        people_end(chat, session, NULL, 0);
    } else if (line->meaning != FRAMING_PASSWORD && dialect_of(session)->introduces) {
        refuse(chat, session, W_PASSWORD_NEEDED);
    } else if ((line->meaning == FRAMING_PASSWORD || line->meaning == FRAMING_TEXT) &&
               password_differences(chat->passwords.text, chat->passwords.bytes, text, bytes) ==
                   0) {
        take_right(chat, session);
    } else {
        take_wrong(chat, session);
    }
}

void password_late(struct chat *chat, struct chat_session *session)
{
    refuse(chat, session, W_PASSWORD_LATE);
}

unsigned chat_asked_first(const struct chat *chat, struct lwchat_address ip)
{
    unsigned first = 0;

    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        if (session_introduces(session) && session_is_locked(session) &&
            (address_is_none(ip) || address_is_person(ip, session->ip)) &&
            (first == 0 || (int32_t)(session->asked_ms - chat->session[first].asked_ms) < 0)) {
            first = i;
        }
    }
    return first;
}

#endif
