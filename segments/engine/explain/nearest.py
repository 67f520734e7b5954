"""The smallest change that would turn the whole answer: what to do, or how long to wait, in words.

Every leaf that stands in the way has ways to turn it, each with a price: an attribute or an answer is one change, each
missing event one more, and waiting costs more the longer it takes. Groups take the cheapest set that turns them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ...definition import describe
from ...definition.describe import values
from ...definition.describe.events import measured_property
from ...definition.nodes import (
    WHOLE_MEASURES,
    Bucket,
    Compare,
    InSegment,
    Node,
    Not,
    Occurred,
    PastSegment,
    Performed,
)
from ...definition.operators import OPERATORS, Takes
from ...definition.parts import Part
from ...definition.schema import Catalogue
from ...definition.sql import CONTACT_ZONE
from ...definition.windows import Between, Last, This, last_instant, period_start

OPPOSITES = {
    "is": "is_not",
    "is_any_of": "is_none_of",
    "contains": "not_contains",
    "contains_any": "contains_none",
    "starts_with": "not_starts_with",
    "ends_with": "not_ends_with",
    "matches": "not_matches",
    "gt": "lte",
    "gte": "lt",
    "between": "not_between",
    "on": "not_on",
    "is_known": "is_unknown",
    "is_true": "is_false",
}
OPPOSITES |= {no: yes for yes, no in OPPOSITES.items()}
_MOST_MISSING = 1_000
_A_MONTH = timedelta(days=30)
Evidence = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """What to do, in words, and what it costs."""

    cost: float
    said: tuple[str, ...]


class Nearest:
    """Finds the cheapest way through a tree, given what is true, why, and when it flips by itself."""

    def __init__(
        self,
        known: Catalogue,
        now: datetime,
        held: Mapping[Part, bool],
        flips: Mapping[Part, datetime],
        evidence: Mapping[Part, Evidence],
    ):
        self.known, self.now, self.held, self.flips, self.evidence = known, now, held, flips, evidence

    def sentence(self, tree: Part) -> str | None:
        """The smallest change that turns the answer, or None where nothing that is known of does."""
        way = self._cheapest([self._turn(tree), self._wait(tree)])
        if way is None or not way.said:
            return None
        said = values.joined([*dict.fromkeys(way.said)], _(" and "))
        return said[:1].upper() + said[1:]

    def _turn(self, part: Part) -> Way | None:
        """How to make the part the opposite of what it is."""
        if isinstance(part.node, Not):
            return self._turn(part.present[0])
        if part.is_group:
            return self._group(part)
        return self._cheapest([self._act(part), self._wait(part)])

    def _group(self, part: Part) -> Way | None:
        """Turn as many children as it takes to have enough of them, or one too few."""
        holds = self.held[part]
        true = sum(self.held[child] for child in part.present)
        missing = true - part.wanted + 1 if holds else part.wanted - true
        ways = [way for child in part.present if self.held[child] == holds and (way := self._turn(child))]
        if not 0 < missing <= len(ways):
            return None
        chosen = sorted(ways, key=lambda way: way.cost)[:missing]
        return Way(sum(way.cost for way in chosen), tuple(said for way in chosen for said in way.said))

    def _wait(self, part: Part) -> Way | None:
        at = self.flips.get(part)
        if at is None:
            return None
        return Way(0.5 + (at - self.now) / _A_MONTH, (_("wait until %(when)s") % {"when": self._shown(at)},))

    def _act(self, part: Part) -> Way | None:
        """What somebody could do about the leaf."""
        holds, found = self.held[part], self.evidence[part]
        match part.node:
            case Compare() as leaf:
                return self._compare(leaf, holds=holds)
            case Performed() as leaf:
                return None if holds else self._perform(leaf, found)
            case Occurred() as leaf:
                return None if holds else self._happen(leaf, found)
            case InSegment(segment_id, negated):
                return Way(2, (self._say(InSegment(segment_id, negated != holds)),))
            case Bucket() | PastSegment():
                return None
            case leaf:
                return Way(1.5, (self._no_more(leaf) if holds else self._say(leaf),))

    def _compare(self, leaf: Compare, *, holds: bool) -> Way | None:
        if leaf.property.reads_clock or leaf.property.name in {"created_at", "updated_at"}:
            return None
        if leaf.operator.past:
            changes = leaf.operator.key in {"updated_in", "changed", "ever_was"}
            return Way(1, (self._say(leaf),)) if changes and not holds else None
        if not holds:
            return Way(1, (self._say(replace(leaf, unknown=False)),))
        opposite = OPPOSITES.get(leaf.operator.key)
        if opposite is None or leaf.unknown:
            return Way(1, (self._no_more(leaf),))
        return Way(1, (self._say(replace(leaf, operator=OPERATORS[opposite])),))

    def _perform(self, leaf: Performed, found: Evidence) -> Way | None:
        """How many more events, or how much more, it takes, and until when what is there still counts."""
        measured, wanted = found.get("measured"), self._least(leaf)
        if wanted is None or measured is None or isinstance(measured, str):
            can_rise = leaf.operator.takes is not Takes.NOTHING and leaf.measure not in WHOLE_MEASURES | {"sum"}
            return Way(2, (self._say(leaf),)) if can_rise else None
        missing = wanted - Decimal(str(measured))
        if leaf.measure == "count":
            n = int(missing)
            if not 0 < n <= _MOST_MISSING:
                return None
            said = ngettext("%(n)s more %(event)s", "%(n)s more %(event)s", n)
            words = {"n": _("one") if n == 1 else values.number(n), "event": self._event(leaf)}
            return Way(n, (self._before(said % words, leaf, found),))
        if leaf.measure == "sum" and missing > 0:
            more = values.scalar(missing, self.known.zone, self._currency(leaf))
            words = {"amount": more, "of": measured_property(leaf), "event": self._event(leaf)}
            return Way(1.5, (self._before(_("%(amount)s more %(of)s of %(event)s") % words, leaf, found),))
        return Way(2, (self._say(leaf),)) if missing > 0 else None

    def _least(self, leaf: Performed) -> Decimal | None:
        """The smallest number that the comparison takes, where more is what is missing."""
        operand = leaf.operand[0] if isinstance(leaf.operand, tuple) else leaf.operand
        step = Decimal(1) if leaf.measure in WHOLE_MEASURES else Decimal("0.01")
        match leaf.operator.key, operand:
            case "did", _:
                return Decimal(1)
            case (("gte" | "is" | "between"), Decimal()):
                return operand
            case "gt", Decimal():
                return operand + step
            case _:
                return None

    def _happen(self, leaf: Occurred, found: Evidence) -> Way | None:
        """An event that is still to come can be the last one, or the first where there was none."""
        count = found.get("count", 0)
        if not isinstance(leaf.window, Last | This):
            return None
        missing = 1 if leaf.which == "last" else (1 if leaf.which == "first" else leaf.which) - count
        if not 0 < missing <= _MOST_MISSING:
            return None
        said = ngettext("%(n)s more %(event)s", "%(n)s more %(event)s", missing)
        n = _("one") if missing == 1 else values.number(missing)
        return Way(missing, (said % {"n": n, "event": self._event(leaf)},))

    def _before(self, said: str, leaf: Performed, found: Evidence) -> str:
        """Until when the events that are there still count, and new ones would too."""
        deadline = self._deadline(leaf, found)
        if deadline is None:
            return said
        return _("%(said)s before %(when)s") % {"said": said, "when": self._shown(deadline)}

    def _deadline(self, leaf: Performed, found: Evidence) -> datetime | None:
        zone = self.known.zone if leaf.zone is None or leaf.zone == CONTACT_ZONE else leaf.zone
        match leaf.window:
            case Last(span) if span.elapsed is not None:
                first = found.get("first_at")
                return datetime.fromisoformat(first) + span.elapsed if first else None
            case This(unit):
                return period_start(self.now, unit, 1, zone, self.known.fiscal_start)
            case Between(_, end) if end is not None:
                return last_instant(end, zone)
            case _:
                return None

    def _event(self, leaf: Performed | Occurred) -> str:
        return describe.event(leaf.event, leaf.where, self.known)

    def _currency(self, leaf: Performed) -> str | None:
        return (leaf.currency or self.known.currency) if leaf.of == "revenue" else None

    def _say(self, node: Node) -> str:
        return describe.clause(node, self.known)

    def _no_more(self, node: Node) -> str:
        return _("no longer so: %(said)s") % {"said": self._say(node)}

    def _shown(self, at: datetime) -> str:
        """The day where it begins then, else the instant."""
        local = at.astimezone(ZoneInfo(self.known.zone))
        return values.instant(local.date() if local.time() == time() else at, self.known.zone)

    @staticmethod
    def _cheapest(ways: list[Way | None]) -> Way | None:
        return min((way for way in ways if way is not None), key=lambda way: way.cost, default=None)
