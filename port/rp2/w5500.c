#include "board.h"
#include "os.h"
#include "port.h"
#include "rp2.h"

#include "hardware/gpio.h"
#include "hardware/irq.h"
#include "hardware/spi.h"
#include "hardware/timer.h"
#include "lwip/pbuf.h"
#include "lwip/prot/ethernet.h"
#include "pico/unique_id.h"

#include <string.h>

/*
 * A WIZnet W5500 as a plain MAC: only its socket 0, which can be a raw one ("MACRAW"), with all of
 * the chip's buffers. Section numbers refer to the W5500 data sheet, version 1.1.0.
 *
 * The processor copies frames by itself. With DMA it would wait as long: the bus takes 32 cycles
 * for a byte, and nothing else may run before the frame is through.
 */
#define SPI_HZ     33333333U /* 5.5.4 "SPI Timing": guaranteed; on RP2040 it becomes 31.25 MHz */
#define FIFO_BYTES 8U        /* of the SPI, each way */

/* 2.2.2 "Control phase": the block of the address, and whether to write. */
enum block {
    COMMON = 0x00,
    SOCKET = 0x08,
    SEND_BUFFER = 0x10,
    RECEIVE_BUFFER = 0x18,
    WRITE = 0x04,
};
#define SOCKET_BLOCK(number) (SOCKET + 0x20U * (number))

/* 4.1 "Common register block". */
#define SHAR          0x0009U
#define SIMR          0x0018U
#define PHYCFGR       0x002EU
#define VERSIONR      0x0039U
#define PHYCFGR_LINK  (1U << 0)
#define VERSIONR_IS   0x04U
#define SIMR_SOCKET_0 (1U << 0)

/* 4.2 "Socket register block". */
#define SN_MR         0x0000U
#define SN_CR         0x0001U
#define SN_IR         0x0002U
#define SN_SR         0x0003U
#define SN_RXBUF_SIZE 0x001EU
#define SN_TXBUF_SIZE 0x001FU
#define SN_TX_WR      0x0024U
#define SN_RX_RSR     0x0026U
#define SN_RX_RD      0x0028U
#define SN_IMR        0x002CU
#define MR_MACRAW     4U /* without the filter for our own address, which stops multicast, too */
#define CR_OPEN       0x01U
#define CR_SEND       0x20U
#define CR_RECV       0x40U
#define IR_RECV       (1U << 2)
#define IR_SENDOK     (1U << 4)
#define SR_MACRAW     0x42U
#define SOCKETS       8U
#define BUFFER_KB     16U

/* 5.5.1 "Reset timing". */
#define RESET_US 500U
#define LOCK_US  1000U

#define SIZE_BYTES    2U /* before each received frame: its length and theirs */
#define GROUP         1U /* in the first byte of an address: multicast or broadcast */
#define FRAME_MOST    1514U
#define FRAME_LEAST   60U
#define RELEASE_BYTES 4096U

/* A full frame at 10 Mbit/s takes 1.2 ms, a poll 2 us. */
#define POLLS             2000U
#define COMPLAIN_EVERY_US 5000000U

static uint16_t receive_at; /* the next byte of the receive buffer */
static uint16_t waiting;    /* bytes that are known to be there */
static uint16_t unreleased; /* bytes before receive_at that the chip still keeps */
static uint16_t send_at;    /* the next byte of the send buffer */
static bool sending;        /* a frame is on its way */
static bool is_open;        /* the chip has answered, and has its socket */
static uint8_t address[ETH_HWADDR_LEN];

/* --- The SPI ------------------------------------------------------------------ */

static void spi_put(const uint8_t *from, size_t bytes)
{
    spi_hw_t *spi = spi_get_hw(W5500_SPI);

    while (bytes-- != 0) {
        while ((spi->sr & SPI_SSPSR_TNF_BITS) == 0) {
        }
        spi->dr = *from++;
    }
}

/* Forgets what came in while spi_put() was sending. */
static void spi_drain(void)
{
    spi_hw_t *spi = spi_get_hw(W5500_SPI);

    while ((spi->sr & (SPI_SSPSR_BSY_BITS | SPI_SSPSR_RNE_BITS)) != 0) {
        (void)spi->dr;
    }
}

/* Keeps as many bytes under way as the FIFOs hold. */
static void spi_get(uint8_t *to, size_t bytes)
{
    spi_hw_t *spi = spi_get_hw(W5500_SPI);
    size_t sent = 0;

    for (; sent < bytes && sent < FIFO_BYTES; sent++) {
        spi->dr = 0;
    }
    for (size_t got = 0; got < bytes; got++) {
        while ((spi->sr & SPI_SSPSR_RNE_BITS) == 0) {
        }
        to[got] = (uint8_t)spi->dr;
        if (sent < bytes) {
            sent++;
            spi->dr = 0;
        }
    }
}

/* Begins an access, which end_access() ends: the chip counts addresses up from `at`. */
static void begin_access(unsigned at, unsigned control)
{
    const uint8_t head[] = {(uint8_t)(at >> 8), (uint8_t)at, (uint8_t)control};

    gpio_put(W5500_CS, false);
    spi_put(head, sizeof head);
}

