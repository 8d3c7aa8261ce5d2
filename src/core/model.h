/**
 * @file
 * The chat's data. The owner of a struct chat includes this for its size; only
 * src/core accesses its members.
 */
#ifndef LWCHAT_MODEL_H
#define LWCHAT_MODEL_H

#include "ban.h"
#include "buffer.h"
#include "chat.h"
#include "framing.h"
#include "log.h"
#include "opening.h"
#include "pace.h"
#include "password.h"
#include "qr.h"
#include "rate.h"
#include "room.h"
#include "stranger.h"

/** Output that is sent before the records that a session reads, or after all of them. */
enum chat_owes {
    CHAT_OWES_REST = 1,      /**< the rest of a line, in buffer `rest` */
    CHAT_OWES_ANSWER = 2,    /**< the answer to a FRAMING_ANSWER event */
    CHAT_OWES_MISSED = 4,    /**< that it missed `missed` messages */
    CHAT_OWES_SHUTDOWN = 8,  /**< that the server shuts down, after all records */
    CHAT_OWES_FIN = 16,      /**< fin, after that */
    CHAT_OWES_END = 32,      /**< the end of the line in `rest`, if the peer then gets line ends */
    CHAT_OWES_PIECES = 64,   /**< the current line goes out in pieces: pieces.h */
    CHAT_OWES_STRANGER = 128 /**< an answer in another protocol: stranger.h */
};

/** Answers that are generated line by line as they are sent. */
enum chat_answer {
    ANSWER_NONE,
    ANSWER_GREETING,
    ANSWER_ENTERED, /**< the step at its start is the number of the room that was left, plus 1 */
    ANSWER_HELP,
    ANSWER_WHO,
    ANSWER_ROOMS,
    ANSWER_IGNORED,
    ANSWER_BANS,
    ANSWER_ADDRESS,
    ANSWER_STATS,
    ANSWER_QR,
    ANSWER_COMMANDS,
    ANSWER_PONG, /**< the step is the number of the FRAMING_PING */
    ANSWER_BRIDGES,
    ANSWER_QUESTION, /**< to a FRAMING_ASK, which is kept as the incomplete line */
    ANSWER_PASSWORD  /**< a sentence about the password; its step is the enum word_chat */
};

/** A session's position in its output: all the state that sending changes. */
struct chat_place {
    uint32_t cursor; /**< position of the next record to send */
    uint16_t offset; /**< bytes of the current line that are sent */
    uint16_t step;   /**< position in a generated answer */
    uint16_t hole;   /**< messages of history lost before they were sent, not yet reported */
    uint8_t answer;  /**< enum chat_answer: the current generated answer */
    uint8_t owes;    /**< enum chat_owes bits */
};

#if LWCHAT_MAX_IGNORES > 0
/** A person whom a session ignores. */
struct chat_ignored {
    uint16_t session; /**< LOG_NOBODY once it has left */
    uint8_t nick_bytes;
    char nick[LWCHAT_NICK_BYTES];
};
#endif

struct chat_session {
    /* Identity, room and state. */
    struct lwchat_address ip; /**< of the peer */
    uint16_t port;
    uint8_t room;
    uint8_t next_room; /**< room to enter once all is read; LOG_EVERY_ROOM: none */
    uint16_t replay;   /**< messages of `next_room` to show on entering it */
    uint8_t state : 3; /**< enum chat_state, except CHAT_DEAD */
    bool to_kick : 1;  /**< to be kicked: the operator has banned or kicked its address */
    bool kicked : 1;   /**< ended by the operator, or not a person */
    bool gone : 1;     /**< its peer is gone */
    bool left : 1;     /**< CHAT_LEAVING: its departure is logged */
    bool cut : 1;      /**< its connection is to be reset: CHAT_DEAD */
    uint8_t nick_bytes;

    /* Input. */
    uint32_t heard_ms; /**< when input last arrived; CHAT_ENDING: when that state began */
#if LWCHAT_IRC
    uint32_t said_ms; /**< when it last said something, or joined */
#endif
    union {
        uint32_t opened_ms;  /**< CHAT_OPENING: when it connected */
        uint32_t allowed_us; /**< CHAT_ACTIVE, or introducing itself: rate.h */
        uint32_t end;        /**< CHAT_ENDING: position at which its reading ends */
    };
    struct framing framing;
    bool typed : 1;        /**< the last input was a single byte */
    bool keys : 1;         /**< its line had several single bytes in a row */
    bool unread : 1;       /**< some of its input is not used yet */
    bool quiet : 1;        /**< silence has ended its line, which waits for room in the log */
    bool waits_buffer : 1; /**< no buffer was free for its incomplete line */
    bool too_long : 1;     /**< CHAT_OPENING: its line was too long, not yet reported */
    bool judged : 1;       /**< it is known what its peer is: `opening` has ended */
    bool spoke : 1;        /**< it has sent a line */
    uint16_t line;         /**< buffer with its incomplete line, or BUFFER_NONE */

