#!/usr/bin/env python3
"""The server as a service: its files of options and of commands, its log, and its history."""

import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time
import zlib

import harness
from harness import LWCHATD, Case, main
from test_json import Bot

DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d "


class Folder(Case):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def file(self, name, text=""):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def refused(self, *options, code=2):
        """What a server says that does not start."""
        ended = subprocess.run([LWCHATD, *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stdout), (code, ""), ended.stderr)
        self.assertEqual(ended.stderr.count("\n"), 1, ended.stderr)
        return ended.stderr.rstrip("\n")


class Config(Folder):
    def test_options_and_commands_come_from_files(self):
        commands = self.file("commands", "# on the first day\n\n/ban 192.0.2.7/24\r\n/nosuch\nhello\n//text\n"
                             "/ban 10.0.2.2\n/who\n/ban 2001:db8::1/64")
        conf = self.file("conf", f"# of the school\nname Ada\nquiet\nlang fr\nrate 3\ncommands {commands}\n")
        lwchatd = self.server("--lang", "en", "--config", conf, errors=subprocess.PIPE)
        for number, error in ((4, 'no command "/nosuch": /help lists them'),
                              (5, "not a command: lines here begin with /, or # for a comment"),
                              (6, "not a command: lines here begin with /, or # for a comment"),
                              (7, "not banned: on a user-mode network everybody comes from 10.0.2.2")):
            lwchatd.errors.expect(f"{commands}:{number}: {error}\n")
        lwchatd.operator("/bans")
        lwchatd.out.expect("*** banned: 192.0.2.0/24\n")
        lwchatd.out.expect("*** banned: 2001:db8::/64\n")
        self.person(lwchatd)
        lwchatd.operator("hello")
        self.assertEqual(lwchatd.errors.all().count(b"\n"), 4)
        self.assertNotIn(b"nobody is here", lwchatd.out.all())

    def test_what_is_wrong_is_told_with_its_place(self):
        for line, error in (("rate x", 'rate takes a number from 0 to 1000000, not "x"'),
                            ("nosuch 1", 'no option "nosuch": --help lists them, without -- here'),
                            ("name Bob", '"name" stands in this file twice'),
                            ("config x", '"config" belongs on the command line')):
            conf = self.file("conf", f"name Ada\n\n# no more\n{line}\n")
            self.assertEqual(self.refused("--config", conf), f"{conf}:4: {error}")
        missing = os.path.join(self.folder, "missing")
        for option in ("--config", "--commands"):
            self.assertEqual(self.refused(option, missing), f'lwchatd: cannot read "{missing}": No such file or directory')
            self.assertEqual(self.refused(option, self.folder), f'lwchatd: cannot read "{self.folder}": Is a directory')
            self.assertEqual(self.refused(option, self.file("large", "#" * 20000)),
                             f'lwchatd: cannot read "{self.folder}/large": File too large')

    def test_shutdown_among_the_commands_ends_it(self):
        commands = self.file("commands", "/shutdown\n/nosuch\n")
        ended = subprocess.run([LWCHATD, "--commands", commands], stdin=subprocess.DEVNULL, capture_output=True,
                               text=True, timeout=60)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))


