"""What a definition asks in the end: what it reads, what the lists and scores that it reads ask in turn, and what is
worked out of that. Whatever is found by it again is no finding."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.worth import keys as worth
from contacts.worth import rules

from ..definition import depends
from ..scoring import cycles, history
from ..scoring.cycles import Graph
from ..scoring.selectors import scoring_models


def asked_in_turn(keys: Iterable[str]) -> frozenset[str]:
    """These dependency keys, and those of every list and score among them, and so on."""
    return _asked(keys, cycles.graph())


def with_what_follows(keys: Iterable[str]) -> frozenset[str]:
    """The same, with worth where any of it or of its events is asked, and with scores that ask any of that."""
    known = cycles.graph()
    found = set(_asked(keys, known))
    of_events, of_worth = rules.current().keys, worth.all_keys()
    if found & (of_events | of_worth):
        found |= of_events | of_worth
    for key, asked in scoring_models().values_list("key", "keys"):
        if not found.isdisjoint(_asked(asked, known) - {"clock"}):
            found.update(f"attribute:{own}" for own in history.names_of(key))
    return frozenset(found)


def _asked(keys: Iterable[str], known: Graph) -> frozenset[str]:
    found: set[str] = set()
    waiting = [key.removeprefix(depends.COLLEAGUE) for key in keys]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            more = (asked for place in known.read([key]) for asked in known.keys.get(place, ()))
            waiting += [asked.removeprefix(depends.COLLEAGUE) for asked in more]
    return frozenset(found)
