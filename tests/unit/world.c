#include "world.h"

#include "unit.h"

struct chat chat;
uint32_t now_ms;

static const struct chat_config plain = {
    .name = "Marcel",
    .language = WORDS_ENGLISH,
    .max_sessions = LWCHAT_MAX_SESSIONS,
};

static char *next_text(void)
{
    static char texts[4][4 * LWCHAT_LOG_BYTES];
    static unsigned turn;

    turn = (turn + 1) % 4;
    texts[turn][0] = '\0';
    return texts[turn];
}

void world_start(const struct chat_config *config)
{
    now_ms = 5000;
    chat_init(&chat, config == NULL ? &plain : config, now_ms);
}

unsigned world_connect(void)
{
    /* The session that it will get, so that tests know its address. */
    unsigned place = 1;
    while (chat.session[place].state != CHAT_FREE) {
        place++;
    }
    int session = chat_join(&chat, address_v4(0x0A000000 + place), (uint16_t)(4000 + place));
    assert_int_equal(session, place);
    return place;
}

unsigned world_join(void)
{
    unsigned session = world_connect();

    world_wait(LWCHAT_OPENING_MS);
    return session;
}

unsigned world_enter(const char *nick)
{
    unsigned session = world_join();

    world_hush();
    world_say(session, "/nick ");
    world_say(session, nick);
    world_say(session, "\n");
    world_hush();
    return session;
}

void world_say_bytes(unsigned session, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    while (bytes > 0) {
        size_t used = chat_receive(&chat, session, at, bytes);
        at += used;
        bytes -= used;
        if (used == 0 && chat_due(&chat) == 0) {
            world_pass(); /* it waits to change rooms */
        } else if (used == 0) {
            /* It waits for an answer to be read, as a command after another does. */
            assert_true(chat_has_output(&chat, session));
            fail_msg("session %u is not read", session);
        }
    }
}

void world_say(unsigned session, const char *text)
{
    world_say_bytes(session, text, strlen(text));
}

const char *world_hear_once(unsigned session)
{
    char *text = next_text();
    size_t bytes;
    const char *out = chat_output(&chat, session, &bytes);

    memcpy(text, out, bytes);
    text[bytes] = '\0';
    if (bytes > 0) {
        chat_taken(&chat, session, bytes);
    }
    return text;
}

const char *world_hear(unsigned session)
{
    char *text = next_text();
    size_t total = 0, bytes;

    for (unsigned passes = 0; passes < 4;) {
        const char *out = chat_output(&chat, session, &bytes);
        if (total >= LWCHAT_LOG_BYTES || (bytes == 0 && chat_due(&chat) > 0)) {
            break;
        }
        if (bytes == 0) {
            world_pass(); /* something is due: perhaps it changes rooms */
            passes++;
            continue;
        }
        memcpy(text + total, out, bytes);
        total += bytes;
        chat_taken(&chat, session, bytes);
    }
    text[total] = '\0';
    return text;
}

void world_fill(unsigned session)
{
    static const uint8_t line[] = "hello there, all of you\n";

    while (chat_receive(&chat, session, line, sizeof line - 1) > 0) {
        world_hear(session);
        world_hear(CHAT_OPERATOR);
    }
    assert_true(chat_is_held(&chat));
}

void world_hush(void)
{
    /* When a session changes rooms, sessions that have already read get a new line. */
    for (unsigned i = 0; i < 2 * CHAT_SESSIONS; i++) {
        world_hear(i % CHAT_SESSIONS);
    }
}

void world_pass(void)
{
    chat_begin(&chat, now_ms);
    chat_tick(&chat);
}

void world_wait(uint32_t ms)
{
    uint32_t end_ms = now_ms + ms;

    world_pass();
    while (now_ms != end_ms) {
        uint32_t step_ms = chat_due(&chat);
        uint32_t left_ms = end_ms - now_ms;
        now_ms += step_ms == 0 ? 1 : step_ms < left_ms ? step_ms : left_ms;
        world_pass();
    }
}
