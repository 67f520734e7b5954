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
    options that have a name beside their key.
    """

    key: str
    label: str | Promise
    group: str | Promise
    type: FieldType
    sql: str
    options: tuple[str, ...] = ()
    recorded: bool = False
    option_labels: Mapping[str, str | Promise] = field(default_factory=dict, compare=False)


Source = Callable[[], Iterable[Computed]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Have `source` asked, each time, for the values that exist now."""
    if source not in _sources:
        _sources.append(source)


def fields() -> dict[str, Computed]:
    """Everything that is worked out in this account now, by key."""
    return dict(once.a_page("worked out", _read))


def _read() -> dict[str, Computed]:
    return {one.key: one for source in _sources for one in source()}
