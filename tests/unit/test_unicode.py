#!/usr/bin/env python3
"""Which text is allowed, by the Unicode data itself: usage: test_unicode.py CLEAN

CLEAN is the program of clean_text.c. The rules are implemented here a second time, in another way: each
character is judged by what precedes it in the clean text. The data are those of the package
unicode-data, which must have the same version as the table for the comparisons.
"""

import codecs
import functools
import pathlib
import random
import re
import subprocess
import sys
import unicodedata
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
UCD = pathlib.Path("/usr/share/unicode")
TABLE = ROOT / "src" / "core" / "text_class.c"

WRITTEN = re.search(r"from Unicode ([\d.]+);", TABLE.read_text())[1]
try:
    INSTALLED = re.search(r"-([\d.]+)\.txt", (UCD / "Scripts.txt").read_text(encoding="utf-8"))[1]
except OSError:
    INSTALLED = None
same_version = unittest.skipUnless(WRITTEN == INSTALLED, f"the table is of Unicode {WRITTEN}, unicode-data {INSTALLED}")

ROOM = 4096
BAD = "\udfff"  # represents an ill-formed subpart
codecs.register_error("subpart", lambda error: (BAD, error.end))


def clean_all(requests):
    """The program's output for each (text or bytes, room, piece)."""
    lines = []
    for text, room, piece in requests:
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        lines.append(f"{room} {piece} {data.hex()}\n")
    done = subprocess.run([sys.argv[1]], input="".join(lines), capture_output=True, text=True, check=True)
    return [bytes.fromhex(line) for line in done.stdout.split("\n")[:-1]]


def clean(text, room=ROOM, piece=0):
    return clean_all([(text, room, piece)])[0].decode("utf-8")


# --- Unicode's data -----------------------------------------------------------------


