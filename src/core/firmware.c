#include "firmware.h"

#include "append.h"
#include "gate.h"
#include "nick.h"
#include "output.h"
#include "people.h"
#include "text.h"

#include <string.h>

static const char help[] = "!help";

static const char *nick_of(const struct chat *chat)
{
    return chat->config.firmware != NULL ? chat->config.firmware : chat->config.name;
}

static void append(struct chat *chat, struct log_record *record, const char *text, size_t bytes)
{
    const char *nick = nick_of(chat);

    record->from = LOG_NOBODY;
    append_record(chat, record, nick, strlen(nick), text, bytes);
}

int chat_say(struct chat *chat, const char *room, size_t room_bytes, const char *text, size_t bytes)
{
    struct log_record record = {.kind = LOG_MESSAGE, .to = LOG_NOBODY, .room = LOG_EVERY_ROOM};

    if (room_bytes > 0) {
        int found = room_find(chat->room, room, room_bytes);
        if (found < 0) {
            return LWCHAT_NOT_FOUND;
        }
        record.room = (uint8_t)found;
    }
    if (!gate_enter(chat)) {
        return LWCHAT_AGAIN;
    }
    memcpy(chat->clean, text, bytes);
    bytes = text_clean(chat->clean, bytes, sizeof chat->clean);
    if (!text_is_blank(chat->clean, bytes)) {
        append(chat, &record, chat->clean, bytes);
    }
    return LWCHAT_OK;
}

const char *firmware_form(const struct chat *chat, unsigned step)
{
    const struct chat_command *command =
        chat->config.command != NULL ? chat->config.command(step) : NULL;

    return command != NULL ? command->form : NULL;
}

bool firmware_has_nick(const struct chat *chat, const char *text, size_t bytes)
{
    const char *nick = chat->config.firmware;

    return nick != NULL && nick_alike(text, bytes, nick, strlen(nick));
}

static size_t first_word(const char *text, size_t bytes)
{
    const char *blank = memchr(text, ' ', bytes);

    return blank == NULL ? bytes : (size_t)(blank - text);
}

/* Whether a line and a form begin with the same name, in either case. */
static bool has_name(const char *text, size_t bytes, const char *form)
{
    size_t name_bytes = first_word(form, strlen(form));

    if (first_word(text, bytes) != name_bytes) {
        return false;
    }
    for (size_t i = 0; i < name_bytes; i++) {
        if (text_lower(text[i]) != text_lower(form[i])) {
            return false;
        }
    }
    return true;
}

static const struct chat_command *find(const struct chat *chat, const char *text, size_t bytes)
{
    const struct chat_command *command;

    for (unsigned i = 0; (command = chat->config.command(i)) != NULL; i++) {
        if (has_name(text, bytes, command->form)) {
            return command;
        }
    }
    return NULL;
}

/* Copies a text with a NUL behind it. */
static char *terminated(char *out, const char *text, size_t bytes)
{
    memcpy(out, text, bytes);
    out[bytes] = '\0';
    return out;
}

/*
 * Calls the command. The output that a session was shown last is taken by now:
 * the answer lies where the next one will.
 */
static enum lwchat_answer call(struct chat *chat, const struct chat_session *session,
                               const struct chat_command *command, const char *text, size_t bytes)
{
    char nick[LWCHAT_NICK_BYTES + 1], room[LWCHAT_ROOM_BYTES + 1];
    const struct room *in = &chat->room[session->room];
    size_t begin = first_word(text, bytes);

    while (begin < bytes && text[begin] == ' ') {
        begin++;
    }
    while (bytes > begin && text[bytes - 1] == ' ') {
        bytes--;
    }
    const struct lwchat_request request = {
        .nick = terminated(nick, session->nick, session->nick_bytes),
        .room = terminated(room, in->name, session_is_operator(chat, session) ? 0 : in->name_bytes),
        .words = terminated(chat->line, text + begin, bytes - begin),
    };
    chat->out[0] = '\0';
    return command->run(command->arg, &request, chat->out, LWCHAT_REPLY_BYTES + 1);
}

static void answer_asker(struct chat *chat, const struct chat_session *session, const char *text,
                         size_t bytes)
{
    struct log_record record = {
        .kind = LOG_PRIVATE,
        .to = (uint16_t)session_number(chat, session),
        .room = LOG_EVERY_ROOM,
    };

    /* The addressee's nick, NUL, and what is said, as in every private message. */
    char *both = terminated(chat->line, session->nick, session->nick_bytes);
    memcpy(both + session->nick_bytes + 1, text, bytes);
    append(chat, &record, both, (size_t)session->nick_bytes + 1 + bytes);
}

bool firmware_run_named(struct chat *chat, struct chat_session *session, const char *text,
                        size_t bytes)
{
    bool to_operator = session_is_operator(chat, session);
    uint8_t room = to_operator ? LOG_EVERY_ROOM : session->room;
    struct log_record asked = {
        .kind = LOG_MESSAGE,
        .from = (uint16_t)session_number(chat, session),
        .to = LOG_NOBODY,
        .room = room,
    };
    struct log_record answered = {.kind = LOG_MESSAGE, .to = LOG_NOBODY, .room = room};

    if (firmware_form(chat, 0) == NULL) {
        return false;
    }
    if (has_name(text, bytes, help)) {
        output_answer(chat, session, ANSWER_COMMANDS);
        return true;
    }
    const struct chat_command *command = find(chat, text, bytes);
    if (command == NULL) {
        return false;
    }
    enum lwchat_answer to = call(chat, session, command, text, bytes);
    if (to == LWCHAT_TO_ROOM) {
        people_announce(chat, session);
        append_record(chat, &asked, session->nick, session->nick_bytes, text, bytes);
    }
    const char *end = memchr(chat->out, '\0', LWCHAT_REPLY_BYTES);
    size_t answer_bytes = end == NULL ? LWCHAT_REPLY_BYTES : (size_t)(end - chat->out);
    answer_bytes = text_clean(chat->out, answer_bytes, LWCHAT_REPLY_BYTES);
    if (text_is_blank(chat->out, answer_bytes)) {
        return true;
    }
    if (to == LWCHAT_TO_ROOM) {
        append(chat, &answered, chat->out, answer_bytes);
    } else {
        answer_asker(chat, session, chat->out, answer_bytes);
    }
    return true;
}
