/**
 * @file
 * Every limit: what it means, its unit, its range, its default, and what
 * happens at it. A port changes a default in its lwchatopts.h, as lwIP's
 * lwipopts.h does for lwIP. The defaults here suit a PC.
 *
 * Included after lwip/opt.h (sock.c does so), it also checks these limits
 * against the stack's.
 */
#ifndef LWCHAT_CONFIG_H
#define LWCHAT_CONFIG_H

#include "lwchatopts.h"

#define LWCHAT_VERSION "0.1.0"

/* --- People ------------------------------------------------------------- */

/**
 * People who can be connected at once; 1 to 4096. The next one reads that the
 * server is full and is closed.
 */
#ifndef LWCHAT_MAX_SESSIONS
#define LWCHAT_MAX_SESSIONS 1024
#endif

/**
 * Connections beyond LWCHAT_MAX_SESSIONS: those being refused, and those whose
 * last bytes are still under way; 1 or more. With none left, newcomers wait in
 * the listener's backlog.
 */
#ifndef LWCHAT_SPARE_CONNECTIONS
#define LWCHAT_SPARE_CONNECTIONS 16
#endif

/** Rooms that can exist at once; 1 to 250. The next /join of a new one is refused. */
#ifndef LWCHAT_MAX_ROOMS
#define LWCHAT_MAX_ROOMS 128
#endif

/**
 * People that one person can ignore at once; 0 to 255. The next /ignore is
 * refused. 0: there is no /ignore.
 */
#ifndef LWCHAT_MAX_IGNORES
#define LWCHAT_MAX_IGNORES 8
#endif

/** Addresses and networks that can be banned at once; 1 or more. The next /ban is refused. */
#ifndef LWCHAT_MAX_BANS
#define LWCHAT_MAX_BANS 64
#endif

/** The TCP port that the server listens on unless told otherwise. */
#ifndef LWCHAT_PORT
#define LWCHAT_PORT 50000
#endif

/** The server's name unless told otherwise; a nick that nobody else can take. */
#ifndef LWCHAT_NAME
#define LWCHAT_NAME "Marcel"
#endif

/**
 * The IPv4 address, in host byte order, behind which a user-mode network hides
 * everybody (10.0.2.2). A ban of it is refused: it would lock all out.
 */
#ifndef LWCHAT_SHARED_ADDRESS
#define LWCHAT_SHARED_ADDRESS 0x0A000202UL
#endif

/* --- Text --------------------------------------------------------------- */

/**
 * Bytes of a line, its end not counted; 96 to 4096. A longer one is refused
 * whole, with one line that says so. With less, sentences would not fit.
 */
#ifndef LWCHAT_LINE_BYTES
#define LWCHAT_LINE_BYTES 1024
#endif

/**
 * Bytes of one message to a peer that gets no line ends; 96 to 1024, so that
 * the sender's name and some of the text fit. A longer line goes out in
 * several messages, each with the name. Such a peer reads 1,024 bytes at once,
 * as the protocol has it: with more here it would take the rest of a message
 * for the next one.
 */
#ifndef LWCHAT_RAW_BYTES
#define LWCHAT_RAW_BYTES 1024
#endif

/**
 * Bytes of a nick at most; 16 to 32. It has at most 16 characters, and those
 * that are not ASCII take two or three bytes each.
 */
#ifndef LWCHAT_NICK_BYTES
#define LWCHAT_NICK_BYTES 32
#endif

/** Scripts that nicks can be written in: 1 is Latin, 3 are Latin, Greek and Cyrillic. */
#ifndef LWCHAT_NICK_SCRIPTS
#define LWCHAT_NICK_SCRIPTS 3
#endif

/**
 * Lines that can be incomplete at once, the console's among them, and one for
 * what is left of a line that the console is shown; 2 or more, and 3 where a
 * half line typed there must not keep others waiting. Each is a buffer
 * of LWCHAT_SHOWN_BYTES, which the unsent rest of a slow reader's line may need
 * too. At the limit the line that has been incomplete longest, LWCHAT_PARTIAL_MS
 * at least, is dropped and its owner told; with none that old, the reader that
 * has kept the rest of a line unsent longest, LWCHAT_END_MS at least, is reset;
 * until then the newest waits in TCP.
 */
