#!/usr/bin/env python3
"""The server and the client under valgrind: no uninitialized reads, and no leaks at the end."""

import os

import harness
from harness import LWCHAT, LWCHATD, NETWORKS, Case, Process, main

FOUND = 99
VALGRIND = ("valgrind", "--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible",
            f"--error-exitcode={FOUND}", "--suppressions=" + os.path.join(harness.ROOT, "tests", "valgrind.supp"))
# Under valgrind the programs run about twenty times slower.
SLOWLY = 5 * harness.SOON


class WatchedServer(harness.Server):
    COMMAND = (*VALGRIND, LWCHATD)


class Watched(Case):
    def ends_clean(self, process):
        code = process.wait(SLOWLY)
        self.assertEqual(code, 0, process.out.all().decode(errors="replace"))

    def client(self, *arguments):
        return self.start(Process([*VALGRIND, LWCHAT, *arguments]))

    def test_the_server(self):
        for net in NETWORKS:
            with self.subTest(net=net):
                server = self.start(WatchedServer(net=net))
                alice, bob = self.person(server, "alice"), self.person(server, "bob")
                alice.send(b"hello\r\n\xff\xfb\x01/me waves\n/msg bob psst\n/who\n/help\n/join #lab\n/rooms\n"
                           b"/join #lobby\n/history 5\n" + b"x" * 3000 + b"\n")
                bob.hears("alice> hello", SLOWLY)
                bob.hears("[alice] psst", SLOWLY)
                alice.out.expect("too long", SLOWLY)
                self.person(server).reset()
                server.operator("hi")
                server.operator("/stats")
                server.operator("/kick bob go")
                bob.hears("fin", SLOWLY)
                alice.send("half a line")
                server.operator("/shutdown")
                alice.out.expect_end(SLOWLY)
                self.ends_clean(server)

    def test_the_client(self):
        server = self.server()
        bob = self.person(server, "bob")
        client = self.client("--nick", "alice", "127.0.0.1", str(server.port))
        bob.hears("*** guest2 is now alice", SLOWLY)
        client.send("hello\n" + "y" * 3000 + "\n/who\n")
        bob.hears("alice> hello", SLOWLY)
        bob.say("hello alice")
        client.out.expect("bob> hello alice", SLOWLY)
        client.end_input()
        self.ends_clean(client)

    def test_what_cannot_run(self):
        for program, *arguments in ((LWCHATD, "--net", "tap:"), (LWCHATD, "--nosuch"), (LWCHATD, "--help"),
                                    (LWCHAT, "--help"), (LWCHAT, "nosuch.invalid"), (LWCHAT, "127.0.0.1", "1")):
            with self.subTest(program=program, arguments=arguments):
                process = self.start(Process([*VALGRIND, program, *arguments]))
                self.assertNotEqual(process.wait(SLOWLY), FOUND, process.out.all())


if __name__ == "__main__":
    main()
