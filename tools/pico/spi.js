"use strict";
/* The RP2040's SPI controller, Arm's PL022 (RP2040, 4.4), with what rp2040js's lacks: transfers take their time, so
 * that the FIFOs fill and overflow, and BSY tells when the last bit is out. Only the master's side.
 */
const {BasePeripheral} = require("rp2040js");

const SSPCR0 = 0x00, SSPCR1 = 0x04, SSPDR = 0x08, SSPSR = 0x0C, SSPCPSR = 0x10, SSPIMSC = 0x14, SSPRIS = 0x18,
  SSPMIS = 0x1C, SSPICR = 0x20, SSPDMACR = 0x24;
const SSE = 2, TXDMAE = 2, RXDMAE = 1;
const TFE = 1, TNF = 2, RNE = 4, RFF = 8, BSY = 16;
const OVERRUN = 1, TIMED_OUT = 2, RECEIVED = 4, TRANSMITTED = 8; /* interrupts */
const FIFO = 8;

class Spi extends BasePeripheral {
  /* replaced: rp2040js's; exchange: (word sent) returns the word received; core: counts the cycles */
  constructor(mcu, replaced, core, exchange) {
    super(mcu, replaced.name);
    Object.assign(this, {irq: replaced.irq, dreq: replaced.dreq, core, exchange});
    this.control0 = this.control1 = this.prescale = this.enabled = this.dma = this.overrun = 0;
    this.sending = []; /* the word being shifted, too */
    this.received = [];
    this.doneAt = 0; /* the cycle at which the first of `sending` has been shifted */
    this.alarm = mcu.clock.createAlarm(() => {
      this.advance();
      this.announce();
    });
    this.served = false; /* by the DMA, now */
    for (const channel of mcu.dma.channels) {
      const {start} = channel;
      channel.start = () => {
        this.announce(); /* it may not have been told for a while */
        start.call(channel);
        this.announce();
      };
    }
  }

  get dataBits() {
    return (this.control0 & 15) + 1;
  }

  /* Cycles that a word takes, with a bit's time of pause after it. */
  get wordCycles() {
    const clock = this.rp2040.clkPeri / (this.prescale || 2) / (1 + (this.control0 >> 8 & 0xFF));
    return (this.dataBits + 1) * this.rp2040.clkSys / clock;
  }

  /* Words that have been shifted by now are in the receive FIFO, or lost. */
  advance() {
    const now = this.core.cycles;
    while (this.sending.length && this.doneAt <= now) {
      const word = this.exchange(this.sending.shift());
      if (this.received.length < FIFO) this.received.push(word);
      else this.overrun = OVERRUN;
      this.doneAt += this.wordCycles;
    }
  }

  get raw() {
    return this.overrun | (this.received.length >= FIFO / 2 ? RECEIVED : 0) | (this.received.length ? TIMED_OUT : 0) |
      (this.sending.length <= FIFO / 2 ? TRANSMITTED : 0);
  }

  /* Tells the interrupt controller and the DMA, and sees to it that they hear of the next word. */
  announce() {
    const {dma} = this.rp2040, {tx, rx} = this.dreq;
    this.served = this.dma !== 0 && dma.channels.some(({active, treq}) => active && (treq === tx || treq === rx));
    this.rp2040.setInterrupt(this.irq, (this.raw & this.enabled) !== 0);
    if (this.sending.length <= FIFO && this.dma & TXDMAE) dma.setDREQ(tx);
    else dma.clearDREQ(tx);
    if (this.received.length && this.dma & RXDMAE) dma.setDREQ(rx);
    else dma.clearDREQ(rx);
    if (this.sending.length && (this.served || this.enabled) && !this.alarm.scheduled) {
      this.alarm.schedule((this.doneAt - this.core.cycles) * 1e9 / this.rp2040.clkSys);
    }
  }

  /* Most drivers poll, and then nobody has to be told. */
  touched() {
    if (this.served || this.enabled) this.announce();
  }

  readUint32(offset) {
    this.advance();
    switch (offset) {
      case SSPCR0: return this.control0;
      case SSPCR1: return this.control1;
      case SSPDR: {
        const word = this.received.length ? this.received.shift() : 0;
        this.touched();
        return word;
      }
      case SSPSR: {
        const {length: sending} = this.sending, {length: received} = this.received;
        return (sending > 1 ? 0 : TFE) | (sending <= FIFO ? TNF : 0) | (sending ? BSY : 0) |
          (received ? RNE : 0) | (received === FIFO ? RFF : 0);
      }
      case SSPCPSR: return this.prescale;
      case SSPIMSC: return this.enabled;
      case SSPRIS: return this.raw;
      case SSPMIS: return this.raw & this.enabled;
      case SSPDMACR: return this.dma;
    }
    return super.readUint32(offset);
  }

  writeUint32(offset, value) {
    this.advance();
    switch (offset) {
      case SSPCR0: this.control0 = value; return;
      case SSPCR1: this.control1 = value; return;
      case SSPDR:
        if (!(this.control1 & SSE) || this.sending.length > FIFO) return;
        if (this.sending.length === 0) this.doneAt = this.core.cycles + this.wordCycles;
        this.sending.push(value & (1 << this.dataBits) - 1);
        break;
      case SSPCPSR: this.prescale = value & 0xFE; return;
      case SSPIMSC: this.enabled = value & 15; this.announce(); return;
      case SSPICR: this.overrun &= ~value; break;
      case SSPDMACR: this.dma = value & 3; this.announce(); return;
      default: super.writeUint32(offset, value); return;
    }
    this.touched();
  }
}

module.exports = {Spi};
