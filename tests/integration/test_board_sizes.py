#!/usr/bin/env python3
"""What the firmware takes of each board, against its ceiling and against port/README.md's formula."""

import os
import re
import subprocess
import sys
import unittest

from board import BOARDS, firmware, symbols
from harness import ROOT


def options(board):
    """Name -> number, of what the board's headers define as numbers or sums of them."""
    found = {}
    for header in ("lwchatopts.h", "lwipopts.h", "FreeRTOSConfig.h"):
        with open(os.path.join(ROOT, "port", "boards", board, header)) as text:
            for name, value in re.findall(r"^#define (\w+)[ \t]+([^/\n]+)", text.read(), re.MULTILINE):
                if re.fullmatch(r"[\w\s()+*-]+", value):
                    value = re.sub(r"(\d)UL?\b", r"\1", value)
                    try:
                        found[name] = eval(value, {"__builtins__": {}}, found)
                    except (NameError, SyntaxError):
                        pass  # not a number
    return found


def ram_by_formula(board):
    """port/README.md, "How much RAM"."""
    o = options(board)
    return (
        3800
        + (o["LWCHAT_MAX_SESSIONS"] + o["LWCHAT_SPARE_CONNECTIONS"]) * 240
        + o["LWCHAT_MAX_SESSIONS"] * 80
        + o["LWCHAT_LINE_BUFFERS"] * (o["LWCHAT_LINE_BYTES"] + 48)
        + o["LWCHAT_LINE_BYTES"] * 4
        + o["LWCHAT_LOG_BYTES"]
        + o["LWCHAT_SEND_BYTES"]
        + o["LWCHAT_RECEIVE_BYTES"]
        + o["LWCHAT_MAX_ROOMS"] * 28
        + o["MEM_SIZE"]
        + o["MEMP_NUM_TCP_SEG"] * 16
        + o["PBUF_POOL_SIZE"] * (o["PBUF_POOL_BUFSIZE"] + 16)
        + o["ARP_TABLE_SIZE"] * 24
        + o["configTOTAL_HEAP_SIZE"]
    )


class Sizes(unittest.TestCase):
    def test_ceilings(self):
        """No board outgrows its flash and RAM."""
        size = os.path.join(ROOT, "tools", "size")
        done = subprocess.run([sys.executable, size, "--check", *BOARDS], capture_output=True, text=True)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_formula(self):
        """The README's formula is within 2 % of the truth."""
        for board in BOARDS:
            with self.subTest(board=board):
                taken = symbols(firmware(board))["section_ram_bytes"]
                computed = ram_by_formula(board)
                print(f"{board}: {taken} bytes, by the formula {computed}")
                self.assertLess(abs(taken - computed), taken * 0.02)


if __name__ == "__main__":
    unittest.main(verbosity=2)