static void end_access(void)
{
    spi_drain();
    gpio_put(W5500_CS, true);
}

static void put(unsigned block, unsigned at, const void *from, size_t bytes)
{
    begin_access(at, block | WRITE);
    spi_put(from, bytes);
    end_access();
}

static void get(unsigned block, unsigned at, void *to, size_t bytes)
{
    begin_access(at, block);
    spi_drain();
    spi_get(to, bytes);
    end_access();
}

static void put_byte(unsigned block, unsigned at, unsigned value)
{
    uint8_t byte = (uint8_t)value;

    put(block, at, &byte, 1);
}

static unsigned get_byte(unsigned block, unsigned at)
{
    uint8_t byte;

    get(block, at, &byte, 1);
    return byte;
}

static void put_number(unsigned at, uint16_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

    put(SOCKET, at, bytes, sizeof bytes);
}

static uint16_t get_number(unsigned at)
{
    uint8_t bytes[2];

    get(SOCKET, at, bytes, sizeof bytes);
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* 4.2 "Sn_CR": the register is zero again once the chip has taken the command. */
static bool command(unsigned value)
{
    put_byte(SOCKET, SN_CR, value);
    for (unsigned polls = 0; get_byte(SOCKET, SN_CR) != 0; polls++) {
        if (polls == POLLS) {
            return false;
        }
    }
    return true;
}

/* --- Start --------------------------------------------------------------------- */

static void start_pins(void)
{
    static const uint8_t pins[] = {W5500_MISO, W5500_SCK, W5500_MOSI};

    (void)spi_init(W5500_SPI, SPI_HZ);
    for (unsigned n = 0; n < sizeof pins; n++) {
        gpio_set_function(pins[n], GPIO_FUNC_SPI);
    }
    gpio_init(W5500_CS);
    gpio_put(W5500_CS, true);
    gpio_set_dir(W5500_CS, true);
    gpio_init(W5500_RST);
    gpio_set_dir(W5500_RST, true);
    gpio_init(W5500_INT);
    gpio_pull_up(W5500_INT);
}

/* Resets the chip and opens its socket. @return false if it does not answer. */
static bool open_chip(void)
{
    is_open = false;
    gpio_put(W5500_RST, false);
    busy_wait_us(RESET_US);
    gpio_put(W5500_RST, true);
    busy_wait_us(LOCK_US);
    if (get_byte(COMMON, VERSIONR) != VERSIONR_IS) {
        return false;
    }
    put(COMMON, SHAR, address, sizeof address);
    for (unsigned number = SOCKETS; number-- != 0;) { /* never more than there is in all */
        unsigned kb = number == 0 ? BUFFER_KB : 0;
        put_byte(SOCKET_BLOCK(number), SN_RXBUF_SIZE, kb);
        put_byte(SOCKET_BLOCK(number), SN_TXBUF_SIZE, kb);
    }
    put_byte(SOCKET, SN_MR, MR_MACRAW);
    put_byte(SOCKET, SN_IMR, IR_RECV);
    put_byte(COMMON, SIMR, SIMR_SOCKET_0);
    if (!command(CR_OPEN) || get_byte(SOCKET, SN_SR) != SR_MACRAW) {
        return false;
    }
    receive_at = get_number(SN_RX_RD);
    send_at = get_number(SN_TX_WR);
    waiting = unreleased = 0;
    sending = false;
    is_open = true;
    return true;
}

/* A locally administered one: the last bytes of the flash's number, which differ among parts. */
static void make_address(void)
{
    pico_unique_board_id_t id;

    pico_get_unique_board_id(&id);
    memcpy(address, &id.id[sizeof id.id - sizeof address], sizeof address);
    address[0] = (uint8_t)((address[0] & ~3U) | 2U);
}

static void w5500_interrupt(void)
{
    gpio_set_irq_enabled(W5500_INT, GPIO_IRQ_LEVEL_LOW, false);
    ethernet_interrupt();
}

void board_ethernet_start(uint8_t mac[6])
{
    uint32_t complained_us = time_us_32() - COMPLAIN_EVERY_US;

    make_address();
    memcpy(mac, address, sizeof address);
    start_pins();
    while (!open_chip()) {
        if (time_us_32() - complained_us >= COMPLAIN_EVERY_US) {
            complained_us = time_us_32();
            port_complain("the W5500 does not answer: check its power, its wires, and the pins in "
                          "board.cmake");
        }
        os_pause();
    }
    irq_set_exclusive_handler(IO_IRQ_BANK0, w5500_interrupt);
    irq_set_enabled(IO_IRQ_BANK0, true);
}

/* A chip that has lost its state, in a brown-out for example, is started again. */
bool board_ethernet_link(void)
{
    if (!is_open || get_byte(SOCKET, SN_SR) != SR_MACRAW) {
        if (!open_chip()) {
            return false;
        }
        ethernet_interrupt(); /* so that it is listened to again */
    }
    return (get_byte(COMMON, PHYCFGR) & PHYCFGR_LINK) != 0;
}

/* --- Frames -------------------------------------------------------------------- */

/* 4.2 "Sn_RX_RSR": it may change between its two bytes, so it must be read twice the same. */
static uint16_t received_bytes(void)
{
    uint16_t before;
    uint16_t now = get_number(SN_RX_RSR);

    do {
        before = now;
        now = get_number(SN_RX_RSR);
    } while (now != before);
    return now;
}

static void release(void)
{
    if (unreleased != 0) {
        put_number(SN_RX_RD, receive_at);
        (void)command(CR_RECV);
        unreleased = 0;
    }
}

static bool frames_wait(void)
{
    if (!is_open) {
        return false;
    }
    if (waiting == 0) {
        release();
        waiting = received_bytes();
    } else if (unreleased >= RELEASE_BYTES) {
        release();
    }
    return waiting != 0;
}

/* The interrupt is level triggered: a frame that arrives after the check raises it at once. */
bool board_ethernet_listen(void)
{
    put_byte(SOCKET, SN_IR, IR_RECV);
    if (frames_wait()) {
        return false;
    }
    gpio_set_irq_enabled(W5500_INT, GPIO_IRQ_LEVEL_LOW, is_open);
    return true;
}

/* Reads what follows the destination. */
static void read_payload(struct pbuf *frame)
{
    unsigned skip = ETH_PAD_SIZE + ETH_HWADDR_LEN;

    for (struct pbuf *part = frame; part != NULL; part = part->next) {
        spi_get((uint8_t *)part->payload + skip, part->len - skip);
        skip = 0;
    }
}

static bool is_frame_size(unsigned bytes)
{
    return bytes >= SIZE_BYTES + SIZEOF_ETH_HDR - ETH_PAD_SIZE &&
           bytes <= SIZE_BYTES + FRAME_MOST && bytes <= waiting;
}

/*
 * Frames follow each other in the buffer, each after its length. One that cannot be a frame's means
 * that we are out of step with the chip: it starts again.
 */
static struct pbuf *read_frame(void)
{
    uint8_t head[SIZE_BYTES + ETH_HWADDR_LEN];
    const uint8_t *to = head + SIZE_BYTES;
    struct pbuf *frame = NULL;

    begin_access(receive_at, RECEIVE_BUFFER);
    spi_drain();
    spi_get(head, sizeof head);
    uint16_t bytes = (uint16_t)(head[0] << 8 | head[1]);
    if (!is_frame_size(bytes)) {
        end_access();
        (void)open_chip();
        return NULL;
    }
    if ((to[0] & GROUP) != 0 || memcmp(to, address, sizeof address) == 0) {
        frame = pbuf_alloc(PBUF_RAW, (u16_t)(ETH_PAD_SIZE + bytes - SIZE_BYTES), PBUF_POOL);
    }
    if (frame != NULL) {
        memcpy((uint8_t *)frame->payload + ETH_PAD_SIZE, to, ETH_HWADDR_LEN);
        read_payload(frame);
    }
    end_access();
    receive_at = (uint16_t)(receive_at + bytes);
    unreleased = (uint16_t)(unreleased + bytes);
    waiting = (uint16_t)(waiting - bytes);
    return frame;
}

struct pbuf *board_ethernet_receive(void)
{
    enum { MOST_SKIPPED = 32 }; /* frames for others, of which a hub may bring any number */
    struct pbuf *frame = NULL;

    for (unsigned skipped = 0; frame == NULL && skipped < MOST_SKIPPED && frames_wait();
         skipped++) {
        frame = read_frame();
    }
    return frame;
}

/* Waits until the frame before has left. */
static bool sender_is_free(void)
{
    for (unsigned polls = 0; sending; polls++) {
        if ((get_byte(SOCKET, SN_IR) & IR_SENDOK) != 0) {
            put_byte(SOCKET, SN_IR, IR_SENDOK);
            sending = false;
        } else if (polls == POLLS) {
            return false;
        }
    }
    return true;
}

/*
 * The chip sends what lies between its own pointer and SN_TX_WR as one frame, so that only one can
 * be on its way. The next one is written meanwhile: the buffer has room for ten.
 */
bool board_ethernet_send(const struct pbuf *frame)
{
    static const uint8_t padding[FRAME_LEAST];
    unsigned bytes = frame->tot_len - ETH_PAD_SIZE;
    unsigned skip = ETH_PAD_SIZE;

    begin_access(send_at, SEND_BUFFER | WRITE);
    for (const struct pbuf *part = frame; part != NULL; part = part->next) {
        spi_put((const uint8_t *)part->payload + skip, part->len - skip);
        skip = 0;
    }
    if (bytes < FRAME_LEAST) {
        spi_put(padding, FRAME_LEAST - bytes);
        bytes = FRAME_LEAST;
    }
    end_access();
    if (!is_open || !sender_is_free()) {
        return false;
    }
    send_at = (uint16_t)(send_at + bytes);
    put_number(SN_TX_WR, send_at);
    sending = command(CR_SEND);
    return sending;
}
