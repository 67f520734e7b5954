"""What the search offers beside things with names: places, pages of the settings, and what one can begin.

A page shows once its room has an address for it, and to those whose role opens it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crmseg.access.roles import has_role

from . import navigation
from .panels import Group, Hit


@dataclass(frozen=True)
class Command:
    """`words` are other words people may look for it by."""

    url_name: str
    label: str | Promise
    icon: str
    role: str = "viewer"
    words: str | Promise = ""
    detail: str | Promise = ""

    @property
    def url(self) -> str:
        try:
            return reverse(self.url_name)
        except NoReverseMatch:
            return ""


ACTIONS = (
    Command("segments:new", _("New active list"), "plus", "marketer", words=_("segment create")),
    Command("segments:new_static", _("New static list"), "plus", "marketer", words=_("segment create")),
    Command("segments:gallery", _("Start a list from a template"), "template", "marketer", words=_("goal gallery")),
    Command("contacts:new", _("New contact"), "user-plus", "marketer", words=_("person create")),
    Command("contacts:company-new", _("New company"), "building", "marketer", words=_("account create")),
    Command("tasks:new", _("New task"), "checkbox", "service", words=_("to do call create")),
    Command("automations:new", _("New automation"), "route", "marketer", words=_("journey workflow create")),
    Command("campaigns:new", _("New campaign"), "send", "marketer", words=_("newsletter e-mail create")),
    Command("contacts:import-new", _("Import a file"), "file-import", "marketer", words=_("CSV upload")),
    Command("segments:compare", _("Compare lists"), "layers-intersect", words=_("overlap Venn")),
    Command("contacts:duplicates", _("Find duplicates"), "copy", words=_("merge")),
)
_SETTINGS = _("Settings")
PAGES = (
    *(Command(place.url_name, place.label, place.icon) for place in navigation.PLACES),
    Command("segments:audits", _("Audits of lists"), "shield-check", words=_("correct true")),
    Command("contacts:exports", _("Exports"), "download", words=_("CSV")),
    Command("jobs:list", _("Long work"), "progress", words=_("progress undo bulk")),
    Command("access:account", _("Account"), "settings", "admin", _("time zone currency language fiscal"), _SETTINGS),
    Command("access:people", _("People and roles"), "users", "admin", _("user invite password"), _SETTINGS),
    Command("access:keys", _("API keys"), "key", "admin", _("token program integration"), _SETTINGS),
    Command("contacts:topics", _("Consent topics and channels"), "bell", "marketer", _("subscription"), _SETTINGS),
    Command("access:senders", _("Senders"), "mail", "admin", _("from reply-to address"), _SETTINGS),
    Command(
        "access:retention", _("How long data is kept"), "hourglass", "admin", _("retention delete privacy"), _SETTINGS
    ),
    Command("access:audit", _("Audit log"), "history", "admin", _("who changed what"), _SETTINGS),
    Command("access:health", _("Health of the system"), "activity", "admin", _("queue worker lag version"), _SETTINGS),
    Command("access:profile", _("Your profile"), "user-circle", words=_("name language"), detail=_SETTINGS),
    Command("account_change_password", _("Change your password"), "key", detail=_SETTINGS),
    Command("mfa_index", _("Two-factor sign-in"), "shield-lock", words=_("MFA recovery codes"), detail=_SETTINGS),
    Command("docs", _("API documentation"), "api", words=_("OpenAPI REST")),
)


def offered(user: object) -> list[Group]:
    """What is at hand before anything is written."""
    return list(_groups(user, "", places=(Command(p.url_name, p.label, p.icon) for p in navigation.PLACES)))


def matching(user: object, query: str) -> list[Group]:
    """The actions and pages that have every word of `query` in their label, or in the other words for them."""
    return list(_groups(user, query, places=PAGES))


def _groups(user: object, query: str, places: Iterable[Command]) -> Iterator[Group]:
    for label, commands in ((_("Actions"), ACTIONS), (_("Go to"), places)):
        if hits := [_hit(command) for command in commands if _fits(command, query) and _open_to(command, user)]:
            yield Group(label, "", hits)


def _fits(command: Command, query: str) -> bool:
    text = f"{command.label} {command.words} {command.detail}".casefold()
    return all(word in text for word in query.casefold().split())


def _open_to(command: Command, user: object) -> bool:
    return bool(command.url) and has_role(user, command.role)


def _hit(command: Command) -> Hit:
    return Hit(str(command.label), command.url, str(command.detail), command.icon)
