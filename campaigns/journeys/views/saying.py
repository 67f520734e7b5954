"""What starts an automation and what each of its steps does, in the words of people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from babel.dates import format_timedelta, get_day_names
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts import stages, values
from crmseg.access.models import User
from crmseg.web import formats
from crmseg.web.tags import plain
from segments import catalogue, sentences
from segments.definition.schema import Catalogue
from segments.models import Segment

from ...models import Campaign
from ..schema import UNITS

Raw = Mapping[str, Any]
ICONS = {
    "wait": "hourglass",
    "wait_for_event": "bolt",
    "wait_until": "clock",
    "branch": "git-branch",
    "send": "mail",
    "set_attribute": "pencil",
    "add_to_list": "list-check",
    "remove_from_list": "list",
    "set_owner": "user-circle",
    "set_stage": "flag",
    "create_task": "checkbox",
    "webhook": "plug",
    "end": "player-stop",
    "trigger": "bolt",
}
UNIT_NAMES = {
    "minute": gettext_lazy("minutes"),
    "hour": gettext_lazy("hours"),
    "day": gettext_lazy("days"),
    "week": gettext_lazy("weeks"),
}
MISSING = gettext_lazy("not chosen yet")


@dataclass
class Names:
    """What the things of several definitions are called, asked once for all of them."""

    definitions: Sequence[Raw]

    def _ids(self, *places: tuple[str, str]) -> set[int]:
        """The whole numbers under a key of the trigger, or of steps."""
        found: set[int] = set()
        for one in self.definitions:
            for where, key in places:
                parts = [one.get("trigger") or {}] if where == "trigger" else one.get("steps") or []
                found |= {part[key] for part in parts if isinstance(part.get(key), int) and 0 < part[key] < 2**63}
        return found

    @cached_property
    def lists(self) -> dict[int, str]:
        ids = self._ids(("trigger", "list"), ("steps", "list"))
        return dict(Segment.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}

    @cached_property
    def campaigns(self) -> dict[int, Campaign]:
        ids = self._ids(("steps", "campaign"))
        return Campaign.objects.in_bulk(ids) if ids else {}

    @cached_property
    def people(self) -> dict[int, str]:
        ids = self._ids(("steps", "owner"))
        return {one.pk: str(one) for one in User.objects.filter(pk__in=ids)} if ids else {}

    @cached_property
    def surveys(self) -> dict[int, str]:
        from ...models import Survey

        ids = self._ids(("trigger", "survey"))
        return {one.pk: str(one) for one in Survey.objects.filter(pk__in=ids)} if ids else {}

    @cached_property
    def known(self) -> Catalogue:
        return catalogue.current()

    def list_name(self, pk: object) -> str:
        return self.lists.get(pk, str(MISSING)) if isinstance(pk, int) else str(MISSING)

    def field_label(self, key: object) -> str:
        found = values.catalog().get(key) if isinstance(key, str) else None
        return str(found.label) if found else str(key or MISSING)

    def sentence(self, definition: object) -> str:
        return sentences.sentence_of(definition, self.known) if definition is not None else str(MISSING)


@dataclass(frozen=True)
class Said:
    """What a box of the picture says: a title, a sentence, and where what it names is."""

    icon: str
    title: str
    text: str = ""
    url: str = ""


def trigger(raw: Raw | None, names: Names) -> str:
    """Who enters, as the end of a sentence: “Everyone who …”."""
    raw = raw if isinstance(raw, Mapping) else {}
    match raw.get("kind"):
        case "enters":
            return _("enters the list “%(list)s”") % {"list": names.list_name(raw.get("list"))}
        case "leaves":
            return _("leaves the list “%(list)s”") % {"list": names.list_name(raw.get("list"))}
        case "event":
            return _("does “%(event)s”") % {"event": raw.get("event") or MISSING} + _where(raw, names)
        case "form":
            pk = raw.get("survey")
            name = names.surveys.get(pk, "") if isinstance(pk, int) else ""
            return _("answers the survey “%(name)s”") % {"name": name or MISSING}
        case "date":
            return _date(raw, names)
    return _("nobody yet: choose what makes people enter")


def _where(raw: Raw, names: Names) -> str:
    """Which of these events count, where not all do."""
    if raw.get("where") is None or not isinstance(raw.get("event"), str):
        return ""
    asked = {"event": raw["event"], "op": "did", "where": raw["where"]}
    return f" ({names.sentence(asked)})"


def _date(raw: Raw, names: Names) -> str:
    offset = raw.get("offset")
    days = abs(offset) if isinstance(offset, int) else 0
    words = {"property": names.field_label(raw.get("property")), "n": formats.number(days), "at": raw.get("at") or "?"}
    if not days:
        said = _("has a date: on the day of “%(property)s” at %(at)s") % words
    elif isinstance(offset, int) and offset < 0:
        said = (
            ngettext(
                "has a date: %(n)s day before “%(property)s” at %(at)s",
                "has a date: %(n)s days before “%(property)s” at %(at)s",
                days,
            )
            % words
        )
    else:
        said = (
            ngettext(
                "has a date: %(n)s day after “%(property)s” at %(at)s",
                "has a date: %(n)s days after “%(property)s” at %(at)s",
                days,
            )
            % words
        )
    return said + (_(", every year") if raw.get("yearly") is True else "")


def span(raw: Raw, n: str = "n") -> str:
    """`3 days`; what is no length of time yet says so."""
    amount, unit = raw.get(n), raw.get("unit")
    if not isinstance(amount, int) or isinstance(amount, bool) or unit not in UNITS or not 0 < amount <= 10**6:
        return str(MISSING)
    return format_timedelta(
        amount * UNITS[unit], granularity=cast("Any", unit), threshold=10**9, locale=formats.locale()
    )


def weekdays(numbers: Iterable[int]) -> str:
    """`Mon, Tue`; Monday is 1."""
    names = get_day_names("abbreviated", locale=formats.locale())
    return ", ".join(names[day - 1] for day in sorted(set(numbers)) if isinstance(day, int) and 1 <= day <= 7)


def step(raw: Raw, names: Names) -> Said:
    kind = str(raw.get("kind"))
    title, text, url = _step(kind, raw, names)
    return Said(ICONS.get(kind, "point"), title, text, url)


def _step(kind: str, raw: Raw, names: Names) -> tuple[str, str, str]:
    match kind:
        case "wait":
            return _("Wait"), span(raw), ""
        case "wait_for_event":
            event = _("Wait until “%(event)s”") % {"event": raw.get("event") or MISSING}
            return event, _("at most %(time)s") % {"time": span(raw)} + _where(raw, names), ""
        case "wait_until":
            days = raw.get("weekdays")
            said = weekdays(days) if isinstance(days, list) and 0 < len(set(map(str, days))) < 7 else _("any day")
            where = _("by the account's clock") if raw.get("zone") == "account" else _("by the contact's own clock")
            return _("Wait until %(at)s") % {"at": raw.get("at") or MISSING}, f"{said}, {where}", ""
        case "branch":
            return _("Branch"), names.sentence(raw.get("condition")), ""
        case "send":
            pk = raw.get("campaign")
            found = names.campaigns.get(pk) if isinstance(pk, int) else None
            if found is None:
                return _("Send a message"), str(MISSING), ""
            text = found.name if found.subject in ("", found.name) else f"{found.name}: {found.subject}"
            return _("Send a message"), text, reverse("campaigns:campaign", args=[found.pk])
        case "set_attribute":
            field = names.field_label(raw.get("property"))
            return _("Set “%(attribute)s”") % {"attribute": field}, plain(raw.get("value")), ""
        case "add_to_list" | "remove_from_list":
            title = _("Add to a list") if kind == "add_to_list" else _("Remove from a list")
            pk = raw.get("list")
            url = reverse("segments:segment", args=[pk]) if isinstance(pk, int) and pk in names.lists else ""
            return title, names.list_name(pk), url
        case "set_owner":
            return _("Set the owner"), str(raw.get("owner") or _("nobody")), ""
        case "set_stage":
            return _("Set the stage"), stages.name_of(str(raw.get("stage") or "")) or str(MISSING), ""
        case "create_task":
            return _("Create a task"), _task(raw, names), ""
        case "webhook":
            return _("Call a service"), str(raw.get("url") or MISSING), ""
        case "end":
            return _("End"), "", ""
    return kind, "", ""


def _task(raw: Raw, names: Names) -> str:
    owner = raw.get("owner")
    parts = [str(raw.get("title") or MISSING)]
    if isinstance(owner, int) and owner in names.people:
        parts.append(names.people[owner])
    if raw.get("n") is not None:
        parts.append(_("due after %(time)s") % {"time": span(raw)})
    return " · ".join(parts)


def ways(kind: str) -> dict[str, str]:
    """What the two ways of a step are called."""
    if kind == "wait_for_event":
        return {"yes": _("It happened"), "no": _("Time is over")}
    return {"yes": _("Yes"), "no": _("No")}


def again(raw: object) -> str:
    if raw == "always":
        return _("People may enter again whenever they are through.")
    if isinstance(raw, Mapping):
        return _("People may enter again after %(time)s.") % {"time": span(raw, "after")}
    return _("Everybody enters once.")
