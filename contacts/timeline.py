"""What happened, newest first, from every source at once; upper rooms add their own. The sources of this room are in
`contacts.moments`.

A page goes on after the last entry of the one before: by instant, then kind, then id, so that nothing is skipped or
repeated where many things happened at one instant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, takewhile
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Entry:
    """`kind` says which source; `details` is what belongs to that kind; `contact` says whose it is, if it is asked."""

    kind: str
    at: datetime
    id: int
    title: str
    actor: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    contact: int | None = None

    @property
    def position(self) -> Position:
        return Position(self.at, self.kind, self.id)

    @property
    def cursor(self) -> str:
        return str(self.position)


@dataclass(frozen=True, order=True)
class Position:
    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.kind}~{self.id}"

    @staticmethod
    def read(text: str) -> Position:
        try:
            at, kind, id_ = text.split("~")
            instant = datetime.fromisoformat(at)
            if instant.tzinfo is None or not 0 <= int(id_) <= LARGEST_ID:
                raise ValueError
            return Position(instant, kind, int(id_))
        except ValueError:
            raise InvalidInput([Problem("/before", _("This cursor is not one that was given out here."))]) from None


Source = Callable[[int, "Position | None", int], Iterable[Entry]]
Narrow = Callable[[int, "Position | None", int, "Collection[str]"], Iterable[Entry]]
_sources: dict[str, Source] = {}
_narrow: dict[str, Narrow] = {}
_mail: set[str] = set()
MAIL = "mail"


def register(kind: str, source: Source) -> None:
    """`source(contact_id, before, limit)` gives the newest entries earlier than `before`; see `earlier`."""
    _sources[kind] = source


def register_narrow(kind: str, source: Narrow) -> None:
    """`source(contact_id, before, limit, types)` gives only the entries of these types."""
    _narrow[kind] = source


def register_mail(*types: str) -> None:
    """Events of these types tell of a message to the contact."""
    _mail.update(types)


def is_mail(type: str) -> bool:
    return type in _mail


def mail_types() -> list[str]:
    return sorted(_mail)


def earlier(rows: QuerySet[M], kind: str, before: Position | None, limit: int, at: str = "at") -> QuerySet[M]:
    """The newest `limit` of `rows` that come after `before` on a timeline."""
    if before is not None:
        same_instant = Q(pk__in=[])
        if kind == before.kind:
            same_instant = Q(**{at: before.at}, pk__lt=before.id)
        elif kind < before.kind:
            same_instant = Q(**{at: before.at})
        rows = rows.filter(Q(**{f"{at}__lt": before.at}) | same_instant)
    return rows.order_by(f"-{at}", "-pk")[:limit]


def contact_timeline(
    contact_id: int,
    *,
    kind: str = "",
    type: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: str = "",
    limit: int = 40,
) -> list[Entry]:
    """All kinds, or one, or the events of one type; what happened from `since` on and earlier than `until`.

    `before` is the `cursor` of the last entry of the page before.
    """
    start = starting(before, until)
    if type:
        found: list[Iterable[Entry]] = [_narrow["event"](contact_id, start, limit, {type})]
    elif kind == MAIL:
        found = [_narrow["event"](contact_id, start, limit, _mail)]
    else:
        found = [source(contact_id, start, limit) for name, source in _sources.items() if kind in ("", name)]
    return merged(found, since, limit)


def starting(before: str, until: datetime | None) -> Position | None:
    """Where a page begins: after the last entry of the one before, and earlier than `until`."""
    bounds = [Position.read(before)] if before else []
    bounds += [Position(until, "", 0)] if until else []
    return min(bounds, default=None)


def merged(found: Iterable[Iterable[Entry]], since: datetime | None, limit: int) -> list[Entry]:
    """The newest of several sources, each of which gives its own newest first."""
    newest: Iterator[Entry] = heapq.merge(*found, key=lambda entry: entry.position, reverse=True)
    if since is not None:
        newest = takewhile(lambda entry: entry.at >= since, newest)
    return list(islice(newest, limit))
