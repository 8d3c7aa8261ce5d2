#include "seat.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backoff.h"
#include "bridge.h"
#include "core/nick.h"
#include "core/text.h"
#include "core/words.h"
#include "net/client_event.h"
#include "log.h"
#include "lookup.h"

/*
 * LOOK_MS: between two looks if a lookup has ended. HELD_UP_MS: between two turns of the loop, if
 * the bridge itself was held up. REFUSED_MS: before the next attempt with a password that was
 * wrong. RETURN_MS: for something that was published to come back; RETURN_MOST_MS: the same, while
 * the broker sends something else each QUIET_MS. WINDOW: messages sent and not read back.
 * MAX_OUTBOX: messages for the broker; beyond that the server is not read. EARLIEST_S: smaller
 * times are counted from a board's start. OBJECT_BYTES: the longest object to a server.
 */
enum {
    ASK_MS = 1000,
    LOOK_MS = 20,
    PING_MS = 3000,
    SILENT_MS = 10000,
    HELD_UP_MS = 2500,
    REFUSED_MS = 60000,
    RETURN_MS = 5000,
    RETURN_MOST_MS = 60000,
    QUIET_MS = 1000,
    WINDOW = 100,
    MAX_OUTBOX = 10000,
    MAX_PINGS = 65535,
    EARLIEST_S = 1000000000,
    OBJECT_BYTES = 2 * LWCHAT_LINE_BYTES + 2 * STORE_NAME_BYTES + 64
};

void seat_open(struct seat *seat, struct bridge *bridge, const struct options_address *server,
               const char *room)
{
    seat->bridge = bridge;
    seat->server = server;
    seat->room = room;
    seat->position = store_position(&bridge->store, server->at, room);
    seat->told_before = seat->position->told;
    seat->socket = -1;
    seat->wait_ms = BACKOFF_FIRST_MS;
    seat->outbox_end = &seat->outbox;
}

/* Tells something once until the seat is live again. */
#define complain(seat, ...)                                                                        \
    do {                                                                                           \
        if (!(seat)->complained) {                                                                 \
            log_line(__VA_ARGS__);                                                                 \
            (seat)->complained = true;                                                             \
        }                                                                                          \
    } while (false)

/* --- The connection -------------------------------------------------------------------- */

/* The connection is reset: what the server has not had yet must not reach it later. */
static void drop(struct seat *seat)
{
    if (seat->socket >= 0) {
        (void)close(seat->socket);
    }
    lookup_free(seat->lookup);
    seat->lookup = NULL;
    seat->socket = -1;
    seat->state = SEAT_DOWN;
    seat->in_bytes = seat->out_bytes = 0;
    seat->pinged = false;
    seat->next_ms = seat->now_ms + backoff_next(&seat->wait_ms);
}

static void lose(struct seat *seat, const char *why)
{
    if (seat->bridge->ending) {
        /* it has left */
    } else if (seat->state == SEAT_LIVE) {
        log_line("%s %s: connection lost: %s", seat->server->at, seat->room, why);
    } else {
        complain(seat, "%s %s: not joined: %s", seat->server->at, seat->room, why);
    }
    drop(seat);
}

