#!/usr/bin/env python3
"""A board's firmware of somebody else, in which the chat is a part: see tests/embed/mps2/.

Stock lwIP with its own sys_arch and thread, none of our patches or options, and FreeRTOS. LWCHAT_STOCK_ELF is the
firmware.
"""

import os
import re
import subprocess
import tempfile
import unittest

import harness
from board import EMULATE, Board, Debugger
from harness import Case, Process, main
from test_embed import Embedded

ELF = os.environ.get("LWCHAT_STOCK_ELF", os.path.join(harness.ROOT, "build", "stock", "over_stock"))
LED = 0x40028000  # the register that it is on
PLACES = 8
READINGS = 20


class Firmware(Board):
    """Its terminal is the sensor; it reports only its start and its end, and what has failed."""

    def __init__(self):
        self.elf, self.monitor = ELF, None
        self._folder = tempfile.TemporaryDirectory()
        self.gdb_path = os.path.join(self._folder.name, "gdb")
        Process.__init__(self, [EMULATE, "mps2-an385", "--elf", ELF, "--restart", "--tap", "tap0", "--",
                                "-gdb", f"unix:{self.gdb_path},server=on,wait=off"])
        self.host, self.port = harness.SERVER_ON_TAP, harness.PORT
        try:
            self.out.expect(f"{self.host} is up\n")
            Embedded.await_listener(self)
        except BaseException:
            self.kill()
            raise

    def end_well(self):
        super().end_well()
        if b"failed: " in self.out.all():
            raise AssertionError(f"the firmware says {self.out.all()!r}")


class OnABoard(Case):
    def setUp(self):
        self.assertTrue(os.path.exists(ELF), f"{ELF} is not there: run the test embed_board_build")
        self.firmware = self.server(kind=Firmware)

    def nc(self, nick):
        person = self.process("nc.openbsd", self.firmware.host, str(self.firmware.port))
        person.out.expect(harness.GREETING)
        person.send(f"/nick {nick}\n")
        person.out.expect(f"*** You are now {nick}.\n")
        return person

    def word(self, address_of):
        """Reads a word of the board's memory, which pauses it."""
        debugger = Debugger(self.firmware)
        try:
            return debugger.read_word(address_of(debugger))
        finally:
            debugger.detach()

    def overslept(self):
        return self.word(lambda debugger: debugger.symbol["overslept"])

    def test_two_people_and_the_firmware(self):
        alice, bob = self.nc("alice"), self.nc("bob")
        alice.send("hello\n")
        bob.out.expect("alice> hello\n")
        bob.send("good evening\n")
        alice.out.expect("bob> good evening\n")
        for state, lit in ("on", 1), ("off", 0):
            alice.send(f"!led {state}\n")
            bob.out.expect(f"alice> !led {state}\n")
            for person in alice, bob:
                person.out.expect(f"Marcel> the LED is {state}\n")
            self.assertEqual(self.word(lambda _: LED) & 1, lit)
        alice.send("!led perhaps\n")
        alice.out.expect("!led on, or !led off\n")
        bob.send("!help\n")
        bob.out.expect("!led on|off")
        self.assertNotIn(b"perhaps", bob.out.all())
        self.firmware.send("stop\n")
        for person in alice, bob:
            person.out.expect("fin\n")
            self.assertEqual(person.wait(), 0)
        self.firmware.out.expect("the chat has ended\n")

    def test_what_another_task_says_wakes_the_loop(self):
        """Nobody sends: without the wake-up each reading would wait until the loop has slept enough."""
        alice = self.nc("alice")
        before = self.overslept()
        for number in range(READINGS):
            self.firmware.send(f"{number} degrees\n")
            alice.out.expect(f"Marcel> {number} degrees\n")
        overslept = self.overslept() - before
        print(f"{overslept} sleeps in vain", end=" ")
        self.assertLess(overslept, READINGS / 2)

    def test_full(self):
        """As many people as have places hear each other; the next one is told that there is none."""
        self.full_house(self.firmware, PLACES)

    def test_a_paste(self):
        """A paste as fast as the link takes it, within the burst that is allowed."""
        alice, bob = self.person(self.firmware, "alice"), self.person(self.firmware, "bob")
        for number in range(15):
            alice.say(f"{number} " + "x" * 200)
        for number in range(15):
            bob.hears(f"alice> {number} " + "x" * 200)


class Size(unittest.TestCase):
    def test_readme(self):
        """Flash and RAM are within 1 % of what port/README.md says."""
        with open(os.path.join(harness.ROOT, "port", "README.md")) as file:
            words = " ".join(file.read().split())
        said = re.search(r"the firmware takes ([\d,]+) bytes of flash and ([\d,]+) bytes of RAM", words)
        printed = subprocess.run(["arm-none-eabi-size", ELF], check=True, capture_output=True, text=True).stdout
        text, data, bss = (int(figure) for figure in printed.splitlines()[1].split()[:3])
        for now, figure in zip((text + data, data + bss), said.groups(), strict=True):
            self.assertLessEqual(abs(int(figure.replace(",", "")) - now), now * 0.01, f"{now} now")


if __name__ == "__main__":
    main()
