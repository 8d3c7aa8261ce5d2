"use strict";
/* The RP2040's processor, an ARMv6-M (Cortex-M0+), in place of rp2040js's: about ten times as fast, and with what that
 * one lacks: hard faults, a wfi that wakes up while interrupts are masked, sev, and interrupts that stay pending.
 * References are to the ARMv6-M Architecture Reference Manual, DDI 0419.
 */

const SP = 13, LR = 14, PC = 15;
/* The flags follow the registers: N is set if word N is negative, Z if word Z is 0; C and V are 0 or 1. */
const N = 16, Z = 17, C = 18, V = 19;

const HARD_FAULT = 3, SVCALL = 11, PENDSV = 14, SYSTICK = 15, FIRST_IRQ = 16;
const LOWEST_PRIORITY = 4; /* of no exception at all */

const ROM_BYTES = 0x4000, FLASH_BYTES = 0x1000000, SRAM_BYTES = 0x42000;
const SIO = 0xD, PPB = 0xE; /* the top four bits of their addresses */
const USB_MEMORY = 0x50100; /* the top twenty */

const AWAKE = 0, WFI = 1, WFE = 2;

/* What ends an instruction that the processor cannot execute: a hard fault. */
const FAULT = new Error("hard fault");

class Core {
  /* mcu: rp2040js's RP2040, whose memories and peripherals it uses. */
  constructor(mcu) {
    this.mcu = mcu;
    this.registers = new Int32Array(20);
    this.rom16 = new Uint16Array(mcu.bootrom.buffer);
    this.rom32 = new Int32Array(mcu.bootrom.buffer);
    this.flash8 = mcu.flash;
    this.flash16 = mcu.flash16;
    this.flash32 = new Int32Array(mcu.flash.buffer);
    this.sram8 = mcu.sram;
    this.sram16 = new Uint16Array(mcu.sram.buffer);
    this.sram32 = new Int32Array(mcu.sram.buffer);
    /* The slice of time that run() runs: cycles until its end, and the cycle at which it ends. */
    this.left = 0;
    this.end = 0;
    this.onBreak = () => {}; /* (the instruction's immediate), for bkpt; registers[PC] is its address */
    this.onLockup = () => {};
    this.reset();
  }

  reset() {
    this.waiting = AWAKE;
    this.event = false;
    this.guard(0, 0);
    this.primask = 0;
    this.npriv = 0;
    this.handler = false; /* the mode */
    this.spsel = 0;
    this.otherSP = 0; /* the stack pointer that is not in use */
    this.IPSR = 0;
    this.VTOR = 0;
    this.SHPR2 = 0;
    this.SHPR3 = 0;
    this.lines = 0;    /* the interrupts that peripherals request now, */
    this.latched = 0;  /* those requested or set pending since they were last taken, */
    this.active = 0;   /* and those being handled, a bit each */
    this.enabledInterrupts = 0;
    this.interruptPriorities = [-1, 0, 0, 0]; /* the interrupts of each priority */
    this.pendingNMI = this.pendingSVCall = this.pendingPendSV = this.pendingSystick = false;
    this.registers.fill(0);
    this.registers[SP] = this.rom32[0];
    this.registers[PC] = this.rom32[1] & ~1;
    this.interruptsUpdated = true;
  }

  /* The number of cycles since the start. */
  get cycles() {
    return this.end - this.left;
  }

  set cycles(count) {
    this.left -= count - this.cycles;
  }

  /* Ends the slice after this instruction. */
  stop() {
    this.end -= this.left;
    this.left = 0;
  }

  /* Ends the slice after `cycles` more, if it would last longer. */
  shorten(cycles) {
    if (cycles >= this.left) return;
    this.end -= this.left - cycles;
    this.left = cycles;
  }

  /* Begins a slice of `cycles`. */
  begin(cycles) {
    this.end = this.cycles + cycles;
    this.left = cycles;
  }

  /* rp2040js's peripherals set this when an exception may have become due. */
  set interruptsUpdated(_) {
    this.unchecked = true;
    this.stop();
  }

  get pendingInterrupts() {
    return this.latched | this.lines & ~this.active;
  }

  get vectPending() {
    return this.due(LOWEST_PRIORITY);
  }

