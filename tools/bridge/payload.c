#include "payload.h"

#include <stdio.h>
#include <string.h>

#include "core/nick.h"
#include "core/room.h"
#include "core/text.h"
#include "net/client_event.h"

/* No number of a server is larger, so that any program can read it (RFC 8259, 6). */
static const uint64_t largest = (UINT64_C(1) << 53) - 1;

/* A string of the payload, as a C string. @return false if it is too long. */
static bool take_string(struct client_string string, char *out, size_t bytes)
{
    if (string.bytes >= bytes) {
        return false;
    }
    memcpy(out, string.bytes == 0 ? "" : string.text, string.bytes);
    out[string.bytes] = '\0';
    return true;
}

/* What is said on other servers when somebody comes or goes. */
static bool take_presence(const struct client_event *event, char *text, size_t bytes)
{
    if (event->type == EVENT_NICK) {
        if (event->to.bytes == 0 || !nick_valid(event->to.text, event->to.bytes)) {
            return false;
        }
        (void)snprintf(text, bytes, "is now %.*s", (int)event->to.bytes, event->to.text);
    } else {
        (void)snprintf(text, bytes, "%s", event->type == EVENT_JOIN ? "joined" : "left");
    }
    return true;
}

static bool kind_of(const struct client_event *event, struct store_message *message)
{
    switch (event->type) {
    case EVENT_MESSAGE:
        message->kind = STORE_MESSAGE;
        break;
    case EVENT_ACTION:
        message->kind = STORE_ACTION;
        break;
    case EVENT_JOIN:
    case EVENT_LEAVE:
    case EVENT_NICK:
        message->kind = STORE_PRESENCE;
        break;
    case EVENT_HELLO:
        message->kind = STORE_STARTED;
        break;
    case EVENT_MISSED:
        message->kind = STORE_MISSED;
        break;
    default:
        return false;
    }
    return true;
}

/* True if the topic is that of the room and the server. */
static bool is_topic(const char *prefix, const char *topic, const char *room, const char *server)
{
    size_t prefix_bytes = strlen(prefix);
    size_t room_bytes = strlen(room) - 1;

    return strncmp(topic, prefix, prefix_bytes) == 0 && topic[prefix_bytes] == '/' &&
           strncmp(topic + prefix_bytes + 1, room + 1, room_bytes) == 0 &&
           topic[prefix_bytes + 1 + room_bytes] == '/' &&
           strcmp(topic + prefix_bytes + room_bytes + 2, server) == 0;
}

bool payload_read(const char *prefix, const char *topic, char *payload, size_t bytes,
                  struct store_message *message)
{
    static char room[LWCHAT_ROOM_BYTES + 1], server[LWCHAT_NICK_BYTES + 1];
    static char from[LWCHAT_NICK_BYTES + 1], text[LWCHAT_LINE_BYTES + 1];
    struct client_event event;

    if (!client_event_read(&event, payload, bytes) || !kind_of(&event, message) ||
        !take_string(event.room, room, sizeof room) ||
        !take_string(event.server, server, sizeof server) ||
        !take_string(event.from, from, sizeof from) ||
        !take_string(event.text, text, sizeof text) || !room_valid(room, strlen(room)) ||
        event.start > largest || event.seq > largest || event.count > largest ||
        server[0] == '\0' || !nick_valid(server, strlen(server)) ||
        !is_topic(prefix, topic, room, server)) {
        return false;
    }
    bool says = message->kind == STORE_MESSAGE || message->kind == STORE_ACTION;
    if (message->kind == STORE_PRESENCE && !take_presence(&event, text, sizeof text)) {
        return false;
    }
    if ((says || message->kind == STORE_PRESENCE) &&
        (!store_is_person(from, strlen(from)) || text_is_blank(text, strlen(text)))) {
        return false;
    }
    message->room = room;
    message->server = server;
    message->start = event.start;
    message->seq = event.seq;
    message->count = event.count;
    message->from = from;
    message->text = text;
    message->to = "";
    return true;
}
