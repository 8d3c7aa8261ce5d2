#!/usr/bin/env python3
"""lwchat-bridge: rooms of several servers, joined through a broker (mosquitto)."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import board
import harness
import mqtt
from harness import BIN, HOST_ON_TAP, ROOT, SOON, Case, Deadline, Person, Process, Server, main

BRIDGE = os.path.join(BIN, "lwchat-bridge")
BROKER = "127.0.0.1:1883"


MOSQUITTO = "/usr/sbin/mosquitto"


class Broker(Process):
    """mosquitto, which keeps on disk what it has not delivered."""

    def __init__(self, folder, listener="listener 1883 127.0.0.1\nallow_anonymous true\n"):
        path = os.path.join(folder, "mosquitto.conf")
        with open(path, "w") as file:
            file.write(f"{listener}persistence true\npersistence_location {folder}/\n"
                       "autosave_interval 1\nmax_queued_messages 0\n"
                       f"user root\n")
        super().__init__([MOSQUITTO, "-c", path], who=None)
        self.out.expect("running")


def publish(texts, topic, nick, **more):
    """Publishes messages of a server, the last part of the topic, as its bridge does (MQTT 3.1.1, QoS 1)."""
    out = mqtt.packet(0x10, mqtt.string("MQTT") + b"\4\2\0\x3c" + mqtt.string("publisher"))
    for number, text in enumerate(texts, 1):
        _, room, server = topic.rsplit("/", 2)
        payload = {"server": server, "start": 1, "seq": number, "count": number, "time": 0, "type": "message",
                   "room": f"#{room}", "from": nick, "text": text, **more}
        out += mqtt.packet(0x32, mqtt.string(topic) + number.to_bytes(2, "big") + json.dumps(payload).encode())
    host, port = BROKER.split(":")
    with socket.create_connection((host, int(port)), SOON) as peer:
        peer.sendall(out)
        answers = b""
        while len(answers) < 4 + 4 * len(texts):
            data = peer.recv(65536)
            assert data, "the broker has closed the connection"
            answers += data


# This machine's addresses on the bridge br0: the bridge's is HOST_ON_TAP. All are bridges to the servers: who talks may talk
# as fast, and who reads gets no numbers before it has resumed. Another program that was sent a new line by then would get
# the older ones without numbers.
TALKER, READER = "192.168.7.8", "192.168.7.9"
LINES, BOARD = 2000, "mps2-an385"


class Program:
    """A program in a server's lobby, in JSON, that comes back when it is cut off."""

    def __init__(self, address, source, nick):
        self._address, self._source, self._nick = address, source, nick
        self.changed = threading.Condition()
        self.heard = []  # (who, text), in order
        self.notices = []  # what bridges say of themselves
        self.wrong = []
        self.peer = None  # while it is connected, and has read what it missed
        self._start = self._seq = 0
        self._ends = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ends:
            try:
                with socket.socket() as peer:
                    peer.bind((self._source, 0))
                    peer.settimeout(5)
                    peer.connect(self._address)
                    peer.settimeout(None)
                    self._peer = peer
                    self._read(peer)
            except OSError:
                time.sleep(0.1)
            with self.changed:
                self.peer = None

    def _read(self, peer):
        peer.sendall(b"/mode json\n")
        for line in peer.makefile("rb"):
            thing = json.loads(line) if line.startswith(b"{") else {"type": ""}
            with self.changed:
                self._take(peer, thing)
                self.changed.notify_all()

    def _take(self, peer, thing):
        if thing["type"] == "hello":
            self._seq = self._seq if thing["start"] == self._start else 0
            self._start = thing["start"]
            self.send(peer, cmd=f"/nick {self._nick}")
            self.send(peer, resume={"start": self._start, "seq": self._seq})
            self.send(peer, ping=1)
        elif thing["type"] == "pong":
            self.peer = peer
        elif thing["type"] == "missed":
            self.wrong.append(thing)
        elif thing["type"] == "message" and thing.get("seq", 0) > self._seq:
            self._seq = thing["seq"]
            (self.notices if thing["from"].startswith("bridge@") else self.heard).append((thing["from"], thing["text"]))

    @staticmethod
    def send(peer, **thing):
        peer.sendall(json.dumps(thing).encode() + b"\n")

    def wait(self, true, what, state=lambda: ""):
        """`state`: tells what else a failure may be due to."""
        deadline = Deadline(SOON)
        with self.changed:
            while not true():
                if deadline.left() <= 0:
                    raise AssertionError(f"{self._nick} at {self._address[0]}: {what}: {len(self.heard)} heard, "
                                         f"{self.heard[-3:]}, {self.notices}, {self.wrong}; {state()}")
                self.changed.wait(1)

    def close(self):
        self._ends = True
        try:
            self._peer.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        with self.changed:
            self.changed.notify_all()
        self._thread.join(10)