#ifndef LWCHAT_LINE_BUFFERS
#define LWCHAT_LINE_BUFFERS 1024
#endif

/** ms after which an incomplete line may be dropped when buffers run out. */
#ifndef LWCHAT_PARTIAL_MS
#define LWCHAT_PARTIAL_MS 1000
#endif

/**
 * ms of quiet after which whoever has connected is a person, greeted and
 * announced: by then health checks have gone and other protocols' clients have
 * spoken.
 */
#ifndef LWCHAT_OPENING_MS
#define LWCHAT_OPENING_MS 20
#endif

/**
 * ms for which the rest of a first line is awaited that begins as an HTTP
 * request or another protocol does, before what has come of it is taken for
 * somebody's message.
 */
#ifndef LWCHAT_REQUEST_MS
#define LWCHAT_REQUEST_MS 3000
#endif

/**
 * ms of quiet after which text without a newline counts as a message, from a
 * peer that has never sent a newline.
 */
#ifndef LWCHAT_QUIET_MS
#define LWCHAT_QUIET_MS 250
#endif

/**
 * ms after which text from such a peer that is never quiet is said as far as it
 * has come, before what comes next; LWCHAT_QUIET_MS more at most pass until
 * then. Once it has come for LWCHAT_QUIET_MS, it is also said where it reaches
 * LWCHAT_LINE_BYTES.
 */
#ifndef LWCHAT_STREAM_MS
#define LWCHAT_STREAM_MS 750
#endif

/** As LWCHAT_QUIET_MS, where the last thing that arrived was a single byte: somebody types. */
#ifndef LWCHAT_QUIET_TYPED_MS
#define LWCHAT_QUIET_TYPED_MS 1500
#endif

/** The same where several single bytes came in a row: somebody types on a terminal that sends each
 * key, and the line's end is still to come. */
#ifndef LWCHAT_QUIET_KEYS_MS
#define LWCHAT_QUIET_KEYS_MS 15000
#endif

/**
 * Columns of the terminal on a serial line, which cannot tell how many it has;
 * 20 to 250. What is wider goes on in another row, behind an indent.
 */
#ifndef LWCHAT_CONSOLE_COLUMNS
#define LWCHAT_CONSOLE_COLUMNS 80
#endif

/* --- The log ------------------------------------------------------------ */

/**
 * Bytes of the message log; a power of two, at least four times the largest
 * record. When it is full the oldest record goes, unless somebody who keeps
 * up still has to read it: then senders wait.
 */
#ifndef LWCHAT_LOG_BYTES
#define LWCHAT_LOG_BYTES (1024UL * 1024UL)
#endif

/** Messages shown to whoever joins a room; 0 to 65535. */
#ifndef LWCHAT_HISTORY
#define LWCHAT_HISTORY 8
#endif

/** ms within which the connection of a reader that holds the log must take something. */
#ifndef LWCHAT_KEEP_UP_MS
#define LWCHAT_KEEP_UP_MS 250
#endif

/** Bytes a second that it must take, over LWCHAT_KEEP_UP_WINDOW_MS. */
#ifndef LWCHAT_KEEP_UP_BYTES_PER_S
#define LWCHAT_KEEP_UP_BYTES_PER_S 4096
#endif

/** ms over which the rate of a reader that holds the log is taken. */
#ifndef LWCHAT_KEEP_UP_WINDOW_MS
#define LWCHAT_KEEP_UP_WINDOW_MS 2000
#endif

/**
 * ms for which readers that take nothing for a moment, but have taken enough
 * over LWCHAT_KEEP_UP_WINDOW_MS, may hold the log, all of them together, in any
 * minute. Past that they are passed over and told how many messages they
 * missed, as are at once those who have not taken enough.
 */
