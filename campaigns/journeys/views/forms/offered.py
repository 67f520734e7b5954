"""What the controls of the forms offer: lists, events, owners."""

from __future__ import annotations

from typing import Final

from contacts.models import EventType
from crmseg.access.models import User
from segments.models import Segment

from .open import Choices

MOST_EVENTS: Final = 500
MOST_OWNERS: Final = 200


def lists(*, static: bool = False) -> Choices:
    found = Segment.unarchived.order_by("name", "pk")
    if static:
        found = found.filter(kind=Segment.Kind.STATIC)
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]


def events() -> list[str]:
    return list(EventType.objects.order_by("name").values_list("name", flat=True)[:MOST_EVENTS])


def owner_names() -> list[str]:
    return [str(one) for one in User.objects.filter(is_active=True).order_by("name", "email")[:MOST_OWNERS]]