static void set_up(int file)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    int yes = 1;

    (void)fcntl(file, F_SETFL, O_NONBLOCK);
    (void)fcntl(file, F_SETFD, FD_CLOEXEC);
    (void)setsockopt(file, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    (void)setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* The next of a host's addresses, from the first again after the last. */
static const struct addrinfo *next_address(struct seat *seat, const struct addrinfo *found)
{
    const struct addrinfo *next = found;

    for (unsigned i = 0; next != NULL && i < seat->attempts; i++) {
        next = next->ai_next;
    }
    seat->attempts = next == NULL ? 1 : seat->attempts + 1;
    return next == NULL ? found : next;
}

static void begin_lookup(struct seat *seat)
{
    seat->lookup = lookup_begin(seat->server->host, seat->server->port);
    if (seat->lookup == NULL) {
        lose(seat, strerror(errno));
        return;
    }
    seat->state = SEAT_RESOLVING;
}

/* Connects, once the lookup has ended. */
static void open_connection(struct seat *seat)
{
    const struct addrinfo *found;
    int error;

    if (!lookup_ended(seat->lookup, &error, &found)) {
        return;
    }
    if (error != 0) {
        lose(seat, gai_strerror(error));
        return;
    }
    const struct addrinfo *address = next_address(seat, found);
    seat->socket = socket(address->ai_family, SOCK_STREAM, 0);
    error = seat->socket < 0 ? errno : 0;
    if (seat->socket >= 0) {
        set_up(seat->socket);
        error = connect(seat->socket, address->ai_addr, address->ai_addrlen) < 0 ? errno : 0;
    }
    lookup_free(seat->lookup);
    seat->lookup = NULL;
    if (error != 0 && error != EINPROGRESS) {
        lose(seat, strerror(error));
        return;
    }
    seat->state = SEAT_CONNECTING;
    seat->heard_ms = seat->now_ms;
}

/* Adds an object to what is to be sent, with its line end. */
static void send_text(struct seat *seat, const char *text, size_t bytes)
{
    if (bytes <= SEAT_OUT_BYTES - seat->out_bytes) {
        memcpy(seat->out + seat->out_bytes, text, bytes);
        seat->out_bytes += bytes;
    }
}

static void send_format(struct seat *seat, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void send_format(struct seat *seat, const char *format, ...)
{
    char text[256];
    va_list list;

    va_start(list, format);
    int bytes = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (bytes > 0 && (size_t)bytes < sizeof text) {
        send_text(seat, text, (size_t)bytes);
    }
}

static void ping(struct seat *seat)
{
    seat->ping = seat->ping % MAX_PINGS + 1;
    seat->pinged = true;
    seat->pinged_at = seat->sent;
    send_format(seat, "{\"ping\":%u}\n", seat->ping);
}

static void ask_nick(struct seat *seat)
{
    send_format(seat, "{\"cmd\":\"/nick %s\"}\n", seat->bridge->options.nick);
}

/* Asks to be let into the room, where it is and what it is called (hello), and if it may bridge. */
static void ask(struct seat *seat)
{
    if (!seat->in_room) {
        send_format(seat, "{\"cmd\":\"/join %s\"}\n", seat->room);
    }
    send_format(seat, "{\"cmd\":\"/mode json\"}\n");
    ping(seat);
}

/* --- To the broker ------------------------------------------------------------------------- */

static size_t put(char *out, size_t at, const char *text)
{
    size_t bytes = strlen(text);

    memcpy(out + at, text, bytes);
    return at + bytes;
}

/* Adds a string's characters. Clean text has no others that need to be escaped. */
static size_t put_escaped(char *out, size_t at, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '"' || text[i] == '\\') {
            out[at++] = '\\';
        }
        out[at++] = text[i];
    }
    return at;
}

static void add_outgoing(struct seat *seat, uint64_t seq, const char *payload, size_t bytes)
{
    struct seat_outgoing *outgoing = malloc(sizeof *outgoing + bytes);

    if (outgoing == NULL) {
        abort();
    }
    *outgoing = (struct seat_outgoing){.start = seat->read_start,
                                       .seq = seq,
                                       .count = seat->count,
                                       .time_s = seat->read_time_s,
                                       .confirmed = bytes == 0,
                                       .bytes = bytes};
    (void)snprintf(outgoing->server, sizeof outgoing->server, "%s", seat->name);
    memcpy(outgoing->payload, payload, bytes);
    *seat->outbox_end = outgoing;
    seat->outbox_end = &outgoing->next;
    seat->outbox_last = outgoing;
    seat->unsent = seat->unsent == NULL ? outgoing : seat->unsent;
    seat->outbox_count++;
}

/* Moves the position past what has come back. */
static void settle_outbox(struct seat *seat)
{
    struct seat_outgoing *outgoing;

    while ((outgoing = seat->outbox) != NULL && outgoing->confirmed) {
        seat->position->start = outgoing->start;
        seat->position->seq = outgoing->seq;
        seat->position->count = outgoing->count;
        seat->position->time_s = outgoing->time_s;
        seat->position->told -= outgoing->missed;
        seat->position->changed = true;
        seat->returned_ms = seat->now_ms;
        seat->outbox = outgoing->next;
        seat->outbox_end = seat->outbox == NULL ? &seat->outbox : seat->outbox_end;
        seat->unsent = seat->unsent == outgoing ? outgoing->next : seat->unsent;
        seat->outbox_count--;
        free(outgoing);
    }
}

