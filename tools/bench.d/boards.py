"""A board in QEMU: lines delivered per second, and instructions per delivered line.

With -icount shift=5 an instruction takes 32 ns of the board's time, so that the board runs about as
fast as the real part, and QEMU counts the instructions. While the board sleeps it executes none, and
its clock follows the host's. While it works it runs as fast as the host can, which is faster than 31
million instructions a second. So a rate by the board's clock is what the part could achieve with
peers that answer as fast as these, and the host affects the count only through how many frames the
board finds at once. Waiting for peers can only increase the instructions per line.

lwchatd is compared with two other firmwares, in firmware/. `bare` sends the same frames to as many
connections over lwIP's raw API, with the board's options but without a chat, so it shows the part of
the cost that is not the chat's. `tasks` is the usual design, with a task and a blocking socket for
each client.
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
# Each client has its own address, starting with the first of these.
PEOPLE_AT, FIRST_HOST = "192.168.7.128/25", 128
LINE_BYTES = 32  # with its end
READY_S = 60
KEY_S = 0.05
STALL_S = 60

# Number of senders, and lines in flight of each; as in tools/bench.
SCENARIOS = {"A": (1, 1), "B": (10, 1), "C": (10, 16)}
# Deliveries per measurement.
DELIVERIES = {"A": 3000, "B": 15000, "C": 30000}
sys.path.append(str(ROOT / "tools"))
import board_folder  # noqa: E402

# Few people, and as many as the board has places for.
PEOPLE = {board: (16, board_folder.people(board)) for board in board_folder.leaders() if board_folder.emulator(board)}
ROUNDS = 5
SERVERS = ("lwchatd", "bare", "tasks")

# The board for `tasks`, its RAM, and the smaller number of clients; the larger one is what fits into the RAM.
SMALL, SMALL_RAM_BYTES, SMALL_FEW = "lm3s6965evb", 65536, 16
# Limit of the ratio of instructions per line to those of `bare`, with few people.
LIMIT = 1.35


class Firmware:
    """A board's release (or another firmware, without a rate limit to lift) on tap0, with its instructions counted."""

    def __init__(self, board, elf=None, chat=True):
        self.board = board
        self.elf = str(elf or ROOT / "build" / board / "lwchatd.elf")
        self._monitor = None
        self._folder = tempfile.mkdtemp()
        self._log = pathlib.Path(self._folder, "console")
        monitor, debugger = (os.path.join(self._folder, name) for name in ("monitor", "debugger"))
        command = [ROOT / "tools" / "emulate", board, "--elf", self.elf, "--tap", "tap0"]
        command += ["--record", os.path.join(self._folder, "record"), "--"]
        command += ["-qmp", f"unix:{monitor},server=on,wait=off", "-gdb", f"unix:{debugger},server=on,wait=off"]
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            self._await(b" port 50000.")
            if chat and ADDRESS[0].encode() not in self._log.read_bytes():  # it has a link-local one
                self._type(f"/ip {ADDRESS[0]}/24\r")
                self._await(b"the address is now " + ADDRESS[0].encode())
            with self._connect(monitor) as connection:
                self._monitor = connection.makefile("rw")  # keeps the socket open
            self._monitor.readline()
            self._ask("qmp_capabilities")
            self._ticks = self._symbol("xTickCount")
            if chat:
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

    def _await(self, words):
        deadline = time.monotonic() + READY_S
        while words not in self._log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise OSError(f"the board does not come up; it says: {self._log.read_text()}")
            time.sleep(0.05)

    def _type(self, text):
        """Slowly: while QEMU records, it passes on input that the UART has no room for, which loses it."""
        for letter in text:
            self._process.stdin.write(letter.encode())
            self._process.stdin.flush()
            time.sleep(KEY_S)

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
        """Removes the limit of 10 lines a second per sender."""
        source = "#include <stddef.h>\n#include <net/server.h>\nchar place[offsetof(struct server, chat.config.rate)];"
        compiled = os.path.join(self._folder, "place.o")
        command = ["arm-none-eabi-gcc", "-mcpu=cortex-m3", "-mthumb", "-xc", "-", "-c", "-o", compiled]
        command += [f"-I{ROOT / folder}" for folder in ("src", f"port/boards/{self.board}")]
        subprocess.run(command, input=source, text=True, check=True)
        listing = subprocess.run(["arm-none-eabi-nm", "-S", compiled], capture_output=True, text=True, check=True)
        rate = self._symbol("server") + int(listing.stdout.split()[1], 16)
        received = b""
        # "?" queries the status, which stops the target; "D" detaches and resumes it.
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

    def word(self, name):
        """The value of a 32-bit variable."""
        return int(self._say(f"xp /1wx {self._symbol(name):#x}").split()[-1], 16)

    def instructions(self):
        """Number of instructions executed since the start."""
        return int(re.search(r"instruction count = (\d+)", self._say("info replay"))[1])

    def seconds(self):
        """Time by the board's clock, whose tick is a millisecond."""
        return int(self._say(f"xp /1wx {self._ticks:#x}").split()[-1], 16) / 1000


