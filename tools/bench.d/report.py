"""Tables in Markdown from results.json."""

import json
import statistics
import sys

import goals
import measure
from servers import SERVERS
from streams import DIRECTIONS, NETWORKS

TITLES = {
    "A": "A: one sender, one line at a time",
    "B": "B: ten senders, one line at a time each",
    "C": "C: ten senders, 16 lines in flight each",
    "O": "O: 2,000 lines a second",
}
REFILL = {
    "D": "D: each line in a write of its own",
    "E": "E: as D, with Nagle's algorithm at the clients",
}


def spread(values, median):
    """Distance of the farther quartile from the median, as a fraction of the median."""
    if len(values) < 2 or not median:
        return 0
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return max(high - median, median - low) / median


class Data:
    """The medians over all rounds."""

    def __init__(self, raw):
        self.raw = raw
        self.servers = raw["servers"]
        groups, joins = {}, {}
        for cell in raw["cells"]:
            groups.setdefault((cell["server"], cell["clients"], cell["scenario"], cell["bytes"]), []).append(cell)
        for join in raw["joins"]:
            joins.setdefault((join["server"], join["clients"]), []).append(join)
        self.cells = {key: self.middle(cells) for key, cells in groups.items()}
        self.joins = {key: self.middle(cells) for key, cells in joins.items()}
        self.clients = sorted({key[1] for key in self.cells})
        self.sizes = sorted({key[3] for key in self.cells})
        self.refill = [letter for letter in REFILL if any(key[2][0] == letter for key in self.cells)]
        self.scenarios = [letter for letter in TITLES if any(key[2] == letter for key in self.cells)]

    @staticmethod
    def middle(cells):
        names = [name for name, value in cells[0].items() if isinstance(value, (int, float))]
        median = {name: statistics.median(cell[name] for cell in cells) for name in names}
        for name in ("lost", "told", "repeated", "corrupt", "stalled"):
            median[name] = sum(cell.get(name, 0) for cell in cells)
        median["rounds"] = len(cells)
        if "lines_per_s" in median:
            median["spread"] = spread([cell["lines_per_s"] for cell in cells], median["lines_per_s"])
        return median

    def get(self, server, clients, scenario, size):
        return self.cells.get((server, clients, scenario, size))


def load(path):
    try:
        data = Data(json.loads(path.read_text()))
    except FileNotFoundError:
        sys.exit(f"bench: there is no {path}: run tools/bench first")
    if not data.cells and not goals.streams_middle(data):
        sys.exit("bench: no server got as far as being measured: " + "; ".join(faults(data)))
    return data


def number(value):
    """At least three significant digits."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), row(["---"] + ["---:"] * (len(head) - 1))] + [row(cells) for cells in rows])


def by_server(data, scenario, size, show):
    """A table with one row per number of clients and one column per server."""
    head = ["clients"] + [SERVERS[name].title for name in data.servers]
    rows = []
    for clients in data.clients:
        cells = [data.get(name, clients, scenario, size) for name in data.servers]
        rows.append([f"{clients:,}"] + [show(cell) if cell else "–" for cell in cells])
    return table(head, rows)


def lines(cell):
    text = number(cell["lines_per_s"] / 1000)
    if cell["load_cpu"] > goals.FULL > cell["server_cpu"]:
        text = f"> {text}"
    return text + (" *" if cell["stalled"] or cell["lost"] or cell["corrupt"] or cell["repeated"] else "")


def frames(cell):
    """Lines per frame from the server, and thousand frames a second to it and from it; "–" if not counted."""
    if not cell or not cell.get("frames_from_server"):
        return ["–"] * 3
    return [number(cell["delivered"] / cell["frames_from_server"]),
            number(cell["frames_to_server"] / cell["seconds"] / 1000),
            number(cell["frames_from_server"] / cell["seconds"] / 1000)]


FRAMES_HEAD = ["lines a frame", "k frames/s to it", "k frames/s from it"]


def refill_rows(data, letter):
    """A row per clients, senders and lines in flight; columns for the servers, and lwchatd's frames and spread."""
    rows = []
    for clients, (senders, depth), cell in ((clients, *item) for clients in data.clients
                                            for item in measure.refill_cells(letter, clients).items()):
        cells = {name: data.get(name, clients, cell, data.sizes[0]) for name in data.servers}
        ours = cells.get("tap")
        if not any(cells.values()):
            continue
        rows.append([f"{clients:,}", str(senders), str(depth)] + [lines(cell) if cell else "–" for cell in cells.values()] + frames(ours)
                    + [f"{100 * ours['spread']:.0f} %" if ours else "–"])
    return rows


def refill_head(data):
    return ["clients", "senders", "in flight"] + [SERVERS[name].title for name in data.servers] + FRAMES_HEAD + ["quartiles off"]


def latencies(cell):
    return " / ".join(number(cell[name]) for name in ("p50_us", "p99_us", "p999_us"))


def ns(cell):
    """The server's CPU time per line in ns; None if there is none."""
    return cell["server_cpu"] * 1e9 / cell["lines_per_s"] if cell and cell["lines_per_s"] else None


