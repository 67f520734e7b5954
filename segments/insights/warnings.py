"""What whoever works with a list should know about it before they do: each with the figures that it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import EventType
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number, percent

from .. import hints
from ..definition import check
from ..definition.load import load
from ..definition.schema import Catalogue
from ..models import Segment, Target
from . import looking, power
from .looking import Figure
from .purchases import purchase_event

DAYS = 30
FEW = 0.2
"""Fewer than this part of the members showing their means is few."""
LEAST_DONE, LEAST_MEMBERS = 10, 200
"""With less to go by, a list has no rate of its own, and that of the account counts."""
_SAID_BY_THE_STATE = (hints.Kind.FAILED, hints.Kind.REVIEW)


@dataclass(frozen=True)
class Warning:
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class Baseline:
    """The rate that an effect is measured against: how many percent did what, within how many days, and who."""

    figure: Figure
    event: str
    days: int
    own: bool


def at_once(segment: Segment, known: Catalogue) -> list[Warning]:
    """What the list and its definition tell by themselves."""
    found = hints.current([segment.pk])
    said = {hint.kind for hint in found}
    warnings = [
        Warning(hint.text, hint.url if hint.other_id else "", _("Compare them") if hint.other_id else "")
        for hint in found
        if hint.kind not in _SAID_BY_THE_STATE
    ]
    if segment.definition is not None and said.isdisjoint({hints.Kind.NOBODY_EVER, hints.Kind.EVERYBODY}):
        warnings += _of_definition(segment, known)
    return warnings


def looked_for(segment: Segment, now: datetime) -> list[Warning]:
    """What takes a look at the members: who can be reached, what they can spend, and how small an effect shows."""
    if not segment.size:
        return []
    return [*_of_members(segment, now), *too_small(segment, now)]


def baseline(segment: Segment, now: datetime) -> Baseline | None:
    """By what the target of the list counts, or else by purchases; None where nobody ever did either."""
    target = Target.objects.filter(segment=segment.pk, metric=Target.Metric.DID).first()
    event = EventType.objects.filter(name=target.event).first() if target else purchase_event()
    days = target.days if target else DAYS
    if event is None:
        return None
    if segment.size >= LEAST_MEMBERS:
        own = looking.did(segment, event, days, now)
        if own.known >= LEAST_DONE:
            return Baseline(own, event.name, days, own=True)
    everybody = looking.did(None, event, days, now)
    return Baseline(everybody, event.name, days, own=False) if everybody.known else None


def _of_definition(segment: Segment, known: Catalogue) -> Iterator[Warning]:
    try:
        problems = check.warnings(load(segment.definition, known, reader_of=segment.pk), known)
    except InvalidInput:
        return  # the sentence says so already
    for problem in problems[:5]:
        yield Warning(problem.message, reverse("segments:edit", args=[segment.pk]), _("See it in the definition"))


def _of_members(segment: Segment, now: datetime) -> Iterator[Warning]:
    found = looking.traits(segment, now)
    among = _("of %(n)s members looked at") if found.drawn else _("of %(n)s members")
    of = {"among": among % {"n": number(found.looked_at)}}
    if found.looked_at and not found.reached:
        yield Warning(_("Nobody in it can be reached by e-mail: no address, or no consent (%(among)s).") % of)
    if found.looked_at and found.show_means < FEW * found.looked_at:
        share = {"share": percent(found.show_means, found.looked_at)}
        said = _("Few members show income or spending (%(share)s %(among)s): purchasing power unknown.")
        yield Warning(said % (of | share))


def too_small(segment: Segment, now: datetime) -> Iterator[Warning]:
    """Whether a test among its members could tell a usual effect from chance; the baseline is said with it."""
    base = baseline(segment, now)
    if base is None:
        return
    least = power.needed(float(base.figure.value) / 100)
    if least is None or segment.size >= least:
        return
    if base.own:
        said = _("%(rate)s of its members did “%(event)s” in %(days)s days")
    else:
        said = _("%(rate)s of all contacts did “%(event)s” in %(days)s days, and the list has no rate of its own yet")
    rate = percent(float(base.figure.value), 100)
    because = said % {"rate": rate, "event": base.event, "days": base.days}
    text = _(
        "Too small to measure an effect of %(effect)s: you need about %(n)s, half of them without the message"
        " (%(because)s)."
    )
    yield Warning(text % {"effect": percent(power.EFFECT, 1), "n": number(_rounded(least)), "because": because})


def _rounded(n: int) -> int:
    """To two digits, upwards: more would not be meant."""
    step = int("1" + "0" * max(len(str(n)) - 2, 0))
    return -(-n // step) * step
