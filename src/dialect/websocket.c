/*
 * Browsers, and other WebSocket clients (RFC 6455). Each message is a line of
 * another dialect: a frame's payload is unmasked and passed to that dialect as it
 * arrives; in the other direction each line goes out in a frame.
 *
 * The buffer of an incomplete line begins with the payload of a control frame,
 * which may arrive in the middle of a message, and which a Pong repeats (section
 * 5.5.3):
 *
 *     | bytes | payload of a Ping or Close ... | the message's line .......... |
 *     0       1                                CONTROL_BYTES
 */
#include "websocket.h"

#include "dialect.h"
#include "json.h"
#include "plain.h"

#include <string.h>

#if LWCHAT_HTTP

enum place { FIRST, LENGTH, LENGTH_HIGH, LENGTH_LOW, MASK, PAYLOAD = MASK + 4 };

enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0F,
    MASKED = 0x80,
    CONTROL_MOST = 125,
    LENGTH_16 = 126,
    CONTROL_BYTES = 128,
    STATUS_BYTES = 2,
    PART_BYTES = 64
};

_Static_assert(CONTROL_BYTES + LWCHAT_JSON * 96 + LWCHAT_LINE_BYTES <= LWCHAT_SHOWN_BYTES,
               "a line fits");

/* --- UTF-8 (section 8.1, RFC 3629) ---------------------------------------------- */

/*
 * What may follow: a new character, or that many more bytes of the current one.
 * After E0, ED, F0 and F4 the next byte has limits of its own, which exclude
 * overlong forms, surrogates, and what is beyond U+10FFFF.
 */
enum utf8 { WHOLE, ONE_MORE, TWO_MORE, THREE_MORE, AFTER_E0, AFTER_ED, AFTER_F0, AFTER_F4, WRONG };

static uint8_t utf8_begin(uint8_t byte)
{
    if (byte < 0x80) {
        return WHOLE;
    }
    if (byte < 0xC2 || byte > 0xF4) {
        return WRONG;
    }
    if (byte < 0xE0) {
        return ONE_MORE;
    }
    if (byte < 0xF0) {
        return byte == 0xE0 ? AFTER_E0 : byte == 0xED ? AFTER_ED : TWO_MORE;
    }
    return byte == 0xF0 ? AFTER_F0 : byte == 0xF4 ? AFTER_F4 : THREE_MORE;
}

static uint8_t utf8_next(uint8_t place, uint8_t byte)
{
    static const struct {
        uint8_t least, most, next;
    } rule[] = {
        [ONE_MORE] = {0x80, 0xBF, WHOLE},      [TWO_MORE] = {0x80, 0xBF, ONE_MORE},
        [THREE_MORE] = {0x80, 0xBF, TWO_MORE}, [AFTER_E0] = {0xA0, 0xBF, ONE_MORE},
        [AFTER_ED] = {0x80, 0x9F, ONE_MORE},   [AFTER_F0] = {0x90, 0xBF, TWO_MORE},
        [AFTER_F4] = {0x80, 0x8F, TWO_MORE},
    };

    if (place == WHOLE) {
        return utf8_begin(byte);
    }
    return byte < rule[place].least || byte > rule[place].most ? (uint8_t)WRONG : rule[place].next;
}

static uint8_t utf8_run(uint8_t place, const uint8_t *in, size_t bytes)
{
    for (size_t i = 0; i < bytes && place != WRONG; i++) {
        place = utf8_next(place, in[i]);
    }
    return place;
}

/* --- Input -------------------------------------------------------------------- */

/* The connection being read, and the dialect of its messages. */
struct hearing {
    const struct dialect *inner;
    bool objects; /* a newline in a message is a space, not the end of a line */
    struct framing *framing;
    struct websocket *socket;
    struct framing_line *line;
    enum framing_event *event;
};

static bool is_control(uint8_t head)
{
    return (head & 8) != 0;
}

static void fail(struct hearing *hearing, enum websocket_close why)
{
    hearing->socket->close = (uint8_t)why;
    hearing->socket->closed = true;
    *hearing->event = FRAMING_END;
}