static void publish(struct seat *seat, const char *type, uint64_t seq,
                    const struct client_event *event)
{
    char payload[4 * LWCHAT_LINE_BYTES + 4 * STORE_NAME_BYTES + 256];
    const struct client_string none = {"", 0};
    struct client_string to = event == NULL ? none : event->to;
    struct client_string from = event == NULL ? none : event->from;
    struct client_string text = event == NULL ? none : event->text;
    int written =
        snprintf(payload, sizeof payload,
                 "{\"server\":\"%s\",\"start\":%" PRIu64 ",\"seq\":%" PRIu64 ",\"count\":%" PRIu64
                 ",\"time\":%" PRIu64 ",\"type\":\"%s\",\"room\":\"%s\"",
                 seat->name, seat->read_start, seq, seat->count, event == NULL ? 0 : event->time_s,
                 type, seat->room);
    size_t bytes = (size_t)written;

    if (sizeof payload - bytes < 2 * (from.bytes + to.bytes + text.bytes) + 64) {
        return; /* no server sends as much */
    }
    if (from.bytes > 0) {
        bytes = put(payload, bytes, ",\"from\":\"");
        bytes = put_escaped(payload, bytes, from.text, from.bytes);
        bytes = put(payload, bytes, "\"");
    }
    if (to.bytes > 0) {
        bytes = put(payload, bytes, ",\"to\":\"");
        bytes = put_escaped(payload, bytes, to.text, to.bytes);
        bytes = put(payload, bytes, "\"");
    }
    if (text.bytes > 0) {
        bytes = put(payload, bytes, ",\"text\":\"");
        bytes = put_escaped(payload, bytes, text.text, text.bytes);
        bytes = put(payload, bytes, "\"");
    }
    bytes = put(payload, bytes, "}");
    add_outgoing(seat, seq, payload, bytes);
}

static void write_topic(const struct seat *seat, const struct seat_outgoing *outgoing, char *topic,
                        size_t bytes)
{
    (void)snprintf(topic, bytes, "%s/%s/%s", seat->bridge->options.prefix, seat->room + 1,
                   outgoing->server);
}

bool seat_publish(struct seat *seat)
{
    char topic[2 * STORE_NAME_BYTES];

    for (; seat->unsent != NULL; seat->unsent = seat->unsent->next) {
        struct seat_outgoing *outgoing = seat->unsent;
        bool is_first = outgoing == seat->outbox;
        if (seat->withheld && !is_first) {
            break; /* the first is to come back before the next is sent */
        }
        write_topic(seat, outgoing, topic, sizeof topic);
        if (!outgoing->confirmed &&
            !broker_publish(&seat->bridge->broker, topic, outgoing->payload, outgoing->bytes)) {
            return false;
        }
        seat->returned_ms = is_first ? seat->now_ms : seat->returned_ms;
    }
    settle_outbox(seat);
    return true;
}

/*
 * A broker acknowledges and drops what its user may not write (MQTT 3.1.1, 3.3.5). Then the first
 * message alone is sent again and again, so that none overtakes it once it is let through.
 */
static void look_for_returns(struct seat *seat)
{
    const struct broker *broker = &seat->bridge->broker;
    char topic[2 * STORE_NAME_BYTES];

    uint64_t waited_ms = seat->now_ms - seat->returned_ms;
    /* It comes back behind what waits in the broker, which may be much after an outage. */
    bool may_come = broker->heard_ms + QUIET_MS > seat->now_ms && waited_ms < RETURN_MOST_MS;

    if (!broker->ready || seat->outbox == NULL || seat->outbox == seat->unsent ||
        waited_ms < RETURN_MS || may_come) {
        return;
    }
    if (!seat->withheld) {
        write_topic(seat, seat->outbox, topic, sizeof topic);
        log_line("broker %s: what is published to %s does not come back: may --user write and read "
                 "it?",
                 broker->options->broker.at, topic);
    }
    seat->withheld = true;
    seat->unsent = seat->outbox;
}

