#!/usr/bin/env python3
"""What is installed: programs, manual pages, completions, a service; and Debian's package of it.

It is made from the build in LWCHAT_BIN, whose programs are not compiled again. The package is installed in a bare
system, which is made from the machine's package sources and kept in build/deps/.
"""

import hashlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import unittest

import harness

INSTALLED = {
    "etc/lwchat/lwchatd.conf", "usr/lib/systemd/system/lwchatd.service", "usr/lib/systemd/system/lwchatd.socket",
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


class NoSource(Exception):
    """No package can be installed on this machine."""


class Bare:
    """A bare Debian system in a folder, with a folder of the packages that ours depends on as its only source."""

    # Without documentation, which no test needs.
    SLIM = "rm -rf usr/share/doc usr/share/man usr/share/locale usr/share/i18n usr/share/zoneinfo"
    REPOSITORY = ("rm -rf repo/partial repo/lock var/lib/apt/lists/* etc/apt/sources.list.d/* tmp/*.deb &&"
                  " (cd repo && dpkg-scanpackages . >Packages 2>/dev/null) &&"
                  " echo 'deb [trusted=yes] file:/repo ./' >etc/apt/sources.list")

    @classmethod
    def prepare(cls, deb):
        """Path of an archive of it, made if it is not there. This is what needs a network."""
        release = run("sh", "-c", ". /etc/os-release; printf %s $VERSION_CODENAME")
        depends = run("dpkg-deb", "-f", deb, "Depends", "Architecture")
        archive = os.path.join(harness.ROOT, "build", "deps",
                               f"bare-{release}-{hashlib.sha256(depends.encode()).hexdigest()[:12]}.tar")
        if not os.path.exists(archive):
            cls.make(release, deb, archive)
        return archive

    @classmethod
    def make(cls, release, deb, archive):
        sources = run("apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
                      "Created-By: Packages", f"Release: {release}", "Component: main")
        if not sources:
            raise NoSource(f"this machine has no package source for {release}")
        part = archive + ".part"
        made = subprocess.run(
            ["mmdebstrap", "--quiet", "--variant=apt", "--format=tar", "--skip=cleanup/apt",
             "--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"', '--aptopt=APT::Install-Recommends "false"',
             f'--customize-hook=cp {deb} "$1"/tmp && mkdir -p "$1"/repo/partial',
             '--customize-hook=chroot "$1" sh -c "apt-get -q -y -o Dir::Cache::Archives=/repo --download-only '
             f'install /tmp/{os.path.basename(deb)}"',
             f'--customize-hook=cd "$1" && {cls.REPOSITORY} && {cls.SLIM}',
             '--customize-hook=chroot "$1" sh -c "apt-get -q update && apt-get clean"', release, part, "-"],
            input=sources, capture_output=True, text=True, env=cls.fast())
        if made.returncode == 0:
            os.rename(part, archive)
        elif cls.can_install():
            raise AssertionError(f"mmdebstrap: {made.stdout}{made.stderr}")
        else:
            raise NoSource("this machine's package sources cannot be reached")

    @staticmethod
    def fast():
        """The environment of a program that packages are installed by: in memory if there is enough."""
        try:
            space = os.statvfs("/dev/shm")
        except OSError:
            return None
        return dict(os.environ, TMPDIR="/dev/shm") if space.f_bavail * space.f_frsize > 2**30 else None

    @staticmethod
    def can_install():
        with tempfile.TemporaryDirectory() as lists:
            os.mkdir(os.path.join(lists, "partial"))
            return subprocess.run(["apt-get", "-q", "-o", f"Dir::State::lists={lists}", "-o",
                                   "APT::Sandbox::User=root", "--error-on=any", "update"], capture_output=True,
                                  timeout=300).returncode == 0

    def __init__(self, archive):
        self.root = tempfile.mkdtemp()
        run("mount", "-t", "tmpfs", "bare", self.root)  # a disk would make the packages' many syncs slow
        run("tar", "-C", self.root, "--exclude=./dev/*", "-xf", archive)
        run("mount", "--rbind", "/dev", self.path("dev"))
        run("mount", "-t", "proc", "proc", self.path("proc"))

    def close(self):
        run("umount", "-l", self.path("dev"), self.path("proc"), self.root)
        os.rmdir(self.root)

    def path(self, path):
        return pathlib.Path(self.root, path.lstrip("/"))

    def run(self, *command):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C"}
        return run("chroot", self.root, *command, env=dict(env, DEBIAN_FRONTEND="noninteractive"))

    def apt(self, *arguments):
        return self.run("apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-confdef", *arguments)

    def install(self, deb):
        shutil.copy(deb, self.path("tmp"))
        self.apt("install", f"/tmp/{os.path.basename(deb)}")

    SYSTEMCTL = """#!/bin/sh
    echo "$@" >>/tmp/calls
    case $* in
    *is-enabled*) [ ! -L /etc/systemd/system/multi-user.target.wants/lwchatd.service ] || echo enabled ;;
    *is-active*) exit 3 ;;
    esac
    """

    def pretend_systemd(self):
        """From now on systemd runs, as far as a package's scripts can tell."""
        self.path("run/systemd/system").mkdir(parents=True)
        self.path("usr/bin/systemctl").write_text(textwrap.dedent(self.SYSTEMCTL))
        self.path("usr/bin/systemctl").chmod(0o755)

    def asked_of_systemd(self):
        """What was requested of it since the last call."""
        calls = self.path("tmp/calls")
        asked = calls.read_text() if calls.exists() else ""
        calls.unlink(missing_ok=True)
        asked = asked.replace("--quiet ", "").replace("--system ", "").splitlines()
        return [call for call in asked if not call.startswith("is-")]

    # What apt and dpkg keep of any package.
    KEPT = re.compile(r"(var/cache|var/lib/apt|var/lib/dpkg|var/log/apt|repo|proc|dev|run|tmp)(/|$)"
                      r"|var/log/(dpkg|alternatives)\.log$|etc/ld\.so\.cache$")

    def paths(self):
        found = run("find", ".", "-xdev", "-printf", "%P\\n", cwd=self.root).splitlines()
        return {path for path in found if not self.KEPT.match(path)}


class Service(harness.Server):
    """The server as the unit starts it: by its ExecStart, as a user without rights, with its folders."""

    def __init__(self, bare):
        unit = bare.path("usr/lib/systemd/system/lwchatd.service").read_text()
        [command] = re.findall("^ExecStart=(.*)$", unit, re.M)
        for folder in "/var/lib", "/var/log":
            bare.run("install", "-d", "-o", "nobody", f"{folder}/private/lwchat")
            bare.run("ln", "-sfn", "private/lwchat", f"{folder}/lwchat")
        # What Type=notify waits for.
        notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notified.settimeout(harness.SOON)
        bare.path("run/notify").unlink(missing_ok=True)
        notified.bind(str(bare.path("run/notify")))
        bare.path("run/notify").chmod(0o666)
        harness.Process.__init__(self, ["chroot", bare.root, "setpriv", "--reuid=65534", "--regid=65534",
                                        "--clear-groups", "--no-new-privs", "--inh-caps=-all", *command.split()],
                                 who="console", env=dict(os.environ, NOTIFY_SOCKET="/run/notify"))
        self.out.expect("Server ready on ")
        self.host = self.out.expect(" port ").decode()
        self.port = int(self.out.expect("."))
        with notified:
            if b"READY=1" not in notified.recv(4096):
                raise AssertionError("systemd is not told that the server is ready")


class Installed(Tree):
    def rendered(self, program):
        """The manual page as text, each paragraph in one line."""
        page = os.path.join(self.root, PAGES[program])
        done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-rLL=900n", "-P-cbou", page],
                              capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout

    def range_of(self, program, option, value):
        """What the page says of a number's range, by the error message for what is no number."""
        if value not in ("N", "S", "PORT"):
            return ""
        refused = subprocess.run([os.path.join(harness.BIN, program), option, "x"], capture_output=True, text=True)
        return "  From {} to {}\\.".format(*re.search(r" from (\d+) to (\d+),", refused.stderr).groups())

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
                    self.assertRegex(text, rf"(?i)\s{re.escape(what)}\.{self.range_of(program, option, value)}\n")
            for command in ("/nick NAME", "//TEXT") + ("/kick NICK [TEXT]", "/shutdown") * (program == "lwchatd"):
                self.assertRegex(text, rf"(?m)^ +{re.escape(command)}(?: |$)")
            for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "COMMANDS", "EXIT STATUS", "EXAMPLES",
                            "SEE ALSO"):
                self.assertIn(f"\n{section}\n", text)
            self.assertNotRegex(text, r"@\w+@")
            source = pathlib.Path(self.root, PAGES[program]).read_text()
            self.assertFalse("--" in source, "it has hyphens, which are not what is typed")

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
            self.assertEqual([path for path in files if re.search(r"test|lwip(?!/(guard|incoming)\.[ch]$)|\.a$", path)], [])


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
        self.assertEqual(command, f"/usr/bin/nohup {self.prefix}/bin/lwchatd --config {self.conf}")

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


