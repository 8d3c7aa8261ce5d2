#!/usr/bin/env python3
"""The TAP network: addresses, gateway, MTU, DHCP, privileges, two servers, and malformed frames."""

import contextlib
import functools
import os
import random
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import crowd
import harness
from harness import Case, LWCHATD, Person, ip, main, neighbour, neighbourhood

ARP, IPV4, IPV6 = 0x0806, 0x0800, 0x86DD
ICMP, TCP, UDP = 1, 6, 17
TAP_TOOL = os.path.join(harness.ROOT, "tools", "tap")
EVERYBODY = b"\xff" * 6


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Wire:
    """Raw frames on an interface."""

    def __init__(self, interface="tap0"):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.socket.bind((interface, 0))
        self.mac = self.socket.getsockname()[4]

    def send(self, frame):
        self.socket.send(frame)

    def _receive(self, bytes_, within):
        """The next frame from the other side; None if there is none within that time."""
        self.socket.settimeout(within)
        while True:
            try:
                frame, address = self.socket.recvfrom(bytes_)
            except (BlockingIOError, TimeoutError):
                return None
            if address[2] != socket.PACKET_OUTGOING:
                return frame

    def frames(self, within=harness.SOON):
        """Frames from the other side: destination, source, type, payload. Ends only if there is none for that
        time. With 0: frames that have already arrived, including all sent before anything a program has read.
        """
        while (frame := self._receive(65536, within)) is not None:
            yield frame[:6], frame[6:12], struct.unpack("!H", frame[12:14])[0], frame[14:]

    def await_frame(self, fits):
        """Waits for a frame for which `fits(kind, payload)` is true; returns its payload and its sender."""
        for _, source, kind, payload in self.frames():
            if fits(kind, payload):
                return payload, source
        raise AssertionError("the frame does not come")

    def ask_who_has(self, address, sender=harness.HOST_ON_TAP):
        self.send(EVERYBODY + self.mac + struct.pack("!HHHBBH", ARP, 1, IPV4, 6, 4, 1) + self.mac +
                  socket.inet_aton(sender) + b"\0" * 6 + socket.inet_aton(address))

    def who_has(self, address, sender=harness.HOST_ON_TAP):
        """Sends an ARP request; returns the MAC."""
        self.ask_who_has(address, sender)
        payload, source = self.await_frame(lambda kind, payload: kind == ARP and payload[6:8] == b"\0\2" and
                                           payload[14:18] == socket.inet_aton(address))
        assert payload[8:14] == source
        return source

    def close(self):
        self.socket.close()


class OffloadedWire(Wire):
    """The same with virtio-net headers: the offloads still to be done on each frame."""

    def __init__(self, interface="tap0"):
        super().__init__(interface)
        sol_packet, packet_vnet_hdr = 263, 15
        self.socket.setsockopt(sol_packet, packet_vnet_hdr, 1)

    def packets(self):
        """TCP packets over IPv4 from the other side, each with the length of the packets it will be segmented into."""
        while (data := self._receive(65536 + 24, 0)) is not None:
            header, frame = data[:10], data[10:]
            if frame[12:14] == b"\x08\0" and frame[23] == TCP:
                _, kind, _, cut = struct.unpack("=BBHH", header[:6])
                yield frame[14:], cut + 40 if kind else struct.unpack("!H", frame[16:18])[0]


def ipv4(protocol, payload, source=harness.HOST_ON_TAP, to=harness.SERVER_ON_TAP, fragment=0, total=None):
    def header(check):
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, total or 20 + len(payload), 7, fragment, 64,
                           protocol, check, socket.inet_aton(source), socket.inet_aton(to))

    return header(checksum(header(0))) + payload


class Leases(Case):
    @contextlib.contextmanager
    def leases(self, those, *more):
        """A DHCP server, and the folder with its lease file."""
        with tempfile.TemporaryDirectory() as folder:
            dnsmasq = self.process(
                "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=tap0",
                "--bind-interfaces", f"--dhcp-range={those},1h", f"--dhcp-leasefile={folder}/leases",
                "--pid-file=", "--no-ping", "--dhcp-authoritative", *more)
            dnsmasq.out.expect("DHCP, IP range")
            yield dnsmasq, folder
            dnsmasq.kill()


