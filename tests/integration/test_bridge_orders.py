#!/usr/bin/env python3
"""lwchat-bridge between a server and a broker that do what the test says, in the order that it says."""

import contextlib
import json
import os
import signal
import socket
import tempfile
import threading
import unittest

import mqtt
from harness import BIN, SOON, Case, Deadline, Process, main

BRIDGE = os.path.join(BIN, "lwchat-bridge")
MOSQUITTO = "/usr/sbin/mosquitto"
RUN = 7


class Peer:
    """Accepts connections one after the other, and runs serve() for each."""

    def __init__(self):
        self.changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self.peer = None
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self._open.wait()
            with self.changed:
                self.peer = peer
                self.connections += 1
                self.changed.notify_all()
            with contextlib.suppress(OSError):
                self.serve(peer)
            with self.changed:
                self.peer = None
                self.changed.notify_all()
            peer.close()

    def wait(self, true, what):
        deadline = Deadline(SOON)
        with self.changed:
            while not true():
                if deadline.left() <= 0:
                    raise AssertionError(f"{type(self).__name__}: {what}: {vars(self)}")
                self.changed.wait(1)

    def hang_up(self):
        with self.changed:
            peer = self.peer
        with contextlib.suppress(OSError, AttributeError):
            peer.shutdown(socket.SHUT_RDWR)
        self.wait(lambda: not peer or self.peer is not peer, "the connection ends")

    @contextlib.contextmanager
    def closed(self):
        """Hangs up, and serves the next connection only afterwards."""
        self._open.clear()
        try:
            self.hang_up()
            yield
        finally:
            self._open.set()

    def close(self):
        self._listener.close()
        with contextlib.suppress(OSError, AttributeError):
            self.peer.shutdown(socket.SHUT_RDWR)


class Server(Peer):
    """A server's JSON dialect, with one room."""

    def __init__(self, name="Zoe"):
        self.name, self.start, self.room = name, RUN, "#lobby"
        self.log = []        # what was said, with its number
        self.people = 0      # messages of people in it so far, those that are lost too
        self.lost = []       # for each request to resume: what it is told that it has missed
        self.resumed = []    # the numbers that it resumed at
        self.said = []       # what the bridge has said
        self.reads_back = True
        self.unread = []     # what it said that it was not sent back
        self.left = False    # it has said /quit
        self.rooms_full = False
        self.joins = 0
        self.errors = {}     # text -> error with which it is refused
        self.time_s = 2_000_000_000
        self._at = 0
        self._numbered = False
        super().__init__()

    def serve(self, peer):
        self._numbered = self.left = False
        self._in_room = self.room == "#lobby"
        peer.sendall(f"You are connected to server {self.name}. Send your messages.\n".encode())
        for line in peer.makefile("rb"):
            with self.changed:
                if line.startswith(b"{"):
                    self._take(json.loads(line))
                else:
                    self._hello()
                self.changed.notify_all()
                if self.left:
                    break
        if self.left:
            self.wait(lambda: not self.unread, "all is read back")

    def _send(self, **thing):
        with contextlib.suppress(OSError, AttributeError):
            self.peer.sendall(json.dumps(thing).encode() + b"\n")

    def _hello(self):
        self._send(time=1, type="hello", start=self.start, room=self.room if self._in_room else "#lobby",
                   **{"from": self.name, "to": "bridge"})

    def _take(self, thing):
        command = thing.get("cmd", "")
        if "resume" in thing:
            seq = thing["resume"]["seq"]
            self.resumed.append(seq)
            self._numbered = True
            if seq >> 16 > self._at:
                self._send(type="error", text="cannot resume there: the server has restarted since")
                return
            if self.lost:
                self._send(type="missed", count=self.lost.pop(0), text="lost")
            for record in self.log:
                if record["seq"] > seq:
                    self._send(**record)
        elif "ping" in thing:
            self._send(type="pong", count=thing["ping"], bridge=True, text="pong")
        elif "from" in thing:
            text = thing.get("say", thing.get("do"))
            if text in self.errors:
                self._send(type="error", text=self.errors[text])
                return
            self.said.append((thing["from"], text))
            record = self._add("message" if "say" in thing else "action", thing["from"], text)
            if self.reads_back:
                self._send(**record)
            else:
                self.unread.append(record)
        elif command == "/mode json":
            self._hello()
        elif command.startswith("/join "):
            self.joins += 1
            self._in_room = not self.rooms_full
            if self.rooms_full:
                self._send(type="error", text="there are too many rooms (16 at most)")
        elif command == "/quit":
            self.left = True

    def _add(self, kind, who, text):
        self._at += 10
        self.time_s += 1
        self.people += "@" not in who
        record = {"seq": self._at << 16 | self.people & 0xFFFF, "time": self.time_s, "type": kind, "room": self.room, "from": who,
                  "text": text}
        self.log.append(record)
        return record

    def say(self, text, who="alice"):
        with self.changed:
            record = self._add("message", who, text)
            if self._numbered:
                self._send(**record)
        return record["seq"]

    def restore(self, records):
        """The log is an older one, with so many records."""
        with self.changed:
            del self.log[records:]
            self._at = self.log[-1]["seq"] >> 16
            self.people = self.log[-1]["seq"] & 0xFFFF

    def read_back(self):
        with self.changed:
            for record in self.unread:
                self._send(**record)
            self.unread.clear()
            self.changed.notify_all()

    def lose(self, count=0):
        """The log loses all that it has, and so many more messages of people. @return how many."""
        with self.changed:
            self.people += count
            count += sum("@" not in record["from"] for record in self.log)
            self.log.clear()
            self._at += 1000
        return count

    def wait_said(self, *texts):
        self.wait(lambda: len(self.said) >= len(texts), f"says {texts}")
        assert [text for _, text in self.said] == list(texts), self.said
        self.said.clear()


