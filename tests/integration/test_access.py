#!/usr/bin/env python3
"""Who is let in: the password, connections that a proxy passes on, and TLS by stunnel and socat."""

import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import termios
import time

from harness import LWCHAT, Case, Person, main

SECRET = "open sesame"
ASKED = "*** Password? The next thing you send is taken for it.\n"
WRONG = "!!! wrong password, nothing was said: 2 more attempts\n"
UP, DOWN = "\033[A", "\033[B"
KILL, YANK, BEGIN, END, REPEAT = "\x15", "\x19", "\x18(", "\x18)", "\x18e"
PROXY = "PROXY TCP4 198.51.100.7 203.0.113.9 40000 443\r\n"
PROXY_PORT, STUNNEL_PORT, SOCAT_PORT = 50001, 50443, 50444
ORIGIN = f"https://chat.test:{STUNNEL_PORT}"


class Passwords(Case):
    def server(self, *options, **how):
        # Neither the console nor what --verbose prints has ever had it, once the server has ended.
        self.addCleanup(lambda: self.assertNotIn(b"sesame", server.out.all() + server.errors.all()))
        server = super().server("--verbose", "--password", SECRET, *options, errors=subprocess.PIPE, **how)
        return server

    def newcomer(self, server, **how):
        person = self.start(Person(server.address, **how)).listen()
        person.out.expect(ASKED)
        return person

    def test_people(self):
        lwchatd = self.server()
        alice, bot = self.newcomer(lwchatd), self.newcomer(lwchatd)
        bot.say("hello, everybody")
        bot.out.expect(WRONG)
        alice.say(SECRET)
        alice.named("alice")
        for left in ("1 more attempt\n", "connect again to try again\nfin\n"):
            bot.say("/msg alice hello")
            bot.out.expect(left)
        bot.out.expect_end()
        # A textbook client sends no line ends.
        bob = self.newcomer(lwchatd)
        bob.send(SECRET)
        bob.out.expect("You are connected to server Marcel. Send your messages.")
        self.assertEqual(alice.hears("*** guest2 joined"), b"")
        waiting = self.newcomer(lwchatd)
        lwchatd.out.skip()
        lwchatd.operator("/who")
        lwchatd.out.expect(f"*** somebody is arriving, address 10.0.2.2, port {waiting.port}, number ")

    def test_everything_at_once(self):
        lwchatd = self.server()
        alice = self.newcomer(lwchatd)
        alice.say(SECRET)
        alice.named("alice")
        done = subprocess.run(["nc", "-N", *map(str, lwchatd.address)], input=f"{SECRET}\nhello all\n".encode(),
                              capture_output=True, timeout=60)
        self.assertTrue(done.stdout.endswith(b"leaves.\nfin\n"), done.stdout)
        alice.hears("guest2> hello all")

    def test_the_client(self):
        lwchatd = self.server()
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(SECRET + "\nand no more\n")
            file.flush()
            for options, typed, code in ((("--password", "@" + file.name), "hello\n", 0), ((), f"{SECRET}\nhello\n", 0),
                                         (("--password", "nonsense"), "hello\n", 1)):
                done = subprocess.run([LWCHAT, "--nick", "bob", *options, "localhost"], input=typed, text=True,
                                      capture_output=True, timeout=60)
                self.assertEqual(done.returncode, code, done.stdout + done.stderr)
                self.assertNotIn("sesame", done.stdout + done.stderr)
                if code == 0:
                    lwchatd.out.expect("bob> hello\n")
        lwchatd.operator("/who")
        lwchatd.out.expect("nobody is here")
        # On a terminal it is asked for, and not shown.
        lwchat = self.process(LWCHAT, "--nick", "eve", "localhost", on_terminal=True, who=None)
        lwchat.out.expect("Password?")
        lwchat.send(SECRET + "\r")
        lwchat.out.expect("You are now eve.")
        lwchat.send("hello\r")
        lwchatd.out.expect("eve> hello")
        lwchat.send("/quit\r")
        self.assertEqual(lwchat.wait(), 0)
        self.assertNotIn(b"sesame", lwchat.out.all())
        self.what_is_typed_too_early_or_too_late(lwchatd)
        self.half_a_password(lwchatd)

    def on_a_terminal(self, nick):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        os.mkdir(os.path.join(folder.name, "lwchat"))
        with open(os.path.join(folder.name, "lwchat", "history"), "w", encoding="utf-8") as file:
            file.write("older\n")
        environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm", INPUTRC="/dev/null", XDG_STATE_HOME=folder.name)
        return self.process(LWCHAT, "--nick", nick, "localhost", on_terminal=True, who=None, env=environment)

    def is_read(self, lwchat):
        """Waits until the client has read what was typed: then Ctrl-L clears the screen."""
        lwchat.out.skip()
        lwchat.send("\f")
        lwchat.out.expect("\033[H\033[2J")

    def what_is_typed_too_early_or_too_late(self, lwchatd):
        lwchatd.signal(signal.SIGSTOP)
        self.addCleanup(lwchatd.signal, signal.SIGCONT)
        lwchat = self.on_a_terminal("fay")
        lwchat.out.expect("> ")
        lwchat.send("good")
        lwchat.out.expect("good")
        lwchatd.signal(signal.SIGCONT)
        lwchat.out.expect("Password?")
        lwchatd.signal(signal.SIGSTOP)
        lwchat.send(f"{BEGIN}{SECRET}{KILL}{SECRET}{END}\r{SECRET}\r{SECRET}{UP}")
        self.is_read(lwchat)
        lwchatd.signal(signal.SIGCONT)
        lwchat.out.expect("You are now fay.")
        lwchat.send(UP)
        lwchat.out.expect("older")
        lwchat.send(DOWN + YANK + REPEAT + " day\r")
        lwchatd.out.expect("fay> good day\n")
        lwchat.send("/quit\r")
        self.assertEqual(lwchat.wait(), 0)
        self.assertNotIn(b"sesame", lwchat.out.all())

    def half_a_password(self, lwchatd):
        lwchat = self.on_a_terminal("gil")
        lwchat.out.expect("Password?")
        lwchat.send(SECRET)
        self.is_read(lwchat)
        lwchat.send("\x03")
        lwchat.wait()
        self.assertNotIn(b"sesame", lwchat.out.all())

    def test_telnet_hides_what_is_typed(self):
        lwchatd = self.server()
        telnet = self.process("telnet", on_terminal=True, who=None)
        telnet.out.expect("telnet> ")
        telnet.send(f"open 127.0.0.1 -{lwchatd.port}\r")  # with - it negotiates, as on port 23
        telnet.out.expect("Password?")
        self.eventually(lambda: not termios.tcgetattr(telnet._input)[3] & termios.ECHO, what="the echo off")
        telnet.send(SECRET + "\r")
        telnet.out.expect("leaves.")
        telnet.send("hello\r")
        lwchatd.out.expect("guest1> hello")
        telnet.out.expect("hello")  # it is echoed again
        self.assertNotIn(b"sesame", telnet.out.all())

    def test_irc(self):
        lwchatd = self.server("--irc", "6667")
        for password, answer in ((SECRET, " 001 bob :"), ("nonsense", " 464 * :wrong password"), ("", " 464 * :this")):
            client = self.start(Person((lwchatd.host, 6667)))
            client.out = None
            client.socket.settimeout(60)
            client.send((f"PASS :{password}\r\n" if password else "") + "NICK bob\r\nUSER bob 0 * :Bob\r\n")
            heard = b""
            while answer.encode() not in heard:
                more = socket.socket.recv(client.socket, 4096)
                self.assertTrue(more, heard)
                heard += more

    def test_five_wrong_ones_and_an_address_waits(self):
        lwchatd = self.server(net="tap:tap0")
        for attempts in (2, 2):
            person = self.newcomer(lwchatd)
            for _ in range(attempts):
                person.say("nonsense")
                person.out.expect("wrong password")
        person = self.newcomer(lwchatd)
        person.say("nonsense")
        person.out.expect("!!! too many wrong passwords from your address: try again in ")
        person.out.expect(" seconds\nfin\n")
        person.out.expect_end()
        lwchatd.out.expect("*** 192.168.7.1 waits a minute: too many wrong passwords\n")
        late = self.start(Person(lwchatd.address)).listen()
        self.assertRegex(late.out.expect("fin\n").decode(), r"^!!! too many wrong .* in \d+ seconds\n")
        other = self.newcomer(lwchatd, source="169.254.0.1")
        other.say(SECRET)
        other.named("bob")

    def test_who_waits_gives_way(self):
        lwchatd = self.server("--max-clients", "3")
        first, second, third = (self.newcomer(lwchatd) for _ in range(3))
        alice = self.newcomer(lwchatd)
        first.out.expect_end()
        for person, nick in ((alice, "alice"), (second, "bob"), (third, "carol")):
            person.say(SECRET)
            person.named(nick)
        late = self.start(Person(lwchatd.address)).listen()
        late.out.expect("!!! the server is full (3 of 3), try again later\n")


