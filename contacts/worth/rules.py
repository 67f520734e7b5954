"""What counts as an order, and how digits, groups, costs and lapse are worked out: the settings, read and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from crmseg.access import account

from .. import money
from ..models import WorthSettings
from . import groups
from .groups import Group

EACH_PART = 5
"""Fewer people than this in each fifth or tenth, and nobody is sorted into any."""
LEAST = {"fifths": 5 * EACH_PART, "tenths": 10 * EACH_PART, "gap": 25}
ENOUGH_GAPS = 3
"""Gaps of one's own that speak for themselves where nothing is known of everyone's."""
DIGITS = {"r": "recency", "f": "frequency", "m": "monetary"}
_EDGES_LOCK = 71_020


@dataclass(frozen=True)
class Cost:
    """What serving a contact costs, in major units: entered by hand in an attribute, or else by rule."""

    attribute: str = ""
    per_order: Decimal = Decimal(0)
    per_event: Mapping[str, Decimal] = field(default_factory=dict)
    share: Decimal = Decimal(0)
    """Of the revenue, from 0 to 1."""

    @property
    def has_rule(self) -> bool:
        return bool(self.per_order or self.per_event or self.share)

    @property
    def is_known(self) -> bool:
        return bool(self.attribute) or self.has_rule


@dataclass(frozen=True)
class Found:
    """What was last found of everyone, for each contact to be compared with. None: there were too few."""

    r: tuple[datetime, ...] | None = None
    f: tuple[Decimal, ...] | None = None
    m: tuple[Decimal, ...] | None = None
    deciles: tuple[int, ...] | None = None
    gap: float | None = None
    """The median of everyone's own median gap, in days."""
    buyers: int = 0
    with_gap: int = 0
    valued: int = 0
    at: datetime | None = None

    def out(self) -> dict[str, Any]:
        """As it is kept: JSON that holds each number exactly."""
        return {
            "r": self.r and [at.isoformat() for at in self.r],
            "f": self.f and [str(one) for one in self.f],
            "m": self.m and [str(one) for one in self.m],
            "deciles": self.deciles and list(self.deciles),
            "gap": None if self.gap is None else repr(self.gap),
            "buyers": self.buyers,
            "with_gap": self.with_gap,
            "valued": self.valued,
        }

    @classmethod
    def read(cls, kept: Mapping[str, Any], at: datetime | None) -> Found:
        if not kept:
            return cls()
        return cls(
            r=kept["r"] and tuple(datetime.fromisoformat(one) for one in kept["r"]),
            f=kept["f"] and tuple(Decimal(one) for one in kept["f"]),
            m=kept["m"] and tuple(Decimal(one) for one in kept["m"]),
            deciles=kept["deciles"] and tuple(int(one) for one in kept["deciles"]),
            gap=None if kept["gap"] is None else float(kept["gap"]),
            buyers=int(kept["buyers"]),
            with_gap=int(kept["with_gap"]),
            valued=int(kept["valued"]),
            at=at,
        )


@dataclass(frozen=True)
class Rules:
    """One state of the settings, with what was found under them."""

    order_event: str
    refund_event: str
    rfm_event: str
    rfm_of: str
    edges: Mapping[str, tuple[Decimal, ...]]
    """Fixed edges by digit: days for `r`, the best first; the least count or amount of each higher digit for others."""
    groups: tuple[Group, ...]
    former_groups: tuple[str, ...]
    cost: Cost
    shrink: float
    at_risk_gaps: float
    lost_gaps: float
    version: int
    counted_version: int
    found: Found
    currency: str
    zone: str

    @property
    def rfm_is_orders(self) -> bool:
        """Whether the digits are of the orders and their revenue, which are added up anyway."""
        return self.rfm_event in ("", self.order_event) and not self.rfm_of

    @property
    def rfm_name(self) -> str:
        return self.rfm_event or self.order_event

    @property
    def rfm_is_money(self) -> bool:
        return not self.rfm_of

    @property
    def events(self) -> frozenset[str]:
        """The event types that worth is worked out of."""
        named = {self.order_event, self.refund_event, self.rfm_name, *self.cost.per_event}
        return frozenset(named - {""})

    @property
    def keys(self) -> frozenset[str]:
        """The dependency keys that worth is worked out of."""
        of_events = {f"event:{name}" for name in self.events}
        return frozenset(of_events | ({f"attribute:{self.cost.attribute}"} if self.cost.attribute else set()))

    @property
    def scale(self) -> Decimal:
        """Minor units in one major unit."""
        return Decimal(10) ** money.exponent(self.currency)

    def edge(self, digit: str, amount: Decimal) -> Decimal:
        """A fixed edge as amounts are kept: in minor units where it is money."""
        return amount * self.scale if digit == "m" and self.rfm_is_money else amount

    @property
    def every_group(self) -> tuple[Group, ...]:
        """The present ones, and the former ones, which lists may still ask for; of these the usual keep their names."""
        usual = {group.key: group for group in groups.USUAL}
        return (*self.groups, *(usual.get(key) or Group(key, key) for key in self.former_groups))

    def label(self, key: str | None) -> str:
        """The name of a group, present or former."""
        if key is None:
            return ""
        return next((group.label for group in self.every_group if group.key == key), key)


def row() -> WorthSettings:
    return WorthSettings.objects.filter(pk=1).first() or WorthSettings.objects.get_or_create(pk=1)[0]


def current() -> Rules:
    return of(row())


def of(kept: WorthSettings) -> Rules:
    settings = account.current()
    return Rules(
        order_event=kept.order_event,
        refund_event=kept.refund_event,
        rfm_event=kept.rfm_event,
        rfm_of=kept.rfm_of,
        edges={digit: tuple(Decimal(str(edge)) for edge in edges) for digit, edges in kept.edges.items()},
        groups=groups.read(kept.groups) if kept.groups else groups.USUAL,
        former_groups=tuple(kept.former_groups),
        cost=_cost(kept.cost),
        shrink=kept.shrink,
        at_risk_gaps=kept.at_risk_gaps,
        lost_gaps=kept.lost_gaps,
        version=kept.version,
        counted_version=kept.counted_version,
        found=Found.read(kept.found, kept.found_at),
        currency=settings.currency,
        zone=settings.time_zone,
    )


def hold_still() -> None:
    """Nobody changes what everyone is compared with until the present transaction ends."""
    _execute("SELECT pg_advisory_xact_lock_shared(%s, 0)")


def hold_alone() -> None:
    """Whoever compares with what is about to change has finished, and others wait."""
    _execute("SELECT pg_advisory_xact_lock(%s, 0)")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_EDGES_LOCK])


def _cost(kept: Mapping[str, Any]) -> Cost:
    return Cost(
        attribute=kept.get("attribute") or "",
        per_order=Decimal(str(kept.get("per_order") or 0)),
        per_event={name: Decimal(str(amount)) for name, amount in (kept.get("per_event") or {}).items()},
        share=Decimal(str(kept.get("share_of_revenue") or 0)),
    )
