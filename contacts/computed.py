"""What the product works out of a contact itself and keeps beside it: worth, scores. Nobody writes these by hand.

Whoever keeps such a value says here how it is read, and definitions can ask for it like for any attribute. When a value
moves, its keeper puts `attribute:KEY` into the change log, or hands it to the refresh that is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise

from crmseg.common import once

from .fields import FieldType


@dataclass(frozen=True)
class Computed:
    """One value that is worked out. `sql` reads it of the contact `c`, with its own type, NULL where unknown.

    Money is numeric in major units of the account's currency. `recorded` says whether its keeper notes each change in
    `contacts_attributehistory`, so that definitions may ask for its past. `option_labels` holds what people call the
    options that have a name beside their key. `past` reads it as it was at an instant that is over, empty where that
    cannot be told: of a contact `c` as she was then, with `c.since`, that instant,
    `c.since_keys` and `c.since_values`, the values that moved after it and what they were before, and the columns of a
    `Then`.
    """

    key: str
    label: str | Promise
    group: str | Promise
    type: FieldType
    sql: str
    options: tuple[str, ...] = ()
    recorded: bool = False
    option_labels: Mapping[str, str | Promise] = field(default_factory=dict, compare=False)
    past: str = ""


@dataclass(frozen=True)
class Then:
    """What can be worked out anew as of an instant: a row for each contact of `%(ids)s` with anything to tell at
    `%(now)s`. Its column `x` is `c.PREFIX_x` in the `past` of a value."""

    prefix: str
    columns: tuple[str, ...]
    select: Callable[[], str]


Source = Callable[[], Iterable[Computed]]
_sources: list[Source] = []
_thens: dict[str, Then] = {}


def register(source: Source) -> None:
    """Have `source` asked, each time, for the values that exist now."""
    if source not in _sources:
        _sources.append(source)


def register_then(then: Then) -> None:
    _thens[then.prefix] = then


def thens() -> list[Then]:
    return list(_thens.values())


def as_noted(key: str, type: FieldType, otherwise: str) -> str:
    """The `past` of a recorded value: what it was before it first moved since, and `otherwise` where it did not."""
    noted = f"(c.since_values ->> '{key}')"
    before = f"{noted}::numeric" if type in (FieldType.NUMBER, FieldType.MONEY) else noted
    return f"CASE WHEN '{key}' = ANY(c.since_keys) THEN {before} ELSE {otherwise} END"


def fields() -> dict[str, Computed]:
    """Everything that is worked out in this account now, by key."""
    return dict(once.a_page("worked out", _read))


def _read() -> dict[str, Computed]:
    return {one.key: one for source in _sources for one in source()}
