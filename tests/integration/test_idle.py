#!/usr/bin/env python3
"""An idle server sleeps, and so does one whose people neither read nor can be heard."""

import socket
import time

from harness import Case, NETWORKS, Person, main

SPAN_S = 10
MOST = 0.01  # of a core
STUCK_MOST = 0.2


class Idle(Case):
    def test_fifty_idle_people_cost_nothing(self):
        for net in NETWORKS:
            with self.subTest(net):
                lwchatd = self.server(net=net)
                people = [self.person(lwchatd) for _ in range(50)]
                self.together(*people)
                time.sleep(1)
                before_s = lwchatd.cpu_s()
                time.sleep(SPAN_S)
                share = (lwchatd.cpu_s() - before_s) / SPAN_S
                print(f"{net}: {share:.2%} of a core", end=" ")
                self.assertLess(share, MOST)
                for person in people:
                    person.close()
                lwchatd.end_well()

    def stuck(self, lwchatd):
        """Somebody who asks, and reads no answers, until nothing goes either way."""
        person = self.start(Person(lwchatd.address, receive_bytes=4096))
        person.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        person.socket.setblocking(False)
        questions = b"/rooms\n" * 20000
        sent = 0
        last = time.monotonic()
        while time.monotonic() - last < 1:
            try:
                sent += person.socket.send(questions[sent % 7 :])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)

    def test_people_who_ask_and_do_not_read(self):
        """Linux answers no more than twice a second where windows are closed: libslirp always does."""
        lwchatd = self.server("--rate", "0", "--quiet")
        for _ in range(5):
            self.stuck(lwchatd)
        before_s = lwchatd.cpu_s()
        time.sleep(2)
        share = (lwchatd.cpu_s() - before_s) / 2
        print(f"{share:.2%} of a core", end=" ")
        self.assertLess(share, STUCK_MOST)


if __name__ == "__main__":
    main()
