#!/usr/bin/env python3
"""Found by name: the server's names on its link, and its address where no DHCP server answers."""

import os
import re
import socket
import struct
import subprocess

import harness
from desktop import Desktop
from harness import LWCHATD, SOON, Case, Person, ip, main
from mdns import A, AAAA, PTR, SRV, TXT, Querier
from test_tap import ARP, EVERYBODY, IPV4, TAP_TOOL, Leases, Wire

CHAT, PAGE = "_lwchat._tcp.local", "_http._tcp.local"
FAULT = "drop=10,dup=20,reorder=5,corrupt=5,delay=20+-20,seed=7"


class LinkLocal(Leases):
    """Addresses of RFC 3927, where no DHCP server answers."""

    def setUp(self):
        self.wire = self.start(Wire())

    def arp(self, *wanted):
        """The next ARP packet with these operation, sender and target."""
        return self.wire.await_frame(lambda kind, packet: kind == ARP and wanted == (
            packet[7], socket.inet_ntoa(packet[14:18]), socket.inet_ntoa(packet[24:28])))

    def uses(self, address):
        """Another machine sends an ARP request from this address."""
        mac = b"\2\0\0\0\7\x77"
        self.wire.send(EVERYBODY + mac + struct.pack("!HHHBBH", ARP, 1, IPV4, 6, 4, 1) + mac +
                       socket.inet_aton(address) + b"\0" * 6 + socket.inet_aton("169.254.1.1"))

    def test_no_lease_conflict_lease(self):
        lwchatd = self.process(LWCHATD, "--net", "tap:tap0", "--dhcp", errors=subprocess.PIPE)
        # Somebody has the first that it tries.
        packet, _ = self.wire.await_frame(lambda kind, packet: kind == ARP and packet[14:18] == b"\0" * 4)
        taken = socket.inet_ntoa(packet[24:28])
        self.assertRegex(taken, r"^169\.254\.")
        self.uses(taken)
        packet, _ = self.wire.await_frame(lambda kind, packet: kind == ARP and packet[14:18] == b"\0" * 4 and
                                          packet[24:28] != socket.inet_aton(taken))
        address = socket.inet_ntoa(packet[24:28])
        for _ in range(2):
            self.arp(1, "0.0.0.0", address)
        for _ in range(2):
            self.arp(1, address, address)
        lwchatd.out.expect(f"Server ready on {address} port 50000.")
        # All ARP packets are broadcast; a peer with a routable address is answered.
        self.wire.ask_who_has(address)
        for to, _, kind, packet in self.wire.frames():
            if kind == ARP and packet[7] == 2:
                self.assertEqual(to, EVERYBODY)
                break
        alice = self.start(Person((address, harness.PORT))).named("alice")
        bob = self.start(Person((address, harness.PORT), source="192.168.7.1")).named("bob")
        bob.say("hello")
        alice.hears("bob> hello")
        # It is defended once, then given up.
        self.uses(address)
        self.arp(1, address, address)
        lwchatd.errors.expect(f"02:00:00:00:07:77 also uses our address {address}\n")
        self.uses(address)
        alice.out.expect("*** this server is moving to 169.254.")
        lwchatd.errors.expect("the address is now 169.254.")
        address = "169.254." + lwchatd.errors.expect("\n").decode()
        alice = self.start(Person((address, harness.PORT))).named("alice")
        with self.leases("192.168.7.50,192.168.7.59"):
            lwchatd.send("/ip auto\n")
            alice.out.expect("*** this server is moving to 192.168.7.5")
            lwchatd.errors.expect("the address is now 192.168.7.5")
            lwchatd.errors.expect(", leased from 192.168.7.1\n")
        lwchatd.send("/shutdown\n")
        self.assertEqual(lwchatd.wait(), 0)

    def test_on_a_bad_wire(self):
        lwchatd = self.process(LWCHATD, "--net", "tap:tap0", "--dhcp", "--fault", FAULT)
        lwchatd.out.expect("Server ready on 169.254.")
        address = "169.254." + lwchatd.out.expect(" port ").decode()
        alice = self.start(Person((address, harness.PORT))).named("alice")
        alice.say("fin")
        alice.out.expect_end()

    def test_a_lease_comes_while_it_probes(self):
        lwchatd = self.process(LWCHATD, "--net", "tap:tap0", "--dhcp")
        self.wire.await_frame(lambda kind, packet: kind == ARP and packet[14:18] == b"\0" * 4)
        with self.leases("192.168.7.50,192.168.7.59"):
            lwchatd.out.expect("Server ready on 192.168.7.5")
            lwchatd.send("/shutdown\n")
            self.assertEqual(lwchatd.wait(), 0)


