"""Peers that measure the delivery time of lines, and rude peers; each crowd in its own process.

Each peer has its own address in the server's neighbourhood (harness.py).
"""

import errno
import ipaddress
import itertools
import math
import os
import random
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import harness
import shown

LINES_PER_S = 200
TALKERS = 4
LISTENERS = 4

# Rude peers are neighbours from the number RUDE on; peers that come and go use PASSERS_BY addresses.
RUDE, PASSERS_BY = 1000, 4000

SYN, ACK = 0x02, 0x10
MSS_1460 = b"\x02\x04\x05\xb4"
# Out-of-order segments, on each connection, that wait for a byte that is never sent.
HOLES = 64


class Side(harness.Process):
    """A process that runs `work(tell)` until it returns or is killed; what it tells is its output."""

    def __init__(self, work):
        ours, theirs = os.pipe()
        self.name = work.__name__
        self.pid = os.fork()
        if self.pid == 0:
            try:
                harness._die_with_parent()
                os.close(ours)
                work(lambda line: os.write(theirs, (line + "\n").encode()))
            except BaseException as error:
                os.write(theirs, f"failed: {error!r}\n".encode())
            finally:
                os._exit(0)
        os.close(theirs)
        self.out = harness.Stream(lambda: os.read(ours, 65536), self.name)
        self._pipe = ours

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.out.expect_end()
            os.close(self._pipe)
            self.pid = 0


def connect(address, receive_bytes=None, source=None):
    """A non-blocking connection whose handshake is in progress."""
    it = socket.socket()
    it.setblocking(False)
    if source:
        it.bind((source, 0))
    if receive_bytes:
        it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    code = it.connect_ex(address)
    if code not in (0, errno.EINPROGRESS):
        raise OSError(code, os.strerror(code))
    return it


def neighbours(address, first, count):
    """Cycles through the addresses of `count` neighbours from number `first` on."""
    return (harness.neighbour(address[0], number) for number in itertools.cycle(range(first, first + count)))


def connect_all(address, count, sources, receive_bytes=None, at_once=64):
    """Connects, `at_once` at a time, each from the next of `sources`, until each has been sent its greeting."""
    all_of_them = []
    while len(all_of_them) < count:
        batch = [connect(address, receive_bytes, next(sources)) for _ in range(min(at_once, count - len(all_of_them)))]
        for it in batch:
            greeted = select.poll()
            greeted.register(it, select.POLLIN)
            if not greeted.poll(harness.SOON * 1000):
                raise AssertionError(f"connection {len(all_of_them)} of {count} has no greeting")
        all_of_them += batch
    return all_of_them


class Waits:
    """Seconds that this thread, the process `pid` and the kernel have waited for a processor: see harness.Stopwatch."""

    def __init__(self, pid):
        threads = [f"/proc/{pid}/task/{pid}", f"/proc/self/task/{threading.get_native_id()}"]
        for process in (pid, *harness.KERNEL_PIDS):
            threads += [f"/proc/{process}/task/{thread}" for thread in os.listdir(f"/proc/{process}/task")
                        if int(thread) != pid]
        self._files = [os.open(f"{thread}/schedstat", os.O_RDONLY) for thread in threads]

    @staticmethod
    def _seconds(file):
        return int(os.pread(file, 100, 0).split()[1]) / 1e9

    def of_all(self):
        return sum(self._seconds(file) for file in self._files)

    def of_server(self):
        """The same for the server's main thread, which does everything but timers."""
        return self._seconds(self._files[0])


