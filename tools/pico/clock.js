"use strict";
/* The emulated time, in nanoseconds since the start: it advances with the processor's cycles, and by skip() while the
 * processor sleeps. rp2040js's peripherals read it and set alarms.
 */

class Alarm {
  constructor(clock, callback) {
    this.clock = clock;
    this.callback = callback;
    this.scheduled = false;
    this.nanos = 0;
    this.next = null;
  }

  schedule(nanos) {
    this.cancel();
    this.clock.insert(this, nanos);
  }

  cancel() {
    if (this.scheduled) this.clock.remove(this);
  }
}

class Clock {
  constructor() {
    this.first = null; /* of the alarms, by time */
    this.firing = -1;  /* the time of the alarm that is going off; -1: none is */
    this.mark = {nanos: 0, cycles: 0}; /* since then the processor has run all the time */
    this.cycleNanos = 8;
    this.core = {cycles: 0, shorten() {}}; /* until countBy() */
  }

  get nanos() {
    return this.firing >= 0 ? this.firing : this.mark.nanos + (this.core.cycles - this.mark.cycles) * this.cycleNanos;
  }

  get micros() {
    return this.nanos / 1000;
  }

  /* A processor with this many cycles a second counts the time from now on. */
  countBy(core, frequency) {
    this.mark = {nanos: this.nanos, cycles: core.cycles};
    this.core = core;
    this.cycleNanos = 1e9 / frequency;
    core.stop();
  }

  skip(nanos) {
    this.mark.nanos += nanos;
  }

  /* The number of cycles until a time, at least 1. */
  cyclesUntil(nanos) {
    return Math.max(1, Math.ceil((nanos - this.nanos) / this.cycleNanos));
  }

  createAlarm(callback) {
    return new Alarm(this, callback);
  }

  after(nanos, callback) {
    this.createAlarm(callback).schedule(nanos);
  }

  /* The clock of a chip that starts now; its alarms end with it. */
  restarted() {
    const start = this.nanos, clock = this, alarms = [];
    return {
      get nanos() {
        return clock.nanos - start;
      },
      get micros() {
        return this.nanos / 1000;
      },
      createAlarm(callback) {
        alarms.push(clock.createAlarm(callback));
        return alarms[alarms.length - 1];
      },
      end() {
        alarms.forEach(alarm => alarm.cancel());
      }
    };
  }

  insert(alarm, delay) {
    alarm.nanos = this.nanos + delay;
    alarm.scheduled = true;
    let before = null, after = this.first;
    while (after && after.nanos <= alarm.nanos) before = after, after = after.next;
    alarm.next = after;
    if (before) before.next = alarm;
    else this.first = alarm;
    if (!before && this.firing < 0) this.core.shorten(this.cyclesUntil(alarm.nanos));
  }

  remove(alarm) {
    alarm.scheduled = false;
    let before = null, at = this.first;
    while (at && at !== alarm) before = at, at = at.next;
    if (!at) return;
    if (before) before.next = alarm.next;
    else this.first = alarm.next;
  }

  /* Lets the alarms go off that are due. */
  fire() {
    const now = this.nanos;
    for (let alarm = this.first; alarm && alarm.nanos <= now; alarm = this.first) {
      this.first = alarm.next;
      alarm.scheduled = false;
      this.firing = alarm.nanos;
      alarm.callback();
    }
    this.firing = -1;
  }
}

module.exports = {Clock};
