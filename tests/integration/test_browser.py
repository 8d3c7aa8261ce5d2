#!/usr/bin/env python3
"""The page in Chromium: pages and a plain client in one room, on the host and on a board."""

import json
import signal
import unittest

import browser
from board import LARGE, SMALL, WITH_PAGE, Board, emulated
from harness import Case, Server, ip, main
from test_irc import Client

Server.HTTP = None  # use the default port

URL = "http://127.0.0.1:8080/"

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "&lt;b&gt; &amp; <b>bold</b>",
    "javascript:alert(4)",
    "</span></div></div><iframe src=/></iframe>",
    'https://example.org/"onmouseover="alert(5)',
)

# The page's connections, in which a test can drop what it sends, hold it back, and read what it hears.
WIRE = """
Object.assign(window, {wires: [], heard: "", mute: [], muted: [], hold: "", protocols: %s});
window.WebSocket = class extends WebSocket {
  constructor(url) {
    super(url, protocols);
    this.held = [];
    this.addEventListener("message", event => heard += event.data + "\\n");
    wires.push(this);
  }
  send(data) {
    if (mute.some(word => data.includes(word))) return void muted.push(data);
    if (this.held.length || hold && data.includes(hold)) this.held.push(data);
    else super.send(data);
  }
  release() {
    for (const data of this.held.splice(0)) super.send(data);
  }
};
"""

AT_BOTTOM = "(log => log.scrollHeight - log.scrollTop - log.clientHeight < 2)(document.querySelector('#log'))"


