"""From the address of the companies table to the companies it shows, for the table and its exports alike.

The filters are those of contacts: a company is shown for the people it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict

from crmseg.access.models import User

from . import filters, selection, selectors
from .models import Company, Contact, OfTable, SavedView


@dataclass(frozen=True)
class Asked:
    """As of contacts; companies have no ready views."""

    q: str
    narrowed: Mapping[str, str]
    view: SavedView | None
    query: Mapping[str, str]

    @property
    def narrows(self) -> bool:
        return bool(self.q or self.narrowed)

    def companies(self) -> QuerySet[Company]:
        rows = selectors.companies_table(q=self.q, counted=False)
        if not self.narrowed:
            return rows
        people = Contact.objects.exclude(company=None)
        for name, value in self.narrowed.items():
            people = filters.apply(name, people, value)
        return rows.filter(pk__in=people.order_by().values("company"))


def read(given: QueryDict, user: User) -> Asked:
    _stage, view, asked = selection.resolve(given, user, OfTable.COMPANIES)
    narrowed = {name: asked[name] for name in filters.names() if asked.get(name)}
    return Asked(asked.get("q", "")[: selection.LONGEST], narrowed, view, asked)


def chosen(ids: Iterable[int] | None, query: str, user: User) -> QuerySet[Company]:
    """These companies, or all that the table shows at the address with `query`; InvalidInput where it is no address."""
    if ids is not None:
        return Company.objects.filter(pk__in=list(ids))
    return read(QueryDict(query.removeprefix("?")), user).companies()
