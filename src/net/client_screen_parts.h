/**
 * @file
 * Declarations shared by the source files of client_screen.h: the server's greeting is taken in
 * client_greet.c, what it says then is heard in client_hear.c, and what the user types is read in
 * client_type.c.
 */
#ifndef LWCHAT_CLIENT_SCREEN_PARTS_H
#define LWCHAT_CLIENT_SCREEN_PARTS_H

#include "client_parts.h"

/* --- client_screen.c ---------------------------------------------------------- */

struct client_string screen_text(const struct screen_name *name);
struct client_string screen_literal(const char *text);

/** Sets a name; one that is too long is none. */
void screen_set(struct screen_name *name, struct client_string text);

/** True if the name is `text`, and is one. */
bool screen_is(const struct screen_name *name, struct client_string text);

/** True while the server may still keep our lost connection, which then has our nick. */
bool screen_is_held(const struct client_screen *screen, uint32_t now_ms);

/** @return the entry of a nick that the user ignores, or of one that looks like it; or NULL. */
struct screen_name *screen_find_ignored(struct client_screen *screen, struct client_string nick);

/** Shows an event, and writes it to the log. */
void screen_view(struct client *client, const struct client_event *event, bool mine, bool mentions);

/** Shows one of the user's own, which is not written to the log. */
void screen_show_own(struct client *client, const struct client_event *event);

/** As screen_view(), for one that is only a text. */
void screen_view_text(struct client *client, enum client_event_type type,
                      struct client_string text);

/** Shows text as it is. What does not fit is left out. */
void screen_add(struct client_screen *screen, const char *text, size_t bytes);

/** As client_screen_say(), with a number. */
void screen_say_number(struct client *client, enum word_client word, uint32_t number);

/** True while JSON is spoken. */
bool screen_speaks_objects(const struct client_screen *screen);

/**
 * Writes a typed line in the server's dialect.
 * @param out  CLIENT_OBJECT_BYTES(bytes) long
 * @return the length, with its end.
 */
size_t screen_encode(const struct client_screen *screen, const char *line, size_t bytes, char *out);

/** Adds lines of the client's own, which are to be sent. @return false if there is no room. */
bool screen_wire(struct client_screen *screen, const char *text, size_t bytes);

/** Sends these unless others are on their way. @return true if there were any. */
bool screen_send_wire(struct client *client);

/** Sends a command in the server's dialect. @return false if there is no room: it is not sent. */
bool screen_command(struct client_screen *screen, const char *name, struct client_string word);

/** Expects the answer to a /who, not to be shown if `quiet`. */
void screen_note_who(struct client_screen *screen, bool quiet);

/** Asks for the people in the room, for completing names and for the status line. */
void screen_ask_who(struct client_screen *screen);

/** Puts text that was read for a server of another kind back in front of what was typed. */
void screen_put_back(struct client *client);

/** Notes something that is to be said, to recognise it when it comes once more. */
void screen_note_said(struct client_screen *screen, const struct client_event *event);

/**
 * True for something that this client has said, when it comes once more in the order in which all
 * was said. Its nick alone does not prove that: somebody else may have taken it.
 */
bool screen_has_said(struct client_screen *screen, const struct client_event *event);

/* --- client_greet.c ----------------------------------------------------------- */

/** The server is none of ours. */
void screen_be_foreign(struct client *client);

/** The server is ours, and has no JSON. */
void screen_speak_lines(struct client *client);

/** The server speaks JSON. */
void screen_hear_hello(struct client *client, const struct client_event *event);

/** This client is in a room. `back`: as it was before its connection was lost. */
void screen_enter(struct client *client, struct client_string room, bool back);

/** True if there is room to hold a line of so many bytes until the dialect is known. */
bool screen_can_hold(const struct client_screen *screen, size_t bytes);

/** Takes a line of the server's, for which there is room if lines are being held. */
void screen_take_line(struct client *client, char *line, size_t bytes);

/** Shows the next line that was held until the dialect was known. */
void screen_release(struct client *client);

/* --- client_hear.c ------------------------------------------------------------ */

/** Takes what the server says after its greeting. */
void screen_hear(struct client *client, const struct client_event *event);

#endif
