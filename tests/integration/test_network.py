"""The Linux port: what --verbose reports, which port of the host it uses, and crowds."""

import itertools
import os
import pathlib
import re
import resource
import socket
import subprocess
import time

from harness import LWCHAT, LWCHATD, PLAIN, SOON, Case, Person, Stopwatch, ip, main, neighbour, neighbourhood

# Together these senders could fill more than all the port's buffers while they are not read.
SENDERS = 450
SEGMENTS_EACH = 126


class Verbose(Case):
    def told(self, *options, **how):
        """The output of --verbose, by the first word of each line."""
        server = self.server("--verbose", *options, errors=subprocess.PIPE, **how)
        server.errors.expect("\nmemory: ")
        server.errors.expect("\n")
        server.end_well()
        return dict(line.split(": ", 1) for line in server.errors.all().decode().splitlines())

    def test_on_a_tap(self):
        self.assertEqual(self.told(net="tap:tap0,plain")["network"], "TAP interface tap0, plain")
        told = self.told("--mtu", "1400", net="tap:tap0")
        how = "plain" if PLAIN else "with offloads"
        self.assertEqual(told["network"], f"TAP interface tap0, {how}")
        self.assertRegex(told["station"], r"^.[26ae](:[0-9a-f]{2}){5}$")
        self.assertEqual(told["address"], "192.168.7.2/24")
        self.assertEqual(told["gateway"], "192.168.7.1")
        self.assertEqual(told["mtu"], "1400 bytes")
        self.assertIn("connections", told["room"])
        self.assertNotIn("lease", told)

    def test_on_the_user_mode_network(self):
        told = self.told("--dhcp")
        self.assertIn("user-mode", told["network"])
        self.assertEqual(told["forwarded"], "127.0.0.1 port 50000")
        self.assertEqual(told["address"], "10.0.2.15/24")
        self.assertRegex(told["lease"], r"^\d+ s from 10.0.2.2$")

    def test_else_it_is_silent(self):
        server = self.server(errors=subprocess.PIPE)
        self.person(server)
        self.assertEqual(server.errors.all(), b"")


class HostPorts(Case):
    def test_another_port_of_the_host(self):
        self.server()
        server = self.server(net="user:127.0.0.1:50001")
        self.assertEqual(server.port, 50001)
        self.person(server)

    def test_a_port_that_is_taken(self):
        self.server(net="user:127.0.0.1:50001")
        for options, advice in ((["--net", "user:127.0.0.1:50001"], "--net user:ADDR:PORT"),
                                (["--port", "50001"], "--port")):
            done = subprocess.run([LWCHATD, *options], capture_output=True, text=True, timeout=SOON)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, "lwchatd: port 50001 of 127.0.0.1 is in use: stop the program "
                                          f"that has it, or choose another port with {advice}\n")


