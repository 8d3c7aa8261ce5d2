"""A board under QEMU: lines it delivers a second, and instructions that a delivered line takes.

With -icount shift=5 an instruction takes 32 ns of the board's time, so that it runs about as fast
as the real part, and QEMU counts them. A board that sleeps executes none: its clock goes on as the
host's does meanwhile. One that works is as fast as the host can, and that is faster than 31 million
a second. So a rate by the board's clock is what the part could do with peers that answer as fast
as these; and the count depends on the host only in how many frames the board happens to find at
once. A board that has to wait for its peers takes more for a line, never less.
"""

import json
import os
import pathlib
import re
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NS_AN_INSTRUCTION = 32  # -icount shift=5
ADDRESS = ("192.168.7.2", 50000)
# Everybody has an address of their own, from the first of these on.
PEOPLE_AT, FIRST_HOST = "192.168.7.128/25", 128
LINE_BYTES = 32  # with its end
READY_S = 60
STALL_S = 60

# Senders, and lines of each on their way; as tools/bench has them.
SCENARIOS = {"A": (1, 1), "B": (10, 1), "C": (10, 16)}
# Deliveries that are measured.
DELIVERIES = {"A": 3000, "B": 15000, "C": 30000}
sys.path.append(str(ROOT / "tools"))
import board_folder  # noqa: E402

# Few, and as many as there are places for.
PEOPLE = {board: (16, board_folder.people(board)) for board in board_folder.names() if board_folder.model(board)}
ROUNDS = 5


