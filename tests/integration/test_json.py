#!/usr/bin/env python3
"""Programs that speak JSON (/mode json): what they send, what they read, and how they resume after a disconnection.

Also /time, which shows the times of old messages.
"""

import json
import os
import random
import re
import sys
import time

import shown
from harness import ROOT, Case, Person, main
from test_wire import HOSTILE_BYTES, HOSTILE_TEXTS, LANGUAGES

LINE_BYTES = 1024

# Keys of each type: required and optional.
KEYS = {
    "hello": ("time type start room from to", ""),
    "message": ("time type from text", "seq room"),
    "action": ("time type from text", "seq room"),
    "private": ("time type from to text", ""),
    "join": ("time type room from", "seq"),
    "leave": ("time type room from", "seq text"),
    "nick": ("time type room from to", "seq"),
    "kick": ("time type room from", "seq"),
    "missed": ("type count text", ""),
    "reply": ("type text", ""),
    "error": ("type text", ""),
}
ORDER = "seq time type start room from to count text".split()
NUMBERS = ("seq", "time", "start", "count")


def unique(pairs):
    """An object without duplicate keys."""
    thing = dict(pairs)
    if len(thing) < len(pairs):
        raise ValueError(f"a key comes twice: {pairs}")
    return thing


class Bot(Person):
    """A program in the chat. Each line that it reads is checked."""

    def __init__(self, address, **how):
        super().__init__(address, **how)
        self.socket._shown = shown.Shown("bot", "json")
        self.began_s = int(time.time())
        self.last_seq = -1
        self.newest = None  # the last that had a number

    def greeted(self):
        """Waits for the greeting and the history, and switches to JSON."""
        self.listen()
        self.out.expect("leaves.\n")
        self.say("/mode json")
        before = self.out.expect('{"time":').decode()
        self.before = before.splitlines()
        self.hello = self.checked('{"time":' + self.out.expect("\n").decode())
        assert self.hello["type"] == "hello", self.hello
        return self

    def checked(self, line):
        thing = json.loads(line, object_pairs_hook=unique)
        assert isinstance(thing, dict), line
        must, may = (set(keys.split()) for keys in KEYS[thing["type"]])
        assert must <= set(thing) <= must | may, line
        assert list(thing) == [key for key in ORDER if key in thing], line
        for key, value in thing.items():
            assert type(value) is (int if key in NUMBERS else str), line
            assert key not in NUMBERS or 0 <= value < 2**53, line
        if "seq" in thing:
            assert thing["seq"] > self.last_seq, f"after {self.last_seq}: {line}"
            self.last_seq = thing["seq"]
            self.newest = thing
        if "time" in thing:
            # History may have been said a while before.
            assert self.began_s - 300 <= thing["time"] <= time.time() + 1, line
        # The notation is canonical, so that even a sloppy parser reads it correctly.
        assert line == json.dumps(thing, ensure_ascii=False, separators=(",", ":")), line
        return thing

    def object(self):
        return self.checked(self.out.expect("\n").decode())

    def until(self, type, text=None):
        """Reads up to an object of that type, with that text if given; returns the objects before it, and that one."""
        before = []
        while True:
            thing = self.object()
            if thing["type"] == type and text in (None, thing.get("text")):
                return before, thing
            before.append(thing)

    def json(self, **line):
        self.send(json.dumps(line) + "\n")

    def resume(self, hello, seq):
        self.json(resume={"start": hello["start"], "seq": seq})

    def next_error(self):
        thing = self.object()
        assert thing["type"] == "error", thing
        return thing["text"]

    def next(self, type, **wanted):
        """The next object must be this one, apart from numbers."""
        thing = self.object()
        found = {key: value for key, value in thing.items() if key not in NUMBERS}
        assert found == {"type": type, **wanted}, f"{found}, not {type} {wanted}"
        return thing


class Json(Case):
    options = ("--rate", "0")

    def setUp(self):
        self.lwchatd = self.server(*self.options)

    def bot(self, nick=None, **how):
        bot = self.start(Bot(self.lwchatd.address, **how)).greeted()
        if nick:
            bot.json(cmd=f"/nick {nick}")
            bot.next("reply", text=f"You are now {nick}.")
        return bot

    def alice(self, nick="alice"):
        return self.person(self.lwchatd, nick)

    def until_mark(self, bot, speaker):
        """The objects that the bot reads, until it has read everything said so far."""
        mark = f"mark {time.monotonic_ns()}"
        speaker.say(mark)
        before, _ = bot.until("message", mark)
        return before


def said(things):
    """The texts of messages and actions, without marks."""
    return [thing["text"] for thing in things
            if thing["type"] in ("message", "action") and not thing["text"].startswith("mark ")]


