#!/usr/bin/env python3
"""lwchat on a terminal, tmux: what it shows, how it helps, and how it comes back."""

import os
import re
import socket
import stat
import threading

from harness import LWCHAT, PORT, Case, ip, main
from screen import Screen

CLOCK = re.compile(r"^\d\d:\d\d(?=[ !])")


class ClockScreen(Screen):
    """A screen on which the client's times are replaced by hh:mm."""

    def lines(self):
        return [CLOCK.sub("hh:mm", row) for row in super().lines()]


class Relay:
    """Stands between the client and the server, and can break their connection."""

    def __init__(self, port):
        self._to = port
        self._listener = None
        self._pairs = []
        self._cut = False
        self.port = 0
        self.go_on()

    def go_on(self, host="127.0.0.1"):
        self._cut = False
        self._listener = socket.create_server((host, self.port), reuse_port=True)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                ours = listener.accept()[0]
            except OSError:
                return
            theirs = socket.create_connection(("127.0.0.1", self._to))
            self._pairs.append((ours, theirs))
            for one, other in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one, other):
        try:
            while (piece := one.recv(65536)) and not self._cut:
                other.sendall(piece)
            if not self._cut:
                other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self._cut = True
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        for pair in self._pairs:
            for one in pair:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                try:
                    one.shutdown(socket.SHUT_RD)
                except OSError:
                    pass
                one.close()
        self._pairs = []

    def close(self):
        self.stop()


