"""Static lists as a place for imported people."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from contacts.importing import static_lists
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from . import services
from .models import Segment


def connect() -> None:
    static_lists.register(put, choices)


def choices() -> list[tuple[int, str]]:
    return list(Segment.objects.filter(kind=Segment.Kind.STATIC).order_by("name").values_list("pk", "name"))


def put(segment_id: int, contact_ids: Sequence[int], actor: Actor) -> None:
    try:
        services.add_members(segment_id, contact_ids, actor=actor, cause="import")
    except (Segment.DoesNotExist, Conflict):
        raise InvalidInput(_("The list these people were to be put on is gone, or is no longer static.")) from None