  setInterrupt(irq, requested) {
    const bit = 1 << irq;
    if (!requested) {
      this.lines &= ~bit;
    } else if (!(this.lines & bit)) {
      this.lines |= bit;
      this.latched |= bit;
      this.interruptsUpdated = true;
    }
  }

  priority(exception) {
    if (exception >= FIRST_IRQ) return this.interruptPriorities.findIndex(some => some >> exception - FIRST_IRQ & 1);
    switch (exception) {
      case 2: return -2;
      case HARD_FAULT: return -1;
      case SVCALL: return this.SHPR2 >>> 30;
      case PENDSV: return this.SHPR3 >>> 22 & 3;
      case SYSTICK: return this.SHPR3 >>> 30;
    }
    return LOWEST_PRIORITY;
  }

  /* The pending exception of the highest priority above `than`, or 0. */
  due(than) {
    if (this.pendingNMI && than > -2) return 2;
    const enabled = this.pendingInterrupts & this.enabledInterrupts;
    for (let level = 0; level < than; level++) {
      if (this.pendingSVCall && this.priority(SVCALL) === level) return SVCALL;
      if (this.pendingPendSV && this.priority(PENDSV) === level) return PENDSV;
      if (this.pendingSystick && this.priority(SYSTICK) === level) return SYSTICK;
      const here = enabled & this.interruptPriorities[level];
      if (here) return FIRST_IRQ + 31 - Math.clz32(here & -here);
    }
    return 0;
  }

  /* Takes the exception that is due, if any, and wakes the processor up (B1.5.4, B1.5.17). */
  check() {
    this.unchecked = false;
    const running = this.priority(this.IPSR);
    const exception = this.due(this.primask ? Math.min(running, 0) : running);
    if (exception) {
      this.waiting = AWAKE;
      this.take(exception);
    } else if (this.waiting === WFI && this.due(running)) {
      this.waiting = AWAKE;
    }
  }

  take(exception) {
    switch (exception) {
      case 2: this.pendingNMI = false; break;
      case SVCALL: this.pendingSVCall = false; break;
      case PENDSV: this.pendingPendSV = false; break;
      case SYSTICK: this.pendingSystick = false; break;
    }
    if (exception >= FIRST_IRQ) {
      this.latched &= ~(1 << exception - FIRST_IRQ);
      this.active |= 1 << exception - FIRST_IRQ;
    }
    const r = this.registers, from = r[SP];
    const frame = from - 32 & ~7;
    const back = this.handler ? 0xFFFFFFF1 : this.spsel ? 0xFFFFFFFD : 0xFFFFFFF9;
    const saved = [r[0], r[1], r[2], r[3], r[12], r[LR], r[PC], this.psr | (from & 4) << 7];
    r[SP] = frame;
    this.useStack(0);
    this.handler = true;
    this.IPSR = exception;
    this.event = true;
    this.unchecked = true;
    r[LR] = back;
    saved.forEach((word, at) => this.store32(frame + 4 * at, word));
    r[PC] = this.load32(this.VTOR + 4 * exception) & ~1;
    this.left -= 15;
  }

  /* B1.5.8; false: not an address of this kind. */
  returned(address) {
    if (!this.handler || address >>> 28 !== 15) return false;
    const r = this.registers;
    if (this.IPSR >= FIRST_IRQ) this.active &= ~(1 << this.IPSR - FIRST_IRQ);
    this.handler = (address & 15) === 1;
    this.useStack((address & 15) === 13 ? 1 : 0);
    const frame = r[SP];
    [r[0], r[1], r[2], r[3], r[12], r[LR], r[PC]] = [0, 4, 8, 12, 16, 20, 24].map(at => this.load32(frame + at));
    r[PC] &= ~1;
    this.psr = this.load32(frame + 28);
    r[SP] = frame + 32 | this.load32(frame + 28) >> 7 & 4;
    this.event = true;
    this.interruptsUpdated = true;
    return true;
  }

  useStack(process) {
    if (this.spsel === process) return;
    const r = this.registers, other = this.otherSP;
    this.otherSP = r[SP];
    r[SP] = other;
    this.spsel = process;
  }

  get psr() {
    const r = this.registers;
    return (r[N] < 0 ? 8 : 0) << 28 | (r[Z] ? 0 : 4) << 28 | r[C] << 29 | r[V] << 28 | 1 << 24 | this.IPSR;
  }

  set psr(value) {
    this.flags = value;
    this.IPSR = value & 63;
  }

