#include "segment.h"

#include <string.h>

/* Offsets in a frame of lwIP's that is a TCP segment. */
enum {
    TYPE = 12,
    IP = 14,
    LIFE_PROTOCOL = IP + 8,
    IP_SUM = IP + 10,
    ADDRESSES = IP + 12,
    PEER = IP + 16,
    TCP = IP + 20,
    OWN_PORT = TCP,
    PEER_PORT = TCP + 2,
    LENGTH = TCP + 12,
    FLAGS = TCP + 13,
    TCP_SUM = TCP + 16,
    OPTION = TCP + 20
};
enum { IPV4 = 0x0800, NO_IP_OPTIONS = 0x45, TCP_PROTOCOL = 6 };

static uint16_t word_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Writes `word`, and updates the checksum accordingly (RFC 1624, section 3). */
static void change_word(uint8_t *bytes, uint16_t word, uint8_t *checksum)
{
    uint32_t sum = (uint16_t)~word_at(checksum) + (uint32_t)(uint16_t)~word_at(bytes) + word;

    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = ~((sum & 0xFFFF) + (sum >> 16));
    bytes[0] = (uint8_t)(word >> 8);
    bytes[1] = (uint8_t)word;
    checksum[0] = (uint8_t)(sum >> 8);
    checksum[1] = (uint8_t)sum;
}

unsigned segment_flags(const uint8_t *frame, size_t bytes)
{
    if (bytes < OPTION || word_at(frame + TYPE) != IPV4 || frame[IP] != NO_IP_OPTIONS ||
        (uint8_t)word_at(frame + LIFE_PROTOCOL) != TCP_PROTOCOL) {
        return 0;
    }
    return frame[FLAGS];
}

void segment_hide_mss(uint8_t *frame, size_t bytes)
{
    enum { MSS = 0x0204, NOTHING = 0x0101, MSS_BYTES = 4 };

    if (bytes < OPTION + MSS_BYTES || frame[LENGTH] >> 4 < (OPTION + MSS_BYTES - TCP) / 4 ||
        word_at(frame + OPTION) != MSS) {
        return;
    }
    change_word(frame + OPTION, NOTHING, frame + TCP_SUM);
    change_word(frame + OPTION + 2, NOTHING, frame + TCP_SUM);
}

void segment_peer(const uint8_t *frame, struct sockaddr_in *peer)
{
    *peer =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(word_at(frame + PEER_PORT))};
    memcpy(&peer->sin_addr, frame + PEER, sizeof(peer->sin_addr));
}

uint16_t segment_port(const uint8_t *frame)
{
    return word_at(frame + OWN_PORT);
}

static void put_word(uint8_t *bytes, uint16_t word)
{
    bytes[0] = (uint8_t)(word >> 8);
    bytes[1] = (uint8_t)word;
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

void segment_ask(uint8_t frame[FRAME_SHORTEST_BYTES], const struct sockaddr_in *from,
                 const struct sockaddr_in *peer, uint16_t number)
{
    enum { NUMBER = TCP + 4, LIFE = 64, ACK = 0x5010 };

    memset(frame, 0, FRAME_SHORTEST_BYTES);
    put_word(frame + TYPE, IPV4);
    put_word(frame + IP, NO_IP_OPTIONS << 8);
    put_word(frame + IP + 2, OPTION - IP);
    put_word(frame + LIFE_PROTOCOL, LIFE << 8 | TCP_PROTOCOL);
    memcpy(frame + ADDRESSES, &from->sin_addr, sizeof(from->sin_addr));
    memcpy(frame + PEER, &peer->sin_addr, sizeof(peer->sin_addr));
    put_word(frame + IP_SUM, checksum_of(sum_words(frame + IP, TCP - IP)));
    put_word(frame + TCP, ntohs(from->sin_port));
    put_word(frame + PEER_PORT, ntohs(peer->sin_port));
    put_word(frame + NUMBER, number);
    put_word(frame + LENGTH, ACK);
    put_word(frame + TCP_SUM, checksum_of(sum_words(frame + ADDRESSES, OPTION - ADDRESSES) +
                                          TCP_PROTOCOL + OPTION - TCP));
}