class UserModeAddresses(Case):
    """A server that says it is ready can be reached."""

    def refuses(self, *options):
        done = subprocess.run([LWCHATD, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SOON)
        self.assertRegex(done.stderr, r"\Alwchatd: [^\n]*\n\Z")
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def test_addresses_where_people_get_in(self):
        for address in ("10.0.2.1/24", "10.0.2.4/24", "10.0.2.15/24", "10.0.2.254/24"):
            with self.subTest(address):
                server = self.server("--ip", address)
                self.person(server)
                server.end_well()

    def test_addresses_where_nobody_would(self):
        for address, why in (("10.0.2.2/24", "10.0.2.2 is the router"), ("10.0.2.3/24", "10.0.2.3 is the name server"),
                             ("10.0.3.15/24", "10.0.2.0/24"), ("10.0.2.15/8", "10.0.2.0/24"),
                             ("10.0.2.15/16", "10.0.2.0/24"), ("10.0.2.20/28", "10.0.2.0/24"),
                             ("10.0.2.15/32", "10.0.2.0/24"), ("10.0.2.0/24", "a host can have"),
                             ("10.0.2.255/24", "a host can have")):
            with self.subTest(address):
                code, line = self.refuses("--ip", address)
                self.assertEqual(code, 2)
                self.assertIn(why, line)

    def test_another_router(self):
        """Even the existing router is refused, since naming it would change nothing."""
        for address in ("10.0.2.9", "10.0.2.2"):
            code, line = self.refuses("--gateway", address)
            self.assertEqual(code, 2)
            self.assertIn("leave --gateway out", line)

    def test_the_client_too(self):
        done = subprocess.run([LWCHAT, "--ip", "10.0.2.2/24", "localhost"], capture_output=True, text=True, timeout=SOON)
        self.assertEqual(done.returncode, 2)
        self.assertIn("10.0.2.2 is the router", done.stderr)

    def test_addresses_of_many_machines(self):
        """It is possible to listen on them, but not to connect."""
        for address in ("255.255.255.255", "224.0.0.1", "127.255.255.255"):
            with self.subTest(address):
                code, line = self.refuses("--net", f"user:{address}:50000")
                self.assertEqual(code, 1)
                self.assertIn(f"{address} is not an address of this machine", line)


class OneAddress(Case):
    """libslirp translates all of this machine's own addresses to one."""

    def test_nobody_takes_anothers_place_from_the_same_port(self):
        server = self.server()
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        with socket.socket() as eve:
            eve.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            eve.bind(("127.0.0.2", alice.port))
            eve.settimeout(1)
            self.assertRaises(OSError, eve.connect, server.address)
            bob.say("hello alice")
            alice.hears("bob> hello alice")
            alice.say("hello bob")
            bob.hears("alice> hello bob")

    def test_this_machines_others_are_apart(self):
        ip("address", "add", "10.9.9.1/24", "dev", "lo")
        self.addCleanup(ip, "address", "delete", "10.9.9.1/24", "dev", "lo")
        server = self.server(net="user:0.0.0.0:50000")
        alice, bob = self.start(Person(("127.0.0.1", 50000))).named("alice"), self.person(server, "bob")
        carol = self.start(Person(("10.9.9.1", 50000), source="10.9.9.1", source_port=alice.port)).named("carol")
        for person in (alice, bob, carol):
            person.say(f"I am {person.nick}")
            for other in {alice, bob, carol} - {person}:
                other.hears(f"{person.nick}> I am {person.nick}")


class Descriptors(Case):
    """On the user-mode network each connection uses one of this machine's sockets."""

    def limited(self, soft, hard=None, **how):
        return self.server(errors=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (soft, hard or soft)), **how)

    def test_places_follow_what_the_system_gives(self):
        server = self.limited(64)
        server.errors.expect("the system allows file descriptors for only ")
        places = int(server.errors.expect(" people at once, not 1024: raise the limit (ulimit -Hn)\n"))
        self.assertGreater(places, 20)
        self.assertRegex(server.stats()[0], f"^\\*\\*\\* sessions: 0 of {places},")
        inside = [self.person(server) for _ in range(places)]
        for _ in range(30):
            outside = self.start(Person(server.address)).listen()
            self.assertEqual(outside.out.expect_end().decode(),
                             f"!!! the server is full ({places} of {places}), try again later\n")
            outside.close()
        # A place is free as soon as its user leaves.
        for person in inside:
            person.end_sending()
            self.assertTrue(person.out.expect_end().endswith(b"fin\n"))
            person.close()
            self.eventually(lambda: f"sessions: {places - 1} of" in server.stats()[0])
            self.person(server)

    def test_a_soft_limit_is_raised(self):
        server = self.limited(64, 4096)
        self.assertIn("sessions: 0 of 1024,", server.stats()[0])
        self.assertEqual(server.errors.all(), b"")

    def test_fewer_people_need_no_more(self):
        server = self.server("--max-clients", "10", errors=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (64, 64)))
        self.assertIn("sessions: 0 of 10,", server.stats()[0])
        self.assertEqual(server.errors.all(), b"")

    def test_too_few_for_anybody(self):
        done = subprocess.run([LWCHATD], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SOON,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "lwchatd: 16 file descriptors leave none for connections: raise the limit "
                                      "(ulimit -Hn)\n")

    def test_on_a_tap_none_is_needed(self):
        server = self.limited(64, net="tap:tap0")
        self.assertIn("sessions: 0 of 1024,", server.stats()[0])
        for _ in range(80):
            self.person(server)

    def test_whoever_comes_and_goes_leaves_none(self):
        """libslirp keeps connections that the peer ends first for 10 s: they used up all sockets, newcomers waited."""
        server = self.server("--quiet", "--rate", "0")
        before = most = self.descriptors_of(server)
        for number in range(4000):
            with socket.create_connection(server.address, SOON) as passer_by:
                passer_by.settimeout(SOON)
                passer_by.shutdown(socket.SHUT_WR)
                while passer_by.recv(65536):
                    pass
            if number % 50 == 0:
                most = max(most, self.descriptors_of(server))
        self.assertLess(most, before + 500)
        self.eventually(lambda: self.descriptors_of(server) == before)

    def test_all_is_handed_on_before_a_connection_is_over(self):
        """To a peer that ends first, and reads slowly: libslirp still holds most of the data."""
        buffers = pathlib.Path("/proc/sys/net/ipv4/tcp_wmem")
        self.addCleanup(buffers.write_text, buffers.read_text())
        buffers.write_text("4096 4096 4096")
        server = self.server("--quiet", "--rate", "0")
        bob = self.person(server, "bob")
        slow = self.start(Person(server.address, receive_bytes=2048))
        slow.send("/join #slow\n")
        bob.say("/join #slow")
        bob.out.expect("*** You are in #slow.")
        self.eventually(lambda: "rooms: 2 of" in server.stats()[0])
        said = [f"bob> {number} {'x' * 900}" for number in range(100)]
        bob.send("".join(line.removeprefix("bob> ") + "\n" for line in said))
        bob.say("/history 1")
        bob.out.expect(said[-1])
        slow.end_sending()
        time.sleep(1)  # time in which its connection could be closed too early
        text = slow.listen().out.expect_end().decode()
        self.assertEqual([line for line in text.splitlines() if line.startswith("bob> ")], said)
        self.assertTrue(text.endswith("fin\n"))

    @staticmethod
    def descriptors_of(server):
        return len(os.listdir(f"/proc/{server.pid}/fd"))


