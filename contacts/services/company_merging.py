"""Two companies become one: the people of the second belong to the first from then on. It cannot be undone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import InvalidInput, Problem

from .. import signals, values
from ..fields import Field, writable
from ..models import Company
from .companies import save_company

ATTRIBUTES = "attributes"


def merge_companies(survivor_id: int, merged_id: int, *, take: Collection[str] = (), actor: Actor) -> Company:
    """The values of the first win; its gaps are filled, and those keys of `take` come from the second, which goes.
    Raises Company.DoesNotExist for the first."""
    if survivor_id == merged_id:
        raise InvalidInput([Problem("/with", _("A company cannot be merged with itself."))])
    catalog = {field.key: field for field in writable(values.catalog("company"))}
    _check(take, catalog)
    with acting(actor), connection.cursor() as cursor:
        found = Company.objects.select_for_update().order_by("pk").in_bulk([survivor_id, merged_id])
        if survivor_id not in found:
            raise Company.DoesNotExist
        if merged_id not in found:
            raise InvalidInput([Problem("/with", _("There is no such company."))])
        survivor, merged = found[survivor_id], found[merged_id]
        before = {field.key: _value(survivor, field) for field in catalog.values()}
        changes = {
            field.key: given
            for field in catalog.values()
            if (given := _value(merged, field)) is not None
            and given != before[field.key]
            and (field.key in take or before[field.key] is None)
        }
        cursor.execute(
            "UPDATE contacts_contact SET company_id = %s, updated_at = statement_timestamp() WHERE company_id = %s",
            [survivor_id, merged_id],
        )
        people = int(cursor.rowcount)
        # Before the survivor is saved: it may take the domain, which only one company can have.
        cursor.execute("DELETE FROM contacts_company WHERE id = %s", [merged_id])
        for key, value in changes.items():
            _give(survivor, catalog[key], value)
        columns = {ATTRIBUTES if catalog[key].custom else catalog[key].columns[0] for key in changes}
        save_company(survivor, [*sorted(columns), "updated_at"])
        said = {"company": f"{merged} (#{merged_id})", "contact": people, **changes}
        audit.record(actor, "merged", survivor, said, before=before)
        signals.ring()
    return survivor


def _check(take: Collection[str], catalog: dict[str, Field]) -> None:
    problems = [
        Problem(f"/take/{place}", _("There is no field “%(key)s”.") % {"key": key} + values.suggest(key, catalog))
        for place, key in enumerate(take)
        if key not in catalog
    ]
    if problems:
        raise InvalidInput(problems)


def _value(company: Company, field: Field) -> Any:
    """As it is stored."""
    return company.attributes.get(field.key) if field.custom else getattr(company, field.columns[0])


def _give(company: Company, field: Field, value: Any) -> None:
    if field.custom:
        company.attributes = {**company.attributes, field.key: value}
    else:
        setattr(company, field.columns[0], value)
