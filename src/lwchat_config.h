/**
 * @file
 * Every limit: its meaning, unit, range and default, and what happens when it
 * is reached. A port overrides a default in its lwchatopts.h, as lwipopts.h
 * does for lwIP. The defaults here suit a PC.
 *
 * If lwip/opt.h was included before (as in sock.c), this file also checks the
 * limits against lwIP's.
 */
#ifndef LWCHAT_CONFIG_H
#define LWCHAT_CONFIG_H

#include "lwchatopts.h"

#define LWCHAT_VERSION "0.1.0"

/* --- People ------------------------------------------------------------- */

/**
 * People that can be connected at once; 1 to 4096. The next one is told that
 * the server is full, and its connection is closed.
 */
#ifndef LWCHAT_MAX_SESSIONS
#define LWCHAT_MAX_SESSIONS 1024
#endif

/**
 * Connections beyond LWCHAT_MAX_SESSIONS, for newcomers being refused and for
 * sessions whose last bytes are still being sent; 1 or more. When all are in
 * use, newcomers wait in the listener's backlog.
 */
#ifndef LWCHAT_SPARE_CONNECTIONS
#define LWCHAT_SPARE_CONNECTIONS 16
#endif

/**
 * Rooms that can exist at once; 1 to 250. At the limit a /join that would create one is refused.
 */
#ifndef LWCHAT_MAX_ROOMS
#define LWCHAT_MAX_ROOMS 128
#endif

/**
 * People that one person can ignore at once; 0 to 255. At the limit /ignore
 * is refused. 0: there is no /ignore.
 */
#ifndef LWCHAT_MAX_IGNORES
#define LWCHAT_MAX_IGNORES 8
#endif

/** Addresses and networks that can be banned at once; 1 or more. At the limit /ban is refused. */
#ifndef LWCHAT_MAX_BANS
#define LWCHAT_MAX_BANS 64
#endif

/** The TCP port that the server listens on unless told otherwise. */
#ifndef LWCHAT_PORT
#define LWCHAT_PORT 50000
#endif

/** The server's name unless told otherwise. No session can take it as a nick. */
#ifndef LWCHAT_NAME
#define LWCHAT_NAME "Marcel"
#endif

/**
 * The IPv4 address, in host byte order, that all peers share behind a
 * user-mode network (10.0.2.2). A ban that includes it is refused, as it
 * would lock everyone out.
 */
#ifndef LWCHAT_SHARED_ADDRESS
#define LWCHAT_SHARED_ADDRESS 0x0A000202UL
#endif

/** The same of IPv6, as four words in host byte order: fd6c:7763:6861::2. */
#ifndef LWCHAT_SHARED_ADDRESS6
#define LWCHAT_SHARED_ADDRESS6                                                                     \
    {                                                                                              \
        {0xFD6C7763UL, 0x68610000UL, 0}, 2                                                         \
    }
#endif

/**
 * 1: the server is found by its name on its link without any set-up. If no DHCP server answers it
 * takes a link-local address (RFC 3927), and it announces itself by mDNS (RFC 6762, 6763). It takes
 * 14 KiB of flash. The ports for PCs and the large boards set it.
 */
#ifndef LWCHAT_MDNS
#define LWCHAT_MDNS 0
#endif

/** The host's name there, without ".local", unless told otherwise: letters, digits and '-'. */
#ifndef LWCHAT_HOSTNAME
#define LWCHAT_HOSTNAME "lwchat"
#endif

/**
 * 1: peers may connect over IPv6, too. Each address then takes 16 bytes instead of 4. lwIP needs
 * LWIP_IPV6. It takes 20 KiB of flash. The ports for PCs and the large boards set it.
 */
#ifndef LWCHAT_IPV6
#define LWCHAT_IPV6 0
#endif

/* --- Access --------------------------------------------------------------- */

/**
 * 1: newcomers can be asked for a password. It takes 4 KiB of flash, 12 bytes per session, and the
 * memory for LWCHAT_KEPT_GUESSES. The port for PCs sets it.
 */
#ifndef LWCHAT_PASSWORD
#define LWCHAT_PASSWORD 0
#endif

/**
 * The default password: a string, or NULL for none. A board's firmware always uses it.
 */
