/**
 * @file
 * Scripted sockets, console and clock for the client's loop.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "unit.h"

#include "lwchat_error.h"
#include "net/client.h"
#include "port.h"

struct script {
    uint32_t now_ms;
    uint32_t until_ms;               /* no wait extends beyond it */
    int resolve, connect, connected; /* what these return */
    bool open;
    char arrived[2048]; /* from the server */
    size_t arrived_bytes;
    bool server_ended, server_reset;
    size_t got, acknowledged; /* bytes that the server has received, and acknowledged */
    bool silent;
    size_t send_room; /* bytes that the connection accepts now */
    char sent[8192];  /* '|' separates writes */
    size_t sent_bytes;
    uint32_t sent_ms;
    bool finished;
    uint32_t finished_ms;
    char typed[4096];
    size_t typed_bytes;
    bool input_ended;
    bool starved; /* the client has read all typed input */
    size_t console_room;
    bool console_gone;
    char out[16384];
    size_t out_bytes;
    char complaint[8192];
    bool address_set; /* by port_set_address() */
    bool stopping;
    uint32_t last_wait_ms;
    uint32_t utc_s; /* 0: not known */
    bool screen;    /* the console is one */
    bool echoes, hides;
    char status[256];
    char log[16384];
    void (*complete)(void *context, const char *line, size_t bytes,
                     struct port_completion *completion);
    void *complete_context;
};
extern struct script world;
extern struct client client;
extern struct client_config config;

/** A client that connects to "here". */
void begin(enum client_framing framing, const char *nick);

/** A client at a screen, that connects to "here". */
void begin_on_screen(const char *nick);

/** A board's client, which waits for /connect. */
void begin_board(void);

/** The server sends something; the user types something. */
void arrives(const char *text);
void is_typed(const char *text);

/** What the server has received. */
const char *sent(void);

/** Runs for `ms`, or until the client ends; fails if the loop spins. @return false at the end. */
bool run_ms(uint32_t ms);

#endif
