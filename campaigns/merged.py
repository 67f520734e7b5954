"""What of a contact's messages moves when it is merged: every send with all that became of it, unless the survivor has
one of that campaign too, and what she was asked to confirm;
and whom the undo of an import leaves because we have written to them.

A send that a worker holds stays where it is: what becomes of it is told of the merged contact, which the survivor is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts import merging
from contacts.importing import undoing
from crmseg.common.actor import Actor

from .models import OptIn, Send


def connect() -> None:
    merging.register("messages", merging.Step(move, undo, count))
    undoing.register_use(written_to)


def count(contact_id: int) -> list[tuple[str, int]]:
    return [(_("Campaign messages"), Send.objects.filter(contact_id=contact_id).count())]


def move(survivor_id: int, merged_id: int, actor: Actor) -> dict[str, Any]:
    both = Send.objects.filter(contact_id=survivor_id).values("campaign_id")
    free = Send.objects.filter(contact_id=merged_id).exclude(state=Send.State.LEASED).exclude(campaign_id__in=both)
    ids = list(free.select_for_update().values_list("pk", flat=True))
    Send.objects.filter(pk__in=ids).update(contact_id=survivor_id)
    asked = list(OptIn.objects.filter(contact_id=merged_id).values_list("pk", flat=True))
    OptIn.objects.filter(pk__in=asked).update(contact_id=survivor_id)
    return {"sends": ids, "asked": asked}


def undo(survivor_id: int, merged_id: int, moved: dict[str, Any], actor: Actor) -> None:
    Send.objects.filter(pk__in=moved["sends"], contact_id=survivor_id).update(contact_id=merged_id)
    OptIn.objects.filter(pk__in=moved.get("asked", []), contact_id=survivor_id).update(contact_id=merged_id)


def written_to(contact_ids: Sequence[int]) -> set[int]:
    sends = Send.objects.filter(contact_id__in=contact_ids).exclude(state=Send.State.SKIPPED)
    return set(sends.values_list("contact_id", flat=True))