#ifndef LWCHAT_PASSWORD_TEXT
#define LWCHAT_PASSWORD_TEXT NULL
#endif

/** Maximum length of the password in bytes; 1 to LWCHAT_LINE_BYTES. */
#ifndef LWCHAT_PASSWORD_BYTES
#define LWCHAT_PASSWORD_BYTES 96
#endif

/** ms for which a connection may take to give the password. It is closed then. */
#ifndef LWCHAT_PASSWORD_MS
#define LWCHAT_PASSWORD_MS 60000
#endif

/** Wrong passwords after which a connection is closed; 1 to 3. */
#ifndef LWCHAT_TRIES
#define LWCHAT_TRIES 3
#endif

/** Wrong passwords after which an address is refused; 1 to 255. */
#ifndef LWCHAT_GUESSES
#define LWCHAT_GUESSES 5
#endif

/** ms after the last wrong password of an address until they are forgotten. */
#ifndef LWCHAT_GUESSES_MS
#define LWCHAT_GUESSES_MS 60000
#endif

/**
 * Addresses whose wrong passwords are counted; 1 or more. No entry is replaced before it is
 * LWCHAT_GUESSES_MS old, so that nobody can reset a count. Peers that are not counted, at the limit
 * or on a user-mode network, are never refused; their passwords are delayed instead: see
 * LWCHAT_GUESS_MS.
 */
#ifndef LWCHAT_KEPT_GUESSES
#define LWCHAT_KEPT_GUESSES 256
#endif

/**
 * ms by which each wrong password of a peer that is not counted lengthens a shared delay. The delay
 * shrinks as time passes; each password waits half of it, 5 s at most.
 */
#ifndef LWCHAT_GUESS_MS
#define LWCHAT_GUESS_MS 200
#endif

/**
 * 1: a proxy can tell whose connections it passes on, by the PROXY protocol. It takes a listener,
 * and 600 bytes for each of LWCHAT_PROXY_HEADERS. The port for PCs sets it.
 */
#ifndef LWCHAT_PROXY
#define LWCHAT_PROXY 0
#endif

/** TCP port for the proxy unless told otherwise. */
#ifndef LWCHAT_PROXY_PORT
#define LWCHAT_PROXY_PORT 50001
#endif

/** Headers that can be read at once; 1 or more. At the limit new connections wait in the backlog.
 */
#ifndef LWCHAT_PROXY_HEADERS
#define LWCHAT_PROXY_HEADERS 32
#endif

/** ms within which a connection there must have sent its header. It is reset then. */
#ifndef LWCHAT_PROXY_MS
#define LWCHAT_PROXY_MS 5000
#endif

/* --- Text --------------------------------------------------------------- */

/**
 * Maximum length of a line in bytes, without its end; 96 to 4096. A longer
 * line is rejected as a whole, and its sender is told so. The server's own
 * sentences need at least 96.
 */
#ifndef LWCHAT_LINE_BYTES
#define LWCHAT_LINE_BYTES 1024
#endif

/**
 * Maximum length in bytes of one message to a peer that gets no line ends; 96
 * to 1024, so that the sender's name and some of the text fit. A longer line
 * is sent as several messages, each with the name. Such a peer reads up to
 * 1,024 bytes at once, as its protocol specifies: it would take the rest of a
 * longer message for the next one.
 */
#ifndef LWCHAT_RAW_BYTES
#define LWCHAT_RAW_BYTES 1024
#endif

/**
 * Maximum length of a nick in bytes; 16 to 32. A nick has at most 16
 * characters; one outside ASCII takes two or three bytes.
 */
#ifndef LWCHAT_NICK_BYTES
#define LWCHAT_NICK_BYTES 32
#endif

/** Scripts that nicks can be written in; 1: Latin; 3: Latin, Greek and Cyrillic. */
#ifndef LWCHAT_NICK_SCRIPTS
#define LWCHAT_NICK_SCRIPTS 3
#endif

