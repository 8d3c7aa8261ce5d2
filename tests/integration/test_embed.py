#!/usr/bin/env python3
"""Programs that have an lwIP of their own, and the chat as a part: see tests/embed/.

Stock lwIP, none of our patches or options, and contrib's TAP. LWCHAT_EMBED has the folders that the programs
were built in.
"""

import json
import os
import shlex
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from harness import Case, Process, Server, main

FOLDERS = os.environ.get("LWCHAT_EMBED", os.path.join(harness.BIN, "tests", "embed")).split(":")
READINGS = 100


def program(name):
    for folder in FOLDERS:
        found = os.path.join(folder, name)
        if os.access(found, os.X_OK):
            return found
    return None


class Embedded(Server):
    """A program in which the chat is a part; its console goes to standard output if `console`."""

    def __init__(self, name, console):
        arguments = [program(name)] + ["console"] * console
        Process.__init__(self, arguments, errors=subprocess.PIPE, who="console",
                         env=dict(os.environ, PRECONFIGURED_TAPIF="tap0"))
        self.host, self.port = harness.SERVER_ON_TAP, 50000
        try:
            if console:
                self.out.expect(f"Server ready on {self.host} port {self.port}.\n")
            else:
                self.await_listener()
        except BaseException:
            self.kill()
            raise

    def await_listener(self):
        deadline = time.monotonic() + harness.SOON
        while True:
            try:
                return socket.create_connection(self.address, harness.SOON).close()
            except ConnectionRefusedError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def end_well(self):
        try:
            if self.running():
                self.end_input()
            code = self.wait()
            if code != 0:
                raise AssertionError(f"{self.name} ended with {code}; it says {self.out.all()!r} {self.errors.all()!r}")
        finally:
            self.kill()


class OverAnyLwip:
    def setUp(self):
        self.assertTrue(program(self.name), f"{self.name} is not in {FOLDERS}: run the tests embed_.*")

    def nc(self, server, nick):
        person = self.process("nc.openbsd", server.host, str(server.port))
        person.out.expect(harness.GREETING)
        person.send(f"/nick {nick}\n")
        person.out.expect(f"*** You are now {nick}.\n")
        return person

    def test_two_people_and_the_firmware(self):
        server = self.server(self.name, True, kind=Embedded)
        alice, bob = self.nc(server, "alice"), self.nc(server, "bob")
        alice.send("hello\n")
        bob.out.expect("alice> hello\n")
        bob.send("good evening\n")
        alice.out.expect("bob> good evening\n")
        server.out.expect("bob> good evening\n")
        alice.send("!led on\n")
        bob.out.expect("alice> !led on\n")
        bob.out.expect("Marcel> the LED is on\n")
        alice.out.expect("Marcel> the LED is on\n")
        alice.send("!led perhaps\n")
        alice.out.expect("!led on, or !led off\n")
        bob.send("!help\n")
        bob.out.expect("!led on|off")
        server.end_input()
        for person in alice, bob:
            person.out.expect("fin\n")
            self.assertEqual(person.wait(), 0)
        self.assertEqual(server.wait(), 0)
        self.assertNotIn(b"perhaps", bob.out.all())

    def test_what_another_thread_says_wakes_the_loop(self):
        """Nobody sends: without the wake-up each reading would wait until the loop has slept enough."""
        server = self.server(self.name, False, kind=Embedded)
        alice = self.nc(server, "alice")
        for number in range(READINGS):
            server.send(f"{number} degrees\n")
            alice.out.expect(f"Marcel> {number} degrees\n")
        server.end_input()
        alice.out.expect("fin\n")
        server.errors.expect("overslept ")
        overslept = int(server.errors.expect(" times\n"))
        print(f"{overslept} sleeps in vain", end=" ")
        self.assertLess(overslept, READINGS / 2)

    def test_it_rests(self):
        """Woken once, the loop sleeps again: it and lwIP's timers wake up only now and then."""
        server = self.server(self.name, False, kind=Embedded)
        alice = self.nc(server, "alice")
        server.send("12 degrees\n")
        alice.out.expect("Marcel> 12 degrees\n")
        self.comes_to_rest(server)

    def test_full(self):
        """As many people as have places hear each other; the next one is told that there is none."""
        server = self.server(self.name, False, kind=Embedded)
        self.full_house(server, self.places)

    def test_a_paste(self):
        """A paste as fast as the link takes it, within the burst that is allowed."""
        server = self.server(self.name, False, kind=Embedded)
        alice, bob = self.person(server, "alice"), self.person(server, "bob")
        for number in range(15):
            alice.say(f"{number} " + "x" * 200)
        for number in range(15):
            bob.hears(f"alice> {number} " + "x" * 200)