    /* Output. */
    uint16_t rest; /**< buffer with the rest of a line being sent, or BUFFER_NONE */
    struct chat_place place;
    uint32_t since; /**< position at which it joined its room: what is older is history */
    uint32_t asked; /**< position at which it requested an answer, up to which it reads first */
    union {
        uint32_t missed;  /**< messages that it missed, not yet reported */
        uint32_t unheard; /**< CHAT_LEAVING: bytes received from it and lost */
    };
#if LWCHAT_JSON
    uint32_t told; /**< records before this position are sent without a number */
#endif
    union {
        struct opening opening; /**< while it is not judged, and for a stranger's answer */
        uint8_t refusal[2];     /**< of a person: telnet command and option to send */
    };
    uint8_t dialect : 4; /**< enum chat_dialect */
    bool called : 1;     /**< the log has something for it alone */
    bool times : 1;      /**< it is shown the times of old messages */
    bool pays : 1;       /**< it has requested an answer: now answers count in its rate */
#if LWCHAT_INTRODUCTIONS
    bool withheld : 1; /**< its first lines may be another protocol's: they are left unread */
    bool paused : 1;   /**< for that it is not read until the next chat_tick() */
#endif
    bool unannounced : 1; /**< nobody was told that it came */
    bool closed : 1;      /**< its peer is gone, or has closed its side: it sends no more */
    bool outside : 1;     /**< introducing itself, or asked for the password: it reads only what is
                             addressed to it alone */
#if LWCHAT_PASSWORD
    uint8_t password : 2; /**< enum password_state */
    uint8_t wrong : 2;    /**< passwords that it has given */
    uint32_t asked_ms;    /**< when it was first asked for the password */
    uint32_t guessed_ms;  /**< when it was last asked */
#endif
#if LWCHAT_JSON
    bool resumed : 1;  /**< numbers begin at `told`, which may be before `since` */
    bool numbered : 1; /**< it was sent numbers before it last resumed or entered its room */
#endif
#if LWCHAT_BRIDGE
    bool bridge : 1; /**< the operator lets it be a bridge: session_is_bridge() */
#endif

    struct pace pace; /**< of its connection */

    char nick[LWCHAT_NICK_BYTES];
#if LWCHAT_MAX_IGNORES > 0
    uint8_t ignores; /**< entries of `ignored` in use */
    struct chat_ignored ignored[LWCHAT_MAX_IGNORES];
#endif
};

#if LWCHAT_SHARED_LINES > 0
/** A line of a block. */
struct chat_block_line {
    uint32_t next; /**< position of the record after the line's */
    uint16_t from; /**< the sender's session, or LOG_NOBODY */
    uint16_t end;  /**< offset of the next line's text */
};

/** Lines that are rendered once for all their readers: block.h. */
struct chat_block {
    uint32_t from;    /**< position of its first record */
    uint32_t to;      /**< position of the record that it is extended with next */
    uint32_t used;    /**< value of chat.block_uses when it was last used */
    uint32_t looked;  /**< a reader's cursor, */
    uint16_t found;   /**< and the line after it */
    uint16_t lines;   /**< entries of `line` in use */
    uint32_t bytes;   /**< of `text` in use */
    uint32_t senders; /**< a bit for each sender's session number, modulo 32 */
    uint8_t room;
    uint8_t dialect;
    uint8_t flags; /**< of FRAMING_SHOWN */
    bool full;     /**< there is no room for the next line */
    struct chat_block_line line[LWCHAT_SHARED_LINES];
    char text[LWCHAT_SEND_BYTES];
};
#endif

/**
 * Which readers hold the log: gate.h. Holds by readers that do not keep up are
 * counted in slots of five seconds.
 */
struct chat_gate {
    uint32_t from;       /**< records before this position may be overwritten */
    uint32_t keep;       /**< in the last hold, records before this position were to be dropped */
    uint32_t slot_ms;    /**< start of the newest slot */
    uint32_t last_ms;    /**< when holds were last counted */
    uint32_t total_ms;   /**< since the start, by readers that do not keep up */
    uint32_t times;      /**< holds since the start, by any reader */
    uint16_t ms[13];     /**< the newest slot at [0]; 13 of them cover any minute */
    uint16_t charged_ms; /**< time not yet counted in pace.held */
    bool looked : 1;     /**< `from` is a reader's position, found in this pass */
    bool closed : 1;     /**< the log is held: nothing is appended until the next pass */
    bool was_closed : 1; /**< it was held in the last pass */
    bool slow : 1;       /**< readers that do not keep up hold it */
    bool busy : 1;       /**< half of the readers or more are far behind: nothing is counted */
};

