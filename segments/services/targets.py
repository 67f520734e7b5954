"""Set what a list is to reach. What it was at that moment is kept, so that the way can be told from the start."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import EventType
from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from .. import catalogue
from ..insights import targets
from ..models import Segment, Target

MOST_DAYS = 3660
_MEANT = ("metric", "property", "event", "days")


def set_target(
    segment_id: int,
    *,
    metric: str,
    value: Decimal,
    property: str = "",
    event: str = "",
    days: int = 30,
    by: date | None = None,
    actor: Actor,
) -> Target:
    """Set or change the target. The way begins anew where something else is measured; otherwise it goes on."""
    known = catalogue.current()
    problems = _problems(metric, value, property, event, days)
    if metric == Target.Metric.AVERAGE and property not in targets.numeric(known):
        problems.append(Problem("/property", _("Choose the property whose average is meant.")))
    if problems:
        raise InvalidInput(problems)
    property, event = _kept(metric, property, event)
    wanted = {"metric": metric, "property": property, "event": event, "days": days, "value": value, "by": by}
    with transaction.atomic():
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
        target = Target.objects.filter(segment=segment).first()
        held = target is not None
        before = {key: getattr(target, key) if target else None for key in wanted}
        if before == wanted and target is not None:
            return target
        target = target or Target(segment=segment)
        for key, one in wanted.items():
            setattr(target, key, one)
        if any(before[key] != wanted[key] for key in _MEANT):
            target.since = clock.now()
            figure = targets.measure(target, segment, known, target.since)
            target.base = figure.value if figure else None
        target.save()
        audit.record(actor, "set target", segment, {"target": wanted}, before={"target": before} if held else None)
    return target


def clear_target(segment_id: int, *, actor: Actor) -> None:
    """Take the target away, if there is one."""
    with transaction.atomic():
        segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
        cleared, _each = Target.objects.filter(segment=segment).delete()
        if cleared:
            audit.record(actor, "cleared target", segment)


def _problems(metric: str, value: Decimal, property: str, event: str, days: int) -> list[Problem]:
    problems = []
    if metric not in Target.Metric.values:
        problems.append(Problem("/metric", _("Choose what is measured.")))
    share = metric == Target.Metric.DID
    if not value.is_finite() or value < 0 or value >= 10**15 or (share and value > 100):
        said = _("Expected a share from 0 to 100 percent.") if share else _("Expected a number from 0 on.")
        problems.append(Problem("/value", said))
    if share and not EventType.objects.filter(name=event).exists():
        problems.append(Problem("/event", _("Choose what the members are to do.")))
    if not 1 <= days <= MOST_DAYS:
        problems.append(Problem("/days", _("Expected a number of days from 1 to 3,660.")))
    return problems


def _kept(metric: str, property: str, event: str) -> tuple[str, str]:
    """What does not belong to the metric is left out."""
    average, did = metric == Target.Metric.AVERAGE, metric == Target.Metric.DID
    return property if average else "", event if did else ""
