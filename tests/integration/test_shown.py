#!/usr/bin/env python3
"""The checks of shown.py find everything that must not be shown, and nothing else."""

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
            ("server", "alice>    \u0645\u06cc\u200c\u062e \u2067a\u2069 \u8fbb\U000e0101 \u2764\ufe0f \u05e9\u05c1\u05bc\u05b8\u059d\u0597\n"),
            ("server", "alice> \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f\n"),
            ("server", "bob> half a line, and no more"),
            ("console", "Server ready on 192.168.7.2 port 50000.\n#lobby alice> hi\n#lobby *** bob joined\n#? bob> x\n[09:02] #lobby alice> hi\n[23:59] #? *** bob left\n"),
            ("timed", "[00:00] alice> hi\nalice> hi\n*** bob joined\n"),
            ("json", "alice> hi\n{\"type\":\"reply\"}\n"),
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
            ("server", "alice> \u0e01" + 5 * "\u0e34" + "\n"),
            ("server", "alice> a" + 9 * "\u05b0" + "\n"),
            ("server", "alice>     four more\n"),
            ("server", "alice>  \u2003\u3000\u2800.\n"),
            ("server", "alice> \u200d\n"),
            ("server", "alice> a\u200c\u200c\n"),
            ("server", "alice> \u2764\ufe0f\ufe0e\n"),
            ("server", "alice> \u2067a\n"),
            ("server", "alice> a\u2069\n"),
            ("server", "alice> a\U000e0067\U000e0062\U000e0073\U000e007f\n"),
            ("server", "hello\n"),
            ("server", "\n"),
            ("server", "alice hello\n"),
            ("server", "al ice> hello\n"),
            ("server", "*** whatever\n"),
            ("server", "!!! whatever\n"),
            ("server", "Client connected: bob\n"),
            ("server", b"\xff\xfb\x18"),
            ("console", "#LOBBY alice> hi\n"),
            ("console", "[24:00] #lobby alice> hi\n"),
            ("console", "[09:02] alice> hi\n"),
            ("server", "[09:02] alice> hi\n"),
            ("timed", "[09:60] alice> hi\n"),
            ("json", '{"type":"reply"\n'),
            ("client", "localhost port 50000 does not answer\n"),
            ("client", b"\xff\xfc\x18"),
            ("terminal", "alice> \x1b[2J\n"),
            ("text", "a\tb\n"),
        ):
            self.assertEqual(len(self.problems(who, *pieces)), 1, pieces)


if __name__ == "__main__":
    unittest.main(verbosity=2)
