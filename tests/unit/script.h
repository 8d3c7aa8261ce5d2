/**
 * @file
 * A world for the client's loop: sockets, console and clock, all scripted.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "unit.h"

#include "lwchat_error.h"
#include "net/client.h"

struct script {
    uint32_t now_ms;
    uint32_t until_ms;               /* no wait is longer */
    int resolve, connect, connected; /* what these give */
    bool open;
    char arrived[2048]; /* from the server */
    size_t arrived_bytes;
    bool server_ended, server_reset;
    size_t got, acknowledged; /* bytes that the server has got, and says so of */
    bool silent;
    size_t send_room; /* what the connection takes now */
    char sent[8192];  /* '|' stands between writes */
    size_t sent_bytes;
    uint32_t sent_ms;
    bool finished;
    uint32_t finished_ms;
    char typed[4096];
    size_t typed_bytes;
    bool input_ended;
    bool starved; /* the client has read all that was typed */
    size_t console_room;
    bool console_gone;
    char out[16384];
    size_t out_bytes;
    char complaint[2048];
    bool stopping;
    uint32_t last_wait_ms;
};
extern struct script world;
extern struct client client;
extern struct client_config config;

/** A client that connects to "here". */
void begin(enum client_framing framing, const char *nick);

/** A board's client, which waits for /connect. */
void begin_board(void);

/** The server says something; somebody types something. */
void arrives(const char *text);
void is_typed(const char *text);

/** What the server has got. */
const char *sent(void);

/** Runs for some time, or to the end; a loop that spins fails. @return false at the end. */
bool run_ms(uint32_t ms);

#endif