class Addresses(Leases):
    def test_default(self):
        lwchatd = self.server(net="tap:tap0")
        self.assertEqual(lwchatd.address, ("192.168.7.2", 50000))
        self.person(lwchatd, "alice")

    def test_ip_and_port(self):
        ip("address", "add", "10.9.8.1/24", "dev", "tap0")
        lwchatd = self.server("--ip", "10.9.8.7/24", "--port", "7777", net="tap:tap0")
        self.assertEqual(lwchatd.address, ("10.9.8.7", 7777))
        self.person(lwchatd, "alice")

    def test_gateway(self):
        ip("address", "add", "172.31.0.1/32", "dev", "lo")
        ip("address", "add", "192.168.7.5/24", "dev", "tap0")
        for options, gateway in (([], "192.168.7.1"), (["--gateway", "192.168.7.5"], "192.168.7.5")):
            with self.subTest(gateway):
                lwchatd = self.server(*options, net="tap:tap0")
                wire = self.start(Wire())
                # A peer in another network: the reply must go through the gateway.
                self.person(lwchatd, "alice", source="172.31.0.1")
                asked = [socket.inet_ntoa(payload[24:28]) for _, _, kind, payload in wire.frames(0)
                         if kind == ARP and payload[6:8] == b"\0\1"]
                self.assertIn(gateway, asked)
                lwchatd.end_well()

    def test_operator_sets_another(self):
        lwchatd = self.server(net="tap:tap0")
        lwchatd.operator("/ip 192.168.7.77/24 192.168.7.1")
        lwchatd.out.expect("*** the address is now 192.168.7.77/24")
        self.start(Person(("192.168.7.77", 50000))).named("alice")
        for bad in harness.BAD_ADDRESSES:
            lwchatd.operator("/ip" + bad)
            lwchatd.out.expect("cannot be set: /ip ADDR/PREFIX [GATEWAY]")

    def test_dhcp(self):
        with self.leases("192.168.7.50,192.168.7.60") as (dnsmasq, folder):
            lwchatd = self.server("--dhcp", net="tap:tap0")
            self.assertLess(lwchatd.ready_s, 3)
            self.assertRegex(lwchatd.host, r"^192\.168\.7\.(5\d|60)$")
            self.person(lwchatd, "alice")
            with open(f"{folder}/leases") as leases:
                self.assertIn(lwchatd.host, leases.read())
            lwchatd.operator("/shutdown")
            self.assertEqual(lwchatd.wait(), 0)
            dnsmasq.out.expect("DHCPRELEASE(tap0) " + lwchatd.host)

    def test_the_lease_stays_the_same(self):
        """Even though the server does not release it, and only two exist."""
        with self.leases("192.168.7.50,192.168.7.51"):
            hosts = set()
            for _ in range(3):
                lwchatd = self.start(harness.Server("--dhcp", net="tap:tap0"))
                hosts.add(lwchatd.host)
                lwchatd.kill()
            self.assertEqual(len(hosts), 1)
            lwchatd = self.server("--dhcp", "--mac", "02:00:00:00:07:01", net="tap:tap0")
            self.assertNotIn(lwchatd.host, hosts)

    def test_the_lease_changes(self):
        """Each change is announced; /ip auto requests a lease again, and keeps the address until the answer."""
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        alice = self.person(lwchatd, "alice")
        for number in (5, 6):
            with self.leases(f"192.168.7.{number}0,192.168.7.{number}9") as (dnsmasq, _):
                lwchatd.operator("/ip auto")
                # Connected people are told before they are cut.
                alice.out.expect("*** this server is moving to 192.168.7.5" if number == 5 else
                                 "*** this server is losing its address and asks for another: this connection will end\n")
                if number == 6:
                    dnsmasq.out.expect("DHCPNAK(tap0) " + address)
                    lwchatd.errors.expect(f"the address {address} is lost: ")
                lwchatd.errors.expect(f"the address is now 192.168.7.{number}")
                address = f"192.168.7.{number}" + lwchatd.errors.expect(", leased from 192.168.7.1\n").decode()
                alice.out.expect_end()
                self.assertEqual(f"to {address} port 50000: reconnect there\n".encode() in alice.out.all(),
                                 number == 5)
                alice = self.start(Person((address, harness.PORT))).named("alice")

    def test_dhcp_on_the_user_mode_network(self):
        self.person(self.server("--dhcp"), "alice")


def mac_text(mac):
    return ":".join(f"{byte:02x}" for byte in mac)


