"""What this room shows on pages that all rooms share: the search and the home page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crmseg.web import panels

from . import attribute_jobs, finding, headcount, health, home, moments, notes, retention, tasks_kept, tasks_shown, tray
from .bulk import kinds
from .models import ContactImport
from .selectors import companies_table, contacts_table
from .worth import beside as worth_beside
from .worth import fields as worth_fields
from .worth import panel as worth_panel
from .worth import told
from .worth.lifetime import job
from .worth.lifetime import tasks as lifetimes

LEAST_IN_SEARCH = 2


def connect() -> None:
    """Called once, when the apps are ready."""
    kinds.connect()
    attribute_jobs.connect()
    tray.connect()
    moments.connect()
    notes.connect()
    tasks_kept.connect()
    tasks_shown.connect()
    panels.register_finder(panels.Finder(_("Contacts"), "users", _find_contacts))
    panels.register_finder(panels.Finder(_("Companies"), "building", _find_companies))
    finding.connect()
    home.connect()
    health.connect()
    retention.connect()
    worth_fields.connect()
    worth_beside.connect()
    job.connect()
    told.register(lifetimes.ring_counted)
    worth_panel.connect()
    panels.register_home(
        panels.HomeNumber(10, _("Contacts"), headcount.everybody, "contacts:list"),
        panels.HomeNumber(20, _("Leads"), headcount.leads, "contacts:list", "?view=leads"),
        panels.HomeNumber(30, _("Customers"), headcount.customers, "contacts:list", "?view=customers"),
        panels.HomePanel(50, "home/imports_panel.html", _recent_imports),
    )


def _find_contacts(query: str, limit: int) -> list[panels.Hit]:
    return [
        panels.Hit(str(contact), reverse("contacts:contact", args=[contact.pk]), contact.email or "")
        for contact in contacts_table(q=query).order_by("-created_at", "-pk")[:limit]
    ]


def _find_companies(query: str, limit: int) -> list[panels.Hit]:
    return [
        panels.Hit(str(company), reverse("contacts:company", args=[company.pk]), company.domain or "")
        for company in companies_table(q=query).order_by("name", "pk")[:limit]
    ]


def _recent_imports(request: HttpRequest) -> dict[str, Any] | None:
    imports = list(ContactImport.objects.filter(dry_run=False).order_by("-pk")[:5])
    return {"imports": imports} if imports else None
