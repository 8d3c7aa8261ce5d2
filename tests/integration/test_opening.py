#!/usr/bin/env python3
"""Peers that are not people: health checks, browsers, and clients of other protocols."""

import socket
import ssl
import subprocess
import time

from foreign import ALERT, AT_ONCE_S, BODY, HEAD, NOT_POST, REQUEST, exchange, exchange_at_once
from harness import GREETING, SOON, Case, Process, main


class Opening:
    def setUp(self):
        self.lwchatd = self.server(net=self.net)
        self.ann = self.person(self.lwchatd, "ann")

    def heard(self):
        """Everything that ann has heard so far."""
        ben = self.person(self.lwchatd)
        before = self.ann.hears(f"*** {ben.nick} joined")
        ben.say("/quit")
        ben.out.expect_end()
        before += self.ann.hears(f"*** {ben.nick} left")
        return before.decode()

    def nothing_evil_was_heard(self):
        """On a busy machine guests may have joined and left, but nothing was said or done."""
        for line in self.heard().splitlines():
            self.assertRegex(line, r"^\*\*\* guest\d+ (joined|left)$")
        self.ann.say("/rooms")
        self.assertNotIn(b"evil", self.ann.hears("*** #lobby: 1"))

    def console(self):
        """What the console has shown since the last call."""
        self.lwchatd.operator("/unban 0.0.0.0")
        return self.lwchatd.out.expect('!!! "0.0.0.0" is not banned').decode()

    def test_health_checks_leave_no_trace(self):
        """40 that connect and close at once, each from a port by which the console would name it."""
        host, port = self.lwchatd.address
        quick, source, deadline = [], self.source, time.monotonic() + SOON
        while len(quick) < 40 and time.monotonic() < deadline:
            source += 1
            start = time.monotonic()
            if source % 2:
                subprocess.run(["nc.openbsd", "-z", "-p", str(source), host, str(port)], check=True)
            else:
                socket.create_connection((host, port), SOON, ("", source)).close()
            if time.monotonic() - start < AT_ONCE_S:
                quick.append(source)
        self.assertEqual(len(quick), 40)
        heard, console = self.heard(), self.console()
        for source in quick:
            self.assertNotIn(f"port {source}.", console)
        self.assertEqual(heard.count("joined"), console.count("Client connected: guest") - 2)
        self.assertEqual(console.count(" without a word"), 1)

    def test_a_request_that_comes_at_once(self):
        for pieces in ((REQUEST,), (b"\r\n" + REQUEST,), (HEAD, BODY)):
            self.assertEqual(exchange_at_once(self.lwchatd.address, pieces), NOT_POST)
        page = exchange_at_once(self.lwchatd.address, (b"GET / HTTP/1.0\n\n",))
        self.assertTrue(page.startswith(b"HTTP/1.1 200 OK\r\n"), page[:100])
        self.nothing_evil_was_heard()
        self.assertNotIn("HTTP", self.console())

    def test_a_request_in_pieces(self):
        """The first line split at critical places, with a pause as after a lost packet; and byte by byte."""
        for cut in (2, 11, 19):
            self.assertEqual(exchange_at_once(self.lwchatd.address, (REQUEST[:cut], REQUEST[cut:]), 0.7), NOT_POST)
        single = [REQUEST[i : i + 1] for i in range(len(REQUEST))]
        self.assertEqual(exchange_at_once(self.lwchatd.address, single), NOT_POST)
        self.nothing_evil_was_heard()

    def test_a_request_after_the_greeting(self):
        """A browser that connects before it has a request."""
        for pieces in ((REQUEST,), (REQUEST[:9], REQUEST[9:])):
            visitor = self.person(self.lwchatd)
            time.sleep(1)
            for piece in pieces:
                visitor.send(piece)
                time.sleep(0.7)
            self.assertEqual(visitor.out.expect_end(), b"fin\n")
            self.ann.hears(f"*** {visitor.nick} left")
        self.nothing_evil_was_heard()

    def test_a_long_request_is_answered_all_the_same(self):
        """Longer than a line of the chat, and followed by more than is ever read: it does not end with a reset."""
        request = b"POST /" + b"x" * 5000 + HEAD[5:] + BODY * 4000
        answer = exchange_at_once(self.lwchatd.address, (request,))
        self.assertTrue(answer.startswith(b"HTTP/1.1 431 "), answer)
        self.nothing_evil_was_heard()

    def test_curl(self):
        host, port = self.lwchatd.address

        def is_told():
            answer = subprocess.run(["curl", "-si", "--noproxy", "*", f"http://{host}:{port}/x"], capture_output=True)
            return answer.returncode == 0 and answer.stdout.startswith(b"HTTP/1.1 404 ")

        self.eventually(is_told, what="curl's answer")
        self.nothing_evil_was_heard()

    def test_tls(self):
        hello = b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03/nick evil\r\nevil is said\r\n"
        self.assertEqual(exchange_at_once(self.lwchatd.address, (hello,)), ALERT)

        def is_told():
            context = ssl.create_default_context()
            try:
                with socket.create_connection(self.lwchatd.address, SOON) as connection:
                    context.wrap_socket(connection, server_hostname="localhost").close()
            except ssl.SSLError as error:
                return error.reason == "TLSV1_ALERT_PROTOCOL_VERSION"

        self.eventually(is_told, what="the alert")
        self.nothing_evil_was_heard()
        self.assertEqual(self.console().count("turned away: a TLS client"), 1)

    def test_ssh_and_proxies(self):
        for hello in (b"SSH-2.0-OpenSSH_9.2p1\r\nevil is said\r\n",
                      b"PROXY TCP4 192.0.2.1 192.0.2.2 1024 50000\r\nevil is said\r\n",
                      b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\1\xc0\0\2\2\4\0\xc3\x50evil is said\r\n"):
            self.assertEqual(exchange_at_once(self.lwchatd.address, (hello,)), b"")
        self.nothing_evil_was_heard()
        console = self.console()
        self.assertEqual(console.count("turned away: an SSH client"), 1)
        self.assertEqual(console.count("turned away: a PROXY header; set that proxy to send none"), 1)

    def test_people_who_speak_at_once(self):
        """They are greeted before they are heard, whatever their first words."""
        for said in ("GET me a coffee", "GET / is what browsers say", "SSH-keys are long", "PROXY me", "hello"):
            answer, _ = exchange(self.lwchatd.address, (said.encode() + b"\nfin\n",))
            lines = answer.decode().splitlines()
            self.assertEqual(lines[0], GREETING)
            self.assertEqual(lines[-1], "fin")
            nick = lines[1].split()[3].rstrip(".")
            self.assertEqual(self.ann.hears(f"*** {nick} left").decode().splitlines(),
                             [f"*** {nick} joined", f"{nick}> {said}"])

    def test_a_person_with_nc_sees_no_difference(self):
        host, port = self.lwchatd.address
        nc = self.start(Process(["nc.openbsd", host, str(port)]))
        nc.out.expect(f"{GREETING}\n*** You are guest2. /help lists the commands, /quit leaves.\n")
        self.ann.hears("*** guest2 joined")
        nc.send("hello\nGET / HTTP/1.1\n")
        self.ann.hears("guest2> hello")
        self.ann.hears("guest2> GET / HTTP/1.1")
        self.ann.say("well")
        nc.out.expect("ann> well\n")


class OnUserMode(Opening, Case):
    net = "user"
    source = 20000


class OnTap(Opening, Case):
    net = "tap:tap0"
    source = 30000


if __name__ == "__main__":
    main()