class Broker(Peer):
    """An MQTT broker (3.1.1) for one client, the bridge, which is subscribed to what it publishes."""

    def __init__(self):
        self.sends_back = True
        self.unsent = []     # published, and not sent back yet
        self.published = []  # payloads
        self.unacknowledged = {}
        self.grants = 1      # of a subscription; 0x80: refused
        self._id = 0
        super().__init__()

    def _read(self, peer, count):
        data = peer.recv(count, socket.MSG_WAITALL) if count else b""
        if len(data) < count:
            raise OSError
        return data

    def serve(self, peer):
        while True:
            first, size, shift = self._read(peer, 1)[0], 0, 0
            while True:
                byte = self._read(peer, 1)[0]
                size |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            rest = self._read(peer, size)
            with self.changed:
                self._take(peer, first, rest)
                self.changed.notify_all()

    def _take(self, peer, first, rest):
        kind = first >> 4
        if kind == 1:
            peer.sendall(b"\x20\x02\x00\x00")
        elif kind == 8:
            peer.sendall(mqtt.packet(0x90, rest[:2] + bytes([self.grants])))
            for number, (topic, payload) in self.unacknowledged.items():
                self._send(number, topic, payload)
        elif kind == 3:
            size = int.from_bytes(rest[:2], "big")
            topic, number, payload = rest[2:2 + size].decode(), rest[2 + size:4 + size], rest[4 + size:]
            peer.sendall(b"\x40\x02" + number)
            self.published.append(json.loads(payload))
            self.unsent.append((topic, payload))
            if self.sends_back:
                self._send_back()
        elif kind == 4:
            self.unacknowledged.pop(int.from_bytes(rest, "big"), None)
        elif kind == 12:
            peer.sendall(b"\xd0\x00")

    def _send(self, number, topic, payload):
        with contextlib.suppress(OSError, AttributeError):
            self.peer.sendall(mqtt.packet(0x32, mqtt.string(topic) + number.to_bytes(2, "big") + payload))

    def _deliver(self, topic, payload):
        self._id += 1
        self.unacknowledged[self._id] = topic, payload
        self._send(self._id, topic, payload)

    def _send_back(self):
        for topic, payload in self.unsent:
            self._deliver(topic, payload)
        self.unsent.clear()

    def send_back(self):
        with self.changed:
            self._send_back()

    def deliver(self, text, count, seq=None, **more):
        """A message of another server."""
        thing = {"server": "Lucas", "start": 1, "seq": count if seq is None else seq, "count": count, "time": 0,
                 "type": "message", "room": "#lobby", "from": "bob", "text": text, **more}
        with self.changed:
            self._deliver(f"lwchat/lobby/{thing['server']}", json.dumps(thing).encode())

    def wait_published(self, *things):
        """Waits for the next, each (type, text or None, count)."""
        self.wait(lambda: len(self.published) >= len(things), f"is sent {things}")
        found = [(thing["type"], thing.get("text"), thing["count"]) for thing in self.published]
        assert found == list(things), found
        self.published.clear()

    def wait_acknowledged(self):
        self.wait(lambda: not self.unacknowledged, "all is acknowledged")