class Talk:
    """Clients in one room that check every line they receive."""

    def __init__(self, people, chat=True):
        self._epoll = select.epoll()
        self._people = []
        subprocess.run(["ip", "route", "replace", "local", PEOPLE_AT, "dev", "tap0"], check=True)
        for number in range(people):
            own = f"192.168.7.{FIRST_HOST + number}"
            person = socket.create_connection(ADDRESS, STALL_S, source_address=(own, 0))
            person.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if chat:
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
        """Sends until all clients have received every line. Returns the number of lines delivered."""
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


def frames():
    """Number of frames sent by the board, and sent to it."""
    counts = re.search(r"^ *tap0:(.+)$", pathlib.Path("/proc/net/dev").read_text(), re.MULTILINE)[1].split()
    return int(counts[1]), int(counts[9])


def measure(firmware, talk, scenario, deliveries=None):
    """One run: rates by the board's and the host's clock, instructions and frames per delivered line, and the load."""
    counted, seconds, start = firmware.instructions(), firmware.seconds(), time.monotonic()
    sent, received = frames()
    lines = talk.run(scenario, deliveries or DELIVERIES[scenario])
    took = time.monotonic() - start
    counted, seconds = firmware.instructions() - counted, firmware.seconds() - seconds
    sent, received = (now - before for now, before in zip(frames(), (sent, received)))
    return {
        "sent": sent / lines,
        "received": received / lines,
        "by_board": lines / seconds,
        "by_host": lines / took,
        "instructions": counted / lines,
        "busy": min(1, counted * NS_AN_INSTRUCTION / 1e9 / seconds),
    }


def middle(runs):
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def report(results):
    """Markdown: medians of lwchatd."""
    text = "| board | people | scenario | deliveries a second | by the host's clock | instructions a line | busy |\n"
    text += "| --- | ---: | --- | ---: | ---: | ---: | ---: |\n"
    for (server, board, people, scenario), runs in results.items():
        if server == "lwchatd":
            median = middle(runs)
            text += f"| {board} | {people} | {scenario} | {median['by_board']:,.0f} | {median['by_host']:,.0f} "
            text += f"| {median['instructions']:,.0f} | {100 * median['busy']:.0f} % |\n"
    return text


def compare(results):
    """Markdown: lwchatd compared with the same frames without a chat. Also returns what exceeds the limit."""
    text = "| board | people | scenario | instructions a line | without a chat | ratio | frames a line, each way | without a chat |\n"
    text += "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |\n"
    above = []
    for (server, board, people, scenario), runs in results.items():
        bare = results.get(("bare", board, people, scenario))
        if server != "lwchatd" or not bare:
            continue
        ours, theirs = middle(runs), middle(bare)
        ratio = ours["instructions"] / theirs["instructions"]
        text += f"| {board} | {people} | {scenario} | {ours['instructions']:,.0f} | {theirs['instructions']:,.0f} | {ratio:.2f} "
        text += "".join(f"| {which['sent']:.2f} / {which['received']:.2f} " for which in (ours, theirs)) + "|\n"
        if people == min(PEOPLE[board]) and ratio > LIMIT:
            above.append(f"{board}, {people} people, {scenario}: {ratio:.2f} times the bare firmware's, at most {LIMIT}")
    return text, above


