#include "board.h"
#include "board_config.h"
#include "cortex_a.h"
#include "port.h"

#include "lwip/pbuf.h"
#include "lwip/prot/ethernet.h"

/* "10/100-Mbps Ethernet MAC (ENET)", memory map. */
#define ENET1_BASE      0x02188000UL
#define ENET2_BASE      0x020B4000UL
#define ENET(offset)    DEVICE_REGISTER(ENET1_BASE, offset)
#define ENET_EIR        ENET(0x004)
#define ENET_EIMR       ENET(0x008)
#define ENET_RDAR       ENET(0x010)
#define ENET_TDAR       ENET(0x014)
#define ENET_ECR        ENET(0x024)
#define ENET_RCR        ENET(0x084)
#define ENET_TCR        ENET(0x0C4)
#define ENET_PALR       ENET(0x0E4)
#define ENET_PAUR       ENET(0x0E8)
#define ENET_IAUR       ENET(0x118)
#define ENET_IALR       ENET(0x11C)
#define ENET_GAUR       ENET(0x120)
#define ENET_GALR       ENET(0x124)
#define ENET_TFWR       ENET(0x144)
#define ENET_RDSR       ENET(0x180)
#define ENET_TDSR       ENET(0x184)
#define ENET_MRBR       ENET(0x188)
#define MDIO_EIR(base)  DEVICE_REGISTER(base, 0x004)
#define MDIO_MMFR(base) DEVICE_REGISTER(base, 0x040)
#define MDIO_MSCR(base) DEVICE_REGISTER(base, 0x044)

#define EIR_MII         (1UL << 23)
#define EIR_RXF         (1UL << 25)
#define EIR_ALL         0xFFFFFFFFUL
#define ACTIVE          (1UL << 24) /* of RDAR and TDAR */
#define ECR_RESET       (1UL << 0)
#define ECR_ETHEREN     (1UL << 1)
#define ECR_DBSWP       (1UL << 8) /* descriptors are little-endian */
#define RCR_MII         (1UL << 2) /* must be one */
#define RCR_RMII        (1UL << 8)
#define RCR_MAX_FL(n)   ((uint32_t)(n) << 16)
#define TCR_FDEN        (1UL << 2)
#define TFWR_WHOLE      (1UL << 8) /* send a frame once all of it is in the FIFO */
#define PAUR_TYPE       0x8808UL   /* of pause frames */
#define MSCR_SPEED(n)   ((uint32_t)(n) << 1)
#define MMFR_READ(reg)  (1UL << 30 | 2UL << 28 | PHY << 23 | (uint32_t)(reg) << 18 | 2UL << 16)
#define MMFR_WRITE(reg) (1UL << 30 | 1UL << 28 | PHY << 23 | (uint32_t)(reg) << 18 | 2UL << 16)

/* Registers of the PHY, IEEE 802.3, 22.2.4. */
#define PHY            2UL /* its address */
#define PHY_CONTROL    0U
#define PHY_STATUS     1U
#define PHY_ID         2U
#define PHY_ADVERTISE  4U
#define PHY_NEGOTIATE  (1UL << 12 | 1UL << 9)
#define PHY_100_DUPLEX (1UL << 8 | 1UL << 0)
#define PHY_LINK       (1UL << 2) /* latched: reads low once after each loss of link */
#define PHY_NONE       0xFFFFU    /* nobody drives the bus */

#define FCS_BYTES  4U
#define FRAME_MOST 1518U

/* A full frame at 10 Mbit/s takes 1.2 ms; this many polls take longer. */
#define POLLS 100000U

/* "Legacy buffer descriptors", in little-endian order. */
struct descriptor {
    volatile uint16_t length;
    volatile uint16_t control;
    uint32_t buffer;
};

#define CONTROL_OWNED (1U << 15) /* by the MAC: to be filled, or to be sent */
#define CONTROL_WRAP  (1U << 13) /* the ring's last */
#define CONTROL_LAST  (1U << 11) /* the frame's last */
#define TX_CRC        (1U << 10)
/* Too long, not whole bytes, a wrong FCS, the FIFO overran, truncated. */
#define RX_ERRORS (1U << 5 | 1U << 4 | 1U << 2 | 1U << 1 | 1U << 0)

