/**
 * @file
 * The chat server as a part of a firmware. This is the one header that an
 * embedder needs:
 *
 *     #include "lwchat.h"
 *
 *     static enum lwchat_answer switch_led(void *arg, const struct lwchat_request *request,
 *                                          char *answer, size_t bytes)
 *     {
 *         led_set(strcmp(request->words, "on") == 0);
 *         snprintf(answer, bytes, "the LED is %s", request->words);
 *         return LWCHAT_TO_ROOM;
 *     }
 *
 *     void chat_task(void *arg) // once lwIP has an address
 *     {
 *         lwchat_command("!led on|off", switch_led, NULL);
 *         lwchat_serve(NULL);
 *     }
 *
 * and from any other task:
 *
 *     lwchat_say("#lobby", "the door has been opened");
 *
 * lwchat_serve() runs over one of this project's ports, or over any lwIP that
 * is up: then port/any/ is linked, and lwchat_platform() may tell it what the
 * system has. Limits are set in lwchatopts.h: see lwchat_config.h.
 */
#ifndef LWCHAT_H
#define LWCHAT_H

#include "lwchat_config.h"
#include "lwchat_error.h"
#if LWCHAT_PROXY
#include "lwchat_address.h"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- The server ------------------------------------------------------------ */

#if LWCHAT_PROXY
/** A proxy that passes connections on, each with a PROXY header before it. */
struct lwchat_proxy {
    struct lwchat_address network; /**< only from here are headers believed */
    uint8_t prefix;                /**< bits of it; ADDRESS_BITS: one address */
    bool shared;   /**< also from the address that all have on a user-mode network */
    uint16_t port; /**< TCP port for it alone; 0: there is no proxy */
};
#endif

/** Configuration of the server. Texts must stay valid while it runs. */
struct lwchat_config {
    const char *name;      /**< the server's name, a valid nick */
    uint32_t rate;         /**< lines a second and session, at most LWCHAT_MOST_RATE; 0: no limit */
    uint16_t max_sessions; /**< people at once; 1 to LWCHAT_MAX_SESSIONS */
    uint16_t per_address;  /**< people from one address at most; 0: no limit */
    uint16_t port;         /**< TCP port to listen on */
    uint16_t http_port;    /**< with LWCHAT_HTTP, TCP port for browsers; 0: no separate one */
    bool http_asked;       /**< fail if the server cannot listen on http_port */
    uint16_t irc_port;     /**< with LWCHAT_IRC, TCP port for IRC clients; 0: no separate one */
    bool irc_asked;        /**< fail if the server cannot listen on irc_port */
    bool qr;               /**< with LWCHAT_QR: show the page's address as a QR code at start-up */
    bool quiet;            /**< the console does not show messages */
    bool french;           /**< the server speaks French, not English */
#if LWCHAT_FILES
    const char *history; /**< the name of the file of port_history_open() in messages; NULL: none */
    bool log;            /**< what is said goes to the file of port_log_open() */
    const char *commands_file; /**< the name of `commands` in messages; NULL: there are none */
    const char *commands;      /**< lines with commands of the console, which are run first */
    size_t commands_bytes;
#endif
#if LWCHAT_PROXY
    struct lwchat_proxy proxy;
#endif
#if LWCHAT_PASSWORD
    /** What newcomers are asked for: 1 to LWCHAT_PASSWORD_BYTES bytes without control characters,
     * neither fin nor /quit. NULL: nothing. */
    const char *password;
#endif
};

/** Initializer of a struct lwchat_config with the defaults of lwchat_config.h. */
#define LWCHAT_DEFAULTS                                                                            \
    {                                                                                              \
        .name = LWCHAT_NAME, .rate = LWCHAT_RATE, .max_sessions = LWCHAT_MAX_SESSIONS,             \
        .port = LWCHAT_PORT, .http_port = LWCHAT_HTTP ? LWCHAT_HTTP_PORT : 0,                      \
        .irc_port = LWCHAT_IRC ? LWCHAT_IRC_PORT : 0                                               \
    }

/**
 * Runs the server in the calling task. Returns after lwchat_stop(), after the
 * operator's /shutdown, or when the port asks it to stop. All sessions are told
 * then, and their pending output is sent, for up to LWCHAT_SHUTDOWN_MS.
 *
 * The memory is static: one server runs at a time. The task needs about 2 KiB
 * of stack on a Cortex-M, besides what lwIP's sockets need.
 *
 * @param config  NULL: the defaults
 * @return 0; LWCHAT_IN_USE or LWCHAT_NO_MEMORY if it cannot listen;
 *         LWCHAT_BAD_ARGUMENT for a name that is not a valid nick, a
 *         max_sessions or rate out of range, a password that does not fit, or a
 *         file that is not a valid history; LWCHAT_FAILED if it cannot be cut.
 */
