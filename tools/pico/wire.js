"use strict";
/* The cable between the W5500 and QEMU, which speaks of frames over a stream: 4 bytes of length, in network order, and
 * the frame. It carries 100 Mbit/s of the emulated time. While the emulator is slower than that, QEMU has to wait.
 */
const {wireNanos, SHORTEST} = require("./w5500.js");

const HEADER_BYTES = 4, LONGEST_BYTES = 65536;
const WAITING = 64; /* frames, above which the stream is not read */

class Wire {
  /* stream: a net.Socket; clock: of the machine; deliver: (frame); begin: () before it uses the clock */
  constructor(stream, clock, deliver, begin) {
    Object.assign(this, {stream, clock, deliver, begin});
    this.unread = Buffer.alloc(0);
    this.waiting = [];
    this.moving = false;
    stream.on("data", data => {
      this.begin();
      this.take(data);
    });
  }

  take(data) {
    this.unread = this.unread.length ? Buffer.concat([this.unread, data]) : data;
    while (this.unread.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.unread.readUInt32BE(0);
      if (end > LONGEST_BYTES) {
        this.stream.destroy(new Error(`a frame of ${end} bytes`));
        return;
      }
      if (this.unread.length < end) break;
      this.waiting.push(this.unread.subarray(HEADER_BYTES, end));
      this.unread = this.unread.subarray(end);
    }
    if (this.waiting.length > WAITING) this.stream.pause();
    if (!this.moving) this.move();
  }

  move() {
    const frame = this.waiting[0];
    this.moving = frame !== undefined;
    if (!this.moving) return;
    this.clock.after(wireNanos(frame.length), () => {
      this.waiting.shift();
      if (this.waiting.length <= WAITING) this.stream.resume();
      this.deliver(padded(frame));
      this.move();
    });
  }

  flush() {
    while (this.stream.writableCorked) this.stream.uncork();
  }

  send(frame) {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(frame.length, 0);
    this.stream.cork(); /* until flush() */
    this.stream.write(header);
    this.stream.write(frame);
  }
}

/* QEMU leaves frames as short as their payload; on a cable the sender has padded them. */
function padded(frame) {
  if (frame.length >= SHORTEST) return frame;
  const whole = Buffer.alloc(SHORTEST);
  frame.copy(whole);
  return whole;
}

module.exports = {Wire};