/*
 * The MAC fills the descriptors that it owns in order, and sends those that it owns:
 *
 *     | the MAC's | the MAC's | a frame | a frame | the MAC's |
 *                               ^ next                         wrap
 *
 * A buffer holds a whole frame, since the MAC truncates one that is longer than 2,047 bytes (FTRL
 * after a reset). Rings and buffers are in memory that is not cached.
 */
#define RX_COUNT     32U
#define TX_COUNT     8U
#define BUFFER_BYTES 2048U /* a multiple of 64 */
#define DMA          __attribute__((aligned(64), section(".uncached")))

static struct ring {
    struct descriptor *descriptor;
    uint8_t (*buffer)[BUFFER_BYTES];
    unsigned count, next;
} receiving, sending;

static struct descriptor rx_descriptors[RX_COUNT] DMA, tx_descriptors[TX_COUNT] DMA;
static uint8_t rx_buffers[RX_COUNT][BUFFER_BYTES] DMA, tx_buffers[TX_COUNT][BUFFER_BYTES] DMA;

/* The MAC whose management bus has the PHY. */
static uintptr_t mdio;

static void start_ring(struct ring *ring, uint16_t control)
{
    ring->next = 0;
    for (unsigned at = 0; at < ring->count; at++) {
        ring->descriptor[at].buffer = (uintptr_t)ring->buffer[at];
        ring->descriptor[at].control =
            (uint16_t)(control | (at + 1 == ring->count ? CONTROL_WRAP : 0));
    }
}

/* Gives the next descriptor to the MAC. */
static void hand_over(struct ring *ring, uint16_t control, volatile uint32_t *active)
{
    struct descriptor *descriptor = &ring->descriptor[ring->next];

    ring->next = (ring->next + 1) % ring->count;
    cortex_a_barrier();
    descriptor->control =
        (uint16_t)((descriptor->control & CONTROL_WRAP) | CONTROL_OWNED | control);
    cortex_a_barrier();
    *active = ACTIVE;
}

static uint32_t phy_do(uint32_t command)
{
    MDIO_EIR(mdio) = EIR_MII;
    MDIO_MMFR(mdio) = command;
    for (unsigned polls = 0; (MDIO_EIR(mdio) & EIR_MII) == 0; polls++) {
        if (polls == POLLS) {
            return PHY_NONE;
        }
    }
    return MDIO_MMFR(mdio) & 0xFFFFU;
}

/* The board's PHYs are both on ENET2's bus; QEMU before 8.1 has each on that of its own MAC. */
static void start_phy(void)
{
    /* 66 MHz / (2 * (13 + 1)) = 2.4 MHz; the standard's maximum is 2.5 */
    MDIO_MSCR(ENET1_BASE) = MSCR_SPEED(13);
    MDIO_MSCR(ENET2_BASE) = MSCR_SPEED(13);
    mdio = ENET2_BASE;
    if (phy_do(MMFR_READ(PHY_ID)) == PHY_NONE) {
        mdio = ENET1_BASE;
    }
    /* The only mode that the MAC is set up for. */
    (void)phy_do(MMFR_WRITE(PHY_ADVERTISE) | PHY_100_DUPLEX);
    (void)phy_do(MMFR_WRITE(PHY_CONTROL) | PHY_NEGOTIATE);
}

/* U-Boot leaves its address in the MAC. */
static void read_address(uint8_t mac[6])
{
    uint32_t first = ENET_PALR;
    uint32_t rest = ENET_PAUR >> 16;

    if (first == 0 && rest == 0) { /* make a locally administered address */
        port_entropy(&first, sizeof first);
        port_entropy(&rest, sizeof rest);
        first = (first & ~(3UL << 24)) | 2UL << 24;
    }
    for (unsigned at = 0; at < 4; at++) {
        mac[at] = (uint8_t)(first >> (24 - 8 * at));
    }
    mac[4] = (uint8_t)(rest >> 8);
    mac[5] = (uint8_t)rest;
    ENET_ECR = ECR_RESET;
    ENET_PALR = first;
    ENET_PAUR = rest << 16 | PAUR_TYPE;
}

