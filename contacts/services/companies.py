"""Companies, and finding the one a contact belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import payload, signals, values
from ..freemail import FREEMAIL
from ..models import Company
from ..payload import CompanyRef, Draft


def create_company(*, data: Mapping[str, object], actor: Actor) -> Company:
    catalog = values.catalog("company")
    draft = payload.read_company(data, catalog)
    if not (draft.fields.get("name") or draft.fields.get("domain")):
        raise InvalidInput([Problem("/name", _("Give the company a name or a domain."))])
    company = Company(**draft.columns(catalog), attributes=_attributes({}, draft))
    with acting(actor):
        save_company(company)
        audit.record_person(actor, "created", company)
    return company


def update_company(company_id: int, *, data: Mapping[str, object], actor: Actor) -> Company:
    """Change the keys that are given and no others; raises Company.DoesNotExist."""
    catalog = values.catalog("company")
    draft = payload.read_company(data, catalog)
    with acting(actor):
        company = Company.objects.select_for_update().get(pk=company_id)
        wanted = {**draft.columns(catalog), "attributes": _attributes(company.attributes, draft)}
        before = {column: getattr(company, column) for column in wanted}
        changed = [column for column, value in wanted.items() if before[column] != value]
        for column in changed:
            setattr(company, column, wanted[column])
        if not (company.name or company.domain):
            raise InvalidInput([Problem("/name", _("Give the company a name or a domain."))])
        if changed:
            save_company(company, update_fields=[*changed, "updated_at"])
            audit.record_person(actor, "updated", company, {name: wanted[name] for name in changed}, before=before)
        signals.ring()
    return company


def delete_companies(ids: Iterable[int], *, actor: Actor) -> int:
    """How many there were to delete. Their contacts stay, without a company."""
    with acting(actor), connection.cursor() as cursor:
        wanted = sorted(set(ids))
        for company in Company.objects.filter(pk__in=wanted):
            audit.record_person(actor, "deleted", company)
        cursor.execute(
            "UPDATE contacts_contact SET company_id = NULL, updated_at = statement_timestamp()"
            " WHERE company_id = ANY(%s)",
            [wanted],
        )
        cursor.execute("DELETE FROM contacts_company WHERE id = ANY(%s)", [wanted])
        deleted = int(cursor.rowcount)
        signals.ring()
    return deleted


def resolve_company(ref: CompanyRef) -> int | None:
    """In the caller's transaction: the company's id, None for no company; one unknown by id is InvalidInput."""
    found = resolve_companies([ref])
    if ref not in found:
        raise InvalidInput([Problem("/company", _("There is no such company."))])
    return found[ref]


def resolve_companies(refs: Iterable[CompanyRef], *, make: bool = True) -> dict[CompanyRef, int | None]:
    """Companies by domain or name are made when they are new, or are 0 without `make`; those unknown by id are left
    out."""
    wanted = set(refs)
    found: dict[CompanyRef, int | None] = {ref: None for ref in wanted if ref.is_none}
    by_id = {ref.id: ref for ref in wanted if ref.id is not None}
    for company_id in Company.objects.filter(pk__in=by_id).values_list("pk", flat=True):
        found[by_id[company_id]] = company_id
    by_domain = _domains([ref for ref in wanted if ref.domain], make)
    by_name = _names([ref.name for ref in wanted if ref.name and not ref.domain], make)
    for ref in wanted:
        if ref.domain:
            found[ref] = by_domain.get(ref.domain, 0)
        elif ref.name:
            found[ref] = by_name.get(ref.name, 0)
    return found


def companies_of_domains(emails: Iterable[str]) -> dict[str, int]:
    """Known companies by e-mail address; mail providers are nobody's company."""
    domains = {email: email.rpartition("@")[2].lower() for email in emails}
    asked = sorted(set(domains.values()) - FREEMAIL)
    known = _known_domains(asked) if asked else {}
    return {email: known[domain] for email, domain in domains.items() if domain in known}


def _known_domains(domains: list[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT asked.domain, company.id FROM unnest(%s::text[]) AS asked (domain)
                 JOIN contacts_company company ON lower(company.domain) = lower(asked.domain)""",
            [domains],
        )
        return dict(cursor.fetchall())


def _domains(refs: list[CompanyRef], make: bool) -> dict[str, int]:
    names: dict[str, str | None] = {}
    for ref in refs:
        assert ref.domain is not None
        names[ref.domain] = names.get(ref.domain) or ref.name
    domains = sorted(names)
    if not domains:
        return {}
    known = _known_domains(domains)
    new = [domain for domain in domains if domain not in known]
    if new and make:
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO contacts_company (domain, name, created_at, updated_at)
                   SELECT domain, name, statement_timestamp(), statement_timestamp()
                     FROM unnest(%s::text[], %s::text[]) AS given (domain, name)
                   ON CONFLICT DO NOTHING""",
                [new, [names[domain] for domain in new]],
            )
        known = _known_domains(domains)
    return known


def _names(names: list[str], make: bool) -> dict[str, int]:
    if not names:
        return {}
    known = _known_names(names)
    if make and any(name not in known for name in names):
        with connection.cursor() as cursor:
            # Names are not unique, so this lock keeps two writers from making the same company twice.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('contacts.company.names'))")
            known = _known_names(names)
            new = sorted({name.lower(): name for name in names if name not in known}.values())
            cursor.execute(
                """INSERT INTO contacts_company (name, created_at, updated_at)
                   SELECT name, statement_timestamp(), statement_timestamp() FROM unnest(%s::text[]) AS name""",
                [new],
            )
        known = _known_names(names)
    return known


def _known_names(names: list[str]) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT asked.name, min(company.id) FROM unnest(%s::text[]) AS asked (name)
                 JOIN contacts_company company ON lower(company.name) = lower(asked.name)
                GROUP BY asked.name""",
            [names],
        )
        return dict(cursor.fetchall())


def _attributes(before: Mapping[str, object], draft: Draft) -> dict[str, object]:
    return {key: value for key, value in {**before, **draft.attributes}.items() if value is not None}


def save_company(company: Company, update_fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            company.save(update_fields=update_fields)
    except IntegrityError as error:
        raise Conflict([Problem("/domain", _("Another company has this domain."))]) from error