class Names(Case):
    def querier(self, *interface):
        return self.start(Querier(*interface))

    def test_they_are_found(self):
        querier = self.querier()
        lwchatd = self.server("--name", "Ada", net="tap:tap0", errors=subprocess.PIPE)
        self.assertEqual(querier.ask("lwchat.local", A).data, "192.168.7.2")
        self.assertEqual(querier.ask(CHAT, PTR).data, "Ada." + CHAT)
        self.assertEqual(querier.ask("Ada." + CHAT, SRV).data, (50000, "lwchat.local"))
        self.assertEqual(querier.ask("Ada." + CHAT, TXT).data, ["name=Ada", "people=0"])
        self.assertEqual(querier.ask("Ada." + PAGE, SRV).data, (80, "lwchat.local"))
        self.assertEqual(querier.ask("Ada." + PAGE, TXT).data, ["name=Ada", "people=0", "path=/"])
        self.assertEqual(querier.ask("2.7.168.192.in-addr.arpa", PTR).data, "lwchat.local")
        self.assertEqual(querier.ask("lwchat.local", AAAA).data[:2], b"\xfe\x80")
        alice = self.person(lwchatd, "alice")
        querier.hear(lambda record: record.type == TXT and "people=1" in record.data)
        lwchatd.operator("/ip 192.168.7.77/24")
        querier.hear(lambda record: record.type == A and record.data == "192.168.7.77")
        ip("link", "set", "tap0", "down")
        lwchatd.errors.expect("tap0 is down")
        querier.skip()
        ip("link", "set", "tap0", "up")
        querier.rejoin()
        querier.hear(lambda record: record.type == A and record.data == "192.168.7.77")
        for line in lwchatd.stats():
            if "SYS_TIMEOUT" in line:  # without a free one lwIP would never answer again
                most, of = map(int, re.search(r"most (\d+), of (\d+)", line).groups())
                self.assertLess(most, of)
        # At the end it says goodbye, and nobody finds it any more.
        lwchatd.operator("/shutdown")
        gone = querier.hear(lambda record: record.ttl == 0, together=True)
        self.assertEqual({(record.name, record.type) for record in gone}, {
            ("lwchat.local", A), ("lwchat.local", AAAA), *((kind, PTR) for kind in (CHAT, PAGE)),
            *(("Ada." + kind, type_) for kind in (CHAT, PAGE) for type_ in (SRV, TXT))})
        self.assertEqual(lwchatd.wait(), 0)
        del alice

    def answer_to_page(self, server, host):
        """The status of the response to the WebSocket of a page with this host."""
        person = self.start(Person(server.address))
        person.out = harness.Stream(lambda: socket.socket.recv(person.socket, 65536), "page")
        person.send(f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        person.out.expect("HTTP/1.1 ")
        return int(person.out.expect(" "))

    def test_a_host_name(self):
        querier = self.querier()
        server = self.server("--hostname", "Kitchen-1", net="tap:tap0")
        record = querier.ask("kitchen-1.local", A)
        self.assertEqual((record.name, record.data), ("Kitchen-1.local", "192.168.7.2"))
        hosts = ("kitchen-1.local", "Kitchen-1.local:50000", "lwchat.local", "kitchen-1", "kitchen-1.example")
        self.assertEqual([self.answer_to_page(server, host) for host in hosts], [101, 101, 403, 403, 403])

    def test_on_a_bad_wire(self):
        querier = self.querier()
        lwchatd = self.server("--fault", FAULT, net="tap:tap0")
        self.assertEqual(querier.ask(CHAT, PTR).data, "Marcel." + CHAT)
        self.assertEqual(querier.ask("Marcel." + CHAT, SRV).data, (50000, "lwchat.local"))
        self.assertEqual(querier.ask("lwchat.local", A).data, "192.168.7.2")
        self.assertEqual(querier.ask("Marcel." + CHAT, TXT).data, ["name=Marcel", "people=0"])
        lwchatd.end_well()

    def test_two_servers_with_one_name(self):
        taps = ["tap6", "tap7"]
        subprocess.run([TAP_TOOL, "up", "--bridge", "br6", "--address", "192.168.8.1/24", *taps], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", "--bridge", "br6", *taps], check=True)
        querier = self.querier("br6", "192.168.8.1")
        first = self.server("--ip", "192.168.8.2/24", net="tap:tap6", errors=subprocess.PIPE)
        self.assertEqual(querier.ask("lwchat.local", A).data, "192.168.8.2")
        second = self.server("--ip", "192.168.8.3/24", net="tap:tap7", errors=subprocess.PIPE)
        second.errors.expect("lwchat.local is taken: this server is lwchat-2.local\n")
        self.assertEqual(querier.ask("lwchat-2.local", A).data, "192.168.8.3")
        hosts = ("lwchat.local", "lwchat-2.local")
        self.assertEqual([[self.answer_to_page(server, host) for host in hosts] for server in (first, second)],
                         [[101, 403], [403, 101]])
        self.assertEqual(querier.ask("Marcel (2)." + CHAT, SRV).data, (50000, "lwchat-2.local"))
        self.assertEqual(querier.ask("Marcel." + CHAT, SRV).data, (50000, "lwchat.local"))
        self.assertEqual(querier.ask("lwchat.local", A).data, "192.168.8.2")
        self.assertNotIn(b"is taken", first.errors.all())

    def test_junk(self):
        """3,000 packets of it, and some that would be parsed for long, do not keep it from answering."""
        querier = self.querier()
        lwchatd = self.server(net="tap:tap0")
        querier.ask("lwchat.local", A)
        before_s, _ = lwchatd.work()
        querier.junk(3000)
        self.assertEqual(querier.ask(CHAT, PTR).data, "Marcel." + CHAT)
        self.assertLess(lwchatd.work()[0] - before_s, 20 if os.environ.get("LWCHAT_SANITIZE") else 3)
        self.person(lwchatd, "alice")

    def test_it_is_not_on_the_user_mode_network(self):
        pools = [server.pools() for server in (self.server("--hostname", "kitchen"), self.server(net="tap:tap0"))]
        if "UDP_PCB" in pools[0]:  # not in a build with sanitizers, which has no pools
            self.assertEqual([pool["UDP_PCB"] for pool in pools], [0, 1])


class Avahi(Desktop):
    """The machine's own resolver finds the server, as on a desktop."""

    def test_it(self):
        lwchatd = self.server("--name", "Ada", net="tap:tap0")
        self.person(lwchatd, "alice")

        def looks_up():
            done = subprocess.run(self.inside("getent", "hosts", "lwchat.local"), capture_output=True, text=True,
                                  timeout=SOON)
            return done.stdout.split() == ["192.168.7.2", "lwchat.local"]

        self.eventually(looks_up)
        browse = subprocess.run(self.inside("avahi-browse", "-rptk", "_lwchat._tcp"), capture_output=True, text=True,
                                timeout=SOON)
        self.assertRegex(browse.stdout, r"(?m)^=;tap0;IPv4;Ada;_lwchat._tcp;local;lwchat\.local;(192\.168\.7\.2|fe80::[0-9a-f:]+);50000;"
                                        r'"people=\d" "name=Ada"$')
        person = self.process(*self.inside("nc", "lwchat.local", "50000"), who="server")
        person.out.expect("You are connected to server Ada. Send your messages.\n")
        watch = self.process(*self.inside("avahi-browse", "-pk", "_http._tcp"))
        watch.out.expect("+;tap0;IPv4;Ada;_http._tcp;local\n")
        lwchatd.operator("/shutdown")
        watch.out.expect("-;tap0;IPv4;Ada;_http._tcp;local\n")
        self.assertEqual(lwchatd.wait(), 0)


if __name__ == "__main__":
    main()
