"""What the integration tests share: a private network, the server, people, and waiting.

A test script calls main(), which runs it in a network of its own: the loopback,
and the TAP interfaces it asks for, tap0 having 192.168.7.1 on this side. The
network ends with the script, and so does whatever the script has started.
"""

import ctypes
import fcntl
import os
import pathlib
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
import unittest

import shown

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("LWCHAT_BIN", os.path.join(ROOT, "build", "host"))
LWCHATD = os.path.join(BIN, "lwchatd")
LWCHAT = os.path.join(BIN, "lwchat")

# Whether TAPs are used without offloads (LWCHAT_TAP=plain), where a test does not say itself.
PLAIN = os.environ.get("LWCHAT_TAP") == "plain"

PORT = 50000
HOST_ON_TAP = "192.168.7.1"
SERVER_ON_TAP = "192.168.7.2"

# How long to wait for a thing that happens at once: only what never happens takes so long, however
# busy the machine is. What is to happen within a time of its own is judged by a Stopwatch.
SOON = 60.0

# What the console's /ip refuses, on every port: what is no address, and what no host can have.
BAD_ADDRESSES = (" 192.168.7.78", " somewhere/24", " 192.168.7.78/24 x", " 192.168.7.078/24", " 0.0.0.0/24",
                 " 192.168.7.0/24", " 192.168.7.255/24", " 127.0.0.1/8", " 224.0.0.1/24", " 300.1.1.1/24")

GREETING = "You are connected to server Marcel. Send your messages."

if not os.path.exists("/proc/self/schedstat"):
    sys.exit("the tests need a Linux that tells how long a thread has run and waited: /proc/PID/schedstat")

_libc = ctypes.CDLL(None)


def _die_with_parent():
    pr_set_pdeathsig = 1
    _libc.prctl(pr_set_pdeathsig, signal.SIGKILL)


