"""A board's firmware in its emulator, as a server with the interface of harness.Server.

With LWCHAT_TARGET=ADDR[:PORT] it is a board on the network instead, and tests
that need its console or an emulator are skipped.
"""

import functools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
from harness import PORT, ROOT, SOON, Process, Server

sys.dont_write_bytecode = True
sys.path.append(os.path.join(ROOT, "tools"))
import board_folder  # noqa: E402

EMULATE = os.path.join(ROOT, "tools", "emulate")
TARGET = os.environ.get("LWCHAT_TARGET", "")
LONG = os.environ.get("LWCHAT_LONG") == "yes"
# The board to be tested instead of all others, which is how those are tested whose emulator is slow; and the folder with
# its firmware without an operating system, if that is not the board's own.
ONLY = os.environ.get("LWCHAT_BOARD", "")
BARE = os.environ.get("LWCHAT_BARE_ELF", "")


def is_slow(board):
    """Whether its emulator may be slower than the board."""
    return board_folder.emulator(board)[0] == "rp2040js"


# The boards that can be emulated, the smallest first, and how many people they have places for.
PEOPLE = {name: board_folder.people(name) for name in board_folder.names() if board_folder.emulator(name)
          and (name == ONLY or not ONLY and not is_slow(name))}
PEOPLE = dict(sorted(PEOPLE.items(), key=lambda board: board[1]))
if TARGET:
    PEOPLE = {"target": int(os.environ.get("LWCHAT_TARGET_PEOPLE", "64"))}

# Boards that share the drivers of another board, or never have an operating system, run only a short test, unless
# LWCHAT_LONG is set. Those with drivers of their own also run the tests of drivers.
RELATIVES = () if TARGET or ONLY else tuple(
    name for name in PEOPLE if name not in board_folder.leaders() or not board_folder.has_kernel(name))
BOARDS = tuple(name for name in PEOPLE if LONG or name not in RELATIVES)
DRIVERS = tuple(name for name in PEOPLE if name in (*BOARDS, *board_folder.leaders()))
LEADERS = tuple(name for name in PEOPLE if name not in RELATIVES)
SMALL, LARGE = LEADERS[0], LEADERS[-1]

# The smallest board's firmware with the page for browsers, which its default build omits.
WITH_PAGE = os.environ.get("LWCHAT_PAGE_ELF", "")

emulated = unittest.skipIf(TARGET, "needs the emulator, or the console")


def firmware(board, program="lwchatd"):
    if BARE:
        return os.path.join(os.path.dirname(BARE), program + ".elf")
    return os.path.join(ROOT, "build", board, program + ".elf")


def symbols(elf):
    listing = subprocess.run(["arm-none-eabi-nm", elf], capture_output=True, text=True, check=True)
    return {f[2]: int(f[0], 16) for f in map(str.split, listing.stdout.splitlines()) if len(f) == 3}


def has_tasks(elf):
    """Whether the firmware has an operating system."""
    return "pxCurrentTCB" in symbols(elf)


