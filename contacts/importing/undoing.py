"""Undoing a whole import: chunk by chunk, each in one transaction that also forgets what it has undone.

Contacts that the import made and nobody has used since are deleted; replaced values and consents return where the
imported one still stands; places on the list it filled are given up. What others have changed since stays and is
reported. A run that is killed goes on with what is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any, cast

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict

from .. import former, identity, services, signals
from ..export import line
from ..models import Company, Contact, ContactImport, ImportAnswer, ImportTouch, UndoProblem
from . import static_lists

WITHIN = timedelta(days=90)
CHUNK = 2_000
LEASE = timedelta(seconds=60)
State = ContactImport.State
ENDED = (State.DONE, State.FAILED, State.CANCELLED)
Use = Callable[[Sequence[int]], Collection[int]]
_uses: list[Use] = []
# A consent returns where the imported answer is the last one.
_CONSENTS_BACK = """
    WITH answers AS (
        SELECT answer.*, to_jsonb(consent) - 'id' - 'contact_id' AS present, consent.id AS consent_id
          FROM contacts_importanswer AS answer
          LEFT JOIN contacts_consent AS consent
            ON (consent.contact_id, consent.channel, consent.topic) = (answer.contact_id, answer.channel, answer.topic)
         WHERE answer.contact_import_id = %s AND answer.contact_id = ANY(%s)
    ), returned AS (
        UPDATE contacts_consent AS consent
           SET status = was.status, method = was.method, text_shown = was.text_shown, changed_at = was.changed_at
          FROM answers, jsonb_populate_record(NULL::contacts_consent, answers.before) AS was
         WHERE consent.id = answers.consent_id AND answers.present = answers.after AND answers.before IS NOT NULL
    ), withdrawn AS (
        DELETE FROM contacts_consent AS consent USING answers
         WHERE consent.id = answers.consent_id AND answers.present = answers.after AND answers.before IS NULL
    )
    SELECT contact_id, channel, topic, present IS NOT DISTINCT FROM after,
           before ->> 'status', after ->> 'status', present ->> 'status'
      FROM answers
"""
# Changed, answered otherwise than the import said, or followed by an event.
_USED = """
    SELECT contact.id
      FROM contacts_contact AS contact
      JOIN contacts_importtouch AS touch ON touch.contact_id = contact.id AND touch.contact_import_id = %(import)s
     WHERE contact.id = ANY(%(ids)s)
       AND (contact.updated_at IS DISTINCT FROM touch.stamp
            OR EXISTS (SELECT FROM contacts_event AS event WHERE event.contact_id = contact.id)
            OR EXISTS (
               SELECT FROM contacts_consent AS consent
                WHERE consent.contact_id = contact.id AND NOT EXISTS (
                      SELECT FROM contacts_importanswer AS answer
                       WHERE answer.contact_import_id = %(import)s AND answer.contact_id = contact.id
                         AND answer.after = to_jsonb(consent) - 'id' - 'contact_id')))
