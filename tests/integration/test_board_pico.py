#!/usr/bin/env python3
"""The Raspberry Pi Pico's firmware, in an emulator that is slower than the board: LWCHAT_BOARD=pico.

Runs some of the boards' tests; all of them with LWCHAT_LONG=yes.
"""

import unittest

import test_board_load
import test_boards
from board import LONG, ONLY
from harness import main

SHORT = {
    test_boards.Boards: ("test_user_network", "test_lease"),
    test_board_load.Load: ("test_everybody_small", "test_asleep", "test_shouting", "test_flood"),
}


def load_tests(loader, *_):
    if not ONLY:
        return unittest.TestSuite()
    if LONG:
        return unittest.TestSuite(map(loader.loadTestsFromModule, (test_boards, test_board_load)))
    return unittest.TestSuite(case(name) for case, names in SHORT.items() for name in names)


if __name__ == "__main__":
    main()
