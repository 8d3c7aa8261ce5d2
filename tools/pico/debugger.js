"use strict";
/* GDB's remote protocol, at a socket: memory, registers, breakpoints in the flash, single steps. A debugger that
 * connects stops the machine.
 */
const net = require("net");
const {PC} = require("./core.js");

const FLASH_OFFSET = 0xFFFFFF;
const BKPT = 0xBE00;
const STOPPED = "S05", INTERRUPTED = "S02";

function hexOfWord(word) {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(word);
  return bytes.toString("hex");
}

class Debugger {
  constructor(stream, emulator) {
    Object.assign(this, {stream, emulator, breakpoints: new Map(), unread: ""});
    const {machine} = emulator;
    machine.onBreakpoint = at => {
      if (!this.breakpoints.has(at)) return false;
      this.emulator.pause();
      this.say(STOPPED);
      return true;
    };
    this.emulator.pause();
    stream.on("data", data => this.take(data.toString("latin1")));
    stream.on("error", () => {});
    stream.on("close", () => this.leave());
  }

  get core() {
    return this.emulator.machine.core;
  }

  leave() {
    [...this.breakpoints.keys()].forEach(at => this.remove(at));
    this.emulator.machine.onBreakpoint = () => false;
    this.emulator.resume();
  }

  say(text) {
    const sum = [...text].reduce((so, character) => so + character.charCodeAt(0), 0) & 255;
    this.stream.write(`$${text}#${sum.toString(16).padStart(2, "0")}`);
  }

  take(text) {
    this.unread += text;
    for (;;) {
      const [whole, packet] = /^\+*(?:\x03|\$([^#]*)#..)/.exec(this.unread) || [];
      if (whole === undefined) return;
      this.unread = this.unread.slice(whole.length);
      if (packet === undefined) {
        this.emulator.pause();
        this.say(INTERRUPTED);
      } else {
        this.stream.write("+");
        const answer = this.obey(packet);
        if (answer !== undefined) this.say(answer);
      }
    }
  }

  /* The answer; undefined: there is none, or none yet. */
  obey(packet) {
    const [first, second] = packet.slice(1).split(/[,:]/).map(field => parseInt(field, 16));
    const {registers} = this.core;
    switch (packet[0]) {
      case "?": return STOPPED;
      case "q": return packet === "qC" ? "QC1" : "";
      case "g": return [...registers.subarray(0, 16), this.core.psr].map(hexOfWord).join("");
      case "G": {
        const words = Buffer.from(packet.slice(1), "hex");
        for (let n = 0; n < 16; n++) registers[n] = words.readInt32LE(4 * n);
        return "OK";
      }
      case "m": {
        const bytes = Array.from({length: second}, (_, n) => this.core.load8(first + n));
        return Buffer.from(bytes).toString("hex");
      }
      case "M":
        Buffer.from(packet.split(":")[1], "hex").forEach((byte, n) => this.poke(first + n, byte));
        return "OK";
      case "Z":
      case "z":
        if (first !== 0) return "";
        this[packet[0] === "Z" ? "insert" : "remove"](second);
        return "OK";
      case "s":
        this.step();
        return STOPPED;
      case "c":
        if (this.breakpoints.has(registers[PC])) this.step();
        this.emulator.resume();
        return undefined;
      case "D":
        this.leave();
        return "OK";
    }
    return "";
  }

  poke(address, byte) {
    if (address >>> 24 === 0x10) this.core.flash8[address & FLASH_OFFSET] = byte;
    else this.core.store8(address, byte);
  }

  halfwordAt(address) {
    return this.core.flash16.subarray((address & FLASH_OFFSET) >> 1);
  }

  insert(address) {
    if (this.breakpoints.has(address)) return;
    const code = this.halfwordAt(address);
    this.breakpoints.set(address, code[0]);
    code[0] = BKPT;
  }

  remove(address) {
    if (this.breakpoints.has(address)) this.halfwordAt(address)[0] = this.breakpoints.get(address);
    this.breakpoints.delete(address);
  }

  step() {
    const at = this.core.registers[PC], here = this.breakpoints.has(at);
    if (here) this.remove(at);
    this.core.begin(1);
    this.core.run();
    if (here) this.insert(at);
  }
}

function listen(path, emulator) {
  net.createServer(stream => new Debugger(stream, emulator)).listen(path);
}

module.exports = {listen};