"""

log = logging.getLogger(__name__)


def register_use(use: Use) -> None:
    """`use(contact_ids)` are those for whom an upper room keeps something of its own, and who therefore stay."""
    if use not in _uses:
        _uses.append(use)


def undo(import_id: int, *, actor: Actor) -> ContactImport:
    """Queue the undo of an import that has ended. Repeated, it changes nothing."""
    with acting(actor):
        item = ContactImport.objects.select_for_update().get(pk=import_id)
        if item.state in (State.UNDOING, State.UNDONE):
            return item
        _check(item)
        item.state, item.lease_until, item.undo_by = State.UNDOING, None, str(actor)
        item.undo_total = ImportTouch.objects.filter(contact_import=item).count()
        item.undo_done = item.undo_deleted = item.undo_restored = item.undo_kept = 0
        item.save(update_fields=["state", "lease_until", "undo_by", *_COUNTS])
        audit.record(actor, "undone", item, {"contacts": item.undo_total})
        transaction.on_commit(lambda: signals.undo_queued.send_robust(sender=None, import_id=item.pk), robust=True)
    return item


_COUNTS = ("undo_total", "undo_done", "undo_deleted", "undo_restored", "undo_kept")


def is_undoable(item: ContactImport) -> bool:
    try:
        _check(item)
    except Conflict:
        return False
    return True


def _check(item: ContactImport) -> None:
    if item.dry_run or item.state not in ENDED or item.started_at is None:
        raise Conflict(_("Only an import that has ended can be undone."))
    if item.started_at < clock.now() - WITHIN:
        raise Conflict(_("An import can be undone for %(days)s days.") % {"days": WITHIN.days})
    if not item.keeps_former:
        raise Conflict(_("What this import replaced was not kept, so it cannot be undone."))


def waiting_undo() -> list[int]:
    """Undos nobody runs: queued, or left behind by a worker that died."""
    return list(ContactImport.objects.filter(_free()).order_by("pk").values_list("pk", flat=True))


def run_undo(import_id: int) -> None:
    """Claim the undo and run it to its end; do nothing when it is not waiting."""
    if not ContactImport.objects.filter(_free(), pk=import_id).update(lease_until=clock.now() + LEASE):
        return
    while _undo_chunk(import_id):
        pass


def forget_old() -> int:
    """What an import replaced is kept no longer than it can be undone."""
    old = ContactImport.objects.filter(keeps_former=True, started_at__lt=clock.now() - WITHIN)
    ids = list(old.exclude(state=State.UNDOING).values_list("pk", flat=True))
    for model in (ImportTouch, ImportAnswer):
        model._default_manager.filter(contact_import__in=ids).delete()
    return ContactImport.objects.filter(pk__in=ids).update(keeps_former=False)


def undo_report(import_id: int) -> Iterator[str]:
    """What was not undone, as a table: contact, field, why, and the three values."""
    yield line([_("Contact"), _("Field"), _("Reason"), _("Before"), _("Imported"), _("Now")])
    problems = UndoProblem.objects.filter(contact_import=import_id).order_by("contact_id", "pk")
    for one in problems.iterator(chunk_size=2_000):
        yield line(
            [
                one.contact_id,
                one.key,
                reason_of(one),
                *(shown(value) for value in (one.former, one.imported, one.present)),
            ]
        )


def reason_of(problem: UndoProblem) -> str:
    match problem.reason:
        case "changed":
            return _("It was changed since.")
        case "taken":
            return _("Another contact has this now.")
        case "missing":
            return _("What it was is gone.")
        case "used":
            return _("The contact has been used since: changed, active, on a list or written to.")
        case "merged":
            return _("The contact was merged with another.")
        case reason:
            return reason


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _free() -> Q:
    return Q(state=State.UNDOING) & (Q(lease_until=None) | Q(lease_until__lt=clock.now()))


def _undo_chunk(import_id: int) -> bool:
    """False when nothing is left to do."""
    by = ContactImport.objects.values_list("undo_by", flat=True).get(pk=import_id)
    kind, _colon, label = by.partition(":")
    actor = Actor(cast(Any, kind), label)
    with acting(actor):
        item = ContactImport.objects.select_for_update().get(pk=import_id)
        if item.state != State.UNDOING:
            return False
        touches = list(ImportTouch.objects.filter(contact_import=item).order_by("contact_id")[:CHUNK])
        if not touches:
            _finish(item, actor)
            return False
        ids = [touch.contact_id for touch in touches]
        found = set(former.lock_ids(ids))
        until = item.finished_at or clock.now()
        listed = [touch.contact_id for touch in touches if touch.listed and touch.contact_id in found]
        static_lists.remove(item.static_list_id, listed, until, actor)
        made = [touch.contact_id for touch in touches if touch.made and touch.contact_id in found]
        used = _used(item, made)
        unused = sorted(set(made) - used)
        problems = [UndoProblem(contact_id=pk, reason="used") for pk in sorted(used)]
        problems += [UndoProblem(contact_id=pk, reason="merged") for pk in ids if pk not in found and _is_merged(pk)]
        others = [touch for touch in touches if not touch.made and touch.contact_id in found]
        problems += _values_back(others)
        problems += _consents_back(item, [touch.contact_id for touch in others])
        services.delete_contacts(unused, actor=actor)
        for problem in problems:
            problem.contact_import = item
        UndoProblem.objects.bulk_create(problems, batch_size=2_000)
        for model in (ImportTouch, ImportAnswer):
            model._default_manager.filter(contact_import=item, contact_id__in=ids).delete()
        kept = {problem.contact_id for problem in problems}
        ContactImport.objects.filter(pk=item.pk).update(
            undo_done=F("undo_done") + len(touches),
            undo_deleted=F("undo_deleted") + len(unused),
            undo_restored=F("undo_restored") + len({touch.contact_id for touch in others} - kept),
            undo_kept=F("undo_kept") + len(kept),
            lease_until=clock.now() + LEASE,
        )
        signals.ring()
    return True


def _used(item: ContactImport, made: list[int]) -> set[int]:
    if not made:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_USED, {"import": item.pk, "ids": made})
        used = {pk for (pk,) in cursor.fetchall()}
    return used.union(*(use(made) for use in _uses))


def _is_merged(contact_id: int) -> bool:
    return identity.survivor_of(contact_id) is not None


def _values_back(touches: Sequence[ImportTouch]) -> list[UndoProblem]:
    rows = [(touch.contact_id, touch.before, touch.after) for touch in touches if touch.before]
    return [
        UndoProblem(
            contact_id=one.contact_id,
            key=one.key,
            reason=one.reason,
            former=one.former,
            imported=one.given,
            present=one.present,
        )
        for one in _put_back(rows)
    ]


def _put_back(rows: list[tuple[int, Any, Any]]) -> list[former.Kept]:
    """All at once; one by one where two of them are in each other's way."""
    try:
        with transaction.atomic():
            return former.put_back(rows)
    except IntegrityError:
        if len(rows) == 1:
            pk, before, after = rows[0]
            return [former.Kept(pk, key, "taken", before[key], after.get(key), after.get(key)) for key in before]
    return [kept for row in rows for kept in _put_back([row])]


def _consents_back(item: ContactImport, contact_ids: list[int]) -> list[UndoProblem]:
    with connection.cursor() as cursor:
        cursor.execute(_CONSENTS_BACK, [item.pk, contact_ids])
        rows = cursor.fetchall()
    return [
        UndoProblem(
            contact_id=pk,
            key=".".join(filter(None, ["consent", channel, topic])),
            reason="changed",
            former=before,
            imported=after,
            present=present,
        )
        for pk, channel, topic, same, before, after, present in rows
        if not same
    ]


def _finish(item: ContactImport, actor: Actor) -> None:
    """The companies it brought along go, where they are still empty and as they came."""
    came = Company.objects.filter(pk__in=item.made_companies, updated_at=F("created_at"))
    empty = came.exclude(pk__in=Contact.objects.filter(company__in=item.made_companies).values("company"))
    services.delete_companies(list(empty.values_list("pk", flat=True)), actor=actor)
    item.state, item.lease_until, item.made_companies, item.keeps_former = State.UNDONE, None, [], False
    item.save(update_fields=["state", "lease_until", "made_companies", "keeps_former"])
