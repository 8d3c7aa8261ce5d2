#include "client_dnssd.h"

#include <string.h>

#include "../core/text.h"

enum {
    HEADER_BYTES = 12,
    RECORD_BYTES = 10, /* after its name, without its data */
    CLASS_IN = 1,
    FLUSH = 0x8000, /* the class's highest bit (RFC 6762, section 10.2) */
    RESPONSE = 0x8000,
    KIND = 0xF80F, /* response, opcode, error */
    MOST_LABEL_BYTES = 63,
    POINTER = 0xC0
};

/* Where servers are listed. */
#define SERVICE "\007_lwchat\004_tcp\005local"
static const struct dnssd_name service = {sizeof SERVICE, SERVICE};

/* --- Names ---------------------------------------------------------------- */

bool dnssd_is_local(const char *host)
{
    static const char end[] = ".local";
    size_t bytes = strlen(host);

    bytes -= bytes > 0 && host[bytes - 1] == '.';
    return bytes >= sizeof end && text_is(host + bytes - (sizeof end - 1), sizeof end - 1, end);
}

bool dnssd_read_host(struct dnssd_name *name, const char *host)
{
    size_t used = 0;

    for (const char *end; *host != '\0'; host = *end == '.' ? end + 1 : end) {
        size_t bytes = strcspn(host, ".");
        end = host + bytes;
        if (bytes == 0 || bytes > MOST_LABEL_BYTES || used + bytes + 2 > DNSSD_NAME_BYTES) {
            return false;
        }
        name->text[used] = (uint8_t)bytes;
        memcpy(name->text + used + 1, host, bytes);
        used += 1 + bytes;
    }
    name->text[used] = 0;
    name->bytes = (uint8_t)(used + 1);
    return used > 0;
}

/* Whether two parts of names are the same, but for the case of letters. A length is no letter. */
static bool is_same(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text_lower((char)a[i]) != text_lower((char)b[i])) {
            return false;
        }
    }
    return true;
}

static bool is_name(const struct dnssd_name *a, const struct dnssd_name *b)
{
    return a->bytes > 0 && a->bytes == b->bytes && is_same(a->text, b->text, a->bytes);
}

/* Whether a name is a label before the service's. */
static bool is_instance(const struct dnssd_name *name)
{
    size_t label_bytes = 1 + (size_t)name->text[0];

    return name->text[0] > 0 && name->bytes == label_bytes + service.bytes &&
           is_same(name->text + label_bytes, service.text, service.bytes);
}

/* --- Packets -------------------------------------------------------------- */

struct reader {
    const uint8_t *packet;
    size_t bytes;
    size_t at;
    unsigned left; /* records */
};

struct record {
    struct dnssd_name name;
    unsigned type;
    size_t data; /* where it begins */
    size_t data_bytes;
};

static unsigned read16(const uint8_t *from)
{
    return (unsigned)from[0] << 8 | from[1];
}

/* Reads the label at `at` into `name`. @return its bytes with its length, or 0 if it does not fit.
 */
static size_t read_label(const struct reader *reader, size_t at, struct dnssd_name *name,
                         size_t used)
{
    size_t bytes = 1 + (size_t)reader->packet[at];

    if (bytes > 1 + MOST_LABEL_BYTES || bytes > reader->bytes - at ||
        bytes > DNSSD_NAME_BYTES - used) {
        return 0;
    }
    memcpy(name->text + used, reader->packet + at, bytes);
    return bytes;
}

/*
 * Reads a name, and moves `*at` behind it. Pointers (RFC 1035, section 4.1.4) must lead backwards,
 * each to before the place from which the last one led, so that there is an end.
 */
static bool read_name(const struct reader *reader, size_t *at, struct dnssd_name *name)
{
    size_t here = *at, before = *at, used = 0, bytes = 0;
    bool jumped = false;

    while (here < reader->bytes) {
        if (reader->packet[here] >= POINTER) {
            if (reader->bytes - here < 2) {
                return false;
            }
            *at = jumped ? *at : here + 2;
            jumped = true;
            here = read16(reader->packet + here) & 0x3FFF;
            if (here >= before) {
                return false;
            }
            before = here;
            continue;
        }
        bytes = read_label(reader, here, name, used);
        if (bytes == 0) {
            return false;
        }
        here += bytes;
        used += bytes;
        if (bytes == 1) {
            *at = jumped ? *at : here;
            name->bytes = (uint8_t)used;
            return true;
        }
    }
    return false;
}

/* Begins with the first record of an answer to the question `id`. */
static bool begin(struct reader *reader, const uint8_t *packet, size_t bytes, uint16_t id)
{
    struct dnssd_name name;

    *reader = (struct reader){.packet = packet, .bytes = bytes, .at = HEADER_BYTES};
    if (bytes < HEADER_BYTES || read16(packet) != id || (read16(packet + 2) & KIND) != RESPONSE) {
        return false;
    }
    for (unsigned questions = read16(packet + 4); questions > 0; questions--) {
        if (!read_name(reader, &reader->at, &name)) {
            return false;
        }
        reader->at += 4;
    }
    reader->left = read16(packet + 6) + read16(packet + 8) + read16(packet + 10);
    return true;
}

