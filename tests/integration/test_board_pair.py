#!/usr/bin/env python3
"""A server on one board and a client on another, connected by the host's bridge; and a board connected by a stream socket
to a program on the host."""

import os
import tempfile

from board import EMULATE, LARGE, SMALL, Board, board_folder, firmware
from harness import LWCHAT, Case, Process, main


class Pair(Case):
    def pair(self, server, client):
        board = self.start(Board(server))
        other = self.start(
            Process([EMULATE, client, "--client", "--tap", "tap1", "--elf", firmware(client, "lwchat")])
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


class Stream(Case):
    """A board whose network is a stream that QEMU listens at, and at its other end one of our programs."""

    def board(self, name, program, where):
        return self.process(
            *board_folder.emulator(name), "-kernel", firmware(name, program), "-display", "none",
            "-monitor", "none", "-serial", "stdio", "-netdev", f"stream,id=net,server=on,{where}",
            "-net", "nic,netdev=net")

    def serves(self, board, net):
        board.out.expect("Server ready on ")
        address = board.out.expect(" port 50000.").decode()
        self.assertRegex(address, r"^169\.254\.\d+\.\d+$")  # a large board, and no DHCP server
        client = self.process(LWCHAT, "--net", net, "--nick", "alice", address)
        client.out.expect("*** You are now alice.\n")
        for number in range(20):
            client.send(f"{number} {'x' * 900}\n")
            board.out.expect(f"#lobby alice> {number} xxx")
            board.send(f"heard {number}\r")
            client.out.expect(f"Marcel> heard {number}\n")
        client.send("/quit\n")
        client.out.expect("fin\n")
        self.assertEqual(client.wait(), 0)
        # QEMU takes the next one.
        again = self.process(LWCHAT, "--net", net, address)
        again.out.expect("*** You are guest2.")

    def joins(self, board, net):
        board.out.expect("/connect HOST")
        server = self.server(net=net)
        board.send("/connect 192.168.7.2\r")
        board.out.expect("*** You are guest1.")
        for number in range(20):
            server.operator(f"{number} " + "x" * 200)
            board.out.expect(f"Marcel> {number} xxx")
            board.send(f"heard {number}\r")
            server.out.expect(f"#lobby guest1> heard {number}\n")

    def test_both(self):
        """One board serves and another joins; they wait for a lease at the same time."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "socket")
            large = self.board(LARGE, "lwchatd", f"addr.type=unix,addr.path={path}")
            small = self.board(SMALL, "lwchat", "addr.type=inet,addr.host=127.0.0.1,addr.port=7001")
            self.serves(large, "stream:" + path)
            self.joins(small, "stream:127.0.0.1:7001")


if __name__ == "__main__":
    main(taps=("tap0", "tap1"), bridge="br0")
