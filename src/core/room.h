/**
 * @file
 * Rooms: made by their first visitor, gone with their last.
 */
#ifndef LWCHAT_ROOM_H
#define LWCHAT_ROOM_H

#include "chat.h"

/** The room at the start, which is always there. */
enum { LOBBY = 0 };

/** True when `name` has a room's form, its # included. */
bool room_valid(const char *name, size_t bytes);

/** @return the room's number; LWCHAT_NOT_FOUND. */
int room_find(const struct chat *chat, const char *name, size_t bytes);

/** Finds or makes a room and counts one more in it. @return its number; LWCHAT_NO_MEMORY. */
int room_enter(struct chat *chat, const char *name, size_t bytes);

/** Counts one less in it; a room other than the lobby goes with its last. */
void room_leave(struct chat *chat, uint8_t room);

/** The position from which a room's last `messages` messages are read. */
uint32_t room_history(const struct chat *chat, const struct chat_room *room, uint32_t messages);

/** Lets go of positions that the log has left behind, before they come round again. */
void room_tick(struct chat *chat);

#endif
