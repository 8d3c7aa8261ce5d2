#!/usr/bin/env python3
"""The output of tools, without the programs that they need.

tools/emulate says in one line why a board cannot start, and what to do; these tests do not need QEMU. tools/page packs
the page for browsers; these tests do not need a browser.
"""

import base64
import gzip
import hashlib
import pathlib
import random
import re
import socket
import subprocess
import sys
import tempfile

from harness import ROOT, SOON, Case, main

EMULATE = str(pathlib.Path(ROOT, "tools", "emulate"))


class Emulate(Case):
    def says(self, *options, code=1, before=(), path="/nowhere"):
        """The message if it ends before it runs QEMU, which is not on its path."""
        done = subprocess.run([*before, "/usr/bin/env", f"PATH={path}", sys.executable, EMULATE, *options], text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SOON)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"\Aemulate: [^\n]+\n\Z")
        return done.stderr.removeprefix("emulate: ").removesuffix("\n")

    def board(self, *options, **how):
        return self.says("mps2-an385", "--elf", EMULATE, "--restart", *options, **how)

    def starts(self, *options):
        self.assertEqual(self.board(*options), "qemu-system-arm is not there: run ./tools/deps boards")

    def test_a_port_that_is_taken(self):
        self.starts()
        with socket.create_server(("127.0.0.1", 50000)):
            self.assertEqual(self.board(), "port 50000 of 127.0.0.1 is in use: stop the program that has it, or choose "
                                           "another with --listen ADDR:PORT")
            self.assertIn("port 50000 of 0.0.0.0 is in use", self.board("--listen", ":50000"))
            self.starts("--listen", "127.0.0.1:50001")
            self.starts("--client")
            self.starts("--tap")
            self.assertEqual(self.board("--listen", "127.0.0.1:50001", "--http", "127.0.0.1:50000"),
                             "port 50000 of 127.0.0.1 is in use: stop the program that has it, or choose another with "
                             "--http ADDR:PORT")

    def test_where_nobody_can_listen(self):
        self.assertEqual(self.board("--listen", "192.0.2.1:50000"),
                         "192.0.2.1 is not an address of this machine: use one that is, or 0.0.0.0 for all, with --listen")
        for listen in ("50000", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "here:1", "127.0.0.1:x"):
            self.assertEqual(self.board("--listen", listen),
                             f'--listen takes ADDR:PORT such as 127.0.0.1:50001, not "{listen}"')
            self.assertIn("--http takes ADDR:PORT", self.board("--http", listen))

    def test_a_tap_that_cannot_be_opened(self):
        self.starts("--tap", "tap0")
        self.assertEqual(self.board("--tap", "tap7"),
                         'there is no interface tap7: make it with "tools/tap up tap7", or leave --tap out')
        self.assertEqual(self.board("--tap", "lo"), "lo is not a TAP interface: name another one, such as --tap tap0")
        self.server(net="tap:tap0")
        self.assertEqual(self.board("--tap"), "the interface tap0 is in use: stop the program that has it, or name "
                                              "another one with --tap")

    def test_without_the_right_to_open_taps(self):
        with tempfile.NamedTemporaryFile() as closed:
            pathlib.Path(closed.name).chmod(0)
            before = ["unshare", "-m", "sh", "-c", f'mount --bind {closed.name} /dev/net/tun && exec setpriv '
                      '--inh-caps=-all --bounding-set=-all "$0" "$@"']
            self.assertEqual(self.board("--tap", before=before),
                             "no permission to open /dev/net/tun: as root, run: chmod 0666 /dev/net/tun, or leave --tap out")

    def test_where_the_server_is(self):
        """The address that the board tells is not this machine's."""
        with tempfile.TemporaryDirectory() as folder:
            qemu, elf = pathlib.Path(folder, "qemu-system-arm"), pathlib.Path(folder, "lwchatd.elf")
            qemu.write_text("#!/bin/sh\n")
            qemu.chmod(0o755)

            def told(*options, symbols=b"\0main\0page_gzip\0"):
                elf.write_bytes(symbols)
                return self.says("mps2-an385", "--elf", str(elf), "--restart", *options, code=0, path=folder)

            self.assertEqual(told(), "from this machine: nc localhost 50000, or http://localhost:50000/ in a browser")
            self.assertEqual(told(symbols=b"\0main\0"), "from this machine: nc localhost 50000")
            self.assertEqual(told("--listen", ":50001", "--http", "127.0.0.2:8080"),
                             "from this machine: nc localhost 50001, or http://127.0.0.2:8080/ in a browser")
            for options in (["--client"], ["--tap"]):
                done = subprocess.run([sys.executable, EMULATE, "mps2-an385", "--elf", str(elf), "--restart", *options],
                                      text=True, env={"PATH": folder}, capture_output=True, timeout=SOON)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_bad_usage(self):
        self.assertIn("nosuch", self.says("nosuch", code=2))
        self.assertIn("--nosuch", self.says("mps2-an385", "--nosuch", code=2))
        self.assertIn("run ./tools/build mps2-an385", self.says("mps2-an385", "--elf", "/nosuch"))
        for mac in ("", "52:54:00:00:00", "53:54:00:00:00:02", "52-54-00-00-00-02"):
            self.assertIn("--mac takes", self.board("--mac", mac))
        self.assertIn("arm-none-eabi-nm is not there", self.says("mps2-an385", "--elf", EMULATE))