class Room:
    """People in one room of one server, some of whom talk."""

    def __init__(self, server, line_bytes, name):
        self.line_bytes = line_bytes
        self.late_s = []
        self.mark = time.monotonic_ns()
        self.said = []
        self.waits = Waits(server.pid)
        self.sockets = connect_all(server.address, TALKERS + LISTENERS, neighbours(server.address, 0, RUDE))
        self.pending = {it: b"" for it in self.sockets}
        self.shown = {it: shown.Shown(name, "server") for it in self.sockets}
        self.unsent = {it: b"" for it in self.sockets[:TALKERS]}
        for number, it in enumerate(self.sockets):
            it.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            it.send(f"/nick p{number}\n/join {name}\n".encode())

    def start(self):
        self.started = time.monotonic(), self.waits.of_server()

    def due_in(self):
        """Seconds until the next line is due, at LINES_PER_S of the time in which the server has a processor.

        On a busy machine a fixed rate would be more than the server can handle, and measure only that. The rate
        drops to a quarter at most.
        """
        gone_s = time.monotonic() - self.started[0]
        own_s = gone_s - (self.waits.of_server() - self.started[1])
        return len(self.said) / LINES_PER_S - max(own_s, gone_s / 4)

    def say(self):
        number = len(self.said)
        talker = self.sockets[number % TALKERS]
        # Time spent waiting for a processor is not the server's fault.
        self.said.append(time.monotonic() - self.waits.of_all())
        self.unsent[talker] += f"t {self.mark} {number} ".encode().ljust(self.line_bytes - 1, b".") + b"\n"
        self.flush(talker)

    def flush(self, talker):
        try:
            self.unsent[talker] = self.unsent[talker][talker.send(self.unsent[talker]) :]
        except BlockingIOError:
            pass

    def hear(self, it):
        data = it.recv(1 << 20)
        if not data:
            raise AssertionError(f"the server ended a connection; it said {self.pending[it]!r}")
        now = time.monotonic() - self.waits.of_all()
        self.shown[it].feed(data)
        *lines, self.pending[it] = (self.pending[it] + data).split(b"\n")
        for line in lines:
            # Ignore the history of an earlier crowd.
            if b"> t " in line[:24] and int((words := line.split())[2]) == self.mark:
                self.late_s.append(now - self.said[int(words[3])])
            elif line.startswith(b"*** you missed"):
                raise AssertionError(f"somebody who reads was told {line!r}")

    def is_heard(self):
        return len(self.late_s) >= len(self.said) * (TALKERS + LISTENERS - 1)

    def result(self):
        shown.check()
        expected = len(self.said) * (TALKERS + LISTENERS - 1)
        if len(self.late_s) != expected:
            raise AssertionError(f"{len(self.late_s)} of {expected} deliveries came")
        self.late_s.sort()
        return " ".join(f"{self.late_s[math.ceil(len(self.late_s) * q) - 1] * 1000:.2f}" for q in (0.5, 0.99, 1))


def measure(tell, servers, for_s, line_bytes, room):
    """Talks in a room of each server at the same time; tells p50, p99 and the longest delivery in ms for each.

    Time in which this process, the server or the kernel waited for a processor does not count.
    """
    rooms = [Room(server, line_bytes, room) for server in servers]
    poll = select.epoll()
    whose = {}
    for room in rooms:
        for it in room.sockets:
            poll.register(it, select.EPOLLIN)
            whose[it.fileno()] = (room, it)

    def listen(for_s):
        for number, _ in poll.poll(for_s):
            whose[number][0].hear(whose[number][1])

    def listen_until(until):
        while (left := until - time.monotonic()) > 0:
            listen(left)

    listen_until(time.monotonic() + 0.5)
    tell("ready")
    for room in rooms:
        room.start()
    lines = int(for_s * LINES_PER_S)
    while left := [room for room in rooms if len(room.said) < lines]:
        next_in = 1.0
        for room in left:
            if (due_in := room.due_in()) <= 0:
                room.say()
                due_in = room.due_in()
            next_in = min(next_in, due_in)
        listen(max(0, next_in))
    deadline = time.monotonic() + harness.SOON
    while not all(room.is_heard() for room in rooms) and time.monotonic() < deadline:
        listen_until(time.monotonic() + 0.1)
        for room in rooms:
            for talker in room.unsent:
                room.flush(talker)
    for room in rooms:
        tell("result " + room.result())


