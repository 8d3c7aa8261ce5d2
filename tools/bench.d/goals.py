"""The goals for lwchatd on TAP, and whether a run met them."""

import dataclasses
import statistics

from measure import refill_cells
from servers import SERVERS
from streams import DIRECTIONS, NETWORKS

# Ratios to another server in the same run: scenario, clients, server, minimum, aim.
RATIOS = (
    ("A", 10, "kernel", 1.3, 1.3),
    ("A", 50, "kernel", 1.3, 1.3),
    ("B", 10, "kernel", 1.3, 1.3),
    ("B", 50, "kernel", 1.3, 1.3),
    ("C", 10, "kernel", 1.0, 1.3),
    ("C", 50, "kernel", 1.0, 1.3),
    ("A", 10, "ncat", 2.0, 2.0),
    ("A", 50, "ncat", 1.4, 1.4),
    ("B", 10, "ncat", 20, 20),
    ("B", 50, "ncat", 20, 20),
    ("C", 10, "ncat", 1.8, 2.5),
    ("C", 50, "ncat", 1.8, 2.5),
    ("A", 10, "ngircd", 2.0, 2.0),
    ("A", 50, "ngircd", 1.4, 1.4),
    ("B", 10, "ngircd", 15, 15),
    ("B", 50, "ngircd", 15, 15),
    ("C", 10, "ngircd", 4, 4),
    ("C", 50, "ngircd", 4, 4),
)
# D, relative to the faster of these; the aim by lines in flight. Limit of its quartiles' distance from the median, as a
# fraction of the median, and the number of rounds that this needs.
REFILL_PEERS = ("ncat", "ngircd")
REFILL, REFILL_AIM = 1.5, {16: 3, 64: 3}
SPREAD, SPREAD_ROUNDS = 0.25, 9
# Load above which a core counts as full.
FULL = 0.95
# Limit of p99 in the open loop, as a multiple of p50.
TAIL = 3
# Raw streams, as a fraction of the throughput of a veth.
STREAMS = 0.8
# Delivered bytes a second in C with many clients, as a fraction of those with few.
FEW, MANY = 10, 1000
GROWTH = 0.8
# Limit of the total memory of an idle client.
REST_KIB = 8

# Why a goal is missed, if a profile has shown it; by scenario and number of clients.
WRITES = ("each reader gets a frame of its own; half of the server's time is the kernel's TCP, which in that write takes it "
          "to the reader and wakes it, as it does for a server on the kernel's sockets, and a fifth is reading "
          "acknowledgements, which the kernel spares that one")
CARRIES = ("two thirds of the time are the system's, which carries each frame to its reader as it does for a server on its "
           "own sockets; lwIP and the chat share the rest")
FRAMES = ("each line comes in a frame of its own, which the server must read from the TAP, take through lwIP and acknowledge; "
          "on the kernel's sockets a server reads many lines at once, and ncat passes them on unread. With 50 senders and 256 "
          "lines in flight, the kernel takes 38 % of the server's time, for frames and for its own TCP, lwIP and the port 28 %, "
          "the chat 16 %, copies and `malloc()` 17 %, before segments were kept (`port/linux/heap.c`). A receive window of two segments, so that the senders' kernels gather "
          "lines, and longer blocks of rendered lines were tried, and gained nothing")
REASONS = {("A", 10): WRITES, ("A", 50): WRITES, ("B", 10): WRITES, ("C", 10): CARRIES, ("C", 50): CARRIES,
           ("D", 10): FRAMES, ("D", 50): FRAMES}


@dataclasses.dataclass
class Goal:
    text: str
    value: float
    limit: float
    aim: float = None  # beyond the limit
    at_most: bool = False
    unit: str = ""
    clients: int = 0
    bound: bool = False  # the other server was limited by the generator

    @property
    def met(self):
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def measured(self):
        number = f"{self.value:.2f}{self.unit}" if self.value < 20 else f"{self.value:.0f}{self.unit}"
        return f"up to {number}" if self.bound else number

    @property
    def asked(self):
        aim = f" (aim {self.aim:g})" if self.aim and self.aim != self.limit else ""
        return f"at {'most' if self.at_most else 'least'} {self.limit:g}{self.unit}{aim}"

    @property
    def reason(self):
        return REASONS.get((self.text[0], self.clients), "")