  set flags(value) {
    const r = this.registers;
    r[N] = value;
    r[Z] = value >>> 30 & 1 ^ 1;
    r[C] = value >>> 29 & 1;
    r[V] = value >>> 28 & 1;
  }

  readSpecial(number) { /* B5.1 */
    const psr = this.psr;
    switch (number) {
      case 0: return psr & 0xF0000000;
      case 1: case 3: return psr & 0xF000003F;
      case 5: case 7: return psr & 63;
      case 8: return this.spsel ? this.otherSP : this.registers[SP];
      case 9: return this.spsel ? this.registers[SP] : this.otherSP;
      case 16: return this.primask;
      case 20: return this.spsel << 1 | this.npriv;
    }
    return 0;
  }

  writeSpecial(number, value) {
    switch (number) {
      case 0: case 1: case 2: case 3: this.flags = value; break;
      case 8: case 9:
        if ((number === 9) === (this.spsel === 1)) this.registers[SP] = value & ~3;
        else this.otherSP = value & ~3;
        break;
      case 16:
        this.primask = value & 1;
        this.interruptsUpdated = true;
        break;
      case 20:
        this.npriv = value & 1;
        if (!this.handler) this.useStack(value >> 1 & 1);
    }
  }

  /* Reads rp2040js's list of the peripherals, each with 16 KB of addresses. */
  findPeripherals() {
    const keyed = Object.entries(this.mcu.peripherals);
    this.peripherals = new Map(keyed.map(([key, peripheral]) => [key >>> 2, peripheral]));
  }

  /* A word that is in none of the memories; a hard fault if there is nothing at its address. */
  loadFar(address) {
    if (address >>> 0 < ROM_BYTES) return this.rom32[address >> 2];
    switch (address >>> 28) {
      case SIO:
        this.left++; /* a cycle less than memory takes */
        return this.mcu.sio.readUint32(address & 0xFFFFFFF) | 0;
      case PPB:
        if (address >>> 12 !== 0xE000E) throw FAULT;
        return this.mcu.ppb.readUint32(address & 0xFFF) | 0;
    }
    this.left -= 2;
    if (address >>> 12 === USB_MEMORY) return this.mcu.readUint32(address) | 0;
    const peripheral = this.peripherals.get(address >>> 14);
    if (peripheral === undefined) throw FAULT;
    return peripheral.readUint32(address & 0x3FFF) | 0;
  }

  storeFar(address, value) {
    switch (address >>> 28) {
      case SIO:
        this.left++;
        this.mcu.sio.writeUint32(address & 0xFFFFFFF, value >>> 0);
        return;
      case PPB:
        if (address >>> 12 !== 0xE000E) throw FAULT;
        this.mcu.ppb.writeUint32(address & 0xFFF, value >>> 0);
        return;
    }
    this.left -= 3;
    if (address >>> 12 === USB_MEMORY) {
      this.mcu.writeUint32(address, value >>> 0);
      return;
    }
    const peripheral = this.peripherals.get(address >>> 14);
    if (peripheral === undefined) throw FAULT;
    peripheral.writeUint32Atomic(address & 0xFFF, value >>> 0, address >> 12 & 3);
  }

  load32(address) {
    if (address & 3) throw FAULT;
    const region = address >>> 28, at = address & 0xFFFFFFF;
    if (region === 2 && at < SRAM_BYTES) return this.sram32[at >> 2];
    if (region === 1 && at < 0x4000000) return this.flash32[(at & FLASH_BYTES - 1) >> 2];
    return this.loadFar(address);
  }

  load16(address) {
    if (address & 1) throw FAULT;
    const region = address >>> 28, at = address & 0xFFFFFFF;
    if (region === 2 && at < SRAM_BYTES) return this.sram16[at >> 1];
    if (region === 1 && at < 0x4000000) return this.flash16[(at & FLASH_BYTES - 1) >> 1];
    return this.loadFar(address & ~3) >>> 8 * (address & 2) & 0xFFFF;
  }

  load8(address) {
    const region = address >>> 28, at = address & 0xFFFFFFF;
    if (region === 2 && at < SRAM_BYTES) return this.sram8[at];
    if (region === 1 && at < 0x4000000) return this.flash8[at & FLASH_BYTES - 1];
    return this.loadFar(address & ~3) >>> 8 * (address & 3) & 0xFF;
  }

