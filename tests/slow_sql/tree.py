"""Groups as AND and OR, and which question each node asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import comparisons, events, histories, lists, people, sequences
from .question import Question


def matching(node: Mapping[str, Any], ask: Question) -> str:
    """The contacts for whom the definition holds, as column `id`."""
    return f"""
        SELECT c.id
          FROM contacts_contact AS c
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE {condition(node, ask)}"""


def condition(node: Mapping[str, Any], ask: Question) -> str:
    """The node as a condition on the contact `c` and its company `co`, true or false."""
    match node:
        case {"all": children}:
            return joined(" AND ", children, ask)
        case {"any": children}:
            return joined(" OR ", children, ask)
        case {"not": child}:
            return f"(NOT {condition(child, ask)})"
        case {"colleagues": _, "of": _}:
            return people.colleagues(node, ask)
        case {"any_item": _}:
            return events.any_item(node, ask)
        case {"bucket": _}:
            return people.bucket(node)
        case {"at_least": k, "of": children}:
            counted = " + ".join(f"({condition(child, ask)})::int" for child in switched_on(children))
            return f"(({counted}) >= {k})"
        case {"segment": _}:
            return lists.condition(node, ask)
        case {"sequence": _}:
            return sequences.condition(node, ask)
        case {"event": _, "occurrence": _}:
            return events.occurred(node, ask)
        case {"event": _}:
            return events.performed(node, ask)
        case {"consent": _}:
            return people.consent(node)
        case {"reachable": _}:
            return people.reachable(node)
        case {"op": "updated_in" | "not_updated_in" | "ever_was" | "never_was" | "changed"}:
            return histories.condition(node, ask)
        case _:
            return comparisons.condition(node, ask)


def joined(word: str, children: list[Any], ask: Question) -> str:
    return "(" + word.join(condition(child, ask) for child in switched_on(children)) + ")"


def switched_on(children: list[Any]) -> list[Any]:
    return [child for child in children if is_on(child)]


def is_on(node: Mapping[str, Any]) -> bool:
    """Whether anything is left of it."""
    below: Any = None
    match node:
        case {"all": below} | {"any": below} | {"at_least": _, "of": below}:
            pass
        case {"not": child} | {"colleagues": _, "of": child} | {"any_item": _, "of": child}:
            below = [child]
    return not node.get("off") and (below is None or any(is_on(child) for child in below))


def meant(node: Mapping[str, Any], properties: str, ask: Question) -> str:
    """What `where` asks of an event's properties."""
    parts = [condition(child, ask.about(properties)) for child in switched_on(node.get("where", []))]
    return " AND ".join(["true", *parts])
