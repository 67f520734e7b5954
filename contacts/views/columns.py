"""The columns that the tables of contacts and companies can have, and how an address writes those it shows.

`columns=name:260,stage,attributes.plan` is a choice, its order, and widths in pixels where they are not the usual ones.
The name always leads: it opens the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import F
from django.db.models.functions import Left, Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crmseg.web.tables import Column

from .. import columns as registry
from .. import company_sums, computed, computed_values, values
from ..computed import Computed
from ..fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from ..models import AttributeDefinition
from . import presenting

NARROWEST, WIDEST, MOST = 60, 800, 40
NAME = "name"
DEFAULT = {
    "contacts": "name,stage,company,place,source,created",
    "companies": "name,industry,place,employees,contacts,customers,orders",
}
_ENTITY = {"contacts": "contact", "companies": "company"}
_COMPANY, _PERSON = _("Company"), _("Identity")
_NUMERIC = (FieldType.NUMBER, FieldType.MONEY)
_WIDTHS = {
    FieldType.NUMBER: 110,
    FieldType.MONEY: 130,
    FieldType.BOOLEAN: 100,
    FieldType.DATE: 130,
    FieldType.DATETIME: 150,
    FieldType.MULTI_ENUM: 200,
    FieldType.ORDERED_ENUM: 200,
}
# The same stored column under the name that addresses have known it by.
_SHORT = {"lifecycle_stage": "stage", "created_at": "created"}
Reader = Callable[[Any], Any]
Asker = Callable[[Sequence[int]], Mapping[int, Any]]


@dataclass(frozen=True)
class TableColumn(Column):
    """`kind` says how a value is written. `read` takes it from a row; or `ask` is asked once for all rows of a page,
    and `pick` takes from its answer what this column shows."""

    key: str = ""
    group: str | Promise = ""
    kind: str = "text"
    width: int = 150
    read: Reader | None = None
    ask: Asker | None = None
    pick: Reader = lambda answer: answer


@dataclass(frozen=True)
class Placed:
    """A column where somebody put it."""

    column: TableColumn
    width: int

    @property
    def written(self) -> str:
        return self.column.key if self.width == self.column.width else f"{self.column.key}:{self.width}"


def catalogue(table: str) -> dict[str, TableColumn]:
    """Every column that there is, by key: the special ones first, then by group."""
    known = {column.key: column for column in (_of_contacts() if table == "contacts" else _of_companies())}
    return known | {column.key: column for column in _custom(table)}


def placed(text: str, known: Mapping[str, TableColumn], table: str) -> list[Placed]:
    """The columns as `text` has them; what is not known any more is left out, and nothing means the usual ones."""
    found: dict[str, Placed] = {}
    for part in text.split(",")[:MOST]:
        key, _colon, width = part.strip().partition(":")
        if column := known.get(key):
            wide = int(width) if width.isdecimal() and len(width) < 5 else column.width
            found.setdefault(key, Placed(column, min(max(wide, NARROWEST), WIDEST)))
    if not found:
        return placed(DEFAULT[table], known, table)
    first = found.pop(NAME, None) or Placed(known[NAME], known[NAME].width)
    return [first, *found.values()]


def written(layout: Sequence[Placed]) -> str:
    return ",".join(one.written for one in layout)


def choices(layout: Sequence[Placed], known: Mapping[str, TableColumn]) -> list[dict[str, Any]]:
    """Those shown in their order, then the others; not the name, which is always there."""
    shown = {one.column.key for one in layout}
    others = [Placed(column, column.width) for key, column in known.items() if key not in shown]
    return [
        {"value": one.written, "label": one.column.label, "group": one.column.group, "shown": one.column.key in shown}
        for one in [*layout[1:], *others]
    ]


def _of_contacts() -> list[TableColumn]:
    special = [
        TableColumn(
            _("Name"),
            (Left("last_name", 200), Left("first_name", 200)),
            known="last_name",
            key=NAME,
            group=_PERSON,
            kind="name",
            width=240,
        ),
        TableColumn(
            _COMPANY,
            (Lower("company__name"),),
            known="company__name",
            apart=True,
            key="company",
            group=_COMPANY,
            kind="company",
            width=180,
            read=_company,
        ),
        _place(),
    ]
    counted = [
        TableColumn(one.label, numeric=True, key=one.key, group=_("Record"), kind="number", width=100, ask=one.count)
        for one in registry.counted()
    ]
    own = [_field(field, "", presenting.value_of) for field in CONTACT_FIELDS.values()]
    employers = [_field(field, "company.", _of_employer) for field in COMPANY_FIELDS.values()]
    return [*special, *own, *_worked_out(), *counted, *employers]


def _worked_out() -> list[TableColumn]:
    """What the product works out of a contact and keeps. To sort by it looks up what is kept of everybody shown."""
    return [
        TableColumn(
            field.label,
            (computed_values.expression(field),),
            numeric=field.type in _NUMERIC,
            descending_first=field.type in (*_NUMERIC, FieldType.DATETIME),
            key=f"computed.{field.key}",
            group=field.group,
            kind=field.type.value,
            width=_WIDTHS.get(field.type, 150),
            ask=computed_values.of_page,
            pick=partial(_called, field),
        )
        for field in computed.fields().values()
    ]


def _called(field: Computed, answer: Mapping[str, Any]) -> Any:
    value = answer[field.key]
    return field.option_labels.get(value, value) if field.option_labels else value


def _of_companies() -> list[TableColumn]:
    name = TableColumn(_("Name"), (Lower("name"),), key=NAME, group=_PERSON, kind="name", width=240)
    people = _("People")
    sums = [
        TableColumn(
            _("Contacts"),
            ("pk",),
            numeric=True,
            descending_first=True,
            key="contacts",
            group=people,
            kind="number",
            width=110,
            ask=company_sums.people_of,
            pick=lambda sums: sums.people,
        ),
        TableColumn(
            _("Customers"),
            numeric=True,
            key="customers",
            group=people,
            kind="number",
            width=110,
            ask=company_sums.people_of,
            pick=lambda sums: sums.customers,
        ),
        TableColumn(
            _("Paid for orders"),
            numeric=True,
            key="orders",
            group=people,
            kind="money",
            width=140,
            ask=company_sums.paid_by,
        ),
    ]
    own = [_field(field, "", presenting.value_of) for field in COMPANY_FIELDS.values() if field.key != NAME]
    return [name, _place(), *sums, *own]


def _custom(table: str) -> list[TableColumn]:
    found = []
    for definition in AttributeDefinition.objects.order_by("id"):
        field = values.definition_field(definition)
        if definition.entity == _ENTITY[table]:
            found.append(_field(field, "", presenting.value_of))
        elif table == "contacts":
            found.append(_field(field, "company.", _of_employer))
    return found


def _field(field: Field, prefix: str, read: Callable[[Any, Field], Any]) -> TableColumn:
    key = field.key if prefix or field.custom else _SHORT.get(field.key, field.key)
    return TableColumn(
        label=field.label,
        order=_order(field, prefix),
        numeric=field.type in _NUMERIC,
        descending_first=field.type in (*_NUMERIC, FieldType.DATETIME),
        key=f"{prefix}{'attributes.' if field.custom else ''}{key}",
        group=_COMPANY if prefix else field.group,
        kind="stage" if field.key == "lifecycle_stage" and not field.custom else field.type.value,
        width=_WIDTHS.get(field.type, 150),
        read=lambda row: read(row, field),
    )


def _order(field: Field, prefix: str) -> tuple[Any, ...]:
    through = "company__" if prefix else ""
    if field.type in (FieldType.MULTI_ENUM, FieldType.LOCATION):
        return ()
    if field.custom:
        return (F(f"{through}attributes__{field.key}"),)
    if field.key == "email" and not prefix:
        return (Lower("email"),)
    # The age counts from the birth date, and grows the other way.
    return () if field.key == "age" else (f"{through}{field.columns[0]}",)


def _place() -> TableColumn:
    order = ("country", Left("city", 200))
    return TableColumn(_("Place"), order, key="place", group=_("Geographic"), width=160, read=_where)


def _where(row: Any) -> str:
    return ", ".join(filter(None, [row.city, row.country]))


def _company(row: Any) -> Any:
    return row.company


def _of_employer(row: Any, field: Field) -> Any:
    return presenting.value_of(row.company, field) if row.company else None