  /* From now on writes to this part of the RAM fault, but not in the handler of a fault. */
  guard(address, bytes) {
    this.guardAt = address & 0xFFFFFFF;
    this.guardBytes = bytes;
  }

  refuse(address) {
    if (address >>> 28 === 2 && this.IPSR !== HARD_FAULT) throw FAULT;
  }

  store32(address, value) {
    if (address & 3) throw FAULT;
    const at = address & 0xFFFFFFF;
    if (at - this.guardAt >>> 0 < this.guardBytes) this.refuse(address);
    if (address >>> 28 === 2 && at < SRAM_BYTES) this.sram32[at >> 2] = value;
    else this.storeFar(address, value);
  }

  /* A byte or half of a word is written to all lanes of a peripheral's register (RP2040, 2.1.4). */

  store16(address, value) {
    if (address & 1) throw FAULT;
    const at = address & 0xFFFFFFF;
    if (at - this.guardAt >>> 0 < this.guardBytes) this.refuse(address);
    if (address >>> 28 === 2 && at < SRAM_BYTES) this.sram16[at >> 1] = value;
    else if (address >>> 12 === USB_MEMORY) this.mcu.writeUint16(address, value & 0xFFFF);
    else this.storeFar(address & ~3, Math.imul(value & 0xFFFF, 0x10001));
  }

  store8(address, value) {
    const at = address & 0xFFFFFFF;
    if (at - this.guardAt >>> 0 < this.guardBytes) this.refuse(address);
    if (address >>> 28 === 2 && at < SRAM_BYTES) this.sram8[at] = value;
    else if (address >>> 12 === USB_MEMORY) this.mcu.writeUint8(address, value & 0xFF);
    else this.storeFar(address & ~3, Math.imul(value & 0xFF, 0x1010101));
  }

  fetch(address) {
    const region = address >>> 28, at = address & 0xFFFFFFF;
    if (region === 1 && at < 0x4000000) return this.flash16[(at & FLASH_BYTES - 1) >> 1];
    if (region === 2 && at < SRAM_BYTES) return this.sram16[at >> 1];
    if (region === 0 && address < ROM_BYTES) return this.rom16[address >> 1];
    throw FAULT;
  }

  /* Runs until the slice is over, or the processor sleeps. */
  run() {
    while (this.left > 0 || this.unchecked) {
      const before = this.registers[PC];
      try {
        if (this.unchecked) this.check();
        if (this.waiting) return;
        this.execute();
      } catch (error) {
        if (error !== FAULT) throw error;
        this.fault();
      }
    }
  }

  /* The instruction at `this.at` could not be executed, or an exception not be entered. */
  fault() {
    const r = this.registers;
    r[PC] = this.at;
    if (this.priority(this.IPSR) < 0) {
      this.waiting = WFI;
      this.stop();
      this.onLockup();
      return;
    }
    try {
      this.take(HARD_FAULT);
    } catch (error) {
      if (error !== FAULT) throw error;
      /* There is no memory for the frame, which is lost. */
      r[PC] = this.load32(this.VTOR + 4 * HARD_FAULT) & ~1;
    }
  }

  add(a, b) {
    const r = this.registers, sum = a + b | 0;
    r[N] = r[Z] = sum;
    r[C] = sum >>> 0 < a >>> 0 ? 1 : 0;
    r[V] = ((a ^ sum) & (b ^ sum)) >>> 31;
    return sum;
  }

  subtract(a, b) {
    const r = this.registers, difference = a - b | 0;
    r[N] = r[Z] = difference;
    r[C] = a >>> 0 >= b >>> 0 ? 1 : 0;
    r[V] = ((a ^ b) & (a ^ difference)) >>> 31;
    return difference;
  }

  addWithCarry(a, b) {
    const r = this.registers, sum = (a >>> 0) + (b >>> 0) + r[C];
    r[N] = r[Z] = sum;
    r[C] = sum > 0xFFFFFFFF ? 1 : 0;
    r[V] = ((a ^ sum) & (b ^ sum)) >>> 31;
    return sum;
  }

