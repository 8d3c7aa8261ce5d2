#include "segment.h"

#include <stdbool.h>
#include <string.h>

/* Offsets in a frame of lwIP's: of Ethernet, IPv4 and IPv6, and from the TCP header on. */
enum {
    TYPE = 12,
    IP = 14,
    V4_LIFE_PROTOCOL = IP + 8,
    V4_SUM = IP + 10,
    V4_ADDRESSES = IP + 12,
    V4_TCP = IP + 20,
    V6_LENGTH = IP + 4,
    V6_PROTOCOL_LIFE = IP + 6,
    V6_ADDRESSES = IP + 8,
    V6_TCP = IP + 40,
    OWN_PORT = 0,
    PEER_PORT = 2,
    NUMBER = 4,
    LENGTH = 12,
    FLAGS = 13,
    TCP_SUM = 16,
    OPTION = 20
};
enum { IPV4 = 0x0800, IPV6 = 0x86DD, NO_IP_OPTIONS = 0x45, VERSION_6 = 0x60, TCP_PROTOCOL = 6 };

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put_word(uint8_t *bytes, uint16_t word)
{
    bytes[0] = (uint8_t)(word >> 8);
    bytes[1] = (uint8_t)word;
}

static uint32_t long_at(const uint8_t *bytes)
{
    return (uint32_t)word_at(bytes) << 16 | word_at(bytes + 2);
}

static void put_long(uint8_t *bytes, uint32_t value)
{
    put_word(bytes, (uint16_t)(value >> 16));
    put_word(bytes + 2, (uint16_t)value);
}

/* Writes `word`, and updates the checksum accordingly (RFC 1624, section 3). */
static void change_word(uint8_t *bytes, uint16_t word, uint8_t *checksum)
{
    uint32_t sum = (uint16_t)~word_at(checksum) + (uint32_t)(uint16_t)~word_at(bytes) + word;

    sum = (sum & 0xFFFF) + (sum >> 16);
    put_word(bytes, word);
    put_word(checksum, (uint16_t) ~((sum & 0xFFFF) + (sum >> 16)));
}

static bool is_v6(const uint8_t *frame)
{
    return word_at(frame + TYPE) == IPV6;
}

static unsigned tcp_at(const uint8_t *frame)
{
    return is_v6(frame) ? V6_TCP : V4_TCP;
}

unsigned segment_flags(const uint8_t *frame, size_t bytes)
{
    if (bytes < V4_TCP + OPTION) {
        return 0;
    }
    if (is_v6(frame)) {
        return bytes >= V6_TCP + OPTION && frame[V6_PROTOCOL_LIFE] == TCP_PROTOCOL
                   ? frame[V6_TCP + FLAGS]
                   : 0;
    }
    return word_at(frame + TYPE) == IPV4 && frame[IP] == NO_IP_OPTIONS &&
                   (uint8_t)word_at(frame + V4_LIFE_PROTOCOL) == TCP_PROTOCOL
               ? frame[V4_TCP + FLAGS]
               : 0;
}

void segment_hide_mss(uint8_t *frame, size_t bytes)
{
    enum { MSS = 0x0204, NOTHING = 0x0101, MSS_BYTES = 4 };
    uint8_t *tcp = frame + tcp_at(frame);

    if (bytes < tcp_at(frame) + OPTION + MSS_BYTES || tcp[LENGTH] >> 4 < (OPTION + MSS_BYTES) / 4 ||
        word_at(tcp + OPTION) != MSS) {
        return;
    }
    change_word(tcp + OPTION, NOTHING, tcp + TCP_SUM);
    change_word(tcp + OPTION + 2, NOTHING, tcp + TCP_SUM);
}

void segment_peer(const uint8_t *frame, struct segment_end *peer)
{
    peer->port = word_at(frame + tcp_at(frame) + PEER_PORT);
    peer->ip = is_v6(frame) ? address_read_v6(frame + V6_ADDRESSES + 16)
                            : address_v4(long_at(frame + V4_ADDRESSES + 4));
}

uint16_t segment_port(const uint8_t *frame)
{
    return word_at(frame + tcp_at(frame) + OWN_PORT);
}

static uint32_t sum_words(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < count; i += 2) {
        sum += word_at(bytes + i);
    }
    return sum;
}

static uint16_t checksum_of(uint32_t sum)
{
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t) ~((sum & 0xFFFF) + (sum >> 16));
}

size_t segment_ask(uint8_t frame[SEGMENT_BARE_BYTES], const struct segment_end *from,
                   const struct segment_end *peer, uint16_t number)
{
    enum { LIFE = 64, ACK = 0x5010 };
    bool v6 = !address_is_v4(peer->ip);
    unsigned addresses = v6 ? V6_ADDRESSES : V4_ADDRESSES;
    unsigned at = v6 ? V6_TCP : V4_TCP;

    memset(frame, 0, SEGMENT_BARE_BYTES);
    put_word(frame + TYPE, v6 ? IPV6 : IPV4);
    if (v6) {
        frame[IP] = VERSION_6;
        put_word(frame + V6_LENGTH, OPTION);
        put_word(frame + V6_PROTOCOL_LIFE, TCP_PROTOCOL << 8 | LIFE);
        address_put_v6(frame + V6_ADDRESSES, from->ip);
        address_put_v6(frame + V6_ADDRESSES + 16, peer->ip);
    } else {
        put_word(frame + IP, NO_IP_OPTIONS << 8);
        put_word(frame + IP + 2, V4_TCP + OPTION - IP);
        put_word(frame + V4_LIFE_PROTOCOL, LIFE << 8 | TCP_PROTOCOL);
        put_long(frame + V4_ADDRESSES, from->ip.low);
        put_long(frame + V4_ADDRESSES + 4, peer->ip.low);
        put_word(frame + V4_SUM, checksum_of(sum_words(frame + IP, V4_TCP - IP)));
    }
    put_word(frame + at + OWN_PORT, from->port);
    put_word(frame + at + PEER_PORT, peer->port);
    put_word(frame + at + NUMBER, number);
    put_word(frame + at + LENGTH, ACK);
    put_word(
        frame + at + TCP_SUM,
        checksum_of(sum_words(frame + addresses, at + OPTION - addresses) + TCP_PROTOCOL + OPTION));
    return v6 ? V6_TCP + OPTION : FRAME_SHORTEST_BYTES;
}