int lwchat_serve(const struct lwchat_config *config);

/** Ends lwchat_serve(), also one that has yet to begin. From any task. */
void lwchat_stop(void);

/** @return the number of people in the chat. From any task. */
unsigned lwchat_people(void);

/* --- What the firmware says -------------------------------------------------- */

/**
 * Sets the nick under which the firmware speaks, which nobody else can take.
 * The default is the server's name. Call it before lwchat_serve().
 *
 * @param nick  stays the caller's, and must stay valid while the server runs
 * @return 0, or LWCHAT_BAD_ARGUMENT if it is not a valid nick.
 */
int lwchat_nick(const char *nick);

/**
 * Says a line in a room, and wakes the server up. From any task, not from an
 * interrupt handler. Also before lwchat_serve(): it is said then. It is dropped if
 * nobody is in that room when the server gets to it.
 *
 * @param room  "#lobby", or NULL for all rooms
 * @param text  UTF-8, 1 to LWCHAT_LINE_BYTES bytes; copied. Control characters become '?'.
 * @return 0; LWCHAT_AGAIN while LWCHAT_SAY_BYTES are waiting to be said;
 *         LWCHAT_BAD_ARGUMENT for a bad room, or for a text that is empty or
 *         does not fit. On an error nothing is said.
 */
int lwchat_say(const char *room, const char *text);

/* --- Commands of the firmware -------------------------------------------------- */

/** A command that somebody has typed. All texts end with NUL, and are valid during the call. */
struct lwchat_request {
    const char *nick;  /**< who asks */
    const char *room;  /**< in which room; "" for the operator */
    const char *words; /**< what follows the command's name; "" if nothing does */
};

/** Who reads the answer. */
enum lwchat_answer {
    LWCHAT_TO_ASKER, /**< the asker alone, who alone has seen the command, too */
    LWCHAT_TO_ROOM   /**< everybody in the room, who have read the command before */
};

/**
 * Carries out a command. Runs in the task of lwchat_serve(), and must not block.
 *
 * @param answer  the answer goes here, NUL-terminated; an empty one is not sent
 * @param bytes   its size, LWCHAT_REPLY_BYTES + 1
 */
typedef enum lwchat_answer lwchat_run(void *arg, const struct lwchat_request *request, char *answer,
                                      size_t bytes);

/**
 * Adds a command. A line that begins with its name runs it; `!help` lists the
 * forms of all. From one task at a time, also while the server runs.
 *
 * @param form  its name, '!' and 1 to 15 letters or digits, then a space and what
 *              it takes, if anything: "!led on|off". At most 60 bytes. Must stay valid.
 * @param run   carries it out
 * @param arg   passed to `run`
 * @return 0; LWCHAT_NO_MEMORY when there are LWCHAT_COMMANDS; LWCHAT_BAD_ARGUMENT
 *         for a bad form; LWCHAT_IN_USE when there is one of that name, or for !help.
 */
int lwchat_command(const char *form, lwchat_run *run, void *arg);

/* --- What the system has: with port/any/ only ----------------------------------- */

/** Functions of the system. NULL takes the default. All but `panic` run in the server's task. */
struct lwchat_platform {
    /** Milliseconds since some start; wraps at 2^32. Default: sys_now(). */
    uint32_t (*now_ms)(void);
    /** Fills `buffer` with random bytes. Default: LWIP_RAND(); without it there must be one. */
    void (*entropy)(void *buffer, size_t bytes);
    /** Ends the program for a broken invariant; does not return. Default: LWIP_PLATFORM_ASSERT().
     */
    void (*panic)(const char *file, int line, const char *what);
    /** The time of day: UTC in seconds since 1970, and what to add for local time. @return false
     * while it is not known. Default: it never is. */
    bool (*clock)(uint32_t *utc_s, int32_t *local_s);
    /** Writes text for the operator without blocking; lines end with '\n'. @return the number of
     * bytes taken. Default: there is no console. */
    int (*console_write)(const char *text, size_t bytes);
    /** Reads what the operator types; lines end with '\n'. @return the number of bytes, 0 for
     * none now. Default: nothing. */
    int (*console_read)(char *buffer, size_t bytes);
    /** Sleeps until wake() is called or `timeout_ms` have passed. Set both or neither. Default: the
     * loop waits in lwip_poll(), and looks at the console every LWCHAT_CONSOLE_MS. */
    void (*wait)(uint32_t timeout_ms);
    /** Ends a wait(), or the next one if there is none now. From any task; also call it yourself
     * when frames have arrived. */
    void (*wake)(void);
};

/** Sets it. Call it before lwchat_serve(). `platform` must stay valid. */
void lwchat_platform(const struct lwchat_platform *platform);

#endif
