#!/usr/bin/env python3
"""The network over a stream socket: frames in any pieces, a peer that takes none, that goes, that talks nonsense; passt."""

import contextlib
import fcntl
import os
import random
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time

import harness
from harness import Case, LWCHAT, LWCHATD, SOON, Person, main

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
SHORTEST, LONGEST = 60, 1514
HOST, PORT = "127.0.0.1", 7001


class Peer:
    """What lwchatd connects to: it hands frames on between the stream and this machine's tap0.

    name: a path, or (host, port)
    pieces: in how many bytes at once frames are written to the stream, at most; None: as they are
    """

    def __init__(self, name, pieces=None):
        self.name, self.pieces = name, pieces
        self.connections = 0
        self.received = 0
        self.wrong = []
        self._random = random.Random(1)
        self._flows = threading.Event()
        self._flows.set()
        self._current = self._listener = None
        self._connected = threading.Event()
        self._writes = threading.Lock()
        self._tap = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._tap, TUNSETIFF, struct.pack("16sH22x", b"tap0", IFF_TAP | IFF_NO_PI))
        self._end, self._ends = os.pipe()
        self.listen()
        self._relay = threading.Thread(target=self._from_tap, daemon=True)
        self._relay.start()

    @property
    def net(self):
        return "stream:" + (self.name if isinstance(self.name, str) else "{}:{}".format(*self.name))

    def listen(self):
        self._listener = socket.socket(socket.AF_UNIX if isinstance(self.name, str) else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self._listener.bind(self.name)
        self._listener.listen()
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def _serve(self, listener):
        with contextlib.suppress(OSError):
            while True:
                connection = listener.accept()[0]
                if connection.family == socket.AF_INET:
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._writes:
                    self._current = connection
                self.connections += 1
                self._connected.set()
                try:
                    self._to_tap(connection)
                except OSError:
                    pass  # it was hung up
                connection.close()

    def _to_tap(self, connection):
        """Frames of the stream, each as long as it may be, and all by one station."""
        stream = connection.makefile("rb", buffering=0)

        def take(count):
            data = b""
            while len(data) < count:
                self._flows.wait()
                more = stream.read(count - len(data))
                if not more:
                    raise OSError("it has ended")
                data += more
            return data

        station = None
        while True:
            length, = struct.unpack("!I", take(4))
            if not SHORTEST <= length <= LONGEST:
                self.wrong.append(f"a length of {length}")
                return
            frame = take(length)
            station = station or frame[6:12]
            if frame[6:12] != station:
                self.wrong.append(f"a frame of {frame[6:12].hex(':')}, not of {station.hex(':')}")
            self.received += 1
            os.write(self._tap, frame)

    def _from_tap(self):
        while self._end not in select.select([self._tap, self._end], [], [])[0]:
            frame = os.read(self._tap, 65536)
            self.send(struct.pack("!I", len(frame)) + frame)

    def send(self, data):
        """To the stream, if there is one."""
        with self._writes, contextlib.suppress(OSError):
            while data and self._current:
                size = self._random.randint(1, self.pieces) if self.pieces else len(data)
                self._current.sendall(data[:size])
                data = data[size:]

    def hold(self):
        """Reads no more, after what is there now or comes next."""
        self._flows.clear()

    def flow(self):
        self._flows.set()

    def hang_up(self):
        """Ends the connection that there is, or is about to be."""
        assert self._connected.wait(SOON)
        self._drop()

    def _drop(self):
        self._connected.clear()
        with self._writes:
            current, self._current = self._current, None
        # Which wakes what reads from it.
        with contextlib.suppress(OSError):
            if current:
                current.shutdown(socket.SHUT_RDWR)

    def go(self):
        """Hangs up, and nobody is there any more."""
        if self._listener.fileno() < 0:
            return
        self._listener.shutdown(socket.SHUT_RD)
        self._listener.close()
        if isinstance(self.name, str):
            os.unlink(self.name)
        self._drop()

    def close(self):
        self.go()
        self.flow()
        os.close(self._ends)
        self._relay.join()
        os.close(self._end)
        os.close(self._tap)


class Streams(Case):
    def path(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, "socket")

    def peer(self, name=None, **how):
        peer = Peer(name or self.path(), **how)
        self.addCleanup(lambda: self.assertEqual(peer.wrong, []))
        self.addCleanup(lambda: peer.close())
        return peer

    def begin(self, peer, *options, **how):
        return self.server("--rate", "0", *options, net=peer.net, errors=subprocess.PIPE, **how)

    def at(self, peer):
        return peer.net.removeprefix("stream:")


class Pieces(Streams):
    def check(self, peer, lines=60):
        server = self.begin(peer)
        self.assertEqual(server.address, (harness.SERVER_ON_TAP, 50000))
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for number in range(lines):
            said = f"{number} " + "x" * (number * 17)
            alice.say(said)
            bob.hears("alice> " + said)
        self.assertEqual(server.errors.all(), b"")
        self.assertEqual(peer.connections, 1)
        return server

    def test_frames_as_they_are(self):
        self.check(self.peer())

    def test_torn_frames(self):
        self.check(self.peer(pieces=7))

    def test_torn_frames_over_tcp(self):
        self.check(self.peer((HOST, PORT), pieces=50))

    def test_frames_that_are_too_long(self):
        """They are left out, and the stream goes on behind them."""
        peer = self.peer()
        server = self.begin(peer)
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for length in (1, 13, 1515, 9000, 65553):
            peer.send(struct.pack("!I", length) + bytes(length))
            self.together(alice, bob)
        self.assertEqual(peer.connections, 1)

    def fill(self, peer):
        """A server, people, and what was said to them: more than the stream takes while its peer takes nothing."""
        server = self.begin(peer, "--quiet")
        people = [self.person(server) for _ in range(25)]
        lines = [f"line {number:03} {'x' * 900}" for number in range(120)]
        # So that TCP comes to think much of the way.
        for line in lines[:60]:
            server.operator(line)
        for person in people:
            person.hears("Marcel> " + lines[59])
        peer.hold()
        for line in lines[60:]:
            server.operator(line)
        self.settled(lambda: peer.received)
        self.settled(lambda: server.pools().get("TCP_SEG"))
        return server, people, lines

    def check_full(self, peer):
        """What the stream does not take is sent later, and no frame is torn: Peer looks at each."""
        server, people, lines = self.fill(peer)
        peer.flow()
        for person in people:
            for line in lines[60:]:
                person.hears("Marcel> " + line)

    def test_a_peer_that_takes_nothing(self):
        self.check_full(self.peer())

    def test_a_peer_that_takes_nothing_over_tcp(self):
        self.check_full(self.peer((HOST, PORT)))

    def test_the_rest_of_a_frame_is_not_for_the_next_connection(self):
        peer = self.peer((HOST, PORT))  # which takes parts of frames, as sockets with paths do not
        server, people, lines = self.fill(peer)
        # Half a frame came as well.
        peer.send(struct.pack("!I", 1000) + bytes(500))
        peer.hang_up()
        server.errors.expect("was closed: ")
        peer.flow()
        server.errors.expect("is back\n")
        for person in people:
            person.hears("Marcel> " + lines[-1])
        self.together(*people)


class Gone(Streams):
    def lost(self, server, peer, within=", within 60 s"):
        server.errors.expect(f"the connection to {self.at(peer)} was closed: start its peer again{within}\n")

    def found(self, server, peer):
        server.errors.expect(f"the connection to {self.at(peer)} is back\n")

    def check_comes_back(self, peer, *options, times=1):
        server = self.begin(peer, *options)
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for number in range(times):
            peer.go()
            self.lost(server, peer)
            alice.say(f"into the dark {number}")
            server.operator(f"as well {number}")
            time.sleep(0.5)  # in which it looks in vain
            peer.listen()
            self.found(server, peer)
            bob.hears(f"alice> into the dark {number}")
            alice.hears(f"Marcel> as well {number}")
            self.person(server)

    def test_it_comes_back(self):
        self.check_comes_back(self.peer(), times=2)

    def test_it_comes_back_over_tcp(self):
        self.check_comes_back(self.peer((HOST, PORT)))

    def test_it_comes_back_with_faults(self):
        self.check_comes_back(self.peer(), "--fault", "delay=5")

    def test_when_it_does_not_come_back_the_server_ends(self):
        peer = self.peer()
        server = self.start(harness.Server("--net-timeout", "1", net=peer.net, errors=subprocess.PIPE))
        self.person(server)
        peer.go()
        self.lost(server, peer, ", within 1 s")
        self.assertEqual(server.wait(), 1)
        self.assertEqual(server.errors.expect_end(), b"lwchatd: the network has been gone for 1 s: restore it and start "
                                                     b"again, or wait longer with --net-timeout\n")
        peer.listen()

    def test_it_may_be_away_for_ever(self):
        peer = self.peer()
        server = self.begin(peer, "--net-timeout", "0")
        peer.go()
        self.lost(server, peer, "")
        self.comes_to_rest(server)
        peer.listen()
        self.found(server, peer)

    def test_it_ends_well_without_it(self):
        peer = self.peer()
        server = self.begin(peer, "--lang", "fr")
        peer.go()
        server.errors.expect(f"la connexion à {self.at(peer)} a été fermée : relancer son pair avant 60 s\n")
        server.operator("/shutdown")
        self.assertEqual(server.wait(), 0)
        peer.listen()

    def test_nonsense(self):
        """A length that no frame has ends the connection, is told in one line, and another connection is made."""
        peer = self.peer()
        server = self.begin(peer)
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for length in (0, 0xFFFFFFFF):
            peer.send(struct.pack("!I", length))
            server.errors.expect(f"what listens at {self.at(peer)} speaks no frames (a length of {length} bytes): "
                                 "start what does, within 60 s\n")
            server.operator(f"after {length}")
            self.found(server, peer)
            bob.hears(f"Marcel> after {length}")
            self.together(alice, bob)
        self.assertEqual(server.errors.all().count(b"\n"), 4)

    def test_a_peer_that_only_hangs_up(self):
        """It is not asked again and again without a pause."""
        peer = self.peer()
        server = self.begin(peer)
        peer.hang_up()
        self.lost(server, peer)
        self.found(server, peer)
        peer.hang_up()
        self.lost(server, peer)
        start = time.monotonic()
        self.found(server, peer)
        self.assertGreater(time.monotonic() - start, 0.8)


class Refusals(Streams):
    """What keeps it from starting is said in one line."""

    def refused(self, net, line, *options, code=1, program=LWCHATD):
        done = subprocess.run([program, "--net", "stream:" + net, *options], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=SOON)
        self.assertEqual((done.stderr, done.stdout), (f"{os.path.basename(program)}: {line}\n", ""))
        self.assertEqual(done.returncode, code)

    def test_a_path_that_is_not_there(self):
        path = self.path()
        self.refused(path, f"there is no socket {path}: start what listens there, such as passt or QEMU, or name another "
                           "one")
        self.refused(path, f"il n'y a pas de socket {path} : lancer ce qui y écoute, comme passt ou QEMU, ou en nommer "
                           "une autre", "--lang", "fr")
        self.refused(path, f"there is no socket {path}: start what listens there, such as passt or QEMU, or name another "
                           "one", "192.168.7.2", program=LWCHAT)

    def test_nobody_listens(self):
        path = self.path()
        with socket.socket(socket.AF_UNIX) as left_behind:
            left_behind.bind(path)
        self.refused(path, f"nobody listens at {path}: start what does, such as passt or QEMU")
        self.refused("127.0.0.1:9", "nobody listens at 127.0.0.1:9: start what does, such as passt or QEMU")

    def test_no_socket(self):
        path = self.path()
        with open(path, "w"):
            pass
        sentence = "is no stream socket: name one where passt or QEMU listens"
        self.refused(path, f"{path} {sentence}")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(path + "2")
            self.refused(path + "2", f"{path}2 {sentence}")

    def test_no_name(self):
        self.refused("127.0.0.1:65536", "127.0.0.1:65536 is no machine and port: write --net stream:127.0.0.1:PORT, or "
                                        "stream:PATH")
        path = "/" + "x" * 108
        self.refused(path, f"the path {path} is too long: a socket's has at most 107 bytes", code=2)

    def test_in_use(self):
        """A full queue of those who want to connect."""
        path = self.path()
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as waiting:
            listener.bind(path)
            listener.listen(0)
            waiting.connect(path)
            self.refused(path, f"the socket {path} is in use: stop the program that has it, or name another one")


class Passt(Streams):
    ADDRESS, ROUTER = "10.9.0.2", "10.9.0.1"

    def passt(self, path):
        passt = self.process("passt", "--foreground", "--stderr", "--socket", path, "--address", self.ADDRESS,
                             "--netmask", "255.255.255.0", "--gateway", self.ROUTER, "--tcp-ports", "50000",
                             "--udp-ports", "none")
        self.eventually(lambda: os.path.exists(path), what="passt's socket")
        return passt

    def joins(self, server, nick):
        """This passt, of 2023, lets a connection through once something was said on it."""
        person = self.start(Person(server.address))
        person.say("good day")
        return person.named(nick)

    def test_passt(self):
        """It leases an address, and hands this machine's port on; one that is started again is used again."""
        # passt wants a way out, which nobody takes.
        harness.ip("route", "add", "default", "via", "192.168.7.254", "dev", "tap0")
        self.addCleanup(harness.ip, "route", "delete", "default")
        path = self.path()
        passt = self.passt(path)
        server = self.server("--dhcp", "--rate", "0", net="stream:" + path, errors=subprocess.PIPE)
        self.assertEqual(server.address, (self.ADDRESS, 50000))
        server.host = "127.0.0.1"
        alice, bob = self.joins(server, "alice"), self.joins(server, "bob")
        for number in range(50):
            alice.say(f"{number} " + "x" * 900)
            bob.hears(f"alice> {number} " + "x" * 900)
        passt.kill()
        server.errors.expect(f"the connection to {path} was closed: ")
        self.passt(path)
        server.errors.expect(f"the connection to {path} is back\n")
        carol, dave = self.joins(server, "carol"), self.joins(server, "dave")
        self.together(carol, dave)


if __name__ == "__main__":
    main()