#ifndef LWCHAT_HOLD_MS_PER_MINUTE
#define LWCHAT_HOLD_MS_PER_MINUTE 2000
#endif

/* --- Time --------------------------------------------------------------- */

/** Lines a second that a session may send, with a burst of twice as many; 0 is no limit. */
#ifndef LWCHAT_RATE
#define LWCHAT_RATE 10
#endif

/** ms after which a connection that takes nothing of what waits for it is reset, also one that
 * ends. */
#ifndef LWCHAT_STALL_MS
#define LWCHAT_STALL_MS 300000
#endif

/**
 * ms that a connection which has been kicked or refused has for its last bytes,
 * and any other for its own end once it has them; then it is reset.
 */
#ifndef LWCHAT_END_MS
#define LWCHAT_END_MS 5000
#endif

/**
 * ms in which what a peer has sent before it reset its connection is still heard, at its rate; the
 * rest is dropped and counted on the console. Such connections hold a quarter of the places at
 * most, and give them to newcomers.
 */
#ifndef LWCHAT_GONE_MS
#define LWCHAT_GONE_MS 60000
#endif

/** ms within which a shutdown is over, whoever reads or does not. */
#ifndef LWCHAT_SHUTDOWN_MS
#define LWCHAT_SHUTDOWN_MS 1500
#endif

/**
 * ms after which a connection that has left and takes nothing of what it is
 * still owed gives its place to a newcomer that finds none.
 */
#ifndef LWCHAT_GIVE_WAY_MS
#define LWCHAT_GIVE_WAY_MS 10000
#endif

/**
 * Addresses for which the rate that a leaver has used is kept, so that coming
 * again brings nothing; 1 or more. At the limit the one with the least goes.
 */
#ifndef LWCHAT_KEPT_RATES
#define LWCHAT_KEPT_RATES 256
#endif

/**
 * Kinds of connections that are no people, each from one address, which the
 * operator has been told of in the last minute; 1 or more. At the limit others
 * are not told of until one of these is a minute old.
 */
#ifndef LWCHAT_KEPT_STRANGERS
#define LWCHAT_KEPT_STRANGERS 64
#endif

/** Bytes of an answer (/who, /help, /history …) that cost its asker as much as one line. */
#ifndef LWCHAT_ANSWER_BYTES
#define LWCHAT_ANSWER_BYTES 512
#endif

/**
 * Bytes a second of private messages, replies and other records not said aloud
 * that one person may cause while they take more than half of the log: so they
 * do not push out what was said aloud unseen. 1 to 1000.
 */
#ifndef LWCHAT_ASIDE_BYTES_PER_S
#define LWCHAT_ASIDE_BYTES_PER_S 64
#endif

/** ms for which such costs keep a person from the next line at most; 1000 or more. */
#ifndef LWCHAT_COST_MS
#define LWCHAT_COST_MS 10000
#endif

/** Seconds of silence after which TCP probes a peer; then the interval and number of probes. */
#ifndef LWCHAT_KEEPALIVE_IDLE_S
#define LWCHAT_KEEPALIVE_IDLE_S 60
#endif
#ifndef LWCHAT_KEEPALIVE_INTERVAL_S
#define LWCHAT_KEEPALIVE_INTERVAL_S 10
#endif
#ifndef LWCHAT_KEEPALIVE_PROBES
#define LWCHAT_KEEPALIVE_PROBES 3
#endif

/* --- Dialects ------------------------------------------------------------- */

/**
 * 1: /mode json is there, for bots and bridges. It takes 3 KiB of flash, 4
 * bytes a session and a room, and line buffers that hold a line in which every
 * character is escaped.
 */
#ifndef LWCHAT_JSON
#define LWCHAT_JSON 1
#endif

/**
 * 1: browsers get a page, and join over WebSocket: in JSON, or without
 * LWCHAT_JSON in lines of text. It takes 16 bytes a session, without LWCHAT_JSON
 * 80 bytes more a line buffer, and what LWCHAT_HTTP_REQUESTS says.
 */
