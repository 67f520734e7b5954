"""What another type of an attribute would do to its values and to those that read it. Nothing is written.

Of everybody where there are few, else of a random sample, and said so; the change itself looks at every value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from dataclasses import replace as changed
from decimal import Decimal
from typing import Any

from django.db import connection

from crmseg.access import account

from . import reading, values
from .converting import convert, same
from .fields import Field, FieldType
from .filling import are_few, table_of
from .models import AttributeDefinition
from .reading import Effect

SAMPLED = 100_000
EXAMPLES = 10
MOST_OPTIONS = 10_000
_TEXT = Field("", "", "", FieldType.TEXT)
NEED_OPTIONS = frozenset({FieldType.ENUM, FieldType.ORDERED_ENUM})


@dataclass(frozen=True)
class Example:
    old: Any
    new: Any
    count: int
    reason: str = ""


@dataclass(frozen=True)
class Trial:
    """Of `known` values so many stay as they are, convert, or are lost."""

    target: Field
    known: int = 0
    unchanged: int = 0
    converted: int = 0
    lost: int = 0
    looked_at: int = 0
    is_sample: bool = False
    converting: list[Example] = field(default_factory=list)
    losing: list[Example] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    @property
    def blocked_by(self) -> list[Effect]:
        """Who could not go on with the new type."""
        return [effect for effect in self.effects if effect.problems]


def try_type(definition: AttributeDefinition, type_: FieldType, options: list[str]) -> Trial:
    counted, looked_at, is_sample = _values(definition)
    target = target_field(definition, type_, options, (value for value, _count in counted))
    zone = account.current().time_zone
    found: dict[str, list[Example]] = {"unchanged": [], "converted": [], "lost": []}
    for value, count in counted:
        try:
            new = convert(value, target, zone)
        except ValueError as error:
            found["lost"].append(Example(value, None, count, str(error)))
        else:
            found["unchanged" if same(new, value) else "converted"].append(Example(value, new, count))
    sums = {name: sum(one.count for one in examples) for name, examples in found.items()}
    return Trial(
        target,
        sum(sums.values()),
        **sums,
        looked_at=looked_at,
        is_sample=is_sample,
        converting=found["converted"][:EXAMPLES],
        losing=found["lost"][:EXAMPLES],
        effects=reading.effects(reading.attribute_key(definition.entity, definition.key), target),
    )


def target_field(definition: AttributeDefinition, type_: FieldType, options: list[str], found: Iterable[Any]) -> Field:
    """The field after the change. Where the type needs options and none are given, the values become them."""
    if type_ in NEED_OPTIONS and not options:
        options = sorted({text for value in found if 0 < len(text := _spelled(value)) <= 200})[:MOST_OPTIONS]
    return changed(values.definition_field(definition), type=type_, options=tuple(options))


def _spelled(value: Any) -> str:
    try:
        return convert(value, _TEXT, "UTC") or ""
    except ValueError:
        return ""


def _values(definition: AttributeDefinition) -> tuple[list[tuple[Any, int]], int, bool]:
    """The values with how many have each, the frequent ones first."""
    table, few = table_of(definition.entity), are_few(definition.entity)
    sql = f"""
        WITH looked AS MATERIALIZED (SELECT attributes -> %(key)s AS value FROM {table} {"" if few else _sample(table)})
        SELECT value, count(*), (SELECT count(*) FROM looked)
          FROM looked WHERE value <> 'null' GROUP BY value ORDER BY count(*) DESC, value
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"key": definition.key})
        rows = cursor.fetchall()
    counted = [(json.loads(value, parse_float=Decimal), count) for value, count, _all in rows]
    return counted, rows[0][2] if rows else 0, not few


def _sample(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        rows = float(cursor.fetchone()[0])
    return f"TABLESAMPLE SYSTEM ({min(100.0, 100 * SAMPLED / rows):.6f})" if rows > SAMPLED else f"LIMIT {SAMPLED}"
