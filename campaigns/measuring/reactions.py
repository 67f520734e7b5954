"""What was clicked and with which programs, and why people left: from the reactions, and bounded in what is shown."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from ..models import Campaign, Reaction, Send

MOST_LINKS, MOST_CLIENTS, MOST_REASONS = 100, 30, 20
Kind = Reaction.Kind


def links(campaign: Campaign) -> list[dict[str, Any]]:
    """In the order of the message: how often each place was clicked, and by how many people. Programs that follow all
    links to look for harm are counted apart."""
    person = Q(is_machine=False)
    rows: list[dict[str, Any]] = [
        dict(row)
        for row in _of(campaign, Kind.CLICKED)
        .values("place", "url")
        .annotate(
            clicks=Count("pk", filter=person),
            people=Count("send_id", filter=person, distinct=True),
            machine_clicks=Count("pk", filter=~person),
        )
        .order_by("-people", "place", "url")[:MOST_LINKS]
    ]
    whole = sum(row["clicks"] for row in rows)
    for row in rows:
        row["share"] = row["clicks"] / whole if whole else 0.0
    return sorted(rows, key=lambda row: (row["place"], row["url"]))


def clients(campaign: Campaign) -> list[dict[str, Any]]:
    """The programs and devices that people opened and clicked with; who uses two is counted in both."""
    rows: list[dict[str, Any]] = [
        dict(row)
        for row in _of(campaign, Kind.OPENED, Kind.CLICKED)
        .filter(is_machine=False)
        .values("client", "device")
        .annotate(people=Count("send_id", distinct=True))
        .order_by("-people", "client", "device")[:MOST_CLIENTS]
    ]
    whole = sum(row["people"] for row in rows)
    for row in rows:
        row["share"] = row["people"] / whole if whole else 0.0
    return rows


def unsubscribe_reasons(campaign: Campaign) -> list[dict[str, Any]]:
    """As people gave them, the most frequent first; an empty one is that of those who gave none."""
    left = Send.objects.filter(campaign=campaign, state=Send.State.SENT).exclude(unsubscribed_at=None)
    rows = left.values_list("unsubscribe_reason").annotate(people=Count("pk"))
    return [
        {"reason": reason, "people": people}
        for reason, people in rows.order_by("-people", "unsubscribe_reason")[:MOST_REASONS]
    ]


def _of(campaign: Campaign, *kinds: str) -> QuerySet[Reaction]:
    return Reaction.objects.filter(campaign=campaign, kind__in=kinds)
