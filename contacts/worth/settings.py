"""What the account counts as worth: read, checked with a pointer for each problem, and changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common.actor import Actor, acting
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from .. import values
from ..fields import FieldType
from ..models import AttributeDefinition, WorthSettings
from . import groups, rules

FIELDS = (
    "order_event",
    "refund_event",
    "rfm_event",
    "rfm_of",
    "edges",
    "groups",
    "cost",
    "shrink",
    "at_risk_gaps",
    "lost_gaps",
)
MOST_GROUPS, MOST_EVENTS = 50, 50
_KEY = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LARGEST = Decimal(10) ** 15


def out(row: WorthSettings) -> dict[str, Any]:
    """As `change` takes it."""
    known = rules.of(row)
    return {
        "order_event": row.order_event,
        "refund_event": row.refund_event,
        "rfm_event": row.rfm_event,
        "rfm_of": row.rfm_of,
        "edges": {digit: list(known.edges.get(digit, ())) or None for digit in rules.DIGITS},
        "groups": [group.out() for group in known.groups],
        "cost": {
            "attribute": known.cost.attribute or None,
            "per_order": known.cost.per_order,
            "per_event": dict(known.cost.per_event),
            "share_of_revenue": known.cost.share,
        },
        "shrink": row.shrink,
        "at_risk_gaps": row.at_risk_gaps,
        "lost_gaps": row.lost_gaps,
    }


def change(data: Mapping[str, object], *, actor: Actor) -> WorthSettings:
    """Change what is given; everyone's worth is read anew by the next beat. InvalidInput names every problem.

    `edges` has for each of r, f, m four rising edges, or null for fifths of everyone: days for r, the best digit first;
    for f and m what the digits 2 to 5 begin with. `groups` null is the usual ten.
    """
    with acting(actor):
        rules.row()
        row = WorthSettings.objects.select_for_update().get(pk=1)
        before = out(row)
        problems = [_unknown(key) for key in data if key not in FIELDS]
        found = {key: _read(key, value, problems) for key, value in data.items() if key in FIELDS}
        if not problems:
            risk = float(found.get("at_risk_gaps", row.at_risk_gaps))
            if risk >= float(found.get("lost_gaps", row.lost_gaps)):
                problems.append(Problem("/lost_gaps", _("Expected more than the gaps after which one is at risk.")))
        if problems:
            raise InvalidInput(problems)
        if "groups" in found:
            kept = {group["key"] for group in found["groups"]} or {group.key for group in groups.USUAL}
            former = {*row.former_groups, *(group.key for group in rules.of(row).groups)}
            row.former_groups = sorted(former - kept)
        for key, value in found.items():
            setattr(row, key, value)
        after = out(row)
        changed = {key: value for key, value in after.items() if value != before[key]}
        if changed:
            row.version += 1
            row.save(update_fields=[*changed, "former_groups", "version"])
            audit.record(actor, "updated", row, changed, before=before)
    return row


def _unknown(key: str) -> Problem:
    message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(key, FIELDS)
    return Problem(f"/{escape(key)}", message)


def _read(key: str, value: object, problems: list[Problem]) -> Any:
    match key:
        case "order_event":
            return _name(f"/{key}", value, problems, needed=True)
        case "refund_event" | "rfm_event" | "rfm_of":
            return _name(f"/{key}", value, problems)
        case "edges":
            return _edges(value, problems)
        case "groups":
            return _groups(value, problems)
        case "cost":
            return _cost(value, problems)
        case "shrink":
            return _number(f"/{key}", value, problems, Decimal("0.1"), Decimal(100))
        case _:
            return _number(f"/{key}", value, problems, Decimal("0.1"), Decimal(1000))


def _name(pointer: str, value: object, problems: list[Problem], *, needed: bool = False) -> str:
    text = value.strip() if isinstance(value, str) else "" if value is None else None
    if text is None or len(text) > 200 or "\0" in text or (needed and not text):
        problems.append(Problem(pointer, _("Expected a name of 1 to 200 characters.")))
        return ""
    return text


def _decimal(pointer: str, value: object, problems: list[Problem], low: Decimal, high: Decimal) -> Decimal:
    try:
        number = Decimal(str(value)) if isinstance(value, int | float | str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite() or not low <= number <= high:
        said = _("Expected a number from %(low)s to %(high)s.") % {"low": low, "high": f"{high:f}"}
        problems.append(Problem(pointer, said))
        return low
    return number


def _number(pointer: str, value: object, problems: list[Problem], low: Decimal, high: Decimal) -> float:
    return float(_decimal(pointer, value, problems, low, high))


def _edges(value: object, problems: list[Problem]) -> dict[str, list[Decimal]]:
    if not isinstance(value, Mapping):
        problems.append(Problem("/edges", _("Expected edges for r, f or m.")))
        return {}
    found = {}
    for digit, edges in value.items():
        if digit not in rules.DIGITS:
            problems.append(Problem(f"/edges/{escape(str(digit)[:100])}", _("Expected edges for r, f or m.")))
            continue
        if edges is None or edges == []:
            continue
        pointer = f"/edges/{digit}"
        if not isinstance(edges, list) or len(edges) != 4:
            problems.append(Problem(pointer, _("Expected four numbers, one between each digit and the next.")))
            continue
        least = Decimal("0.01") if digit == "r" else -_LARGEST
        read = [_decimal(f"{pointer}/{n}", edge, problems, least, _LARGEST) for n, edge in enumerate(edges)]
        if not all(low < high for low, high in pairwise(read)):
            problems.append(Problem(pointer, _("Each number must be greater than the one before.")))
        found[digit] = read
    return found


def _groups(value: object, problems: list[Problem]) -> list[dict[str, Any]]:
    """Nothing is kept where they are the usual ones, so that these stay in every reader's language."""
    if value is None or value == []:
        return []
    if not isinstance(value, list) or len(value) > MOST_GROUPS:
        problems.append(Problem("/groups", _("Expected a list of at most %(most)s.") % {"most": MOST_GROUPS}))
        return []
    found = [_group(f"/groups/{n}", one, problems) for n, one in enumerate(value)]
    keys = [group["key"] for group in found]
    for n, key in enumerate(keys):
        if key and key in keys[:n]:
            problems.append(Problem(f"/groups/{n}/key", _("This key is there twice.")))
    return [] if found == [group.out() for group in groups.USUAL] else found


