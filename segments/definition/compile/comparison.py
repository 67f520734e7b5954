"""A comparison of one property, as a condition on the contact `c`, its company `co`, or the event `e`."""

from __future__ import annotations

from contacts.fields import FieldType

from .. import depends
from ..nodes import Compare
from ..operators import Ask
from ..operators.base import PropertyRef
from ..schema import Property
from ..sql import Params, born, midnight, presence, value

T = FieldType


def comparison(node: Compare, params: Params) -> str:
    """The comparison as a condition on `c`, `co` or `e`."""
    known, held = _known_and_held(node, params)
    held = f"COALESCE({held}, false)"
    if not node.unknown:
        return held
    sides = [known]
    if isinstance(node.operand, PropertyRef):
        sides.append(value(node.operand.property, params, node.zone))
    return f"({' OR '.join([f'{side} IS NULL' for side in sides])} OR {held})"


def comparison_flips(node: Compare, params: Params) -> str:
    """The next instant at which time alone changes the comparison, or an earlier one; NULL for never."""
    if not depends.reads_clock(node):
        return "NULL::timestamptz"
    found = []
    if node.operator.reads_clock:
        ask = _ask(node, params)
        found.append(node.operator.flips(value(node.property, params, ask.zone), node.operand, ask))
    aged = [node.property, *([node.operand.property] if isinstance(node.operand, PropertyRef) else [])]
    for asked in [one for one in aged if one.reads_clock]:
        birthday = f"crmseg_next_anniversary({born(asked)}, {params.today(None)} + 1)"
        found.append(midnight(birthday, params.zone_sql(None)))
    return found[0] if len(found) == 1 else f"LEAST({', '.join(found)})"


def _known_and_held(node: Compare, params: Params) -> tuple[str, str]:
    """The value as SQL, NULL when unknown, and the comparison, NULL or false where the value is unknown."""
    asked, operator, ask = node.property, node.operator, _ask(node, params)
    if asked.source == "event" and asked.type is T.TEXT and operator.key in {"is_known", "is_unknown"}:
        known = presence(asked)
        return known, operator.sql(known, None, ask)
    known = value(asked, params, ask.zone)
    held = operator.sql(known, node.operand, ask)
    against = isinstance(node.operand, PropertyRef)
    if asked.source == "event" and asked.type is T.MULTI_ENUM and T.TEXT in operator.types and not against:
        as_text = Property(asked.key, T.TEXT, "event")
        text = value(as_text, params)
        text_ask = Ask(as_text, T.TEXT, params, ask.zone, ask.case)
        whole = f"CASE WHEN {text} IS NOT NULL THEN ARRAY[{text}] END"
        return f"COALESCE({known}, {whole})", f"COALESCE({held}, {operator.sql(text, node.operand, text_ask)})"
    return known, held


def _ask(node: Compare, params: Params) -> Ask:
    return Ask(node.property, node.property.type, params, node.zone, node.case)
