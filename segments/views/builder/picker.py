"""What a condition can ask about, in groups, for the one chooser that all rows share."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from segments.definition.schema import Catalogue, Property
from segments.models import Segment


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    icon: str


@dataclass(frozen=True)
class Group:
    label: str
    options: list[Option]


def picker(catalogue: Catalogue, segment: Segment | None) -> list[Group]:
    """Who they are, their company, what they did, what they allowed, the lists they are in, but for the list itself."""
    own = [one for one in catalogue.properties.values() if one.source == "contact"]
    company = [one for one in catalogue.properties.values() if one.source == "company"]
    groups = [_of_properties(label, members) for label, members in _grouped(own)]
    groups.append(Group(_("Company"), [Option(f"property:{one.key}", str(one.label), "building") for one in company]))
    events = sorted(catalogue.event_types, key=str.casefold)
    did = [Option(f"event:{name}", name, "bolt") for name in events]
    groups.append(Group(_("What they did"), [*did, Option("sequence:", _("Events in order"), "arrow-right")]))
    groups.append(Group(_("Consent and reach"), _consent()))
    groups.append(Group(_("Colleagues and chance"), _others()))
    lists = sorted(catalogue.segments.values(), key=lambda listed: listed.name.casefold())
    others = [listed for listed in lists if segment is None or listed.id != segment.pk]
    groups.append(Group(_("Lists"), [Option(f"segment:{one.id}", one.name, "filter") for one in others]))
    return [group for group in groups if group.options]


def _consent() -> list[Option]:
    return [
        Option("consent:", _("Consent to a channel or a topic"), "mail"),
        Option("reachable:", _("Can be reached by a channel"), "send"),
    ]


def _others() -> list[Option]:
    return [
        Option("colleagues:", _("Colleagues of the same company"), "users-group"),
        Option("bucket:", _("A random share of everybody"), "percentage"),
    ]


def _grouped(properties: list[Property]) -> list[tuple[str, list[Property]]]:
    groups: dict[str, list[Property]] = {}
    for one in properties:
        groups.setdefault(str(one.group) or _("Custom"), []).append(one)
    return list(groups.items())


def _of_properties(label: str, properties: list[Property]) -> Group:
    return Group(label, [Option(f"property:{one.key}", str(one.label), "user") for one in properties])
