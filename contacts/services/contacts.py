"""One contact at a time, and goodbye to many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import identity, payload, signals, values
from ..models import Alias, BulkTouch, Contact, ImportAnswer, ImportTouch, Merge
from .companies import resolve_company
from .consents import record_answers


def create_contact(*, data: Mapping[str, object], actor: Actor) -> Contact:
    catalog = values.catalog()
    draft = payload.read_contact(data, catalog)
    if not (draft.fields or draft.attributes):
        raise InvalidInput(_("Say something about the contact, such as an e-mail address."))
    _check_former(draft)
    contact = Contact(**draft.columns(catalog), attributes=_merged({}, draft.attributes))
    with acting(actor):
        if draft.company is not None:
            contact.company_id = resolve_company(draft.company)
        _save(contact)
        record_answers([(contact.pk, draft.consents)])
        audit.record_person(actor, "created", contact)
        signals.ring()
    return contact


def update_contact(contact_id: int, *, data: Mapping[str, object], actor: Actor) -> Contact:
    """Change the keys that are given and no others; raises Contact.DoesNotExist."""
    catalog = values.catalog()
    with acting(actor):
        contact = Contact.objects.select_for_update().get(pk=contact_id)
        draft = payload.read_contact(data, catalog, region=contact.country)
        wanted = draft.columns(catalog)
        wanted["attributes"] = _merged(contact.attributes, draft.attributes)
        if draft.company is not None:
            wanted["company_id"] = resolve_company(draft.company)
        before = {column: getattr(contact, column) for column in wanted}
        changed = _assign(contact, wanted)
        if changed:
            _save(contact, update_fields=[*changed, "updated_at"])
            audit.record_person(actor, "updated", contact, {name: wanted[name] for name in changed}, before=before)
        record_answers([(contact.pk, draft.consents)])
        signals.ring()
    return contact


def delete_contacts(ids: Iterable[int], *, actor: Actor) -> int:
    """How many there were to delete. Their events and consents go with them, in one statement each."""
    with acting(actor), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM contacts_contact WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [list(ids)])
        found = [contact_id for (contact_id,) in cursor.fetchall()]
        _note_deletion(found, actor)
        for table, column in (("event", "contact_id"), ("consent", "contact_id"), ("contact", "id")):
            cursor.execute(f"DELETE FROM contacts_{table} WHERE {column} = ANY(%s)", [found])
        # What was kept to undo merges, imports and bulk actions would keep people who are to be gone.
        for model in (Alias, BulkTouch, ImportAnswer, ImportTouch):
            model._default_manager.filter(contact_id__in=found).delete()
        Merge.objects.filter(survivor_id__in=found).update(before=None, after={}, moved={})
        signals.ring()
    return len(found)


def _note_deletion(ids: list[int], actor: Actor) -> None:
    if len(ids) == 1:
        audit.record_person(actor, "deleted", Contact.objects.get(pk=ids[0]))
    elif ids:
        audit.record_person(actor, "deleted", Contact(), {"contacts": len(ids)})


def _check_former(draft: payload.Draft) -> None:
    """A name that somebody had before a merge still means that one."""
    names = [(key, str(draft.fields[key])) for key in ("email", "external_id") if draft.fields.get(key)]
    messages = {
        "email": _("Contact %(id)s had this e-mail address before a merge."),
        "external_id": _("Contact %(id)s had this external ID before a merge."),
    }
    former = identity.former_names(names)
    if former:
        problems = [
            Problem(f"/{names[place][0]}", messages[names[place][0]] % {"id": one.contact_id})
            for place, one in sorted(former.items())
        ]
        raise Conflict(problems)


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**before, **changes}.items() if value is not None}


def _assign(contact: Contact, wanted: Mapping[str, Any]) -> list[str]:
    changed = [column for column, value in wanted.items() if getattr(contact, column) != value]
    for column in changed:
        setattr(contact, column, wanted[column])
    return changed


def _save(contact: Contact, **options: Any) -> None:
    try:
        with transaction.atomic():
            contact.save(**options)
    except IntegrityError as error:
        raise taken(error) from error


def taken(error: IntegrityError) -> Exception:
    """Which identity of a contact another one has already."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if constraint == "contacts_contact_email_once":
        return Conflict([Problem("/email", _("Another contact has this e-mail address."))])
    if constraint == "contacts_contact_external_once":
        return Conflict([Problem("/external_id", _("Another contact has this external ID."))])
    return error
