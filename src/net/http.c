#include "http.h"

#include <string.h>

#include "../core/text.h"
#include "sha1.h"

_Static_assert(sizeof(struct http_request) <= 128, "a board has one for each request at once");

/* Where a request is, by the byte that comes next. */
enum state {
    BLANK,  /* before the request line */
    METHOD, /* in it */
    TARGET,
    AUTHORITY, /* of a target in absolute form */
    QUERY,
    VERSION,
    LINE, /* at the start of a header line, or of the last one */
    NAME,
    BEFORE, /* in a header's value, before anything or behind a comma */
    VALUE,
    GAP,   /* behind a blank in it */
    QUOTED /* in an entity tag */
};

/* The headers that count, in the order of `names`. */
enum header {
    HOST,
    ORIGIN,
    UPGRADE,
    CONNECTION,
    LENGTH,
    ENCODING,
    IF_NONE_MATCH,
    KEY,
    WS_VERSION,
    PROTOCOL,
    OTHER
};

static const char names[] = "host\0"
                            "origin\0"
                            "upgrade\0"
                            "connection\0"
                            "content-length\0"
                            "transfer-encoding\0"
                            "if-none-match\0"
                            "sec-websocket-key\0"
                            "sec-websocket-version\0"
                            "sec-websocket-protocol";

/* What was seen. */
enum {
    IS_GET = 1 << 0,
    IS_HEAD = 1 << 1,
    IS_PAGE = 1 << 2,
    IS_SOCKET = 1 << 3,
    IS_1_0 = 1 << 4,
    HAS_BODY = 1 << 5,
    HAS_HOST = 1 << 6,
    HAS_ORIGIN = 1 << 7,
    HAS_KEY = 1 << 8,
    WANTS_UPGRADE = 1 << 9,
    SAYS_UPGRADE = 1 << 10, /* in Connection */
    IS_13 = 1 << 11,
    NOT_13 = 1 << 12,
    WANTS_TEXT = 1 << 13,
    HAS_PAGE = 1 << 14, /* its etag is the page's */
    BAD_KEY = 1 << 15,
    BAD_ORIGIN = 1 << 16,    /* it is not the host's */
    ORIGIN_SCHEME = 1 << 17, /* it began with http:// or https:// */
    ORIGIN_HTTPS = 1 << 18,
    TARGET_HOST = 1 << 19,    /* the target has the host, whatever Host says */
    AUTHORITY_KEPT = 1 << 20, /* that of Host or Origin: the other one's is compared with it */
    AUTHORITY_LONG = 1 << 21,
    AFTER_CR = 1 << 22
};

enum { TOO_LONG = UINT8_MAX };