/**
 * Line buffers of LWCHAT_SHOWN_BYTES each; 2 or more. A buffer holds an incomplete line, or the
 * unsent rest of a line that a slow reader is being sent. One of them is reserved for such a rest
 * on the console. With 3 or more, a half-typed line on the console does not keep others waiting.
 *
 * When none is free, the line that has been incomplete longest, for at least LWCHAT_PARTIAL_MS,
 * is dropped and its sender is told. If no line is that old, the reader whose unsent rest is
 * oldest, at least LWCHAT_END_MS, is reset. Until one of these applies, new input waits in TCP, and
 * a reader is reset that is passed over in the middle of a line.
 */
#ifndef LWCHAT_LINE_BUFFERS
#define LWCHAT_LINE_BUFFERS 1024
#endif

/** ms after which an incomplete line may be dropped when buffers run out. */
#ifndef LWCHAT_PARTIAL_MS
#define LWCHAT_PARTIAL_MS 1000
#endif

/**
 * ms of silence after which a new connection counts as a person, who is
 * greeted and announced. By then health checks have disconnected, and clients
 * of other protocols have sent something.
 */
#ifndef LWCHAT_OPENING_MS
#define LWCHAT_OPENING_MS 20
#endif

/**
 * ms to wait for the rest of a first line that begins like an HTTP request or
 * another protocol, before what has arrived is taken for a chat message.
 */
#ifndef LWCHAT_REQUEST_MS
#define LWCHAT_REQUEST_MS 3000
#endif

/**
 * ms of silence after which text without a newline counts as a message, from
 * a peer that has never sent a newline.
 */
#ifndef LWCHAT_QUIET_MS
#define LWCHAT_QUIET_MS 250
#endif

/**
 * ms after which text from such a peer counts as a message even if the peer
 * never pauses. It is said when the next bytes arrive, at most
 * LWCHAT_QUIET_MS later. Text that has been arriving for LWCHAT_QUIET_MS is
 * also said when it reaches LWCHAT_LINE_BYTES.
 */
#ifndef LWCHAT_STREAM_MS
#define LWCHAT_STREAM_MS 750
#endif

/** As LWCHAT_QUIET_MS, if the last thing received was a single byte: a person is typing. */
#ifndef LWCHAT_QUIET_TYPED_MS
#define LWCHAT_QUIET_TYPED_MS 1500
#endif

/**
 * As LWCHAT_QUIET_MS, if several single bytes were received in a row: a person is typing on a
 * terminal that sends each key, and the line end is still to come.
 */
#ifndef LWCHAT_QUIET_KEYS_MS
#define LWCHAT_QUIET_KEYS_MS 15000
#endif

/**
 * Columns of the terminal on a serial line, which cannot report its width; 20
 * to 250. A longer line is continued on the next row, indented.
 */
#ifndef LWCHAT_CONSOLE_COLUMNS
#define LWCHAT_CONSOLE_COLUMNS 80
#endif

/**
 * Bytes after which a write to the console begins no further line. A serial line is slow: what it
 * does not take of a write is rendered again.
 */
#ifndef LWCHAT_CONSOLE_BYTES
#define LWCHAT_CONSOLE_BYTES 256
#endif

/* --- The log ------------------------------------------------------------ */

/**
 * Size of the message log in bytes; a power of two, at least four times the
 * largest record. When it is full the oldest record is overwritten, unless a
 * reader that keeps up has yet to read it: then senders wait.
 */
#ifndef LWCHAT_LOG_BYTES
#define LWCHAT_LOG_BYTES (1024UL * 1024UL)
#endif

/** Messages shown to a person who joins a room; 0 to 65535. */
#ifndef LWCHAT_HISTORY
#define LWCHAT_HISTORY 8
#endif

/** ms within which the connection of a reader that holds the log must accept some data. */
#ifndef LWCHAT_KEEP_UP_MS
#define LWCHAT_KEEP_UP_MS 250
#endif

/** Bytes a second that it must accept, averaged over LWCHAT_KEEP_UP_WINDOW_MS. */
#ifndef LWCHAT_KEEP_UP_BYTES_PER_S
#define LWCHAT_KEEP_UP_BYTES_PER_S 4096
#endif

/** ms over which the rate of a reader that holds the log is measured. */
#ifndef LWCHAT_KEEP_UP_WINDOW_MS
#define LWCHAT_KEEP_UP_WINDOW_MS 2000
#endif

