#!/usr/bin/env python3
"""What is installed: programs, manual pages, completions, a service.

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
    "etc/lwchat/lwchatd.conf", "usr/lib/systemd/system/lwchatd.service",
    "usr/bin/lwchat", "usr/bin/lwchatd",
    "usr/share/bash-completion/completions/lwchat", "usr/share/bash-completion/completions/lwchatd",
    "usr/share/doc/lwchat/LICENSE", "usr/share/doc/lwchat/README.md",
    "usr/share/man/man1/lwchat.1", "usr/share/man/man8/lwchatd.8",
    "usr/share/zsh/site-functions/_lwchat", "usr/share/zsh/site-functions/_lwchatd",
}
PAGES = {"lwchatd": "usr/share/man/man8/lwchatd.8", "lwchat": "usr/share/man/man1/lwchat.1"}


def run(*command, **how):
    """What a command says on both outputs, if it succeeds."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}")
    return done.stdout


def files_below(folder):
    return {str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*") if not path.is_dir()}


def help_of(program):
    """(option, its value or "", what --help says of it) of each option."""
    lines = run(os.path.join(harness.BIN, program), "--help").splitlines()
    return [re.fullmatch(r"  (--[\w-]+)(?: (\S+))? +(.+)", line).groups("") for line in lines if line.startswith("  -")]


class Tree(harness.Case):
    """What a `cmake --install` of some components into a DESTDIR has installed."""

    COMPONENTS = ("programs", "plain")

    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.root)
        for component in cls.COMPONENTS:
            run("cmake", "--install", harness.BIN, "--prefix", "/usr", "--component", component,
                env=dict(os.environ, DESTDIR=cls.root))


class Installed(Tree):
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


class Unit(unittest.TestCase):
    """The service of systemd, installed below a folder of its own."""

    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        cls.install()
        cls.unit = os.path.join(cls.prefix, "lib/systemd/system/lwchatd.service")
        cls.conf = os.path.join(cls.prefix, "etc/lwchat/lwchatd.conf")

    @classmethod
    def install(cls):
        run("cmake", "--install", harness.BIN, "--prefix", cls.prefix, "--component", "programs")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_takes_it(self):
        self.assertEqual(run("systemd-analyze", "verify", "--man=no", self.unit), "")
        run("systemd-analyze", "security", "--offline=true", "--threshold=20", self.unit)

    def test_it_names_what_is_installed(self):
        [command] = re.findall("^ExecStart=(.*)$", pathlib.Path(self.unit).read_text(), re.M)
        self.assertEqual(command, f"{self.prefix}/bin/lwchatd --config {self.conf}")

    def test_each_option_in_the_configuration_is_right(self):
        """With and without the mark that makes it a comment; after them stands one that is wrong."""
        text = pathlib.Path(self.conf).read_text()
        self.assertGreater(len(re.findall("^#[a-z]", text, re.M)), 5)
        for options in (text, re.sub("^#(?=[a-z])", "", text, flags=re.M).replace("\nnet user", "\n#", 1)):
            with tempfile.NamedTemporaryFile("w") as conf:
                conf.write(options + "nosuch 1\n")
                conf.flush()
                ended = subprocess.run([harness.LWCHATD, "--config", conf.name], capture_output=True, text=True)
                self.assertIn(f":{options.count(chr(10)) + 1}: no option \"nosuch\"", ended.stderr)

    def test_installing_again_keeps_a_changed_configuration(self):
        kept = pathlib.Path(self.conf).read_text()
        pathlib.Path(self.conf).write_text("name Ada\n")
        self.install()
        self.assertEqual(pathlib.Path(self.conf).read_text(), "name Ada\n")
        pathlib.Path(self.conf).write_text(kept)


