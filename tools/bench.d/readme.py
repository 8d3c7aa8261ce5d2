"""Writes the page on speed, its picture, and the ratios in the main README from the results."""

import sys

import goals
import measure
import plot
import report

BEGIN = "<!-- What tools/bench measured; it writes this section. -->\n"
END = "<!-- End of the section that tools/bench writes. -->\n"
REFILL_BEGIN = "<!-- What tools/bench measured in D; it writes this section. -->\n"
CLIENTS = (10, 50)
PAGE = "tools/bench.d/README.md"
PICTURE = "bench.svg"  # beside the page
# The ratios in the main README: lwchatd on a TAP to the same sources on the kernel's sockets.
HEADLINE_CLIENTS = 50
TITLES = {
    "tap": "**`lwchatd`, TAP**",
    "user": "`lwchatd`, user-mode network",
    "kernel": "the same `src/` on the kernel's sockets",
    "select": "a loop around `select()`",
    "ncat": "ncat's chat",
    "ngircd": "ngircd",
}


def figures(data, size):
    clients = [number for number in CLIENTS if number in data.clients]
    letters = [letter for letter in "ABC" if letter in data.scenarios]
    head = [""] + [f"{number} {letter}" for number in clients for letter in letters]
    if "O" in data.scenarios:
        head += [f"{number} O" for number in clients]
    rows = []
    for name in data.servers:
        cells = [data.get(name, number, letter, size) for number in clients for letter in letters]
        row = [report.lines(cell) if cell else "–" for cell in cells]
        if "O" in data.scenarios:
            latencies = [data.get(name, number, "O", size) for number in clients]
            row += [f"{cell['p50_us']:,.0f} / {cell['p99_us']:,.0f}" if cell else "–" for cell in latencies]
        rows.append([TITLES[name]] + row)
    return report.table(head, rows)


def method(data, letters="ABCO"):
    raw, machine = data.raw, data.raw["machine"]
    busiest, usual, most = report.busy(data)
    used, where = max(((float(row[1][:-2]), f"{row[0]}, {row[2]}") for row in busiest), default=(0, ""))
    polls = ("They poll, so that what is measured is the server and not how long this machine takes to wake a sleeper."
             if raw["polls"] else "They sleep when there is nothing to read, so waking them up is measured too.")
    full = [text for text in (f"{row[0]}, {row[2]}" for row in busiest if float(row[1][:-2]) > 100 * goals.FULL)]
    note = ""
    if full:
        note = (" Where it was full, so was the server's." if all_servers_full(data) else
                " Where a figure has a > before it, that core was the limit.")
    return (
        f"Measured on {machine['date']}, commit {machine['commit']}: {machine['cpu']}, {machine['cores']} cores, "
        f"Linux {machine['kernel']}; the server on one core, all clients, which check every line, on the other. {polls} "
        f"Medians of {rounds(data, letters)} rounds, in which the servers take turns. The clients' core was busy for {used:.0f} % "
        f"at most ({where}).{note} Other programs had {100 * usual:.0f} % of a core in the median, {100 * most:.0f} % "
        "at most.\n"
    )


def all_servers_full(data):
    return all(cell["server_cpu"] > goals.FULL for cell in data.cells.values() if cell["load_cpu"] > goals.FULL)


def rounds(data, letters):
    counts = [cell["rounds"] for key, cell in data.cells.items() if key[1] in CLIENTS and key[2][0] in letters]
    return min(counts, default=0)


def growth(data):
    parts = []
    few, many = (data.get("tap", clients, "C", data.sizes[0]) for clients in (goals.FEW, goals.MANY))
    if few and many:
        parts.append(f"With {goals.MANY:,} clients, C delivers {report.number(many['lines_per_s'] / 1000)} thousand lines/s.")
    each = report.idle_each_ns(data, "tap")
    if each is not None:
        parts.append(
            f"A client that only sits there adds {max(each, 0):.0f} ns to the server's time for a line, most of it for "
            "a look at every socket in each pass.")
    rest = goals.rest_kib(data, "tap")
    if rest is not None:
        parts.append(f"It takes {rest:.1f} KiB of memory, lwIP's included.")
    streams = goals.streams_middle(data)
    if ("tap", "give") in streams and ("tap", "take") in streams:
        parts.append(
            f"A raw stream runs at {streams['tap', 'give']:,.0f} MB/s to lwIP and {streams['tap', 'take']:,.0f} MB/s from "
            f"it; between two namespaces of the kernel's, over veth, at {streams['veth', 'give']:,.0f} and "
            f"{streams['veth', 'take']:,.0f}.")
    return " ".join(parts) + "\n" if parts else ""


def asked(data, found=None):
    found = [goal for goal in goals.find(data) if goal.text[0] != "D"] if found is None else found
    missed = [goal for goal in found if not goal.met]
    if not missed:
        return f"All {len(found)} goals that `tools/bench` checks are met.\n"
    out = [f"Of the {len(found)} goals that `tools/bench` checks, {len(missed)} are missed:\n"]
    out += [f"- {goal.text}: {goal.measured}, {goal.asked}".replace(" --", " ") for goal in missed]
    for reason in dict.fromkeys(goal.reason for goal in missed if goal.reason):
        letters = sorted({goal.text[0] for goal in missed if goal.reason == reason})
        out.append(f"\nWhy, in {' and '.join(letters)}: {reason}.")
    return "\n".join(out) + "\n"


