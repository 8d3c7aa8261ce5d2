/**
 * @file
 * Rooms, which are created by their first visitor and removed with their last. Each
 * is an entry in an array of LWCHAT_MAX_ROOMS; its messages form a linked list
 * through the log.
 */
#ifndef LWCHAT_ROOM_H
#define LWCHAT_ROOM_H

#include "log.h"
#include "lwchat_config.h"

/** The initial room, which always exists. */
enum { LOBBY = 0 };

struct room {
    uint32_t born;   /**< position at which it was created: older records are another room's */
    uint32_t last;   /**< position of its last message, or at which it was removed */
    uint32_t newest; /**< position after the last record for everyone in it */
#if LWCHAT_JSON
    uint32_t said;    /**< messages in it */
    uint16_t carried; /**< of them, those that a bridge said for people elsewhere, modulo 2^16 */
#endif
#if LWCHAT_IRC
    uint32_t since_s; /**< when it was created, as in log_record */
#endif
#if LWCHAT_FILES
    uint32_t birth; /**< changes whenever the entry becomes another room */
    bool restored;  /**< from a file, and nobody has entered it since */
    bool lasts;     /**< during a shutdown: before that it was a room, or a restored one */
#endif
    uint16_t people; /**< sessions in it or about to enter it; 0: free */
    bool spoken;     /**< `last` is the position of a message */
    uint8_t name_bytes;
    char name[LWCHAT_ROOM_BYTES]; /**< with its # */
};

/** Creates the lobby. `rooms` must be all zeros. */
void room_init(struct room *rooms);

/** True when `name`, with its #, is a valid room name. */
bool room_valid(const char *name, size_t bytes);

/** True when entry `number` is a room. */
bool room_exists(const struct room *rooms, unsigned number);

/** @return the room's number; LWCHAT_NOT_FOUND. */
int room_find(const struct room *rooms, const char *name, size_t bytes);

/**
 * Finds or creates a room, and counts one more session in it.
 * @param named  for each entry, whether its former name is still needed, so that it is not reused
 * @return its number; LWCHAT_NO_MEMORY when no entry can be used.
 */
int room_enter(struct room *rooms, const struct log *log, const char *name, size_t bytes,
               const bool *named);

#if LWCHAT_FILES
/**
 * Finds or creates a room whose messages are restored. Until somebody enters it, it is not a room
 * for anybody, and its place can be taken by another.
 * @return its number; LWCHAT_NO_MEMORY.
 */
int room_restore(struct room *rooms, const struct log *log, const char *name, size_t bytes);

/** The restored room of that name, which nobody has entered yet. @return LWCHAT_NOT_FOUND. */
int room_find_restored(const struct room *rooms, const char *name, size_t bytes);

/** Discards a restored room. */
void room_forget(struct room *room);
#endif

/** Counts one session less in a room; one other than the lobby is removed with its last. */
void room_leave(struct room *rooms, const struct log *log, unsigned number);

/** The position from which a room's last `messages` messages are read. */
uint32_t room_history(const struct room *room, const struct log *log, uint32_t messages);

/** Moves up positions that the log has left behind, before they wrap. */
void room_tick(struct room *rooms, const struct log *log);

#endif
