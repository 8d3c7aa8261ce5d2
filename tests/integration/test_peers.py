#!/usr/bin/env python3
"""The programs that people use to join, in one room, on both networks."""

import sys

import harness
from harness import Case, main

# A beginner's socket program: no newlines, each recv() is a message, "fin" ends it.
TEXTBOOK = """
import socket, sys, threading
s = socket.socket()
s.connect((sys.argv[1], int(sys.argv[2])))
def receive():
    while True:
        message = s.recv(1024).decode()
        print("<" + message + ">", flush=True)
        if message == "fin" or message == "":
            return
receiver = threading.Thread(target=receive)
receiver.start()
for line in sys.stdin:
    s.send(line.rstrip("\\n").encode())
receiver.join()
s.close()
"""

# The same in one thread, as a script that alternates between sending and receiving.
TURN_BY_TURN = """
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
print(s.recv(1024).decode(), flush=True)
for words in ("/nick turns", "bonjour", "fin"):
    s.send(words.encode())
    while True:
        message = s.recv(1024).decode()
        print("<" + message + ">", flush=True)
        if message == "fin":
            sys.exit(0)
        if message == "":
            sys.exit(1)
        if words in message or words == "/nick turns" and "You are now turns." in message:
            break
        if words == "bonjour" and message == "lena> merci":
            break
"""

BASH = 'exec 3<>"/dev/tcp/$1/$2"; cat <&3 & cat >&3; wait'

LF, CRLF, ALONE = "\n", "\r\n", ">"

# name -> command before host and port, whether on a terminal, the end of a message to it
PEERS = {
    "openbsd": (["nc.openbsd"], False, LF),
    "traditional": (["nc.traditional"], False, LF),
    "ncat": (["ncat"], False, LF),
    "ncat-c": (["ncat", "-C"], False, CRLF),
    "busybox": (["busybox", "nc"], False, LF),
    "telnet": (["telnet"], True, CRLF),
    "bash": (["bash", "-c", BASH, "bash"], False, LF),
    "textbook": ([sys.executable, "-c", TEXTBOOK], False, ALONE),
    "lwchat": ([harness.LWCHAT], False, LF),
}


class Peers:
    def setUp(self):
        self.lwchatd = self.server(net=self.net)

    def peer(self, name):
        host, port = self.lwchatd.address
        if name == "socat":
            peer = self.process("socat", "-", f"TCP:{host}:{port}")
            peer.end = LF
        else:
            command, on_terminal, end = PEERS[name]
            peer = self.process(*command, host, str(port), on_terminal=on_terminal)
            peer.end = end
        peer.nick = name
        return peer

    def joined(self, name):
        peer = self.peer(name)
        peer.out.expect("/quit leaves.")
        peer.send(f"/nick {name}\n")
        peer.out.expect(f"*** You are now {name}.{peer.end}")
        return peer

    def test_all_in_one_room_hear_each_other(self):
        peers = [self.joined(name) for name in [*PEERS, "socat"]]
        for number, speaker in enumerate(peers):
            words = f"I am number {number}, déjà vu, {speaker.nick}"
            speaker.send(words + "\n")
            for other in peers:
                if other is not speaker:
                    before = other.out.expect(f"{speaker.nick}> {words}{other.end}")
                    if other.end is ALONE:
                        # Each segment is exactly one message.
                        self.assertTrue(before.endswith(b"<"), before)
                    elif other.end is LF:
                        self.assertFalse(before.endswith(b"\r"), before)
        while peers:
            leaver = peers.pop()
            leaver.send("fin\n")
            leaver.out.expect(f"fin{leaver.end}")
            for other in peers:
                other.out.expect(f"*** {leaver.nick} left{other.end}")
            if leaver.nick != "telnet":
                leaver.end_input()
            leaver.wait()
            # Never echoed to the sender.
            self.assertNotIn(f"{leaver.nick}> I am".encode(), leaver.out.all())

    def test_end_of_input_delivers_the_rest_and_gets_what_is_queued(self):
        listener = self.person(self.lwchatd, "lena")
        for number in range(8):
            listener.say(f"earlier {number}")
        commands = {
            "nc.openbsd -N": ["nc.openbsd", "-N"],
            "nc.openbsd -q": ["nc.openbsd", "-q", "3"],
            "nc.traditional -q": ["nc.traditional", "-q", "3"],
            "ncat": ["ncat"],
            "busybox nc": ["busybox", "nc"],
            "socat": ["socat", "-t", "5", "-"],
        }
        for number, (name, command) in enumerate(commands.items()):
            with self.subTest(name):
                host, port = self.lwchatd.address
                target = [f"TCP:{host}:{port}"] if name == "socat" else [host, str(port)]
                peer = self.process(*command, *target)
                peer.send(f"no newline {number}")
                peer.end_input()
                listener.out.expect(f"> no newline {number}\n")
                text = peer.out.expect_end().decode()
                self.assertIn("lena> earlier 7\n", text)
                # Its text had no newline, so from then on its output has none.
                self.assertTrue(text.endswith("\nfin"), text)
                peer.wait()

    def test_fin_ends_a_talk_in_any_case_of_letters(self):
        for word in ("fin\n", "FIN\r\n", "Fin\n", "/quit\n"):
            person = self.person(self.lwchatd)
            person.send(word)
            self.assertEqual(person.out.expect_end(), b"fin\r\n" if "\r" in word else b"fin\n")

    def test_a_script_that_takes_turns(self):
        lena = self.person(self.lwchatd, "lena")
        script = self.process(sys.executable, "-c", TURN_BY_TURN, self.lwchatd.host,
                              str(self.lwchatd.port))
        script.out.expect("<*** You are now turns.>")
        lena.out.expect("turns> bonjour\n")
        lena.say("merci")
        script.out.expect("<lena> merci>")
        script.out.expect("<fin>")
        self.assertEqual(script.wait(), 0)
        lena.out.expect("*** turns left\n")

    def test_telnet_options_are_refused_once_and_not_shown(self):
        lena = self.person(self.lwchatd, "lena")
        person = self.person(self.lwchatd)
        # DO ECHO, WILL NAWS, a subnegotiation, then a line with an escaped 255.
        person.send(b"\xff\xfd\x01\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0/nick tel\r\n")
        person.out.expect(b"\xff\xfc\x01")
        person.out.expect(b"\xff\xfe\x1f")
        person.out.expect(b"*** You are now tel.\r\n")
        # Its answers to the refusals are not answered.
        person.send(b"\xff\xfe\x01\xff\xfc\x1fhello\xff\xff\r\n")
        lena.hears("tel> hello?")
        lena.say("hi")
        self.assertEqual(person.out.expect("lena> hi\r\n"), b"")


class OnUserMode(Peers, Case):
    net = "user"


class OnTap(Peers, Case):
    net = "tap:tap0"


if __name__ == "__main__":
    main()
