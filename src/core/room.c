#include "room.h"

#include "output.h"

#include <string.h>

bool room_valid(const char *name, size_t bytes)
{
    if (bytes < 2 || bytes > LWCHAT_ROOM_BYTES || name[0] != '#') {
        return false;
    }
    for (size_t i = 1; i < bytes; i++) {
        char c = name[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

static bool exists(const struct chat *chat, unsigned room)
{
    return room == LOBBY || chat->room[room].people > 0;
}

int room_find(const struct chat *chat, const char *name, size_t bytes)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        const struct chat_room *room = &chat->room[i];
        if (exists(chat, i) && room->name_bytes == bytes && memcmp(room->name, name, bytes) == 0) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

/* The place that has been free longest, so that the log's older records keep naming the right room.
 */
static int free_place(const struct chat *chat)
{
    bool told_of[LWCHAT_MAX_ROOMS] = {false};
    int found = LWCHAT_NO_MEMORY;

    /* Who has left the chat may still be owed an answer that names its last room. */
    for (unsigned i = 1; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat->session[i];
        if (session->state == CHAT_ENDING && session->place.answer != ANSWER_NONE) {
            told_of[session->room] = true;
        }
    }
    for (unsigned i = LOBBY + 1; i < LWCHAT_MAX_ROOMS; i++) {
        if (!exists(chat, i) && !told_of[i] &&
            (found < 0 || log_before(chat->room[i].last, chat->room[found].last))) {
            found = (int)i;
        }
    }
    return found;
}

int room_enter(struct chat *chat, const char *name, size_t bytes)
{
    int number = room_find(chat, name, bytes);

    if (number < 0) {
        number = free_place(chat);
        if (number < 0) {
            return number;
        }
        struct chat_room *room = &chat->room[number];
        /* The console may be in the middle of a line that begins with the old name. */
        output_keep_rest(chat, CHAT_OPERATOR);
        memcpy(room->name, name, bytes);
        room->name_bytes = (uint8_t)bytes;
        room->born = chat->log.next;
        room->spoken = false;
    }
    chat->room[number].people++;
    return number;
}

void room_leave(struct chat *chat, uint8_t room)
{
    chat->room[room].people--;
    if (!exists(chat, room)) {
        chat->room[room].last = chat->log.next;
        chat->room[room].spoken = false;
    }
}

uint32_t room_history(const struct chat *chat, const struct chat_room *room, uint32_t messages)
{
    uint32_t at = chat->log.next;
    uint32_t before = room->last;

    for (bool more = room->spoken; more && messages > 0; messages--) {
        if (log_before(before, chat->log.first)) {
            break;
        }
        at = before;
        uint32_t back = log_at(&chat->log, at)->previous;
        more = back != 0;
        before = at - back;
    }
    return at;
}

void room_tick(struct chat *chat)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        struct chat_room *room = &chat->room[i];
        if (log_before(room->last, chat->log.first)) {
            room->last = chat->log.first;
            room->spoken = false;
        }
        if (log_before(room->born, chat->log.first)) {
            room->born = chat->log.first;
        }
        if (log_before(room->newest, chat->log.first)) {
            room->newest = chat->log.first;
        }
    }
}
