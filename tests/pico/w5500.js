"use strict";
/* The W5500 of the Pico's emulator does what the chip's datasheet (version 1.1.0) says; section numbers are its own. */
const assert = require("node:assert/strict");
const test = require("node:test");
const {W5500, wireNanos} = require("../../tools/pico/w5500.js");

/* Control phases: the common block, and socket 0's. */
const COMMON = 0x00, SOCKET = 0x08, TX = 0x10, RX = 0x18, WRITE = 0x04;
const MR = 0x00, SHAR = 0x09, SIR = 0x17, SIMR = 0x18, PHYCFGR = 0x2E, VERSIONR = 0x39;
const SN_MR = 0x00, SN_CR = 0x01, SN_IR = 0x02, SN_SR = 0x03, SN_RXBUF = 0x1E, SN_TXBUF = 0x1F, SN_TX_FSR = 0x20,
  SN_TX_RD = 0x22, SN_TX_WR = 0x24, SN_RX_RSR = 0x26, SN_RX_RD = 0x28, SN_RX_WR = 0x2A, SN_IMR = 0x2C;
const OPEN = 0x01, CLOSE = 0x10, SEND = 0x20, RECV = 0x40;
const MACRAW = 0x04, SOCK_MACRAW = 0x42, SOCK_CLOSED = 0x00;
const RECEIVED = 0x04, SENDOK = 0x10;
const OWN = [2, 0, 0, 0, 0, 7], BROADCAST = Array(6).fill(0xFF);

/* A chip with its pins, a clock that a test moves, and a driver for its registers. */
class Bench {
  constructor() {
    this.nanos = 0;
    this.alarms = [];
    this.sent = [];
    this.level = undefined; /* of INTn */
    this.chip = new W5500({
      now: () => this.nanos,
      after: (nanos, then) => this.alarms.push({at: this.nanos + nanos, then}),
      transmit: frame => this.sent.push(Buffer.from(frame)),
      interrupt: level => this.level = level
    });
    this.wait(2e6);
  }

  wait(nanos) {
    const end = this.nanos + nanos;
    for (;;) {
      this.alarms.sort((a, b) => a.at - b.at);
      if (!this.alarms.length || this.alarms[0].at > end) break;
      const {at, then} = this.alarms.shift();
      this.nanos = at;
      then();
    }
    this.nanos = end;
  }

  access(control, at, bytes) {
    this.chip.setSelect(false);
    [at >> 8, at & 255, control].forEach(byte => this.chip.exchange(byte));
    const read = bytes.map(byte => this.chip.exchange(byte));
    this.chip.setSelect(true);
    return read;
  }

  read(block, at, count = 1) {
    return this.access(block, at, Array(count).fill(0));
  }

  write(block, at, ...bytes) {
    this.access(block | WRITE, at, bytes);
  }

  word(at) {
    const [high, low] = this.read(SOCKET, at, 2);
    return high << 8 | low;
  }

  setWord(at, value) {
    this.write(SOCKET, at, value >> 8 & 255, value & 255);
  }

  command(which) {
    this.write(SOCKET, SN_CR, which);
    this.wait(1000);
  }

  opened(mode = MACRAW, kilobytes = 2) {
    this.write(COMMON, SHAR, ...OWN);
    for (let n = 0; n < 8; n++) this.write(SOCKET | n << 5, SN_RXBUF, n ? 0 : kilobytes, n ? 0 : kilobytes);
    this.write(SOCKET, SN_MR, mode);
    this.command(OPEN);
    assert.deepEqual(this.read(SOCKET, SN_SR), [SOCK_MACRAW]);
    return this;
  }

  /* Takes a frame out of the receive buffer, as a driver does. */
  take() {
    const from = this.word(SN_RX_RD), [high, low] = this.read(RX, from, 2), length = high << 8 | low;
    const frame = this.read(RX, from + 2, length - 2);
    this.setWord(SN_RX_RD, from + length);
    this.command(RECV);
    return frame;
  }