class OnAScreen(Case):
    def setUp(self):
        self.screen = None
        self.lwchatd = None

    def serve(self, *options):
        self.lwchatd = self.server("--rate", "0", *options)

    def client(self, *options, before=""):
        self.screen = self.start(ClockScreen(80, 24))
        self.screen.run(" ".join([before, LWCHAT, *options, "localhost"]) + "; echo over: $?")
        self.screen.has("[#lobby, people: 1, connected to localhost]", ">")

    def test_what_it_shows(self):
        self.serve()
        bob = self.person(self.lwchatd, "bob")
        bob.say("before")
        self.eventually(lambda: b"before" in self.lwchatd.out.all())
        self.screen = self.start(ClockScreen(80, 24))
        log = os.path.join(self.screen.folder, "talk")
        self.screen.run(f"{LWCHAT} --nick alice --log {log} localhost; echo over: $?")
        self.screen.has("hh:mm *** You are guest2. /help lists the commands, /quit leaves.")
        self.screen.has("hh:mm bob> before")
        self.screen.has("hh:mm *** You are now alice.")
        self.screen.shows("[#lobby, people: 2, connected to localhost]", ">")
        bob.say("hello alice")
        self.screen.has("hh:mm!bob> hello alice")
        bob.say("/me waves")
        bob.say("/msg alice psst")
        self.screen.has("hh:mm * bob waves", "hh:mm![bob] psst")
        self.screen.enter("salut é")
        bob.hears("alice> salut é")
        self.screen.enter("/msg bob I am here")
        bob.hears("[alice] I am here")
        self.screen.has("hh:mm > salut é", "hh:mm [-> bob] I am here", "[#lobby, people: 2, connected to localhost]", ">")
        self.screen.enter("//slash")
        bob.hears("alice> /slash")
        # All rows of a message are below its text.
        bob.say("x" * 100)
        self.screen.has("hh:mm bob> " + "x" * 69, " " * 11 + "x" * 31)
        # The same nick has the same colour everywhere, and another has another.
        self.person(self.lwchatd, "carol").say("hello")
        self.screen.has("hh:mm carol> hello")
        coloured = "\n".join(self.screen.coloured())
        colours = {nick: set(re.findall(r"\x1b\[(?:0;)?(3[0-9;]+)m(?:\x1b\[49m)?" + nick + r"\b", coloured)) for nick in ("bob", "carol", "alice")}
        self.assertEqual([len(found) for found in colours.values()], [1, 1, 0], repr(coloured))
        self.assertNotEqual(colours["bob"], colours["carol"])
        self.screen.enter("/join #lab")
        self.screen.shows("[#lab, people: 1, connected to localhost]", ">")
        self.screen.enter("/quit bye")
        self.screen.shows("over: 0", "$")
        with open(log, encoding="utf-8") as file:
            lines = file.read()
        for line in ("#lobby bob> before", "#lobby alice> salut é", "[bob] psst"):
            self.assertRegex(lines, r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d " + re.escape(line) + "$")
        self.assertEqual(stat.S_IMODE(os.stat(log).st_mode), 0o600)

    def test_how_it_helps(self):
        self.serve()
        bob, carol = self.person(self.lwchatd, "bob"), self.person(self.lwchatd, "Bonnie")
        self.screen = self.start(ClockScreen(80, 24))
        self.screen.run(f"{LWCHAT} --nick alice localhost; echo over: $?")
        self.screen.shows("[#lobby, people: 3, connected to localhost]", ">")
        self.screen.type("b")
        self.screen.key("Tab")
        self.screen.shows("[#lobby, people: 3, connected to localhost]", "> bo")
        self.screen.has(" bob Bonnie")
        self.screen.type("n")
        self.screen.key("Tab")
        self.screen.enter("hello")
        bob.hears("alice> Bonnie: hello")
        self.screen.type("/ig")
        self.screen.key("Tab")
        self.screen.type("bo")
        self.screen.type("b")
        self.screen.key("Enter")
        self.screen.has("hh:mm *** you are ignoring bob: the same command again stops it")
        bob.say("not to alice")
        carol.hears("bob> not to alice")
        carol.say("to alice, too")
        self.screen.has("hh:mm!Bonnie> to alice, too")
        self.assertNotIn("not to alice", self.screen.all())
        # A paste of several lines is asked about; one of a single line is typed text.
        self.screen.paste("one\ntwo\n", marked=True)
        self.screen.shows("[2 lines were pasted: y sends them, n drops them]", ">")
        self.screen.type("n")
        self.screen.shows("[#lobby, people: 3, connected to localhost]", ">")
        self.screen.paste("three\nfour\n", marked=True)
        self.screen.shows("[2 lines were pasted: y sends them, n drops them]", ">")
        self.screen.type("y")
        carol.hears("alice> three")
        carol.hears("alice> four")
        # A second paste replaces one that is still asked about.
        self.screen.paste("six\nseven\n", marked=True)
        self.screen.shows("[2 lines were pasted: y sends them, n drops them]", ">")
        self.screen.paste("eight\nnine\nten\n", marked=True)
        self.screen.shows("[3 lines were pasted: y sends them, n drops them]", ">")
        self.screen.type("y")
        carol.hears("alice> eight")
        carol.hears("alice> nine")
        carol.hears("alice> ten")
        self.screen.paste("five", marked=True)
        self.screen.shows("> five")
        self.screen.key("Enter")
        carol.hears("alice> five")
        self.screen.enter("/msg bob the password is swordfish")
        self.screen.enter("/quit")
        self.screen.shows("over: 0", "$")
        history = os.path.join(self.screen.folder, "lwchat", "history")
        self.assertEqual(stat.S_IMODE(os.stat(history).st_mode), 0o600)
        with open(history, encoding="utf-8") as file:
            self.assertEqual(file.read().splitlines(), ["Bonnie: hello", "/ignore bob", "five", "/quit"])
        self.screen.run(f"{LWCHAT} localhost; echo over: $?")
        self.screen.shows("[#lobby, people: 3, connected to localhost]", ">")
        self.screen.key("Up", "Up")
        self.screen.shows("> five")
        self.screen.key("C-u")
        self.screen.enter("/quit")
        self.screen.shows("over: 0", "$")

    def test_a_paste_whose_end_does_not_come(self):
        """All keys would be a part of it."""
        status = "[#lobby, people: 2, connected to localhost]"
        self.serve()
        bob = self.person(self.lwchatd, "bob")
        self.screen = self.start(ClockScreen(80, 24))
        self.screen.run(f"{LWCHAT} --nick alice localhost")
        self.screen.shows(status, ">")
        self.screen.send(b"\033[200~cut\rshort\r")
        self.screen.shows("[waiting for the end of a paste: Ctrl-U drops it]", ">")
        self.screen.enter("typed in vain")
        self.screen.key("C-u")
        self.screen.shows(status, ">")
        # It is replaced by the next one.
        self.screen.send(b"\033[200~cut again\r")
        self.screen.shows("[waiting for the end of a paste: Ctrl-U drops it]", ">")
        self.screen.paste("whole", marked=True)
        self.screen.shows(status, "> whole")
        self.screen.key("Enter")
        bob.hears("alice> whole")
        # Another program may have read its end.
        self.screen.send(b"\033[200~cut a third time\r")
        self.screen.shows("[waiting for the end of a paste: Ctrl-U drops it]", ">")
        self.screen.key("C-z")
        self.eventually(lambda: "Stopped" in self.screen.all(), what="the shell")
        self.screen.enter("fg")
        self.screen.shows(status, ">")
        self.screen.enter("back")
        bob.hears("alice> back")
        self.assertNotIn("cut", self.screen.all())
        self.screen.enter("/quit")
        self.screen.shows("$")

    def test_it_fits_whatever_the_size(self):
        """No row of another size stays, and no row of a message begins where a name stands."""
        self.serve()
        self.client("--nick", "alice")
        bob = self.person(self.lwchatd, "bob")
        typed = "half 字字 👩‍🚀 ❤️ שלום " * 2
        self.screen.type(typed)
        bob.say("an old message that takes more than one row of a narrow terminal, " + "字" * 20)
        for number, (width, height) in enumerate(((40, 12), (60, 24), (33, 9), (80, 24))):
            self.screen.resize(width, height)
            bob.say(f"number {number}")
            status = "[#lobby, people: 2, connected to localhost]"[:width - 1]

            def fits():
                rows = self.screen.lines()
                if f"hh:mm bob> number {number}" not in rows or status not in rows:
                    return False
                below = rows[rows.index(status) + 1:]
                above = rows[:rows.index(status)]
                return (rows.count(status) == 1 and "".join(below).replace(" ", "") == ("> " + typed).replace(" ", "") and
                        all(re.match("hh:mm|  |Connected", row) for row in above) and len(rows) <= height)

            self.eventually(fits, what=f"{width} x {height}")
        for _ in range(4):  # the blank, and the end of a word from right to left
            self.screen.key("BSpace")
        self.screen.shows("> " + typed[:-4].rstrip())
        self.screen.key("C-u")
        for text, keys in (("❤️", 1), ("👩‍🚀", 2), ("字", 1), ("é", 1)):
            self.screen.type("a" + text)
            self.screen.shows("> a" + text)
            self.screen.key(*["BSpace"] * keys)
            self.screen.shows("> a")
            self.screen.key("C-u")
        self.screen.enter("/quit")
        self.screen.has("over: 0", "$")

    def test_without_colours(self):
        self.serve()
        self.client("--nick", "alice", before="NO_COLOR=1")
        self.person(self.lwchatd, "bob").say("hello alice")
        self.screen.has("hh:mm!bob> hello alice")
        self.assertNotRegex("\n".join(self.screen.coloured()), "\x1b\\[[^m]*[1-9]m")

    def test_a_name_is_looked_up_again(self):
        self.serve()
        ip("address", "add", "192.0.2.1/32", "dev", "lo")
        self.addCleanup(ip, "address", "del", "192.0.2.1/32", "dev", "lo")
        relay = self.start(Relay(PORT))
        self.screen = self.start(ClockScreen(80, 24))
        hosts = os.path.join(self.screen.folder, "hosts")
        with open(hosts, "w", encoding="utf-8") as file:
            file.write("127.0.0.1 chatbox\n")
        self.screen.run(f"unshare -m sh -c 'mount --bind {hosts} /etc/hosts; exec {LWCHAT} chatbox {relay.port}'")
        self.screen.shows("[#lobby, people: 1, connected to chatbox]", ">")
        with open(hosts, "w", encoding="utf-8") as file:
            file.write("192.0.2.1 chatbox\n")
        relay.stop()
        relay.go_on("192.0.2.1")
        self.eventually(lambda: "connected again to chatbox" in self.screen.all(), what="the client")
        self.screen.enter("/quit")

    def test_how_it_comes_back(self):
        self.serve()
        relay = self.start(Relay(PORT))
        self.screen = self.start(ClockScreen(80, 24))
        self.screen.run(f"{LWCHAT} --nick alice localhost {relay.port}; echo over: $?")
        self.screen.has("hh:mm *** You are now alice.")
        bob = self.person(self.lwchatd, "bob")
        bob.say("/join #lab")
        self.screen.enter("/join #lab")
        self.screen.shows("[#lab, people: 2, connected to localhost]", ">")
        bob.say("early")
        self.screen.has("hh:mm bob> early")
        relay.stop()
        self.screen.has(f"The connection to localhost port {relay.port} was lost.")
        self.eventually(lambda: "trying again in" in self.screen.all(), what="the state")
        bob.hears("*** alice left")
        bob.say("said meanwhile")
        self.screen.enter("typed meanwhile")
        self.screen.type("half")
        relay.go_on()
        bob.hears("alice> typed meanwhile")
        self.screen.has("hh:mm bob> said meanwhile", "hh:mm *** while you were away: 1 message")
        self.screen.shows("[#lab, people: 2, connected to localhost]", "> half")
        self.assertEqual(self.screen.all().count("early"), 1)
        self.assertEqual(self.screen.all().count("while you were away"), 1)
        self.assertRegex(self.screen.all(), r"\*\*\* connected again to localhost after \d+ s")
        relay.stop()
        self.eventually(lambda: self.screen.all().count("was lost.") == 2, what="the end")
        self.screen.key("C-u")
        self.screen.type("never sent")
        self.screen.shows("> never sent")
        self.screen.key("Enter")
        self.screen.shows(">")  # C-c discards input that was not read
        self.screen.key("C-c")
        self.screen.has("never sent", "over: 0", "$")
        self.assertIn("\nPerhaps not delivered:\n", self.screen.all())


if __name__ == "__main__":
    main(taps=())