class Log(Folder):
    def setUp(self):
        super().setUp()
        self.log = pathlib.Path(self.folder, "talk")

    def lines(self, path=None):
        """The lines of the log, without their dates."""
        text = (path or self.log).read_text()
        self.assertRegex(text, rf"\A({DATE}#.*\n)*\Z")
        return re.sub(f"(?m)^{DATE}", "", text).splitlines()

    def test_it_has_what_people_read(self):
        self.log.write_text("2026-11-30 06:12:30 #lobby old\n")
        lwchatd = self.server("--log", self.log, "--lang", "fr", "--quiet")
        alice, bob = (self.start(harness.Person(lwchatd.address)).listen() for _ in range(2))
        alice.hears("*** Vous êtes guest1. /help liste les commandes, /quit pour partir.")
        alice.hears("*** guest2 est arrivé")
        alice.say("/nick alice")
        alice.say("bonjour")
        alice.say("/me salue")
        alice.say("/msg guest2 un secret")
        bob.hears("[alice] un secret")
        bob.say("/join #labo")
        bob.hears("*** Vous êtes dans #labo.")
        bob.say("ici")
        self.eventually(lambda: "#labo guest2> ici" in self.lines())
        lwchatd.operator("à tous")
        alice.hears("Marcel> à tous")
        bob.say("/quit adieu")
        self.eventually(lambda: "adieu" in self.log.read_text())
        self.assertEqual(self.lines(), [
            "#lobby old", "#lobby *** guest1 est arrivé", "#lobby *** guest2 est arrivé",
            "#lobby *** guest1 est maintenant alice", "#lobby alice> bonjour", "#lobby * alice salue",
            "#lobby *** guest2 est parti", "#labo *** guest2 est arrivé", "#labo guest2> ici", "#* Marcel> à tous",
            "#labo *** guest2 est parti : adieu"])
        lwchatd.end_well()
        self.assertEqual(len(self.lines()), 11)

    def test_sighup_opens_it_anew(self):
        lwchatd = self.server("--log", self.log)
        alice = self.person(lwchatd)
        alice.say("before")
        self.eventually(lambda: "#lobby guest1> before" in self.lines())
        old = self.log.rename(self.log.with_suffix(".1"))
        alice.say("between")
        self.eventually(lambda: "#lobby guest1> between" in self.lines(old))
        lwchatd.signal(signal.SIGHUP)
        self.eventually(self.log.exists)
        self.assertEqual(self.log.stat().st_mode & 0o777, 0o600)
        alice.say("after")
        self.eventually(lambda: self.lines() == ["#lobby guest1> after"])
        self.assertEqual(self.lines(old)[-1], "#lobby guest1> between")
        # If that fails, the one that is open is kept.
        kept = self.log.rename(self.log.with_suffix(".2"))
        self.log.mkdir()
        lwchatd.signal(signal.SIGHUP)
        lwchatd.out.expect(f'!!! the old log is kept: cannot write the log "{self.log}": Is a directory\n')
        alice.say("still")
        self.eventually(lambda: self.lines(kept)[-1] == "#lobby guest1> still")

    def test_what_cannot_be_written_or_could_block_is_refused(self):
        os.mkfifo(self.log)
        reader = os.open(self.log, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        for path, why in ((self.log, "it is not a regular file"), (self.folder, "Is a directory"),
                          ("/dev/null", "it is not a regular file"), ("/no/such", "No such file or directory")):
            self.assertEqual(self.refused("--log", str(path), code=1), f'lwchatd: cannot write the log "{path}": {why}')


class History(Folder):
    def setUp(self):
        super().setUp()
        self.path = pathlib.Path(self.folder, "history")

    def history(self, lwchatd):
        """What a newcomer to the lobby can see of it."""
        nobody = '!!! no command "/nosuch": /help lists them'
        carol = self.person(lwchatd)
        for line in ("/nosuch", "/history 65535", "/nosuch"):
            carol.say(line)
        carol.hears(nobody)
        return carol.hears(nobody).decode().splitlines()

    def test_what_people_have_read_survives_a_kill(self):
        heard, lines = [], 3000
        for said in range(0, 3 * lines, lines):
            lwchatd = self.start(harness.Server("--rate", "0", "--history", self.path))
            alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
            alice.send("".join(f"line {n}\n" for n in range(said, said + lines)))
            bob.hears(f"alice> line {said + 1000}")
            lwchatd.kill()
            bob.out.expect_end()
            read = re.findall(r"(?m)^alice> line (\d+)$", bob.out.all().decode())
            heard += [int(n) for n in read if int(n) >= said]
        lwchatd = self.server("--rate", "0", "--history", self.path)
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)
        kept = [int(line.removeprefix("alice> line ")) for line in self.history(lwchatd)]
        self.assertGreater(len(heard), 3000)
        self.assertTrue(kept == sorted(set(kept)), "in order, and once each")
        self.assertEqual(set(heard) - set(kept), set())

    def test_a_bot_resumes_over_a_restart(self):
        lwchatd = self.server("--history", self.path)
        alice, bot = self.person(lwchatd, "alice"), self.start(Bot(lwchatd.address)).greeted()
        start = bot.hello["start"]
        alice.say("one")
        bot.until("message", "one")
        last = bot.last_seq
        bot.close()
        alice.say("two")
        alice.say("/msg Marcel a secret")
        lwchatd.out.expect("[alice] a secret")
        lwchatd.end_well()
        self.assertNotIn(b"secret", self.path.read_bytes())

        lwchatd = self.server("--history", self.path)
        alice, bot = self.person(lwchatd, "alice"), self.start(Bot(lwchatd.address)).greeted()
        self.assertEqual(bot.hello["start"], start)
        self.assertEqual(bot.before, ["alice> one", "alice> two"])
        alice.say("three")
        bot.until("message", "three")
        self.assertGreater(bot.last_seq, last)
        bot.resume(bot.hello, last)
        alice.say("four")
        before, _ = bot.until("message", "four")
        self.assertEqual([thing["text"] for thing in before if "text" in thing], ["two"])

    def test_what_is_no_history_is_left_alone(self):
        lwchatd = self.server("--history", self.path)
        self.assertEqual(self.refused("--history", str(self.path), "--net", "user:127.0.0.1:50001", code=1),
                         f'lwchatd: cannot keep the history in "{self.path}": another server uses it')
        alice = self.person(lwchatd, "alice")
        for number in range(10):
            alice.say(f"line {number}")
        self.eventually(lambda: b"line 9" in self.path.read_bytes())
        lwchatd.end_well()
        whole = self.path.read_bytes()
        # The end of a write is missing.
        at = whole.index(b"line 9")
        self.path.write_bytes(whole[:at + 2])
        lwchatd = self.server("--history", self.path, errors=subprocess.PIPE)
        lwchatd.errors.expect(f"{self.path}: the last write was torn, bytes cut off: ")
        self.assertEqual(self.history(lwchatd)[-1], "alice> line 8")
        lwchatd.end_well()
        # Something before the end is wrong, or everything is.
        damaged = whole.replace(b"line 3", b"line X")
        for content, why in ((damaged, r"damaged at byte (\d+): restore it, name another file, or cut it there with "
                              r"truncate -s \1"),
                             (b"root:x:0:0\n", "not a history of lwchatd: name another file, or remove it")):
            self.path.write_bytes(content)
            self.assertRegex(self.refused("--history", str(self.path), code=1), rf"\A{self.path}: {why}\Z")
            self.assertEqual(self.path.read_bytes(), content)
        self.path.unlink()
        self.path.mkdir()
        self.assertEqual(self.refused("--history", str(self.path), code=1),
                         f'lwchatd: cannot keep the history in "{self.path}": Is a directory')

    def test_its_file_is_bounded(self):
        lwchatd = self.start(harness.Server("--rate", "0", "--quiet", "--history", self.path))
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        lines, sizes = 8000, []
        for first in range(0, lines, 500):
            alice.send("".join(f"line {n:05} {'x' * 900}\n" for n in range(first, first + 500)))
            bob.hears(f"alice> line {first + 499:05} {'x' * 900}")
            sizes.append(self.path.stat().st_size)
        self.assertLess(max(sizes), 5 << 20)
        self.assertNotEqual(sizes, sorted(sizes))
        lwchatd.kill()
        lwchatd = self.server("--rate", "0", "--history", self.path)
        after = [int(line.split()[2]) for line in self.history(lwchatd)]
        self.assertGreater(len(after), 1000)
        self.assertEqual(after, list(range(after[0], lines)))
        self.assertEqual(os.listdir(self.folder), ["history"])

    def test_it_is_appended_to_while_no_file_can_replace_it(self):
        in_the_way = self.path.with_suffix(".new")
        lwchatd = self.start(harness.Server("--rate", "0", "--quiet", "--history", self.path))
        in_the_way.mkdir()
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        lines = 5000
        alice.send("".join(f"line {n:05} {'x' * 900}\n" for n in range(lines)))
        bob.hears(f"alice> line {lines - 1:05} {'x' * 900}")
        start = self.start(Bot(lwchatd.address)).greeted().hello["start"]
        lwchatd.out.expect("!!! the history's file grows, it cannot be replaced for now: File exists\n")
        alice.say("at last")
        bob.hears("alice> at last")
        self.assertEqual(lwchatd.out.all().count(b"!!!"), 1)
        lwchatd.kill()
        content = self.path.read_bytes()
        self.assertGreater(len(content), 4 << 20)
        self.assertEqual(content.count(b"#lobbyalice"), lines + 1)
        # What would be in the way is told at the start.
        self.assertEqual(self.refused("--history", str(self.path), code=1), f'lwchatd: cannot keep the history in '
                         f'"{self.path}": the same name with .new cannot be created: File exists')
        in_the_way.rmdir()
        lwchatd = self.server("--rate", "0", "--history", self.path)
        self.assertEqual(self.start(Bot(lwchatd.address)).greeted().hello["start"], start)
        self.assertEqual(self.history(lwchatd)[-1], "alice> at last")
        self.eventually(lambda: self.path.stat().st_size < 2 << 20)

    def test_its_file_goes_on_when_numbers_begin_again(self):
        lwchatd = self.start(harness.Server("--history", self.path))
        alice, bot = self.person(lwchatd, "alice"), self.start(Bot(lwchatd.address)).greeted()
        start = bot.hello["start"]
        alice.say("one")
        bot.until("message", "one")
        lwchatd.kill()
        with open(self.path, "ab") as file:  # that 480 GiB were used since
            used = struct.pack("<HHQ", 8, 3, 120 << 32)
            file.write(struct.pack("<I", zlib.crc32(used)) + used)
        for said in ([], ["alice> two"]):
            lwchatd = self.start(harness.Server("--history", self.path))
            self.eventually(lambda: b"one" not in self.path.read_bytes())
            alice, bot = self.person(lwchatd, "alice"), self.start(Bot(lwchatd.address)).greeted()
            self.assertEqual(bot.before, said)
            self.assertEqual(bot.hello["start"], (start + 1) % 2**32)
            alice.say("two")
            bot.until("message", "two")
            self.assertLess(bot.last_seq >> 16, 2 << 30)
            lwchatd.kill()


