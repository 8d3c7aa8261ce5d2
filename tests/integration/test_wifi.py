#!/usr/bin/env python3
"""The firmware of boards with Wi-Fi, over the stand-ins for their SDKs in tests/embed/pico_sdk/ and idf_sdk/.

LWCHAT_PICO_W and LWCHAT_IDF are the folders with the programs. Their air has one network, whose wire is tap0.
"""

import contextlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

import harness
from harness import ROOT, Case, main

PICO_W = os.environ.get("LWCHAT_PICO_W", os.path.join(harness.BIN, "tests", "embed", "pico_w"))
IDF = os.environ.get("LWCHAT_IDF", os.path.join(harness.BIN, "tests", "embed", "idf"))
LEASE = "192.168.7.50"
PASSWORD = "correct horse"
BOARD = "192.168.4.1"
NO_NETWORK = "There is no network: /wifi SSID PASSWORD joins one, /ap SSID PASSWORD is one.\n"


class Wifi(Case):
    def setUp(self):
        self.program = os.path.join(self.built, "lwchatd")
        self.assertTrue(os.access(self.program, os.X_OK), f"{self.program} is not there: run the tests embed_.*")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lost, self.flash = pathlib.Path(folder.name, "lost"), pathlib.Path(folder.name, "flash")

    def tearDown(self):
        subprocess.run(["ip", "address", "flush", "dev", "tap0"], check=True)
        harness.ip("address", "add", f"{harness.HOST_ON_TAP}/24", "dev", "tap0")

    def start_with(self, **environment):
        return self.process(self.program, who="terminal", errors=subprocess.PIPE,
                            env=dict(os.environ, PRECONFIGURED_TAPIF="tap0", **environment))

    def nc(self, address, nick):
        person = self.process("nc.openbsd", address, str(harness.PORT))
        person.out.expect(harness.GREETING)
        person.send(f"/nick {nick}\n")
        person.out.expect(f"*** You are now {nick}.\n")
        return person

    @contextlib.contextmanager
    def leases(self):
        dnsmasq = self.process(
            "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--interface=tap0", "--bind-interfaces",
            f"--dhcp-range={LEASE},{LEASE},1h", f"--dhcp-leasefile={self.flash}.leases", "--pid-file=",
            "--no-ping", "--dhcp-authoritative")
        dnsmasq.out.expect("DHCP, IP range")
        yield
        dnsmasq.kill()