def wrap(text, width=120):
    """Fills paragraphs to the width of the README; leaves tables and lists unchanged."""
    out = []
    for line in text.split("\n"):
        if line.startswith(("|", "!", "<", "- ", "#")) or len(line) <= width:
            out.append(line)
            continue
        current = ""
        for word in line.split(" "):
            if current and len(current) + 1 + len(word) > width:
                out.append(current)
                current = word
            else:
                current = f"{current} {word}" if current else word
        out.append(current)
    return "\n".join(out)


def sleepers(data):
    """The part on clients that sleep: an introduction, and the same table."""
    found = goals.find(data)
    met = sum(goal.met for goal in found)
    return [
        "People's programs do sleep when there is nothing to read; then how long the machine takes to wake them stands in "
        f"every figure, and most in A. The same with such clients ({met} of {len(found)} goals met):\n",
        figures(data, data.sizes[0]) + "\n",
    ]


def section(data, sleeping):
    size = data.sizes[0]
    parts = [
        f"Thousand delivered lines of {size} bytes a second, with 10 and 50 clients, each from an address of its own. A: "
        "one sends a line when everybody "
        "has had the last one. B: ten do so. C: ten, with 16 lines in flight each. O: 2,000 lines a second are sent; "
        "delivery latency in µs, p50 / p99.\n",
        figures(data, size) + "\n",
        f"![lines a second and latency, by clients]({PICTURE})\n",
        method(data),
    ]
    if "ncat" in data.servers:
        parts.append("ncat and ngircd leave Nagle's algorithm on, which in B and C waits 40 ms for the reader's "
                     "acknowledgement. Where lines leave in few writes, as here, that happens to ncat in C all the time; "
                     "the ratio there flatters us.\n")
    parts.append("After it was woken soon four times in a row, `lwchatd` looks for frames for 50 µs before it sleeps "
                 "again: it answers sooner, and its core is busy with little to do. On the kernel's sockets it sleeps at "
                 "once.\n")
    parts += [growth(data), asked(data)]
    if sleeping:
        parts += sleepers(sleeping)
    return wrap("\n".join(part for part in parts if part))


def refill(data):
    """D and E, with the frames of `lwchatd` on TAP."""
    tables = [report.table(report.refill_head(data), report.refill_rows(data, letter)) + "\n" for letter in data.refill]
    words = {
        "D": f"D: thousand delivered lines of {data.sizes[0]} bytes a second, each line in a `write()` of its "
             "own, and the next one the moment everybody has had one of those in flight. The last columns are of `lwchatd` "
             "on TAP: lines in a frame that it sends, thousand frames a second to it and from it, and how far the farther "
             "quartile of its rounds is from their median.\n",
        "E": "E: the same with Nagle's algorithm left on at the clients, as nc and most scripts have it: their own machine "
             "then gathers lines while others are on their way.\n",
    }
    parts = [part for letter, rows in zip(data.refill, tables) for part in (words[letter], rows)]
    parts += [method(data, measure.REFILL), asked(data, goals.of_refill(data))]
    if "select" in data.servers:
        parts.append("The select loop, `tests/bench/select.c`, does what smallchat's does: it reads 255 bytes of one client, and writes "
                     "them to all others at once.\n")
    return wrap("\n".join(part for part in parts if part))


def headline(data):
    """The text for the main README: three ratios, and the command that measures them."""
    ratios = []
    for letter in "ABC":
        ours, theirs = (data.get(name, HEADLINE_CLIENTS, letter, data.sizes[0]) for name in ("tap", "kernel"))
        if not ours or not theirs:
            sys.exit(f"bench: the main README's ratios need scenario {letter} with {HEADLINE_CLIENTS} clients")
        bound = "up to " if theirs["load_cpu"] > goals.FULL > theirs["server_cpu"] else ""
        ratios.append(f"{bound}{ours['lines_per_s'] / theirs['lines_per_s']:.2f}")
    return wrap(
        f"On a TAP with {HEADLINE_CLIENTS} clients, `lwchatd` delivers {ratios[0]}, {ratios[1]} and {ratios[2]} times as "
        "many lines a second as the same sources on the kernel's sockets: with one sender, with ten, and with ten that "
        f"keep 16 lines in flight. `./tools/bench` measures it again; [{PAGE}]({PAGE}) has all figures.\n")


def replace_section(path, text, begin=BEGIN):
    old = path.read_text()
    before, found, rest = old.partition(begin)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        sys.exit(f"bench: {path} has no section to write: it stands between\n{begin}{END}")
    path.write_text(before + begin + text + END + after)


def write(data, sleeping, root):
    """Writes the sections for which there are figures. `sleeping`: the results with clients that sleep, or None."""
    page = root / PAGE
    if data.refill:
        replace_section(page, refill(data) + "\n", REFILL_BEGIN)
    if not data.scenarios:
        return
    replace_section(page, section(data, sleeping) + "\n")
    replace_section(root / "README.md", headline(data))
    (page.parent / PICTURE).write_text(plot.svg(data))