class Manager(Folder):
    """The service manager: sd_notify(3)."""

    def listen(self, name):
        manager = self.start(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        manager.bind(name)
        manager.settimeout(harness.SOON)
        return manager

    def server(self, name, *options):
        return super().server(*options, env=dict(os.environ, LC_ALL="C.UTF-8", NOTIFY_SOCKET=name))

    def hears(self, manager, *lines):
        self.assertEqual(manager.recv(4096).decode(), "\n".join(lines))

    def test_it_is_told_what_the_server_does(self):
        path = os.path.join(self.folder, "notify")
        manager = self.listen(path)
        lwchatd = self.server(path, "--log", os.path.join(self.folder, "talk"))
        self.hears(manager, "READY=1", f"STATUS=127.0.0.1 port {harness.PORT}, 0 here")
        self.person(lwchatd)
        self.hears(manager, f"STATUS=127.0.0.1 port {harness.PORT}, 1 here")
        before_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        lwchatd.signal(signal.SIGHUP)
        reloading, since_us = manager.recv(4096).decode().split("\nMONOTONIC_USEC=")
        self.assertEqual(reloading, "RELOADING=1")
        self.assertTrue(before_us <= int(since_us) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.hears(manager, "READY=1")
        lwchatd.end_well()
        self.hears(manager, "STOPPING=1")

    def test_at_an_abstract_name(self):
        name = f"lwchat-test-{os.getpid()}"
        manager = self.listen("\0" + name)
        self.server("@" + name).end_well()
        self.hears(manager, "READY=1", f"STATUS=127.0.0.1 port {harness.PORT}, 0 here")
        self.hears(manager, "STOPPING=1")

    def test_one_that_is_not_there_does_not_matter(self):
        for name in ("/no/such", "@nobody", "relative", "@", "/" + "x" * 200):
            self.server(name).end_well()


class OnADisk(harness.Server):
    """Its files are on a small disk in a private mount namespace."""

    COMMAND = ("unshare", "-m", "sh", "-c",
               f'mount -t tmpfs -o size=128k disk {harness.Disk.AT} && exec "$0" "$@"', *harness.Server.COMMAND)

    def __init__(self, *options, **how):
        super().__init__(*options, **how)
        self.disk = harness.Disk(self)


class FullDisk(Folder):
    def test_it_loses_no_chat_and_is_told(self):
        at = harness.Disk.AT
        lwchatd = self.server("--rate", "0", "--quiet", "--log", f"{at}/talk", "--history", f"{at}/history",
                              kind=OnADisk)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        alice.say("at first")
        self.eventually(lambda: b"at first" in lwchatd.disk.file("history").read_bytes())
        lines = 20000  # more than disk, blocks and log hold
        alice.send("".join(f"line {n:05} {'x' * 90}\n" for n in range(lines)))
        bob.hears(f"alice> line {lines - 1:05} {'x' * 90}")
        self.eventually(lambda: lwchatd.out.all().count(b" cannot be written for now: No space left on device\n") == 2)
        start = self.start(Bot(lwchatd.address)).greeted().hello["start"]
        torn = lwchatd.disk.file("history").read_bytes()
        lwchatd.disk.grow()
        missing = {}
        again = rb"\*\*\* writing the (\w+) again; (\d+) \w+ lost\n"
        self.eventually(lambda: len(re.findall(again, lwchatd.out.all())) == 2)
        for file, number in re.findall(again, lwchatd.out.all()):
            missing[file.decode()] = int(number)
        alice.say("after it")
        log = lwchatd.disk.file("talk")
        self.eventually(lambda: log.read_text().endswith("#lobby alice> after it\n"))
        text = log.read_text()
        written = re.findall(rf"(?m)^{DATE}#lobby alice> line (\d{{5}}) x{{90}}$", text)
        lacking = re.findall(rf"(?m)^{DATE}#\* \*\*\* the log lacks (\d+) lines here$", text)
        self.assertEqual([int(number) for number in lacking], [missing["log"]])
        self.assertEqual(len(written) + missing["log"], lines)
        self.assertEqual(written, sorted(written))
        self.assertEqual(len(text.splitlines()), len(written) + 1 + 7)  # who has come, has a name, has said something
        self.assertEqual(lwchatd.out.all().count(b"!!!"), 2)
        # The history is written anew, with all that the server has; the old one has what preceded the missing messages.
        self.eventually(lambda: b"after it" in lwchatd.disk.file("history").read_bytes())
        history = lwchatd.disk.file("history").read_bytes()
        said = b"#lobbyaliceline "
        self.assertEqual(torn.count(said) + missing["history"] + history.count(said), lines)
        lwchatd.end_well()
        self.assertEqual(self.restored(history), (start, "alice> after it"))
        # A server that was killed while the disk was full: peers have read what is not there.
        last = re.findall(rb"#lobbyalice(at first|line \d{5} x{90})", torn)[-1]
        start_again, line = self.restored(torn)
        self.assertNotEqual(start_again, start)
        self.assertEqual(line, f"alice> {last.decode()}")

    def restored(self, history):
        """The `start` of a server that begins with this history, and the last line of that."""
        path = pathlib.Path(self.folder, "history")
        path.write_bytes(history)
        lwchatd = self.server("--history", path, errors=subprocess.PIPE)
        bot = self.start(Bot(lwchatd.address)).greeted()
        lwchatd.end_well()
        return bot.hello["start"], bot.before[-1]


if __name__ == "__main__":
    main(taps=())
