"""What contacts show on the home page: files that need a look, and the first step of a new account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crmseg.access.models import Role
from crmseg.common import clock
from crmseg.web import formats, panels

from .models import Contact, ContactImport

RECENT = timedelta(days=7)
MOST = 3


def connect() -> None:
    panels.register_mend(to_mend)
    panels.register_first_step(
        panels.FirstStep(
            10,
            gettext_lazy("Bring in people"),
            gettext_lazy("from a CSV file, through the API, or as sample data"),
            "access:first_steps",
            lambda _request: Contact.objects.exists(),
            Role.MARKETER,
        )
    )


def to_mend(request: HttpRequest) -> Iterator[panels.Mend]:
    """Imports of the last days that failed, or refused rows."""
    recent = ContactImport.objects.filter(dry_run=False, created_at__gte=clock.now() - RECENT).order_by("-pk")
    for one in recent.filter(state=ContactImport.State.FAILED)[:MOST]:
        said = _("The import of “%(file)s” failed.") % {"file": one.name}
        yield panels.Mend(said, reverse("contacts:import", args=[one.pk]), _("See why"), bad=True)
    for one in recent.filter(state=ContactImport.State.DONE, refused__gt=0)[:MOST]:
        said = ngettext(
            "%(n)s row of “%(file)s” was refused.", "%(n)s rows of “%(file)s” were refused.", one.refused
        ) % {"n": formats.number(one.refused), "file": one.name}
        yield panels.Mend(said, reverse("contacts:import", args=[one.pk]), _("Mend them"))
