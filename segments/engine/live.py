"""The lists that memberships follow now: their trees, what they read, and the order in which to answer them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Exists

from crmseg.access import account
from crmseg.common.problems import InvalidInput

from .. import catalogue
from ..definition import depends
from ..definition.load import load
from ..definition.nodes import Node, active
from ..definition.schema import Catalogue
from ..definition.sql import Params
from ..models import Pin, Segment, SegmentVersion

LEDGER, COLLEAGUE = "ledger:", depends.COLLEAGUE
PIN, PIN_EXPIRED, DELAY = "pin:", "pin expired:", "delay:"
OVERRIDDEN = (PIN, PIN_EXPIRED, DELAY)
"""Keys that no definition reads: a pin or a delay of that list asks it to look at the contact again."""
QUIET = "quiet"
"""Beside other keys: what moved them was an edit that must trigger nothing, and so must what follows from it."""


@dataclass(frozen=True, eq=False)
class Followed:
    """One version of one active list. Made once per process and compared by identity, so that it is cheap to hash."""

    id: int
    version: int
    tree: Node
    keys: frozenset[str]
    zone: str
    currency: str
    fiscal_start: int = 1

    def params(self, members: str = "segments_membership") -> Params:
        """The parameters of a statement that counts as the account does."""
        return Params(self.zone, self.currency, self.fiscal_start, members)

    @cached_property
    def asks(self) -> frozenset[int]:
        """The lists that its definition asks."""
        return catalogue.referenced(sorted(self.keys))

    @cached_property
    def reads_clock(self) -> bool:
        return depends.CLOCK in self.keys

    @cached_property
    def reads_moves(self) -> frozenset[int]:
        """The lists whose entries and exits must be written before it is answered.

        It asks their ledger, or about other contacts than the one in hand.
        """
        places = (LEDGER, COLLEAGUE + "segment:")
        return frozenset(int(key.removeprefix(place)) for key in self.keys for place in places if key.startswith(place))

    @cached_property
    def colleague_keys(self) -> frozenset[str]:
        """What its definition reads of other contacts of the same company, except the time."""
        return frozenset(key for key in self.keys if key.startswith(COLLEAGUE)) - {COLLEAGUE + depends.CLOCK}


class Delays(NamedTuple):
    """How long the rule of a list must hold before somebody enters, or fail before somebody leaves."""

    entry: timedelta | None
    exit: timedelta | None


@dataclass(frozen=True)
class Live:
    """What memberships follow at this moment. `pinned`: whether anybody is pinned in any list."""

    lists: dict[int, Followed]
    delays: dict[int, Delays]
    pinned: bool


def current() -> Live:
    """Every active list that has gone live and is not archived, with its delays."""
    rows = Segment.unarchived.filter(kind=Segment.Kind.ACTIVE, live_version__gt=0)
    found = list(
        rows.annotate(anyone_pinned=Exists(Pin.objects.all())).values_list(
            "id", "live_version", "entry_delay", "exit_delay", "anyone_pinned"
        )
    )
    lists = follow([row[:2] for row in found])
    delays = {row[0]: Delays(row[2], row[3]) for row in found if row[2] or row[3]}
    return Live(lists, delays, found[0][4] if found else Pin.objects.exists())


def live_lists() -> dict[int, Followed]:
    """Every active list that has gone live, by id."""
    return current().lists


def follow(versions: Collection[tuple[int, int]]) -> dict[int, Followed]:
    """The given (list, version) pairs, ready to evaluate. A list that cannot be read any more fails by itself."""
    account.forget()  # A change of the account's zone is a change of every list: it must not be seen late.
    settings = account.current()
    counts = settings.time_zone, settings.currency, settings.fiscal_start_month
    missing = [pair for pair in versions if (pair, counts) not in _parsed]
    if missing:
        zone, currency, fiscal_start = counts
        _parse(missing, replace(catalogue.current(), zone=zone, currency=currency, fiscal_start=fiscal_start))
    keys = [(pair, counts) for pair in versions]
    return {key[0][0]: _parsed[key] for key in keys if key in _parsed}


def touched_by(keys: Collection[str], lists: Mapping[int, Followed]) -> list[Followed]:
    """The lists that must look again when `keys` moved, and every list that asks one of them, in answering order."""
    everything = depends.EVERYTHING in keys
    moved = frozenset(keys)
    found = {listed.id for listed in lists.values() if everything or not moved.isdisjoint(listed.keys)}
    found |= {int(key.partition(":")[2]) for key in moved if key.startswith(OVERRIDDEN)} & lists.keys()
    asking = [listed for listed in lists.values() if listed.asks]
    while readers := {listed.id for listed in asking if not listed.asks.isdisjoint(found)} - found:
        found |= readers
    return in_order(lists[pk] for pk in found)


def in_order(lists: Iterable[Followed]) -> list[Followed]:
    """Lists that are asked by others come first."""
    by_id = {listed.id: listed for listed in lists}
    ordered: dict[int, Followed] = {}

    def place(listed: Followed) -> None:
        if listed.id in ordered:
            return
        for asked in sorted(listed.asks & by_id.keys()):
            place(by_id[asked])
        ordered[listed.id] = listed

    for pk in sorted(by_id):
        place(by_id[pk])
    return list(ordered.values())


def in_stages(ordered: Iterable[Followed]) -> list[tuple[Followed, ...]]:
    """Lists in answering order, parted so that a list comes after the moves of those whose moves it reads.

    Mostly there is a single stage; without any list there is one stage of nothing.
    """
    stage: dict[int, int] = {}
    found: list[list[Followed]] = [[]]
    for listed in ordered:
        after = [stage[pk] for pk in listed.asks if pk in stage]
        after += [stage[pk] + 1 for pk in listed.reads_moves if pk in stage]
        stage[listed.id] = own = max(after, default=0)
        if own == len(found):
            found.append([])
        found[own].append(listed)
    return [tuple(lists) for lists in found]


_log = logging.getLogger(__name__)
_Counts = tuple[str, str, int]
_Parsed = dict[tuple[tuple[int, int], _Counts], Followed]
_parsed: _Parsed = {}
_MOST_PARSED = 5_000


def _parse(pairs: Collection[tuple[int, int]], known: Catalogue) -> None:
    if len(_parsed) > _MOST_PARSED:
        _parsed.clear()
    wanted = set(pairs)
    rows = SegmentVersion.objects.filter(segment_id__in=[pk for pk, _ in pairs])
    for pk, number, definition in rows.values_list("segment_id", "number", "definition"):
        if (pk, number) not in wanted:
            continue
        try:
            tree = active(load(definition, known))
        except InvalidInput as invalid:
            _log.error("List %s, version %s, cannot be read: %s", pk, number, invalid)
            Segment.objects.filter(pk=pk).update(state=Segment.State.FAILED, error=str(invalid))
            continue
        assert tree is not None, "the loader refuses a definition with nothing left"
        counts = known.zone, known.currency, known.fiscal_start
        _parsed[(pk, number), counts] = Followed(pk, number, tree, frozenset(depends.keys(tree)), *counts)
