"""Where the pages of automations take part in those of others: a contact, the search, and the sources of tasks."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contacts import panels as contact_panels
from contacts import tasks_listed
from crmseg.common.ids import read_id
from crmseg.web import panels as shell

from ...models import Automation
from . import people


def connect() -> None:
    contact_panels.register("automations", people.panel)
    tasks_listed.register_source("automation", sources)
    shell.register_finder(shell.Finder(_("Automations"), "route", find))


def sources(rests: Iterable[str]) -> dict[str, tasks_listed.Source]:
    """The automations behind the sources of tasks."""
    ids = {pk for rest in rests if (pk := read_id(rest)) is not None}
    found = Automation.objects.filter(pk__in=ids).values_list("pk", "name")
    return {str(pk): tasks_listed.Source(name, reverse("automations:automation", args=[pk])) for pk, name in found}


def find(query: str, limit: int) -> list[shell.Hit]:
    found = Automation.objects.filter(name__icontains=query.strip()).exclude(state=Automation.State.ARCHIVED)
    return [
        shell.Hit(one.name, reverse("automations:automation", args=[one.pk]), str(one.get_state_display()))
        for one in found.order_by("name", "pk")[:limit]
    ]
