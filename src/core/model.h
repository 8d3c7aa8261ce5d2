/**
 * @file
 * What the chat is made of. Whoever owns a chat includes this for its size;
 * only src/core reads its members.
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
#include "qr.h"
#include "rate.h"
#include "room.h"
#include "stranger.h"

/** Lines that come before what a session reads, or after all of it. */
enum chat_owes {
    CHAT_OWES_REST = 1,      /**< the rest of a line, in buffer `rest` */
    CHAT_OWES_ANSWER = 2,    /**< what its framing asked for: FRAMING_ANSWER */
    CHAT_OWES_MISSED = 4,    /**< the number in `missed` */
    CHAT_OWES_SHUTDOWN = 8,  /**< that the server shuts down, once all is read */
    CHAT_OWES_FIN = 16,      /**< fin, after that */
    CHAT_OWES_END = 32,      /**< the end of the line in `rest`, should the peer get ends by then */
    CHAT_OWES_PIECES = 64,   /**< the line under way goes out in pieces: pieces.h */
    CHAT_OWES_STRANGER = 128 /**< an answer in the words of another protocol: stranger.h */
};

/** Answers that are generated line by line as they are sent. */
enum chat_answer {
    ANSWER_NONE,
    ANSWER_GREETING,
    ANSWER_ENTERED,
    ANSWER_HELP,
    ANSWER_WHO,
    ANSWER_ROOMS,
    ANSWER_IGNORED,
    ANSWER_BANS,
    ANSWER_ADDRESS,
    ANSWER_STATS,
    ANSWER_QR
};

/** Where a session stands in what it is sent; all that sending changes. */
struct chat_place {
    uint32_t cursor; /**< record to send next */
    uint16_t offset; /**< bytes of the line under way that are sent */
    uint16_t step;   /**< where in a generated answer */
    uint16_t hole;   /**< messages of history that went before it had them, not yet told of */
    uint8_t answer;  /**< enum chat_answer: a generated answer under way */
    uint8_t owes;    /**< enum chat_owes bits */
};

#if LWCHAT_MAX_IGNORES > 0
/** Somebody whom a session does not read. */
struct chat_ignored {
    uint16_t session; /**< LOG_NOBODY once it has left */
    uint8_t nick_bytes;
    char nick[LWCHAT_NICK_BYTES];
};
#endif

struct chat_session {
    /* Who it is, and where. */
    uint32_t ip; /**< of the peer, host byte order */
    uint16_t port;
    uint8_t room;
    uint8_t next_room; /**< where it goes once all is read; LOG_EVERY_ROOM: nowhere */
    uint16_t replay;   /**< messages of `next_room` to show when it gets there */
    uint8_t state : 3; /**< enum chat_state, but for CHAT_DEAD */
    bool to_kick : 1;  /**< the operator has banned its address */
    bool kicked : 1;   /**< it has to go: the operator has ended it, or it is no person */
    bool gone : 1;     /**< its peer is */
    bool left : 1;     /**< CHAT_LEAVING: that it left is logged */
    bool cut : 1;      /**< its connection is to be reset: CHAT_DEAD */
    uint8_t nick_bytes;

    /* What it says. */
    uint32_t heard_ms; /**< when something last arrived; CHAT_ENDING: since when */
    union {
        uint32_t opened_ms;  /**< CHAT_OPENING: when it connected */
        uint32_t allowed_us; /**< CHAT_ACTIVE: rate.h */
        uint32_t end;        /**< CHAT_ENDING: position at which its reading ends */
    };
    struct framing framing;
    bool typed : 1;        /**< a single byte came last */
    bool keys : 1;         /**< several single bytes came in a row in its line */
    bool unread : 1;       /**< it has sent more than was used */
    bool quiet : 1;        /**< quiet has ended its line, which waits for room in the log */
    bool waits_buffer : 1; /**< its incomplete line finds no buffer */
    bool too_long : 1;     /**< CHAT_OPENING: its line is, and it is still to be told */
    bool judged : 1;       /**< its first line has shown what it is: `opening` is over */
    uint16_t line;         /**< buffer with its incomplete line, or BUFFER_NONE */

    /* What it reads. */
    uint16_t rest; /**< buffer with the rest of a line being sent, or BUFFER_NONE */
    struct chat_place place;
    uint32_t since; /**< position at which it joined its room: history before, live from here */
    uint32_t asked; /**< position at which it asked: it reads up to there before the answer */
    union {
        uint32_t missed;  /**< messages it was passed over for and not yet told of */
        uint32_t unheard; /**< CHAT_LEAVING: bytes it had sent that nobody hears */
    };
#if LWCHAT_JSON
    uint32_t told; /**< position before which it was told of positions */
#endif
    union {
        struct opening opening; /**< while it is not judged, and for a stranger's answer */
        uint8_t refusal[2];     /**< of people: telnet command and option to be sent */
    };
    uint8_t dialect : 4; /**< enum chat_dialect */
    bool called : 1;     /**< the log has something for it alone */
    bool times : 1;      /**< it wants to see when old messages were said */
    bool pays : 1;       /**< it has asked for an answer: from then on they count in its rate */
#if LWCHAT_JSON
    bool resumed : 1;  /**< it is told of positions from `told` on, not only from `since` */
    bool numbered : 1; /**< it was told of some before it last went back, or to its room */
#endif

