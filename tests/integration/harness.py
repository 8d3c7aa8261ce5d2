"""Shared by the integration tests: a private network, the server, people, and waiting.

A test script calls main(), which runs it in a network of its own: the loopback
interface and TAP interfaces; tap0 has 192.168.7.1 on this side. The network and
all processes that the script has started end with the script.
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

# Whether TAPs are used without offloads (LWCHAT_TAP=plain), unless a test sets it.
PLAIN = os.environ.get("LWCHAT_TAP") == "plain"

PORT = 50000
HOST_ON_TAP = "192.168.7.1"
SERVER_ON_TAP = "192.168.7.2"

# The time-out for events that should happen at once, long enough for any busy machine. Time limits
# that are part of a test are measured with a Stopwatch.
SOON = 60.0

# Arguments that the console's /ip refuses in every port: invalid addresses, and ones no host can have.
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
    """Seconds that a thread ran, seconds that it waited for a processor, and the number of times it slept."""
    with open(f"/proc/{path}/schedstat") as file:
        ran, waited, _ = (int(figure) for figure in file.read().split())
    with open(f"/proc/{path}/status") as file:
        slept = int(file.read().split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return ran / 1e9, waited / 1e9, slept


def threads_of(pid):
    """Thread -> its figures from _read_thread()."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            found[thread] = _read_thread(f"{pid}/task/{thread}")
        except OSError:
            pass  # it has just ended
    return found


def _handing_on():
    """The kernel threads that process frames when a processor is busy."""
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


# Programs with a clock of their own, which may be slower than ours: emulators that are slower than the board.
slow = []


def lag_s():
    """Seconds that the slow programs' clocks have lost so far."""
    return sum(program.lag_s() for program in slow)


class Deadline:
    """A time limit; what a slow program's clock loses meanwhile does not count."""

    def __init__(self, within):
        self._end = time.monotonic() + within
        self._lag_s = lag_s()

    def left(self):
        """Seconds; 0 or less: it is over."""
        left = self._end - time.monotonic()
        if left > 0 or not slow:
            return left
        lag = lag_s()
        self._end += lag - self._lag_s
        self._lag_s = lag
        return self._end - time.monotonic()


class Stopwatch:
    """Measures seconds, excluding the time in which this thread or one of `processes` waited for a processor.

    Other programs that keep the machine busy therefore make no difference, but what a program computes,
    or waits for, counts. Of a slow program the seconds are those of its clock.
    """

    def __init__(self, *processes):
        self._pids = [process.pid for process in processes if process not in slow]
        self._lag_s = lag_s()
        self._waited = {}
        self.look()
        self._waited_before = dict(self._waited)
        self._start = time.monotonic()

    def look(self):
        """Reads the waiting times; call it now and then if a program may end, after which they are lost."""
        self._waited["this"] = _read_thread(f"self/task/{threading.get_native_id()}")[1]
        for pid in self._pids:
            try:
                self._waited.update({thread: waited for thread, (_, waited, _) in threads_of(pid).items()})
            except OSError:
                pass  # it has ended

    def seconds(self):
        self.look()
        waited = sum(s - self._waited_before.get(thread, 0) for thread, s in self._waited.items())
        return time.monotonic() - self._start - waited - (lag_s() - self._lag_s)


