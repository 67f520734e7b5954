"""Values that are printed although somebody may lack them: how many of the real audience do.

Fields of contacts and companies are counted exactly, in one query whatever their number. What is computed (orders,
events, products) is only known by rendering: `campaigns.content.preflight` does that for a sample.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType

from ...models import Campaign
from .. import readers, reads
from ..compose import Composition
from .finding import STOP, WARN, Finding


@dataclass(frozen=True)
class Tally:
    """How many of `people` lack each value."""

    people: int
    lacking: dict[str, int]


def printed_bare(composition: Composition) -> list[str]:
    """What the composition prints without a default and without looking first, in any language."""
    found: dict[str, None] = {}
    for prepared in composition.languages.values():
        for template in (prepared.subject, prepared.html, prepared.text):
            found |= dict.fromkeys(reads.unguarded(template)) if template else {}
    return list(found)


def countable(names: Collection[str]) -> list[str]:
    return [name for name in names if _column(name) is not None]


def tally(campaign: Campaign, names: Collection[str]) -> Tally:
    """Of the audience, how many lack each of the `countable` names."""
    wanted = {name: column for name in names if (column := _column(name)) is not None}
    people, parameters = readers.reached(campaign)
    counts = sql.SQL(", ").join(sql.SQL("count(*) FILTER (WHERE {})").format(column) for column in wanted.values())
    query = sql.SQL(
        "SELECT count(*), {counts} FROM ({people}) AS person"
        " JOIN contacts_contact AS contact ON contact.id = person.contact_id"
        " LEFT JOIN contacts_company AS company ON company.id = contact.company_id"
    ).format(counts=counts or sql.SQL("NULL"), people=sql.SQL(people))
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(cursor.cursor), parameters)
        everyone, *lacking = cursor.fetchone()
    return Tally(everyone, dict(zip(wanted, lacking, strict=False)))


def look(campaign: Campaign, composition: Composition, where: str = "") -> Iterator[Finding]:
    """A value without a default stops a start where somebody lacks it, and always in an ongoing campaign, whose
    readers nobody knows yet."""
    names = countable(printed_bare(composition))
    if not names:
        return
    found = tally(campaign, names)
    for name in names:
        lacking = found.lacking[name]
        advice = _("Give it a default: %(example)s") % {"example": f'{{{{ {name} | default: "…" }}}}'}
        said = {"name": name, "people": f"{lacking:,}", "of": f"{found.people:,}"}
        given = {"detail": (advice,), "where": where, "people": lacking, "of": found.people}
        if lacking:
            message = ngettext(
                "%(people)s of %(of)s readers has no %(name)s, and would see a gap.",
                "%(people)s of %(of)s readers have no %(name)s, and would see a gap.",
                lacking,
            )
            yield Finding("missing", STOP, message % said, **given)  # type: ignore[arg-type]
        elif campaign.is_open_ended:
            message = _("%(name)s has no default, and whoever enters later may lack it.")
            yield Finding("missing", STOP, message % said, **given)  # type: ignore[arg-type]
        else:
            message = _("%(name)s has no default. Nobody of the %(of)s readers lacks it now.")
            yield Finding("missing", WARN, message % said, **given)  # type: ignore[arg-type]


def _column(name: str) -> sql.Composable | None:
    """A condition that is true of whoever lacks the value; None where it is not a column."""
    parts = name.split(".")
    table, fields = "contact", CONTACT_FIELDS
    if parts[0] == "company" or parts[:2] == ["contact", "company"]:
        table, fields = "company", COMPANY_FIELDS
        parts = parts[1:] if parts[0] == "contact" else parts
    elif parts[0] != "contact":
        return None
    match parts[1:]:
        case []:
            return sql.SQL("company.id IS NULL") if table == "company" else None
        case ["attributes", key]:
            held = sql.SQL("{}.attributes -> {}").format(sql.Identifier(table), _literal(key))
            return sql.SQL("COALESCE({}, 'null') IN ('null', '\"\"', '[]')").format(held)
        case [key] if key in fields:
            return _empty(table, fields[key])
        case [_unknown]:
            return sql.SQL("TRUE")
        case _:
            return None


def _empty(table: str, field: Field) -> sql.Composable:
    column = sql.Identifier(table, field.columns[0])
    if field.type in {FieldType.TEXT, FieldType.ENUM, FieldType.ORDERED_ENUM}:
        return sql.SQL("COALESCE(btrim({}), '') = ''").format(column)
    return sql.SQL("{} IS NULL").format(column)


def _literal(text: str) -> sql.Composable:
    """As it stands in a statement that has parameters besides."""
    return sql.SQL(sql.Literal(text).as_string(None).replace("%", "%%"))
