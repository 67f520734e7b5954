"""Reading what somebody wants a contact or a company to be: every problem at once, each with its JSON Pointer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.ids import is_id
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from . import values
from .fields import Field, writable
from .models.consent import ConsentStatus

CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True)
class CompanyRef:
    """A company by id, by domain or by name; None in all three is no company at all."""

    id: int | None = None
    domain: str | None = None
    name: str | None = None

    @property
    def is_none(self) -> bool:
        return self.id is None and self.domain is None and self.name is None


@dataclass(frozen=True)
class Answer:
    """A consent as it was given."""

    channel: str
    status: str
    topic: str = ""
    method: str | None = None
    text_shown: str | None = None


@dataclass
class Draft:
    """What was asked for: only the keys that were given, None where they are to be cleared."""

    fields: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    company: CompanyRef | None = None
    consents: list[Answer] = field(default_factory=list)

    def columns(self, catalog: Mapping[str, Field]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in self.fields.items():
            found |= values.columns_of(catalog[key], value)
        return found


def read_contact(data: object, catalog: Mapping[str, Field], *, region: str | None = None) -> Draft:
    """The draft, or InvalidInput. `region` is the country of the contact as she is known so far."""
    draft, problems = parse_contact(data, catalog, region=region)
    if problems:
        raise InvalidInput(problems)
    return draft


def parse_contact(
    data: object, catalog: Mapping[str, Field], *, region: str | None = None
) -> tuple[Draft, list[Problem]]:
    draft = Draft()
    if not isinstance(data, Mapping):
        return draft, [Problem("", _("Expected an object."))]
    problems = _read_fields(data, catalog, draft, ("company", "consent"), region)
    if "company" in data:
        try:
            draft.company = read_company_ref(data["company"])
        except ValueError as error:
            problems.append(Problem("/company", str(error)))
    if "consent" in data:
        problems += _read_consents(data["consent"], draft)
    return draft, problems


def read_company(data: object, catalog: Mapping[str, Field]) -> Draft:
    if not isinstance(data, Mapping):
        raise InvalidInput(_("Expected an object."))
    draft = Draft()
    if problems := _read_fields(data, catalog, draft, (), None):
        raise InvalidInput(problems)
    return draft


def _read_fields(
    data: Mapping[Any, Any], catalog: Mapping[str, Field], draft: Draft, others: tuple[str, ...], region: str | None
) -> list[Problem]:
    problems: list[Problem] = []
    # The country first, because a phone number is read as one of it.
    if "country" in data and "country" in catalog:
        _read_field(catalog["country"], data["country"], region, draft, problems)
        region = draft.fields.get("country") or region
    for key, raw in data.items():
        known = catalog.get(key) if isinstance(key, str) else None
        if key == "country" or key in others:
            continue
        if known is not None and not known.derived and not known.custom:
            _read_field(known, raw, region, draft, problems)
        elif key == "attributes":
            problems += _read_attributes(raw, catalog, draft)
        else:
            problems.append(_misplaced(key, known, catalog, others))
    return problems


def _read_field(field: Field, raw: Any, region: str | None, draft: Draft, problems: list[Problem]) -> None:
    try:
        draft.fields[field.key] = values.read(field, raw, region=region)
    except ValueError as error:
        problems.append(Problem(f"/{field.key}", str(error)))


def _misplaced(key: Any, known: Field | None, catalog: Mapping[str, Field], others: tuple[str, ...]) -> Problem:
    pointer = f"/{escape(str(key))}"
    if known is None:
        near = values.suggest(str(key), [*(field.key for field in writable(catalog)), "attributes", *others])
        return Problem(pointer, _("There is no field “%(key)s”.") % {"key": key} + near)
    if known.custom:
        return Problem(pointer, _("This is a custom attribute: give it under “attributes”."))
    return Problem(pointer, _("This is kept by the product itself and cannot be written."))


def _read_attributes(raw: Any, catalog: Mapping[str, Field], draft: Draft) -> list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem("/attributes", _("Expected an object."))]
    problems = []
    for key, value in raw.items():
        pointer = f"/attributes/{escape(str(key))}"
        known = catalog.get(key) if isinstance(key, str) else None
        if known is None or not known.custom:
            near = values.suggest(str(key), [f.key for f in catalog.values() if f.custom])
            message = _("There is no custom attribute “%(key)s”.") % {"key": key}
            if known is not None:
                message = _("“%(key)s” is a standard field: give it beside “attributes”.") % {"key": key}
            problems.append(Problem(pointer, message + near))
            continue
        try:
            draft.attributes[key] = values.to_json(values.read(known, value))
        except ValueError as error:
            problems.append(Problem(pointer, str(error)))
    return problems


def read_company_ref(raw: Any) -> CompanyRef:
    """`null`, an id, or an object with id, domain or name (a name beside a domain names a new company)."""
    if raw is None or raw == "":
        return CompanyRef()
    if is_id(raw):
        return CompanyRef(id=raw)
    if isinstance(raw, Mapping) and raw and raw.keys() <= {"id", "domain", "name"}:
        if raw.get("id") is not None:
            return read_company_ref(raw["id"]) if isinstance(raw["id"], int) else _no_company()
        fields = values.catalog_fields("company")
        domain, name = values.read(fields["domain"], raw.get("domain")), values.read(fields["name"], raw.get("name"))
        if domain or name:
            return CompanyRef(domain=domain, name=name)
    return _no_company()


def _no_company() -> CompanyRef:
    raise ValueError(_('Expected the id of a company, or {"domain": …} or {"name": …}.'))


def _read_consents(raw: Any, draft: Draft) -> list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem("/consent", _("Expected an object with a status for each channel."))]
    problems = []
    for channel, given in raw.items():
        pointer = f"/consent/{escape(str(channel))}"
        if not isinstance(channel, str) or not CHANNEL.fullmatch(channel):
            message = _("Expected a channel such as email: small letters, digits and _, beginning with a letter.")
            problems.append(Problem(pointer, message))
            continue
        answer = given if isinstance(given, Mapping) else {"status": given}
        try:
            draft.consents.append(read_answer(channel, answer))
        except InvalidInput as error:
            whole = not isinstance(given, Mapping)
            problems += [Problem(pointer + ("" if whole else p.pointer), p.message) for p in error.problems]
    return problems


def read_answer(channel: str, given: Mapping[str, Any]) -> Answer:
    problems = []
    for key in given.keys() - {"status", "method", "text_shown", "topic"}:
        problems.append(Problem(f"/{escape(str(key))}", _("There is no field “%(key)s”.") % {"key": key}))
    status = ConsentStatus.NEVER.value if given.get("status") is None else given.get("status")
    if status not in ConsentStatus.values:
        known = ", ".join(ConsentStatus.values)
        problems.append(Problem("/status", _("Expected one of: %(options)s.") % {"options": known}))
    texts: dict[str, str | None] = {}
    for key in ("topic", "method", "text_shown"):
        try:
            texts[key] = values.read_text(given.get(key))
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
    if len(texts.get("topic") or "") > 100:
        problems.append(Problem("/topic", _("Expected at most 100 characters.")))
    if problems:
        raise InvalidInput(problems)
    return Answer(channel, str(status), texts["topic"] or "", texts["method"], texts["text_shown"])
