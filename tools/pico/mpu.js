"use strict";
/* The memory protection unit (ARMv6-M, B3.5), as far as it guards a stack: writes to the first part of the RAM that a
 * region protects against them fault. Nothing else that a region says is enforced.
 */

const TYPE = 0xD90, CTRL = 0xD94, RNR = 0xD98, RBAR = 0xD9C, RASR = 0xDA0;
const REGIONS = 8, SUBREGIONS = 8;
const ENABLE = 1, VALID = 0x10;
const READ_WRITE = [1, 3]; /* values of RASR's AP with which code that is privileged may write */

class Mpu {
  /* guard: (address, bytes) tells the processor what may not be written */
  constructor(guard) {
    this.guard = guard;
    this.control = this.region = 0;
    this.base = new Uint32Array(REGIONS);
    this.attributes = new Uint32Array(REGIONS);
  }

  has(offset) {
    return offset >= TYPE && offset <= RASR;
  }

  read(offset) {
    switch (offset) {
      case TYPE: return REGIONS << 8;
      case CTRL: return this.control;
      case RNR: return this.region;
      case RBAR: return (this.base[this.region] | this.region) >>> 0;
      default: return this.attributes[this.region];
    }
  }

  write(offset, value) {
    switch (offset) {
      case CTRL: this.control = value & 7; break;
      case RNR: this.region = value & REGIONS - 1; break;
      case RBAR:
        if (value & VALID) this.region = value & REGIONS - 1;
        this.base[this.region] = value & ~0xFF;
        break;
      case RASR: this.attributes[this.region] = value; break;
    }
    this.guard(...this.guarded());
  }

  guarded() {
    if (!(this.control & ENABLE)) return [0, 0];
    for (let n = 0; n < REGIONS; n++) {
      const attributes = this.attributes[n], bytes = 2 ** ((attributes >> 1 & 31) + 1) / SUBREGIONS;
      if (!(attributes & ENABLE) || READ_WRITE.includes(attributes >> 24 & 7)) continue;
      const parts = Array.from({length: SUBREGIONS}, (_, part) => part).filter(part => !(attributes >> 8 + part & 1));
      if (parts.length) return [this.base[n] + parts[0] * bytes, parts.length * bytes];
    }
    return [0, 0];
  }
}

module.exports = {Mpu};