/**
 * ms for which the log may be held in any minute: by each reader, and by all
 * those together that have paused for longer than LWCHAT_KEEP_UP_MS but still
 * reach LWCHAT_KEEP_UP_BYTES_PER_S. After that they are passed over and told
 * how many messages they missed. A reader below that rate is passed over at
 * once.
 */
#ifndef LWCHAT_HOLD_MS_PER_MINUTE
#define LWCHAT_HOLD_MS_PER_MINUTE 2000
#endif

/* --- Time --------------------------------------------------------------- */

/**
 * Lines a second that a session may send, in bursts of up to twice as many; 0 is no limit,
 * LWCHAT_MOST_RATE the most.
 */
#ifndef LWCHAT_RATE
#define LWCHAT_RATE 10
#endif
#define LWCHAT_MOST_RATE 1000000

/**
 * ms after which a connection that accepts none of its pending output is reset, even while it is
 * being closed.
 */
#ifndef LWCHAT_STALL_MS
#define LWCHAT_STALL_MS 300000
#endif

/**
 * ms that a kicked or refused connection has to receive its last bytes, and
 * that any other connection has to close its side once it has received them.
 * After that it is reset.
 */
#ifndef LWCHAT_END_MS
#define LWCHAT_END_MS 5000
#endif

/**
 * ms for which input that a peer sent before it reset its connection is still processed, at that
 * peer's rate, and at the rate of all such peers from its address. The rest is dropped and counted
 * on the console, in /stats if nobody was told that it came. Such connections take at most a
 * quarter of the places, and are evicted for newcomers.
 */
#ifndef LWCHAT_GONE_MS
#define LWCHAT_GONE_MS 60000
#endif

/** ms within which a shutdown completes, even if clients do not read. */
#ifndef LWCHAT_SHUTDOWN_MS
#define LWCHAT_SHUTDOWN_MS 1500
#endif

/**
 * ms after which a connection that has left the chat and accepts none of its
 * pending output gives up its place to a newcomer, if no other is free.
 */
#ifndef LWCHAT_GIVE_WAY_MS
#define LWCHAT_GIVE_WAY_MS 10000
#endif

/**
 * ms between announced arrivals, after a burst of as many as there are places. A person who comes
 * sooner is announced when they first say something, so people who only come and go are not heard
 * of.
 */
#ifndef LWCHAT_ARRIVAL_MS
#define LWCHAT_ARRIVAL_MS 100
#endif

/**
 * Addresses for which the used rate is remembered after a session leaves, so
 * that reconnecting does not reset it; 1 or more. At the limit the entry with
 * the least used rate is replaced.
 */
#ifndef LWCHAT_KEPT_RATES
#define LWCHAT_KEPT_RATES 256
#endif

/**
 * Reports to the operator about connections that are not people (health
 * checks, other protocols), remembered for a minute per kind and address, so
 * that they are not repeated; 1 or more. At the limit further ones are not
 * reported until an entry is a minute old.
 */
#ifndef LWCHAT_KEPT_STRANGERS
#define LWCHAT_KEPT_STRANGERS 64
#endif

/**
 * Bytes of an answer (/who, /help, /history …) that count against its requester's rate as one
 * line.
 */
#ifndef LWCHAT_ANSWER_BYTES
#define LWCHAT_ANSWER_BYTES 512
#endif

/**
 * Bytes of the log that a request for what is old (/history, /join, a program's "resume") goes back
 * by which count against its requester's rate as one line; whether it is shown them or not.
 */
#ifndef LWCHAT_BACK_BYTES
#define LWCHAT_BACK_BYTES 65536
#endif

/**
 * Bytes a second of private messages, replies and other records not shown to
 * a whole room that one person may add while such records fill more than half
 * of the log, so that they do not push out unread room messages; 1 to 1000.
 */
#ifndef LWCHAT_ASIDE_BYTES_PER_S
#define LWCHAT_ASIDE_BYTES_PER_S 64
#endif

/** Maximum ms by which such costs delay a person's next line; 1000 or more. */
#ifndef LWCHAT_COST_MS
#define LWCHAT_COST_MS 10000
#endif

/**
 * Seconds of silence before TCP sends keepalive probes; then the interval between probes, and
 * their number.
 */
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
 * 1: enables /mode json, for bots and bridges. It takes 3 KiB of flash, 4
 * bytes per session and per record in the log, 8 bytes per room, and line buffers
 * large enough for a line in which every character is escaped.
 */