#ifndef LWCHAT_HTTP
#define LWCHAT_HTTP LWCHAT_JSON
#endif

/**
 * 1: the console's /qr, and --qr, show the page's address as a QR code. It
 * takes 80 bytes of RAM, and a console of 66 columns.
 */
#ifndef LWCHAT_QR
#define LWCHAT_QR (LWCHAT_HTTP && LWCHAT_CONSOLE_COLUMNS >= 66)
#endif

/** TCP port for browsers, where the server has an address of its own; no other is left out of URLs.
 */
#ifndef LWCHAT_HTTP_PORT
#define LWCHAT_HTTP_PORT 80
#endif

/** The same where it has not, and is reached by a port of the host. */
#ifndef LWCHAT_HTTP_HOST_PORT
#define LWCHAT_HTTP_HOST_PORT 8080
#endif

/**
 * HTTP requests at once, each of which takes a connection besides those of
 * LWCHAT_MAX_SESSIONS, and some 150 bytes. At the limit one that has sent
 * nothing gives way; without such a one the next is answered with 503.
 */
#ifndef LWCHAT_HTTP_REQUESTS
#define LWCHAT_HTTP_REQUESTS 32
#endif

/** ms within which the head of an HTTP request must be there, and then its answer be taken. */
#ifndef LWCHAT_HTTP_MS
#define LWCHAT_HTTP_MS 10000
#endif

/** 1: the port may know the time of day, which the console and /time show. */
#ifndef LWCHAT_CLOCK
#define LWCHAT_CLOCK 1
#endif

/* --- The loop ----------------------------------------------------------- */

/** Bytes that one write to a socket has at most; no less than LWCHAT_SHOWN_BYTES. */
#ifndef LWCHAT_SEND_BYTES
#define LWCHAT_SEND_BYTES 34816
#endif

/**
 * Lines that are rendered once for all who read them from the same place. They
 * take LWCHAT_SEND_BYTES, and 4 bytes each. 0: each is rendered for everybody.
 */
#ifndef LWCHAT_SHARED_LINES
#define LWCHAT_SHARED_LINES 1024
#endif

/** Bytes read from one socket at a time. */
#ifndef LWCHAT_RECEIVE_BYTES
#define LWCHAT_RECEIVE_BYTES 16384
#endif

/**
 * 1: a session's next write waits until lwIP says that it is writable, so that
 * TCP_SNDLOWAT decides how much of the stack's memory a reader that stalls
 * holds. For small boards; TCP_SND_BUF - 1 is one write.
 */
#ifndef LWCHAT_ONE_WRITE_IN_FLIGHT
#define LWCHAT_ONE_WRITE_IN_FLIGHT 0
#endif

/** Connections that may wait to be accepted. */
#ifndef LWCHAT_BACKLOG
#define LWCHAT_BACKLOG 128
#endif

/* --- Derived ------------------------------------------------------------ */

/** Bytes of a room's name at most, its # included; fixed by the protocol. */
#define LWCHAT_ROOM_BYTES 16
/** Bytes of one line as it is shown, with what stands before it and its end. */
#if LWCHAT_JSON
#define LWCHAT_SHOWN_BYTES                                                                         \
    (2 * LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 174 + LWCHAT_SEAL_BYTES)
#elif LWCHAT_HTTP
#define LWCHAT_SHOWN_BYTES                                                                         \
    (LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 96 + 8 * LWCHAT_CLOCK)
#else
#define LWCHAT_SHOWN_BYTES                                                                         \
    (LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 16 + 8 * LWCHAT_CLOCK)
#endif
/** Bytes of a line's end, or of the head of a WebSocket message, at most. */
#define LWCHAT_SEAL_BYTES (LWCHAT_HTTP ? 4 : 2)