void seat_came_back(struct seat *seat, const struct store_message *message)
{
    if (strcmp(message->room, seat->room) != 0) {
        return;
    }
    for (struct seat_outgoing *outgoing = seat->outbox;
         outgoing != NULL && outgoing != seat->unsent; outgoing = outgoing->next) {
        if (outgoing->start == message->start && outgoing->seq == message->seq &&
            outgoing->count == message->count && strcmp(outgoing->server, message->server) == 0) {
            outgoing->confirmed = true;
            settle_outbox(seat);
            if (seat->withheld) {
                log_line("broker %s: %s/%s/%s comes back", seat->bridge->options.broker.at,
                         seat->bridge->options.prefix, seat->room + 1, message->server);
                seat->withheld = false;
                seat->unsent = seat->outbox;
            }
            return;
        }
    }
}

void seat_publish_again(struct seat *seat)
{
    seat->unsent = seat->outbox;
}

/* --- To the server ------------------------------------------------------------------------ */

/* True if a message of the store is to be said here. */
static bool is_for(const struct seat *seat, const struct store_message *message)
{
    return store_is_for(seat->position, message) &&
           (message->kind != STORE_PRESENCE || seat->bridge->options.presence);
}

static void say(struct seat *seat, const struct store_message *message)
{
    bool says = message->kind == STORE_MESSAGE || message->kind == STORE_NOTICE;
    char object[OBJECT_BYTES];
    size_t bytes = put(object, 0, says ? "{\"say\":\"" : "{\"do\":\"");

    bytes = put_escaped(object, bytes, message->text, strlen(message->text));
    bytes = put(object, bytes, "\",\"from\":\"");
    bytes = put(object, bytes, message->from);
    bytes = put(object, bytes, "@");
    bytes = put(object, bytes, message->server);
    bytes = put(object, bytes, "\"}\n");
    send_text(seat, object, bytes);
}

/* All messages before `number` are said here. */
static void settle(struct seat *seat, uint64_t number)
{
    struct store_position *position = seat->position;

    position->changed = position->changed || position->cursor != number;
    for (; position->cursor < number; position->cursor++) {
        seat->in_flight -= position->cursor < seat->sent &&
                           is_for(seat, store_at(&seat->bridge->store, position->cursor));
    }
    seat->sent = seat->sent < number ? number : seat->sent;
}

/* The cursor was moved: counts again what is sent and not read back. */
static void recount(struct seat *seat)
{
    uint64_t cursor = seat->position->cursor;

    seat->sent = seat->sent < cursor ? cursor : seat->sent;
    seat->in_flight = 0;
    for (uint64_t i = cursor; i < seat->sent; i++) {
        seat->in_flight += is_for(seat, store_at(&seat->bridge->store, i));
    }
}

static void say_more(struct seat *seat)
{
    struct store_position *position = seat->position;
    const struct store_message *message;
    char text[STORE_NAME_BYTES];

    if (position->pushed) {
        position->pushed = false;
        recount(seat);
    }
    if (position->lost > 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64 " message%s from other servers %s missing",
                       position->lost, position->lost == 1 ? "" : "s",
                       position->lost == 1 ? "is" : "are");
        store_tell(&seat->bridge->store, seat->room, seat->name, seat->server->at, text);
        position->lost = 0;
        position->changed = true;
        return; /* it is written down before it is said */
    }
    while (seat->in_flight < WINDOW && seat->out_bytes < SEAT_OUT_BYTES / 2 &&
           (message = store_at(&seat->bridge->store, seat->sent)) != NULL) {
        if (is_for(seat, message)) {
            say(seat, message);
            seat->in_flight++;
        }
        seat->sent++;
    }
    if (seat->in_flight == 0) {
        settle(seat, seat->sent);
    }
}

/* --- From the server ----------------------------------------------------------------------- */

static bool is_text(struct client_string string, const char *text)
{
    return strlen(text) == string.bytes && memcmp(string.text, text, string.bytes) == 0;
}

static bool is_message(const struct client_event *event, const struct store_message *message)
{
    const char *at = memchr(event->from.text, '@', event->from.bytes);
    struct client_string nick = {event->from.text, (size_t)(at - event->from.text)};
    struct client_string server = {at + 1, event->from.bytes - nick.bytes - 1};

    return is_text(nick, message->from) && is_text(server, message->server) &&
           is_text(event->text, message->text);
}