#ifndef LWCHAT_JSON
#define LWCHAT_JSON 1
#endif

/**
 * 1: the operator's /op lets a session be a bridge to other servers: it says lines under others'
 * names, and has no limit to its rate. It needs LWCHAT_JSON, and takes 3 KiB of flash.
 */
#ifndef LWCHAT_BRIDGE
#define LWCHAT_BRIDGE LWCHAT_JSON
#endif

/** Addresses whose sessions are bridges; 1 to 255. At the limit /op is refused. */
#ifndef LWCHAT_MAX_BRIDGES
#define LWCHAT_MAX_BRIDGES 4
#endif

/**
 * 1: serves a page to browsers, which join over WebSocket: in JSON, or in lines of text without
 * LWCHAT_JSON. It takes 16 bytes per session, without LWCHAT_JSON 80 bytes more per line buffer,
 * and the memory for LWCHAT_HTTP_REQUESTS.
 */
#ifndef LWCHAT_HTTP
#define LWCHAT_HTTP LWCHAT_JSON
#endif

/**
 * 1: the console's /qr and the option --qr show the page's address as a QR
 * code. It takes 80 bytes of RAM, and a console of at least 66 columns.
 */
#ifndef LWCHAT_QR
#define LWCHAT_QR (LWCHAT_HTTP && LWCHAT_CONSOLE_COLUMNS >= 66)
#endif

/**
 * TCP port for browsers, if the server has an address of its own. 80 is the only port that URLs
 * may omit.
 */
#ifndef LWCHAT_HTTP_PORT
#define LWCHAT_HTTP_PORT 80
#endif

/** The same, if the server is reached through a port of the host. */
#ifndef LWCHAT_HTTP_HOST_PORT
#define LWCHAT_HTTP_HOST_PORT 8080
#endif

/**
 * Concurrent HTTP requests. Each takes about 150 bytes, and a connection in
 * addition to those of LWCHAT_MAX_SESSIONS. At the limit a connection that
 * has sent nothing is closed for the new one; if there is none, the new one
 * is answered with 503.
 */
#ifndef LWCHAT_HTTP_REQUESTS
#define LWCHAT_HTTP_REQUESTS 32
#endif

/**
 * ms within which the head of an HTTP request must be complete, and again within which its answer
 * must be accepted.
 */
#ifndef LWCHAT_HTTP_MS
#define LWCHAT_HTTP_MS 10000
#endif

/**
 * 1: IRC clients can join: irssi, WeeChat, HexChat and the like. It takes 11 KiB of flash, 8 bytes
 * per session, and a listener. The ports for PCs and the large boards set it.
 */
#ifndef LWCHAT_IRC
#define LWCHAT_IRC 0
#endif

/** TCP port for IRC clients. */
#ifndef LWCHAT_IRC_PORT
#define LWCHAT_IRC_PORT 6667
#endif

/**
 * ms for which a peer may be silent that has to introduce itself, as IRC clients do, before it is
 * in the chat. Its connection is closed then.
 */
#ifndef LWCHAT_ENTER_MS
#define LWCHAT_ENTER_MS 60000
#endif

/** 1: the port may have a real-time clock; the console and /time then show the time of day. */
#ifndef LWCHAT_CLOCK
#define LWCHAT_CLOCK 1
#endif

/* --- Files ------------------------------------------------------------------- */

/**
 * 1: the server is a service of a system with files: it takes options and commands from them, and
 * writes what is said to a log and to its history. It takes LWCHAT_JSON, 110 KiB of RAM, and a port
 * with port_file_read() and its like.
 */
#ifndef LWCHAT_FILES
#define LWCHAT_FILES 0
#endif

/** Size of a file of options or commands in bytes, at most. */
#ifndef LWCHAT_FILE_BYTES
#define LWCHAT_FILE_BYTES 16384
#endif

/* --- The client -------------------------------------------------------------- */

/**
 * 1: on a terminal the client shows colours, times and a line with the state of the connection,
 * completes words, comes back when the connection is lost, and finds servers and hosts on its link.
 * It takes 36 KiB of flash and 130 KiB of RAM, and a port with port_screen() and port_ask().
 */
