#!/usr/bin/env python3
"""The firmware on each board: it starts, serves, is operated, and ends as it should."""

import contextlib
import functools
import http.client
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from board import (
    BOARDS, DRIVERS, LARGE, PEOPLE, RELATIVES, SMALL, Board, Debugger, board_folder, emulated, firmware, has_tasks, is_slow,
    main, on_each_board, on_each_driver, start_board, start_router,
)
import mdns
import qr
import test_ip6
import test_tap
from foreign import AT_ONCE_S, HEAD, NOT_POST, PAGE, REQUEST, exchange_at_once
from harness import BAD_ADDRESSES, GREETING, PORT, SOON, Case, Deadline, Person, Stopwatch


class Neighbour:
    """Another machine on the board's network, which only speaks ARP."""

    MAC = "02:00:00:00:07:77"

    def __init__(self):
        self.wire = test_tap.Wire()
        self._has = set()
        self._takes = False
        answers = test_tap.Wire()

        def answer():
            with contextlib.suppress(OSError):
                for _, _, kind, payload in answers.frames():
                    asked_for = socket.inet_ntoa(payload[24:28])
                    if self._takes and kind == test_tap.ARP and asked_for.startswith("169.254."):
                        self._takes = False
                        self._has.add(asked_for)
                    if kind == test_tap.ARP and payload[6:8] == b"\0\1" and asked_for in self._has:
                        self.uses(asked_for)

        self._answers = answers
        threading.Thread(target=answer, daemon=True).start()

    def has(self, address):
        """From now on it answers ARP requests for this address."""
        self._has.add(address)

    def has_the_next(self):
        """The next link-local address that is asked for is its own."""
        self._takes = True

    def leaves(self):
        """From now on it answers no ARP requests. Returns the addresses that it had."""
        had = sorted(self._has)
        self._has.clear()
        return had

    def uses(self, address, mac=bytes.fromhex(MAC.replace(":", ""))):
        """Sends an ARP request for 192.168.7.200 with `address` as the sender's."""
        self.wire.send(bytes(6 * [255]) + mac + b"\x08\x06" + bytes.fromhex("0001 0800 06 04 0001") + mac +
                       socket.inet_aton(address) + bytes(6) + socket.inet_aton("192.168.7.200"))

    def is_announced(self, address):
        own = socket.inet_aton(address)
        self.wire.await_frame(lambda kind, payload: kind == test_tap.ARP and payload[14:18] == own and payload[24:28] == own)

    def close(self):
        self.wire.close()
        self._answers.close()


def alone(name):
    """The address of a board without a DHCP server: a regular expression."""
    return r"192\.168\.7\.2" if name == "lm3s6965evb" else r"169\.254\.\d+\.\d+"


