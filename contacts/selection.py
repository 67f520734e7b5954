"""From the address of the contacts table to the contacts it shows: the one reading that the table, its exports and its
bulk actions share.

What cannot be read is refused, never left out: an action on "all that match" must not reach more people than the table
showed. The sort plays no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from crmseg.access.models import User

from . import filters, saved_views, selectors
from .models import Contact, OfTable, SavedView

LONGEST = 200
ALL = "all"


@dataclass(frozen=True)
class Asked:
    """`stage` is the ready view ("", "leads", "customers"); `narrowed` holds the filters of upper rooms by name.

    `view` is the saved view that the address names, and `query` everything that was asked, the view's part included.
    """

    q: str
    stage: str
    narrowed: Mapping[str, str]
    view: SavedView | None
    query: Mapping[str, str]

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.stage or self.narrowed)

    def contacts(self) -> QuerySet[Contact]:
        return self.found()[0]

    def found(self) -> tuple[QuerySet[Contact], filters.Narrowing | None]:
        """The contacts; and the condition that finds them, where it is the only one: it may know how many."""
        rows = selectors.contacts_table(view=self.stage)
        narrowings = list(self._narrowings())
        for narrowing in narrowings:
            rows = rows.filter(narrowing.condition)
        for name, value in self._others():
            rows = filters.apply(name, rows, value)
        alone = len(narrowings) == 1 and not self.stage and not self._others()
        return rows, narrowings[0] if alone else None

    def _narrowings(self) -> Iterator[filters.Narrowing]:
        if self.q:
            yield selectors.found_by(self.q)
        for name, value in self.narrowed.items():
            if narrowing := filters.condition(name, value):
                yield narrowing

    def _others(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self.narrowed.items() if not filters.by_condition(name)]


def chosen(ids: Iterable[int] | None, query: str, user: User) -> QuerySet[Contact]:
    """These contacts, or all that the table shows at the address with `query`; InvalidInput where it cannot be read."""
    if ids is not None:
        return Contact.objects.filter(pk__in=list(ids))
    return read(QueryDict(query.removeprefix("?")), user).contacts()


def read(given: QueryDict, user: User) -> Asked:
    """What the address asks; its own parameters come before those that its saved view remembers."""
    stage, view, asked = resolve(given, user, OfTable.CONTACTS)
    narrowed = {name: asked[name] for name in filters.names() if asked.get(name)}
    return Asked(asked.get("q", "")[:LONGEST], stage, narrowed, view, asked)


def resolve(given: QueryDict, user: User, table: str) -> tuple[str, SavedView | None, dict[str, str]]:
    """The ready view, the saved view, and all parameters of an address of this table."""
    asked = {name: _tidy(value) for name, value in given.items()}
    stage, view = asked.pop("view", ""), None
    if stage not in ("", ALL, *saved_views.READY):
        view = saved_views.find(user, table, stage)
        asked = {**view.query, **asked}
        stage = asked.pop("view", "")
    return ("" if stage == ALL else stage), view, asked


def _tidy(value: str | list[object]) -> str:
    return str(value).strip().replace("\x00", "")
