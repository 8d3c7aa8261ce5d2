#include "board.h"
#include "lm3s6965.h"
#include "port.h"

#include "lwip/pbuf.h"
#include "lwip/prot/ethernet.h"

#include <string.h>

/* "Ethernet Controller", register map. */
#define MAC(offset) DEVICE_REGISTER(0x40048000UL, offset)
#define MAC_RIS     MAC(0x000) /* read: pending events; write: acknowledge them */
#define MAC_IM      MAC(0x004)
#define MAC_RCTL    MAC(0x008)
#define MAC_TCTL    MAC(0x00C)
#define MAC_DATA    MAC(0x010)
#define MAC_IA0     MAC(0x014)
#define MAC_IA1     MAC(0x018)
#define MAC_THR     MAC(0x01C)
#define MAC_MCTL    MAC(0x020)
#define MAC_MDV     MAC(0x024)
#define MAC_MRXD    MAC(0x030)
#define MAC_NP      MAC(0x034)
#define MAC_TR      MAC(0x038)

#define INT_RX          (1UL << 0)
#define INT_FOV         (1UL << 3) /* the receive FIFO overran */
#define INT_RXER        (1UL << 4)
#define INT_ALL         0x7FUL
#define RCTL_RXEN       (1UL << 0)
#define RCTL_BADCRC     (1UL << 3) /* drop frames with a bad CRC */
#define RCTL_RSTFIFO    (1UL << 4)
#define TCTL_TXEN       (1UL << 0)
#define TCTL_PADEN      (1UL << 1)
#define TCTL_CRC        (1UL << 2)
#define TCTL_DUPLEX     (1UL << 4)
#define THR_WHOLE_FRAME 0x3FUL /* transmit on request, not at a fill level */
#define TR_NEWTX        (1UL << 0)
#define MCTL_START      (1UL << 0)
#define MCTL_READ(reg)  ((uint32_t)(reg) << 3 | MCTL_START)

/* Registers of the PHY, "MII Management Register Descriptions". */
#define PHY_STATUS 1U
#define PHY_ID     2U
#define PHY_LINK   (1UL << 2) /* latched: reads low once after each loss of link */

#define LENGTH_BYTES 2U
#define FCS_BYTES    4U
#define FRAME_MOST   (1518U + LENGTH_BYTES)

/* A full frame at 10 Mbit/s takes 1.2 ms; this many polls take longer. */
#define POLLS 100000U

static void start_mac(const uint8_t mac[6])
{
    MAC_IM = 0;
    MAC_RIS = INT_ALL;
    MAC_MDV = 9; /* management clock: 50 MHz / (2 * (9 + 1)) = 2.5 MHz, the standard's maximum */
    MAC_IA0 = mac[0] | (uint32_t)mac[1] << 8 | (uint32_t)mac[2] << 16 | (uint32_t)mac[3] << 24;
    MAC_IA1 = mac[4] | (uint32_t)mac[5] << 8;
    MAC_THR = THR_WHOLE_FRAME;
    MAC_TCTL = TCTL_DUPLEX | TCTL_CRC | TCTL_PADEN | TCTL_TXEN;
    MAC_RCTL = RCTL_BADCRC | RCTL_RXEN;
}

void board_ethernet_start(uint8_t mac[6])
{
    uint32_t low = SYSCTL_USER0;
    uint32_t high = SYSCTL_USER1;

    if (low == UINT32_MAX && high == UINT32_MAX) {
        port_entropy(mac, 6); /* never programmed: make a locally administered address */
        mac[0] = (uint8_t)((mac[0] & 0xFCU) | 0x02U);
    } else {
        for (unsigned at = 0; at < 3; at++) {
            mac[at] = (uint8_t)(low >> 8 * at);
            mac[at + 3] = (uint8_t)(high >> 8 * at);
        }
    }
    start_mac(mac);
    cortex_m_enable(INTERRUPT_ETHERNET, CORTEX_M_DEVICE_PRIORITY);
}

static uint32_t phy_read(unsigned number)
{
    MAC_MCTL = MCTL_READ(number);
    for (unsigned polls = 0; (MAC_MCTL & MCTL_START) != 0; polls++) {
        if (polls == POLLS) {
            return 0;
        }
    }
    return MAC_MRXD;
}

/* QEMU models no PHY: all of its registers read 0. */
bool board_ethernet_link(void)
{
    return (phy_read(PHY_STATUS) & PHY_LINK) != 0 || phy_read(PHY_ID) == 0;
}

