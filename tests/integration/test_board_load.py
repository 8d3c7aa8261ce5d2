#!/usr/bin/env python3
"""The firmware with all places taken: everybody chats, some do not read, some shout; and floods."""

import re
import socket
import struct
import threading
import time
import unittest

import crowd
from board import DRIVERS, LARGE, LONG, PEOPLE, RELATIVES, SMALL, TARGET, board_folder, emulated, is_slow, main, start_board
from crowd import Side
from harness import SOON, Case, Deadline, Person, Stopwatch, ip

# If the board is in our network, each peer has its own address; and the addresses of peers that vanish.
PEOPLE_AT, AWAY = "192.168.7.128/25", "192.168.7.64/26"

# How many people there are where the time counts that the board takes: a larger one has to do no more than the smallest.
CROWD = min(PEOPLE[SMALL], 64)
# Peers do not slow down with an emulator's clock: by that clock they send several times as fast as they would to the part.
SHOUTING = CROWD // 4 if is_slow(SMALL) else CROWD
# How many lines eight people have to say so that the log does not hold them all.
LOG_LINES = 40 if TARGET else max(40, board_folder.options(SMALL)["LWCHAT_LOG_BYTES"] // (8 * 40))

# A board with memory to spare: what is said here does not fill its heap.
ROOMY = not TARGET and board_folder.options(SMALL)["LWCHAT_LOG_BYTES"] >= 65536

# The pools tell after a thousand connections of each kind what they tell after more.
CONNECTIONS = 10000 if TARGET or LONG else 3000
FLOOD_S = 3 if TARGET or LONG else 1.5

# A peer's receive buffer, which Linux doubles and rounds up to a minimum.
RECEIVE_BYTES = 2048


def source(number):
    return None if TARGET else f"192.168.7.{128 + number}"


class Load(Case):
    @classmethod
    def setUpClass(cls):
        if not TARGET:
            ip("route", "replace", "local", PEOPLE_AT, "dev", "tap0")

    def setUp(self):
        # Tells this test's lines from the history of a board that was already running.
        self.mark = f"{time.monotonic_ns() & 0xFFFFFF:06x}"

    def text_of(self, sender, number):
        """A line of 64 bytes, including the nick in front."""
        return f"{sender}-{self.mark}-{number} ".ljust(64 - len(f"{sender}> "), "x")

    def full(self, board, count, silent=0):
        """A board and its people; the last `silent` of them read nothing after their greeting."""
        board = start_board(self, board, leased=True)
        self.console = lambda: b"" if TARGET else board.out.all()[-1000:]
        people = [self.person(board, f"p{i}", source=source(i)) for i in range(count - silent)]
        asleep = []
        for i in range(silent):
            person = self.start(Person(board.address, receive_bytes=RECEIVE_BYTES, source=source(count - 1 - i)))
            person.send(f"/nick s{i}\n")
            asleep.append(person)
        self.eventually(lambda: board.has_sessions(count))
        self.settle(people)
        return board, people, asleep

    def settle(self, people):
        """Waits until all have read everything so far."""
        people[0].say(f"settled, {self.mark}?")
        for person in people[1:]:
            person.out.expect(f"p0> settled, {self.mark}?\n")

    def check_memory(self, board):
        """Checks that each stack has a fifth to spare."""
        if TARGET:
            return
        pools = board.pools()
        self.assertIn("STACK_MAIN", pools)
        for name, (_, most, available) in pools.items():
            print(f"  {name}: {most} of {available}")
        self.assertEqual(board.tight_stacks(), [])

    def talk(self, senders, lines, every_s=0.1):
        """Each sender says its lines, at the allowed rate."""
        for number in range(lines):
            for sender in senders:
                sender.say(self.text_of(sender.nick, number))
            time.sleep(every_s)

    def check_heard(self, people, senders, lines):
        """Everybody hears all senders' lines except their own, once, and all in the same order."""
        last = {s.nick: self.text_of(s.nick, lines - 1).encode() for s in senders}
        order = None
        deadline = Deadline(2 * SOON)
        for person in people:
            others = [s.nick for s in senders if s is not person]
            while lacks := [nick for nick in others if b"> " + last[nick] not in person.out.all()]:
                if deadline.left() <= 0:
                    text = person.out.all()
                    heard = {nick: text.count(f"\n{nick}> {nick}-{self.mark}-".encode()) for nick in lacks}
                    self.fail(f"{person.nick} heard only {heard} of {lines} lines: {text[-300:]!r}; the board says "
                              f"{self.console()!r}")
                time.sleep(0.02)
            heard = [
                line
                for line in person.out.all().decode().split("\n")
                if f"-{self.mark}-" in line
            ]
            self.assertFalse(b"missed" in person.out.all(), f"{person.nick} has missed messages")
            if person not in senders:
                order = order or heard
                self.assertTrue(heard == order, f"{person.nick} has another order")
                self.assertEqual(len(heard), len(senders) * lines)
            elif order:
                own = [line for line in order if not line.startswith(person.nick + "> ")]
                self.assertTrue(heard == own, f"{person.nick} has another order")

    def everybody(self, board, count):
        board, people, _ = self.full(board, count)
        senders = people[-8:]
        start = time.monotonic()
        self.talk(senders, 40)
        self.check_heard(people, senders, 40)
        took = time.monotonic() - start
        print(f"  {count} people, {8 * 40 * (count - 1)} deliveries in {took:.1f} s")
        for person in people[:10]:
            person.say("/join #lab")
        late = people[0]
        late.out.expect("*** You are in #lab.\n")
        late.say("in the lab")
        people[9].out.expect("> in the lab\n")
        people[20].say("/history 3")
        people[20].out.expect(self.text_of(senders[7].nick, 39))
        self.check_memory(board)

    def pools_used(self, board):
        return {} if TARGET else {name: used for name, (used, _, _) in board.pools().items()}

    def test_everybody_small(self):
        """64 people on the small board."""
        self.everybody(SMALL, PEOPLE[SMALL])

    @emulated
    def test_everybody_large(self):
        """120 people on the large board, and with LWCHAT_LONG=yes on its relatives."""
        for name in (LARGE, *(RELATIVES if LONG else ())):
            with self.subTest(board=name):
                self.everybody(name, PEOPLE[name])
            self.doCleanups()

    def test_asleep(self):
        """16 of them do not read: the others hear everything, and the 16 are told how much they missed."""
        board, people, asleep = self.full(SMALL, CROWD, silent=16)
        senders = people[-8:]
        self.talk(senders, LOG_LINES)
        self.check_heard(people, senders, LOG_LINES)
        self.check_memory(board)
        for person in asleep:
            person.listen()
        for person in asleep:
            person.out.expect("*** you missed ")
            people[1].say(f"for {self.mark} {person.port}")
            person.out.expect(f"p1> for {self.mark} {person.port}\n")
            # These lines and "settled" were said while it slept, and one by each that woke up before it.
            said = 8 * LOG_LINES + 1 + asleep.index(person)
            text = person.out.all().decode()
            heard = len(re.findall(rf"^p\d+> .*{self.mark}", text, re.MULTILINE)) - 1
            # There are several counts if its kernel accepted more data meanwhile.
            missed = sum(map(int, re.findall(r"^\*\*\* you missed (\d+) messages?$", text, re.MULTILINE)))
            self.assertEqual(heard + missed, said, f"{heard} heard, {missed} missed")

    @staticmethod
    def comes_in(board):
        """Whether a newcomer that stays a moment is greeted within 5 s."""
        with socket.socket() as newcomer:
            newcomer.settimeout(5)
            try:
                newcomer.connect(board.address)
                return b"You are connected" in newcomer.recv(1000)
            except OSError:
                return False

    @emulated
    @unittest.skipIf(ROOMY, "what is said does not fill its heap")
    def test_no_memory(self):
        """Nearly all vanish with a write in flight to each: lwIP's heap is full, and the board keeps working.

        Once memory is available again, the others hear what was said, or how much of it is lost, and newcomers can
        join. That is when the vanished peers come back, or with LWCHAT_LONG=yes when TCP gives up on them.
        """
        board = start_board(self, SMALL, leased=True)
        ann, ben = self.person(board, "ann"), self.person(board, "ben")
        before = self.pools_used(board)
        gone = self.start(Side(lambda tell: crowd.vanish(tell, board.address, PEOPLE[SMALL] - 4, AWAY, "tap0", 8)))
        gone.out.expect("begun\n")
        lines = [self.text_of("ann", n).ljust(240, ".") for n in range(8)]
        for line in lines:
            ann.say(line)
        def is_full():
            used, _, available = board.pools()["HEAP"]
            return used > available * 0.9

        self.eventually(is_full, what="the heap")
        self.eventually(lambda: not self.comes_in(board), what="no memory for a newcomer")
        start = time.monotonic()
        if not LONG:
            ip("route", "replace", "local", AWAY, "dev", "tap0")
        try:
            self.eventually(lambda: self.comes_in(board), 120, "a newcomer")
        except AssertionError:
            print(f"  {board.pools()}")
            raise
        print(f"  a newcomer was in after {time.monotonic() - start:.1f} s")
        ann.say(f"all of {self.mark}")
        heard = ben.out.expect(f"ann> all of {self.mark}\n").decode()
        missed = [int(count) for count in re.findall(r"\*\*\* you missed (\d+) messages?\n", heard)]
        print(f"  of {len(lines)} lines {sum(missed)} were missed")
        self.assertEqual(sum(line in heard for line in lines) + sum(missed), len(lines))
        gone.kill()
        self.eventually(lambda: board.has_sessions(2))
        self.person(board, "eve").say("back")
        ben.out.expect("eve> back\n")
        self.eventually(lambda: self.pools_used(board)["HEAP"] <= before["HEAP"], what="the heap")
        self.check_memory(board)

    @unittest.skipIf(SMALL == "mps2-an385", "QEMU's LAN9118 drops what finds its FIFO full, and TCP sends it again late")
    def test_shouting(self):
        """All but one send as fast as they can: the quiet one's line arrives within 2 s."""
        board, people, _ = self.full(SMALL, SHOUTING)
        quiet, shouters = people[0], people[1:]
        stop = threading.Event()

        def shout(person):
            number = 0
            try:
                while not stop.is_set():
                    person.say(self.text_of(person.nick, number))
                    number += 1
            except OSError:
                pass

        threads = [threading.Thread(target=shout, args=(p,), daemon=True) for p in shouters]
        for thread in threads:
            thread.start()
        try:
            for number in range(5):
                time.sleep(2.5)
                stopwatch = Stopwatch(*(() if TARGET else (board,)))
                quiet.say(f"may I say {self.mark} {number}")
                shouters[number].out.expect(f"p0> may I say {self.mark} {number}\n")
                took = stopwatch.seconds()
                print(f"  a quiet line took {took:.2f} s")
                self.assertLess(took, 2.0)
        finally:
            stop.set()
            for person in shouters:
                person.close()
        self.check_memory(board)

    def test_flood(self):
        """Datagrams at full speed: the chat continues during the flood, and after it."""
        for name in DRIVERS:
            for size in (200, 900):
                with self.subTest(board=name, size=size):
                    board = start_board(self, name, leased=True)
                    ann, ben = self.person(board, "ann"), self.person(board, "ben")
                    flood = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    flood.connect((board.host, 9))
                    end = time.monotonic() + FLOOD_S
                    sent = 0
                    while time.monotonic() < end:
                        for _ in range(100):
                            try:
                                flood.send(bytes(size))
                                sent += 1
                            except OSError:
                                pass  # "port unreachable": the board is alive
                        if sent % 5000 == 0:
                            ann.say(f"at {sent}")
                    flood.close()
                    print(f"  {sent} datagrams of {size} bytes")
                    ann.say("after it")
                    ben.out.expect("ann> after it\n")
                    self.check_memory(board)
                self.doCleanups()

    def test_coming_and_going(self):
        """After thousands of connections, ended in three ways, every pool is as before."""
        board = start_board(self, SMALL, leased=True)
        ann = self.person(board, "ann")
        self.settle([ann])
        before = self.settled(lambda: self.pools_used(board))
        start = time.monotonic()
        refused = 0
        for number in range(CONNECTIONS):
            with socket.socket() as sock:
                sock.settimeout(SOON)
                try:
                    sock.connect(board.address)
                    if number % 3 == 0:
                        sock.sendall(b"half a line")
                    if number % 10 != 0:
                        sock.recv(1)  # waits for the greeting; the others leave before it
                except ConnectionResetError:  # earlier connections are still being closed
                    refused += 1
                    time.sleep(0.01)
                if number % 3 == 1:  # leave with a RST
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        print(f"  {CONNECTIONS} connections in {time.monotonic() - start:.0f} s, {refused} refused")
        self.assertLess(refused, CONNECTIONS / 10)
        ann.say("still here")
        self.eventually(lambda: board.has_sessions(1))

        def as_before():
            now = self.pools_used(board)
            different = {
                name: (before[name], used)
                for name, used in now.items()
                if used > before[name] and not name.startswith("STACK_") and name != "TCP_PCB"
            }
            return not different

        self.eventually(as_before, what="the pools")
        self.person(board, "ben")
        self.check_memory(board)


if __name__ == "__main__":
    main()
