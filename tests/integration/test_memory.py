#!/usr/bin/env python3
"""Out of memory: whatever fails, the server keeps running, leaks nothing, and lets newcomers in.

LWCHAT_LONG=yes fails each allocation in turn, not only some of them, and tries each pool
with limits of up to 24 elements instead of 4.
"""

import ctypes
import mmap
import os
import random
import socket
import struct
import tempfile
import time

import harness
from harness import Case, Person, main

LONG = os.environ.get("LWCHAT_LONG") == "yes"
PROGRAM = os.path.join(harness.BIN, "tests", "memory", "lwchatd-shortage")
POOLS = 32
SOME = 60
# Pools that must not fail: lwIP stops without its timers, and does not build with fewer.
NEEDED = ("SYS_TIMEOUT",)


class Shortage(ctypes.Structure):
    """The memory shared with shortage.c."""

    _fields_ = [("fails_in", ctypes.c_int32), ("failed", ctypes.c_int32), ("calls", ctypes.c_int32),
                ("living", ctypes.c_int32), ("limit", ctypes.c_int32 * POOLS), ("used", ctypes.c_int32 * POOLS)]


class ShortServer(harness.Server):
    COMMAND = (PROGRAM,)


def attempt(thing):
    """Calls `thing`, which may fail without memory."""
    try:
        return thing()
    except OSError:
        return None


def read_until(one, wanted):
    """What `one` hears until `wanted` or the end; without memory neither may arrive."""
    heard = b""
    while wanted not in heard:
        data = one.recv(65536)
        if not data:
            break
        heard += data


def come_and_talk(address, patience_s):
    """Four join and talk, one stalls, and they leave in four ways. Each wait times out after `patience_s`."""
    people = [harness.Socket() for _ in range(4)]
    people[3].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    for number, one in enumerate(people):
        one.settimeout(patience_s)
        attempt(lambda: one.connect(address))
        attempt(lambda: one.sendall(f"/nick p{number}\n/join #room\n".encode()))
        attempt(lambda: read_until(people[min(number, 2)], f"p{number}".encode()))
    attempt(lambda: people[2].sendall(b"/who\nhalf a li"))
    for number in range(6):
        for one in people[:2]:
            attempt(lambda: one.sendall(f"{number} {'x' * 900}\n".encode()))
    attempt(lambda: people[0].sendall(b"/msg p2 psst\n"))
    attempt(lambda: read_until(people[2], b"psst"))
    attempt(lambda: people[0].sendall(b"/quit\n"))
    attempt(lambda: read_until(people[0], b"\nfin\n"))
    attempt(lambda: people[1].shutdown(socket.SHUT_WR))
    attempt(lambda: read_until(people[1], b"\nfin\n"))
    people[2].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    for one in people:
        one.close()


class Memory(Case):
    def setUp(self):
        file = tempfile.NamedTemporaryFile()
        self.addCleanup(file.close)
        file.truncate(ctypes.sizeof(Shortage))
        memory = mmap.mmap(file.fileno(), ctypes.sizeof(Shortage))
        self.shortage = Shortage.from_buffer(memory)
        self.lwchatd = self.server("--quiet", "--rate", "0", net="tap:tap0", kind=ShortServer,
                                   env=dict(os.environ, LWCHAT_SHORTAGE=file.name))
        for _ in range(2):
            self.newcomer()

    def newcomer(self, within=harness.SOON):
        """A newcomer joins and is heard; a lost frame or two may cost a second."""
        began = time.monotonic()
        with_us = [Person(self.lwchatd.address).named(None) for _ in range(2)]
        with_us[0].say("hello")
        with_us[1].hears(f"{with_us[0].nick}> hello", within)
        for person in with_us:
            person.close()
        return time.monotonic() - began

    def least(self, for_s, enough=0):
        """The least memory in use within `for_s`; stops early at `enough`."""
        deadline = time.monotonic() + for_s
        least = self.shortage.living
        while time.monotonic() < deadline and least > enough:
            time.sleep(0.1)
            least = min(least, self.shortage.living)
        return least

    def test_each_allocation_fails(self):
        at_rest = self.least(1)
        self.shortage.calls = 0
        come_and_talk(self.lwchatd.address, 2)
        time.sleep(0.5)
        count = self.shortage.calls + 20
        which = range(1, count)
        if not LONG:
            seed = random.randrange(1 << 32)
            which = sorted(random.Random(seed).sample(which, min(SOME, count - 1)))
            print(f"\n  seed {seed}", end=" ")
        longest = 0.0
        for number in which:
            self.shortage.fails_in = number
            come_and_talk(self.lwchatd.address, 0.5)
            self.shortage.fails_in = 0
            with self.subTest(allocation=number):
                self.assertTrue(self.lwchatd.running())
                longest = max(longest, self.newcomer())
        print(f"\n  {self.shortage.failed} of about {count} failed; a newcomer was in after {longest:.1f} s at most",
              end=" ")
        self.assertGreater(self.shortage.failed, len(which) // 2)
        # The last closed connection waits 20 s for stray segments.
        self.assertEqual(self.least(40, at_rest), at_rest)

    def test_everything_fails_for_a_while(self):
        alice = self.start(Person(self.lwchatd.address)).named("alice")
        bob = self.start(Person(self.lwchatd.address)).named("bob")
        for pool in range(POOLS):
            self.shortage.limit[pool] = max(1, self.shortage.used[pool])
        alice.send("".join(f"line {n}\n" for n in range(50)))
        come_and_talk(self.lwchatd.address, 0.2)
        for pool in range(POOLS):
            self.shortage.limit[pool] = 0
        self.assertGreater(self.shortage.failed, 0)
        self.newcomer(20)
        for n in range(50):
            bob.hears(f"alice> line {n}")

    def test_each_pool_is_small(self):
        come_and_talk(self.lwchatd.address, 2)
        pools = [line.split("*** lwIP ")[1] for line in self.lwchatd.stats() if "*** lwIP " in line]
        pools = [line for line in pools if not line.startswith(("RECEIVE", "HEAP"))]
        if not pools:
            self.skipTest("this build has no pools")
        self.least(1)
        at_rest = list(self.shortage.used)
        for number, line in enumerate(pools):
            name, figures = line.split(": ", 1)
            most = int(figures.split("most ")[1].split(",")[0])
            if most == 0 or name in NEEDED:
                continue
            failed = self.shortage.failed
            for limit in range(1, min(most, 24 if LONG else 4) + 1):
                self.shortage.limit[number] = limit
                come_and_talk(self.lwchatd.address, 0.3)
                self.shortage.limit[number] = 0
                with self.subTest(pool=name, limit=limit):
                    self.assertTrue(self.lwchatd.running())
                    self.newcomer()
            print(f"\n  {name}: {self.shortage.failed - failed} allocations failed", end=" ")
        # The last closed connection waits 20 s for stray segments.
        self.eventually(lambda: all(now <= then for now, then in zip(self.shortage.used, at_rest)), 40, "the pools")


if __name__ == "__main__":
    main()
