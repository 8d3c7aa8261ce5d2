/**
 * @file
 * The command line.
 */
#ifndef BRIDGE_OPTIONS_H
#define BRIDGE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwchat_config.h"

enum { OPTIONS_MAX_SERVERS = 256, OPTIONS_MAX_ROOMS = 32, OPTIONS_HOST_BYTES = 128 };

struct options_address {
    char at[OPTIONS_HOST_BYTES + 8]; /**< HOST:PORT */
    char host[OPTIONS_HOST_BYTES];
    uint16_t port;
};

struct options {
    struct options_address server[OPTIONS_MAX_SERVERS];
    unsigned servers;
    struct options_address broker;
    const char *room[OPTIONS_MAX_ROOMS];
    unsigned rooms;
    const char *prefix;
    const char *nick;
    const char *state;
    char server_password[LWCHAT_PASSWORD_BYTES + 2]; /**< for the servers; "": none */
    const char *user, *password_file;
    const char *tls_ca, *tls_cert, *tls_key;
    bool presence;
    bool verbose;
};

/**
 * Reads the command line. Answers --help and --version, and refuses what is wrong, itself.
 * @return -1: go on; otherwise the exit code.
 */
int options_read(struct options *options, int argc, char **argv);

/** Reads the first line of a file, without its end. @return false if it is empty, or unreadable. */
bool options_first_line(const char *path, char *line, size_t bytes);

#endif
