#!/usr/bin/env python3
"""IRC clients: irssi and WeeChat on a terminal, in one room with nc and a program that speaks JSON; the ports, and what
a client is told that cannot join."""

import os
import re
import socket
import subprocess
import tempfile
import time

from harness import LWCHATD, NETWORKS, SOON, Case, Person, Server, Stream, main
from test_console_tty import Screen
from test_json import Bot

Server.IRC = None  # use the default port
IRC = 6667
WIDTH, HEIGHT = 100, 50


class Terminal(Screen):
    """A client on a terminal of its own, with a home of its own."""

    def __init__(self, command, **files):
        super().__init__()
        self._home = tempfile.TemporaryDirectory()
        for name, text in files.items():
            path = os.path.join(self._home.name, name.replace("__", "/"))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        self.resize(WIDTH, HEIGHT)
        self.run(f"HOME={self._home.name} exec {command}")

    def close(self):
        super().close()
        deadline = time.monotonic() + SOON
        while os.path.exists(self._home.name):
            try:
                self._home.cleanup()
            except OSError:  # it is still saving its files
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def text(self):
        return "\n".join(self.lines())

    def has(self, *patterns):
        """Waits until each pattern matches what the screen shows, in any order."""
        deadline = time.monotonic() + SOON
        for pattern in patterns:
            while not re.search(pattern, self.text(), re.MULTILINE):
                if time.monotonic() > deadline:
                    raise AssertionError(f"the screen should show {pattern!r}:\n{self.text()}")
                time.sleep(0.05)


class Irssi(Terminal):
    # It sends a command every 2 s, unless told otherwise.
    CONFIG = ('settings = { "irc/core" = { cmd_queue_speed = "10msec"; }; core = { real_name = "x"; user_name = "x"; };'
              ' "fe-common/core" = { autocreate_own_query = "yes"; }; };')

    def __init__(self, host, nick, port=IRC):
        super().__init__(f"irssi -c {host} -p {port} -n {nick}", **{".irssi__config": self.CONFIG})

    def window(self, number):
        self.enter(f"/window {number}")
        self.has(rf"^ \[.*\] \[{number}:")


class WeeChat(Terminal):
    def __init__(self, host, nick, port=IRC):
        # Lines that it reads at once would be a paste, which it asks about.
        options = ("/set weechat.startup.display_logo off", "/bar hide buflist", "/set irc.look.smart_filter off",
                   "/set weechat.look.paste_max_lines -1",
                   f"/server add w {host}/{port} -notls", f"/set irc.server.w.nicks {nick}", "/connect w")
        super().__init__("weechat " + " ".join(f"-r '{option}'" for option in options))

    def buffer(self, name):
        # The name exists once its first line has arrived.
        self.has(r"irc/w")
        deadline = time.monotonic() + SOON
        while not re.search(rf"^\[hh:mm\] .*\[irc/w\] \d+:{re.escape(name)}\b", self.text(), re.MULTILINE):
            if time.monotonic() > deadline:
                raise AssertionError(f"no buffer {name}:\n{self.text()}")
            self.enter(f"/buffer w.{name}")
            time.sleep(0.2)


class Client(Person):
    """A client that this test itself plays."""

    def introduced(self, nick, *lines):
        self.listen()
        self.say("\r\n".join([*lines, f"NICK {nick}", "USER x 0 * :x"]) + "\r")
        self.out.expect(f" 366 {nick} #lobby :End of the names\r\n")
        self.nick = nick
        return self

    def listen(self):
        if not self.out:
            # Its lines are not those of people: tests/unit/test_irc.c checks them.
            self.out = Stream(lambda: socket.socket.recv(self.socket, 65536), f"client on port {self.port}")
        return self