class PicoW(Wifi):
    built = PICO_W

    def board(self):
        return self.start_with(PICO_FLASH=str(self.flash), PICO_AIR_SSID="the lab", PICO_AIR_PASSWORD=PASSWORD,
                               PICO_AIR_LOST=str(self.lost))

    def is_kept(self, secret):
        return secret.encode() in self.flash.read_bytes()

    def test_a_station(self):
        with self.leases():
            board = self.board()
            board.out.expect(NO_NETWORK)
            board.send("hello?\r")
            board.out.expect("The chat opens when there is a network.\n")
            board.send("/wifi the lab correct horse\r")  # the SSID needs quotes
            board.out.expect("Done: the board restarts.\n")
            board.out.expect('The network "the": not found.\n')
            board.send(f'/wifi "the lab" {PASSWORD}\r')
            board.out.expect("Done: the board restarts.\n")
            board.out.expect(f'The network "the lab": our address is {LEASE}.\n')
            board.out.expect(f"Server ready on {LEASE} port 50000.\n")
            alice, bob = self.nc(LEASE, "alice"), self.nc(LEASE, "bob")
            alice.send("hello\n")
            bob.out.expect("alice> hello\n")
            board.out.expect("alice> hello\n")
            board.send("good evening\r")
            alice.out.expect("Marcel> good evening\n")
            board.send("/wifi\r")
            board.out.expect(f'The network "the lab": our address is {LEASE}.\n')
            board.send("/shutdown\r")  # is a restart
            for person in alice, bob:
                person.out.expect("fin\n")
            board.out.expect(f"Server ready on {LEASE} port 50000.\n")
            self.nc(LEASE, "carol").send("/quit\n")
            self.assertNotIn(b"Server ready on 0.0.0.0", board.out.all())

    def test_an_access_point(self):
        board = self.board()
        board.out.expect(NO_NETWORK)
        board.send("/ap cafe 12345678\r")
        board.errors.expect('on air: "cafe" "12345678"\n')
        board.out.expect(f'The access point "cafe": our address is {BOARD}.\n')
        board.out.expect(f"Server ready on {BOARD} port 50000.\n")
        subprocess.run(["ip", "address", "flush", "dev", "tap0"], check=True)
        script = self.flash.with_name("script")
        script.write_text('#!/bin/sh\n[ "$1" = bound ] && ip address add $ip/$mask dev tap0 && '
                          'echo "have $ip/$mask, router $router, DNS $dns, for $lease s"\n')
        script.chmod(0o755)
        udhcpc = self.process("busybox", "udhcpc", "-i", "tap0", "-f", "-q", "-s", str(script), who=None)
        udhcpc.out.expect(f"have 192.168.4.2/24, router {BOARD}, DNS {BOARD}, for 7200 s\n")
        alice, bob = self.nc(BOARD, "alice"), self.nc(BOARD, "bob")
        alice.send("hello\n")
        bob.out.expect("alice> hello\n")

    def test_a_password_is_never_shown(self):
        """Not on the console, in the chat or to those who join, whatever becomes of the command."""
        board = self.board()
        board.out.expect(NO_NETWORK)
        secret = "secret of the lab"
        board.send("/ap lab 12345678\r")
        board.out.expect(f"Server ready on {BOARD} port 50000.\n")
        subprocess.run(["ip", "address", "add", "192.168.4.2/24", "dev", "tap0"], check=True)
        alice = self.nc(BOARD, "alice")
        for line in (f'/wifi "lab {secret}', f'/wifi "lab"{secret}', f"/ap {'x' * 33} {secret}", f"/wifi lab {secret}\u00e9",
                     f"/ap lab {secret} {'1' * 600}"):
            board.send(line + "\r")
            board.out.expect("\n")
        board.send("/who\r/stats\r/history\r")
        board.out.expect("lwIP PBUF_POOL")
        board.send(f"/wifi lab {secret}")
        board.out.expect("/wifi lab " + "*" * len(secret))
        alice.send("hello\n")
        board.out.expect("alice> hello\n")
        board.out.expect("/wifi lab " + "*" * len(secret))
        board.send("\r")
        board.out.expect("Done: the board restarts.\n")
        board.out.expect('The network "lab": not found.\n')
        board.send("/wifi\r")
        board.out.expect('The network "lab": not found.\n')
        alice.out.expect("fin\n")
        for shown in board.out.all(), alice.out.all():
            self.assertNotIn(b"12345678", shown)
        # Of what was typed only that is shown of which nobody could know that it was a password.
        self.assertEqual(board.out.all().count(secret.encode()), 1)
        self.assertNotIn(b"secret", alice.out.all())
        self.assertTrue(self.is_kept(secret))
        self.assertFalse(self.is_kept("12345678"))

    def test_forgotten(self):
        board = self.board()
        board.send('/wifi "the lab" 12345678\r')
        board.out.expect("Done: the board restarts.\n")
        board.out.expect('The network "the lab": the password is refused.\n')
        board.kill()
        board = self.board()
        board.out.expect('The network "the lab": the password is refused.\n')
        board.send("/forget\r")
        board.out.expect("Done: the board restarts.\n")
        board.out.expect(NO_NETWORK)
        self.assertFalse(self.is_kept("12345678"))
        self.assertFalse(self.is_kept("the lab"))

    def test_a_network_that_is_lost(self):
        """The board joins again by itself, and those who stayed are still there."""
        self.lost.touch()
        with self.leases():
            board = self.board()
            board.send(f'/wifi "the lab" {PASSWORD}\r')
            board.out.expect('The network "the lab": not found.\n')
            for _ in range(2):
                board.errors.expect('joins "the lab"\n')
            self.lost.unlink()
            board.out.expect(f'The network "the lab": our address is {LEASE}.\n')
            board.out.expect(f"Server ready on {LEASE} port 50000.\n")
            alice, bob = self.nc(LEASE, "alice"), self.nc(LEASE, "bob")
            self.lost.touch()
            board.out.expect('The network "the lab": no connection.\n')
            board.out.expect('The network "the lab": not found.\n')
            self.lost.unlink()
            board.out.expect(f'The network "the lab": our address is {LEASE}.\n')
            alice.send("still here\n")
            bob.out.expect("alice> still here\n")


