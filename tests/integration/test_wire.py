#!/usr/bin/env python3
"""What a user reads, word for word: greeting, notices, commands, errors, in both languages."""

import re
import time

from harness import Case, Person, Stopwatch, main

# Tolerance for timed events, not counting the time in which other programs have the processor.
SLACK_S = 0.3

# What is sent, and what others read.
HOSTILE_BYTES = {
    b"\x1b[2Jhi": "?[2Jhi",
    b"\xc2\x9b31m": "?31m",
    b"\x9b31m": "?31m",
    b"\xc0\x9b": "??",
    b"\xe0\x82\x9b": "???",
    b"\xed\xa0\x80": "???",
    b"\xf4\x90\x80\x80": "????",
    b"\xf0\x9f\x98": "?",
    b"\xe2\x82A": "?A",
    b"\xe2\x80\xaee": "?e",
    b"x\xc2\x85y": "x?y",
    b"a\xe2\x80\x8bb": "a?b",
    b"tab\there": "tab here",
    b"nul\0here": "nul?here",
    b"e" + 10 * b"\xcc\x81": "e" + 4 * "\u0301",
    b"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x80": "\U0001f469\u200d\U0001f680",
}
# Runs of blanks are shortened, marks cannot stack up, isolates are closed.
HOSTILE_TEXTS = {
    "ok" + 70 * " " + "bob> bye": "ok    bob> bye",
    "ok" + 9 * "\u3000\u2800\u00a0" + "bob> bye": "ok\u3000\u2800\u00a0\u3000bob> bye",
    "\u0e01" + 9 * "\u0e34": "\u0e01" + 4 * "\u0e34",
    "a\u200d\u200d \u200d": "a\u200d ?",
    "\u2067x": "\u2067x\u2069",
    9 * "\u2066" + "\u2069": 8 * "\u2066" + "?" + 8 * "\u2069",
}
# These arrive unchanged.
LANGUAGES = (
    "می\u200cخواهم", "क्\u200dष क्\u200cष", "ශ්\u200dරී", "ភាសា\u200bខ្មែរ", "\u182d\u180b\u180e\u1820",
    "\u200fשלום (a)\u200e \u061c", "\u2068עברית\u2069, \u2066b\u2069", "Dra\u00adchen", "辻\U000e0101邉\U000e0110",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "👩🏽\u200d❤\ufe0f\u200d💋\u200d👨🏻 1\ufe0f\u20e3",
    "תָּ֑\u034fַ֜", "ཧྐྵྨླྺྻྂ", "ကျွန်ုပ်", "Tiếng Việt", "日本語", "Ελληνικά",
)