  condition(which) {
    const r = this.registers;
    switch (which) {
      case 0: return r[Z] === 0;
      case 1: return r[Z] !== 0;
      case 2: return r[C] !== 0;
      case 3: return r[C] === 0;
      case 4: return r[N] < 0;
      case 5: return r[N] >= 0;
      case 6: return r[V] !== 0;
      case 7: return r[V] === 0;
      case 8: return r[C] !== 0 && r[Z] !== 0;
      case 9: return r[C] === 0 || r[Z] === 0;
      case 10: return (r[N] < 0) === (r[V] !== 0);
      case 11: return (r[N] < 0) !== (r[V] !== 0);
      case 12: return r[Z] !== 0 && (r[N] < 0) === (r[V] !== 0);
      default: return r[Z] === 0 || (r[N] < 0) !== (r[V] !== 0);
    }
  }

  jump(address) {
    if (this.returned(address)) return;
    if (!(address & 1)) throw FAULT; /* no Thumb code */
    this.registers[PC] = address & ~1;
  }

  /* Executes instructions until the slice is over. registers[PC] is the address of the next one. */
  execute() {
    const r = this.registers, flash16 = this.flash16;
    while (this.left > 0) {
      const pc = r[PC];
      this.at = pc;
      const op = pc >>> 24 === 0x10 ? flash16[(pc & FLASH_BYTES - 1) >> 1] : this.fetch(pc);
      r[PC] = pc + 2;
      this.left--;
      const d = op & 7, m = op >> 3 & 7; /* the registers of most instructions, and the third: */
      switch (op >> 11) {
        case 0: { /* LSLS, MOVS (register) */
          const by = op >> 6 & 31, value = r[m];
          if (by) r[C] = value >>> 32 - by & 1;
          r[d] = r[N] = r[Z] = value << by;
          break;
        }
        case 1: { /* LSRS */
          const by = op >> 6 & 31, value = r[m];
          r[C] = value >>> (by ? by - 1 : 31) & 1;
          r[d] = r[N] = r[Z] = by ? value >>> by : 0;
          break;
        }
        case 2: { /* ASRS */
          const by = op >> 6 & 31, value = r[m];
          r[C] = value >>> (by ? by - 1 : 31) & 1;
          r[d] = r[N] = r[Z] = value >> (by || 31);
          break;
        }
        case 3: { /* ADDS, SUBS of three operands */
          const operand = op & 0x400 ? op >> 6 & 7 : r[op >> 6 & 7];
          r[d] = op & 0x200 ? this.subtract(r[m], operand) : this.add(r[m], operand);
          break;
        }
        case 4: /* MOVS (immediate) */
          r[op >> 8 & 7] = r[N] = r[Z] = op & 255;
          break;
        case 5: /* CMP */
          this.subtract(r[op >> 8 & 7], op & 255);
          break;
        case 6: /* ADDS */
          r[op >> 8 & 7] = this.add(r[op >> 8 & 7], op & 255);
          break;
        case 7: /* SUBS */
          r[op >> 8 & 7] = this.subtract(r[op >> 8 & 7], op & 255);
          break;
        case 8:
          if (op & 0x400) this.high(op);
          else this.compute(op >> 6 & 15, d, m);
          break;
        case 9: /* LDR (literal) */
          r[op >> 8 & 7] = this.load32((pc + 4 & ~3) + 4 * (op & 255));
          this.left--;
          break;
        case 10: case 11: {
          const address = r[m] + r[op >> 6 & 7] | 0;
          this.left--;
          switch (op >> 9 & 7) {
            case 0: this.store32(address, r[d]); break;
            case 1: this.store16(address, r[d]); break;
            case 2: this.store8(address, r[d]); break;
            case 3: r[d] = this.load8(address) << 24 >> 24; break;
            case 4: r[d] = this.load32(address); break;
            case 5: r[d] = this.load16(address); break;
            case 6: r[d] = this.load8(address); break;
            case 7: r[d] = this.load16(address) << 16 >> 16; break;
          }
          break;
        }
        case 12: /* STR */
          this.left--;
          this.store32(r[m] + (op >> 4 & 0x7C) | 0, r[d]);
          break;
        case 13: /* LDR */
          this.left--;
          r[d] = this.load32(r[m] + (op >> 4 & 0x7C) | 0);
          break;
        case 14: /* STRB */
          this.left--;
          this.store8(r[m] + (op >> 6 & 31) | 0, r[d]);
          break;
        case 15: /* LDRB */
          this.left--;
          r[d] = this.load8(r[m] + (op >> 6 & 31) | 0);
          break;
        case 16: /* STRH */
          this.left--;
          this.store16(r[m] + (op >> 5 & 0x3E) | 0, r[d]);
          break;
        case 17: /* LDRH */
          this.left--;
          r[d] = this.load16(r[m] + (op >> 5 & 0x3E) | 0);
          break;
        case 18: /* STR (SP) */
          this.left--;
          this.store32(r[SP] + 4 * (op & 255) | 0, r[op >> 8 & 7]);
          break;
        case 19: /* LDR (SP) */
          this.left--;
          r[op >> 8 & 7] = this.load32(r[SP] + 4 * (op & 255) | 0);
          break;
        case 20: /* ADR */
          r[op >> 8 & 7] = (pc + 4 & ~3) + 4 * (op & 255);
          break;
        case 21: /* ADD (SP) */
          r[op >> 8 & 7] = r[SP] + 4 * (op & 255);
          break;
        case 22: case 23:
          this.miscellaneous(op);
          break;
        case 24: case 25:
          this.multiple(op);
          break;
        case 26: case 27: { /* B, conditional */
          const which = op >> 8 & 15;
          if (which >= 14) {
            if (which === 14) throw FAULT; /* UDF */
            this.pendingSVCall = true; /* SVC */
            this.unchecked = true;
            if (this.due(this.primask ? 0 : this.priority(this.IPSR)) === 0) throw FAULT;
            this.stop();
          } else if (this.condition(which)) {
            r[PC] = pc + 4 + (op << 24 >> 23);
            this.left--;
          }
          break;
        }
        case 28: /* B */
          r[PC] = pc + 4 + (op << 21 >> 20);
          /* A branch to itself waits for an interrupt. */
          this.left = op === 0xE7FE ? Math.min(this.left, 0) : this.left - 1;
          break;
        case 30:
          this.wide(op, this.fetch(pc + 2));
          break;
        default:
          throw FAULT;
      }
    }
  }

