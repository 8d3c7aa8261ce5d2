#include "room.h"

#include "lwchat_error.h"

#include <string.h>

static const char lobby_name[] = "#lobby";

void room_init(struct room *rooms)
{
    memcpy(rooms[LOBBY].name, lobby_name, sizeof lobby_name - 1);
    rooms[LOBBY].name_bytes = sizeof lobby_name - 1;
}

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

bool room_exists(const struct room *rooms, unsigned number)
{
    return number == LOBBY || rooms[number].people > 0;
}

int room_find(const struct room *rooms, const char *name, size_t bytes)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        const struct room *room = &rooms[i];
        if (room_exists(rooms, i) && room->name_bytes == bytes &&
            memcmp(room->name, name, bytes) == 0) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

/* True for an entry that is free but for what was restored. */
static bool is_restored(const struct room *room)
{
#if LWCHAT_FILES
    return room->restored;
#else
    (void)room;
    return false;
#endif
}

/* True when entry `i` is to be reused before `other`, which is free as well. */
static bool reuse_before(const struct room *rooms, unsigned i, int other)
{
    bool restored = is_restored(&rooms[i]);

    if (other < 0 || restored != is_restored(&rooms[other])) {
        return other < 0 || !restored;
    }
    return log_before(rooms[i].last, rooms[other].last);
}

/* The entry that has been free longest, so that older records keep naming the right room. */
static int free_place(const struct room *rooms, const bool *named)
{
    int found = LWCHAT_NO_MEMORY;

    for (unsigned i = LOBBY + 1; i < LWCHAT_MAX_ROOMS; i++) {
        if (!room_exists(rooms, i) && !named[i] && reuse_before(rooms, i, found)) {
            found = (int)i;
        }
    }
    return found;
}

/* Makes an entry another room. */
static void begin(struct room *room, const struct log *log, const char *name, size_t bytes)
{
    memcpy(room->name, name, bytes);
    room->name_bytes = (uint8_t)bytes;
    room->born = log->next;
    room->spoken = false;
#if LWCHAT_JSON
    room->said = 0;
    room->carried = 0;
#endif
#if LWCHAT_FILES
    room->birth++;
#endif
}

#if LWCHAT_FILES
int room_find_restored(const struct room *rooms, const char *name, size_t bytes)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        if (rooms[i].restored && rooms[i].name_bytes == bytes &&
            memcmp(rooms[i].name, name, bytes) == 0) {
            return (int)i;
        }
    }
    return LWCHAT_NOT_FOUND;
}

int room_restore(struct room *rooms, const struct log *log, const char *name, size_t bytes)
{
    static const bool none[LWCHAT_MAX_ROOMS];
    int number = room_find(rooms, name, bytes);

    number = number < 0 ? room_find_restored(rooms, name, bytes) : number;
    if (number < 0) {
        number = free_place(rooms, none);
        if (number >= 0) {
            begin(&rooms[number], log, name, bytes);
            rooms[number].restored = true;
        }
    }
    return number;
}

void room_forget(struct room *room)
{
    room->restored = false;
    room->spoken = false;
}
#endif

/* The restored room of that name, or a new one. */
static int open_room(struct room *rooms, const struct log *log, const char *name, size_t bytes,
                     const bool *named)
{
#if LWCHAT_FILES
    int restored = room_find_restored(rooms, name, bytes);
    if (restored >= 0) {
        rooms[restored].restored = false;
        return restored;
    }
#endif
    int number = free_place(rooms, named);
    if (number >= 0) {
        begin(&rooms[number], log, name, bytes);
#if LWCHAT_FILES
        rooms[number].restored = false;
#endif
    }
    return number;
}

int room_enter(struct room *rooms, const struct log *log, const char *name, size_t bytes,
               const bool *named)
{
    int number = room_find(rooms, name, bytes);

    if (number < 0) {
        number = open_room(rooms, log, name, bytes, named);
        if (number < 0) {
            return number;
        }
    }
    rooms[number].people++;
    return number;
}

void room_leave(struct room *rooms, const struct log *log, unsigned number)
{
    struct room *room = &rooms[number];

    room->people--;
    if (!room_exists(rooms, number)) {
        room->last = log->next;
        room->spoken = false;
    }
}

uint32_t room_history(const struct room *room, const struct log *log, uint32_t messages)
{
    uint32_t at = log->next;
    uint32_t before = room->last;

    for (bool more = room->spoken; more && messages > 0; messages--) {
        if (log_before(before, log->first)) {
            break;
        }
        at = before;
        uint32_t back = log_at(log, at)->previous;
        more = back != 0;
        before = at - back;
    }
    return at;
}

void room_tick(struct room *rooms, const struct log *log)
{
    for (unsigned i = 0; i < LWCHAT_MAX_ROOMS; i++) {
        struct room *room = &rooms[i];
        if (log_before(room->last, log->first)) {
            room->last = log->first;
            room->spoken = false;
        }
        if (log_before(room->born, log->first)) {
            room->born = log->first;
        }
        if (log_before(room->newest, log->first)) {
            room->newest = log->first;
        }
    }
}