class Stream:
    """Bytes from a source, read by a thread as they arrive, with methods to wait for them.

    who: the rules for what is shown to a person (see shown.py); None if the bytes are not.
    popen: the program whose output it is, so that a failure tells how that ended.
    """

    def __init__(self, read, name, who=None, popen=None):
        self._read = read
        self._popen = popen
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
        """Stops the thread; must be called before the descriptor's number can be reused."""
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
        """Stops reading, after the current or next read."""
        self._reading.clear()

    def resume(self):
        self._reading.set()

    def all(self):
        with self._changed:
            return bytes(self._bytes)

    def rest(self):
        """The bytes received since the last one waited for."""
        with self._changed:
            return bytes(self._bytes[self._at :])

    def skip(self):
        """Passes over what was received so far: none of it is the answer to what follows."""
        with self._changed:
            self._at = len(self._bytes)

    def read_rest(self, within):
        """Reads what its source, which has ended, has left; another program may keep it open."""
        deadline = Deadline(within)
        with self._changed:
            while not (self.ended or self._closed) and self._reading.is_set() and deadline.left() > 0:
                self._changed.wait(deadline.left())

    def expect(self, wanted, within=SOON):
        """Waits for `wanted` anywhere in the stream; returns what came before it."""
        if isinstance(wanted, str):
            wanted = wanted.encode()
        deadline = Deadline(within)
        with self._changed:
            start = self._at
            while True:
                found = self._bytes.find(wanted, start)
                if found >= 0:
                    before = bytes(self._bytes[self._at : found])
                    self._at = found + len(wanted)
                    return before
                start = max(start, len(self._bytes) - len(wanted) + 1)
                left = deadline.left()
                if self.ended or left <= 0:
                    why = self._how_it_ended() if self.ended else f"{within} s passed"
                    raise AssertionError(
                        f"{self._name}: no {wanted!r}, {why}; it says {bytes(self._bytes[self._at:])!r}"
                    )
                self._changed.wait(left)

    def _how_it_ended(self):
        if self._popen is None:
            return "it ended"
        try:
            return f"it ended with {self._popen.wait(2)}"
        except subprocess.TimeoutExpired:
            return "its output ended"

    def expect_end(self, within=SOON):
        """Waits for the end; returns what came before it."""
        deadline = Deadline(within)
        with self._changed:
            while not self.ended:
                left = deadline.left()
                if left <= 0:
                    raise AssertionError(
                        f"{self._name}: no end in {within} s; it says {bytes(self._bytes[self._at:])!r}"
                    )
                self._changed.wait(left)
            before = bytes(self._bytes[self._at :])
            self._at = len(self._bytes)
            return before


# Programs that show a person what the server sends, or that are our own, and whose rules apply (see shown.py).
PEOPLES = {"nc": "server", "nc.openbsd": "server", "nc.traditional": "server", "ncat": "server", "socat": "server",
           "telnet": "telnet", "lwchatd": "console", "lwchatd-shortage": "console", "lwchat": "client",
           "emulate": "terminal"}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True)


def neighbourhood(interface, number):
    """Sets up a network on a TAP in which each peer can have its own address: see neighbour().

    Returns the options of a server there.
    """
    ip("address", "replace", f"10.{number}.0.1/16", "dev", interface)
    ip("route", "replace", "local", f"10.{number}.128.0/17", "dev", interface)
    return "--ip", f"10.{number}.0.2/16", "--gateway", f"10.{number}.0.1"


def neighbour(host, number):
    """One of this machine's addresses in the neighbourhood of the server at `host`."""
    return ".".join([*host.split(".")[:2], str(128 + number // 250), str(1 + number % 250)])


class Disk:
    """A small disk that only one process sees; the process's standard output goes to the file `log` on it."""

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
    """A program with its input and output, on its own terminal if `on_terminal`.

    who: the rules by which its output is checked; by default they follow from its name; None: not checked.
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
            # Wide enough for every line: test_console_tty.py tests narrower terminals.
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
        self.out = Stream(lambda: os.read(output, 65536), self.name, who, self._popen)
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
        """Waits for the program's end, and for all that it said; returns its exit code."""
        try:
            code = self._popen.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} still runs after {within} s; it says {self.out.rest()!r}")
        for stream in filter(None, (self.out, self.errors)):
            stream.read_rest(2)
        return code

    def ends_within(self, most_s, stopwatch):
        """Waits for the program's end, which must come within the limit of the stopwatch; returns its exit code."""
        deadline = Deadline(SOON)
        while os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            stopwatch.look()
            if deadline.left() <= 0:
                raise AssertionError(f"{self.name} still runs after {SOON} s; it says {self.out.rest()!r}")
            time.sleep(0.02)
        took_s = stopwatch.seconds()
        if took_s > most_s:
            raise AssertionError(f"{self.name} took {took_s:.2f} s to end, {most_s} s at most")
        return self.wait()

    def work(self):
        """Processor time in seconds, and the number of times that a thread went to sleep, so far."""
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
    """A connection to the server, independent of what reads from it."""

    def __init__(self, family=socket.AF_INET):
        super().__init__(family)
        self._shown = shown.Shown("person", "server")

    def recv(self, *arguments):
        data = super().recv(*arguments)
        self._shown.feed(data)
        return data


def is_acknowledged(peer):
    """Whether the other side of a TCP socket has acknowledged everything that was sent."""
    return struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, bytes(4))) == (0,)


class Person:
    """A user of the chat, on a plain socket."""

    def __init__(self, address, receive_bytes=None, source=None, source_port=0):
        self.socket = Socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
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
        """Waits for the greeting and sets a nick; None keeps the guest's nick."""
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
        return is_acknowledged(self.socket)

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Leaves with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        try:
            # Wakes up a thread that reads from it.
            self.socket.shutdown(socket.SHUT_RD)
        except OSError:
            pass
        self.socket.close()