class Proxies(Case):
    def who(self, lwchatd):
        lwchatd.out.skip()
        lwchatd.operator("/who\n/unban 0.0.0.0")
        return lwchatd.out.expect('!!! "0.0.0.0" is not banned').decode()

    def test_headers(self):
        for net, proxy in (("user", "127.0.0.1"), ("tap:tap0", "192.168.7.1")):
            lwchatd = self.server("--proxy", proxy, net=net)
            person = self.start(Person((lwchatd.host, PROXY_PORT)))
            for byte in PROXY:
                person.send(byte)
                time.sleep(0.001)
            person.named("alice")
            lwchatd.out.expect("Client connected: guest1, address 198.51.100.7, port 40000.")
            v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x21" + struct.pack(">H", 36)
            v2 += socket.inet_pton(socket.AF_INET6, "2001:db8::7") * 2 + struct.pack(">HH", 40001, 443)
            person = self.start(Person((lwchatd.host, PROXY_PORT)))
            person.send(v2 + b"hello at once\n")
            person.named("bob")
            self.assertIn("bob in #lobby, address 2001:db8::7, port 40001, number 2", self.who(lwchatd))
            local = self.start(Person((lwchatd.host, PROXY_PORT)))
            local.send("PROXY UNKNOWN\r\n")
            local.named("carol")
            self.assertRegex(self.who(lwchatd), rf"carol in #lobby, address {'10.0.2.2' if net == 'user' else proxy}, ")
            # A ban is of the header's address.
            lwchatd.operator("/ban 198.51.100.0/24")
            banned = self.start(Person((lwchatd.host, PROXY_PORT))).listen()
            banned.send(PROXY)
            banned.out.expect("!!! you are banned\n")
            # On any other port a header is what it was.
            person = self.start(Person(lwchatd.address)).listen()
            person.send(PROXY)
            person.out.expect_end()
            lwchatd.out.expect("turned away: a PROXY header")
            self.person(lwchatd, "dora")
            lwchatd.end_well()

    def test_what_is_refused(self):
        lwchatd = self.server("--proxy", "192.168.7.1", net="tap:tap0")
        told = "closed on the proxy's port: no valid PROXY header, or not from --proxy"
        for source, text in (("192.168.7.1", "hello\n"), ("192.168.7.1", PROXY[:20] + "\r\n"), ("169.254.0.1", PROXY)):
            try:
                person = self.start(Person((lwchatd.host, PROXY_PORT), source=source)).listen()
                person.send(text)
                person.out.expect_end()
            except ConnectionError:
                pass  # it was reset before it could say anything
        self.assertEqual(self.who(lwchatd).count("nobody is here"), 1)
        said = lwchatd.out.all().decode()
        self.assertEqual([said.count(f"connection from {source} {told}") for source in ("192.168.7.1", "169.254.0.1")],
                         [1, 1], said)
        # One that says nothing, or half a header, is closed in time.
        late = [self.start(Person((lwchatd.host, PROXY_PORT))).listen() for _ in range(2)]
        late[1].send(PROXY[:20])
        for person in late:
            person.out.expect_end()


