#!/usr/bin/env python3
"""The letters of nicks, and which of them look alike, against external tables: usage: test_nick_letters.py PAIRS

PAIRS is the program of nick_pairs.c. The characters that a nick may contain are compared with Python's own
data. Which texts look alike is derived here from ICU's skeletons of whole texts, in every case of every
letter; ICU must have the same Unicode version as the table.
"""

import functools
import importlib.machinery
import importlib.util
import itertools
import pathlib
import random
import re
import subprocess
import sys
import unicodedata
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TABLE = ROOT / "src" / "core" / "nick_look.c"
WRITTEN = re.search(r"from Unicode ([\d.]+);", TABLE.read_text())[1]

loader = importlib.machinery.SourceFileLoader("tables", str(ROOT / "tools" / "unicode"))
sys.dont_write_bytecode = True
tables = importlib.util.module_from_spec(importlib.util.spec_from_loader("tables", loader))
loader.exec_module(tables)
try:
    icu = tables.Skeletons(WRITTEN)
except LookupError:
    icu = None
with_icu = unittest.skipUnless(icu, f"the table is of Unicode {WRITTEN}, and no ICU is")

SIGNS = "0123456789_-"
EVERY = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
# All of the planes with letters, and a sample of the others.
SECOND = [c for c in EVERY if ord(c) < 0x20000 or ord(c) % 61 == 0]


def judge(rows):
    text = "".join(" ".join(t.encode().hex() for t in row) + "\n" for row in rows)
    done = subprocess.run([sys.argv[1]], input=text, capture_output=True, text=True, check=True)
    return [line == "1" for line in done.stdout.split()]


def valid(texts):
    return judge((t,) for t in texts)


LETTERS = [c for c, is_nick in zip(EVERY, valid(EVERY), strict=True) if is_nick]


def script(c):
    return unicodedata.name(c).split()[0]


class Form(unittest.TestCase):
    def test_every_code_point(self):
        """Letters of the three scripts that every normal form leaves unchanged; all with cases but phonetic ones."""
        for c in LETTERS:
            self.assertIn(script(c), ("LATIN", "GREEK", "CYRILLIC"), c)
            self.assertIn(unicodedata.category(c), ("Lu", "Ll", "Lt"), c)
            self.assertEqual(unicodedata.normalize("NFKC", c), c)
            self.assertEqual(unicodedata.combining(c), 0, c)
            self.assertNotIn(unicodedata.east_asian_width(c), "WF", c)
        letters = set(LETTERS)
        for first, last in (("A", "\u024f"), ("\u0370", "\u03ff"), ("\u0400", "\u052f"), ("\u1e00", "\u1fff")):
            for c in map(chr, range(ord(first), ord(last) + 1)):
                stable = unicodedata.normalize("NFKC", c) == c and unicodedata.category(c) in ("Lu", "Ll", "Lt")
                # Some have the other case in a separate block, or are Coptic, which Python's names call Greek.
                if stable and c.lower() != c.upper() and all(len(o) > 1 or o in letters or o == c for o in (c.lower(), c.upper())):
                    self.assertEqual(c in letters, not "\u03e2" <= c <= "\u03ef", f"U+{ord(c):04X}")

    def test_every_second_character(self):
        for first in ("a", "Ж", "ω"):
            same = {c for c in LETTERS if script(c) == script(first)} | set(SIGNS)
            for c, is_nick in zip(SECOND, valid(first + c for c in SECOND), strict=True):
                self.assertEqual(is_nick, c in same, f"{first} U+{ord(c):04X}")

    def test_nicks_are_in_normal_form(self):
        """Every valid nick is in NFC, in one script, and within 16 characters; decomposed it is not valid."""
        random.seed(3)
        marks = [c for c in EVERY if unicodedata.combining(c)]
        texts, kept = [], 0
        for _ in range(60000):
            some = random.choice((LETTERS, LETTERS + marks, EVERY, "abzéèЖй"))
            texts.append("".join(random.choices(some, k=random.randint(1, 18))))
        for text, is_nick in zip(texts, valid(texts), strict=True):
            if is_nick:
                kept += 1
                self.assertEqual(unicodedata.normalize("NFC", text), text)
                self.assertLessEqual(len(text), 16)
                self.assertLessEqual(len(text.encode()), 32)
                self.assertEqual(len({script(c) for c in text if c not in SIGNS}), 1, text)
        self.assertGreater(kept, 1000)
        apart = [c for c in LETTERS if unicodedata.normalize("NFD", c) != c]
        self.assertFalse(any(valid(unicodedata.normalize("NFD", c) for c in apart)))


@with_icu
class Alike(unittest.TestCase):
    def test_it_is_what_the_generator_writes(self):
        done = subprocess.run([ROOT / "tools" / "unicode", "--print"], capture_output=True, text=True, check=True)
        self.assertTrue(done.stdout.endswith(TABLE.read_text()), "run tools/unicode")

    def cases(self, c):
        """A letter, and its base letter without marks, in each case."""
        for one in (c, unicodedata.normalize("NFD", c)[0]):
            yield from (o for o in {one, one.lower(), one.upper()} if len(o) == 1)
        if c in "ßẞ":
            yield "ss"

    def drawn(self, text):
        skeleton = "".join(c for c in self.skeleton(text).lower() if c != "'" and unicodedata.category(c) not in ("Mn", "Lm", "Sk"))
        for a, b in ("0o", "1l", "il", "5s", ("m", "rn"), ("w", "vv"), "ƅb"):
            skeleton = skeleton.replace(a, b)
        return skeleton

    def compare(self, pairs):
        pairs, count = list(pairs), 0
        for (one, other), alike in zip(pairs, judge(pairs), strict=True):
            if alike == self.read(one).isdisjoint(self.read(other)):
                self.fail(f"{one} {other}: {self.read(one)} {self.read(other)}, yet {alike}")
            if not alike and self.skeleton(one) == self.skeleton(other):
                self.fail(f"{one} {other} have one skeleton")
            count += alike
        return count

    @functools.cache
    def read(self, text):
        return {self.drawn("".join(choice)) for choice in itertools.product(*map(list, map(set, map(self.cases, text))))}

    @functools.cache
    def skeleton(self, text):
        return icu.of(text)

    def test_every_letter_beside_every_other(self):
        """One representative for each set of letters that look the same by themselves."""
        sets = {}
        for c in [*LETTERS, *SIGNS]:
            sets.setdefault(frozenset(self.read(c)), []).append(c)
        some = [c for same in sets.values() for c in {same[0], same[-1]}]
        self.assertGreater(self.compare((a, b) for a in [*LETTERS, *SIGNS] for b in some), len(LETTERS))

    def test_texts_at_random(self):
        """Random texts of few letters, so that many are alike."""
        random.seed(4)
        together = ["rnmмМμ", "vwνΝnѡ", "abßsSβΒ", "æaeӕÆ", "lo0юЮ1i", "ыblьЬƅЫ", "hnηΗНн", "uyυΥγГгr", "6бbБ", "оoοσʃς"]
        pairs = []
        for _ in range(30000):
            some = random.choice(together) + random.choice(together)
            pairs.append(tuple("".join(random.choices(some, k=random.randint(1, 4))) for _ in range(2)))
        self.assertGreater(self.compare(pairs), 1000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
