"""Values known so far, with how many have each: what the builder offers while somebody types."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, JsonResponse, QueryDict
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from segments import catalogue, known_values
from segments.known_values import Known

MOST_ITEMS = 5


@require_GET
@signed_in
def values(request: HttpRequest) -> JsonResponse:
    """`?property=country&q=i`; `?event=…&keys=1` for the names of its properties, `?event=…&property=…` for values.

    `item` names the list of the event, and the list in its items, whose properties are meant. `?events=1`,
    `?topics=1`, `?zones=1` and `?places=1` find the names of these.
    """
    return JsonResponse({"values": [_shown(one) for one in _found(request.GET)]})


def _found(asked: QueryDict) -> list[Known]:
    event, name, q = asked.get("event", ""), asked.get("property", ""), asked.get("q", "")[:200].strip()
    for kind, find in _NAMES.items():
        if asked.get(kind):
            return find(q)
    items = asked.getlist("item")[:MOST_ITEMS]
    if asked.get("keys"):
        return known_values.event_properties(event, q, items)
    if event:
        return known_values.event_values(event, name, q, items)
    known = catalogue.current().properties.get(name)
    return known_values.property_values(known, q) if known else []


_NAMES = {
    "events": known_values.event_names,
    "topics": known_values.topics,
    "zones": known_values.zones,
    "places": known_values.places,
}


def _shown(one: Known) -> dict[str, Any]:
    shown: dict[str, Any] = {"value": one.value, "count": one.count}
    return shown | ({"fills": dict(one.fills)} if one.fills else {}) | ({"label": one.label} if one.label else {})
