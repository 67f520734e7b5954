"""How far a list is on the way to its target: from what it was when the target was set, to what it is to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Sum

from contacts.fields import FieldType
from contacts.models import EventType

from ..definition.schema import Catalogue, Property
from ..definition.windows import first_instant
from ..models import MoveCount, Segment, Target
from ..selectors import quarter_of
from . import looking
from .looking import Figure

NUMERIC = (FieldType.NUMBER, FieldType.MONEY)


@dataclass(frozen=True)
class Progress:
    """`share` is the part of the way that is done, from 0 to 1; `time` the part of the time, where there is a day.

    `figure` is None where nothing is known yet.
    """

    target: Target
    figure: Figure | None
    share: float
    time: float | None
    reached: bool
    over: bool

    @property
    def behind(self) -> bool:
        """Whether more of the time than of the way has passed, by more than a tenth."""
        return not self.reached and self.time is not None and self.time - self.share > 0.1


def numeric(known: Catalogue) -> dict[str, Property]:
    """The properties that have an average."""
    return {key: one for key, one in known.properties.items() if one.type in NUMERIC}


def measure(target: Target, segment: Segment, known: Catalogue, now: datetime) -> Figure | None:
    """What the list is now, by the metric of the target."""
    match target.metric:
        case Target.Metric.SIZE:
            return Figure(Decimal(segment.size), segment.size, segment.size)
        case Target.Metric.ENTERED:
            return _entered(segment, target.since)
        case Target.Metric.AVERAGE:
            asked = numeric(known).get(target.property)
            return looking.average(segment, asked, now) if asked else None
        case _:
            event = EventType.objects.filter(name=target.event).first()
            return looking.did(segment, event, target.days, now) if event and segment.size else None


def progress(target: Target, segment: Segment, known: Catalogue, now: datetime) -> Progress:
    figure = measure(target, segment, known, now)
    base = target.base or Decimal(0)
    rising = target.value >= base
    reached = figure is not None and (figure.value >= target.value if rising else figure.value <= target.value)
    way = target.value - base
    done = (figure.value - base) / way if figure is not None and way else Decimal(0)
    over, passed = False, None
    if target.by:
        end = first_instant(target.by + timedelta(days=1), known.zone)  # the day itself still counts
        over = now.astimezone(ZoneInfo(known.zone)).date() > target.by
        passed = min(max((now - target.since) / (end - target.since), 0.0), 1.0) if end > target.since else 1.0
    share = 1.0 if reached else min(max(float(done), 0.0), 1.0)
    return Progress(target, figure, share, passed, reached, over)


def _entered(segment: Segment, since: datetime) -> Figure:
    """Who entered since then; whom the first build found did not."""
    counts = MoveCount.objects.filter(segment=segment.pk, quarter__gte=quarter_of(since), built=False)
    entered = counts.aggregate(n=Sum("entered"))["n"] or 0
    return Figure(Decimal(entered), int(entered), int(entered))
