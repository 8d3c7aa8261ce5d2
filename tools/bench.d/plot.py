"""The plot: delivered lines and latency over clients, one line for each server."""

import math

from servers import SERVERS

PANEL_WIDTH, PANEL_HEIGHT = 250, 220
LEFT, TOP, GAP, BELOW = 58, 64, 58, 44

STYLE = (
    "text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#333}"
    ".title{font-weight:600;font-size:13px}.tick{font-size:11px;fill:#666}"
    ".grid{stroke:#ddd;stroke-width:1}.frame{stroke:#999;stroke-width:1;fill:none}"
)


def short(value):
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


class Panel:
    """Two logarithmic axes."""

    def __init__(self, x, title, clients, values):
        self.x, self.title, self.clients = x, title, clients
        self.low = math.floor(math.log10(max(min(values), 1e-9)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def place(self, clients, value):
        first, last = math.log10(self.clients[0]), math.log10(self.clients[-1])
        share = (math.log10(clients) - first) / (last - first) if last > first else 0.5
        height = (math.log10(max(value, 1e-9)) - self.low) / (self.high - self.low)
        return self.x + 12 + share * (PANEL_WIDTH - 24), TOP + PANEL_HEIGHT * (1 - height)

    def frame(self):
        out = [f'<text class="title" x="{self.x}" y="{TOP - 10}">{self.title}</text>']
        for power in range(self.low, self.high + 1):
            _, y = self.place(self.clients[0], 10**power)
            out.append(f'<line class="grid" x1="{self.x}" x2="{self.x + PANEL_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
            out.append(f'<text class="tick" text-anchor="end" x="{self.x - 6}" y="{y + 4:.1f}">{short(10**power)}</text>')
        for clients in self.clients:
            x, _ = self.place(clients, 1)
            out.append(f'<text class="tick" text-anchor="middle" x="{x:.1f}" y="{TOP + PANEL_HEIGHT + 16}">{clients:,}</text>')
        middle = self.x + PANEL_WIDTH / 2
        out.append(f'<text class="tick" text-anchor="middle" x="{middle}" y="{TOP + PANEL_HEIGHT + 34}">clients</text>')
        out.append(f'<rect class="frame" x="{self.x}" y="{TOP}" width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}"/>')
        return out

    def curve(self, points, colour, dashed=False):
        places = [self.place(clients, value) for clients, value in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        out = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>']
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        return out


def points(data, server, scenario, metric):
    size = data.sizes[0]
    cells = [(clients, data.get(server, clients, scenario, size)) for clients in data.clients]
    return [(clients, cell[metric]) for clients, cell in cells if cell and cell[metric] > 0]


def svg(data):
    size = data.sizes[0] if data.sizes else 0
    out, x = [], LEFT
    for scenario in data.scenarios:
        title = f"O: 2,000 lines/s, latency, µs" if scenario == "O" else f"{scenario}: delivered lines/s"
        metrics = (("p50_us", False), ("p99_us", True)) if scenario == "O" else (("lines_per_s", False),)
        curves = [(name, dashed, points(data, name, scenario, metric)) for name in data.servers for metric, dashed in metrics]
        curves = [curve for curve in curves if curve[2]]
        if not curves:
            continue
        panel = Panel(x, title, data.clients, [value for _, _, found in curves for _, value in found])
        out += panel.frame()
        # The first one, ours, is drawn on top.
        for name, dashed, found in reversed(curves):
            out += panel.curve(found, SERVERS[name].colour, dashed)
        x += PANEL_WIDTH + GAP
    width, height = x - GAP + 20, TOP + PANEL_HEIGHT + BELOW
    key, at = [], LEFT
    for name in data.servers:
        title = SERVERS[name].title.replace("&", "&amp;")
        key.append(f'<line x1="{at}" x2="{at + 22}" y1="22" y2="22" stroke="{SERVERS[name].colour}" stroke-width="3"/>')
        key.append(f'<text x="{at + 28}" y="26">{title}</text>')
        at += 46 + 7 * len(title)
    if "O" in data.scenarios:
        key.append(f'<text class="tick" x="{at}" y="26">{size}-byte lines; latency: p50, dashed p99</text>')
    body = "\n".join(key + out)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(width, at + 260)} {height}" '
            f'width="{max(width, at + 260)}" height="{height}" role="img" aria-label="Benchmark of lwchatd and others">\n'
            f'<style>{STYLE}</style>\n<rect width="100%" height="100%" fill="#fff"/>\n{body}\n</svg>\n')
