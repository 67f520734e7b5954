"""What the search of the shell finds of attributes and events, by their names."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crmseg.web import panels

from .models import AttributeDefinition, EventType


def connect() -> None:
    panels.register_finder(panels.Finder(_("Attributes"), "tags", find_attributes))
    panels.register_finder(panels.Finder(_("Events"), "activity", find_event_types))


def find_attributes(query: str, limit: int) -> list[panels.Hit]:
    rows = AttributeDefinition.objects.all()
    for word in query.split():
        rows = rows.filter(Q(label__icontains=word) | Q(key__icontains=word) | Q(group__icontains=word))
    return [
        panels.Hit(one.label, reverse("contacts:attribute", args=[one.entity, one.key]), _of(one))
        for one in rows.order_by("label", "pk")[:limit]
    ]


def find_event_types(query: str, limit: int) -> list[panels.Hit]:
    rows = EventType.objects.all()
    for word in query.split():
        rows = rows.filter(Q(name__icontains=word) | Q(description__icontains=word))
    return [
        panels.Hit(one.name, reverse("contacts:event_type", args=[one.pk]), one.description)
        for one in rows.order_by("name", "pk")[:limit]
    ]


def _of(one: AttributeDefinition) -> str:
    return f"{one.key} · {one.get_entity_display()}"