def side_by_side(results, ram):
    """Markdown: lwchatd compared with a task for each client, on the small board."""
    scenarios = list(SCENARIOS)
    text = "| server | people in 64 KiB | people | " + " | ".join(f"{letter}: deliveries a second" for letter in scenarios)
    text += " | " + " | ".join(f"{letter}: instructions a line" for letter in scenarios) + " |\n"
    text += "| --- | ---: | ---: |" + " ---: |" * 2 * len(scenarios) + "\n"
    for server in ("lwchatd", "tasks"):
        for people in sorted({key[2] for key in results if key[:2] == (server, SMALL)}):
            medians = [middle(results[server, SMALL, people, letter]) for letter in scenarios]
            text += f"| {server} | {ram[server]} | {people} | " + " | ".join(f"{median['by_board']:,.0f}" for median in medians)
            text += " | " + " | ".join(f"{median['instructions']:,.0f}" for median in medians) + " |\n"
    return text


def build_bare(board):
    """Builds the firmware without a chat. Returns its path."""
    subprocess.run(["cmake", "--build", ROOT / "build" / board, "--target", "bench_bare"], check=True,
                   stdout=subprocess.DEVNULL)
    return ROOT / "build" / board / "tools/bench.d/firmware/bare.elf"


def build_tasks(board, people, out):
    """Builds the firmware with a task for each of `people` clients. Returns its path and its RAM usage in bytes."""
    folder = out / f"tasks-{board}"
    for command in (["cmake", "-S", ROOT, "-B", folder, f"-DBOARD={board}", f"-DLWCHAT_BENCH_TASKS={people}"],
                    ["cmake", "--build", folder, "--target", "bench_tasks"]):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"{done.stdout}\nbench: could not build")
    elf = folder / "tools/bench.d/firmware/tasks.elf"
    symbols = subprocess.run(["arm-none-eabi-nm", elf], capture_output=True, text=True, check=True).stdout
    return elf, int(re.search(r"^(\w+) \w section_ram_bytes$", symbols, re.MULTILINE)[1], 16)


def tasks_most(out):
    """How many clients with a task each fit into the small board's RAM."""
    few, more = SMALL_FEW - 8, SMALL_FEW - 4
    least, next_bytes = (build_tasks(SMALL, people, out)[1] for people in (few, more))
    each = (next_bytes - least) / (more - few)
    most = few + int((SMALL_RAM_BYTES - least) // each)
    print(f"bench: a client with a task of its own takes {each:.0f} bytes; {most} find room", file=sys.stderr)
    return most


def run(rounds, out, show):
    """Measures every board and server, in a network with tap0. Returns the tables, and what exceeds its limit."""
    results = {}
    tasks = tasks_most(out)
    plan = [(server, board, people) for board, sizes in PEOPLE.items() for people in sizes for server in SERVERS[:2]]
    plan += [("tasks", SMALL, people) for people in sorted({min(SMALL_FEW, tasks), tasks})]
    for server, board, people in plan:
        chat, elf = server == "lwchatd", None
        if not chat:
            elf = build_bare(board) if server == "bare" else build_tasks(board, tasks, out)[0]
        with Firmware(board, elf, chat) as firmware, Talk(people, chat) as talk:
            for number in range(rounds):
                for scenario in SCENARIOS:
                    show(f"{board}, {server}, {people} people, round {number + 1} of {rounds}: {scenario}")
                    runs = results.setdefault((server, board, people, scenario), [])
                    runs.append(measure(firmware, talk, scenario))
            if server == "tasks":
                show(f"of the stack of a client {firmware.word('tasks_stack_left')} bytes were never used")
    compared, above = compare(results)
    ram = {"lwchatd": board_folder.people(SMALL), "tasks": tasks}
    return "\n".join((report(results), compared, side_by_side(results, ram))), above


def main(arguments):
    """tools/bench --boards"""
    if not arguments.inside:
        for board in PEOPLE:
            subprocess.run([ROOT / "tools" / "build", board], check=True)
        command = [ROOT / "tools" / "tap", "run", "--", sys.executable, ROOT / "tools" / "bench", "--inside", *sys.argv[1:]]
        os.execv(command[0], [str(word) for word in command])
    arguments.out.mkdir(parents=True, exist_ok=True)
    tables, above = run(arguments.rounds or ROUNDS, arguments.out, lambda what: print(f"bench: {what}", file=sys.stderr))
    (arguments.out / "boards.md").write_text(tables)
    print(tables, end="")
    for sentence in above:
        print(f"NOT MET: {sentence}")
    sys.exit(1 if arguments.check and above else 0)
