#!/usr/bin/env python3
"""lwchat-bridge: rooms of several servers, joined through a broker (mosquitto)."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import harness
from harness import BIN, HOST_ON_TAP, Case, Process, main

BRIDGE = os.path.join(BIN, "lwchat-bridge")
BROKER = "127.0.0.1:1883"


def has_all():
    return os.access(BRIDGE, os.X_OK) and subprocess.run(
        ["sh", "-c", "command -v mosquitto"], capture_output=True, env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin")
    ).returncode == 0


class Broker(Process):
    """mosquitto, which keeps on disk what it has not delivered."""

    def __init__(self, folder):
        path = os.path.join(folder, "mosquitto.conf")
        with open(path, "w") as file:
            file.write(f"listener 1883 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location {folder}/\n"
                       "autosave_on_changes true\nautosave_interval 1\nmax_queued_messages 0\n"
                       f"user root\n")
        super().__init__(["/usr/sbin/mosquitto", "-c", path], who=None)
        self.out.expect("running")


@unittest.skipUnless(has_all(), "needs libmosquitto-dev and mosquitto")
class Bridged(Case):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.broker = self.start(Broker(self.folder.name))

    def server_on(self, tap, number, name, *options):
        server = self.server("--name", name, "--ip", f"192.168.7.{number}/24", *options, net=f"tap:{tap}")
        server.operator(f"/op bridge {HOST_ON_TAP}")
        server.out.expect(f"*** {HOST_ON_TAP} is a bridge to other servers")
        return server

    def bridge(self, servers, *options, state="state"):
        arguments = [BRIDGE, "--broker", BROKER, "--state", os.path.join(self.folder.name, state), *options]
        for server in servers:
            arguments += ["--server", f"{server.host}:{server.port}"]
        bridge = self.start(Process(arguments, who=None))
        for server in servers:
            bridge.out.expect("joined: ")
        return bridge

    def test_two_servers(self):
        marcel, lucas = self.server_on("tap0", 2, "Marcel"), self.server_on("tap1", 3, "Lucas")
        bridge = self.bridge([marcel, lucas], "--verbose")
        alice, bob = self.person(marcel, "alice"), self.person(lucas, "bob")
        alice.say("hello there")
        bob.hears("alice@Marcel> hello there")
        bob.say("/me waves")
        alice.hears("* bob@Lucas waves")
        bob.say('a "quoted" \\ text')
        alice.hears('bob@Lucas> a "quoted" \\ text')
        bridge.signal(signal.SIGTERM)
        self.assertEqual(bridge.wait(), 0)
        print(bridge.out.all().decode())


if __name__ == "__main__":
    main(taps=("tap0", "tap1", "tap2"), bridge="br0")