def _group(pointer: str, value: object, problems: list[Problem]) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.append(Problem(pointer, _("Expected a group with key, name and ranges of digits.")))
        return {"key": ""}
    problems += [
        Problem(f"{pointer}/{escape(str(key))}", _("There is no field “%(key)s”.") % {"key": key})
        for key in value
        if key not in ("key", "name", "r", "f", "m")
    ]
    key = value.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        problems.append(Problem(f"{pointer}/key", _("Expected small letters, digits and _, a letter first.")))
        key = ""
    found: dict[str, Any] = {"key": key, "name": _name(f"{pointer}/name", value.get("name"), problems, needed=True)}
    for digit in rules.DIGITS:
        reach = value.get(digit, [1, 5])
        whole = isinstance(reach, list) and len(reach) == 2 and all(type(one) is int for one in reach)
        if not whole or not 1 <= reach[0] <= reach[1] <= 5:
            problems.append(Problem(f"{pointer}/{digit}", _("Expected two digits from 1 to 5, the lower first.")))
            reach = [1, 5]
        found[digit] = reach
    return found


def _cost(value: object, problems: list[Problem]) -> dict[str, Any]:
    if value is None:
        return {}
    known = ("attribute", "per_order", "per_event", "share_of_revenue")
    said = _("Expected one of: %(options)s.") % {"options": ", ".join(known)}
    if not isinstance(value, Mapping):
        problems.append(Problem("/cost", said))
        return {}
    problems += [Problem(f"/cost/{escape(str(key)[:100])}", said) for key in value if key not in known]
    found: dict[str, Any] = {}
    if value.get("attribute"):
        found["attribute"] = _attribute(value["attribute"], problems)
    zero = Decimal(0)
    if value.get("per_order"):
        found["per_order"] = _decimal("/cost/per_order", value["per_order"], problems, zero, _LARGEST)
    if value.get("share_of_revenue"):
        share = _decimal("/cost/share_of_revenue", value["share_of_revenue"], problems, zero, Decimal(1))
        found["share_of_revenue"] = share
    events = value.get("per_event") or {}
    if not isinstance(events, Mapping) or len(events) > MOST_EVENTS:
        problems.append(Problem("/cost/per_event", _("Expected an amount for each event type.")))
    elif events:
        found["per_event"] = {
            _name(f"/cost/per_event/{escape(str(name))}", name, problems, needed=True): _decimal(
                f"/cost/per_event/{escape(str(name))}", amount, problems, zero, _LARGEST
            )
            for name, amount in events.items()
        }
    return found


def _attribute(key: object, problems: list[Problem]) -> str:
    """A number or an amount of money that somebody declared of contacts."""
    fits = AttributeDefinition.objects.filter(
        entity=AttributeDefinition.Entity.CONTACT, type__in=[FieldType.NUMBER, FieldType.MONEY]
    )
    if not isinstance(key, str) or not fits.filter(key=key).exists():
        problems.append(Problem("/cost/attribute", _("Expected a custom attribute of contacts that is a number.")))
        return ""
    return key
