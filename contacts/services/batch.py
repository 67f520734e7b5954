"""Many contacts at once: matched, merged and written with a handful of statements however many there are.

Good rows land and bad rows are reported. Rows that exist are locked before they are compared, so nothing another
writer does is overwritten unseen; what another writer adds at the same moment is met by trying again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, OperationalError, connection
from django.utils.translation import gettext as _
from psycopg import sql
from psycopg.types.json import Jsonb

from crmseg.common import json
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, Problem

from .. import payload, signals, touches, values
from ..fields import Field
from ..matching import Person, Unmatched, match_people
from ..payload import CompanyRef, Draft
from .companies import companies_of_domains, resolve_companies
from .consents import record_answers, would_answer

ATTEMPTS = 5
MATCH = ("external_id", "email")


@dataclass
class BatchResult:
    """Counts are of contacts. `contact_ids` are those that good rows named, without repeats."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    contact_ids: list[int] = field(default_factory=list)


class _Overtaken(Exception):
    """Another writer added one of these contacts at the same moment."""


def upsert_contacts(
    rows: Sequence[Mapping[str, object]],
    *,
    actor: Actor,
    match: Sequence[str] = MATCH,
    match_company: bool = False,
    catalog: Mapping[str, Field] | None = None,
    import_id: int | None = None,
) -> BatchResult:
    """Create or update by external id, then by e-mail. Rows about the same person merge, the last one wins.

    With `match_company`, contacts without a company get the known company of their e-mail domain. With `import_id`,
    what is replaced is noted for the undo of that import.
    """
    catalog = catalog or values.catalog()
    drafts, refused = _read(rows, catalog, match)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with acting(actor):
                result = _apply(drafts, catalog, match, match_company, import_id)
                signals.ring()
            break
        except (IntegrityError, OperationalError, _Overtaken) as error:
            if isinstance(error, OperationalError) and not _is_deadlock(error):
                raise
            if attempt == ATTEMPTS:
                raise Conflict(_("Others keep changing the same contacts; try again in a moment.")) from error
    result.problems = _in_order(refused + result.problems)
    return result


def preview_upsert(
    rows: Sequence[Mapping[str, object]],
    *,
    match_company: bool = False,
    catalog: Mapping[str, Field],
    seen: set[str],
) -> BatchResult:
    """What `upsert_contacts` would find, without writing or locking anything. `seen` remembers, from one call to the
    next, who would have been created."""
    drafts, refused = _read(rows, catalog, MATCH)
    result = BatchResult()
    known, companies = _with_companies(drafts, result, make=False)
    people, unmatched = match_people(known, _columns(known, catalog), MATCH, lock=False)
    result.problems = _in_order([*refused, *result.problems, *map(_problem, unmatched)])
    for person in people:
        person.work_out(catalog, companies)
    if match_company:
        _give_companies(people)
    answered = would_answer([(person.id, person.consents) for person in people if person.id and person.consents])
    for person in people:
        names = {f"{key}:{person.after[key]}".casefold() for key in MATCH if person.after[key]}
        if person.id is None and not names & seen:
            result.created += 1
        elif person.id is None or person.is_changed or person.id in answered:
            result.updated += 1
        else:
            result.unchanged += 1
        seen |= names if person.id is None else set()
    return result


def _read(
    rows: Sequence[Mapping[str, object]], catalog: Mapping[str, Field], match: Sequence[str]
) -> tuple[list[tuple[int, Draft]], list[Problem]]:
    drafts: list[tuple[int, Draft]] = []
    refused: list[Problem] = []
    for index, row in enumerate(rows):
        draft, problems = payload.parse_contact(row, catalog)
        if not problems and not any(draft.fields.get(key) for key in match):
            problems = [Problem("", _("Give an external_id or an email, so that the contact can be found again."))]
        refused += [problem.under(f"/contacts/{index}") for problem in problems]
        if not problems:
            drafts.append((index, draft))
    return drafts, refused


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: int(problem.pointer.split("/")[2]))


