"use strict";
/* WIZnet's W5500, an Ethernet controller at SPI, as a plain MAC: socket 0 in MACRAW mode, as in its datasheet, version
 * 1.1.0. Where that leaves something open, the model does what a driver is least likely to get along with by luck:
 * - a command that is given while Sn_CR is not 0, or SEND before SENDOK, is not executed;
 * - Sn_IR's RECV is set when a frame arrives, and not again by RECV for the frames that are left;
 * - with MFEN, multicast frames are dropped;
 * - nothing answers while RSTn is low, and for 1 ms after that.
 * Not modelled: sockets in other modes, INTLEVEL, Wake on LAN, the PHY's modes.
 */

const COMMON = {MR: 0x00, SHAR: 0x09, IR: 0x15, IMR: 0x16, SIR: 0x17, SIMR: 0x18, PHYCFGR: 0x2E, VERSIONR: 0x39};
const SOCKET = {MR: 0x00, CR: 0x01, IR: 0x02, SR: 0x03, RXBUF_SIZE: 0x1E, TXBUF_SIZE: 0x1F, TX_FSR: 0x20, TX_RD: 0x22,
  TX_WR: 0x24, RX_RSR: 0x26, RX_RD: 0x28, RX_WR: 0x2A, IMR: 0x2C};

/* Values of the registers after a reset, if not 0. */
const COMMON_RESET = {0x19: 0x07, 0x1A: 0xD0, 0x1B: 0x08, 0x1C: 0x28, 0x26: 0xFF, 0x27: 0xFF, 0x2E: 0xB8, 0x39: 0x04};
const SOCKET_RESET = {0x06: 0xFF, 0x07: 0xFF, 0x08: 0xFF, 0x09: 0xFF, 0x0A: 0xFF, 0x0B: 0xFF, 0x16: 0x80, 0x1E: 2,
  0x1F: 2, 0x2C: 0xFF, 0x2D: 0x40};

const MR_RST = 0x80;
const PHY_RST = 0x80, PHY_LINKED = 0x07; /* 100 Mbit/s, full duplex, link up */
const SN_MFEN = 0x80, SN_BCASTB = 0x40, SN_MMB = 0x20, SN_MIP6B = 0x10, SN_MODE = 0x0F, MACRAW = 4;
const OPEN = 0x01, CLOSE = 0x10, SEND = 0x20, RECV = 0x40;
const SENDOK = 0x10, RECEIVED = 0x04;
const SOCK_CLOSED = 0x00, SOCK_MACRAW = 0x42;

const SOCKETS = 8, REGISTERS = 0x40, BUFFERS_BYTES = 16384;
const SHORTEST = 60, LONGEST = 1514; /* frames, without their check sequence */
const LENGTH_BYTES = 2; /* in front of each received frame: its length, with these two */

const RESET_NANOS = 500e3, START_NANOS = 1e6; /* the shortest reset pulse; until the PLL is stable */
const COMMAND_NANOS = 500;
/* On the wire a frame has a preamble of 8 bytes, a check sequence of 4, and a gap of 12. */
const wireNanos = bytes => (bytes + 24) * 80;

class W5500 {
  /* after: (nanoseconds, callback); transmit: (frame); interrupt: (level of INTn) */
  constructor({now, after, transmit, interrupt}) {
    Object.assign(this, {now, after, transmit, interrupt});
    this.tx = new Uint8Array(BUFFERS_BYTES);
    this.rx = new Uint8Array(BUFFERS_BYTES);
    this.linked = true;
    this.dropped = 0; /* frames that found no room */
    this.resetAt = -1; /* since when RSTn is low; -1: it is high */
    this.readyAt = START_NANOS;
    this.selected = false;
    this.reset();
  }

  reset() {
    const registers = values => Uint8Array.from({length: REGISTERS}, (_, at) => values[at] || 0);
    this.common = registers(COMMON_RESET);
    this.sockets = Array.from({length: SOCKETS}, () => registers(SOCKET_RESET));
    this.placeBuffers();
    this.rxFreed = 0; /* Sn_RX_RD as of the last RECV */
    this.sending = false;
    this.generation = (this.generation || 0) + 1; /* what is under way ends with a reset */
    this.updateInterrupt();
  }

  /* Pins */

  setReset(level) {
    if (!level && this.resetAt < 0) {
      this.resetAt = this.now();
    } else if (level && this.resetAt >= 0) {
      if (this.now() - this.resetAt >= RESET_NANOS) {
        this.reset();
        this.readyAt = this.now() + START_NANOS;
      }
      this.resetAt = -1;
    }
  }

  setSelect(level) {
    this.selected = !level;
    this.phase = 0;
  }

  updateInterrupt() {
    let sir = 0;
    this.sockets.forEach((socket, n) => sir |= socket[SOCKET.IR] & socket[SOCKET.IMR] ? 1 << n : 0);
    this.common[COMMON.SIR] = sir;
    this.interrupt(!(sir & this.common[COMMON.SIMR] || this.common[COMMON.IR] & this.common[COMMON.IMR]));
  }