class EspIdf(Wifi):
    """The example of the component. Its network is that of Kconfig.projbuild."""

    built = IDF
    places = 8

    def board(self):
        return self.start_with(IDF_AIR_SSID="myssid", IDF_AIR_PASSWORD="mypassword", IDF_AIR_LOST=str(self.lost))

    def test_it_joins_and_serves(self):
        with self.leases():
            board = self.board()
            board.out.expect(f"Server ready on {LEASE} port 50000.")
            alice, bob = self.nc(LEASE, "alice"), self.nc(LEASE, "bob")
            alice.send("hello\n")
            bob.out.expect("alice> hello\n")
            board.send("good evening\r")
            board.out.expect("good evening\r\n")  # the echo
            bob.out.expect("Marcel> good evening\n")
            board.send("/stats\r/help\r" * 5)  # more than the UART takes at once
            for _ in range(5):
                board.out.expect("*** sessions: 2 of 8")
                board.out.expect("*** /help ")
            board.send("/shutdown\r")  # is a restart
            for person in alice, bob:
                person.out.expect("fin\n")
            board.out.expect(f"Server ready on {LEASE} port 50000.")
            self.nc(LEASE, "carol")
            for output in board.out.all(), board.errors.all():
                self.assertNotIn(b"mypassword", output)

    def test_it_rests(self):
        with self.leases():
            board = self.board()
            board.out.expect(f"Server ready on {LEASE} port 50000.")
            self.comes_to_rest(board, wakes=500)  # 200 are the stand-in's UART

    def test_full(self):
        with self.leases():
            board = self.board()
            board.out.expect(f"Server ready on {LEASE} port 50000.")
            board.address = LEASE, harness.PORT
            self.full_house(board, self.places)

    def test_a_network_that_is_lost(self):
        """The pauses between its tries double, until it has joined."""
        self.lost.touch()
        with self.leases():
            board = self.board()
            board.errors.expect("not joined: reason 201; again in 1 s\n")
            board.errors.expect("not joined: error 259; again in 2 s\n")
            board.errors.expect("not joined: reason 201; again in 4 s\n")
            self.lost.unlink()
            board.out.expect(f"Server ready on {LEASE} port 50000.")
            alice, bob = self.nc(LEASE, "alice"), self.nc(LEASE, "bob")
            self.lost.touch()
            board.errors.expect("not joined: reason 200; again in 1 s\n")
            board.errors.expect("not joined: reason 201; again in 2 s\n")
            self.lost.unlink()
            alice.send("still here\n")
            bob.out.expect("alice> still here\n")