class Debian(OverAnyLwip, Case):
    """Debian's lwIP 2.1.3, a shared library; lwchat found by find_package()."""

    name, places = "over_debian", 24

    def setUp(self):
        super().setUp()
        # Of liblwip0 2.1.3+dfsg1-2 memp_PBUF_POOL has buffers of 592 bytes, and pbuf_alloc() takes them for 1,536:
        # a longer frame overruns the heap.
        harness.ip("link", "set", "tap0", "mtu", "576")


class Idf(OverAnyLwip, Case):
    """Stock lwIP 2.2.1 with ESP-IDF's option values; lwchat a folder of the project."""

    name, places = "over_idf", 8


class Project(unittest.TestCase):
    """How the project over_idf compiles."""

    def setUp(self):
        [folder] = [folder for folder in FOLDERS if os.path.exists(os.path.join(folder, "over_idf"))]
        with open(os.path.join(folder, "compile_commands.json")) as file:
            self.commands = json.load(file)

    def commands_for(self, name):
        return [entry["command"] for entry in self.commands if entry["file"].endswith(name)]

    def test_neither_project_sees_the_other(self):
        self.assertEqual(len(self.commands_for("/src/api/sockets.c")), 1, "lwIP is compiled once, by its project")
        ours = [entry["file"] for entry in self.commands if "lwchat_any.dir" in entry["command"]]
        self.assertIn(os.path.join(harness.ROOT, "src", "net", "sock.c"), ours)
        [program] = self.commands_for("/embed/program.c")
        folders = [word[2:] for word in shlex.split(program) if word.startswith("-I")]
        headers = {header for folder in folders for header in os.listdir(folder)}
        self.assertIn("lwchat.h", headers)
        self.assertNotIn("port.h", headers)
        self.assertNotIn("LWCHAT_WAIT_IN_POLL", program)

    def compile_sock(self, lwip="", lwchat=""):
        """Compiles sock.c with changed options; returns the compiler's messages."""
        command = shlex.split(self.commands_for("/net/sock.c")[0])
        command[command.index("-o") : command.index("-o") + 2] = []
        command[command.index("-c")] = "-fsyntax-only"
        options = os.path.join(harness.ROOT, "tests", "embed", "idf")
        with tempfile.TemporaryDirectory() as folder:
            for name, changed in (("lwipopts.h", lwip), ("lwchatopts.h", lwchat)):
                with open(os.path.join(folder, name), "w") as file:
                    file.write(f'#include "{options}/{name}"\n')
                    for word in changed.split():
                        option, value = word.split("=")
                        file.write(f"#undef {option}\n#define {option} {value}\n")
            done = subprocess.run([command[0], "-I" + folder, *command[1:]], cwd=folder, capture_output=True, text=True)
        return done.stderr

    def test_a_missing_option_is_named(self):
        for changed in ("LWIP_SO_SNDTIMEO=0", "LWIP_TCP_KEEPALIVE=0", "SYS_LIGHTWEIGHT_PROT=0", "LWIP_SOCKET_POLL=0",
                        "LWIP_TCP=0", "LWIP_IPV4=0", "MEMP_NUM_NETCONN=15", "DEFAULT_ACCEPTMBOX_SIZE=5",
                        "MEMP_NUM_TCP_PCB=5 MEMP_MEM_MALLOC=0"):
            with self.subTest(changed):
                self.assertRegex(self.compile_sock(lwip=changed), f'#error "lwipopts.h: .*{changed.split("=")[0]}')
        self.assertRegex(self.compile_sock(lwchat="LWCHAT_FEW_NEIGHBOURS=0"), '#error "lwipopts.h: ARP_TABLE_SIZE')

    def test_other_options_compile(self):
        for changed in ("", "LWIP_DNS=0", "LWIP_TCPIP_CORE_LOCKING=1", "LWIP_SO_SNDRCVTIMEO_NONSTANDARD=1",
                        "LWIP_SOCKET_OFFSET=0", "LWIP_IPV6=0", "LWIP_NETCONN_FULLDUPLEX=0 LWIP_NETCONN_SEM_PER_THREAD=0",
                        "MEMP_MEM_MALLOC=0", "TCP_SNDLOWAT=1", "LWIP_SO_LINGER=1", "DEFAULT_ACCEPTMBOX_SIZE=0"):
            with self.subTest(changed):
                self.assertEqual(self.compile_sock(lwip=changed), "")


if __name__ == "__main__":
    main()
