/*
 * Two WebSockets after the handshake, one in each subprotocol, and a peer that
 * reads lines. They send frames of any kind, most of them in a valid order, or
 * any bytes, split anywhere. A second parser, written from RFC 6455, follows
 * what each of them has sent: where and with which code it must be closed, and
 * which Pongs it must get. They must receive whole frames of a server; the
 * text in them, and what others read, must be safe.
 */
#include "core/session.h"
#include "fuzz.h"
#include "json.h"
#include "safe.h"
#include "stale.h"

#include <string.h>

enum { FIN = 0x80, MASKED = 0x80, CONTINUATION = 0, TEXT = 1, BINARY = 2 };
enum { CLOSE = 8, PING = 9, PONG = 10, CONTROL_MOST = 125 };
enum { WEBS = 2, HEAD_MOST = 14, PENDING_BYTES = 4096, SHOWN_BYTES = 2 * LWCHAT_SHOWN_BYTES };

/* --- What a peer sends, by RFC 6455 -------------------------------------------- */

/* The part of a character received so far. */
struct utf8 {
    unsigned bytes; /* 0: between two */
    uint8_t byte[4];
};

/* The part of a frame received so far, and the message it belongs to. */
struct sent {
    size_t head_bytes, payload_bytes, length;
    uint8_t head[HEAD_MOST];
    uint8_t control[CONTROL_MOST];
    bool message;
    struct utf8 utf8;
    bool lost;      /* the server has dropped the received part of a control frame */
    unsigned close; /* the code with which the server must close; 0: it must not */
    bool ping;      /* a Ping must be answered: nothing is read until the Pong has begun */
    size_t ping_bytes;
    uint8_t ping_payload[CONTROL_MOST];
    char last[5];  /* the last characters of the message */
    bool may_quit; /* the message may be a farewell, or contain an escaped one */
};

/* Whether a valid character begins with these bytes, by the range of its code point. */
static bool utf8_may_begin(const struct utf8 *utf8)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = utf8->byte[0];
    unsigned all = first < 0x80 ? 1 : first < 0xC0 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;

    if (all <= 1 || first >= 0xF8) {
        return all == 1;
    }
    uint32_t low = first & (0x7FU >> all), high = low;
    for (unsigned i = 1; i < all; i++) {
        if (i < utf8->bytes && (utf8->byte[i] & 0xC0) != 0x80) {
            return false;
        }
        low = low << 6 | (i < utf8->bytes ? utf8->byte[i] & 0x3FU : 0);
        high = high << 6 | (i < utf8->bytes ? utf8->byte[i] & 0x3FU : 0x3F);
    }
    low = low < least[all] ? least[all] : low;
    high = high > 0x10FFFF ? 0x10FFFF : high;
    return low <= high && !(low >= 0xD800 && high <= 0xDFFF);
}

static bool utf8_add(struct utf8 *utf8, uint8_t byte)
{
    utf8->byte[utf8->bytes++] = byte;
    if (!utf8_may_begin(utf8)) {
        return false;
    }
    uint8_t first = utf8->byte[0];
    unsigned all = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    utf8->bytes = utf8->bytes == all ? 0 : utf8->bytes;
    return true;
}

/* "/quit" and "fin" may be in lines, or in a program's objects; an escape may hide anything. */
static void look_for_quit(struct sent *sent, uint8_t byte)
{
    memmove(sent->last, sent->last + 1, sizeof sent->last - 1);
    sent->last[sizeof sent->last - 1] = (char)(byte | 0x20);
    sent->may_quit = sent->may_quit || byte == '\\' || memcmp(sent->last + 1, "quit", 4) == 0 ||
                     memcmp(sent->last + 2, "fin", 3) == 0;
}

static unsigned close_code(const uint8_t *payload, size_t bytes)
{
    struct utf8 utf8 = {.bytes = 0};

    if (bytes == 0) {
        return 1000;
    }
    unsigned code = bytes == 1 ? 0 : payload[0] * 256U + payload[1];
    if (code < 1000 || code > 4999 || (code > 1014 && code < 3000) || code == 1004 ||
        code == 1005 || code == 1006) {
        return 1002;
    }
    for (size_t i = 2; i < bytes; i++) {
        if (!utf8_add(&utf8, payload[i])) {
            return 1007;
        }
    }
    return utf8.bytes == 0 ? 1000 : 1007;
}

