"use strict";
/* A W5500-EVB-Pico: rp2040js's peripherals, with a processor, a boot ROM and chips that are ours. Only core 0 runs. */
const {randomBytes} = require("crypto");
const {BasePeripheral, GPIOPinState, RP2040} = require("rp2040js");
const {Clock} = require("./clock.js");
const {Core, FAULT, PC} = require("./core.js");
const {Flash, IoQspi, Ssi} = require("./flash.js");
const {Mpu} = require("./mpu.js");
const {Spi} = require("./spi.js");
const {W5500} = require("./w5500.js");

/* W5500-EVB-Pico */
const PINS = {MISO: 16, SCS: 17, SCLK: 18, MOSI: 19, RST: 20, INT: 21};
const FUNCTION_SPI = 1;

/* What rp2040js has at these addresses is too little, or nothing. */
const XIP_CTRL = 0x14000, SSI = 0x18000, IO_QSPI = 0x40018, SPI0 = 0x4003C, WATCHDOG = 0x40058, ROSC = 0x40060,
  VREG = 0x40064;
const ISPR = 0x200, ICPR = 0x280, AIRCR = 0xD0C, SCR = 0xD10, CCR = 0xD14;
const AIRCR_KEY = 0x05FA, SYSRESETREQ = 4, CCR_VALUE = 0x208; /* unaligned accesses fault, 8-byte stack alignment */

const SEMIHOSTING = 0xAB, SYS_EXIT_EXTENDED = 0x20;
const STOPPED = { /* bootrom.c */
  1: "the boot ROM finds no firmware in the flash: the checksum of its first 256 bytes is wrong",
  2: "the firmware asks for the USB boot mode, which is not emulated"
};

/* Registers that keep what is written, but for those with a function that reads them. */
class Registers extends BasePeripheral {
  constructor(mcu, name, readers) {
    super(mcu, name);
    this.readers = readers;
    this.words = new Uint32Array(64);
  }

  readUint32(offset) {
    return (this.readers[offset] ? this.readers[offset]() : this.words[offset >> 2]) >>> 0;
  }

  writeUint32(offset, value) {
    this.words[offset >> 2] = value;
  }
}

/* One random bit at a time. */
class Chance {
  constructor() {
    this.left = 0;
  }

  bit() {
    if (this.left === 0) {
      this.bytes = randomBytes(256);
      this.left = 8 * this.bytes.length;
    }
    this.left--;
    return this.bytes[this.left >> 3] >> (this.left & 7) & 1;
  }
}

class Machine {
  /* image: the flash's content; rom: the boot ROM's; id: the flash's unique number; semihosting: whether its exit ends
   * the emulation; type: (byte) that the UART sends; transmit: (frame); end: (exit code, reason) of the emulation;
   * reset: () before one
   */
  constructor({image, rom, id, semihosting, type, transmit, end, reset}) {
    Object.assign(this, {image, rom, id, semihosting, type, end, onReset: reset});
    this.clock = new Clock();
    this.chance = new Chance();
    this.ethernet = new W5500({
      now: () => this.clock.nanos,
      after: (nanos, then) => this.clock.after(nanos, then),
      transmit,
      interrupt: level => this.setInterrupt(level)
    });
    this.onBreakpoint = () => false; /* (address): whether a debugger has put it there */
    this.typed = []; /* bytes on their way to the UART */
    this.typing = false;
    this.stopped = false;
    this.powerOn();
  }

  powerOn() {
    const before = this.mcu;
    if (this.chipClock) this.chipClock.end();
    this.chipClock = this.clock.restarted();
    const mcu = this.mcu = new RP2040(this.chipClock);
    const silent = () => {};
    mcu.logger = {debug: silent, info: silent, warn: silent, error: silent};
    new Uint8Array(mcu.bootrom.buffer).set(this.rom);
    mcu.flash.set(this.image);
    const core = this.core = mcu.core = new Core(mcu);
    this.clock.countBy(core, mcu.clkSys);
    mcu.addClockListener(frequency => this.clock.countBy(core, frequency));
    core.onBreak = number => this.broken(number);
    core.onLockup = () => process.stderr.write(`the processor is locked up at ${core.registers[PC].toString(16)}\n`);
    this.addModels();
    this.connect();
    core.findPeripherals();
    if (before) {
      mcu.sram.set(before.sram);
      const old = before.peripherals[WATCHDOG], watchdog = mcu.peripherals[WATCHDOG];
      watchdog.scratchData.set(old.scratchData);
      watchdog.reason = old.reason;
    }
    this.resets = false;
  }

