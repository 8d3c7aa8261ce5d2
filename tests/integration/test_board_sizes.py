#!/usr/bin/env python3
"""The memory that the firmware uses on each board, against its limits and against port/README.md."""

import importlib.machinery
import importlib.util
import os
import re
import subprocess
import sys
import unittest

from board import PEOPLE, board_folder, firmware, symbols
from harness import ROOT

SIZE = os.path.join(ROOT, "tools", "size")
loader = importlib.machinery.SourceFileLoader("size", SIZE)
sys.dont_write_bytecode = True
size = importlib.util.module_from_spec(importlib.util.spec_from_loader("size", loader))
loader.exec_module(size)


def rows(table):
    """Board -> its figures in a Markdown table."""
    found = {}
    for board in PEOPLE:
        row = re.search(rf"^\| {board} \|(( [\d,]+ \|)+)$", table, re.MULTILINE)
        found[board] = [int(f.replace(",", "")) for f in row[1].split("|")[:-1]] if row else None
    return found


def ram_by_formula(board):
    """The formula of port/README.md, "How much RAM"."""
    o = size.options(board)
    json = o.get("LWCHAT_JSON", 1)
    http = o.get("LWCHAT_HTTP", json)
    requests = o["LWCHAT_HTTP_REQUESTS"] if http else 0
    irc = o.get("LWCHAT_IRC", 0)
    connections = o["LWCHAT_MAX_SESSIONS"] + o["LWCHAT_SPARE_CONNECTIONS"] + 1 + http * (requests + 2) + 2 * irc
    return (
        3350
        + connections * 236
        + requests * 140
        + o["LWCHAT_MAX_SESSIONS"] * (68 + o["LWCHAT_NICK_BYTES"] + (4 + o["LWCHAT_NICK_BYTES"]) * o["LWCHAT_MAX_IGNORES"] + 20 * json + 8 * irc)
        + (o["LWCHAT_LINE_BUFFERS"] + 1) * (o["LWCHAT_LINE_BYTES"] + o["LWCHAT_NICK_BYTES"] + 32 + json * (o["LWCHAT_LINE_BYTES"] + 160))
        + o["LWCHAT_LINE_BYTES"] * 3
        + o["LWCHAT_LOG_BYTES"]
        + o["LWCHAT_SEND_BYTES"]
        + o["LWCHAT_SHARED_BLOCKS"] * (o["LWCHAT_SEND_BYTES"] + o["LWCHAT_SHARED_LINES"] * 8 + 32)
        + o["LWCHAT_RECEIVE_BYTES"] * 9 // 8
        + o["LWCHAT_MAX_ROOMS"] * (28 + 4 * json + 4 * irc)
        + o["MEM_SIZE"]
        + o["MEMP_NUM_TCP_SEG"] * 16
        + o["PBUF_POOL_SIZE"] * (o["PBUF_POOL_BUFSIZE"] + 16)
        + o["ARP_TABLE_SIZE"] * 24
        + o.get("configTOTAL_HEAP_SIZE", 4096 + 20 * o["MEMP_NUM_NETCONN"])
        + 550 * o.get("LWCHAT_MDNS", 0)
        + (2300 + connections * 112 + o["LWCHAT_MAX_SESSIONS"] * 12) * o.get("LWCHAT_IPV6", 0)
        + (8000 if board_folder.family(board) == "rp2" else 0)
    )


class Sizes(unittest.TestCase):
    def test_ceilings(self):
        """The firmware fits each board's flash and RAM."""
        done = subprocess.run([SIZE, "--check", *PEOPLE], capture_output=True, text=True)
        print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_readme(self):
        """port/README.md's table is what tools/size prints; sizes may differ by 1 % between compilers."""
        printed = subprocess.run([SIZE, "--markdown", *PEOPLE], capture_output=True, text=True).stdout
        print(printed)
        with open(os.path.join(ROOT, "port", "README.md")) as file:
            written = rows(file.read())
        for board, figures in rows(printed).items():
            with self.subTest(board=board):
                self.assertIsNotNone(written[board], "port/README.md has no such row")
                self.assertEqual(figures[0], PEOPLE[board])
                self.assertEqual(figures[:2], written[board][:2])
                for figure, said in zip(figures[2:], written[board][2:], strict=True):
                    self.assertLessEqual(abs(figure - said), figure * 0.01)

    def test_session(self):
        """The formula counts as much for one more session as it needs."""
        for board in PEOPLE:
            with self.subTest(board=board):
                one = dict(size.session(board))
                self.assertTrue(all(bytes_ > 0 for bytes_ in one.values()), one)
                o = size.options(board)
                segments = 16 * (o["MEMP_NUM_TCP_SEG"] // o["LWCHAT_MAX_SESSIONS"])
                nick = o["LWCHAT_NICK_BYTES"]
                chats = 68 + nick + (4 + nick) * o["LWCHAT_MAX_IGNORES"] + 20 * o.get("LWCHAT_JSON", 1) + 8 * o.get("LWCHAT_IRC", 0)
                ip6 = 124 * o.get("LWCHAT_IPV6", 0)
                self.assertLess(abs(sum(one.values()) - (236 + chats + 24 + segments + one["mailbox"] + ip6)), 8)

    def test_formula(self):
        """port/README.md's formula is within 2 % of the real size."""
        for board in filter(board_folder.has_kernel, PEOPLE):
            with self.subTest(board=board):
                taken = symbols(firmware(board))["section_ram_bytes"]
                computed = ram_by_formula(board)
                print(f"{board}: {taken} bytes, by the formula {computed}")
                self.assertLess(abs(taken - computed), taken * 0.02)


if __name__ == "__main__":
    unittest.main(verbosity=2)
