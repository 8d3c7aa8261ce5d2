"""Where the slowest deliveries of scenario O lose their time, by the kernel's tracer. Needs root.

The time of a delivery has these parts, one after the other:

  sender    until its frame is in the TAP: the write()
  wake-up   until the server runs: its core sleeps, or another program is on it
  server    until the frame for this reader has reached its socket: the server works, or does not get its core
  reader    until the load generator has read it: it works, mostly for other readers, or does not get its core

A core that the hypervisor takes away shows nothing: whatever runs there seems to work for longer. The time that the
machine counts as stolen is told in addition.
"""

import bisect
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import servers

CLIENTS = 10
SERVER, LOAD, IDLE = ("lwchatd", "tcpip_thread"), ("load",), "swapper"
BUFFER_KIB = 65536
EVENTS = {
    "sched/sched_switch": None,
    "net/net_dev_start_xmit": 'name=="tap0"',
    "tcp/tcp_probe": "data_len>0",
}
LINE = re.compile(r"\s*(.+)-\d+\s+\[(\d+)\]\s+\S+\s+([\d.]+): (\w+): (.*)")
SWITCH = re.compile(r"prev_comm=(.+?) prev_pid=.* ==> next_comm=(.+?) next_pid=")
READER = re.compile(r"src=(\S+) ")
PARTS = ("sender", "wake-up, core asleep", "wake-up, core taken", "server works", "server waits for its core",
         "reader works", "reader waits for its core")


