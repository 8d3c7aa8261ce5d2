/**
 * @file
 * The client's side of a session on a screen: which dialect the server speaks, who and
 * where one is, what is shown of each line, and how a lost session is resumed.
 *
 * Only a server that greets as ours does is asked for JSON. One that has none is
 * spoken to in its lines of text, with the same view. Any other server gets what is
 * typed as it is, and what it sends is shown as it is.
 */
#ifndef LWCHAT_CLIENT_SCREEN_H
#define LWCHAT_CLIENT_SCREEN_H

#include "../core/words.h"
#include "client_people.h"

enum {
    SCREEN_LINE_BYTES = 4 * LWCHAT_LINE_BYTES, /* longer lines are shown in pieces, as they are */
    SCREEN_OUT_BYTES = SCREEN_LINE_BYTES + 1024,
    SCREEN_HELD_BYTES = 16384,
    SCREEN_WIRE_BYTES = 512,
    SCREEN_DOUBT_BYTES = 4 * LWCHAT_LINE_BYTES,
    SCREEN_IGNORED = 8,
    /*
     * More of one's own lines than that, with none of others between them, are not recognised when
     * they come again: enough for a paste of 64 KiB in lines of 16 bytes.
     */
    SCREEN_SAID = 4096
};

enum screen_stage {
    SCREEN_UNKNOWN, /**< nothing of the greeting has been read */
    SCREEN_GREETED, /**< its first line is our server's */
    SCREEN_ASKED,   /**< asked for JSON: what arrives is held until that is answered */
    /* From here on the dialect is known. */
    SCREEN_OBJECTS, /**< JSON is spoken */
    SCREEN_LINES,   /**< our server, without JSON */
    SCREEN_FOREIGN  /**< any other */
};

struct screen_name {
    size_t bytes;
    char text[LWCHAT_NICK_BYTES];
};

/** All zeros: not on a screen. */
struct client_screen {
    bool on;
    bool known;       /**< a session was begun, which is to be resumed */
    bool over;        /**< the server does not want us back */
    bool entering;    /**< our room was asked for, and is not entered yet */
    bool catching;    /**< what was said meanwhile is to come once more */
    bool replaying;   /**< and is coming */
    bool releasing;   /**< what is held is being shown */
    bool back;        /**< this connection has taken up a lost session */
    bool replaced;    /**< somebody else has said something under our nick meanwhile */
    bool told_taken;  /**< the user knows that our nick is taken */
    bool rooms_asked; /**< the user has asked for the rooms; otherwise the client itself */
    enum screen_stage stage;
    uint32_t forgotten; /**< bytes before those of `doubt`, dropped for lack of room */
    uint32_t colours;
    uint32_t asked_ms;   /**< when JSON was asked for */
    uint32_t renamed_ms; /**< when the nick was last asked for in vain */
    uint32_t back_ms;    /**< when the lost session was taken up */
    uint32_t away_ms;    /**< how long the client was away */
    uint32_t skipped;    /**< bytes of a typed line that is too long, whose end is to come */
    uint32_t caught;     /**< messages that came once more */
    uint32_t said;       /**< lines that were typed to be said, the last of which are in `saying` */
    uint32_t said_again; /**< of these, lines up to the last that came once more */
    uint32_t saying[SCREEN_SAID];  /**< their hashes, in a ring */
    uint32_t who_asked, who_quiet; /**< /who under way, and a bit for each that the client sent */
    uint32_t who_left;             /**< people of the list under way that are not read yet */
    bool who_hidden;               /**< that list is not shown */
    int64_t offset_s;              /**< from the server's clock to UTC */
    uint64_t start, seq;
    struct screen_name me, before,
        wanted; /**< our nick, that of the lost session, and one to ask for */
    struct screen_name room, first, server;
    struct screen_name ignored[SCREEN_IGNORED];
    unsigned ignores;
    struct client_people people;
    size_t line_bytes, typed_bytes, wire_bytes, held_bytes, doubt_bytes, out_bytes, out_shown;
    char line[SCREEN_LINE_BYTES];   /**< being received */
    char typed[SCREEN_LINE_BYTES];  /**< read from the console */
    char wire[SCREEN_WIRE_BYTES];   /**< lines of the client's own to send */
    char held[SCREEN_HELD_BYTES];   /**< lines that are shown once the dialect is known */
    char doubt[SCREEN_DOUBT_BYTES]; /**< typed lines that may not have arrived */
    char out[SCREEN_OUT_BYTES];     /**< to show */
    char status[256];
    size_t status_bytes;
};

#endif