class RealClients(Case):
    def test_in_one_room(self):
        """Joining, talking both ways, private messages, actions, names, whois, rooms, nicks, and leaving."""
        server = self.server(net="user")
        carol = self.person(server, "carol")
        carol.say("before anybody")
        irssi = self.start(Irssi("127.0.0.1", "alice"))
        carol.hears("*** alice joined")
        irssi.window(2)
        irssi.has(r"alice \[alice@Marcel\] has joined #lobby", r"< carol> before anybody", r"\[ alice\] \[ carol\]",
                  r"Join to #lobby was synced")
        weechat = self.start(WeeChat("127.0.0.1", "bob"))
        carol.hears("*** bob joined")
        weechat.buffer("#lobby")
        weechat.has(r"bob \(bob@Marcel\) has joined #lobby", r"carol \| before anybody", r"3 nicks")
        irssi.has(r"bob \[bob@Marcel\] has joined #lobby")
        bot = self.start(Bot(server.address)).greeted()
        bot.say('{"cmd":"/nick robot"}')
        carol.hears(f"*** {bot.hello['to']} is now robot")

        carol.say("hi from nc, été 👩‍🚀")
        irssi.has(r"< carol> hi from nc, été")
        weechat.has(r"carol \| hi from nc, été")
        bot.say('{"say":"hi from a robot"}')
        irssi.has(r"< robot> hi from a robot")
        weechat.has(r"robot \| hi from a robot")
        irssi.enter("hi from irssi")
        carol.hears("alice> hi from irssi")
        weechat.has(r"alice \| hi from irssi")
        bot.out.expect('"from":"alice","text":"hi from irssi"}')
        weechat.enter("hi from WeeChat")
        carol.hears("bob> hi from WeeChat")
        irssi.has(r"< bob> hi from WeeChat")
        irssi.enter("/me waves")
        carol.hears("* alice waves")
        weechat.has(r"\* \| alice waves")
        weechat.enter("/me dances")
        carol.hears("* bob dances")
        irssi.has(r"^\S*  \* bob dances")
        carol.say("/me sings")
        irssi.has(r"^\S*  \* carol sings")
        # Each client shows its own lines once.
        self.assertEqual(irssi.text().count("hi from irssi"), 1)
        self.assertEqual(weechat.text().count("hi from WeeChat"), 1)

        irssi.enter("/names")
        irssi.has(r"#lobby: Total of 4 nicks")
        irssi.enter("/msg carol psst")
        carol.hears("[alice] psst")
        irssi.window(2)
        carol.say("/msg bob secret")
        carol.hears("[-> bob] secret")
        weechat.buffer("carol")
        weechat.has(r"carol \| secret")
        weechat.enter("and back")
        carol.hears("[bob] and back")
        weechat.buffer("#lobby")
        weechat.enter("/whois alice")
        weechat.enter("/buffer irc.server.w")
        weechat.has(r"\[alice\] \(alice@Marcel\): alice", r"\[alice\] #lobby", r"\[alice\] End of what is known")
        weechat.enter("/nick alice")
        weechat.has(r'the nick "alice" is taken')
        weechat.buffer("#lobby")
        weechat.enter("/nick ben")
        carol.hears("*** bob is now ben")
        weechat.has(r"You are now known as ben")
        irssi.has(r"bob is now known as ben")
        irssi.enter("/whois ben")
        irssi.window(1)
        irssi.has(r"ben \[ben@Marcel\]", r"channels : #lobby", r"End of WHOIS")

        irssi.enter("/join #lab")
        carol.hears("*** alice left")
        irssi.has(r"alice \[alice@Marcel\] has joined #lab")
        weechat.has(r"alice \(alice@Marcel\) has left #lobby")
        irssi.enter("only here")
        server.out.expect("#lab alice> only here")
        irssi.enter("/join #lobby")
        carol.hears("*** alice joined")
        irssi.has(r"alice \[alice@Marcel\] has joined #lobby", r"< carol> hi from nc, été")
        irssi.enter("/quit so long")
        carol.hears("*** alice left: so long")
        weechat.has(r"alice \(alice@Marcel\) has quit \(so long\)")
        server.operator("/kick ben enough of that")
        carol.hears("*** ben was kicked")
        weechat.has(r"enough of that")
        weechat.enter("/buffer irc.server.w")
        weechat.has(r"you were kicked", r"disconnected from server")

    def test_on_the_chats_port(self):
        """The same clients are recognised on the chat's port, too, and a nick that is taken is no obstacle."""
        server = self.server("--irc", "0", net="tap:tap0")
        carol = self.person(server, "alice")
        irssi = self.start(Irssi(server.host, "alice", server.port))
        joined = re.fullmatch(r"\*\*\* (alice\S+) joined\n", carol.out.expect("joined\n").decode() + "joined\n")
        self.assertIsNotNone(joined)
        irssi.has(rf"\[{joined[1]}")
        weechat = self.start(WeeChat(server.host, "bob", server.port))
        carol.hears("*** bob joined")
        weechat.buffer("#lobby")
        weechat.enter("hello")
        carol.hears("bob> hello")
        irssi.window(2)
        irssi.has(r"< bob> hello")


