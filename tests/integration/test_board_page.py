#!/usr/bin/env python3
"""The smallest board's firmware with the page for browsers: LWCHAT_PAGE_ELF, a build with -DLWCHAT_HTTP=1."""

import socket
import unittest

from board import SMALL, WITH_PAGE, Board, emulated
from foreign import everything, get, handshake, parse
from harness import SOON, Case, main

PEOPLE = 60
REQUESTS = 4  # LWCHAT_HTTP_REQUESTS


@emulated
@unittest.skipUnless(WITH_PAGE, "LWCHAT_PAGE_ELF is not set")
class Page(Case):
    def setUp(self):
        self.lwchatd = self.start(Board(SMALL, elf=WITH_PAGE))
        self.browsers = (self.lwchatd.host, 80)

    def connect(self):
        return self.start(socket.create_connection(self.browsers, SOON))

    def page(self):
        connection = self.connect()
        connection.sendall(get(host=self.lwchatd.host))
        return parse(everything(connection))

    def web(self):
        """A browser that has joined; everything after the handshake is left unread."""
        connection = self.connect()
        connection.sendall(handshake(self.lwchatd.host))
        got = b""
        while b"\r\n\r\n" not in got:
            got += connection.recv(1)
        self.assertTrue(got.startswith(b"HTTP/1.1 101 "), got)
        return connection

    def heard(self, connection, text):
        """Reads messages of fewer than 126 bytes, up to the message `text`."""
        with connection.makefile("rb") as stream:
            while True:
                head = stream.read(2)
                self.assertEqual(head[0], 0x81)
                if stream.read(head[1]).decode() == text:
                    return

    def test_a_full_house(self):
        """All places taken, some by browsers: the next newcomer is told so, and the page is still served."""
        webs = [self.web() for _ in range(4)]
        people = [self.person(self.lwchatd) for _ in range(PEOPLE - len(webs))]
        people[0].say("is everybody here?")
        for person in people[1:]:
            person.hears(f"{people[0].nick}> is everybody here?")
        for web in webs:
            self.heard(web, f"{people[0].nick}> is everybody here?")
        status, fields, body = self.page()
        self.assertEqual((status, fields["content-encoding"]), (200, "gzip"))
        self.assertEqual(len(body), int(fields["content-length"]))
        with socket.create_connection(self.lwchatd.address, SOON) as late:
            self.assertEqual(everything(late), b"!!! the server is full (60 of 60), try again later\n")
        late = self.connect()
        late.sendall(handshake(self.lwchatd.host))
        self.assertEqual(parse(everything(late))[0], 503)
        people[1].close()
        self.heard(webs[0], f"*** {people[1].nick} left")
        self.heard(self.web(), "You are connected to server Marcel. Send your messages.")

    def test_silent_browsers(self):
        """They block neither the page nor the chat."""
        ann, ben = self.person(self.lwchatd, "ann"), self.person(self.lwchatd, "ben")
        for _ in range(8 * REQUESTS):
            silent = self.connect()
            silent.sendall(b"GET / HTTP/1.1\r\nHost")
            self.together(ann, ben)
            self.connect()
        self.eventually(lambda: self.page()[0] == 200, what="the page")

    def test_its_memory(self):
        """Memory suffices for the maximum number of connections, and the stacks have a fifth to spare."""
        webs = [self.web() for _ in range(PEOPLE)]
        self.assertEqual(self.page()[0], 200)
        asking = [self.connect() for _ in range(REQUESTS)]
        for connection in asking:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        self.assertEqual(self.page()[0], 200)  # the oldest of them gives way
        self.assertRaises(ConnectionResetError, asking.pop(0).recv, 1)
        for connection in asking:
            connection.sendall(self.lwchatd.host.encode() + b"\r\n\r\n")
            self.assertEqual(parse(everything(connection))[0], 200)
        self.assertEqual(self.lwchatd.tight_stacks(), [])
        for web in webs:
            web.close()


if __name__ == "__main__":
    main()