  send(bytes) {
    const from = this.word(SN_TX_WR);
    this.write(TX, from, ...bytes);
    this.setWord(SN_TX_WR, from + bytes.length);
    this.command(SEND);
  }

  interrupts() {
    return this.read(SOCKET, SN_IR)[0];
  }
}

function frame(length = 60, to = OWN, fill = 0) {
  return Buffer.from([...to, 2, 0, 0, 0, 0, 9, 8, 0, ...Array.from({length: length - 14}, (_, n) => n + fill & 255)]);
}

test("registers have their values after a reset (4.1, 4.2)", () => {
  const bench = new Bench();
  assert.deepEqual(bench.read(COMMON, VERSIONR), [4]);
  assert.deepEqual(bench.read(COMMON, 0x19, 3), [0x07, 0xD0, 0x08]); /* RTR, RCR */
  assert.deepEqual(bench.read(SOCKET, SN_RXBUF, 4), [2, 2, 0x08, 0x00]); /* and Sn_TX_FSR */
  assert.deepEqual(bench.read(SOCKET, SN_IMR), [0xFF]);
  bench.write(COMMON, VERSIONR, 9);
  assert.deepEqual(bench.read(COMMON, VERSIONR), [4]);
});

test("addresses count up within an access, or for a fixed length (2.2)", () => {
  const bench = new Bench();
  bench.write(COMMON, SHAR, 1, 2, 3, 4, 5, 6);
  assert.deepEqual(bench.read(COMMON, SHAR, 6), [1, 2, 3, 4, 5, 6]);
  bench.chip.setSelect(false);
  const fixed = [0, SHAR + 1, COMMON | 2, 0, 0, 0, SHAR, COMMON | 1, 0].map(byte => bench.chip.exchange(byte));
  assert.deepEqual([fixed[3], fixed[4], fixed[8]], [2, 3, 1]);
  bench.chip.setSelect(true);
  assert.equal(bench.chip.exchange(0), 0xFF);
});

test("RSTn resets after 500 us, and the chip answers 1 ms later (5.5.1)", () => {
  const bench = new Bench().opened();
  bench.chip.setReset(false);
  bench.wait(400e3);
  bench.chip.setReset(true);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_MACRAW]);
  bench.chip.setReset(false);
  assert.deepEqual(bench.read(COMMON, VERSIONR), [0]);
  bench.wait(500e3);
  bench.chip.setReset(true);
  bench.wait(900e3);
  bench.write(COMMON, SHAR, 5);
  assert.deepEqual(bench.read(COMMON, VERSIONR), [0]);
  bench.wait(100e3);
  assert.deepEqual(bench.read(COMMON, VERSIONR), [4]);
  assert.deepEqual(bench.read(COMMON, SHAR), [0]);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_CLOSED]);
});

test("MR's RST resets, too (4.1)", () => {
  const bench = new Bench().opened();
  bench.send(frame());
  bench.write(COMMON, MR, 0x80);
  assert.deepEqual(bench.read(COMMON, MR), [0]);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_CLOSED]);
  bench.wait(1e6);
  assert.equal(bench.sent.length, 0);
});

test("only socket 0 can be MACRAW, with buffers of 16 KB in all (4.2)", () => {
  const bench = new Bench();
  bench.write(SOCKET | 1 << 5, SN_MR, MACRAW);
  bench.write(SOCKET | 1 << 5, SN_CR, OPEN);
  bench.wait(1000);
  assert.deepEqual(bench.read(SOCKET | 1 << 5, SN_SR), [SOCK_CLOSED]);
  bench.write(SOCKET, SN_MR, MACRAW);
  bench.write(SOCKET, SN_RXBUF, 16);
  bench.command(OPEN);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_CLOSED]);
  bench.opened(MACRAW, 16);
  assert.equal(bench.word(SN_TX_FSR), 16384);
  bench.command(CLOSE);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_CLOSED]);
});