/* Passes bytes of a message to its dialect. end_frame() adds the line's end. */
static size_t hear(struct hearing *hearing, const uint8_t *in, size_t bytes)
{
    struct framing_line *line = hearing->line;
    struct framing_line inner = *line;

    inner.text += CONTROL_BYTES;
    inner.begin = 0;
    inner.bytes = line->bytes > 0 ? (uint16_t)(line->bytes - CONTROL_BYTES) : 0;
    size_t used = hearing->inner->feed(hearing->framing, in, bytes, &inner, hearing->event);
    inner.text = line->text;
    inner.begin = (uint16_t)(inner.begin + CONTROL_BYTES);
#if LWCHAT_BRIDGE
    inner.from = (uint16_t)(inner.from + CONTROL_BYTES);
#endif
    if (inner.bytes > 0 || line->bytes > 0) {
        inner.bytes = (uint16_t)(inner.bytes + CONTROL_BYTES);
    }
    *line = inner;
    return used;
}

/* The payload of a Close: nothing, or a status and a reason (section 5.5.1). */
static void take_close(struct hearing *hearing)
{
    const uint8_t *payload = (const uint8_t *)hearing->line->text + 1;
    size_t bytes = (uint8_t)hearing->line->text[0];

    if (bytes == 0) {
        fail(hearing, WEBSOCKET_NORMAL);
        return;
    }
    unsigned status = bytes < STATUS_BYTES ? 0 : (unsigned)payload[0] << 8 | payload[1];
    /* Section 7.4.2; 1004 to 1006 and 1015 are not allowed in frames. */
    bool ours = status >= 1000 && status <= 1014 && !(status >= 1004 && status <= 1006);
    if (!ours && (status < 3000 || status > 4999)) {
        fail(hearing, WEBSOCKET_PROTOCOL);
    } else if (utf8_run(WHOLE, payload + STATUS_BYTES, bytes - STATUS_BYTES) != WHOLE) {
        fail(hearing, WEBSOCKET_NO_UTF8);
    } else {
        fail(hearing, WEBSOCKET_NORMAL);
    }
}

/* A frame's payload is complete. */
static void end_frame(struct hearing *hearing)
{
    struct websocket *socket = hearing->socket;
    uint8_t opcode = socket->head & OPCODE;

    socket->place = FIRST;
    if (opcode == PING) {
        *hearing->event = FRAMING_ANSWER;
    } else if (opcode == CLOSE) {
        take_close(hearing);
    }
    if (is_control(socket->head) || !(socket->head & FIN)) {
        return;
    }
    socket->message = false;
    if (socket->utf8 != WHOLE) {
        fail(hearing, WEBSOCKET_NO_UTF8);
        return;
    }
    if (*hearing->event == FRAMING_MORE) {
        (void)hear(hearing, (const uint8_t *)"\n", 1);
    }
    hearing->framing->flags &= (uint8_t) ~(FRAMING_SKIP | FRAMING_CR);
}

/* The head of a frame is complete. */
static void begin_payload(struct hearing *hearing)
{
    struct websocket *socket = hearing->socket;

    socket->place = PAYLOAD;
    socket->turn = 0;
    if (is_control(socket->head)) {
        hearing->line->text[0] = 0;
        if (hearing->line->bytes == 0) {
            hearing->line->bytes = CONTROL_BYTES;
        }
    }
    if (socket->left == 0) {
        end_frame(hearing);
    }
}

static void take_first(struct hearing *hearing, uint8_t byte)
{
    struct websocket *socket = hearing->socket;
    uint8_t opcode = byte & OPCODE;

    socket->head = byte;
    socket->place = LENGTH;
    if ((byte & RESERVED) || opcode > PONG || (opcode > BINARY && opcode < CLOSE) ||
        (is_control(byte) && !(byte & FIN)) ||
        (!is_control(byte) && socket->message != (opcode == CONTINUATION))) {
        fail(hearing, WEBSOCKET_PROTOCOL);
    } else if (opcode == BINARY) {
        fail(hearing, WEBSOCKET_NO_TEXT);
    } else if (opcode == TEXT) {
        socket->message = true;
        socket->utf8 = WHOLE;
        /* What was dropped was a control frame. */
        hearing->framing->flags &= (uint8_t)~FRAMING_SKIP;
    }
}

