#!/usr/bin/env python3
"""Browsers: the page and the WebSocket on each port that has them, and peers that try to block them."""

import gzip
import json
import re
import socket
import subprocess
import time
import unittest

import qr
from foreign import ACCEPT, everything, exchange, exchange_at_once, get, handshake, parse
from harness import LWCHATD, SOON, Case, Server, ip, main

Server.HTTP = None  # use the default port

BROWSERS = 8080  # on the user-mode network; a TAP has port 80
REQUESTS = 32  # LWCHAT_HTTP_REQUESTS
HEAD_S = 10  # LWCHAT_HTTP_MS

# Debian's python3 can use Debian's python3-websockets; the one that runs this script may not.
PYTHON = "/usr/bin/python3"
HAS_WEBSOCKETS = subprocess.run([PYTHON, "-c", "import websockets"], capture_output=True).returncode == 0

# Says each line of its input, and shows each message; "ping" is a Ping.
CLIENT = r"""
import asyncio, sys, websockets
async def speak(chat):
    while line := await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline):
        if line == "ping\n":
            await (await chat.ping(b"are you there?"))
            print("pong", flush=True)
        else:
            await chat.send(line.rstrip("\n"))
    await chat.close()
async def main():
    async with websockets.connect(sys.argv[1], subprotocols=sys.argv[2:] or None) as chat:
        print("subprotocol", chat.subprotocol, flush=True)
        speaking = asyncio.create_task(speak(chat))
        try:
            async for message in chat:
                print(message, flush=True)
        except websockets.ConnectionClosedError:
            pass
        print("closed", chat.close_code, flush=True)
        speaking.cancel()
asyncio.run(main())
"""