class Happenings(Json):
    def test_each_is_an_object(self):
        bot = self.bot()
        self.assertEqual({key: bot.hello[key] for key in ("room", "from", "to")},
                         {"room": "#lobby", "from": "Marcel", "to": "guest1"})
        bot.json(cmd="/nick bot")
        bot.next("reply", text="You are now bot.")
        alice = self.start(Person(self.lwchatd.address)).named(None)
        bot.next("join", room="#lobby", **{"from": "guest2"})
        alice.say("/nick alice")
        bot.next("nick", room="#lobby", to="alice", **{"from": "guest2"})
        alice.say('a "quoted\\" text')
        first = bot.next("message", room="#lobby", text='a "quoted\\" text', **{"from": "alice"})
        alice.say("/me waves")
        second = bot.next("action", room="#lobby", text="waves", **{"from": "alice"})
        self.assertGreater(second["seq"], first["seq"])
        alice.say("/msg bot psst")
        bot.next("private", to="bot", text="psst", **{"from": "alice"})
        bot.json(cmd="/msg alice yes?")
        bot.next("private", to="alice", text="yes?", **{"from": "bot"})
        alice.hears("[bot] yes?")
        alice.say("/join #lab")
        bot.next("leave", room="#lobby", **{"from": "alice"})
        alice.say("/join #lobby")
        bot.next("join", room="#lobby", **{"from": "alice"})
        self.lwchatd.operator("to everybody")
        bot.next("message", text="to everybody", **{"from": "Marcel"})
        alice.say('/quit so "long"')
        bot.next("leave", room="#lobby", text='so "long"', **{"from": "alice"})
        carol = self.alice("carol")
        bot.next("join", room="#lobby", **{"from": "guest3"})
        bot.next("nick", room="#lobby", to="carol", **{"from": "guest3"})
        self.lwchatd.operator("/kick carol")
        bot.next("kick", room="#lobby", **{"from": "carol"})
        carol.out.expect_end()
        bot.json(cmd="/nosuch")
        bot.next("error", text='no command "/nosuch": /help lists them')
        bot.json(cmd="no slash")
        bot.next("error", text='no command "no": /help lists them')
        bot.json(cmd="/rooms")
        bot.next("reply", text="#lobby: 1")
        self.lwchatd.operator("/kick bot enough")
        bot.next("reply", text="You were kicked: enough")
        bot.next("reply", text="fin")
        self.assertEqual(bot.out.expect_end(), b"")

    def test_nicks_of_other_alphabets(self):
        """json.dumps() escapes them; and the longest line between the longest nicks fits."""
        bot, helene = self.bot("Иван"), self.alice("Hélène")
        bot.until("nick")
        bot.json(cmd="/msg helene здравствуй")
        bot.next("private", to="Hélène", text="здравствуй", **{"from": "Иван"})
        helene.hears("[Иван] здравствуй")
        one, other = "Ж" * 16, "Ὠ" * 10 + "Ω"
        helene.say(f"/nick {one}")
        bot.next("nick", room="#lobby", to=one, **{"from": "Hélène"})
        bot.json(cmd=f"/nick {other}")
        bot.next("reply", text=f"You are now {other}.")
        text = '"' * (1024 - len(f"/msg {other} ".encode()))
        helene.say(f"/msg {other} {text}")
        bot.next("private", to=other, text=text, **{"from": one})
        helene.say('"' * 1024)
        bot.next("message", room="#lobby", text='"' * 1024, **{"from": one})
        self.lwchatd.operator("/kick жжжжжжжжжжжжжжжж")
        bot.next("kick", room="#lobby", **{"from": one})

    def test_what_a_bot_says(self):
        bot, alice = self.bot("bot"), self.alice()
        for text in ("hello", "/quit is a command", "//slashes", "fin", '{"say":"x"}'):
            bot.json(say=text)
            alice.hears(f"bot> {text}")
        bot.json(say="")
        bot.json(say=" \u3000 ")
        bot.json(cmd="/me nods")
        self.assertEqual(alice.hears("* bot nods"), b"")
        bot.send(' \t{ "say" :\t"spaced out" } \r\n')
        self.assertEqual(alice.hears("bot> spaced out"), b"")
        bot.send('\n\r\n  \n\t\r\n{"\\u0073ay":"after blank lines"}\n')
        self.assertEqual(alice.hears("bot> after blank lines"), b"")
        bot.json(cmd="/quit well, well")
        self.assertEqual(alice.hears("*** bot left: well, well"), b"")
        self.assertEqual([thing["type"] for thing in bot.until("reply", "fin")[0]], ["join", "nick"])

    def test_french(self):
        lwchatd = self.server("--lang", "fr", "--port", "50001")
        bot = self.start(Bot(lwchatd.address)).listen()
        bot.out.expect("partir.\n")
        bot.say("/mode json")
        bot.next("hello", room="#lobby", to="guest1", **{"from": "Marcel"})
        bot.json(cmd="/nick ç字")
        bot.next("error", text='nom non valable "ç字" : une lettre, puis jusqu\'à 15 de son alphabet, 0-9 _ -')

    def test_a_shutdown(self):
        bot = self.bot()
        self.lwchatd.operator("/shutdown")
        bot.next("reply", text="the server is shutting down")
        bot.next("reply", text="fin")
        self.assertEqual(bot.out.expect_end(), b"")

    def test_mode(self):
        bot, alice = self.bot("bot"), self.alice()
        bot.until("nick")
        bot.json(cmd="/mode json")  # once more: another hello
        bot.next("hello", room="#lobby", to="bot", **{"from": "Marcel"})
        bot.json(cmd="/mode xml")
        bot.next("error", text='"xml" is not a mode: text or json')
        bot.json(cmd="/mode text")
        self.assertEqual(bot.hears("*** You now get lines of text."), b"")
        alice.say("hello")
        self.assertEqual(bot.hears("alice> hello"), b"")
        bot.say('{"say":"x"}')
        alice.hears('bot> {"say":"x"}')
        # All at once: input after the command is already JSON, input before it is not.
        bot.send('before\n/mode json\n{"say":"one"}\n{"cmd":"/mode text"}\ntwo\n/mode json\r\n{"say":"three"}\n')
        for text in ("before", "one", "two", "three"):
            self.assertEqual(alice.hears(f"bot> {text}"), b"")
        bot.until("hello")

    def test_no_mode_without_line_ends(self):
        alice, raw = self.alice(), self.start(Person(self.lwchatd.address))
        raw.socket._shown = shown.Shown("raw", "text")
        raw.listen()
        raw.out.expect("leaves.\n")
        raw.send("/mode json")
        raw.out.expect("!!! /mode needs whole lines: send it again with a newline at its end")
        raw.send('{"say":"x"}')
        alice.hears('guest2> {"say":"x"}')
        raw.say("")  # now it ends its lines
        raw.say("/mode json")
        raw.out.expect('{"time":')