class Conflicts(Leases):
    """Addresses that another machine has, or starts to use."""

    OTHER = b"\2\0\0\0\7\x77"

    def host_has(self, address):
        """Assigns the address to this machine; returns its MAC."""
        ip("address", "add", f"{address}/24", "dev", "tap0")
        self.addCleanup(ip, "address", "delete", f"{address}/24", "dev", "tap0")
        with contextlib.closing(Wire()) as wire:
            return mac_text(wire.mac)

    def use(self, wire, address, mac=OTHER):
        """Another machine sends an ARP request for 192.168.7.200 with `address` as the sender's."""
        wire.send(EVERYBODY + mac + struct.pack("!HHHBBH", ARP, 1, IPV4, 6, 4, 1) + mac +
                  socket.inet_aton(address) + b"\0" * 6 + socket.inet_aton("192.168.7.200"))

    def somebody_has(self, address):
        """Another machine, which answers ARP requests for it."""
        wire = self.start(Wire())
        wanted = socket.inet_aton(address)

        def answer():
            with contextlib.suppress(OSError):
                for _, _, kind, payload in wire.frames():
                    if kind == ARP and payload[6:8] == b"\0\1" and payload[24:28] == wanted:
                        self.use(wire, address)

        threading.Thread(target=answer, daemon=True).start()

    def announced(self, wire, address):
        """Waits until the server announces that it has the address."""
        own = socket.inet_aton(address)
        wire.await_frame(lambda kind, payload: kind == ARP and payload[14:18] == own and payload[24:28] == own)

    def test_a_default_that_is_taken_is_passed_over(self):
        mac = self.host_has("192.168.7.2")
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        self.assertRegex(lwchatd.host, r"^192\.168\.7\.[1-9]\d$")
        lwchatd.errors.expect(f"192.168.7.2 is taken by {mac}: the address is {lwchatd.host}\n")
        self.person(lwchatd)
        lwchatd.end_well()
        # Its first alternative is the same at every start, until that is taken too.
        self.host_has(lwchatd.host)
        another = self.server(net="tap:tap0", errors=subprocess.PIPE)
        self.assertRegex(another.host, r"^192\.168\.7\.[1-9]\d$")
        self.assertNotEqual(another.host, lwchatd.host)

    def test_one_that_was_given_and_is_taken(self):
        mac = self.host_has("192.168.7.9")
        for command in ([LWCHATD], [harness.LWCHAT, "192.168.7.1"]):
            done = subprocess.run([*command, "--net", "tap:tap0", "--ip", "192.168.7.9/24"], stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=harness.SOON)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(done.stderr, f"{os.path.basename(command[0])}: 192.168.7.9 is taken by {mac}: give a free "
                                          "address with --ip\n")

    def test_one_that_the_operator_gives_and_is_taken(self):
        mac = self.host_has("192.168.7.9")
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        alice = self.person(lwchatd, "alice")
        lwchatd.operator("/ip 192.168.7.9/24")
        lwchatd.errors.expect(f"192.168.7.9 is taken by {mac}: give a free address with /ip\n")
        lwchatd.operator("still at the old one")
        alice.hears("Marcel> still at the old one")

    def test_somebody_comes_to_use_a_default(self):
        """When the other machine insists, the server gives way."""
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        wire = self.start(Wire())
        self.use(wire, "192.168.7.2")
        lwchatd.errors.expect("02:00:00:00:07:77 also uses our address 192.168.7.2\n")
        self.announced(wire, "192.168.7.2")
        self.use(wire, "192.168.7.2")
        lwchatd.errors.expect("the address is now ")
        address = lwchatd.errors.expect("\n").decode()
        self.assertRegex(address, r"^192\.168\.7\.[1-9]\d$")
        self.announced(wire, address)
        self.start(Person((address, harness.PORT))).named("alice")

    def test_somebody_comes_to_use_one_that_was_given(self):
        """It is defended, and kept."""
        lwchatd = self.server("--ip", "192.168.7.9/24", net="tap:tap0", errors=subprocess.PIPE)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        wire = self.start(Wire())
        self.use(wire, "192.168.7.9")
        lwchatd.errors.expect("02:00:00:00:07:77 also uses our address 192.168.7.9: change one of the two\n")
        self.announced(wire, "192.168.7.9")
        for _ in range(10):
            self.use(wire, "192.168.7.9")
        # So that this machine's ARP cache has the server again, not the other machine.
        wire.who_has("192.168.7.9")
        alice.say("still here")
        bob.hears("alice> still here")

    def test_a_lease_that_somebody_has(self):
        """It is declined, and another one accepted."""
        self.somebody_has("192.168.7.50")
        station = "02:00:00:00:07:01"
        with self.leases("192.168.7.50,192.168.7.51", f"--dhcp-host={station},192.168.7.50") as (dnsmasq, _):
            lwchatd = self.server("--dhcp", "--mac", station, net="tap:tap0", errors=subprocess.PIPE)
            lwchatd.errors.expect("the leased address 192.168.7.50 is in use by 02:00:00:00:07:77: asking for "
                                  "another\n")
            dnsmasq.out.expect("DHCPDECLINE(tap0) 192.168.7.50")
            self.assertEqual(lwchatd.host, "192.168.7.51")
            self.person(lwchatd, "alice")

    def test_a_lease_that_somebody_has_comes_late(self):
        """The current address is kept meanwhile."""
        self.somebody_has("192.168.7.50")
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        with self.leases("192.168.7.50,192.168.7.50") as (dnsmasq, _):
            lwchatd.operator("/ip auto")
            lwchatd.errors.expect("the leased address 192.168.7.50 is in use by ")
            dnsmasq.out.expect("DHCPDECLINE(tap0) 192.168.7.50")
            alice.say("still here")
            bob.hears("alice> still here")

    def test_somebody_has_our_mac(self):
        """It is reported once."""
        lwchatd = self.server("--mac", "02:00:00:00:07:78", net="tap:tap0", errors=subprocess.PIPE)
        wire = self.start(Wire())
        mac = bytes.fromhex("020000000778")
        told = b"another machine has our MAC address 02:00:00:00:07:78"

        def is_told():
            self.use(wire, "192.168.7.5", mac)
            return told in lwchatd.errors.all()

        # The server's own recent frames may be looped back, and do not count as another machine's.
        self.use(wire, "192.168.7.2", mac)
        self.eventually(is_told, what="that another machine has the MAC")
        lwchatd.errors.expect(": change one of the two with --mac\n")
        for _ in range(10):
            self.use(wire, "192.168.7.5", mac)
        self.use(wire, "192.168.7.2")
        lwchatd.errors.expect("also uses our address 192.168.7.2\n")
        self.assertEqual(lwchatd.errors.all().count(told), 1)

    def test_two_clients_with_the_default_address(self):
        taps = ["tap6", "tap7", "tap8"]
        subprocess.run([TAP_TOOL, "down", "tap0"], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "up", "tap0"], check=True)
        subprocess.run([TAP_TOOL, "up", "--bridge", "br6", *taps], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "--bridge", "br6", *taps], check=True)
        server = self.server(net="tap:tap6")
        clients = []
        for tap, nick in zip(taps[1:], ("dave", "erin")):
            client = self.process(harness.LWCHAT, "--net", f"tap:{tap}", "--nick", nick, server.host,
                                  errors=subprocess.PIPE)
            client.out.expect(f"*** You are now {nick}.")
            clients.append(client)
        clients[1].errors.expect("192.168.7.3 is taken by ")
        for number in range(10):
            for client, other, nick in ((*clients, "dave"), (*clients[::-1], "erin")):
                client.send(f"line {number}\n")
                other.out.expect(f"{nick}> line {number}\n")