class Completions(Tree):
    """Typed at real shells, on terminals of their own; the program that is completed prints its arguments."""

    BASH, ZSH = "usr/share/bash-completion/completions", "usr/share/zsh/site-functions"

    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.home)
        for program in PAGES:
            stub = pathlib.Path(self.home, program)
            stub.write_text("#!/bin/sh\necho \"ran ${0##*/} $*.\"\n")
            stub.chmod(0o755)
        pathlib.Path(self.home, "a file").touch()

    def shell(self, *command, setup):
        """An interactive shell in `home`. TERM=dumb keeps its output plain."""
        env = dict(os.environ, TERM="dumb", PATH=f"{self.home}:{os.environ['PATH']}", PS1="> ", HISTFILE="/dev/null",
                   LC_ALL="C.UTF-8", XDG_DATA_DIRS=os.path.join(self.root, "usr", "share"))
        shell = self.process(*command, on_terminal=True, env=env, cwd=self.home)
        shell.send(f"{setup}; echo se''t\n")
        shell.out.expect("set\r\n")
        return shell

    def bash(self):
        loader = "/usr/share/bash-completion/bash_completion"
        self.assertTrue(os.path.exists(loader), "bash-completion is not installed: run ./tools/deps test")
        return self.shell("bash", "--norc", "--noprofile", "-i", setup=f". {loader}")

    def becomes(self, shell, typed, line):
        shell.send(typed + "\n")
        said = shell.out.expect(".\r\n")
        self.assertEqual(said[said.rfind(b"ran ") + 4 :].decode(), line, f"of {typed!r}")

    def test_bash_has_each_option(self):
        for program in PAGES:
            text = pathlib.Path(self.root, self.BASH, program).read_text()
            [listed] = [words for words in re.findall(r"choices='(.*)'", text) if "--help" in words]
            self.assertEqual(listed.split(), [option for option, _, _ in help_of(program)])

    def test_zsh_has_each_option(self):
        for program in PAGES:
            text = pathlib.Path(self.root, self.ZSH, f"_{program}").read_text()
            for option, value, what in help_of(program):
                what = re.sub(r"([][])", r"\\\1", what).replace("'", "'\\''")
                self.assertIn(f"    '{option}{'=' if value else ''}[{what}]", text)

    def test_bash_completes(self):
        bash = self.bash()
        for typed, line in (
            ("lwchatd --verb\t", "lwchatd --verbose "),
            ("lwchatd --la\tf\t", "lwchatd --lang fr "),
            ("lwchatd --quiet --lang=f\t", "lwchatd --quiet --lang=fr "),
            ("lwchatd --net st\t/et\t", "lwchatd --net stream:/etc/"),
            ("lwchatd --net=st\t/et\t", "lwchatd --net=stream:/etc/"),
            ("lwchatd --net us\t:1\t", "lwchatd --net user:1"),
            ("lwchatd --port 5\t", "lwchatd --port 5"),
            ("lwchat --log a\t--reco\talw\t", "lwchat --log a file --reconnect always "),
            ("lwchat --log=a\t", "lwchat --log=a file "),
            ("lwchat --framing \t\tr\t", "lwchat --framing raw "),
        ):
            with self.subTest(typed=typed):
                self.becomes(bash, typed, line.strip())

    def test_bash_completes_a_tap(self):
        """In a network of its own, which has one."""
        bash = self.bash()
        bash.send("exec unshare -Urnm bash --norc --noprofile -i\n")
        bash.send(f"mount -t sysfs none /sys && ip tuntap add dev chat7 mode tap && ip tuntap add dev tun7 mode tun && "
                  ". /usr/share/bash-completion/bash_completion; echo se''t\n")
        bash.out.expect("set\r\n")
        self.becomes(bash, "lwchatd --net t\t\t", "lwchatd --net tap:chat7")
        self.becomes(bash, "lwchatd --net=tap:c\t", "lwchatd --net=tap:chat7")

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes(self):
        zsh = self.shell("zsh", "-f", "-i", setup=f"fpath=({self.root}/{self.ZSH} $fpath); PROMPT='> '; "
                         "unsetopt prompt_sp zle_bracketed_paste; autoload -U compinit && compinit -u -D")
        for typed, line in (
            ("lwchatd --verb\t", "lwchatd --verbose"),
            ("lwchatd --la\tf\t", "lwchatd --lang=fr"),
            ("lwchatd --lang f\t", "lwchatd --lang fr"),
            ("lwchatd --net st\t/et\t", "lwchatd --net stream:/etc"),  # the last slash goes with Enter
            ("lwchat --log a\t--reco\talw\t", "lwchat --log a file --reconnect=always"),
        ):
            with self.subTest(typed=typed):
                self.becomes(zsh, typed, line)


if __name__ == "__main__":
    unittest.main(verbosity=2)
