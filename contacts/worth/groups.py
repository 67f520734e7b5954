"""Named groups of RFM digits: the usual ten, which an account may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

Range = tuple[int, int]
_ALL: Range = (1, 5)


@dataclass(frozen=True)
class Group:
    """Whoever has each digit within its range, both ends included. Of several that fit, the first counts."""

    key: str
    name: str
    r: Range = _ALL
    f: Range = _ALL
    m: Range = _ALL

    @property
    def title(self) -> str | Promise:
        """Its name, and the usual ones in the language of whoever reads it, whenever that is."""
        return _(self.name) if self.name in USUAL_NAMES else self.name

    @property
    def label(self) -> str:
        return str(self.title)

    def holds(self, r: int, f: int, m: int) -> bool:
        return all(low <= digit <= high for digit, (low, high) in ((r, self.r), (f, self.f), (m, self.m)))

    def out(self) -> dict[str, object]:
        return {"key": self.key, "name": self.name, "r": list(self.r), "f": list(self.f), "m": list(self.m)}


USUAL = (
    Group("champions", gettext_noop("Champions"), (5, 5), (4, 5)),
    Group("loyal", gettext_noop("Loyal"), (3, 4), (4, 5)),
    Group("potential_loyal", gettext_noop("Potentially loyal"), (4, 5), (2, 3)),
    Group("new", gettext_noop("New customers"), (5, 5), (1, 1)),
    Group("promising", gettext_noop("Promising"), (4, 4), (1, 1)),
    Group("need_attention", gettext_noop("Need attention"), (3, 3), (3, 3)),
    Group("about_to_sleep", gettext_noop("About to sleep"), (3, 3), (1, 2)),
    Group("cannot_lose", gettext_noop("Cannot lose them"), (1, 2), (5, 5)),
    Group("slipping", gettext_noop("Slipping away"), (1, 2), (3, 4)),
    Group("hibernating", gettext_noop("Hibernating"), (1, 2), (1, 2)),
)
"""By recency and frequency they fill the grid, each cell once."""
USUAL_NAMES = frozenset(group.name for group in USUAL)


def read(rows: Iterable[Mapping[str, object]]) -> tuple[Group, ...]:
    """As they are kept."""
    found = []
    for row in rows:
        ranges = {digit: (int(row[digit][0]), int(row[digit][1])) for digit in "rfm"}  # type: ignore[index]
        found.append(Group(str(row["key"]), str(row["name"]), **ranges))
    return tuple(found)


def of(groups: Iterable[Group], r: int, f: int, m: int) -> Group | None:
    return next((group for group in groups if group.holds(r, f, m)), None)