class Ports(Case):
    def test_both_ports_on_both_networks(self):
        for net in NETWORKS:
            server = self.server(net=net)
            alice = self.person(server, "alice")
            for number, port in enumerate((server.port, IRC)):
                client = self.start(Client((server.host, port))).introduced(f"bob{number}")
                alice.hears(f"*** bob{number} joined")
                client.say("PRIVMSG #lobby :hello\r")
                alice.hears(f"bob{number}> hello")
                alice.say("and you")
                client.out.expect(":alice!alice@Marcel PRIVMSG #lobby :and you\r\n")
            server.end_well()

    def test_silence_is_not_greeted(self):
        server = self.server(net="user")
        alice = self.person(server, "alice")
        silent = self.start(Client((server.host, IRC))).listen()
        time.sleep(0.5)
        self.assertEqual(silent.out.all(), b"")
        silent.close()
        self.together(alice, self.person(server, "zoe"))
        self.assertEqual(alice.out.all().count(b" joined\n"), 1)

    def test_port_that_was_asked_for(self):
        self.start(socket.create_server(("127.0.0.1", 6668)))
        server = self.process(LWCHATD, "--net", "user", "--http", "0", "--irc", "6668", who=None)
        self.assertEqual(server.wait(), 1)
        self.assertEqual(server.out.expect_end().decode(), "lwchatd: port 6668 of 127.0.0.1 is in use: stop the program "
                         "that has it, or choose another port with --irc\n")

    def test_port_by_default(self):
        self.start(socket.create_server(("127.0.0.1", IRC)))
        server = self.server(net="user", errors=subprocess.PIPE)
        server.errors.expect(f"port {IRC} of 127.0.0.1 is in use: stop the program that has it, or choose another port "
                             "with --irc\n")
        self.start(Client(server.address)).introduced("bob")
        self.assertEqual(server.errors.all().count(b"\n"), 1)

    def test_another_port_and_none(self):
        server = self.server("--irc", "6669", net="user")
        self.start(Client((server.host, 6669))).introduced("bob")
        server.end_well()
        for port in ("0", "50000"):
            server = self.server("--irc", port, net="user")
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", IRC), SOON)
            self.start(Client(server.address)).introduced("bob")
            server.end_well()

    def test_who_cannot_join(self):
        server = self.server("--max-clients", "1", net="tap:tap0")
        alice = self.start(Client((server.host, IRC))).introduced("alice")
        late = self.start(Client((server.host, IRC))).listen()
        self.assertEqual(late.out.expect_end(), b"ERROR :the server is full (1 of 1), try again later\r\n")
        server.operator("/ban 192.168.7.1")
        alice.out.expect(":Marcel KILL alice :You were kicked\r\nERROR :you were kicked\r\n")
        alice.out.expect_end()
        banned = self.start(Client((server.host, IRC))).listen()
        self.assertEqual(banned.out.expect_end(), b"ERROR :you are banned\r\n")

    def test_flood(self):
        """Who sends too fast is slowed down, and nothing is lost; the end of the connection comes after all of it."""
        server = self.server(net="user")
        alice = self.person(server, "alice")
        bob = self.start(Client((server.host, IRC))).introduced("bob")
        bob.send("".join(f"PRIVMSG #lobby :line {n}\r\n" for n in range(60)) + "QUIT :done\r\n")
        for n in range(60):
            alice.hears(f"bob> line {n}")
        alice.hears("*** bob left: done")
        bob.out.expect("ERROR :goodbye\r\n")
        self.assertEqual(bob.out.expect_end(), b"")


if __name__ == "__main__":
    main()
