#include "board.h"
#include "mps2.h"
#include "port.h"

#include "lwip/pbuf.h"
#include "lwip/prot/ethernet.h"

/*
 * LAN9220, software compatible with the LAN9118. Section numbers refer to the
 * LAN9118 data sheet.
 */
#define LAN(offset)      DEVICE_REGISTER(ETHERNET_BASE, offset)
#define LAN_RX_DATA      LAN(0x00)
#define LAN_TX_DATA      LAN(0x20)
#define LAN_RX_STATUS    LAN(0x40)
#define LAN_TX_STATUS    LAN(0x48)
#define LAN_IRQ_CFG      LAN(0x54)
#define LAN_INT_STS      LAN(0x58)
#define LAN_INT_EN       LAN(0x5C)
#define LAN_FIFO_INT     LAN(0x68)
#define LAN_RX_CFG       LAN(0x6C)
#define LAN_TX_CFG       LAN(0x70)
#define LAN_HW_CFG       LAN(0x74)
#define LAN_RX_FIFO_INF  LAN(0x7C)
#define LAN_TX_FIFO_INF  LAN(0x80)
#define LAN_PMT_CTRL     LAN(0x84)
#define LAN_MAC_CSR_CMD  LAN(0xA4)
#define LAN_MAC_CSR_DATA LAN(0xA8)
#define LAN_E2P_CMD      LAN(0xB0)

/* The interrupt line: enabled, active high, push-pull. This board would invert anything else. */
#define IRQ_CFG_ON (1UL << 8 | 1UL << 4 | 1UL << 0)

#define INT_RX_STATUS_LEVEL (1UL << 3)
#define INT_RX_ERROR        (1UL << 14)
#define INT_RX_DROPPED      (1UL << 6)
#define INT_ALL             0xFFFFFFFFUL

#define RX_CFG_OFFSET        ((uint32_t)ETH_PAD_SIZE << 8) /* bytes before each frame */
#define TX_CFG_ON            (1UL << 1)
#define HW_CFG_RESET         (1UL << 0)
#define HW_CFG_MUST_BE_ONE   (1UL << 20)
#define HW_CFG_TX_FIFO_KB(n) ((uint32_t)(n) << 16)
#define PMT_CTRL_READY       (1UL << 0)
#define E2P_CMD_BUSY         (1UL << 31)

#define RX_STATUS_ERROR  (1UL << 15)
#define TX_FIRST_SEGMENT (1UL << 13)
#define TX_LAST_SEGMENT  (1UL << 12)
#define TX_OFFSET(bytes) ((uint32_t)(bytes) << 16)

/* Registers of the MAC, accessed through MAC_CSR_CMD and MAC_CSR_DATA. */
#define MAC_CSR_BUSY      (1UL << 31)
#define MAC_CSR_READ      (1UL << 30)
#define MAC_CR            1U
#define MAC_ADDRH         2U
#define MAC_ADDRL         3U
#define MAC_MII_ACC       6U
#define MAC_MII_DATA      7U
#define MAC_CR_DUPLEX     (1UL << 20)
#define MAC_CR_MCPAS      (1UL << 19) /* pass all multicast */
#define MAC_CR_TXEN       (1UL << 3)
#define MAC_CR_RXEN       (1UL << 2)
#define MII_READ(reg)     (1UL << 11 | (uint32_t)(reg) << 6 | 1UL << 0)
#define MII_WRITE(reg)    (MII_READ(reg) | 1UL << 1)
#define MII_BUSY          (1UL << 0)
#define PHY_CONTROL       0U
#define PHY_STATUS        1U
#define PHY_AUTONEGOTIATE (1UL << 12 | 1UL << 9)
#define PHY_LINK          (1UL << 2) /* latched: reads low once after each loss of link */

#define FCS_BYTES  4U
#define FRAME_MOST 1518U

/* A full frame at 10 Mbit/s takes 1.2 ms; this many polls take longer. */
#define POLLS 100000U

static bool poll_until(const volatile uint32_t *reg, uint32_t mask, uint32_t value)
{
    for (unsigned polls = 0; polls < POLLS; polls++) {
        if ((*reg & mask) == value) {
            return true;
        }
    }
    return false;
}

static uint32_t mac_read(unsigned number)
{
    LAN_MAC_CSR_CMD = MAC_CSR_BUSY | MAC_CSR_READ | number;
    (void)poll_until(&LAN_MAC_CSR_CMD, MAC_CSR_BUSY, 0);
    return LAN_MAC_CSR_DATA;
}

static void mac_write(unsigned number, uint32_t value)
{
    LAN_MAC_CSR_DATA = value;
    LAN_MAC_CSR_CMD = MAC_CSR_BUSY | number;
    (void)poll_until(&LAN_MAC_CSR_CMD, MAC_CSR_BUSY, 0);
}

static void read_address(uint8_t mac[6])
{
    uint32_t low = mac_read(MAC_ADDRL);
    uint32_t high = mac_read(MAC_ADDRH);

    if (low == UINT32_MAX) { /* no EEPROM: make a locally administered address */
        low = 0;
        port_entropy(&low, sizeof low);
        port_entropy(&high, sizeof high);
        low = (low & ~3UL) | 2UL;
        mac_write(MAC_ADDRL, low);
        mac_write(MAC_ADDRH, high & 0xFFFFUL);
    }
    for (unsigned at = 0; at < 4; at++) {
        mac[at] = (uint8_t)(low >> 8 * at);
    }
    mac[4] = (uint8_t)high;
    mac[5] = (uint8_t)(high >> 8);
}

