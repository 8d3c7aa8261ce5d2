#!/usr/bin/env python3
"""The operator's console: on a pipe and on a terminal, and not reachable from the network."""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time

import harness
from harness import LWCHATD, Case, Person, Stopwatch, main


class Seat:
    """Tests for both a pipe and a terminal."""

    def setUp(self):
        self.lwchatd = self.server(on_terminal=self.on_terminal, **self.how)
        self.out = self.lwchatd.out

    def on_screen(self, line):
        """Waits for a line on the console; on a terminal there are also control sequences."""
        self.out.expect(line)
        self.out.expect("\n")

    def test_who_comes_talks_and_goes(self):
        alice = self.start(Person(self.lwchatd.address)).listen()
        alice.hears("*** You are guest1. /help lists the commands, /quit leaves.")
        self.on_screen(f"Client connected: guest1, address {self.seen_as}, port {alice.port}.")
        alice.say("/nick alice")
        alice.say("hello")
        self.on_screen("#lobby alice> hello")
        alice.say("/me waves")
        self.on_screen("#lobby * alice waves")
        alice.say("/join #lab")
        alice.say("in here")
        self.on_screen("#lab alice> in here")
        alice.say("/msg Marcel help me")
        self.on_screen("[alice] help me")
        alice.say("/quit")
        self.on_screen(f"Client disconnected: alice, address {self.seen_as}, port {alice.port}.")

    def test_whoever_it_is_can_be_ended(self):
        """By their permanent number, or by port; even one that is leaving and reads nothing."""
        alice, bob, carol = (self.person(self.lwchatd, name) for name in ("alice", "bob", "carol"))
        alice.say("/nick mallory")
        alice.hears("*** You are now mallory.")
        self.lwchatd.operator("/kick 1 whatever you are called")
        alice.hears("*** You were kicked: whatever you are called")
        self.lwchatd.operator(f"/kick {self.seen_as}:{bob.port}")
        self.on_screen(f"*** disconnected: {self.seen_as}:{bob.port}")
        bob.hears("*** You were kicked")
        carol.say("/quit")
        self.on_screen(f"Client disconnected: carol, address {self.seen_as}, port {carol.port}.")

    def test_operator_speaks_to_every_room(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        bob.say("/join #lab")
        bob.hears("*** You are in #lab.")
        self.lwchatd.operator("good evening")
        alice.hears("Marcel> good evening")
        bob.hears("Marcel> good evening")

    def test_commands(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        self.lwchatd.operator("/who")
        self.on_screen(f"*** alice in #lobby, address {self.seen_as}, port {alice.port}, number 1")
        self.on_screen(f"*** bob in #lobby, address {self.seen_as}, port {bob.port}, number 2")
        self.lwchatd.operator("/kick bob too loud")
        bob.hears("*** You were kicked: too loud")
        self.assertEqual(bob.out.expect_end(), b"fin\n")
        alice.hears("*** bob was kicked")
        self.lwchatd.operator("/kick nobody")
        self.on_screen('!!! nobody is called "nobody": /who lists who is here')
        self.lwchatd.operator("/kick")
        self.on_screen('!!! "/kick" is not complete: /kick NICK [TEXT]')
        self.lwchatd.operator("/nosuch")
        self.on_screen('!!! no command "/nosuch": /help lists them')
        self.lwchatd.operator("/help")
        for command in ("/kick NICK [TEXT]", "/ban ADDR", "/unban ADDR", "/stats", "/shutdown"):
            self.on_screen(f"*** {command}  ")
        self.lwchatd.operator("/stats")
        self.on_screen("*** sessions: 1 of 1024, most 2; rooms: 1 of 128")
        self.on_screen("*** lwIP RECEIVE_LARGE: ")  # in a build with sanitizers only the port has pools
        self.lwchatd.operator("/ban somewhere")
        self.on_screen('!!! "somewhere" is not an address: four numbers from 0 to 255, as in 192.168.7.9')
        self.lwchatd.operator("/shutdown")
        alice.hears("*** the server is shutting down")
        self.assertEqual(alice.out.expect_end(), b"fin\n")
        self.assertEqual(self.lwchatd.wait(), 0)


class OnAPipe(Seat, Case):
    on_terminal, how, seen_as = False, {"net": "user"}, "10.0.2.2"

    def test_end_of_input_is_no_shutdown(self):
        alice = self.person(self.lwchatd, "alice")
        self.lwchatd.end_input()
        bob = self.person(self.lwchatd, "bob")
        bob.say("still here")
        alice.hears("bob> still here")
        self.assertTrue(self.lwchatd.running())

    def test_the_last_line_needs_no_end(self):
        alice = self.person(self.lwchatd, "alice")
        self.lwchatd.send("last words")
        self.lwchatd.end_input()
        alice.hears("Marcel> last words")

    def test_a_user_mode_network_cannot_be_banned(self):
        self.lwchatd.operator("/ban 10.0.2.2")
        self.on_screen("!!! not banned: on a user-mode network everybody comes from 10.0.2.2")

    def test_a_user_mode_network_has_one_address(self):
        for address in ("10.0.2.20/24", "dhcp"):
            self.lwchatd.operator("/ip " + address)
            self.on_screen(f'!!! "{address}" cannot be set: the user-mode network has a fixed address, use --net '
                           "tap:IFNAME")
        self.lwchatd.operator("/ip")
        self.on_screen("*** the address is 10.0.2.15/24 10.0.2.2")

    def test_many_commands_at_once_are_all_answered(self):
        self.lwchatd.send("/stats\n/who\n/help\n/unban 192.0.2.1\n" * 20)
        for _ in range(20):
            self.on_screen('!!! "192.0.2.1" is not banned')


class OnATerminal(Seat, Case):
    on_terminal, how, seen_as = True, {"net": "tap:tap0"}, "192.168.7.1"

    def test_bans(self):
        alice = self.person(self.lwchatd, "alice")
        self.lwchatd.operator("/ban 192.168.7.1")
        self.on_screen("*** 192.168.7.1 is banned")
        alice.hears("*** You were kicked")
        self.assertEqual(alice.out.expect_end(), b"fin\n")
        for _ in range(3):
            again = self.start(Person(self.lwchatd.address)).listen()
            self.assertEqual(again.out.expect_end(), b"!!! you are banned\n")
        self.lwchatd.operator("/unban 192.168.7.1")
        self.on_screen("*** 192.168.7.1 is no longer banned")
        self.person(self.lwchatd, "alice")

    def test_typing_while_people_chat(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        for number, key in enumerate("slowly typed\n"):
            alice.say(f"meanwhile {number}")
            bob.hears(f"alice> meanwhile {number}")
            self.lwchatd.send(key)
            time.sleep(0.05)
        alice.hears("Marcel> slowly typed")


class Endless(harness.Server):
    COMMAND = ("sh", "-c", 'exec "$0" "$@" </dev/zero', *harness.Server.COMMAND)


class InputWithoutEnd(Case):
    def test_people_are_served_all_the_same(self):
        lwchatd = self.server("--quiet", kind=Endless)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.say("hello")
        bob.hears("alice> hello")


class Quiet(Case):
    def test_what_is_said_stays_off_the_console(self):
        lwchatd = self.server("--quiet")
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.say("not for the operator")
        alice.say("/me neither")
        bob.hears("* alice neither")
        alice.say("/msg Marcel but this is")
        lwchatd.out.expect("[alice] but this is\n")
        lwchatd.operator("/who")
        lwchatd.out.expect("*** bob in #lobby")
        text = lwchatd.out.all()
        self.assertIn(b"Client connected: guest2", text)
        self.assertNotIn(b"not for", text)
        self.assertNotIn(b"neither", text)


class FromTheNetwork(Case):
    def test_no_operator_command_is_reachable(self):
        lwchatd = self.server()
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        for line in ("/kick bob", "/ban 10.0.2.2", "/unban 10.0.2.2", "/stats", "/shutdown",
                     "/ip 10.0.2.99/24"):
            alice.say(line)
            alice.hears(f'!!! no command "{line.split()[0]}": /help lists them')
        for nick in ("Marcel", "marcel", "Marce1", "MARCEL"):
            alice.say(f"/nick {nick}")
            alice.hears(f'!!! the nick "{nick}" is taken')
        # No message can look like one of the server, or like two messages.
        for fake in ("\rMarcel> obey", "x\x0bMarcel> obey", "x\u2028Marcel> obey", "x\x85Marcel> obey"):
            alice.say(fake)
        self.together(bob, alice)
        alice.say("done")
        for line in bob.hears("alice> done").decode().splitlines():
            self.assertTrue(re.match(r"alice> |bob> ", line), line)
        self.assertTrue(lwchatd.running())


class Unread(Case):
    """A console that is not read."""

    def check(self, on_terminal):
        lwchatd = self.server("--rate", "0", on_terminal=on_terminal)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        lwchatd.out.pause()
        lines = 30000  # more than pipe, terminal and log hold
        alice.send("".join(f"line {n:05} {'x' * 60}\n" for n in range(lines)))
        bob.hears(f"alice> line {lines - 1:05} {'x' * 60}")
        lwchatd.out.resume()
        lwchatd.out.expect(f"alice> line {lines - 1:05} ")
        lwchatd.operator("/who")
        lwchatd.out.expect("*** bob in #lobby")
        # The lines not shown are exactly those reported as missed, and no line is torn.
        text = lwchatd.out.all().decode()
        shown = re.findall(r"#lobby alice> line (\d{5}) x{60}\r?\n", text)
        missed = [int(n) for n in re.findall(r"\*\*\* the console missed (\d+) lines?\r?\n", text)]
        self.assertTrue(missed)
        self.assertEqual(len(shown) + sum(missed), lines)
        self.assertEqual(text.count("line "), len(shown))

    def test_a_pipe_that_nobody_reads(self):
        self.check(on_terminal=False)

    def test_a_terminal_that_stands_still(self):
        self.check(on_terminal=True)


class ToAFile(harness.Server):
    """A server whose console output is redirected by COMMAND."""

    COMMAND = ("sh", "-c", 'exec "$0" "$@" >/dev/full', *harness.Server.COMMAND)

    def __init__(self, *options, errors=subprocess.PIPE, **how):
        harness.Process.__init__(self, [*self.COMMAND, "--net", "user", *options], errors=errors, **how)
        self.host, self.port = "127.0.0.1", harness.PORT


class OnADisk(ToAFile):
    """The same, to a file on a small disk in a private mount namespace: see FullDisk."""

    BYTES = 128 * 1024
    COMMAND = harness.Disk.command(BYTES, *harness.Server.COMMAND)

    def __init__(self, *options, **how):
        super().__init__(*options, **how)
        self.disk = harness.Disk(self)


class FullDisk(Case):
    """The console's output is a file whose disk fills up, and later has room again."""

    def test_what_there_was_no_room_for_is_counted_as_missed(self):
        lwchatd = self.server("--rate", "0", kind=OnADisk)
        self.eventually(lambda: "Server ready" in lwchatd.disk.log())
        filler = lwchatd.disk.file("filler")
        filler.write_bytes(bytes(OnADisk.BYTES // 2))
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        lines = 30000  # more than disk and log hold
        alice.send("".join(f"line {n:05} {'x' * 60}\n" for n in range(lines)))
        bob.hears(f"alice> line {lines - 1:05} {'x' * 60}")
        lwchatd.errors.expect("standard output is full: output waits\n")
        full = lwchatd.disk.log()
        self.comes_to_rest(lwchatd)
        self.assertEqual(lwchatd.disk.log(), full)
        # The disk grows.
        lwchatd.disk.grow()
        self.eventually(lambda: f"alice> line {lines - 1:05} " in lwchatd.disk.log())
        alice.say("after it")
        bob.hears("alice> after it")
        self.eventually(lambda: lwchatd.disk.log().endswith("alice> after it\n"))
        text = lwchatd.disk.log()
        self.assertTrue(text.startswith(full))
        shown = re.findall(r"^\[\d\d:\d\d\] #lobby alice> line (\d{5}) x{60}$", text, re.MULTILINE)
        missed = [int(n) for n in re.findall(r"^\*\*\* the console missed (\d+) lines?$", text, re.MULTILINE)]
        self.assertTrue(missed)
        self.assertEqual(len(shown) + sum(missed), lines)
        self.assertEqual(text.count("line "), len(shown))
        self.assertEqual(lwchatd.errors.all().count(b"\n"), 1)

    def test_one_that_never_has_room(self):
        lwchatd = self.start(ToAFile())
        self.eventually(lambda: b"is full" in lwchatd.errors.all())
        self.serves_and_ends(lwchatd)

    def test_nor_does_the_pipe_for_its_errors(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, bytes(4096))
        os.set_blocking(writing, True)
        with open(writing, "wb", buffering=0) as errors:
            lwchatd = self.start(ToAFile(errors=errors))
        self.eventually(lambda: self.listens(lwchatd), what="that it listens")
        self.serves_and_ends(lwchatd)

    @staticmethod
    def listens(lwchatd):
        with socket.socket() as peer:
            return peer.connect_ex(lwchatd.address) == 0

    def serves_and_ends(self, lwchatd):
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.say("hello")
        bob.hears("alice> hello")
        lwchatd.operator("I am heard")
        alice.hears("Marcel> I am heard")
        stopwatch = Stopwatch(lwchatd)
        lwchatd.operator("/shutdown")
        self.assertEqual(alice.out.expect_end().splitlines()[-1], b"fin")
        self.assertEqual(lwchatd.ends_within(4, stopwatch), 0)

    def test_a_file_that_may_not_grow(self):
        """ulimit -f: the server must not end because of the signal."""
        with tempfile.NamedTemporaryFile() as log:
            lwchatd = self.start(harness.Process(
                ["sh", "-c", f'ulimit -f 8; exec "$0" "$@" >{log.name}', LWCHATD, "--rate", "0"],
                errors=subprocess.PIPE))
            lwchatd.address = "127.0.0.1", harness.PORT
            self.eventually(lambda: "Server ready" in pathlib.Path(log.name).read_text())
            alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
            alice.send("".join(f"line {n}\n" for n in range(1000)))
            bob.hears("alice> line 999")
            lwchatd.errors.expect("standard output is full")
            stopwatch = Stopwatch(lwchatd)
            lwchatd.send("/shutdown\n")
            alice.hears("fin")
            self.assertEqual(lwchatd.ends_within(4, stopwatch), 0)


if __name__ == "__main__":
    main()