/* The close code for a fault in the part of the head received so far; 0: none. */
static unsigned head_fault(const struct sent *sent)
{
    uint8_t opcode = sent->head[0] & 0xF, length = sent->head[1] & 0x7F;
    bool control = opcode >= CLOSE;

    switch (sent->head_bytes) {
    case 1:
        if ((sent->head[0] & 0x70) || opcode > PONG || (opcode > BINARY && opcode < CLOSE) ||
            (control && !(sent->head[0] & FIN)) ||
            (!control && (opcode == CONTINUATION) != sent->message)) {
            return 1002;
        }
        return opcode == BINARY ? 1003 : 0;
    case 2:
        if (!(sent->head[1] & MASKED) || (control && length > CONTROL_MOST)) {
            return 1002;
        }
        return length == 127 ? 1009 : 0;
    case 4:
        return length == 126 && sent->head[2] == 0 && sent->head[3] < 126 ? 1002 : 0;
    default:
        return 0;
    }
}

static void end_sent(struct sent *sent)
{
    uint8_t opcode = sent->head[0] & 0xF;

    if (sent->lost) {
        sent->lost = false;
    } else if (opcode == PING) {
        FUZZ_PROMISE(!sent->ping);
        sent->ping = true;
        sent->ping_bytes = sent->length;
        memcpy(sent->ping_payload, sent->control, sent->length);
    } else if (opcode == CLOSE) {
        sent->close = close_code(sent->control, sent->length);
    } else if (opcode != PONG) {
        sent->message = !(sent->head[0] & FIN);
        if (!sent->message && sent->utf8.bytes > 0) {
            sent->close = 1007;
        }
    }
    sent->head_bytes = 0;
}

/* The server has dropped the received part of a line, and told the peer so. */
static void lose_sent(struct sent *sent)
{
    sent->ping = false;
    sent->lost = sent->head_bytes == 6 && (sent->head[0] & 0xF) >= CLOSE;
}

static void hear_sent(struct sent *sent, uint8_t byte)
{
    bool extended = sent->head_bytes >= 2 && (sent->head[1] & 0x7F) == 126;
    size_t head_bytes = extended ? 8 : 6;

    if (sent->head_bytes < 2 || sent->head_bytes < head_bytes) {
        sent->head[sent->head_bytes++] = byte;
        sent->close = head_fault(sent);
        extended = sent->head_bytes >= 2 && (sent->head[1] & 0x7F) == 126;
        if (sent->head_bytes < (extended ? 8U : 6U)) {
            return;
        }
        sent->length = extended ? sent->head[2] * 256U + sent->head[3] : sent->head[1] & 0x7FU;
        sent->payload_bytes = 0;
    } else {
        uint8_t plain = byte ^ sent->head[head_bytes - 4 + sent->payload_bytes % 4];
        if (sent->lost && (sent->head[0] & 0xF) == CLOSE) {
            sent->close = 1000;
        } else if ((sent->head[0] & 0xF) >= CLOSE) {
            sent->control[sent->payload_bytes] = plain;
        } else {
            look_for_quit(sent, plain);
            sent->close = utf8_add(&sent->utf8, plain) ? 0 : 1007;
        }
        sent->payload_bytes++;
    }
    if (sent->close == 0 && sent->payload_bytes == sent->length) {
        end_sent(sent);
    }
}

/* --- What a peer receives ---------------------------------------------------------- */

/* One of the two WebSockets, and its output. */
static struct web {
    bool open;
    unsigned session;
    bool json; /* it reads only objects */
    uint64_t seq;
    bool input_ended;
    bool message; /* a fragmented message has begun, among the valid frames it sends */
    size_t pending_bytes;
    uint8_t pending[PENDING_BYTES]; /* sent, and not consumed yet */
    struct sent sent;
    size_t got_bytes; /* of a frame */
    bool got_close;
    size_t pong_bytes; /* of the current Pong */
    uint8_t pong_payload[CONTROL_MOST];
    uint8_t got[SHOWN_BYTES];
} web[WEBS];

