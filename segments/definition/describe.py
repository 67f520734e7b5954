"""Any definition as one sentence in the reader's language."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import assert_never
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext as _

from .nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed
from .operators import Operand
from .schema import Catalogue
from .windows import Between, Last, Span, Window


def sentence(node: Node, catalogue: Catalogue) -> str:
    """What the definition says, as a sentence without its full stop. Parts that are switched off are left out."""
    said = _say(node, catalogue, top=True)
    return said[:1].upper() + said[1:]


def _say(node: Node, catalogue: Catalogue, *, top: bool = False) -> str:
    match node:
        case All(children):
            return _joined(children, gettext(" and "), catalogue, top)
        case AnyOf(children):
            return _joined(children, gettext(" or "), catalogue, top)
        case Not(child):
            return gettext("not (%(said)s)") % {"said": _say(child, catalogue, top=True)}
        case Marked(child, _label, off):
            return "" if off else _say(child, catalogue, top=top)
        case Compare():
            return _comparison(node, catalogue)
        case Performed():
            return _performed(node, catalogue)
        case InSegment(segment_id, negated):
            name = catalogue.segments[segment_id].name if segment_id in catalogue.segments else f"#{segment_id}"
            said = gettext("is not in the list “%(name)s”") if negated else gettext("is in the list “%(name)s”")
            return said % {"name": name}
    assert_never(node)


def _joined(children: tuple[Node, ...], word: str, catalogue: Catalogue, top: bool) -> str:
    parts = []
    for child in children:
        said = _say(child, catalogue)
        if said:
            parts.append(said)
    whole = word.join(parts)
    return whole if top or len(parts) < 2 else f"({whole})"


def _comparison(node: Compare, catalogue: Catalogue) -> str:
    label = str(node.property.label or node.property.key)
    if node.property.source == "company":
        label = gettext("company: %(label)s") % {"label": label}
    said = _with_operand(f"{label} {node.operator.label}", node.operand, catalogue.zone)
    return gettext("%(said)s or is unknown") % {"said": said} if node.unknown else said


def _with_operand(said: str, operand: Operand, zone: str) -> str:
    if operand is None:
        return said
    value = _operand(operand, zone)
    return said.replace("…", value) if "…" in said else f"{said} {value}"


def _performed(node: Performed, catalogue: Catalogue) -> str:
    if node.operator.key in {"did", "did_not"}:
        said = f"{node.event} {node.operator.label}"
    elif node.measure == "count":
        said = _with_operand(
            gettext("the number of %(event)s %(operator)s") % {"event": node.event, "operator": node.operator.label},
            node.operand,
            catalogue.zone,
        )
    else:
        measures = {
            "sum": _("the sum of %(of)s of %(event)s %(operator)s"),
            "avg": _("the average of %(of)s of %(event)s %(operator)s"),
            "min": _("the smallest %(of)s of %(event)s %(operator)s"),
            "max": _("the largest %(of)s of %(event)s %(operator)s"),
        }
        words = {"of": node.of, "event": node.event, "operator": node.operator.label}
        said = _with_operand(measures[node.measure] % words, node.operand, catalogue.zone)
        if node.of == "revenue":
            said = f"{said} {node.currency or catalogue.currency}"
    if node.where:
        said = gettext("%(said)s, where %(where)s") % {"said": said, "where": _say(node.where, catalogue, top=True)}
    return f"{said} {_window(node.window, catalogue.zone)}" if node.window else said


def _window(window: Window, zone: str) -> str:
    match window:
        case Last(span):
            return gettext("in the last %(span)s") % {"span": _span(span)}
        case Between(start, None):
            return gettext("since %(start)s") % {"start": _scalar(start, zone)}
        case Between(None, end):
            return gettext("until %(end)s") % {"end": _scalar(end, zone)}
        case Between(start, end):
            both = {"start": _scalar(start, zone), "end": _scalar(end, zone)}
            return gettext("between %(start)s and %(end)s") % both
    assert_never(window)


def _operand(operand: Operand, zone: str) -> str:
    match operand:
        case Span():
            return _span(operand)
        case tuple():
            shown = [_scalar(one, zone) for one in operand[:6]]
            more = len(operand) - len(shown)
            if more:
                shown.append(ngettext("%(n)s more", "%(n)s more", more) % {"n": more})
            return ", ".join(shown)
        case _:
            return _scalar(operand, zone)


def _span(span: Span) -> str:
    words = {
        "minute": ngettext("%(n)s minute", "%(n)s minutes", span.n),
        "hour": ngettext("%(n)s hour", "%(n)s hours", span.n),
        "day": ngettext("%(n)s day", "%(n)s days", span.n),
        "week": ngettext("%(n)s week", "%(n)s weeks", span.n),
        "month": ngettext("%(n)s month", "%(n)s months", span.n),
        "year": ngettext("%(n)s year", "%(n)s years", span.n),
    }
    return words[span.unit] % {"n": format_decimal(span.n, locale=_locale())}


def _scalar(value: object, zone: str) -> str:
    match value:
        case Decimal():
            return format_decimal(value, locale=_locale(), decimal_quantization=False)
        case datetime():
            return format_datetime(value, "medium", tzinfo=ZoneInfo(zone), locale=_locale())
        case date():
            return format_date(value, "medium", locale=_locale())
        case _:
            return f"“{value}”"


def _locale() -> str:
    return (get_language() or "en").replace("-", "_")