def cost(cell):
    return number(ns(cell)) if ns(cell) is not None else "–"


def goal_rows(data):
    return [[goal.text, goal.measured, goal.asked, "yes" if goal.met else "no"] for goal in goals.find(data)]


def stream_rows(data):
    middle = goals.streams_middle(data)
    return [
        [words] + [number(middle[network, way]) if (network, way) in middle else "–" for network in NETWORKS]
        for way, words in DIRECTIONS.items() if any((network, way) in middle for network in NETWORKS)
    ]


def faults(data):
    """Sentences about what went wrong."""
    found = []
    for (name, clients, scenario, size), cell in data.cells.items():
        wrong = [f"{cell[what]} {what}" for what in ("lost", "repeated", "corrupt", "stalled") if cell[what]]
        if cell["told"]:
            wrong.append(f"readers were told of {cell['told']}")
        if wrong:
            found.append(f"{SERVERS[name].title}, {clients} clients, {scenario}, {size} bytes: {', '.join(wrong)}")
    for failure in data.raw["failures"]:
        found.append(f"{SERVERS[failure['server']].title}, {failure['clients']} clients, "
                     f"round {failure['round']}: {failure['why']}")
    for failure in (data.raw.get("streams") or {}).get("failures", []):
        found.append(f"raw stream, {DIRECTIONS[failure['way']]}, {NETWORKS[failure['network']]}: {failure['why']}")
    return found


