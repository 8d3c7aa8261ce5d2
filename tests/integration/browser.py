"""Pages in a real browser: Chromium, driven by tests/browser/page.js."""

import json
import os
import shutil
import subprocess
import time

from harness import ROOT, SOON, Process

CHROMIUM = shutil.which("chromium")
NODE = shutil.which("node") or shutil.which("nodejs")
MODULES = os.path.join(ROOT, "build", "deps", "browser", "node_modules")

# What is missing to run a browser; empty if nothing is.
missing = ", ".join(
    [name for name, there in (("chromium", CHROMIUM), ("node", NODE)) if not there]
    + ([] if os.path.isdir(os.path.join(MODULES, "playwright-core")) else ["build/deps/browser"])
)
if missing:
    missing += " is not there: run ./tools/deps test"


class Browser(Process):
    def __init__(self):
        super().__init__([NODE, os.path.join(ROOT, "tests", "browser", "page.js"), CHROMIUM],
                         errors=subprocess.PIPE, env=dict(os.environ, NODE_PATH=MODULES, LC_ALL="C.UTF-8"))
        try:
            self.version = self.answer()
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}; {self.errors.all().decode()}")

    def answer(self):
        answer = json.loads(self.out.expect("\n"))
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    def do(self, action, **what):
        self.send(json.dumps({"do": action, **what}) + "\n")
        return self.answer()

    def end(self):
        """Ends the browser in order, so that it removes its profile."""
        self.end_input()
        try:
            self.wait()
        finally:
            self.kill()


class Page:
    """The page of the server at `url`, in its own browser profile; it has joined the chat, if it `joins`.

    script: what runs before the page's own.
    """

    count = 0

    def __init__(self, browser, url, width=900, height=600, phone=False, joins=True, script=""):
        Page.count += 1
        self._browser, self.name, self.closed = browser, f"page {Page.count}", False
        self.do("open", url=url, width=width, height=height, phone=phone, script=script)
        if joins:
            self.joined()

    def do(self, action, **what):
        return self._browser.do(action, name=self.name, **what)

    def value(self, expression):
        return self.do("evaluate", expression=expression)

    def until(self, expression, within=SOON):
        """Waits until a JavaScript expression is true."""
        deadline = time.monotonic() + within
        while not self.value(expression):
            if time.monotonic() > deadline:
                shown = self.value("document.body.innerText")
                raise AssertionError(f"{self.name}: {expression} did not become true; it shows {shown!r}")
            time.sleep(0.05)

    def joined(self):
        self.until("document.querySelector('#status').hidden && document.querySelector('#where').innerText[0] === '#'")

    def say(self, line):
        self.do("type", into="#text", text=line)
        self.until("document.querySelector('#text').value === ''")

    def named(self, nick):
        self.say(f"/nick {nick}")
        self.people(nick)
        return self

    def people(self, *nicks):
        """Waits until the list of people includes these nicks."""
        self.until(f"(here => {json.dumps(nicks)}.every(nick => here.includes(nick)))"
                   "([...document.querySelectorAll('#people bdi')].map(bdi => bdi.textContent))")

    def count_of(self, line, nick=""):
        """The number of visible entries with this text, from this nick if one is given."""
        return self.value(
            "[...document.querySelectorAll('#log > .line')].filter(line => !line.hidden"
            f" && line.querySelector('.body > span').textContent === {json.dumps(line)}"
            f" && [{json.dumps(nick)}, ''].includes({json.dumps(nick)} && line.querySelector('bdi').textContent)).length")

    def hears(self, nick, line):
        deadline = time.monotonic() + SOON
        while not (count := self.count_of(line, nick)):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} does not hear {line!r} of {nick}; "
                                     f"it shows {self.value('document.body.innerText')!r}")
            time.sleep(0.05)
        if count != 1:
            raise AssertionError(f"{self.name} shows {line!r} of {nick} {count} times")

    def faults(self):
        """Messages in the browser's console, and dialogs, since the last call."""
        return self.do("faults")

    def close(self):
        if not self.closed:
            self.closed = True
            self.do("close")
