#include "http.h"

#include <string.h>

#include "../core/text.h"
#include "sha1.h"

_Static_assert(sizeof(struct http_request) <= 128, "a board has one for each request at once");

/* What the next byte belongs to. */
enum state {
    BLANK,  /* before the request line */
    METHOD, /* in the request line */
    TARGET,
    AUTHORITY, /* the host of a target in absolute form */
    QUERY,
    VERSION,
    LINE, /* at the start of a header line, or of the empty one */
    NAME,
    BEFORE, /* in a header's value, at its start or after a comma */
    VALUE,
    GAP,   /* after a space in it */
    QUOTED /* in an entity tag */
};

/* Lists of NUL-terminated words; an empty word ends the list. */
#define WORD(word) word "\0"

enum method { GET, HEAD };
static const char methods[] = WORD("GET") WORD("HEAD");

enum target { PAGE, SOCKET };
static const char targets[] = WORD("/") WORD("/ws");

/* The headers that matter: first those whose value is a list, then those with a single word. */
enum header {
    UPGRADE,
    CONNECTION,
    IF_NONE_MATCH,
    PROTOCOL,
    WS_VERSION,
    HOST,
    ORIGIN,
    KEY,
    LENGTH,
    ENCODING
};
static const char names[] = WORD("upgrade") WORD("connection") WORD("if-none-match")
    WORD("sec-websocket-protocol") WORD("sec-websocket-version") WORD("host") WORD("origin")
        WORD("sec-websocket-key") WORD("content-length") WORD("transfer-encoding");

/* The word to look for in each of the list headers. */
static const char words[] = WORD("websocket") WORD("upgrade") WORD("*") WORD("text") WORD("13");

/* Flags. */
enum {
    IS_1_0 = 1 << 0,
    HAS_SCHEME = 1 << 1, /* Origin, http:// or https:// */
    IS_HTTPS = 1 << 2,
    TARGET_HOST = 1 << 3,    /* the target names the host and overrides Host */
    AUTHORITY_KEPT = 1 << 4, /* `authority` is complete: the other header's is compared with it */
    AFTER_CR = 1 << 5,
    BEHIND_PROXY = 1 << 6
};

enum { TOO_LONG = UINT8_MAX };

static bool has(uint16_t set, enum header header)
{
    return set >> header & 1;
}

static void add(uint16_t *set, unsigned header)
{
    *set = (uint16_t)(*set | 1U << header);
}