void board_ethernet_start(uint8_t mac[6])
{
    receiving = (struct ring){rx_descriptors, rx_buffers, RX_COUNT, 0};
    sending = (struct ring){tx_descriptors, tx_buffers, TX_COUNT, 0};
    start_ring(&receiving, CONTROL_OWNED);
    start_ring(&sending, 0);
    read_address(mac);
    ENET_EIMR = 0;
    ENET_EIR = EIR_ALL;
    ENET_IAUR = 0;
    ENET_IALR = 0;
    ENET_GAUR = UINT32_MAX; /* pass all multicast */
    ENET_GALR = UINT32_MAX;
    ENET_RCR = RCR_MAX_FL(FRAME_MOST) | RCR_RMII | RCR_MII;
    ENET_TCR = TCR_FDEN;
    ENET_TFWR = TFWR_WHOLE;
    ENET_RDSR = (uintptr_t)rx_descriptors;
    ENET_TDSR = (uintptr_t)tx_descriptors;
    ENET_MRBR = BUFFER_BYTES;
    start_phy();
    cortex_a_barrier();
    ENET_ECR = ECR_DBSWP | ECR_ETHEREN;
    ENET_RDAR = ACTIVE;
    cortex_a_enable(INTERRUPT_ENET1);
}

bool board_ethernet_link(void)
{
    return (phy_do(MMFR_READ(PHY_STATUS)) & PHY_LINK) != 0;
}

void mcimx6ul_ethernet_interrupt(void)
{
    ENET_EIMR = 0;
    ethernet_interrupt();
}

static bool has_frame(void)
{
    return (receiving.descriptor[receiving.next].control & CONTROL_OWNED) == 0;
}

bool board_ethernet_listen(void)
{
    ENET_EIR = EIR_RXF;
    ENET_EIMR = EIR_RXF;
    if (!has_frame()) {
        return true;
    }
    /* The frame arrived before the acknowledgement, which has cleared its event. */
    ENET_EIMR = 0;
    return false;
}

/* Copies the next frame, if it is a good one and there are buffers for it. */
static struct pbuf *take_frame(void)
{
    const struct descriptor *from = &receiving.descriptor[receiving.next];
    unsigned bytes = from->length;
    struct pbuf *frame = NULL;

    if ((from->control & (CONTROL_LAST | RX_ERRORS)) == CONTROL_LAST &&
        bytes >= SIZEOF_ETH_HDR - ETH_PAD_SIZE + FCS_BYTES && bytes <= FRAME_MOST) {
        bytes -= FCS_BYTES;
        frame = pbuf_alloc(PBUF_RAW, (u16_t)(ETH_PAD_SIZE + bytes), PBUF_POOL);
    }
    if (frame != NULL) {
        (void)pbuf_take_at(frame, receiving.buffer[receiving.next], (u16_t)bytes, ETH_PAD_SIZE);
    }
    return frame;
}

struct pbuf *board_ethernet_receive(void)
{
    struct pbuf *frame = NULL;

    while (frame == NULL && has_frame()) {
        cortex_a_barrier();
        frame = take_frame();
        hand_over(&receiving, 0, &ENET_RDAR);
    }
    return frame;
}

bool board_ethernet_send(const struct pbuf *frame)
{
    struct descriptor *to = &sending.descriptor[sending.next];
    u16_t bytes = (u16_t)(frame->tot_len - ETH_PAD_SIZE);

    for (unsigned polls = 0; (to->control & CONTROL_OWNED) != 0; polls++) {
        if (polls == POLLS) {
            return false;
        }
    }
    (void)pbuf_copy_partial(frame, sending.buffer[sending.next], bytes, ETH_PAD_SIZE);
    to->length = bytes;
    hand_over(&sending, CONTROL_LAST | TX_CRC, &ENET_TDAR);
    return true;
}
