#!/usr/bin/env python3
"""The server as a service: its files of options and of commands."""

import os
import subprocess
import tempfile

from harness import LWCHATD, Case, main


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


if __name__ == "__main__":
    main(taps=())