class Page(Case):
    def pack(self, page=None):
        with tempfile.TemporaryDirectory() as folder:
            source, made = pathlib.Path(folder, "index.html"), pathlib.Path(folder, "page.c")
            source.write_text(page or pathlib.Path(ROOT, "src/page/index.html").read_text("utf-8"), "utf-8")
            done = subprocess.run([pathlib.Path(ROOT, "tools", "page"), source, made], text=True, capture_output=True,
                                  timeout=SOON)
            return done, made.read_text("utf-8") if made.exists() else ""

    def unpacked(self, made):
        packed = bytes(int(byte, 16) for byte in re.findall(r"0x(..),", made))
        self.assertIn(f"Content-Length: {len(packed)}\\r\\n", made)
        self.assertLessEqual(len(packed), 8192)
        return gzip.decompress(packed).decode()

    def test_its_policy_lets_its_own_style_and_script_run(self):
        _, made = self.pack()
        page = self.unpacked(made)
        for element in "style", "script":
            text, = re.findall(f"<{element}>(.*?)</{element}>", page, re.S)
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            self.assertIn(f"{element}-src 'sha256-{digest}';", made)
        self.assertNotRegex(page, r"<[^>]* (?:style|on\w+|src)=")
        self.assertNotRegex(page, r"innerHTML|insertAdjacentHTML|document\.write|\beval\b")

    def test_the_same_page_gives_the_same_file(self):
        _, made = self.pack()
        self.assertEqual(self.pack()[1], made)
        self.assertRegex(made, r'page_etag\[\] = "\\"[0-9a-f]{16}\\"";')

    def test_strings_and_regular_expressions_stay_as_they_are(self):
        _, made = self.pack("""<!-- not this --><style>a { color: red; } /* nor this */</style><script>
const first = "// no comment; /* none */ first", half = 6 / 2 / 1; // nor this
function second(value) {
  const other = {first: value, list: [...first]};
  return /[/"] first/.test(value) ? other.first + + half : "second";
}
second(first);
</script>""")
        page = self.unpacked(made)
        for kept in ('"// no comment; /* none */ first"', '/[/"] first/', ".first+ +", "{first:", "[...", '"second"'):
            self.assertIn(kept, page)
        self.assertNotIn("this", page)
        self.assertNotIn("other", page)

    def test_a_page_that_is_too_large_is_refused(self):
        noise = random.Random(1).randbytes(9000).hex()
        done, made = self.pack(f"<style></style><p>{noise}<script></script>")
        self.assertRegex(done.stderr, r"\Aindex\.html: \d+ bytes gzipped, 8192 at most\n\Z")
        self.assertEqual((done.returncode, made), (1, ""))

    def test_a_template_is_refused(self):
        done, made = self.pack("<style></style><script>const a = 1, b = `${a}`;</script>")
        self.assertEqual(done.stderr, "a template in the script: use + between strings\n")
        self.assertEqual((done.returncode, made), (1, ""))


if __name__ == "__main__":
    main()
