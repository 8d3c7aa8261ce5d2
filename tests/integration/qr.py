"""QR codes rendered as a terminal shows them, and read by a third-party reader: zbarimg from Debian's zbar-tools."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROWS, COLUMNS = 17, 33
LIGHT = {" ": (0, 0), "\u2580": (1, 0), "\u2584": (0, 1), "\u2588": (1, 1)}
SCALE = 4  # pixels per module
AROUND = 6  # modules of the terminal on each side
PAPER, INK = 240, 20

readable = unittest.skipUnless(shutil.which("zbarimg"), "zbarimg is not installed: it is in Debian's zbar-tools")


def halves_of(rows):
    """The rows of half blocks of rows of text, 1 for the terminal's foreground colour."""
    return [[LIGHT[c][half] for c in row] for row in rows for half in (0, 1)]


def picture(halves, letters, background):
    """A terminal with these colours, as a PGM image."""
    width = len(halves[0]) + 2 * AROUND
    blank = [[0] * width] * AROUND
    lines = blank + [[0] * AROUND + row + [0] * AROUND for row in halves] + blank
    data = bytearray()
    for line in lines:
        data += b"".join(bytes([letters if lit else background]) * SCALE for lit in line) * SCALE
    return b"P5\n%d %d\n255\n" % (width * SCALE, len(lines) * SCALE) + data


def read_all(pictures, *options):
    """What the reader finds in each picture; None for nothing."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for i, data in enumerate(pictures):
            names.append(os.path.join(folder, f"{i}.pgm"))
            pathlib.Path(names[-1]).write_bytes(data)
        found = []
        for name in names:
            done = subprocess.run(["zbarimg", "--quiet", "--raw", "--nodbus", *options, name], capture_output=True, text=True, check=False)
            if done.returncode not in (0, 4):  # 4: nothing found
                raise AssertionError(f"zbarimg says {done.stderr}")
            found.append(done.stdout.removesuffix("\n") or None)
        return found


def shown_on(out):
    """The content of the next QR code on a console."""
    margin = COLUMNS * "\u2588"
    out.expect("\n" + margin)
    out.expect("\n")
    rows = [margin] + [out.expect("\n").decode().rstrip("\r\n") for _ in range(ROWS - 1)]
    return read_all([picture(halves_of(rows), letters=PAPER, background=INK)])[0]
