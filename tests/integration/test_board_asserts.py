#!/usr/bin/env python3
"""A firmware with the assertions of lwIP and FreeRTOS enabled: none fails in normal use, and a failure is reported."""

import os
import socket
import struct

from board import Board, Debugger
from harness import SOON, Case, main

BOARD = "mps2-an385"
ELF = os.environ.get("LWCHAT_ASSERTS_ELF")


class Asserts(Case):
    def test_a_day(self):
        """People join, talk during a flood, leave in three ways; then the board ends in good order."""
        board = self.start(Board(BOARD, elf=ELF))
        people = [self.person(board, f"p{i}") for i in range(20)]
        flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        flood.connect((board.host, 9))
        for number in range(20):
            for person in people[:10]:
                person.say(f"{person.nick}, {number}".ljust(60, "x"))
            for _ in range(500):
                try:
                    flood.send(bytes(900))
                except OSError:
                    pass  # "port unreachable"
        flood.close()
        for person in people[10:]:
            person.hears("p9, 19".ljust(60, "x"))
            self.assertNotIn(b"missed", person.out.all())
        for number in range(300):
            with socket.create_connection(board.address, SOON) as sock:
                sock.sendall(b"half a line")
                if number % 3:
                    sock.recv(1)
                if number % 3 == 1:  # leave with a RST
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        people[0].say("/join #lab")
        people[0].out.expect("*** You are in #lab.\n")
        people[1].say("/history 3")
        people[1].out.expect("p9, 19")
        board.operator("/kick p2 enough")
        people[2].out.expect("fin\n")
        board.operator("/shutdown")
        people[0].out.expect("fin\n")
        self.assertEqual(board.wait(), 0)
        self.assertNotIn(b"panic", board.out.all())

    def test_a_failure(self):
        """A failing assertion prints its location, and ends the run with 1."""
        board = self.start(Board(BOARD, tap=None, elf=ELF))
        debugger = self.start(Debugger(board))  # this halts the board
        self.start(socket.create_connection(board.address))
        debugger.run_to("pbuf_free")
        debugger.set_register(0, 0)
        debugger.detach()
        board.out.expect("panic: pbuf.c:")
        board.out.expect("p != NULL")
        self.assertEqual(board.wait(), 1)


if __name__ == "__main__":
    main()
