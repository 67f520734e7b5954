"""Comparisons as clauses: Country is “IT” or “FR”. What is measured over events is compared in the same words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fields import FieldType

from ..nodes import Compare
from ..operators import Operand, Operator
from ..operators.base import ABSENT, Change, Period, Place, PropertyRef
from ..schema import Catalogue, Property
from ..windows import Ago, Span, Window
from . import sizes, times, values

T = FieldType
_TIMES = frozenset({T.DATE, T.DATETIME})
_ONE: dict[str, str | Promise] = {
    "is": gettext_lazy("%(what)s is %(value)s"),
    "is_not": gettext_lazy("%(what)s is not %(value)s"),
    "is_any_of": gettext_lazy("%(what)s is %(value)s"),
    "is_none_of": gettext_lazy("%(what)s is none of %(value)s"),
    "gt": gettext_lazy("%(what)s is more than %(value)s"),
    "gte": gettext_lazy("%(what)s is at least %(value)s"),
    "lt": gettext_lazy("%(what)s is less than %(value)s"),
    "lte": gettext_lazy("%(what)s is at most %(value)s"),
    "at_least": gettext_lazy("%(what)s is at least %(value)s"),
    "at_most": gettext_lazy("%(what)s is at most %(value)s"),
    "contains": gettext_lazy("%(what)s contains %(value)s"),
    "not_contains": gettext_lazy("%(what)s does not contain %(value)s"),
    "contains_any": gettext_lazy("%(what)s contains %(value)s"),
    "contains_all": gettext_lazy("%(what)s contains %(value)s"),
    "contains_none": gettext_lazy("%(what)s contains none of %(value)s"),
    "is_exactly": gettext_lazy("%(what)s is exactly %(value)s"),
    "starts_with": gettext_lazy("%(what)s starts with %(value)s"),
    "not_starts_with": gettext_lazy("%(what)s does not start with %(value)s"),
    "ends_with": gettext_lazy("%(what)s ends with %(value)s"),
    "not_ends_with": gettext_lazy("%(what)s does not end with %(value)s"),
    "matches": gettext_lazy("%(what)s matches the pattern %(value)s"),
    "not_matches": gettext_lazy("%(what)s does not match the pattern %(value)s"),
    "on": gettext_lazy("%(what)s is on %(value)s"),
    "not_on": gettext_lazy("%(what)s is not on %(value)s"),
    "before": gettext_lazy("%(what)s is before %(value)s"),
    "after": gettext_lazy("%(what)s is after %(value)s"),
    "ever_was": gettext_lazy("%(what)s is or once was %(value)s"),
    "never_was": gettext_lazy("%(what)s is not and never was %(value)s"),
    "month_is": gettext_lazy("the month of %(what)s is %(value)s"),
    "weekday_is": gettext_lazy("the weekday of %(what)s is %(value)s"),
}
_OTHER: dict[str, str | Promise] = {
    "on": gettext_lazy("%(what)s is on the same date as %(value)s"),
    "not_on": gettext_lazy("%(what)s is not on the same date as %(value)s"),
    "before": gettext_lazy("%(what)s is earlier than %(value)s"),
    "after": gettext_lazy("%(what)s is later than %(value)s"),
}
"""What is said of another property otherwise than of a value."""
_NOTHING: dict[str, str | Promise] = {
    "is_known": gettext_lazy("%(what)s is known"),
    "is_unknown": gettext_lazy("%(what)s is unknown"),
    "is_true": gettext_lazy("%(what)s is “yes”"),
    "is_false": gettext_lazy("%(what)s is “no”"),
    "anniversary_today": gettext_lazy("the anniversary of %(what)s is today"),
    "updated_in": gettext_lazy("%(what)s was changed at some time"),
    "not_updated_in": gettext_lazy("%(what)s was never changed"),
}
_WHEN: dict[str, str | Promise] = {
    "between": gettext_lazy("%(what)s is %(when)s"),
    "not_between": gettext_lazy("%(what)s is not %(when)s"),
    "in_last": gettext_lazy("%(what)s is %(when)s"),
    "not_in_last": gettext_lazy("%(what)s is not %(when)s"),
    "in_next": gettext_lazy("%(what)s is %(when)s"),
    "in_this": gettext_lazy("%(what)s is %(when)s"),
    "in_previous": gettext_lazy("%(what)s is %(when)s"),
    "in_next_unit": gettext_lazy("%(what)s is %(when)s"),
    "between_ago": gettext_lazy("%(what)s is %(when)s"),
    "anniversary_in_next": gettext_lazy("the anniversary of %(what)s is %(when)s"),
    "anniversary_in_last": gettext_lazy("the anniversary of %(what)s was %(when)s"),
    "updated_in": gettext_lazy("%(what)s was changed %(when)s"),
    "not_updated_in": gettext_lazy("%(what)s was not changed %(when)s"),
}
_TWO: dict[str, str | Promise] = {
    "between": gettext_lazy("%(what)s is between %(low)s and %(high)s"),
    "not_between": gettext_lazy("%(what)s is not between %(low)s and %(high)s"),
    "percentile_between": gettext_lazy("%(what)s is between the percentiles %(low)s and %(high)s of all"),
}
# The style in which several values follow the operator: “and”, “or”, or commas alone.
_ALL_OF = frozenset({"contains_all", "is_exactly"})
_NONE_OF = frozenset({"is_none_of", "contains_none"})


def clause(node: Compare, catalogue: Catalogue) -> str:
    """The comparison of one property, with what it says of the unknown, of case, and of clocks."""
    zone = values.own_zone(node.zone, catalogue.zone)
    currency = catalogue.currency if node.property.type is T.MONEY else None
    said = compared(
        name(node.property), node.operator, node.operand, catalogue, zone, currency, called=node.property.called
    )
    if node.unknown:
        said = _("%(said)s (or is unknown)") % {"said": said}
    if node.case:
        said = _("%(said)s (upper and lower case count)") % {"said": said}
    return values.clocks(said, node.zone)


def name(asked: Property) -> str:
    """The property as people call it."""
    label = str(asked.label or asked.key)
    return _("%(label)s of the company") % {"label": label} if asked.source == "company" else label


def compared(
    what: str,
    operator: Operator,
    operand: Operand,
    catalogue: Catalogue,
    zone: str,
    currency: str | None = None,
    *,
    called: Callable[[object], str | None] = lambda _value: None,
) -> str:
    """`what` and the comparison that is made with it; `called` says the name of a value that has one."""
    key = operator.key

    def one(value: object) -> str:
        return values.scalar(called(value) or value, zone, currency)

    match operand:
        case None if key in _NOTHING:
            return _NOTHING[key] % {"what": what}
        case PropertyRef(other):
            return (_OTHER.get(key) or _ONE[key]) % {"what": what, "value": name(other)}
        case Place(lat, lon, km):
            around = {"km": values.number(km), "lat": values.number(lat), "lon": values.number(lon)}
            return _("%(what)s is within %(km)s km of the point %(lat)s; %(lon)s") % {"what": what, **around}
        case Change():
            return _changed(what, operand, catalogue, zone, one)
        case Span() if key == "more_than_ago":
            return _("%(what)s is more than %(span)s ago") % {"what": what, "span": times.length(operand)}
        case _ if key in sizes.OPERATORS and isinstance(operand, Decimal):
            return sizes.clause(key, what, operand)
        case _ if key in _WHEN and (said := _when(key, operand, catalogue, zone)):
            return _WHEN[key] % {"what": what, "when": said}
        case (low, high) if key in _TWO:
            plain = key == "percentile_between"
            return worded(what, key, [values.scalar(end, zone) if plain else one(end) for end in (low, high)])
        case tuple() if key in _NONE_OF and len(operand) == 1:
            return _ONE["is_not" if key == "is_none_of" else "not_contains"] % {"what": what, "value": one(operand[0])}
        case tuple():
            return _ONE[key] % {"what": what, "value": _several(key, operand, one)}
        case _ if key in {"month_is", "weekday_is"}:
            return _ONE[key] % {"what": what, "value": _several(key, (operand,), one)}
        case _:
            return _ONE[key] % {"what": what, "value": one(operand)}


def worded(what: str, key: str, shown: list[str]) -> str:
    """The comparison `key` of `what` with one value, or two, that are written already."""
    if len(shown) == 2:
        return _TWO[key] % {"what": what, "low": shown[0], "high": shown[1]}
    return _ONE[key] % {"what": what, "value": shown[0]}


def _several(key: str, operand: tuple[object, ...], one: Callable[[object], str]) -> str:
    if key == "month_is":
        return values.several([times.month(int(str(value))) for value in operand], "or")
    if key == "weekday_is":
        return values.several([times.weekday(int(str(value))) for value in operand], "or")
    shown = [one(value) for value in operand[: values.SHOWN_AT_MOST]]
    rest = [""] * (len(operand) - len(shown))
    return values.several(shown + rest, None if key in _NONE_OF else "standard" if key in _ALL_OF else "or")


def _when(key: str, operand: Operand, catalogue: Catalogue, zone: str) -> str | None:
    """The operand as a phrase of time, where it is one."""
    match operand:
        case Period(unit) if key == "in_this":
            return times.in_this(unit, catalogue.fiscal_start)
        case Period(unit) if key == "in_previous":
            return times.in_previous(unit, catalogue.fiscal_start)
        case Period(unit):
            return times.in_next_unit(unit, catalogue.fiscal_start)
        case Span() if key in {"in_next", "anniversary_in_next"}:
            return times.in_next(operand)
        case Span():
            return times.in_last(operand)
        case Ago(longest, shortest, unit):
            return times.ago(longest, shortest, unit)
        case (date() as low, date() as high):
            return times.between(low, high, zone)
        case _ if isinstance(operand, Window):
            return times.when(operand, catalogue, zone)
        case _:
            return None


def _changed(what: str, change: Change, catalogue: Catalogue, zone: str, one: Callable[[object], str]) -> str:
    def shown(value: object) -> str:
        if value is None:
            return _("no value")
        return values.several([one(each) for each in value], "standard") if isinstance(value, tuple) else one(value)

    words = {"what": what, "before": shown(change.before), "after": shown(change.after)}
    match change.before is ABSENT, change.after is ABSENT:
        case False, False:
            said = _("%(what)s changed from %(before)s to %(after)s") % words
        case False, True:
            said = _("%(what)s changed from %(before)s to something else") % words
        case True, False:
            said = _("%(what)s changed to %(after)s") % words
        case _:
            said = _("%(what)s changed") % words
    if change.window is None:
        return said
    return _("%(said)s %(when)s") % {"said": said, "when": times.when(change.window, catalogue, zone)}