static struct chat chat;
static uint32_t now_ms;
static unsigned alice;
static size_t line_bytes[CHAT_SESSIONS];
static char line[CHAT_SESSIONS][SHOWN_BYTES];

static void check_message(struct web *to, const char *text, size_t bytes)
{
    char member[SHOWN_BYTES];
    struct json json;

    stale_check(text, bytes);
    FUZZ_PROMISE(safe_text(text, bytes));
    if ((bytes == 0 || text[0] != '{') && !to->json) {
        FUZZ_PROMISE(safe_line(text, bytes, false));
        return;
    }
    FUZZ_PROMISE(json_line(&json, text, bytes, member));
    if (json.is_hello) {
        to->json = chat.session[to->session].dialect == CHAT_WEBSOCKET;
        to->seq = 0;
    }
    if (json.has_seq) {
        FUZZ_PROMISE(json.seq >= to->seq);
        to->seq = json.seq + 1;
    }
}

/* The close code must match what the peer sent, or an event on the server. */
static void check_close(const struct web *to, unsigned code)
{
    const struct chat_session *session = &chat.session[to->session];
    bool left = to->sent.may_quit || to->input_ended;

    if (chat.stopping && code == 1001) {
        FUZZ_PROMISE(to->sent.close == 0 || left);
    } else if (session->kicked && code == 1008) {
        FUZZ_PROMISE(to->sent.close == 0 || left);
    } else {
        FUZZ_PROMISE(code == to->sent.close || (left && code == 1000));
    }
}

static void check_frame(struct web *to, size_t head_bytes, size_t bytes)
{
    const uint8_t *payload = to->got + head_bytes;

    switch (to->got[0]) {
    case FIN | TEXT:
        check_message(to, (const char *)payload, bytes);
        break;
    case FIN | PONG:
        FUZZ_PROMISE(bytes == to->pong_bytes && memcmp(payload, to->pong_payload, bytes) == 0);
        break;
    default:
        FUZZ_PROMISE(to->got[0] == (FIN | CLOSE) && bytes == 2);
        check_close(to, payload[0] * 256U + payload[1]);
        to->got_close = true;
        break;
    }
}

static void get(struct web *to, uint8_t byte)
{
    FUZZ_PROMISE(!to->got_close && to->got_bytes < sizeof to->got);
    to->got[to->got_bytes++] = byte;
    if (to->got_bytes == 1 && byte == (FIN | PONG)) {
        FUZZ_PROMISE(to->sent.ping);
        to->sent.ping = false;
        to->pong_bytes = to->sent.ping_bytes;
        memcpy(to->pong_payload, to->sent.ping_payload, to->pong_bytes);
    }
    size_t head_bytes = to->got_bytes > 1 && to->got[1] == 126 ? 4 : 2;
    if (to->got_bytes < head_bytes) {
        return;
    }
    FUZZ_PROMISE(to->got[1] <= 126 && (head_bytes == 2 || to->got[0] == (FIN | TEXT)));
    size_t bytes = head_bytes == 2 ? to->got[1] : to->got[2] * 256U + to->got[3];
    FUZZ_PROMISE(head_bytes == 2 || bytes > CONTROL_MOST);
    if (to->got_bytes == head_bytes + bytes) {
        check_frame(to, head_bytes, bytes);
        to->got_bytes = 0;
    }
}

static void release(struct web *one)
{
    chat_release(&chat, one->session, 0);
    one->open = false;
}

static void take(struct web *to, size_t most)
{
    size_t bytes;
    const char *out = chat_output(&chat, to->session, &bytes);
    size_t n = bytes < most ? bytes : most;

    for (size_t i = 0; i < n; i++) {
        get(to, (uint8_t)out[i]);
    }
    if (bytes == 0) {
        if (chat_state(&chat, to->session) == CHAT_ACTIVE) {
            FUZZ_PROMISE(to->got_bytes == 0 && !to->sent.ping);
        }
        return;
    }
    chat_taken(&chat, to->session, n);
    if (chat_state(&chat, to->session) == CHAT_ENDED) {
        FUZZ_PROMISE(to->got_close && to->got_bytes == 0);
        release(to);
    }
}