def is_ended(connection):
    """Whether the server has closed it; it must not send anything before."""
    connection.setblocking(False)
    try:
        if data := connection.recv(4096):
            raise AssertionError(f"an answer to nothing: {data!r}")
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class Port:
    """Tests for every port that serves browsers."""

    def setUp(self):
        self.lwchatd = self.server(net=self.net)
        self.browsers = self.lwchatd.host, self.port

    def ask(self, *pieces):
        return parse(exchange(self.browsers, pieces)[0])

    def connect(self, data=b""):
        connection = self.start(socket.create_connection(self.browsers, SOON))
        connection.sendall(data)
        return connection

    def upgraded(self, request):
        """A WebSocket connection, and what was received after the head of the response."""
        connection = self.connect(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            data = connection.recv(4096)
            self.assertTrue(data, answer)
            answer += data
        status, fields, rest = parse(answer)
        self.assertEqual(status, 101)
        self.assertEqual(fields["sec-websocket-accept"], ACCEPT)
        while len(rest) < 4:
            rest += connection.recv(4096)
        return fields, rest

    def test_page(self):
        status, fields, body = self.ask(get())
        self.assertEqual(status, 200)
        self.assertEqual(fields["content-encoding"], "gzip")
        self.assertEqual(int(fields["content-length"]), len(body))
        self.assertIn("default-src 'none'", fields["content-security-policy"])
        page = gzip.decompress(body).decode()
        self.assertRegex(page, "(?i)^<!doctype html>")
        self.assertEqual(self.ask(*(get()[i : i + 1] for i in range(len(get()))))[2], body)
        self.assertEqual(self.ask(get("/", "HEAD")), (200, fields, b""))

        tag = fields["etag"]
        for known in (tag, f'"other", W/{tag}', "*"):
            status, seen, body = self.ask(get(If_None_Match=known))
            self.assertEqual((status, seen["etag"], body), (304, tag, b""))
        self.assertEqual(self.ask(get(If_None_Match='"other"'))[0], 200)

    def test_other_requests(self):
        for request, status, sentence in (
            (get("/favicon.ico"), 404, "only one page"),
            (get("/", "POST", Content_Length=4) + b"text", 405, "Only GET and HEAD"),
            (get("/", "BREW"), 405, "Only GET and HEAD"),
            (get(Cookie="x" * 4100), 431, "4096 bytes at most"),
            (b"GET / HTTP/1.1\r\n\r\n", 400, "not an HTTP/1.1 request"),
            (get().replace(b"Host:", b"Host :"), 400, "not an HTTP/1.1 request"),
            (get("/ws"), 426, "WebSocket, version 13"),
        ):
            got, fields, body = self.ask(request)
            self.assertEqual(got, status, request)
            self.assertIn(sentence, body.decode())
            self.assertEqual(fields["content-type"], "text/plain; charset=utf-8")
            if status == 405:
                self.assertEqual(fields["allow"], "GET, HEAD")
        self.assertEqual(self.ask(get("/x", "HEAD"))[::2], (404, b""))

    def test_whose_pages_may_chat(self):
        here = self.lwchatd.host
        port = f"{here}:{self.port}"
        for host, origin in ((here, "http://evil.example"), (port, f"http://{here}:1"), (port, "null"),
                             ("evil.example", "http://evil.example"), ("localhost.evil", "http://localhost.evil")):
            status, _, body = self.ask(handshake(host, Origin=origin))
            self.assertEqual(status, 403, (host, origin))
            self.assertIn("own page", body.decode())
        ann = self.person(self.lwchatd, "ann")
        for host, origin in ((port, f"http://{port}"), ("localhost:1", "http://localhost:1"), ("evil.example", None),
                             ("marcel", "http://marcel"), ("Marcel.local", "http://marcel.local"),
                             ("[::1]", "http://[::1]")):
            fields, rest = self.upgraded(handshake(host, **({"Origin": origin} if origin else {})))
            self.assertNotIn("sec-websocket-protocol", fields)
            self.assertEqual(rest[0], 0x81)
            ann.out.expect(" joined\n")
        fields, _ = self.upgraded(handshake(port, Sec_WebSocket_Protocol="json, text"))
        self.assertEqual(fields["sec-websocket-protocol"], "text")

    @unittest.skipUnless(HAS_WEBSOCKETS, "Debian's python3-websockets is not there")
    def test_somebody_elses_client(self):
        nc = self.process("nc.openbsd", self.lwchatd.host, str(self.lwchatd.port))
        nc.out.expect("leaves.\n")
        for mode in ((), ("text",)):
            client = self.process(PYTHON, "-c", CLIENT, f"ws://{self.browsers[0]}:{self.browsers[1]}/ws", *mode)
            client.out.expect(f"subprotocol {'text' if mode else None}\n")

            def command(line):
                client.send((line if mode else json.dumps({"cmd": line})) + "\n")

            def say(line):
                client.send((line if mode else json.dumps({"say": line})) + "\n")

            command("/nick web")
            nc.out.expect(" is now web\n")
            say("h\u00e9llo")
            nc.out.expect("web> h\u00e9llo\n")
            nc.send("how are you?\n")
            client.out.expect("> how are you?\n" if mode else '"text":"how are you?"}\n')
            client.send("ping\n")
            client.out.expect("pong\n")
            say("x" * 1024)
            nc.out.expect(f"web> {'x' * 1024}\n")
            nc.send("y" * 1000 + "\n")
            client.out.expect("y" * 1000)
            for word in ("one", "two", "three"):
                say(word)
            nc.out.expect("web> one\nweb> two\nweb> three\n")
            command("/quit")
            client.out.expect("closed 1000\n")
            nc.out.expect("*** web left\n")


class BrowsersPort(Port):
    """Tests for the port that only browsers use."""

    def console(self):
        self.lwchatd.operator("/unban 0.0.0.0")
        return self.lwchatd.out.expect('!!! "0.0.0.0" is not banned').decode()

    def test_where_it_is_told(self):
        port = "" if self.port == 80 else f":{self.port}"
        self.lwchatd.out.expect(f"Browsers join at http://{self.lwchatd.host}{port}/\n")

    def test_silence_is_nobody(self):
        """A browser's spare connection; a person who connects later, and is silent, is greeted."""
        silent = self.connect()
        ann = self.person(self.lwchatd, "ann")
        self.assertFalse(is_ended(silent))
        ann.say("/who")
        self.assertNotIn(b"guest", ann.out.expect("ann"))
        silent.close()
        self.together(ann, self.person(self.lwchatd))
        console = self.console()
        self.assertEqual(console.count("Client connected"), 2)
        self.assertNotIn("without a word", console)

    def test_silent_connections_give_way(self):
        ann = self.person(self.lwchatd, "ann")
        ben = self.person(self.lwchatd, "ben")
        for number in range(200):
            self.connect()
            if number % 8 == 7:
                self.together(ann, ben)
        self.assertEqual(self.ask(get())[0], 200)
        self.assertEqual(self.ask(get())[0], 200)
        carol = self.person(self.lwchatd, "carol")
        self.together(carol, ann, ben)

    def test_incomplete_requests_give_way(self):
        """However many there are on one port, and whoever keeps opening more: both ports still serve the page."""
        half = b"GET / HTTP/1.1\r\nHo"
        for _ in range(3):
            busy = [self.connect(half) for _ in range(2 * REQUESTS)]
            for address in (self.browsers, self.lwchatd.address):
                self.assertEqual(parse(exchange_at_once(address, (get(),)))[0], 200)
        self.together(self.person(self.lwchatd, "ann"), self.person(self.lwchatd, "ben"))
        # Those that are left are served once their heads are complete.
        left = [connection for connection in busy if not is_ended(connection)]
        self.assertTrue(left)
        for connection in left:
            connection.setblocking(True)
            connection.sendall(b"st: localhost\r\n\r\n")
            self.assertEqual(parse(everything(connection))[0], 200)


    def requests(self):
        """Address and port of each HTTP request in the operator's /who."""
        self.lwchatd.out.skip()
        self.lwchatd.operator("/who")
        self.lwchatd.operator("/unban 0.0.0.0")
        listed = self.lwchatd.out.expect('!!! "0.0.0.0" is not banned').decode()
        return re.findall(r"a browser asks for something, address (\S+), port (\d+)", listed)

    def test_the_operator_ends_requests(self):
        """They are in /who, and /kick ends them by address and by port."""
        self.assertEqual(self.requests(), [])
        half = b"GET / HTTP/1.1\r\nHo"
        first, second = self.connect(half), self.connect(half)
        self.eventually(lambda: len(self.requests()) == 2, what="two requests in /who")
        self.lwchatd.operator(f"/kick {':'.join(self.requests()[0])}")
        self.eventually(lambda: is_ended(first) != is_ended(second), what="one request's end")
        self.lwchatd.operator(f"/kick {self.requests()[0][0]}")
        self.eventually(lambda: is_ended(first) and is_ended(second), what="the other's end")
        self.assertEqual(self.requests(), [])
        self.assertEqual(self.ask(get())[0], 200)


class OnUserMode(BrowsersPort, Case):
    net = "user"
    port = BROWSERS


class OnTap(BrowsersPort, Case):
    net = "tap:tap0"
    port = 80

    def connect_from(self, address, data):
        connection = self.start(socket.socket())
        connection.settimeout(SOON)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.bind((address, 0))
        connection.connect(self.browsers)
        connection.sendall(data)
        return connection

    def test_others_give_way_first(self):
        """The address that has most requests, and one that takes no answers; a ban ends all of them."""
        ip("address", "replace", "192.168.7.66/24", "dev", "tap0")
        half, rest = b"GET / HTTP/1.1\r\nHo", b"st: localhost\r\n\r\n"
        lonely = self.connect(half)
        for _ in range(3 * REQUESTS):
            self.connect_from("192.168.7.66", half)
        self.assertEqual(self.ask(get())[0], 200)
        lonely.sendall(rest)
        self.assertEqual(parse(everything(lonely))[0], 200)

        for _ in range(2 * REQUESTS):
            self.connect_from("192.168.7.66", half + rest)
        self.assertEqual(self.ask(get())[0], 200)

        begun = self.connect_from("192.168.7.66", half)
        self.assertEqual(self.ask(get())[0], 200)
        self.lwchatd.operator("/ban 192.168.7.66")
        self.eventually(lambda: is_ended(begun), what="a begun request's end")
        for data in (get(), handshake("localhost")):
            status, _, body = parse(everything(self.connect_from("192.168.7.66", data)))
            self.assertEqual((status, body), (503, b"!!! you are banned\n"))
        self.assertEqual(self.ask(get())[0], 200)


class OnTheChatsPort(Port, Case):
    net = "user"
    port = 50000

    def ask(self, *pieces):
        return parse(exchange_at_once(self.browsers, pieces))


class Slow(Case):
    def test_half_a_head(self):
        """On each port: one that stops, and one that sends a byte at a time. The chat continues meanwhile."""
        servers = [self.server(net=net) for net in ("user", "tap:tap0")]
        talkers = [[self.person(server, nick) for nick in ("ann", "ben")] for server in servers]
        start = time.monotonic()
        slow = [self.start(socket.create_connection((server.host, port), SOON))
                for server, ports in zip(servers, ((BROWSERS, 50000), (80, 50000))) for port in ports for _ in range(2)]
        for connection in slow:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: local")
        ended, rounds, next_byte = {}, 0, start
        while len(ended) < len(slow):
            self.assertLess(time.monotonic() - start, SOON)
            for number, connection in enumerate(slow):
                if number in ended:
                    continue
                if is_ended(connection):
                    ended[number] = time.monotonic() - start
                elif number % 2 and time.monotonic() >= next_byte:
                    try:
                        connection.send(b"x")
                    except ConnectionError:
                        pass  # it has just been closed
            if time.monotonic() >= next_byte:
                next_byte += 0.5
            for ann, ben in talkers:
                self.together(ann, ben)
                self.together(ben, ann)
            rounds += 1
            time.sleep(0.02)
        print(f"{rounds} rounds,", end=" ")
        self.assertGreaterEqual(min(ended.values()), HEAD_S - 0.1)
        self.assertGreater(rounds, 50)
        for ann, ben in talkers:
            self.together(ann, ben)
            self.assertEqual(ben.out.all().count(b" joined\n"), 0)


@qr.readable
class Code(Case):
    def test_code(self):
        """The page's address is shown at the start, and on the operator's request."""
        server = self.server("--qr", net="tap:tap0")
        self.assertEqual(qr.shown_on(server.out), "HTTP://192.168.7.2/")
        ann = self.person(server, "ann")
        server.out.expect("ann")
        server.operator("/qr")
        server.out.expect("Browsers join at http://192.168.7.2/")
        self.assertEqual(qr.shown_on(server.out), "HTTP://192.168.7.2/")
        ann.say("hello")
        server.out.expect("ann> hello")

    def test_where_a_telephone_does_not_get(self):
        for host in ("127.0.0.1", "0.0.0.0"):
            server = self.server("--qr", net=f"user:{host}:50000")
            server.out.expect(f"!!! no QR code: phones cannot reach {host}:8080. ")
            server.end_well()


class Taken(Case):
    def taken(self, port):
        self.start(socket.create_server(("127.0.0.1", port)))

    def test_port_that_was_asked_for(self):
        self.taken(8081)
        server = self.process(LWCHATD, "--net", "user", "--http", "8081", who=None)
        self.assertEqual(server.wait(), 1)
        self.assertEqual(server.out.expect_end().decode(), "lwchatd: port 8081 of 127.0.0.1 is in use: stop the program "
                         "that has it, or choose another port with --http\n")

    def test_port_by_default(self):
        self.taken(BROWSERS)
        server = self.server(net="user", errors=subprocess.PIPE)
        server.errors.expect(f"port {BROWSERS} of 127.0.0.1 is in use: stop the program that has it, or choose another "
                             "port with --http\n")
        server.out.expect("Browsers join at http://127.0.0.1:50000/\n")
        self.assertEqual(parse(exchange_at_once(server.address, (get(),)))[0], 200)
        self.assertEqual(server.errors.all().count(b"\n"), 1)

    def test_another_port_and_none(self):
        server = self.server("--http", "8082", net="user")
        server.out.expect("Browsers join at http://127.0.0.1:8082/\n")
        self.assertEqual(parse(exchange(("127.0.0.1", 8082), (get(),))[0])[0], 200)
        server.end_well()
        for port in ("0", "50000"):
            server = self.server("--http", port, net="user")
            server.out.expect("Browsers join at http://127.0.0.1:50000/\n")
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", BROWSERS), SOON)
            self.assertEqual(parse(exchange_at_once(server.address, (get(),)))[0], 200)
            server.end_well()


if __name__ == "__main__":
    main()
