/**
 * @file
 * The operator's commands that set a board's network:
 *
 *     /wifi                    shows it, without its password
 *     /wifi SSID [PASSWORD]    joins a network
 *     /ap SSID [PASSWORD]      is an access point
 *     /forget                  forgets the network
 *
 * An SSID with spaces stands in quotes, in which \" is a quote and \\ a backslash. The rest of the
 * line is the password, with the spaces in it.
 */
#ifndef WIFI_COMMAND_H
#define WIFI_COMMAND_H

#include "settings.h"

enum wifi_command {
    WIFI_COMMAND_OTHER, /**< none of these: the line is for the server */
    WIFI_COMMAND_SHOW,
    WIFI_COMMAND_SAVE, /**< `settings` has been filled in */
    WIFI_COMMAND_FORGET,
    WIFI_COMMAND_WRONG /**< `*wrong` says why, in one line */
};

/** Reads a line without its end, NUL-terminated. Only WIFI_COMMAND_SAVE changes `settings`. */
enum wifi_command wifi_command_read(const char *line, struct settings *settings,
                                    const char **wrong);

/**
 * How many bytes of a line that is being typed may be shown: all of them, or those before the
 * password.
 */
size_t wifi_command_open_bytes(const char *line, size_t bytes);

#endif
