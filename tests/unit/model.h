/**
 * @file
 * A naive chat to compare the log with: one queue of lines for each session,
 * and unlimited memory. It learns from the real one only which commands were
 * accepted, and when a session joined, left or entered another room, all by
 * the functions of chat.h.
 */
#ifndef MODEL_H
#define MODEL_H

#include "world.h"

/** A line that a session must hear. */
struct model_line {
    char *text;
    bool counts; /**< if passed over, it counts as a missed message */
    bool old;    /**< history: if passed over, it counts in a gap */
    bool maybe;  /**< old, and possibly gone before it was due to be read */
};

enum model_stage {
    MODEL_AWAY,
    MODEL_ARRIVING,
    MODEL_HERE,
    MODEL_ENDING, /**< has left; has yet to hear what it is owed, then fin */
    MODEL_LEAVING /**< the connection is gone, and the others have not been told */
};

enum { MODEL_PLACES = 64 };

/** A session, or the console at number 0. */
struct model_person {
    enum model_stage stage;
    char nick[LWCHAT_NICK_BYTES + 1];
    char room[LWCHAT_ROOM_BYTES + 1];
    char next_room[LWCHAT_ROOM_BYTES + 1]; /**< empty: none */
    uint16_t replay;
    uint16_t port;
    bool may_miss; /**< it has not kept up since it last had heard everything */
    struct model_line *line;
    size_t lines, room_for;
    size_t place[MODEL_PLACES]; /**< where in `line` it may be: it is not told which were skipped */
    unsigned places;
    unsigned long missed; /**< the count it was told before the next line it hears */
    unsigned long hole;   /**< the same for history */
    char part[2 * LWCHAT_SHOWN_BYTES];
    size_t part_bytes;
    bool ended; /**< it has heard fin */
};

extern struct model_person model[CHAT_SESSIONS];

/** Totals over all sessions, so that a test can check that it has tested something. */
extern unsigned long model_heard, model_missed, model_replayed;

void model_start(void);

/** Notes who joined, left or changed rooms. Call it after each call that may cause that. */
void model_observe(void);

/** chat_join() has returned this session. */
void model_joins(unsigned session, uint16_t port);

/** Its connection is gone: chat_release() was called. */
void model_releases(unsigned session);

/** A command was accepted. */
void model_says(unsigned session, const char *text);
void model_does(unsigned session, const char *text);
void model_tells(unsigned session, const char *nick, const char *text);
void model_renames(unsigned session, const char *nick);
void model_goes(unsigned session, const char *room);
void model_asks_history(unsigned session, uint16_t messages);
void model_quits(unsigned session, const char *text);
void model_is_kicked(unsigned session);
void model_is_told(unsigned session, const char *text);

/** A session has heard these bytes: they must be what it had to hear. */
void model_hears(unsigned session, const char *bytes, size_t count);

/** True if it may have heard everything it had to hear. */
bool model_has_heard_all(unsigned session);

/** A session that is present, other than `but`; 0 if there is none. */
unsigned model_anybody(struct dice *dice, unsigned but);

#endif