  /* SPI frames: an address of two bytes, the control phase, then data, until SCSn rises or the fixed length is over. */
  exchange(byte) {
    if (!this.selected) return 0xFF;
    if (this.resetAt >= 0 || this.now() < this.readyAt) return 0;
    switch (this.phase) {
      case 0:
        this.address = byte << 8;
        this.phase = 1;
        return 0;
      case 1:
        this.address |= byte;
        this.phase = 2;
        return 0;
      case 2:
        this.block = byte >> 3;
        this.writes = (byte & 4) !== 0;
        this.length = [Infinity, 1, 2, 4][byte & 3];
        this.phase = 3;
        return 0;
    }
    const address = this.address;
    this.address = address + 1 & 0xFFFF;
    if (--this.length === 0) this.phase = 0;
    const socket = this.block >> 2, kind = this.block & 3;
    if (!this.writes) return this.read(socket, kind, address);
    this.write(socket, kind, address, byte);
    return 0;
  }

  /* Registers and buffers. Of the kinds 0 is the common registers, 1 a socket's, 2 its transmit buffer, 3 its receive
   * buffer.
   */

  read(socket, kind, address) {
    if (kind === 0) return socket === 0 ? this.readCommon(address) : 0;
    if (kind === 1) return this.readSocket(socket, address);
    const {base, bytes} = this.buffer(socket, kind === 2 ? SOCKET.TXBUF_SIZE : SOCKET.RXBUF_SIZE);
    return bytes ? (kind === 2 ? this.tx : this.rx)[base + address % bytes] : 0;
  }

  write(socket, kind, address, byte) {
    if (kind === 0) {
      if (socket === 0) this.writeCommon(address, byte);
    } else if (kind === 1) {
      this.writeSocket(socket, address, byte);
    } else if (kind === 2) {
      const {base, bytes} = this.buffer(socket, SOCKET.TXBUF_SIZE);
      if (bytes) this.tx[base + address % bytes] = byte;
    }
  }

  readCommon(at) {
    if (at >= REGISTERS) return 0;
    const {PHYCFGR} = COMMON;
    return this.common[at] | (at === PHYCFGR && this.isLinked() ? PHY_LINKED : 0);
  }

  writeCommon(at, byte) {
    switch (at) {
      case COMMON.MR:
        this.common[at] = byte & ~MR_RST;
        if (byte & MR_RST) this.reset();
        return;
      case COMMON.IR: this.common[at] &= ~byte; break;
      case COMMON.PHYCFGR: this.common[at] = byte & ~PHY_LINKED; break;
      case COMMON.SIR: case COMMON.VERSIONR: return;
      default:
        if (at < REGISTERS) this.common[at] = byte;
    }
    this.updateInterrupt();
  }

  readSocket(n, at) {
    const of = (register, value) => at === register ? value() >> 8 : value() & 0xFF;
    switch (at) {
      case SOCKET.TX_FSR: case SOCKET.TX_FSR + 1: return of(SOCKET.TX_FSR, () => this.txFree(n));
      case SOCKET.RX_RSR: case SOCKET.RX_RSR + 1: return of(SOCKET.RX_RSR, () => this.rxWaiting(n));
    }
    return at < REGISTERS ? this.sockets[n][at] : 0;
  }

  writeSocket(n, at, byte) {
    const socket = this.sockets[n];
    switch (at) {
      case SOCKET.CR:
        if (socket[at] !== 0 || byte === 0) return;
        socket[at] = byte;
        this.later(COMMAND_NANOS, () => {
          socket[SOCKET.CR] = 0;
          this.command(n, byte);
        });
        return;
      case SOCKET.IR: socket[at] &= ~byte; break;
      case SOCKET.SR: case SOCKET.TX_FSR: case SOCKET.TX_FSR + 1: case SOCKET.TX_RD: case SOCKET.TX_RD + 1:
      case SOCKET.RX_RSR: case SOCKET.RX_RSR + 1: case SOCKET.RX_WR: case SOCKET.RX_WR + 1: return;
      default:
        if (at < REGISTERS) socket[at] = byte;
        this.placeBuffers();
    }
    this.updateInterrupt();
  }

  later(nanos, then) {
    const {generation} = this;
    this.after(nanos, () => generation === this.generation && then());
  }

  word(n, at) {
    return this.sockets[n][at] << 8 | this.sockets[n][at + 1];
  }

  setWord(n, at, value) {
    this.sockets[n][at] = value >> 8 & 0xFF;
    this.sockets[n][at + 1] = value & 0xFF;
  }

  raise(n, interrupts) {
    this.sockets[n][SOCKET.IR] |= interrupts;
    this.updateInterrupt();
  }