#ifndef LWCHAT_SCREEN
#define LWCHAT_SCREEN 0
#endif

/* --- The firmware ------------------------------------------------------------ */

/** Commands that the firmware can add: lwchat_command(). 0 to 250; 12 bytes each on a Cortex-M. */
#ifndef LWCHAT_COMMANDS
#define LWCHAT_COMMANDS 8
#endif

/** Bytes of the answer to such a command; 32 to LWCHAT_LINE_BYTES. */
#ifndef LWCHAT_REPLY_BYTES
#define LWCHAT_REPLY_BYTES (LWCHAT_LINE_BYTES < 256 ? LWCHAT_LINE_BYTES : 256)
#endif

/**
 * Bytes of lines that are waiting to be said for lwchat_say(), each with its
 * room and 3 bytes more; 64 to 65535. At the limit lwchat_say() returns LWCHAT_AGAIN.
 */
#ifndef LWCHAT_SAY_BYTES
#define LWCHAT_SAY_BYTES 2048
#endif

/* --- The loop ----------------------------------------------------------- */

/** Maximum size in bytes of one write to a socket; LWCHAT_SHOWN_BYTES or more. */
#ifndef LWCHAT_SEND_BYTES
#define LWCHAT_SEND_BYTES 34816
#endif

/**
 * Lines of a block, which is rendered once for all sessions that read it. 0:
 * each line is rendered separately for each session.
 */
#ifndef LWCHAT_SHARED_LINES
#define LWCHAT_SHARED_LINES 1024
#endif

/**
 * Blocks for readers that are at different positions, in different rooms, or
 * that get lines in different forms. Each takes LWCHAT_SEND_BYTES, and 8 bytes
 * per line. If there are too few, lines are rendered again.
 */
#ifndef LWCHAT_SHARED_BLOCKS
#define LWCHAT_SHARED_BLOCKS 8
#endif

/** Maximum size in bytes of one read from a socket. */
#ifndef LWCHAT_RECEIVE_BYTES
#define LWCHAT_RECEIVE_BYTES 16384
#endif

/**
 * 1: a session's next write waits until lwIP reports the socket as writable,
 * so that TCP_SNDLOWAT limits how much of the stack's memory a stalled reader
 * holds. For small boards; with TCP_SND_BUF - 1 there is one write in flight.
 */
#ifndef LWCHAT_ONE_WRITE_IN_FLIGHT
#define LWCHAT_ONE_WRITE_IN_FLIGHT 0
#endif

/** Length of the listener's backlog, in connections. */
#ifndef LWCHAT_BACKLOG
#define LWCHAT_BACKLOG 128
#endif

/**
 * 1: over an lwIP of its own the loop may sleep in lwip_poll(), which sock_wake() ends: see
 * port_poll_ms(). port/any/ sets it.
 */
#ifndef LWCHAT_WAIT_IN_POLL
#define LWCHAT_WAIT_IN_POLL 0
#endif

/** With port/any/: ms after which the loop looks at a console that cannot wake it up. */
#ifndef LWCHAT_CONSOLE_MS
#define LWCHAT_CONSOLE_MS 50
#endif

/**
 * 1: there may be more connections than lwIP's ARP_TABLE_SIZE has neighbours. When more of them
 * than that talk at once, lwIP asks for their addresses again and again. Those behind a router
 * are one neighbour.
 */
#ifndef LWCHAT_FEW_NEIGHBOURS
#define LWCHAT_FEW_NEIGHBOURS 0
#endif

/* --- Derived ------------------------------------------------------------ */

/** Maximum length of a room's name in bytes, including the #; fixed by the protocol. */
#define LWCHAT_ROOM_BYTES 16
/** Maximum size in bytes of one line as it is sent, with its prefix and its end. */
#if LWCHAT_JSON
#define LWCHAT_SHOWN_BYTES                                                                         \
    (2 * LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 174 + LWCHAT_SEAL_BYTES)
#elif LWCHAT_IRC
/* A line goes out in several, each with its time, its sender and its room. */
#define LWCHAT_SHOWN_BYTES (LWCHAT_LINE_BYTES + (LWCHAT_LINE_BYTES / 256 + 2) * 256)
#elif LWCHAT_HTTP
#define LWCHAT_SHOWN_BYTES                                                                         \
    (LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 96 + 8 * LWCHAT_CLOCK)