class Station(Case):
    def mac(self, *options, tap="tap0", address="192.168.7.2/24"):
        server = self.server("--verbose", "--ip", address, *options, net=f"tap:{tap}", errors=subprocess.PIPE)
        server.errors.expect("station: ")
        mac = server.errors.expect("\n").decode()
        server.end_well()
        return mac

    def test_it_is_the_same_at_every_start(self):
        mac = self.mac()
        self.assertEqual(self.mac(), mac)
        self.assertEqual(self.mac("--port", "7777", "--ip", "192.168.7.7/24"), mac)

    def test_each_interface_has_its_own(self):
        subprocess.run([TAP_TOOL, "up", "--address", "192.168.9.1/24", "tap9"], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "tap9"])
        self.assertNotEqual(self.mac(tap="tap9", address="192.168.9.2/24"), self.mac())

    def test_one_that_is_given(self):
        self.assertEqual(self.mac("--mac", "06:00:00:AB:cd:ef"), "06:00:00:ab:cd:ef")


class Mtu(Case):
    def test_no_packet_is_larger(self):
        self.check_packets("tap:tap0,plain")

    @unittest.skipIf(harness.PLAIN, "nothing is cut")
    def test_no_packet_is_larger_once_it_is_cut(self):
        self.check_packets("tap:tap0")

    def check_packets(self, net):
        lwchatd = self.server("--mtu", "576", "--rate", "0", net=net)
        wire = self.start(OffloadedWire())
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.send(f"{'x' * 1000}\n" * 50)
        self.together(alice, bob)
        packets = list(wire.packets())
        self.assertEqual(max(len(packet) for packet, _ in packets) > 576, not net.endswith("plain"))
        self.assertEqual(max(length for _, length in packets), 576)
        answers = [p for p, _ in packets if p[33] & 0x12 == 0x12]
        self.assertTrue(answers)
        for packet in answers:  # each SYN-ACK announces MSS 536
            self.assertIn(b"\x02\x04" + struct.pack("!H", 536), packet[40:])


