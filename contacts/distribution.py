"""Which values an attribute has, and how often: of everybody where there are few, else of a random sample."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from . import values
from .fields import Field, FieldType
from .filling import are_few, table_of

SAMPLED = 10_000
TOP, BINS, MOST_MONTHS = 12, 12, 36
_NUMBERS = frozenset({FieldType.NUMBER, FieldType.MONEY})
_DATES = frozenset({FieldType.DATE, FieldType.DATETIME})


@dataclass(frozen=True)
class Bar:
    """A value, or a span of values from `label` up to the next; `value` is what a filter would ask, if one can."""

    label: str
    count: int
    value: str = ""


@dataclass(frozen=True)
class Distribution:
    """`known` of the `looked_at` rows have a value; the `bars` are the frequent ones, or a histogram in order."""

    kind: str
    bars: list[Bar]
    looked_at: int
    known: int
    different: int
    is_sample: bool
    low: Any = None
    middle: Any = None
    high: Any = None

    @property
    def others(self) -> int:
        """Rows whose value is none of the frequent ones."""
        return 0 if self.kind != "values" else max(0, self.known - sum(bar.count for bar in self.bars))


def distribution(field: Field, entity: str) -> Distribution:
    rows, is_sample = _rows(field, entity)
    looked_at = sum(count for _raw, count in rows)
    known: Counter[Any] = Counter()
    texts: Counter[str] = Counter()
    for raw, count in rows:
        value = _read(field, raw)
        if value is None:
            continue
        if field.type in _NUMBERS or field.type in _DATES:
            known[value] += count
            continue
        known[None] += count
        if field.type is not FieldType.LOCATION:
            for text in value if isinstance(value, list) else [str(value)]:
                texts[text] += count
    if field.type is FieldType.LOCATION:
        return Distribution("places", [], looked_at, known.total(), 0, is_sample)
    if field.type in _NUMBERS or field.type in _DATES:
        ordered = sorted(known.elements())
        ends = (ordered[0], ordered[len(ordered) // 2], ordered[-1]) if ordered else (None, None, None)
        kind, bars = ("histogram", _bins(ordered)) if field.type in _NUMBERS else ("periods", _periods(ordered))
        return Distribution(kind, bars, looked_at, len(ordered), len(known), is_sample, *ends)
    said = {"True": _("yes"), "False": _("no")} if field.type is FieldType.BOOLEAN else {}
    bars = [Bar(said.get(text, text), n, text) for text, n in texts.most_common(TOP)]
    return Distribution("values", bars, looked_at, known.total(), len(texts), is_sample)


def _rows(field: Field, entity: str) -> tuple[list[tuple[Any, int]], bool]:
    """The different values as they are stored, with how many rows have each."""
    table = table_of(entity)
    asked = "attributes -> %(key)s" if field.custom else f'"{field.columns[0]}"'
    few = are_few(entity)
    sample = "" if few else _sample(table)
    sql = f"SELECT value, count(*) FROM (SELECT {asked} AS value FROM {table} {sample}) AS looked GROUP BY value"
    with connection.cursor() as cursor:
        cursor.execute(sql, {"key": field.key})
        return cursor.fetchall(), not few


def _sample(table: str) -> str:
    """Whole pages of the table, by chance and the same ones each time, so that the figures of a page agree."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        rows = float(cursor.fetchone()[0])
    if rows <= SAMPLED:  # never analysed, or long ago
        return f"LIMIT {SAMPLED}"
    return f"TABLESAMPLE SYSTEM ({min(100.0, 100 * SAMPLED / rows):.6f}) REPEATABLE (1)"


def _read(field: Field, raw: Any) -> Any:
    """As a value of the field; None for what is unknown, and for what some other hand wrote that is no value of it."""
    if field.custom and isinstance(raw, str):
        raw = json.loads(raw, parse_float=Decimal)
    try:
        if not field.custom:
            return (raw if raw not in ("", []) else None) if field.key != "age" else _age(raw)
        return values.read(field, raw)
    except ValueError:
        return None


def _age(born: date | None) -> int | None:
    from crmseg.common import clock

    today = clock.now().date()
    return None if born is None else today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _bins(ordered: Sequence[Any]) -> list[Bar]:
    """Equal steps of a round width; the few far above or below the others share the last and the first."""
    if not ordered:
        return []
    numbers = [Decimal(value) for value in ordered]
    low, high = numbers[len(numbers) // 100], numbers[-1 - len(numbers) // 100]
    if low == high:
        return [Bar(_short(low), len(numbers))]
    step = _round_step((high - low) / BINS)
    start = (low / step).to_integral_value(rounding="ROUND_FLOOR") * step
    last = int((high - start) / step)
    counted = Counter(min(max(int((number - start) / step), 0), last) for number in numbers)
    return [Bar(_short(start + step * place), counted.get(place, 0)) for place in range(last + 1)]


def _round_step(width: Decimal) -> Decimal:
    """1, 2 or 5 times a power of ten, not below `width`."""
    power = Decimal(1).scaleb(width.adjusted())
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= width)


def _short(number: Decimal) -> str:
    return f"{values.dump(number)}"


def _periods(ordered: Sequence[date | datetime]) -> list[Bar]:
    """By month; by year where the months would be too many."""
    if not ordered:
        return []
    first, last = ordered[0], ordered[-1]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months <= MOST_MONTHS:
        counted = Counter((value.year, value.month) for value in ordered)
        spans: Iterable[tuple[int, int]] = (divmod(first.year * 12 + first.month - 1 + n, 12) for n in range(months))
        return [Bar(f"{year}-{month + 1:02}", counted.get((year, month + 1), 0)) for year, month in spans]
    years = Counter(value.year for value in ordered)
    width = max(1, -(-(last.year - first.year + 1) // MOST_MONTHS))
    starts = range(first.year, last.year + 1, width)
    return [Bar(str(year), sum(years.get(year + n, 0) for n in range(width))) for year in starts]
