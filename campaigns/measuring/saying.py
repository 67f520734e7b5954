"""What a comparison comes to, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from crmseg.web import formats


def conversions(found: dict[str, Any]) -> str:
    if found["low"] is None or found["high"] is None:
        return _("Too little has been seen yet to say what the campaign changed.")
    limits = {"low": _points(found["low"]), "high": _points(found["high"])}
    if found["verdict"] == "none":
        said = _(
            "No measurable effect: the true difference lies between %(low)s and %(high)s conversions per 100 people."
        )
        return said % limits
    more = abs(found["in_all"])
    ends = sorted(abs(found[key]) for key in ("in_all_low", "in_all_high"))
    values = limits | {"n": _rounded(more), "least": _rounded(ends[0]), "most": _rounded(ends[1])}
    if found["verdict"] == "more":
        return _("About %(n)s people converted because of the campaign (%(least)s to %(most)s).") % values
    return _("About %(n)s people fewer converted because of the campaign (%(least)s to %(most)s).") % values


def spent(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    shown = found["capped"] or found
    if shown["low"] is None or shown["high"] is None:
        return ""
    low, high = (formats.money(round(shown[key], 2), found["currency"]) for key in ("low", "high"))
    limits = {"low": low, "high": high}
    if found["verdict"] == "none":
        return _("No measurable effect on revenue: between %(low)s and %(high)s per person.") % limits
    if found["verdict"] == "more":
        return _("Revenue grew by %(low)s to %(high)s per person.") % limits
    return _("Revenue fell: the difference is %(low)s to %(high)s per person.") % limits


def too_small(smallest: float | None) -> str:
    said = _("Too few people were held out, or converted, to show an effect.")
    if smallest is not None:
        more = _("As many people could show a lift of %(lift)s or more.")
        return f"{said} {more % {'lift': formats.percent(smallest, 1)}}"
    return said


def _rounded(people: float) -> str:
    return formats.number(round(people))


def _points(rate: float) -> str:
    """Of 100 people, with its sign: −0.12, +1.4."""
    said = formats.number(abs(round(100 * rate, 2)))
    return f"{'−' if rate < 0 else '+'}{said}"


WHY_NOTHING: dict[str, Callable[[], str]] = {
    "not_started": lambda: _("Nothing is measured before the start."),
    "no_goal": lambda: _("No goal is named for this campaign, so no conversions are counted."),
    "no_holdout": lambda: _("Nobody was held out, so nobody can say what the campaign changed."),
    "no_goal_at_all": lambda: _("None of these campaigns names a goal that ever happened."),
    "no_holdout_at_all": lambda: _("Nobody is held out of every campaign; the rules for sending can change that."),
    "cancelled": lambda: _("The campaign was cancelled before everyone was written to: there is nothing to compare."),
    "waiting": lambda: _("Not everyone has had the same time to convert yet; the comparison comes when they have."),
}