void board_ethernet_start(uint8_t mac[6])
{
    (void)poll_until(&LAN_PMT_CTRL, PMT_CTRL_READY, PMT_CTRL_READY);
    LAN_HW_CFG = HW_CFG_RESET;
    (void)poll_until(&LAN_HW_CFG, HW_CFG_RESET, 0);
    /* After a reset the chip loads its address from the EEPROM, if there is one. */
    (void)poll_until(&LAN_E2P_CMD, E2P_CMD_BUSY, 0);
    LAN_HW_CFG = HW_CFG_MUST_BE_ONE | HW_CFG_TX_FIFO_KB(5);
    LAN_INT_EN = 0;
    LAN_INT_STS = INT_ALL;
    LAN_FIFO_INT = 0; /* raise the status level interrupt at the first frame */
    LAN_IRQ_CFG = IRQ_CFG_ON;
    LAN_RX_CFG = RX_CFG_OFFSET;
    read_address(mac);
    mac_write(MAC_MII_DATA, PHY_AUTONEGOTIATE);
    mac_write(MAC_MII_ACC, MII_WRITE(PHY_CONTROL));
    mac_write(MAC_CR, MAC_CR_DUPLEX | MAC_CR_MCPAS | MAC_CR_TXEN | MAC_CR_RXEN);
    LAN_TX_CFG = TX_CFG_ON;
    cortex_m_enable(INTERRUPT_ETHERNET, CORTEX_M_DEVICE_PRIORITY);
}

bool board_ethernet_link(void)
{
    mac_write(MAC_MII_ACC, MII_READ(PHY_STATUS));
    for (unsigned polls = 0; (mac_read(MAC_MII_ACC) & MII_BUSY) != 0; polls++) {
        if (polls == POLLS) {
            return true;
        }
    }
    return (mac_read(MAC_MII_DATA) & PHY_LINK) != 0;
}

void mps2_ethernet_interrupt(void)
{
    LAN_INT_EN = 0;
    ethernet_interrupt();
}

static unsigned frames_waiting(void)
{
    return LAN_RX_FIFO_INF >> 16 & 0xFFU;
}

bool board_ethernet_listen(void)
{
    LAN_INT_STS = INT_ALL;
    LAN_INT_EN = INT_RX_STATUS_LEVEL | INT_RX_ERROR | INT_RX_DROPPED;
    if (frames_waiting() == 0) {
        return true;
    }
    /* The frame arrived before the acknowledgement, which has cleared its event. */
    LAN_INT_EN = 0;
    return false;
}

/* 3.13 "RX data path": padding, frame and FCS, rounded up to a whole word. */
static struct pbuf *read_frame(uint32_t status)
{
    unsigned bytes = status >> 16 & 0x3FFFU;
    unsigned words = (ETH_PAD_SIZE + bytes + 3) / 4;
    struct pbuf *frame = NULL;

    if ((status & RX_STATUS_ERROR) == 0 && bytes >= SIZEOF_ETH_HDR + FCS_BYTES - ETH_PAD_SIZE &&
        bytes <= FRAME_MOST) {
        frame = pbuf_alloc(PBUF_RAW, (u16_t)(ETH_PAD_SIZE + bytes - FCS_BYTES), PBUF_POOL);
    }
    for (struct pbuf *part = frame; part != NULL; part = part->next) {
        uint32_t *to = part->payload;
        for (unsigned at = 0; at < part->len; at += 4) {
            *to++ = LAN_RX_DATA;
            words--;
        }
    }
    for (; words != 0; words--) {
        (void)LAN_RX_DATA;
    }
    return frame;
}

struct pbuf *board_ethernet_receive(void)
{
    struct pbuf *frame = NULL;

    while (frame == NULL && frames_waiting() != 0) {
        frame = read_frame(LAN_RX_STATUS);
    }
    return frame;
}

/* Bytes free in the data FIFO. The status FIFO must not fill up either, so it is emptied here. */
static unsigned transmit_room(void)
{
    while ((LAN_TX_FIFO_INF >> 16 & 0xFFU) != 0) {
        (void)LAN_TX_STATUS;
    }
    return LAN_TX_FIFO_INF & 0xFFFFU;
}

/* 3.12 "TX data path": each pbuf is a buffer with its own command words and offset. */
bool board_ethernet_send(const struct pbuf *frame)
{
    unsigned bytes = frame->tot_len - ETH_PAD_SIZE;
    unsigned skip = ETH_PAD_SIZE;
    unsigned need = bytes + 16U * pbuf_clen(frame);

    for (unsigned polls = 0; transmit_room() < need; polls++) {
        if (polls == POLLS) {
            return false;
        }
    }
    for (const struct pbuf *part = frame; part != NULL; part = part->next) {
        uintptr_t start = (uintptr_t)part->payload + skip;
        const uint32_t *from = (const uint32_t *)(start & ~(uintptr_t)3);
        unsigned offset = start & 3U;
        unsigned length = part->len - skip;
        LAN_TX_DATA = TX_OFFSET(offset) | (part == frame ? TX_FIRST_SEGMENT : 0) |
                      (part->next == NULL ? TX_LAST_SEGMENT : 0) | length;
        LAN_TX_DATA = bytes;
        for (unsigned words = (offset + length + 3) / 4; words != 0; words--) {
            LAN_TX_DATA = *from++;
        }
        skip = 0;
    }
    return true;
}