class Monitor:
    """QEMU's machine protocol, of which the Pico's emulator has a part (tools/pico/control.js)."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SOON)
        self._socket.connect(path)
        self._answers = self._socket.makefile("r")
        self._lock = threading.Lock()
        self.tell("qmp_capabilities")

    def tell(self, command, **arguments):
        """Gives a command; returns its answer."""
        with self._lock:
            self._socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
            while True:
                line = self._answers.readline()
                if not line:
                    raise ConnectionError("the emulator has ended")
                answer = json.loads(line)
                if "error" in answer:
                    raise AssertionError(f"{command}: {answer['error']['desc']}")
                if "return" in answer:  # not a greeting or an event
                    return answer["return"]

    def close(self):
        self._answers.close()
        self._socket.close()


class Board(Server):
    """lwchatd on a board, on the interface `tap`; on the user-mode network if that is None.

    options: more of tools/emulate; own: more of the emulator's. If it is `paused`, it does not run until the monitor or
    a debugger lets it. `before` is called with the board before it is waited for.
    """

    def __init__(self, board, tap="tap0", elf=None, more=(), own=(), paused=False, before=None):
        self.net = tap or "user"
        self.elf = elf or firmware(board)
        self._folder = tempfile.TemporaryDirectory()
        self.gdb_path, monitor_path = (os.path.join(self._folder.name, name) for name in ("gdb", "monitor"))
        if is_slow(board):
            own = ["--gdb", self.gdb_path, "--control", monitor_path, *(["--paused"] if paused else []), *own]
        else:
            own = ["-gdb", f"unix:{self.gdb_path},server=on,wait=off", "-qmp", f"unix:{monitor_path},server=on,wait=off",
                   *(["-S"] if paused else []), *own]
        network = ["--tap", tap] if tap else ["--listen", f"127.0.0.1:{PORT}"]
        Process.__init__(self, [EMULATE, board, "--elf", self.elf, *more, *network, "--", *own])
        self.monitor = None
        try:
            self._open_monitor(monitor_path)
            if is_slow(board):
                self._lag_s = 0
                self._begun = time.monotonic() - self.seconds()
                harness.slow.append(self)
            if before:
                before(self)
            self.out.expect("Server ready on ")
            self.host = self.out.expect(" port ").decode()
            self.port = int(self.out.expect("."))
        except BaseException:
            self.kill()
            raise
        if not tap:
            self.host = "127.0.0.1"

    def _open_monitor(self, path):
        deadline = time.monotonic() + SOON
        while not self.monitor:
            try:
                self.monitor = Monitor(path)
            except (FileNotFoundError, ConnectionRefusedError):
                if not self.running() or time.monotonic() > deadline:
                    raise AssertionError(f"{self.name} does not start: {self.out.all()!r}")
                time.sleep(0.02)

    def seconds(self):
        """The time by the Pico's clock."""
        return self.monitor.tell("query-clock")["nanos"] / 1e9

    def lag_s(self):
        """How many seconds that clock has lost."""
        try:
            self._lag_s = time.monotonic() - self._begun - self.seconds()
        except OSError:
            pass  # it has ended
        return self._lag_s

    def plug(self, is_in):
        """Plugs the network cable in, or pulls it out."""
        self.monitor.tell("set_link", name="net", up=is_in)

    def kill(self):
        if self in harness.slow:
            harness.slow.remove(self)
        super().kill()
        if self.monitor:
            self.monitor.close()
        self._folder.cleanup()

    def operator(self, line):
        self.send(line + "\r")

    def pools(self):
        """Name -> (used now, most, available), including the stacks."""
        found = {}
        for line in self.stats():
            match = re.search(r"\*\*\* lwIP (\S+): (\d+) used, most (\d+), of (\d+)", line)
            if match:
                found[match[1]] = tuple(int(figure) for figure in match.groups()[1:])
        return found

    def tight_stacks(self):
        """The stacks that have less than a fifth to spare."""
        stacks = {name: figures for name, figures in self.pools().items() if name.startswith("STACK_")}
        # One for each task, and one for the interrupt handlers; or one in all.
        assert len(stacks) == (5 if has_tasks(self.elf) else 1) and all(most > 0 for _, most, _ in stacks.values()), stacks
        return [f"{name}: {most} of {available}" for name, (_, most, available) in stacks.items() if most > available * 0.8]

    def has_sessions(self, count):
        return f"sessions: {count} of" in self.stats()[0]


class Target:
    """A board that is already running, without its console."""

    def __init__(self):
        host, _, port = TARGET.partition(":")
        self.host, self.address = host, (host, int(port or PORT))
        time.sleep(1)  # lets the sessions of the previous test end

    def has_sessions(self, _):
        time.sleep(2)  # without a console it cannot be checked
        return True

    def close(self):
        pass


def start_router(case, first=50, last=60, *more):
    """A DHCP server on tap0."""
    router = case.process(
        "dnsmasq", "--no-daemon", "--port=0", "--interface=tap0", "--bind-interfaces",
        "--conf-file=/dev/null", "--dhcp-leasefile=/dev/null", "--user=root", "--no-ping",
        f"--dhcp-range=192.168.7.{first},192.168.7.{last},255.255.255.0,1h", *more
    )
    router.out.expect("DHCP, IP range")
    return router


def start_board(case, name, leased=False, **how):
    """The board under test; with `leased` next to a router, so that it does not wait 5 s for a lease."""
    if leased and not TARGET:
        start_router(case)
    return case.start(Target() if TARGET else Board(name, **how))


