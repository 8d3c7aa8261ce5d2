"""Multicast DNS (RFC 6762) on an interface, as another machine on the link speaks it."""

import collections
import random
import socket
import struct
import time

from harness import SOON

A, PTR, TXT, AAAA, SRV, ANY = 1, 12, 16, 28, 33, 255
GROUP, GROUP6, PORT = "224.0.0.251", "ff02::fb", 5353

Record = collections.namedtuple("Record", "name type ttl data")


def put_name(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".") if label) + b"\0"


def query(name, type_):
    return struct.pack("!6H", 0, 0, 1, 0, 0, 0) + put_name(name) + struct.pack("!HH", type_, 1)


def probe(name):
    """A probe (section 8.1) that a responder with this name wins: its own records come after these (8.2). In the name a
    pointer follows each label, which takes a parser the most stack.
    """
    chain_at = 12 + 6 + 11  # behind the header, the question, and the head of the first record, which is the root's
    chain = b""
    for label in name.encode().split(b"."):
        chain += bytes([len(label)]) + label
        chain += struct.pack("!H", 0xC000 | chain_at + len(chain) + 2)
    chain += b"\0"
    pointer = struct.pack("!H", 0xC000 | chain_at)

    def record(name, type_, data):
        return name + struct.pack("!HHIH", type_, 1, 120, len(data)) + data

    return (struct.pack("!6H", 0, 0, 1, 0, 4, 0) + pointer + struct.pack("!HH", ANY, 1) + record(b"\0", TXT, chain) +
            2 * record(pointer, SRV, bytes(6) + pointer) + record(pointer, A, bytes(4)))


def read_name(message, at):
    """The name there, and where it ends."""
    labels, end = [], None
    while message[at]:
        if message[at] >= 0xC0:
            end = end or at + 2
            at = (message[at] & 0x3F) << 8 | message[at + 1]
        else:
            labels.append(message[at + 1 : at + 1 + message[at]].decode())
            at += 1 + message[at]
    return ".".join(labels), end or at + 1


def read_data(message, type_, at, bytes_):
    if type_ == A:
        return socket.inet_ntoa(message[at : at + bytes_])
    if type_ == PTR:
        return read_name(message, at)[0]
    if type_ == SRV:
        return struct.unpack("!H", message[at + 4 : at + 6])[0], read_name(message, at + 6)[0]
    if type_ == TXT:
        items, end = [], at + bytes_
        while at < end:
            items.append(message[at + 1 : at + 1 + message[at]].decode())
            at += 1 + message[at]
        return items
    return message[at : at + bytes_]


def records(message):
    """All records of a response."""
    _, flags, questions, *counts = struct.unpack("!6H", message[:12])
    at = 12
    for _ in range(questions):
        at = read_name(message, at)[1] + 4
    found = []
    for _ in range(sum(counts) if flags & 0x8000 else 0):
        name, at = read_name(message, at)
        type_, _, ttl, bytes_ = struct.unpack("!HHIH", message[at : at + 10])
        found.append(Record(name, type_, ttl, read_data(message, type_, at + 10, bytes_)))
        at += 10 + bytes_
    return found


class Querier:
    def __init__(self, interface="tap0", address="192.168.7.1"):
        self._address = address
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        self._socket.bind(("", PORT))
        self.rejoin()

    def rejoin(self):
        group = socket.inet_aton(GROUP) + socket.inet_aton(self._address)
        try:
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, group)
        except OSError:
            pass  # it was not a member
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)

    def close(self):
        self._socket.close()

    def send(self, message):
        self._socket.sendto(message, (GROUP, PORT))

    def skip(self):
        """Passes over the messages that have come so far."""
        self._socket.setblocking(False)
        try:
            while True:
                self._socket.recv(9000)
        except BlockingIOError:
            pass

    def hear(self, fits, within=SOON, together=False):
        """Waits for a record for which `fits(record)` is true; with `together` returns all such in its message."""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                message = self._socket.recv(9000)
            except (TimeoutError, BlockingIOError):
                break
            found = [record for record in records(message) if fits(record)]
            if found:
                return found if together else found[0]
        raise AssertionError(f"no such record in {within} s")

    def ask(self, name, type_):
        """Asks until there is an answer: a question soon after an answer is not answered again."""
        for _ in range(int(SOON)):
            self.send(query(name, type_))
            try:
                return self.hear(lambda record: record.name.lower() == name.lower() and record.type == type_, 1)
            except AssertionError:
                pass
        raise AssertionError(f"no answer to {name}, type {type_}")

    def junk(self, count):
        """Sends packets that are none of RFC 6762, or nearly so."""
        rand = random.Random(7)
        # A record that points back to itself, 65,535 times.
        loop = struct.pack("!6H", 0, 0x8400, 0, 65535, 0, 0) + b"\0" + struct.pack("!HHIH", A, 1, 120, 65536 - 11)
        for number in range(count):
            if number % 10 == 0:
                message = loop
            elif number % 3 == 0:
                message = bytes(12) + rand.randbytes(rand.randrange(1400))
            else:
                message = bytearray(query(rand.choice(("lwchat.local", "_lwchat._tcp.local")), rand.randrange(40)))
                for _ in range(rand.randrange(6)):
                    message[rand.randrange(len(message))] = rand.randrange(256)
                if number % 2:
                    message[2] = rand.choice((0, 2, 0x84))  # also one that is continued, and a response
            self.send(bytes(message))
            if number % 20 == 0:
                time.sleep(0.01)


class Querier6(Querier):
    """The same over IPv6."""

    def __init__(self, interface="tap0"):
        self._index = socket.if_nametoindex(interface)
        self._socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, self._index)
        self._socket.bind(("", PORT))
        group = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("=I", self._index)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, group)

    def send(self, message):
        self._socket.sendto(message, (GROUP6, PORT, 0, self._index))
