#!/usr/bin/env python3
"""Typical failures of servers on small stacks: stalled readers, unread input, all ways to end a connection."""

import errno
import itertools
import re
import resource
import threading
import time

import harness
from harness import Case, NETWORKS, Person, Stopwatch, main

# When a vanished peer is detected: after 60 s of silence and 3 probes 10 s apart, with slack.
HALF_OPEN_S = (80, 100)

_vanished = []


class Vanished:
    """A peer that vanishes, and a watcher that records when the server notices."""

    def __init__(self, server):
        self._server = server
        self._watcher = Person(server.address).named("watcher")
        self._person = Person(server.address, source="192.168.6.9").named("ghost")
        self._watcher.hears("*** guest2 is now ghost")
        self.noticed_s = None
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        start, stopwatch = time.monotonic(), Stopwatch(self._server)
        self._watcher.hears("*** ghost left", 2 * HALF_OPEN_S[1])
        self.noticed_s = time.monotonic() - start, stopwatch.seconds()

    def wait(self):
        self._thread.join(2 * HALF_OPEN_S[1])

    def close(self):
        self._watcher.close()
        self._person.close()
        self._server.kill()


def setUpModule():
    """Peers on another TAP vanish at the start; the last test checks that the servers noticed."""
    ip = harness.ip
    ip("tuntap", "add", "dev", "tap1", "mode", "tap")
    ip("link", "set", "dev", "tap1", "up")
    ip("address", "add", "192.168.6.1/24", "dev", "tap1")
    ip("address", "add", "192.168.6.9/24", "dev", "tap1")
    for server in (harness.Server("--ip", "192.168.6.2/24", net="tap:tap1"),
                   harness.Server(net="user:192.168.6.1:50006")):
        _vanished.append(Vanished(server))
    time.sleep(0.5)  # everything is acknowledged: only keepalive probes can detect it
    ip("address", "del", "192.168.6.9/24", "dev", "tap1")


def tearDownModule():
    for vanished in _vanished:
        vanished.close()


