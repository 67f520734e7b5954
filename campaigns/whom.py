"""Whom the lists and the definitions of a campaign name, as SQL; compiled as lists compile theirs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from crmseg.common.problems import InvalidInput, Problem
from segments import catalogue
from segments.definition import depends
from segments.definition.load import load
from segments.definition.nodes import Node, active
from segments.definition.schema import Catalogue
from segments.definition.sql import Params
from segments.engine import cutoffs, everyone
from segments.models import Segment

from .models.campaign import ids_in

Part = int | dict[str, Any]


def definitions_in(parts: Iterable[Part]) -> list[dict[str, Any]]:
    return [part for part in parts if isinstance(part, dict)]


def lists_in(parts: Iterable[Part]) -> list[int]:
    """Every list that is asked: named by its id, or inside a definition, however deep. Whether it exists or not."""
    return list(dict.fromkeys(pk for part in parts for pk in ([part] if isinstance(part, int) else _asked(part))))


def places(parts: Sequence[Part], at: str) -> Iterator[tuple[str, int]]:
    """Every list that is asked, with the pointer of the part that asks it."""
    for index, part in enumerate(parts):
        yield from ((f"{at}/{index}", pk) for pk in lists_in([part]))


def still_there(parts: Sequence[Part]) -> list[Part]:
    """Without lists archived or deleted meanwhile, and without definitions that can no longer be read."""
    known = set(Segment.unarchived.filter(pk__in=ids_in(list(parts))).values_list("pk", flat=True))
    return [part for part in parts if (part in known if isinstance(part, int) else not unreadable([part]))]


def keys_of(parts: Sequence[Part]) -> set[str]:
    """The dependency keys that the definitions read; of those that can still be read."""
    definitions = definitions_in(parts)
    found: set[str] = set()
    if definitions:
        known = catalogue.current()
        for raw in definitions:
            try:
                found |= depends.keys(load(raw, known))
            except InvalidInput:
                continue
    return found


def unreadable(parts: Sequence[Part]) -> list[Problem]:
    """What is wrong by now with definitions that were right when they were written, each at its place."""
    if not definitions_in(parts):
        return []
    known, found = catalogue.current(), []
    for place, part in enumerate(parts):
        if isinstance(part, dict):
            try:
                load(part, known)
            except InvalidInput as error:
                found += [problem.under(f"/{place}") for problem in error.problems]
    return found


class Compiler:
    """Writes the SQL of one statement: its definitions share an instant, the ways of counting, and parameters.

    A definition that can no longer be read raises InvalidInput.
    """

    def __init__(self) -> None:
        self._known: Catalogue | None = None
        self._params = Params()
        self.add = self._params.add
        self.at = self._params.at

    def named(self, parts: Sequence[Part]) -> str:
        """A query for the ids of all whom the parts name, each once, as `contact_id`."""
        ids, trees = ids_in(parts), [self._tree(raw) for raw in definitions_in(parts)]
        # Only one list names everybody once by itself.
        apart = "" if len(ids) == 1 and not trees else "DISTINCT "
        sources = [f"SELECT {apart}contact_id FROM segments_membership WHERE segment_id = ANY({self.ids(ids)})"]
        sources += [
            f"SELECT id AS contact_id FROM ({everyone.matching(tree, self._params)}) AS matching" for tree in trees
        ]
        return " UNION ".join(sources)

    def ids(self, ids: Sequence[int]) -> str:
        return self.add(list(ids), "bigint[]")

    def _tree(self, raw: dict[str, Any]) -> Node:
        if self._known is None:
            self._known = known = catalogue.current()
            self._params.zone, self._params.currency = known.zone, known.currency
            self._params.fiscal = known.fiscal_start
        kept = active(load(raw, self._known))
        assert kept is not None  # the loader refuses a definition that is switched off as a whole
        cutoffs.ensure(kept)
        return kept


def _asked(raw: object) -> Iterator[int]:
    """The numbers behind `segment` in a definition as it is stored."""
    if isinstance(raw, dict):
        asked = raw.get("segment")
        if isinstance(asked, int) and not isinstance(asked, bool):
            yield asked
        for value in raw.values():
            yield from _asked(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _asked(value)
