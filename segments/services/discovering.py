"""Searches for lists are begun and forgotten here, and what they found becomes lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.jobs import services as jobs

from .. import catalogue
from ..definition.schema import Catalogue
from ..insights.discovery import learning, running
from ..models import Discovery, Segment
from .details import MAX_NAME
from .lists import create_segment

MOST_DAYS = 365
GROUPS = range(2, 9)
MOST_SEGMENT = 2**63 - 1
_ASKED = {
    Discovery.Kind.GROUPS: {"about", "among", "k"},
    Discovery.Kind.GOAL: {"goal", "about", "among"},
    Discovery.Kind.LOOKALIKES: {"segment", "about", "own"},
}


def start_discovery(
    kind: str, asked: Mapping[str, Any], *, name: str = "", user: User | None, actor: Actor
) -> Discovery:
    """Queue a search. Every problem of what is asked at once, each with its place."""
    learning.refuse_without_packages()
    if kind not in Discovery.Kind.values:
        raise InvalidInput(
            [Problem("/kind", _("Use one of: %(names)s.") % {"names": ", ".join(Discovery.Kind.values)})]
        )
    params, problems = _read(kind, asked)
    if problems:
        raise InvalidInput(problems)
    called = " ".join(name.split())[:MAX_NAME] or _called(kind, params)
    with transaction.atomic():
        made = Discovery.objects.create(
            kind=kind, name=called, params=params, segment_id=params.get("segment"), created_by=str(actor)
        )
        made.job = jobs.start(
            running.DISCOVER,
            {"discovery": made.pk, "name": called},
            user=user,
            actor=actor,
            total=running.steps(kind),
        )
        made.save(update_fields=["job"])
    return made


def save_found(discovery_id: int, number: int, *, name: str, actor: Actor) -> Segment:
    """An active list with a definition that was found; once it is one, the same again."""
    with transaction.atomic():
        discovery = Discovery.objects.select_for_update().get(pk=discovery_id)
        found = (discovery.result or {}).get("groups", [])
        if not 0 <= number < len(found) or not found[number].get("definition"):
            raise InvalidInput([Problem("/group", _("There is no such definition in this search."))])
        saved = Segment.unarchived.filter(pk=found[number].get("saved") or 0).first()
        if saved:
            return saved
        text = _("Found on %(day)s by “%(name)s”.") % {"day": f"{clock.now():%Y-%m-%d}", "name": discovery.name}
        made = create_segment(
            name=name, kind=Segment.Kind.ACTIVE, definition=found[number]["definition"], description=text, actor=actor
        )
        found[number]["saved"] = made.pk
        discovery.save(update_fields=["result"])
    return made


def delete_discovery(discovery_id: int, *, actor: Actor) -> None:
    """The search goes; lists that were made of it stay."""
    with transaction.atomic():
        discovery = Discovery.objects.select_for_update(of=("self",)).select_related("job").get(pk=discovery_id)
        if discovery.job and discovery.job.is_open:
            raise Conflict([Problem("", _("This search is still running. Cancel it first."))])
        audit.record(actor, "deleted", discovery, {"kind": discovery.kind})
        discovery.delete()


def _read(kind: str, asked: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    known = catalogue.current()
    params: dict[str, Any] = {}
    problems = [
        Problem(f"/{name}", _("There is no such field here."))
        for name in asked
        if name not in _ASKED[Discovery.Kind(kind)]
    ]
    params["about"] = _about(asked.get("about"), known, problems, needed=kind == Discovery.Kind.GROUPS)
    if "among" in asked and kind != Discovery.Kind.LOOKALIKES:
        params["among"] = _segment(asked["among"], "/among", known, problems) if asked["among"] is not None else None
    match kind:
        case Discovery.Kind.GROUPS:
            k = asked.get("k")
            if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k not in GROUPS):
                problems.append(Problem("/k", _("Expected a whole number from 2 to 8.")))
            params["k"] = k
        case Discovery.Kind.GOAL:
            params["goal"] = _goal(asked.get("goal"), known, problems)
        case _:
            params["segment"] = _segment(asked.get("segment"), "/segment", known, problems)
            if not isinstance(asked.get("own", False), bool):
                problems.append(Problem("/own", _("Expected true or false.")))
            params["own"] = asked.get("own") is True
    return params, problems


def _about(asked: object, known: Catalogue, problems: list[Problem], *, needed: bool) -> list[str] | None:
    if asked is None and not needed:
        return None
    if not isinstance(asked, list) or not asked:
        problems.append(Problem("/about", _("Choose at least one property or event.")))
        return None
    for place, one in enumerate(asked):
        event = isinstance(one, str) and one.startswith("event:") and one[6:] in known.event_types
        if not event and (not isinstance(one, str) or one not in {*known.properties, "reachable:email"}):
            problems.append(Problem(f"/about/{place}", _("There is no such property or event here.")))
    return [one for one in asked if isinstance(one, str)]


def _goal(asked: object, known: Catalogue, problems: list[Problem]) -> dict[str, Any] | None:
    if not isinstance(asked, dict) or not ({"segment"} == asked.keys() or {"event", "days"} == asked.keys()):
        problems.append(Problem("/goal", _("Name a list, or an event and within how many days.")))
        return None
    if "segment" in asked:
        return {"segment": _segment(asked["segment"], "/goal/segment", known, problems)}
    event, days = asked["event"], asked["days"]
    if not isinstance(event, str) or event not in known.event_types:
        problems.append(Problem("/goal/event", _("There is no such event here.")))
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        problems.append(Problem("/goal/days", _("Expected a whole number from 1 to 365.")))
    return {"event": event, "days": days}


def _segment(asked: object, pointer: str, known: Catalogue, problems: list[Problem]) -> int | None:
    if isinstance(asked, bool) or not isinstance(asked, int) or asked not in known.segments:
        problems.append(Problem(pointer, _("There is no such list.")))
        return None
    return asked


def _called(kind: str, params: Mapping[str, Any]) -> str:
    """What a search is called that nobody named."""
    match kind:
        case Discovery.Kind.GOAL if "event" in params["goal"]:
            said = {"event": params["goal"]["event"], "days": params["goal"]["days"]}
            return (_("What predicts “%(event)s” in %(days)s days") % said)[:MAX_NAME]
        case Discovery.Kind.GOAL:
            return (_("What predicts “%(name)s”") % {"name": _name(params["goal"]["segment"])})[:MAX_NAME]
        case Discovery.Kind.LOOKALIKES:
            return (_("Look-alikes of “%(name)s”") % {"name": _name(params["segment"])})[:MAX_NAME]
        case _ if params.get("among"):
            return (_("Groups among “%(name)s”") % {"name": _name(params["among"])})[:MAX_NAME]
    return _("Groups of alike people")


def _name(segment_id: int) -> str:
    return Segment.objects.values_list("name", flat=True).get(pk=segment_id)
