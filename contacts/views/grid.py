"""A table whose columns people choose: one page of rows with what the address, the view and the person want of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from crmseg.web.tables import COUNT_LIMIT, Table

from ..filters import Narrowing
from ..models import Company, Contact, TableHabit
from . import cells, columns
from .columns import Placed, TableColumn

PAGES = {"contacts": "contacts:contact", "companies": "contacts:company"}
# What a condition narrows is dearer to count than everyone: the table says "more than" sooner.
NARROWED_COUNT = 10_000


class PeopleTable(Table):
    """Sorted by ids alone: whole rows are too wide to be sorted by the hundred thousand."""

    narrowed = False

    def fetch(self, rows: QuerySet[Any]) -> list[Any]:
        return self.whole(list(rows.values_list("pk", flat=True)))

    def whole(self, ids: list[int]) -> list[Any]:
        rows = Contact.objects.select_related("company") if self._model is Contact else self._model.objects.all()
        found = rows.in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]


class CompaniesTable(PeopleTable):
    """Sorted by how many people they have along the contacts' index; those without any are read apart."""

    def _stretch(self, start: int, stop: int) -> list[Any]:
        if self.sort.lstrip("-") != "contacts":
            return super()._stretch(start, stop)
        sign = "-" if self.sort.startswith("-") else ""
        people = Contact.objects.filter(company__isnull=False).order_by()
        if self.narrowed:
            people = people.filter(company__in=self._rows_unsorted.values("pk"))
        some = people.values("company").annotate(n=Count("*")).order_by(f"{sign}n", f"{sign}company")
        staffed = some.values_list("company", flat=True)
        has_people = Exists(Contact.objects.filter(company=OuterRef("pk")))
        empty = self._rows_unsorted.filter(~has_people).order_by(f"{sign}pk").values_list("pk", flat=True)
        first, last = (staffed, empty) if sign else (empty, staffed)
        ids = list(first[start:stop])
        if len(ids) < stop - start:
            before = start + len(ids) if ids or not start else len(first[:start])
            ids += last[start + len(ids) - before : stop - before]
        return self.whole(ids)


@dataclass
class Grid:
    """`layout` is shown; `known` is everything that could be. `habit` is how this person likes the table."""

    name: str
    table: PeopleTable
    layout: list[Placed]
    known: Mapping[str, TableColumn]
    habit: TableHabit

    @property
    def columns(self) -> str:
        return columns.written(self.layout)

    @property
    def total_width(self) -> int:
        return sum(one.width for one in self.layout)

    @property
    def heads(self) -> Iterator[dict[str, Any]]:
        for place, one in enumerate(self.layout):
            key = one.column.key
            yield {
                "key": key,
                "label": one.column.label,
                "width": one.width,
                "numeric": one.column.numeric,
                "url": self.table.sort_url(key) if one.column.order else "",
                "direction": self.table.direction_of(key),
                "place": place,
            }

    @property
    def rows(self) -> Iterator[dict[str, Any]]:
        rows: list[Any] = self.table.rows
        numeric = [one.column.numeric for one in self.layout[1:]]
        for row, said in zip(rows, cells.cells_of(rows, self.layout), strict=True):
            yield {
                "pk": row.pk,
                "url": reverse(PAGES[self.name], args=[row.pk]),
                "title": str(row),
                "detail": _detail(row),
                "cells": list(zip(numeric, said, strict=True)),
            }


def build(
    request: HttpRequest,
    name: str,
    rows: QuerySet[Any],
    asked: Mapping[str, str],
    habit: TableHabit,
    *,
    sort: str,
    narrowed: bool,
    alone: Narrowing | None = None,
) -> Grid:
    """`asked` holds the parameters of the address and of its view; without columns, the person's own are shown.
    `alone`: the one condition that the rows meet."""
    known = columns.catalogue(name)
    layout = columns.placed(asked.get("columns") or habit.columns, known, name)
    sort = asked["sort"] if _sorts(asked.get("sort", ""), known) else sort
    counted_to = NARROWED_COUNT if narrowed else COUNT_LIMIT
    kind = CompaniesTable if name == "companies" else PeopleTable
    table = kind(
        request,
        rows,
        known,
        sort=sort,
        id=f"{name}-table",
        known_count=alone.count if alone else None,
        counted_to=counted_to,
        more_than=alone.more_than if alone else 0,
    )
    table.narrowed = narrowed
    return Grid(name, table, layout, known, habit)


def _sorts(asked: str, known: Mapping[str, TableColumn]) -> bool:
    key = asked.removeprefix("-")
    return key in known and bool(known[key].order)


def _detail(row: Contact | Company) -> str:
    """What tells two of the same name apart."""
    if isinstance(row, Contact):
        return row.email or "" if row.full_name else ""
    return row.domain or "" if row.name else ""
