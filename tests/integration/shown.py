"""What may be shown to a person. Every byte that a test reads from lwchatd or lwchat goes through here.

It has to be well-formed UTF-8 with nothing banned in it, and every line has to say whose
it is: somebody's, the server's, the client's own. harness.py feeds it; what is wrong is
kept, and fails the test when that ends.
"""

import codecs
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# By another table than the core's: the ranges that text may not have, and the marks that combine.
BANNED = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)) + "]"
)
TOO_MANY_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5}"
)
NICK = r"[A-Za-z][A-Za-z0-9_-]{0,15}"
ROOM = r"#[a-z0-9_-]{1,15}"
SAID = rf"(?:{NICK}> |\* {NICK} |\[{NICK}\] |\[-> {NICK}\] ).*"

# Telnet options are refused, where they were offered or asked for: WONT and DONT.
REFUSAL = re.compile(rb"\xff[\xfc\xfe].", re.DOTALL)
# What readline does to a terminal that can do nothing, and a board to take a line off; ends of lines.
TERMINAL = re.compile(r"\x1b\[(?:\?2004[hl]|K)|[\r\b\a]")
TERMINAL_BEGUN = re.compile(r"\x1b(?:\[(?:\?\d*)?)?\Z")


def sentences(name, are_lines):
    """A pattern for those of a list of words that are lines, in both languages; an argument may be anything."""
    with open(os.path.join(ROOT, "src", name), encoding="utf-8") as file:
        words = re.findall(r'WORD\((\w+),\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', file.read())
    assert len(words) > 10, name
    texts = {text.replace('\\"', '"') for word in words for text in word[1:] if re.match(are_lines, text)}
    return "|".join(sorted(re.sub(r"%\d", ".*", re.sub(r"\\{(\w+)\\}", r"(?:\1)?", re.escape(text))) for text in texts))


SERVERS = sentences("core/words.def", "")
CLIENTS = sentences("net/client.def", r"Connect|The connection|La connexion|\*\*\*|!!!")
# Whose line it is, by who shows it.
LINES = {
    "server": rf"{SAID}|fin|{SERVERS}",  # to a peer
    "console": rf"(?:(?:{ROOM}|#\?) )?(?:{SAID}|{SERVERS})",
    "client": rf"{SAID}|fin|{SERVERS}|{CLIENTS}",
    "telnet": rf"{SAID}|fin|{SERVERS}|Trying .*|Connected to .*|Escape character is .*|Connection closed.*",
}
LINES = {who: re.compile(lines) for who, lines in LINES.items()}

problems = []


def check():
    """Raises what was found since the last time."""
    if problems:
        found = "\n".join(problems[:10])
        problems.clear()
        raise AssertionError("shown to a person: " + found)


class Shown:
    """What one person sees, as it comes.

    who: a key of LINES; "text", whose lines may be anybody's; or "terminal", which has
    what is typed and readline's controls among them as well.
    """

    def __init__(self, name, who):
        self._name = name
        self._who = who
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._refused = b""
        self._begun = ""
        self._line = ""

    def _complain(self, what, text):
        problems.append(f"{self._name} ({self._who}): {what}: {text!r}")

    def feed(self, data):
        if self._who == "server":
            data = REFUSAL.sub(b"", self._refused + data)
            # One may be cut in the middle.
            at = data.rfind(b"\xff", -2)
            self._refused, data = (data[at:], data[:at]) if at >= 0 else (b"", data)
        try:
            text = self._decoder.decode(data)
        except UnicodeDecodeError as error:
            self._complain(str(error), data[max(0, error.start - 40) : error.start + 40])
            self._decoder.reset()
            return
        if self._who == "terminal":
            text = TERMINAL.sub("", self._begun + text)
            begun = TERMINAL_BEGUN.search(text)
            self._begun = begun[0] if begun else ""
            text = text.removesuffix(self._begun)
        *lines, rest = text.split("\n")
        if lines:
            lines[0] = self._line + lines[0]
            self._line = rest
        else:
            self._line += rest
        for line in lines:
            self._check(line.removesuffix("\r"))
        banned = BANNED.search(self._line.removesuffix("\r"))
        if banned:
            self._complain(f"U+{ord(banned[0]):04X}", self._line[-80:])
            self._line = ""

    def _check(self, line):
        banned = BANNED.search(line)
        if banned:
            self._complain(f"U+{ord(banned[0]):04X}", line)
        if TOO_MANY_MARKS.search(line):
            self._complain("more than 4 marks on a letter", line)
        if self._who in LINES and not LINES[self._who].fullmatch(line):
            self._complain("nobody's line", line)
