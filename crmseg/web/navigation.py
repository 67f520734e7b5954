"""The places of the sidebar, in order. A room's place shows once the room has an address for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crmseg.access.models import User


@dataclass(frozen=True)
class Place:
    """`main` places are in the bottom bar of a phone, the others in its sheet; a `group` is named above its first.

    `also` are the pages elsewhere that belong to it.
    """

    url_name: str
    label: str | Promise
    icon: str
    main: bool = False
    group: str | Promise = ""
    also: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return _address(self.url_name)

    def covers(self, path: str) -> int:
        """How much of `path` is an address of this place."""
        urls = filter(None, map(_address, (self.url_name, *self.also)))
        return max((len(url) for url in urls if _inside(path, url)), default=0)


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


_PEOPLE, _LISTS, _CAMPAIGNS, _DATA = _("People"), _("Lists"), _("Campaigns"), _("Data")
PLACES = (
    Place("web:home", _("Home"), "home", main=True),
    Place("contacts:list", _("Contacts"), "users", main=True, group=_PEOPLE),
    Place("contacts:companies", _("Companies"), "building", group=_PEOPLE),
    Place("leads:queue", _("Leads"), "gauge", group=_PEOPLE),
    Place("tasks:list", _("Tasks"), "checkbox", group=_PEOPLE),
    Place("segments:list", _("Lists"), "filter", main=True, group=_LISTS),
    Place("segments:compare", _("Compare"), "layers-intersect", group=_LISTS),
    Place("segments:discover", _("Discover"), "sparkles", group=_LISTS),
    Place("worth:value", _("Value"), "currency-dollar", group=_("Worth")),
    Place("campaigns:list", _("Campaigns"), "send", main=True, group=_CAMPAIGNS),
    Place("surveys:list", _("Surveys"), "message-circle", group=_CAMPAIGNS),
    Place("automations:list", _("Automations"), "route", group=_CAMPAIGNS),
    Place("campaigns:outbox", _("Outbox"), "inbox", group=_CAMPAIGNS),
    Place("contacts:events", _("Events"), "activity", group=_DATA),
    Place("contacts:attributes", _("Attributes"), "tags", group=_DATA),
    Place("contacts:imports", _("Imports and exports"), "file-import", group=_DATA, also=("contacts:exports",)),
    Place("access:settings", _("Settings"), "settings", group=_("System"), also=("contacts:topics",)),
)


_counts: dict[str, Callable[[User], int]] = {}


def register_count(url_name: str, count: Callable[[User], int]) -> None:
    """`count(user)` is the number beside the place: what waits there for the reader. Every page asks it."""
    _counts[url_name] = count


@dataclass(frozen=True)
class Shown:
    place: Place
    url: str
    here: bool
    count: int = 0


def shown(path: str, user: object = None) -> list[Shown]:
    """The places that exist, which of them `path` is in, and what waits there for `user`."""
    places = [(place, url) for place in PLACES if (url := place.url)]
    here = max((place for place, _url in places), key=lambda place: place.covers(path), default=None)
    waiting = {name: count(user) for name, count in _counts.items()} if isinstance(user, User) else {}
    return [
        Shown(place, url, place is here and place.covers(path) > 0, waiting.get(place.url_name, 0))
        for place, url in places
    ]


def _inside(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