class Package(harness.Case):
    """Debian's package, in a bare system, in a network of its own."""

    @classmethod
    def setUpClass(cls):
        cls.debs = os.environ["LWCHAT_DEBS"].split(":")

    def test_nothing_in_it_tells_where_it_was_built(self):
        with tempfile.TemporaryDirectory() as folder:
            run("dpkg-deb", "-R", self.debs[0], folder)
            for path in files_below(folder):
                self.assertNotIn(harness.ROOT.encode(), pathlib.Path(folder, path).read_bytes(), path)

    def talk(self, bare, name, history=()):
        """Two people talk, through the server that the unit starts, once they have read what was said before."""
        service = Service(bare)
        self.addCleanup(service.kill)
        people = [self.person(service) for _ in range(2)]
        for person in people:
            self.assertIn(f"You are connected to server {name}. ".encode(), person.out.all())
            for line in history:
                person.hears(line)
        people[1].say("hello")
        people[0].hears(f"{people[1].nick}> hello")
        return service

    @unittest.skipIf("LWCHAT_NO_BARE" in os.environ, os.environ.get("LWCHAT_NO_BARE"))
    def test_it_is_installed_upgraded_and_purged(self):
        bare = Bare(os.environ["LWCHAT_BARE"])
        self.addCleanup(bare.close)
        # They are systemd's; it lets a service into its own folder there.
        bare.run("install", "-d", "-m", "711", "/var/lib/private", "/var/log/private")
        before = bare.paths()

        bare.install(self.debs[0])
        self.assertLess({"usr/bin/lwchatd", "usr/bin/lwchat", "usr/share/doc/lwchat/copyright",
                         "etc/lwchat/lwchatd.conf", "etc/logrotate.d/lwchat", "usr/share/man/man8/lwchatd.8.gz",
                         "usr/share/zsh/vendor-completions/_lwchatd"},
                        bare.paths() - before)
        self.assertEqual(bare.run("dpkg", "--audit"), "")
        self.assertEqual(bare.run("dpkg", "--verify", "lwchat"), "")
        enabled = bare.path("etc/systemd/system/multi-user.target.wants/lwchatd.service")
        self.assertTrue(enabled.is_symlink())
        service = self.talk(bare, "Marcel")
        log = bare.path("var/log/private/lwchat/chat.log")
        self.assertIn("guest2> hello", log.read_text())
        log.rename(log.with_suffix(".1"))
        service.signal(signal.SIGHUP)  # as the unit's ExecReload does
        self.eventually(log.exists, what="the log")
        service.end_well()

        self.assertEqual(bare.asked_of_systemd(), [])
        bare.pretend_systemd()
        for old, action in ((), "start"), (["0.0.1"], "restart"):
            bare.run("/var/lib/dpkg/info/lwchat.postinst", "configure", *old)
            self.assertEqual(bare.asked_of_systemd(), ["daemon-reload", f"{action} lwchatd.service"])

        conf = bare.path("etc/lwchat/lwchatd.conf")
        changed = conf.read_text().replace("#name Marcel", "name Ada")
        conf.write_text(changed)
        enabled.unlink()
        bare.install(self.debs[1])
        self.assertEqual(bare.run("dpkg-query", "-W", "-f=${Version}", "lwchat"), version_of(self.debs[1]))
        self.assertEqual(conf.read_text(), changed)
        self.assertFalse(enabled.is_symlink(), "what the administrator has disabled is enabled again")
        self.assertEqual(bare.asked_of_systemd(), ["daemon-reload"])
        self.talk(bare, "Ada", history=["guest2> hello"]).end_well()

        bare.apt("remove", "lwchat")
        self.assertEqual(bare.asked_of_systemd(), ["stop lwchatd.service", "daemon-reload"])
        self.assertEqual([path for path in bare.paths() if re.match("usr/.*lwchat", path)], [])
        self.assertEqual(conf.read_text(), changed)
        bare.apt("purge", "--autoremove", "lwchat")
        self.assertEqual(bare.paths(), before | {"usr/bin/systemctl"})


