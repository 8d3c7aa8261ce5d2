#!/usr/bin/env python3
"""A server on one board and a client on another, connected by the host's bridge."""

from board import LARGE, QEMU, SMALL, Board, firmware
from harness import Case, Process, main


class Pair(Case):
    def pair(self, server, client):
        board = self.start(Board(server))
        other = self.start(
            Process([QEMU, client, "--client", "--tap", "tap1", "--elf", firmware(client, "lwchat")])
        )
        other.out.expect("/connect HOST")
        ann = self.person(board, "ann")
        other.send(f"/connect {board.host} {board.port}\r")
        other.out.expect(f"Connected to {board.host} port {board.port}.")
        other.out.expect("/help lists the commands")
        other.send("/nick board\r")
        other.out.expect("*** You are now board.")
        other.send("hello from a board\r")
        ann.hears("board> hello from a board")
        ann.say("hello, board")
        other.out.expect("ann> hello, board")
        board.operator("hello, both")
        other.out.expect("Marcel> hello, both")
        other.send("/quit\r")
        ann.hears("*** board left")
        other.out.expect("fin\r\n")
        other.send(f"/connect {board.host} 9\r")
        other.out.expect("Connection failed: ")
        other.send(f"/connect {board.host}\r")
        other.out.expect("Connected to ")
        other.out.expect("*** You are ")
        nick = other.out.expect(".").decode()
        board.operator(f"/kick {nick}")
        other.out.expect("fin\r\n")
        other.send(f"hello\r/connect {board.host}\r")
        other.out.expect("*** not connected: ")  # the connection has ended
        other.out.expect("*** not connected: ")  # to hello
        other.out.expect("Connected to ")

    def test_small_serves(self):
        self.pair(SMALL, LARGE)

    def test_large_serves(self):
        self.pair(LARGE, SMALL)


if __name__ == "__main__":
    main(taps=("tap0", "tap1"), bridge="br0")