@contextlib.contextmanager
def tracer():
    """A private instance of the kernel's tracer, with the events switched on."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tracefs", "nodev", folder], capture_output=True, text=True)
        if done.returncode:
            sys.exit("bench: --trace needs root, and a kernel with tracefs")
        instance = pathlib.Path(folder) / "instances" / f"lwchat-{os.getpid()}"
        try:
            instance.mkdir()
            (instance / "trace_clock").write_text("mono")
            (instance / "buffer_size_kb").write_text(str(BUFFER_KIB))
            for event, condition in EVENTS.items():
                if condition:
                    (instance / "events" / event / "filter").write_text(condition)
                (instance / "events" / event / "enable").write_text("1")
            yield instance
        finally:
            if instance.exists():
                instance.rmdir()
            subprocess.run(["umount", folder], check=False)


class Core:
    """What ran on a core, and since when."""

    def __init__(self):
        self.since, self.task = [], []

    def add(self, at, task):
        self.since.append(at)
        self.task.append(task)

    def spans(self, start, end):
        """(task, ns) from `start` to `end`."""
        i = max(0, bisect.bisect_right(self.since, start) - 1)
        while start < end and i < len(self.since):
            until = min(end, self.since[i + 1]) if i + 1 < len(self.since) else end
            if until > start:
                yield self.task[i], until - start
            start = max(start, until)
            i += 1

    def first(self, start, tasks):
        """When one of `tasks` runs, from `start` on."""
        i = max(0, bisect.bisect_right(self.since, start) - 1)
        while i < len(self.since):
            if self.task[i].startswith(tasks):
                return max(start, self.since[i])
            i += 1
        return None


class Trace:
    def __init__(self, text):
        self.cores, self.sent, self.arrived = {}, [], {}
        for line in text:
            found = LINE.match(line)
            if not found:
                continue
            task, number, at, event, rest = found.groups()
            at = round(float(at) * 1e9)
            core = self.cores.setdefault(int(number), Core())
            # The trace lacks the switches to a task now and then; whatever that does shows that it runs.
            if event == "sched_switch":
                core.add(at, SWITCH.match(rest)[2])
            elif core.task[-1:] != [task]:
                core.add(at, task)
            if event == "net_dev_start_xmit" and task.startswith(LOAD):
                self.sent.append(at)
            elif event == "tcp_probe" and task.startswith(SERVER):
                self.arrived.setdefault(READER.search(rest)[1], []).append(at)

    def parts(self, reader, sent, received, server_core, load_core):
        """ns of each of PARTS; None if the trace lacks a part of this delivery."""
        i = bisect.bisect_left(self.sent, sent)
        if i == len(self.sent) or self.sent[i] > received:
            return None
        framed = self.sent[i]
        server, load = self.cores[server_core], self.cores[load_core]
        runs = server.first(framed, SERVER)
        arrivals = self.arrived.get(reader, [])
        i = bisect.bisect_left(arrivals, runs or received)
        if runs is None or i == len(arrivals) or arrivals[i] > received:
            return None
        came = arrivals[i]
        woken = list(server.spans(framed, runs))
        working = list(server.spans(runs, came))
        reading = list(load.spans(came, received))
        asleep = sum(ns for task, ns in woken if task.startswith(IDLE))
        works = sum(ns for task, ns in working if task.startswith(SERVER))
        reads = sum(ns for task, ns in reading if task.startswith(LOAD))
        return (framed - sent, asleep, runs - framed - asleep, works, came - runs - works, reads, received - came - reads)


def stolen_ms():
    fields = [line.split() for line in open("/proc/stat", encoding="ascii") if re.match(r"cpu\d", line)]
    return [int(field[8]) * 1000 // os.sysconf("SC_CLK_TCK") for field in fields]


def read_deliveries(path):
    address, deliveries = {}, []
    for line in path.read_text().splitlines():
        words = line.split()
        if len(words) == 2:
            address[words[0]] = words[1]
        else:
            deliveries.append((address[words[0]], int(words[1]), int(words[2])))
    return deliveries


def mean_us(rows, column):
    return sum(row[column] for row in rows) / len(rows) / 1000


def report(deliveries, trace, cores, stolen):
    ordered = sorted(deliveries, key=lambda delivery: delivery[2] - delivery[1])
    latency = [(received - sent) / 1000 for _, sent, received in ordered]
    p50, p99 = latency[len(latency) // 2], latency[len(latency) * 99 // 100]
    print(f"O, {CLIENTS} clients: {len(latency)} deliveries, p50 {p50:.0f} us, p99 {p99:.0f} us, ratio {p99 / p50:.1f}; "
          f"stolen {' and '.join(str(ms) for ms in stolen)} ms")
    groups = {"the faster half": ordered[:len(ordered) // 2], "the slowest 1 %": ordered[len(ordered) * 99 // 100:]}
    tables = {name: list(filter(None, (trace.parts(*delivery, *cores) for delivery in chosen)))
              for name, chosen in groups.items()}
    for name, rows in tables.items():
        if not rows:
            sys.exit(f"bench: the trace lacks {name}")
        print(f"{name}: {len(rows)} of {len(groups[name])} are in the trace")
    print("| mean, us | " + " | ".join(tables) + " |")
    print("| --- |" + " ---: |" * len(tables))
    for column, part in enumerate(PARTS):
        print(f"| {part} | " + " | ".join(f"{mean_us(rows, column):.1f}" for rows in tables.values()) + " |")


def inside(arguments, session):
    """In the private network: one measurement of the server on TAP."""
    servers.prepare_tap()
    cores = sorted(os.sched_getaffinity(0))[:2]
    lines, complaint = session(arguments, servers.SERVERS["tap"], CLIENTS, ["O/32"], 20000, cores,
                               ["--deliveries", str(arguments.out / "deliveries")])
    if complaint or not lines:
        sys.exit(f"bench: {complaint}")


def main(arguments, command):
    """Traces `command`, which runs inside()."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        sys.exit("bench: --trace needs two cores")
    before = stolen_ms()
    with tracer() as instance:
        subprocess.run(command, check=True)
        (instance / "tracing_on").write_text("0")
        stolen = [now - then for now, then in zip(stolen_ms(), before)]
        with (instance / "trace").open(errors="replace") as text:
            trace = Trace(text)
    report(read_deliveries(arguments.out / "deliveries"), trace, cores, [stolen[core] for core in cores])