#else
#define LWCHAT_SHOWN_BYTES                                                                         \
    (LWCHAT_LINE_BYTES + LWCHAT_NICK_BYTES + LWCHAT_ROOM_BYTES + 16 + 8 * LWCHAT_CLOCK)
#endif
/** Maximum size in bytes of a line end, or of the header of a WebSocket message. */
#define LWCHAT_SEAL_BYTES (LWCHAT_HTTP ? 4 : 2)

/** Maximum length in bytes of a name under which a bridge speaks, NICK@SERVER. */
#define LWCHAT_BRIDGED_BYTES (2 * LWCHAT_NICK_BYTES + 1)
/** The same of any name under which something is said. */
#define LWCHAT_FROM_BYTES (LWCHAT_BRIDGE ? LWCHAT_BRIDGED_BYTES : LWCHAT_NICK_BYTES)

/** 1: there are peers that introduce themselves, or give a password, before they enter the chat. */
#define LWCHAT_INTRODUCTIONS (LWCHAT_IRC || LWCHAT_PASSWORD)

/** Maximum number of connections that the server has open, without the listeners. */
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
#if LWCHAT_BRIDGE && !LWCHAT_JSON
#error "LWCHAT_BRIDGE: needs LWCHAT_JSON"
#endif
#if LWCHAT_MAX_BRIDGES < 1 || LWCHAT_MAX_BRIDGES > 255
#error "LWCHAT_MAX_BRIDGES: choose 1 to 255"
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
#if LWCHAT_KEPT_RATES < 1 || LWCHAT_KEPT_STRANGERS < 1 || LWCHAT_ANSWER_BYTES < 1 ||               \
    LWCHAT_BACK_BYTES < 1
#error                                                                                             \
    "LWCHAT_KEPT_RATES, LWCHAT_KEPT_STRANGERS, LWCHAT_ANSWER_BYTES, LWCHAT_BACK_BYTES: choose 1 or more"
#endif
#if LWCHAT_PROXY_HEADERS < 1
#error "LWCHAT_PROXY_HEADERS: choose 1 or more"
#endif
#if LWCHAT_PASSWORD_BYTES < 1 || LWCHAT_PASSWORD_BYTES > LWCHAT_LINE_BYTES
#error "LWCHAT_PASSWORD_BYTES: choose 1 to LWCHAT_LINE_BYTES"
#endif
#if LWCHAT_PASSWORD && LWCHAT_HTTP && !LWCHAT_JSON
#error "LWCHAT_PASSWORD: the page asks for it in JSON, so it needs LWCHAT_JSON, or no LWCHAT_HTTP"
#endif
#if LWCHAT_TRIES < 1 || LWCHAT_TRIES > 3
#error "LWCHAT_TRIES: choose 1 to 3"
#endif
#if LWCHAT_GUESSES < 1 || LWCHAT_GUESSES > 255 || LWCHAT_KEPT_GUESSES < 1
#error "LWCHAT_GUESSES, LWCHAT_KEPT_GUESSES: choose 1 or more, and LWCHAT_GUESSES up to 255"
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
#if LWCHAT_CONSOLE_MS < 1 || LWCHAT_CONSOLE_MS > 1000
#error "LWCHAT_CONSOLE_MS: choose 1 to 1000"
#endif
#if LWCHAT_FILES && !(LWCHAT_JSON && LWCHAT_CLOCK)
#error "LWCHAT_FILES: needs LWCHAT_JSON and LWCHAT_CLOCK"
#endif
#if LWCHAT_COMMANDS < 0 || LWCHAT_COMMANDS > 250
#error "LWCHAT_COMMANDS: choose 0 to 250"
#endif
#if LWCHAT_REPLY_BYTES < 32 || LWCHAT_REPLY_BYTES > LWCHAT_LINE_BYTES
#error "LWCHAT_REPLY_BYTES: choose 32 to LWCHAT_LINE_BYTES"
#endif
#if LWCHAT_SAY_BYTES < 64 || LWCHAT_SAY_BYTES > 65535
#error "LWCHAT_SAY_BYTES: choose 64 to 65535"
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
#if LWCHAT_CONSOLE_BYTES < 1
#error "LWCHAT_CONSOLE_BYTES: choose 1 or more"
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
#if LWCHAT_RATE < 0 || LWCHAT_RATE > LWCHAT_MOST_RATE
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

