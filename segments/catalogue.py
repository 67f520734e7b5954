"""What definitions may speak about now, read from the account's attributes, event types and lists."""

from __future__ import annotations

from contacts import computed
from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from contacts.models import AttributeDefinition, EventType
from crmseg.access import account
from crmseg.common import once

from .definition.schema import Catalogue, ListedSegment, Property
from .models import Segment


def current() -> Catalogue:
    """The catalogue as of this moment, one for all of a page. Load definitions against a fresh one: lists and
    attributes come and go."""
    return once.a_page("catalogue", _read)


def _read() -> Catalogue:
    settings = account.current()
    return Catalogue(
        properties=standard() | _computed() | _custom(),
        event_types=frozenset(EventType.objects.values_list("name", flat=True)),
        segments=_segments(),
        zone=settings.time_zone,
        currency=settings.currency,
        fiscal_start=settings.fiscal_start_month,
    )


def referenced(keys: list[str]) -> frozenset[int]:
    """The lists named among dependency keys."""
    return frozenset(int(key.removeprefix("segment:")) for key in keys if key.startswith("segment:"))


def standard() -> dict[str, Property]:
    found = {field.key: _property(field, "contact", field.key) for field in CONTACT_FIELDS.values()}
    companies = {f"company.{field.key}": field for field in COMPANY_FIELDS.values()}
    return found | {key: _property(field, "company", key) for key, field in companies.items()}


def _property(field: Field, source: str, key: str) -> Property:
    return Property(
        key=key,
        type=field.type,
        source="company" if source == "company" else "contact",
        column=field.column or field.key,
        label=field.label,
        group=field.group,
        options=field.options,
        suggestions=field.suggestions,
        reads_clock=field.key == "age",
    )


def _computed() -> dict[str, Property]:
    return {
        one.key: Property(
            one.key,
            one.type,
            label=one.label,
            group=one.group,
            options=one.options,
            option_labels=one.option_labels,
            sql=one.sql,
            recorded=one.recorded,
            past=one.past,
        )
        for one in computed.fields().values()
    }


def _custom() -> dict[str, Property]:
    found = {}
    for definition in AttributeDefinition.objects.all():
        of_company = definition.entity == AttributeDefinition.Entity.COMPANY
        key = f"company.{definition.key}" if of_company else definition.key
        found[key] = Property(
            key=key,
            type=FieldType(definition.type),
            source="company" if of_company else "contact",
            label=definition.label,
            group=definition.group,
            options=tuple(definition.options),
        )
    return found


def _segments() -> dict[int, ListedSegment]:
    rows = Segment.unarchived.values_list("id", "name", "keys")
    return {pk: ListedSegment(pk, name, referenced(keys)) for pk, name, keys in rows}
