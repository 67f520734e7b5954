"""Tables whose sort, filters and page live in the address, so that every state can be shared and back works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Field, Model, QuerySet
from django.db.models.expressions import Expression, OrderBy
from django.http import HttpRequest, QueryDict
from django.utils.functional import Promise

PAGE_SIZE = 50
# Counting further costs more than it tells; the table then says "more than".
COUNT_LIMIT = 100_000
# Nobody turns further pages, and each costs more than the one before: the table then says how to reach the others.
MOST_ROWS = 10_000


@dataclass(frozen=True)
class Column:
    """`order` holds what sorting by it uses, fields or expressions; a column without them does not sort.

    `known` names the field without which the first of them is unknown, where that is not the field itself. With
    `apart` the known are read apart in both directions: the index along which they lie is another table's.
    """

    label: str | Promise
    order: tuple[str | Expression | F, ...] = ()
    numeric: bool = False
    descending_first: bool = False
    known: str = ""
    apart: bool = False


class Table:
    """One page of rows, and the addresses of its other orders and pages."""

    def __init__(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        columns: Mapping[str, Column],
        *,
        sort: str,
        id: str = "table",
        page_size: int = PAGE_SIZE,
        known_count: int | None = None,
        counted_to: int = COUNT_LIMIT,
        more_than: int = 0,
        counted_in_order: bool = False,
    ):
        """`counted_to`: how far rows are counted. `more_than`: there are more than so many, so none need be counted.

        `counted_in_order`: from the first row on, where an index has this order and what is asked for lies at its end.
        """
        self.id = id
        self.columns = columns
        self._query = request.GET.copy()
        self._path = request.path
        wanted = self._query.get("sort", "")
        key = wanted.lstrip("-")
        self.sort = wanted if key in columns and columns[key].order else sort
        self._model = rows.model
        self._rows_unsorted = rows
        self.rows_all = rows.order_by(*self._ordering())
        self.known_count = known_count
        self.counted_to = min(counted_to, more_than) if more_than else counted_to
        self._counts = not more_than
        self._counted_in_order = counted_in_order
        self.page_size = page_size
        self.page = min(_page(request), self.last_page)

    def _ordering(self) -> list[OrderBy | str]:
        key, descending = self.sort.lstrip("-"), self.sort.startswith("-")
        leading, *others = self.columns[key].order
        ordering = [
            _ordered(leading, descending, unknown_last=self._may_be_null(leading)),
            *(_ordered(name, descending, unknown_last=False) for name in others),
        ]
        return [*ordering, "-pk" if descending else "pk"]

    def _may_be_null(self, name: str | Expression | F) -> bool:
        """Annotations may; so may fields that say so. The others can follow an index."""
        field = self._field(name)
        return field is None or bool(getattr(field, "null", True))

    def _field(self, name: str | Expression | F) -> Field[Any, Any] | None:
        try:
            return self._model._meta.get_field(name) if isinstance(name, str) else None
        except FieldDoesNotExist:
            return None

    @property
    def rows(self) -> list[Model]:
        if not hasattr(self, "_rows"):
            start = (self.page - 1) * self.page_size
            found = self._stretch(start, start + self.page_size + 1)
            self._rows, self._more = found[: self.page_size], len(found) > self.page_size
        return self._rows

    def _stretch(self, start: int, stop: int) -> list[Any]:
        """The rows from `start` to `stop`.

        An index holds the unknown before the highest. So where these lead and are to come last, the known are read
        first, backwards along the index, and the unknown only when the known do not fill the page.
        """
        column = self.columns[self.sort.lstrip("-")]
        leading, descending = column.order[0], self.sort.startswith("-")
        field = self._field(leading)
        known = column.known or (field.name if field is not None and field.null else "")
        if not known or not (descending or column.apart):
            return self.fetch(self.rows_all[start:stop])
        value = F(leading) if isinstance(leading, str) else leading
        first = value.desc() if descending else value.asc()
        others = self._ordering()[1:]
        apart = self._rows_unsorted.filter(**{f"{known}__isnull": False})
        found = self.fetch(apart.order_by(first, *others)[start:stop])
        if len(found) == stop - start:
            return found
        before = start + len(found) if found or not start else apart.order_by()[:start].count()
        unknown = self._rows_unsorted.filter(**{f"{known}__isnull": True}).order_by(*others)
        return found + self.fetch(unknown[start + len(found) - before : stop - before])

    def fetch(self, rows: QuerySet[Any]) -> list[Any]:
        """How a page of rows is read."""
        return list(rows)

    @property
    def count(self) -> int:
        """How many match, exactly up to `counted_to`."""
        if not hasattr(self, "_count"):
            if self.known_count is not None:
                self._count = self.known_count
            elif self.page == 1 and not self.has_more:
                self._count = len(self.rows)
            elif not self._counts:
                self._count = self.counted_to + 1
            else:
                rows = self.rows_all if self._counted_in_order else self.rows_all.order_by()
                self._count = rows.values("pk")[: self.counted_to + 1].count()  # without working out what rows show
        return self._count

    @property
    def count_is_floor(self) -> bool:
        return self.known_count is None and self.count > self.counted_to

    @property
    def shown_count(self) -> int:
        return min(self.count, self.counted_to) if self.known_count is None else self.count

    @property
    def first(self) -> int:
        return (self.page - 1) * self.page_size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return (self.page - 1) * self.page_size + len(self.rows)

    @property
    def has_next(self) -> bool:
        return self.has_more and self.page < self.last_page

    @property
    def has_more(self) -> bool:
        """Whether rows follow, on a further page or beyond the last one."""
        _ = self.rows
        return self._more

    @property
    def last_page(self) -> int:
        return max(1, MOST_ROWS // self.page_size)

    @property
    def ends_early(self) -> bool:
        """Whether this is the last page though more rows match."""
        return self.page == self.last_page and self.has_more

    @property
    def has_previous(self) -> bool:
        return self.page > 1

    @property
    def next_url(self) -> str:
        return self.url(page=self.page + 1)

    @property
    def previous_url(self) -> str:
        return self.url(page=self.page - 1 if self.page > 2 else None)

    def url(self, **changes: object) -> str:
        """This table's address with some of its parameters changed; None takes one away."""
        query: QueryDict = self._query.copy()
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = str(value)
        return f"{self._path}?{query.urlencode()}" if query else self._path

    def sort_url(self, key: str) -> str:
        if self.sort.lstrip("-") == key:
            turned = key if self.sort.startswith("-") else f"-{key}"
        else:
            turned = f"-{key}" if self.columns[key].descending_first else key
        return self.url(sort=turned, page=None)

    def direction_of(self, key: str) -> str:
        if self.sort.lstrip("-") != key:
            return ""
        return "descending" if self.sort.startswith("-") else "ascending"


def _ordered(name: str | Expression | F, descending: bool, *, unknown_last: bool) -> OrderBy | str:
    """What is unknown comes last, whichever way a column is sorted.

    Only of what leads: behind it, the unknown are where an index that is read backwards has them.
    """
    if isinstance(name, str) and not unknown_last:
        return f"-{name}" if descending else name
    value = F(name) if isinstance(name, str) else name
    if not unknown_last:
        return value.desc() if descending else value.asc()
    return value.desc(nulls_last=True) if descending else value.asc(nulls_last=True)


def _page(request: HttpRequest) -> int:
    try:
        return max(int(request.GET.get("page", "1")), 1)
    except ValueError:
        return 1
