"""Tables of rows that are at hand as a list, sorted by what was computed: few enough to be held in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from .tables import PAGE_SIZE, Column, Table


class ListedTable(Table):
    """Like a Table; `keys` say what each column sorts by. What is None comes last, whichever way it is sorted."""

    def __init__(
        self,
        request: HttpRequest,
        rows: Sequence[Any],
        columns: Mapping[str, Column],
        keys: Mapping[str, Callable[[Any], Any]],
        *,
        sort: str,
        id: str = "table",
        page_size: int = PAGE_SIZE,
    ):
        self.id, self.columns, self.page_size = id, columns, page_size
        self._query, self._path = request.GET.copy(), request.path
        wanted = self._query.get("sort", "")
        self.sort = wanted if wanted.lstrip("-") in keys else sort
        self.known_count = self.counted_to = len(rows)
        asked = request.GET.get("page", "1")
        last = max(1, -(-len(rows) // page_size))
        self.page = min(max(int(asked), 1), last) if asked.isdecimal() and len(asked) < 10 else 1
        key = keys[self.sort.lstrip("-")]
        known = sorted((row for row in rows if key(row) is not None), key=key, reverse=self.sort.startswith("-"))
        ordered = [*known, *(row for row in rows if key(row) is None)]
        start = (self.page - 1) * page_size
        self._rows = ordered[start : start + page_size]
        self._more = start + page_size < len(ordered)
