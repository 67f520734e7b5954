"""The world as it stands in the database, read table by table: whatever changed it, the oracle judges what is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db.models import F, Model

from campaigns.models import Suppression
from contacts.models import AttributeHistory, Company, Consent, Contact, Event
from segments.models import LedgerEntry, Membership, Segment

from .. import oracle
from .words import SIZES, STAGES, TYPES


def read_world(zone: str, currency: str, fiscal_start: int) -> oracle.World:
    """All that definitions may ask about; lists that follow a definition are for the caller to add."""
    options = {"lifecycle_stage": list(STAGES), "company.c_tier": list(SIZES)}
    options |= {key: list(SIZES) for key in ("c_enum", "c_ordered", "c_ordered2")}
    companies = {row["id"]: of_company(dict(row)) for row in Company.objects.values()}
    contacts: dict[int, dict[str, Any]] = {}
    company_of: dict[int, int | None] = {}
    for row in Contact.objects.order_by("id").values():
        company_of[row["id"]] = row["company_id"]
        contacts[row["id"]] = of_contact(dict(row)) | companies.get(row["company_id"], {})
    return oracle.World(
        zone,
        currency,
        TYPES,
        options,
        contacts,
        events(),
        members=members(),
        fiscal_start=fiscal_start,
        company_of=company_of,
        histories=changes(AttributeHistory, "contact_id"),
        company_histories=changes(model("contacts", "CompanyHistory"), "company_id"),
        ledger=ledger(),
        entered={(row.segment_id, row.contact_id): row.entered_at for row in Membership.objects.all()},
        consents={(row.contact_id, row.channel, row.topic): row.status for row in Consent.objects.all()},
        suppressed=set(Suppression.objects.values_list("channel", "address")),
        cutoffs=cutoffs(),
    )


def model(app: str, name: str) -> type[Model] | None:
    return next((found for found in apps.get_app_config(app).get_models() if found.__name__ == name), None)


def of_contact(row: dict[str, Any]) -> dict[str, Any]:
    latitude, longitude = row.pop("latitude"), row.pop("longitude")
    place = None if latitude is None or longitude is None else {"lat": latitude, "lon": longitude}
    attributes: dict[str, Any] = row.pop("attributes")
    return row | attributes | {"location": place}


def of_company(row: dict[str, Any]) -> dict[str, Any]:
    return {f"company.{key}": value for key, value in (row | row.pop("attributes")).items()}


def events() -> dict[int, list[oracle.Event]]:
    found = defaultdict[int, list[oracle.Event]](list)
    named = {"at": F("occurred_at"), "name": F("type__name")}
    for row in Event.objects.order_by("id").values("contact_id", "id", "properties", **named):
        found[row["contact_id"]].append(dict(row))
    return dict(found)


def members() -> dict[int, set[int]]:
    static = {pk: set[int]() for pk in Segment.objects.filter(kind="static").values_list("id", flat=True)}
    for segment, contact in Membership.objects.filter(segment__kind="static").values_list("segment_id", "contact_id"):
        static[segment].add(contact)
    return static


def changes(table: Any, whose: str) -> dict[int, list[oracle.Change]]:
    found = defaultdict[int, list[oracle.Change]](list)
    rows: Iterable[Any] = table.objects.order_by("id").values(whose, "key", "old", "new", "at") if table else ()
    for row in rows:
        found[row.pop(whose)].append(dict(row))
    return dict(found)


def ledger() -> dict[int, list[oracle.Change]]:
    found = defaultdict[int, list[oracle.Change]](list)
    for row in LedgerEntry.objects.order_by("id"):
        found[row.segment_id].append({"contact": row.contact_id, "change": row.change, "at": row.at})
    return dict(found)


def cutoffs() -> dict[tuple[str, Decimal], Decimal]:
    """The stored values at percentages of a property."""
    table: Any = model("segments", "Percentile")
    rows = table.objects.exclude(value=None).values_list("property", "percent", "value") if table else ()
    return {(key, percent.normalize()): value for key, percent, value in rows}