  /* Where the sockets' buffers are in the memory that they share; bytes 0: nowhere. */
  placeBuffers() {
    const [rx, tx] = [SOCKET.RXBUF_SIZE, SOCKET.TXBUF_SIZE].map(size => {
      let end = 0;
      return this.sockets.map(socket => {
        const base = end, bytes = 1024 * socket[size];
        end += bytes;
        return {base, bytes: end <= BUFFERS_BYTES && [1, 2, 4, 8, 16].includes(socket[size]) ? bytes : 0};
      });
    });
    this.buffers = {[SOCKET.RXBUF_SIZE]: rx, [SOCKET.TXBUF_SIZE]: tx};
  }

  buffer(n, size) {
    return this.buffers[size][n];
  }

  /* Commands */

  command(n, which) {
    switch (which) {
      case OPEN: this.open(n); break;
      case CLOSE: this.sockets[n][SOCKET.SR] = SOCK_CLOSED; break;
      case SEND: this.send(n); break;
      case RECV: this.rxFreed = this.word(n, SOCKET.RX_RD); break;
    }
  }

  /* More than 16 KB of buffers in all do not work. */
  fits(size) {
    return this.sockets.reduce((sum, socket) => sum + socket[size], 0) <= BUFFERS_BYTES / 1024;
  }

  open(n) {
    const socket = this.sockets[n];
    const works = n === 0 && (socket[SOCKET.MR] & SN_MODE) === MACRAW &&
      [SOCKET.TXBUF_SIZE, SOCKET.RXBUF_SIZE].every(size => this.fits(size) && this.buffer(n, size).bytes);
    if (!works) return;
    for (const register of [SOCKET.TX_RD, SOCKET.TX_WR, SOCKET.RX_RD, SOCKET.RX_WR]) this.setWord(n, register, 0);
    this.rxFreed = 0;
    this.sending = false;
    socket[SOCKET.SR] = SOCK_MACRAW;
  }

  txFree(n) {
    const used = this.word(n, SOCKET.TX_WR) - this.word(n, SOCKET.TX_RD) & 0xFFFF;
    return Math.max(0, this.buffer(n, SOCKET.TXBUF_SIZE).bytes - used);
  }

  /* What is between Sn_TX_RD and Sn_TX_WR becomes a frame, unless that is none; without a link it is lost. */
  send(n) {
    const bytes = this.word(n, SOCKET.TX_WR) - this.word(n, SOCKET.TX_RD) & 0xFFFF;
    if (this.sockets[n][SOCKET.SR] !== SOCK_MACRAW || this.sending || bytes === 0 || bytes > LONGEST) return;
    const {base, bytes: room} = this.buffer(n, SOCKET.TXBUF_SIZE), from = this.word(n, SOCKET.TX_RD);
    const frame = new Uint8Array(Math.max(bytes, SHORTEST));
    for (let at = 0; at < bytes; at++) frame[at] = this.tx[base + (from + at) % room];
    this.sending = true;
    this.later(wireNanos(frame.length), () => {
      this.sending = false;
      this.setWord(n, SOCKET.TX_RD, from + bytes);
      if (this.isLinked()) this.transmit(frame);
      this.raise(n, SENDOK);
    });
  }

  /* The network's side */

  isLinked() {
    return this.linked && (this.common[COMMON.PHYCFGR] & PHY_RST) !== 0;
  }

  rxWaiting(n) {
    return n === 0 ? this.word(n, SOCKET.RX_WR) - this.rxFreed & 0xFFFF : 0;
  }

  accepts(frame) {
    const mode = this.sockets[0][SOCKET.MR];
    if (frame.slice(0, 6).every(byte => byte === 0xFF)) return !(mode & SN_BCASTB);
    if (mode & SN_MIP6B && frame[12] === 0x86 && frame[13] === 0xDD) return false;
    if (frame[0] & 1) return !(mode & (SN_MMB | SN_MFEN));
    return !(mode & SN_MFEN) || frame.slice(0, 6).every((byte, at) => byte === this.common[COMMON.SHAR + at]);
  }

  /* A frame arrives, whole. It is dropped if there is no room for it. */
  receive(frame) {
    if (this.sockets[0][SOCKET.SR] !== SOCK_MACRAW || !this.isLinked()) return;
    if (frame.length > LONGEST || !this.accepts(frame)) return;
    const {base, bytes} = this.buffer(0, SOCKET.RXBUF_SIZE), length = frame.length + LENGTH_BYTES;
    if (this.rxWaiting(0) + length > bytes) {
      this.dropped++;
      return;
    }
    const to = this.word(0, SOCKET.RX_WR);
    this.rx[base + to % bytes] = length >> 8;
    this.rx[base + (to + 1) % bytes] = length & 0xFF;
    for (let at = 0; at < frame.length; at++) this.rx[base + (to + LENGTH_BYTES + at) % bytes] = frame[at];
    this.setWord(0, SOCKET.RX_WR, to + length);
    this.raise(0, RECEIVED);
  }
}

module.exports = {W5500, wireNanos, SHORTEST, LONGEST};