class Tls(Case):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.key, cls.certificate = (os.path.join(folder.name, name) for name in ("key.pem", "cert.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", cls.key, "-out", cls.certificate, "-days", "2", "-subj", "/CN=chat.test", "-addext",
                        "subjectAltName=DNS:chat.test"], check=True, capture_output=True, timeout=60)
        cls.folder = folder.name

    def stunnel(self):
        conf = os.path.join(self.folder, "stunnel.conf")
        with open(conf, "w", encoding="utf-8") as file:
            file.write(f"foreground = yes\npid =\n[chat]\naccept = 127.0.0.1:{STUNNEL_PORT}\n"
                       f"connect = 127.0.0.1:{PROXY_PORT}\nprotocol = proxy\ncert = {self.certificate}\nkey = {self.key}\n")
        self.process("stunnel", conf, who=None)
        self.accepts(STUNNEL_PORT)

    def accepts(self, port):
        def connects():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        self.eventually(connects, what=f"port {port}")

    def connection(self, port, source):
        """A connection over TLS whose certificate is valid for chat.test, as a user of the chat."""
        context = ssl.create_default_context(cafile=self.certificate)
        person = Person(("127.0.0.1", port), source=source)
        person.socket = context.wrap_socket(person.socket, server_hostname="chat.test")
        return self.start(person)

    def test_by_stunnel_with_the_peers_addresses(self):
        lwchatd = self.server("--proxy", "127.0.0.1", "--password", SECRET)
        self.stunnel()
        alice = self.connection(STUNNEL_PORT, "127.0.0.9").listen()
        alice.out.expect(ASKED)
        alice.say(SECRET)
        alice.named("alice")
        lwchatd.out.expect("Client connected: guest1, address 127.0.0.9, ")
        nc = self.process("nc", *map(str, lwchatd.address), who="person")
        nc.out.expect(ASKED)
        nc.send(SECRET + "\n")
        nc.out.expect("leaves.\n")
        nc.send("hello from nc\n")
        alice.hears("guest2> hello from nc")
        alice.say("hello over TLS")
        nc.out.expect("alice> hello over TLS\n")
        lwchatd.operator("/who")
        lwchatd.out.expect("*** alice in #lobby, address 127.0.0.9, port ")
        lwchatd.out.expect("*** guest2 in #lobby, address 10.0.2.2, port ")
        # The page, by the name in the certificate.
        for origin, status in ((ORIGIN, 101), (ORIGIN.replace("https", "http"), 403), ("https://evil.test", 403)):
            self.assertEqual(self.upgrade(self.connection(STUNNEL_PORT, "127.0.0.8"), origin), status, origin)
        # Not where there is no proxy: a foreign name may resolve to this machine.
        plain = self.start(Person(lwchatd.address))
        self.assertEqual(self.upgrade(plain, ORIGIN), 403)

    def upgrade(self, connection, origin):
        connection.socket.settimeout(60)
        connection.send(f"GET /ws HTTP/1.1\r\nHost: chat.test:{STUNNEL_PORT}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                        "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        answer = connection.socket.read(4096) if isinstance(connection.socket, ssl.SSLSocket) else \
            socket.socket.recv(connection.socket, 4096)
        return int(re.match(rb"HTTP/1\.1 (\d+) ", answer)[1])

    def test_by_socat_without_them(self):
        lwchatd = self.server()
        self.process("socat", f"OPENSSL-LISTEN:{SOCAT_PORT},bind=127.0.0.1,reuseaddr,fork,cert={self.certificate},"
                     f"key={self.key},verify=0", f"TCP:{lwchatd.host}:{lwchatd.port}", who=None)
        self.accepts(SOCAT_PORT)
        alice = self.connection(SOCAT_PORT, "127.0.0.9").named("alice")
        bob = self.person(lwchatd, "bob")
        bob.say("hello")
        alice.hears("bob> hello")
        lwchatd.operator("/who")
        lwchatd.out.expect("*** alice in #lobby, address 10.0.2.2, port ")


if __name__ == "__main__":
    main()