/** Connections that the server holds at most, the listeners not counted. */
#define LWCHAT_MAX_CONNECTIONS                                                                     \
    (LWCHAT_MAX_SESSIONS + LWCHAT_SPARE_CONNECTIONS + LWCHAT_HTTP * (LWCHAT_HTTP_REQUESTS + 1))

#if LWCHAT_MAX_SESSIONS < 1 || LWCHAT_MAX_SESSIONS > 4096
#error "LWCHAT_MAX_SESSIONS: choose 1 to 4096"
#endif
#if LWCHAT_SPARE_CONNECTIONS < 1
#error "LWCHAT_SPARE_CONNECTIONS: at least 1, or nobody can be told that the server is full"
#endif
#if LWCHAT_QR && (!LWCHAT_HTTP || LWCHAT_CONSOLE_COLUMNS < 66)
#error "LWCHAT_QR: needs LWCHAT_HTTP, and LWCHAT_CONSOLE_COLUMNS of 66 or more"
#endif
#if LWCHAT_HTTP_REQUESTS < 1 || LWCHAT_HTTP_REQUESTS > 200
#error "LWCHAT_HTTP_REQUESTS: choose 1 to 200"
#endif
#if LWCHAT_MAX_ROOMS < 1 || LWCHAT_MAX_ROOMS > 250
#error "LWCHAT_MAX_ROOMS: choose 1 to 250"
#endif
#if LWCHAT_MAX_BANS < 1 || LWCHAT_MAX_BANS > 65535
#error "LWCHAT_MAX_BANS: choose 1 to 65535"
#endif
#if LWCHAT_MAX_IGNORES < 0 || LWCHAT_MAX_IGNORES > 255
#error "LWCHAT_MAX_IGNORES: choose 0 to 255"
#endif
#if LWCHAT_KEPT_RATES < 1 || LWCHAT_KEPT_STRANGERS < 1 || LWCHAT_ANSWER_BYTES < 1
#error "LWCHAT_KEPT_RATES, LWCHAT_KEPT_STRANGERS, LWCHAT_ANSWER_BYTES: choose 1 or more"
#endif
#if LWCHAT_ASIDE_BYTES_PER_S < 1 || LWCHAT_ASIDE_BYTES_PER_S > 1000
#error "LWCHAT_ASIDE_BYTES_PER_S: choose 1 to 1000"
#endif
#if LWCHAT_COST_MS < 1000 || LWCHAT_COST_MS > 60000
#error "LWCHAT_COST_MS: choose 1000 to 60000"
#endif
#if LWCHAT_HISTORY < 0 || LWCHAT_HISTORY > 65535
#error "LWCHAT_HISTORY: choose 0 to 65535"
#endif
#if LWCHAT_BACKLOG < 1 || LWCHAT_RECEIVE_BYTES < 1 || LWCHAT_KEEP_UP_WINDOW_MS < 1
#error "LWCHAT_BACKLOG, LWCHAT_RECEIVE_BYTES, LWCHAT_KEEP_UP_WINDOW_MS: choose 1 or more"
#endif
#if LWCHAT_LINE_BYTES < 96 || LWCHAT_LINE_BYTES > 4096
#error "LWCHAT_LINE_BYTES: choose 96 to 4096"
#endif
#if LWCHAT_RAW_BYTES < 96 || LWCHAT_RAW_BYTES > 1024
#error "LWCHAT_RAW_BYTES: choose 96 to 1024"
#endif
#if LWCHAT_NICK_BYTES < 16 || LWCHAT_NICK_BYTES > 32
#error "LWCHAT_NICK_BYTES: choose 16 to 32"
#endif
#if LWCHAT_NICK_SCRIPTS != 1 && LWCHAT_NICK_SCRIPTS != 3
#error "LWCHAT_NICK_SCRIPTS: choose 1 or 3"
#endif
#if LWCHAT_CONSOLE_COLUMNS < 20 || LWCHAT_CONSOLE_COLUMNS > 250
#error "LWCHAT_CONSOLE_COLUMNS: choose 20 to 250"
#endif
#if LWCHAT_LINE_BUFFERS < 2 || LWCHAT_LINE_BUFFERS > 65535
#error "LWCHAT_LINE_BUFFERS: choose 2 to 65535"
#endif
#if (LWCHAT_LOG_BYTES & (LWCHAT_LOG_BYTES - 1)) != 0
#error "LWCHAT_LOG_BYTES: choose a power of two"
#endif
#if LWCHAT_LOG_BYTES > 0x40000000
#error "LWCHAT_LOG_BYTES: choose 1 GiB at most, positions in it wrap at 4 GiB"
#endif
#if LWCHAT_RATE < 0 || LWCHAT_RATE > 1000000
#error "LWCHAT_RATE: choose 0 to 1000000"
#endif
#if LWCHAT_KEEP_UP_WINDOW_MS > 32000
#error "LWCHAT_KEEP_UP_WINDOW_MS: choose 32000 at most"
#endif
#if LWCHAT_LOG_BYTES < 4 * (LWCHAT_LINE_BYTES + 2 * LWCHAT_NICK_BYTES + 32)
#error                                                                                             \
    "LWCHAT_LOG_BYTES: raise it to four times LWCHAT_LINE_BYTES + 2 * LWCHAT_NICK_BYTES + 32, or lower these"
