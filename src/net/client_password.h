/**
 * @file
 * The password that a server asks for before it greets. It is given by itself if it is known,
 * also when the connection is taken up again; otherwise the next line from the console is taken
 * for it, which a terminal does not show.
 */
#ifndef LWCHAT_CLIENT_PASSWORD_H
#define LWCHAT_CLIENT_PASSWORD_H

#include "../lwchat_config.h"
#include "client_event.h"

/** 1: the client recognises the question. */
#define CLIENT_PASSWORD (LWCHAT_PASSWORD && LWCHAT_SCREEN)

#if CLIENT_PASSWORD

struct client;

struct client_password {
    bool asks;                            /**< the server waits for it */
    bool greeted;                         /**< it has greeted, and asks no more */
    bool gave;                            /**< it was sent, and not judged yet */
    bool typed;                           /**< it comes from the console */
    bool reads;                           /**< and so it does on this connection */
    size_t sent;                          /**< bytes of it that were sent */
    size_t bytes;                         /**< 0: it is not known */
    char text[LWCHAT_PASSWORD_BYTES + 2]; /**< room for one that is too long, and a line end */
};

/** Takes over what the configuration has. */
void client_password_start(struct client *client);

/** Prepares for a new connection. */
void client_password_begin(struct client *client);

/** Looks for the question in what the server has just sent. */
void client_password_hear(struct client *client);

/** True if the event is the question, or says that the answer was wrong. */
bool client_password_is_asked(const struct client_event *event);

/** True while what is typed is taken for it, and must not be seen. */
bool client_password_hides(const struct client *client);

/** Answers the question, as far as it can. @return true while the server waits for that. */
bool client_password_waits(struct client *client, uint32_t now_ms);

#endif
#endif