# --- Rude peers ---------------------------------------------------------------
# Each attacks the server at `address` until it is killed, and tells when it has begun.


def read_nothing(tell, address, count):
    crowd = connect_all(address, count, neighbours(address, RUDE, count), receive_bytes=2048)
    tell("begun")
    signal.pause()
    del crowd


def read_all(tell, address, count):
    """Not rude: these peers only add to the server's output."""
    crowd = connect_all(address, count, neighbours(address, RUDE, count))
    poll = select.epoll()
    for it in crowd:
        poll.register(it, select.EPOLLIN)
    known = {it.fileno(): it for it in crowd}
    tell("begun")
    while True:
        for number, _ in poll.poll():
            known[number].recv(1 << 20)


def read_a_byte_a_second(tell, address, count):
    crowd = connect_all(address, count, neighbours(address, RUDE, count), receive_bytes=2048)
    tell("begun")
    while True:
        for it in crowd:
            try:
                it.recv(1)
            except BlockingIOError:
                pass
            time.sleep(1 / count)


def write_a_byte_a_second(tell, address, count):
    crowd = connect_all(address, count, neighbours(address, RUDE, count))
    for it in crowd:
        it.send(b"\n")
    tell("begun")
    while True:
        for it in crowd:
            try:
                it.send(b"x")
                it.recv(65536)
            except BlockingIOError:
                pass
            time.sleep(1 / count)


def fill_and_keep_coming(tell, address, count):
    """Takes all places, and keeps opening more connections."""
    crowd = connect_all(address, count, neighbours(address, RUDE, count))
    poll = select.epoll()
    for it in crowd:
        poll.register(it, select.EPOLLIN)
    known = {it.fileno(): it for it in crowd}
    more = neighbours(address, RUDE + count, PASSERS_BY)
    tell("begun")
    refused = 0
    told = time.monotonic()
    while True:
        while len(known) < count + 64:
            it = connect(address, source=next(more))
            known[it.fileno()] = it
            poll.register(it, select.EPOLLIN)
        for number, _ in poll.poll(0.1):
            it = known[number]
            try:
                data = it.recv(65536)
            except OSError:
                data = b""
            refused += b"the server is full" in data
            if not data or b"the server is full" in data:
                del known[number]
                it.close()
        if time.monotonic() - told > 1:
            told = time.monotonic()
            tell(f"refused {refused}")


def come_and_go(tell, address, cycles):
    """Connects and leaves: with FIN, with RST, within a line, at once, after a line, with /quit."""
    ways = random.Random(7)
    tell("begun")
    for _ in range(cycles):
        source = harness.neighbour(address[0], RUDE + ways.randrange(PASSERS_BY))
        it = socket.create_connection(address, harness.SOON, (source, 0))
        way = ways.randrange(6)
        if way in (1, 3):
            it.sendall(b"half a li")
        if way == 2:
            it.sendall(b"hello\n")
        if way == 4:
            it.recv(1)
        if way == 5:
            it.sendall(b"/quit\n")
            while it.recv(65536):
                pass
        if way in (0, 1):
            it.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        it.close()
    tell("done")


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4_frame(to_mac, from_mac, protocol, source, to, payload):
    """An IPv4 packet in a frame. `source`, `to`: four bytes."""
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0) + source + to
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return to_mac + from_mac + b"\x08\x00" + ip + payload


def tcp_frame(to_mac, from_mac, source, to, ports, sequence, acknowledged, flags, data=b"", options=b""):
    """A TCP segment in a frame. `source`, `to`: four bytes; `ports`: source and destination."""
    tcp = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 0x50 + len(options) * 4, flags, 64240, 0, 0)
    tcp += options + data
    check = checksum(source + to + struct.pack("!HH", 6, len(tcp)) + tcp + b"\0" * (len(tcp) % 2))
    return ipv4_frame(to_mac, from_mac, 6, source, to, tcp[:16] + struct.pack("!H", check) + tcp[18:])


