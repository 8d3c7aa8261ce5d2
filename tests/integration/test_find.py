#!/usr/bin/env python3
"""lwchat without a HOST finds servers; NAME.local is resolved on the link; the host's Avahi is told of a server."""

import signal
import socket
import subprocess

from desktop import Desktop
from harness import LWCHAT, LWCHATD, SOON, Case, main
from mdns import A, PTR, Querier
from screen import Screen
from test_tap import TAP_TOOL

CHAT = "_lwchat._tcp.local"
NONE = "Connection failed: no server has answered on this network: name one, as in lwchat HOST\n"


class Finding(Case):
    def taps(self, *taps, address="192.168.8.1/24", bridge=None):
        how = ["--bridge", bridge] if bridge else []
        subprocess.run([TAP_TOOL, "up", *how, "--address", address, *taps], check=True)
        self.addCleanup(subprocess.run, [TAP_TOOL, "down", *how, *taps], check=True)

    def run_client(self, *arguments, typed=""):
        done = subprocess.run([LWCHAT, *arguments], capture_output=True, text=True, timeout=SOON, input=typed)
        return done.returncode, done.stdout, done.stderr

    def finds(self, *arguments, found, connected):
        """The client finds one server, joins it, and leaves."""
        client = self.process(LWCHAT, *arguments, errors=subprocess.PIPE)
        client.out.expect(f"{found}{connected}\nYou are connected to server ")
        client.end_input()
        self.assertEqual(client.wait(), 0)