static void take_length(struct hearing *hearing, uint8_t byte)
{
    struct websocket *socket = hearing->socket;
    uint8_t length = byte & (uint8_t)~MASKED;

    socket->left = length;
    socket->place = length == LENGTH_16 ? LENGTH_HIGH : MASK;
    if (!(byte & MASKED) || (is_control(socket->head) && length > CONTROL_MOST)) {
        fail(hearing, WEBSOCKET_PROTOCOL);
    } else if (length > LENGTH_16) {
        fail(hearing, WEBSOCKET_TOO_LARGE); /* more than 65,535 */
    }
}

static void take_head(struct hearing *hearing, uint8_t byte)
{
    struct websocket *socket = hearing->socket;

    switch (socket->place) {
    case FIRST:
        take_first(hearing, byte);
        break;
    case LENGTH:
        take_length(hearing, byte);
        break;
    case LENGTH_HIGH:
        socket->left = (uint16_t)(byte << 8);
        socket->place = LENGTH_LOW;
        break;
    case LENGTH_LOW:
        socket->left |= byte;
        socket->place = MASK;
        if (socket->left < LENGTH_16) {
            fail(hearing, WEBSOCKET_PROTOCOL); /* not the shortest form */
        }
        break;
    default:
        socket->mask[socket->place - MASK] = byte;
        socket->place++;
        if (socket->place == PAYLOAD) {
            begin_payload(hearing);
        }
        break;
    }
}

static void unmask(const struct hearing *hearing, const uint8_t *in, size_t bytes, uint8_t *out)
{
    const struct websocket *socket = hearing->socket;

    for (size_t i = 0; i < bytes; i++) {
        out[i] = in[i] ^ socket->mask[(socket->turn + i) % sizeof socket->mask];
    }
}

static void take_control(struct hearing *hearing, const uint8_t *part, size_t bytes)
{
    char *text = hearing->line->text;

    if (hearing->line->bytes == 0) {
        /* The beginning of the payload was dropped, so the rest is meaningless. */
        if ((hearing->socket->head & OPCODE) == CLOSE) {
            fail(hearing, WEBSOCKET_NORMAL);
            return;
        }
        hearing->socket->head = FIN | PONG;
        hearing->line->bytes = CONTROL_BYTES;
    }
    memcpy(text + 1 + (uint8_t)text[0], part, bytes);
    text[0] = (char)((uint8_t)text[0] + bytes);
}

/* Takes part of a message. @return how much of it was used. */
static size_t take_text(struct hearing *hearing, uint8_t *part, size_t bytes)
{
    struct websocket *socket = hearing->socket;
    uint8_t utf8 = utf8_run(socket->utf8, part, bytes);

    if (utf8 == WRONG) {
        fail(hearing, WEBSOCKET_NO_UTF8);
        return bytes;
    }
    for (size_t i = 0; i < bytes && hearing->objects; i++) {
        part[i] = part[i] == '\n' ? ' ' : part[i];
    }
    size_t used = hear(hearing, part, bytes);
    socket->utf8 = used < bytes ? utf8_run(socket->utf8, part, used) : utf8;
    return used;
}

static size_t take_payload(struct hearing *hearing, const uint8_t *in, size_t bytes)
{
    struct websocket *socket = hearing->socket;
    uint8_t part[PART_BYTES];

    bytes = bytes < socket->left ? bytes : socket->left;
    bytes = bytes < sizeof part ? bytes : sizeof part;
    unmask(hearing, in, bytes, part);
    if (is_control(socket->head)) {
        take_control(hearing, part, bytes);
    } else {
        bytes = take_text(hearing, part, bytes);
    }
    socket->turn = (uint8_t)((socket->turn + bytes) % sizeof socket->mask);
    socket->left = (uint16_t)(socket->left - bytes);
    if (socket->left == 0 && !socket->closed) {
        end_frame(hearing);
    }
    return bytes;
}