  /* Data processing between low registers (A5.2.2). */
  compute(which, d, m) {
    const r = this.registers, a = r[d], b = r[m];
    let result;
    switch (which) {
      case 0: result = a & b; break;
      case 1: result = a ^ b; break;
      case 2: case 3: case 4: case 7: result = this.shift(which, a, b & 255); break;
      case 5: r[d] = this.addWithCarry(a, b); return;
      case 6: r[d] = this.addWithCarry(a, ~b); return;
      case 8: r[N] = r[Z] = a & b; return; /* TST */
      case 9: r[d] = this.subtract(0, b); return; /* RSBS */
      case 10: this.subtract(a, b); return; /* CMP */
      case 11: this.add(a, b); return; /* CMN */
      case 12: result = a | b; break;
      case 13: result = Math.imul(a, b); break;
      case 14: result = a & ~b; break;
      default: result = ~b; break;
    }
    r[d] = r[N] = r[Z] = result;
  }

  /* LSLS, LSRS, ASRS, RORS by 0 to 255 (A2.2.1). */
  shift(which, value, by) {
    const r = this.registers;
    if (by === 0) return value;
    switch (which) {
      case 2:
        r[C] = by > 32 ? 0 : value >>> 32 - by & 1;
        return by > 31 ? 0 : value << by;
      case 3:
        r[C] = by > 32 ? 0 : value >>> by - 1 & 1;
        return by > 31 ? 0 : value >>> by;
      case 4:
        r[C] = value >>> Math.min(by - 1, 31) & 1;
        return value >> Math.min(by, 31);
      default: {
        const result = value >>> (by & 31) | value << (32 - by & 31);
        r[C] = result >>> 31;
        return result;
      }
    }
  }

  /* ADD, CMP, MOV between all registers, BX and BLX. */
  high(op) {
    const r = this.registers, d = op >> 4 & 8 | op & 7, m = op >> 3 & 15;
    const operand = m === PC ? r[PC] + 2 : r[m];
    switch (op >> 8 & 3) {
      case 1:
        this.subtract(r[d], operand);
        return;
      case 3:
        this.left--;
        if (op & 0x80) r[LR] = r[PC] | 1;
        this.jump(operand);
        return;
    }
    const result = op & 0x200 ? operand : operand + (d === PC ? r[PC] + 2 : r[d]) | 0;
    if (d === PC) this.left--;
    r[d] = d === PC ? result & ~1 : d === SP ? result & ~3 : result;
  }

