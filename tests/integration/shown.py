"""Checks of what is shown to people. Every byte that a test reads from lwchatd or lwchat passes through here.

It must be well-formed UTF-8 without banned characters, and every line must show its sender: a
user, the server, or the client itself. harness.py feeds it; problems are collected, and fail the
test at its end.
"""

import codecs
import os
import re
import unicodedata

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Lenient, and based on Python's own table instead of the core's; tests/unit/test_unicode.py covers the exact rules.
BANNED = re.compile(
    "[\0-\x1f\x7f-\x9f\u115f\u1160\u17b4\u17b5\u2028-\u202e\u2060-\u2065\u206a-\u206f\u3164\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)) + "]"
)
MOST_BLANKS, MOST_MARKS, MOST_OF_MANY, MOST_ISOLATES = 4, 4, 8, 8
ODD = re.compile(rf"[^ -~]| {{{MOST_BLANKS + 1}}}")  # only such lines need the full check
JOINERS = "\u200b\u200c\u200d\u00ad\u180e"
SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
DIRECTIONS = "\u200e\u200f\u061c"
ISOLATES, POP_ISOLATE = "\u2066\u2067\u2068", "\u2069"
TAG = re.compile("[\U000e0020-\U000e007f]")
FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,7}\U000e007f")


def is_blank(c):
    return c == "\u2800" or unicodedata.category(c) == "Zs"


def heaps_up(line):
    """What in a line is stacked, hidden or unclosed; None if nothing is."""
    base, marks, selectors, directions, blanks, isolates, last = None, 0, 0, 0, 0, 0, ""
    for c in FLAG.sub("F", line):
        if c in JOINERS or SELECTORS.match(c):
            selectors += c not in JOINERS
            if base is None or base in ".,;:!?()<>[]\"'" or (c in JOINERS and last and last in JOINERS) or selectors > 1:
                return f"U+{ord(c):04X} that acts on nothing"
        elif c in DIRECTIONS or c in ISOLATES or c == POP_ISOLATE:
            directions += c != POP_ISOLATE
            isolates += (c in ISOLATES) - (c == POP_ISOLATE)
            if directions > MOST_ISOLATES or not 0 <= isolates <= MOST_ISOLATES:
                return "directions one upon another"
        elif TAG.match(c):
            return "tags of no flag"
        elif unicodedata.category(c) in ("Mn", "Me"):
            marks += 1
            many = unicodedata.name(c, "").startswith(("HEBREW", "TIBETAN", "COMBINING GRAPHEME JOINER"))
            if marks > (MOST_OF_MANY if many else MOST_MARKS):
                return "too many marks on a letter"
        elif is_blank(c):
            base, marks, selectors, blanks = None, 0, 0, blanks + 1
            if blanks > MOST_BLANKS:
                return "too many blanks in a row"
        else:
            base, marks, selectors, directions, blanks = c, 0, 0, 0, 0
        last = c
    return "an isolate that stays open" if isolates else None


LATIN, GREEK, CYRILLIC = "A-Za-zÀ-ÖØ-öø-\u02af\u1e00-\u1eff", "\u0370-\u03ff\u1f00-\u1fff", "\u0400-\u0481\u048a-\u052f"
NICK = "(?:" + "|".join(f"[{script}][{script}0-9_-]{{0,15}}" for script in (LATIN, GREEK, CYRILLIC)) + ")"
ROOM = r"#[a-z0-9_-]{1,15}"
TIME = r"\[(?:[01]\d|2[0-3]):[0-5]\d\]"
WHO = rf"{NICK}(?:@{NICK})?"  # here, or on a server that a bridge joins to this one
SAID = rf"(?:{WHO}> |\* {WHO} |\[{NICK}\] |\[-> {NICK}\] ).*"

QR_ROW = "█{4}[█▀▄ ]{25}█{4}"  # to the operator only

# Refusals of telnet options that were offered or requested: WONT and DONT.
REFUSAL = re.compile(rb"\xff[\xfc\xfe].", re.DOTALL)
# The controls of readline on a dumb terminal and of a board that erases a line, and line ends.
TERMINAL = re.compile(r"\x1b\[(?:\?2004[hl]|[JK])|[\r\b\a]")
TERMINAL_BEGUN = re.compile(r"\x1b(?:\[(?:\?\d*)?)?\Z")


def sentences(name, are_lines):
    """A pattern for the sentences of a word list that are lines, in both languages, with any arguments."""
    with open(os.path.join(ROOT, "src", name), encoding="utf-8") as file:
        words = re.findall(r'WORD\((\w+),\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)"\)', file.read())
    assert len(words) > 10, name
    texts = {text.replace('\\"', '"') for word in words for text in word[1:] if re.match(are_lines, text)}
    return "|".join(sorted(re.sub(r"%\d", ".*", re.sub(r"\\{(\w+)\\}", r"(?:\1)?", re.escape(text))) for text in texts))


SERVERS = sentences("core/words.def", "")
CLIENTS = sentences("net/client.def", r"Connect|The connection|La connexion|\*\*\*|!!!")
# The valid lines, by the program that shows them.
LINES = {
    "server": rf"{SAID}|fin|{SERVERS}",  # to a peer
    "timed": rf"(?:{TIME} )?{SAID}|fin|{SERVERS}",  # to one that has sent /time on
    "json": rf"{SAID}|fin|{SERVERS}|\{{.*\}}",  # to one that has sent /mode json; test_json.py checks the objects
    "console": rf"(?:(?:{TIME} )?(?:{ROOM}|#\?) )?(?:{SAID}|{SERVERS})",
    "client": rf"{SAID}|fin|{SERVERS}|{CLIENTS}",
    "telnet": rf"{SAID}|fin|{SERVERS}|Trying .*|Connected to .*|Escape character is .*|Connection closed.*",
}
LINES = {who: re.compile(lines) for who, lines in LINES.items()}

problems = []


def check():
    """Raises an exception with the problems found since the last call."""
    if problems:
        found = "\n".join(problems[:10])
        problems.clear()
        raise AssertionError("shown to a person: " + found)


class Shown:
    """Checks what one person sees, as it arrives.

    who: a key of LINES; "text", where any line is valid; or "terminal", where typed input and
    readline's controls appear as well.
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
        if self._who in ("server", "timed", "json"):
            data = REFUSAL.sub(b"", self._refused + data)
            # A refusal may be split.
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
        elif self._who == "console" and re.fullmatch(QR_ROW, line):
            return
        elif self._who != "terminal" and ODD.search(line) and heaps_up(line):
            self._complain(heaps_up(line), line)
        if self._who in LINES and not LINES[self._who].fullmatch(line):
            self._complain("nobody's line", line)