class Privileges(Case):
    def test_own_interface_needs_none(self):
        subprocess.run([TAP_TOOL, "up", "--address", "192.168.9.1/24", "tap9"], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "tap9"])
        lwchatd = self.server("--ip", "192.168.9.2/24", net="tap:tap9", kind=Unprivileged)
        self.person(lwchatd, "alice")


class Unprivileged(harness.Server):
    COMMAND = ("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", LWCHATD)


class OneBridge(Case):
    def test_two_servers_and_a_client_board(self):
        taps = ["tap3", "tap4", "tap5"]
        subprocess.run([TAP_TOOL, "up", "--bridge", "br3", "--address", "192.168.8.1/24", *taps],
                       check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "--bridge", "br3", *taps])
        first = self.server("--ip", "192.168.8.2/24", net="tap:tap3")
        second = self.server("--ip", "192.168.8.3/24", net="tap:tap4")
        people = [self.person(first, "alice"), self.person(first, "bob"), self.person(second, "carol")]
        people[0].say("hello")
        people[1].hears("alice> hello")
        wire = self.start(Wire("br3"))
        macs = {wire.who_has(address, "192.168.8.1") for address in ("192.168.8.2", "192.168.8.3")}
        self.assertEqual(len(macs), 2)
        self.assertNotIn(None, macs)
        # lwIP talks to lwIP: the client on a TAP of its own.
        client = self.process(harness.LWCHAT, "--net", "tap:tap5", "--ip", "192.168.8.4/24", "--nick",
                              "dave", "192.168.8.3")
        client.out.expect("Connected to 192.168.8.3 port 50000.")
        people[2].hears("*** guest2 is now dave")
        client.send("hello carol\n")
        people[2].hears("dave> hello carol")


class Neighbours(Case):
    """Many people, each with their own address: the server does not repeat ARP requests for a known one."""

    PEOPLE = 300
    TALKERS = 5

    def setUp(self):
        self.lwchatd = self.server("--rate", "0", "--quiet", *neighbourhood("tap0", 7), net="tap:tap0")
        self.mac = self.start(Wire()).who_has(self.lwchatd.host, "10.7.0.1")
        addresses = crowd.neighbours(self.lwchatd.address, 0, self.PEOPLE)
        self.people = [self.start(one) for one in crowd.connect_all(self.lwchatd.address, self.PEOPLE, addresses)]
        self.everybody_hears("hello")
        self.eventually(lambda: self.lwchatd.pools().get("ARP_QUEUE", 0) == 0)
        self.questions = self.start(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ARP)))
        self.questions.bind(("tap0", ARP))
        self.questions.setblocking(False)
        self.asked = set()

    def everybody_hears(self, words):
        for number, talker in enumerate(self.people[: self.TALKERS]):
            line = f"{words} {number}".encode()
            talker.send(line + b"\n")
            for person in self.people:
                if person is not talker:
                    person.settimeout(harness.SOON)
                    heard = b""
                    while b"> " + line + b"\n" not in heard:
                        heard += person.recv(65536)

    def asked_for(self):
        """The addresses for which the server has sent ARP requests."""
        while True:
            try:
                frame, address = self.questions.recvfrom(2048)
            except BlockingIOError:
                return self.asked
            if address[2] != socket.PACKET_OUTGOING and frame[20:22] == b"\0\1":
                self.asked.add(socket.inet_ntoa(frame[38:42]))

    def check_nobody_was_asked_for(self):
        self.assertEqual(self.asked_for() & {person.getsockname()[0] for person in self.people}, set())

    def test_they_talk(self):
        self.everybody_hears("again")
        self.check_nobody_was_asked_for()

    def test_each_has_something_wait_while_they_are_asked_for(self):
        """As if all had been silent for so long that their ARP entries have expired."""
        wire = self.start(Wire())
        for number in range(1, 101):
            wire.send(crowd.tcp_frame(self.mac, wire.mac, bytes([10, 7, 64, number]), bytes([10, 7, 0, 2]),
                                      (40000, harness.PORT), 1, 0, crowd.SYN, options=crowd.MSS_1460))
        self.eventually(lambda: len(self.asked_for()) == 100)
        if "HEAP" in (pools := self.lwchatd.pools()):  # not in a build with sanitizers, which has no pools
            self.assertEqual(pools["ARP_QUEUE"], 100)

    def test_they_talk_while_many_are_asked_for_who_are_not_there(self):
        pings = self.start(crowd.Side(functools.update_wrapper(
            lambda tell: crowd.ping(tell, "tap0", "10.7.64.0/18", self.mac, self.lwchatd.address, 1000), crowd.ping)))
        # More than lwIP has room for; it repeats each request for 5 s.
        self.eventually(lambda: len(self.asked_for()) > 1500, what="the flood")
        self.everybody_hears("again")
        pings.kill()
        self.check_nobody_was_asked_for()