/* Reads all output of a session that reads lines. */
static void read_lines(unsigned session)
{
    size_t bytes;
    const char *out;

    while ((out = chat_output(&chat, session, &bytes), bytes) > 0) {
        for (size_t i = 0; i < bytes; i++) {
            FUZZ_PROMISE(line_bytes[session] < SHOWN_BYTES);
            line[session][line_bytes[session]++] = out[i];
            if (out[i] == '\n') {
                size_t n = line_bytes[session] - 1;
                stale_check(line[session], n);
                FUZZ_PROMISE(safe_text(line[session], n));
                /* "[14:02] " precedes it on the console. */
                size_t time = session == CHAT_OPERATOR && n > 8 && line[session][0] == '[' &&
                                      line[session][7] == ' '
                                  ? 8
                                  : 0;
                FUZZ_PROMISE(safe_line(line[session] + time, n - time, session == CHAT_OPERATOR));
                line_bytes[session] = 0;
            }
        }
        chat_taken(&chat, session, bytes);
    }
}

/* --- Operations ------------------------------------------------------------------------ */

static bool is_listened_to(unsigned session)
{
    return chat.session[session].state == CHAT_ACTIVE;
}

/* Passes `bytes` of what it has sent to the chat, in memory that ends where they do. */
static void offer(struct web *from, size_t bytes)
{
    if (!from->open || bytes == 0 || !chat_reads(&chat, from->session)) {
        return;
    }
    bool listened_to = is_listened_to(from->session);
    uint8_t *exact = malloc(bytes);
    FUZZ_PROMISE(exact != NULL);
    memcpy(exact, from->pending, bytes);
    stale_fill(&chat);
    size_t used = chat_receive(&chat, from->session, exact, bytes);
    free(exact);
    FUZZ_PROMISE(used <= bytes);
    bool left = !is_listened_to(from->session);
    for (size_t i = 0; i < used && listened_to && from->sent.close == 0; i++) {
        if (left && from->sent.ping) {
            break; /* the rest is discarded */
        }
        hear_sent(&from->sent, from->pending[i]);
    }
    from->pending_bytes -= used;
    memmove(from->pending, from->pending + used, from->pending_bytes);
    if (listened_to) {
        FUZZ_PROMISE(!left || from->sent.close != 0 || from->sent.may_quit);
        FUZZ_PROMISE(left || from->sent.close == 0);
    }
    from->json = from->json && chat.session[from->session].dialect == CHAT_WEBSOCKET;
}

static void end_input(struct web *from)
{
    if (from->open && from->input_ended && from->pending_bytes == 0 &&
        chat_reads(&chat, from->session)) {
        (void)chat_input_ended(&chat, from->session);
    }
}

static void pass(uint32_t ms)
{
    uint32_t dropped = chat.counts.dropped;
    bool had_line[WEBS];

    now_ms += ms;
    chat_begin(&chat, now_ms);
    for (unsigned i = 0; i < WEBS; i++) {
        had_line[i] = web[i].open && chat.session[web[i].session].line != LOG_NOBODY;
    }
    chat_tick(&chat);
    for (unsigned i = 0; i < WEBS; i++) {
        if (had_line[i] && chat.counts.dropped != dropped &&
            chat.session[web[i].session].line == LOG_NOBODY) {
            lose_sent(&web[i].sent);
        }
        end_input(&web[i]);
        if (web[i].open && chat_state(&chat, web[i].session) == CHAT_DEAD) {
            release(&web[i]);
        }
    }
    read_lines(CHAT_OPERATOR);
    if (chat_state(&chat, alice) != CHAT_FREE) {
        read_lines(alice);
    }
}

static void join(unsigned i)
{
    int session = chat_join_as(&chat, address_v4(0x0A000002U + i), 1000,
                               i == 0 ? CHAT_WEBSOCKET : CHAT_WEBSOCKET_TEXT);

    if (session > 0) {
        web[i] = (struct web){.open = true, .session = (unsigned)session};
        pass(20);
    }
}

static void put(struct web *from, const uint8_t *data, size_t bytes)
{
    if (bytes <= PENDING_BYTES - from->pending_bytes && !from->input_ended) {
        memcpy(from->pending + from->pending_bytes, data, bytes);
        from->pending_bytes += bytes;
    }
}

