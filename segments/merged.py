"""What of a contact's lists moves when it is merged: its places in static lists, and its pins.

Active lists follow by themselves, through the change log. The merged contact leaves its lists as a deleted one does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from contacts import merging
from crmseg.common import clock
from crmseg.common.actor import Actor

from .engine import locks, overrides, static
from .models import Membership, Pin, Segment

MERGED, PARTED = "merge", "unmerge"


def connect() -> None:
    merging.register("lists", merging.Step(move, undo, count))


def count(contact_id: int) -> list[tuple[str, int]]:
    static_lists, pins = _static(contact_id).count(), Pin.objects.filter(contact_id=contact_id).count()
    return [(_("Static lists"), static_lists), (_("Pins"), pins)]


def move(survivor_id: int, merged_id: int, actor: Actor) -> dict[str, Any]:
    """The survivor joins the static lists of the other, and gets its pins where it has none."""
    locks.share_graph()
    locks.lock_contacts([survivor_id, merged_id])
    lists = list(_static(merged_id).order_by("segment_id").values_list("segment_id", flat=True))
    gained = [pk for pk in lists if static.move(pk, [survivor_id], MERGED, entering=True)]
    own = Pin.objects.filter(contact_id=survivor_id).values("segment_id")
    pins = list(Pin.objects.filter(contact_id=merged_id).order_by("segment_id"))
    taken = set(own.values_list("segment_id", flat=True))
    kept = [_kept(pin) for pin in pins]
    for pin in pins:
        if pin.segment_id not in taken:
            _pin(_kept(pin), survivor_id)
    given = [pin.segment_id for pin in pins if pin.segment_id not in taken]
    return {"lists": lists, "gained": gained, "pins": kept, "given": given}


def undo(survivor_id: int, merged_id: int, moved: dict[str, Any], actor: Actor) -> None:
    """Both as before, in lists that are still static, and still there."""
    locks.share_graph()
    locks.lock_contacts([survivor_id, merged_id])
    there = Segment.objects.filter(pk__in=[*moved["lists"], *moved["given"], *(p["segment"] for p in moved["pins"])])
    kinds = dict(there.values_list("pk", "kind"))
    for pk in moved["lists"]:
        if kinds.get(pk) == Segment.Kind.STATIC:
            static.move(pk, [merged_id], PARTED, entering=True)
            if pk in moved["gained"]:
                static.move(pk, [survivor_id], PARTED, entering=False)
    for pin in moved["pins"]:
        if kinds.get(pin["segment"]) == Segment.Kind.ACTIVE:
            _pin(pin, merged_id)
            if pin["segment"] in moved["given"]:
                overrides.unpin(pin["segment"], [survivor_id], clock.now())


def _static(contact_id: int) -> Any:
    return Membership.objects.filter(contact_id=contact_id, segment__kind=Segment.Kind.STATIC)


def _kept(pin: Pin) -> dict[str, Any]:
    return {
        "segment": pin.segment_id,
        "direction": pin.direction,
        "reason": pin.reason,
        "author": pin.author,
        "expires_at": pin.expires_at and pin.expires_at.isoformat(),
    }


def _pin(kept: dict[str, Any], contact_id: int) -> None:
    ends = datetime.fromisoformat(kept["expires_at"]) if kept["expires_at"] else None
    if ends is None or ends > clock.now():
        overrides.pin(
            kept["segment"],
            [contact_id],
            direction=kept["direction"],
            reason=kept["reason"],
            author=kept["author"],
            expires_at=ends,
            now=clock.now(),
        )