def _is_deadlock(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", "") == "40P01"


def _apply(
    drafts: list[tuple[int, Draft]],
    catalog: Mapping[str, Field],
    match: Sequence[str],
    match_company: bool,
    import_id: int | None,
) -> BatchResult:
    result = BatchResult()
    known, companies = _with_companies(drafts, result, make=True)
    columns = _columns(known, catalog)
    people, unmatched = match_people(known, columns, match)
    result.problems += map(_problem, unmatched)
    for person in people:
        person.work_out(catalog, companies)
    if match_company:
        _give_companies(people)
    new = [person for person in people if person.id is None]
    changed = [person for person in people if person.id is not None and person.is_changed]
    columns = list(dict.fromkeys([*columns, "company_id"]))
    _insert(new, columns, import_id)
    _update(changed, columns, import_id)
    answered = _answer([person for person in people if person.consents], import_id)
    touched = {person.known_id for person in changed} | (answered - {person.known_id for person in new})
    result.created, result.updated = len(new), len(touched)
    result.unchanged = len(people) - len(new) - len(touched)
    result.contact_ids = [person.known_id for person in people]
    return result


def _with_companies(
    drafts: list[tuple[int, Draft]], result: BatchResult, *, make: bool
) -> tuple[list[tuple[int, Draft]], dict[CompanyRef, int | None]]:
    """The drafts whose companies exist, or can be made, and these."""
    asked = [draft.company for _index, draft in drafts if draft.company is not None]
    companies = resolve_companies(asked, make=make)
    for index, draft in drafts:
        if draft.company is not None and draft.company not in companies:
            result.problems.append(Problem(f"/contacts/{index}/company", _("There is no such company.")))
    return [(i, draft) for i, draft in drafts if draft.company is None or draft.company in companies], companies


def _columns(drafts: Iterable[tuple[int, Draft]], catalog: Mapping[str, Field]) -> list[str]:
    keys = dict.fromkeys(key for _index, draft in drafts for key in draft.fields)
    found = dict.fromkeys(column for key in keys for column in catalog[key].columns)
    return list({"external_id": None, "email": None, **found})


def _problem(unmatched: Unmatched) -> Problem:
    messages = {
        "email": _("Another contact has this e-mail address; merge the two, or leave the address out."),
        "external_id": _("The contact with this e-mail address has another external ID."),
    }
    return Problem(f"/contacts/{unmatched.row}/{unmatched.key}", messages[unmatched.key])


def _give_companies(people: list[Person]) -> None:
    homeless = [person for person in people if person.after["company_id"] is None and person.after["email"]]
    found = companies_of_domains(person.after["email"] for person in homeless)
    for person in homeless:
        person.after["company_id"] = found.get(person.after["email"])


def _stage(people: list[Person], columns: list[str], *, with_ids: bool) -> None:
    named = sql.SQL(", ").join(map(sql.Identifier, [*(["id"] if with_ids else []), *columns, "attributes"]))
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE contacts_incoming ON COMMIT DROP AS SELECT {} FROM contacts_contact"
            ).format(named)
            + sql.SQL(" WITH NO DATA")
        )
        with cursor.copy(sql.SQL("COPY contacts_incoming ({}) FROM STDIN").format(named)) as copy:
            for person in people:
                row = [person.after[column] for column in columns]
                copy.write_row(
                    [*([person.id] if with_ids else []), *row, Jsonb(person.after["attributes"], dumps=json.dumps)]
                )


def _answer(people: list[Person], import_id: int | None) -> set[int]:
    given = [(person.known_id, person.consents) for person in people]
    if import_id is None:
        return record_answers(given)
    touches.note_asked(import_id, [(pk, answer.channel, answer.topic) for pk, answers in given for answer in answers])
    answered = record_answers(given)
    touches.note_answered(import_id, [person.known_id for person in people])
    return answered


def _insert(people: list[Person], columns: list[str], import_id: int | None) -> None:
    if not people:
        return
    _stage(people, columns, with_ids=False)
    named = sql.SQL(", ").join(map(sql.Identifier, [*columns, "attributes"]))
    with connection.cursor() as cursor:
        # In one order for everybody, so that two writers of the same people wait for each other and do not lock up.
        cursor.execute(
            sql.SQL(
                "INSERT INTO contacts_contact ({0}) SELECT {0} FROM contacts_incoming"
                " ORDER BY lower(email), external_id ON CONFLICT DO NOTHING RETURNING id, external_id, email"
            ).format(named)
        )
        ids = {(external_id, email): contact_id for contact_id, external_id, email in cursor.fetchall()}
        cursor.execute("DROP TABLE contacts_incoming")
    if len(ids) < len(people):
        raise _Overtaken
    for person in people:
        person.id = ids[person.after["external_id"], person.after["email"]]
    if import_id is not None:
        touches.note_made(import_id, ids.values())


def _update(people: list[Person], columns: list[str], import_id: int | None) -> None:
    if not people:
        return
    _stage(people, columns, with_ids=True)
    assigned = sql.SQL(", ").join(
        sql.SQL("{0} = incoming.{0}").format(sql.Identifier(column)) for column in [*columns, "attributes"]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "UPDATE contacts_contact SET {}, updated_at = statement_timestamp() FROM contacts_incoming incoming"
                " WHERE contacts_contact.id = incoming.id"
            ).format(assigned)
        )
        cursor.execute("DROP TABLE contacts_incoming")
    if import_id is not None:
        touches.note_changes(import_id, ((person.known_id, person.before, person.after) for person in people))
        touches.note_written(import_id, [person.known_id for person in people])
