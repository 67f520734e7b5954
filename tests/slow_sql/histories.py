"""Questions about the recorded changes of a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from . import times
from .comparisons import folded
from .question import Question, surely, text
from .values import TEXTS, kind_of, typed_json, value

Node = Mapping[str, Any]


def condition(node: Node, ask: Question) -> str:
    op, zone = node["op"], ask.zone_of(node)
    match op:
        case "updated_in" | "not_updated_in":
            found = changes(node, ask, times.within(times.of_node(node), "h.at", ask, zone))
        case "changed":
            asked = node.get("value") or node
            wanted = [times.within(asked.get("window"), "h.at", ask, zone)]
            wanted += [is_the(node, "h.old", asked["from"], ask, zone)] if "from" in asked else []
            wanted += [is_the(node, "h.new", asked["to"], ask, zone)] if "to" in asked else []
            found = changes(node, ask, " AND ".join(wanted))
        case _:
            kind = kind_of(node, node["property"], ask)
            once = " OR ".join(is_the(node, column, node["value"], ask, zone) for column in ("h.old", "h.new"))
            now = equals(node, value(node["property"], kind, ask, zone), kind, node["value"], zone)
            found = f"({now} OR {changes(node, ask, f'({once})')})"
    return f"(NOT {found})" if op in {"not_updated_in", "never_was"} else found


def changes(node: Node, ask: Question, wanted: str) -> str:
    """Whether there is such a change of the property until now."""
    key = node["property"]
    table, whose = ("contacts_attributehistory", "h.contact_id = c.id")
    if key.startswith("company."):
        table, whose, key = "contacts_companyhistory", "h.company_id = c.company_id", key.removeprefix("company.")
    of_it = f"{whose} AND h.key = {text(key)} AND h.at <= {ask.instant}"
    return f"EXISTS (SELECT FROM {table} AS h WHERE {of_it} AND {wanted})"


def is_the(node: Node, column: str, wanted: Any, ask: Question, zone: str) -> str:
    kind = kind_of(node, node["property"], ask)
    held = typed_json(column, kind, zone)
    return f"(({held}) IS NULL)" if wanted is None else equals(node, held, kind, wanted, zone)


def equals(node: Node, held: str, kind: str, wanted: Any, zone: str) -> str:
    if kind in TEXTS:
        return surely(f"{folded(held, node)} = {folded(text(wanted), node)}")
    match kind:
        case "multi_enum":
            have = f"ARRAY(SELECT {folded('one', node)} FROM unnest({held}) AS one)"
            if not isinstance(wanted, list):
                return surely(f"({held}) IS NOT NULL AND {folded(text(wanted), node)} = ANY ({have})")
            want = f"ARRAY(SELECT {folded('one', node)} FROM unnest({text(wanted)}) AS one)"
            return surely(f"({held}) IS NOT NULL AND {have} @> {want} AND {want} @> {have}")
        case "date":
            return surely(f"({held}) = {text(date.fromisoformat(wanted))}")
        case "datetime":
            return surely(f"NOT {times.before(held, wanted, zone)} AND NOT {times.after(held, wanted, zone)}")
    return surely(f"({held}) = {text(wanted)}")