def streams_middle(data):
    """MB a second by network and direction."""
    measured = (data.raw.get("streams") or {}).get("measured", [])
    found = {}
    for stream in measured:
        found.setdefault((stream["network"], stream["way"]), []).append(stream["mb_per_s"])
    return {key: statistics.median(values) for key, values in found.items()}


def rest_kib(data, name):
    """Memory of the process per idle client, in KiB; None if it was not measured."""
    few, many = (data.joins.get((name, clients)) for clients in (FEW, MANY))
    return (many["joined_kib"] - few["joined_kib"]) / (MANY - FEW) if few and many else None


def of_refill(data):
    """The goals of D, for each of its cells."""
    found = []
    size = data.sizes[0]
    for clients in data.clients:
        for (senders, depth), cell in refill_cells("D", clients).items():
            ours = data.get("tap", clients, cell, size)
            peers = [data.get(name, clients, cell, size) for name in REFILL_PEERS]
            if not ours or None in peers:
                continue
            fastest = max(peers, key=lambda cell: cell["lines_per_s"])
            text = f"D, {senders} of {clients} send, {depth} in flight"
            if fastest["lines_per_s"] > 0:
                found.append(Goal(f"{text}, to ncat and ngircd", ours["lines_per_s"] / fastest["lines_per_s"], REFILL,
                                  REFILL_AIM.get(depth, REFILL), clients=clients,
                                  bound=fastest["load_cpu"] > FULL > fastest["server_cpu"]))
            if ours["rounds"] >= SPREAD_ROUNDS:
                found.append(Goal(f"{text}, quartiles off the median", ours["spread"], SPREAD, at_most=True,
                                  clients=clients))
    return found


def find(data):
    """All goals for which this run has figures."""
    if not data.cells:
        return of_streams(data)
    size = data.sizes[0]
    goals = []
    for scenario, clients, other, least, aim in RATIOS:
        ours, theirs = (data.get(name, clients, scenario, size) for name in ("tap", other))
        if ours and theirs and theirs["lines_per_s"] > 0:
            text = f"{scenario}, {clients} clients, to {SERVERS[other].title}"
            goals.append(Goal(text, ours["lines_per_s"] / theirs["lines_per_s"], least, aim, clients=clients,
                              bound=theirs["load_cpu"] > FULL > theirs["server_cpu"]))
    goals += of_refill(data)
    ours, theirs = (data.get(name, 10, "O", size) for name in ("tap", "kernel"))
    if ours and theirs:
        goals.append(Goal("O, 10 clients, p50, to same src/, kernel", ours["p50_us"] / theirs["p50_us"], 1,
                          at_most=True, clients=10))
    if ours:
        goals.append(Goal("O, 10 clients, p99, to its own p50", ours["p99_us"] / ours["p50_us"], TAIL,
                          at_most=True, clients=10))
    few, many = (data.get("tap", clients, "C", size) for clients in (FEW, MANY))
    if few and many:
        text = f"C, bytes a second with {MANY:,} clients, to {FEW}"
        goals.append(Goal(text, many["lines_per_s"] / few["lines_per_s"], GROWTH, clients=MANY))
    rest = rest_kib(data, "tap")
    if rest is not None:
        goals.append(Goal("memory of a client at rest", rest, REST_KIB, at_most=True, unit=" KiB"))
    return goals + of_streams(data)


def of_streams(data):
    middle = streams_middle(data)
    return [
        Goal(f"raw stream, {words}, to {NETWORKS['veth']}", middle["tap", way] / middle["veth", way], STREAMS)
        for way, words in DIRECTIONS.items() if ("tap", way) in middle and ("veth", way) in middle
    ]