def _read_thread(path):
    """Seconds it ran, seconds it was ready to run and waited for a processor, and times that it slept."""
    with open(f"/proc/{path}/schedstat") as file:
        ran, waited, _ = (int(figure) for figure in file.read().split())
    with open(f"/proc/{path}/status") as file:
        slept = int(file.read().split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return ran / 1e9, waited / 1e9, slept


def threads_of(pid):
    """Thread -> those figures of it."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            found[thread] = _read_thread(f"{pid}/task/{thread}")
        except OSError:
            pass  # it has just ended
    return found


def _handing_on():
    """The kernel's threads that hand frames on when a processor has much to do."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm") as name:
                if name.read().startswith("ksoftirqd/"):
                    found.append(int(pid))
        except OSError:
            pass  # it has just ended
    return found


KERNEL_PIDS = _handing_on()


class Stopwatch:
    """Seconds, without those in which this thread or one of `processes` waited for a processor.

    So other programs that keep the machine busy change nothing, and what a program waits for by
    itself, or computes, counts.
    """

    def __init__(self, *processes):
        self._pids = [process.pid for process in processes]
        self._waited = {}
        self.look()
        self._waited_before = dict(self._waited)
        self._start = time.monotonic()

    def look(self):
        """To be called now and then, where a program may end meanwhile: what it waited is known till then."""
        self._waited["this"] = _read_thread(f"self/task/{threading.get_native_id()}")[1]
        for pid in self._pids:
            try:
                self._waited.update({thread: waited for thread, (_, waited, _) in threads_of(pid).items()})
            except OSError:
                pass  # it has ended

    def seconds(self):
        self.look()
        waited = sum(s - self._waited_before.get(thread, 0) for thread, s in self._waited.items())
        return time.monotonic() - self._start - waited


class Stream:
    """Bytes that arrive from somewhere, read as they come, and waited for.

    who: by whose rules they are shown to a person (see shown.py), if they are.
    """

    def __init__(self, read, name, who=None):
        self._read = read
        self._shown = who and shown.Shown(name, who)
        self._name = name
        self._changed = threading.Condition()
        self._bytes = bytearray()
        self._at = 0
        self.ended = False
        self._reading = threading.Event()
        self._reading.set()
        self._closed = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        """Reads no more: to be called before the descriptor's number may become another's."""
        self._closed = True
        self._reading.set()
        self._thread.join(2)

    def _run(self):
        while True:
            self._reading.wait()
            if self._closed:
                return
            try:
                data = self._read()
            except (OSError, ValueError):  # reset; a terminal's other end closed
                data = b""
            if self._shown:
                self._shown.feed(data)
            with self._changed:
                self._bytes += data
                self.ended = not data
                self._changed.notify_all()
            if not data:
                return

    def pause(self):
        """Stops reading, after what is there now or comes next."""
        self._reading.clear()

    def resume(self):
        self._reading.set()

    def all(self):
        with self._changed:
            return bytes(self._bytes)

    def rest(self):
        """What has come since the last thing waited for."""
        with self._changed:
            return bytes(self._bytes[self._at :])

    def expect(self, wanted, within=SOON):
        """Waits for `wanted`, wherever it stands in what comes; returns what came before it."""
        if isinstance(wanted, str):
            wanted = wanted.encode()
        deadline = time.monotonic() + within
        with self._changed:
            start = self._at
            while True:
                found = self._bytes.find(wanted, start)
                if found >= 0:
                    before = bytes(self._bytes[self._at : found])
                    self._at = found + len(wanted)
                    return before
                start = max(start, len(self._bytes) - len(wanted) + 1)
                left = deadline - time.monotonic()
                if self.ended or left <= 0:
                    why = "it ended" if self.ended else f"{within} s passed"
                    raise AssertionError(
                        f"{self._name}: no {wanted!r}, {why}; it says {bytes(self._bytes[self._at:])!r}"
                    )
                self._changed.wait(left)

    def expect_end(self, within=SOON):
        """Waits for the end; returns what came before it."""
        deadline = time.monotonic() + within
        with self._changed:
            while not self.ended:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(
                        f"{self._name}: no end in {within} s; it says {bytes(self._bytes[self._at:])!r}"
                    )
                self._changed.wait(left)
            before = bytes(self._bytes[self._at :])
            self._at = len(self._bytes)
            return before


# Programs that show a person what the server sends, or what our own show.
PEOPLES = {"nc": "server", "nc.openbsd": "server", "nc.traditional": "server", "ncat": "server", "socat": "server",
           "telnet": "telnet", "lwchatd": "console", "lwchatd-shortage": "console", "lwchat": "client",
           "qemu": "terminal"}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def neighbourhood(interface, number):
    """A network on a TAP in which each person can have an address of their own: see neighbour().

    Returns the options of a server there.
    """
    ip("address", "replace", f"10.{number}.0.1/16", "dev", interface)
    ip("route", "replace", "local", f"10.{number}.128.0/17", "dev", interface)
    return "--ip", f"10.{number}.0.2/16", "--gateway", f"10.{number}.0.1"


def neighbour(host, number):
    """One of this machine's addresses in the neighbourhood of the server at `host`."""
    return ".".join([*host.split(".")[:2], str(128 + number // 250), str(1 + number % 250)])


class Disk:
    """A small disk that only one process has; its standard output goes to the file `log` on it."""

    AT = "/mnt"

    @classmethod
    def command(cls, bytes_, *command):
        return ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size={bytes_} disk {cls.AT} && exec "$0" "$@" '
                f">{cls.AT}/log", *command]

    def __init__(self, process):
        self._pid = process.pid

    def file(self, name):
        return pathlib.Path("/proc", str(self._pid), "root", self.AT.strip("/"), name)

    def log(self):
        try:
            return self.file("log").read_text()
        except OSError:
            return ""

    def grow(self):
        subprocess.run(["nsenter", "-t", str(self._pid), "-m", "mount", "-o", "remount,size=64M", self.AT], check=True)


class Process:
    """A program, its input and its output; on a terminal of its own where asked.

    who: by whose rules what it shows is checked, unless its name says so; None is not at all.
    """

    def __init__(self, arguments, on_terminal=False, errors=subprocess.STDOUT, who="", **options):
        self.name = os.path.basename(arguments[0])
        who = PEOPLES.get(self.name) if who == "" else who
        if who and on_terminal:
            who = "terminal"
        options.setdefault("env", dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb"))
        setup = options.pop("preexec_fn", None)

        def prepare():
            _die_with_parent()
            if setup:
                setup()

        if on_terminal:
            ours, theirs = pty.openpty()
            # Wide enough for every line: test_console_tty.py looks at the rows of narrower ones.
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
            self._input = ours
            self._popen = subprocess.Popen(
                arguments, stdin=theirs, stdout=theirs, stderr=theirs if errors == subprocess.STDOUT
                else errors, start_new_session=True, preexec_fn=lambda: (prepare(), _take_terminal()),
                **options
            )
            os.close(theirs)
            output = ours
        else:
            self._popen = subprocess.Popen(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                preexec_fn=prepare, bufsize=0, **options
            )
            self._input = self._popen.stdin.fileno()
            output = self._popen.stdout.fileno()
        self._terminal = on_terminal
        self.pid = self._popen.pid
        self.out = Stream(lambda: os.read(output, 65536), self.name, who)
        self.errors = None
        if self._popen.stderr:
            stderr = self._popen.stderr.fileno()
            self.errors = Stream(lambda: os.read(stderr, 65536), self.name + " (errors)", who and "text")

    def send(self, data):
        if isinstance(data, str):
            data = data.encode()
        while data:
            data = data[os.write(self._input, data) :]

    def end_input(self):
        if self._terminal:
            os.write(self._input, b"\x04")
        else:
            self._popen.stdin.close()

    def signal(self, number):
        self._popen.send_signal(number)

    def wait(self, within=SOON):
        """Waits for the program's end; returns its exit code."""
        try:
            return self._popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {within} s; it says {self.out.rest()!r}")

    def ends_within(self, most_s, stopwatch):
        """Waits for the program's end, which is to come before the stopwatch is past that; returns its exit code."""
        deadline = time.monotonic() + SOON
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            stopwatch.look()
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} still runs after {SOON} s; it says {self.out.rest()!r}")
            time.sleep(0.02)
        took_s = stopwatch.seconds()
        if took_s > most_s:
            raise AssertionError(f"{self.name} took {took_s:.2f} s to end, {most_s} s at most")
        return self.wait()

    def work(self):
        """Seconds of processor time, and times that a thread went to sleep, so far."""
        threads = threads_of(self.pid).values()
        return sum(ran for ran, _, _ in threads), sum(slept for _, _, slept in threads)

    def running(self):
        return self._popen.poll() is None

    def kill(self):
        if self._popen.poll() is None:
            self._popen.kill()
        self._popen.wait()
        for stream in (self.out, self.errors):
            if stream:
                stream.close()
        for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if stream and not stream.closed:
                stream.close()
        if self._terminal and self._input >= 0:
            os.close(self._input)
            self._input = -1


def _take_terminal():
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Socket(socket.socket):
    """A connection to the server, whatever reads from it."""

    def __init__(self):
        super().__init__()
        self._shown = shown.Shown("person", "server")

    def recv(self, *arguments):
        data = super().recv(*arguments)
        self._shown.feed(data)
        return data


class Person:
    """Somebody in the chat, on a plain socket."""

    def __init__(self, address, receive_bytes=None, source=None, source_port=0):
        self.socket = Socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(SOON)
        try:
            if source:
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                self.socket.bind((source, source_port))
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.socket.settimeout(None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = self.socket.getsockname()[1]
        self.nick = None
        self.out = None

    def listen(self):
        """Begins to read."""
        if not self.out:
            self.out = Stream(lambda: self.socket.recv(65536), f"person on port {self.port}")
        return self

    def named(self, nick):
        """Waits for the greeting and takes a nick; without one, keeps that of a guest."""
        self.listen()
        self.out.expect("*** You are ")
        self.nick = self.out.expect(".").decode()
        self.out.expect("leaves.\n")
        if nick:
            self.say(f"/nick {nick}")
            self.out.expect(f"*** You are now {nick}.\n")
            self.nick = nick
        return self

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def say(self, line):
        self.send(line + "\n")

    def hears(self, line, within=SOON):
        """Waits for a line; returns what came before it."""
        return self.out.expect(line + "\n", within)

    def is_acknowledged(self):
        """Whether the other side has acknowledged all that was sent."""
        waiting = struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))
        return waiting == (0,)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Leaves with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        try:
            # Wakes a thread that reads from it.
            self.socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.socket.close()


class Server(Process):
    """lwchatd, ready to be joined."""

    COMMAND = (LWCHATD,)
    # A port of this machine for browsers; "0": none, so that several servers have no quarrel about it.
    HTTP = "0"

    def __init__(self, *options, net="user", **process):
        if net.startswith("user") and self.HTTP:
            options = ("--http", self.HTTP, *options)
        if net.startswith("tap:") and "," not in net and PLAIN:
            net += ",plain"
        super().__init__([*self.COMMAND, "--net", net, *options], **process)
        try:
            stopwatch = Stopwatch(self)
            self.out.expect("Server ready on ")
            self.ready_s = stopwatch.seconds()
            self.host = self.out.expect(" port ").decode()
            self.port = int(self.out.expect("."))
        except BaseException:
            self.kill()
            raise

    @property
    def address(self):
        return self.host, self.port

    def end_well(self):
        """Ends it, unless it has ended; complains when it does not go as it should."""
        try:
            if self.running():
                self.out.resume()
                self.signal(signal.SIGTERM)
            code = self.wait()
            if code != 0:
                raise AssertionError(f"lwchatd ended with {code}; it says {self.out.all()!r}")
        finally:
            self.kill()

    def operator(self, line):
        self.send(line + "\n")

    def stats(self):
        """The console's /stats, as a list of lines."""
        self.out.rest()
        self.operator("/stats")
        self.out.expect("*** sessions: ")
        # /unban of nobody ends the list with a line that is known.
        self.operator("/unban 0.0.0.0")
        return ("*** sessions: " + self.out.expect('!!! "0.0.0.0" is not banned').decode()).splitlines()

    def pools(self):
        """How much of each of lwIP's pools is used now."""
        used = {}
        for line in self.stats():
            if "*** lwIP " in line:
                name, figures = line.split("*** lwIP ")[1].split(": ", 1)
                used[name] = int(figures.split()[0])
        return used


class Case(unittest.TestCase):
    """A test that ends whatever it has started."""

    def start(self, thing):
        self.addCleanup(shown.check)
        self.addCleanup(thing.kill if isinstance(thing, Process) else thing.close)
        return thing

    def server(self, *options, kind=None, **how):
        """A server, which is told to end with the test, and has to end well."""
        server = (kind or Server)(*options, **how)
        self.addCleanup(shown.check)
        self.addCleanup(server.end_well)
        return server

    def process(self, *arguments, **how):
        return self.start(Process(list(arguments), **how))

    def person(self, server, nick=None, **how):
        """Somebody who has joined."""
        return self.start(Person(server.address, **how)).named(nick)

    def eventually(self, true, within=SOON, what="it"):
        deadline = time.monotonic() + within
        while not true():
            if time.monotonic() > deadline:
                self.fail(f"{what} did not become so in {within} s")
            time.sleep(0.05)

    def settled(self, value):
        """Waits until `value()` is the same for half a second; returns it."""
        before, deadline = None, time.monotonic() + SOON
        while (now := value()) != before:
            if time.monotonic() > deadline:
                self.fail(f"it changes all the time: {before}, {now}")
            before = now
            time.sleep(0.5)
        return now

    def comes_to_rest(self, process, most=0.01, wakes=60, span_s=3, work_s=3):
        """Waits until a program sleeps: all of `span_s` it takes less than `most` of a processor, and its threads
        are woken less than `wakes` times a second. Until then it may take `work_s` of processor time: one that spins
        takes that, however busy the machine is.
        """
        if os.environ.get("LWCHAT_SANITIZE"):
            most *= 5  # each instruction takes several; the wakes are as many
        deadline = time.monotonic() + SOON
        first_s, _ = process.work()
        while True:
            start, (ran_s, slept) = time.monotonic(), process.work()
            time.sleep(span_s)
            took_s, (now_ran_s, now_slept) = time.monotonic() - start, process.work()
            share, woken = (now_ran_s - ran_s) / took_s, (now_slept - slept) / took_s
            took = f"{now_ran_s - first_s:.2f} s so far, now {share:.2%} of a processor, woken {woken:.0f} times a second"
            if now_ran_s - first_s > work_s or time.monotonic() > deadline:
                self.fail(f"{process.name} does not rest: {took}")
            if share < most and woken < wakes:
                print(took, end=" ")
                return

    def together(self, person, *others):
        """Waits until everybody has heard everything that was said so far."""
        mark = f"mark {time.monotonic_ns()}"
        person.say(mark)
        for other in others:
            other.out.expect(mark)


class Result(unittest.TextTestResult):
    """With the seconds that each test took."""

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"  {time.monotonic() - self._started:.1f} s")


# What the tests of both networks run on.
NETWORKS = ("user", "tap:tap0")


def main(taps=("tap0",), bridge=None):
    """Runs the script's tests in a private network."""
    if os.environ.get("LWCHAT_PRIVATE") != "yes":
        if not os.access(LWCHATD, os.X_OK):
            sys.exit(f"{LWCHATD} is not there: run ./tools/build")
        how = ["--bridge", bridge] if bridge else []
        tap = os.path.join(ROOT, "tools", "tap")
        os.environ["LWCHAT_PRIVATE"] = "yes"
        os.execv(tap, [tap, "run", *how, *taps, "--", sys.executable, "-u", *sys.argv])
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Result)
    passed = unittest.main(testRunner=runner, exit=False).result.wasSuccessful()
    shown.check()
    sys.exit(not passed)
