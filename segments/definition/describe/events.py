"""What contacts did, as clauses: Order Completed happened at least 3 times in the last 30 days."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..nodes import Node, Occurred, Performed, Sequence, Step
from ..schema import Catalogue
from . import times, values
from .comparisons import compared, worded

Say = Callable[[Node, Catalogue], str]
"""Says the `where` of an event."""


def performed(node: Performed, catalogue: Catalogue, say: Say) -> str:
    event = named(node.event, node.where, catalogue, say)
    if node.measure == "count":
        said = _at(_times(event, node), node, catalogue)
    else:
        said = _compared(_measure(event, node, catalogue), node, catalogue)
    if node.case:
        said = _("%(said)s (upper and lower case count)") % {"said": said}
    return values.clocks(said, node.zone)


def occurred(node: Occurred, catalogue: Catalogue, say: Say) -> str:
    event = named(node.event, node.where, catalogue, say)
    words = {"event": event, "when": times.when(node.window, catalogue, node.zone)}
    match node.which:
        case "first":
            said = _("the first %(event)s happened %(when)s") % words
        case "last":
            said = _("the last %(event)s happened %(when)s") % words
        case n:
            said = _("%(event)s number %(n)s happened %(when)s") % {**words, "n": values.number(n)}
    return values.clocks(said, node.zone)


def sequence(node: Sequence, catalogue: Catalogue, say: Say) -> str:
    steps = [named(node.steps[0].event, node.steps[0].where, catalogue, say)]
    steps += [_step(step, catalogue, say) for step in node.steps[1:]]
    if len(steps) == 1:
        steps = [_("%(event)s happened") % {"event": steps[0]}]
    if node.window is not None:
        steps.append(times.when(node.window, catalogue, node.zone))
    if node.same is not None:
        steps.append(_("with the same %(property)s") % {"property": node.same})
    return values.clocks(", ".join(steps), node.zone)


def named(event: str, where: Node | None, catalogue: Catalogue, say: Say) -> str:
    if where is None or not (said := say(where, catalogue)):
        return event
    return _("%(event)s (where %(where)s)") % {"event": event, "where": said}


def _step(step: Step, catalogue: Catalogue, say: Say) -> str:
    words = {"event": named(step.event, step.where, catalogue, say)}
    said = (_("then no %(event)s") if step.negated else _("then %(event)s")) % words
    if step.within is None:
        return said
    return _("%(said)s within %(span)s") % {"said": said, "span": times.length(step.within)}


def _at(said: str, node: Performed, catalogue: Catalogue) -> str:
    if node.window is None:
        return said
    return _("%(said)s %(when)s") % {"said": said, "when": times.when(node.window, catalogue, node.zone)}


def _times(event: str, node: Performed) -> str:
    """How often the event happened."""
    key, operand = node.operator.key, node.operand
    words: dict[str, str] = {"event": event}
    if key == "did":
        return _("%(event)s happened") % words
    if key == "did_not" or (key == "is" and not operand):
        return _("%(event)s did not happen") % words
    if isinstance(operand, tuple):
        words |= {"low": values.number(_number(operand[0])), "high": values.number(_number(operand[1]))}
        if key == "between":
            return _("%(event)s happened between %(low)s and %(high)s times") % words
        return _("%(event)s happened fewer than %(low)s or more than %(high)s times") % words
    n = int(_number(operand))
    words["n"] = values.number(n)
    return (_once(key) if n == 1 else _so_often(key, n)) % words


def _once(key: str) -> str:
    return {
        "is": _("%(event)s happened exactly once"),
        "is_not": _("%(event)s did not happen exactly once"),
        "gt": _("%(event)s happened more than once"),
        "gte": _("%(event)s happened at least once"),
        "lt": _("%(event)s happened less than once"),
        "lte": _("%(event)s happened at most once"),
    }[key]


def _so_often(key: str, n: int) -> str:
    return {
        "is": ngettext("%(event)s happened exactly %(n)s time", "%(event)s happened exactly %(n)s times", n),
        "is_not": ngettext(
            "%(event)s did not happen exactly %(n)s time", "%(event)s did not happen exactly %(n)s times", n
        ),
        "gt": ngettext("%(event)s happened more than %(n)s time", "%(event)s happened more than %(n)s times", n),
        "gte": ngettext("%(event)s happened at least %(n)s time", "%(event)s happened at least %(n)s times", n),
        "lt": ngettext("%(event)s happened fewer than %(n)s time", "%(event)s happened fewer than %(n)s times", n),
        "lte": ngettext("%(event)s happened at most %(n)s time", "%(event)s happened at most %(n)s times", n),
    }[key]


def _measure(event: str, node: Performed, catalogue: Catalogue) -> str:
    """What is measured, and over which time."""
    words = {"event": event, "of": measured_property(node)}
    match node.measure:
        case "sum":
            said = _("the sum of %(of)s over %(event)s") % words
        case "avg":
            said = _("the average of %(of)s over %(event)s") % words
        case "min":
            said = _("the smallest %(of)s of %(event)s") % words
        case "max":
            said = _("the largest %(of)s of %(event)s") % words
        case "distinct":
            said = _("the number of different values of %(of)s over %(event)s") % words
        case "distinct_days":
            said = _("the number of different days with %(event)s") % words
        case "first":
            said = _("the %(of)s of the first %(event)s") % words
        case "last":
            said = _("the %(of)s of the last %(event)s") % words
        case _ if node.of is None:
            said = _("the change in the number of %(event)s") % words
        case _:
            said = _("the change in the sum of %(of)s over %(event)s") % words
    said = _at(said, node, catalogue)
    return _("%(said)s against the time before") % {"said": said} if node.measure == "change_pct" else said


def measured_property(node: Performed) -> str:
    if node.of == "revenue":
        return _("revenue")
    return values.quoted(node.of) if node.of else ""


def _compared(what: str, node: Performed, catalogue: Catalogue) -> str:
    zone = values.own_zone(node.zone, catalogue.zone)
    if node.measure == "change_pct":
        ends = node.operand if isinstance(node.operand, tuple) else (node.operand,)
        shown = [values.percent(_number(end)) for end in ends]
        return worded(what, node.operator.key, shown)
    money = node.of == "revenue" and node.measure != "distinct"
    currency = (node.currency or catalogue.currency) if money else None
    return compared(what, node.operator, node.operand, catalogue, zone, currency)


def _number(value: object) -> Decimal:
    assert isinstance(value, Decimal)
    return value
