"use strict";
/* The Pico's flash chip (Winbond W25Q16JV) at the RP2040's SSI, for what is not a read through the address space: the
 * commands that the second stage of the start and pico-sdk give. Erasing and programming are not modelled.
 */
const {BasePeripheral} = require("rp2040js");

const READ_UNIQUE_ID = 0x4B, READ_JEDEC_ID = 0x9F, READ_STATUS_2 = 0x35;
const QUAD_ENABLED = 0x02;
const JEDEC_ID = [0xEF, 0x40, 0x15];
const DUMMY_BYTES = 4; /* before the unique number */

class Flash {
  /* id: the 8 bytes of its unique number */
  constructor(id) {
    this.id = id;
    this.select();
  }

  select() {
    this.sent = 0;
  }

  exchange(byte) {
    const at = this.sent++;
    if (at === 0) {
      this.command = byte;
      return 0;
    }
    switch (this.command) {
      case READ_UNIQUE_ID: return this.id[at - 1 - DUMMY_BYTES] || 0;
      case READ_JEDEC_ID: return JEDEC_ID[at - 1] || 0;
      case READ_STATUS_2: return QUAD_ENABLED;
    }
    return 0;
  }
}

const SSI = {CTRLR0: 0x00, SSIENR: 0x08, TXFLR: 0x20, RXFLR: 0x24, SR: 0x28, DR0: 0x60};
const FRAME_FORMAT = 3 << 21; /* CTRLR0.SPI_FRF; 0: one bit wide */
const TFNF = 0x02, TFE = 0x04, RFNE = 0x08;
const FIFO_WORDS = 16;

/* The SSI, which is always done with what it sends (RP2040, 4.10). */
class Ssi extends BasePeripheral {
  constructor(mcu, flash) {
    super(mcu, "SSI");
    this.flash = flash;
    this.registers = new Uint32Array(64);
    this.received = [];
    this.held = false; /* the chip select is forced low */
  }

  /* level: 0 or 1 if the chip select is forced, else undefined */
  forceSelect(level) {
    if (level === 0 && !this.held) this.flash.select();
    this.held = level === 0;
  }

  readUint32(offset) {
    switch (offset) {
      case SSI.SR:
        if (!this.held) this.flash.select(); /* with the FIFO empty, the chip is deselected */
        return TFNF | TFE | (this.received.length ? RFNE : 0);
      case SSI.TXFLR: return 0;
      case SSI.RXFLR: return this.received.length;
      case SSI.DR0: return this.received.shift() || 0;
    }
    return this.registers[offset >> 2];
  }

  writeUint32(offset, value) {
    if (offset !== SSI.DR0) {
      this.registers[offset >> 2] = value;
      if (offset === SSI.SSIENR) this.received = [];
    } else if (!(this.registers[SSI.CTRLR0 >> 2] & FRAME_FORMAT)) {
      const byte = this.flash.exchange(value & 0xFF);
      if (this.received.length < FIFO_WORDS) this.received.push(byte);
    }
  }
}

const SS_CTRL = 0x0C, OUTOVER_LOW = 2, OUTOVER_HIGH = 3;

/* The pins of the flash, of which pico-sdk forces the chip select (RP2040, 2.19.6.2). */
class IoQspi extends BasePeripheral {
  constructor(mcu, ssi) {
    super(mcu, "IO_QSPI");
    this.ssi = ssi;
    this.registers = new Uint32Array(32);
  }

  readUint32(offset) {
    return this.registers[offset >> 2] || 0;
  }

  writeUint32(offset, value) {
    this.registers[offset >> 2] = value;
    if (offset === SS_CTRL) this.ssi.forceSelect({[OUTOVER_LOW]: 0, [OUTOVER_HIGH]: 1}[value >> 8 & 3]);
  }
}

module.exports = {Flash, Ssi, IoQspi};
