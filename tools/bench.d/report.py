"""Tables in Markdown from results.json."""

import json
import statistics
import sys

from servers import SERVERS

TITLES = {
    "A": "A: one sender, one line at a time",
    "B": "B: ten senders, one line at a time each",
    "C": "C: ten senders, 16 lines in flight each",
    "O": "O: 2,000 lines a second",
}

# What lwchatd on TAP is to be, compared with another in the same run:
# scenario, clients, other, at least, the aim.
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
# p99 of the open loop, as a multiple of its p50.
TAIL = 3
# More than this, and a core counts as full.
FULL = 0.95


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
        self.scenarios = [letter for letter in TITLES if any(key[2] == letter for key in self.cells)]

    @staticmethod
    def middle(cells):
        names = [name for name, value in cells[0].items() if isinstance(value, (int, float))]
        median = {name: statistics.median(cell[name] for cell in cells) for name in names}
        for name in ("lost", "told", "repeated", "corrupt", "stalled"):
            median[name] = sum(cell.get(name, 0) for cell in cells)
        median["rounds"] = len(cells)
        return median

    def get(self, server, clients, scenario, size):
        return self.cells.get((server, clients, scenario, size))


def load(path):
    try:
        data = Data(json.loads(path.read_text()))
    except FileNotFoundError:
        sys.exit(f"bench: there is no {path}: run tools/bench first")
    if not data.cells:
        sys.exit("bench: no server got as far as being measured: " + "; ".join(faults(data)))
    return data


