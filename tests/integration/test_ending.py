#!/usr/bin/env python3
"""How the server ends: all are told, no queued data is lost, and the exit code shows the reason."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess

from harness import Case, LWCHAT, LWCHATD, NETWORKS, Person, ROOT, SOON, Stopwatch, main
from test_tap import IPV4, UDP, Wire

# Sanitizers slow everything down, and do work of their own at exit: only the plain build has the strict limit.
WITHIN_S = 10 if os.environ.get("LWCHAT_SANITIZE") else 2
NO_PRIVILEGE = ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"]


class Farewell(Case):
    def end(self, lwchatd, how):
        """Ends the server; returns a stopwatch started at that time."""
        stopwatch = Stopwatch(lwchatd)
        if how == "/shutdown":
            lwchatd.operator("/shutdown")
        else:
            lwchatd.signal(how)
        return stopwatch

    def check_code(self, lwchatd, stopwatch):
        self.assertEqual(lwchatd.ends_within(WITHIN_S, stopwatch), 0)

    def test_everybody_is_told(self):
        for net in NETWORKS:
            for how in ("/shutdown", signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                with self.subTest(net=net, how=how):
                    lwchatd = self.server(net=net)
                    people = [self.person(lwchatd, f"person{n}") for n in range(20)]
                    self.together(*people)
                    for person in people:
                        person.out.skip()
                    stopwatch = self.end(lwchatd, how)
                    for person in people:
                        text = person.out.expect_end()
                        self.assertTrue(text.endswith(b"*** the server is shutting down\nfin\n"), text)
                        self.assertNotIn(b" left", text)
                        person.close()
                    self.check_code(lwchatd, stopwatch)

    def test_what_is_queued_is_sent(self):
        for net in NETWORKS:
            with self.subTest(net):
                lwchatd = self.server("--rate", "0", "--quiet", net=net)
                alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
                slow = self.start(Person(lwchatd.address, receive_bytes=4096))
                bob.hears("*** guest3 joined")
                lines = 8000  # about 600 kB, for one who has read nothing yet
                alice.send("".join(f"line {n:05} {'x' * 60}\n" for n in range(lines)))
                bob.hears(f"alice> line {lines - 1:05} {'x' * 60}")
                stopwatch = self.end(lwchatd, signal.SIGTERM)
                # From here on it is fast: in 2 s there may be few turns on a busy machine.
                slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                slow.listen()
                text = slow.out.expect_end().decode()
                self.check_code(lwchatd, stopwatch)
                shown = re.findall(r"\nalice> line (\d{5}) x{60}(?=\n)", text)
                self.assertEqual(shown, [f"{n:05}" for n in range(lines)])
                self.assertTrue(text.endswith("\n*** the server is shutting down\nfin\n"))

    def test_nobody_can_hold_it_up(self):
        for net in NETWORKS:
            with self.subTest(net):
                lwchatd = self.server("--rate", "0", "--quiet", net=net)
                alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
                for _ in range(5):
                    self.start(Person(lwchatd.address, receive_bytes=4096))  # never reads
                alice.send(f"{'x' * 1000}\n" * 1000)
                self.together(alice, bob)
                stopwatch = self.end(lwchatd, signal.SIGTERM)
                alice.hears("fin")
                self.check_code(lwchatd, stopwatch)

    def test_half_a_terminal_and_no_console(self):
        # After its output is closed it continues to serve.
        lwchatd = self.server()
        lwchatd.out.close()
        lwchatd._popen.stdout.close()
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.say("does anybody watch")
        bob.hears("alice> does anybody watch")
        stopwatch = self.end(lwchatd, signal.SIGTERM)
        self.check_code(lwchatd, stopwatch)

    def test_while_it_waits_for_a_lease(self):
        wire = self.start(Wire())
        waiting = self.process(LWCHATD, "--net", "tap:tap0", "--dhcp")
        dhcp = struct.pack("!HH", 68, 67)
        wire.await_frame(lambda kind, packet: kind == IPV4 and packet[9] == UDP and packet[20:24] == dhcp)
        stopwatch = self.end(waiting, signal.SIGTERM)
        self.check_code(waiting, stopwatch)

    def test_the_port_is_free_again_at_once(self):
        for net in NETWORKS:
            for _ in range(3):
                lwchatd = self.server(net=net)
                alice = self.person(lwchatd, "alice")
                lwchatd.signal(signal.SIGTERM)
                alice.hears("fin")
                alice.close()
                self.assertEqual(lwchatd.wait(), 0)


class Fails:
    def fails(self, code, *command):
        """Runs a command that must fail with one line on standard error; returns that line."""
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SOON,
                              text=True)
        self.assertEqual(done.returncode, code, (command, done))
        self.assertEqual(done.stdout, "", command)
        self.assertRegex(done.stderr, r"\A[^\n]+\n\Z", command)
        return done.stderr


class CannotRun(Fails, Case):
    def test_port_in_use(self):
        self.server()
        line = self.fails(1, LWCHATD)
        self.assertIn("50000", line)
        self.assertIn("--port", line)

    def test_tap_in_use(self):
        self.server(net="tap:tap0")
        self.assertIn("tap0", self.fails(1, LWCHATD, "--net", "tap:tap0"))

    def test_no_permission(self):
        line = self.fails(1, *NO_PRIVILEGE, LWCHATD, "--net", "tap:tap7")
        self.assertIn("tools/tap up tap7", line)

    def test_no_tap_interface(self):
        self.assertIn("lo is not a TAP", self.fails(2, LWCHATD, "--net", "tap:lo"))

    def test_nobody_gives_a_lease(self):
        line = self.fails(1, LWCHATD, "--dhcp", "--fault", "drop=100")
        self.assertIn("no DHCP server answered", line)

    def test_in_french(self):
        self.server()
        self.server(net="tap:tap0")
        for code, command, line in (
            (1, [LWCHATD], "le port 50000 de 127.0.0.1 est pris : arrêter le programme qui l'a, ou choisir un autre "
                           "port avec --port"),
            (1, [LWCHATD, "--net", "tap:tap0"], "l'interface tap0 est utilisée : arrêter le programme qui l'a, ou en nommer "
                                                "une autre"),
            (1, [*NO_PRIVILEGE, LWCHATD, "--net", "tap:tap7"],
             "pas le droit d'ouvrir l'interface tap7 : la faire sienne avec \"tools/tap up tap7\", ou s'en passer : "
             "--net user"),
            (2, [LWCHATD, "--net", "tap:lo"], "lo n'est pas une interface TAP : en nommer une autre, comme tap:tap0"),
            (2, [LWCHATD, "--gateway", "10.0.2.2"],
             "le routeur du réseau en mode utilisateur est 10.0.2.2 : omettre --gateway"),
            (2, [LWCHATD, "--ip", "10.0.2.3/24"],
             "10.0.2.3 est le serveur de noms du réseau en mode utilisateur : omettre --ip, ou choisir de 10.0.2.4/24 "
             "à 10.0.2.254/24"),
            (2, [LWCHATD, "--fault", "drop"],
             "--fault ne comprend pas \"drop\" : écrire comme dans "
             "drop=10,dup=5,reorder=5,corrupt=1,delay=20+-20,down=10+5,seed=7"),
        ):
            self.assertEqual(self.fails(code, *command, "--lang", "fr"), f"lwchatd: {line}\n")

    def test_all_that_the_port_says_is_there_in_french(self):
        """Except in the ports of boards, whose language is fixed."""
        alone = r'\b(?:reason_set\([^,"]+,|port_complain\(|tell\()\s*"(?!%s")[^"]*"'
        for source in sorted(pathlib.Path(ROOT, "port").glob("l*/*.c")):  # linux and lwip
            self.assertEqual(re.findall(alone, source.read_text()), [], source)

    def test_client_cannot_connect(self):
        for host in ("127.0.0.1", "localhost"):
            done = subprocess.run([LWCHAT, host, "50001"], stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=SOON, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("Connection failed: ", done.stdout + done.stderr)


class BadUsage(Fails, Case):
    SERVER = {
        "--net": ("", "wifi", "tap:", "user:127.0.0.1", "user:127.0.0.1:0", "user:127.0.0.1:65536",
                  "user:localhost:50000"),
        "--ip": ("", "192.168.7.2", "192.168.7/24", "192.168.7.2/33", "192.168.7.256/24"),
        "--gateway": ("", "somewhere", "192.168.7.1/24"),
        "--mtu": ("", "575", "1501", "large"),
        "--port": ("", "0", "65536", "-1", "http"),
        "--hostname": ("", "two words", "lwchat.local", "-", "a-", "é", "x" * 58),
        "--name": ("", "two words", "9lives", "x" * 17),
        "--lang": ("", "de", "english"),
        "--rate": ("", "-1", "1.5", "many", "1000001"),
        "--max-clients": ("", "0", "1025", "all"),
        "--net-timeout": ("", "-1", "1.5", "1000001", "never"),
    }
    CLIENT = {
        "--net": ("", "wifi", "tap:", "user:127.0.0.1:50000"),
        "--ip": ("192.168.7.2",),
        "--gateway": ("somewhere",),
        "--dns": ("", "somewhere"),
        "--net-timeout": ("", "never"),
        "--nick": ("", "two words", "x" * 17),
        "--framing": ("", "lines"),
        "--lang": ("", "de"),
    }

    def test_server(self):
        for option, values in self.SERVER.items():
            for value in values:
                line = self.fails(2, LWCHATD, option, value)
                self.assertTrue(line.startswith("lwchatd: "), line)
                self.assertIn(option, line)
                self.assertIn(f'"{value}"', line)
                self.assertEqual(self.fails(2, LWCHATD, f"{option}={value}"), line)
            self.assertIn(f'"{option}" needs a value', self.fails(2, LWCHATD, option))

    def test_client(self):
        for option, values in self.CLIENT.items():
            for value in values:
                line = self.fails(2, LWCHAT, option, value, "localhost")
                self.assertTrue(line.startswith("lwchat: "), line)
                self.assertIn(f'"{value}"', line)
            self.assertIn(f'"{option}" needs a value', self.fails(2, LWCHAT, "localhost", option))
        for words in (["localhost", "0"], ["localhost", "65536"], ["localhost", "1", "2"]):
            self.assertIn(f'"{words[-1]}"', self.fails(2, LWCHAT, *words))

    def test_flags_and_unknown_words(self):
        for flag in ("--dhcp", "--quiet", "--verbose", "--version", "--help"):
            self.assertIn(f'{flag} takes no value: leave out "1"', self.fails(2, LWCHATD, f"{flag}=1"))
        for word in ("--nosuch", "-p", "--port5", "-"):
            self.assertIn(f'no option "{word}"', self.fails(2, LWCHATD, word))
        self.assertIn('"extra"', self.fails(2, LWCHATD, "extra"))
        self.assertIn("pas d'option", self.fails(2, LWCHATD, "--lang", "fr", "--nosuch"))
        # The argument is shown cleaned, on one line, and truncated.
        line = self.fails(2, LWCHATD, "--evil\n\x1b[2J" + "x" * 5000)
        self.assertNotIn("\x1b", line)
        self.assertLess(len(line), 256)

    def test_help_and_version(self):
        for program in (LWCHATD, LWCHAT):
            for flag in ("--help", "--version"):
                done = subprocess.run([program, flag], capture_output=True, timeout=SOON, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, r"\Alwchatd? \d+\.\d+\.\d+\n\Z")


if __name__ == "__main__":
    main()
