"""Two contacts become one, and can be taken apart again.

Everything happens in one transaction, with both contacts locked in the order of their ids: whoever writes to either at
the same time comes before the merge, and is moved by it, or after it, and finds the survivor.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import former, identity, merging, moving, signals, values
from ..fields import writable
from ..models import Contact, Merge

UNDO_WITHIN = timedelta(days=30)
COMPANY = "company"
NAMES = ("external_id", "email")


@dataclass(frozen=True)
class Unmerged:
    """Both contacts as they are now, and what of the survivor was changed since and therefore stayed."""

    survivor: Contact
    restored: Contact
    kept: list[former.Kept] = field(default_factory=list)


def merge_contacts(survivor_id: int, merged_id: int, *, take: Collection[str] = (), actor: Actor) -> Contact:
    """What the second contact is and did goes to the first, whose values win; gaps are filled, and those keys of
    `take` come from the second. Repeated, it changes nothing. Raises Contact.DoesNotExist for the first."""
    if survivor_id == merged_id:
        raise InvalidInput([Problem("/with", _("A contact cannot be merged with itself."))])
    columns = _columns(take)
    with acting(actor):
        rows = former.lock_rows([survivor_id, merged_id])
        if survivor_id not in rows:
            raise Contact.DoesNotExist
        if merged_id not in rows:
            return _merged_before(survivor_id, merged_id)
        survivor, merged = rows[survivor_id], rows[merged_id]
        changes = _changes(survivor, merged, columns)
        merge = Merge(
            survivor_id=survivor_id,
            merged_id=merged_id,
            merged_label=str(Contact.objects.get(pk=merged_id)),
            at=clock.now(),
            actor=str(actor),
        )
        merge.save()
        before = {"survivor": {key: former.flat(survivor).get(key) for key in changes}, "merged": merged}
        before["consents"] = {"survivor": moving.consents(survivor_id), "merged": moving.consents(merged_id)}
        moved: dict[str, Any] = {
            "histories": moving.move_histories(merged_id, survivor_id),
            "steps": {name: step.move(survivor_id, merged_id, actor) for name, step in merging.steps().items()},
            "aliases": moving.move_aliases(merged_id, survivor_id),
        }
        moving.move_events(merge.pk, merged_id, survivor_id)
        moving.join_consents(merged_id, survivor_id)
        moving.repoint_duplicates(merged_id, survivor_id)
        moving.remove(merged_id)
        former.assign(survivor_id, changes)
        moving.name_formerly(merge.pk, survivor_id, _names(merged_id, survivor, merged, changes))
        merge.before, merge.moved = before, moved
        merge.after = {"survivor": changes, "consents": moving.consents(survivor_id)}
        merge.save(update_fields=["before", "after", "moved"])
        contact = Contact.objects.get(pk=survivor_id)
        audit.record(actor, "merged", contact, {"with": merged_id, "name": merge.merged_label})
        signals.ring()
    return contact


def unmerge_contacts(survivor_id: int, merged_id: int | None = None, *, actor: Actor) -> Unmerged:
    """Take the latest merge apart, or that with `merged_id`, which must be the latest. Both are as they were, but for
    what was changed since; events sent since under a name of the second go with it. Raises Contact.DoesNotExist."""
    with acting(actor):
        if survivor_id not in former.lock_rows([survivor_id]):
            raise Contact.DoesNotExist
        merge = latest_merge(survivor_id)
        if merged_id is not None and (merge is None or merge.merged_id != merged_id):
            return _not_latest(survivor_id, merged_id)
        if merge is None:
            raise Conflict(_("This contact was not merged with another."))
        if not is_undoable(merge):
            raise Conflict(_("A merge can be undone for %(days)s days.") % {"days": UNDO_WITHIN.days})
        assert merge.before is not None
        merged = merge.before["merged"]
        merged_id = merge.merged_id
        kept = former.put_back([(survivor_id, merge.before["survivor"], merge.after["survivor"])])
        _check_names(merged)
        merge.undone_at, merge.undone_by = clock.now(), str(actor)
        merge.save(update_fields=["undone_at", "undone_by"])
        moving.insert(merged)
        moving.return_events(merge.pk, merged_id, survivor_id)
        moving.part_consents(merged_id, survivor_id, merge.before["consents"], merge.after["consents"])
        moving.return_histories(merge.moved["histories"], merged_id, survivor_id)
        moving.return_aliases(merge.pk, merge.moved["aliases"], merged_id)
        steps = merging.steps()
        for name, what in merge.moved["steps"].items():
            if name in steps:
                steps[name].undo(survivor_id, merged_id, what, actor)
        found = Contact.objects.in_bulk([survivor_id, merged_id])
        audit.record(
            actor, "unmerged", found[survivor_id], {"from": merged_id, "kept": sorted(one.key for one in kept)}
        )
        signals.ring()
    return Unmerged(found[survivor_id], found[merged_id], kept)


def latest_merge(survivor_id: int) -> Merge | None:
    return Merge.objects.filter(survivor_id=survivor_id, undone_at=None).order_by("-at", "-pk").first()


def undoable_merge(survivor_id: int) -> Merge | None:
    merge = latest_merge(survivor_id)
    return merge if merge and is_undoable(merge) else None


def is_undoable(merge: Merge) -> bool:
    return merge.undone_at is None and merge.before is not None and merge.at > clock.now() - UNDO_WITHIN


def forget_old_merges() -> int:
    """What is needed to undo a merge is kept no longer than it can be undone; the former names stay."""
    return Merge.objects.filter(at__lt=clock.now() - UNDO_WITHIN, before__isnull=False).update(
        before=None, after={}, moved={}
    )


def _columns(take: Collection[str]) -> set[str]:
    """The columns, or `attributes.KEY`, of the keys to be taken."""
    catalog = {known.key: known for known in writable(values.catalog())}
    found: set[str] = set()
    problems = []
    for place, key in enumerate(take):
        if key == COMPANY:
            found.add("company_id")
        elif key in catalog and catalog[key].custom:
            found.add(f"{former.CUSTOM}{key}")
        elif key in catalog:
            found |= set(catalog[key].columns)
        else:
            message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), catalog)
            problems.append(Problem(f"/take/{place}", message))
    if problems:
        raise InvalidInput(problems)
    return found


def _changes(survivor: dict[str, Any], merged: dict[str, Any], take: set[str]) -> dict[str, Any]:
    """What the survivor gets: what it has not, and what is taken. Half a place is no place."""
    has, gives = former.flat(survivor), former.flat(merged)
    located = has["latitude"] is not None and has["longitude"] is not None
    return {
        key: value
        for key, value in gives.items()
        if value is not None
        and value != has.get(key)
        and (key in take or (not located if key in ("latitude", "longitude") else has.get(key) is None))
    }


def _names(merged_id: int, survivor: dict[str, Any], merged: dict[str, Any], changes: dict[str, Any]) -> moving.Names:
    """Every name of the merged contact, and those that it took the place of; with whose they were."""
    lost = [(kind, str(survivor[kind]), False) for kind in NAMES if survivor[kind] and kind in changes]
    return [("id", str(merged_id), True), *((kind, str(merged[kind]), True) for kind in NAMES if merged[kind]), *lost]


def _merged_before(survivor_id: int, merged_id: int) -> Contact:
    became = identity.survivor_of(merged_id)
    if became == survivor_id:
        return Contact.objects.get(pk=survivor_id)
    if became is None:
        raise InvalidInput([Problem("/with", _("There is no such contact."))])
    message = _("Contact %(merged)s was merged into contact %(survivor)s already.")
    raise Conflict([Problem("/with", message % {"merged": merged_id, "survivor": became})])


def _not_latest(survivor_id: int, merged_id: int) -> Unmerged:
    """Undone already, or not to be undone now."""
    merges = Merge.objects.filter(survivor_id=survivor_id, merged_id=merged_id)
    if merges.filter(undone_at=None).exists():
        raise Conflict([Problem("/with", _("Another contact was merged into this one later; undo that first."))])
    found = Contact.objects.in_bulk([survivor_id, merged_id])
    if merged_id in found and merges.exists():
        return Unmerged(found[survivor_id], found[merged_id])
    raise Conflict([Problem("/with", _("These contacts were not merged."))])


def _check_names(row: dict[str, Any]) -> None:
    """Nobody else has taken meanwhile what the contact was called."""
    messages = {
        "email": _("Another contact has the e-mail address %(name)s now; take it away there first."),
        "external_id": _("Another contact has the external ID %(name)s now; take it away there first."),
    }
    taken = moving.names_taken(row["email"], row["external_id"])
    if taken:
        raise Conflict([Problem("", messages[key] % {"name": row[key]}) for key in taken])