class Pitfalls:
    def test_stalled_readers_starve_nobody(self):
        lwchatd = self.server("--rate", "0", "--quiet", net=self.net)
        stalled = [self.start(Person(lwchatd.address, receive_bytes=4096)) for _ in range(10)]
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        # Ten times the log, and more than the socket buffers; bob is never half a log behind.
        lines, at_once = 12000, 500
        stopwatch = Stopwatch(lwchatd)
        for first in range(0, lines, at_once):
            last = first + at_once - 1
            alice.send("".join(f"line {n:06} {'x' * 900}\n" for n in range(first, last + 1)))
            bob.hears(f"alice> line {last:06} {'x' * 900}")
        took_s = stopwatch.seconds()
        self.assertLess(took_s, 15)
        print(f"{took_s:.1f} s", end=" ")
        heard = re.findall(r"alice> line (\d{6})", bob.out.all().decode())
        self.assertEqual(heard, [f"{n:06}" for n in range(lines)])
        # The stalled readers wake up, and read the rest and exactly how much they missed.
        bob.say("wake up")
        for person in stalled:
            person.listen()
            person.hears("bob> wake up")
            text = person.out.all().decode()
            missed = re.findall(r"\n\*\*\* you missed (\d+) messages?(?=\n)", text)
            shown = re.findall(r"\nalice> line \d{6} x{900}(?=\n)", text)
            self.assertTrue(missed)
            self.assertEqual(len(shown) + sum(map(int, missed)), lines)
            self.assertEqual(text.count("line "), len(shown))  # none torn

    def test_input_that_is_not_read_blocks_nobody(self):
        lwchatd = self.server("--quiet", net=self.net)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        flooders = [self.start(Person(lwchatd.address)) for _ in range(60)]
        for flooder in flooders:
            flooder.socket.setblocking(False)
        chunk = b"flood\n" * 2000
        for _ in range(20):
            for flooder in flooders:
                try:
                    flooder.socket.send(chunk)
                except BlockingIOError:
                    pass
            time.sleep(0.02)
        for number in range(5):
            stopwatch = Stopwatch(lwchatd)
            alice.say(f"between {number}")
            bob.hears(f"alice> between {number}")
            carol = self.person(lwchatd)
            carol.say("/quit")
            carol.out.expect("fin\n")
            carol.close()
            self.assertLess(stopwatch.seconds(), 1)

    def test_goodbye_reaches_whoever_has_sent_too_much(self):
        lwchatd = self.server("--quiet", net=self.net)
        for number in range(10):
            loud = self.person(lwchatd, "loud")
            loud.send(b"unread\n" * 5000)
            time.sleep(0.1)
            lwchatd.operator("/kick loud enough")
            self.assertEqual(loud.out.expect_end(), b"*** You were kicked: enough\nfin\n")
            loud.close()

    def test_resets_anywhere_leave_nobody_behind(self):
        lwchatd = self.server("--quiet", net=self.net)
        alice = self.person(lwchatd, "alice")
        for said in ("", "half", "/help\n", "/who\n/join #a\n/rooms\n/join #b\n", "/help\n" * 100,
                     "/history 5\n" * 30, "hello\n" * 1000, "x" * 5000, "/quit\n", "\xff\xfd\x01" * 50):
            for pause_s in (0, 0.003):
                person = Person(lwchatd.address)
                person.send(said.encode("latin-1"))
                time.sleep(pause_s)
                person.reset()
        self.eventually(lambda: "sessions: 1 of" in lwchatd.stats()[0], what="only alice left")
        self.together(alice)

    def test_resets_before_they_are_accepted_keep_nobody_out(self):
        lwchatd = self.server("--quiet", net=self.net)
        enough = threading.Event()

        def come_and_go():
            while not enough.is_set():
                try:
                    Person(lwchatd.address).reset()
                except OSError:
                    pass

        rude = [threading.Thread(target=come_and_go) for _ in range(4)]
        for thread in rude:
            thread.start()
        time.sleep(1)
        self.person(lwchatd, "alice")
        enough.set()
        for thread in rude:
            thread.join()

    def test_who_comes_again_from_the_same_port_is_let_in(self):
        lwchatd = self.server(net=self.net)
        for _ in range(3):
            stopwatch = Stopwatch(lwchatd)
            person = self.from_port(20000, lwchatd)  # not an ephemeral port
            person.named("again").say("/quit")  # the server ends first, and remembers the connection for a while
            person.out.expect_end()
            person.close()
            self.assertLess(stopwatch.seconds(), 1)
            if self.net == "user":
                time.sleep(0.3)  # libslirp confuses connections from the same port in quick succession

    def from_port(self, port, lwchatd):
        source = harness.HOST_ON_TAP if self.net.startswith("tap") else "127.0.0.1"
        deadline = time.monotonic() + harness.SOON
        while True:
            try:
                return self.start(Person(lwchatd.address, source=source, source_port=port))
            except OSError as error:
                # The last acknowledgement may be in flight: the port is still in use here.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE) or \
                        time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def test_two_thousand_come_and_go(self):
        lwchatd = self.server("--quiet", "--rate", "0", net=self.net)
        alice = self.person(lwchatd, "alice")
        self.together(alice)
        before = self.settled(lambda: self.at_rest(lwchatd))
        ways = itertools.cycle((self.quits, self.half_a_line, self.resets, self.says_and_goes, self.quits))
        for way in itertools.islice(ways, 2000):
            way(lwchatd)
        self.person(lwchatd, "bob").close()
        # Closed connections linger for 2 times 10 s.
        self.eventually(lambda: self.at_rest(lwchatd) == before, what=f"the pools {before}")
        self.assertIn("sessions: 1 of 1024", lwchatd.stats()[0])

    @staticmethod
    def at_rest(lwchatd):
        # Receive buffers may be in use at any time.
        return {name: used for name, used in lwchatd.pools_of_people().items() if not name.startswith("RECEIVE")}

    @staticmethod
    def quits(lwchatd):
        person = Person(lwchatd.address)
        person.say("/quit")
        while person.socket.recv(65536):
            pass
        person.close()

    @staticmethod
    def half_a_line(lwchatd):
        person = Person(lwchatd.address)
        person.send("half a li")
        person.close()

    @staticmethod
    def resets(lwchatd):
        Person(lwchatd.address).reset()

    @staticmethod
    def says_and_goes(lwchatd):
        person = Person(lwchatd.address)
        person.say("hello")
        person.end_sending()
        while person.socket.recv(65536):
            pass
        person.close()


class OnUserMode(Pitfalls, Case):
    net = "user"


class OnTap(Pitfalls, Case):
    net = "tap:tap0"


class Crowd(Case):
    def test_every_place_taken(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
        lwchatd = self.server("--quiet", "--per-address", "0", net="tap:tap0")
        people = [self.start(Person(lwchatd.address)) for _ in range(1024)]
        last = people[-1].named("last")
        late = self.start(Person(lwchatd.address)).listen()
        self.assertEqual(late.out.expect_end(), b"!!! the server is full (1024 of 1024), try again later\n")
        last.say("to all of you")
        for person in people[:-1]:
            person.socket.settimeout(harness.SOON)
            tail = b""
            while not tail.endswith(b"last> to all of you\n"):
                tail = (tail + person.socket.recv(1 << 20))[-100:]


class HalfOpen(Case):
    def test_a_new_server_does_not_know_old_connections(self):
        for net in NETWORKS:
            with self.subTest(net):
                lwchatd = self.start(harness.Server(net=net))
                alice = self.person(lwchatd, "alice")
                lwchatd.kill()
                self.server(net=net)
                try:
                    alice.say("anybody?")
                except ConnectionError:
                    pass
                alice.out.expect_end()

    def test_whoever_vanished_was_noticed(self):
        shortest_s, longest_s = HALF_OPEN_S
        for vanished in _vanished:
            vanished.wait()
            self.assertIsNotNone(vanished.noticed_s)
            took_s, at_most_s = vanished.noticed_s
            self.assertGreater(took_s, shortest_s)
            self.assertLess(at_most_s, longest_s)


def load_tests(loader, _tests, _pattern):
    """HalfOpen runs last, because it waits."""
    cases = (OnUserMode, OnTap, Crowd, HalfOpen)
    return loader.suiteClass([loader.loadTestsFromTestCase(case) for case in cases])


if __name__ == "__main__":
    main()
