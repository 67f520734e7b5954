"""What conditions on the history of a property name: windows, values, and changes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from .. import load_windows
from ..operators import Operator
from ..operators.base import ABSENT, Absent, Change, Scalar
from ..operators.history import is_recorded
from ..scalars import Refused, read_span, refuse_extra, token
from ..schema import Property
from ..windows import UNITS, Last, Window
from .values import read_many, read_scalar

T = FieldType
_CHANGE = ("from", "to", "window")


def refuse_unrecorded(operator: Operator, asked: Property, raw: Mapping[str, Any]) -> None:
    if not is_recorded(asked):
        raise Refused("/property", _("No changes of “%(property)s” are recorded.") % {"property": asked.key})
    if raw.get("unknown"):
        raise Refused(
            "/unknown", _("“%(op)s” asks of the past: it is true or false for the unknown too.") % {"op": operator.key}
        )


def read_window(raw: Mapping[str, Any], zone: str) -> Window | None:
    """A window in “window” or “value”, or a number in “value” with its “unit”: so long, until now."""
    value = raw.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        refuse_extra(raw, "window")
        return Last(read_span(value, raw.get("unit"), UNITS, "/value", "/unit"))
    refuse_extra(raw, "unit")
    if raw.get("window") is not None:
        refuse_extra(raw, "value")
        return load_windows.read(raw["window"], "/window", zone)
    return load_windows.read(value, "/value", zone)


def read_value(asked: Property, raw: object, at: str, zone: str) -> Scalar:
    """One value that the property may have had; of several, one."""
    if asked.type is T.BOOLEAN:
        if not isinstance(raw, bool):
            raise Refused(at, _("Expected true or false."))
        return raw
    if asked.type is T.LOCATION:
        raise Refused(at, _("Past coordinates can only be asked whether they were unknown: null."))
    return read_scalar(asked, raw, at, zone)


def read_change(asked: Property, raw: Mapping[str, Any], zone: str) -> Change:
    """The keys stand in “value”, or in the condition itself."""
    given, at = raw.get("value"), "/value"
    if given is None:
        given, at = {key: raw[key] for key in _CHANGE if key in raw}, ""
    elif any(key in raw for key in _CHANGE):
        raise Refused("/value", _("Say the change once: in “value”, or beside it."))
    if not isinstance(given, Mapping):
        raise Refused(at, _("Expected an object with “from”, “to” and “window”, each of which may be left out."))
    for key in given:
        if key not in _CHANGE:
            cut = str(key)[:100]
            raise Refused(f"{at}/{token(cut)}", _("A change has no key “%(key)s”.") % {"key": cut})
    window = load_windows.read(given.get("window"), f"{at}/window", zone)
    before, after = (_side(asked, given, key, at, zone) for key in ("from", "to"))
    return Change(before, after, window)


def _side(
    asked: Property, given: Mapping[str, Any], key: str, at: str, zone: str
) -> Scalar | tuple[Scalar, ...] | Absent | None:
    if key not in given:
        return ABSENT
    raw = given[key]
    if raw is None:
        return None
    if asked.type is T.MULTI_ENUM and isinstance(raw, list):
        return read_many(asked, raw, f"{at}/{key}", zone)
    return read_value(asked, raw, f"{at}/{key}", zone)