    struct pace pace; /**< how its connection takes it */

    char nick[LWCHAT_NICK_BYTES];
#if LWCHAT_MAX_IGNORES > 0
    uint8_t ignores; /**< of `ignored`, in use */
    struct chat_ignored ignored[LWCHAT_MAX_IGNORES];
#endif
};

#if LWCHAT_SHARED_LINES > 0
/** A line of a block: who said it, and where it ends. */
struct chat_block_line {
    uint16_t from; /**< session, or LOG_NOBODY */
    uint16_t end;
};

/** Lines that are rendered for all who read them from one place: block.h. */
struct chat_block {
    uint32_t from; /**< cursor of whoever may read it */
    uint32_t to;   /**< cursor of whoever has */
    uint32_t bytes;
    uint32_t senders; /**< a bit for each session that said something, modulo 32 */
    uint16_t lines;
    uint8_t room;
    uint8_t dialect;
    uint8_t crlf; /**< FRAMING_CRLF, or 0 */
    struct chat_block_line line[LWCHAT_SHARED_LINES];
    char text[LWCHAT_SEND_BYTES];
};
#endif

/**
 * Who holds the log: gate.h. Time for which those do that do not keep up is in
 * slots of five seconds.
 */
struct chat_gate {
    uint32_t from;       /**< what is before this position may be overwritten */
    uint32_t keep;       /**< position from which on records were to stay in the last hold */
    uint32_t slot_ms;    /**< start of the newest slot */
    uint32_t last_ms;    /**< when holds were last counted */
    uint32_t total_ms;   /**< since the start, by those that do not keep up */
    uint32_t times;      /**< holds since the start, by anybody */
    uint16_t ms[13];     /**< the newest slot at [0]; 13 of them cover any minute */
    uint16_t charged_ms; /**< time that is still to be counted in pace.held */
    bool looked : 1;     /**< `from` is where one of the readers stands in this pass */
    bool closed : 1;     /**< somebody holds the log: nothing is appended until the next pass */
    bool was_closed : 1; /**< somebody held it in the last pass */
    bool slow : 1;       /**< those who hold it do not keep up */
    bool busy : 1;       /**< most people hold it: nothing is counted */
};

/** Counted since the start, for /stats. */
struct chat_counts {
    uint32_t records;     /**< appended */
    uint32_t refused;     /**< newcomers turned away */
    uint32_t passed_over; /**< messages, over all sessions */
    uint32_t dropped;     /**< incomplete lines dropped */
    uint16_t most;        /**< high-water mark of `people` */
};

struct chat {
    struct chat_config config;
    uint32_t now_ms;  /**< when this pass began */
    uint32_t time_ms; /**< when it was `time_s` */
    uint32_t time_s;  /**< as in log_record */
#if LWCHAT_CLOCK
    int32_t local_s; /**< what to add for local time */
    bool has_clock;
#endif
    uint32_t due_ms; /**< when chat_tick() has to look at the sessions next */

    struct log log;
    struct chat_gate gate;
    uint32_t slowest;     /**< no session's cursor is before this position */
    uint32_t aside_bytes; /**< of records in the log that were not said aloud */
    uint32_t asides;      /**< the same, of all that were appended; wraps */

    uint32_t guests;   /**< guest names given since the start */
    uint16_t people;   /**< sessions in CHAT_ACTIVE, the operator not counted */
    uint16_t occupied; /**< sessions not CHAT_FREE, the operator not counted */
    bool stopping;
    bool waiting; /**< somebody waits for room in the log to come or to go */

    struct chat_counts counts;
    struct bans bans;
    struct rate_kept kept[LWCHAT_KEPT_RATES];
    struct stranger stranger[LWCHAT_KEPT_STRANGERS];
    struct room room[LWCHAT_MAX_ROOMS];
    struct chat_session session[CHAT_SESSIONS];
    struct buffer buffer[LWCHAT_LINE_BUFFERS];

    struct chat_place sent;        /**< the place after the output that was shown last */
    uint32_t shown_bytes;          /**< its length */
    uint32_t paid_bytes;           /**< how much of it the session had asked for */
    char line[LWCHAT_SHOWN_BYTES]; /**< a line being read, or being rendered */
    char clean[LWCHAT_LINE_BYTES]; /**< the same, made safe */
    char out[LWCHAT_SEND_BYTES];   /**< output of one session */
#if LWCHAT_SHARED_LINES > 0
    struct chat_block block;
#endif
#if LWCHAT_QR
    struct qr page_qr; /**< for ANSWER_QR */
#endif
    _Alignas(4) uint8_t ring[LWCHAT_LOG_BYTES];
};

#endif