test("a command is taken when Sn_CR is 0 again, and not before (4.2)", () => {
  const bench = new Bench().opened();
  bench.write(SOCKET, SN_CR, CLOSE);
  assert.deepEqual(bench.read(SOCKET, SN_CR), [CLOSE]);
  bench.write(SOCKET, SN_CR, OPEN); /* too early */
  bench.wait(1000);
  assert.deepEqual(bench.read(SOCKET, SN_CR), [0]);
  assert.deepEqual(bench.read(SOCKET, SN_SR), [SOCK_CLOSED]);
});

test("a received frame has its length in front, with these two bytes", () => {
  const bench = new Bench().opened(), whole = frame(61);
  bench.chip.receive(whole);
  assert.equal(bench.word(SN_RX_RSR), 63);
  assert.equal(bench.word(SN_RX_WR), 63);
  assert.deepEqual(bench.read(RX, 0, 2), [0, 63]);
  assert.deepEqual(Buffer.from(bench.take()), whole);
  assert.equal(bench.word(SN_RX_RSR), 0);
});

test("frames wrap around the end of each size of buffer, and drop where there is no room", () => {
  for (const kilobytes of [2, 4, 8, 16]) {
    const bench = new Bench().opened(MACRAW, kilobytes), frames = [];
    for (let n = 0; n < 40; n++) {
      const one = frame(1100 + n, OWN, n);
      bench.chip.receive(one);
      bench.chip.receive(one);
      if (kilobytes === 2) assert.equal(bench.chip.dropped, n + 1);
      frames.push(one);
      assert.deepEqual(Buffer.from(bench.take()), one);
      if (kilobytes !== 2) assert.deepEqual(Buffer.from(bench.take()), one);
    }
    const largest = frame(1514);
    const fit = Math.floor(1024 * kilobytes / 1516), before = bench.chip.dropped;
    for (let n = 0; n < fit + 2; n++) bench.chip.receive(largest);
    assert.equal(bench.chip.dropped - before, 2);
    assert.equal(bench.word(SN_RX_RSR), fit * 1516);
  }
});

test("Sn_RX_RD takes effect with RECV (4.2)", () => {
  const bench = new Bench().opened();
  bench.chip.receive(frame(100));
  bench.setWord(SN_RX_RD, 102);
  assert.equal(bench.word(SN_RX_RSR), 102);
  bench.command(RECV);
  assert.equal(bench.word(SN_RX_RSR), 0);
});

test("INTn is low while Sn_IR, Sn_IMR and SIMR have a bit in common (4.1, 4.2)", () => {
  const bench = new Bench().opened();
  bench.write(SOCKET, SN_IMR, RECEIVED);
  bench.chip.receive(frame());
  assert.equal(bench.level, true);
  assert.deepEqual(bench.read(COMMON, SIR), [1]);
  bench.write(COMMON, SIMR, 1);
  assert.equal(bench.level, false);
  bench.write(SOCKET, SN_IMR, SENDOK);
  assert.equal(bench.level, true);
  bench.write(SOCKET, SN_IMR, RECEIVED | SENDOK);
  assert.equal(bench.level, false);
  bench.write(SOCKET, SN_IR, SENDOK);
  assert.equal(bench.level, false);
  bench.write(SOCKET, SN_IR, RECEIVED);
  assert.equal(bench.level, true);
  assert.equal(bench.word(SN_RX_RSR), 62);
  bench.chip.receive(frame());
  assert.equal(bench.level, false);
});

test("what is left after RECV raises no interrupt", () => {
  const bench = new Bench().opened();
  bench.chip.receive(frame());
  bench.chip.receive(frame());
  bench.write(SOCKET, SN_IR, RECEIVED);
  bench.take();
  assert.equal(bench.interrupts(), 0);
  assert.equal(bench.word(SN_RX_RSR), 62);
});