class Talker(Program):
    """Says `NAME 0`, `NAME 1` and so on up to a goal, and reads each back: the server lets it be a bridge."""

    AHEAD = 50

    def __init__(self, address, name):
        self.name, self.said, self._goal, self._sent, self.more = name, 0, 0, 0, ""
        self.nick = f"talks-at-{name.lower()}"
        super().__init__(address, TALKER, self.nick)
        self._speaker = threading.Thread(target=self._speak, daemon=True)
        self._speaker.start()

    def _take(self, peer, thing):
        super()._take(peer, thing)
        if self.heard and self.heard[-1] == (self.nick, self.line(self.said)):
            self.said += 1
        if thing["type"] == "pong":
            self._sent = self.said

    def line(self, number):
        return f"{self.name} {number % 10} {self.more}".rstrip()  # many of a talker's lines are equal

    def _speak(self):
        while not self._ends:
            with self.changed:
                if not self.peer or self._sent >= min(self._goal, self.said + self.AHEAD):
                    self.changed.wait(1)
                    continue
                line, peer = self.line(self._sent), self.peer
                self._sent += 1
            try:
                self.send(peer, say=line)
            except OSError:
                pass

    def up_to(self, goal):
        with self.changed:
            self._goal = goal
            self.changed.notify_all()


