#!/usr/bin/env python3
"""The oracle of what is shown finds what must not be, and nothing else."""

import unittest

import shown


class Oracle(unittest.TestCase):
    def problems(self, who, *pieces):
        it = shown.Shown("somebody", who)
        for piece in pieces:
            it.feed(piece.encode() if isinstance(piece, str) else piece)
        found = list(shown.problems)
        shown.problems.clear()
        return found

    def test_what_is_well(self):
        for who, *pieces in (
            ("server", "You are connected to server Marcel. Send your messages.\n*** You are guest1. /help lis",
             "ts the commands, /quit leaves.\nalice> hi\r\n* alice waves\n[alice] psst\n[-> bob] psst\nfin\n"),
            ("server", '*** bob left: bye\n!!! the nick "bob" is taken\n*** vous avez manqué 37 messages\n*** you missed 1 message\n'),
            ("server", b"\xff", b"\xfc", b"\x18\xff\xfe\x01alice> \xc3", b"\xa9t\xc3\xa9 \xf0\x9f\x91\xa9\xe2\x80\x8d"),
            ("server", "alice> e" + 4 * "\u0301" + "\n"),
            ("server", "bob> half a line, and no more"),
            ("console", "Server ready on 192.168.7.2 port 50000.\n#lobby alice> hi\n#lobby *** bob joined\n#? bob> x\n"),
            ("client", "Connected to localhost port 50000.\nalice> hi\nConnection failed: nobody\n"),
            ("telnet", "Trying 127.0.0.1...\nalice> hi\n"),
            ("terminal", "\x1b[?2004hwhatever is typed\r\nalice> hi\b\b  \a\n"),
            ("text", "anything goes\n"),
        ):
            self.assertEqual(self.problems(who, *pieces), [], pieces)

    def test_what_must_not_be(self):
        for who, *pieces in (
            ("server", b"alice> \xc0\x9b\n"),
            ("server", b"alice> \xe2\x82", b"A\n"),
            ("server", b"alice> \xed\xa0\x80\n"),
            ("server", "alice> \x1b[2J\n"),
            ("server", "alice> \x1b"),
            ("server", "alice> x\ry\n"),
            ("server", "alice> \u202e\n"),
            ("server", "alice> \u009b31m\n"),
            ("server", "alice> \ufffe\n"),
            ("server", "alice> \U000e0041\n"),
            ("server", "alice> e" + 5 * "\u0301" + "\n"),
            ("server", "hello\n"),
            ("server", "\n"),
            ("server", "alice hello\n"),
            ("server", "al ice> hello\n"),
            ("server", "*** whatever\n"),
            ("server", "!!! whatever\n"),
            ("server", "Client connected: bob\n"),
            ("server", b"\xff\xfb\x18"),
            ("console", "#LOBBY alice> hi\n"),
            ("client", "localhost port 50000 does not answer\n"),
            ("client", b"\xff\xfc\x18"),
            ("terminal", "alice> \x1b[2J\n"),
            ("text", "a\tb\n"),
        ):
            self.assertEqual(len(self.problems(who, *pieces)), 1, pieces)


if __name__ == "__main__":
    unittest.main(verbosity=2)
