"""Whom the rows of a batch are about: rows about one person become one, and those about two people are told apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from psycopg import sql

from crmseg.common import json

from . import identity, values
from .fields import Field, FieldType
from .payload import Answer, CompanyRef, Draft


@dataclass
class Person:
    """A contact that rows name: what is stored (`before`), what was asked for, and what it comes to (`after`)."""

    id: int | None = None
    before: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    company: CompanyRef | None = None
    consents: list[Answer] = field(default_factory=list)
    after: dict[str, Any] = field(default_factory=dict)

    def add(self, draft: Draft) -> None:
        self.fields |= draft.fields
        self.attributes |= draft.attributes
        self.company = draft.company or self.company
        self.consents += draft.consents

    def identity(self, key: str) -> Any:
        return self.fields.get(key) if self.fields.get(key) is not None else self.before.get(key)

    def work_out(self, catalog: Mapping[str, Field], companies: Mapping[CompanyRef, int | None]) -> None:
        self.after = dict(self.before)
        for key, value in self.fields.items():
            field = catalog[key]
            if field.type is FieldType.LOCATION:
                self.after |= values.columns_of(field, value)
            else:
                self.after[field.column or key] = value
        if self.attributes:
            merged = {**self.before["attributes"], **self.attributes}
            self.after["attributes"] = {key: value for key, value in merged.items() if value is not None}
        if self.company is not None:
            self.after["company_id"] = companies[self.company]

    @property
    def is_changed(self) -> bool:
        return self.after != self.before

    @property
    def known_id(self) -> int:
        assert self.id is not None
        return self.id


@dataclass(frozen=True)
class Unmatched:
    """A row that names two people at once, by its `key`."""

    row: int
    key: str


def match_people(
    drafts: Sequence[tuple[int, Draft]], columns: Sequence[str], match: Sequence[str], *, lock: bool = True
) -> tuple[list[Person], list[Unmatched]]:
    """The people of the rows, as they are stored where they exist, and then locked unless nothing will be written.

    `columns` are what will be compared and written. Whoever was merged is found by former names, which are not written.
    """
    emails = _folded({draft.fields["email"] for _index, draft in drafts if draft.fields.get("email")})
    external_ids = [draft.fields["external_id"] for _index, draft in drafts if draft.fields.get("external_id")]
    stored = _stored(_BY_NAME, [external_ids, list(emails.values())], columns, lock)
    by_external = {p.before["external_id"]: p for p in stored if p.before["external_id"]}
    by_email = {email: p for p in stored if (email := p.before.pop("folded"))}
    former = _former(external_ids, emails.values(), stored, by_external, by_email, columns, lock)
    people: dict[int, Person] = {}
    unmatched: list[Unmatched] = []
    for index, draft in drafts:
        external, email = draft.fields.get("external_id"), emails.get(draft.fields.get("email") or "")
        one = by_external.get(external) if external else None
        other = by_email.get(email) if email else None
        person = (one if "external_id" in match else None) or (other if "email" in match else None)
        if former:
            known = {key: former.get((key, name or "")) for key, name in (("external_id", external), ("email", email))}
            was = next((known[key] for key in match if known[key]), None)
            hers = {key for key, whose in known.items() if whose and whose is (person or was)}
            hers -= {"email"} if person else set()
            person = person or was
            draft = replace(draft, fields={key: value for key, value in draft.fields.items() if key not in hers})
            external, email = None if "external_id" in hers else external, None if "email" in hers else email
        if other is not None and person is not other:
            unmatched.append(Unmatched(index, "email"))
            continue
        renames = external and person is not None and person.identity("external_id") not in (None, external)
        if (one is not None and person is not one) or (renames and "external_id" in match):
            unmatched.append(Unmatched(index, "external_id"))
            continue
        if person is None:
            person = Person(before={**dict.fromkeys(columns), "company_id": None, "attributes": {}})
        person.add(draft)
        people[id(person)] = person
        if external:
            by_external[external] = person
        if email:
            by_email[email] = person
    return list(people.values()), unmatched


def _former(
    external_ids: Iterable[str],
    emails: Iterable[str],
    stored: Sequence[Person],
    by_external: Mapping[str, Person],
    by_email: Mapping[str, Person],
    columns: Sequence[str],
    lock: bool,
) -> dict[tuple[str, str], Person]:
    """Who had the names that nobody has, before a merge. Asked after the locks, so that no merge is overlooked."""
    names = [("external_id", name) for name in external_ids if name not in by_external]
    names += [("email", name) for name in emails if name not in by_email]
    found = {names[place]: one.contact_id for place, one in identity.former_names(names).items()}
    people = {person.id: person for person in stored}
    wanted = sorted(set(found.values()) - people.keys())
    for person in _stored(_BY_ID, [wanted], columns, lock) if wanted else ():
        person.before.pop("folded")
        people[person.id] = person
    return {name: people[contact_id] for name, contact_id in found.items() if contact_id in people}


def _folded(emails: Iterable[str]) -> dict[str, str]:
    """Addresses as the unique index compares them; only the database knows how it lowers what is not ASCII."""
    found = {email: email.lower() for email in emails if email.isascii()}
    others = [email for email in emails if not email.isascii()]
    if others:
        with connection.cursor() as cursor:
            cursor.execute("SELECT email, lower(email) FROM unnest(%s::text[]) AS email", [others])
            found |= dict(cursor.fetchall())
    return found


_BY_NAME = """
    SELECT id FROM contacts_contact WHERE external_id = ANY(%s)
     UNION SELECT id FROM contacts_contact WHERE lower(email) = ANY(%s)
"""
_BY_ID = "SELECT unnest(%s::bigint[])"


def _stored(which: str, names: Sequence[Sequence[object]], columns: Sequence[str], lock: bool) -> list[Person]:
    read = [*columns, "company_id", "attributes"]
    statement = sql.SQL("SELECT id, lower(email), {} FROM contacts_contact WHERE id IN ({}) ORDER BY id {}").format(
        sql.SQL(", ").join(map(sql.Identifier, read)), sql.SQL(which), sql.SQL("FOR UPDATE" if lock else "")
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(one) for one in names])
        rows = cursor.fetchall()
    people = []
    for contact_id, folded, *row in rows:
        before = {"folded": folded, **dict(zip(read, row, strict=True))}
        before["attributes"] = json.loads(before["attributes"].encode())
        people.append(Person(contact_id, before))
    return people