class Escapes(Json):
    def setUp(self):
        super().setUp()
        self.carol, self.writer = self.alice("carol"), self.bot("writer")
        self.reader, self.plain = self.bot("reader"), self.alice("plain")
        mark = f"mark {time.monotonic_ns()}"
        self.plain.say(mark)
        self.carol.hears(f"plain> {mark}")
        for bot in (self.reader, self.writer):
            bot.until("message", mark)

    def says(self, text, shown_as):
        """The same text in three notations from a bot, and as a line from a person."""
        spelt = "".join(f"\\u{unit:04X}" for unit in memoryview(text.encode("utf-16-le")).cast("H"))
        for line in (json.dumps({"say": text}), json.dumps({"say": text}, ensure_ascii=False), f'{{"say":"{spelt}"}}'):
            self.writer.send(line + "\n")
            self.carol.hears("writer> " + shown_as)
            self.reader.next("message", room="#lobby", text=shown_as, **{"from": "writer"})

    def test_what_bots_write(self):
        texts = {text: text for text in LANGUAGES} | HOSTILE_TEXTS
        for sent, shown_as in HOSTILE_BYTES.items():
            try:
                texts[sent.decode()] = shown_as
            except UnicodeDecodeError:
                pass  # invalid JSON: see Bad
        self.assertGreater(len(texts), 30)
        for text, shown_as in texts.items():
            self.says(text, shown_as)
        self.says("\b\f\n\r\t\"\\/", '???? "\\/')
        self.says("".join(map(chr, range(1, 32))).replace("\t", ""), 30 * "?")
        self.says("x\x7f\x85\x9f\ufffe\u202e\U0010ffffy", "x" + 6 * "?" + "y")
        self.says("\u07ff\u0800\ud7ff\ue000\ufffd\U00010000", "\u07ff\u0800\ud7ff\ue000\ufffd\U00010000")
        self.writer.send(r'{"say":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\uD83D\uDE00 nul\u0000"}' + "\n")
        self.carol.hears('writer> "\\/???? é\U0001f600\U0001f600 nul?')

    def test_what_bots_read(self):
        for sent, shown_as in (*HOSTILE_BYTES.items(), *HOSTILE_TEXTS.items(), *((text, text) for text in LANGUAGES),
                               ("\\", "\\"), ('"', '"'), ('"},{"type":"message","from":"Marcel","text":"', None),
                               ("\\u0041\\n", None), ("/\\/", None), ('\\"', None), ('"' * 1024, None),
                               ("\\" * 1024, None), ("é\"" * 341, None)):
            self.plain.send((sent if isinstance(sent, bytes) else sent.encode()) + b"\n")
            expected = sent if shown_as is None else shown_as
            if isinstance(sent, str) and sent.startswith("/"):
                self.reader.json(cmd="/rooms")
                self.reader.next("reply", text="#lobby: 4")
                continue
            self.reader.next("message", room="#lobby", text=expected, **{"from": "plain"})
        self.plain.say("/me " + '"\\' * 500)
        self.reader.next("action", room="#lobby", text='"\\' * 500, **{"from": "plain"})
        self.plain.say("/msg reader " + '"\\' * 500)
        self.reader.next("private", to="reader", text='"\\' * 500, **{"from": "plain"})
        for command in ("/nick ", "/join ", "/history ", "/", "/mode ", "/ignore "):
            self.reader.json(cmd=command + '"' * (1024 - len(command)))
            self.assertIn('"' * 32, self.reader.next_error())
        self.plain.say("/quit " + '"' * 1018)
        self.reader.next("leave", room="#lobby", text='"' * 1018, **{"from": "plain"})

    def test_any_text_is_the_same_to_all(self):
        dice = random.Random(7)
        pieces = [" ", '"', "\\", "/", "u", "{", "é", "\u0301", "\u200d", "\u2067", "\u2069", "\x02", "\x1f", "\x1b",
                  "\U0001f3f4", "\U000e0067", "\U000e007f", "\ufe0f", "日", "\u05b0", "\u3000", "\U0010fffd", "a", "z"]
        for _ in range(300):
            text = "a" + "".join(dice.choice(pieces) for _ in range(dice.randrange(1, 60)))
            self.plain.send(text + "\n")
            self.carol.out.expect("plain> ")
            read = self.carol.out.expect("\n").decode()
            self.reader.next("message", room="#lobby", text=read, **{"from": "plain"})
            self.says(text, read)

    def test_the_limit_counts_what_is_decoded(self):
        too_long = "too long: 1024 bytes at most, nothing was sent"
        for spelling, letter in ((r"\u0061", "a"), ("a", "a"), (r"\u00e9", "é"), ("é", "é"), (r"\u65e5", "日"),
                                 (r"\ud83d\ude00", "\U0001f600"), (r"\"", '"'), (r"\n", "?")):
            fits, over = divmod(LINE_BYTES, len(letter.encode()))
            most = fits * spelling + over * r"\u0062"
            self.writer.send(f'{{"say":"{most}"}}\n')
            self.carol.hears("writer> " + fits * letter + over * "b")
            self.writer.send(f'{{"say":"{most}\\u0063"}}\n{{"say":"{most}{most * 9}"}}\n{{"say":"{most}c\n{{"say":"ok"}}\n')
            for _ in range(3):
                self.writer.next("error", text=too_long)
            self.assertEqual(self.carol.hears("writer> ok"), b"")
        # A command has the same limit, and the rest of an object does not count.
        command = "/me " + 1020 * "x"
        self.writer.json(cmd=command)
        self.carol.hears("* writer " + 1020 * "x")
        self.writer.json(cmd=command + "x")
        self.writer.next("error", text=too_long)
        self.writer.send(5000 * " " + "{" + 5000 * " " + '"say":"' + 1024 * "y" + '"' + 5000 * " " + "}" + 5000 * "\t" + "\n")
        self.assertEqual(self.carol.hears("writer> " + 1024 * "y"), b"")


