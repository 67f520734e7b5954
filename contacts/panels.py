"""What upper rooms show on a contact's page: their panels, their part of the timeline, and what a deletion touches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .models import Contact

Context = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """`data` gathers what `template` shows; None hides the panel."""

    name: str
    data: Callable[[Contact], Any]
    template: str = ""


@dataclass(frozen=True)
class Moment:
    """One row of a timeline. `kind` says which filter shows it; `details` is what its template needs."""

    kind: str
    at: datetime
    title: str
    details: Any = None
    id: int = 0


_panels: dict[str, Panel] = {}
_moments: dict[str, Callable[[int, datetime | None, int], list[Moment]]] = {}
_notes: list[Callable[[Contact], str | None]] = []


def register(name: str, data: Callable[[Contact], Any], template: str = "") -> None:
    _panels[name] = Panel(name, data, template)


def register_timeline(kind: str, moments: Callable[[int, datetime | None, int], list[Moment]]) -> None:
    """`moments(contact_id, before, limit)` gives the latest moments earlier than `before`, newest first."""
    _moments[kind] = moments


def register_deletion_note(note: Callable[[Contact], str | None]) -> None:
    """`note(contact)` says in one sentence what the deletion of the contact would touch, or None."""
    if note not in _notes:
        _notes.append(note)


def shown(contact: Contact) -> list[tuple[Panel, Any]]:
    found = [(panel, panel.data(contact)) for panel in _panels.values()]
    return [(panel, data) for panel, data in found if data is not None]


def timelines() -> dict[str, Callable[[int, datetime | None, int], list[Moment]]]:
    return dict(_moments)


def deletion_notes(contact: Contact) -> list[str]:
    return [sentence for note in _notes if (sentence := note(contact))]
