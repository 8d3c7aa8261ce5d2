"""What a bridge carries, and the latency it adds: two servers, joined by lwchat-bridge and mosquitto.

Somebody talks on one server. A reader there hears it directly, and a reader on the other through the bridge. First each
line is sent when WINDOW others are under way, to learn how many lines a second arrive; then one line every 10 ms, to
learn when each reader hears it. Each round measures both readers at once, so that other load on the machine affects them
alike. Nothing may be lost, repeated or out of order.
"""

import os
import pathlib
import re
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
HERE, TALKER = "192.168.7.1", "192.168.7.8"  # the bridge's address and the talker's
SERVERS = {"Zoe": ("tap0", "192.168.7.2"), "Lucas": ("tap1", "192.168.7.3")}
ROUNDS, SECONDS = 5, 3  # defaults
WINDOW, EVERY_S, STALL_S = 200, 0.01, 20
BYTES = 40  # of a text
HEARD = re.compile(rb'"from":"[^"@]+(?:@Zoe)?","text":"(\d+) (\d+) ')


class Bench:
    def __init__(self, build, folder):
        self.started = []
        self.folder = folder
        path = os.environ["PATH"] + ":/usr/sbin"
        with open(f"{folder}/mosquitto.conf", "w") as file:
            file.write("listener 1883 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 1000\nset_tcp_nodelay true\nuser root\n")
        self.start(["mosquitto", "-c", f"{folder}/mosquitto.conf"], "running", env=dict(os.environ, PATH=path))
        subprocess.run(["ip", "address", "replace", f"{TALKER}/24", "dev", "br0"], check=True)
        for name, (tap, address) in SERVERS.items():
            server = self.start([f"{build}/lwchatd", "--name", name, "--hostname", name.lower(), "--net", f"tap:{tap}",
                                 "--ip", f"{address}/24", "--quiet"], "Server ready", stdin=subprocess.PIPE)
            server.stdin.write(f"/op bridge {HERE}\n/op bridge {TALKER}\n".encode())
            server.stdin.flush()
        servers = [word for _, address in SERVERS.values() for word in ("--server", address)]
        self.bridge = self.start([f"{build}/lwchat-bridge", "--broker", "127.0.0.1", "--state", f"{folder}/state",
                                  *servers], "joined: ", "joined: ", "connected")

    def start(self, command, *wanted, **how):
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **how)
        self.started.append(program)
        text = b""
        while not all(text.count(word.encode()) >= wanted.count(word) for word in wanted):
            line = program.stdout.readline()
            if not line:
                raise SystemExit(f"bench: {command[0]} did not start: {text.decode()}")
            text += line
        return program

    def end(self):
        for program in reversed(self.started):
            program.kill()
            program.wait()


class Peer:
    """Somebody in JSON: the lines of a talker that it has heard, by number."""

    def __init__(self, address, source=HERE):
        self.socket = socket.create_connection((address, 50000), STALL_S, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(b"/mode json\n")
        self._rest = b""
        while b'"type":"hello"' not in self._rest:
            self._rest += self.socket.recv(65536)
        self._rest = b""
        self.next = 0
        self.took_us = []

    def read(self):
        text = self._rest + self.socket.recv(262144)
        now_ns = time.monotonic_ns()
        end = text.rfind(b"\n") + 1
        self._rest = text[end:]
        for number, at in HEARD.findall(text[:end]):
            if int(number) != self.next:
                raise SystemExit(f"bench: line {number.decode()} came instead of {self.next}")
            self.next += 1
            self.took_us.append((now_ns - int(at)) / 1000)


def wait(peers, poll, ms):
    for descriptor, _ in poll.poll(ms):
        for peer in peers:
            if peer.socket.fileno() == descriptor:
                peer.read()


def talk(talker, peers, goal, seconds, every_s):
    """Talks for so long; waits until all have heard it. Returns the seconds that each took, and the latencies in µs."""
    poll = select.poll()
    for peer in peers:
        poll.register(peer.socket, select.POLLIN)
        peer.took_us = []
    first, begin, said_s = talker.next, time.monotonic(), time.monotonic()
    said, ends, heard_s = first, {}, begin
    while len(ends) < len(peers):
        now = time.monotonic()
        goes = now - begin < seconds
        if goes and now >= said_s and said - min(peer.next for peer in peers[1:]) < goal:
            line = b'{"say":"%d %d ' % (said, time.monotonic_ns())
            talker.socket.sendall(line.ljust(BYTES, b"x") + b'"}\n')
            said += 1
            said_s += every_s
        else:
            before = [peer.next for peer in peers]
            wait(peers, poll, min(50, max(0, 1000 * (said_s - now))) if every_s and goes else 50)
            heard_s = time.monotonic() if before != [peer.next for peer in peers] else heard_s
        if time.monotonic() - max(heard_s, said_s if every_s else 0) > STALL_S:
            raise SystemExit("bench: a line did not come")
        for peer in peers:
            if not goes and peer.next == said:
                ends.setdefault(peer, time.monotonic() - begin)
    return said - first, [ends[peer] for peer in peers], [sorted(peer.took_us) for peer in peers]


def cpu_s(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def inside(build, rounds, seconds):
    rates, latencies, works = [], {0: [], 1: []}, []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(build, folder)
        try:
            talker, direct = Peer(SERVERS["Zoe"][1], TALKER), Peer(SERVERS["Zoe"][1])
            across = Peer(SERVERS["Lucas"][1])
            peers = [talker, direct, across]
            for _ in range(int(rounds)):
                before = cpu_s(bench.bridge)
                lines, took, _ = talk(talker, peers, WINDOW, float(seconds), 0)
                rates.append(lines / took[2])
                works.append((cpu_s(bench.bridge) - before) / lines * 1e6)
                _, _, took_us = talk(talker, peers, WINDOW, float(seconds), EVERY_S)
                for number in latencies:
                    one = took_us[1 + number]
                    latencies[number].append((one[len(one) // 2], one[len(one) * 99 // 100], one[-1]))
        finally:
            bench.end()
    print("| heard | p50, ms | p99, ms | most, ms |\n| --- | ---: | ---: | ---: |")
    for number, name in enumerate(("directly", "through the bridge")):
        figures = [statistics.median(round_[i] for round_ in latencies[number]) / 1000 for i in range(3)]
        print(f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |")
    print(f"\nThrough the bridge: {statistics.median(rates):,.0f} lines a second with {WINDOW} under way, for "
          f"{statistics.median(works):.0f} µs of processor time each.")


def main(build, rounds, seconds):
    """Restarts this file in a private network."""
    tap = str(ROOT / "tools" / "tap")
    if not (build / "lwchat-bridge").exists():
        sys.exit("bench: there is no lwchat-bridge: it needs libmosquitto-dev")
    sys.stderr.flush()
    os.execv(tap, [tap, "run", "--bridge", "br0", "tap0", "tap1", "--", sys.executable, __file__, str(build), str(rounds),
                   str(seconds)])


if __name__ == "__main__":
    inside(*sys.argv[1:])
