#!/usr/bin/env python3
"""README.md and the other pages are correct: options, commands, limits, tests, figures, the first minute."""

import os
import re
import subprocess
import unittest

import harness
from harness import Case, LWCHAT, LWCHATD, ROOT, main



def read(*path):
    with open(os.path.join(ROOT, *path)) as file:
        return file.read()


README = read("README.md")
TESTS, PORTS, SPEED = "tests/README.md", "port/README.md", "tools/bench.d/README.md"
CORE, DIALECTS = "src/core/README.md", "src/dialect/README.md"
PAGES = {name: read(name) for name in ("README.md", TESTS, PORTS, SPEED, CORE, DIALECTS)}


class Words(unittest.TestCase):
    def test_help_stands_in_it_word_for_word(self):
        server = subprocess.run([LWCHATD, "--help"], capture_output=True, text=True).stdout
        self.assertIn(f"```\n{server}```\n", README)

    def test_it_is_short(self):
        self.assertLessEqual(README.count("\n"), 220)

    def test_every_option_in_it_exists(self):
        known = set()
        for program in (LWCHATD, LWCHAT):
            known |= set(re.findall(r"--[a-z][a-z-]+", subprocess.run(
                [program, "--help"], capture_output=True, text=True).stdout))
        for tool in ("tools/tap", "tools/emulate", "tools/deps", "tools/size", "tools/test", "tools/bench", "tools/run", "tests/sim/main.c"):
            with open(os.path.join(ROOT, tool)) as source:
                known |= set(re.findall(r"--[a-z][a-z-]+", source.read()))
        known |= {"--build", "--install", "--prefix"}  # cmake's
        for name, text in PAGES.items():
            with self.subTest(page=name):
                self.assertEqual(set(re.findall(r"(?<!\S)`?(--[a-z][a-z-]+)", text)) - known, set())

    def test_every_path_in_it_exists(self):
        for name, text in PAGES.items():
            for path in re.findall(r"(?<![/\w])(?:\./)?((?:src|port|tests|tools)/[\w./-]*\w/?)", text):
                self.assertTrue(os.path.exists(os.path.join(ROOT, path)), f"{name}: {path}")

    def test_every_patch_is_listed(self):
        table = PAGES[PORTS].split("| patch | without it |\n")[1].split("\n\n")[0]
        listed = {name for row in table.splitlines()[1:] for name in re.findall(r"`([\w-]+)`", row.split(" | ")[0])}
        patches = os.listdir(os.path.join(ROOT, "port", "lwip", "patches"))
        self.assertEqual(listed, {name.removesuffix(".patch") for name in patches})

    def test_every_link_in_it_leads_somewhere(self):
        for name, text in PAGES.items():
            for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
                path = os.path.join(ROOT, os.path.dirname(name), link)
                self.assertTrue(os.path.exists(path), f"{name}: {link}")
        for name in PAGES:
            if name != "README.md":
                self.assertIn(f"]({name})", README)

    def test_every_test_in_it_exists(self):
        table = PAGES[TESTS].split("and the tests that keep it\n\n")[1].split("\n\n")[0]
        named = {name for row in table.splitlines()[2:] for name in re.findall(r"`([\w-]+)`", row.split(" | ")[1])}
        self.assertGreater(len(named), 20)
        tests = set()
        for folder, _, files in os.walk(os.path.join(harness.BIN, "tests")):
            if "CTestTestfile.cmake" in files:
                with open(os.path.join(folder, "CTestTestfile.cmake")) as listing:
                    tests |= set(re.findall(r"^add_test\((?:\[=*\[)?([\w-]+)", listing.read(), re.MULTILINE))
        if "analysis" not in tests:
            self.skipTest("a build with sanitizers has not all of them")
        self.assertEqual(named - tests, set())

    def test_ratios_are_the_tables(self):
        table = PAGES[SPEED].split("\n\n|  | 10 A ")[1].split("\n\n")[0]
        rows = {row.split(" | ")[0].strip("|* "): row.strip("| ").split(" | ")[1:] for row in table.splitlines()[2:]}
        ours, theirs = rows["`lwchatd`, TAP"], rows["the same `src/` on the kernel's sockets"]
        said = re.search(r"delivers (.+?), (.+?) and (.+?) times as", README.replace("\n", " ")).groups()
        for our, their, ratio in zip(ours[3:6], theirs[3:6], said, strict=True):
            self.assertEqual(their.startswith("> "), ratio.startswith("up to "), ratio)
            our, their = (float(figure.strip("> ").replace(",", "")) for figure in (our, their))
            self.assertLess(abs(our / their - float(ratio.removeprefix("up to "))), 0.02)
        self.assertIn("`./tools/bench` measures", README)

    def test_limits_are_the_built_ones(self):
        text = ""
        for name in ("port/linux/lwchatopts.h", "src/lwchat_config.h"):
            text += read(name)
        for name, value, words in (
            ("MAX_SESSIONS", "1024", "| people at once | 1,024 "),
            ("LINE_BYTES", "1024", "| a line | 1,024 bytes |"),
            ("RATE", "10", "| lines a second | 10, after a burst of 20 "),
            ("MAX_IGNORES", "8", "| people ignored by one person, rooms, bans | 8, 128, 64 |"),
            ("MAX_ROOMS", "128", "| people ignored by one person, rooms, bans | 8, 128, 64 |"),
            ("MAX_BANS", "64", "| people ignored by one person, rooms, bans | 8, 128, 64 |"),
            ("ARRIVAL_MS", "100", "| 10 a second are announced, "),
            ("ANSWER_BYTES", "512", "as much as a line for each 512 bytes (10 s at most)"),
            ("ASIDE_BYTES_PER_S", "64", "a second for each 64 bytes (10 s at most)"),
            ("COST_MS", "10000", "bytes (10 s at most)"),
            ("BACK_BYTES", "65536", "as one for each 64 KiB of the log"),
            ("GIVE_WAY_MS", "10000", "| 5 minutes; 10 s; 60 s"),
            ("GONE_MS", "60000", "| said for 60 s, at its rate;"),
            ("RAW_BYTES", "1024", "messages of at most 1,024 bytes"),
            ("SHARED_ADDRESS", "0x0A000202UL", "network that holds 10.0.2.2 is refused"),
            ("LOG_BYTES", "(1024UL * 1024UL)", "| 1 MiB; 8 messages |"),
            ("HISTORY", "8", "| the log; history for a newcomer | 1 MiB; 8 messages |"),
            ("LINE_BUFFERS", "1024", "| lines begun and not ended | 1,024 "),
            ("PARTIAL_MS", "1000", "at least 1 s ago, is dropped"),
            ("HOLD_MS_PER_MINUTE", "2000", "| 2 s in a minute |"),
            ("OPENING_MS", "20", "is a person after 20 ms"),
            ("STALL_MS", "300000", "| 5 minutes; 10 s; 60 s of silence, then 3 probes | reset |"),
            ("KEEPALIVE_IDLE_S", "60", "10 s; 60 s of silence, "),
            ("KEEPALIVE_PROBES", "3", "then 3 probes |"),
        ):
            self.assertEqual(re.search(rf"#define LWCHAT_{name} +(.+)", text)[1], value, name)
            self.assertIn(words, (README + PAGES[CORE]).replace("\n", " "))

    def test_every_command_of_the_chat_is_explained(self):
        with open(os.path.join(ROOT, "src", "core", "command.c")) as source:
            commands = re.findall(r'\{"(/[a-z]+)", ', source.read())
        self.assertGreater(len(commands), 10)
        for command in commands:
            self.assertRegex(README, rf"`{command}[ `]")