/* The server has said what a bridge says: messages of the store, in their order. */
static void take_echo(struct seat *seat, const struct client_event *event)
{
    struct store_position *position = seat->position;
    const struct store_message *message;
    unsigned most = WINDOW;

    if (event->seq <= position->echo) {
        return; /* it is counted */
    }
    for (uint64_t i = position->cursor;
         most > 0 && (message = store_at(&seat->bridge->store, i)) != NULL; i++) {
        if (!is_for(seat, message)) {
            continue;
        }
        if (is_message(event, message)) {
            position->echo = event->seq;
            settle(seat, i + 1);
            return;
        }
        most--;
    }
    complain(seat, "%s %s: another bridge speaks there, too", seat->server->at, seat->room);
}

/* What no other bridge would understand is not published, either: it would not come back. */
static bool is_bridged(const struct seat *seat, const struct client_event *event)
{
    bool counts = event->type == EVENT_MESSAGE || event->type == EVENT_ACTION;

    return store_is_person(event->from.text, event->from.bytes) &&
           (counts ? !text_is_blank(event->text.text, event->text.bytes)
                   : seat->bridge->options.presence);
}

static void take_said(struct seat *seat, const struct client_event *event)
{
    bool counts = event->type == EVENT_MESSAGE || event->type == EVENT_ACTION;
    static const char *const types[] = {
        [EVENT_MESSAGE] = "message", [EVENT_ACTION] = "action", [EVENT_JOIN] = "join",
        [EVENT_LEAVE] = "leave",     [EVENT_NICK] = "nick",     [EVENT_KICK] = "leave"};

    if (event->seq <= seat->read_seq || seat->state < SEAT_RESUMING ||
        !is_text(event->room, seat->room)) {
        return;
    }
    seat->read_seq = event->seq;
    if (seat->first_join || event->time_s < seat->passed_s) {
        return;
    }
    seat->read_time_s = event->time_s;
    if (memchr(event->from.text, '@', event->from.bytes) != NULL) {
        take_echo(seat, event);
        add_outgoing(seat, event->seq, "", 0);
    } else if (is_bridged(seat, event)) {
        seat->count += counts;
        publish(seat, types[event->type], event->seq, event);
    } else {
        add_outgoing(seat, event->seq, "", 0);
    }
}

static void take_missed(struct seat *seat, uint64_t missed)
{
    char text[STORE_NAME_BYTES];

    if (missed == 0 || seat->state < SEAT_RESUMING) {
        return;
    }
    /* The low bits count the room's messages: these are not to be missed again. */
    seat->read_seq = (seat->read_seq & ~UINT64_C(0xFFFF)) | ((seat->read_seq + missed) & 0xFFFF);
    if (seat->first_join || seat->passed_s > 0) {
        return;
    }
    seat->count += missed;
    publish(seat, "missed", seat->read_seq, NULL);
    seat->outbox_last->missed = missed;
    uint64_t told = missed < seat->told_before ? missed : seat->told_before;
    seat->told_before -= told;
    missed -= told;
    if (missed == 0) {
        return;
    }
    seat->position->told += missed;
    seat->position->changed = true;
    (void)snprintf(text, sizeof text,
                   "%" PRIu64 " message%s of this room did not reach the other servers", missed,
                   missed == 1 ? "" : "s");
    store_tell(&seat->bridge->store, seat->room, seat->name, seat->server->at, text);
    log_line("%s %s: %s", seat->server->at, seat->room, text);
}

static bool name_in_use(const struct seat *seat, struct client_string name)
{
    const struct bridge *bridge = seat->bridge;

    for (unsigned i = 0; i < bridge->seats_count; i++) {
        const struct seat *other = &bridge->seats[i];
        if (other->server != seat->server && other->state >= SEAT_ASKING &&
            is_text(name, other->name)) {
            return true;
        }
    }
    return false;
}