static bool has(const struct http_request *request, uint32_t flag)
{
    return request->flags & flag;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_letter_or_digit(char c)
{
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *others)
{
    return is_letter_or_digit(c) || memchr(others, c, strlen(others)) != NULL;
}

/* RFC 9110 section 5.6.2. */
static bool is_token(char c)
{
    return is_one_of(c, "!#$%&'*+-.^_`|~");
}

/* --- Words ---------------------------------------------------------------------- */

static void push(struct http_request *request, char c)
{
    if (request->word_bytes < HTTP_WORD_BYTES) {
        request->word[request->word_bytes++] = c;
    } else {
        request->word_bytes = TOO_LONG;
    }
}

static bool is_exactly(const struct http_request *request, const char *word)
{
    size_t bytes = strlen(word);

    return request->word_bytes == bytes && memcmp(request->word, word, bytes) == 0;
}

/* `word` is in lower case; the request's may be in any. */
static bool is(const struct http_request *request, const char *word)
{
    return request->word_bytes <= HTTP_WORD_BYTES &&
           text_is(request->word, request->word_bytes, word);
}

/* --- Host and Origin -------------------------------------------------------------- */

/* RFC 3986 section 3.2, but without userinfo (RFC 9110 section 4.2.4). @return false: not a host's.
 */
static bool take_authority(struct http_request *request, char c)
{
    if (!is_one_of(c, "-._~!$&'()*+,;=:[]%")) {
        return false;
    }
    c = lower(c);
    if (!has(request, AUTHORITY_KEPT)) {
        if (request->authority_bytes < HTTP_HOST_BYTES) {
            request->authority[request->authority_bytes++] = c;
        } else {
            request->flags |= AUTHORITY_LONG;
        }
    } else if (request->word_bytes == 0 && request->same < request->authority_bytes &&
               request->authority[request->same] == c) {
        request->same++;
    } else {
        push(request, c);
    }
    return true;
}

/* What one has and the other has not, at its end: nothing, or the scheme's own port. */
static bool is_default_port(const struct http_request *request, const char *text, size_t bytes)
{
    return bytes == 0 || text_is(text, bytes, has(request, ORIGIN_HTTPS) ? ":443" : ":80");
}

static void end_authority(struct http_request *request)
{
    size_t rest = (size_t)(request->authority_bytes - request->same);

    if (!has(request, AUTHORITY_KEPT)) {
        request->flags |= AUTHORITY_KEPT;
        return;
    }
    /* RFC 9112 section 3.2.2: a host in the target is the one that counts. */
    if (request->header == HOST && has(request, TARGET_HOST)) {
        return;
    }
    if (request->word_bytes > HTTP_WORD_BYTES || (rest > 0 && request->word_bytes > 0) ||
        !is_default_port(request, request->word, request->word_bytes) ||
        !is_default_port(request, request->authority + request->same, rest)) {
        request->flags |= BAD_ORIGIN;
    }
}

static bool take_origin(struct http_request *request, char c)
{
    if (has(request, ORIGIN_SCHEME)) {
        return take_authority(request, c);
    }
    push(request, c);
    bool https = is(request, "https://");
    if (https || is(request, "http://")) {
        request->flags |= ORIGIN_SCHEME | (https ? ORIGIN_HTTPS : 0);
        request->word_bytes = 0;
    }
    return true;
}

static bool is_name(const char *host, size_t bytes, const char *name)
{
    size_t i = 0;

    while (i < bytes && name[i] != '\0' && lower(name[i]) == host[i]) {
        i++;
    }
    return i > 0 && name[i] == '\0' && (i == bytes || text_is(host + i, bytes - i, ".local"));
}

/* Only what no stranger's DNS can point at us. */
static bool is_ours(const char *host, size_t bytes, const char *name)
{
    uint32_t number;
    size_t colon = bytes;

    while (colon > 0 && host[colon - 1] >= '0' && host[colon - 1] <= '9') {
        colon--;
    }
    if (colon > 0 && host[colon - 1] == ':' &&
        text_parse_number(host + colon, bytes - colon, UINT16_MAX, &number)) {
        bytes = colon - 1;
    }
    if (bytes > 2 && host[0] == '[' && host[bytes - 1] == ']') {
        size_t i = 1;
        while (i < bytes - 1 && memchr("0123456789abcdef:.", host[i], 18) != NULL) {
            i++;
        }
        return i == bytes - 1 && memchr(host, ':', bytes) != NULL;
    }
    return text_parse_address(host, bytes, &number) || text_is(host, bytes, "localhost") ||
           is_name(host, bytes, name);
}

/* --- The request line (RFC 9112 section 3) --------------------------------------------- */

static void end_method(struct http_request *request)
{
    if (is_exactly(request, "GET")) {
        request->flags |= IS_GET;
    } else if (is_exactly(request, "HEAD")) {
        request->flags |= IS_HEAD;
    }
    request->word_bytes = 0;
    request->state = TARGET;
}

static bool take_target(struct http_request *request, char c)
{
    if (c == '?' && request->state == TARGET) {
        request->state = QUERY;
    } else if (request->state == TARGET) {
        push(request, c);
        if (is(request, "http://")) {
            request->flags |= TARGET_HOST;
            request->state = AUTHORITY;
            request->word_bytes = 0;
        }
    } else if (request->state == AUTHORITY) {
        if (c != '/' && c != '?') {
            return take_authority(request, c);
        }
        push(request, '/');
        request->state = c == '/' ? TARGET : QUERY;
    }
    return true;
}

static bool end_target(struct http_request *request)
{
    if (has(request, TARGET_HOST)) {
        if (request->authority_bytes == 0) {
            return false; /* RFC 9110 section 4.2.1 */
        }
        request->flags |= AUTHORITY_KEPT;
    }
    if (request->state == AUTHORITY) {
        push(request, '/');
    }
    if (request->word_bytes == 0) {
        return false;
    }
    if (is_exactly(request, "/")) {
        request->flags |= IS_PAGE;
    } else if (is_exactly(request, "/ws")) {
        request->flags |= IS_SOCKET;
    }
    request->word_bytes = 0;
    request->state = VERSION;
    return true;
}

static bool end_version(struct http_request *request)
{
    static const char version[] = "HTTP/1.";
    enum { MINOR = sizeof version - 1 };
    char minor = request->word[MINOR];

    if (request->word_bytes != MINOR + 1 || memcmp(request->word, version, MINOR) != 0 ||
        minor < '0' || minor > '9') {
        return false;
    }
    request->flags |= minor == '0' ? IS_1_0 : 0;
    request->state = LINE;
    return true;
}

static bool take_request_line(struct http_request *request, char c)
{
    switch (request->state) {
    case BLANK:
        if (c == '\n') {
            return true; /* RFC 9112 section 2.2 */
        }
        request->state = METHOD;
        push(request, c);
        return is_token(c);
    case METHOD:
        if (c == ' ') {
            end_method(request);
            return true;
        }
        push(request, c);
        return is_token(c);
    case VERSION:
        if (c == '\n') {
            return end_version(request);
        }
        push(request, c);
        return true;
    default:
        return c == ' ' ? end_target(request) : c > ' ' && c <= '~' && take_target(request, c);
    }
}

/* --- Header lines (RFC 9112 section 5) --------------------------------------------------- */

/* Notes that the header came. @return true when it had before. */
static bool again(struct http_request *request, uint32_t flag)
{
    bool before = has(request, flag);

    request->flags |= flag;
    return before;
}

static bool end_name(struct http_request *request)
{
    const char *name = names;

    request->header = HOST;
    while (request->header < OTHER && !is(request, name)) {
        name += strlen(name) + 1;
        request->header++;
    }
    request->state = BEFORE;
    request->word_bytes = request->same = 0;
    switch (request->header) {
    case HOST:
        return !again(request, HAS_HOST); /* RFC 9112 section 3.2 */
    case ORIGIN:
        request->flags |= again(request, HAS_ORIGIN) ? BAD_ORIGIN : 0;
        break;
    case KEY:
        request->flags |= again(request, HAS_KEY) ? BAD_KEY : 0;
        break;
    case ENCODING:
        request->flags |= HAS_BODY;
        break;
    default:
        break;
    }
    return true;
}

/* 16 bytes in base64 (RFC 4648 section 4). */
static void take_key(struct http_request *request, char c)
{
    if (request->word_bytes < HTTP_KEY_BYTES &&
        (request->word_bytes < HTTP_KEY_BYTES - 2 ? is_one_of(c, "+/") : c == '=')) {
        request->key[request->word_bytes++] = c;
    } else {
        request->flags |= BAD_KEY;
    }
}

/* An entity tag, weak or not, as RFC 9110 section 13.1.2 compares it. */
static void begin_etag(struct http_request *request, char c, const char *etag)
{
    if (c == '"' && (request->word_bytes == 0 || is_exactly(request, "W/"))) {
        request->state = QUOTED;
        request->same = etag[0] == '"' ? 1 : TOO_LONG;
        request->word_bytes = TOO_LONG;
    } else {
        push(request, c);
    }
}

static void take_etag(struct http_request *request, char c, const char *etag)
{
    if (request->same != TOO_LONG) {
        request->same = etag[request->same] == c ? (uint8_t)(request->same + 1) : TOO_LONG;
    }
    if (c == '"') {
        if (request->same != TOO_LONG && etag[request->same] == '\0') {
            request->flags |= HAS_PAGE;
        }
        request->state = VALUE;
    }
}

static bool take_element(struct http_request *request, char c, const char *etag)
{
    switch (request->header) {
    case HOST:
        return take_authority(request, c);
    case ORIGIN:
        request->flags |= take_origin(request, c) ? 0 : BAD_ORIGIN;
        break;
    case LENGTH:
        request->flags |= c == '0' ? 0 : HAS_BODY;
        push(request, c);
        break;
    case KEY:
        take_key(request, c);
        break;
    case IF_NONE_MATCH:
        begin_etag(request, c, etag);
        break;
    default:
        push(request, c);
        break;
    }
    return true;
}

/* The end of a value, or of one in a list of them. */
static void end_element(struct http_request *request)
{
    switch (request->header) {
    case ORIGIN:
        if (!has(request, ORIGIN_SCHEME)) {
            request->flags |= BAD_ORIGIN;
            break;
        }
        end_authority(request);
        break;
    case HOST:
        end_authority(request);
        break;
    case UPGRADE:
        request->flags |= is(request, "websocket") ? WANTS_UPGRADE : 0;
        break;
    case CONNECTION:
        request->flags |= is(request, "upgrade") ? SAYS_UPGRADE : 0;
        break;
    case LENGTH:
        request->flags |=
            request->word_bytes == 0 || request->word_bytes == TOO_LONG ? HAS_BODY : 0;
        break;
    case IF_NONE_MATCH:
        request->flags |= is_exactly(request, "*") ? HAS_PAGE : 0;
        break;
    case KEY:
        request->flags |= request->word_bytes == HTTP_KEY_BYTES ? 0 : BAD_KEY;
        break;
    case WS_VERSION: /* at most one: RFC 6455 section 11.3.5 */
        request->flags |= is_exactly(request, "13") && !has(request, IS_13) ? IS_13 : NOT_13;
        break;
    case PROTOCOL:
        request->flags |= is_exactly(request, "text") ? WANTS_TEXT : 0;
        break;
    default:
        break;
    }
    request->word_bytes = 0;
    request->state = BEFORE;
}

static bool is_list(const struct http_request *request)
{
    return request->header == UPGRADE || request->header == CONNECTION ||
           request->header == IF_NONE_MATCH || request->header == PROTOCOL;
}

static bool take_value(struct http_request *request, char c, const char *etag)
{
    if (c == '\n') {
        end_element(request);
        request->state = LINE;
    } else if (request->state == QUOTED) {
        take_etag(request, c, etag);
    } else if (c == ' ' || c == '\t') {
        request->state = request->state == BEFORE ? BEFORE : GAP;
    } else if (c == ',' && is_list(request)) {
        end_element(request);
    } else {
        if (request->state == GAP) {
            /* Two words are none that is looked for, no key, and no host. */
            request->word_bytes = TOO_LONG;
            request->flags |= request->header == ORIGIN ? BAD_ORIGIN : 0;
            if (request->header == HOST) {
                return false;
            }
        }
        request->state = VALUE;
        return take_element(request, c, etag);
    }
    return true;
}

static bool take_header(struct http_request *request, char c, const char *etag)
{
    if (request->state > NAME) {
        return take_value(request, c, etag);
    }
    if (request->state == NAME && c == ':') {
        return end_name(request);
    }
    if (request->state == LINE) {
        request->word_bytes = 0;
        request->state = NAME;
    }
    push(request, c);
    /* No blank before a name or behind it (RFC 9112 sections 5.1 and 5.2), and no end. */
    return is_token(c);
}

/* --- All of it -------------------------------------------------------------------------- */

static enum http_answer answer_to_handshake(const struct http_request *request, const char *name)
{
    enum { HANDSHAKE = WANTS_UPGRADE | SAYS_UPGRADE | IS_13 };

    if (has(request, IS_HEAD)) {
        return HTTP_METHOD;
    }
    /* RFC 9110 section 7.8: in HTTP/1.0 there is no Upgrade. */
    if (has(request, IS_1_0 | NOT_13) || (request->flags & HANDSHAKE) != HANDSHAKE) {
        return HTTP_NO_UPGRADE;
    }
    if (!has(request, HAS_KEY) || has(request, BAD_KEY)) {
        return HTTP_BAD;
    }
    /* Without Origin it is no browser, which another page could use. */
    if (has(request, HAS_ORIGIN) &&
        (has(request, BAD_ORIGIN | AUTHORITY_LONG) ||
         !is_ours(request->authority, request->authority_bytes, name))) {
        return HTTP_FORBIDDEN;
    }
    return HTTP_UPGRADE;
}

static enum http_answer answer(const struct http_request *request, const char *name)
{
    if (!has(request, HAS_HOST | IS_1_0)) {
        return HTTP_BAD; /* RFC 9112 section 3.2 */
    }
    if (!has(request, IS_GET | IS_HEAD)) {
        return HTTP_METHOD;
    }
    if (has(request, HAS_BODY)) {
        return HTTP_BAD;
    }
    if (has(request, IS_SOCKET)) {
        return answer_to_handshake(request, name);
    }
    if (!has(request, IS_PAGE)) {
        return HTTP_NOT_FOUND;
    }
    return has(request, HAS_PAGE) ? HTTP_NOT_MODIFIED : HTTP_PAGE;
}

static enum http_answer take(struct http_request *request, uint8_t byte, const char *name,
                             const char *etag)
{
    bool in_order;
    char c = (char)byte;

    if (has(request, AFTER_CR)
            ? c != '\n'
            : (byte < ' ' && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F) {
        return HTTP_BAD;
    }
    request->flags &= ~(uint32_t)AFTER_CR;
    if (c == '\r') {
        request->flags |= AFTER_CR;
        return HTTP_GOES_ON;
    }
    if (request->state == LINE && c == '\n') {
        return answer(request, name);
    }
    in_order =
        request->state < LINE ? take_request_line(request, c) : take_header(request, c, etag);
    return in_order ? HTTP_GOES_ON : HTTP_BAD;
}

enum http_answer http_feed(struct http_request *request, const uint8_t *in, size_t bytes,
                           const char *name, const char *etag, size_t *used)
{
    enum http_answer so_far = (enum http_answer)request->answer;

    *used = 0;
    while (so_far == HTTP_GOES_ON && *used < bytes) {
        so_far = take(request, in[(*used)++], name, etag);
        if (++request->bytes == HTTP_HEAD_BYTES && so_far == HTTP_GOES_ON) {
            so_far = HTTP_TOO_LARGE;
        }
    }
    request->answer = (uint8_t)so_far;
    return so_far;
}

bool http_is_head(const struct http_request *request)
{
    return has(request, IS_HEAD);
}

bool http_wants_text(const struct http_request *request)
{
    return has(request, WANTS_TEXT);
}

/* --- Sec-WebSocket-Accept ----------------------------------------------------------------- */

static char base64(uint32_t bits)
{
    if (bits < 52) {
        return (char)(bits < 26 ? 'A' + bits : 'a' + (bits - 26));
    }
    if (bits < 62) {
        return (char)('0' + (bits - 52));
    }
    return bits == 62 ? '+' : '/';
}

void http_accept(const struct http_request *request, char accept[HTTP_ACCEPT_BYTES])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char in[HTTP_KEY_BYTES + sizeof guid];
    uint8_t digest[SHA1_BYTES + 1];

    memcpy(in, request->key, HTTP_KEY_BYTES);
    memcpy(in + HTTP_KEY_BYTES, guid, sizeof guid);
    sha1(in, sizeof in - 1, digest);
    digest[SHA1_BYTES] = 0;
    for (size_t i = 0; i < HTTP_ACCEPT_BYTES; i++) {
        const uint8_t *three = digest + i / 4 * 3;
        uint32_t bits = (uint32_t)(three[0] << 16 | three[1] << 8 | three[2]);
        accept[i] = base64(bits >> (18 - i % 4 * 6) & 63);
    }
    accept[HTTP_ACCEPT_BYTES - 1] = '='; /* 20 bytes are a third short of 21 */
}
