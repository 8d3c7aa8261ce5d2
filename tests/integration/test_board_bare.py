#!/usr/bin/env python3
"""A firmware without an operating system, LWCHAT_BARE_ELF: a build with -DLWCHAT_OS=bare.

Runs those of the boards' tests that concern port/bare/; all of them with LWCHAT_LONG=yes.
"""

import os
import re
import subprocess
import unittest

import test_board_load
import test_boards
import test_firmware
from board import BARE, SMALL
from harness import ROOT, main

LONG = os.environ.get("LWCHAT_LONG") == "yes"
SHORT = {
    test_boards.Boards: (
        "test_user_network", "test_lease", "test_fixed_address", "test_lengths", "test_a_crowd_without_room",
        "test_a_browser", "test_paste", "test_idle",
    ),
    test_boards.Ends: ("test_fault", "test_stack_overflow"),
    test_board_load.Load: ("test_flood",),
    test_firmware.Firmware: ("test_takes_part",),
}


class Size(unittest.TestCase):
    def test_readme(self):
        """Flash and RAM are within the board's limits, and within 1 % of the table in port/README.md."""
        command = [os.path.join(ROOT, "tools", "size"), "--markdown", "--check", f"{SMALL}={os.path.dirname(BARE)}"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        with open(os.path.join(ROOT, "port", "README.md")) as file:
            tables = (printed, file.read())
        now, written = (
            [int(f.replace(",", "")) for f in re.search(rf"^\| {SMALL}, bare \| (.+) \|$", table, re.MULTILINE)[1].split("|")]
            for table in tables
        )
        for figure, said in zip(now, written, strict=True):
            self.assertLessEqual(abs(figure - said), figure * 0.01)


def load_tests(loader, *_):
    suite = unittest.TestSuite()
    if not BARE:
        return suite
    suite.addTest(Size("test_readme"))
    if LONG:
        suite.addTests(map(loader.loadTestsFromModule, (test_boards, test_board_load, test_firmware)))
    else:
        suite.addTests(case(name) for case, names in SHORT.items() for name in names)
    return suite


if __name__ == "__main__":
    main()