static bool is_one_of(char c, const char *others)
{
    char letter = text_lower(c);

    return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') ||
           memchr(others, c, strlen(others)) != NULL;
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

static void push_lower(struct http_request *request, char c)
{
    push(request, text_lower(c));
}

/* @return the index of the current word in `list`, or the length of the list if it is not in it. */
static uint8_t find(const struct http_request *request, const char *list)
{
    uint8_t number = 0;
    size_t bytes;

    while ((bytes = strlen(list)) > 0 &&
           (request->word_bytes != bytes || memcmp(request->word, list, bytes) != 0)) {
        list += bytes + 1;
        number++;
    }
    return number;
}

/* --- Host and Origin -------------------------------------------------------------- */

/*
 * RFC 3986 section 3.2, but without userinfo (RFC 9110 section 4.2.4). @return false if `c`
 * cannot be part of a host.
 */
static bool take_authority(struct http_request *request, char c)
{
    c = text_lower(c);
    if (!(request->flags & AUTHORITY_KEPT)) {
        if (request->authority_bytes < HTTP_HOST_BYTES) {
            request->authority[request->authority_bytes++] = c;
        } else {
            add(&request->wrong, ORIGIN);
        }
    } else if (request->word_bytes == 0 && request->same < request->authority_bytes &&
               request->authority[request->same] == c) {
        request->same++;
    } else {
        push(request, c);
    }
    return is_one_of(c, "-._~!$&'()*+,;=:[]%");
}

/*
 * Whether an excess over the other authority is insignificant: empty, or the scheme's default
 * port (RFC 9110 section 4.2.3).
 */
static bool is_no_more(const struct http_request *request, const char *text, size_t bytes)
{
    return bytes == 0 || text_is(text, bytes, request->flags & IS_HTTPS ? ":443" : ":80");
}

static void end_authority(struct http_request *request)
{
    size_t rest = (size_t)(request->authority_bytes - request->same);

    if (!(request->flags & AUTHORITY_KEPT)) {
        request->flags |= AUTHORITY_KEPT;
        return;
    }
    /* RFC 9112 section 3.2.2: a host in the target overrides Host. */
    if (request->header == HOST && (request->flags & TARGET_HOST)) {
        return;
    }
    if (!is_no_more(request, request->word, request->word_bytes) ||
        !is_no_more(request, request->authority + request->same, rest)) {
        add(&request->wrong, ORIGIN);
    }
}

static bool take_origin(struct http_request *request, char c)
{
    if (request->flags & HAS_SCHEME) {
        return take_authority(request, c);
    }
    push_lower(request, c);
    if (find(request, WORD("http://")) == 0) {
        request->flags |= HAS_SCHEME;
        request->word_bytes = 0;
    } else if (find(request, WORD("https://")) == 0) {
        request->flags |= HAS_SCHEME | IS_HTTPS;
        request->word_bytes = 0;
    }
    return true;
}

/*
 * Whether the host is an address or one of our own names, so that it cannot
 * be a foreign DNS name that resolves to us (DNS rebinding). Truncates
 * `host`, which has room for a NUL.
 */
static bool is_ours(char *host, size_t bytes, const struct http_site *site)
{
    static const char local[] = ".local";
    enum { LOCAL_BYTES = sizeof local - 1 };
    uint32_t number;
    size_t port = bytes;

    while (port > 0 && host[port - 1] != ':') {
        port--;
    }
    if (port > 0 && text_parse_number(host + port, bytes - port, UINT16_MAX, &number)) {
        bytes = port - 1;
    }
    if (bytes > 0 && host[0] == '[') {
        size_t i = 1;
        while (i < bytes && memchr("0123456789abcdef:.", host[i], 18) != NULL) {
            i++;
        }
        return i + 1 == bytes && host[i] == ']' && memchr(host, ':', bytes) != NULL;
    }
    if (text_parse_address(host, bytes, &number) || text_is(host, bytes, "localhost")) {
        return true;
    }
    if (bytes > LOCAL_BYTES && text_is(host + bytes - LOCAL_BYTES, LOCAL_BYTES, local)) {
        bytes -= LOCAL_BYTES;
        host[bytes] = '\0';
        if (site->is_on_link != NULL && site->is_on_link(host)) {
            return true;
        }
    }
    host[bytes] = '\0';
    return text_is(site->name, strlen(site->name), host);
}

/* --- The request line (RFC 9112 section 3) --------------------------------------------- */

static void end_method(struct http_request *request)
{
    request->method = find(request, methods);
    request->word_bytes = 0;
    request->state = TARGET;
}

static bool take_target(struct http_request *request, char c)
{
    if (request->state == AUTHORITY) {
        if (c != '/' && c != '?') {
            return take_authority(request, c);
        }
        push(request, '/');
        request->state = c == '/' ? TARGET : QUERY;
    } else if (c == '?') {
        request->state = QUERY;
    } else if (request->state == TARGET) {
        /* A scheme is case-insensitive (RFC 3986 section 3.1). */
        if (request->word[0] == '/') {
            push(request, c);
        } else {
            push_lower(request, c);
        }
        if (find(request, WORD("http://")) == 0) {
            request->flags |= TARGET_HOST;
            request->state = AUTHORITY;
            request->word_bytes = 0;
        }
    }
    return c > ' ' && c <= '~';
}

static bool end_target(struct http_request *request)
{
    if (request->flags & TARGET_HOST) {
        request->flags |= AUTHORITY_KEPT;
        if (request->authority_bytes == 0) {
            return false; /* RFC 9110 section 4.2.1 */
        }
    }
    if (request->state == AUTHORITY) {
        push(request, '/');
    }
    if (request->word_bytes == 0) {
        return false;
    }
    request->target = find(request, targets);
    request->word_bytes = 0;
    request->state = VERSION;
    return true;
}

static bool end_version(struct http_request *request)
{
    enum { VERSION_BYTES = sizeof "HTTP/1.1" - 1 };
    char minor = request->word[VERSION_BYTES - 1];

    if (request->word_bytes != VERSION_BYTES || minor < '0' || minor > '9') {
        return false;
    }
    request->word_bytes--;
    if (find(request, WORD("HTTP/1.")) != 0) {
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
        break;
    case METHOD:
        if (c == ' ') {
            end_method(request);
            return true;
        }
        break;
    case VERSION:
        if (c == '\n') {
            return end_version(request);
        }
        push(request, c);
        return true;
    default:
        return c == ' ' ? end_target(request) : take_target(request, c);
    }
    push(request, c);
    return is_token(c);
}

/* --- Header lines (RFC 9112 section 5) --------------------------------------------------- */

static void end_name(struct http_request *request)
{
    request->header = find(request, names);
    if (has(request->seen, request->header)) {
        add(&request->wrong, request->header);
    }
    add(&request->seen, request->header);
    request->word_bytes = request->same = 0;
    request->state = BEFORE;
}

/* 16 bytes in base64 (RFC 4648 section 4). */
static bool take_key(struct http_request *request, char c)
{
    if (request->word_bytes >= HTTP_KEY_BYTES) {
        return false;
    }
    request->key[request->word_bytes++] = c;
    return request->word_bytes <= HTTP_KEY_BYTES - 2 ? is_one_of(c, "+/") : c == '=';
}

/* An entity tag, weak or strong, compared as in RFC 9110 section 13.1.2. */
static void begin_etag(struct http_request *request, char c, const char *etag)
{
    if (c == '"' && (request->word_bytes == 0 || find(request, WORD("W/")) == 0)) {
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
        if (request->same != TOO_LONG) {
            add(&request->found, IF_NONE_MATCH);
        }
        request->state = VALUE;
    }
}

static void take_element(struct http_request *request, char c, const char *etag)
{
    bool in_order = true;

    switch (request->header) {
    case HOST:
        in_order = take_authority(request, c);
        break;
    case ORIGIN:
        in_order = take_origin(request, c);
        break;
    case KEY:
        in_order = take_key(request, c);
        break;
    case IF_NONE_MATCH:
        begin_etag(request, c, etag);
        break;
    case LENGTH:
        in_order = c == '0';
        push(request, c);
        break;
    default:
        if (request->header <= CONNECTION) {
            push_lower(request, c);
        } else {
            push(request, c);
        }
        break;
    }
    if (!in_order) {
        add(&request->wrong, request->header);
    }
}

/* The end of a value, or of an element if the value is a list. */
static void end_element(struct http_request *request)
{
    bool in_order = true;

    switch (request->header) {
    case ORIGIN:
        in_order = request->flags & HAS_SCHEME;
        end_authority(request);
        break;
    case HOST:
        end_authority(request);
        break;
    case KEY:
        in_order = request->word_bytes == HTTP_KEY_BYTES;
        break;
    case LENGTH:
        in_order = request->word_bytes > 0;
        break;
    default:
        in_order = find(request, words) == request->header;
        if (in_order) {
            add(&request->found, request->header);
        }
        break;
    }
    if (!in_order) {
        add(&request->wrong, request->header);
    }
    request->word_bytes = 0;
    request->state = BEFORE;
}

static void take_value(struct http_request *request, char c, const char *etag)
{
    if (c == '\n') {
        end_element(request);
        request->state = LINE;
    } else if (request->state == QUOTED) {
        take_etag(request, c, etag);
    } else if (c == ' ' || c == '\t') {
        request->state = request->state == BEFORE ? BEFORE : GAP;
    } else if (c == ',' && request->header <= PROTOCOL) {
        end_element(request);
    } else {
        if (request->state == GAP) {
            /* Two words separated by a space are neither a known word nor a host. */
            request->word_bytes = TOO_LONG;
            add(&request->wrong, request->header);
        }
        request->state = VALUE;
        take_element(request, c, etag);
    }
}

static bool take_header(struct http_request *request, char c, const char *etag)
{
    if (request->state > NAME) {
        take_value(request, c, etag);
        return true;
    }
    if (request->state == NAME && c == ':') {
        end_name(request);
        return true;
    }
    if (request->state == LINE) {
        request->word_bytes = 0;
        request->state = NAME;
    }
    push_lower(request, c);
    /* No white space around a name (RFC 9112 sections 5.1 and 5.2), and no line end in it. */
    return is_token(c);
}

/* --- All of it -------------------------------------------------------------------------- */

/*
 * Through a proxy, a page from https:// has come from who has a certificate for the host, as has
 * the proxy that its WebSocket has reached: a foreign name that resolves to us has none.
 */
static bool is_certified(const struct http_request *request)
{
    return (request->flags & BEHIND_PROXY) && (request->flags & IS_HTTPS);
}

static enum http_answer answer_to_handshake(struct http_request *request,
                                            const struct http_site *site)
{
    enum { HANDSHAKE = 1 << UPGRADE | 1 << CONNECTION | 1 << WS_VERSION };

    if (request->method == HEAD) {
        return HTTP_METHOD;
    }
    /* RFC 9110 section 7.8: HTTP/1.0 has no Upgrade. */
    if ((request->flags & IS_1_0) || (request->found & HANDSHAKE) != HANDSHAKE ||
        has(request->wrong, WS_VERSION)) {
        return HTTP_NO_UPGRADE;
    }
    if (!has(request->seen, KEY) || has(request->wrong, KEY)) {
        return HTTP_BAD;
    }
    /* Without Origin the client is not a browser, so no other site's page can have sent it. */
    if (has(request->seen, ORIGIN) &&
        (has(request->wrong, ORIGIN) ||
         (!is_certified(request) &&
          !is_ours(request->authority, request->authority_bytes, site)))) {
        return HTTP_FORBIDDEN;
    }
    return HTTP_UPGRADE;
}

void http_behind_proxy(struct http_request *request)
{
    request->flags |= BEHIND_PROXY;
}

static enum http_answer answer(struct http_request *request, const struct http_site *site)
{
    /* RFC 9112 section 3.2. */
    if (has(request->wrong, HOST) || !(has(request->seen, HOST) || (request->flags & IS_1_0))) {
        return HTTP_BAD;
    }
    if (request->method > HEAD) {
        return HTTP_METHOD;
    }
    if (has(request->wrong, LENGTH) || has(request->seen, ENCODING)) {
        return HTTP_BAD;
    }
    if (request->target == SOCKET) {
        return answer_to_handshake(request, site);
    }
    if (request->target != PAGE) {
        return HTTP_NOT_FOUND;
    }
    return has(request->found, IF_NONE_MATCH) ? HTTP_NOT_MODIFIED : HTTP_PAGE;
}

static enum http_answer take(struct http_request *request, uint8_t byte,
                             const struct http_site *site)
{
    char c = (char)byte;

    if ((request->flags & AFTER_CR) && c != '\n') {
        return HTTP_BAD;
    }
    request->flags &= (uint8_t)~AFTER_CR;
    if (c == '\r') {
        request->flags |= AFTER_CR;
        return HTTP_GOES_ON;
    }
    if ((byte < ' ' && c != '\t' && c != '\n') || byte == 0x7F) {
        return HTTP_BAD;
    }
    if (request->state == LINE && c == '\n') {
        return answer(request, site);
    }
    bool in_order =
        request->state < LINE ? take_request_line(request, c) : take_header(request, c, site->etag);
    return in_order ? HTTP_GOES_ON : HTTP_BAD;
}

enum http_answer http_feed(struct http_request *request, const uint8_t *in, size_t bytes,
                           const struct http_site *site, size_t *used)
{
    enum http_answer so_far = (enum http_answer)request->answer;

    *used = 0;
    while (so_far == HTTP_GOES_ON && *used < bytes) {
        request->bytes++;
        so_far = take(request, in[(*used)++], site);
        if (so_far == HTTP_GOES_ON && request->bytes == HTTP_HEAD_BYTES) {
            so_far = HTTP_TOO_LARGE;
        }
    }
    request->answer = (uint8_t)so_far;
    return so_far;
}

bool http_is_head(const struct http_request *request)
{
    return request->method == HEAD;
}

bool http_wants_text(const struct http_request *request)
{
    return has(request->found, PROTOCOL);
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
    accept[HTTP_ACCEPT_BYTES - 1] = '='; /* 20 bytes are one short of 21, a multiple of 3 */
}
