"""Read the conditions on what contacts did: measures, occurrences, sequences, and items of an event."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from . import operands, scalars
from .nodes import WHOLE_MEASURES, All, AnyItem, Measure, Node, Occurred, Performed, Sequence, Step
from .operators import Operand, Operator, Takes, for_measure
from .reader import FAILED, Failed, Kind, Raw, Reader
from .schema import Property
from .windows import UNITS, Ago, Between, Last, Previous, Span, This, Window

MEASURES: tuple[Measure, ...] = get_args(Measure)
MOST_STEPS = 20
LARGEST_PLACE = 1_000_000
_NO_PROPERTY = frozenset({"count", "distinct_days"})
_MAY_NAME_PROPERTY = frozenset({"change_pct"})
_NUMBER = Property("value", FieldType.NUMBER)
_TEXT = Property("value", FieldType.TEXT)


def performed(reader: Reader, raw: Raw, at: str) -> Node | None:
    if "occurrence" in raw:
        return occurred(reader, raw, at)
    before = len(reader.problems)
    reader.only_known_keys({key: None for key in raw if key == "in"}, frozenset(), at)
    event = _event(reader, raw, at)
    measure = _measure(reader, raw, at)
    of = _measured_property(reader, raw, measure, at) if measure else None
    operator = reader.operator(raw, at)
    operand: Any = None
    if operator is not None and measure is not None:
        operand = _operand(reader, operator, measure, raw, at)
    currency, zone, case = reader.currency(raw, at), reader.zone(raw, at), reader.flag(raw, "case", at)
    window = reader.window(raw, at, "window", since_first=measure != "change_pct")
    if measure == "change_pct" and window is not FAILED:
        _must_have_both_ends(reader, window, at)
    where = _where(reader, raw, at)
    if len(reader.problems) > before or operator is None or event is None or measure is None:
        return None
    return Performed(
        event, operator, operand, measure, of, currency, cast(Window | None, window), where, case=case, zone=zone
    )


def occurred(reader: Reader, raw: Raw, at: str) -> Node | None:
    before = len(reader.problems)
    reader.only_known_keys(raw, frozenset({"event", "occurrence", "in", "where", "zone", "label", "off"}), at)
    event = _event(reader, raw, at)
    which = _which(reader, raw["occurrence"], f"{at}/occurrence")
    if "in" not in raw:
        reader.refuse(at, _("Say in which window it happened: “in” is missing."))
    window = reader.window(raw, at, "in", since_first=True)
    if window is None and "in" in raw:
        reader.refuse(f"{at}/in", _("Say in which window it happened: this one is all time."))
    zone, where = reader.zone(raw, at), _where(reader, raw, at)
    if len(reader.problems) > before or event is None or which is None:
        return None
    return Occurred(event, which, cast(Window, window), where, zone)


def sequence(reader: Reader, raw: Raw, at: str) -> Node | None:
    before = len(reader.problems)
    items = raw["sequence"]
    if not isinstance(items, list) or not items:
        reader.refuse(f"{at}/sequence", _("Expected a list of steps, at least one."))
        return None
    if len(items) > MOST_STEPS:
        reader.refuse(f"{at}/sequence", _("A sequence has at most %(most)s steps.") % {"most": MOST_STEPS})
        return None
    steps = [_step(reader, item, f"{at}/sequence/{place}", place) for place, item in enumerate(items)]
    window = reader.window(raw, at, "window")
    same = raw.get("same")
    if same is not None:
        same = reader.name(same, f"{at}/same", _("Name the property that all events of the sequence share."))
    zone = reader.zone(raw, at)
    if len(reader.problems) > before:
        return None
    return Sequence(tuple(step for step in steps if step is not None), cast(Window | None, window), same, zone)


def any_item(reader: Reader, raw: Raw, at: str) -> Node | None:
    key = reader.name(raw["any_item"], f"{at}/any_item", _("Name the property of the event that holds the items."))
    if "of" not in raw:
        reader.refuse(at, _("Say what holds of one item: “of” is missing."))
        return None
    child = reader.node(raw["of"], f"{at}/of")
    return AnyItem(key, child) if key is not None and child is not None else None


def _event(reader: Reader, raw: Raw, at: str) -> str | None:
    return reader.name(raw["event"], f"{at}/event", _("Expected the name of an event."))


def _measure(reader: Reader, raw: Raw, at: str) -> Measure | None:
    asked = raw.get("measure", "count")
    for measure in MEASURES:
        if asked == measure:
            return measure
    known = frozenset(MEASURES)
    said = _("Expected one of: %(names)s.") % {"names": ", ".join(MEASURES)}
    reader.refuse(f"{at}/measure", said + (reader.did_you_mean(asked, known) if isinstance(asked, str) else ""))
    return None


def _measured_property(reader: Reader, raw: Raw, measure: Measure, at: str) -> str | None:
    if measure in _NO_PROPERTY:
        if "of" in raw:
            reader.refuse(f"{at}/of", _("Counting needs no property: leave “of” out."))
        return None
    if measure in _MAY_NAME_PROPERTY and raw.get("of") is None:
        return None
    return reader.name(raw.get("of"), f"{at}/of", _("Name the property of the event to measure, such as “revenue”."))


def _operand(reader: Reader, operator: Operator, measure: Measure, raw: Raw, at: str) -> Operand | Failed:
    fitting = [one.key for one in for_measure() if measure == "count" or one.takes is not Takes.NOTHING]
    if operator.key not in fitting:
        reader.refuse(f"{at}/op", _("Use one of: %(names)s.") % {"names": ", ".join(fitting)})
        return FAILED
    operand: Operand | Failed = reader.value(lambda: _measured_operand(operator, measure, raw), at)
    return operand


def _measured_operand(operator: Operator, measure: Measure, raw: Raw) -> Operand:
    """The number, or two, that a measure is compared with; a text for the first or last value of a property."""
    if operator.takes is Takes.NOTHING:
        scalars.refuse_extra(raw, "value")
        return None
    if "value" not in raw:
        raise scalars.Refused("", _("“%(op)s” needs a “value”.") % {"op": operator.key})
    value = raw["value"]
    texts = measure in {"first", "last"} and isinstance(value, str) and operator.key in {"is", "is_not"}
    if operator.takes is Takes.ONE:
        operand: Operand = operands.read_scalar(_TEXT if texts else _NUMBER, value, "/value", "UTC")
    else:
        operand = operands.read_two(_NUMBER, value, "UTC")
    for one in operand if isinstance(operand, tuple) else (operand,):
        whole = isinstance(one, Decimal) and one >= 0 and one == one.to_integral_value()
        if measure in WHOLE_MEASURES and not whole:
            raise scalars.Refused("/value", _("A count is a whole number, 0 or more."))
    return operand


def _must_have_both_ends(reader: Reader, window: object, at: str) -> None:
    both = isinstance(window, Last | Ago | This | Previous)
    if isinstance(window, Between):
        both = window.start is not None and window.end is not None
    if not both:
        place = f"{at}/window" if window is not None else at
        reader.refuse(place, _("A change is measured against the time before: give a window with both ends."))


def _which(reader: Reader, raw: object, at: str) -> Literal["first", "last"] | int | None:
    if raw == "first" or raw == "last":
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= LARGEST_PLACE:
        return raw
    return reader.refuse(at, _("Expected “first”, “last”, or a whole number from 1."))


def _where(reader: Reader, raw: Mapping[str, Any], at: str) -> Node | None:
    if "where" not in raw:
        return None
    with reader.inside("event"):
        children = reader.group(raw["where"], f"{at}/where")
    if children is None:
        return None
    return children[0] if len(children) == 1 else All(children)


def _step(reader: Reader, raw: object, at: str, place: int) -> Step | None:
    if not isinstance(raw, Mapping) or "event" not in raw:
        reader.refuse(at, _("Expected a step: an object with “event”."))
        return None
    reader.only_known_keys(raw, frozenset({"event", "where", "not", "within"}), at)
    event, negated = _event(reader, raw, at), reader.flag(raw, "not", at)
    within = reader.value(lambda: _within(raw.get("within")), at)
    if place == 0 and negated:
        reader.refuse(at, _("A sequence begins with something that happened: move this step, or turn its “not” off."))
    if place == 0 and within is not None and within is not FAILED:
        reader.refuse(f"{at}/within", _("The first step has none before it to count from."))
    where = _where(reader, raw, at)
    if event is None or within is FAILED:
        return None
    return Step(event, where, negated, within)


def _within(raw: object) -> Span | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or set(raw) != {"last", "unit"}:
        raise scalars.Refused("/within", _("Expected a length of time such as {“last”: 2, “unit”: “hour”}."))
    return scalars.read_span(raw["last"], raw["unit"], UNITS, "/within/last", "/within/unit")


KINDS = (
    Kind(
        "event",
        frozenset({"op", "value", "measure", "of", "currency", "window", "where", "zone", "case", "occurrence", "in"}),
        performed,
    ),
    Kind("sequence", frozenset({"window", "same", "zone"}), sequence),
    Kind("any_item", frozenset({"of"}), any_item, in_where=True),
)