def points_of(name, *wanted):
    found = set()
    for line in (UCD / name).read_text(encoding="utf-8").splitlines():
        row = re.match(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*(\w+)", line)
        if row and (not wanted or row[3] in wanted):
            found.update(range(int(row[1], 16), int(row[2] or row[1], 16) + 1))
    return found


def bases_of(name):
    text = (UCD / name).read_text(encoding="utf-8")
    return {int(base, 16) for base in re.findall(r"^([0-9A-F]+) [0-9A-F]+\s*;", text, re.MULTILINE)}


class Properties:
    """Sets of code points, read on first use."""

    def __getattr__(self, name):
        value = getattr(self, "_" + name)()
        setattr(self, name, value)
        return value

    def _assigned(self):
        general = "extracted/DerivedGeneralCategory.txt"
        return set(range(0x110000)) - points_of(general, "Cn")

    def _banned(self):
        ignorable = points_of("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
        used = points_of("PropList.txt", "Variation_Selector") | set(range(0xE0020, 0xE0080))
        used |= {0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x2066, 0x206A)}
        never = points_of("extracted/DerivedGeneralCategory.txt", "Cc", "Zl", "Zp")
        return (ignorable - used) | never | points_of("PropList.txt", "Noncharacter_Code_Point") | {0xFFF9, 0xFFFA, 0xFFFB}

    def _blanks(self):
        return points_of("extracted/DerivedGeneralCategory.txt", "Zs") | {0x9, 0x2800, 0x1D159, 0x13441, 0x13442}

    def _marks(self):
        marks = points_of("extracted/DerivedGeneralCategory.txt", "Mn", "Me")
        marks |= points_of("HangulSyllableType.txt", "V", "T") | set(range(0x13430, 0x13440))
        return marks - points_of("PropList.txt", "Variation_Selector") - self.banned - {0x34F}

    def _invisible(self):
        """Invisible code points that are allowed where they have an effect."""
        return JOINERS | SELECTORS | DIRECTIONS | OPENS | TAGS | {POP, 0x34F}

    def _many(self):
        return self.marks & (self.scripts["Hebrew"] | self.scripts["Tibetan"])

    def _mongolian(self):
        return self.scripts["Mongolian"] & self.letters

    def _ideographs(self):
        return points_of("PropList.txt", "Ideographic") & self.scripts["Han"]

    def _scripts(self):
        names = set(re.findall(r"^[0-9A-F.]+\s*; (\w+)", (UCD / "Scripts.txt").read_text(encoding="utf-8"), re.MULTILINE))
        return {name: points_of("Scripts.txt", name) for name in names}

    def _of_no_script(self):
        common = self.scripts["Common"] | self.scripts["Inherited"]
        return common | (set(range(0x110000)) - points_of("Scripts.txt"))

    def _letters(self):
        categories = ("Lu", "Ll", "Lt", "Lm", "Lo", "Mc", "Nd")
        letters = points_of("extracted/DerivedGeneralCategory.txt", *categories) | (self.assigned - self.of_no_script)
        return letters - self.marks - self.banned - self.blanks - self.invisible

    def _unspaced(self):
        indic = points_of("IndicSyllabicCategory.txt") | points_of("LineBreak.txt", "SA")
        scripts = {name for name, points in self.scripts.items() if points & indic}
        scripts -= {"Common", "Inherited", "Latin", "Mongolian"}
        return set().union(*(self.scripts[name] for name in scripts)) & self.letters

    def _emoji(self):
        return points_of("emoji/emoji-data.txt", "Extended_Pictographic", "Emoji_Modifier")

    def _varying(self):
        symbols = points_of("emoji/emoji-data.txt", "Emoji")
        return symbols | bases_of("StandardizedVariants.txt") | bases_of("emoji/emoji-variation-sequences.txt")


unicode = Properties()

# --- The rules ------------------------------------------------------------------------

JOINERS = {0x200B, 0x200C, 0x200D, 0xAD, 0x180E}
FREE = {0x180B, 0x180C, 0x180D, 0x180F}
SELECTORS = FREE | set(range(0xFE00, 0xFE10)) | set(range(0xE0100, 0xE01F0))
DIRECTIONS = {0x200E, 0x200F, 0x61C}
OPENS, POP = {0x2066, 0x2067, 0x2068}, 0x2069
TAGS = set(range(0xE0020, 0xE0080))
FLAG = re.compile("[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,7}\U000e007f")


def is_visible(point):
    return point not in unicode.marks and point not in unicode.invisible


def since_visible(out, blank_counts):
    """The last visible character and what follows it; None if there is no visible character."""
    for i in range(len(out) - 1, -1, -1):
        if is_visible(out[i]) and (blank_counts or out[i] not in unicode.blanks):
            return out[i], out[i + 1 :]
    return None, out


def acts(point, base):
    """Whether an invisible code point has an effect on a character."""
    letter = base in unicode.letters
    if point in (0x200C, 0x200D):
        return letter or base in unicode.ideographs or base in unicode.emoji
    if point == 0x200B:
        return base in unicode.unspaced
    if point == 0xAD:
        return letter and base not in unicode.ideographs
    if point == 0x180E or point in FREE:
        return base in unicode.mongolian
    if point >= 0xE0100:
        return base in unicode.ideographs
    return letter or base in unicode.ideographs or base in unicode.emoji or base in unicode.varying


def judge(point, out, after_blank):
    """True: the code point stays; False: it is left out; None: it becomes '?'."""
    if point in unicode.banned and point != 0x9:
        return None
    if point in unicode.blanks:
        base, between = since_visible(out, False)
        return sum(p in unicode.blanks for p in between) + (base is None and after_blank) < 4
    if point in unicode.marks or point == 0x34F:
        if point == 0x34F and not (out and (out[-1] in unicode.marks or out[-1] == 0x34F)):
            return None
        _, between = since_visible(out, True)
        count = sum(p in unicode.marks or p == 0x34F for p in between)
        return count < (8 if point in unicode.many or point == 0x34F else 4)
    if point in JOINERS or point in SELECTORS:
        base, between = since_visible(out, True)
        if base is None or any(p in OPENS or p == POP for p in between) or not acts(point, base):
            return None
        if point in JOINERS:
            return out[-1] not in JOINERS
        return not any(p in SELECTORS for p in between)
    if point in DIRECTIONS or point in OPENS or point == POP:
        depth = sum((p in OPENS) - (p == POP) for p in out)
        if point == POP:
            return True if depth > 0 else None
        _, between = since_visible(out, False)
        count = sum(p in DIRECTIONS or p in OPENS for p in between)
        if point in DIRECTIONS:
            return count < 4
        return True if depth < 8 and count < 8 else None
    return True


def reference(data, room=ROOM, after_blank=True):
    text = data.decode("utf-8", "subpart") if isinstance(data, bytes) else data
    out, at = [], 0
    while at < len(text):
        point = ord(text[at])
        tags = FLAG.match(text, at) if out and out[-1] == 0x1F3F4 else None
        if tags:
            out += map(ord, tags[0])
            at = tags.end()
            continue
        at += 1
        stays = None if point in TAGS or text[at - 1] == BAD else judge(point, out, after_blank)
        if stays:
            out.append(0x20 if point == 0x9 else point)
        elif stays is None:
            out.append(0x3F)
    open_at = []
    for i, point in enumerate(out):
        if point in OPENS:
            open_at.append(i)
        elif point == POP:
            open_at.pop()
    while open_at and len("".join(map(chr, out)).encode()) + 3 * len(open_at) > room:
        out[open_at.pop()] = 0x3F
    return "".join(map(chr, out)) + chr(POP) * len(open_at)


# --- The tests ----------------------------------------------------------------------------


class Table(unittest.TestCase):
    @same_version
    def test_it_is_what_the_generator_writes(self):
        # The exit status is ignored: without ICU, which only the other table needs, it is an error.
        done = subprocess.run([ROOT / "tools" / "unicode", "--print"], capture_output=True, text=True, check=False)
        self.assertTrue(done.stdout.startswith(TABLE.read_text()), "run tools/unicode")

    def test_marks_and_blanks_by_another_source(self):
        """Python has its own tables: they agree on all code points that both contain."""
        kept = {c: chr(c) for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000}
        marks = {c for c in kept if unicodedata.category(kept[c]) in ("Mn", "Me")}
        special = {0x34F, 0x17B4, 0x17B5} | {c for c in marks if "VARIATION SELECTOR" in unicodedata.name(kept[c])}
        many = {c for c in marks if unicodedata.name(kept[c]).startswith(("HEBREW", "TIBETAN"))}
        for c, got in self.each(marks - special - many, "a" + "{}" * 9):
            self.assertEqual(got, "a" + chr(c) * 4, f"U+{c:04X}")
        for c, got in self.each(many, "a" + "{}" * 9):
            self.assertIn(got, ("a" + chr(c) * 8, "a" + chr(c) * 4), f"U+{c:04X}")
        for c, got in self.each({c for c in kept if unicodedata.category(kept[c]) == "Zs"}, "a" + "{}" * 9 + "b"):
            self.assertEqual(got, "a" + chr(c) * 4 + "b", f"U+{c:04X}")
        letters = {c for c in kept if unicodedata.category(kept[c])[0] in "LNPS"} - {0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0, 0x1D159}
        for c, got in self.each(letters - set(range(0x1160, 0x1200)) - set(range(0xD7B0, 0xD7FC)), "{}" * 9):
            self.assertEqual(got, chr(c) * 9, f"U+{c:04X}")

    def each(self, points, form):
        points = sorted(points)
        self.assertGreater(len(points), 5)
        answers = clean_all((form.replace("{}", chr(c)), ROOM, 0) for c in points)
        return zip(points, (answer.decode() for answer in answers), strict=True)


@same_version
class Reference(unittest.TestCase):
    def compare(self, texts, room=ROOM, piece=0):
        texts = list(texts)
        for text, got in zip(texts, clean_all((t, room, piece) for t in texts), strict=True):
            self.assertEqual(got.decode(), reference(text, room, piece == 0), f"of {text!a}, in {room} bytes, {piece} a piece")

    @staticmethod
    @functools.cache
    def points():
        """Code points at which some property changes, and one in 50 of the others that are assigned or banned."""
        sets = [unicode.marks, unicode.many, unicode.blanks, unicode.banned, unicode.letters, unicode.mongolian,
                unicode.ideographs, unicode.unspaced, unicode.emoji, unicode.varying, unicode.invisible]
        known, before, found = unicode.assigned | unicode.banned, None, []
        for point in range(0x110000):
            now = [point in s for s in sets]
            if now != before:
                found += (p for p in (point - 1, point) if p in known and not 0xD800 <= p < 0xE000)
            elif point % 50 == 0 and point in known and not 0xD800 <= point < 0xE000:
                found.append(point)
            before = now
        return found

    def test_every_code_point(self):
        """Every point after characters of each kind."""
        points = self.points()
        for before in ("", "a", "e\u0301", ".", " ", "1", "字", "😀", "∩", "ក", "ᠠ", "ا\u064e", "🏴", "\u2067"):
            with self.subTest(before=before):
                self.compare(before + chr(c) for c in points)

    def test_what_follows_every_code_point(self):
        """Every point before invisible ones, repeated or not."""
        points = self.points()
        for after in ("\u200d", "\u200b", "\u00ad", "\ufe0f", "\U000e0100", "\u180b", "\u034f"):
            with self.subTest(after=hex(ord(after))):
                self.compare(chr(c) + 2 * after + "x" for c in points)
        with self.subTest("repeated"):
            self.compare("a" + chr(c) * 10 + "\u0301" for c in points)

    def test_texts_at_random(self):
        """Random texts of everything the rules cover, whole and in pieces, with room and without."""
        random.seed(5)
        some = ["a", "b", " ", "  ", "\t", ".", "é", "字", "😀", "👩", "🏽", "ក", "ᠠ", "ا", "∩", "1", "#", "?", "\u0301", "\u05b0",
                "\u0f71", "\u034f", "\u200b", "\u200c", "\u200d", "\u00ad", "\u180b", "\u180e", "\ufe0f", "\ufe00", "\U000e0100",
                "\u200e", "\u200f", "\u061c", "\u2066", "\u2067", "\u2068", "\u2069", "\u2069", "\u202e", "\x1b", "\u3000", "\u2800",
                "\u00a0", "🏴", "\U000e0067", "\U000e0062", "\U000e0073\U000e0063\U000e0074", "\U000e007f", "\u1161", "\U00013430",
                "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", b"\xff", b"\xe2\x80", b"\xf0\x9f", b"\xc0"]
        for _ in range(40):
            few = random.sample(some, random.randint(1, 12))
            texts = []
            for _ in range(500):
                parts = (random.choice(few) for _ in range(random.randint(0, 24)))
                texts.append(b"".join(p if isinstance(p, bytes) else p.encode() for p in parts))
            self.compare(texts)
            self.compare(texts, piece=random.randint(1, 9))
            more = random.randint(0, 9)
            got = clean_all((text, len(text) + more, 0) for text in texts)
            for text, answer in zip(texts, got, strict=True):
                self.assertEqual(answer.decode(), reference(text, len(text) + more), f"of {text!a}, with {more} bytes more")

    def test_what_is_clean_stays(self):
        random.seed(6)
        points = [c for c in sorted(unicode.assigned) if not 0xD800 <= c < 0xE000]
        for _ in range(4):
            texts = ["".join(map(chr, random.choices(points, k=20))) for _ in range(5000)]
            once = clean_all((t, ROOM, 0) for t in texts)
            self.assertEqual(clean_all((t, ROOM, 0) for t in once), once)

    def test_all_emoji(self):
        """Every sequence that Unicode recommends."""
        text = (UCD / "emoji" / "emoji-test.txt").read_text(encoding="utf-8")
        sequences = ["".join(chr(int(c, 16)) for c in row.split()) for row in re.findall(r"^([0-9A-F ]+?)\s*;", text, re.MULTILINE)]
        self.assertGreater(len(sequences), 4000)
        self.assertEqual([a.decode() for a in clean_all((s * 2, ROOM, 0) for s in sequences)], [s * 2 for s in sequences])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