static size_t feed(struct hearing *hearing, const uint8_t *in, size_t bytes)
{
    size_t used = 0;

    *hearing->event = FRAMING_MORE;
    if (hearing->line->bytes == 0) {
        hearing->line->text[0] = 0;
    }
    while (used < bytes && *hearing->event == FRAMING_MORE) {
        if (hearing->socket->place == PAYLOAD) {
            used += take_payload(hearing, in + used, bytes - used);
        } else {
            take_head(hearing, in[used++]);
        }
    }
    /* Between frames and messages there is nothing to store. */
    if (*hearing->event == FRAMING_MORE && hearing->line->bytes == CONTROL_BYTES &&
        hearing->socket->place != PAYLOAD) {
        hearing->line->bytes = 0;
    }
    return used;
}

/* --- Output ------------------------------------------------------------------- */

/* Section 5.2; what a server sends is not masked. */
static void put_head(struct shown *shown, enum opcode opcode)
{
    size_t bytes = shown->bytes;
    size_t head_bytes = bytes <= CONTROL_MOST ? 2 : 4;

    memmove(shown->text + head_bytes, shown->text, bytes);
    shown->text[0] = (char)(FIN | opcode);
    shown->text[1] = (char)(head_bytes == 2 ? bytes : LENGTH_16);
    if (head_bytes == 4) {
        shown->text[2] = (char)(bytes >> 8);
        shown->text[3] = (char)(bytes & 0xFF);
    }
    shown->bytes += head_bytes;
}

static void seal(struct shown *shown)
{
    put_head(shown, TEXT);
}

/* The same payload as the Ping's (section 5.5.3). */
static void answer(struct shown *shown)
{
    const struct chat_session *reader = shown->reader;

    if (reader->line != BUFFER_NONE) {
        const char *control = shown->chat->buffer[reader->line].text;
        shown->bytes = (uint8_t)control[0];
        memcpy(shown->text, control + 1, shown->bytes);
    }
    put_head(shown, PONG);
}

static void end(struct shown *shown)
{
    const struct chat_session *reader = shown->reader;
    enum websocket_close why = shown->chat->stopping ? WEBSOCKET_GOING_AWAY
                               : reader->kicked      ? WEBSOCKET_POLICY
                                                     : WEBSOCKET_NORMAL;

    if (reader->framing.websocket.closed) {
        why = (enum websocket_close)reader->framing.websocket.close;
    }
    unsigned status = 1000 + (unsigned)why;
    shown->text[0] = (char)(status >> 8);
    shown->text[1] = (char)(status & 0xFF);
    shown->bytes = STATUS_BYTES;
    put_head(shown, CLOSE);
}

/* --- The two dialects ---------------------------------------------------------- */

extern const struct dialect dialect_lines, dialect_json;

#if LWCHAT_JSON
static size_t feed_objects(struct framing *framing, const uint8_t *in, size_t bytes,
                           struct framing_line *line, enum framing_event *event)
{
    return feed(&(struct hearing){&dialect_json, true, framing, &framing->websocket, line, event},
                in, bytes);
}

const struct dialect dialect_websocket = {
    .feed = feed_objects,
    .greet = json_greet,
    .show = json_show,
    .say = json_say,
    .seal = seal,
    .answer = answer,
    .end = end,
    .unended = FRAMING_NOTHING,
    .reserved_bytes = CONTROL_BYTES,
    .framed = true,
};
#endif

static size_t feed_lines(struct framing *framing, const uint8_t *in, size_t bytes,
                         struct framing_line *line, enum framing_event *event)
{
    return feed(&(struct hearing){&dialect_lines, false, framing, &framing->websocket, line, event},
                in, bytes);
}

const struct dialect dialect_websocket_text = {
    .feed = feed_lines,
    .greet = plain_greet,
    .show = plain_show,
    .say = plain_say,
    .seal = seal,
    .answer = answer,
    .end = end,
    .unended = FRAMING_NOTHING,
    .reserved_bytes = CONTROL_BYTES,
    .framed = true,
};

#endif