class Crowds(Case):
    @staticmethod
    def syns_again():
        """The number of SYNs retransmitted in this network so far."""
        with open("/proc/net/netstat") as file:
            names, figures = (line.split() for line in file if line.startswith("TcpExt:"))
        return int(figures[names.index("TCPSynRetrans")])

    def test_many_connect_at_once_to_the_user_mode_network(self):
        """libslirp's own backlog is 1: the others were reset."""
        server = self.server()
        before = self.syns_again()
        crowd = [self.start(Person(server.address)) for _ in range(60)]
        for person in crowd:
            person.named(None)
        # One at a time, they would wait for retransmissions of their SYNs: 20 s.
        self.assertEqual(self.syns_again(), before)

    @staticmethod
    def large_frames(server):
        """The most that were in use, and how many there are."""
        line = next(line for line in server.stats() if "RECEIVE_LARGE" in line)
        return map(int, re.search(r"most (\d+), of (\d+)", line).groups())

    def has_unread(self, server):
        """True once so much is unread that only what is reserved is left for what is read at once, and for answers."""
        held = server.pools()
        if "HEAP" not in held:
            return True  # a build with sanitizers, which uses malloc for everything
        most, of = self.large_frames(server)
        return held["RECEIVE_SMALL"] > 30000 and most > of // 2

    def test_senders_that_are_not_read_harm_nobody(self):
        """Their data stays in the port's buffers; another user's line still arrives."""
        server = self.server("--quiet", "--rate", "4", *neighbourhood("tap0", 7), net="tap:tap0")
        alice = self.person(server, "alice")
        bob = self.person(server, "bob")
        alice.say("/join #calm")
        alice.out.expect("*** You are in #calm.")
        bob.say("/join #calm")
        bob.out.expect("*** You are in #calm.")

        senders = [self.start(Person(server.address, source=neighbour(server.host, number))) for number in range(SENDERS)]
        for sender in senders:
            sender.socket.setblocking(False)
        for number in itertools.count():
            if number >= SEGMENTS_EACH and (number >= 4 * SEGMENTS_EACH or self.has_unread(server)):
                break
            for sender in senders:
                try:
                    sender.socket.send(b"/msg nobody is there to hear it\n")
                except BlockingIOError:
                    pass
            if number % 25 == 0:
                alice.say(f"calm {number}")
                bob.hears(f"alice> calm {number}")
        held = server.pools()
        print(f"\n  {held['RECEIVE_SMALL']} + {held['RECEIVE_LARGE']} frames unread", end=" ")
        if "HEAP" in held:  # not in a build with sanitizers, which uses malloc for everything
            self.assertTrue(self.has_unread(server))
            most, of = self.large_frames(server)
            self.assertLess(most, of - 1000)
        stopwatch = Stopwatch(server)
        alice.say("still here")
        bob.hears("alice> still here")
        self.assertLess(stopwatch.seconds(), 2)


if __name__ == "__main__":
    main()