@unittest.skipUnless(os.access(BRIDGE, os.X_OK), "lwchat-bridge is not built")
class Orders(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.state = os.path.join(folder.name, "state")
        self.zoe, self.broker = self.start(Server()), self.start(Broker())

    def run_bridge(self, *options, joins=True):
        bridge = self.start(Process([BRIDGE, "--server", f"127.0.0.1:{self.zoe.port}", "--broker",
                                     f"127.0.0.1:{self.broker.port}", "--state", self.state, *options], who=None))
        if joins:
            bridge.out.expect("joined: Zoe\n")
            bridge.out.expect("connected\n") if b"connected" not in bridge.out.all() else None
        return bridge

    def end(self, bridge):
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(), 0, bridge.out.all())

    def test_end_with_lines_not_read_back(self):
        """It has said two lines and not read them back when it is to end."""
        self.zoe.reads_back = False
        bridge = self.run_bridge()
        self.broker.deliver("one", 1)
        self.broker.deliver("two", 2)
        self.zoe.wait_said("one", "two")
        bridge.signal(signal.SIGTERM)
        self.zoe.wait(lambda: self.zoe.left, "it leaves")
        self.zoe.read_back()
        self.assertEqual(bridge.wait(), 0)
        self.assertEqual(self.zoe.lose(), 0)
        self.zoe.reads_back = True
        bridge = self.run_bridge()
        self.broker.deliver("three", 3)
        self.zoe.wait_said("three")
        self.end(bridge)

    def test_loss(self):
        """What the log has lost is told once on both sides, with its number, however often the bridge is killed."""
        bridge = self.run_bridge()
        first = self.zoe.say("one")
        self.broker.wait_published(("message", "one", 1))
        self.end(bridge)
        lost = self.zoe.lose(5)
        self.assertEqual(lost, 5 + 1)  # "one", which was read, is gone as well

        # Killed before the broker has sent anything back.
        self.broker.sends_back = False
        self.zoe.lost = [5]
        bridge = self.run_bridge(joins=False)
        self.zoe.wait_said("5 messages of this room did not reach the other servers")
        self.zoe.say("seven")
        self.broker.wait_published(("missed", None, 6), ("message", "seven", 7))
        bridge.kill()

        # The log has lost "seven", too, and one more. The next is told of those 7, and the room of the new 2.
        self.broker.unsent.clear()
        self.zoe.lose(1)
        self.zoe.lost = [7]
        self.zoe.resumed.clear()
        bridge = self.run_bridge(joins=False)
        self.zoe.wait_said("2 messages of this room did not reach the other servers")
        self.assertEqual(self.zoe.resumed, [first])
        self.zoe.say("nine")
        self.broker.wait_published(("missed", None, 8), ("message", "nine", 9))
        bridge.kill()

        # Nothing new: it says nothing.
        self.broker.unsent.clear()
        self.broker.sends_back = True
        self.zoe.lost = [7]
        bridge = self.run_bridge()
        self.broker.wait_published(("missed", None, 8), ("message", "nine", 9))
        self.broker.deliver("a line", 1)
        self.zoe.wait_said("a line")
        last = self.zoe.say("ten")
        self.broker.wait_published(("message", "ten", 10))
        self.end(bridge)

        # All of that is known to the broker: what is lost now is new.
        self.zoe.lost = [3]
        self.zoe.lose(3)
        self.zoe.resumed.clear()
        bridge = self.run_bridge(joins=False)
        self.zoe.wait_said("3 messages of this room did not reach the other servers")
        self.broker.wait_published(("missed", None, 13))
        self.assertEqual(self.zoe.resumed, [last])
        self.end(bridge)

    def test_end_with_lines_that_have_not_come_back(self):
        """It is ended, and killed, while the broker has lines and has not sent them back, or sends them late."""
        bridge = self.run_bridge()
        zero = self.zoe.say("zero")
        self.broker.wait_published(("message", "zero", 1))
        self.broker.wait_acknowledged()
        self.broker.sends_back = False
        for text in "one", "two", "three":
            self.zoe.say(text)
        lines = [("message", "one", 2), ("message", "two", 3), ("message", "three", 4)]
        self.broker.wait_published(*lines)
        bridge.signal(signal.SIGTERM)
        self.zoe.wait(lambda: self.zoe.left, "it leaves")
        self.broker.send_back()
        self.assertEqual(bridge.wait(), 0)
        self.zoe.resumed.clear()
        bridge = self.run_bridge()
        self.assertEqual(len(self.zoe.resumed), 1)
        self.assertGreater(self.zoe.resumed[0], zero)
        four = self.zoe.say("four")
        self.broker.wait_published(("message", "four", 5))
        bridge.kill()
        # It comes back to the next one, which had read it from the log and published it again.
        bridge = self.run_bridge()
        self.broker.wait_published(("message", "four", 5))
        self.broker.send_back()
        self.broker.wait_acknowledged()
        self.end(bridge)
        self.zoe.resumed.clear()
        bridge = self.run_bridge()
        self.assertEqual(self.zoe.resumed, [four])
        self.assertEqual(self.broker.published, [])
        self.end(bridge)

    @unittest.skipUnless(os.access(MOSQUITTO, os.X_OK), "mosquitto is not installed")
    def test_broker_that_refuses(self):
        """What mosquitto does not let the bridge write or read is told in one line, and nothing is lost."""
        folder = os.path.dirname(self.state)
        acl, conf = os.path.join(folder, "acl"), os.path.join(folder, "conf")

        def allow(*lines):
            with open(acl, "w") as file:
                file.write("".join(f"topic {line}\n" for line in lines))
            os.chmod(acl, 0o600)

        allow("read lwchat/lobby/+", "write lwchat/lobby/Lucas")
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            self.broker.port = place.getsockname()[1]
        with open(conf, "w") as file:
            file.write(f"listener {self.broker.port} 127.0.0.1\nallow_anonymous true\nacl_file {acl}\nuser root\n")
        mosquitto = self.start(Process([MOSQUITTO, "-c", conf], who=None))
        mosquitto.out.expect("running")
        lucas = self.start(Server("Lucas"))
        servers = "--server", f"127.0.0.1:{lucas.port}"
        bridge = self.run_bridge(*servers, joins=False)
        self.eventually(lambda: bridge.out.all().count(b" joined: ") == 2)
        lines = [f"line {number}" for number in range(700)]  # more than are on their way at once
        for line in lines:
            self.zoe.say(line)
        lucas.say("hello")
        self.zoe.wait_said("hello")
        bridge.out.expect("what is published to lwchat/lobby/Zoe does not come back: may --user write and read it?\n")
        allow("read lwchat/lobby/+", "write lwchat/lobby/Lucas", "write lwchat/lobby/Zoe")
        mosquitto.signal(signal.SIGHUP)
        lucas.wait_said(*lines)
        bridge.out.expect("lwchat/lobby/Zoe comes back\n")
        self.assertEqual(bridge.out.all().count(b"does not"), 1)
        self.end(bridge)

    def test_broker_that_refuses_a_subscription(self):
        self.broker.grants = 0x80
        self.zoe.say("early")
        bridge = self.run_bridge(joins=False)
        bridge.out.expect("not reached: it does not let --user read lwchat/lobby/+\n")
        bridge.out.expect("joined: Zoe\n")
        self.zoe.say("one")
        self.broker.wait(lambda: self.broker.connections > 2, "it tries again")
        self.assertEqual(bridge.out.all().count(b"does not let"), 1)
        self.broker.grants = 1
        bridge.out.expect("connected\n")
        self.broker.wait_published(("message", "one", 1))
        self.end(bridge)

    def test_room_that_is_refused(self):
        """The server has no place for the room, until it has."""
        self.zoe.room, self.zoe.rooms_full = "#lab", True
        bridge = self.run_bridge("--room", "#lab", joins=False)
        bridge.out.expect("#lab: not joined: the server has too many rooms\n")
        asked = self.zoe.joins
        self.zoe.wait(lambda: self.zoe.joins > asked + 1, "it asks again")
        self.assertEqual(bridge.out.all().count(b"too many rooms"), 1)
        self.assertEqual(self.zoe.resumed, [])
        self.zoe.rooms_full = False
        bridge.out.expect("#lab: joined: Zoe\n")
        self.end(bridge)

    def test_server_that_is_left_out(self):
        """What a server does not get while the bridge is not told to join it is counted."""
        lucas = self.start(Server("Lucas"))
        both = "--server", f"127.0.0.1:{lucas.port}"
        bridge = self.run_bridge(*both, joins=False)
        self.eventually(lambda: bridge.out.all().count(b" joined: ") == 2)
        self.end(bridge)
        bridge = self.run_bridge()
        texts = [f"line {number}" for number in range(1200)]
        for number, text in enumerate(texts, 1):
            self.broker.deliver(text, (number + 1) // 2, server="Zoe" if number % 2 else "Marcel")
        self.zoe.wait_said(*texts[1::2])
        self.broker.wait_acknowledged()
        self.end(bridge)
        bridge = self.run_bridge(*both, joins=False)
        lucas.wait(lambda: lucas.said, "is told")
        missing = int(lucas.said[0][1].split()[0])
        self.assertEqual(lucas.said[0], ("bridge@Lucas", f"{missing} messages from other servers are missing"))
        lucas.wait(lambda: len(lucas.said) == 1 + 1200 - missing, "says the rest")
        self.assertEqual([text for _, text in lucas.said[1:]], texts[missing:])
        self.assertGreater(missing, 100)
        self.end(bridge)

    def test_server_with_another_name(self):
        """A server that is started again with another name, and its history: nothing is lost, or said twice."""
        self.broker.sends_back = False
        bridge = self.run_bridge()
        self.zoe.say("one")
        self.broker.wait_published(("message", "one", 1))
        with self.zoe.closed():
            self.zoe.name = "Anna"
        bridge.out.expect("joined: Anna\n")
        self.zoe.say("two")
        self.broker.wait(lambda: len(self.broker.published) == 1, "is sent the second")
        self.assertEqual(self.broker.published[0]["server"], "Anna")
        self.broker.sends_back = True
        self.broker.send_back()
        self.broker.deliver("three", 1)
        self.zoe.wait_said("three")
        self.broker.wait_acknowledged()
        self.end(bridge)
        self.zoe.resumed.clear()
        bridge = self.run_bridge(joins=False)
        bridge.out.expect("joined: Anna\n")
        self.assertEqual(self.zoe.resumed, [self.zoe.log[-1]["seq"]])
        self.end(bridge)

    def test_older_history(self):
        """A server whose history is an older one: what it has of what was read is not read again."""
        bridge = self.run_bridge()
        texts = [f"line {number}" for number in range(10)]
        for text in texts:
            self.zoe.say(text)
        self.broker.wait_published(*(("message", text, count) for count, text in enumerate(texts, 1)))
        self.broker.wait_acknowledged()
        for killed in False, True, True:
            if killed:
                bridge.kill()
            with self.zoe.closed():
                self.zoe.resumed.clear()
                self.zoe.restore(3)
                self.zoe.lost = [4]  # before the first that it has: they were read, too
                self.zoe.say("new")
            if killed:
                bridge = self.run_bridge(joins=False)
            self.broker.wait_published(("hello", None, 0), ("message", "new", 1))
            self.zoe.wait(lambda: len(self.zoe.resumed) == 2, "resumes twice")
            self.assertEqual(self.zoe.resumed[1], 0)
            self.broker.wait_acknowledged()
            for text in texts:
                self.zoe.say(text)
            self.broker.wait_published(*(("message", text, count) for count, text in enumerate(texts, 2)))
            self.broker.wait_acknowledged()
        self.broker.deliver("one", 1)
        self.zoe.wait_said("one")
        self.end(bridge)

    @unittest.skipUnless(os.path.exists("/etc/resolv.conf"), "this machine looks no names up")
    def test_slow_name_server(self):
        """While the broker's name is looked up, the bridge joins its servers, and ends when it is told to."""
        names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(names.close)
        names.bind(("127.0.0.1", 53))
        asked, answers = threading.Event(), threading.Event()

        def answer():
            with contextlib.suppress(OSError):
                while True:
                    question, asker = names.recvfrom(512)
                    asked.set()
                    answers.wait()
                    is_ipv4 = question[-4:-2] == b"\0\1"
                    record = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x7f\0\0\1" if is_ipv4 else b""
                    names.sendto(question[:2] + b"\x81\x80\0\1\0" + bytes([is_ipv4]) + bytes(4) + question[12:] + record,
                                 asker)

        threading.Thread(target=answer, daemon=True).start()
        resolver = f"{self.state}.resolv"
        with open(resolver, "w") as file:
            file.write("nameserver 127.0.0.1\noptions timeout:30\n")

        def run():
            return self.start(Process(
                ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolver, BRIDGE, "--server",
                 f"127.0.0.1:{self.zoe.port}", "--broker", f"broker.example:{self.broker.port}", "--state", self.state],
                who=None))

        bridge = run()
        self.assertTrue(asked.wait(SOON))
        bridge.out.expect("joined: Zoe\n")
        self.zoe.say("meanwhile")
        self.end(bridge)
        bridge = run()
        bridge.out.expect("joined: Zoe\n")
        answers.set()
        bridge.out.expect("connected\n")
        self.broker.wait_published(("message", "meanwhile", 1))
        self.end(bridge)

    def test_open_files(self):
        """It may have more files open than a shell allows, and says so if it may not."""
        rooms = [word for i in range(30) for word in ("--room", f"#r{i}")]
        command = f'ulimit -{{}}n 40 && exec "{BRIDGE}" "$@"'
        arguments = ["bash", "--server", f"127.0.0.1:{self.zoe.port}", "--broker", f"127.0.0.1:{self.broker.port}", "--state",
                     self.state, *rooms]
        bridge = self.start(Process(["bash", "-c", command.format("S"), *arguments], who=None))
        bridge.out.expect("connected\n")
        with open(f"/proc/{bridge.pid}/limits", encoding="ascii") as limits:
            self.assertRegex(limits.read(), r"Max open files +92 ")
        self.end(bridge)
        refused = self.start(Process(["bash", "-c", command.format(""), *arguments], who=None))
        self.assertEqual(refused.wait(), 1)
        refused.out.expect("lwchat-bridge: 30 rooms of servers need 92 open files, and 40 are allowed: see ulimit -Hn\n")


if __name__ == "__main__":
    main()