  miscellaneous(op) {
    const r = this.registers, d = op & 7, m = op >> 3 & 7;
    switch (op >> 8 & 15) {
      case 0: /* ADD, SUB of the stack pointer */
        r[SP] += op & 0x80 ? -4 * (op & 127) : 4 * (op & 127);
        return;
      case 2:
        switch (op >> 6 & 3) {
          case 0: r[d] = r[m] << 16 >> 16; return;
          case 1: r[d] = r[m] << 24 >> 24; return;
          case 2: r[d] = r[m] & 0xFFFF; return;
          default: r[d] = r[m] & 0xFF; return;
        }
      case 4: case 5: { /* PUSH */
        let at = r[SP];
        if (op & 0x100) this.store32(at -= 4, r[LR]), this.left--;
        for (let n = 7; n >= 0; n--) if (op >> n & 1) this.store32(at -= 4, r[n]), this.left--;
        r[SP] = at;
        return;
      }
      case 6: /* CPSIE, CPSID */
        if ((op & 0xFFEF) !== 0xB662) throw FAULT;
        this.primask = op >> 4 & 1;
        if (!this.primask) this.interruptsUpdated = true;
        return;
      case 10:
        switch (op >> 6 & 3) {
          case 0: r[d] = r[m] << 24 | (r[m] & 0xFF00) << 8 | r[m] >> 8 & 0xFF00 | r[m] >>> 24; return;
          case 1: r[d] = (r[m] & 0xFF00FF) << 8 | r[m] >>> 8 & 0xFF00FF; return;
          case 3: r[d] = (r[m] << 24 | (r[m] & 0xFF00) << 8) >> 16; return;
        }
        throw FAULT;
      case 12: case 13: { /* POP */
        let at = r[SP];
        for (let n = 0; n < 8; n++) if (op >> n & 1) r[n] = this.load32(at), at += 4, this.left--;
        if (op & 0x100) {
          const to = this.load32(at);
          r[SP] = at + 4;
          this.left -= 3;
          this.jump(to);
        } else {
          r[SP] = at;
        }
        return;
      }
      case 14: /* BKPT */
        r[PC] -= 2;
        this.stop();
        this.onBreak(op & 255);
        return;
      case 15:
        this.hint(op >> 4 & 15);
        return;
    }
    throw FAULT;
  }

  hint(which) {
    switch (which) {
      case 2: /* WFE */
        if (!this.event) this.sleep(WFE);
        this.event = false;
        break;
      case 3: this.sleep(WFI); break;
      case 4: this.event = true; break; /* SEV */
    }
  }

  sleep(how) {
    this.left--;
    this.waiting = how;
    this.interruptsUpdated = true;
  }

  /* STM, LDM */
  multiple(op) {
    const r = this.registers, n = op >> 8 & 7, load = op & 0x800;
    let at = r[n];
    for (let which = 0; which < 8; which++) {
      if (!(op >> which & 1)) continue;
      if (load) r[which] = this.load32(at);
      else this.store32(at, r[which]);
      at = at + 4 | 0;
      this.left--;
    }
    if (!load || !(op >> n & 1)) r[n] = at;
  }

  /* The instructions of 32 bits: BL, MSR, MRS, and barriers. */
  wide(op, second) {
    const r = this.registers;
    r[PC] += 2;
    this.left -= 2;
    if ((second & 0xD000) === 0xD000) {
      const s = op >> 10 & 1;
      const offset = s << 24 | (second >> 13 & 1 ^ s ^ 1) << 23 | (second >> 11 & 1 ^ s ^ 1) << 22 |
        (op & 0x3FF) << 12 | (second & 0x7FF) << 1;
      r[LR] = r[PC] | 1;
      r[PC] += offset << 7 >> 7;
    } else if ((op & 0xFFF0) === 0xF380 && second >> 8 === 0x88) {
      this.writeSpecial(second & 255, r[op & 15]);
    } else if (op === 0xF3EF && second >> 12 === 8) {
      r[second >> 8 & 15] = this.readSpecial(second & 255);
    } else if (op !== 0xF3BF || second >> 4 < 0x8F4 || second >> 4 > 0x8F6) {
      throw FAULT;
    }
  }
}

module.exports = {Core, FAULT, PC};