static void take_hello(struct seat *seat, const struct client_event *event)
{
    seat->in_room = is_text(event->room, seat->room);
    if (event->to.bytes < sizeof seat->nick) {
        (void)snprintf(seat->nick, sizeof seat->nick, "%.*s", (int)event->to.bytes, event->to.text);
    }
    if (seat->state != SEAT_GREETING || event->from.bytes == 0 ||
        !nick_valid(event->from.text, event->from.bytes)) {
        return;
    }
    if (name_in_use(seat, event->from)) {
        complain(seat, "%s %s: not joined: another server is called %.*s, too: lwchatd --name",
                 seat->server->at, seat->room, (int)event->from.bytes, event->from.text);
        drop(seat);
        return;
    }
    (void)snprintf(seat->name, sizeof seat->name, "%.*s", (int)event->from.bytes, event->from.text);
    store_name(seat->position, seat->name);
    seat->start = (uint32_t)event->start;
    seat->state = SEAT_ASKING;
    ask_nick(seat);
    ask(seat);
}

/* What the last bridge had told, and the log does not tell this one to be lost, is not lost. */
static void forget_told(struct seat *seat)
{
    seat->position->changed = seat->position->changed || seat->told_before > 0;
    seat->position->told -= seat->told_before;
    seat->told_before = 0;
}

/* Nothing of this run is read yet. */
static void begin_run(struct seat *seat, uint64_t run)
{
    forget_told(seat);
    seat->read_start = run;
    seat->read_seq = seat->count = 0;
    if (!seat->first_join) {
        publish(seat, "hello", 0, NULL);
    }
}

/*
 * The server has an older log than the one that was read, of the same run: its file was restored.
 * Its numbers begin again. For the other bridges that is another run; the server knows its own by
 * the low half. What it still has of what was read is recognised by its time.
 */
static void go_back(struct seat *seat)
{
    begin_run(seat, seat->read_start + (UINT64_C(1) << 32));
    seat->position->echo = 0;
    seat->position->changed = true;
    lose(seat, "the server's log is older than what was read of it");
}

/*
 * The server lets it be a bridge: reads what was said since it was last there. Until the server has
 * executed this, what it sends has no number, so that nothing is taken for read that is not.
 */
static void resume(struct seat *seat)
{
    struct store_position *position = seat->position;

    seat->first_join = position->start == 0;
    if (seat->read_start == 0 && (uint32_t)position->start == seat->start) {
        seat->read_start = position->start;
        seat->read_seq = position->seq;
        seat->read_time_s = position->time_s;
        seat->count = position->count;
    } else if ((uint32_t)seat->read_start != seat->start) {
        begin_run(seat, seat->start);
    }
    if (position->echo_start != seat->start) {
        position->echo_start = seat->start;
        position->echo = 0;
        position->changed = true;
    }
    bool is_older = seat->read_seq == 0 && seat->read_start >> 32 > 0;
    seat->passed_s = is_older && seat->read_time_s >= EARLIEST_S ? seat->read_time_s : 0;
    seat->sent = position->cursor;
    seat->in_flight = 0;
    seat->state = SEAT_RESUMING;
    send_format(seat, "{\"resume\":{\"start\":%" PRIu64 ",\"seq\":%" PRIu64 "}}\n", seat->start,
                seat->read_seq);
    ping(seat);
}

static void go_live(struct seat *seat)
{
    struct store_position *position = seat->position;

    if (seat->first_join) {
        seat->first_join = false;
        position->start = seat->read_start;
        position->seq = seat->read_seq;
        position->count = seat->count = 0;
        position->changed = true;
    }
    if (strcmp(seat->nick, seat->bridge->options.nick) != 0) {
        ask_nick(seat); /* a connection that was lost may have had it until now */
    }
    forget_told(seat);
    seat->passed_s = 0;
    seat->state = SEAT_LIVE;
    seat->attempts--; /* the same address next time */
    seat->complained = false;
    seat->hinted[0] = '\0';
    seat->wait_ms = BACKOFF_FIRST_MS;
    log_line("%s %s: joined: %s", seat->server->at, seat->room, seat->name);
}

/* The operator has to let it be a bridge, by the nick that it has now. */
static void hint(struct seat *seat)
{
    if (strcmp(seat->hinted, seat->nick) != 0) {
        memcpy(seat->hinted, seat->nick, sizeof seat->hinted);
        log_line(
            "%s %s: not allowed to bridge yet: run /op bridge %s (or its address) on the console "
            "of %s",
            seat->server->at, seat->room, seat->nick, seat->name);
    }
}

