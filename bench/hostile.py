"""How soon a definition that cannot be followed is refused: deep, wide, huge, slow patterns, circles by two routes.

    python3 dev.py bench hostile [--rounds 5]

Beside a small good definition, read in the same run. Ends with one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

LIMIT_MS = 1000.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench hostile", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "crmseg.settings", "CRMSEG_DATA_DIR": folder}
        import django

        django.setup()
        raise SystemExit(run(asked.rounds))


def run(rounds: int) -> int:
    """Time every refusal; print the slowest of each and the closing line; 1 when one was let in or took a second."""
    good = timed(lambda: refused({"property": "country", "op": "is", "value": "IT"}), rounds)[0]
    print(f"{'definition':<44} {'ms':>8} {'× a good one':>13}  first problem")
    worst, let_in = 0.0, 0
    hostile = definitions()
    for name, raw in hostile.items():
        took, problem = timed(lambda raw=raw: refused(raw), rounds)
        worst, let_in = max(worst, took), let_in + (problem is None)
        print(f"{name:<44} {took:>8.1f} {took / good:>13,.0f}  {(problem or 'LET IN')[:60]}")
    closing = {"bench": "hostile", "definitions": len(hostile), "let_in": let_in, "good_ms": good, "worst_ms": worst}
    print(json.dumps(closing), flush=True)
    return int(bool(let_in) or worst >= LIMIT_MS)


def refused(raw: object) -> str | None:
    """The first problem of the definition, or None when it is let in."""
    from crmseg.common.problems import InvalidInput
    from segments.catalogue import standard
    from segments.definition.load import load
    from segments.definition.schema import Catalogue, ListedSegment

    # A asks B and C, which both ask D: a circle of D is one by two routes at once.
    asks = {1: [2, 3], 2: [4], 3: [4], 4: []}
    lists = {pk: ListedSegment(pk, f"List {pk}", frozenset(read)) for pk, read in asks.items()}
    try:
        load(raw, Catalogue(standard(), frozenset(), lists), reader_of=4)
    except InvalidInput as invalid:
        return str(invalid.problems[0].message)
    return None


def timed(read: Callable[[], str | None], rounds: int) -> tuple[float, str | None]:
    """The median of the rounds in milliseconds, and what the last one said."""
    took, said = [], None
    for _ in range(rounds):
        began = time.perf_counter()
        said = read()
        took.append((time.perf_counter() - began) * 1000)
    return round(median(took), 3), said


def definitions() -> dict[str, Any]:
    """What people with bad intentions, or programs gone wrong, may send."""
    leaf = {"property": "city", "op": "is", "value": "Rome"}
    wrong = {"property": "cuontry", "op": "si", "value": []}
    return {
        "900 levels of not": nested(900),
        "a million conditions": {"any": [leaf] * 1_000_000},
        "10,000 mistakes": {"any": [wrong] * 9_999},
        "a name of 10 MB": {"property": "x" * 10_000_000, "op": "is", "value": "y"},
        "a value of 10 MB": leaf | {"value": "x" * 10_000_000},
        "a million values": leaf | {"op": "is_any_of", "value": [str(n) for n in range(1_000_000)]},
        "a thousand keys": leaf | {f"key{n}": n for n in range(1000)},
        "a number of a thousand digits": {"property": "age", "op": "gt", "value": 10**1_000},
        "a sequence of 100,000 steps": {"sequence": [{"event": "E"}] * 100_000},
        "items in items, 5,000 deep": {"event": "E", "op": "did", "where": [items(5_000)]},
        "a pattern that goes back": pattern("(a+)+\\1"),
        "a pattern of repeats in repeats": pattern("((a{1,100}){1,100}){1,100}"),
        "a pattern of 10 MB": pattern("(a|b)*" * 1_700_000),
        "a pattern of brackets without end": pattern("(" * 100_000),
        "a circle by two routes": {"any": [{"segment": 1}, {"not": {"segment": 1, "op": "joined_in"}}]},
        "colleagues of colleagues": {"colleagues": "any", "of": {"colleagues": "any", "of": leaf}},
        "half a surrogate pair": leaf | {"value": "\ud800"},
        "a window of a trillion years": {"event": "E", "op": "did", "window": {"last": 10**12, "unit": "year"}},
    }


def nested(depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"property": "city", "op": "is", "value": "Rome"}
    for _ in range(depth):
        node = {"not": node}
    return node


def items(depth: int) -> dict[str, Any]:
    node: dict[str, Any] = {"property": "price", "op": "gt", "value": 1}
    for _ in range(depth):
        node = {"any_item": "lines", "of": node}
    return node


def pattern(text: str) -> dict[str, Any]:
    return {"property": "city", "op": "matches", "value": text}


if __name__ == "__main__":
    main()