void lm3s_ethernet_interrupt(void)
{
    MAC_IM = 0;
    ethernet_interrupt();
}

bool board_ethernet_listen(void)
{
    MAC_RIS = INT_ALL;
    MAC_IM = INT_RX | INT_FOV | INT_RXER;
    if (MAC_NP == 0) {
        return true;
    }
    /* The frame arrived before the acknowledgement, which has cleared its event. */
    MAC_IM = 0;
    return false;
}

/* For when the driver has lost track of where a frame begins in the FIFO. */
static void reset_receiver(void)
{
    MAC_RCTL = 0;
    MAC_RCTL = RCTL_RSTFIFO;
    MAC_RCTL = RCTL_BADCRC | RCTL_RXEN;
}

/*
 * Reads one frame from the FIFO, a word at a time. The length field counts itself
 * and the FCS; with ETH_PAD_SIZE 2 it is stored where lwIP expects its padding:
 *
 *     | length | frame ......................... | FCS | to a whole word |
 */
static struct pbuf *read_frame(uint32_t word)
{
    unsigned bytes = word & 0xFFFFU;
    unsigned words = (bytes + 3) / 4 - 1;
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(bytes - FCS_BYTES), PBUF_POOL);

    for (struct pbuf *part = frame; part != NULL; part = part->next) {
        uint32_t *to = part->payload;
        unsigned count = (part->len + 3U) / 4;
        /* `word` is the first of this part; one more is read for the next part. */
        *to++ = word;
        for (words -= --count; count >= 4; count -= 4) {
            *to++ = MAC_DATA;
            *to++ = MAC_DATA;
            *to++ = MAC_DATA;
            *to++ = MAC_DATA;
        }
        for (; count != 0; count--) {
            *to++ = MAC_DATA;
        }
        if (part->next != NULL) {
            word = MAC_DATA;
            words--;
        }
    }
    for (; words != 0; words--) {
        (void)MAC_DATA;
    }
    return frame;
}

struct pbuf *board_ethernet_receive(void)
{
    struct pbuf *frame = NULL;

    while (frame == NULL && MAC_NP != 0) {
        uint32_t word = MAC_DATA;
        unsigned bytes = word & 0xFFFFU;
        if (bytes < SIZEOF_ETH_HDR + FCS_BYTES || bytes > FRAME_MOST) {
            reset_receiver();
        } else {
            frame = read_frame(word);
        }
    }
    return frame;
}

/* An unaligned word, which a Cortex-M3 can read. */
struct word {
    uint32_t value;
} __attribute__((packed, may_alias));

/* Writes `count` words to the FIFO. @return the byte after them. */
static const uint8_t *send_words(const uint8_t *bytes, unsigned count)
{
    const struct word *from = (const struct word *)bytes;

    for (; count >= 4; count -= 4) {
        MAC_DATA = from[0].value;
        MAC_DATA = from[1].value;
        MAC_DATA = from[2].value;
        MAC_DATA = from[3].value;
        from += 4;
    }
    for (; count != 0; count--) {
        MAC_DATA = from++->value;
    }
    return (const uint8_t *)from;
}

bool board_ethernet_send(const struct pbuf *frame)
{
    /* The length takes the place of the padding; it counts the bytes after the header. */
    uint32_t word = frame->tot_len - SIZEOF_ETH_HDR;
    unsigned filled = LENGTH_BYTES;
    unsigned skip = ETH_PAD_SIZE;

    /* The FIFO takes one frame at a time. */
    for (unsigned polls = 0; (MAC_TR & TR_NEWTX) != 0; polls++) {
        if (polls == POLLS) {
            return false;
        }
    }
    for (const struct pbuf *part = frame; part != NULL; part = part->next) {
        const uint8_t *from = (const uint8_t *)part->payload + skip;
        unsigned left = part->len - skip;
        skip = 0;
        while (left != 0) {
            if (filled == 0 && left >= 4) {
                from = send_words(from, left / 4);
                left %= 4;
                continue;
            }
            word |= (uint32_t)*from++ << 8 * filled;
            left--;
            filled++;
            if (filled == 4) {
                MAC_DATA = word;
                word = 0;
                filled = 0;
            }
        }
    }
    if (filled != 0) {
        MAC_DATA = word;
    }
    MAC_TR = TR_NEWTX;
    return true;
}