def busy(data):
    """The load of the generator's core, and of other programs."""
    worst = {}
    for (name, clients, scenario, size), cell in data.cells.items():
        if cell["load_cpu"] > worst.get(name, (0,))[0]:
            worst[name] = (cell["load_cpu"], scenario, clients, size)
    rows = [[SERVERS[name].title, f"{100 * used:.0f} %", f"{scenario}, {clients:,} clients, {size} bytes"]
            for name, (used, scenario, clients, size) in worst.items()]
    others = sorted(cell["others_cpu"] for cell in data.raw["cells"])
    return rows, others[len(others) // 2] if others else 0, others[-1] if others else 0


def idle_rows(data):
    """The cost of a line between two clients while the others are idle."""
    names = [name for name in data.servers if any(key[0] == name and key[2] == "I" for key in data.cells)]
    size = data.sizes[0]
    rows = []
    for clients in data.clients:
        cells = [data.get(name, clients, "I", size) for name in names]
        rows.append([f"{clients - 2:,}"] + [cost(cell) if cell else "–" for cell in cells])
    each = [idle_each_ns(data, name) for name in names]
    if None not in each:
        rows.append(["each of them"] + [number(each_ns) for each_ns in each])
    return names, rows


def idle_each_ns(data, name):
    """The time that one idle client adds to the server's time for a line between two others."""
    costs = [(clients, ns(data.get(name, clients, "I", data.sizes[0]))) for clients in data.clients]
    costs = [(clients, cost_ns) for clients, cost_ns in costs if cost_ns]
    if len(costs) < 2:
        return None
    (few, less), (many, more) = costs[0], costs[-1]
    return (more - less) / (many - few)


def memory_rows(data):
    rows = []
    for clients in data.clients:
        cells = []
        for name in data.servers:
            peak = max((cell["peak_kib"] for key, cell in data.cells.items() if key[:2] == (name, clients)), default=0)
            join = data.joins.get((name, clients))
            rest = (join["joined_kib"] - join["alone_kib"]) / clients if join else 0
            cells.append(f"{peak / 1024:.1f} / {rest:.1f}" if peak else "–")
        rows.append([f"{clients:,}"] + cells)
    return rows


def everything(data):
    head = ["server", "clients", "scenario", "bytes", "klines/s", "p50 µs", "p99 µs", "p99.9 µs", "server CPU", "generator",
            "peak MiB", "rounds"]
    rows = []
    for (name, clients, scenario, size), cell in data.cells.items():
        rows.append([
            SERVERS[name].title, f"{clients:,}", scenario, str(size), number(cell["lines_per_s"] / 1000),
            number(cell["p50_us"]), number(cell["p99_us"]), number(cell["p999_us"]),
            f"{100 * cell['server_cpu']:.0f} %", f"{100 * cell['load_cpu']:.0f} %", f"{cell['peak_kib'] / 1024:.1f}",
            str(cell["rounds"]),
        ])
    return table(head, rows)


def markdown(data):
    raw, machine = data.raw, data.raw["machine"]
    parts = [
        "# The benchmark\n",
        f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, {machine['date']}, "
        f"commit {machine['commit']}. Server on one core, all clients on another "
        f"({'polling' if raw['polls'] else 'sleeping when idle'}), {raw['seconds']:g} s a figure, medians.\n",
    ]
    for size in data.sizes:
        for scenario in (letter for letter in data.scenarios if letter != "O"):
            parts += [f"## {TITLES[scenario]}, {size} bytes: thousand delivered lines/s\n",
                      by_server(data, scenario, size, lines) + "\n"]
        if "O" in data.scenarios:
            parts += [f"## {TITLES['O']}, {size} bytes: delivery latency, µs, p50 / p99 / p99.9\n",
                      by_server(data, "O", size, latencies) + "\n"]
    for letter in data.refill:
        parts += [f"## {REFILL[letter]}, {data.sizes[0]} bytes: thousand delivered lines/s\n",
                  "The last columns are of lwchatd on TAP: its frames, and how far the farther quartile of its rounds is from "
                  "their median.\n",
                  table(refill_head(data), refill_rows(data, letter)) + "\n"]
    parts += ["\\* lines were lost, repeated or altered, or the server stalled. > the generator's core was full.\n"]
    rows = stream_rows(data)
    if rows:
        parts += ["## Raw streams, MB/s\n", table([""] + list(NETWORKS.values()), rows) + "\n"]
    rows = goal_rows(data)
    if rows:
        parts += ["## lwchatd on TAP, and what is asked of it\n", table(["", "is", "asked", "met"], rows) + "\n"]
    if not data.cells:
        return "\n".join(parts)
    for scenario in (letter for letter in data.scenarios if letter != "O"):
        parts += [f"## {scenario}: CPU time of the server for a delivered line, ns ({data.sizes[0]} bytes)\n",
                  by_server(data, scenario, data.sizes[0], cost) + "\n"]
    names, rows = idle_rows(data)
    if names:
        parts += ["## Idle clients: CPU time of the server for a line between two others, ns\n",
                  "A line takes about two passes of the loop: one for it, and one for its acknowledgements.\n",
                  table(["idle"] + [SERVERS[name].title for name in names], rows) + "\n"]
    parts += ["## Memory: MiB at most / KiB for a client at rest\n",
              "Of the process. On the kernel's sockets, the kernel's own for each connection comes on top.\n",
              table(["clients"] + [SERVERS[name].title for name in data.servers], memory_rows(data)) + "\n"]
    rows, usual, most = busy(data)
    parts += ["## The generator's core at its busiest\n", table(["server", "busy", "in"], rows) + "\n",
              f"Other programs had {100 * usual:.0f} % of a core in the median, {100 * most:.0f} % at most.\n"]
    wrong = faults(data)
    parts += ["## Faults\n", "\n".join(f"- {text}" for text in wrong) + "\n" if wrong else "None: every line was checked.\n"]
    parts += ["## Everything\n", everything(data) + "\n"]
    return "\n".join(part for part in parts if part)


def summary(data):
    """The text for the terminal, and whether all goals were met without faults."""
    size = data.sizes[0] if data.sizes else 0
    out = []
    for scenario in data.scenarios:
        unit = "µs, p50 / p99 / p99.9" if scenario == "O" else "thousand delivered lines/s"
        out.append(f"\n{TITLES[scenario]}, {size} bytes ({unit})")
        show = latencies if scenario == "O" else lines
        out.append(f"{'clients':>8}" + "".join(f"{SERVERS[name].title:>25}" for name in data.servers))
        for clients in data.clients:
            cells = [data.get(name, clients, scenario, size) for name in data.servers]
            out.append(f"{clients:>8}" + "".join(f"{show(cell) if cell else '–':>25}" for cell in cells))
    for letter in data.refill:
        out.append(f"\n{REFILL[letter]}, {size} bytes (thousand delivered lines/s; lwchatd's frames on TAP)")
        for cells in [refill_head(data)] + refill_rows(data, letter):
            out.append("".join(f"{cell:>10}" for cell in cells[:3]) + "".join(f"{cell:>20}" for cell in cells[3:]))
    rows = stream_rows(data)
    if rows:
        out.append("\nRaw streams, MB/s")
        out += [" " * 14 + "".join(f"{title:>14}" for title in NETWORKS.values())]
        out += [f"{cells[0]:>14}" + "".join(f"{cell:>14}" for cell in cells[1:]) for cells in rows]
    rows = goal_rows(data)
    if rows:
        out.append("\nlwchatd on TAP")
        out += [f"  {text:<48}{value:>14}   {asked:<24}{'met' if met == 'yes' else 'NOT MET'}"
                for text, value, asked, met in rows]
    each = idle_each_ns(data, "tap") if data.cells else None
    if each is not None:
        out.append(f"\nAn idle client adds {number(each)} ns to the server's time for a line, which takes about two passes.")
    busiest, usual, most = busy(data)
    if busiest:
        name, used, where = max(busiest, key=lambda cells: float(cells[1][:-2]))
        out.append(f"\nThe generator's core was busy for {used} at most ({name}: {where}); other programs had "
                   f"{100 * usual:.0f} % of a core in the median, {100 * most:.0f} % at most.")
    wrong = faults(data)
    out += [f"FAULT: {text}" for text in wrong]
    ours = [text for text in wrong if "lwchatd" in text or "same src" in text or "lwIP" in text]
    return "\n".join(out).strip("\n"), not ours and all(goal.met for goal in goals.find(data))
