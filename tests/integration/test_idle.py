#!/usr/bin/env python3
"""An idle server sleeps."""

import time

from harness import Case, NETWORKS, main

SPAN_S = 10
MOST = 0.01  # of a core


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


if __name__ == "__main__":
    main()
