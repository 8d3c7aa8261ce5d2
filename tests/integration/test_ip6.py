#!/usr/bin/env python3
"""IPv6: link-local addresses, those of a router's prefix and --ip6, on a TAP; ::1 on the user-mode network."""

import os
import socket
import struct
import subprocess
import tempfile
import threading

import harness
from harness import LWCHAT, Case, Person, ip, main

HOST, SERVER, OTHER = "fd00:7::1", "fd00:7::2", "fd00:7:0:1::1"
LINK_LOCAL = "fe80::7:1"
ROUTED = "2001:db8:7::"
FAULT = "drop=5,dup=5,reorder=5,corrupt=1,seed=6"


class Router:
    """Announces itself and the network 2001:db8:7::/64 on tap0, until it is closed."""

    def __init__(self, lifetime_s=1800):
        self.socket = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex("tap0"))
        prefix = struct.pack("!BBBBIII16s", 3, 4, 64, 0xC0, 3600, 3600, 0, socket.inet_pton(socket.AF_INET6, ROUTED))
        self.message = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, lifetime_s, 0, 0) + prefix
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._closed.wait(0.2):
            self.socket.sendto(self.message, ("ff02::1", 0, 0, socket.if_nametoindex("tap0")))

    def close(self):
        self._closed.set()
        self._thread.join()
        self.socket.close()


def start_radvd(case):
    """The same by radvd, at the intervals that it allows; it answers who asks for a router at once."""
    folder = tempfile.TemporaryDirectory()
    case.addCleanup(folder.cleanup)
    config = os.path.join(folder.name, "radvd.conf")
    with open(config, "w") as file:
        file.write("interface tap0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;\n"
                   f"prefix {ROUTED}/64 {{ AdvValidLifetime 3600; AdvPreferredLifetime 3600; }}; }};\n")
    return case.process("radvd", "--nodaemon", "--logmethod", "stderr", "--config", config,
                        "--pidfile", os.path.join(folder.name, "pid"))


def has_address(address):
    """Adds an address of this machine on tap0, usable at once."""
    ip("-6", "address", "replace", f"{address}/64", "dev", "tap0", "nodad")


