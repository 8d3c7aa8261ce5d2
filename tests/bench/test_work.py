#!/usr/bin/env python3
"""The server's instructions for a delivered line, including lwIP, must not exceed a ceiling.

Counted by callgrind with a scripted wire. The same build gives the same count each time, except at its
start, where one thread may have to wait for the other, and which is not counted.

    tests/bench/test_work.py            fails above a ceiling
    tests/bench/test_work.py --measure  prints the counts

A ceiling is 5 to 10 % above the count with GCC 12 at -O2. If a change raises the count for a good reason,
set a new ceiling, and give the reason in the commit.
"""

import os
import pathlib
import re
import subprocess
import sys
import unittest

WORK = pathlib.Path(os.environ.get("LWCHAT_BIN", "build/host")) / "tests" / "bench" / "work"

# Name: clients, senders, lines of each sender in a turn, segments for them, turns before those that count, these,
# ceiling.
LINES = {
    "A, 10 clients": (10, 1, 1, 1, 50, 300, 5300),
    "A, 50 clients": (50, 1, 1, 1, 20, 100, 4850),
    "B, 10 clients": (10, 10, 1, 1, 20, 100, 1035),
    "C, 10 clients": (10, 10, 16, 1, 10, 50, 258),
    "C, 50 clients": (50, 10, 16, 1, 5, 10, 110),
    "D, 10 clients": (10, 10, 16, 16, 10, 50, 620),
    "A, 400 clients": (400, 1, 1, 1, 5, 10, 4850),
}
# For one idle client in one pass of the loop: idle clients, turns, ceiling.
IDLE = (200, 100, 88)


def run(clients, senders, lines, parts, warm, turns, idle=0):
    """Instructions, delivered lines, passes."""
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null", WORK]
    command += [str(number) for number in (clients, senders, lines, warm, turns, idle, parts)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    delivered, passes = done.stdout.splitlines()[-1].split()
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]), int(delivered), int(passes)


def for_a_line(*script):
    instructions, delivered, _ = run(*script)
    return instructions / delivered


def for_an_idle_client(idle, turns):
    """Instructions per pass. The cost of the talk is the same with idle clients and without."""
    (without, *_), (there, _, passes) = (run(2, 1, 1, 1, 1, turns, number) for number in (0, idle))
    return (there - without) / passes / idle


class Work(unittest.TestCase):
    def test_a_line_takes_no_more_than_it_did(self):
        for name, (*script, ceiling) in LINES.items():
            with self.subTest(name):
                self.assertLessEqual(for_a_line(*script), ceiling, f"instructions a delivered line, {name}")

    def test_an_idle_client_takes_no_more_than_it_did(self):
        *script, ceiling = IDLE
        self.assertLessEqual(for_an_idle_client(*script), ceiling, "instructions an idle client, in a pass")

    def test_it_counts_the_same_each_time(self):
        self.assertEqual(*(run(10, 10, 16, 16, 1, 4) for _ in range(2)))


def measure():
    for name, (*script, ceiling) in LINES.items():
        print(f"{name}: {for_a_line(*script):.1f} instructions a delivered line, at most {ceiling}")
    *script, ceiling = IDLE
    print(f"an idle client: {for_an_idle_client(*script):.1f} instructions in a pass, at most {ceiling}")


if __name__ == "__main__":
    sys.exit(measure() if "--measure" in sys.argv else unittest.main(verbosity=2))