class Firmware:
    """A board's release, running on tap0 with its instructions counted."""

    def __init__(self, board, elf=None):
        self.board = board
        self.elf = str(elf or ROOT / "build" / board / "lwchatd.elf")
        self._monitor = None
        self._folder = tempfile.mkdtemp()
        self._log = pathlib.Path(self._folder, "console")
        monitor, debugger = (os.path.join(self._folder, name) for name in ("monitor", "debugger"))
        command = [ROOT / "tools" / "qemu", board, "--elf", self.elf, "--tap", "tap0"]
        command += ["--record", os.path.join(self._folder, "record"), "--"]
        command += ["-qmp", f"unix:{monitor},server=on,wait=off", "-gdb", f"unix:{debugger},server=on,wait=off"]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            self._wait_until_ready()
            with self._connect(monitor) as connection:
                self._monitor = connection.makefile("rw")  # which keeps it open
            self._monitor.readline()
            self._ask("qmp_capabilities")
            self._ticks = self._symbol("xTickCount")
            self._lift_rate(self._connect(debugger))
        except BaseException:
            self.close()
            raise

    def close(self):
        if self._monitor:
            self._monitor.close()
        self._process.terminate()
        self._process.communicate()
        shutil.rmtree(self._folder)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _wait_until_ready(self):
        deadline = time.monotonic() + READY_S
        while b"Server ready on " not in self._log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"the board does not come up; it says: {self._log.read_text()}")
            time.sleep(0.05)

    @staticmethod
    def _connect(path):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(STALL_S)
        connection.connect(path)
        return connection

    def _symbol(self, name):
        symbols = subprocess.run(["arm-none-eabi-nm", self.elf], capture_output=True, text=True, check=True)
        return int(re.search(rf"^(\w+) \w {name}$", symbols.stdout, re.MULTILINE)[1], 16)

    def _lift_rate(self, debugger):
        """Nobody is held back for sending more than 10 lines a second."""
        source = "#include <stddef.h>\n#include <net/server.h>\nchar place[offsetof(struct server, chat.config.rate)];"
        compiled = os.path.join(self._folder, "place.o")
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-xc", "-", "-c", "-o", compiled]
        command += [f"-I{ROOT / folder}" for folder in ("src", f"port/boards/{self.board}")]
        subprocess.run(command, input=source, text=True, check=True)
        listing = subprocess.run(["arm-none-eabi-nm", "-S", compiled], capture_output=True, text=True, check=True)
        rate = self._symbol("server") + int(listing.stdout.split()[1], 16)
        received = b""
        # "?" asks how it stands, which stops it; "D" lets it go on.
        for packet in (b"?", b"M%x,4:00000000" % rate, b"D"):
            debugger.sendall(b"$%s#%02x" % (packet, sum(packet) & 255))
        while received.count(b"$OK#") < 2:
            received += debugger.recv(4096)
        debugger.close()

    def _ask(self, command, **arguments):
        self._monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self._monitor.flush()
        while True:
            answer = json.loads(self._monitor.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise OSError(f"QEMU: {answer['error']['desc']}")

    def _say(self, words):
        return self._ask("human-monitor-command", **{"command-line": words})

    def instructions(self):
        """Executed since the start."""
        return int(re.search(r"instruction count = (\d+)", self._say("info replay"))[1])

    def seconds(self):
        """By the board's clock, of which a tick is a millisecond."""
        return int(self._say(f"xp /1wx {self._ticks:#x}").split()[-1], 16) / 1000


class Talk:
    """People in the room, who check every line that they get."""

    def __init__(self, people):
        self._epoll = select.epoll()
        self._people = []
        subprocess.run(["ip", "route", "replace", "local", PEOPLE_AT, "dev", "tap0"], check=True)
        for number in range(people):
            own = f"192.168.7.{FIRST_HOST + number}"
            person = socket.create_connection(ADDRESS, STALL_S, source_address=(own, 0))
            person.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            person.sendall(b"/nick p%d\n" % number)
            self._people.append(person)
        self._number = {person.fileno(): number for number, person in enumerate(self._people)}
        for person in self._people:
            self._epoll.register(person, select.EPOLLIN)
        while events := self._epoll.poll(1):
            for descriptor, _ in events:
                self._people[self._number[descriptor]].recv(65536)

    def close(self):
        for person in self._people:
            person.close()
        self._epoll.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _say(self, sender, numbers):
        lines = (b"%07d " % number for number in numbers)
        self._people[sender].sendall(b"".join(line.ljust(LINE_BYTES - 1, b"x") + b"\n" for line in lines))

    def run(self, scenario, deliveries):
        """Talks until everybody has read everything. Returns how many lines were delivered."""
        people = len(self._people)
        senders, depth = SCENARIOS[scenario]
        senders = min(senders, people)
        lines = max(1, deliveries // (senders * (people - 1)))
        heard = [[0] * senders for _ in range(people)]
        for number in range(senders):
            heard[number][number] = lines
        rest = [b""] * people
        sent = [0] * senders
        missing = senders * lines * (people - 1)
        said = set(range(senders))
        while missing:
            for sender in said:
                by_all = min(person[sender] for person in heard)
                most = min(lines, by_all + depth)
                if most > sent[sender]:
                    self._say(sender, range(sent[sender], most))
                    sent[sender] = most
            events = self._epoll.poll(STALL_S)
            if not events:
                raise OSError(f"nothing for {STALL_S} s, and {missing} deliveries missing")
            said = set()
            for descriptor, _ in events:
                number = self._number[descriptor]
                data = self._people[number].recv(65536)
                if not data:
                    raise OSError("the board has closed a connection")
                *whole, rest[number] = (rest[number] + data).split(b"\n")
                for line in whole:
                    match = re.fullmatch(rb"p(\d+)> (\d{7}) x+", line)
                    sender = int(match[1]) if match else -1
                    if sender < 0 or int(match[2]) != heard[number][sender]:
                        raise OSError(f"p{number} reads {line!r} out of turn")
                    heard[number][sender] += 1
                    said.add(sender)
                missing -= len(whole)
        return senders * lines * (people - 1)


def measure(firmware, talk, scenario, deliveries=None):
    """One run. Rates a second, by the board's clock and by ours; instructions a delivered line; how busy it was."""
    counted, seconds, start = firmware.instructions(), firmware.seconds(), time.monotonic()
    lines = talk.run(scenario, deliveries or DELIVERIES[scenario])
    took = time.monotonic() - start
    counted, seconds = firmware.instructions() - counted, firmware.seconds() - seconds
    return {
        "by_board": lines / seconds,
        "by_host": lines / took,
        "instructions": counted / lines,
        "busy": min(1, counted * NS_AN_INSTRUCTION / 1e9 / seconds),
    }


def report(results):
    """Markdown: medians."""
    text = "| board | people | scenario | deliveries a second | by the host's clock | instructions a line | busy |\n"
    text += "| --- | ---: | --- | ---: | ---: | ---: | ---: |\n"
    for (board, people, scenario), runs in results.items():
        median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        text += f"| {board} | {people} | {scenario} | {median['by_board']:,.0f} | {median['by_host']:,.0f} "
        text += f"| {median['instructions']:,.0f} | {100 * median['busy']:.0f} % |\n"
    return text


def run(rounds, show):
    """Every board, in a network that has tap0. Returns the table."""
    results = {}
    for board, sizes in PEOPLE.items():
        for people in sizes:
            with Firmware(board) as firmware, Talk(people) as talk:
                for number in range(rounds):
                    for scenario in SCENARIOS:
                        show(f"{board}, {people} people, round {number + 1} of {rounds}: {scenario}")
                        runs = results.setdefault((board, people, scenario), [])
                        runs.append(measure(firmware, talk, scenario))
    return report(results)


def main(arguments):
    """tools/bench --boards"""
    if not arguments.inside:
        for board in PEOPLE:
            subprocess.run([ROOT / "tools" / "build", board], check=True)
        command = [ROOT / "tools" / "tap", "run", "--", sys.executable, ROOT / "tools" / "bench", "--inside", *sys.argv[1:]]
        os.execv(command[0], [str(word) for word in command])
    table = run(arguments.rounds or ROUNDS, lambda what: print(f"bench: {what}", file=sys.stderr))
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "boards.md").write_text(table)
    print(table, end="")
