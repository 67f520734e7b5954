"""Rows as the templates show them: for each draft, the choices it offers and the controls its value needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fields import FieldType
from segments.definition.operators import Takes
from segments.definition.schema import Catalogue, Property

from . import controls
from .controls import Choice
from .draft import Draft

_INPUTS = {
    FieldType.NUMBER: "number",
    FieldType.MONEY: "number",
    FieldType.DATE: "date",
    FieldType.DATETIME: "datetime-local",
}
_ICONS = {"property": "user", "company": "building", "event": "bolt", "segment": "filter"}
_UNNAMED = gettext_lazy("Choose what to ask")


def render(draft: Draft, catalogue: Catalogue, depth: int = 0) -> SafeString:
    """The row or group as HTML. Children are rendered first, so that deep groups need no deep template stack."""
    inner = depth + 1 if draft.kind == "group" else depth
    for child in draft.children:
        if child.kind == "where":
            child.fields["event"] = [draft.first("what").partition(":")[2]]
    children = mark_safe("".join(render(child, catalogue, inner) for child in draft.children))
    context = {"row": draft, "children": children, "off": draft.first("off"), "label": draft.first("label")}
    match draft.kind:
        case "group":
            context |= _group(draft, depth)
        case "condition":
            context |= _condition(draft, catalogue)
        case "where":
            context |= _where(draft)
        case "raw":
            context |= {"json": draft.first("json"), "pretty": _pretty(draft.first("json"))}
    return mark_safe(get_template(f"segments/builder/{draft.kind}.html").render(context))


def _group(draft: Draft, depth: int) -> dict[str, Any]:
    mode = draft.first("mode", "all")
    modes = [*controls.MODES, controls.NOT_ALL] if mode == controls.NOT_ALL.value else controls.MODES
    return {"mode": mode, "modes": modes, "depth": depth, "hue": depth % 6, "is_root": depth == 0}


def _condition(draft: Draft, catalogue: Catalogue) -> dict[str, Any]:
    source, _colon, name = draft.first("what").partition(":")
    shown = {"what": draft.first("what"), "source": source if name else "", "icon": _ICONS.get(source, "plus")}
    match source:
        case "property" if name:
            return shown | _property(draft, name, catalogue)
        case "event" if name:
            return shown | _event(draft, name)
        case "segment" if name:
            listed = catalogue.segments.get(int(name)) if name.isdecimal() else None
            choices, op = controls.MEMBERSHIP, draft.first("op", "in")
            return shown | {"what_label": listed.name if listed else name, "ops": choices, "op": op}
    return shown | {"what_label": _UNNAMED}


def _property(draft: Draft, key: str, catalogue: Catalogue) -> dict[str, Any]:
    known = catalogue.properties.get(key) or Property(key, FieldType.TEXT)
    label = known.label or key
    if known.source == "company":
        label = _("Company: %(label)s") % {"label": label}
    return (
        {"what_label": label, "icon": _ICONS["company" if known.source == "company" else "property"]}
        | _comparison(draft, known.type, controls.operators_for(known.type))
        | {"options": known.options, "values_url": _values_url(property=key)}
    )


def _event(draft: Draft, name: str) -> dict[str, Any]:
    how = draft.first("how", "did")
    shown: dict[str, Any] = {
        "what_label": name,
        "dids": controls.DID,
        "measures": controls.MEASURES,
        "how": how,
        "windows": controls.WINDOWS,
        "window": draft.first("window"),
        "window_n": draft.first("window_n", "30"),
        "window_unit": draft.first("window_unit", "day"),
        "window_from": draft.first("window_from"),
        "window_to": draft.first("window_to"),
        "window_input": "datetime-local" if "T" in draft.first("window_from") + draft.first("window_to") else "date",
        "window_units": controls.UNITS,
    }
    if how not in {"did", "did_not"}:
        shown |= _comparison(
            draft, FieldType.NUMBER, controls.operators_for_measure(), preferred="gte", may_be_unknown=False
        )
        shown |= {
            "measured": True,
            "of": draft.first("of"),
            "currency": draft.first("currency"),
            "of_url": _values_url(event=name, keys=1),
        }
    return shown


def _where(draft: Draft) -> dict[str, Any]:
    type, name, event = controls.where_type(draft.first("as")), draft.first("name"), draft.first("event")
    return (
        {"name": name, "event": event, "types": controls.WHERE_TYPES, "type": type.value}
        | {"names_url": _values_url(event=event, keys=1)}
        | _comparison(draft, type, controls.operators_for_where(type))
        | {"values_url": _values_url(event=event, property=name)}
    )


def _comparison(
    draft: Draft, type: FieldType, ops: Sequence[Choice], *, preferred: str = "", may_be_unknown: bool = True
) -> dict[str, Any]:
    """The operator as chosen or the first of its type, the controls of its value, and what was typed where it fits."""
    known = [choice.value for choice in ops]
    default = preferred if preferred in known else known[0]
    op = draft.first("op") if draft.first("op") in known else default
    takes = controls.takes(op)
    values = draft.all("value")
    input = _INPUTS.get(type, "text")
    if type is FieldType.DATETIME and not any("T" in value for value in values):
        input = "date"  # a day is what people mean, unless an instant is there already
    if input != "text":
        values = [value for value in values if _fits(value, input, takes)]
    return {
        "ops": ops,
        "op": op,
        "takes": takes.value,
        "type": type.value,
        "input": input,
        "values": values,
        "value": values[0] if values else "",
        "value_to": draft.first("value_to"),
        "lines": draft.first("lines"),
        "units": controls.units_for(type, op),
        "unit": draft.first("unit", "day"),
        "negative": controls.is_negative(op) and may_be_unknown,
        "unknown": draft.first("unknown"),
        "case": draft.first("case"),
    }


def _fits(value: str, input: str, takes: Takes) -> bool:
    """Whether a control of this kind could show `value`; what it could not is dropped when the property changes."""
    if input == "number" or takes is Takes.SPAN:
        return value.replace(".", "", 1).removeprefix("-").isdecimal()
    return ("T" in value) == (input == "datetime-local") and value[:4].isdecimal()


def _values_url(**query: str | int) -> str:
    return f"{reverse('segments:values')}?{urlencode(query)}"


def _pretty(text: str) -> str:
    """JSON with a line for each part; text that is none, as it is."""
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


def blanks(catalogue: Catalogue) -> Mapping[str, SafeString]:
    """Empty rows that the browser copies; it gives each its own id."""
    group = Draft("group", {"mode": ["any"]}, [Draft("condition", id="n00")], id="n0")
    return {
        "condition": render(Draft("condition", id="n0"), catalogue),
        "group": render(group, catalogue, depth=1),
        "where": render(Draft("where", id="n0"), catalogue),
    }
