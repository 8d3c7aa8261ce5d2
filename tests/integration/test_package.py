#!/usr/bin/env python3
"""What is installed: programs, manual pages and what belongs to them.

It is made from the build in LWCHAT_BIN, whose programs are not compiled again.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import harness

INSTALLED = {
    "usr/bin/lwchat", "usr/bin/lwchatd",
    "usr/share/doc/lwchat/LICENSE", "usr/share/doc/lwchat/README.md",
    "usr/share/man/man1/lwchat.1", "usr/share/man/man8/lwchatd.8",
}
PAGES = {"lwchatd": "usr/share/man/man8/lwchatd.8", "lwchat": "usr/share/man/man1/lwchat.1"}


def run(*command, **how):
    done = subprocess.run(command, capture_output=True, text=True, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def files_below(folder):
    return {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if not path.is_dir()}


def help_of(program):
    """(option, its value or "", what --help says of it) of each option."""
    lines = run(os.path.join(harness.BIN, program), "--help").splitlines()
    return [re.fullmatch(r"  (--[\w-]+)(?: (\S+))? +(.+)", line).groups("") for line in lines if line.startswith("  -")]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.root)
        run("cmake", "--install", harness.BIN, "--prefix", "/usr", "--component", "programs",
            env=dict(os.environ, DESTDIR=cls.root))

    def rendered(self, program):
        """The manual page as text, each paragraph in one line."""
        page = os.path.join(self.root, PAGES[program])
        done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-rLL=900n", "-P-cbou", page],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def test_files(self):
        self.assertEqual(files_below(self.root), INSTALLED)

    def test_the_programs_run(self):
        for program in PAGES:
            said = run(os.path.join(self.root, "usr", "bin", program), "--version")
            self.assertRegex(said, rf"^{program} [\d.]+\n$")

    def test_manual_pages_have_each_option_and_command(self):
        for program in PAGES:
            text = self.rendered(program)
            for option, value, what in help_of(program):
                with self.subTest(program=program, option=option):
                    self.assertRegex(text, rf"(?m)^ +{re.escape(f'{option} {value}'.strip())}(?: |$)")
                    self.assertRegex(text, rf"(?i)\s{re.escape(what)}\.")
            for command in ("/nick NAME", "//TEXT") + ("/kick NICK [TEXT]", "/shutdown") * (program == "lwchatd"):
                self.assertRegex(text, rf"(?m)^ +{re.escape(command)}(?: |$)")
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "EXAMPLES",
                            "SEE ALSO"):
                self.assertIn(f"\n{section}\n", text)
            self.assertNotIn("@", text)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_manual_pages_are_clean(self):
        for page in PAGES.values():
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(self.root, page)],
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_everything_is_installed_without_tests_and_lwip(self):
        with tempfile.TemporaryDirectory() as prefix:
            run("cmake", "--install", harness.BIN, "--prefix", prefix)
            files = files_below(prefix)
            self.assertLess({path.removeprefix("usr/") for path in INSTALLED}, files)
            self.assertEqual([path for path in files if re.search(r"test|lwip|\.a$", path)], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