class Component(unittest.TestCase):
    """How ESP-IDF's build sees the component."""

    folder = pathlib.Path(ROOT, "port", "esp-idf", "lwchat")

    @staticmethod
    def commands(build):
        """File -> command of the component's sources."""
        with open(os.path.join(build, "compile_commands.json")) as file:
            return {entry["file"]: entry["command"] for entry in json.load(file)
                    if re.search(r"CMakeFiles/__idf_(?!lwip|main)", entry["command"])}

    def test_the_repository_is_the_component_too(self):
        """For those who clone it into the folder components/ of their project."""
        with tempfile.TemporaryDirectory() as folder:
            main, clone, build = (pathlib.Path(folder, name) for name in ("main", "lwchat", "build"))
            clone.symlink_to(ROOT)
            main.mkdir()
            main.joinpath("main.c").write_text('#include "lwchat.h"\nvoid app_main(void);\nvoid app_main(void) { lwchat_stop(); }\n')
            main.joinpath("CMakeLists.txt").write_text("idf_component_register(SRCS main.c REQUIRES lwchat)\n")
            pathlib.Path(folder, "CMakeLists.txt").write_text(
                f'cmake_minimum_required(VERSION 3.16)\nset(EXTRA_COMPONENT_DIRS {clone})\n'
                'include($ENV{IDF_PATH}/tools/cmake/project.cmake)\nproject(other)\n')
            with open(os.path.join(IDF, "CMakeCache.txt")) as file:
                lwip = re.search(r"^LWIP_DIR:\w+=(.*)$", file.read(), re.MULTILINE)[1]
            subprocess.run(["cmake", "-S", folder, "-B", build, f"-DLWIP_DIR={lwip}"], check=True,
                           stdout=subprocess.DEVNULL,
                           env=dict(os.environ, IDF_PATH=os.path.join(ROOT, "tests", "embed", "idf_sdk")))
            as_root, as_folder = self.flags_of_sources(build, clone), self.flags_of_sources(os.path.abspath(IDF), ROOT)
            self.assertIn("net/sock.c", as_root)
            self.assertEqual(as_root, as_folder)

    def flags_of_sources(self, build, root):
        """Path below src/ -> the options with which it is compiled, without the places of the two folders."""
        return {file.removeprefix(f"{root}/src/"): [
            word.replace(str(build), "BUILD").replace(str(root), "ROOT").replace(ROOT, "ROOT")
            for word in shlex.split(command) if word.startswith(("-D", "-I", "-W"))
        ] for file, command in self.commands(build).items() if file.startswith(f"{root}/src/")}

    def test_each_option_is_a_limit(self):
        options = set(re.findall(r"^    config (LWCHAT_\w+)$", self.folder.joinpath("Kconfig").read_text(), re.MULTILINE))
        used = self.folder.joinpath("include", "lwchatopts.h").read_text()
        self.assertEqual(options, set(re.findall(r"CONFIG_(LWCHAT_\w+)", used)))
        limits = pathlib.Path(ROOT, "src", "lwchat_config.h").read_text()
        for option in options:
            self.assertIn(f"#ifndef {option}\n", limits)
            switch = rf"#ifdef CONFIG_{option}\n#define {option} +1\n(#define .*\n)*#else\n#define {option} 0\n#endif\n"
            self.assertRegex(used, rf"#define {option} +CONFIG_{option}\n|{switch}")

    def test_its_version(self):
        version = re.search(r'LWCHAT_VERSION "(.*)"', pathlib.Path(ROOT, "src", "lwchat_config.h").read_text())[1]
        self.assertIn(f'version: "{version}"\n', self.folder.joinpath("idf_component.yml").read_text())

    def compile(self, name, **changed):
        """Compiles a source with changed options of Kconfig, None for one that is off; returns the messages."""
        [command] = [command for file, command in self.commands(IDF).items() if file.endswith(name)]
        command = shlex.split(command)
        command[command.index("-o") : command.index("-o") + 2] = []
        command[command.index("-c")] = "-fsyntax-only"
        text = pathlib.Path(IDF, "config", "sdkconfig.h").read_text()
        for option, value in changed.items():
            define = f"#define CONFIG_{option} {value}\n" if value is not None else ""
            text, count = re.subn(rf"#define CONFIG_{option} .*\n", define, text)
            self.assertEqual(count, 1)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "sdkconfig.h").write_text(text)
            return subprocess.run([command[0], "-I" + folder, *command[1:]], capture_output=True, text=True).stderr

    def test_options_that_are_off(self):
        for off in ({"LWCHAT_HTTP": None}, {"LWCHAT_JSON": None}, {"LWCHAT_HTTP": None, "LWCHAT_JSON": None}):
            for name in "/net/server.c", "/net/sock.c", "/core/chat.c", "/net/http.c":
                with self.subTest(f"{name} {off}"):
                    self.assertEqual(self.compile(name, **off), "")

    def test_too_few_sockets_are_reported(self):
        self.assertIn("MEMP_NUM_NETCONN must be", self.compile("/net/sock.c", LWCHAT_MAX_SESSIONS=9))
        self.assertEqual(self.compile("/net/sock.c", LWCHAT_MAX_SESSIONS=13, LWCHAT_HTTP=None), "")
        self.assertIn("MEMP_NUM_NETCONN must be", self.compile("/net/sock.c", LWCHAT_MAX_SESSIONS=14, LWCHAT_HTTP=None))


if __name__ == "__main__":
    main()