/* Reads the next record that holds. @return false when there is none. */
static bool next(struct reader *reader, struct record *record)
{
    while (reader->left > 0) {
        reader->left--;
        if (!read_name(reader, &reader->at, &record->name) || reader->bytes < RECORD_BYTES ||
            reader->at > reader->bytes - RECORD_BYTES) {
            return false;
        }
        const uint8_t *head = reader->packet + reader->at;
        bool lives = read16(head + 4) != 0 || read16(head + 6) != 0;
        record->type = read16(head);
        record->data = reader->at + RECORD_BYTES;
        record->data_bytes = read16(head + 8);
        if (record->data_bytes > reader->bytes - record->data) {
            return false;
        }
        reader->at = record->data + record->data_bytes;
        if (lives && (read16(head + 2) & ~(unsigned)FLUSH) == CLASS_IN) {
            return true;
        }
    }
    return false;
}

size_t dnssd_ask(uint8_t *packet, uint16_t id, const struct dnssd_name *name, enum dnssd_type type)
{
    const struct dnssd_name *asked = name != NULL ? name : &service;
    const uint8_t header[HEADER_BYTES] = {(uint8_t)(id >> 8), (uint8_t)id, 0, 0, 0, 1};
    const uint8_t end[] = {0, (uint8_t)type, 0, CLASS_IN};

    memcpy(packet, header, sizeof header);
    memcpy(packet + sizeof header, asked->text, asked->bytes);
    memcpy(packet + sizeof header + asked->bytes, end, sizeof end);
    return sizeof header + asked->bytes + sizeof end;
}

/* --- Addresses ------------------------------------------------------------ */

/* Whether it can be another machine's. */
static bool is_usable(struct lwchat_address address)
{
    if (address_is_none(address) || address_is_loopback(address)) {
        return false;
    }
    if (address_is_v4(address)) {
        return address.low >> 24 != 0 && address.low >> 28 < 0xE; /* multicast, and above */
    }
#if LWCHAT_IPV6
    return address.high[0] >> 24 != 0xFF;
#else
    return false;
#endif
}

/* How likely it is that an address leads to its host, from anywhere on the link. */
static int rank(struct lwchat_address address)
{
    if (address_is_none(address)) {
        return 0;
    }
    if (!address_is_v4(address)) {
        return 1;
    }
    return address.low >> 16 == 0xA9FE ? 2 : 3; /* 169.254.0.0/16 */
}

/* Replaces `*address` by the one in a record if that is better. @return whether it has one. */
static bool read_address(const struct reader *reader, const struct record *record,
                         struct lwchat_address *address)
{
    const uint8_t *data = reader->packet + record->data;
    struct lwchat_address read = {.low = 0};

    if (record->type == DNSSD_A && record->data_bytes == 4) {
        read = address_v4((uint32_t)read16(data) << 16 | read16(data + 2));
#if LWCHAT_IPV6
    } else if (record->type == DNSSD_AAAA && record->data_bytes == 16) {
        read = address_read_v6(data);
#endif
    }
    if (!is_usable(read)) {
        return false;
    }
    if (rank(read) > rank(*address)) {
        *address = read;
    }
    return true;
}

bool dnssd_find_address(const uint8_t *packet, size_t bytes, uint16_t id,
                        const struct dnssd_name *host, struct lwchat_address *address)
{
    struct reader reader;
    struct record record;
    bool found = false;

    *address = (struct lwchat_address){.low = 0};
    if (!begin(&reader, packet, bytes, id)) {
        return false;
    }
    while (next(&reader, &record)) {
        found = (is_name(&record.name, host) && read_address(&reader, &record, address)) || found;
    }
    return found;
}

/* --- Servers -------------------------------------------------------------- */

/* Names a server by its label, which differs from those of all others on its link. */
static void name_server(struct dnssd_server *server)
{
    char label[MOST_LABEL_BYTES];
    size_t bytes = server->instance.text[0];

    memcpy(label, server->instance.text + 1, bytes);
    bytes = text_clean(label, bytes, sizeof label);
    if (text_is_blank(label, bytes)) {
        label[0] = '?';
        bytes = 1;
    }
    server->shown_bytes = (uint8_t)text_copy(server->shown, sizeof server->shown, label, bytes);
}