class Bad(Json):
    NOT_UNDERSTOOD = 'not understood, nothing was done: send an object with "say", "cmd" or "resume"'
    LINES = [
        "x", "{", "}", "{}", "[]", "null", "true", "0", '"say"', "say", "/who", "fin", "{]", "{,}", "{:}",
        '{"say"}', '{"say":}', '{"say":"x"', '{"say":"x', '{"say":"x\\', '{"say":"x\\"}', '{"say":"x"}}', '{"say":"x"}x',
        '{"say":"x"}{"say":"y"}', '{"say":"x"} ,', '{"say":"x",}', '{,"say":"x"}', '{"say","x"}', '{"say":"x" "say":"y"}',
        '{"say"::"x"}', "{'say':'x'}", '{say:"x"}', '{"say":x}', '{"say":1}', '{"say":null}', '{"say":true}',
        '{"say":["x"]}', '{"say":[]}', '{"say":{}}', '{"say":{"say":"x"}}', '[{"say":"x"}]', '[' * 3000, '{"say":' * 900,
        '{"a":' * 900, '{"resume":' * 900,
        '{"text":"x"}', '{"":"x"}', '{"Say":"x"}', '{"say ":"x"}', '{"sa":"x"}', '{"sayy":"x"}', '{"say\\u0000":"x"}',
        '{"resumes":{}}', '{"' + 3000 * "k" + '":"x"}', '{"say":"x","extra":1}', '{"extra":1,"say":"x"}',
        '{"start":1}', '{"seq":1}', '{"say":"x","start":1}',
        '{"say":"x","say":"x"}', '{"say":"x","\\u0073ay":"y"}', '{"say":"x","cmd":"/who"}', '{"cmd":"/who","say":"x"}',
        '{"say":"x","resume":{"start":1,"seq":1}}', '{"resume":{"start":1,"seq":1},"say":"x"}', '{"cmd":"/who","cmd":"/who"}',
        '{"resume":{"start":1,"seq":1},"resume":{"start":1,"seq":1}}',
        '{"say":"\\ud800"}', '{"say":"\\udc00"}', '{"say":"\\ud800x"}', '{"say":"\\ud800\\ud800"}', '{"say":"\\ud800\\u0041"}',
        '{"say":"\\udc00\\ud800"}', '{"say":"\\ud83d\\n"}', '{"say":"\\ud83d\\"}', '{"say":"\\uD83D', '{"say":"\\ud83d\\ud83d\\ude00"}',
        '{"say":"\\x"}', '{"say":"\\a"}', "{\"say\":\"\\'\"}", '{"say":"\\U0041"}', '{"say":"\\u004"}', '{"say":"\\u004g"}',
        '{"say":"\\u+041"}', '{"say":"\\u"}', '{"say":"\\ "}', '{"say":"\\\0"}',
        '{"say":"a\tb"}', '{"say":"a\x01b"}', '{"say":"a\x1fb"}', '{"say":"a\0b"}', '{"say":"a\rb"}', '{"say":"x"}\0', '\0{"say":"x"}',
        '{"say":"x"}\x0b', '\ufeff{"say":"x"}', '\u00a0{"say":"x"}', "// x", '{"say":"x"} // x', '{"say":/**/"x"}',
        '{"resume":1}', '{"resume":"x"}', '{"resume":[]}', '{"resume":{}}', '{"resume":null}', '{"resume":{"start":1}}',
        '{"resume":{"seq":1}}', '{"resume":{"start":1,"seq":1}', '{"resume":{"start":1,"seq":1,}}', '{"resume":{"start":1,"seq":1}}}',
        '{"resume":{"start":1,"start":1,"seq":1}}', '{"resume":{"start":1,"seq":1,"seq":1}}', '{"resume":{"start":1,"seq":1,"say":"x"}}',
        '{"resume":{"start":1 "seq":1}}', '{"resume":{"start":1,"seq":1,"x":1}}', '{"resume":{"say":"x"}}',
        *('{"resume":{"start":1,"seq":%s}}' % number for number in (
            "-1", "+1", "01", "00", "1.0", "1.", ".1", "1e3", "1E3", "0x1", "1 1", '"1"', "null", "true", "NaN", "Infinity", "",
            "[1]", "{}", "18446744073709551616", "99999999999999999999", 3000 * "9")),
        '{"resume":{"start":-1,"seq":1}}', '{"resume":{"start":01,"seq":1}}',
        *(b'{"say":"' + text + b'"}' for text in HOSTILE_BYTES if not text.isascii() and "\ufffd" in text.decode(errors="replace")),
        b'{"say":"\x80"}', b'{"say":"\xf5\x80\x80\x80"}', b'{"say":"\xc3"}', b'{"say":"\xff\xfd\x01"}', b"\xff\xfb\x01",
        b'{"s\xe9y":"x"}', b'{"cmd":"/who \xed\xa0\x80"}',
    ]

    def test_each_gives_one_error_and_no_more(self):
        bot, alice = self.bot("bot"), self.alice()
        bot.until("nick")
        self.assertGreater(sum(isinstance(line, bytes) for line in self.LINES), 12)
        for number, line in enumerate(self.LINES):
            line = line if isinstance(line, bytes) else line.encode()
            for end in (b"\n", b"\r\n"):
                bot.send(line + end)
                bot.json(cmd="/rooms")
                with self.subTest(line[:80]):
                    bot.next("error", text=self.NOT_UNDERSTOOD)
                    bot.next("reply", text="#lobby: 2")
            bot.json(say=f"fine {number}")
            self.assertEqual(alice.hears(f"bot> fine {number}"), b"", line[:80])

    def test_in_pieces(self):
        """There is one error even if the line ends late."""
        bot, alice = self.bot("bot"), self.alice()
        bot.until("nick")
        for line in ('{"say":"a\tb"}', "x" * 9, '{"say":"\\ud800x"} {', '{"resume":{"start":01,"seq":1}}', '{"say":"x"'):
            for byte in line:
                bot.send(byte)
                time.sleep(0.002)
            bot.send("\n")
            bot.next("error", text=self.NOT_UNDERSTOOD)
        bot.send('{"say":"never ended"}')
        self.together(alice)
        bot.until("message")
        bot.end_sending()
        bot.next("error", text=self.NOT_UNDERSTOOD)
        bot.next("reply", text="fin")
        self.assertEqual(alice.hears("*** bot left"), b"")