class Server(Process):
    """lwchatd, ready to be joined."""

    COMMAND = (LWCHATD,)
    # This machine's ports for browsers and IRC clients; "0": none, so that several servers do not conflict.
    HTTP = IRC = "0"

    def __init__(self, *options, net="user", **process):
        if net.startswith("user") and self.HTTP:
            options = ("--http", self.HTTP, *options)
        if net.startswith("user") and self.IRC:
            options = ("--irc", self.IRC, *options)
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
        """Ends it, unless it has ended; raises an exception if the exit code is not 0."""
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
        self.out.skip()
        self.operator("/stats")
        self.out.expect("*** sessions: ")
        # A futile /unban ends the list with a known line.
        self.operator("/unban 0.0.0.0")
        return ("*** sessions: " + self.out.expect('!!! "0.0.0.0" is not banned').decode()).splitlines()

    def pools(self):
        """How many elements of each lwIP pool are in use."""
        used = {}
        for line in self.stats():
            if "*** lwIP " in line:
                name, figures = line.split("*** lwIP ")[1].split(": ", 1)
                used[name] = int(figures.split()[0])
        return used

    def pools_of_people(self):
        """The same, without what comes and goes by itself: mDNS has a timer for up to 30 s, and an address of IPv6
        joins its group some time after the start.
        """
        return {name: used for name, used in self.pools().items() if name not in ("SYS_TIMEOUT", "MLD6_GROUP")}


class Case(unittest.TestCase):
    """A test that ends everything it has started."""

    def start(self, thing):
        self.addCleanup(shown.check)
        self.addCleanup(thing.kill if isinstance(thing, Process) else thing.close)
        return thing

    def server(self, *options, kind=None, **how):
        """A server that is ended with the test, and must exit with 0."""
        server = (kind or Server)(*options, **how)
        self.addCleanup(shown.check)
        self.addCleanup(server.end_well)
        return server

    def process(self, *arguments, **how):
        return self.start(Process(list(arguments), **how))

    def person(self, server, nick=None, **how):
        """A user who has joined."""
        return self.start(Person(server.address, **how)).named(nick)

    def eventually(self, true, within=SOON, what="it"):
        deadline = Deadline(within)
        while not true():
            if deadline.left() <= 0:
                self.fail(f"{what} did not become so in {within} s")
            time.sleep(0.05)

    def settled(self, value):
        """Waits until `value()` is the same for half a second; returns it."""
        before, deadline = None, Deadline(SOON)
        while (now := value()) != before:
            if deadline.left() <= 0:
                self.fail(f"it changes all the time: {before}, {now}")
            before = now
            time.sleep(0.5)
        return now

    def comes_to_rest(self, process, most=0.01, wakes=60, span_s=3, work_s=3):
        """Waits until a program is idle: for `span_s` it uses less than `most` of a processor, and its threads
        wake up less than `wakes` times a second. Until then it may use `work_s` of processor time, which a program
        that spins exceeds however busy the machine is.
        """
        if os.environ.get("LWCHAT_SANITIZE"):
            most *= 5  # sanitizers multiply the instructions, but not the wake-ups
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

    def full_house(self, server, places):
        """As many people as have places hear each other, and the next one is told that there is none."""
        people = [self.person(server, f"p{number}") for number in range(places)]
        late = self.start(Person(server.address)).listen()
        late.out.expect(f"({places} of {places})")
        late.out.expect_end()
        for speaker in people:
            speaker.say(f"from {speaker.nick}")
            for listener in people:
                if listener is not speaker:
                    listener.hears(f"{speaker.nick}> from {speaker.nick}")

    def together(self, person, *others):
        """Waits until all have heard everything that was said so far."""
        mark = f"mark {time.monotonic_ns()}"
        person.say(mark)
        for other in others:
            other.out.expect(mark)


class Result(unittest.TextTestResult):
    """Also prints the seconds that each test took."""

    def startTest(self, test):
        super().startTest(test)
        self._started = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        self.stream.writeln(f"  {time.monotonic() - self._started:.1f} s")


# The networks for tests that run on both.
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
    if taps:  # boards have link-local addresses
        ip("address", "replace", "169.254.0.1/16", "dev", bridge or taps[0])
    runner = unittest.TextTestRunner(verbosity=2, resultclass=Result)
    passed = unittest.main(testRunner=runner, exit=False).result.wasSuccessful()
    shown.check()
    sys.exit(not passed)