/* Reads a TXT record (RFC 6763, section 6): each item stands after its length. */
static void describe(struct dnssd_server *server, const uint8_t *data, size_t bytes)
{
    static const char key[] = "people=";
    uint32_t people;

    server->described = true;
    for (size_t at = 0, item; at < bytes && (item = data[at]) < bytes - at; at += 1 + item) {
        const char *text = (const char *)data + at + 1;
        size_t key_bytes = sizeof key - 1;
        if (item >= key_bytes && text_is(text, key_bytes, key)) {
            server->counted =
                text_parse_number(text + key_bytes, item - key_bytes, UINT16_MAX, &people);
            server->people = server->counted ? (uint16_t)people : 0;
            return;
        }
    }
}

static void add_server(struct dnssd_found *found, const struct dnssd_name *instance,
                       struct lwchat_address from)
{
    for (unsigned i = 0; i < found->count; i++) {
        if (is_name(&found->server[i].instance, instance) &&
            address_is(found->server[i].from, from)) {
            return;
        }
    }
    if (found->count < DNSSD_SERVERS) {
        struct dnssd_server *server = &found->server[found->count++];
        *server = (struct dnssd_server){.from = from, .instance = *instance};
        name_server(server);
    }
}

static void locate(struct dnssd_server *server, const struct reader *reader,
                   const struct record *record)
{
    const uint8_t *data = reader->packet + record->data;
    struct dnssd_name host;
    size_t at = record->data + 6;

    if (record->data_bytes > 6 && read16(data + 4) != 0 && read_name(reader, &at, &host)) {
        server->port = (uint16_t)read16(data + 4);
        server->host = host;
    }
}

/* What is read in a pass: records may come in any order, and each kind needs the one before. */
enum pass { LISTED, SERVICES, HOSTS, PASSES };

static void take_record(struct dnssd_found *found, const struct reader *reader,
                        const struct record *record, enum pass pass, struct lwchat_address from)
{
    size_t at = record->data;
    struct dnssd_name instance;

    if (pass == LISTED) {
        if (record->type == DNSSD_PTR && is_name(&record->name, &service) &&
            read_name(reader, &at, &instance) && is_instance(&instance)) {
            add_server(found, &instance, from);
        }
        return;
    }
    for (unsigned i = 0; i < found->count; i++) {
        struct dnssd_server *server = &found->server[i];
        if (!address_is(server->from, from)) {
            continue;
        }
        if (pass == HOSTS && is_name(&record->name, &server->host)) {
            (void)read_address(reader, record, &server->address);
        } else if (pass == SERVICES && is_name(&record->name, &server->instance)) {
            if (record->type == DNSSD_SRV) {
                locate(server, reader, record);
            } else if (record->type == DNSSD_TXT && !server->described) {
                describe(server, reader->packet + record->data, record->data_bytes);
            }
        }
    }
}

void dnssd_take(struct dnssd_found *found, const uint8_t *packet, size_t bytes, uint16_t id,
                struct lwchat_address from)
{
    struct reader reader;
    struct record record;

    for (enum pass pass = LISTED; pass < PASSES; pass++) {
        if (!begin(&reader, packet, bytes, id)) {
            return;
        }
        while (next(&reader, &record)) {
            take_record(found, &reader, &record, pass, from);
        }
    }
}

const struct dnssd_name *dnssd_missing(const struct dnssd_server *server, unsigned round,
                                       enum dnssd_type *type)
{
    if (server->host.bytes == 0 || !server->described) {
        *type = server->host.bytes == 0 ? DNSSD_SRV : DNSSD_TXT;
        return &server->instance;
    }
    if (address_is_none(server->address)) {
        *type = round % 2 == 0 ? DNSSD_AAAA : DNSSD_A;
        return &server->host;
    }
    return NULL;
}

static bool is_before(const struct dnssd_server *a, const struct dnssd_server *b)
{
    size_t bytes = a->shown_bytes < b->shown_bytes ? a->shown_bytes : b->shown_bytes;
    int order = memcmp(a->shown, b->shown, bytes);

    if (order == 0 && a->shown_bytes == b->shown_bytes) {
        return a->address.low < b->address.low;
    }
    return order != 0 ? order < 0 : a->shown_bytes < b->shown_bytes;
}

static bool is_repeated(const struct dnssd_found *found, const struct dnssd_server *server)
{
    for (unsigned i = 0; i < found->count; i++) {
        if (found->server[i].port == server->port &&
            address_is(found->server[i].address, server->address)) {
            return true;
        }
    }
    return false;
}

void dnssd_settle(struct dnssd_found *found)
{
    unsigned all = found->count;

    found->count = 0;
    for (unsigned i = 0; i < all; i++) {
        struct dnssd_server server = found->server[i];
        unsigned at = found->count;
        if (address_is_none(server.address) || is_repeated(found, &server)) {
            continue;
        }
        for (; at > 0 && is_before(&server, &found->server[at - 1]); at--) {
            found->server[at] = found->server[at - 1];
        }
        found->server[at] = server;
        found->count++;
    }
}
