/**
 * @file
 * The command lines of both programs. A board has none: instead of options.c
 * it links options_fixed.c, which returns the built-in defaults.
 */
#ifndef LWCHAT_OPTIONS_H
#define LWCHAT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/words.h"
#include "../lwchat.h"
#include "../lwchat_config.h"
#include "../net/client.h"
#include "../port.h"

/** The program whose command line it is. The values are bits: an option can belong to both. */
enum options_program { OPTIONS_SERVER = 1, OPTIONS_CLIENT = 2 };

/** What the command line requests. */
enum options_outcome {
    OPTIONS_RUN,  /**< run the program */
    OPTIONS_SHOW, /**< write options_line() to standard output and exit with 0 */
    OPTIONS_BAD   /**< write options_line() to standard error and exit with 2 */
};

/** A parsed command line. Strings point into argv or to static storage. */
struct options {
    enum options_program program;
    enum words_language lang;
    struct port_config net;
    uint16_t port; /**< to listen on, or to connect to */
    bool help;
    bool version;

    /* lwchatd */
    const char *name;     /**< the server's name */
    uint32_t rate;        /**< lines a second for each session; 0 is no limit */
    uint32_t max_clients; /**< sessions at once, at most LWCHAT_MAX_SESSIONS */
#if LWCHAT_HTTP
    uint32_t http; /**< TCP port for browsers; 0: none */
    bool qr;       /**< show the page's address as a QR code */
#endif
#if LWCHAT_IRC
    uint32_t irc; /**< TCP port for IRC clients; 0: none */
#endif
    uint32_t per_address; /**< sessions from one address at most; 0 is no limit */
    bool quiet;           /**< do not show messages on the console */
#if LWCHAT_PROXY
    const char *proxy; /**< who passes connections on, or NULL */
    uint16_t proxy_port;
    struct lwchat_proxy believed; /**< the same */
#endif
#if LWCHAT_PASSWORD
    const char *password; /**< what newcomers are asked for, or lwchat answers; NULL: none */
#endif
#if LWCHAT_FILES
    const char *config;        /**< a file with options, or NULL */
    const char *commands_file; /**< a file with commands for the start, or NULL */
    const char *commands;      /**< its content */
    size_t commands_bytes;
    const char *history; /**< a file that keeps what was said, or NULL */
#endif

    /* lwchat */
    const char *host; /**< NULL: find a server; on a board, /connect on the console gives it */
    const char *nick; /**< NULL: none */
    enum client_framing framing;
#if LWCHAT_SCREEN
    enum client_return reconnect;
#endif

#if LWCHAT_SCREEN || LWCHAT_FILES
    const char *log; /**< a file for what is said, or NULL */
#endif

    /** The error, for options_line(); NULL: none. */
    const struct word *complaint;
    const char *culprit;
    const void *about; /**< the option concerned, or NULL */
#if LWCHAT_FILES
    unsigned line; /**< of the file of options, in which it is; 0: it is in none */
#endif
};

/**
 * Fills `options` with the defaults of `program`, then with the values on the
 * command line. Produces no output. If an option is repeated, the last one
 * counts; --lang applies to errors in the arguments after it. HOST:PORT is
 * split in place. With LWCHAT_FILES the options in the file of --config come
 * first, wherever that stands, and the files that are named are read, into
 * static storage.
 */
enum options_outcome options_read(struct options *options, enum options_program program, int argc,
                                  char *const argv[]);

/** Makes options_line() report that the output requested with OPTIONS_SHOW could not be written. */
void options_no_output(struct options *options);

/**
 * Writes line `number`, counted from 0, of the text that the outcome of
 * options_read() requires: the help, the version, or the one-line error
 * message. It has neither a NUL nor a newline; text that does not fit is
 * dropped.
 *
 * @return its length, at most `bytes`; LWCHAT_NOT_FOUND past the last line.
 */
int options_line(const struct options *options, unsigned number, char *line, size_t bytes);

#endif
