"""What an automation changed: those who went through it beside those who were held out of it by chance.

People still come to the goal, so the limits are those that hold however often somebody looks.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crmseg.web import formats

from ...measuring import sequential
from ...measuring.effect import LEAST, limit
from ...measuring.statistics import Sample
from ...models import Automation, Run


def of(automation: Automation, *, has_goal: bool) -> dict[str, Any] | None:
    """Nothing where there is no goal or nobody entered."""
    if not has_goal:
        return None
    runs = Run.objects.filter(automation=automation)
    found = runs.aggregate(
        treated=Count("pk", filter=Q(held_out=False)),
        reached=Count("pk", filter=Q(held_out=False, goal_at__isnull=False)),
        kept_out=Count("pk", filter=Q(held_out=True)),
        held_reached=Count("pk", filter=Q(held_out=True, goal_at__isnull=False)),
    )
    if not found["treated"]:
        return None
    return found | _compared(found)


def _compared(found: dict[str, int]) -> dict[str, Any]:
    if not found["kept_out"]:
        return {"tone": "none", "said": _("Nobody was held out, so nobody can say what it changed.")}
    people = found["treated"] + found["kept_out"]
    expected = (found["reached"] + found["held_reached"]) * found["kept_out"] / people
    if expected < LEAST:
        said = ngettext(
            "Not enough yet: among those held out %(n)s would have reached the goal by chance, and it needs %(least)s.",
            "Not enough yet: among those held out %(n)s would have reached the goal by chance, and it needs %(least)s.",
            round(expected),
        )
        return {"tone": "none", "said": said % {"n": formats.number(round(expected)), "least": LEAST}}
    treated = Sample.of_rate(found["reached"], found["treated"])
    held_out = Sample.of_rate(found["held_reached"], found["kept_out"])
    difference = sequential.differ(treated, held_out, sequential.seen(treated, held_out))
    low, high = limit(difference.low), limit(difference.high)
    limits = {"low": _points(low), "high": _points(high)}
    if low is None or high is None:
        return {"tone": "none", "said": _("Too little has been seen yet to say what it changed.")}
    if low <= 0 <= high:
        said = _("No measurable effect: the true difference lies between %(low)s and %(high)s per 100 people.")
        return {"tone": "none", "said": said % limits, "between": limits}
    said = _("It changed how many reach the goal by %(low)s to %(high)s per 100 people.")
    return {"tone": "more" if low > 0 else "less", "said": said % limits, "between": limits}


def _points(rate: float | None) -> str:
    if rate is None:
        return "–"
    return f"{'−' if rate < 0 else '+'}{formats.number(abs(round(100 * rate, 1)))}"
