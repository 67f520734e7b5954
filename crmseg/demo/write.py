"""Sample rows into the tables by COPY. What is there already is left alone, so writing twice writes once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model
from psycopg.types.json import Jsonb

from contacts.models import Company, Consent, Contact, Event, EventMessage, EventType

from .people import Person

CONTACT_COLUMNS = tuple(
    str(field.column)
    for field in Contact._meta.concrete_fields
    if field.name not in {"id", "external_id", "company", "updated_at"}
)


class Happened(NamedTuple):
    """An event on its way in; `properties` is JSON text, so that money is never a float."""

    external_id: str
    type: str
    at: datetime
    properties: str
    amount: int | None
    message_id: str


def copy(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({names}) FROM STDIN') as out:
        for row in rows:
            out.write_row(row)


def write_companies(companies: Sequence[dict[str, object]], at: datetime) -> None:
    there = {domain for (domain,) in _rows(Company, ("domain",), [company["domain"] for company in companies])}
    columns = ("name", "domain", "industry", "employees", "revenue", "country", "region", "city", "postal_code")
    copy(
        Company,
        (*columns, "attributes", "created_at", "updated_at"),
        (
            (*(company.get(column) for column in columns), Jsonb(company["attributes"]), at, at)
            for company in companies
            if company["domain"] not in there
        ),
    )


def write_people(people: Sequence[Person], at: datetime) -> None:
    """Contacts and what they agreed to."""
    there = contact_ids(person.external_id for person in people)
    emails = {email for (email,) in _rows(Contact, ("email",), [p.columns["email"] for p in people])}
    new = [p for p in people if p.external_id not in there and p.columns["email"] not in emails]
    companies = dict(_rows(Company, ("domain", "id"), {p.company for p in new}))
    copy(
        Contact,
        ("external_id", "company_id", "updated_at", *CONTACT_COLUMNS),
        ((p.external_id, companies.get(p.company or ""), at, *_values(p)) for p in new),
    )
    ids = contact_ids(person.external_id for person in new)
    copy(
        Consent,
        ("contact_id", "channel", "topic", "status", "method", "text_shown", "changed_at"),
        (
            (ids[person.external_id], a.channel, a.topic, a.status, a.method, a.text_shown, a.changed_at)
            for person in new
            for a in person.agreements
        ),
    )


def write_events(events: Sequence[Happened], source: str, at: datetime) -> None:
    """Events, and the message ids they take; those of a contact who was deleted meanwhile are left out."""
    if not events:
        return
    taken = {one for (one,) in _rows(EventMessage, ("message_id",), [event.message_id for event in events])}
    ids = contact_ids(event.external_id for event in events)
    types = _type_ids({event.type for event in events})
    new = [event for event in events if event.message_id not in taken and event.external_id in ids]
    copy(EventMessage, ("message_id", "received_at"), ((event.message_id, at) for event in new))
    copy(
        Event,
        (
            "contact_id",
            "type_id",
            "occurred_at",
            "received_at",
            "properties",
            "amount",
            "currency",
            "message_id",
            "source",
        ),
        (
            (
                ids[event.external_id],
                types[event.type],
                event.at,
                at,
                event.properties,
                event.amount,
                None if event.amount is None else "USD",
                event.message_id,
                source,
            )
            for event in new
        ),
    )


def contact_ids(external_ids: Iterable[str]) -> dict[str, int]:
    return dict(_rows(Contact, ("external_id", "id"), set(external_ids)))


def _rows(model: type[Model], columns: Sequence[str], values: Iterable[object]) -> list[tuple[Any, ...]]:
    """These columns of the rows whose first one is among many thousand `values`, handed over as one array."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {", ".join(columns)} FROM "{model._meta.db_table}" WHERE {columns[0]} = ANY(%s)', [list(values)]
        )
        return list(cursor)


def minor_units(amount: Decimal) -> int:
    return int((amount * 100).to_integral_exact())


def as_json(properties: dict[str, object]) -> str:
    return json.dumps(properties, ensure_ascii=False)


def analyze() -> None:
    """Fresh statistics: the lists are built on what was just written, before the server would look by itself."""
    with connection.cursor() as cursor:
        for model in (Company, Contact, Consent, Event):
            cursor.execute(f'ANALYZE "{model._meta.db_table}"')


def _type_ids(names: Collection[str]) -> dict[str, int]:
    EventType.objects.bulk_create([EventType(name=name) for name in sorted(names)], ignore_conflicts=True)
    return dict(EventType.objects.filter(name__in=names).values_list("name", "id"))


def _values(person: Person) -> Iterator[object]:
    """The contact's columns, in their order; what is not said is unknown."""
    for column in CONTACT_COLUMNS:
        value = person.columns.get(column)
        yield Jsonb(value or {}) if column == "attributes" else value
