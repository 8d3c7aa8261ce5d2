"""The Linux port: what it tells of itself, which port of the host it takes, and crowds."""

import re
import resource
import subprocess

from harness import LWCHATD, PLAIN, SOON, Case, Person, Stopwatch, main

# What senders that are not read can leave in the port's buffers: more than there are.
SENDERS = 450
SEGMENTS_EACH = 126


class Verbose(Case):
    def told(self, *options, **how):
        """What --verbose tells, by the word that each line begins with."""
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
        for options, advice in ((["--net", "user:127.0.0.1:50001"], "--net user:HOSTADDR:HOSTPORT"),
                                (["--port", "50001"], "--port")):
            done = subprocess.run([LWCHATD, *options], capture_output=True, text=True, timeout=SOON)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, "lwchatd: port 50001 of 127.0.0.1 is in use: stop the program "
                                          f"that has it, or choose another port with {advice}\n")


class Crowds(Case):
    @staticmethod
    def syns_again():
        """How many SYNs this network has sent again so far."""
        with open("/proc/net/netstat") as file:
            names, figures = (line.split() for line in file if line.startswith("TcpExt:"))
        return int(figures[names.index("TCPSynRetrans")])

    def test_many_connect_at_once_to_the_user_mode_network(self):
        """libslirp lets one wait: the others were reset."""
        server = self.server()
        before = self.syns_again()
        crowd = [self.start(Person(server.address)) for _ in range(60)]
        for person in crowd:
            person.named(None)
        # One at a time, they would wait for their SYNs to be sent again: 20 s.
        self.assertEqual(self.syns_again(), before)

    def test_whoever_finds_no_descriptor_waits(self):
        server = self.server(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)))
        inside = [self.person(server) for _ in range(30)]
        waiting = [self.start(Person(server.address)) for _ in range(90)]
        self.comes_to_rest(server)
        for person in inside:
            person.reset()  # else libslirp would keep some for 10 s, in TIME_WAIT
        for person in waiting[:30]:
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
        for number in range(SEGMENTS_EACH):
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
        if "HEAP" in held:  # not in a build for sanitizers, which takes all from malloc
            self.assertGreater(held["RECEIVE_SMALL"], 30000)
            # The last thousand are for what is read at once, and for answers.
            line = next(line for line in server.stats() if "RECEIVE_LARGE" in line)
            most, of = map(int, re.search(r"most (\d+), of (\d+)", line).groups())
            self.assertGreater(most, of // 2)
            self.assertLess(most, of - 1000)
        stopwatch = Stopwatch(server)
        alice.say("still here")
        bob.hears("alice> still here")
        self.assertLess(stopwatch.seconds(), 2)


if __name__ == "__main__":
    main()
