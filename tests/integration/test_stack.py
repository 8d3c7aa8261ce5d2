#!/usr/bin/env python3
"""The stack as seen from the wire: unpredictable initial sequence numbers, and no frames below the minimum length."""

import struct
import threading
import time

import harness
from harness import Case, Person, main
from test_tap import ARP, IPV4, TCP, Wire

CONNECTIONS = 64


class Sequences(Case):
    def first_numbers(self, source_ports):
        """The initial sequence numbers of a newly started server, one for each port of a client."""
        server = self.server("--quiet", net="tap:tap0")
        wire = Wire()
        numbers = {}

        def listen():
            for _, _, kind, packet in wire.frames():
                if kind == IPV4 and packet[9] == TCP and packet[33] & 0x12 == 0x12:
                    numbers[struct.unpack("!H", packet[22:24])[0]] = struct.unpack("!I", packet[24:28])[0]
                if len(numbers) == len(source_ports):
                    return

        listening = threading.Thread(target=listen)
        listening.start()
        for port in source_ports:
            Person(server.address, source=harness.HOST_ON_TAP, source_port=port).reset()
        listening.join()
        wire.close()
        server.end_well()
        return [numbers[port] for port in source_ports]

    def test_nobody_can_guess_the_next(self):
        ports = range(30000, 30000 + CONNECTIONS)
        first, second = self.first_numbers(ports), self.first_numbers(ports)
        # None allows a guess of the next one, nor of the same connection's after a restart.
        for numbers in (first, second, [a ^ b for a, b in zip(first, second)]):
            steps = [(b - a) % (1 << 32) for a, b in zip(numbers, numbers[1:])]
            self.assertEqual(len(set(steps)), len(steps))
            small = sum(min(step, (1 << 32) - step) < 1 << 24 for step in steps)
            self.assertLess(small, CONNECTIONS // 8)
            for bit in range(32):
                ones = sum(number >> bit & 1 for number in numbers)
                self.assertIn(ones, range(CONNECTIONS // 8, CONNECTIONS * 7 // 8), f"bit {bit}")

    def test_one_connection_again_starts_later(self):
        """RFC 6528: the numbers of the same connection rise with time, so that old segments are recognized."""
        server = self.server("--quiet", net="tap:tap0")
        wire = self.start(Wire())
        numbers = []
        for _ in range(3):
            Person(server.address, source=harness.HOST_ON_TAP, source_port=30000).reset()
            time.sleep(0.02)  # its clock counts milliseconds
        for _, _, kind, packet in wire.frames(0):
            if kind == IPV4 and packet[9] == TCP and packet[33] & 0x12 == 0x12:
                numbers.append(struct.unpack("!I", packet[24:28])[0])
        self.assertEqual(len(numbers), 3)
        for before, after in zip(numbers, numbers[1:]):
            self.assertTrue(0 < (after - before) % (1 << 32) < 1 << 31, numbers)


class Frames(Case):
    def test_none_is_short(self):
        self.server("--quiet", net="tap:tap0")
        wire = self.start(Wire())
        self.assertTrue(wire.who_has(harness.SERVER_ON_TAP))
        Person((harness.SERVER_ON_TAP, harness.PORT)).close()
        kinds = []
        wire.ask_who_has(harness.SERVER_ON_TAP)
        for _, _, kind, payload in wire.frames():
            kinds.append(kind)
            self.assertGreaterEqual(14 + len(payload), 60)
            # The first TCP segment, and the ARP reply.
            if ARP in kinds and IPV4 in kinds:
                break
        self.assertLessEqual(set(kinds), {ARP, IPV4})


if __name__ == "__main__":
    main()
