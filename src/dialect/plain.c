#include "plain.h"

#include "core/ignore.h"
#include "core/telnet.h"

#include <string.h>

#if LWCHAT_PASSWORD
/* Asks a telnet client to leave the echo to the server, which sends none, or to echo again. */
static void add_echo(struct shown *shown, uint8_t command)
{
    const char text[] = {(char)TELNET_IAC, (char)command, TELNET_ECHO};

    /* It has negotiated options if one was refused; other peers would show these bytes. */
    if (shown->reader->refusal[0] >= TELNET_WILL && shown->chat->passwords.bytes > 0) {
        shown_add(shown, text, sizeof text);
    }
}
#endif

void plain_say(struct shown *shown, enum word_chat word, const char *arguments, size_t bytes)
{
#if LWCHAT_PASSWORD
    if (word == W_PASSWORD) {
        add_echo(shown, TELNET_WILL);
    }
#endif
    shown->bytes += words_write(
        shown->text + shown->bytes, LWCHAT_SHOWN_BYTES - LWCHAT_SEAL_BYTES - shown->bytes,
        words_chat[word].text[shown->chat->config.language], arguments, bytes);
}

bool plain_greet(struct shown *shown, unsigned step)
{
    const char *name = shown->chat->config.name;

    if (step == 0) {
#if LWCHAT_PASSWORD
        add_echo(shown, TELNET_WONT);
#endif
        plain_say(shown, W_CONNECTED, name, strlen(name));
    } else if (step == 1) {
        plain_say(shown, W_WELCOME, shown->reader->nick, shown->reader->nick_bytes);
    }
    return step < 2;
}

/* Adds a user's text; everything before it is the prefix. */
static void add_said(struct shown *shown, const char *text, size_t bytes)
{
    shown->prefix = shown->bytes;
    shown_add(shown, text, bytes);
}

static void show_private(struct shown *shown, const struct log_record *record)
{
    /* The text is the addressee's nick, NUL, and what was said. */
    const char *nick = log_text(record);
    const char *nul = memchr(nick, '\0', record->text_bytes);
    size_t nick_bytes = (size_t)(nul - nick);

    if (record->from == session_number(shown->chat, shown->reader)) {
        shown_add_literal(shown, "[-> ");
        shown_add(shown, nick, nick_bytes);
    } else {
        shown_add_literal(shown, "[");
        shown_add(shown, log_nick(record), record->nick_bytes);
    }
    shown_add_literal(shown, "] ");
    add_said(shown, nul + 1, record->text_bytes - nick_bytes - 1);
}

/* A notice is only long if it ends with a user's text, its last argument. */
static void show_notice(struct shown *shown, const struct log_record *record)
{
    const char *text = log_text(record);
    size_t last = record->text_bytes;
    size_t ignored_bytes = ignore_farewell(shown->reader, record);

    if (ignored_bytes > 0) {
        plain_say(shown, W_LEFT, text, ignored_bytes);
        return;
    }
    while (last > 0 && text[last - 1] != '\0') {
        last--;
    }
    plain_say(shown, (enum word_chat)record->word, text, record->text_bytes);
    size_t written = record->text_bytes - last;
    shown->prefix = written < shown->bytes ? shown->bytes - written : 0;
}

void plain_add_time(struct shown *shown, const struct log_record *record)
{
#if LWCHAT_CLOCK
    const struct chat *chat = shown->chat;
    uint32_t minutes = (record->time_s + (uint32_t)chat->local_s) / 60 % (24 * 60);
    char text[] = "[00:00] ";

    if (!chat->has_clock) {
        return;
    }
    text[1] = (char)('0' + minutes / 600);
    text[2] = (char)('0' + minutes / 60 % 10);
    text[4] = (char)('0' + minutes % 60 / 10);
    text[5] = (char)('0' + minutes % 10);
    shown_add_literal(shown, text);
#else
    (void)shown;
    (void)record;
#endif
}

void plain_show(struct shown *shown, uint32_t position, const struct log_record *record)
{
    if (shown->reader->times && log_before(position, shown->reader->since)) {
        plain_add_time(shown, record);
    }
    switch (record->kind) {
    case LOG_MESSAGE:
        shown_add(shown, log_nick(record), record->nick_bytes);
        shown_add(shown, "> ", 2);
        add_said(shown, log_text(record), record->text_bytes);
        break;
    case LOG_ACTION:
        shown_add_literal(shown, "* ");
        shown_add(shown, log_nick(record), record->nick_bytes);
        shown_add_literal(shown, " ");
        add_said(shown, log_text(record), record->text_bytes);
        break;
    case LOG_PRIVATE:
        show_private(shown, record);
        break;
    default:
        show_notice(shown, record);
        break;
    }
}

void plain_answer(struct shown *shown)
{
    const uint8_t *refusal = shown->reader->refusal;

    shown->text[0] = (char)TELNET_IAC;
    memcpy(shown->text + 1, refusal, sizeof shown->reader->refusal);
    shown->bytes = 1 + sizeof shown->reader->refusal;
#if LWCHAT_PASSWORD
    if ((shown->reader->framing.flags & FRAMING_HIDES) && refusal[1] != TELNET_ECHO) {
        add_echo(shown, TELNET_WILL); /* again and again, which a client ignores: RFC 1143 */
    }
#endif
}

void plain_seal(struct shown *shown)
{
    if (shown->reader->framing.flags & FRAMING_CRLF) {
        shown->text[shown->bytes++] = '\r';
    }
    shown->text[shown->bytes++] = '\n';
}
