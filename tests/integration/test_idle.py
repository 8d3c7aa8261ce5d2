#!/usr/bin/env python3
"""An idle server sleeps, and so does one whose users do not read and therefore cannot be heard."""

import select
import socket

from harness import Case, NETWORKS, Person, main


class Idle(Case):
    def test_fifty_idle_people_cost_nothing(self):
        for net in NETWORKS:
            with self.subTest(net):
                lwchatd = self.server(net=net)
                people = [self.person(lwchatd) for _ in range(50)]
                self.together(*people)
                self.comes_to_rest(lwchatd)
                for person in people:
                    person.close()
                lwchatd.end_well()

    def stuck(self, lwchatd):
        """A peer that sends commands, and reads no answers, until both directions are blocked."""
        person = self.start(Person(lwchatd.address, receive_bytes=4096))
        person.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        person.socket.setblocking(False)
        questions = b"/rooms\n" * 20000
        sent = 0
        room = select.poll()
        room.register(person.socket, select.POLLOUT)
        while room.poll(1000):
            sent += person.socket.send(questions[sent % 7 :])

    def test_people_who_ask_and_do_not_read(self):
        """With closed windows Linux answers at most twice a second; libslirp always answers."""
        lwchatd = self.server("--rate", "0", "--quiet")
        for _ in range(5):
            self.stuck(lwchatd)
        self.comes_to_rest(lwchatd)


if __name__ == "__main__":
    main()
