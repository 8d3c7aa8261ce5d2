#!/usr/bin/env python3
"""lwchat with every kind of server, on both networks, and with every kind of console."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from harness import HOST_ON_TAP, LWCHAT, LWCHATD, SOON, Case, Disk, Process, Stopwatch, ip, main

# A textbook server: no newlines, each recv() is a message, "fin" ends it.
TEXTBOOK = """
import socket, sys, threading
people = {}
class Person(threading.Thread):
    def __init__(self, connection):
        threading.Thread.__init__(self, daemon=True)
        self.connection = connection
    def run(self):
        while True:
            message = self.connection.recv(1024).decode()
            print("<" + message + ">", flush=True)
            if message.upper() == "FIN" or message == "":
                break
            for name in list(people):
                if name != self.name:
                    people[name].send((self.name + "> " + message).encode())
        self.connection.send(b"fin")
        self.connection.close()
        del people[self.name]
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((sys.argv[1], int(sys.argv[2])))
listener.listen(5)
print("ready", flush=True)
while True:
    connection, address = listener.accept()
    person = Person(connection)
    people[person.name] = connection
    connection.send("Vous êtes connecté au serveur Marcel. Envoyez vos messages.".encode())
    person.start()
"""

LINES = "".join(f"{i:06d} a line of some length, é and 👩‍🚀 in it\n" for i in range(40000)).encode()


class Listener:
    """A server for one connection, controlled by the test."""

    def __init__(self, host, receive_bytes=None):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.bind((host, 0))
        self.socket.listen(5)
        self.socket.settimeout(SOON)
        self.port = self.socket.getsockname()[1]

    def accept(self):
        connection, _ = self.socket.accept()
        connection.settimeout(SOON)
        return connection

    def close(self):
        self.socket.close()


def receive_all(connection):
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def receive_until(connection, wanted):
    """Receives until the data ends with `wanted`."""
    data = bytearray()
    while not data.endswith(wanted):
        piece = connection.recv(65536)
        if not piece:
            raise AssertionError(f"no {wanted!r} in {data!r}")
        data += piece
    return bytes(data)


class Clients:
    """Tests for both networks: `net` is the client's, `host` the address of a server on this side."""

    def client(self, *arguments, **how):
        # Only lwchatd is on the usual port; the lines of a test's own server follow no rules.
        how.setdefault("who", "client" if arguments[-1] == self.server_host else "text")
        return self.process(LWCHAT, "--net", self.net, *arguments, **how)

    def listener(self, **how):
        return self.start(Listener(self.host, **how))

    def connected(self, *options, greeting=b"Welcome.\n", **how):
        listener = self.listener(**how)
        client = self.client(*options, self.host, str(listener.port))
        connection = self.start(listener.accept())
        connection.sendall(greeting)
        client.out.expect(f"Connected to {self.host} port {listener.port}.\n")
        return client, connection

    def ends(self, client, code=0):
        self.assertEqual(client.wait(), code, client.out.all())

    def test_two_clients_and_somebody_with_nc_in_one_room(self):
        server = self.server(net=self.server_net)
        alice = self.client("--nick", "alice", self.server_host)
        alice.out.expect("*** You are now alice.\n")
        carol = self.person(server, "carol")
        alice.out.expect("is now carol\n")
        alice.send("hello é\n/me waves\n")
        carol.hears("alice> hello é")
        carol.hears("* alice waves")
        carol.say("hi")
        alice.out.expect("carol> hi\n")
        bob = self.second_client("--nick", "alice", self.server_host)
        bob.out.expect('!!! the nick "alice" is taken\n')
        bob.send("I am nobody\n")
        alice.out.expect("> I am nobody\n")
        bob.end_input()
        bob.out.expect("fin\n")
        self.ends(bob)
        alice.send("/quit bye\n")
        alice.out.expect("fin\n")
        self.ends(alice)
        carol.hears("*** alice left: bye")

    def test_end_of_input_says_all_then_fin(self):
        server = self.server(net=self.server_net)
        carol = self.person(server, "carol")
        client = self.client(self.server_host)
        client.send("one\ntwo\nthe last has no end")
        client.end_input()
        carol.hears("guest2> one")
        carol.hears("guest2> two")
        carol.hears("guest2> the last has no end")
        carol.hears("*** guest2 left")
        self.ends(client)
        self.assertTrue(client.out.all().endswith(b"fin\n"))

    def test_nc_that_listens(self):
        nc = self.process("nc.openbsd", "-v", "-n", "-N", "-l", self.host, "7001", who="text")
        nc.out.expect("Listening on")
        client = self.client(self.host, "7001")
        client.out.expect("Connected to ")
        nc.out.expect("Connection received")
        client.send("hello from lwchat\n")
        nc.out.expect("hello from lwchat\n")
        nc.send("hello from nc\nhalf")
        client.out.expect("hello from nc\n")
        client.out.expect("half")
        nc.send(" a line\n")
        client.out.expect(" a line\n")
        client.end_input()
        nc.out.expect("fin\n")
        nc.end_input()
        self.ends(client)

    def test_ncat_that_chats(self):
        ncat = self.process("ncat", "-v", "-l", "--chat", self.host, "7002", who="text")
        ncat.out.expect("Listening on " + self.host)
        client = self.client(self.host, "7002")
        client.out.expect("already connected: nobody.\n")
        other = self.process("nc.openbsd", self.host, "7002", who="text")
        other.out.expect("already connected")
        client.send("hello\n")
        other.out.expect("> hello\n")
        other.send("hi\n")
        client.out.expect("> hi\n")
        client.end_input()  # ncat does not react to fin, but to our FIN
        other.out.expect("> fin\n")
        self.ends(client)

    def test_textbook_server(self):
        server = self.process(sys.executable, "-c", TEXTBOOK, self.host, "7003")
        server.out.expect("ready\n")
        client = self.client(self.host, "7003")
        client.out.expect("Vous êtes connecté au serveur Marcel. Envoyez vos messages.\n")
        long = "é" * 1000
        client.send(f"bonjour\nun\ndeux\n\ntrois\n{long}\n")
        for message in ("bonjour", "un", "deux", "trois", "é" * 512, "é" * 488):
            self.assertEqual(server.out.expect(f"<{message}>\n"), b"")
        other = self.start(socket.create_connection((self.host, 7003), SOON))
        other.recv(1024)
        other.send(b"salut")
        client.out.expect("> salut\n")
        client.end_input()
        server.out.expect("<fin>\n")
        client.out.expect("fin\n")
        self.ends(client)

    def test_framing_can_be_forced(self):
        client, connection = self.connected("--framing", "line", greeting=b"no newline here")
        client.send("a\n")
        self.assertEqual(connection.recv(100), b"a\n")
        client.out.expect("no newline here")
        client.kill()
        client, connection = self.connected("--framing", "raw")
        client.send("a\n")
        self.assertEqual(connection.recv(100), b"a")

    def test_without_nick_it_sends_nothing_by_itself(self):
        _, connection = self.connected()
        connection.settimeout(1.5)
        self.assertRaises(TimeoutError, connection.recv, 1)

    def test_a_nick_is_sent_once_greeted(self):
        listener = self.listener()
        nick = "Ж" * 16  # the longest
        self.client("--nick", nick, self.host, str(listener.port))
        connection = self.start(listener.accept())
        connection.settimeout(0.4)
        self.assertRaises(TimeoutError, connection.recv, 1)
        connection.settimeout(SOON)
        connection.sendall(b"Welcome.\n")
        self.assertEqual(connection.recv(100), f"/nick {nick}\n".encode())

    def test_everything_comes_through_a_slow_pipe_after_the_server_closed(self):
        client, connection = self.connected()
        feeder = threading.Thread(target=lambda: (connection.sendall(LINES), connection.close()))
        # The harness reads all the time; a pipe that is read late is another test.
        feeder.start()
        client.out.expect("Welcome.\n")
        self.assertEqual(client.out.expect_end(), LINES)
        self.ends(client)
        feeder.join()

        reading, writing = os.pipe()
        listener = self.listener()
        client = subprocess.Popen([LWCHAT, "--net", self.net, self.host, str(listener.port)],
                                  stdin=subprocess.PIPE, stdout=writing)
        self.addCleanup(client.kill)
        self.addCleanup(client.stdin.close)
        connection = self.start(listener.accept())
        feeder = threading.Thread(target=lambda: (connection.sendall(b"Welcome.\n" + LINES),
                                                  connection.close()))
        feeder.start()
        time.sleep(2.5)
        self.assertEqual(fcntl.fcntl(writing, fcntl.F_GETFL) & os.O_NONBLOCK, 0)
        os.close(writing)
        with open(reading, "rb") as pipe:
            pipe.readline()
            pipe.readline()
            self.assertEqual(pipe.read(), LINES)
        self.assertEqual(client.wait(SOON), 0)
        feeder.join()

    def test_input_is_held_back_and_never_lost(self):
        client, connection = self.connected(receive_bytes=4096)
        # More than all the buffers of the kernel and the stacks hold.
        lines = 8 * LINES
        typed = threading.Thread(target=lambda: (client.send(lines), client.end_input()))
        typed.start()
        time.sleep(1)
        self.assertTrue(typed.is_alive(), "everything was taken although nobody reads")
        self.assertEqual(receive_until(connection, b"\nfin\n"), lines + b"fin\n")
        connection.close()
        typed.join()
        self.ends(client)

    def test_hostile_text_is_made_safe(self):
        client, connection = self.connected()
        connection.sendall(b"\x1b[2J \xc2\x9b31m \xff\xfb\x01 a\rb \xe2\x80\xae \tx\r\n")
        client.out.expect("Welcome.\n")
        self.assertEqual(client.out.expect("x\n"), b"?[2J ?31m  a?b ?  ")
        self.assertEqual(connection.recv(100), b"\xff\xfe\x01")

    def test_a_typed_farewell_ends_the_talk(self):
        """Also with a server that does not react to it; input typed after it is not sent."""
        client, connection = self.connected()
        client.send("hello\nfin\nlater\n")
        connection.sendall(b"hello\n")
        self.assertEqual(receive_all(connection), b"hello\nfin\n")
        connection.close()
        self.ends(client)

    def test_sigint_and_sigterm_say_fin(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            client, connection = self.connected()
            client.out.expect("Welcome.\n")
            client.signal(number)
            self.assertEqual(receive_all(connection), b"fin\n")
            connection.close()
            self.ends(client)

    def test_sigint_does_not_wait_for_a_server_that_stays(self):
        client, connection = self.connected()
        client.out.expect("Welcome.\n")
        stopwatch = Stopwatch(client)
        client.signal(signal.SIGINT)
        self.assertEqual(client.ends_within(2.5, stopwatch), 0)

    def test_a_connection_that_breaks(self):
        client, connection = self.connected()
        client.out.expect("Welcome.\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        client.out.expect("was lost.\n")
        self.ends(client, 1)

    def client_that_knows(self, hosts, *arguments):
        """A client that sees these lines in its hosts file."""
        file = self.enterContext(tempfile.NamedTemporaryFile("w"))
        file.write(hosts)
        file.flush()
        return self.process("unshare", "-m", "sh", "-c", f'mount --bind {file.name} /etc/hosts && exec "$0" "$@"',
                            LWCHAT, "--net", self.net, *arguments, who="text")

    def test_names_of_the_hosts_file(self):
        listener = self.listener()
        client = self.client_that_knows(f"{self.host} chatbox\n", f"chatbox:{listener.port}")
        connection = self.start(listener.accept())
        client.out.expect(f"Connected to chatbox port {listener.port}.\n")
        connection.close()
        self.ends(client)

    def test_another_name_of_this_machine(self):
        """It resolves to a loopback address, which is reachable only from the machine itself."""
        listener = self.listener()
        client = self.client_that_knows("127.0.1.1 mybox\n", "mybox", str(listener.port))
        if self.net == "user":
            self.start(listener.accept()).close()
            client.out.expect(f"Connected to mybox port {listener.port}.\n")
        else:
            client.out.expect("Connection failed: there is no route to mybox\n")
        self.ends(client, 0 if self.net == "user" else 1)

    def test_a_connection_that_cannot_be(self):
        client = self.client(self.host, "7009")
        client.out.expect(f"Connection failed: nothing listens on {self.host} port 7009\n")
        self.ends(client, 1)

    def test_an_idle_client_sleeps(self):
        client, connection = self.connected()
        client.out.expect("Welcome.\n")
        self.comes_to_rest(client)


class OnUserMode(Clients, Case):
    net = server_net = "user"
    host = server_host = "127.0.0.1"

    def second_client(self, *arguments):
        return self.client(*arguments)

    def test_what_nobody_acknowledges(self):
        """The user-mode network acknowledges data at once, whether or not the server has received it."""
        carol = self.person(self.server(net="tap:tap0"))
        self.addCleanup(ip, "link", "set", "tap0", "master", "br0")
        client = self.client("192.168.7.2")
        client.out.expect("You are guest2")
        for delivered in (True, False):
            ip("link", "set", "tap0", "nomaster")
            client.send("hello\n")
            client.out.expect("Nothing gets through to 192.168.7.2 port 50000: what you typed waits.\n")
            if delivered:
                ip("link", "set", "tap0", "master", "br0")
                client.out.expect("What you typed has got through to 192.168.7.2 port 50000.\n")
                carol.hears("guest2> hello")
        client.signal(signal.SIGINT)
        client.out.expect("Perhaps not delivered:\nhello\n")
        self.ends(client)

    def test_localhost_is_the_host(self):
        listener = self.listener()
        client = self.client("localhost", str(listener.port))
        self.start(listener.accept())
        client.out.expect(f"Connected to localhost port {listener.port}.\n")

    def test_usage(self):
        for arguments, code, says in (
            (["--nosuch", "h"], 2, 'no option "--nosuch"'),
            ([], 1, "no server has answered"),
            (["h", "0"], 2, '"0"'),
            (["--lang", "fr", "h", "x"], 2, 'pas "x"'),
        ):
            done = subprocess.run([LWCHAT, *arguments], capture_output=True, text=True, timeout=SOON)
            self.assertEqual(done.returncode, code)
            self.assertIn(says, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1)
            self.assertEqual(done.stdout, "")
        for program, option in ((LWCHAT, "--help"), (LWCHATD, "--help"), (LWCHAT, "--version")):
            done = subprocess.run([program, option], capture_output=True, text=True, timeout=SOON)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(os.path.basename(program), done.stdout)

    def test_a_host_that_is_not_there(self):
        done = subprocess.run([LWCHAT, "nosuch.invalid"], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=SOON)
        self.assertEqual(done.returncode, 1)
        slow = "Looking up nosuch.invalid ...\n"  # shown if the look-up takes a second
        self.assertEqual((done.stdout, done.stderr.removeprefix(slow)),
                         ("", 'Connection failed: no host is called "nosuch.invalid"\n'))

    def run_with(self, redirections, greeting=b"Welcome.\n"):
        """Runs it with a shell's redirections; returns what the server received and the exit code."""
        listener = self.listener()
        command = f"exec {LWCHAT} 127.0.0.1 {listener.port} {redirections}"
        client = subprocess.Popen(["sh", "-c", command], stdin=subprocess.DEVNULL)
        self.addCleanup(client.kill)
        connection = self.start(listener.accept())
        connection.sendall(greeting)
        got = receive_until(connection, b"fin\n")
        connection.close()
        return got, client.wait(SOON)

    def test_every_kind_of_input(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(LINES)
            file.flush()
            for redirections, expected in (
                (f"<{file.name}", LINES + b"fin\n"),
                ("</dev/null", b"fin\n"),
                ("<&-", b"fin\n"),
            ):
                self.assertEqual(self.run_with(redirections + " >/dev/null"), (expected, 0))

    def test_every_kind_of_output(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"before\n")
            file.flush()
            self.run_with(f">>{file.name}")
            self.run_with(f">>{file.name}")
            with open(file.name) as written:
                lines = written.read().splitlines()
            self.assertEqual([lines[0]] + lines[2::2], ["before", "Welcome.", "Welcome."])
        for redirections in (">&-", ">/dev/full", "| true"):
            self.assertEqual(self.run_with(redirections)[0], b"fin\n")

    def test_a_disk_that_is_full_for_a_moment(self):
        """The client waits for room on the disk, and so the server waits too; then everything is shown."""
        listener = self.listener()
        client = self.start(Process(Disk.command(64 * 1024, LWCHAT, "127.0.0.1", str(listener.port)),
                                    errors=subprocess.PIPE))
        disk = Disk(client)
        connection = self.start(listener.accept())
        lines = b"Welcome.\n" + b"".join(b"bob> line %d\n" % number for number in range(20000))
        sender = threading.Thread(target=connection.sendall, args=(lines,), daemon=True)
        sender.start()
        client.errors.expect("standard output is full: output waits\n")
        disk.grow()
        self.eventually(lambda: disk.log().encode().endswith(lines))
        client.send("still here\n")
        receive_until(connection, b"still here\n")

    def test_sockets_as_console(self):
        ours, theirs = socket.socketpair()
        self.start(ours).settimeout(SOON)
        listener = self.listener()
        client = subprocess.Popen([LWCHAT, "127.0.0.1", str(listener.port)], stdin=theirs,
                                  stdout=theirs)
        self.addCleanup(client.kill)
        theirs.close()
        connection = self.start(listener.accept())
        connection.sendall(LINES)
        time.sleep(0.5)  # the socket pair is full by now
        ours.sendall(b"typed\n")
        self.assertEqual(receive_until(connection, b"typed\n"), b"typed\n")
        receive_until(ours, LINES[-60:])
        ours.shutdown(socket.SHUT_WR)
        receive_until(connection, b"fin\n")
        connection.close()
        self.assertEqual(client.wait(SOON), 0)


class OnTap(Clients, Case):
    net, server_net = "tap:tap1", "tap:tap0"
    host, server_host = HOST_ON_TAP, "192.168.7.2"

    def second_client(self, *arguments):
        return self.process(LWCHAT, "--net", "tap:tap2", "--ip", "192.168.7.4/24", *arguments)

    def cut_off(self, client, typed):
        """Removes the client's TAP from the bridge, so that what it sends is lost."""
        ip("link", "set", "tap1", "nomaster")
        self.addCleanup(ip, "link", "set", "tap1", "master", "br0")
        client.send(typed)
        client.out.expect("Nothing gets through to ", within=SOON)

    def test_what_nobody_acknowledges_is_told_and_waits(self):
        client, connection = self.connected()
        client.out.expect("Welcome.\n")
        self.cut_off(client, "hello\nstill there?\n")
        ip("link", "set", "tap1", "master", "br0")
        receive_until(connection, b"hello\nstill there?\n")
        client.out.expect("What you typed has got through to ")
        connection.close()
        self.ends(client)
        self.assertNotIn(b"Perhaps not delivered", client.out.all())

    def test_what_was_not_delivered_when_the_connection_dies_is_shown(self):
        client, connection = self.connected()
        client.out.expect("Welcome.\n")
        client.send("early\n")
        receive_until(connection, b"early\n")
        self.cut_off(client, "hello\nstill there?\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()  # the reset is lost too: a retransmission triggers another one
        ip("link", "set", "tap1", "master", "br0")
        client.out.expect("was lost.\nPerhaps not delivered:\nhello\nstill there?\n")
        self.ends(client, 1)
        self.assertNotIn(b"early", client.out.all())

    def test_a_server_that_reads_nothing_is_not_silent(self):
        client, connection = self.connected(receive_bytes=4096)
        client.out.expect("Welcome.\n")
        client.send(LINES[:90000])  # more than the network buffers hold, but not enough to fill the pipe as well
        time.sleep(8)  # a silent server is reported after 5 s
        self.assertNotIn(b"Nothing gets through", client.out.all())
        connection.close()
        client.out.expect("was lost.\n")

    def test_a_name_server_of_the_network(self):
        """--dns takes precedence over this machine's configuration."""
        listener = self.listener()
        server = self.start(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        server.bind((self.host, 53))
        server.settimeout(SOON)
        client = self.client_that_knows("192.168.7.99 chatbox.test\n", "--dns", self.host, "chatbox.test", str(listener.port))
        asked, peer = server.recvfrom(512)
        self.assertIn(b"\7chatbox\4test\0", asked)
        # The question, and one answer: its name, type A, class IN, a TTL of a minute, four bytes.
        server.sendto(asked[:2] + b"\x81\x80" + asked[4:6] + b"\0\1\0\0\0\0" + asked[12:] +
                      b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(self.host), peer)
        self.start(listener.accept()).close()
        client.out.expect(f"Connected to chatbox.test port {listener.port}.\n")
        self.ends(client)

    def test_nobody_answers(self):
        client = self.client("192.168.7.77")
        client.out.expect("Trying 192.168.7.77 port 50000 ...\n")
        client.out.expect("Connection failed: 192.168.7.77 port 50000 does not answer\n")
        self.ends(client, 1)


if __name__ == "__main__":
    main(taps=("tap0", "tap1", "tap2"), bridge="br0")
