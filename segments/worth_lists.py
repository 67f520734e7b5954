"""Lists and the pages of worth: a cell, a group or a band kept as a list, and what members are worth beside them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from contacts.worth import parts
from crmseg.common.actor import Actor

from . import services
from .models import Segment


def connect() -> None:
    from . import beside
    from .views import worth

    parts.register(make)
    beside.register("segments/worth_panel.html", worth.panel)


def make(name: str, definition: dict[str, Any], actor: Actor) -> str:
    """An active list; where one of that name asks the same already, that one."""
    there = Segment.unarchived.filter(name=name, definition=definition).first()
    made = there or services.create_segment(name=name, kind=Segment.Kind.ACTIVE, definition=definition, actor=actor)
    return reverse("segments:segment", args=[made.pk])
