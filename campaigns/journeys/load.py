"""Read the definition of an automation: what can be run, or everything that is wrong with it, each at its place.

A draft may be unfinished: `shape` refuses only what cannot be kept or shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import time, timedelta
from decimal import Decimal
from typing import Any, Final, TypeGuard, cast

from django.conf import settings
from django.utils.translation import gettext as _

from contacts import payload, values
from contacts.fields import FieldType
from contacts.stages import NAMES as STAGES
from crmseg.access.models import User
from crmseg.common import json, net
from crmseg.common.problems import InvalidInput, Problem
from segments import catalogue
from segments.definition.load import load as load_definition
from segments.definition.nodes import Node, Performed, active
from segments.definition.schema import Catalogue
from segments.models import Segment

from ..models import Campaign
from . import schema
from .schema import STEP_KINDS, TRIGGER_KINDS, UNITS, Journey, Step, Trigger

MOST_STEPS: Final = 100
LARGEST: Final = 500_000
LONGEST_WAIT: Final = timedelta(days=730)
LONGEST_GOAL: Final = 365
SURVEY_ANSWERED: Final = "Survey Answered"
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEYS: Final = ("trigger", "filter", "steps", "goal", "goal_event", "goal_days", "exit", "reentry", "holdout")
_BLANK: Final[dict[str, Any]] = {
    "trigger": None,
    "filter": None,
    "steps": [],
    "goal": None,
    "goal_event": None,
    "goal_days": 30,
    "exit": None,
    "reentry": "never",
    "holdout": 0,
}


def shape(raw: object) -> dict[str, Any]:
    """What may be kept as a draft, with every key there is; InvalidInput where it cannot even be shown."""
    if not isinstance(raw, Mapping):
        raise InvalidInput(_("Expected an object."))
    problems = [
        Problem(f"/{json.escape(str(key)[:100])}", _("There is no field “%(key)s”.") % {"key": str(key)[:100]})
        for key in raw
        if key not in _KEYS
    ]
    kept = {key: raw.get(key, blank) for key, blank in _BLANK.items()}
    if problems := [*problems, *json.unstorable(kept)]:
        raise InvalidInput(problems)
    if len(json.dumps(kept)) > LARGEST:
        raise InvalidInput(_("This definition is too large."))
    steps = kept["steps"]
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise InvalidInput([Problem("/steps", _("Expected a list of at most %(n)s steps.") % {"n": MOST_STEPS})])
    seen: set[str] = set()
    for place, step in enumerate(steps):
        problems += _shape_of_step(step, f"/steps/{place}", seen)
    if problems:
        raise InvalidInput(problems)
    return kept


def _shape_of_step(step: object, at: str, seen: set[str]) -> list[Problem]:
    if not isinstance(step, Mapping):
        return [Problem(at, _("Expected an object."))]
    name, kind, problems = step.get("id"), step.get("kind"), []
    if not isinstance(name, str) or not _ID.fullmatch(name):
        problems.append(Problem(f"{at}/id", _("Expected a name of letters, digits, - and _, at most 40.")))
    elif name in seen:
        problems.append(Problem(f"{at}/id", _("Another step has this name.")))
    else:
        seen.add(name)
    if not isinstance(kind, str) or kind not in STEP_KINDS:
        problems.append(Problem(f"{at}/kind", _("Expected one of: %(words)s.") % {"words": ", ".join(STEP_KINDS)}))
    return problems


def problems(raw: object) -> list[Problem]:
    """Everything that keeps it from being switched on, each at its place; nothing where it is ready."""
    try:
        load(raw)
    except InvalidInput as error:
        return error.problems
    return []


def load(raw: object, known: Catalogue | None = None) -> Journey:
    """What can be run. Raises InvalidInput with every problem."""
    return _Reader(known or catalogue.current()).journey(shape(raw))


class _Reader:
    """Reads one definition and gathers what is wrong with it."""

    def __init__(self, known: Catalogue):
        self.known = known
        self.problems: list[Problem] = []

    def refuse(self, at: str, message: str) -> None:
        self.problems.append(Problem(at, message))

    def journey(self, raw: Mapping[str, Any]) -> Journey:
        trigger = self.trigger(raw["trigger"])
        steps = [self.step(step, f"/steps/{place}") for place, step in enumerate(raw["steps"])]
        if not raw["steps"]:
            self.refuse("/steps", _("Add at least one step."))
        self.paths(raw["steps"])
        goal, leaves = self.condition(raw["goal"], "/goal"), self.condition(raw["exit"], "/exit")
        asked = self.condition(raw["filter"], "/filter")
        reached = self.event(raw["goal_event"], "/goal_event") if raw["goal_event"] is not None else None
        days = self.whole(raw["goal_days"], "/goal_days", 1, LONGEST_GOAL)
        again = self.reentry(raw["reentry"])
        holdout = self.percent(raw["holdout"], "/holdout", 50)
        if self.problems or trigger is None:
            raise InvalidInput(self.problems)
        known = {step.id: step for step in steps if step is not None}
        return Journey(
            trigger=trigger,
            filter=asked,
            steps=known,
            first=raw["steps"][0]["id"],
            goal=goal,
            goal_event=reached,
            goal_within=timedelta(days=days or 1),
            exit=leaves,
            again_after=again,
            holdout=holdout / 100,
        )

    def trigger(self, raw: object) -> Trigger | None:
        if not isinstance(raw, Mapping) or raw.get("kind") not in TRIGGER_KINDS:
            return self.refuse("/trigger", _("Choose what makes people enter."))  # type: ignore[func-returns-value]
        match raw["kind"]:
            case "enters" | "leaves":
                found = self.list(raw.get("list"), "/trigger/list")
                return None if found is None else schema.ListTrigger(found, raw["kind"] == "leaves")
            case "event":
                event = self.event(raw, "/trigger")
                return schema.EventTrigger(event) if event else None
            case "form":
                event = self.survey(raw.get("survey"), "/trigger/survey")
                return schema.EventTrigger(event) if event else None
        return self.date(raw)

    def survey(self, raw: object, at: str) -> Performed | None:
        from ..models import Survey

        found = Survey.objects.filter(pk=raw).first() if _is_id(raw) else None
        if found is None:
            self.refuse(at, _("Choose a survey."))
            return None
        where = [{"property": "survey_id", "op": "is", "value": found.pk}]
        return self.event({"event": SURVEY_ANSWERED, "where": where}, at)

    def date(self, raw: Mapping[str, Any]) -> Trigger | None:
        before = len(self.problems)
        asked = self.known.properties.get(raw["property"]) if isinstance(raw.get("property"), str) else None
        if asked is None or asked.type not in (FieldType.DATE, FieldType.DATETIME) or asked.source != "contact":
            self.refuse("/trigger/property", _("Choose a property of the contact that is a date."))
        offset = self.whole(raw.get("offset", 0), "/trigger/offset", -365, 365)
        at = self.time(raw.get("at"), "/trigger/at")
        if at is not None and at.minute % 15:
            self.refuse("/trigger/at", _("Choose a full quarter of an hour."))
        zone, yearly = self.zone(raw, "/trigger"), raw.get("yearly", False)
        if not isinstance(yearly, bool):
            self.refuse("/trigger/yearly", _("Expected true or false."))
        if len(self.problems) > before or asked is None or offset is None or at is None:
            return None
        return schema.DateTrigger(asked.key, offset, at, yearly, zone)

    def step(self, raw: Mapping[str, Any], at: str) -> Step | None:
        exits = {key: self.exit(raw.get(key), f"{at}/{key}") for key in STEP_KINDS[raw["kind"]].exits}
        own = {"id", "kind", *exits, *_OF_STEP[raw["kind"]]}
        for key in sorted(map(str, raw.keys() - own)):
            said = _("There is no field “%(key)s”.") % {"key": key[:100]}
            self.refuse(f"{at}/{json.escape(key[:100])}", said)
        return _STEPS[raw["kind"]](self, raw, at, exits)

    def exit(self, raw: object, at: str) -> str:
        if raw is None or raw == "":
            return ""
        if not isinstance(raw, str):
            self.refuse(at, _("Expected the name of a step."))
            return ""
        return raw

    def paths(self, steps: Sequence[Mapping[str, Any]]) -> None:
        """Every way leads to steps that are there, and never back; every step can be reached."""
        places = {step["id"]: place for place, step in enumerate(steps)}
        onward: dict[str, list[str]] = {}
        for place, step in enumerate(steps):
            onward[step["id"]] = []
            for key in STEP_KINDS[step["kind"]].exits:
                to = step.get(key)
                if isinstance(to, str) and to:
                    if to in places:
                        onward[step["id"]].append(to)
                    else:
                        self.refuse(f"/steps/{place}/{key}", _("There is no step “%(id)s”.") % {"id": to[:40]})
        if not steps:
            return
        if (back := _way_back(onward)) is not None:
            self.refuse(f"/steps/{places[back]}", _("The way comes back to this step: it would never end."))
        reached, waiting = set[str](), [steps[0]["id"]]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += onward[one]
        for name, place in places.items():
            if name not in reached:
                self.refuse(f"/steps/{place}", _("No way leads to this step."))

    def condition(self, raw: object, at: str, *, required: bool = False) -> Node | None:
        if raw is None:
            if required:
                self.refuse(at, _("Say what is asked."))
            return None
        try:
            return active(load_definition(raw, self.known))
        except InvalidInput as error:
            self.problems += [problem.under(at) for problem in error.problems]
            return None

    def event(self, raw: object, at: str) -> Performed | None:
        """An event by its name, and which ones count: read as the condition that it happened."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("event"), str) or not raw["event"].strip():
            self.refuse(f"{at}/event", _("Choose an event."))
            return None
        asked = {"event": raw["event"], "op": "did"}
        if raw.get("where"):
            asked["where"] = raw["where"]
        return cast("Performed | None", self.condition(asked, at))

    def list(self, raw: object, at: str, *, static: bool = False) -> int | None:
        found = Segment.unarchived.filter(pk=raw).first() if _is_id(raw) else None
        if found is None:
            self.refuse(at, _("Choose a list."))
            return None
        if static and found.kind != Segment.Kind.STATIC:
            self.refuse(at, _("Only a static list takes people by hand; this one follows its definition."))
            return None
        return found.pk

    def whole(self, raw: object, at: str, least: int, most: int) -> int | None:
        if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
            said = _("Expected a whole number from %(least)s to %(most)s.")
            self.refuse(at, said % {"least": f"{least:,}", "most": f"{most:,}"})
            return None
        return raw

    def percent(self, raw: object, at: str, most: int) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal) or not 0 <= raw <= most:
            self.refuse(at, _("Expected a share from %(least)s to %(most)s.") % {"least": 0, "most": most})
            return 0.0
        return float(raw)

    def time(self, raw: object, at: str) -> time | None:
        if isinstance(raw, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", raw):
            return time.fromisoformat(raw)
        self.refuse(at, _("Expected a time of day, such as 09:00."))
        return None

    def zone(self, raw: Mapping[str, Any], at: str) -> schema.Zone:
        zone = raw.get("zone", "contact")
        if zone not in ("contact", "account"):
            self.refuse(f"{at}/zone", _("Expected one of: %(words)s.") % {"words": "contact, account"})
            return "contact"
        return cast("schema.Zone", zone)

    def span(self, raw: Mapping[str, Any], at: str) -> timedelta | None:
        n, unit = self.whole(raw.get("n"), f"{at}/n", 1, 100_000), raw.get("unit")
        if unit not in UNITS:
            self.refuse(f"{at}/unit", _("Expected one of: %(words)s.") % {"words": ", ".join(UNITS)})
            return None
        if n is None:
            return None
        if n * UNITS[unit] > LONGEST_WAIT:
            self.refuse(f"{at}/n", _("Nobody waits longer than two years."))
            return None
        return n * UNITS[unit]

    def reentry(self, raw: object) -> timedelta | None:
        if raw == "never":
            return None
        if raw == "always":
            return timedelta(0)
        if isinstance(raw, Mapping) and raw.keys() == {"after", "unit"}:
            found = self.span({"n": raw["after"], "unit": raw["unit"]}, "/reentry")
            return found if found is not None else timedelta(0)
        self.refuse("/reentry", _("Expected “never”, “always”, or after how long."))
        return None


def _is_id(raw: object) -> TypeGuard[int]:
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 < raw < 2**63


def _way_back(onward: Mapping[str, Sequence[str]]) -> str | None:
    """A step that a way comes back to."""
    done: set[str] = set()
    for begin in onward:
        way: list[str] = []
        waiting: list[tuple[str, int]] = [(begin, 0)]
        while waiting:
            one, depth = waiting.pop()
            del way[depth:]
            if one in way:
                return one
            if one in done:
                continue
            way.append(one)
            waiting += [(to, depth + 1) for to in onward[one]]
        done.add(begin)
    return None


_Exits = Mapping[str, str]


def _wait(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    span = reader.span(raw, at)
    return schema.Wait(raw["id"], span, **exits) if span else None


def _wait_for_event(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    event, span = reader.event(raw, at), reader.span(raw, at)
    return schema.WaitForEvent(raw["id"], event, span, **exits) if event and span else None


def _wait_until(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    when, zone = reader.time(raw.get("at"), f"{at}/at"), reader.zone(raw, at)
    days = raw.get("weekdays") or [1, 2, 3, 4, 5, 6, 7]
    if not isinstance(days, list) or not all(_is_id(day) and day <= 7 for day in days):
        reader.refuse(f"{at}/weekdays", _("Expected days of the week from 1 (Monday) to 7."))
        return None
    return None if when is None else schema.WaitUntil(raw["id"], when, frozenset(days), zone, **exits)


def _branch(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    asked = reader.condition(raw.get("condition"), f"{at}/condition", required=True)
    return schema.Branch(raw["id"], asked, **exits) if asked else None


def _send(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    pk = raw.get("campaign")
    found = Campaign.objects.filter(pk=pk).first() if _is_id(pk) else None
    if found is None:
        reader.refuse(f"{at}/campaign", _("Choose a campaign."))
        return None
    if found.kind != Campaign.Kind.AUTOMATED:
        reader.refuse(f"{at}/campaign", _("Choose a campaign that is sent by automations."))
        return None
    if found.state == Campaign.State.CANCELLED:
        reader.refuse(f"{at}/campaign", _("This campaign was cancelled."))
        return None
    return schema.Send(raw["id"], found.pk, **exits)


def _set_attribute(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    key = raw.get("property")
    field = values.catalog().get(key) if isinstance(key, str) else None
    if field is None or field.derived or field.key in ("email", "external_id"):
        reader.refuse(f"{at}/property", _("Choose an attribute."))
        return None
    data = {field.key: raw.get("value")}
    if field.custom:
        data = {"attributes": data}
    return _set(reader, raw, data, f"{at}/value", exits)


def _set_owner(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    return _set(reader, raw, {"owner": raw.get("owner")}, f"{at}/owner", exits)


def _set_stage(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    if raw.get("stage") not in STAGES:
        reader.refuse(f"{at}/stage", _("Expected one of: %(words)s.") % {"words": ", ".join(STAGES)})
        return None
    return _set(reader, raw, {"lifecycle_stage": raw["stage"]}, f"{at}/stage", exits)


def _set(reader: _Reader, raw: Mapping[str, Any], data: dict[str, Any], at: str, exits: _Exits) -> Step | None:
    try:
        payload.read_contact(data, values.catalog())
    except InvalidInput as error:
        reader.problems += [Problem(at, problem.message) for problem in error.problems]
        return None
    return schema.SetValue(raw["id"], raw["kind"], data, **exits)


def _move(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    found = reader.list(raw.get("list"), f"{at}/list", static=True)
    return found if found is None else schema.MoveInList(raw["id"], found, raw["kind"] == "add_to_list", **exits)


def _create_task(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    before = len(reader.problems)
    title, note, owner = raw.get("title"), raw.get("note") or "", raw.get("owner")
    if not isinstance(title, str) or not title.strip() or len(title) > 300:
        reader.refuse(f"{at}/title", _("Say what is to be done, in at most 300 characters."))
    if not isinstance(note, str) or len(note) > 10_000:
        reader.refuse(f"{at}/note", _("Use at most %(limit)s characters.") % {"limit": "10,000"})
    if owner is not None and not (_is_id(owner) and User.objects.filter(pk=owner, is_active=True).exists()):
        reader.refuse(f"{at}/owner", _("There is no such person."))
    due = reader.span(raw, at) if raw.get("n") is not None else None
    if len(reader.problems) > before:
        return None
    return schema.CreateTask(raw["id"], cast(str, title).strip(), cast(str, note), owner, due, **exits)


def _webhook(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    url = raw.get("url")
    if not isinstance(url, str) or not url.strip():
        reader.refuse(f"{at}/url", _("Write the address of the service."))
        return None
    try:
        net.check(url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    except net.Refused as error:
        reader.refuse(f"{at}/url", str(error))
        return None
    except net.Unreachable:
        pass  # it may be there by the time it is called
    return schema.Hook(raw["id"], url, **exits)


def _end(reader: _Reader, raw: Mapping[str, Any], at: str, exits: _Exits) -> Step | None:
    return schema.End(raw["id"])


_STEPS: Final[dict[str, Callable[[_Reader, Mapping[str, Any], str, _Exits], Step | None]]] = {
    "wait": _wait,
    "wait_for_event": _wait_for_event,
    "wait_until": _wait_until,
    "branch": _branch,
    "send": _send,
    "set_attribute": _set_attribute,
    "add_to_list": _move,
    "remove_from_list": _move,
    "set_owner": _set_owner,
    "set_stage": _set_stage,
    "create_task": _create_task,
    "webhook": _webhook,
    "end": _end,
}
_OF_STEP: Final[dict[str, tuple[str, ...]]] = {
    "wait": ("n", "unit"),
    "wait_for_event": ("event", "where", "n", "unit"),
    "wait_until": ("at", "weekdays", "zone"),
    "branch": ("condition",),
    "send": ("campaign",),
    "set_attribute": ("property", "value"),
    "add_to_list": ("list",),
    "remove_from_list": ("list",),
    "set_owner": ("owner",),
    "set_stage": ("stage",),
    "create_task": ("title", "note", "owner", "n", "unit"),
    "webhook": ("url",),
    "end": (),
}
