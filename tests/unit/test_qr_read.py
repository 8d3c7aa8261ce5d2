#!/usr/bin/env python3
"""QR codes, read off the terminal by a third-party reader: usage: test_qr_read.py ROWS

ROWS is the program of qr_rows.c.
"""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))
from qr import INK, PAPER, halves_of, picture, read_all, readable  # noqa: E402

ADDRESSES = [
    "HTTP://255.255.255.255:65535/",
    "HTTP://127.0.0.1:8080/",
    "HTTP://0.0.0.0/",
    "HTTP://1.1.1.1:1/",
    "HTTP://192.168.7.2/",
    "HTTP://192.168.7.2:80/",
    "HTTP://192.168.178.199:8080/",
    "HTTP://10.0.0.7/",
    "HTTP://10.0.2.15:8080/",
    "HTTP://10.255.255.254:50000/",
    "HTTP://172.16.0.1/",
    "HTTP://172.31.255.254:8888/",
    "HTTP://169.254.13.37/",
    "HTTP://203.0.113.99:49152/",
    "HTTP://111.111.111.111:11111/",
    "HTTP://88.88.88.88:8888/",
    "HTTP://100.64.0.0:10000/",
    "HTTP://224.0.0.251:5353/",
    "HTTP://MARCEL.LOCAL/",
    "HTTP://A-BOARD.EXAMPLE:8080/",
    "HTTP://AN.ADDRESS.OF-38-BYTES.EXAMPLE/",
]
SKIPPED = 77  # the exit status that ctest reports as skipped


def draw_all(texts):
    """For each text its rows of half blocks, 1 for the terminal's foreground colour."""
    done = subprocess.run([sys.argv[1]], input="".join(t + "\n" for t in texts), capture_output=True, encoding="utf-8", check=True)
    rows = done.stdout.split("\n")[:-1]
    if "refused" in rows:
        raise AssertionError(f"one of {texts} is refused")
    height = len(rows) // len(texts)
    for i in range(len(texts)):
        yield halves_of(rows[i * height : (i + 1) * height])


class Rows(unittest.TestCase):
    def test_each_is_as_wide(self):
        for halves in draw_all(ADDRESSES):
            self.assertEqual({len(row) for row in halves}, {33})
            self.assertEqual(len(halves), 34)

    def test_nothing_is_drawn_of_what_does_not_fit(self):
        for text in (39 * "A", "HTTP://[::1]/", "A_B", "\u00c9"):
            done = subprocess.run([sys.argv[1]], input=text + "\n", capture_output=True, encoding="utf-8", check=True)
            self.assertEqual(done.stdout, "refused\n")


@readable
class Read(unittest.TestCase):
    def test_on_a_dark_terminal(self):
        found = read_all(picture(halves, letters=PAPER, background=INK) for halves in draw_all(ADDRESSES))
        self.assertEqual(found, ADDRESSES)

    def test_small_letters(self):
        found = read_all(picture(halves, letters=PAPER, background=INK) for halves in draw_all([t.lower() for t in ADDRESSES]))
        self.assertEqual(found, ADDRESSES)

    def test_negative_on_a_light_terminal(self):
        found = read_all((picture(halves, letters=INK, background=PAPER) for halves in draw_all(ADDRESSES)), "-Stest-inverted")
        self.assertEqual(found, ADDRESSES)

    def test_damaged(self):
        """Level M corrects 8 of 44 codewords: a spot of 49 modules touches no more of them."""
        pictures = []
        for halves in draw_all(ADDRESSES):
            for y in range(4 + 10, 4 + 17):
                for x in range(4 + 18, 4 + 25):
                    halves[y][x] = 0
            pictures.append(picture(halves, letters=PAPER, background=INK))
        self.assertEqual(read_all(pictures), ADDRESSES)


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], verbosity=2, exit=False).result
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)
