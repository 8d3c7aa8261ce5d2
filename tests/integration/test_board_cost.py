#!/usr/bin/env python3
"""What delivering a line costs a board, in instructions: a regression shows without a clock."""

import os
import sys

from board import SMALL
from harness import ROOT, Case, main

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "bench.d"))
import boards  # noqa: E402

PEOPLE = 16
ROUNDS, ROUNDS_MOST = 5, 30
# A tenth above what `tools/bench --boards` says. A busy machine makes a board wait for its peers, which
# takes more: the least of the rounds counts, and when it is busy all the time there are more of them.
MOST = {"A": 5800, "B": 1680, "C": 1400}


class Cost(Case):
    def test_instructions(self):
        """No more of them for a delivered line than README.md says, and a tenth."""
        least = dict.fromkeys(MOST, float("inf"))
        with boards.Firmware(SMALL) as firmware, boards.Talk(PEOPLE) as talk:
            for number in range(ROUNDS_MOST):
                above = [scenario for scenario, most in MOST.items() if least[scenario] > most]
                if number >= ROUNDS and not above:
                    break
                for scenario in above if number >= ROUNDS else MOST:
                    measured = boards.measure(firmware, talk, scenario)["instructions"]
                    least[scenario] = min(least[scenario], measured)
        for scenario, most in MOST.items():
            print(f"  {scenario}: {least[scenario]:,.0f} instructions a line, at most {most:,}")
        for scenario, most in MOST.items():
            self.assertLessEqual(least[scenario], most, scenario)


if __name__ == "__main__":
    main()
