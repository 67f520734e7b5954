"""Rows as the templates show them: for each draft, the choices it offers and the controls its value needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any

from django.template.loader import get_template
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.fields import FieldType
from segments.definition.schema import Catalogue, Property

from . import cells, choices, controls, events, lists, people, sequences, windows, zones
from .choices import Choice
from .draft import Draft
from .moulds import Moulds

_ICONS = {
    "property": "user",
    "company": "building",
    "event": "bolt",
    "segment": "filter",
    "sequence": "arrow-right",
    "consent": "mail",
    "reachable": "send",
    "bucket": "percentage",
}
_CAST = frozenset({"condition", "where", "step"})
"""Of these a page may hold thousands alike."""
_UNNAMED = gettext_lazy("Choose what to ask")
_NAMES = {
    "sequence": gettext_lazy("Events in order"),
    "consent": gettext_lazy("Consent"),
    "reachable": gettext_lazy("Can be reached"),
    "bucket": gettext_lazy("A random share"),
}


def render(
    draft: Draft, catalogue: Catalogue, depth: int = 0, *, inside: str = "", moulds: Moulds | None = None
) -> SafeString:
    """The row or group as HTML. Children are rendered first, so that deep groups need no deep template stack.

    `inside` is "where" among the conditions on an event, "colleagues" among those on colleagues.
    """
    draft, moulds = _begun(draft), moulds or Moulds()
    about = draft.first("about")
    if draft.kind == "condition" and draft.first("what").startswith("event:"):
        draft = replace(draft, children=[child for child in draft.children if child.kind != "step"])
    within = "where" if draft.kind in {"condition", "step"} else about if about == "colleagues" else inside
    deeper = depth + 1 if draft.kind == "group" else depth
    children = "".join(render(child, catalogue, deeper, inside=within, moulds=moulds) for child in draft.children)
    if draft.kind in _CAST:
        return mark_safe(
            moulds.draw(inside, draft, children, lambda one, within: _drawn(one, within, catalogue, depth, inside))
        )
    return mark_safe(_drawn(draft, children, catalogue, depth, inside))


def _drawn(draft: Draft, children: str, catalogue: Catalogue, depth: int, inside: str) -> str:
    context: dict[str, Any] = {"row": draft, "children": mark_safe(children)}
    context |= {"off": draft.first("off"), "label": draft.first("label")}
    context |= {"in_where": inside == "where", "zones_url": _values_url(zones=1), "row_url": _address("row")}
    match draft.kind:
        case "group":
            context |= _group(draft, depth)
        case "condition":
            context |= _condition(draft, catalogue)
        case "where":
            context |= _where(draft)
        case "step":
            context |= sequences.step_shown(draft) | {"names_url": _values_url(events=1)}
        case "raw":
            context |= {"json": draft.first("json"), "pretty": _pretty(draft.first("json"))}
    return get_template(f"segments/builder/{draft.kind}.html").render(context)


def _begun(draft: Draft) -> Draft:
    """What was just chosen, with what it cannot be without: colleagues a group, a sequence two steps."""
    what = draft.first("what") if draft.kind == "condition" else ""
    if what == "sequence:" and not any(child.kind == "step" for child in draft.children):
        return Draft("condition", draft.fields, [Draft("step"), Draft("step")], draft.id)
    if what != "colleagues:":
        if draft.kind == "condition" and not what.startswith(("event:", "sequence:")):
            return replace(draft, children=[])
        return draft
    fields = {name: values for name, values in draft.fields.items() if name in {"label", "off"}}
    about = {"about": ["colleagues"], "mode": ["all"], "bare": ["1"]}
    return Draft("group", fields | about, [Draft("condition")], draft.id)


def _group(draft: Draft, depth: int) -> dict[str, Any]:
    mode = draft.first("mode", "all")
    modes = [*choices.MODES, choices.NOT_ALL] if mode == choices.NOT_ALL.value else choices.MODES
    about = draft.first("about")
    shown = {"mode": mode, "modes": modes, "k": draft.first("k", "2"), "depth": depth, "hue": depth % 6}
    shown |= {"is_root": depth == 0, "about": about, "bare": draft.first("bare"), "wrapped": draft.first("wrapped")}
    if about == "colleagues":
        shown |= {"whos": choices.COLLEAGUES, "who": draft.first("who", "any"), "who_n": draft.first("who_n", "2")}
    if about == "item":
        shown |= {"name": draft.first("name"), "names_url": _values_url(keys=1)}
    return shown


def _condition(draft: Draft, catalogue: Catalogue) -> dict[str, Any]:
    source, colon, name = draft.first("what").partition(":")
    chosen = source in _ICONS and (bool(name) or source in _NAMES)
    shown: dict[str, Any] = {"what": draft.first("what"), "icon": _ICONS.get(source, "plus"), "what_label": _UNNAMED}
    if not colon or not chosen:
        return shown
    shown |= {"source": source, "what_label": _NAMES.get(source, name)} | zones.shown(draft)
    match source:
        case "property":
            return shown | _property(draft, name, catalogue)
        case "event":
            return shown | _event(draft, name, catalogue)
        case "segment":
            listed = lists.shown(draft, name, catalogue)
            return shown | listed | _rarer(draft, zone=listed["takes"] != "nothing", timed=listed["takes"] == "one")
        case "sequence":
            same = {"same": draft.first("same"), "same_url": _values_url(keys=1)}
            return shown | same | windows.shown(draft) | _rarer(draft, zone=True, timed=True)
        case "consent":
            return shown | people.consent_shown(draft) | {"topics_url": _values_url(topics=1)}
        case "reachable":
            return shown | people.reachable_shown(draft)
    return shown | people.bucket_shown(draft)


def _property(draft: Draft, key: str, catalogue: Catalogue) -> dict[str, Any]:
    known = catalogue.properties.get(key) or Property(key, FieldType.TEXT)
    label = known.label or key
    if known.source == "company":
        label = _("Company: %(label)s") % {"label": label}
    compared = cells.compared(draft, known, controls.operators_for(known))
    return (
        {"what_label": label, "icon": _ICONS["company" if known.source == "company" else "property"]}
        | compared
        | {"values_url": _values_url(property=key), "places_url": _values_url(places=1)}
        | {"others": _others(known, compared["op"], catalogue) if compared["against"] else ()}
    )


def _others(known: Property, op: str, catalogue: Catalogue) -> list[Choice]:
    """The attributes that this one may be compared with."""
    found = []
    for other in catalogue.properties.values():
        if controls.are_alike(controls.operator_named(op), known, other):
            label = str(other.label or other.key)
            named = _("Company: %(label)s") % {"label": label} if other.source == "company" else label
            found.append(Choice(other.key, named))
    return sorted(found, key=lambda choice: str(choice.label).casefold())


def _event(draft: Draft, name: str, catalogue: Catalogue) -> dict[str, Any]:
    shown = events.shown(draft, name, catalogue) | {"of_url": _values_url(keys=1)}
    shown["values_url"] = _values_url(property=shown["of"])
    if shown["measured"]:
        asked = Property("value", events.value_type(draft))
        ops = events.operators(draft)
        shown |= cells.compared(draft, asked, ops, preferred="gte", may_be_unknown=False)
    more = _rarer(draft, zone=True, timed=True)
    return shown | more | {"more": more["more"] or (bool(draft.first("case")) and bool(shown.get("may_case")))}


def _rarer(draft: Draft, *, zone: bool, timed: bool) -> dict[str, Any]:
    """The rarer controls of rows with a window: in which zone, and whether with a time of day."""
    used = (zone and draft.first("zone")) or (timed and draft.first("timed"))
    return {"may_zone": zone, "may_time": timed, "timed": draft.first("timed"), "more": bool(used)}


def _where(draft: Draft) -> dict[str, Any]:
    type, name = controls.where_type(draft.first("as")), draft.first("name")
    ops = controls.operators_for_where(type)
    return (
        {"name": name, "types": choices.WHERE_TYPES, "type": type.value, "names_url": _values_url(keys=1)}
        | {"in_where": True}
        | cells.compared(draft, replace(Property(name, type), source="event"), ops)
        | {"values_url": _values_url(property=name), "places_url": _values_url(places=1)}
    )


def _values_url(**query: str | int) -> str:
    return f"{_address('values')}?{urlencode(query)}"


@cache
def _address(name: str) -> str:
    return reverse(f"segments:{name}")


def _pretty(text: str) -> str:
    """JSON with a line for each part; text that is none, as it is."""
    with suppress(ValueError, RecursionError):
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text


def blanks(catalogue: Catalogue) -> Mapping[str, SafeString]:
    """Empty rows that the browser copies; it gives each its own id."""

    def blank(kind: str, child: str = "", inside: str = "", **fields: str) -> SafeString:
        children = [Draft(child, id="n00")] if child else []  # type: ignore[arg-type]
        draft = Draft(kind, {name: [value] for name, value in fields.items()}, children, "n0")  # type: ignore[arg-type]
        return render(draft, catalogue, depth=1, inside=inside)

    return {
        "condition": blank("condition"),
        "group": blank("group", "condition", mode="any"),
        "where": blank("where", inside="where"),
        "where_group": blank("group", "where", inside="where", mode="any"),
        "item": blank("group", "where", inside="where", mode="all", about="item", bare="1"),
        "step": blank("step"),
    }