class OnATap(Finding):
    CLIENT = ("--net", "tap:tap8", "--ip", "192.168.8.9/24")

    def setUp(self):
        self.taps("tap6", "tap7", "tap8", bridge="br6")
        self.querier = self.start(Querier("br6", "192.168.8.1"))

    def serve(self, tap, name, address, *options):
        lwchatd = self.server("--name", name, "--ip", f"{address}/24", "--hostname", name, *options, net=f"tap:{tap}")
        self.querier.ask(f"{name}.local", A)
        return lwchatd

    def test_none_one_and_two(self):
        self.assertEqual(self.run_client(*self.CLIENT), (1, "", NONE))
        code, out, errors = self.run_client("--lang", "fr", *self.CLIENT)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("aucun serveur n'a répondu", errors)

        ada = self.serve("tap6", "Ada", "192.168.8.2")
        self.person(ada, "alice")
        self.finds(*self.CLIENT, found="*** found Ada, people: 1, at 192.168.8.2 port 50000\n",
                   connected="Connected to 192.168.8.2 port 50000.")

        # No server of unicast DNS is asked for NAME.local, whatever its case (RFC 6762, section 3).
        dns = self.start(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        dns.bind(("192.168.8.1", 53))
        dns.setblocking(False)
        for host in ("ada.local", "ADA.LOCAL."):
            self.finds(*self.CLIENT, "--dns", "192.168.8.1", host, found="", connected=f"Connected to {host} port 50000.")
        code, out, errors = self.run_client(*self.CLIENT, "--dns", "192.168.8.1", "nosuch.local")
        self.assertEqual((code, out), (1, ""))
        self.assertIn('Connection failed: no host is called "nosuch.local"\n', errors)
        with self.assertRaises(BlockingIOError):
            dns.recv(512)

        self.serve("tap7", "Bob", "192.168.8.3", "--port", "50001")
        listed = ("*** 1: Ada, people: 1, at 192.168.8.2 port 50000\n*** 2: Bob, people: 0, at 192.168.8.3 port 50001\n")
        self.assertEqual(self.run_client(*self.CLIENT, typed="Ada\n"), (
            1, listed, "Connection failed: 2 servers have answered: name one, as in lwchat HOST PORT\n"))
        screen = self.start(Screen(100, 24))

        def begin():
            screen.run(f"{LWCHAT} {' '.join(self.CLIENT)}; echo over: $?")
            screen.has(*listed.splitlines(), "*** which one? its number or its name")

        begin()
        screen.enter("3")
        screen.has('!!! "3" is none of them: type the number or the name of one')
        screen.enter("bob")
        screen.shows("[#lobby, people: 1, connected to 192.168.8.3]", ">")
        screen.enter("/quit")
        screen.shows("over: 0", "$")
        begin()
        screen.enter("1")
        screen.shows("[#lobby, people: 2, connected to 192.168.8.2]", ">")
        screen.enter("/quit")
        screen.shows("over: 0", "$")
        begin()
        screen.key("C-c")
        self.eventually(lambda: screen.lines()[-1] == "$" and screen.lines()[-2].endswith("over: 0"))


class OnTheUserModeNetwork(Finding):
    """Over this machine's own sockets."""

    def test_none_two_and_one(self):
        self.assertEqual(self.run_client(), (1, "", NONE))
        # Two links, each with a server of the same name.
        self.taps("tap6", address="192.168.9.1/24")
        ada = self.server("--name", "Ada", net="tap:tap0")
        other = self.server("--name", "Ada", "--ip", "192.168.9.2/24", "--port", "50002", net="tap:tap6")
        for interface, address in (("tap0", "192.168.7.1"), ("tap6", "192.168.9.1")):
            self.start(Querier(interface, address)).ask(CHAT, PTR)
        listed = "*** 1: Ada, people: 0, at 192.168.7.2 port 50000\n*** 2: Ada, people: 0, at 192.168.9.2 port 50002\n"
        self.assertEqual(self.run_client()[:2], (1, listed))
        other.end_well()
        self.finds(found="*** found Ada, people: 0, at 192.168.7.2 port 50000\n",
                   connected="Connected to 192.168.7.2 port 50000.")
        # This machine's resolver does not know it.
        self.finds("lwchat.local", found="", connected="Connected to lwchat.local port 50000.")
        ada.end_well()


class Told(Desktop):
    """A server that others reach through this machine is named by its Avahi."""

    # tap0 has two addresses on this side.
    ADA = r'desk\.local;(192\.168\.7\.1|169\.254\.0\.1);50007;"name=Ada"'

    def serve(self, net, *options):
        """A server on the user-mode network, started where Avahi is."""
        lwchatd = self.process(*self.inside(LWCHATD, "--net", f"user:{net}", "--irc", "0", "--verbose", *options),
                               errors=subprocess.PIPE, who="console")
        lwchatd.out.expect("Server ready on ")
        return lwchatd

    def test_it(self):
        watch = self.process(*self.inside("avahi-browse", "-pk", "_lwchat._tcp"))
        lwchatd = self.serve("0.0.0.0:50007", "--name", "Ada", "--http", "8087")
        lwchatd.errors.expect("avahi: has been told of Ada\n")
        watch.out.expect("+;tap0;IPv4;Ada;_lwchat._tcp;local\n")
        browse = subprocess.run(self.inside("avahi-browse", "-rptk", "_lwchat._tcp"), capture_output=True, text=True,
                                timeout=SOON)
        self.assertRegex(browse.stdout, f"(?m)^=;tap0;IPv4;Ada;_lwchat._tcp;local;{self.ADA}$")
        page = self.process(*self.inside("avahi-browse", "-rpk", "_http._tcp"))
        page.out.expect("=;tap0;IPv4;Ada;_http._tcp;local;desk.local;")
        page.out.expect(";8087;")
        page.out.expect('"path=/"')
        # lwchat finds it, and this machine's resolver knows its host.
        client = self.process(*self.inside(LWCHAT), who="client", errors=subprocess.PIPE)
        client.out.expect("*** found Ada, people: ?, at 192.168.7.1 port 50007\nConnected to 192.168.7.1 port 50007.\n")
        client.out.expect("*** You are guest1.")
        by_name = self.process(*self.inside(LWCHAT, "desk.local", "50007"), who="client", errors=subprocess.PIPE)
        by_name.out.expect("*** You are guest2.")
        lwchatd.send("/shutdown\n")
        self.assertEqual(lwchatd.wait(), 0)
        watch.out.expect("-;tap0;IPv4;Ada;_lwchat._tcp;local\n")
        # What ends in any other way is withdrawn, too.
        lwchatd = self.serve("192.168.7.1:50007", "--name", "Bob", "--http", "0")
        watch.out.expect("+;tap0;IPv4;Bob;_lwchat._tcp;local\n")
        lwchatd.signal(signal.SIGKILL)
        watch.out.expect("-;tap0;IPv4;Bob;_lwchat._tcp;local\n")
        # One that only this machine reaches is nobody else's business.
        lwchatd = self.serve("127.0.0.1:50007", "--name", "Carol", "--http", "0")
        browse = subprocess.run(self.inside("avahi-browse", "-ptk", "_lwchat._tcp"), capture_output=True, text=True,
                                timeout=SOON)
        self.assertEqual(browse.stdout, "")
        lwchatd.send("/shutdown\n")
        self.assertEqual(lwchatd.wait(), 0)
        self.assertNotIn(b"avahi", lwchatd.errors.all())


class Untold(Finding):
    def test_without_avahi(self):
        for verbose in (True, False):
            lwchatd = self.server(*["--verbose"] * verbose, net="user:0.0.0.0:50007", errors=subprocess.PIPE)
            # Link-local addresses lead through the router of the user-mode network, too, in both directions.
            self.finds("169.254.0.1:50007", found="", connected="Connected to 169.254.0.1 port 50007.")
            lwchatd.end_well()
            self.assertEqual(b"avahi: has not been told of Marcel: it does not run here\n" in lwchatd.errors.all(), verbose)


if __name__ == "__main__":
    main()
