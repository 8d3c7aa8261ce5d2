/*
 * What other tasks of the firmware give the server, and ask it: lwchat.h. All
 * that they share with its loop is in this file.
 *
 * Lines that are to be said wait in a queue, each with its room:
 *
 *     | text bytes | room bytes | room | text | text bytes | ...
 *     0            2            3
 */
#include "server_parts.h"

#include "core/nick.h"
#include "core/room.h"

#include <string.h>

enum { HEAD_BYTES = 3 };

static struct {
    uint8_t bytes[LWCHAT_SAY_BYTES];
    _Atomic uint16_t used;
} queue;

static struct chat_command command[LWCHAT_COMMANDS > 0 ? LWCHAT_COMMANDS : 1];
static _Atomic uint8_t commands;
static const char *nick;
static _Atomic uint16_t people;
static _Atomic bool stops;

/* --- From any task ------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, const void *data, size_t bytes)
{
    if (bytes > 0) {
        memcpy(to, data, bytes);
    }
    return to + bytes;
}

int lwchat_say(const char *room, const char *text)
{
    size_t room_bytes = room == NULL ? 0 : strlen(room);
    size_t bytes = text == NULL ? 0 : strlen(text);

    if ((room != NULL && !room_valid(room, room_bytes)) || bytes == 0 ||
        bytes > LWCHAT_LINE_BYTES || HEAD_BYTES + room_bytes + bytes > LWCHAT_SAY_BYTES) {
        return LWCHAT_BAD_ARGUMENT;
    }
    const uint8_t head[HEAD_BYTES] = {(uint8_t)bytes, (uint8_t)(bytes >> 8), (uint8_t)room_bytes};
    sock_lock();
    bool fits = HEAD_BYTES + room_bytes + bytes <= (size_t)(LWCHAT_SAY_BYTES - queue.used);
    if (fits) {
        uint8_t *end = queue.bytes + queue.used;
        end = put(end, head, sizeof head);
        end = put(end, room, room_bytes);
        end = put(end, text, bytes);
        queue.used = (uint16_t)(end - queue.bytes); /* last: the loop looks without the lock */
    }
    sock_unlock();
    if (!fits) {
        return LWCHAT_AGAIN;
    }
    sock_wake();
    return LWCHAT_OK;
}

unsigned lwchat_people(void)
{
    return people;
}

void lwchat_stop(void)
{
    stops = true;
    sock_wake();
}

int lwchat_nick(const char *new)
{
    if (!nick_valid(new, strlen(new))) {
        return LWCHAT_BAD_ARGUMENT;
    }
    nick = new;
    return LWCHAT_OK;
}

/* --- Commands ---------------------------------------------------------------------- */

enum { FORM_BYTES = 60, NAME_BYTES = 16 };

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* @return the length of the name that a form begins with; 0 when it is none. */
static size_t name_of(const char *form)
{
    size_t bytes = 1;

    if (form == NULL || form[0] != '!' || strlen(form) > FORM_BYTES) {
        return 0;
    }
    while (is_letter_or_digit(form[bytes])) {
        bytes++;
    }
    bool ends = form[bytes] == '\0' || form[bytes] == ' ';
    return ends && bytes > 1 && bytes <= NAME_BYTES ? bytes : 0;
}

/* Letters in either case are the same. */
static bool has_name(const char *form, const char *name, size_t bytes)
{
    if (name_of(form) != bytes) {
        return false;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((form[i] ^ name[i]) & ~0x20) {
            return false;
        }
    }
    return true;
}

int lwchat_command(const char *form, lwchat_run *run, void *arg)
{
    size_t bytes = name_of(form);

    if (bytes == 0 || run == NULL) {
        return LWCHAT_BAD_ARGUMENT;
    }
    if (has_name("!help", form, bytes)) {
        return LWCHAT_IN_USE;
    }
    for (unsigned i = 0; i < commands; i++) {
        if (has_name(command[i].form, form, bytes)) {
            return LWCHAT_IN_USE;
        }
    }
    if (commands == LWCHAT_COMMANDS) {
        return LWCHAT_NO_MEMORY;
    }
    command[commands] = (struct chat_command){.form = form, .run = run, .arg = arg};
    commands = (uint8_t)(commands + 1); /* the loop may look at it from now on */
    return LWCHAT_OK;
}

static const struct chat_command *find_command(unsigned index)
{
    return index < commands ? &command[index] : NULL;
}

/* --- In the server's task -------------------------------------------------------------- */

void server_firmware_start(struct chat_config *chat_config)
{
    chat_config->firmware = nick;
    chat_config->command = find_command;
}

void server_firmware_end(void)
{
    stops = false;
}

bool server_firmware_stops(void)
{
    return stops;
}

/* Only the loop removes lines: it reads the oldest without the lock, and in most passes finds none.
 */
static bool say_next(struct server *server)
{
    const uint8_t *head = queue.bytes;

    if (queue.used == 0) {
        return false;
    }
    size_t bytes = head[0] | (size_t)head[1] << 8;
    size_t room_bytes = head[2];
    const char *room = (const char *)head + HEAD_BYTES;
    if (chat_say(&server->chat, room, room_bytes, room + room_bytes, bytes) == LWCHAT_AGAIN) {
        return false;
    }
    size_t all = HEAD_BYTES + room_bytes + bytes;
    sock_lock();
    uint16_t left = (uint16_t)(queue.used - all);
    memmove(queue.bytes, queue.bytes + all, left);
    queue.used = left;
    sock_unlock();
    return true;
}

void server_firmware_say(struct server *server)
{
    while (say_next(server)) {
    }
}

void server_firmware_count(const struct server *server)
{
    people = (uint16_t)chat_people(&server->chat);
}
