"""The arms of a campaign's test. Only a draft's can be changed; the first by its letter is the control.

What an arm leaves empty is as in the campaign, so that an arm says only what it does differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import json
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import draft
from ..content import compose
from ..models import Arm, Campaign

KEYS = "ABCDEFGHIJ"
MOST_VARIABLES = 50
LONGEST_NAME = 100
LONGEST_VALUE = 2_000
LONGEST_DELAY = 7 * 24 * 60
WORDS = ("subject", "sender", "body_mjml", "body_html", "body_text")
READ_ONLY = frozenset({"id", "key", "campaign"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,49}")


@transaction.atomic
def add_arm(campaign_id: int, *, data: Mapping[str, object], actor: Actor) -> Arm:
    """One more, under the next free letter."""
    campaign = _draft(campaign_id)
    taken = set(campaign.arms.values_list("key", flat=True))
    key = next((letter for letter in KEYS if letter not in taken), None)
    if key is None:
        raise InvalidInput(_("A test has at most %(limit)s arms.") % {"limit": len(KEYS)})
    arm = Arm(campaign=campaign, key=key)
    _fill(arm, data)
    arm.save()
    audit.record(actor, "created", arm, {"campaign": campaign.pk, "key": key})
    return arm


@transaction.atomic
def update_arm(campaign_id: int, key: str, *, data: Mapping[str, object], actor: Actor) -> Arm:
    arm = _draft(campaign_id).arms.get(key=key)
    before = model_to_dict(arm)
    changed = _fill(arm, data)
    if changed:
        arm.save(update_fields=changed)
        audit.record(actor, "updated", arm, {name: getattr(arm, name) for name in changed}, before=before)
    return arm


@transaction.atomic
def delete_arm(campaign_id: int, key: str, *, actor: Actor) -> None:
    """The letters of the others stay as they are."""
    arm = _draft(campaign_id).arms.get(key=key)
    audit.record(actor, "deleted", arm, {"campaign": campaign_id, "key": key})
    arm.delete()


@transaction.atomic
def copy_arms(source: Campaign, target: Campaign) -> None:
    """For a draft made from another campaign."""
    for arm in source.arms.all():
        arm.pk, arm._state.adding, arm.campaign = None, True, target
        arm.save()


def problems(campaign: Campaign) -> list[Problem]:
    """What keeps the test from being started: a measure that cannot be taken, or nothing to compare."""
    arms = list(campaign.arms.all())
    if not arms:
        return []
    found = []
    if len(arms) == 1:
        found.append(Problem("/arms", _("A test compares at least two arms: add another, or delete this one.")))
    if not any(arm.weight for arm in arms):
        found.append(Problem("/arms", _("Give at least one arm a weight.")))
    metric = Campaign.Metric(campaign.test_metric)
    if metric == Campaign.Metric.OPENED and not campaign.track_opens:
        found.append(Problem("/test_metric", _("Openings are not seen in this campaign: choose another measure.")))
    if metric == Campaign.Metric.CLICKED and not campaign.track_clicks:
        found.append(Problem("/test_metric", _("Clicks are not seen in this campaign: choose another measure.")))
    if metric in {Campaign.Metric.CONVERTED, Campaign.Metric.REVENUE} and not campaign.goal_event:
        found.append(Problem("/test_metric", _("Name the event that counts as the goal, or choose another measure.")))
    return found


def _draft(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        raise Conflict(_("A campaign that has started cannot be changed."))
    return campaign


def _fill(arm: Arm, data: Mapping[str, object]) -> list[str]:
    values = read(data)
    changed = [key for key, value in values.items() if getattr(arm, key) != value]
    for key in changed:
        setattr(arm, key, values[key])
    found = [problem for problem in compose.problems(arm) if problem.pointer.split("/")[1] in changed]
    if found:
        raise InvalidInput(found)
    return changed


def read(data: Mapping[str, object]) -> dict[str, Any]:
    """The fields given, clean, or every problem with its pointer."""
    values: dict[str, Any] = {}
    found: list[Problem] = []
    for key, raw in data.items():
        if key in READ_ONLY:
            continue
        if key not in READERS:
            said = _("An arm has no field “%(key)s”.") % {"key": key[:100]}
            found.append(Problem(f"/{json.escape(key[:100])}", said))
            continue
        try:
            values[key] = READERS[key](raw)
        except ValueError as error:
            found.append(Problem(f"/{key}", str(error)))
        except InvalidInput as error:
            found += [problem.under(f"/{key}") for problem in error.problems]
    if found:
        raise InvalidInput(found)
    return values


def expected_key() -> str:
    return _("Expected the letter of an arm.")


def _variables(raw: object) -> dict[str, Any]:
    """Names and single values, as templates know them: {"price": 19.9, "product": "Tea"}."""
    if not isinstance(raw, dict):
        raise ValueError(_("Expected an object: a value by name."))
    if len(raw) > MOST_VARIABLES:
        raise ValueError(_("Use at most %(limit)s variables.") % {"limit": MOST_VARIABLES})
    found = []
    for name, value in raw.items():
        at = f"/{json.escape(str(name)[:100])}"
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            found.append(Problem(at, _("A name consists of letters, digits and underscores.")))
        elif not isinstance(value, str | bool | int | float | Decimal):
            found.append(Problem(at, _("Expected a text, a number, or true or false.")))
        elif isinstance(value, str) and (len(value) > LONGEST_VALUE or not json.is_storable(value)):
            found.append(Problem(at, _("Use at most %(limit)s characters.") % {"limit": f"{LONGEST_VALUE:,}"}))
    if found:
        raise InvalidInput(found)
    return {name: _storable(value) for name, value in raw.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _name(raw: object) -> str:
    said: str = draft.READERS["name"](raw) if raw else ""
    if len(said) > LONGEST_NAME:
        raise ValueError(_("Use at most %(limit)s characters.") % {"limit": f"{LONGEST_NAME:,}"})
    return said


def _up_to(most: int) -> Callable[[object], int]:
    def read_number(raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= most:
            message = _("Expected a whole number from %(least)s to %(most)s.")
            raise ValueError(message % {"least": 0, "most": f"{most:,}"})
        return raw

    return read_number


READERS: dict[str, Callable[[object], Any]] = {
    "name": _name,
    "weight": _up_to(1_000),
    "delay_minutes": _up_to(LONGEST_DELAY),
    "variables": _variables,
    **{key: draft.READERS[key] for key in WORDS},
}