class Frames(Case):
    def setUp(self):
        self.lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        self.wire = self.start(Wire())
        self.alice, self.bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        self.mac = self.wire.who_has(harness.SERVER_ON_TAP)

    def tearDown(self):
        self.alice.say("still here")
        self.bob.hears("alice> still here")
        self.assertEqual(self.wire.who_has(harness.SERVER_ON_TAP), self.mac)

    def send_ipv4(self, packet):
        self.wire.send(self.mac + self.wire.mac + struct.pack("!H", IPV4) + packet)

    def test_arp(self):
        self.assertEqual(self.mac[0] & 3, 2)  # locally administered, unicast
        self.wire.ask_who_has("192.168.7.200")
        self.wire.ask_who_has(harness.SERVER_ON_TAP)
        payload, _ = self.wire.await_frame(lambda kind, payload: kind == ARP and payload[6:8] == b"\0\2")
        self.assertEqual(payload[14:18], socket.inet_aton(harness.SERVER_ON_TAP))

    def test_ping(self):
        subprocess.run(["busybox", "ping", "-c", "3", "-s", "1000", "-W", str(int(harness.SOON)), harness.SERVER_ON_TAP],
                       check=True, stdout=subprocess.DEVNULL)

    def test_too_short(self):
        for kind in (ARP, IPV4, IPV6, 0x88CC, 0x8100):
            for length in (0, 1, 7, 8, 19, 20, 27, 28, 39):
                for byte in (b"\0", b"\x45", b"\xff"):
                    self.wire.send(self.mac + self.wire.mac + struct.pack("!H", kind) + byte * length)

    def test_lengths_that_lie(self):
        for total in (0, 1, 19, 21, 60, 1500, 65535):
            for protocol in (ICMP, TCP, UDP):
                self.send_ipv4(ipv4(protocol, b"\x01" * 24, total=total or 1))
        for options in range(0x40, 0x50):
            self.send_ipv4(bytes([options]) + ipv4(TCP, b"\x01" * 40)[1:])

    def test_fragments(self):
        def echo(number):
            data = struct.pack("!BBHHH", 8, 0, 0, 1, number) + b"x" * 600
            return data[:2] + struct.pack("!H", checksum(data)) + data[4:]

        def answered():
            """The number of the next echo reply."""
            payload, _ = self.wire.await_frame(lambda kind, payload: kind == IPV4 and payload[9] == ICMP)
            return struct.unpack("!H", payload[26:28])[0]

        # A whole packet is answered; fragments are not, and no memory is kept for them.
        self.send_ipv4(ipv4(ICMP, echo(1)))
        self.assertEqual(answered(), 1)
        before = self.settled(self.lwchatd.pools)
        for _ in range(200):
            self.send_ipv4(ipv4(ICMP, echo(2)[:304], fragment=0x2000))
            self.send_ipv4(ipv4(ICMP, echo(2)[304:], fragment=304 // 8))
            self.send_ipv4(ipv4(TCP, b"\x01" * 64, fragment=0x2000))
        self.send_ipv4(ipv4(ICMP, echo(3)))
        self.assertEqual(answered(), 3)
        self.assertEqual(self.settled(self.lwchatd.pools), before)

    def test_segments_with_odd_options(self):
        for options in (b"\x02", b"\x02\x04", b"\x02\x00\x05\xb4", b"\x03\x03", b"\x08\x0a\x00", b"\xff" * 40,
                        b"\x01" * 39 + b"\x02", b"\x02\x28" + b"\x01" * 38, b""):
            options += b"\x01" * (-len(options) % 4)
            for port in (50000, 50001):
                for flags in (0x02, 0x12, 0x04, 0x3F, 0x00):
                    self.send_ipv4(ipv4(TCP, self.segment(port, flags, options)))
            self.send_ipv4(ipv4(TCP, self.segment(50000, 0x02, options, offset=15)))
            self.send_ipv4(ipv4(TCP, self.segment(50000, 0x02, options, offset=4)))

    def segment(self, port, flags, options, offset=None):
        offset = offset or 5 + len(options) // 4
        header = struct.pack("!HHIIBBHHH", random.randrange(1024, 65536), port, 1, 1, offset << 4, flags,
                             8192, 0, 0) + options
        pseudo = socket.inet_aton(harness.HOST_ON_TAP) + socket.inet_aton(harness.SERVER_ON_TAP) + \
            struct.pack("!HH", TCP, len(header))
        return header[:16] + struct.pack("!H", checksum(pseudo + header)) + header[18:]

    def test_noise(self):
        seed = random.randrange(1 << 32)
        print(f"seed {seed}", end=" ")
        noise = random.Random(seed)
        for _ in range(5000):
            kind = noise.choice((ARP, IPV4, IPV4, IPV6, noise.randrange(65536)))
            body = noise.randbytes(noise.randrange(0, 1500))
            if kind == IPV4 and noise.random() < 0.8:
                body = ipv4(noise.choice((ICMP, TCP, UDP, 2)), body[:1400])
            to = noise.choice((self.mac, EVERYBODY, b"\x01\x00\x5e\x00\x00\x01"))
            # A stray ARP reply must not change the entry of this machine's own address.
            self.wire.send(to + b"\x02" + noise.randbytes(5) + struct.pack("!H", kind) + body)

    def test_longer_than_a_frame(self):
        ip("link", "set", "dev", "tap0", "mtu", "9000")
        self.addCleanup(ip, "link", "set", "dev", "tap0", "mtu", "1500")
        for length in (1500, 1501, 2000, 8986):
            self.send_ipv4(ipv4(UDP, b"x" * (length - 20)))

    def test_link_down_for_a_moment(self):
        ip("link", "set", "dev", "tap0", "down")
        self.alice.say("into the dark")
        self.lwchatd.operator("into the dark as well")
        self.lwchatd.errors.expect('the interface tap0 is down: bring it up with "ip link set tap0 up"\n')
        ip("link", "set", "dev", "tap0", "up")
        self.lwchatd.errors.expect("the interface tap0 is up\n")
        self.bob.hears("alice> into the dark")
        self.wire = self.start(Wire())  # the old one reports that the link was down


class Removed(Case):
    """An interface that is removed while it is in use."""

    @staticmethod
    def up():
        subprocess.run([TAP_TOOL, "up", "--address", "192.168.9.1/24", "tap9"], check=True)

    @staticmethod
    def down():
        subprocess.run([TAP_TOOL, "down", "tap9"], check=True)

    @staticmethod
    def exists():
        return "tap9" in (name for _, name in socket.if_nameindex())

    def setUp(self):
        self.up()
        self.addCleanup(lambda: self.exists() and self.down())

    def begin(self, *options, net="tap:tap9", **how):
        return self.server("--ip", "192.168.9.2/24", "--rate", "0", *options, net=net, errors=subprocess.PIPE, **how)

    def lose(self, server, within=", within 60 s"):
        self.down()
        server.errors.expect(f"the interface tap9 was removed: create it again{within}\n")

    def find(self, server):
        self.up()
        server.errors.expect("the interface tap9 is back\n")

    def check_comes_back(self, *options, net="tap:tap9"):
        server = self.begin(*options, net=net)
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for number in range(2):
            self.lose(server)
            alice.say(f"into the dark {number}")
            time.sleep(0.5)
            self.assertFalse(self.exists())  # the server must not create it
            self.find(server)
            bob.hears(f"alice> into the dark {number}", 20)
            bob.say(f"I hear you {number}")
            alice.hears(f"bob> I hear you {number}", 20)
            self.person(server)

    def test_it_comes_back(self):
        self.check_comes_back()

    def test_one_that_was_down(self):
        """An interface that was removed and comes back is not reported as up."""
        server = self.begin()
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        ip("link", "set", "dev", "tap9", "down")
        server.operator("into the dark")
        server.errors.expect('the interface tap9 is down: bring it up with "ip link set tap9 up"\n')
        self.lose(server)
        self.find(server)
        bob.hears("Marcel> into the dark", 20)
        self.assertNotIn(b"tap9 is up", server.errors.all())

    def test_a_plain_one_comes_back(self):
        self.check_comes_back(net="tap:tap9,plain")

    def test_one_with_faults_comes_back(self):
        self.check_comes_back("--fault", "delay=5")

    def test_it_comes_back_in_the_middle_of_a_talk(self):
        """With frames in flight in both directions; no line is lost."""
        server = self.begin("--quiet")
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        lines = [f"line {number:05} {'x' * 200}" for number in range(20000)]
        sender = threading.Thread(target=lambda: alice.send("".join(line + "\n" for line in lines)))
        sender.start()
        bob.out.expect("alice> line 00100 ")
        self.lose(server)
        self.find(server)
        bob.out.expect(f"alice> {lines[-1]}\n", 60)
        sender.join()
        heard = [line[7:] for line in bob.out.all().decode().splitlines() if line.startswith("alice> line ")]
        self.assertEqual(heard, lines)

    def test_after_a_large_frame(self):
        ipv6 = "/proc/sys/net/ipv6/conf/tap9/disable_ipv6"
        if os.path.exists(ipv6):
            with open(ipv6, "w") as disable:
                disable.write("1")  # otherwise it sends small frames now and then
        server = self.begin()
        person = self.person(server)
        # Blank lines, which are not answered; as many as fit in one large frame.
        person.socket.sendall(b"\n" * 7300)
        time.sleep(0.5)
        self.lose(server)
        self.comes_to_rest(server)

    def test_when_it_does_not_come_back_the_server_ends(self):
        server = self.start(harness.Server("--ip", "192.168.9.2/24", "--net-timeout", "1", net="tap:tap9",
                                           errors=subprocess.PIPE))
        self.person(server)
        self.lose(server, ", within 1 s")
        self.assertEqual(server.ends_within(10, harness.Stopwatch(server)), 1)
        self.assertEqual(server.errors.expect_end(), b"lwchatd: the network has been gone for 1 s: restore it and start "
                                                     b"again, or wait longer with --net-timeout\n")

    def test_it_may_be_away_for_ever(self):
        server = self.begin("--net-timeout", "0")
        alice = self.person(server, "alice")
        self.lose(server, "")
        server.operator("is anybody there?")
        time.sleep(2)
        self.assertTrue(server.running())
        self.find(server)
        alice.hears("Marcel> is anybody there?", 20)

    def test_it_ends_well_without_it(self):
        server = self.begin()
        self.person(server)
        self.lose(server)
        stopwatch = harness.Stopwatch(server)
        server.operator("/shutdown")
        self.assertEqual(server.ends_within(4, stopwatch), 0)

    def test_the_clients(self):
        # With its own MAC: by default it would have a TAP's, and change with it.
        ip("link", "add", "br9", "address", "02:00:00:00:09:01", "type", "bridge")
        self.addCleanup(ip, "link", "delete", "br9")
        ip("address", "flush", "dev", "tap9")
        ip("link", "set", "dev", "tap9", "master", "br9")
        subprocess.run([TAP_TOOL, "up", "--bridge", "br9", "--address", "192.168.9.1/24", "tap10"], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "tap10"])
        server = self.server("--ip", "192.168.9.2/24", net="tap:tap10")
        alice = self.person(server, "alice")
        client = self.process(harness.LWCHAT, "--net", "tap:tap9", "--ip", "192.168.9.3/24", "--nick", "dave",
                              "--net-timeout", "3", "192.168.9.2", errors=subprocess.PIPE)
        client.out.expect("*** You are now dave.")
        self.lose(client, ", within 3 s")
        client.send("are you there?\n")
        subprocess.run([TAP_TOOL, "up", "--bridge", "br9", "--address", "192.168.9.1/24", "tap9"], check=True)
        client.errors.expect("the interface tap9 is back\n")
        alice.hears("dave> are you there?", 20)
        self.lose(client, ", within 3 s")
        self.assertEqual(client.ends_within(10, harness.Stopwatch(client)), 1)
        *others, last = client.errors.expect_end().splitlines()
        # The server may not have acknowledged in time what alice has heard.
        stalled = b"Nothing gets through to 192.168.9.2 port 50000: what you typed waits."
        self.assertIn([line for line in others if line != stalled], ([], [b"Perhaps not delivered:", b"are you there?"]))
        self.assertTrue(last.startswith(b"lwchat: the network has been gone for 3 s: "))


if __name__ == "__main__":
    main()
