"""What was before: changes of values, entries into lists and exits from them, answers, and addresses given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from campaigns.models import Suppression
from contacts import models
from contacts.models import AttributeHistory, Company, Consent
from segments import models as segment_models
from segments.models import LedgerEntry, Membership, Segment

from .words import CHANNELS, SIZES, STAGES, TICK, TOPICS, said

if TYPE_CHECKING:
    from .maker import Maker

LONG_PAST = [datetime(2025, month, 5, 12, tzinfo=UTC) + shift for month in (2, 6) for shift in (-TICK, 0 * TICK, TICK)]
"""Instants for questions about one: a definition may only name a past one, whatever day it is."""
CONTACT_KEYS = (
    "first_name", "city", "budget", "birth_date", "lifecycle_stage", "interests", "location", "c_text", "c_number",
    "c_money", "c_boolean", "c_date", "c_datetime", "c_enum", "c_ordered", "c_tags",
)  # fmt: skip
CUTOFFS = {
    "c_number": (0, 1, 5, -3, Decimal("19.99"), Decimal("0.1")), "c_money": (Decimal("19.99"), 20, -5),
    "budget": (Decimal("19.99"), 20, -5, Decimal("0.0001")), "company.employees": (0, 5, 50, 51),
    "company.revenue": (Decimal("19.99"), 20, -5),
}  # fmt: skip
PERCENTAGES = (10, 25, 50, 75, 90, Decimal("12.5"))
COMPANY_KEYS = ("name", "employees", "c_since", "c_tier")


def at(maker: Maker) -> datetime:
    return maker.random.choice(maker.instants)


def value(maker: Maker, key: str) -> Any:
    """Something the attribute may have been, as the database records it."""
    draws = {
        "budget": maker.amount, "c_money": maker.amount, "c_number": maker.number,
        "birth_date": lambda: maker.birthday().isoformat(),
        "lifecycle_stage": lambda: maker.random.choice(STAGES),
        "interests": maker.tags, "c_tags": maker.tags,
        "location": lambda: {"lat": 1, "lon": 2},
        "c_boolean": lambda: maker.random.random() < 0.5,
        "c_date": lambda: maker.random.choice(maker.days).isoformat(),
        "c_since": lambda: maker.random.choice(maker.days).isoformat(),
        "c_datetime": lambda: said(at(maker)),
        "c_enum": lambda: maker.random.choice(SIZES), "c_ordered": lambda: maker.random.choice(SIZES),
        "c_tier": lambda: maker.random.choice(SIZES),
        "employees": lambda: maker.random.choice((5, 50, 51)),
    }  # fmt: skip
    return maker.maybe(draws.get(key, maker.word), "", "soon" if key.startswith("c_") else "")


def changes(maker: Maker, keys: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each value now and then, more often than not with what it was turned into the next one."""
    drawn = []
    for key in keys:
        held = value(maker, key)
        for moment in sorted(at(maker) for _ in range(maker.random.choice((0, 0, 1, 1, 2, 3)))):
            following = value(maker, key)
            drawn.append({"key": key, "old": held, "new": following, "at": moment, "actor": "system:test"})
            held = following
    return drawn


def histories(maker: Maker, ids: list[int]) -> None:
    rows = [AttributeHistory(contact_id=pk, **change) for pk in ids for change in changes(maker, CONTACT_KEYS)]
    AttributeHistory.objects.bulk_create(rows)
    company_history = getattr(models, "CompanyHistory", None)
    if company_history is not None:
        companies = Company.objects.values_list("id", flat=True)
        company_history.objects.bulk_create(
            company_history(company_id=pk, **change) for pk in companies for change in changes(maker, COMPANY_KEYS)
        )


def lists(maker: Maker, segment: Segment, ids: list[int]) -> None:
    """Some are in it, each since an instant; the ledger knows who came and went, in whatever order it was told."""
    members = [pk for pk in ids if maker.random.random() < 0.45]
    Membership.objects.bulk_create(Membership(segment=segment, contact_id=pk, entered_at=at(maker)) for pk in members)
    Segment.objects.filter(pk=segment.pk).update(size=len(members))
    rows = []
    for pk in ids:
        for _ in range(maker.random.choice((0, 1, 1, 2, 3))):
            moment = maker.random.choice((at(maker), maker.random.choice(LONG_PAST)))
            change = maker.random.choice(("entered", "left"))
            rows.append(
                LedgerEntry(segment_id=segment.pk, contact_id=pk, change=change, at=moment, cause="test", version=1)
            )
    LedgerEntry.objects.bulk_create(rows)


def answers(maker: Maker, ids: list[int]) -> None:
    rows = [
        Consent(
            contact_id=pk, channel=channel, topic=topic, changed_at=maker.now - timedelta(days=1),
            status=maker.random.choice(("subscribed", "subscribed", "unsubscribed", "never")),
        )
        for pk in ids for channel in CHANNELS for topic in TOPICS if maker.random.random() < 0.75
    ]  # fmt: skip
    Consent.objects.bulk_create(rows)
    for pk in ids:
        if maker.random.random() < 0.2:
            Suppression.objects.create(channel="email", address=f"p{pk}@EXAMPLE.org")
        if maker.random.random() < 0.2:
            Suppression.objects.create(channel=maker.random.choice(("sms", "phone")), address=f"+3901100{pk}")


def cutoffs(maker: Maker) -> None:
    """Values at percentages, stored whenever they were; some were never."""
    table: Any = getattr(segment_models, "Percentile", None)
    if table is None:
        return
    for key, values in CUTOFFS.items():
        stored = sorted(values)
        for percent in PERCENTAGES:
            if maker.random.random() < 0.85:
                one = stored[int(len(stored) * percent) // 101]
                table.objects.create(property=key, percent=percent, value=one, computed_at=maker.now)