class English(Case):
    def setUp(self):
        self.lwchatd = self.server()

    def test_greeting(self):
        person = self.start(Person(self.lwchatd.address)).listen()
        first = person.hears("*** You are guest1. /help lists the commands, /quit leaves.")
        self.assertEqual(first.decode(), "You are connected to server Marcel. Send your messages.\n")
        person.say("/rooms")
        self.assertEqual(person.hears("*** #lobby: 1"), b"")  # nothing else was sent

    def test_what_others_hear(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        alice.hears("*** guest2 joined")
        alice.hears("*** guest2 is now bob")
        alice.say("hello")
        alice.say("/me waves")
        alice.say("//who is a command")
        alice.say("/msg bob psst")
        self.assertEqual(bob.hears("alice> hello"), b"")
        self.assertEqual(bob.hears("* alice waves"), b"")
        self.assertEqual(bob.hears("alice> /who is a command"), b"")
        self.assertEqual(bob.hears("[alice] psst"), b"")
        self.assertEqual(alice.hears("[-> bob] psst"), b"")  # and not her own lines
        bob.say("/quit good night")
        self.assertEqual(bob.out.expect_end(), b"fin\n")
        self.assertEqual(alice.hears("*** bob left: good night"), b"")
        self.assertEqual(alice.out.rest(), b"")

    def test_private_stays_private(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        carol = self.person(self.lwchatd, "carol")
        alice.say("/msg bob secret")
        bob.hears("[alice] secret")
        self.together(alice, bob, carol)
        late = self.person(self.lwchatd)
        for other in (carol, late):
            self.assertNotIn(b"secret", other.out.all())

    def test_nicks(self):
        alice = self.person(self.lwchatd, "alice")
        other = self.person(self.lwchatd)
        for nick in ("alice", "ALICE", "a1ice", "aIice", "álice"):
            other.say(f"/nick {nick}")
            self.assertEqual(other.hears(f'!!! the nick "{nick}" is taken'), b"")
        for nick in ("Marcel", "Márcel", "Магсеӏ"):  # held by the operator
            other.say(f"/nick {nick}")
            other.hears(f'!!! the nick "{nick}" is taken')
        for nick in ("server", "admin", "root", "system", "oper", "r00t", "Marcel_", "operator", "You",
                     "Vous", "the-server", "serveur", "guest77", "guest1", "sérver", "opérateur"):
            other.say(f"/nick {nick}")
            other.hears(f'!!! the nick "{nick}" is taken: it is reserved for the server')
        for nick in ("9lives", "-x", "a b", "a" * 17, "Zoe\u0308", "Ωmega", "字"):
            other.say(f"/nick {nick}")
            other.hears(f'!!! the nick "{nick}" is not valid: a letter, then up to 15 of '
                        "its alphabet, 0-9 _ -")
        other.say("/nick " + "a" * 16)
        other.hears("*** You are now " + "a" * 16 + ".")
        alice.say("/nick Alice")  # the owner may change the case of a nick
        alice.hears("*** You are now Alice.")
        alice.say("/quit")
        alice.out.expect_end()
        other.say("/nick alice")
        other.hears("*** You are now alice.")

    def test_nicks_of_other_alphabets(self):
        """They are heard, found by their skeleton, ignored and kicked like any other."""
        ivan, helene, zoe = (self.person(self.lwchatd, nick) for nick in ("Иван", "Hélène", "Zoë"))
        raw = self.start(Person(self.lwchatd.address)).named(None)
        raw.send("/nick Łukasz")
        raw.out.expect("*** You are now Łukasz.")
        ivan.hears(f"*** {raw.nick} is now Łukasz")
        ivan.say("привет")
        helene.hears("Иван> привет")
        raw.out.expect("Иван> привет")
        helene.say("/me écoute")
        ivan.hears("* Hélène écoute")
        helene.say("/msg иван bonsoir")
        helene.hears("[-> Иван] bonsoir")
        ivan.hears("[Hélène] bonsoir")
        ivan.say("/msg helene здравствуй")
        ivan.hears("[-> Hélène] здравствуй")
        helene.hears("[Иван] здравствуй")
        ivan.say("/who")
        ivan.hears("***   Иван Hélène Zoë Łukasz")
        self.lwchatd.out.expect("#lobby Иван> привет")
        for nick in ("HÉLÈNE", "helene", "иван", "lukasz"):
            zoe.say(f"/nick {nick}")
            zoe.hears(f'!!! the nick "{nick}" is taken')
        zoe.say("/ignore helene")
        zoe.hears("*** you are ignoring helene: /ignore helene again to stop")
        helene.say("unheard")
        ivan.hears("Hélène> unheard")
        ivan.say("heard")
        self.assertEqual(zoe.hears("Иван> heard"), b"")
        # The longest: 16 characters, or 32 bytes.
        for nick in ("Ж" * 16, "Ὠ" * 10 + "Ω"):
            ivan.say(f"/nick {nick}")
            ivan.hears(f"*** You are now {nick}.")
            ivan.say("it is me")
            helene.hears(f"{nick}> it is me")
        ivan.say("/nick " + "Ὠ" * 11)
        ivan.hears(f'!!! the nick "{"Ὠ" * 10}" is too long: 32 bytes at most')
        ivan.say("/nick Иван")
        ivan.hears("*** You are now Иван.")
        self.lwchatd.operator("/kick иван хватит")
        ivan.hears("*** You were kicked: хватит")
        helene.hears("*** Иван was kicked")
        self.lwchatd.operator("/kick HELENE")
        helene.hears("*** You were kicked")
        raw.out.expect("*** Hélène was kicked")

    def test_who_help_and_errors(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        alice.say("/who")
        alice.hears("*** in #lobby: 2")
        self.assertIn(alice.hears("bob"), (b"***   alice ", b"***   alice\n***   "))
        alice.say("/help")
        text = alice.hears("*** //TEXT  says /TEXT").decode()
        for command in ("/nick NAME", "/me TEXT", "/msg NICK TEXT", "/who", "/join #ROOM", "/rooms",
                        "/history [N]", "/help", "/quit [TEXT]"):
            self.assertIn(f"*** {command}  ", text)
        for said, answer in {
            "/nosuch": '!!! no command "/nosuch": /help lists them',
            "/": '!!! no command "/": /help lists them',
            "/msg": '!!! "/msg" is not complete: /msg NICK TEXT',
            "/msg bob": '!!! "/msg" is not complete: /msg NICK TEXT',
            "/msg dave hi": '!!! nobody is called "dave": /who lists who is here',
            "/me": '!!! "/me" is not complete: /me TEXT',
            "/nick": '!!! "/nick" is not complete: /nick NAME',
            "/join": '!!! "/join" is not complete: /join #ROOM',
            "/join lab": '!!! "lab" is not a room name: # and then 1 to 15 of a-z 0-9 - _',
            "/join #": '!!! "#" is not a room name: # and then 1 to 15 of a-z 0-9 - _',
            "/join #UP": '!!! "#UP" is not a room name: # and then 1 to 15 of a-z 0-9 - _',
            "/history 0": '!!! "0" is not a number from 1 to 65535',
            "/history x": '!!! "x" is not a number from 1 to 65535',
        }.items():
            alice.say(said)
            self.assertEqual(alice.hears(answer), b"", said)
        # Nobody else has read any of it.
        self.together(alice, bob)
        self.assertNotIn(b"!!!", bob.out.all())

    def test_rooms(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        carol = self.person(self.lwchatd, "carol")
        alice.say("/join #lab")
        alice.hears("*** You are in #lab.")
        bob.hears("*** alice left")
        alice.say("in the lab")
        bob.say("in the lobby")
        carol.hears("bob> in the lobby")
        bob.say("/rooms")
        bob.hears("*** #lobby: 2")
        bob.hears("*** #lab: 1")
        bob.say("/join #lab")
        bob.hears("*** You are in #lab.")
        self.assertEqual(bob.hears("alice> in the lab"), b"")  # history comes first
        alice.hears("*** bob joined")
        bob.say("now live")
        self.assertNotIn(b"lobby", alice.hears("bob> now live"))
        self.together(bob, alice)
        bob.say("/join #lobby")
        bob.hears("bob> in the lobby")  # including one's own earlier lines
        alice.say("/quit")
        alice.out.expect_end()
        carol.say("/rooms")
        carol.hears("*** #lobby: 2")
        self.together(carol, bob)
        self.assertNotIn(b"lab", carol.out.rest())
        # A room ends with its last member; a new one of that name has no history.
        carol.say("/join #lab")
        carol.hears("*** You are in #lab.")
        carol.say("/rooms")
        self.assertEqual(carol.hears("*** #lobby: 1"), b"")

    def test_history(self):
        alice = self.person(self.lwchatd, "alice")
        for number in range(10):
            alice.say(f"line {number}")
        alice.say("/me rests")
        alice.say("/who")
        alice.hears("*** in #lobby: 1")
        bob = self.start(Person(self.lwchatd.address)).listen()
        bob.hears("*** You are guest2. /help lists the commands, /quit leaves.")
        text = bob.hears("* alice rests").decode()
        self.assertEqual(text, "".join(f"alice> line {n}\n" for n in range(3, 10)))
        bob.say("/history 2")
        self.assertEqual(bob.hears("* alice rests"), b"alice> line 9\n")
        bob.say("/history 1000")
        text = bob.hears("* alice rests").decode()
        self.assertEqual(text, "".join(f"alice> line {n}\n" for n in range(10)))
        alice.say("/history 3")
        self.assertTrue(alice.hears("* alice rests").endswith(b"alice> line 8\nalice> line 9\n"))

    def test_long_lines(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        most, refusal = "x" * 1024, "!!! too long: 1024 bytes at most, nothing was sent"
        alice.say(most)
        bob.hears("alice> " + most)
        alice.hears("*** guest2 is now bob")
        for text in (most + "x", "y" * 100000, "é" * 513):
            alice.say(text)
            self.assertEqual(alice.hears(refusal), b"")
        alice.send("z" * 1025)  # refused at once, and skipped to its end
        self.assertEqual(alice.hears(refusal), b"")
        alice.say("more of the same line")
        alice.say("after")
        self.assertEqual(bob.hears("alice> after"), b"")

    def test_hostile_bytes(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        for sent, shown in HOSTILE_BYTES.items():
            alice.send(sent + b"\n")
            self.assertEqual(bob.hears("alice> " + shown), b"", sent)
        for sent, shown in HOSTILE_TEXTS.items():
            alice.say(sent)
            self.assertEqual(bob.hears("alice> " + shown), b"", ascii(sent))
        alice.say("/nosuch\u2067 more")
        alice.hears('!!! no command "/nosuch\u2067\u2069": /help lists them')
        # Blank lines say nothing.
        alice.send("\n  \n\r\n \u3000\u2800\n\u200f\n")
        alice.send("/msg bob \x1b]0;title\x07\n")
        self.assertEqual(bob.hears("[alice] ?]0;title?"), b"")

    def test_languages(self):
        """Text in any language arrives unchanged."""
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        for text in LANGUAGES:
            alice.say(text)
            self.assertEqual(bob.hears("alice> " + text), b"", ascii(text))

    def test_lines_in_pieces(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        for byte in "one by one\n".encode():
            alice.send(bytes([byte]))
            time.sleep(0.01)
        bob.hears("alice> one by one")
        alice.send("several\r\nat\nonce\n")
        bob.hears("alice> several")
        bob.hears("alice> at")
        bob.hears("alice> once")
        # It is permanently a line peer: an incomplete line waits, however long.
        alice.send("half")
        time.sleep(0.6)
        alice.say(" and half")
        self.assertEqual(bob.hears("alice> half and half"), b"")

    def test_a_stream_without_line_ends_is_heard(self):
        """A sensor without pauses is said in parts while it continues."""
        bob = self.person(self.lwchatd, "bob")
        sensor = self.start(Person(self.lwchatd.address)).listen()
        sensor.out.expect("leaves.\n")
        sent, heard = "", ""
        while heard.count("|") < 30:
            part = f"{len(sent) // 9:08}|"
            sensor.send(part)
            sent += part
            time.sleep(0.1)
            self.assertLess(len(sent), 900)
            heard = "".join(re.findall(r"> ([\d|]+)\n", bob.out.all().decode()))
        sensor.end_sending()
        bob.out.expect("*** guest2 left\n")
        self.assertEqual("".join(re.findall(r"> ([\d|]+)\n", bob.out.all().decode())), sent)
        self.assertNotIn(b"!!!", sensor.out.all())

    def test_unterminated_text_counts_when_it_is_quiet(self):
        bob = self.person(self.lwchatd, "bob")
        raw = self.start(Person(self.lwchatd.address)).listen()
        raw.out.expect("leaves.\n")
        start, stopwatch = time.monotonic(), Stopwatch(self.lwchatd)
        raw.send("bonjour")
        bob.hears("guest2> bonjour")
        self.assertGreater(time.monotonic() - start, 0.2)
        self.assertLess(stopwatch.seconds(), 0.25 + SLACK_S)
        bob.say("salut")
        raw.out.expect("bob> salut")
        bob.say("ça va")
        self.assertEqual(raw.out.expect("bob> ça va"), b"")  # no newline between them
        # A single byte may be typed, so more is awaited.
        raw.send("x")
        time.sleep(0.4)
        raw.send("y")
        bob.hears("guest2> xy")
        raw.send("fin")
        self.assertEqual(raw.out.expect_end(), b"fin")

    def test_end_without_a_word(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.person(self.lwchatd, "bob")
        bob.reset()
        alice.hears("*** bob left")
        carol = self.person(self.lwchatd, "carol")
        carol.end_sending()
        self.assertEqual(carol.out.expect_end(), b"fin\n")
        alice.hears("*** carol left")


class French(Case):
    def test_the_same_lines(self):
        lwchatd = self.server("--lang", "fr", "--name", "Adélaïde")
        alice = self.start(Person(lwchatd.address)).listen()
        first = alice.hears("*** Vous êtes guest1. /help liste les commandes, /quit pour partir.")
        self.assertEqual(first.decode(), "Vous êtes connecté au serveur Adélaïde. Envoyez vos messages.\n")
        alice.say("/nick alice")
        alice.hears("*** Vous êtes maintenant alice.")
        bob = self.start(Person(lwchatd.address)).listen()
        alice.hears("*** guest2 est arrivé")
        bob.say("/nick alice")
        bob.hears('!!! le nom "alice" est déjà pris')
        bob.say("/nick adelaide")
        bob.hears('!!! le nom "adelaide" est déjà pris')
        bob.say("/nick bob")
        alice.hears("*** guest2 est maintenant bob")
        bob.say("/nosuch")
        bob.hears('!!! la commande "/nosuch" n\'existe pas : /help les liste')
        bob.say("x" * 1025)
        bob.hears("!!! trop long : 1024 octets au plus, rien n'a été envoyé")
        bob.say("/join #labo")
        bob.hears("*** Vous êtes dans #labo.")
        alice.hears("*** bob est parti")
        lwchatd.operator("/kick bob assez")
        bob.hears("*** Vous avez été exclu : assez")
        self.assertEqual(bob.out.expect_end(), b"fin\n")
        alice.say("/help")
        alice.hears("*** /quit [TEXT]  part, comme la ligne fin")
        lwchatd.operator("/shutdown")
        alice.hears("*** le serveur s'arrête")
        self.assertEqual(alice.out.expect_end(), b"fin\n")


class FullServer(Case):
    def test_a_newcomer_reads_why_and_is_closed(self):
        for net in ("user", "tap:tap0"):
            with self.subTest(net):
                lwchatd = self.server("--max-clients", "2", net=net)
                alice = self.person(lwchatd, "alice")
                self.person(lwchatd, "bob")
                for _ in range(5):
                    third = self.start(Person(lwchatd.address)).listen()
                    self.assertEqual(third.out.expect_end(),
                                     b"!!! the server is full (2 of 2), try again later\n")
                # A newcomer that sends at once reads it too.
                hasty = self.start(Person(lwchatd.address))
                hasty.send("hello\n" * 100)
                self.assertEqual(hasty.listen().out.expect_end(),
                                 b"!!! the server is full (2 of 2), try again later\n")
                alice.say("/quit")
                alice.out.expect_end()
                self.person(lwchatd, "carol")
                lwchatd.end_well()


class Rate(Case):
    def burst(self, options, lines=100):
        """How long a burst takes to arrive completely, in order: by the clock, and by a stopwatch."""
        lwchatd = self.server(*options)
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        self.together(bob, alice)
        time.sleep(1)  # until the burst that their commands used is available again
        start, stopwatch = time.monotonic(), Stopwatch(lwchatd)
        alice.send("".join(f"line {n}\n" for n in range(lines)))
        for number in range(lines):
            self.assertEqual(bob.hears(f"alice> line {number}"), b"")
        took_s, at_most_s = time.monotonic() - start, stopwatch.seconds()
        lwchatd.end_well()
        return took_s, at_most_s

    def test_ten_lines_a_second_after_a_burst_of_twenty(self):
        took_s, at_most_s = self.burst([])
        self.assertGreater(took_s, 7.5)
        self.assertLess(at_most_s, 8.0 + 2 * SLACK_S)

    def test_another_rate(self):
        took_s, at_most_s = self.burst(["--rate", "50"], 200)
        self.assertGreater(took_s, 1.8)
        self.assertLess(at_most_s, 2.0 + 2 * SLACK_S)

    def test_no_limit(self):
        _, at_most_s = self.burst(["--rate", "0"], 20000)
        self.assertLess(at_most_s, 5)

    def test_others_are_not_held_back(self):
        lwchatd = self.server()
        alice, bob = self.person(lwchatd, "alice"), self.person(lwchatd, "bob")
        carol = self.person(lwchatd, "carol")
        alice.send("flood\n" * 1000)
        bob.hears("alice> flood")
        for number in range(5):
            stopwatch = Stopwatch(lwchatd)
            carol.say(f"between {number}")
            bob.hears(f"carol> between {number}")
            self.assertLess(stopwatch.seconds(), SLACK_S)


if __name__ == "__main__":
    main()
