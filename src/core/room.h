/**
 * @file
 * Rooms: made by their first visitor, gone with their last. Each is a place in
 * an array of LWCHAT_MAX_ROOMS, and its messages are a chain through the log.
 */
#ifndef LWCHAT_ROOM_H
#define LWCHAT_ROOM_H

#include "log.h"
#include "lwchat_config.h"

/** The room at the start, which is always there. */
enum { LOBBY = 0 };

struct room {
    uint32_t born;   /**< position at which it was made: older records are another room's */
    uint32_t last;   /**< position of its last message; of its end, once it is gone */
    uint32_t newest; /**< position after the last record that everybody in it sees */
#if LWCHAT_JSON
    uint32_t said; /**< messages in it */
#endif
    uint16_t people; /**< sessions in it or on their way; 0: free */
    bool spoken;     /**< `last` is a message's */
    uint8_t name_bytes;
    char name[LWCHAT_ROOM_BYTES]; /**< with its # */
};

/** Makes the lobby. All of `rooms` is zero. */
void room_init(struct room *rooms);

/** True when `name` has a room's form, its # included. */
bool room_valid(const char *name, size_t bytes);

/** True when there is a room at this place. */
bool room_exists(const struct room *rooms, unsigned number);

/** @return the room's number; LWCHAT_NOT_FOUND. */
int room_find(const struct room *rooms, const char *name, size_t bytes);

/**
 * Finds or makes a room and counts one more in it.
 * @param named  for each place, whether a former room's name is still to be told
 * @return its number; LWCHAT_NO_MEMORY.
 */
int room_enter(struct room *rooms, const struct log *log, const char *name, size_t bytes,
               const bool *named);

/** Counts one less in it; a room other than the lobby goes with its last. */
void room_leave(struct room *rooms, const struct log *log, unsigned number);

/** The position from which a room's last `messages` messages are read. */
uint32_t room_history(const struct room *room, const struct log *log, uint32_t messages);

/** Lets go of positions that the log has left behind, before they come round again. */
void room_tick(struct room *rooms, const struct log *log);

#endif
