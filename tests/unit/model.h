/**
 * @file
 * The naive chat that the log is compared with: a queue of lines for everybody,
 * and no memory ever short. It knows from the real one only which commands were
 * taken, and when somebody came, went or got to another room.
 */
#ifndef MODEL_H
#define MODEL_H

#include "world.h"

/** A line that somebody is to hear. */
struct model_line {
    char *text;
    bool counts; /**< to be told of when it is passed over */
    bool old;    /**< history: passing over it is told as a hole */
    bool maybe;  /**< old, and perhaps gone before it was to be read */
};

enum model_stage {
    MODEL_AWAY,
    MODEL_ARRIVING,
    MODEL_HERE,
    MODEL_ENDING, /**< has left; what it is owed, then fin, are still to be heard */
    MODEL_LEAVING /**< the connection is gone, and others do not know yet */
};

enum { MODEL_PLACES = 64 };

/** Somebody, or the console at number 0. */
struct model_person {
    enum model_stage stage;
    char nick[LWCHAT_NICK_BYTES + 1];
    char room[LWCHAT_ROOM_BYTES + 1];
    char next_room[LWCHAT_ROOM_BYTES + 1]; /**< empty: none */
    uint16_t replay;
    uint16_t port;
    bool may_miss; /**< it has not kept up since it last had everything */
    struct model_line *line;
    size_t lines, room_for;
    size_t place[MODEL_PLACES]; /**< where in `line` it may be: what was passed over is not told */
    unsigned places;
    unsigned long missed; /**< of which it was told, before the line that it hears next */
    unsigned long hole;   /**< the same of history */
    char part[2 * LWCHAT_SHOWN_BYTES];
    size_t part_bytes;
    bool ended; /**< it has heard fin */
};

extern struct model_person model[CHAT_SESSIONS];

/** Numbers heard in all, so that a test can tell that it has tested something. */
extern unsigned long model_heard, model_missed, model_replayed;

void model_start(void);

/** Looks who came, went or got somewhere since. Call it after each call that may do that. */
void model_observe(void);

/** chat_join() has given this session. */
void model_joins(unsigned session, uint16_t port);

/** Its connection is gone: chat_release() was called. */
void model_releases(unsigned session);

/** A command was taken. */
void model_says(unsigned session, const char *text);
void model_does(unsigned session, const char *text);
void model_tells(unsigned session, const char *nick, const char *text);
void model_renames(unsigned session, const char *nick);
void model_goes(unsigned session, const char *room);
void model_asks_history(unsigned session, uint16_t messages);
void model_quits(unsigned session, const char *text);
void model_is_kicked(unsigned session);
void model_is_told(unsigned session, const char *text);

/** A session has heard these bytes: they have to be what it was to hear. */
void model_hears(unsigned session, const char *bytes, size_t count);

/** True when it may have heard all that it was to hear. */
bool model_has_heard_all(unsigned session);

/** Somebody here other than `but`, or 0. */
unsigned model_anybody(struct dice *dice, unsigned but);

#endif
