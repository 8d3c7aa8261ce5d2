"""The Linux port: how it comes up, what it says when it cannot, and crowds."""

import re
import subprocess
import time
import unittest

from harness import LWCHATD, SOON, Case, Person, main

# What senders that are not read can leave in the port's buffers: more than there are.
SENDERS = 450
SEGMENTS_EACH = 126


class Leases:
    """A DHCP server on the bridge."""

    def __init__(self):
        self._popen = subprocess.Popen(
            ["dnsmasq", "--no-daemon", "--no-ping", "--conf-file=/dev/null", "--port=0",
             "--interface=br0", "--bind-interfaces", "--dhcp-leasefile=/dev/null", "--user=root",
             "--pid-file=", "--dhcp-range=192.168.7.100,192.168.7.120,1h"],
            stderr=subprocess.PIPE)
        for line in self._popen.stderr:
            if b"DHCP, IP range" in line:
                return
        raise AssertionError("dnsmasq does not start")

    def close(self):
        self._popen.kill()
        self._popen.stderr.close()
        self._popen.wait()


class ComingUp(Case):
    def test_takes_a_lease_and_gives_it_back(self):
        self.start(Leases())
        server = self.server("--dhcp", net="tap:tap0")
        self.assertRegex(server.host, r"^192\.168\.7\.1[0-2]\d$")
        self.person(server, "alice")
        server.operator("/shutdown")
        self.assertEqual(server.wait(), 0)

    def test_takes_a_lease_of_the_user_mode_network(self):
        self.person(self.server("--dhcp"), "alice")

    def test_takes_the_address_it_is_given(self):
        server = self.server("--ip", "192.168.7.77/24", "--mtu", "600", net="tap:tap0")
        self.assertEqual(server.host, "192.168.7.77")
        alice = self.person(server, "alice")
        bob = self.person(server, "bob")
        alice.say("x" * 1024)
        bob.hears("alice> " + "x" * 1024)

    def test_two_at_once_differ(self):
        first = self.server(net="tap:tap0")
        second = self.server("--ip", "192.168.7.9/24", net="tap:tap1")
        for server in (first, second):
            self.person(server)
        neighbours = subprocess.check_output(["ip", "neigh", "show", "dev", "br0"], text=True)
        stations = dict(re.findall(r"^(\S+) .*lladdr (\S+)", neighbours, re.MULTILINE))
        self.assertNotEqual(stations[first.host], stations[second.host])
        # One station's, and locally administered.
        for station in stations.values():
            self.assertEqual(int(station[:2], 16) & 3, 2)


class CannotRun(Case):
    def refused(self, *arguments, within=SOON):
        """Runs lwchatd, which should end with 1 and one line; returns the line."""
        process = self.process(*arguments)
        self.assertEqual(process.wait(within), 1)
        said = process.out.expect_end().decode()
        self.assertEqual(said.count("\n"), 1, said)
        return said

    def test_no_lease(self):
        began = time.monotonic()
        said = self.refused(LWCHATD, "--net", "tap:tap0", "--dhcp", within=15)
        self.assertIn("--ip", said)
        self.assertLess(time.monotonic() - began, 12)

    def test_interface_in_use(self):
        self.server(net="tap:tap0")
        self.assertIn("tap0 is in use", self.refused(LWCHATD, "--net", "tap:tap0"))

    def test_no_permission(self):
        said = self.refused("unshare", "-Un", LWCHATD, "--net", "tap:tap9")
        self.assertIn("tools/tap up tap9", said)

    def test_no_tap_interface(self):
        process = self.process(LWCHATD, "--net", "tap:br0")
        self.assertEqual(process.wait(), 2)

    def test_port_in_use(self):
        self.server()
        self.assertIn("127.0.0.1 is in use", self.refused(LWCHATD))

    def test_another_port_of_the_host(self):
        self.server()
        server = self.server(net="user:127.0.0.1:50001")
        self.assertEqual(server.port, 50001)
        self.person(server)


class Crowds(Case):
    def test_many_connect_at_once_to_the_user_mode_network(self):
        """libslirp lets one wait: the others were reset."""
        server = self.server()
        crowd = [self.start(Person(server.address)) for _ in range(60)]
        for person in crowd:
            person.named(None)

    def test_senders_that_are_not_read_harm_nobody(self):
        """Their data stays in the port's buffers; a line of somebody else still arrives."""
        server = self.server("--quiet", "--rate", "4", net="tap:tap0")
        alice = self.person(server, "alice")
        bob = self.person(server, "bob")
        alice.say("/join #calm")
        alice.out.expect("*** You are in #calm.")
        bob.say("/join #calm")
        bob.out.expect("*** You are in #calm.")

        senders = [self.start(Person(server.address)) for _ in range(SENDERS)]
        for sender in senders:
            sender.socket.setblocking(False)
        worst = 0.0
        for number in range(SEGMENTS_EACH):
            for sender in senders:
                try:
                    sender.socket.send(b"/msg nobody is there to hear it\n")
                except BlockingIOError:
                    pass
            if number % 25 == 0:
                began = time.monotonic()
                alice.say(f"calm {number}")
                bob.hears(f"alice> calm {number}", within=SOON)
                worst = max(worst, time.monotonic() - began)
        held = server.pools()
        print(f"\n  {held['RECEIVE_SMALL']} + {held['RECEIVE_LARGE']} frames unread, "
              f"a calm line took {worst * 1000:.0f} ms at most")
        if "HEAP" in held:  # not in a build for sanitizers, which takes all from malloc
            self.assertGreater(held["RECEIVE_SMALL"], 30000)
        alice.say("still here")
        bob.hears("alice> still here", within=2)


if __name__ == "__main__":
    main(taps=("tap0", "tap1"), bridge="br0")