#endif
#if LWCHAT_SEND_BYTES < LWCHAT_SHOWN_BYTES
#error "LWCHAT_SEND_BYTES: raise it to LWCHAT_SHOWN_BYTES, so that one line fits in one write"
#endif
#if LWCHAT_SEND_BYTES > 65535
#error "LWCHAT_SEND_BYTES: choose 65535 at most"
#endif

#endif

/* Outside the guard: lwipopts.h may include this file before lwIP has its sizes. */
#if defined(LWIP_HDR_OPT_H) && defined(MEMP_NUM_NETCONN) && defined(TCP_SND_BUF)
#if MEMP_NUM_NETCONN < LWCHAT_MAX_CONNECTIONS + 2 + 2 * LWCHAT_HTTP
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_NETCONN must be LWCHAT_MAX_CONNECTIONS + 2 or more: one waits for a place, and one listens; with LWCHAT_HTTP twice"
#endif
#if MEMP_NUM_TCP_PCB < LWCHAT_MAX_CONNECTIONS + 1 + LWCHAT_HTTP
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_TCP_PCB must be LWCHAT_MAX_CONNECTIONS + 1 or more: one waits for a place; with LWCHAT_HTTP twice"
#endif
#if LWIP_ARP && ARP_TABLE_SIZE < LWCHAT_MAX_CONNECTIONS + 1
#error                                                                                             \
    "lwipopts.h: ARP_TABLE_SIZE must be LWCHAT_MAX_CONNECTIONS + 1 or more: each may be a neighbour, and there is a router"
#endif
#if LWIP_ARP && ARP_QUEUEING && MEMP_NUM_ARP_QUEUE < ARP_TABLE_SIZE
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_ARP_QUEUE must be ARP_TABLE_SIZE or more, or some wait for others' addresses"
#endif
#if DEFAULT_ACCEPTMBOX_SIZE < 2 * LWCHAT_BACKLOG
#error                                                                                             \
    "lwipopts.h: DEFAULT_ACCEPTMBOX_SIZE must be twice LWCHAT_BACKLOG: who leaves before it is accepted keeps a place"
#endif
#if LWCHAT_ONE_WRITE_IN_FLIGHT && TCP_SND_BUF < LWCHAT_SEND_BYTES
#error "lwipopts.h: TCP_SND_BUF must hold one write, LWCHAT_SEND_BYTES"
#endif
#if LWCHAT_ONE_WRITE_IN_FLIGHT && MEMP_NUM_TCP_SEG < LWCHAT_MAX_CONNECTIONS
#error "lwipopts.h: MEMP_NUM_TCP_SEG must be LWCHAT_MAX_CONNECTIONS or more"
#endif
#endif
