#!/usr/bin/env python3
"""The console of both programs on a real terminal, tmux: half-typed lines, history, and a
stalled terminal."""

import os
import re
import signal
import socket
import time

from harness import LWCHAT, LWCHATD, PORT, SOON, Case, Person, Stopwatch, main
from screen import TIME, WIDTH, Screen

class Program:
    """A program that the shell has started."""

    def __init__(self, pid):
        self.pid = pid


class OnATerminal(Case):
    def setUp(self):
        self.screen = self.start(Screen())

    def listen(self):
        listener = self.start(socket.create_server(("127.0.0.1", 0)))
        listener.settimeout(SOON)
        return listener

    def client(self, *options):
        """A client on the terminal, and the other end of its connection."""
        listener = self.listen()
        port = listener.getsockname()[1]
        self.screen.run(" ".join([LWCHAT, *options, "localhost", str(port)]) +
                          "; echo over: $?; stty -a | grep -o ' -*icanon'")
        connection = self.start(listener.accept()[0])
        connection.settimeout(SOON)
        connection.sendall(b"Welcome.\n")
        self.screen.shows(f"Connected to localhost port {port}.", "Welcome.", ">")
        return connection

    def runs(self, program):
        return self.find(program) is not None

    def pid_of(self, program):
        pid = self.find(program)
        self.assertIsNotNone(pid, f"no {program} runs")
        return pid

    def find(self, program):
        """The pid of the program in this private network: other tests may run it at the same time."""
        here = os.readlink("/proc/self/ns/net")
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as command:
                    if command.read().split(b"\0")[0] != program.encode():
                        continue
                if os.readlink(f"/proc/{pid}/ns/net") == here:
                    return int(pid)
            except OSError:
                pass  # it has just ended
        return None

    def test_a_half_typed_line_stays_below_what_arrives(self):
        connection = self.client()
        self.screen.type("half typed é")
        self.screen.shows("Welcome.", "> half typed é")
        connection.sendall("bob> salut ça va\n* bob waves\n".encode())
        self.screen.shows("Welcome.", "bob> salut ça va", "* bob waves", "> half typed é")
        self.screen.type(" and")
        self.screen.key("Enter")
        self.assertEqual(connection.recv(100), "half typed é and\n".encode())

    def test_so_does_one_of_several_rows(self):
        connection = self.client()
        words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        rows = re.findall(".{1,%d}" % WIDTH, "> " + words)
        self.assertEqual(len(rows), 3)
        rows = [row.rstrip() for row in rows]
        self.screen.type(words)
        self.screen.shows("Welcome.", *rows)
        connection.sendall(b"bob> hello\n")
        self.screen.shows("Welcome.", "bob> hello", *rows)
        # Also with the cursor elsewhere in the line.
        self.screen.key("C-a", "Right")
        connection.sendall(b"bob> " + b"long " * 12 + b"\n")
        self.screen.type("X")
        rows = [row.rstrip() for row in re.findall(".{1,%d}" % WIDTH, "> oX" + words[1:])]
        self.screen.shows(*rows)
        self.screen.key("Enter")
        self.assertEqual(connection.recv(200), b"oX" + words[1:].encode() + b"\n")

    def test_history(self):
        connection = self.client()
        for line in ("first", "second", "second"):
            self.screen.enter(line)
            self.assertEqual(connection.recv(100), line.encode() + b"\n")
        self.screen.key("Up", "Up", "Enter")
        self.assertEqual(connection.recv(100), b"first\n")

    def test_pasted_lines_all_arrive_in_order(self):
        connection = self.client()
        pasted = "".join(f"line {i} of a paste, é\n" for i in range(200))
        self.screen.paste(pasted)
        got = b""
        while len(got) < len(pasted.encode()):
            got += connection.recv(65536)
        self.assertEqual(got.decode(), pasted)
        long = "x" * 1000
        self.screen.paste(long + "\n")
        got = b""
        while not got.endswith(b"\n"):
            got += connection.recv(65536)
        self.assertEqual(got.decode(), long + "\n")

    def test_a_partial_line_is_shown(self):
        connection = self.client()
        self.screen.type("typing")
        connection.sendall(b"login: ")
        self.screen.shows("Welcome.", "login:", "> typing")

    def test_the_end_key_says_fin_and_gives_the_terminal_back(self):
        connection = self.client()
        self.screen.key("C-d")
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.sendall(b"fin\n")
        connection.close()
        self.screen.shows("Welcome.", "fin", "over: 0", " icanon", "$")

    def test_interrupt_says_fin_and_gives_the_terminal_back(self):
        connection = self.client()
        self.screen.type("half")
        self.screen.shows("Welcome.", "> half")  # C-c discards input that was not read
        self.screen.key("C-c")
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.close()
        self.screen.shows("> half", "over: 0", " icanon", "$")

    def test_every_death_gives_the_terminal_back(self):
        # bash would restore the terminal after a signal ends a program; dash does not.
        self.screen.enter("exec env 'PS1=dash ' dash")
        self.screen.shows("dash")  # input typed before its prompt may get lost
        for number in (signal.SIGABRT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM, signal.SIGSYS):
            self.client()
            os.kill(self.pid_of(LWCHAT), number)
            self.screen.shows(f"over: {128 + number}", " icanon", "dash")

    def test_a_lost_terminal_is_a_polite_end(self):
        connection = self.client()
        os.kill(self.pid_of(LWCHAT), signal.SIGHUP)
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.close()
        self.screen.shows("over: 0", " icanon", "$")

    def test_what_fails_is_told_on_a_row_of_its_own(self):
        self.screen.run(f"{LWCHAT} localhost 1; echo over: $?")
        self.screen.shows("Connection failed: nothing listens on lo", "    calhost port 1", "over: 1", "$")

    def fills_rows(self, say, name):
        """Whatever a message fills its first row with, none of its other rows begins in the column of the names."""
        for fill in (" ", "x", "\u3000", "\u2800", "\u00a0", "字", "é", "❤️", "\u0e01\u0e34"):
            with self.subTest(fill=ascii(fill)):
                for count in range(8, 60, 3):
                    say("ok" + fill * count + "bob> I leave the company, bye" + " " * 10 + "*** bob left")
                say("the end")
                self.screen.shows(f"{name} the end", "> half")
                rows = self.screen.lines()[:-1]
                begun = [row for row in rows if not row.startswith("    ")]
                self.assertGreater(len(rows), len(begun))
                self.assertEqual([row for row in begun if not row.startswith(name + " ")], [])

    def test_no_row_of_a_message_begins_where_a_name_stands(self):
        connection = self.client()
        self.screen.type("half")
        self.fills_rows(lambda text: connection.sendall(f"eve> {text}\n".encode()), "eve>")
        self.screen.enter(" a line")
        self.assertEqual(connection.recv(100), b"half a line\n")

    def test_nor_the_rest_of_a_line_that_comes_late(self):
        connection = self.client()
        self.screen.type("typing")
        connection.sendall(b"eve> so I said: ")
        self.screen.shows("Welcome.", "eve> so I said:", "> typing")
        connection.sendall(b"bob> I am leaving\n")
        self.screen.shows("Welcome.", "eve> so I said:", "    bob> I am leaving", "> typing")
        connection.sendall(b"bob> hi\nlogin: ")
        self.screen.shows("    bob> I am leaving", "bob> hi", "login:", "> typing")
        time.sleep(0.4)
        connection.sendall(b"\nbob> hi\n")
        self.screen.shows("bob> hi", "login:", "bob> hi", "> typing")

    def test_nor_where_the_terminal_is_for_output_only(self):
        """Output to a pipe is not wrapped, as all other tests rely on."""
        listener = self.listen()
        self.screen.run(f"{LWCHAT} localhost {listener.getsockname()[1]} </dev/null; echo over: $?")
        connection = self.start(listener.accept()[0])
        connection.sendall(b"eve> " + b"x" * (WIDTH - 5) + b"bob> I am leaving\n")
        connection.close()
        self.screen.shows("eve> " + "x" * (WIDTH - 5), "    bob> I am leaving", "over: 0", "$")

    def test_suspended_and_back(self):
        connection = self.client()
        self.screen.type("half")
        self.screen.shows("Welcome.", "> half")
        self.screen.key("C-z")
        self.screen.shows("over: 147", " icanon", "$")
        self.screen.run("fg")
        self.screen.shows("> half")
        connection.sendall(b"bob> hello\n")
        self.screen.shows("bob> hello", "> half")
        self.screen.enter(" line")
        self.assertEqual(connection.recv(100), b"half line\n")

    def test_stopped_by_another_program_and_back(self):
        connection = self.client()
        self.screen.type("half")
        self.screen.shows("Welcome.", "> half")
        os.kill(self.pid_of(LWCHAT), signal.SIGSTOP)
        self.eventually(lambda: "Stopped" in self.screen.all(), what="the shell")
        self.screen.run("stty -a | grep -o ' -*icanon'; fg")
        self.eventually(lambda: " icanon" in self.screen.all(), what="the shell's own modes")
        self.screen.shows("> half")
        self.screen.key("Left", "Left")
        self.screen.enter("a")
        self.assertEqual(connection.recv(100), b"haalf\n")
        self.screen.key("C-d")
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.close()
        self.screen.enter("stty -a | grep -o ' -*icanon'")
        self.screen.shows(" icanon", "$")

    def test_a_new_width(self):
        connection = self.client()
        self.screen.type("half")
        self.screen.resize(60)
        connection.sendall(b"bob> " + b"y" * 50 + b"\n")
        self.screen.shows("bob> " + "y" * 50, "> half")
        words = "z" * 57
        self.screen.type(words)
        self.screen.shows("> half" + words[:54], words[54:])
        connection.sendall(b"bob> hi\n")
        self.screen.shows("bob> hi", "> half" + words[:54], words[54:])

    def test_a_stopped_terminal_does_not_stop_the_client(self):
        connection = self.client()
        self.screen.key("C-s")
        connection.setblocking(False)
        deadline = time.monotonic() + 1.0
        sent = 0
        while time.monotonic() < deadline:
            try:
                sent += connection.send(b"".join(b"flood %d\n" % i for i in range(1000)))
            except BlockingIOError:
                time.sleep(0.01)
        connection.settimeout(SOON)
        self.screen.enter("typed blindly")
        self.assertEqual(connection.recv(100), b"typed blindly\n")
        self.screen.key("C-q")
        self.eventually(lambda: self.screen.lines()[-1].startswith(">"), what="the line that is edited")
        connection.sendall(b"\nend of the flood\n")
        self.screen.shows("end of the flood", ">")

    def test_leaving_from_a_stopped_terminal(self):
        connection = self.client()
        self.screen.key("C-s")
        pid = self.pid_of(LWCHAT)
        connection.sendall(b"unseen\n" * 1000)
        time.sleep(0.3)
        stopwatch = Stopwatch(Program(pid))
        os.kill(pid, signal.SIGTERM)

        def has_ended():
            stopwatch.look()
            return not os.path.exists(f"/proc/{pid}")

        self.eventually(has_ended, what="the end")
        self.assertLess(stopwatch.seconds(), 3)

    def has_row(self, row):
        """Waits for a row since the last command, which itself contains parts of such rows."""
        self.eventually(lambda: row in self.screen.all().split("\n"), what=f"the row {row!r}")

    def start_in_background(self, command):
        """Starts it in the background; the terminal remains with the shell."""
        self.screen.run(f"{command} & sleep 1; stty -a | grep -o ' -*icanon'")

    def client_in_background(self, options=""):
        listener = self.listen()
        port = listener.getsockname()[1]
        self.start_in_background(f"{LWCHAT} {options} localhost {port}")
        connection = self.start(listener.accept()[0])
        connection.settimeout(SOON)
        connection.sendall(b"Welcome.\n")
        self.has_row("Welcome.")
        self.has_row(" icanon")
        return connection

    def test_in_the_background_the_client_only_writes_until_it_is_fetched(self):
        connection = self.client_in_background()
        self.screen.enter("echo $((6 * 7))")  # input goes to the shell
        self.screen.shows("42", "$")
        self.screen.run("fg")
        self.screen.shows(">")
        self.screen.enter("hello from here")
        self.assertEqual(connection.recv(100), b"hello from here\n")
        connection.sendall(b"bob> hello\n")
        self.screen.shows("bob> hello", ">")
        self.screen.key("C-d")
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.close()
        self.screen.enter("stty -a | grep -o ' -*icanon'")
        self.screen.shows(" icanon", "$")

    def test_a_terminal_that_goes_while_the_client_is_in_the_background(self):
        connection = self.client_in_background()
        pid = self.pid_of(LWCHAT)
        self.screen.enter("disown; exit")  # so that it gets no SIGHUP
        self.assertEqual(connection.recv(100), b"fin\n")
        connection.close()
        self.eventually(lambda: not os.path.exists(f"/proc/{pid}"), what="the end")

    def test_a_question_that_is_over_is_not_drawn_in_the_background(self):
        listener = self.listen()
        self.screen.run(f"{LWCHAT} localhost {listener.getsockname()[1]}")
        connection = self.start(listener.accept()[0])
        connection.settimeout(SOON)
        connection.sendall(b"*** Password? The next thing you send is taken for it.\n")
        self.eventually(lambda: self.screen.lines()[-1] == ">", what="the line that is edited")
        self.screen.paste("one\ntwo\n", marked=True)
        self.eventually(lambda: "2 lines were pasted" in self.screen.all(), what="the question")
        self.screen.key("C-z")
        self.eventually(lambda: "Stopped" in self.screen.all(), what="the shell")
        self.screen.run("bg")
        self.eventually(lambda: "lwchat localhost" in self.screen.all(), what="the job")
        self.screen.enter("echo $((6 * 7))")
        self.screen.shows("42", "$")
        connection.sendall(b"You are connected to server Marcel. Send your messages.\n"
                           b"*** You are guest1. /help lists the commands, /quit leaves.\n")
        self.assertEqual(connection.recv(100), b"/mode json\n")
        self.eventually(lambda: "You are guest1" in self.screen.all(), what="the greeting")
        rows = self.screen.lines()
        self.assertIn("42", rows)
        self.assertNotIn(">", rows)
        self.assertNotIn("were pasted", self.screen.all())
        self.screen.enter("fg")
        self.screen.shows(">")
        self.screen.key("C-c")

    # --- The operator's console

    def serve(self):
        self.screen.run(f"{LWCHATD} --rate 0; echo over: $?; stty -a | grep -o ' -*icanon'")
        self.screen.shows(f"Server ready on 127.0.0.1 port {PORT}.", "Browsers join at http://127.0.0.1:8080/", ">")

    def people(self, *nicks):
        return [self.start(Person(("127.0.0.1", PORT))).named(nick) for nick in nicks]

    def test_sent_to_the_background_it_goes_on(self):
        self.screen.run(f"{LWCHATD} | cat")
        self.screen.shows(f"Server ready on 127.0.0.1 port {PORT}.", "Browsers join at http://127.0.0.1:8080/")
        alice, bob = self.people("alice", "bob")
        self.screen.key("C-z")
        self.eventually(lambda: "Stopped" in self.screen.all(), what="the shell")
        self.screen.enter("bg")
        alice.say("hello")
        bob.hears("alice> hello")
        job = f"{LWCHATD} | cat"
        shown = self.screen.all().count(job)
        self.screen.enter("fg")
        self.eventually(lambda: self.screen.all().count(job) > shown, what="the job")
        self.screen.enter("I am back")
        alice.hears("Marcel> I am back")
        self.screen.enter("/shutdown")
        alice.hears("fin")

    def check_seat(self, alice, words):
        """The operator's input is heard, and what others say is shown."""
        self.screen.enter(words)
        alice.hears(f"Marcel> {words}")
        alice.say(f"yes, {words}")
        self.screen.shows(f"{TIME} #lobby alice> yes, {words}", ">")

    def test_started_in_the_background_and_fetched(self):
        for name, shell in (("bash", "bash --norc --noprofile"), ("dash", "dash -m")):
            with self.subTest(shell):
                self.screen.enter(f"exec env 'PS1={name} ' {shell}")
                self.screen.shows(name)  # input typed before its prompt may get lost
                self.start_in_background(LWCHATD)
                self.has_row(" icanon")
                self.has_row(f"Server ready on 127.0.0.1 port {PORT}.")
                alice, bob = self.people("alice", "bob")
                alice.say("nobody sits there")
                bob.hears("alice> nobody sits there")
                self.eventually(lambda: "nobody sits there" in self.screen.all(), what="the row")
                self.screen.run("fg")
                self.screen.shows(">")
                self.check_seat(alice, "I am here")
                # And once more.
                self.screen.type("half")
                self.screen.shows("> half")
                self.screen.key("C-z")
                self.eventually(lambda: "Stopped" in self.screen.all(), what="the shell")
                self.screen.enter("bg")
                alice.say("meanwhile")
                bob.hears("alice> meanwhile")
                self.eventually(lambda: "alice> meanwhile" in self.screen.all(), what="the row")
                self.screen.run("fg")
                self.screen.shows("> half")
                self.screen.key("C-u")
                self.check_seat(alice, "I am back")
                self.screen.enter("/shutdown")
                alice.hears("fin")
                self.eventually(lambda: not self.runs(LWCHATD), what="the end")
                self.screen.run("stty -a | grep -o ' -*icanon'")
                self.screen.shows(" icanon", name)

    def test_started_in_the_background_before_a_pipe(self):
        self.start_in_background(f"{LWCHATD} | cat")
        self.has_row(f"Server ready on 127.0.0.1 port {PORT}.")
        alice, = self.people("alice")
        self.screen.run("fg")
        self.has_row(f"{LWCHATD} | cat")
        self.screen.enter("I am here")
        alice.hears("Marcel> I am here")
        self.screen.enter("/shutdown")
        alice.hears("fin")

    def test_a_terminal_that_stops_what_writes_in_the_background(self):
        self.screen.enter("stty tostop")
        self.start_in_background(LWCHATD)
        self.has_row(f"Server ready on 127.0.0.1 port {PORT}.")
        alice, bob = self.people("alice", "bob")
        alice.say("hello")
        bob.hears("alice> hello")
        self.eventually(lambda: "alice> hello" in self.screen.all(), what="the row")
        self.screen.run("stty -tostop; fg")
        self.screen.shows(">")
        self.check_seat(alice, "I am here")
        self.screen.enter("/shutdown")
        alice.hears("fin")

    def test_without_a_hangup_it_outlives_its_terminal(self):
        self.start_in_background(f"nohup {LWCHATD} >/dev/null")
        self.eventually(lambda: self.runs(LWCHATD), what="the server")
        pid = self.pid_of(LWCHATD)
        self.addCleanup(lambda: os.path.exists(f"/proc/{pid}") and os.kill(pid, signal.SIGTERM))
        self.eventually(self.answers, what="the server")
        alice, bob = self.people("alice", "bob")
        self.screen.enter("exit")
        self.eventually(self.screen.is_gone, what="the shell's end")
        alice.say("hello")
        bob.hears("alice> hello")
        os.kill(pid, signal.SIGTERM)
        alice.hears("fin")

    @staticmethod
    def answers():
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
            return True
        except OSError:
            return False

    def test_the_operator_types_while_people_chat(self):
        self.serve()
        alice, bob = self.people("alice", "bob")
        self.screen.type("I am")
        alice.say("hello")
        bob.hears("alice> hello")
        self.screen.shows(f"{TIME} #lobby alice> hello", "> I am")
        self.screen.enter(" here")
        alice.hears("Marcel> I am here")
        self.screen.key("C-d")
        self.screen.shows("> I am here")
        alice.say("still there?")
        bob.hears("alice> still there?")
        self.screen.shows("> I am here", f"{TIME} #lobby alice> still there?")
        self.screen.type("nobody reads")
        self.screen.shows(f"{TIME} #lobby alice> still there?", "nobody reads")
        self.screen.key("C-u")
        os.kill(self.pid_of(LWCHATD), signal.SIGTERM)
        self.eventually(lambda: self.screen.lines()[-3:] == ["over: 0", " icanon", "$"], what="the end")

    def test_no_row_on_the_console_begins_where_a_name_stands(self):
        self.serve()
        eve, = self.people("eve")
        self.screen.type("half")
        self.fills_rows(eve.say, f"{TIME} #lobby eve>")
        self.screen.key("C-u")
        eve.say("ok " + "x" * (WIDTH - len(f"{TIME} #lobby eve> ok ")) + "Client connected: root, address 10.0.2.2, port 4242.")
        self.screen.shows("    Client connected: root, address 10.0", "    .2.2, port 4242.", ">")
        self.screen.enter("/shutdown")

    def test_no_key_stops_the_server(self):
        self.serve()
        alice, bob = self.people("alice", "bob")
        for keys in (b"\x12\x18\x05", b"\x12\xc3", b"\x12\0", b"\x1bp\xe2", b"\x1d\xc3", b"\x11\xf0"):
            self.screen.send(keys)
            time.sleep(0.1)
            alice.say(f"after {keys!r}")
            bob.hears(f"alice> after {keys!r}")
            self.screen.key("C-g", "C-u")
        # Nor a number before one, which repeated it.
        self.screen.send(b"\x1b999x")
        self.eventually(lambda: self.screen.lines()[-1] == "> 99x", what="a line without repetition")
        self.screen.key("C-u")
        self.screen.enter("all of them were read")
        alice.hears("Marcel> all of them were read")
        os.kill(self.pid_of(LWCHATD), signal.SIGTERM)
        self.eventually(lambda: self.screen.lines()[-3:] == ["over: 0", " icanon", "$"], what="the end")

    def test_the_smallest_terminal(self):
        self.serve()
        self.screen.type("half typed")
        self.screen.resize(2, 1)
        alice, bob = self.people("alice", "bob")
        alice.say("hello")
        bob.hears("alice> hello")
        os.kill(self.pid_of(LWCHATD), signal.SIGTERM)
        self.eventually(lambda: not self.runs(LWCHATD), what="the end")
        self.screen.resize(WIDTH)
        self.screen.key("Enter")
        self.eventually(lambda: "over:0" in re.sub("\\s", "", self.screen.all()), what="a good end")

    def test_a_stopped_terminal_does_not_stop_the_server(self):
        self.serve()
        alice, bob = self.people("alice", "bob")
        self.screen.key("C-s")
        time.sleep(0.2)
        for i in range(20000):
            alice.say(f"line {i} " + "x" * 60)
        bob.hears("alice> line 19999 " + "x" * 60)
        # There is nothing to delete: the bell sounds.
        self.screen.key("BSpace")
        alice.say("and after the bell")
        bob.hears("alice> and after the bell")
        self.screen.enter("/shutdown")
        alice.out.expect("fin\n")
        self.screen.key("C-q")
        self.eventually(lambda: self.screen.lines()[-3:] == ["over: 0", " icanon", "$"], what="the end")


if __name__ == "__main__":
    main(taps=())