/* All that was sent before the ping is done, or refused. */
static void take_pong(struct seat *seat, const struct client_event *event)
{
    if (event->count != seat->ping || !seat->pinged) {
        return;
    }
    seat->pinged = false;
    if (seat->state == SEAT_ASKING && !seat->in_room) {
        complain(seat, "%s %s: not joined: the server has too many rooms", seat->server->at,
                 seat->room);
        seat->next_ms = seat->now_ms + ASK_MS;
    } else if (seat->state == SEAT_ASKING && event->bridge) {
        resume(seat);
    } else if (seat->state == SEAT_ASKING) {
        hint(seat);
        seat->next_ms = seat->now_ms + ASK_MS;
    } else if (!event->bridge) {
        lose(seat, "it is no longer a bridge"); /* it begins again, without numbers */
    } else if (seat->state == SEAT_RESUMING) {
        go_live(seat);
    } else if (seat->state == SEAT_LIVE) {
        settle(seat, seat->pinged_at);
    }
}

static void take_error(struct seat *seat, const struct client_event *event)
{
    if (seat->state == SEAT_LIVE) {
        log_line("%s %s: refused: %.*s", seat->server->at, seat->room, (int)event->text.bytes,
                 event->text.text);
        if (!seat->pinged) {
            ping(seat);
        }
    } else if (seat->state == SEAT_RESUMING && seat->read_seq > 0 &&
               client_event_says(event->text, W_RESUME_BAD, NULL, NULL)) {
        go_back(seat);
    }
}

/*
 * What the server says before hello, in text: the question for the password, and its greeting. JSON
 * is requested after that, as anything else would be taken for the password.
 */
static void take_greeting(struct seat *seat, char *line, size_t bytes)
{
    const char *password = seat->bridge->options.server_password;
    struct client_event event;

    bytes -= line[bytes - 1] == '\r';
    bytes = text_clean(line, bytes, bytes);
    client_event_recognise(&event, line, bytes);
    bool question =
        event.type == EVENT_REPLY && client_event_says(event.text, W_PASSWORD, NULL, NULL);
    if (event.type == EVENT_ERROR) {
        char why[128];
        (void)snprintf(why, sizeof why, "%.*s", (int)event.text.bytes, event.text.text);
        lose(seat, why);
        seat->next_ms = seat->sent_password ? seat->now_ms + REFUSED_MS : seat->next_ms;
    } else if (question && password[0] == '\0') {
        lose(seat, "it asks for a password: --server-password");
    } else if (question && !seat->sent_password) {
        seat->sent_password = true;
        send_format(seat, "%s\n", password);
    } else if (!seat->requested_json) {
        seat->requested_json = true;
        send_format(seat, "/mode json\n");
    }
}

static void take_object(struct seat *seat, char *line, size_t bytes)
{
    struct client_event event;

    if (bytes == 0 || line[0] != '{' || !client_event_read(&event, line, bytes)) {
        if (seat->state == SEAT_GREETING && bytes > 0) {
            take_greeting(seat, line, bytes);
        }
        return;
    }
    switch (event.type) {
    case EVENT_HELLO:
        take_hello(seat, &event);
        break;
    case EVENT_MESSAGE:
    case EVENT_ACTION:
    case EVENT_JOIN:
    case EVENT_LEAVE:
    case EVENT_NICK:
    case EVENT_KICK:
        take_said(seat, &event);
        break;
    case EVENT_MISSED:
        take_missed(seat, event.count);
        break;
    case EVENT_PONG:
        take_pong(seat, &event);
        break;
    case EVENT_ERROR:
        take_error(seat, &event);
        break;
    default:
        break;
    }
}

static void take_lines(struct seat *seat)
{
    size_t at = 0;
    char *end;

    while (seat->socket >= 0 && (end = memchr(seat->in + at, '\n', seat->in_bytes - at)) != NULL) {
        take_object(seat, seat->in + at, (size_t)(end - seat->in) - at);
        at = (size_t)(end - seat->in) + 1;
    }
    if (seat->socket < 0) {
        return;
    }
    seat->in_bytes -= at;
    memmove(seat->in, seat->in + at, seat->in_bytes);
    if (seat->in_bytes == sizeof seat->in) {
        lose(seat, "not an lwchat server");
    }
}

/* --- The loop ---------------------------------------------------------------------------- */