/* A frame around the next bytes, which may be repeated to make it longer. */
static void put_frame(struct fuzz_input *input, struct web *from, uint8_t first, unsigned odd)
{
    static const uint16_t repeated[] = {1, 1, 1, 1, 1, 2, 9, 40};
    uint8_t frame[PENDING_BYTES], mask[4];
    const uint8_t *bytes;
    size_t times = repeated[fuzz_number(input, 7)], at = 0;
    size_t n = fuzz_bytes(input, fuzz_number(input, CONTROL_MOST + 2), &bytes);
    size_t all = n * times < sizeof frame - HEAD_MOST ? n * times : sizeof frame - HEAD_MOST;

    if ((first & 0xF) >= CLOSE && odd != 1 && all > CONTROL_MOST) {
        all = CONTROL_MOST;
    }
    for (unsigned i = 0; i < 4; i++) {
        mask[i] = odd == 2 ? 0 : (uint8_t)(0x5A + 77 * i + all);
    }
    frame[at++] = first;
    if (odd == 3) { /* a non-minimal length */
        frame[at++] = MASKED | 127;
        memset(frame + at, 0, 6);
        at += 6;
    } else if (all > 125 || odd == 4) {
        frame[at++] = MASKED | 126;
    } else {
        frame[at++] = (uint8_t)(MASKED | all);
    }
    if (at > 2 || all > 125 || odd == 4) {
        frame[at++] = (uint8_t)(all >> 8);
        frame[at++] = (uint8_t)(all & 0xFF);
    }
    if (odd == 2) {
        frame[1] &= (uint8_t)~MASKED;
    } else {
        memcpy(frame + at, mask, sizeof mask);
        at += sizeof mask;
    }
    for (size_t i = 0; i < all; i++) {
        frame[at++] = bytes[i % n] ^ mask[i % 4];
    }
    put(from, frame, at);
}

/* The next valid text frame or continuation, with FIN or without. */
static void put_message(struct fuzz_input *input, struct web *from)
{
    bool ends = fuzz_number(input, 3) > 0;

    put_frame(input, from, (uint8_t)((ends ? FIN : 0) | (from->message ? CONTINUATION : TEXT)), 0);
    from->message = !ends;
}

/* A Close with a code near the limits of the valid ranges. */
static void put_close(struct fuzz_input *input, struct web *from)
{
    static const uint16_t codes[] = {1000, 1016, 2999, 4999};
    unsigned code = codes[fuzz_number(input, 3)] + fuzz_number(input, 15);
    const uint8_t payload[] = {0, 2, (uint8_t)(code >> 8), (uint8_t)(code & 0xFF)};
    struct fuzz_input close = {payload, sizeof payload};

    put_frame(&close, from, FIN | CLOSE, 0);
}

static void put_control(struct fuzz_input *input, struct web *from)
{
    static const uint8_t opcodes[] = {PING, PING, PING, PING, PONG, PONG, CLOSE};
    unsigned which = fuzz_number(input, 7);

    if (which == 7) {
        put_close(input, from);
    } else {
        put_frame(input, from, FIN | opcodes[which], 0);
    }
}

static void put_any(struct fuzz_input *input, struct web *from)
{
    uint8_t first = fuzz_byte(input);

    put_frame(input, from, first, fuzz_number(input, 4));
}

static void put_raw(struct fuzz_input *input, struct web *from)
{
    const uint8_t *bytes;
    size_t n = fuzz_bytes(input, fuzz_number(input, 80), &bytes);

    put(from, bytes, n);
}

