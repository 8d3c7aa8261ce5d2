"use strict";
/* Tests control the emulator over a socket, with a part of QEMU's machine protocol: an object a line, {"execute": ...,
 * "arguments": {...}}, answered with {"return": ...}. query-clock is our own: emulated nanoseconds since the start, and
 * cycles in which the processor was awake.
 */
const net = require("net");
const {createInterface} = require("readline");

function listen(path, emulator) {
  const {machine} = emulator;
  const commands = {
    "qmp_capabilities": () => {},
    "stop": () => emulator.pause(),
    "cont": () => emulator.resume(),
    "set_link": ({up}) => emulator.input(() => machine.ethernet.linked = up),
    "query-clock": () => {
      emulator.input(() => {});
      return {nanos: Math.floor(machine.clock.nanos), cycles: machine.core.cycles};
    }
  };
  net.createServer(stream => {
    const answer = object => stream.write(JSON.stringify(object) + "\r\n");
    stream.on("error", () => {}); /* its peer has gone */
    createInterface({input: stream}).on("line", line => {
      try {
        const {execute, arguments: given} = JSON.parse(line);
        answer({return: commands[execute](given || {}) || {}});
      } catch (error) {
        answer({error: {class: "GenericError", desc: String(error)}});
      }
    });
  }).listen(path);
}

module.exports = {listen};
