#!/usr/bin/env python3
"""Peers that send something and leave at once. Most do not read: when they close, their system resets the
connection because the greeting is unread."""

import concurrent.futures
import socket
import subprocess
import time
import unittest

import board
from board import BOARDS, TARGET, Board
from harness import NETWORKS, SOON, Case, Person, is_acknowledged, main

TIMES = 10
# Of a burst of 100 lines, at least this many bytes are not said within the first half minute.
MOST_OF_IT = 500


def shell(address, text):
    subprocess.run(["bash", "-c", f"printf {text} >/dev/tcp/{address[0]}/{address[1]}"], check=True)


def ncat(address, text):
    subprocess.run(["ncat", "--send-only", address[0], str(address[1])], input=text.encode(), check=True)


def python(address, text, goes=lambda peer: None):
    with socket.create_connection(address) as peer:
        peer.sendall(text.encode())
        goes(peer)


def half_closed(address, text):
    python(address, text, lambda peer: peer.shutdown(socket.SHUT_WR))


def reset(address, text):
    """What has not reached the other side is lost, so wait until it has."""
    def goes(peer):
        until = time.monotonic() + SOON
        while not is_acknowledged(peer) and time.monotonic() < until:
            time.sleep(0.001)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + bytes(7))

    python(address, text, goes)


WAYS = (shell, ncat, python, half_closed, reset)


class LastWords(Case):
    def check(self, server, *ways):
        reader = self.person(server, "reader")
        for way in ways:
            with self.subTest(way=way.__name__):
                for number in range(TIMES):
                    way(server.address, f"{way.__name__}-{number}")
                for number in range(TIMES):
                    # In any order: each is completed by its own silence.
                    text = f"> {way.__name__}-{number}\n".encode()
                    self.eventually(lambda: text in reader.out.all(), what=f"hearing {text}")

    def test_on_a_pc(self):
        for net in NETWORKS:
            with self.subTest(net=net):
                self.check(self.server(net=net), *WAYS)

    @board.emulated
    def test_on_boards(self):
        """Each way on a board of its own: who comes after many others from one address waits its turn, and a small
        board does not keep what more than a quarter of its buffers holds for so long.
        """
        for name in BOARDS:
            for way in WAYS:
                with self.subTest(board=name):
                    self.check(self.start(Board(name)), way)
                    self.doCleanups()

    def test_in_a_busy_room(self):
        server = self.server("--rate", "0", net="tap:tap0")
        talkers = [self.person(server) for _ in range(8)]
        reader = self.person(server, "reader")
        for number in range(TIMES):
            for talker in talkers:
                talker.say("and so on")
            python(server.address, f"word-{number}")
        for number in range(TIMES):
            text = f"> word-{number}\n".encode()
            self.eventually(lambda: text in reader.out.all(), what=f"hearing {text}")


class Bursts(Case):
    """More lines than the rate allows, from a peer that is gone before they can be said."""

    LINES = 120

    def burst(self, server, name, lines=LINES):
        peer = Person(server.address)
        peer.send(f"/nick {name}\n" + "".join(f"{name} {number}\n" for number in range(lines)))
        self.eventually(peer.is_acknowledged)
        peer.close()

    def check_heard(self, server):
        reader = self.person(server, "reader")
        self.burst(server, "ghost")
        for number in range(self.LINES):
            reader.hears(f"ghost> ghost {number}")
        reader.hears("*** ghost left")

    def test_all_is_said(self):
        for net in NETWORKS:
            with self.subTest(net=net):
                server = self.server(net=net)
                self.check_heard(server)
                self.assertNotIn(b"Client gone", server.out.all())

    @board.emulated
    def test_all_is_said_on_a_board(self):
        self.check_heard(self.start(Board(board.LARGE)))

    @board.emulated
    def test_a_small_board_keeps_a_window(self):
        """Everything that fits one connection's window is said. Two such windows exceed a quarter of the buffers."""
        server = self.start(Board(board.SMALL))
        reader = self.person(server, "reader")
        lines = 75  # a burst, and 55 that fit the window
        self.burst(server, "ghost", lines)
        for number in range(lines):
            reader.hears(f"ghost> ghost {number}")
        reader.hears("*** ghost left")
        self.burst(server, "casper", lines)
        self.burst(server, "banquo", lines)
        self.assertGreater(self.dropped(server, "casper"), 0)
        used, _, buffers = server.pools()["PBUF_POOL"]
        self.assertLessEqual(used, buffers // 4)
        reader.hears(f"banquo> banquo {lines - 1}")

    def dropped(self, server, name):
        """Waits until the console reports the bytes dropped; returns their number."""
        server.out.expect(f"Client gone: {name}, bytes dropped: ")
        return int(server.out.expect("."))

    def held_up(self, *options):
        """A server, a reader, and a ghost that is gone and has said only the first of its 100 lines."""
        server = self.server("--rate", "1", *options, net="tap:tap0")
        reader = self.person(server, "reader")
        self.burst(server, "ghost", 100)
        reader.hears("ghost> ghost 5")
        return server, reader

    def test_few_hold_places(self):
        """They hold a quarter of the places at most: the oldest one is dropped, and its bytes are reported."""
        server, reader = self.held_up("--max-clients", "4")
        self.burst(server, "casper", 100)
        self.assertGreater(self.dropped(server, "ghost"), MOST_OF_IT)
        reader.hears("*** ghost left")
        # A newcomer that finds no place takes the other's.
        others = [self.person(server) for _ in range(3)]
        self.assertGreater(self.dropped(server, "casper"), MOST_OF_IT)
        self.together(reader, *others)

    def test_a_kick_ends_it(self):
        server, reader = self.held_up()
        server.operator("/kick ghost")
        self.assertGreater(self.dropped(server, "ghost"), MOST_OF_IT)
        reader.hears("*** ghost was kicked")

    def test_a_ban_ends_it(self):
        server, reader = self.held_up()
        server.operator("/ban 192.168.7.1")
        self.assertGreater(self.dropped(server, "ghost"), MOST_OF_IT)

    def test_a_shutdown_ends_it(self):
        server, reader = self.held_up()
        server.operator("/shutdown")
        reader.hears("*** the server is shutting down")
        self.assertEqual(server.wait(), 0)
        self.assertRegex(server.out.all(), rb"Client gone: ghost, bytes dropped: \d\d\d")


class Returning(Case):
    """Peers from one address that connect, say a line and leave, again and again. Others hear what one person may
    say, after a minute's worth of it: coming again does not renew a rate."""

    RATE, THREADS, VISITS = 10, 12, 1500

    def visit(self, address, count, goes):
        for _ in range(count):
            python(address, "nothing to say", goes)

    def test_others_hear_one_rate(self):
        for goes in (lambda peer: None, lambda peer: peer.shutdown(socket.SHUT_WR), Returning.resets):
            server = self.server(net="tap:tap0")
            reader = self.person(server, "reader")
            since = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(self.THREADS) as threads:
                for visits in [threads.submit(self.visit, server.address, self.VISITS // self.THREADS, goes)
                               for _ in range(self.THREADS)]:
                    visits.result()
            # Whoever is there meanwhile is not slowed.
            self.together(reader, self.person(server, "other"))
            most = 61 * self.RATE + (time.monotonic() - since) * self.RATE
            self.assertLess(reader.out.all().count(b"nothing to say"), most)
            self.doCleanups()

    @staticmethod
    def resets(peer):
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1" + bytes(7))


if __name__ == "__main__":
    if TARGET:
        unittest.main(verbosity=2)
    main()
