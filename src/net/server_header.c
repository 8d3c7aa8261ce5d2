#include "server_header.h"

#include "core/address_text.h"
#include "core/text.h"

#include <string.h>

#if LWCHAT_PROXY

enum { V1_BYTES = 107, SIGNATURE_BYTES = 12, HEAD_BYTES = 16, V4_BYTES = 12, V6_BYTES = 36 };
enum { VERSION = 0x20, LOCAL = 0, PROXY = 1, TCP4 = 0x11, TCP6 = 0x21 };

static const char begins[] = "PROXY ";
static const uint8_t signature[] = "\r\n\r\n\0\r\nQUIT\n";

/* --- Version 1 ---------------------------------------------------------------------- */

/* A part of the line. */
struct field {
    const char *text;
    size_t bytes;
};

/* Splits off the next field, which a space ends, or the line does. */
static struct field take_field(struct field *line)
{
    const char *blank = memchr(line->text, ' ', line->bytes);
    struct field field = {line->text, blank == NULL ? line->bytes : (size_t)(blank - line->text)};
    size_t skipped = field.bytes + (blank != NULL);

    line->text += skipped;
    line->bytes -= skipped;
    return field;
}

static bool is_field(struct field field, const char *word)
{
    return field.bytes == strlen(word) && memcmp(field.text, word, field.bytes) == 0;
}

static bool read_address(struct field field, bool v4, struct lwchat_address *ip)
{
    return address_parse(field.text, field.bytes, ip) && (v4 || LWCHAT_IPV6) &&
           (memchr(field.text, ':', field.bytes) == NULL) == v4;
}

static bool read_port(struct field field, uint32_t *port)
{
    return (field.bytes == 1 || field.text[0] != '0') &&
           text_parse_number(field.text, field.bytes, UINT16_MAX, port);
}

/* Reads what follows "PROXY ", without the line's end. @return false if it is malformed. */
static bool read_line(struct field line, struct sock_address *peer)
{
    struct field family = take_field(&line);
    bool v4 = is_field(family, "TCP4");
    struct lwchat_address from, to;
    uint32_t from_port, to_port;

    if (is_field(family, "UNKNOWN")) {
        return true; /* whatever follows */
    }
    if (!v4 && !is_field(family, "TCP6")) {
        return false;
    }
    bool valid = read_address(take_field(&line), v4, &from);
    valid = valid && read_address(take_field(&line), v4, &to);
    valid = valid && read_port(take_field(&line), &from_port);
    valid = valid && read_port(line, &to_port); /* nothing follows it */
    if (!valid || address_is_none(from)) {
        return false;
    }
    *peer = (struct sock_address){.ip = from, .port = (uint16_t)from_port};
    return true;
}

static enum proxy_result read_v1(const uint8_t *in, size_t bytes, struct sock_address *peer,
                                 size_t *used)
{
    const char *text = (const char *)in;
    size_t begins_bytes = sizeof begins - 1;
    size_t most = bytes;
    if (most > V1_BYTES) {
        most = V1_BYTES;
    }
    const char *cr = memchr(text, '\r', most);

    if (cr == NULL) {
        return most == V1_BYTES || memchr(text, '\n', most) != NULL ? PROXY_BAD : PROXY_MORE;
    }
    size_t line_bytes = (size_t)(cr - text);
    if (line_bytes + 1 == bytes) {
        return PROXY_MORE;
    }
    if (line_bytes < begins_bytes || cr[1] != '\n' || line_bytes + 2 > V1_BYTES ||
        !read_line((struct field){text + begins_bytes, line_bytes - begins_bytes}, peer)) {
        return PROXY_BAD;
    }
    *used = line_bytes + 2;
    return PROXY_DONE;
}

/* --- Version 2 ---------------------------------------------------------------------- */

static uint16_t number_at(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/* Reads the addresses of `family`. @return false if they are cut off. */
static bool read_addresses(const uint8_t *in, size_t bytes, uint8_t family,
                           struct sock_address *peer)
{
    struct sock_address from;

    if (family == TCP4 && bytes >= V4_BYTES) {
        uint32_t ip = (uint32_t)number_at(in) << 16 | number_at(in + 2);
        from = (struct sock_address){.ip = address_v4(ip), .port = number_at(in + 8)};
        if (ip == 0) {
            return false;
        }
#if LWCHAT_IPV6
    } else if (family == TCP6 && bytes >= V6_BYTES) {
        from = (struct sock_address){.ip = address_read_v6(in), .port = number_at(in + 32)};
        if (address_is_none(from.ip)) {
            return false;
        }
#endif
    } else {
        return family != TCP4 && family != TCP6;
    }
    *peer = from;
    return true;
}

static enum proxy_result read_v2(const uint8_t *in, size_t bytes, struct sock_address *peer,
                                 size_t *used)
{
    if (bytes < HEAD_BYTES) {
        return bytes > SIGNATURE_BYTES && (in[SIGNATURE_BYTES] & 0xF0) != VERSION ? PROXY_BAD
                                                                                  : PROXY_MORE;
    }
    uint8_t command = in[12] & 0x0F, family = in[13];
    size_t length = number_at(in + 14);
    if ((in[SIGNATURE_BYTES] & 0xF0) != VERSION || command > PROXY ||
        length > PROXY_BYTES - HEAD_BYTES) {
        return PROXY_BAD;
    }
    if (bytes < HEAD_BYTES + length) {
        return PROXY_MORE;
    }
    if (command == PROXY && !read_addresses(in + HEAD_BYTES, length, family, peer)) {
        return PROXY_BAD;
    }
    *used = HEAD_BYTES + length;
    return PROXY_DONE;
}

enum proxy_result proxy_read(const uint8_t *in, size_t bytes, struct sock_address *peer,
                             size_t *used)
{
    size_t v1 = bytes < sizeof begins - 1 ? bytes : sizeof begins - 1;
    size_t v2 = bytes < SIGNATURE_BYTES ? bytes : SIGNATURE_BYTES;

    if (memcmp(in, begins, v1) == 0) {
        return read_v1(in, bytes, peer, used);
    }
    return memcmp(in, signature, v2) == 0 ? read_v2(in, bytes, peer, used) : PROXY_BAD;
}

#endif