def on_each(names, test):
    @functools.wraps(test)
    def run(self):
        for name in names:
            with self.subTest(board=name):
                try:
                    test(self, name)
                finally:
                    self.doCleanups()

    return run


def on_each_board(test):
    """Runs a test once for each board."""
    return on_each(BOARDS, test)


def on_each_driver(test):
    """Runs a test once for each board that has drivers or a processor of its own."""
    return on_each(DRIVERS, test)


def main():
    """Runs the tests, in a private network unless the board is a target on the network."""
    if TARGET:
        unittest.main(verbosity=2)
    harness.main()


class Debugger:
    """Just enough of GDB's remote protocol to inject faults into a firmware."""

    SP, PC = 13, 15

    def __init__(self, board):
        self.elf = board.elf
        self.symbol = symbols(board.elf)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SOON)
        self._socket.connect(board.gdb_path)
        self._bytes = b""
        # QEMU answers, and may also report that it has stopped.
        self._send("?")
        self._send("qC")
        while not self._packet().startswith("QC"):
            pass

    def close(self):
        self._socket.close()

    def _packet(self):
        while True:
            match = re.search(rb"\$([^#]*)#..", self._bytes)
            if match:
                self._bytes = self._bytes[match.end() :]
                self._socket.sendall(b"+")
                return match[1].decode()
            more = self._socket.recv(4096)
            if not more:
                raise AssertionError("QEMU has closed the debugger's connection")
            self._bytes += more

    def resume(self):
        self._send("c")

    def _send(self, text):
        self._socket.sendall(b"$%s#%02x" % (text.encode(), sum(text.encode()) & 255))

    def command(self, text):
        self._send(text)
        return self._packet()

    def run_to(self, symbol):
        """Lets the firmware run until it reaches a function."""
        address = self.symbol[symbol] & ~1
        self.command(f"Z0,{address:x},2")
        self.resume()
        self._packet()
        self.command(f"z0,{address:x},2")

    def read_word(self, address):
        return int.from_bytes(bytes.fromhex(self.command(f"m{address:x},4")), "little")

    def write(self, address, data):
        self.command(f"M{address:x},{len(data):x}:{data.hex()}")

    def pause(self):
        self._socket.sendall(b"\x03")
        self._packet()

    def run_to_read(self, address):
        """Lets the firmware run until it has read a device register.

        Returns the value and the number of the processor register that holds it.
        """
        self.command(f"Z3,{address:x},4")
        self.resume()
        self._packet()
        self.command(f"z3,{address:x},4")
        words = self._registers()
        number, base, offset = self._loads.get(words[self.PC], (0, 0, -1))
        if words[base] + offset == address:  # QEMU stops before the access, some versions after it
            stopped = words[self.PC]
            while words[self.PC] == stopped:  # a single step in QEMU may end before the access
                self.command("s")
                words = self._registers()
        else:
            number = self._loads[max(at for at in self._loads if at < words[self.PC])][0]
        return words[number], number

    def run_to_write(self, address):
        """Lets the firmware run until it writes to a device register."""
        self.command(f"Z2,{address:x},4")
        self.resume()
        self._packet()
        self.command(f"z2,{address:x},4")

    def _registers(self):
        registers = bytes.fromhex(self.command("g"))
        return [int.from_bytes(registers[4 * n : 4 * n + 4], "little") for n in range(16)]

    @functools.cached_property
    def _loads(self):
        """Address -> register number, base register number and offset of each word load in the firmware."""
        listing = subprocess.run(
            ["arm-none-eabi-objdump", "-d", "-M", "reg-names-raw", self.elf],
            capture_output=True, text=True, check=True,
        )
        load = r"^ *(\w+):\t.*\tldr(?:\.w)?\tr(\d+), \[r(\d+)(?:, #(\d+))?\]"
        return {
            int(at, 16): (int(number), int(base), int(offset or 0))
            for at, number, base, offset in re.findall(load, listing.stdout, re.MULTILINE)
        }

    def register(self, number):
        return self._registers()[number]

    def set_register(self, number, value):
        registers = bytearray.fromhex(self.command("g"))
        registers[4 * number : 4 * number + 4] = value.to_bytes(4, "little")
        self.command("G" + registers.hex())

    def detach(self):
        try:
            self.command("D")
        except ConnectionError:
            pass  # the firmware has already ended the run
        self.close()