class Wire:
    """Carries the bridge's connections to a server. While it is cut it takes everything and delivers nothing. What it has
    taken of connections that are long gone by then arrives late: half of it at flush(), the rest at flush_rest()."""

    def __init__(self, address, port):
        self._address = address
        self._mended, self._flushed, self._flushed_rest = threading.Event(), threading.Event(), threading.Event()
        self._mended.set()
        self.late = 0  # lines that were sent late
        self.before_resume = None  # called before the request to resume is delivered
        self.peers = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.host, self.port = "127.0.0.1", port
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                self._mended.wait()
                far = socket.socket()
                self.peers += [near, far]
                far.bind((HOST_ON_TAP, 0))
                far.settimeout(5)
                far.connect(self._address)
                far.settimeout(None)
            except OSError:
                if self._listener.fileno() < 0:
                    return
                near.close()
                continue
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target, source is near), daemon=True).start()

    def _carry(self, source, target, to_server):
        try:
            while data := source.recv(65536):
                if not self._mended.is_set():
                    if to_server:
                        self._carry_late(source, target, data)
                    return
                if to_server and self.before_resume and b'{"resume":' in data:
                    self.before_resume()
                target.sendall(data)
        except OSError:
            pass
        for peer in source, target:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _carry_late(self, source, target, data):
        try:
            while more := source.recv(65536):
                data += more
        except OSError:
            pass  # the bridge has reset it
        self._flushed.wait()
        half = data.index(b"\n", len(data) // 2) + 1
        target.sendall(data[:half])
        self.late += data[:half].count(b'{"say":')
        self._flushed_rest.wait()
        target.sendall(data[half:])

    def cut(self):
        self._mended.clear()

    def mend(self):
        self._mended.set()

    def flush(self):
        self._flushed.set()

    def flush_rest(self):
        self._flushed_rest.set()

    def close(self):
        self._listener.close()
        self.mend()
        self.flush()
        self.flush_rest()
        for peer in self.peers:
            peer.close()


@unittest.skipUnless(os.access(BRIDGE, os.X_OK) or os.access(MOSQUITTO, os.X_OK), "lwchat-bridge is not built")
class Usage(unittest.TestCase):
    def test_usage(self):
        for arguments, line in (
            ((), "--server and --broker are needed: --help lists the options"),
            (("--server", "a"), "--server and --broker are needed"),
            (("--server", "a:b"), '--server "a:b": HOST or HOST:PORT'),
            (("--server", "a", "--server", "a:50000"), '--server "a:50000": given twice'),
            (("--room", "lab"), '--room "lab": # and then 1 to 15 of a-z 0-9 - _'),
            (("--prefix", "a/#"), '--prefix "a/#": the beginning of a topic, as in campus/lwchat'),
            (("--nick", "a@b"), '--nick "a@b": not a nick'),
            (("--server", "a", "--broker", "b", "--tls-key", "k"), "--tls-cert and --tls-key go together, with --tls-ca"),
            (("--server", "a", "--broker", "b", "--password-file", "p"), "--password-file needs --user"),
            (("x",), 'argument "x": unexpected, --help lists the options'),
        ):
            done = subprocess.run([BRIDGE, *arguments], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn(line, done.stderr)
        done = subprocess.run([BRIDGE, "--help"], capture_output=True, text=True)
        with open(os.path.join(ROOT, "tools", "bridge", "README.md"), encoding="utf-8") as file:
            self.assertIn(f"```\n{done.stdout}```\n", file.read())


@unittest.skipUnless(os.access(MOSQUITTO, os.X_OK), "mosquitto is not installed")
class Bridged(Case):
    def setUp(self):
        self.assertTrue(os.access(BRIDGE, os.X_OK), "lwchat-bridge is not built: libmosquitto-dev is missing")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for address in TALKER, READER:
            harness.ip("address", "replace", f"{address}/24", "dev", "br0")
        self.broker = self.start(Broker(self.folder.name))

    def op(self, server, *addresses):
        for address in addresses or (HOST_ON_TAP, TALKER, READER):
            server.operator(f"/op bridge {address}")
            server.out.expect(f"*** {address} is a bridge to other servers")
        return server

    def server_on(self, tap, number, name, *options, ends_well=True):
        options = "--name", name, "--hostname", name.lower(), "--quiet", "--ip", f"192.168.7.{number}/24", *options
        net = f"tap:{tap}"
        return self.op(self.server(*options, net=net) if ends_well else self.start(Server(*options, net=net)))

    def run_bridge(self, servers, *options, joins=None):
        arguments = [BRIDGE, "--broker", BROKER, "--state", os.path.join(self.folder.name, "state"), *options]
        for server in servers:
            arguments += ["--server", f"{server.host}:{server.port}"]
        bridge = self.start(Process(arguments, who=None))
        for _ in range(len(servers) if joins is None else joins):
            bridge.out.expect("joined: ")
        return bridge

    def end_bridge(self, bridge):
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(), 0, bridge.out.all())
        bridge.out.expect("ended\n")

    def test_two_servers(self):
        history = "--history", os.path.join(self.folder.name, "history")
        zoe, lucas = self.server_on("tap0", 2, "Zoe", *history, ends_well=False), self.server_on("tap1", 3, "Lucas")
        zoe.operator(f"/op none {HOST_ON_TAP}")
        alice, bob, impostor = self.person(zoe, "alice"), self.person(lucas, "bob"), self.person(zoe, "bridge")
        with self.subTest("it speaks once the operator lets it"):
            bridge = self.run_bridge([zoe, lucas], "--room", "#lobby", "--room", "#lab", "--presence", joins=0)
            waits = rb"not allowed to bridge yet: run /op bridge (\S+) \(or its address\) on the console of Zoe\n"
            self.eventually(lambda: bridge.out.all().count(b" joined: ") == 2 and
                            len(re.findall(waits, bridge.out.all())) == 2)
            # An impostor has the nick, and is not what the operator is told to let speak.
            for nick in re.findall(waits, bridge.out.all()):
                self.assertTrue(nick.startswith(b"guest"), nick)
            bob.say("too early for Zoe")
            zoe.operator(f"/op bridge {HOST_ON_TAP}")
            self.eventually(lambda: bridge.out.all().count(b" joined: Zoe") == 2)
            alice.hears("bob@Lucas> too early for Zoe")
        with self.subTest("what is said, and who comes"):
            impostor.say("500 messages from Zoe are missing")
            alice.hears("bridge> 500 messages from Zoe are missing")
            impostor.say("/quit")
            alice.say("hello there")
            self.assertNotIn(b"bridge@Zoe", bob.hears("alice@Zoe> hello there"))
            bob.say("/me waves")
            alice.hears("* bob@Lucas waves")
            bob.say('a "quoted" \\ text, ünïcödé 😀')
            alice.hears('bob@Lucas> a "quoted" \\ text, ünïcödé 😀')
            carol = self.person(zoe, "carol")
            bob.out.expect("@Zoe is now carol\n")
            carol.say("/join #lab")
            bob.hears("* carol@Zoe left")
            bob.say("/join #lab")
            carol.hears("* bob@Lucas joined")
            carol.say("in the lab")
            bob.hears("carol@Zoe> in the lab")
            bob.say("/join #lobby")
            carol.hears("* bob@Lucas left")
        self.end_bridge(bridge)

        with self.subTest("a torn record, and what the log has lost"):
            with open(os.path.join(self.folder.name, "state"), "ab") as file:
                file.write(b"\x20\0\0\0torn")
            shutil.copy(history[1], f"{history[1]}.old")
            talker = self.start(Talker(zoe.address, "Zoe"))
            talker.wait(lambda: talker.peer, "joins")
            talker.more = "x" * 900
            talker.up_to(LINES)
            talker.wait(lambda: talker.said == LINES, "says all")
            bob.say("meanwhile")
            bridge = self.run_bridge([zoe, lucas], "--room", "#lobby", "--verbose", joins=0)
            self.eventually(lambda: b"bob@Lucas: meanwhile" in bridge.out.all() and b"did not reach" in bridge.out.all())
            log = bridge.out.all().decode()
            self.assertIn("the last 8 bytes were torn, and are dropped", log)
            lost = int(re.search(r"(\d+) messages of this room did not reach the other servers", log)[1])
            self.assertTrue(LINES / 4 < lost < LINES, lost)
            for line in f"bridge@Zoe> {lost} messages of this room did not reach the other servers", "bob@Lucas> meanwhile":
                self.eventually(lambda: f"\n{line}\n".encode() in alice.out.all(), what=line)
            before = bob.hears(f"bridge@Zoe> {lost} messages from Zoe are missing").decode()
            self.assertNotIn("talks-at-zoe@Zoe> ", before)
            for number in range(lost, LINES):
                self.assertEqual(bob.hears(f"talks-at-zoe@Zoe> {talker.line(number)}"), b"")
        with self.subTest("a server that is killed, and has its history"):
            zoe.kill()
            bob.say("while it is away")
            zoe = self.server_on("tap0", 2, "Zoe", *history)
            dora = self.person(zoe)
            dora.hears("bob@Lucas> meanwhile")
            dora.hears("bob@Lucas> while it is away")
            dora.say("it is back")
            self.assertEqual(bob.hears(f"{dora.nick}@Zoe> it is back"), b"")
        with self.subTest("a server with an older history"):
            zoe.end_well()
            os.rename(f"{history[1]}.old", history[1])
            zoe = self.server_on("tap0", 2, "Zoe", *history)
            eve = self.person(zoe, "eve")
            eve.say("it is an older one")
            self.assertEqual(bob.hears("eve@Zoe> it is an older one"),
                             b"bridge@Zoe> Zoe was started again: what was said there last may be missing\n")
            bob.say("who is there?")
            eve.hears("bob@Lucas> who is there?")
            self.assertNotIn(b"@Zoe> ", eve.out.all())
        with self.subTest("what cannot be stored is not acknowledged"):
            self.end_bridge(bridge)
            state = os.path.join(self.folder.name, "state")
            servers = [part for server in (zoe, lucas) for part in ("--server", f"{server.host}:{server.port}")]
            bridge = self.process("sh", "-c", f'ulimit -f {os.path.getsize(state) // 512 + 40}; exec "$@"', "sh", BRIDGE,
                                  "--broker", BROKER, "--state", state, *servers, who=None)
            self.eventually(lambda: bridge.out.all().count(b" joined: ") == 2)
            lines = [f"{number} {'z' * 900}" for number in range(100)]
            publish(lines, "lwchat/lobby/Other", "x")
            self.assertEqual(bridge.wait(), 1)
            bridge.out.expect("cannot be written: File too large\n")
            bridge = self.run_bridge([zoe, lucas])
            for line in lines:
                bob.hears(f"x@Other> {line}")
            self.assertNotIn(b" missing\n", bob.out.all().split(lines[0].encode())[-1])
        with self.subTest("two servers with one name"):
            other = self.server_on("tap2", 4, "Zoe")
            self.end_bridge(bridge)
            bridge = self.run_bridge([zoe, other], joins=0)
            twin = b"not joined: another server is called Zoe, too: lwchatd --name"
            self.eventually(lambda: b" joined: Zoe" in bridge.out.all() and twin in bridge.out.all())
        with self.subTest("only one bridge uses a state file"):
            second = self.process(BRIDGE, "--broker", BROKER, "--server", "127.0.0.1", "--state",
                                  os.path.join(self.folder.name, "state"), who=None)
            self.assertEqual(second.wait(), 1)
            second.out.expect("cannot be used: another lwchat-bridge uses it")
        self.end_bridge(bridge)

    def test_servers_with_a_password(self):
        passwords = {"right": "open sesame", "wrong": "sesame"}
        for name, text in passwords.items():
            with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as file:
                file.write(text + "\n")
        zoe = self.server_on("tap0", 2, "Zoe", "--password", passwords["right"])
        lucas = self.server_on("tap1", 3, "Lucas")
        for name, why in (None, "it asks for a password: --server-password"), ("wrong", "wrong password"):
            options = ("--server-password", os.path.join(self.folder.name, name)) if name else ()
            bridge = self.run_bridge([zoe, lucas], *options, joins=0)
            bridge.out.expect(why)
            self.eventually(lambda: b" joined: Lucas" in bridge.out.all())
            self.end_bridge(bridge)
        bridge = self.run_bridge([zoe, lucas], "--server-password", os.path.join(self.folder.name, "right"))
        bob, alice = self.person(lucas, "bob"), self.start(Person(zoe.address).listen())
        alice.out.expect("*** Password? ")
        alice.say(passwords["right"])
        alice.say("/nick alice")
        alice.hears("*** You are now alice.")
        alice.say("hello")
        bob.hears("alice@Zoe> hello")
        bob.say("good evening")
        alice.hears("bob@Lucas> good evening")
        self.end_bridge(bridge)

    def test_tls_and_password(self):
        """Only with the right certificate of the broker, and the right password."""
        folder = self.folder.name
        for who in "broker", "other":
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                            "-keyout", f"{folder}/{who}.key", "-out", f"{folder}/{who}.pem", "-subj", "/CN=localhost",
                            "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        subprocess.run(["mosquitto_passwd", "-b", "-c", f"{folder}/users", "bridge", "secret"], check=True,
                       capture_output=True)
        with_tls = (f"listener 8883 127.0.0.1\ncafile {folder}/broker.pem\ncertfile {folder}/broker.pem\n"
                    f"keyfile {folder}/broker.key\npassword_file {folder}/users\nallow_anonymous false\n")
        broker = self.start(Broker(folder, with_tls))
        for name, text in ("right", "secret\n"), ("wrong", "guess\n"):
            with open(f"{folder}/{name}", "w") as file:
                file.write(text)

        def starts(password, certificate, line):
            bridge = self.process(BRIDGE, "--server", "127.0.0.1:1", "--broker", "localhost", "--user", "bridge",
                                  "--password-file", f"{folder}/{password}", "--tls-ca", f"{folder}/{certificate}.pem",
                                  "--state", f"{folder}/state", who=None)
            bridge.out.expect(f"broker localhost:8883: {line}")
            return bridge

        self.end_bridge(starts("wrong", "broker", "not reached: Connection Refused: "))
        self.end_bridge(starts("right", "other", "not reached: "))
        shutil.copy(f"{folder}/broker.pem", f"{folder}/copy.pem")
        bridge = starts("right", "copy", "connected\n")
        os.rename(f"{folder}/copy.pem", f"{folder}/gone.pem")
        broker.kill()
        bridge.out.expect("connection lost: ")
        bridge.out.expect("not reached: --tls-ca, --tls-cert or --tls-key: a file cannot be read\n")
        os.rename(f"{folder}/gone.pem", f"{folder}/copy.pem")
        self.start(Broker(folder, with_tls))
        bridge.out.expect("connected\n")
        self.end_bridge(bridge)
        bad = self.process(BRIDGE, "--server", "127.0.0.1:1", "--broker", "localhost", "--tls-ca", f"{folder}/none.pem",
                           "--state", f"{folder}/state", who=None)
        self.assertEqual(bad.wait(), 1)
        bad.out.expect("lwchat-bridge: --tls-ca, --tls-cert or --tls-key: a file cannot be read\n")

    def test_faults(self):
        """The broker is killed, a server cut off, the bridge killed, and a server started again, all in the middle."""
        zoe, lucas = self.server_on("tap0", 2, "Zoe"), self.server_on("tap1", 3, "Lucas")
        self.process("dnsmasq", "--no-daemon", "--port=0", "--interface=br0", "--bind-interfaces", "--conf-file=/dev/null",
                     "--dhcp-leasefile=/dev/null", "--user=root", "--no-ping", "--dhcp-range=192.168.7.50,192.168.7.60,1h")
        marcel = self.op(self.start(board.Board(BOARD, tap="tap2")))
        wire = self.start(Wire(lucas.address, 50001))
        joined = [zoe, wire, marcel]
        bridge = self.run_bridge(joined)
        # A board is called Marcel.
        servers = {"Zoe": zoe, "Lucas": lucas, "Marcel": marcel}
        readers = {name: self.start(Program(server.address, READER, "reader")) for name, server in servers.items()}
        talkers = [self.start(Talker(server.address, name)) for name, server in servers.items()]
        for program in (*readers.values(), *talkers):
            program.wait(lambda: program.peer, "joins")

        def state():
            return (f"{wire.late} lines were late; the bridge says {bridge.out.all().decode()!r}; the board "
                    f"{'runs' if marcel.running() else 'has ended'}, and says {marcel.out.all()[-200:]!r}")

        def let(goal, said):
            for talker in talkers:
                talker.up_to(goal)
            for talker in talkers:
                talker.wait(lambda: talker.said >= said, f"says {said}", state)

        def heard_all(lines):
            for reader in readers.values():
                reader.wait(lambda: len(reader.heard) >= 3 * lines, f"hears {lines} of each", state)

        def step(what):
            print(f"   {time.monotonic() - began:.1f} s: {what}")

        began = time.monotonic()
        let(400, 200)
        step("the broker hangs, and is killed")
        self.broker.signal(signal.SIGSTOP)
        let(400, 300)
        self.broker.kill()
        let(400, 400)
        step("the broker is started")
        self.broker = self.start(Broker(self.folder.name))
        heard_all(400)

        let(500, 500)
        heard_all(500)
        step("the wire to a server is cut")
        wire.cut()
        let(800, 500)
        bridge.out.expect("connection lost: timed out")
        let(800, 800)
        step("the wire is mended")

        def be_late():
            wire.flush()
            self.eventually(lambda: wire.late > 0)

        # Some lines are said just before the bridge resumes. The server has ended their connection when the rest come.
        wire.before_resume = be_late
        wire.mend()
        heard_all(800)
        wire.before_resume = None
        wire.flush_rest()

        let(1200, 1000)
        step("the bridge is killed")
        bridge.kill()
        let(1200, 1200)
        step("the bridge is started, and there is talk while it resumes")
        # What the bridge reads between the server's permission and its own request, it must not take for all.
        wire.before_resume = lambda: let(1300, 1300)
        bridge = self.run_bridge(joined)
        wire.before_resume = None
        heard_all(1300)

        let(1600, 1400)
        step("a server is started again")
        lucas.end_well()
        step("it has ended")
        lucas = self.server_on("tap1", 3, "Lucas")
        step("it is started")
        heard_all(1600)
        step("1600")
        let(LINES, LINES)
        heard_all(LINES)
        step("all is heard")
        self.end_bridge(bridge)

        for name, reader in readers.items():
            self.assertEqual(reader.wrong, [])
            for talker in talkers:
                who = talker.nick + ("" if talker.name == name else f"@{talker.name}")
                said = [text for sender, text in reader.heard if sender == who]
                self.assertEqual(said, [f"{talker.name} {number % 10}" for number in range(LINES)], f"{who} on {name}")
            others = [] if name == "Lucas" else ["Lucas was started again: what was said there last may be missing"]
            self.assertEqual([text for _, text in reader.notices], others, name)


if __name__ == "__main__":
    main(taps=("tap0", "tap1", "tap2"), bridge="br0")