static void do_other(struct fuzz_input *input, struct web *one)
{
    static const char *const said[] = {
        "hello\n",    "a line that is ", "/history 3\n",          "/msg guest2 psst\n",
        "/join #a\n", "/join #lobby\n",  "/msg guest3 \xC3\xA9\n"};
    static const char *const commands[] = {"/kick guest2\n", "/kick guest3 enough\n",
                                           "from the operator\n", "/ban 10.0.0.2\n",
                                           "/unban 10.0.0.2\n"};
    unsigned what = fuzz_number(input, 15);
    const char *text;
    unsigned session = alice;

    if (what == 15) {
        one->input_ended = true;
        end_input(one);
        return;
    }
    if (what >= 10) {
        text = commands[what - 10];
        session = CHAT_OPERATOR;
    } else {
        text = said[what % (sizeof said / sizeof said[0])];
    }
    if (chat_state(&chat, session) != CHAT_FREE && chat_reads(&chat, session)) {
        (void)chat_receive(&chat, session, (const uint8_t *)text, strlen(text));
    }
    if (what & 1) {
        read_lines(session);
    }
}

static void operate(struct fuzz_input *input)
{
    static const uint16_t waits_ms[] = {0, 1, 20, 100, 251, 1501, 5000, 30000};
    uint8_t what = fuzz_byte(input);
    struct web *one = &web[what >> 3 & 1];
    unsigned piece =
        what >> 4; /* 0: nothing is passed on yet; below 8: one piece; 15: all at once */

    if (!one->open) {
        join(what >> 3 & 1);
    }
    if (!one->open) {
        pass(20);
        return;
    }
    switch (what & 7) {
    case 0:
    case 1:
        put_message(input, one);
        break;
    case 2:
        put_control(input, one);
        break;
    case 3:
        put_any(input, one);
        break;
    case 4:
        put_raw(input, one);
        break;
    case 5:
        take(one, piece == 15 ? SIZE_MAX : fuzz_number(input, 160));
        return;
    case 6:
        pass(waits_ms[piece & 7]);
        piece = 15;
        break;
    default:
        do_other(input, one);
        return;
    }
    size_t at_once = piece == 15 ? SIZE_MAX : (size_t)piece * piece;
    size_t before = SIZE_MAX;
    while (one->open && at_once > 0 && one->pending_bytes > 0 && one->pending_bytes < before) {
        before = one->pending_bytes;
        offer(one, at_once < before ? at_once : before);
        if (piece < 8) {
            break; /* the rest is passed on later */
        }
    }
    if (one->open && chat_state(&chat, one->session) == CHAT_ENDED) {
        FUZZ_PROMISE(one->got_close);
        release(one);
    }
}

static void check_books(void)
{
    unsigned lines = 0;

    for (unsigned i = 0; i < CHAT_SESSIONS; i++) {
        const struct chat_session *session = &chat.session[i];
        lines += session->state != CHAT_FREE && session->line != LOG_NOBODY;
        lines += session->state != CHAT_FREE && session->rest != LOG_NOBODY;
    }
    for (unsigned i = 0; i < LWCHAT_LINE_BUFFERS; i++) {
        lines -= chat.buffer[i].owner != BUFFER_NONE;
    }
    FUZZ_PROMISE(lines == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static const char name[] = "/nick alice\n";
    struct fuzz_input input = {data, bytes};
    struct chat_config config = {.name = "Marcel",
                                 .rate = fuzz_number(&input, 20),
                                 .max_sessions = LWCHAT_MAX_SESSIONS,
                                 .start = 7};

    memset(web, 0, sizeof web);
    memset(line_bytes, 0, sizeof line_bytes);
    now_ms = 0;
    chat_init(&chat, &config, now_ms);
    stale_begin(data, bytes);
    int session = chat_join(&chat, address_v4(0x0A000001U), 1000);
    FUZZ_PROMISE(session > 0);
    alice = (unsigned)session;
    (void)chat_receive(&chat, alice, (const uint8_t *)name, sizeof name - 1);
    pass(1);
    (void)chat_receive(&chat, alice, (const uint8_t *)name, sizeof name - 1);
    while (input.left > 0) {
        operate(&input);
        check_books();
    }
    chat_shutdown(&chat);
    for (unsigned n = 0; n < 400 && chat.occupied > 0; n++) {
        pass(20);
        for (unsigned i = 0; i < WEBS; i++) {
            if (web[i].open) {
                take(&web[i], SIZE_MAX);
            }
        }
        if (chat_state(&chat, alice) == CHAT_ENDED) {
            chat_release(&chat, alice, 0);
        }
    }
    FUZZ_PROMISE(!web[0].open && !web[1].open && chat.occupied == 0);
    return 0;
}