class FirstMinute(Case):
    def two_people(self, server, command):
        people = []
        for _ in range(2):
            person = self.process(*command)
            person.out.expect("/quit leaves.\n")
            people.append(person)
        people[1].send("hello\n")
        people[0].out.expect("guest2> hello\n")
        server.send("welcome\n")
        people[1].out.expect("Marcel> welcome\n")

    def test_server_and_nc(self):
        self.two_people(self.server(), ("nc", "localhost", "50000"))

    def test_tap(self):
        self.two_people(self.server(net="tap:tap0"), ("nc", "192.168.7.2", "50000"))

    def test_client(self):
        lwchatd = self.server()
        client = self.process(LWCHAT, "--nick", "alice", "localhost")
        client.out.expect("Connected to localhost port 50000.")
        client.out.expect("*** You are now alice.")
        client.send("hello\n")
        lwchatd.out.expect("#lobby alice> hello")

    @unittest.skipUnless(os.path.realpath(harness.BIN) == os.path.join(ROOT, "build", "host"),
                         "tools/run builds into build/host")
    def test_tools_run(self):
        server = self.process(os.path.join(ROOT, "tools", "run"))
        server.out.expect("Server ready on 127.0.0.1 port 50000.\n", 5 * harness.SOON)  # it may build first
        self.two_people(server, ("nc", "localhost", "50000"))
        server.send("/shutdown\n")
        self.assertEqual(server.wait(), 0)


if __name__ == "__main__":
    main()
