"use strict";
/* Runs a firmware on an emulated W5500-EVB-Pico: tools/emulate starts it. Standard input and output are UART0.
 *
 * --elf FILE            the firmware
 * --rom FILE            the boot ROM
 * --id HEX              the flash's unique number, 8 bytes
 * --wire FD             a stream of frames as QEMU's, the W5500's cable
 * --wire-says FD        what the QEMU at the other end says
 * --semihosting ADDRESS where the firmware finds that semihosting's exit call ends the emulation; without it a reset
 *                       restarts the board
 * --paused              does not start before a control command does it
 * --control PATH        where control.js listens
 * --gdb PATH            where debugger.js listens
 */
const fs = require("fs");
const net = require("net");
const {createInterface} = require("readline");
const {parseArgs} = require("util");
const control = require("./control.js");
const debug = require("./debugger.js");
const {Machine} = require("./machine.js");
const {Wire} = require("./wire.js");

const FLASH = 0x10000000, FLASH_BYTES = 0x200000, SRAM = 0x20000000;
const SEMIHOSTING_MAGIC = 0x5E315E31; /* port/cortex-m/fault.c */
const CONTROL_C = 3;

/* The machine's clock is never ahead of the wall clock. If it is behind by more than this, it stays behind. */
const CATCH_UP_NANOS = 100e6;
/* How long the processor runs before the emulator looks at its input, and how long it waits when it is too fast. */
const SLICE_CYCLES = 125000, PAUSE_NANOS = 1e6, LONGEST_SLEEP_MS = 1000;

function fail(text) {
  process.stderr.write(`rp2040: ${text}\n`);
  process.exit(1);
}

/* What an ELF file has for the flash. */
function imageOf(file) {
  const elf = fs.readFileSync(file), image = Buffer.alloc(FLASH_BYTES, 0xFF);
  if (elf.length < 52 || elf.readUInt32BE(0) !== 0x7F454C46 || elf[4] !== 1) fail(`${file} is not a 32-bit ELF file`);
  const [table, size, count] = [elf.readUInt32LE(28), elf.readUInt16LE(42), elf.readUInt16LE(44)];
  for (let n = 0; n < count; n++) {
    const [type, offset, , at, bytes] = [0, 4, 8, 12, 16].map(field => elf.readUInt32LE(table + n * size + field));
    if (type !== 1 || bytes === 0) continue;
    if (at < FLASH || at + bytes > FLASH + FLASH_BYTES) fail(`${file} does not fit the flash of 2 MB`);
    elf.copy(image, at - FLASH, offset, offset + bytes);
  }
  return image;
}

/* QEMU warns each time that there is no machine of its own. */
function passOn(stream) {
  createInterface({input: stream}).on("line", line => {
    if (!line.endsWith(": warning: hub 0 with no nics")) process.stderr.write(line + "\n");
  });
}

class Emulator {
  constructor(options) {
    const semihosting = options.semihosting !== undefined;
    this.machine = new Machine({
      image: imageOf(options.elf),
      rom: fs.readFileSync(options.rom),
      id: Buffer.from(options.id, "hex"),
      semihosting,
      type: byte => this.output.push(byte),
      transmit: frame => this.wire && this.wire.send(frame),
      end: (code, reason) => this.end(code, reason),
      reset: () => semihosting && this.end(0)
    });
    if (semihosting) this.machine.core.store32(options.semihosting - 0, SEMIHOSTING_MAGIC);
    this.output = [];
    this.lag = 0; /* of its clock behind the wall clock, since the start */
    this.timer = null;
    this.started = process.hrtime.bigint();
    if (options.wire !== undefined) this.plugIn(new net.Socket({fd: options.wire - 0}));
    if (options["wire-says"] !== undefined) passOn(new net.Socket({fd: options["wire-says"] - 0}));
    /* The board echoes and edits what is typed, so the terminal must do neither. */
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on("data", bytes => {
      if (process.stdin.isTTY && bytes.includes(CONTROL_C)) this.end(0);
      this.input(() => this.machine.feed(bytes));
    });
    if (options.control !== undefined) control.listen(options.control, this);
    if (options.gdb !== undefined) debug.listen(options.gdb, this);
    this.machine.stopped = true;
    if (!options.paused) this.resume();
  }

  pause() {
    this.settle();
    this.machine.stopped = true;
    this.machine.core.stop();
  }

  /* While it was paused, its clock stood still. */
  resume() {
    if (!this.machine.stopped) return;
    this.machine.stopped = false;
    this.lag += this.due - this.machine.clock.nanos;
    this.wake();
  }

  plugIn(stream) {
    const {clock, ethernet} = this.machine;
    this.wire = new Wire(stream, clock, frame => ethernet.receive(frame), () => this.input(() => {}));
    stream.on("error", error => fail(`the network has failed: ${error.message}`));
    stream.on("end", () => fail("the network has ended"));
  }

  get due() {
    return Number(process.hrtime.bigint() - this.started) - this.lag;
  }

  flush() {
    if (this.wire) this.wire.flush();
    if (this.output.length) process.stdout.write(Buffer.from(this.output));
    this.output = [];
  }

  end(code, reason) {
    this.pause();
    this.flush();
    if (reason) fail(reason);
    process.exit(code);
  }

  /* Sets the clock of a machine that sleeps, which may wake it up. */
  settle() {
    const {machine} = this, behind = this.due - machine.clock.nanos;
    if (machine.stopped) return;
    if (behind > CATCH_UP_NANOS) this.lag += behind - CATCH_UP_NANOS;
    if (machine.asleep) machine.run(this.due, SLICE_CYCLES);
  }

  /* Something happens now. */
  input(what) {
    this.settle();
    what();
    this.wake();
  }

  wake() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.next) this.next = setImmediate(() => this.step());
  }

  step() {
    const {machine} = this, {clock} = machine;
    this.timer = this.next = null;
    if (machine.stopped) return;
    this.settle();
    const due = this.due;
    machine.run(due, SLICE_CYCLES);
    this.flush();
    if (machine.stopped) return;
    if (clock.nanos < due) {
      this.wake();
    } else {
      const next = !machine.asleep ? clock.nanos + PAUSE_NANOS : clock.first ? clock.first.nanos : Infinity;
      this.timer = setTimeout(() => this.step(), Math.min(Math.max(1, (next - this.due) / 1e6), LONGEST_SLEEP_MS));
    }
  }
}

process.on("SIGTERM", () => process.exit(0));
const text = {type: "string"};
const {values} = parseArgs({options: {elf: text, rom: text, id: text, wire: text, "wire-says": text, semihosting: text,
  control: text, gdb: text, paused: {type: "boolean"}}});
new Emulator(values);