static void connected(struct seat *seat)
{
    int error = 0;
    socklen_t size = sizeof error;

    (void)getsockopt(seat->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        lose(seat, strerror(error));
        return;
    }
    seat->state = SEAT_GREETING;
    seat->requested_json = seat->sent_password = false;
}

/*
 * Sets the clock. The loop comes here every second. If it does not, a name server or a disk has
 * held it up, which is not the server's silence.
 */
static void set_clock(struct seat *seat, uint64_t now_ms)
{
    if (now_ms - seat->now_ms >= HELD_UP_MS || seat->outbox_count >= MAX_OUTBOX) {
        seat->heard_ms += now_ms - seat->now_ms;
    }
    seat->now_ms = now_ms;
}

void seat_read(struct seat *seat, int events, uint64_t now_ms)
{
    set_clock(seat, now_ms);
    if (seat->socket < 0 || events == 0) {
        return;
    }
    if (seat->state == SEAT_CONNECTING) {
        connected(seat);
        return;
    }
    if (!(events & (POLLIN | POLLHUP | POLLERR))) {
        return;
    }
    ssize_t n = recv(seat->socket, seat->in + seat->in_bytes, sizeof seat->in - seat->in_bytes, 0);
    if (n > 0) {
        seat->heard_ms = seat->now_ms;
        seat->in_bytes += (size_t)n;
        take_lines(seat);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        lose(seat, n == 0 ? "the server has closed it" : strerror(errno));
    }
}

void seat_write(struct seat *seat)
{
    if (seat->state == SEAT_LIVE && !seat->bridge->ending) {
        say_more(seat);
    }
    if (seat->state <= SEAT_CONNECTING || seat->out_bytes == 0) {
        return;
    }
    ssize_t n = send(seat->socket, seat->out, seat->out_bytes, MSG_NOSIGNAL);
    if (n > 0) {
        seat->out_bytes -= (size_t)n;
        memmove(seat->out, seat->out + n, seat->out_bytes);
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        lose(seat, strerror(errno));
    }
}

void seat_poll(const struct seat *seat, struct pollfd *poll)
{
    bool reads = seat->state > SEAT_CONNECTING && seat->outbox_count < MAX_OUTBOX;
    bool writes = seat->state == SEAT_CONNECTING || seat->out_bytes > 0;

    poll->fd = seat->socket;
    poll->events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    poll->revents = 0;
}

/* Pings a server that is quiet. */
static void keep_alive(struct seat *seat)
{
    bool asks = seat->state == SEAT_ASKING && seat->now_ms >= seat->next_ms;
    bool quiet = seat->now_ms - seat->heard_ms >= PING_MS;

    if (seat->pinged || seat->state < SEAT_ASKING) {
        /* it is answered first */
    } else if (asks) {
        ask(seat);
    } else if (quiet) {
        ping(seat);
    }
    if (seat->now_ms - seat->heard_ms >= SILENT_MS) {
        lose(seat, "timed out");
    }
}

uint64_t seat_tick(struct seat *seat, uint64_t now_ms)
{
    set_clock(seat, now_ms);
    if (seat->state == SEAT_DOWN && now_ms >= seat->next_ms && !seat->bridge->ending) {
        begin_lookup(seat);
    }
    if (seat->state == SEAT_RESOLVING) {
        open_connection(seat);
    } else if (seat->state != SEAT_DOWN) {
        keep_alive(seat);
    }
    look_for_returns(seat);
    if (seat->state == SEAT_RESOLVING) {
        return LOOK_MS;
    }
    return seat->state == SEAT_DOWN && seat->next_ms > now_ms ? seat->next_ms - now_ms : ASK_MS;
}

void seat_leave(struct seat *seat)
{
    if (seat->state >= SEAT_ASKING) {
        send_format(seat, "{\"cmd\":\"/quit\"}\n");
        seat_write(seat);
    }
}

bool seat_is_busy(const struct seat *seat)
{
    return seat->outbox != NULL || (seat->state == SEAT_LIVE && seat->in_flight > 0);
}

void seat_close(struct seat *seat)
{
    drop(seat);
    while (seat->outbox != NULL) {
        struct seat_outgoing *outgoing = seat->outbox;
        seat->outbox = outgoing->next;
        free(outgoing);
    }
}
