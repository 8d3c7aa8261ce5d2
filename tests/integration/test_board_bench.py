#!/usr/bin/env python3
"""The firmwares that tools/bench --boards compares with lwchatd deliver every line, in as many frames as lwchatd."""

import os
import pathlib
import sys
import tempfile

from board import SMALL
from harness import ROOT, Case, main

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "bench.d"))
import boards  # noqa: E402

PEOPLE = 16
DELIVERIES = {"A": 600, "B": 1500, "C": 4800}
# Tolerance for the frames per delivered line: acknowledgements may be piggybacked on a line, or not.
ALIKE = 0.15


def talk(elf, chat):
    """The measurements, by scenario. Talk checks every line that arrives."""
    with boards.Firmware(SMALL, elf, chat) as firmware, boards.Talk(PEOPLE, chat) as people:
        return {scenario: boards.measure(firmware, people, scenario, most) for scenario, most in DELIVERIES.items()}


class Bench(Case):
    def test_bare(self):
        ours, bare = talk(None, True), talk(boards.build_bare(SMALL), False)
        for way in ("sent", "received"):
            ratio = bare["A"][way] / ours["A"][way]
            self.assertLess(abs(ratio - 1), ALIKE, f"{way}: {ratio:.2f} times lwchatd's frames")
        # Lines that arrive together are sent together, as with lwchatd.
        self.assertLess(bare["C"]["sent"], bare["A"]["sent"] / 4)
        for scenario in DELIVERIES:
            self.assertLess(bare[scenario]["instructions"], ours[scenario]["instructions"], scenario)

    def test_tasks(self):
        with tempfile.TemporaryDirectory() as folder:
            elf, ram_bytes = boards.build_tasks(SMALL, PEOPLE, pathlib.Path(folder))
            self.assertLessEqual(ram_bytes, boards.SMALL_RAM_BYTES)
            talk(elf, False)


if __name__ == "__main__":
    main()