class OnTap(Case):
    def setUp(self):
        has_address(HOST)
        has_address(LINK_LOCAL)

    def server6(self, *options, net="tap:tap0", **how):
        lwchatd = self.server("--ip6", SERVER, *options, net=net, **how)
        lwchatd.out.expect(f"Server ready on {SERVER} port 50000.\n")
        return lwchatd

    def person6(self, nick, source=HOST, to=SERVER):
        return self.start(Person((to, 50000), source=source)).named(nick)

    def test_who_comes_over_both(self):
        lwchatd = self.server6()
        alice = self.person6("alice")
        bob = self.person(lwchatd, "bob")
        nc = self.process("nc", "-6", "-s", HOST, SERVER, "50000", who="server")
        nc.out.expect("leaves.\n")
        nc.send("hello\n")
        alice.out.expect("> hello\n")
        bob.out.expect("> hello\n")
        alice.say("hello bob")
        bob.hears("alice> hello bob")
        bob.say("hello alice")
        alice.hears("bob> hello alice")
        lwchatd.operator("/who")
        lwchatd.out.expect(f"*** alice in #lobby, address {HOST}, port {alice.port}, number ")
        lwchatd.out.expect(f"*** bob in #lobby, address {harness.HOST_ON_TAP}, port {bob.port}, number ")
        lwchatd.operator(f"/kick [{HOST}]:{alice.port} bye")
        alice.out.expect_end()
        lwchatd.operator(f"/kick {harness.HOST_ON_TAP}:{bob.port}")
        bob.out.expect_end()
        lwchatd.operator("/kick fd00:7:0::0001")
        lwchatd.out.expect("*** disconnected: fd00:7:0::0001\n")
        nc.out.expect("fin\n")

    def test_link_local_and_routed(self):
        lwchatd = self.server(net="tap:tap0")
        router = start_radvd(self)
        lwchatd.out.expect("Server ready on 2001:db8:7:")
        routed = "2001:db8:7:" + lwchatd.out.expect(" port 50000.\n").decode()
        lwchatd.operator("/ip")
        lwchatd.out.expect("*** the address is fe80::")
        own = "fe80::" + lwchatd.out.expect("/64\n").decode()
        lwchatd.out.expect(f"*** the address is {routed}/64\n")
        alice = self.start(Person((own, 50000, 0, socket.if_nametoindex("tap0")))).named("alice")
        link_local = alice.socket.getsockname()[0].split("%")[0]
        has_address(ROUTED + "1")
        bob = self.person6("bob", ROUTED + "1", routed)
        alice.say("hello")
        bob.hears("alice> hello")
        lwchatd.operator("/who")
        lwchatd.out.expect(f"*** alice in #lobby, address {link_local}, port")
        lwchatd.out.expect(f"*** bob in #lobby, address {ROUTED}1, port")
        # A router is the way to whoever is not on the link.
        has_address(OTHER)
        carol = self.person6("carol", OTHER, routed)
        carol.say("from afar")
        bob.hears("carol> from afar")
        router.kill()
        lwchatd.operator(f"/ban {link_local}%tap0")
        lwchatd.out.expect(f"*** {link_local} is banned")
        alice.out.expect_end()
        bob.say("still here")
        carol.hears("bob> still here")

    def test_bans_and_limits_are_for_a_64(self):
        lwchatd = self.server6("--per-address", "2")
        router = self.start(Router())
        lwchatd.out.expect("Server ready on 2001:db8:7:")
        has_address(OTHER)
        has_address("fd00:7::11")
        first, second = self.person6("first"), self.person6("second", "fd00:7::11")
        third = self.start(Person((SERVER, 50000), source=HOST)).listen()
        third.out.expect("!!! too many connections from your address (2 at most)")
        third.out.expect_end()
        other = self.person6("other", OTHER)
        lwchatd.operator(f"/ban {HOST}")
        lwchatd.out.expect("*** fd00:7::/64 is banned")
        first.out.expect_end()
        second.out.expect_end()
        banned = self.start(Person((SERVER, 50000), source="fd00:7::11")).listen()
        banned.out.expect("!!! you are banned")
        lwchatd.operator("/bans")
        lwchatd.out.expect("fd00:7::/64\n")
        lwchatd.operator(f"/unban {HOST}")
        lwchatd.out.expect("fd00:7::/64")
        self.person6("again")
        lwchatd.operator(f"/ban {OTHER}/128")
        lwchatd.out.expect(f"*** {OTHER} is banned")
        other.out.expect_end()
        lwchatd.operator(f"/ban {HOST}/129")
        lwchatd.out.expect("is not an address")
        router.close()

    def test_address_on_the_console(self):
        lwchatd = self.server(net="tap:tap0", errors=subprocess.PIPE)
        lwchatd.operator("/ip fd00:7::9/64")
        lwchatd.out.expect("*** the address is now fd00:7::9/64\n")
        lwchatd.out.expect("Server ready on fd00:7::9 port 50000.\n")
        self.person6("alice", to="fd00:7::9")
        for bad in ("fd00:7::9/48", "fe80::9", "ff02::1", "::1", "::", "::ffff:1.2.3.4", "fd00:7::12345", "fd00:7::2xyz", "fd00:7::9 fd00:7::1"):
            lwchatd.operator("/ip " + bad)
            lwchatd.out.expect("cannot be set")
        # Another machine has it.
        lwchatd.operator(f"/ip {HOST}")
        lwchatd.errors.expect("the IPv6 address is taken by another machine: give a free one with /ip\n")

    def test_client(self):
        listener = socket.create_server(("::", 50009), family=socket.AF_INET6)
        self.addCleanup(listener.close)
        for host in (f"[{HOST}]:50009", f"{HOST} 50009", f"{LINK_LOCAL}%tap0 50009"):
            lwchat = self.process(LWCHAT, "--net", "tap:tap0", "--ip6", "fd00:7::3", *host.split(), who=None)
            listener.settimeout(harness.SOON)
            peer, address = listener.accept()
            with peer:
                self.assertTrue(address[0].startswith("fe80::" if "%" in host else "fd00:7::3"), address)
                peer.sendall(b"hello\n")
                lwchat.out.expect("hello\n")
            lwchat.wait()
            lwchat.kill()

    def test_over_a_bad_wire(self):
        lwchatd = self.server6("--fault", FAULT, "--rate", "0")
        alice, bob = self.person6("alice"), self.person6("bob")
        for number in range(200):
            alice.say(f"line {number}")
        for number in range(200):
            bob.hears(f"alice> line {number}")
        bob.say("all there")
        alice.hears("bob> all there")


class OnThisMachine(Case):
    def test_localhost(self):
        lwchatd = self.server()
        here = [self.start(Person((address, 50000))).named(nick)
                for address, nick in (("::1", "six"), ("127.0.0.1", "four"))]
        client = self.process(LWCHAT, "::1")
        client.out.expect("leaves.\n")
        client.send("hello\n")
        for person in here:
            person.out.expect("> hello\n")
        lwchatd.operator("/who")
        lwchatd.out.expect(f"*** six in #lobby, address fd6c:7763:6861::2, port {here[0].port}")
        # Everybody here has that address.
        lwchatd.operator("/ban fd6c:7763:6861::2")
        lwchatd.out.expect("!!! not banned")
        lwchatd.operator(f"/kick [fd6c:7763:6861::2]:{here[0].port}")
        here[0].out.expect_end()
        here[1].say("fin")
        here[1].out.expect_end()
        client.end_input()
        self.assertEqual(client.wait(), 0)

    def test_port_of_another_program(self):
        with socket.create_server(("::1", 50000), family=socket.AF_INET6):
            lwchatd = self.process(harness.LWCHATD, "--http", "0", "--irc", "0", errors=subprocess.PIPE)
            lwchatd.errors.expect("port 50000 of ::1 is in use")
            self.assertEqual(lwchatd.wait(), 1)

    def test_without_ipv6(self):
        with open("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "w") as file:
            file.write("1")
        try:
            lwchatd = self.server()
            self.person(lwchatd, "alice")
        finally:
            with open("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "w") as file:
                file.write("0")


if __name__ == "__main__":
    main()
