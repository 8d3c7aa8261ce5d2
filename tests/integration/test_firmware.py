#!/usr/bin/env python3
"""A firmware that takes part in its chat: port/example/ on each board."""

import unittest

from board import BOARDS, TARGET, Board, Debugger, firmware
from harness import Case, main

# The register that the LED is on, if the board has one.
LED = {"lm3s6965evb": 0x40025004, "mps2-an385": 0x40028000, "mps2-an500": 0x40028000,
       "mps2-an505": 0x50302000}


@unittest.skipIf(TARGET, "needs its own firmware")
class Firmware(Case):
    def sees_led(self, server, name, on):
        if name not in LED:
            return
        debugger = Debugger(server)  # this halts the board
        try:
            self.assertEqual(bool(debugger.read_word(LED[name]) & 1), on)
        finally:
            debugger.detach()

    def takes_part(self, name):
        server = self.start(Board(name, elf=firmware(name, "example")))
        ann, ben = self.person(server, "ann"), self.person(server, "ben")
        ann.say("!led")
        ann.hears("[Marcel] the LED is off")
        self.sees_led(server, name, False)
        ann.say("!led on")
        ann.hears("Marcel> the LED is on")
        ben.hears("ann> !led on")
        ben.hears("Marcel> the LED is on")
        server.out.expect("#lobby Marcel> the LED is on")
        self.sees_led(server, name, True)
        ben.say("!led off")
        ann.hears("ben> !led off")
        ann.hears("Marcel> the LED is off")
        self.sees_led(server, name, False)
        ben.say("!help")
        ben.hears("*** !led [on|off]")
        ben.say("!LED nonsense")
        ben.hears("[Marcel] the LED is off")
        # It says this from lwIP's task, 5 s after the start, and then once a minute.
        cara = self.person(server, "cara")
        cara.out.expect("Marcel> up for ")
        self.together(ann, ben)

    def test_takes_part(self):
        for name in BOARDS:
            with self.subTest(board=name):
                self.takes_part(name)
                self.doCleanups()


if __name__ == "__main__":
    main()