class Cut(Json):
    STREAM = ('{"say":"a\\ud83d\\ude00\\u00e9 \U0001f600é"}\r\n \n{"cmd":"/me x"}\n{"bad":1}\n'
              '{"resume":{"start":1,"seq":20}}\n{"say":"\\"z"}\n')

    def test_at_every_place_and_byte_by_byte(self):
        bot, alice = self.bot("bot"), self.alice()
        bot.until("nick")
        stream = self.STREAM.encode()
        cuts = [(at,) for at in range(1, len(stream))] + [range(1, len(stream))]
        for cut in cuts:
            at = 0
            for end in (*cut, len(stream)):
                bot.send(stream[at:end])
                at = end
                time.sleep(0.003)  # so that each piece arrives separately; otherwise less is tested
            self.assertEqual(alice.hears("bot> a\U0001f600é \U0001f600é"), b"", cut)
            self.assertEqual(alice.hears("* bot x"), b"")
            self.assertEqual(alice.hears('bot> "z'), b"")
            bot.next("error", text=Bad.NOT_UNDERSTOOD)
            bot.next("error", text=Resume.CANNOT)


class Resume(Json):
    CANNOT = "cannot resume there: the server has restarted since"

    def lines(self, person, name, count):
        texts = [f"{name} {number}" for number in range(count)]
        person.send("".join(text + "\n" for text in texts))
        self.together(person, *self.others)
        return texts

    def setUp(self):
        super().setUp()
        self.talker, listener = self.alice(), self.alice("listener")
        self.others = [listener]

    def mark(self):
        """Says a line that marks the end of a section in everybody's stream."""
        text = f"mark {time.monotonic_ns()}"
        self.talker.say(text)
        return text

    def test_what_was_said_since(self):
        bot = self.bot()
        self.lines(self.talker, "before", 3)
        bot.json(say="my own")
        self.others[0].hears("guest3> my own")
        self.until_mark(bot, self.talker)
        hello, seq = bot.hello, bot.newest["seq"]
        bot.json(say="my last")
        self.others[0].hears("guest3> my last")
        bot.close()
        missed = self.lines(self.talker, "away", 20)
        bot = self.bot()
        self.assertEqual(bot.hello["start"], hello["start"])
        bot.last_seq = seq
        bot.resume(hello, seq)
        mark = self.mark()
        things, _ = bot.until("message", mark)
        # Its own last message is included, since it is a different session now.
        self.assertEqual(said(things), ["my last", *missed])
        self.assertEqual([thing for thing in things if "seq" not in thing], [])
        # And again, from a point in the middle.
        middle = [thing for thing in things if thing.get("text") == "away 9"][0]
        third = self.bot()
        third.resume(hello, middle["seq"])
        mark = self.mark()
        things, _ = third.until("message", mark)
        self.assertEqual([text for text in said(things) if text.startswith("away")], missed[10:])

    def test_nothing_was_said(self):
        bot = self.bot()
        self.until_mark(bot, self.talker)
        hello, seq = bot.hello, bot.newest["seq"]
        bot.close()
        self.talker.hears("*** guest3 left")
        bot = self.bot()
        bot.resume(hello, seq)
        bot.json(cmd="/who")
        bot.next("reply", text="in #lobby: 3")

    def test_live_lines_came_before(self):
        """It may read some live lines between hello and resume: nothing is lost, and nothing is repeated."""
        first = self.bot()
        self.until_mark(first, self.talker)
        hello, seq = first.hello, first.newest["seq"]
        first.close()
        away = self.lines(self.talker, "away", 10)
        for unread in (False, True):
            bot = self.bot()
            live = self.lines(self.talker, f"live {unread}", 5)
            things = [] if unread else bot.until("message", live[-1])[0]
            bot.resume(hello, seq)
            after = self.lines(self.talker, f"after {unread}", 5)
            mark = self.mark()
            more, _ = bot.until("message", mark)
            texts = said(things + more) + ([] if unread else [live[-1]])
            self.assertEqual(sorted(texts), sorted(away + live + after), unread)
            if not unread:
                self.assertEqual(said(more)[:len(away)], away)
            away += live + after
            bot.close()

    def test_from_what_it_has_read(self):
        """Lines of its own connection are never replayed, however often it resumes, and no number falls."""
        bot = self.bot()
        self.lines(self.talker, "early", 5)
        self.until_mark(bot, self.talker)
        seq = bot.newest["seq"]
        self.lines(self.talker, "late", 5)
        self.until_mark(bot, self.talker)
        bot.resume(bot.hello, seq)
        bot.json(cmd="/who")
        bot.next("reply", text="in #lobby: 3")
        bot.object()
        for _ in range(3):
            bot.resume(bot.hello, seq)
        mark = self.mark()
        self.assertEqual(bot.until("message", mark)[0], [])
        # Older lines are replayed without numbers, each time it requests them.
        bot.send(2 * (json.dumps({"resume": {"start": bot.hello["start"], "seq": 0}}) + "\n"))
        mark = self.mark()
        things, _ = bot.until("message", mark)
        self.assertEqual([thing for thing in things if "seq" in thing], [])

    def test_numbers_rise_through_it_all(self):
        bot = self.bot()
        seqs = []
        for turn in range(4):
            self.lines(self.talker, f"turn {turn}", 5)
            self.until_mark(bot, self.talker)
            seqs.append(bot.newest["seq"])
            for command in ("/history", "/history 1000", "/join #lab", "/join #lobby", "/history 1"):
                bot.json(cmd=command)
            bot.resume(bot.hello, seqs[0])
            bot.json(cmd="/join #lobby")
            things = []
            for _ in range(2):
                things += bot.until("reply", "You are in #lobby.")[0]
            # Each command repeated the history it requested.
            self.assertGreaterEqual(said(things).count(f"turn {turn} 4"), 2)
            bot.resume(bot.hello, seqs[turn // 2])
            self.until_mark(bot, self.talker)
        self.assertEqual(seqs, sorted(set(seqs)))

    def test_where_nothing_is(self):
        bot = self.bot()
        self.until_mark(bot, self.talker)
        start, seq = bot.hello["start"], bot.newest["seq"]
        for a_start, a_seq in ((start + 1, seq), (start - 1, seq), (start + 2**32, seq), (0, 0), (start, seq + 2**40),
                               (start, 2**53 - 1), (start, 2**63), (2**63, seq)):
            bot.json(resume={"start": a_start % 2**64, "seq": a_seq})
            bot.next("error", text=self.CANNOT)
        bot.send('{ "resume" : { "seq" : %d , "start" : %d } }\n' % (seq, start))  # valid, in the other order
        bot.json(cmd="/who")
        bot.next("reply", text="in #lobby: 3")

    def test_the_log_has_lost_it(self):
        """The number of missed lines is exact."""
        for gone in (False, True):
            bot = self.bot()
            self.until_mark(bot, self.talker)
            hello, seq = bot.hello, bot.newest["seq"]
            bot.close()
            # The log of 1 MiB holds about a thousand of these.
            count, filler = 3000 if gone else 500, 1000 * "x"
            for number in range(0, count, 100):
                self.talker.send("".join(f"{gone} {n} {filler}\n" for n in range(number, number + 100)))
                self.together(self.talker, *self.others)
            bot = self.bot()
            bot.resume(hello, seq)
            things, _ = bot.until("message", self.mark())
            holes = [thing for thing in things if thing["type"] == "missed"]
            texts = [thing["text"] for thing in things if thing["type"] == "message"]  # including marks
            total = count + count // 100
            if not gone:
                self.assertEqual(holes, [])
                self.assertEqual(len(texts), total)
                continue
            self.assertEqual(things[0], holes[0])
            self.assertEqual(len(holes), 1)
            self.assertEqual(holes[0]["text"], f"the history lacks {holes[0]['count']} messages here")
            self.assertGreater(holes[0]["count"], 1000)
            self.assertEqual(holes[0]["count"] + len(texts), total)
            first = [text for text in texts if not text.startswith("mark")][0]
            number = int(first.split()[1])
            before = texts.index(first)  # the number of marks before it
            self.assertEqual(holes[0]["count"] + before, number + number // 100)

    def test_a_reader_that_is_passed_over(self):
        bot = self.bot(receive_bytes=4096)
        self.until_mark(bot, self.talker)
        bot.out.pause()
        filler, count = 1000 * "y", 0
        while not any("passed over: " in line and "passed over: 0" not in line for line in self.lwchatd.stats()):
            self.talker.send("".join(f"n {n} {filler}\n" for n in range(count, count + 500)))
            count += 500
            self.together(self.talker, *self.others)
            self.assertLess(count, 100000)
        bot.out.resume()
        mark = self.mark()
        things, _ = bot.until("message", mark)
        told, at = 0, 0
        for thing in things:
            if thing["type"] == "missed":
                self.assertIn(thing["text"], (f"you missed {thing['count']} messages", "you missed 1 message"))
                told += thing["count"]
        numbers = [int(text.split()[1]) for text in said(things) if text.startswith("n ")]
        marks = [thing for thing in things if thing.get("text", "").startswith("mark ")]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertGreater(told, 0)
        self.assertEqual(told + len(numbers) + len(marks), count + count // 500)


class Readme(Case):
    """The example bot of src/dialect/README.md."""

    def test_bot(self):
        with open(os.path.join(ROOT, "src", "dialect", "README.md"), encoding="utf-8") as page:
            text, = re.findall(r"```python\n(.*?)```", page.read(), re.DOTALL)
        self.assertLessEqual(text.count("\n"), 10)
        lwchatd = self.server()
        alice = self.person(lwchatd, "alice")
        bot = self.process(sys.executable, "-c", text)
        alice.hears("*** guest2 is now parrot")
        for said_to_it in ('"Polly\\"', "é 日本 \U0001f600", "/quit", "fin"):
            alice.say("echo " + said_to_it)
            alice.hears("parrot> " + said_to_it)
        self.assertTrue(bot.running())
        lwchatd.end_well()
        self.assertEqual(bot.wait(), 0, bot.out.all())
        self.assertEqual(bot.out.all(), b"")


class Time(Case):
    """/time affects history; the console always shows times."""

    def now(self):
        # In the server's time zone: the previous minute, this one, the next.
        return [time.strftime("[%H:%M]", time.gmtime(time.time() + 5.5 * 3600 + 60 * minutes)) for minutes in (-1, 0, 1)]

    def setUp(self):
        environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="dumb", TZ="XST-5:30")
        self.lwchatd = self.server("--rate", "0", env=environment)

    def test_on_and_off(self):
        alice, bob = self.person(self.lwchatd, "alice"), self.start(Person(self.lwchatd.address))
        bob.socket._shown = shown.Shown("person", "timed")
        bob.named("bob")
        alice.say("one")
        alice.say("/me two")
        bob.hears("* alice two")
        alice.say("three")
        bob.hears("alice> three")
        bob.say("/history 3")
        self.assertEqual(bob.hears("alice> three"), b"alice> one\n* alice two\n")
        bob.say("/time on")
        self.assertEqual(bob.hears("*** /history now shows times"), b"")
        before = self.now()
        for command in ("/history 3", "/join #lab", "/join #lobby"):
            bob.say(command)
            if command.startswith("/join"):
                bob.out.expect("*** You are in ")
                bob.out.expect(".\n")
            if not command.endswith("#lab"):
                line = re.fullmatch(rb"(\[..:..\]) alice> one\n(\[..:..\]) ", bob.out.expect("* alice two\n"))
                self.assertIn(line[1].decode(), before + self.now())
                self.assertEqual(line[1], line[2])
                self.assertRegex(bob.hears("alice> three"), rb"\[..:..\] \Z")
        alice.say("live")
        self.assertEqual(bob.hears("alice> live"), b"")
        alice.say("/history 2")  # she has not used /time
        alice.hears("alice> live")
        bob.say("/time off")
        self.assertEqual(bob.hears("*** /history no longer shows times"), b"")
        bob.say("/history 1")
        self.assertEqual(bob.hears("alice> live"), b"")
        for command, answer in (("/time", '!!! "/time" is not complete: /time on|off'),
                                ("/time maybe", '!!! "/time" is not complete: /time on|off')):
            bob.say(command)
            self.assertEqual(bob.hears(answer), b"")
        self.assertNotRegex(alice.out.all(), rb"\[\d\d:\d\d\]")

    def test_console(self):
        before = self.now()
        alice = self.person(self.lwchatd, "alice")
        alice.say("hello")
        alice.say("/msg Marcel psst")
        self.lwchatd.out.expect("[alice] psst\n")
        lines = self.lwchatd.out.all().decode().splitlines()
        for text in ("#lobby *** guest1 joined", "#lobby *** guest1 is now alice", "#lobby alice> hello"):
            found = [line for line in lines if line.endswith(" " + text)]
            self.assertEqual(len(found), 1, lines)
            self.assertIn(found[0].removesuffix(" " + text), before + self.now())

    def test_json_counts_seconds(self):
        before = int(time.time()) - 1  # the server adds whole seconds to the last time it has read
        bot, alice = self.start(Bot(self.lwchatd.address)).greeted(), self.person(self.lwchatd, "alice")
        alice.say("hello")
        _, thing = bot.until("message", "hello")
        bot.json(cmd="/history")
        again = bot.next("message", room="#lobby", text="hello", **{"from": "alice"})
        self.assertEqual(again["time"], thing["time"])
        self.assertLessEqual(before, thing["time"])
        self.assertLessEqual(thing["time"], time.time())


if __name__ == "__main__":
    main()
