"""Whether every evaluator of definitions gives the same answers, over as many cases as one likes.

    python3 dev.py bench agreement [--cases 100000] [--seed N]

A case is the answer about one definition, one contact and one instant, given by the engine (for blocks and for chosen
contacts), the plain statement of the audit, the slow SQL and the oracle of `tests/`. One difference ends the run with
exit status 1 and the smallest definition found about which they differ. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time

from ._ground import own_servers

NEEDED = (0.05, 0.95)
EVERY_SECONDS = 10


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench agreement", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with own_servers(durable=False):
        outcome, agreed = run(asked.cases, asked.seed)
        print(json.dumps(outcome), flush=True)
    sys.exit(0 if agreed else 1)


def run(cases: int, seed: int) -> tuple[dict[str, object], bool]:
    """World after world until there were enough cases; what to print last, and whether all is well."""
    from tests.agreement import Disagreement, Tally, one_world
    from tests.definition_worlds import attributes

    attributes()
    tally, number, begun, differences = Tally(), 0, time.monotonic(), 0
    said = begun
    try:
        while tally.cases < cases:
            tally.add(one_world(random.Random(f"{seed}/{number}"), number))
            number += 1
            if time.monotonic() - said > EVERY_SECONDS or tally.cases >= cases:
                said = time.monotonic()
                print(f"{tally.cases:,} cases in {number} worlds, {said - begun:.0f} s", flush=True)
    except Disagreement as found:
        differences = 1
        print(f"World {number} of seed {seed}:\n{found}", flush=True)
    shares = tally.shares()
    lopsided = {name: share for name, share in shares.items() if not NEEDED[0] <= share <= NEEDED[1]}
    if lopsided:
        print(f"True too often or too seldom: {lopsided}", flush=True)
    outcome = {
        "bench": "agreement",
        "cases": tally.cases,
        "differences": differences,
        "seed": seed,
        "true_share": shares,
    }
    return outcome, not differences and not lopsided


if __name__ == "__main__":
    main()