  addModels() {
    const {mcu, core} = this, {peripherals, ppb} = mcu;
    const ssi = peripherals[SSI] = new Ssi(mcu, new Flash(this.id));
    peripherals[IO_QSPI] = new IoQspi(mcu, ssi);
    peripherals[XIP_CTRL] = new Registers(mcu, "XIP_CTRL", {0x04: () => 0, 0x08: () => 3}); /* flushed, FIFO empty */
    const stable = () => 0x80001000;
    peripherals[ROSC] = new Registers(mcu, "ROSC", {0x18: stable, 0x1C: () => this.chance.bit()});
    peripherals[VREG] = new Registers(mcu, "VREG_AND_CHIP_RESET", {0x00: () => 0x10B1}); /* 1.1 V, in regulation */
    const watchdog = peripherals[WATCHDOG];
    watchdog.onWatchdogTrigger = () => {
      watchdog.timer.enable = false; /* rp2040js's would go off again at once, forever */
      this.requestReset();
    };

    const {readUint32, writeUint32} = ppb, mpu = new Mpu((address, bytes) => core.guard(address, bytes));
    ppb.readUint32 = offset => {
      if (mpu.has(offset)) return mpu.read(offset);
      switch (offset) {
        case AIRCR: return AIRCR_KEY << 16;
        case SCR: return 0;
        case CCR: return CCR_VALUE;
      }
      return readUint32.call(ppb, offset);
    };
    ppb.writeUint32 = (offset, value) => {
      if (mpu.has(offset)) {
        mpu.write(offset, value);
        return;
      }
      switch (offset) {
        case ISPR:
          core.latched |= value;
          core.interruptsUpdated = true;
          return;
        case ICPR:
          core.latched &= ~value;
          return;
        case AIRCR:
          if (value >>> 16 === AIRCR_KEY && value & SYSRESETREQ) this.requestReset();
          return;
        case SCR: return;
      }
      writeUint32.call(ppb, offset, value);
    };
  }

  connect() {
    const {mcu, ethernet} = this, {gpio} = mcu;
    const spi = new Spi(mcu, mcu.spi[0], this.core, word => {
      const wired = [PINS.MISO, PINS.SCLK, PINS.MOSI].every(pin => gpio[pin].functionSelect === FUNCTION_SPI);
      return wired && spi.dataBits === 8 ? ethernet.exchange(word) : 0xFF;
    });
    mcu.peripherals[SPI0] = mcu.spi[0] = spi;
    const level = value => value !== GPIOPinState.Low; /* the board pulls these pins up */
    gpio[PINS.SCS].addListener(value => {
      spi.advance();
      ethernet.setSelect(level(value));
    });
    gpio[PINS.RST].addListener(value => ethernet.setReset(level(value)));
    ethernet.setSelect(true);
    ethernet.setReset(true);
    ethernet.updateInterrupt();
    mcu.uart[0].onByte = this.type;
  }

  setInterrupt(level) {
    if (this.mcu && this.mcu.gpio[PINS.INT].rawInputValue !== level) this.mcu.gpio[PINS.INT].setInputValue(level);
  }

  requestReset() {
    this.resets = true;
    this.core.stop();
  }

  /* A bkpt: a debugger's, the boot ROM's, semihosting, or else a hard fault. */
  broken(number) {
    const [operation, block] = this.core.registers, at = this.core.registers[PC];
    if (this.onBreakpoint(at)) return;
    if (at >>> 0 < 0x4000 && STOPPED[number]) {
      this.end(1, STOPPED[number]);
    } else if (number === SEMIHOSTING && this.semihosting && operation === SYS_EXIT_EXTENDED) {
      this.end(this.core.load32(block + 4) & 0xFF);
    } else {
      throw FAULT;
    }
  }

  /* Bytes for the UART, which arrive at its rate, and wait while its FIFO is full. */
  feed(bytes) {
    this.typed.push(...bytes);
    if (!this.typing) this.feedNext();
  }

  feedNext() {
    this.typing = this.typed.length > 0;
    if (!this.typing) return;
    const [uart] = this.mcu.uart;
    const byteNanos = uart.enabled ? 10 * 1e9 / uart.baudRate : 1e6;
    this.clock.after(byteNanos, () => {
      const [now] = this.mcu.uart;
      if (now.enabled && !now.rxFIFO.full) now.feedByte(this.typed.shift());
      this.feedNext();
    });
  }

  /* Whether only an alarm or the world outside can wake the processor up. */
  get asleep() {
    return this.core.waiting !== 0 && !this.core.unchecked && !this.resets;
  }

  /* Runs until the clock has this time, the processor has used these cycles, or the machine is stopped. */
  run(until, cycles) {
    const {clock} = this;
    for (let core = this.core, end = core.cycles + cycles; clock.nanos < until && core.cycles < end && !this.stopped;) {
      clock.fire();
      if (this.resets) {
        this.onReset();
        if (this.stopped) return;
        this.powerOn();
        return;
      }
      const next = clock.first ? Math.min(until, clock.first.nanos) : until;
      if (this.asleep) {
        clock.skip(Math.max(0, next - clock.nanos));
      } else {
        this.core.begin(clock.cyclesUntil(next));
        this.core.run();
      }
    }
  }
}

module.exports = {Machine};