/* Outside the include guard: lwipopts.h may include this file before lwIP's sizes are defined. */
#if defined(LWIP_HDR_OPT_H) && defined(MEMP_NUM_NETCONN) && defined(TCP_SND_BUF)
#if !(defined(LWIP_SOCKET_OPEN_COUNT) && LWIP_SOCKET_OPEN_COUNT) &&                                \
    MEMP_NUM_NETCONN < LWCHAT_MAX_CONNECTIONS + 2 + 2 * (LWCHAT_HTTP + LWCHAT_IRC) + LWCHAT_PROXY
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_NETCONN must be LWCHAT_MAX_CONNECTIONS + 2 or more: one waits for a place, and one listens; with LWCHAT_HTTP twice, with LWCHAT_IRC once more. Or lower LWCHAT_MAX_SESSIONS, LWCHAT_SPARE_CONNECTIONS, LWCHAT_HTTP_REQUESTS"
#endif
#if !MEMP_MEM_MALLOC && MEMP_NUM_TCP_PCB < LWCHAT_MAX_CONNECTIONS + 1 + LWCHAT_HTTP + LWCHAT_IRC
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_TCP_PCB must be LWCHAT_MAX_CONNECTIONS + 1 or more: one waits for a place; with LWCHAT_HTTP twice, with LWCHAT_IRC once more"
#endif
#if LWIP_ARP && !LWCHAT_FEW_NEIGHBOURS && ARP_TABLE_SIZE < LWCHAT_MAX_CONNECTIONS + 1
#error                                                                                             \
    "lwipopts.h: ARP_TABLE_SIZE must be LWCHAT_MAX_CONNECTIONS + 1 or more: each may be a neighbour, and there is a router. Or set LWCHAT_FEW_NEIGHBOURS"
#endif
#if LWIP_ARP && ARP_QUEUEING && !MEMP_MEM_MALLOC && MEMP_NUM_ARP_QUEUE < ARP_TABLE_SIZE
#error                                                                                             \
    "lwipopts.h: MEMP_NUM_ARP_QUEUE must be ARP_TABLE_SIZE or more, or some wait for others' addresses"
#endif
#if LWCHAT_IPV6 && !LWCHAT_FEW_NEIGHBOURS && !defined(LWCHAT_ND6_NARROW) &&                        \
    (LWIP_ND6_NUM_NEIGHBORS < LWCHAT_MAX_CONNECTIONS + 1 ||                                        \
     LWIP_ND6_NUM_DESTINATIONS < LWCHAT_MAX_CONNECTIONS)
#error                                                                                             \
    "lwipopts.h: LWIP_ND6_NUM_NEIGHBORS must be LWCHAT_MAX_CONNECTIONS + 1 or more, LWIP_ND6_NUM_DESTINATIONS LWCHAT_MAX_CONNECTIONS. Or set LWCHAT_FEW_NEIGHBOURS"
#endif
/* With 0 the size of a mailbox is up to sys_arch.c. */
#if DEFAULT_ACCEPTMBOX_SIZE != 0 && DEFAULT_ACCEPTMBOX_SIZE < 2 * LWCHAT_BACKLOG
#error                                                                                             \
    "lwipopts.h: DEFAULT_ACCEPTMBOX_SIZE must be twice LWCHAT_BACKLOG: who leaves before it is accepted keeps a place"
#endif
#if LWCHAT_ONE_WRITE_IN_FLIGHT && TCP_SND_BUF < LWCHAT_SEND_BYTES
#error "lwipopts.h: TCP_SND_BUF must hold one write, LWCHAT_SEND_BYTES"
#endif
#if LWCHAT_ONE_WRITE_IN_FLIGHT && !MEMP_MEM_MALLOC && MEMP_NUM_TCP_SEG < LWCHAT_MAX_CONNECTIONS
#error "lwipopts.h: MEMP_NUM_TCP_SEG must be LWCHAT_MAX_CONNECTIONS or more"
#endif
#endif