class Boards(Case):
    def board(self, name, **how):
        return start_board(self, name, **how)

    def file_name(self, name):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, name)

    def two_people_at(self, board, address):
        """Two people who hear each other on a board with this address, a regular expression."""
        self.assertRegex(board.host, f"^{address}$")
        ann = self.person(board, "ann")
        ben = self.person(board, "ben")
        ann.say("hello")
        ben.hears("ann> hello")
        return ann, ben

    @emulated
    def test_relatives(self):
        """On boards that run no more than this and the drivers' tests: people chat, the page is served, the stacks suffice, /shutdown."""
        for name in RELATIVES:
            with self.subTest(board=name):
                board = self.board(name, tap=None, more=("--http", "127.0.0.1:8080"))
                ann, ben = self.person(board, "ann"), self.person(board, "ben")
                for number in range(20):
                    ann.say(f"{number} {'x' * 900}")
                    ben.hears(f"ann> {number} {'x' * 900}")
                board.operator("good day")
                self.together(ann, ben)
                page = http.client.HTTPConnection("127.0.0.1", 8080, timeout=SOON)
                page.request("GET", "/")
                answer = page.getresponse()
                self.assertEqual(answer.status, 200)
                self.assertEqual(len(answer.read()), int(answer.headers["content-length"]))
                self.assertEqual(board.tight_stacks(), [])
                board.operator("/shutdown")
                ann.out.expect("Marcel> good day\n")
                ann.out.expect("fin\n")
                self.assertEqual(board.wait(), 0)
            self.doCleanups()

    @emulated
    @on_each_driver
    def test_user_network(self, name):
        """It gets a lease, and nc joins through the host."""
        board = self.board(name, tap=None)
        person = self.process("nc", *map(str, board.address))
        person.out.expect(GREETING)
        for nick in ("Hélène", "Иван"):
            person.send(f"/nick {nick}\n")
            person.out.expect(f"You are now {nick}.")
            person.send("hello\n")
            board.out.expect(f"#lobby {nick}> hello")
        board.operator("good day")
        person.out.expect("Marcel> good day\n")
        board.operator("/shutdown")
        person.out.expect("fin\n")
        self.assertEqual(board.wait(), 0)

    @emulated
    @on_each_board
    def test_fixed_address(self, name):
        """Without a lease after 5 s it uses 192.168.7.2, or a link-local address; /ip sets another address."""
        board = self.board(name)
        ann, ben = self.two_people_at(board, alone(name))
        board.operator("/ip 192.168.7.77/24 192.168.7.1")
        board.out.expect("*** the address is now 192.168.7.77/24")
        for bad in BAD_ADDRESSES:
            board.operator("/ip" + bad)
            board.out.expect("cannot be set: /ip ADDR/PREFIX [GATEWAY]")
        board.host = "192.168.7.77"
        carol = self.person(board, "carol")
        carol.say("here")

    @emulated
    def test_lease(self):
        """A DHCP server on the wire gives it an address."""
        start_router(self)
        for name in BOARDS:
            with self.subTest(board=name):
                board = self.board(name)
                self.assertRegex(board.host, r"^192\.168\.7\.(5\d|60)$")
                self.person(board, "ann")
                board.kill()

    @emulated
    @on_each_board
    def test_a_router_that_starts_after_it(self, name):
        """It keeps requesting, accepts a lease when there is one, and announces it."""
        board = self.board(name)
        ann, ben = self.two_people_at(board, alone(name))
        router = start_router(self)
        ann.out.expect("*** this server is moving to ")
        moves_to = ann.out.expect(" port 50000: reconnect there\n").decode()
        board.out.expect("\r\nthe address is now ")
        board.host = board.out.expect(", leased from 192.168.7.1\r\n").decode()
        self.assertRegex(board.host, r"^192\.168\.7\.(5\d|60)$")
        self.assertEqual(moves_to, board.host)
        self.person(board, "carol")
        board.operator("/ip 192.168.7.77/24")
        router.out.expect("DHCPRELEASE(tap0) " + board.host)
        board.out.expect("*** the address is now 192.168.7.77/24")
        board.operator("/ip auto")
        board.out.expect(f"\r\nthe address is now {board.host}, leased from 192.168.7.1\r\n")
        self.person(board, "dora")

    @emulated
    @on_each_board
    def test_conflicts(self, name):
        """An address that another machine has is not used; on a later conflict it is defended, a default given up."""
        neighbour = self.start(Neighbour())
        local = alone(name).startswith("169")
        other = r"^169\.254\.\d+\.\d+$" if local else r"^192\.168\.7\.[1-9]\d$"
        if local:
            neighbour.has_the_next()
        else:
            neighbour.has("192.168.7.2")
        board = self.board(name)
        self.assertRegex(board.host, other)
        if local:
            self.assertEqual(len(neighbour.leaves()), 1)
        else:
            self.assertIn(f"192.168.7.2 is taken by {Neighbour.MAC}: the address is {board.host}\r\n".encode(),
                          board.out.all())
        ann = self.person(board, "ann")

        # A configured address that is in use.
        neighbour.has("192.168.7.9")
        board.operator("/ip 192.168.7.9/24")
        board.out.expect(f"192.168.7.9 is taken by {Neighbour.MAC}: give a free address with "
                         "/ip\r\n")
        board.operator("still there")
        ann.hears("Marcel> still there")

        # Another machine starts to use it, and insists.
        neighbour.uses(board.host)
        board.out.expect(f"{Neighbour.MAC} also uses our address {board.host}\r\n")
        neighbour.is_announced(board.host)
        neighbour.uses(board.host)
        ann.out.expect("*** this server is moving to ")
        board.out.expect("\r\nthe address is now ")
        moved_to = board.out.expect("\r\n").decode()
        self.assertRegex(moved_to, other)
        self.assertNotEqual(moved_to, board.host)
        board.host = moved_to
        neighbour.is_announced(board.host)
        self.person(board, "ben")

        # A configured address is kept.
        board.operator("/ip 192.168.7.77/24")
        board.out.expect("*** the address is now 192.168.7.77/24")
        board.host = "192.168.7.77"
        carol = self.person(board, "carol")
        neighbour.uses(board.host)
        neighbour.is_announced(board.host)
        neighbour.uses(board.host)
        neighbour.wire.who_has(board.host)  # so that this machine believes the board again
        board.operator("still there")
        carol.hears("Marcel> still there")

        # The board's MAC.
        def is_told():
            neighbour.uses("192.168.7.5", neighbour.wire.who_has(board.host))
            return b"another machine has our MAC address " in board.out.all()

        self.eventually(is_told)
        # All of this exercises the deepest call paths of the main task.
        for stack, (_, most, available) in board.pools().items():
            if stack.startswith("STACK"):
                self.assertLessEqual(most, 0.8 * available, stack)

    @emulated
    @on_each_driver
    def test_name(self, name):
        """It is found by name, through junk and a change of its address; at the end it says goodbye."""
        if name == "lm3s6965evb":
            self.skipTest("it has no mDNS")
        start_router(self, 50, 50)
        querier = self.start(mdns.Querier())
        board = self.board(name)
        self.assertEqual(querier.ask("lwchat.local", mdns.A).data, "192.168.7.50")
        self.assertEqual(querier.ask("Marcel._http._tcp.local", mdns.SRV).data, (80, "lwchat.local"))
        ann = self.person(board, "ann")
        querier.hear(lambda record: record.type == mdns.TXT and "people=1" in record.data)
        querier.junk(300)
        self.assertEqual(querier.ask("_lwchat._tcp.local", mdns.PTR).data, "Marcel._lwchat._tcp.local")
        board.operator("/ip 192.168.7.77/24")
        querier.hear(lambda record: record.type == mdns.A and record.data == "192.168.7.77")
        self.assertEqual(board.tight_stacks(), [])
        board.operator("/shutdown")
        querier.hear(lambda record: record.ttl == 0 and record.name == "_lwchat._tcp.local")
        self.assertEqual(board.wait(), 0)
        del ann

    @emulated
    @on_each_driver
    def test_probes(self, name):
        """Others probe for names while it probes for its own: it keeps those, and the stacks suffice."""
        if name == "lm3s6965evb":
            self.skipTest("it has no mDNS")
        start_router(self, 50, 50)
        querier = self.start(mdns.Querier())
        ended = threading.Event()

        def probe():
            while not ended.wait(0.02):
                for probed in "lwchat.local", "Marcel._lwchat._tcp.local", "Zoe._lwchat._tcp.local":
                    querier.send(mdns.probe(probed))

        def is_announced():
            self.assertTrue(board.running(), board.out.all())
            try:
                querier.hear(lambda record: record.type == mdns.SRV and record.name == "Marcel._lwchat._tcp.local", within=1)
            except AssertionError:
                return False
            return True

        prober = threading.Thread(target=probe)
        prober.start()
        try:
            board = self.board(name)
            self.eventually(is_announced, what="the board's own name")
        finally:
            ended.set()
            prober.join()
        self.assertEqual(querier.ask("lwchat.local", mdns.A).data, "192.168.7.50")
        self.assertEqual(board.tight_stacks(), [])

    @emulated
    @on_each_driver
    def test_ip6(self, name):
        """People join over IPv6 at each of its addresses, which the console and mDNS show; a ban is of a /64."""
        if name == "lm3s6965evb":
            self.skipTest("it has no IPv6")
        start_router(self, 50, 50)
        test_ip6.start_radvd(self)
        local, here, routed_here = test_ip6.LINK_LOCAL, test_ip6.HOST, test_ip6.ROUTED + "1"
        for address in local, here, routed_here:
            test_ip6.has_address(address)
        querier = self.start(mdns.Querier6())

        def announced(address):
            querier.hear(lambda record: record.type == mdns.AAAA and record.data == socket.inet_pton(socket.AF_INET6, address))

        board = self.board(name)
        board.out.expect("Server ready on 2001:db8:7:")
        routed = "2001:db8:7:" + board.out.expect(f" port {PORT}.").decode()
        announced(routed)
        board.operator(f"/ip {test_ip6.SERVER}/64")
        board.out.expect(f"*** the address is now {test_ip6.SERVER}/64")
        board.out.expect(f"Server ready on {test_ip6.SERVER} port {PORT}.")
        announced(test_ip6.SERVER)
        board.operator("/ip")
        board.out.expect("*** the address is 192.168.7.50/24")
        board.out.expect("*** the address is fe80::")
        own = "fe80::" + board.out.expect("/64").decode()
        for address in routed, test_ip6.SERVER:
            board.out.expect(f"*** the address is {address}/64")
        querier.junk(100)
        self.assertEqual(querier.ask("lwchat.local", mdns.AAAA).data, socket.inet_pton(socket.AF_INET6, own))

        nc = self.process("nc", "-6", f"{own}%tap0", str(PORT), who="server")
        nc.out.expect("leaves.\n")
        ann, ben = (self.start(Person((to, PORT), source=source)).named(nick)
                    for to, source, nick in ((routed, routed_here, "ann"), (test_ip6.SERVER, here, "ben")))
        cid = self.person(board, "cid")
        nc.send("hello\n")
        for person in ann, ben, cid:
            person.out.expect("> hello\n")
        for number in range(20):
            ann.say(f"{number} {'x' * 400}")
            for person in ben, cid, nc:
                person.out.expect(f"ann> {number} {'x' * 400}\n")
        board.operator("/who")
        for nick, address in ("ann", routed_here), ("ben", here), ("cid", "192.168.7.1"):
            board.out.expect(f"*** {nick} in #lobby, address {address}, port ")
        board.operator(f"/ban {here}")
        board.out.expect("*** fd00:7::/64 is banned")
        ben.out.expect_end()
        banned = self.start(Person((test_ip6.SERVER, PORT), source=here)).listen()
        banned.out.expect("!!! you are banned")
        ann.say("still here")
        cid.hears("ann> still here")
        self.assertEqual(board.tight_stacks(), [])
        board.operator("/shutdown")
        querier.hear(lambda record: record.ttl == 0 and record.type == mdns.AAAA)
        self.assertEqual(board.wait(), 0)

    @emulated
    @on_each_board
    def test_a_lease_that_somebody_has(self, name):
        """It is declined, the current address is kept meanwhile, and another lease is accepted."""
        neighbour = self.start(Neighbour())
        neighbour.has("192.168.7.50")
        board = self.board(name)
        ann, ben = self.two_people_at(board, alone(name))
        router = start_router(self, 50, 50)
        board.out.expect(f"the leased address 192.168.7.50 is in use by {Neighbour.MAC}: ")
        router.out.expect("DHCPDECLINE(tap0) 192.168.7.50")
        ann.say("still here")
        ben.hears("ann> still here")
        router.kill()
        start_router(self, 51, 51)
        board.out.expect("the address is now 192.168.7.51, leased from 192.168.7.1\r\n")

    @emulated
    @on_each_board
    def test_a_lease_that_is_refused(self, name):
        """By a router that leases other addresses: connected people are told before they are cut."""
        # It answers the board's first question after the board has asked again.
        router = start_router(self, 50, 50, "--dhcp-authoritative", "--dhcp-reply-delay=1")
        board = self.board(name)
        ann, ben = self.two_people_at(board, "192.168.7.50")
        router.kill()
        router = start_router(self, 60, 60, "--dhcp-authoritative")
        board.operator("/ip auto")
        router.out.expect("DHCPNAK(tap0) 192.168.7.50")
        for person in ann, ben:
            person.out.expect("*** this server is losing its address and asks for another: this connection will end\n")
        board.out.expect("\r\nthe address 192.168.7.50 is lost: ")
        board.out.expect("\r\nthe address is now 192.168.7.60, leased from 192.168.7.1\r\n")
        board.host = "192.168.7.60"
        self.person(board, "carol")

    @emulated
    @on_each_board
    def test_a_cable_that_is_pulled_out(self, name):
        """It reports that, and renews its lease when the cable is back."""
        if name == "lm3s6965evb":
            self.skipTest("QEMU's model of it has no PHY")
        router = start_router(self, 50, 50)
        board = self.board(name)
        ann, ben = self.two_people_at(board, "192.168.7.50")
        router.out.expect("DHCPACK(tap0)")
        board.plug(False)
        board.out.expect("\r\nthe network cable is unplugged, or nothing is at its other end\r\n")
        board.operator("into the dark")
        ann.say("into the dark as well")
        board.plug(True)
        board.out.expect("\r\nthe network cable is plugged in again\r\n")
        router.out.expect("DHCPREQUEST(tap0) 192.168.7.50")
        ben.hears("Marcel> into the dark")
        ben.hears("ann> into the dark as well")

    @emulated
    @on_each_board
    def test_a_fixed_address_that_somebody_has(self, name):
        """A built-in address: the board reports which machine has it, and starts once it is free."""
        neighbour = self.start(Neighbour())
        neighbour.has("192.168.7.9")

        def before(board):
            debugger = self.start(Debugger(board))
            debugger.run_to("port_start")
            # struct port_config: the second member is the address, and the flags at its end begin with dhcp.
            config, text = debugger.register(0), debugger.symbol["server"]
            debugger.write(text, b"192.168.7.9/24\0")
            debugger.write(config + 4, text.to_bytes(4, "little"))
            debugger.write(config + 32 + 4 * board_folder.options(name).get("LWCHAT_IPV6", 0), b"\0")
            debugger.detach()
            board.out.expect(f"192.168.7.9 is taken by {Neighbour.MAC}: give a free address with the program'\r\n"
                             "    s options\r\n")
            self.assertNotIn(b"Server ready", board.out.all())
            neighbour.leaves()

        board = self.board(name, paused=True, before=before)
        self.assertEqual(board.address, ("192.168.7.9", 50000))

    @emulated
    @on_each_board
    def test_a_link_that_comes_up_late(self, name):
        """A real link takes seconds; the board still gets its lease."""

        def before(board):
            board.plug(False)
            board.monitor.tell("cont")
            # The board's first requests are lost; it gives up after 5 s.
            deadline = Deadline(2.6)
            while (left := deadline.left()) > 0:
                time.sleep(left)
            board.plug(True)

        board = self.board(name, tap=None, paused=True, before=before)
        # The host's connections are forwarded only to the leased address.
        self.process("nc", *map(str, board.address)).out.expect(GREETING)

    @on_each_board
    def test_ping(self, name):
        """It answers pings."""
        board = self.board(name, leased=True)
        done = subprocess.run(
            ["busybox", "ping", "-c", "3", "-W", str(int(SOON)), board.host], capture_output=True
        )
        self.assertEqual(done.returncode, 0, done.stdout)

    @on_each_board
    def test_lengths(self, name):
        """Lines of every length, from nicks of every length, arrive unchanged."""
        board = self.board(name, leased=True)
        listener = self.person(board, "ear")
        talkers = [self.person(board, "n" * length) for length in range(1, 16)]
        said, heard = set(), set()
        # Each length from three of them. The listener keeps up, however busy this machine is.
        for turn, length in enumerate(range(1, 250)):
            for talker in (talkers[(turn + step) % len(talkers)] for step in (0, 4, 9)):
                line = "".join(chr(ord("a") + (at + length) % 26) for at in range(length))
                talker.say(line)
                said.add(f"{talker.nick}> {line}".encode())
            while not said <= heard:
                heard.add(listener.out.expect("\n"))

    @emulated
    def test_paste(self):
        """A line of 1,000 characters or more on the UART is received whole, and refused in one line."""
        most = board_folder.options(SMALL)["LWCHAT_LINE_BYTES"]
        board = self.board(SMALL, tap=None)
        ann = self.person(board, "ann")
        board.send("x" * max(1000, 2 * most) + "\r")
        board.out.expect(f"!!! too long: {most} bytes at most")
        board.send("".join(f"line {number}\r" for number in range(1, 101)))
        for number in range(1, 101):
            ann.hears(f"Marcel> line {number}")
        self.assertNotIn(b"x" * 100, ann.out.all())

    @emulated
    @on_each_board
    def test_rows(self, name):
        """A line wider than the console's terminal continues after an indent, whatever fills the row."""
        board = self.board(name, tap=None)
        eve = self.person(board, "eve")
        room = 80 - len("#lobby eve> ")
        for fill, at_most in (("x", room), ("é", room), ("字", room // 2), ("❤️", room // 4)):
            eve.say(fill * at_most + "Client connected: root" + " " * 60 + "bob> bye")
            board.out.expect("#lobby eve> " + fill * at_most + "\r\n    Client connected: root    bob> bye\r\n")
        board.send("half")
        board.out.expect("half")
        eve.say("x" * (room + 76 + 1))
        board.out.expect("#lobby eve> " + "x" * room + "\r\n    " + "x" * 76 + "\r\n    x\r\nhalf")
        board.send(" a line\r")
        eve.hears("Marcel> half a line")

    @emulated
    @qr.readable
    def test_code(self):
        board = self.board(LARGE)
        board.operator("/qr")
        self.assertEqual(qr.shown_on(board.out), f"HTTP://{board.host}/")
        ann, ben = self.two_people_at(board, alone(LARGE))
        self.together(ann, ben)

    @emulated
    @on_each_board
    def test_typing(self, name):
        """Typed input can be edited, and stays below the output shown meanwhile."""
        board = self.board(name, tap=None)
        ann = self.person(board, "ann")
        board.send("helo\b\bllo, wörld\x7f!")
        board.out.expect("!")
        ann.say("in between")
        board.out.expect("#lobby ann> in between\r\nhello, wörl!")
        board.send("\r")
        ann.hears("Marcel> hello, wörl!")
        board.send("\x1b[Anever said\x15said\r\n")
        ann.hears("Marcel> said")

    def test_no_room(self):
        """The first connection too many is told that the server is full."""
        board = self.board(SMALL, leased=True)
        most = PEOPLE[SMALL]
        people = [self.person(board) for _ in range(most)]
        late = self.process("nc", *map(str, board.address))
        late.out.expect(f"!!! the server is full ({most} of {most}), try again later\n")
        late.end_input()
        late.wait()
        people.pop().close()
        self.eventually(lambda: board.has_sessions(most - 1))
        self.person(board, "ben")

    def test_a_crowd_without_room(self):
        """16 newcomers connect to a full board at once: each reads that it is full; none is reset."""
        board = self.board(SMALL, leased=True)
        for _ in range(PEOPLE[SMALL]):
            self.person(board)
        told = {}
        for _ in range(16):
            late = self.start(socket.socket())
            late.setblocking(False)
            late.connect_ex(board.address)
            told[late] = b""
        waiting = set(told)
        deadline = Deadline(SOON)
        while waiting:
            ready = select.select(waiting, [], [], max(0, deadline.left()))[0]
            self.assertTrue(ready, f"{len(waiting)} are told nothing")
            for late in ready:
                data = late.recv(1000)  # a reset raises an exception
                told[late] += data
                if not data:
                    # It stays connected, as nc does, but its place is free for the next.
                    waiting.remove(late)
        for text in told.values():
            self.assertRegex(text, rb"\A!!! the server is full [^\n]*\n\Z")

    @on_each_board
    def test_a_browser(self, name):
        """It is answered and not heard, whether it sends a request at once or later; a health check leaves no trace."""
        board = self.board(name, leased=True)
        ann = self.person(board, "ann")
        page = exchange_at_once(board.address, (b"GET / HTTP/1.1\r\nHost: board\r\n\r\n",))
        refusal = NOT_POST if page.startswith(b"HTTP/1.1 200 OK\r\n") else PAGE
        self.assertIn(refusal, (NOT_POST, page))
        self.assertEqual(exchange_at_once(board.address, (REQUEST,)), refusal)
        self.assertEqual(exchange_at_once(board.address, (REQUEST[:9], REQUEST[9:]), 0.7), refusal)
        long = b"POST /" + b"x" * 2000 + HEAD[5:] + REQUEST * 20
        answer = exchange_at_once(board.address, (long,))
        self.assertTrue(answer == refusal or answer.startswith(b"HTTP/1.1 431 "), answer)
        checks = 0
        while checks < 20:
            start = time.monotonic()
            socket.create_connection(board.address, SOON).close()
            checks += time.monotonic() - start < AT_ONCE_S
        late = self.person(board)
        late.send(REQUEST)
        self.assertEqual(late.out.expect_end(), b"fin\n")
        heard = ann.hears(f"*** {late.nick} left").decode()
        for line in heard.splitlines():
            self.assertRegex(line, r"^\*\*\* guest\d+ (joined|left)$")
        self.assertLess(heard.count("joined"), 20)  # some may join if the machine is busy and the board late

    @emulated
    @on_each_board
    def test_alone(self, name):
        """Without people, a shutdown ends at once."""
        board = self.board(name, tap=None)
        stopwatch = Stopwatch(board)
        board.operator("/shutdown")
        self.assertEqual(board.ends_within(2, stopwatch), 0)

    @emulated
    def test_idle(self):
        """With ten idle people the emulated processor sleeps."""
        board = self.board(SMALL, leased=True)
        for _ in range(10):
            self.person(board)
        # QEMU itself wakes up at each tick of the board's clock.
        self.comes_to_rest(board, most=0.2, wakes=10000)


@emulated
class Ends(Case):
    """A debugger injects faults into the firmware, which must print the panic's line."""

    def broken(self, name, break_it, says, code=1, more=()):
        board = self.start(Board(name, tap=None, more=more))
        debugger = self.start(Debugger(board))
        break_it(debugger)
        debugger.detach()
        said = board.out.expect(says)
        if code is not None:
            self.assertEqual(board.wait(), code)
        return board, said

    def test_fault(self):
        def jump_nowhere(debugger):
            debugger.run_to("board_watchdog_feed")
            if name == "mcimx6ul-evk":  # CCM_CLPCR: a sleep must not stop the clock, whose interrupt would not end it
                self.assertEqual(debugger.read_word(0x020C4054) & 3, 0)
            debugger.set_register(Debugger.PC, 0xE0000000)

        # A Cortex-M's CFSR, which a Cortex-M0 lacks, or a Cortex-A's IFSR.
        status = {"mcimx6ul-evk": 0x5, "pico": 0}
        for name in DRIVERS:
            with self.subTest(board=name):
                self.broken(name, jump_nowhere, f"panic: fault 3, status 0x{status.get(name, 1):x}, pc 0xe0000000")

    def test_assertion(self):
        def fail(debugger):
            debugger.run_to("board_watchdog_feed")
            debugger.set_register(0, debugger.symbol["default_gateway"])  # any text will do
            debugger.set_register(1, 1234)
            debugger.set_register(2, debugger.symbol["default_gateway"])
            debugger.set_register(Debugger.PC, debugger.symbol["port_panic"] & ~1)

        self.broken(SMALL, fail, ":1234: ")

    def test_stack_overflow(self):
        def overflow(debugger):
            debugger.run_to("board_watchdog_feed")
            if not has_tasks(debugger.elf):  # the next call finds no memory
                debugger.set_register(Debugger.SP, debugger.symbol["section_stack_start"] + 8)
                return
            tcb = debugger.read_word(debugger.symbol["pxCurrentTCB"])
            # TCB_t: pxTopOfStack, two list items of 20 bytes, uxPriority, pxStack.
            debugger.write(debugger.read_word(tcb + 48), bytes(16))

        self.broken(SMALL, overflow, "panic: stack:0: " + ("main" if has_tasks(firmware(SMALL)) else "STACK_MAIN"))

    def hang(self, debugger):
        debugger.run_to("board_watchdog_feed")
        # A branch to itself, where processor_restart() waits for the reset.
        at = debugger.symbol["processor_restart"] & ~1
        while debugger.read_word(at) & 0xFFFF != 0xE7FE:
            at += 2
        debugger.set_register(Debugger.PC, at)

    @unittest.skipUnless(SMALL in ("lm3s6965evb", "mcimx6ul-evk", "pico"), "QEMU does not model the other boards' watchdogs")
    def test_watchdog(self):
        self.broken(SMALL, self.hang, "the loop has not come round for 20 s")

    def test_a_pause_is_no_hang(self):
        """A debugger or a busy machine stops the processor for longer than the watchdog's time-out."""
        board = start_board(self, SMALL)
        ann = self.person(board, "ann")
        os.kill(board.pid, signal.SIGSTOP)
        time.sleep(11)
        os.kill(board.pid, signal.SIGCONT)
        board.operator("still there")
        ann.hears("Marcel> still there")

    def test_restart(self):
        """Without the emulator's exit call a panic restarts the board, and it serves again."""

        def jump_nowhere(debugger):
            debugger.run_to("board_watchdog_feed")
            debugger.set_register(Debugger.PC, 0xE0000000)

        for name in DRIVERS:
            with self.subTest(board=name):
                board, _ = self.broken(
                    name, jump_nowhere, "panic: ", code=None, more=["--restart"]
                )
                board.out.expect("Server ready on ")
                self.person(board, "ann")
                board.kill()


class Wire:
    """A board's cable: frames sent here reach the board unchanged, and frames that it sends are received here too.

    With a TAP or the user-mode network QEMU would pad short frames.
    """

    OPTIONS = ("-object", "filter-redirector,id=redirector,netdev=net,queue=tx,indev=in",
               "-object", "filter-mirror,id=mirror,netdev=net,queue=rx,outdev=out")

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._sockets = {name: socket.socket(socket.AF_UNIX) for name in ("in", "out")}

    def _path(self, name):
        return os.path.join(self._folder.name, name)

    def options(self):
        """Options for QEMU, needed before connect()."""
        sockets = [f"socket,id={name},path={self._path(name)},server=on,wait=off" for name in self._sockets]
        return [word for one in sockets for word in ("-chardev", one)] + list(self.OPTIONS)

    def connect(self):
        for name, end in self._sockets.items():
            end.settimeout(SOON)
            end.connect(self._path(name))

    def send(self, frame):
        self._sockets["in"].sendall(struct.pack("!I", len(frame)) + frame)

    def _take(self, count):
        data = b""
        while len(data) < count:
            piece = self._sockets["out"].recv(count - len(data))
            if not piece:
                raise AssertionError("QEMU has closed the wire")
            data += piece
        return data

    def receive(self):
        return self._take(*struct.unpack("!I", self._take(4)))

    def close(self):
        for end in self._sockets.values():
            end.close()
        self._folder.cleanup()


@emulated
class ShortFrames(Case):
    """Frames shorter than the minimum."""

    BOARD_IP = bytes((10, 0, 2, 15))
    HEADER_BYTES, ARP_BYTES, SHORTEST = 14, 28, 60
    REQUEST, REPLY = b"\0\1", b"\0\2"

    def arp(self, operation, mac, ip, to_mac, to_ip):
        return bytes.fromhex("0001 0800 06 04") + operation + mac + ip + to_mac + to_ip

    def question(self, number):
        """An ARP request for the board's address; each `number` has its own sender address."""
        mac = bytes((2, 0, 0, 0, 0, number))
        ip = bytes((10, 0, 2, number))
        frame = bytes(6 * [255]) + mac + b"\x08\x06" + self.arp(self.REQUEST, mac, ip, bytes(6), self.BOARD_IP)
        return mac, ip, frame

    def answer(self, wire):
        """The board's next ARP reply."""
        while True:
            frame = wire.receive()
            if frame[12:14] == b"\x08\x06" and frame[20:22] == self.REPLY:
                return frame

    def asks(self, wire, number):
        """Sends a request; the next reply must be the one to it."""
        mac, ip, frame = self.question(number)
        wire.send(frame)
        answer = self.answer(wire)
        board = answer[6:12]
        reply = self.arp(self.REPLY, board, self.BOARD_IP, mac, ip)
        frame = mac + board + b"\x08\x06" + reply
        # Devices pad frames; QEMU's LAN9118 does not.
        self.assertIn(answer, (frame, frame.ljust(self.SHORTEST, b"\0")), number)

    @on_each_driver
    def test_arp(self, name):
        """A truncated request is not completed with the rest of an older frame."""
        if is_slow(name):
            self.skipTest("on its cable each frame is padded, as on a real one")
        wire = self.start(Wire())
        start_board(self, name, tap=None, own=wire.options())
        wire.connect()
        whole_bytes = self.HEADER_BYTES + self.ARP_BYTES
        for cut_bytes in range(self.HEADER_BYTES, whole_bytes):
            self.asks(wire, 100 + cut_bytes)
            wire.send(self.question(200)[2][:cut_bytes])
        self.asks(wire, 201)


@emulated
class ReceiveErrors(Case):
    """QEMU's devices never report receive errors: a debugger changes what the driver reads."""

    # The LAN9118's base address on each board, its receive status word, and the error bit.
    LAN_AT = {"mps2-an385": 0x40200000, "mps2-an500": 0xA0000000, "mps2-an505": 0x52000000}
    LAN_RX_STATUS, LAN_RX_ERROR = 0x40, 1 << 15
    # The LM3S6965's frame count, its FIFO, where a frame's first word holds the length, and RCTL.
    LM3S_NP, LM3S_DATA, LM3S_RCTL = 0x40048034, 0x40048010, 0x40048008

    def lan9118(self, base, debugger, frame_bytes):
        while True:
            status, register = debugger.run_to_read(base + self.LAN_RX_STATUS)
            if status >> 16 & 0x3FFF == frame_bytes:
                debugger.set_register(register, status | self.LAN_RX_ERROR)
                return

    def stellaris(self, debugger, frame_bytes):
        while True:
            waiting, _ = debugger.run_to_read(self.LM3S_NP)
            if waiting == 0:
                continue
            word, register = debugger.run_to_read(self.LM3S_DATA)
            if word & 0xFFFF == 2 + frame_bytes:
                wrong = 0xFFFF if frame_bytes % 2 else 0
                debugger.set_register(register, word & ~0xFFFF | wrong)
                # A reset of the model's FIFO does not reset its read position within a frame.
                for _ in range((2 + frame_bytes + 3) // 4 - 1):
                    debugger.read_word(self.LM3S_DATA)
                debugger.run_to_write(self.LM3S_RCTL)
                return

    # The i.MX 6UL's descriptors, 8 bytes each: the length, then flags: the MAC owns it, and the FCS was wrong.
    FEC_COUNT, FEC_OWNED, FEC_CRC = 32, 1 << 31, 1 << 18

    def fec(self, debugger, frame_bytes):
        ring = debugger.symbol["rx_descriptors"]
        while True:
            debugger.run_to("board_ethernet_receive")
            for at in range(ring, ring + 8 * self.FEC_COUNT, 8):
                word = debugger.read_word(at)
                if not word & self.FEC_OWNED and word & 0xFFFF == frame_bytes:
                    debugger.write(at, (word | self.FEC_CRC).to_bytes(4, "little"))
                    return

    def refused(self, sock, payload_bytes, within):
        """Whether the board receives a datagram for a closed port, which it answers with "port unreachable"."""
        sock.settimeout(within)
        try:
            if payload_bytes:
                sock.send(bytes(payload_bytes))
            sock.recv(1)
        except ConnectionRefusedError:
            return True
        except TimeoutError:
            return False

    @on_each_driver
    def test_discarded(self, name):
        """A frame with an error is dropped, whatever its length, and the next one is received."""
        if name in self.LAN_AT:
            spoil = functools.partial(self.lan9118, self.LAN_AT[name])
        elif name == "lm3s6965evb":
            spoil = self.stellaris
        elif name == "mcimx6ul-evk":
            spoil = self.fec
        else:
            self.skipTest(f"{name}: how its driver reads frames is not known here")
        board = start_board(self, name, leased=True)
        sock = self.start(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        sock.connect((board.host, 9))
        self.assertTrue(self.refused(sock, 20, SOON))
        debugger = self.start(Debugger(board))  # this halts the board
        for payload_bytes in (20, 21, 22, 23, 1000):
            sock.send(bytes(payload_bytes))
            spoil(debugger, 14 + 20 + 8 + payload_bytes + 4)
            debugger.resume()
            self.assertFalse(self.refused(sock, 0, 0.3))
            self.assertTrue(self.refused(sock, payload_bytes, SOON))
            debugger.pause()
        debugger.detach()
        self.person(board, "ann")


if __name__ == "__main__":
    main()
