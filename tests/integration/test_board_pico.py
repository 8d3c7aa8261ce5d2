#!/usr/bin/env python3
"""The Raspberry Pi Pico's firmware, in an emulator that is slower than the board: LWCHAT_BOARD=pico.

Runs some of the boards' tests; all of them with LWCHAT_LONG=yes.
"""

import unittest

import test_board_load
import test_boards
from board import EMULATE, LONG, ONLY
from harness import Case, Person, main
from test_console_tty import Screen

ADDRESS = "127.0.0.1", 50000


class OnATerminal(Case):
    def test_only_the_board_echoes(self):
        """A line that is typed is on the screen once; Ctrl-C ends the emulator, and the terminal is as before."""
        screen = self.start(Screen())
        screen.resize(100)
        screen.enter(f"{EMULATE} pico --listen {ADDRESS[0]}:{ADDRESS[1]}")
        self.eventually(lambda: "Browsers join at" in screen.all(), what="the board's start")
        person = self.start(Person(ADDRESS)).named("alice")
        screen.shows("#lobby *** guest1 is now alice")
        screen.type("good evening")
        screen.shows("good evening")
        screen.key("Enter")
        person.hears("Marcel> good evening")
        person.say("good night")
        screen.shows("good evening", "#lobby alice> good night")
        self.assertEqual(screen.all().count("good evening"), 1)
        screen.key("C-c")
        screen.shows("$")
        screen.enter("echo still here")
        screen.shows("$ echo still here", "still here", "$")


SHORT = {
    test_boards.Boards: ("test_user_network", "test_lease", "test_ip6"),
    test_board_load.Load: ("test_everybody_small", "test_asleep", "test_shouting", "test_flood"),
}


def load_tests(loader, *_):
    if not ONLY:
        return unittest.TestSuite()
    if LONG:
        modules = map(loader.loadTestsFromModule, (test_boards, test_board_load))
        return unittest.TestSuite([*modules, loader.loadTestsFromTestCase(OnATerminal)])
    short = [case(name) for case, names in SHORT.items() for name in names]
    return unittest.TestSuite([*short, loader.loadTestsFromTestCase(OnATerminal)])


if __name__ == "__main__":
    main()
