"""What upper rooms show on the page of a contact or a company: their panels, and what a deletion would touch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .models import Company, Contact

Panel = Callable[[Contact], "dict[str, Any] | None"]
CompanyPanel = Callable[[Company], "dict[str, Any] | None"]
Note = Callable[[Contact], "str | None"]
_panels: dict[str, Panel] = {}
_company_panels: dict[str, CompanyPanel] = {}
_notes: list[Note] = []


def register(name: str, panel: Panel) -> None:
    """`panel(contact)` gathers what the page shows under `name`; None hides it."""
    _panels[name] = panel


def register_of_company(name: str, panel: CompanyPanel) -> None:
    """The same for a company's page, in `companies/NAME_panel.html`. Where its people are many, it is asked later."""
    _company_panels[name] = panel


def register_deletion_note(note: Note) -> None:
    """`note(contact)` says in one sentence what the deletion of the contact would touch, or None."""
    if note not in _notes:
        _notes.append(note)


def shown(contact: Contact) -> dict[str, dict[str, Any]]:
    found = ((name, panel(contact)) for name, panel in _panels.items())
    return {name: data for name, data in found if data is not None}


def shown_of_company(company: Company) -> list[dict[str, Any]]:
    found = ((name, panel(company)) for name, panel in _company_panels.items())
    return [{"template": f"companies/{name}_panel.html", "data": data} for name, data in found if data is not None]


def deletion_notes(contact: Contact) -> list[str]:
    return [sentence for note in _notes if (sentence := note(contact))]