def flood(tell, interface, network, a_second, frame):
    """Sends `a_second` frames per second from absent senders in `network`: frame(own MAC, source address, noise)."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    own = wire.getsockname()[4]
    network = ipaddress.ip_network(network)
    noise = random.Random(7)
    tell("begun")
    start = time.monotonic()
    sent = 0
    while True:
        while sent < (time.monotonic() - start) * a_second:
            source = network[noise.randrange(1, network.num_addresses - 1)].packed
            wire.send(frame(own, source, noise))
            sent += 1
        time.sleep(0.001)


def ask_for_connections(tell, interface, network, mac, address, a_second):
    """SYNs from absent senders."""
    to = socket.inet_aton(address[0])
    flood(tell, interface, network, a_second, lambda own, source, noise: tcp_frame(
        mac, own, source, to, (noise.randrange(1024, 65536), address[1]), noise.randrange(1 << 32), 0, SYN,
        options=MSS_1460))


def ping(tell, interface, network, mac, address, a_second):
    """Echo requests from absent senders; the replies wait for ARP, which is not answered."""
    to = socket.inet_aton(address[0])
    echo = struct.pack("!BBHHH", 8, 0, checksum(struct.pack("!BBHHH", 8, 0, 0, 1, 1)), 1, 1)
    flood(tell, interface, network, a_second, lambda own, source, noise: ipv4_frame(mac, own, 1, source, to, echo))


def vanish(tell, address, count, network, interface, at_once=64):
    """Their part of the network disappears: nothing sent to them is acknowledged any more."""
    harness.ip("route", "replace", "local", network, "dev", interface)
    sources = (str(source) for source in itertools.cycle(ipaddress.ip_network(network).hosts()))
    crowd = connect_all(address, count, sources, at_once=at_once)
    time.sleep(1)  # lets the notices about each other arrive
    harness.ip("route", "delete", "local", network, "dev", interface)
    tell("begun")
    signal.pause()
    del crowd


def leave_holes(tell, interface, network, mac, address, count):
    """Connections that send only every other byte, and acknowledge nothing."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    wire.bind((interface, 0))
    own = wire.getsockname()[4]
    sources = [source.packed for source in itertools.islice(ipaddress.ip_network(network).hosts(), count)]
    to = socket.inet_aton(address[0])
    ports = random.randrange(10000, 60000), address[1]
    answered = {}

    def send(source, sequence, flags, data=b"", options=b""):
        wire.send(tcp_frame(mac, own, source, to, ports, sequence, answered.get(source, 0), flags, data, options))

    deadline = time.monotonic() + 4 * harness.SOON
    wire.settimeout(0.1)  # until a SYN is sent again that found no place in the backlog
    for first in range(0, count, 64):
        batch = sources[first : first + 64]
        for source in batch:
            # An ARP request, from which the server learns the address.
            wire.send(b"\xff" * 6 + own + struct.pack("!HHHBBH", 0x0806, 1, 0x0800, 6, 4, 1) + own + source +
                      b"\0" * 6 + to)
        while not all(source in answered for source in batch):
            for source in batch:
                if source not in answered:
                    send(source, 0, SYN, options=MSS_1460)
            for _ in range(4 * len(batch)):
                try:
                    frame = wire.recv(2048)
                except TimeoutError:
                    break
                source = frame[30:34]
                if source in batch and frame[47] & (SYN | ACK) == SYN | ACK:
                    answered[source] = (struct.unpack("!I", frame[38:42])[0] + 1) % (1 << 32)
                    send(source, 1, ACK)
                if all(source in answered for source in batch):
                    break
            if time.monotonic() > deadline:
                raise AssertionError(f"{len(answered)} of {count} connections")
    for number in range(HOLES):
        for source in answered:
            send(source, 2 + 2 * number, ACK, b"x")
    tell("begun")
    # Out-of-order data is kept only while segments arrive.
    while True:
        for source in answered:
            send(source, 2, ACK, b"x")
        time.sleep(0.5)