test("SEND sends what is before Sn_TX_WR, and SENDOK tells when it has left", () => {
  const bench = new Bench().opened(), whole = frame(1514);
  bench.send(whole);
  assert.equal(bench.interrupts(), 0);
  assert.equal(bench.word(SN_TX_FSR), 2048 - 1514);
  bench.wait(wireNanos(1514));
  assert.deepEqual(bench.sent, [whole]);
  assert.equal(bench.interrupts(), SENDOK);
  assert.equal(bench.word(SN_TX_FSR), 2048);
  assert.equal(bench.word(SN_TX_RD), 1514);
  for (let n = 0; n < 50; n++) { /* past the end of the buffer, and of the pointers */
    bench.send(frame(1514, OWN, n));
    bench.wait(wireNanos(1514));
    assert.deepEqual(bench.sent.pop(), frame(1514, OWN, n));
  }
});

test("a SEND before SENDOK is lost, and so is one of more than a frame", () => {
  const bench = new Bench().opened(MACRAW, 4);
  bench.send(frame(60));
  bench.send(frame(70));
  bench.wait(1e6);
  assert.deepEqual(bench.sent, [frame(60)]);
  const long = new Bench().opened(MACRAW, 4);
  long.send(frame(1515));
  long.wait(1e6);
  assert.deepEqual(long.sent, []);
  assert.equal(long.interrupts(), 0);
});

test("what is written beyond the free part of the buffer spoils what waits there", () => {
  const bench = new Bench().opened();
  bench.setWord(SN_TX_WR, 1500);
  bench.write(TX, 1500, ...frame(1500));
  assert.deepEqual(bench.read(TX, 0, 4), [...frame(1500).subarray(548, 552)]);
});

test("short frames are padded", () => {
  const bench = new Bench().opened();
  bench.send(frame(20));
  bench.wait(1e6);
  assert.deepEqual(bench.sent, [Buffer.concat([frame(20), Buffer.alloc(40)])]);
});

test("the MAC filter passes its own address and broadcasts (4.2, Sn_MR)", () => {
  const MFEN = 0x80, BCASTB = 0x40, MMB = 0x20, MIP6B = 0x10;
  const other = frame(60, [2, 0, 0, 0, 0, 8]), group = frame(60, [1, 0, 0x5E, 0, 0, 1]), all = frame(60, BROADCAST);
  const ipv6 = frame();
  ipv6.writeUInt16BE(0x86DD, 12);
  const passes = (mode, one) => {
    const bench = new Bench().opened(MACRAW | mode);
    bench.chip.receive(one);
    return bench.word(SN_RX_RSR) !== 0;
  };
  for (const [mode, ...expected] of [[0, true, true, true, true, true], [MFEN, true, false, true, false, true],
    [BCASTB, true, true, false, true, true], [MMB, true, true, true, false, true],
    [MIP6B, true, true, true, true, false]]) {
    assert.deepEqual([frame(), other, all, group, ipv6].map(one => passes(mode, one)), expected, `mode ${mode}`);
  }
});

test("the link is a bit of PHYCFGR; without it frames are lost in both directions (4.1)", () => {
  const bench = new Bench().opened();
  assert.deepEqual(bench.read(COMMON, PHYCFGR), [0xBF]);
  bench.chip.linked = false;
  assert.deepEqual(bench.read(COMMON, PHYCFGR), [0xB8]);
  bench.chip.receive(frame());
  bench.send(frame());
  bench.wait(1e6);
  assert.equal(bench.word(SN_RX_RSR), 0);
  assert.deepEqual(bench.sent, []);
  assert.equal(bench.interrupts(), SENDOK);
  bench.chip.linked = true;
  bench.write(COMMON, PHYCFGR, 0x38); /* the PHY is reset */
  assert.deepEqual(bench.read(COMMON, PHYCFGR), [0x38]);
});
