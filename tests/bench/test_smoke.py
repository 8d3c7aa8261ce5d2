#!/usr/bin/env python3
"""The benchmark works: every line that it sends is checked, and every figure is in its table. Times are not checked."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CLIENTS = 10
SERVERS = ("tap", "kernel", "select")
SCENARIOS = "ABCDEOI"
DEPTHS = (1, 4, 16, 64, 256)  # each with ten senders, which are all clients


class Smoke(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        out = pathlib.Path(cls.folder.name)
        # The generator does not spin: other tests may run at the same time.
        done = subprocess.run(
            [ROOT / "tools" / "bench", "--build", os.environ["LWCHAT_BIN"], "--out", out, "--clients", str(CLIENTS),
             "--servers", ",".join(SERVERS), "--rounds", "1", "--sizes", "32", "--seconds", "0.1", "--sleep",
             "--scenarios", SCENARIOS + "S"], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        cls.terminal = done.stdout
        cls.results = json.loads((out / "results-sleep.json").read_text())
        cls.report = (out / "bench-sleep.md").read_text()
        cls.plot = (out / "bench-sleep.svg").read_text()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_every_line_is_checked(self):
        cells = {(cell["server"], cell["scenario"]): cell for cell in self.results["cells"]}
        letters = [letter for letter in SCENARIOS if letter not in "DE"]
        letters += [f"{letter}{depth}x10" for letter in "DE" for depth in DEPTHS]
        wanted = {(server, letter) for server in SERVERS for letter in letters} - {("select", "I")}
        self.assertEqual(set(cells), wanted)
        for name, cell in cells.items():
            with self.subTest(name):
                self.assertEqual(cell["readers"], 1 if name[1] == "I" else CLIENTS - 1)
                self.assertGreater(cell["sent"], 0)
                self.assertEqual(cell["checked"], cell["sent"] * cell["readers"])

    def test_a_line_is_a_write_of_its_own_where_it_shall_be(self):
        for cell in self.results["cells"]:
            with self.subTest(server=cell["server"], scenario=cell["scenario"]):
                if cell["scenario"] == "C":
                    self.assertLess(cell["writes"], cell["sent"])
                else:
                    self.assertGreaterEqual(cell["writes"], cell["sent"])

    def test_nothing_goes_wrong(self):
        self.assertEqual(self.results["failures"], [])
        for cell in self.results["cells"]:
            with self.subTest(server=cell["server"], scenario=cell["scenario"]):
                for fault in ("lost", "told", "repeated", "corrupt", "stalled"):
                    self.assertFalse(cell[fault], fault)
        self.assertIn("None: every line was checked.", self.report)
        self.assertNotIn("FAULT", self.terminal)

    def test_frames_are_counted_where_they_can_be(self):
        for cell in self.results["cells"]:
            with self.subTest(server=cell["server"], scenario=cell["scenario"]):
                for way in ("frames_to_server", "frames_from_server"):
                    self.assertEqual(cell[way] > 0, cell["server"] == "tap", way)

    def test_streams_flow_both_ways(self):
        streams = self.results["streams"]
        self.assertEqual(streams["failures"], [])
        self.assertEqual({(stream["network"], stream["way"]) for stream in streams["measured"]},
                         {(network, way) for network in ("tap", "veth") for way in ("take", "give")})
        for stream in streams["measured"]:
            self.assertGreater(stream["mb_per_s"], 0, stream)

    def test_the_tables_are_full(self):
        rows = [row for row in self.report.splitlines() if row.startswith("| ")]
        self.assertGreater(len(rows), 40)
        for row in rows:
            for cell in row.strip("| ").split(" | ")[1:]:
                self.assertRegex(cell, r"\w|---", row)
        self.assertEqual(self.plot.count("<polyline"), len(SERVERS) * 3 + len(SERVERS) * 2)


class Browsers(unittest.TestCase):
    def test_figures_beside_each_load(self):
        done = subprocess.run([ROOT / "tools" / "bench", "--browsers", "--build", os.environ["LWCHAT_BIN"], "--rounds", "1",
                               "--seconds", "0.3"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = [line.split(" | ")[2:] for line in done.stdout.splitlines() if line.startswith("| a PC")]
        figures = [[float(figure.strip(" |").replace(",", "")) for figure in row] for row in rows]
        self.assertEqual(len(figures), 3)
        for p50, p99, most, _ in figures:
            self.assertTrue(0 < p50 <= p99 <= most, figures)
        self.assertEqual([load > 0 for *_, load in figures], [False, True, True])


sys.path.insert(0, str(ROOT / "tools" / "bench.d"))
import trace_o  # noqa: E402

MOUNTS, SYSTEMS = pathlib.Path("/proc/mounts"), pathlib.Path("/proc/filesystems")


class Trace(unittest.TestCase):
    def test_switches_that_are_missing(self):
        """The kernel's trace lacks the switches to the server and the load generator; what they do is in it."""
        trace = trace_o.Trace([
            "   <idle>-0  [000] d..2. 1.000000: sched_switch: prev_comm=lwchatd prev_pid=1 ==> next_comm=other next_pid=3",
            "   <idle>-0  [001] d..2. 1.000000: sched_switch: prev_comm=load prev_pid=2 ==> next_comm=swapper/1 next_pid=0",
            "     load-2  [001] b..1. 1.000010: net_dev_start_xmit: dev=tap0",
            "  lwchatd-1  [000] b..1. 1.000030: tcp_probe: family=AF_INET src=10.7.128.1:4000 dest=10.7.0.2:50000",
            "     load-2  [001] b..1. 1.000060: net_dev_start_xmit: dev=tap0",
        ])
        parts = trace.parts("10.7.128.1:4000", 1_000_005_000, 1_000_050_000, 0, 1)
        self.assertEqual(parts, (5000, 0, 20000, 0, 0, 20000, 0))

    @unittest.skipUnless(os.geteuid() == 0 and "tracefs" in SYSTEMS.read_text(), "needs root and tracefs")
    def test_parts_of_a_delivery(self):
        before = MOUNTS.read_text()
        with tempfile.TemporaryDirectory() as out:
            done = subprocess.run(
                [ROOT / "tools" / "bench", "--trace", "--build", os.environ["LWCHAT_BIN"], "--seconds", "0.3", "--sleep",
                 "--out", out], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"^O, 10 clients: \d+ deliveries, p50 \d+ us, p99 \d+ us")
        rows = [[float(us) for us in re.findall(r"[\d.]+", row)] for row in done.stdout.splitlines()[5:]]
        self.assertEqual(len(rows), 7)
        faster, slowest = (sum(column) for column in zip(*rows))
        self.assertTrue(0 < faster < slowest, rows)
        self.assertEqual(MOUNTS.read_text(), before)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