/** Counted since the start, for /stats. */
struct chat_counts {
    uint32_t records;     /**< appended */
    uint32_t refused;     /**< newcomers turned away */
    uint32_t passed_over; /**< messages missed, over all sessions */
    uint32_t dropped;     /**< incomplete lines dropped */
};

#if LWCHAT_FILES
/** A reader of the log that is not a session: tail.h. */
struct chat_tail {
    uint32_t cursor; /**< position of the next record */
    uint32_t missed; /**< records that it wanted and that were overwritten, not yet reported */
    bool follows;
};

/** A room in the history's file. */
struct chat_kept_room {
    uint32_t birth;     /**< of the room */
    uint8_t name_bytes; /**< 0: there is none */
    char name[LWCHAT_ROOM_BYTES];
};

/** What is in the history's file. */
struct chat_file {
    uint32_t used;     /**< position up to which it tells what was used */
    bool over;         /**< numbers have begun again: it cannot go on */
    uint8_t uncounted; /**< rooms with a lower number may lack a count that it needs */
    struct chat_kept_room room[LWCHAT_MAX_ROOMS];
};
#endif

struct chat {
    struct chat_config config;
    uint32_t now_ms;  /**< when this pass began */
    uint32_t time_ms; /**< value of `now_ms` at `time_s` */
    uint32_t time_s;  /**< as in log_record */
#if LWCHAT_CLOCK
    int32_t local_s; /**< offset of local time from UTC */
    bool has_clock;
#endif
    uint32_t due_ms; /**< when chat_tick() is next due */

    struct log log;
    struct chat_gate gate;
    uint32_t slowest;     /**< no session's cursor is before this position */
    uint32_t aside_bytes; /**< of private messages and notices in the log */
    uint32_t asides;      /**< the same, for all that were appended; wraps */

    uint32_t
        announced_ms;  /**< a schedule: each announced arrival advances it by LWCHAT_ARRIVAL_MS */
    uint32_t guests;   /**< guest names given since the start */
    uint16_t people;   /**< sessions in CHAT_ACTIVE, the operator not counted */
    uint16_t most;     /**< high-water mark of `people` */
    uint16_t occupied; /**< sessions not CHAT_FREE, the operator not counted */
    bool stopping : 1;
    bool waiting : 1;     /**< people_pass() has something to do */
    bool late_buffer : 1; /**< input_pass() has a buffer to free */
    bool late_lines : 1;  /**< input_pass() has unterminated lines to deliver */

    struct chat_counts counts;
#if LWCHAT_FILES
    struct chat_tail tail[CHAT_TAILS];
    struct chat_file file;
    struct chat_tail marked_tail; /**< of the history, as of chat_history_mark() */
    struct chat_file marked_file; /**< the same */
#endif
    struct bans bans;
#if LWCHAT_BRIDGE
    struct lwchat_address bridge[LWCHAT_MAX_BRIDGES]; /**< whose sessions are bridges */
    uint8_t bridges;                                  /**< entries in use */
#endif
    struct rate_kept kept[LWCHAT_KEPT_RATES];
#if LWCHAT_PASSWORD
    struct passwords passwords;
#endif
    struct stranger stranger[LWCHAT_KEPT_STRANGERS];
    struct room room[LWCHAT_MAX_ROOMS];
    struct chat_session session[CHAT_SESSIONS];
#if LWCHAT_MAX_IGNORES > 0
    uint32_t came[CHAT_SESSIONS]; /**< position at which each session came: older records with its
                                     number are of others */
#endif
    struct buffer buffer[LWCHAT_LINE_BUFFERS];

    struct chat_place sent;        /**< the place after the last chat_output() */
    uint32_t shown_bytes;          /**< its length */
    uint32_t paid_bytes;           /**< how much of it the session had requested */
    char line[LWCHAT_SHOWN_BYTES]; /**< a line being read, or being rendered */
    char clean[LWCHAT_LINE_BYTES]; /**< the same, made safe */
    char out[LWCHAT_SEND_BYTES];   /**< output of one session */
#if LWCHAT_SHARED_LINES > 0
    struct chat_block block[LWCHAT_SHARED_BLOCKS];
    uint32_t block_uses;           /**< wraps */
    struct chat_block *newest;     /**< the block that was last used */
    struct chat_block *sent_block; /**< with the last chat_output(); NULL: it is in none */
#endif
#if LWCHAT_QR
    struct qr page_qr; /**< for ANSWER_QR */
#endif
    _Alignas(4) uint8_t ring[LWCHAT_LOG_BYTES];
};

#endif