@unittest.skipIf(browser.missing, browser.missing)
class Browsers(Case):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.end)

    def page(self, **how):
        page = browser.Page(self.browser, URL, **how)
        self.addCleanup(page.close)
        self.addCleanup(self.is_without_fault, page)
        return page

    def is_without_fault(self, page):
        """The browser's console has no errors or violations of the page's policy, and there was no dialog."""
        self.assertEqual([] if page.closed else page.faults(), [])

    def all_hear_all(self, server):
        pia, quin, nora = self.page().named("Pia"), self.page().named("Quin"), self.person(server, "Nora")
        pia.people("Pia", "Quin", "Nora")
        pia.say("hello from Pia")
        quin.hears("Pia", "hello from Pia")
        nora.hears("Pia> hello from Pia")
        nora.say("hello from Nora")
        pia.hears("Nora", "hello from Nora")
        quin.hears("Nora", "hello from Nora")
        quin.say("//path is no command")
        pia.hears("Quin", "/path is no command")
        nora.hears("Quin> /path is no command")
        quin.say("/me waves")
        pia.hears("Quin", "waves")
        nora.hears("* Quin waves")
        pia.hears("Pia", "hello from Pia")
        nora.close()
        quin.until("![...document.querySelectorAll('#people bdi')].some(bdi => bdi.textContent === 'Nora')")

    def test_pages_and_a_plain_client_in_one_room(self):
        self.all_hear_all(self.server())

    def test_a_page_and_an_irc_client_in_one_room(self):
        server = self.server()
        pia, rita = self.page().named("Pia"), self.start(Client(server.address)).introduced("Rita")
        pia.people("Pia", "Rita")
        pia.say("hello from Pia")
        rita.out.expect(":Pia!Pia@Marcel PRIVMSG #lobby :hello from Pia\r\n")
        rita.say("PRIVMSG #lobby :hello from Rita\r")
        pia.hears("Rita", "hello from Rita")
        pia.say("/me waves")
        rita.out.expect(":Pia!Pia@Marcel PRIVMSG #lobby :\001ACTION waves\001\r\n")
        rita.say("PRIVMSG #lobby :\001ACTION dances\001\r")
        pia.hears("Rita", "dances")
        rita.say("PRIVMSG Pia :between us\r")
        pia.hears("Rita", "between us")
        pia.say("/msg Rita yes")
        rita.out.expect(":Pia!Pia@Marcel PRIVMSG Rita :yes\r\n")
        rita.say("QUIT :bye\r")
        pia.until("![...document.querySelectorAll('#people bdi')].some(bdi => bdi.textContent === 'Rita')")

    def board(self, name, **how):
        return self.start(Board(name, tap=None, more=("--http", "127.0.0.1:8080"), **how))

    @emulated
    def test_in_one_room_on_a_board(self):
        self.all_hear_all(self.board(LARGE))

    @emulated
    @unittest.skipUnless(WITH_PAGE, "LWCHAT_PAGE_ELF is not set")
    def test_on_a_board_without_json(self):
        """It sends lines of text, which the page parses."""
        board = self.board(SMALL, elf=WITH_PAGE)
        self.all_hear_all(board)
        page, nora = self.page().named("Quincy"), self.person(board, "Norah")
        nora.say("/me looks around")
        page.hears("Norah", "looks around")
        nora.say("/msg Quincy between us")
        page.hears("Norah", "between us")
        page.say("/msg Norah yes")
        nora.hears("[Quincy] yes")
        page.hears("Quincy", "yes")
        for word in ("fin", "FIN", "Fin"):  # ordinary words on the page, where such a line would leave the chat
            page.say(word)
            nora.hears(f"Quincy> {word} ")
        board.operator("this is the operator")
        page.hears("Marcel", "this is the operator")
        nora.say("/nick Nora2")
        page.people("Quincy", "Nora2")
        page.say("/join #lab")
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        page.people("Quincy")
        page.do("reload")
        page.joined()
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        page.say("/join #lobby")
        page.people("Quincy", "Nora2")
        page.hears("Norah", "looks around")  # from the history, without a time
        self.assertEqual(page.value("document.querySelector('#log .action time').textContent"), "")
        nora.say("back again")
        page.hears("Nora2", "back again")
        page.until("[...document.querySelectorAll('#log time')].pop().textContent !== ''")
        self.missed(board, page, "Quincy", self.person(board, "Nadia"))
        page.say("/me " + "y" * 253)
        page.until("[...document.querySelectorAll('#log .failed')].some(line => line.textContent.includes('yyy'))")

    def missed(self, server, page, nick, nora):
        """Lines said while the page is disconnected are shown afterwards, even if they repeat earlier ones."""
        for text in ("ours", "and      ours", "fin"):
            page.say(text)
        nora.out.expect("> fin")
        nora.say("yes")
        page.hears(nora.nick, "yes")
        server.operator(f"/kick {nick}")
        page.until("!document.querySelector('#again').hidden")
        for text in ("yes", "new one", "new one", *(f"line {number}" for number in range(12))):
            nora.say(text)
        self.together(nora, self.person(server))
        page.do("click", on="#again")
        page.joined()
        page.until("[...document.querySelectorAll('#log .rule')].some(rule => rule.textContent.endsWith(': 16'))")  # with that of together()
        for text, times in (("yes", 2), ("new one", 2), ("ours", 1), ("and      ours", 1), ("fin", 1), ("line 0", 1)):
            self.assertEqual(page.count_of(text), times, text)
        self.assertEqual(page.value("document.querySelectorAll('#log .failed, #log .waiting').length"), 0)

    def test_what_was_missed(self):
        lwchatd = self.server()
        self.missed(lwchatd, self.page().named("Pia"), "Pia", self.person(lwchatd, "Nora"))

    def wired(self, *protocols, **how):
        return self.page(script=WIRE % json.dumps(protocols), **how)

    def part(self, server, page, nick):
        """The page is sent away; it comes back when "again" is clicked."""
        server.operator(f"/kick {nick}")
        page.until("!document.querySelector('#again').hidden")

    def back(self, page):
        page.do("click", on="#again")
        page.joined()

    def nothing_failed(self, page):
        page.until("!document.querySelector('#log .waiting')")
        self.assertEqual(page.value("[...document.querySelectorAll('#log .failed')].map(line => line.innerText)"), [])

    def missed_while_somebody_speaks(self, *protocols):
        lwchatd = self.server()
        page, nora = self.wired(*protocols).named("Pia"), self.person(lwchatd, "Nora")
        nora.say("before")
        page.hears("Nora", "before")
        page.say("mine")
        nora.hears("Pia> mine")
        for turn in ("once", "twice"):
            self.part(lwchatd, page, "Pia")
            for number in range(12):
                nora.say(f"missed {turn} {number}")
            self.together(nora, self.person(lwchatd))
            page.value("hold = protocols.length ? '/history' : 'resume', heard = ''")
            self.back(page)
            nora.say(f"live {turn}")
            page.until(f"heard.includes('live {turn}')")
            page.value("hold = '', wires[wires.length - 1].release()")
            page.hears("Nora", f"live {turn}")
            for number in range(12):
                page.hears("Nora", f"missed {turn} {number}")
        nora.say("after")
        page.hears("Nora", "after")
        for text in ("before", "mine", "missed once 0", "missed once 11", "live once", "live twice"):
            self.assertEqual(page.count_of(text), 1, text)
        self.nothing_failed(page)

    def test_what_was_missed_while_somebody_speaks(self):
        """What comes before the page resumes makes the server send the rest without numbers."""
        self.missed_while_somebody_speaks()

    def test_what_was_missed_while_somebody_speaks_in_lines_of_text(self):
        self.missed_while_somebody_speaks("text")

    def test_what_was_missed_in_another_room(self):
        """On one connection, numbers do not begin again: what was missed comes without."""
        lwchatd = self.server()
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        nora.say("before")
        page.hears("Nora", "before")
        page.say("mine")
        page.say("/join #lab")
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        for number in range(12):
            nora.say(f"missed {number}")
        self.together(nora, self.person(lwchatd))
        page.say("/join #lobby")
        for number in range(12):
            page.hears("Nora", f"missed {number}")
        for text in ("before", "mine"):
            self.assertEqual(page.count_of(text), 1, text)
        self.nothing_failed(page)

    def test_a_line_that_was_lost_is_not_shown_as_sent(self):
        lwchatd = self.server()
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        nora.say("before")
        page.hears("Nora", "before")
        page.value("mute = ['/rooms']")
        page.say("this arrives")
        nora.hears("Pia> this arrives")
        page.value("mute = ['/rooms', 'this is lost']")
        page.say("this is lost")
        self.part(lwchatd, page, "Pia")
        page.value("mute = []")
        self.back(page)
        page.until("[...document.querySelectorAll('#log .failed')].some(line => line.innerText.includes('this is lost'))")
        self.assertEqual(page.value("document.querySelectorAll('#log .failed, #log .waiting').length"), 1)
        for text in ("this arrives", "this is lost"):
            self.assertEqual(page.count_of(text), 1, text)
        page.do("click", on="#log .failed button")  # and said again, it arrives
        nora.hears("Pia> this is lost")
        self.part(lwchatd, page, "Pia")
        self.back(page)
        self.nothing_failed(page)
        self.assertEqual(page.count_of("this is lost"), 1)

    def test_equal_lines_of_ours(self):
        """The first is known to have arrived, though not where; the second is looked for in the log."""
        lwchatd = self.server()
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        page.say("ok")
        nora.hears("Pia> ok")
        nora.say("and you")
        page.hears("Nora", "and you")
        page.value("heard = ''")
        page.until("/#lobby ?: 2/.test(heard)")  # the answer that follows it
        page.value("mute = ['/rooms']")
        page.say("ok")
        nora.hears("Pia> ok")
        self.part(lwchatd, page, "Pia")
        page.value("mute = []")
        self.back(page)
        self.nothing_failed(page)
        self.assertEqual([page.count_of(text) for text in ("ok", "and you")], [2, 1])

    def test_a_connection_that_dies_after_a_message(self):
        lwchatd = self.server()
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        page.value("mute = ['/rooms']")  # as if it were dead in this direction
        page.say("are you there")
        page.until("muted.length > 0")
        nora.say("still here")
        page.hears("Nora", "still here")
        page.until("wires.length > 1")

    def test_the_lines_of_text_in_a_room_again(self):
        lwchatd = self.server()
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        nora.say("early")
        page.hears("Nora", "early")
        page.say("/mode text")
        page.until("document.querySelector('#log').innerText.includes('You now get lines of text.')")
        for room in "#lab", "#lobby":
            page.say(f"/join {room}")
            page.until(f"document.querySelector('#where').innerText.startsWith('{room}')")
        nora.say("late")
        page.hears("Nora", "late")

    def test_a_line_said_before_anybody_else_spoke(self):
        """The page has no number that precedes it."""
        lwchatd = self.server()
        page = self.wired().named("Pia")
        page.value("mute = ['/rooms']")
        page.say("the first")
        lwchatd.out.expect("Pia> the first")
        nora = self.person(lwchatd, "Nora")
        nora.say("the second")
        page.hears("Nora", "the second")
        self.part(lwchatd, page, "Pia")
        page.value("mute = []")
        nora.say("the third")
        self.together(nora, self.person(lwchatd))
        self.back(page)
        page.hears("Nora", "the third")
        self.nothing_failed(page)
        for text in ("the first", "the second"):
            self.assertEqual(page.count_of(text), 1, text)

    def test_a_break_while_the_missed_lines_come(self):
        lwchatd = self.server()
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        nora.say("before")
        page.hears("Nora", "before")
        page.value("mute = ['/rooms']")
        page.say("this arrives")
        nora.hears("Pia> this arrives")
        self.part(lwchatd, page, "Pia")
        nora.say("missed")
        page.value("mute = ['/rooms', '/who', 'resume']")
        self.back(page)
        self.part(lwchatd, page, "Pia")
        page.value("mute = []")
        self.back(page)
        page.hears("Nora", "missed")
        self.nothing_failed(page)
        self.assertEqual(page.count_of("this arrives"), 1)

    def test_a_long_paste(self):
        """The server reads it a line a second, and only then the question that tells whether the connection lives."""
        lwchatd = self.server("--rate", "1")
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        rows = [f"row {number} of it" for number in range(20)]
        page.do("type", into="#text", text="\n".join(rows))
        page.until("document.querySelector('#text').value === ''")
        self.assertNotIn(b"Pia left", nora.hears(f"Pia> {rows[-1]}"))
        self.assertEqual(page.value("wires.length"), 1)
        self.part(lwchatd, page, "Pia")
        nora.say("missed")
        self.back(page)
        page.hears("Nora", "missed")
        self.nothing_failed(page)
        self.assertEqual([page.count_of(row) for row in rows], [1] * len(rows))

    def test_the_word_that_leaves_is_a_word(self):
        """In lines of text, too, in any case."""
        lwchatd = self.server()
        page, nora = self.wired("text").named("Pia"), self.person(lwchatd, "Nora")
        for word in ("fin", "FIN", "Fin"):
            page.say(word)
            nora.hears(f"Pia> {word} ")

    def test_an_address_that_names_no_room(self):
        lwchatd, page = self.server(), browser.Page(self.browser, URL + "#100%")
        self.addCleanup(page.close)
        nora = self.person(lwchatd, "Nora")
        page.value("location.hash = '#%'")
        page.say("here")
        nora.out.expect("> here\n")
        page.value("location.hash = '#lab'")
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        self.is_without_fault(page)

    def test_lines_that_wait_to_be_shown_stay_in_their_room(self):
        """The page shows many lines at once, 30 ms later: by then it may be in another room."""
        lwchatd = self.server()
        page, nora = self.wired().named("Pia"), self.person(lwchatd, "Nora")
        page.value("const later = setTimeout, kept = [];"
                   "window.setTimeout = (action, ms) => ms === 30 ? kept.push(action) : later(action, ms);"
                   "window.show = () => { for (const action of kept.splice(0)) action(); }")
        nora.say("to the lobby")
        page.until("heard.includes('to the lobby')")
        page.say("/join #lab")
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        page.value("show()")
        self.assertEqual(page.count_of("to the lobby"), 0)
        page.say("to the lab")
        page.say("/join #lobby")
        page.until("document.querySelector('#where').innerText.startsWith('#lobby')")
        page.value("show()")
        self.assertEqual([page.count_of(text) for text in ("to the lobby", "to the lab")], [1, 0])
        page.value("window.setTimeout = later")

    def test_separators_end_lines(self):
        lwchatd = self.server()
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        page.say("/me waves\u2028and goes on")
        nora.hears("* Pia waves")
        nora.hears("Pia> and goes on")

    def test_a_banned_page_says_so(self):
        ip("address", "replace", "192.168.7.1/24", "dev", "tap0")
        lwchatd = self.server(net="tap:tap0")
        page = browser.Page(self.browser, f"http://{lwchatd.host}/")
        self.addCleanup(page.close)
        lwchatd.operator("/ban 192.168.7.1")
        page.until("!document.querySelector('#again').hidden")
        page.do("click", on="#again")
        page.until("document.querySelector('#status').innerText.includes('you are banned')")

    def test_a_server_that_does_not_answer_the_password(self):
        lwchatd = self.server("--password", "open sesame")
        page = browser.Page(self.browser, URL, joins=False)
        self.addCleanup(page.close)
        unlock = "!document.querySelector('#unlock').hidden"
        page.until(unlock)
        self.addCleanup(lwchatd.signal, signal.SIGCONT)
        lwchatd.signal(signal.SIGSTOP)
        page.value("document.querySelector('#password').value = 'open sesame', document.querySelector('#unlock').requestSubmit()")
        page.until("!document.querySelector('#again').hidden")
        lwchatd.signal(signal.SIGCONT)
        page.until(unlock)

    def test_a_question_for_the_password_that_is_over(self):
        """The page was asleep; the server does not wait for longer than a minute."""
        self.server("--password", "open sesame")
        page = browser.Page(self.browser, URL, joins=False, script=WIRE % [])
        self.addCleanup(page.close)
        page.until("!document.querySelector('#unlock').hidden")
        page.value("window.ononline()")
        self.assertEqual(page.value("[wires.length, document.title].join()"), "1,Chat")
        page.value("Date.now = (now => () => now() + 61000)(Date.now), window.ononline()")
        page.until("wires.length === 2 && !document.querySelector('#unlock').hidden")

    def test_commands_and_errors(self):
        lwchatd = self.server()
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        page.say("hello everybody in here 1")
        nora.hears("Pia> hello everybody in here 1")
        for wrong in ("/join lab 1", "/nick Nora", "/nick guest7", "/history 99999"):
            page.say(wrong)
        page.until("document.querySelectorAll('#log .error').length === 4")
        self.assertEqual(page.value("document.querySelectorAll('#log .failed').length"), 0)
        page.hears("Pia", "hello everybody in here 1")
        page.say("a line that is longer than any number in these")
        nora.hears("Pia> a line that is longer than any number in these")
        page.say("/JOIN #lab")
        page.until("document.querySelector('#where').innerText.startsWith('#lab')")
        page.say("/Nick Tom")
        page.people("Tom")
        nora.say("/join #lab")
        nora.hears("*** You are in #lab.")
        page.say("/ME waves")
        nora.hears("* Tom waves")
        page.hears("Tom", "waves")

    def test_a_nick_is_remembered(self):
        lwchatd = self.server()
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        page.do("reload")
        page.joined()
        page.people("Pia", "Nora")
        page.say("here again")
        nora.hears("Pia> here again")

    def test_it_comes_back_when_the_server_restarts(self):
        lwchatd = self.server()
        page = self.page().named("Pia")
        page.say("before")
        page.hears("Pia", "before")
        lwchatd.end_well()
        page.until("!document.querySelector('#status').hidden")
        lwchatd = self.server()
        nora = self.person(lwchatd, "Nora")
        page.joined()
        page.people("Pia", "Nora")
        page.say("after")
        nora.hears("Pia> after")
        page.hears("Pia", "before")
        # Chromium reports each refused connection; there must be nothing else.
        self.assertEqual([fault for fault in page.faults() if "net::ERR_CONNECTION_REFUSED" not in fault], [])
        page.close()

    def test_a_password_is_asked_for_and_kept(self):
        lwchatd = self.server("--password", "open sesame")
        page = self.page(joins=False)
        for word, answer in (("Password", "nonsense"), ("wrong password", "open sesame")):
            page.until("!document.querySelector('#unlock').hidden && document.querySelector('#status')"
                       f".innerText.includes({json.dumps(word)})")
            page.value(f"document.querySelector('#password').value = {json.dumps(answer)}, "
                       "document.querySelector('#unlock').requestSubmit()")
        page.joined()
        self.assertEqual(page.value("document.querySelector('#password').value + localStorage.password"), "undefined")
        page.named("Pia").say("hello from Pia")
        lwchatd.out.expect("Pia> hello from Pia")
        lwchatd.end_well()
        page.until("!document.querySelector('#status').hidden")
        self.server("--password", "open sesame")
        page.joined()
        page.say("back by itself")
        self.assertTrue(page.value("document.querySelector('#unlock').hidden"))
        self.assertEqual([fault for fault in page.faults() if "net::ERR_CONNECTION_REFUSED" not in fault], [])
        page.close()

    def test_hostile_text_is_text(self):
        lwchatd = self.server()
        page, mallory = self.page().named("Pia"), self.person(lwchatd, "Mallory")
        count = "['SCRIPT', 'STYLE', 'LINK', 'IMG', 'SVG', 'IFRAME', 'B'].map(tag => document.querySelectorAll(tag).length)"
        before = page.value(count)

        def is_text():
            self.assertEqual(page.value(count), before)
            self.assertEqual(page.value("[...new Set([...document.querySelectorAll('#log *')].map(e => e.tagName))].sort()"),
                             ["A", "BDI", "BUTTON", "DIV", "P", "SPAN", "TIME"])
            self.assertEqual(page.value("[...new Set([...document.querySelectorAll('#log a')].map(a => a.href))]"),
                             ["https://example.org/"])
            self.assertEqual(page.value("[...document.querySelectorAll('#log *')].flatMap(e => e.getAttributeNames())"
                                        ".filter(name => name.startsWith('on'))"), [])

        for text in HOSTILE:
            mallory.say(text)
            page.hears("Mallory", text)
            mallory.say(f"/me does {text}")
            page.hears("Mallory", f"does {text}")
            mallory.say(f"/msg Pia to you: {text}")
            page.hears("Mallory", f"to you: {text}")
            page.say(f"I say {text}")
            page.hears("Pia", f"I say {text}")
            lwchatd.operator(f"I tell you {text}")
            page.hears("Marcel", f"I tell you {text}")
        is_text()
        mallory.say(f"/quit {HOSTILE[0]}")
        page.until("[...document.querySelectorAll('#log > .note')].some(note => note.textContent.includes('Mallory')"
                   f" && note.textContent.endsWith({json.dumps(HOSTILE[0])}))")
        is_text()
        page.do("reload")  # now it is shown as history
        page.joined()
        page.hears("Mallory", HOSTILE[-1])
        is_text()

    def test_many_lines(self):
        lwchatd = self.server("--rate", "0")
        page, nora = self.page().named("Pia"), self.person(lwchatd, "Nora")
        for first in range(0, 1200, 100):
            nora.send("".join(f"line {number}\n" for number in range(first, first + 100)))
            page.hears("Nora", f"line {first + 99}")
        # The button for earlier messages is not counted.
        self.assertEqual(page.value("document.querySelectorAll('#log > :not(#older)').length"), 1000)
        self.assertEqual(page.count_of("line 199"), 0)
        self.assertEqual(page.count_of("line 200"), 1)
        page.until(AT_BOTTOM)
        # While the user has scrolled up, the text stays where it is on the screen.
        page.value("new Promise(done => { const log = document.querySelector('#log');"
                   " log.addEventListener('scroll', done, {once: true}); log.scrollTop = 3000 }).then(() => 0)")
        place = "[...document.querySelectorAll('#log .body > span')].find(said => said.textContent === 'line 500')" \
                ".getBoundingClientRect().top"
        before = page.value(place)
        nora.say("one more")
        page.hears("Nora", "one more")
        page.until("!document.querySelector('#newer').hidden")
        self.assertAlmostEqual(page.value(place), before, delta=1)
        page.do("click", on="#newer")
        page.until(AT_BOTTOM)

    def test_on_a_phone(self):
        lwchatd = self.server()
        page, nora = self.page(width=360, height=640, phone=True).named("Pia"), self.person(lwchatd, "Nora")
        for text in ("wide " + "w" * 150, "a b " * 60 + "c", "https://example.org/" + "path" * 30):
            nora.say(text)
            page.hears("Nora", text)
            page.say(text)
        fits = "[document.documentElement, document.body, ...document.querySelectorAll('#app, main, #log, #composer')]" \
               ".filter(e => e.scrollWidth > e.clientWidth).map(e => e.id || e.tagName)"
        self.assertEqual(page.value(fits), [])
        self.assertEqual(page.value("[innerWidth, visualViewport.scale]"), [360, 1])
        visible = "['#text', '#send', '#menu'].every(id => (box => box.left >= 0 && box.right <= innerWidth" \
                  " && box.top >= 0 && box.bottom <= innerHeight && box.height > 20)" \
                  "(document.querySelector(id).getBoundingClientRect()))"
        page.until(visible)
        page.do("resize", width=360, height=330)  # the keyboard is shown
        page.until("innerHeight === 330 && " + visible)
        page.until(AT_BOTTOM)
        page.do("resize", width=360, height=640)
        page.do("click", on="#menu")
        page.people("Pia", "Nora")
        self.assertEqual(page.value(fits), [])


if __name__ == "__main__":
    main()