def number(value):
    """Three digits that count, at least."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(head, rows):
    return "\n".join([row(head), row(["---"] + ["---:"] * (len(head) - 1))] + [row(cells) for cells in rows])


def by_server(data, scenario, size, show):
    """Clients down, servers across."""
    head = ["clients"] + [SERVERS[name].title for name in data.servers]
    rows = []
    for clients in data.clients:
        cells = [data.get(name, clients, scenario, size) for name in data.servers]
        rows.append([f"{clients:,}"] + [show(cell) if cell else "–" for cell in cells])
    return table(head, rows)


def lines(cell):
    text = number(cell["lines_per_s"] / 1000)
    if cell["load_cpu"] > FULL > cell["server_cpu"]:
        text = f"> {text}"
    return text + (" *" if cell["stalled"] or cell["lost"] or cell["corrupt"] or cell["repeated"] else "")


def latencies(cell):
    return " / ".join(number(cell[name]) for name in ("p50_us", "p99_us", "p999_us"))


def cost(cell):
    return number(cell["server_cpu"] * 1e9 / cell["lines_per_s"]) if cell["lines_per_s"] else "–"


def ratios(data):
    """(text, ratio, at least, aim) for each that was measured."""
    found = []
    size = data.sizes[0]
    for scenario, clients, other, least, aim in RATIOS:
        ours, theirs = (data.get(name, clients, scenario, size) for name in ("tap", other))
        if ours and theirs and theirs["lines_per_s"] > 0:
            ratio = ours["lines_per_s"] / theirs["lines_per_s"]
            found.append((f"{scenario}, {clients} clients, to {SERVERS[other].title}", ratio, least, aim))
    ours, theirs = (data.get(name, 10, "O", size) for name in ("tap", "kernel"))
    if ours and theirs:
        found.append(("O, 10 clients, p50 of the kernel's to ours", theirs["p50_us"] / ours["p50_us"], 1.0, 1.0))
    if ours:
        found.append((f"O, 10 clients, {TAIL} times p50 to p99", TAIL * ours["p50_us"] / ours["p99_us"], 1.0, 1.0))
    return found


def ratio_rows(data):
    return [
        [text, f"{ratio:.2f}", f"{least:g}" + (f" (aim {aim:g})" if aim != least else ""), "yes" if ratio >= least else "no"]
        for text, ratio, least, aim in ratios(data)
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
    return found


def busy(data):
    """How busy the generator's core was, and who else was busy."""
    worst = {}
    for (name, clients, scenario, size), cell in data.cells.items():
        if cell["load_cpu"] > worst.get(name, (0,))[0]:
            worst[name] = (cell["load_cpu"], scenario, clients, size)
    rows = [[SERVERS[name].title, f"{100 * used:.0f} %", f"{scenario}, {clients:,} clients, {size} bytes"]
            for name, (used, scenario, clients, size) in worst.items()]
    others = sorted(cell["others_cpu"] for cell in data.raw["cells"])
    return rows, others[len(others) // 2] if others else 0, others[-1] if others else 0


def idle_rows(data):
    """What a line between two costs while others sit idle."""
    names = [name for name in data.servers if any(key[0] == name and key[2] == "I" for key in data.cells)]
    size = data.sizes[0]
    rows = []
    for clients in data.clients:
        cells = [data.get(name, clients, "I", size) for name in names]
        rows.append([f"{clients - 2:,}"] + [cost(cell) if cell else "–" for cell in cells])
    return names, rows


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


def growth(data):
    """Delivered bytes a second in C with 1,000 clients, of those with 10."""
    size = data.sizes[0]
    few, many = (data.get("tap", clients, "C", size) for clients in (10, 1000))
    if not few or not many:
        return ""
    return (f"From 10 to 1,000 clients, lwchatd on TAP goes from {number(few['lines_per_s'] / 1000)} to "
            f"{number(many['lines_per_s'] / 1000)} thousand lines a second in C: "
            f"{many['lines_per_s'] / few['lines_per_s']:.2f} times (0.80 is asked for).\n")


def everything(data):
    head = ["server", "clients", "", "bytes", "klines/s", "p50 µs", "p99 µs", "p99.9 µs", "server CPU", "generator",
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
    parts += ["\\* lines were lost, repeated or altered, or the server stalled. > the generator's core was full.\n"]
    rows = ratio_rows(data)
    if rows:
        parts += [f"## lwchatd on TAP, compared ({data.sizes[0]} bytes)\n",
                  table(["", "ratio", "at least", "met"], rows) + "\n"]
    for scenario in (letter for letter in data.scenarios if letter != "O"):
        parts += [f"## {scenario}: CPU time of the server for a delivered line, ns ({data.sizes[0]} bytes)\n",
                  by_server(data, scenario, data.sizes[0], cost) + "\n"]
    names, rows = idle_rows(data)
    if names:
        parts += ["## Idle clients: CPU time of the server for a line between two others, ns\n",
                  table(["idle"] + [SERVERS[name].title for name in names], rows) + "\n"]
    parts += ["## Memory: MiB at most / KiB for a client at rest\n",
              "Of the process. On the kernel's sockets, the kernel's own for each connection comes on top.\n",
              table(["clients"] + [SERVERS[name].title for name in data.servers], memory_rows(data)) + "\n",
              growth(data)]
    rows, usual, most = busy(data)
    parts += ["## The generator's core at its busiest\n", table(["server", "busy", "in"], rows) + "\n",
              f"Other programs had {100 * usual:.0f} % of a core in the median, {100 * most:.0f} % at most.\n"]
    wrong = faults(data)
    parts += ["## Faults\n", "\n".join(f"- {text}" for text in wrong) + "\n" if wrong else "None: every line was checked.\n"]
    parts += ["## Everything\n", everything(data) + "\n"]
    return "\n".join(part for part in parts if part)


def summary(data):
    """What the terminal shows, and whether every ratio asked for is met and nothing went wrong."""
    size = data.sizes[0]
    out = []
    for scenario in data.scenarios:
        unit = "µs, p50 / p99 / p99.9" if scenario == "O" else "thousand delivered lines/s"
        out.append(f"\n{TITLES[scenario]}, {size} bytes ({unit})")
        show = latencies if scenario == "O" else lines
        out.append(f"{'clients':>8}" + "".join(f"{SERVERS[name].title:>25}" for name in data.servers))
        for clients in data.clients:
            cells = [data.get(name, clients, scenario, size) for name in data.servers]
            out.append(f"{clients:>8}" + "".join(f"{show(cell) if cell else '–':>25}" for cell in cells))
    rows = ratio_rows(data)
    if rows:
        out.append("\nlwchatd on TAP")
        out += [f"  {text:<48}{ratio:>8}   at least {least:<14}{'met' if met == 'yes' else 'NOT MET'}"
                for text, ratio, least, met in rows]
    busiest, usual, most = busy(data)
    if busiest:
        name, used, where = max(busiest, key=lambda cells: float(cells[1][:-2]))
        out.append(f"\nThe generator's core was busy for {used} at most ({name}: {where}); other programs had "
                   f"{100 * usual:.0f} % of a core in the median, {100 * most:.0f} % at most.")
    wrong = faults(data)
    out += [f"FAULT: {text}" for text in wrong]
    ours = [text for text in wrong if "lwchatd" in text or "same src" in text]
    return "\n".join(out).strip("\n"), not ours and all(ratio >= least for _, ratio, least, _ in ratios(data))
