"""A terminal, tmux, whose screen can be read."""

import fcntl
import os
import re
import struct
import subprocess
import tempfile
import termios
import time

from harness import SOON

WIDTH, HEIGHT = 40, 24
TIME = "[hh:mm]"


class Screen:
    """A shell on a terminal whose screen can be read."""

    def __init__(self, width=WIDTH, height=HEIGHT):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = self._folder.name
        self._tmux = ["tmux", "-S", os.path.join(self._folder.name, "tmux"), "-f", "/dev/null"]
        environment = dict(os.environ, LC_ALL="C.UTF-8", INPUTRC="/dev/null", XDG_STATE_HOME=self.folder)
        environment.pop("TMUX", None)
        subprocess.run([*self._tmux, "new-session", "-d", "-x", str(width), "-y", str(height),
                        "env 'PS1=$ ' bash --norc --noprofile"], env=environment, check=True, timeout=SOON)
        try:
            self._do("set-option", "-g", "status", "off")
            self.shows("$")
        except BaseException:
            self.close()
            raise

    def _do(self, *arguments):
        done = subprocess.run([*self._tmux, *arguments], capture_output=True, timeout=SOON)
        if done.returncode != 0:
            raise AssertionError(f"tmux {' '.join(arguments)}: {done.stderr.decode()}")
        return done.stdout.decode()

    def type(self, text):
        self._do("send-keys", "-l", text)

    def key(self, *names):
        self._do("send-keys", *names)

    def enter(self, text):
        self.type(text)
        self.key("Enter")

    def run(self, command):
        """Has the shell run it on an empty screen: nothing that is already there can be taken for its output."""
        self._do("send-keys", "-R", ";", "clear-history")
        self.enter(f"clear; {command}")

    def paste(self, text, marked=False):
        """Pastes; marked as such if the program has asked for that."""
        self._do("set-buffer", text)
        self._do("paste-buffer", *["-p"] * marked)

    def send(self, raw):
        self._do("send-keys", "-H", *(f"{byte:02x}" for byte in raw))

    def resize(self, width, height=HEIGHT):
        """Returns when programs on it see the new size, which tmux sets later than it answers."""
        self._do("resize-window", "-x", str(width), "-y", str(height))
        terminal = os.open(self._do("display-message", "-p", "#{pane_tty}").strip(), os.O_RDWR | os.O_NOCTTY)
        try:
            deadline = time.monotonic() + SOON
            while struct.unpack("HHHH", fcntl.ioctl(terminal, termios.TIOCGWINSZ, bytes(8)))[:2] != (height, width):
                if time.monotonic() > deadline:
                    raise AssertionError(f"the terminal does not become {width} x {height}")
                time.sleep(0.02)
        finally:
            os.close(terminal)

    def lines(self):
        """The rows of the screen, with a time at the start of a row replaced by TIME."""
        rows = self._do("capture-pane", "-p").rstrip().split("\n")
        return [re.sub(r"^\[\d\d:\d\d\]", TIME, row.rstrip()) for row in rows]

    def all(self):
        """The screen and its scrollback, with wrapped rows joined."""
        return self._do("capture-pane", "-p", "-J", "-S", "-10000")

    def coloured(self):
        """The rows of the screen with the sequences that set their colours."""
        return self._do("capture-pane", "-p", "-e").rstrip().split("\n")

    def has(self, *rows):
        """Waits until these rows stand on the screen, one below the other."""
        deadline = time.monotonic() + SOON
        while "\n".join(("", *rows, "")) not in "\n".join(("", *self.lines(), "")):
            if time.monotonic() > deadline:
                raise AssertionError("the screen should have %r:\n%s" % (rows, "\n".join(self.lines())))
            time.sleep(0.05)

    def shows(self, *last):
        """Waits until the screen ends with these rows."""
        deadline = time.monotonic() + SOON
        while self.lines()[-len(last):] != list(last):
            if time.monotonic() > deadline:
                raise AssertionError("the screen should end with %r:\n%s" %
                                     (list(last), "\n".join(self.lines())))
            time.sleep(0.05)

    def is_gone(self):
        """Whether the shell has ended, and the terminal with it."""
        return subprocess.run([*self._tmux, "has-session"], capture_output=True, timeout=SOON).returncode != 0

    def close(self):
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=SOON)
        self._folder.cleanup()