def version_of(deb):
    return run("dpkg-deb", "-f", deb, "Version").strip()


def make_debs(folder):
    """The package, and one of a higher version with another configuration."""
    # With Make, cpack would first build all that is out of date.
    run("cpack", "-G", "DEB", "-B", folder, "-D", "CPACK_CMAKE_GENERATOR=Ninja",
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=harness.BIN)
    [first] = pathlib.Path(folder).glob("*.deb")
    tree = os.path.join(folder, "tree")
    run("dpkg-deb", "-R", first, tree)
    for path, old, new in (("DEBIAN/control", "\nVersion: ", "\nVersion: 99."),
                           ("etc/lwchat/lwchatd.conf", "# ", "# 99 ")):
        path = pathlib.Path(tree, path)
        path.write_text(path.read_text().replace(old, new, 1))
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, folder)
    return sorted(map(str, pathlib.Path(folder).glob("*.deb")))


def main():
    """Runs the tests in a network, and with mounts and processes, of their own; before it, fetches what they need."""
    if os.environ.get("LWCHAT_PRIVATE") == "yes":
        harness.ip("link", "set", "lo", "up")
        runner = unittest.TextTestRunner(verbosity=2, resultclass=harness.Result)
        passed = unittest.main(testRunner=runner, exit=False).result.wasSuccessful()
        harness.shown.check()
        sys.exit(not passed)
    with tempfile.TemporaryDirectory() as folder:
        env = dict(os.environ, LWCHAT_PRIVATE="yes")
        debs = make_debs(folder)
        env["LWCHAT_DEBS"] = ":".join(debs)
        root = [] if os.geteuid() == 0 else ["--map-root-user", "--map-auto"]
        if subprocess.run(["unshare", *root, "true"], capture_output=True).returncode:
            root = ["--map-root-user"]
            env["LWCHAT_NO_BARE"] = "this user has no users of its own: /etc/subuid, or the package uidmap, is missing"
        else:
            try:
                env["LWCHAT_BARE"] = Bare.prepare(debs[0])
            except NoSource as reason:
                env["LWCHAT_NO_BARE"] = str(reason)
        own = ["unshare", *root, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        sys.exit(subprocess.run([*own, sys.executable, "-u", *sys.argv], env=env).returncode)


if __name__ == "__main__":
    main()
