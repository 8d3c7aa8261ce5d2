#!/usr/bin/env python3
"""The firmware of a Pico W, port/boards/pico_w/, over the stand-in for its SDK in tests/embed/pico_sdk/.

LWCHAT_PICO_W is the program. Its air has one network, whose wire is tap0.
"""

import contextlib
import os
import pathlib
import subprocess
import tempfile

import harness
from harness import Case, Process, main

PROGRAM = os.environ.get("LWCHAT_PICO_W", os.path.join(harness.BIN, "tests", "embed", "pico_w", "lwchatd"))
PASSWORD = "correct horse"
BOARD = "192.168.4.1"
NO_NETWORK = "There is no network: /wifi SSID PASSWORD joins one, /ap SSID PASSWORD is one.\n"


class PicoW(Case):
    def setUp(self):
        self.assertTrue(os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not there: run the test embed_pico_w")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lost, self.flash = pathlib.Path(folder.name, "lost"), pathlib.Path(folder.name, "flash")

    def tearDown(self):
        subprocess.run(["ip", "address", "flush", "dev", "tap0"], check=True)
        harness.ip("address", "add", f"{harness.HOST_ON_TAP}/24", "dev", "tap0")

    def board(self):
        return self.process(PROGRAM, who="terminal", errors=subprocess.PIPE, env=dict(
            os.environ, PRECONFIGURED_TAPIF="tap0", PICO_FLASH=str(self.flash), PICO_AIR_SSID="the lab",
            PICO_AIR_PASSWORD=PASSWORD, PICO_AIR_LOST=str(self.lost)))

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
            "--dhcp-range=192.168.7.50,192.168.7.50,1h", f"--dhcp-leasefile={self.flash}.leases", "--pid-file=",
            "--no-ping", "--dhcp-authoritative")
        dnsmasq.out.expect("DHCP, IP range")
        yield
        dnsmasq.kill()

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
            board.out.expect('The network "the lab": our address is 192.168.7.50.\n')
            board.out.expect("Server ready on 192.168.7.50 port 50000.\n")
            alice, bob = self.nc("192.168.7.50", "alice"), self.nc("192.168.7.50", "bob")
            alice.send("hello\n")
            bob.out.expect("alice> hello\n")
            board.out.expect("alice> hello\n")
            board.send("good evening\r")
            alice.out.expect("Marcel> good evening\n")
            board.send("/wifi\r")
            board.out.expect('The network "the lab": our address is 192.168.7.50.\n')
            board.send("/shutdown\r")  # is a restart
            for person in alice, bob:
                person.out.expect("fin\n")
            board.out.expect("Server ready on 192.168.7.50 port 50000.\n")
            self.nc("192.168.7.50", "carol").send("/quit\n")

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
            board.out.expect('The network "the lab": our address is 192.168.7.50.\n')
            board.out.expect("Server ready on 192.168.7.50 port 50000.\n")
            alice, bob = self.nc("192.168.7.50", "alice"), self.nc("192.168.7.50", "bob")
            self.lost.touch()
            board.out.expect('The network "the lab": no connection.\n')
            board.out.expect('The network "the lab": not found.\n')
            self.lost.unlink()
            board.out.expect('The network "the lab": our address is 192.168.7.50.\n')
            alice.send("still here\n")
            bob.out.expect("alice> still here\n")


if __name__ == "__main__":
    main()
