"""Values known so far, with how many have each: what the builder offers while somebody types."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from segments import catalogue, known_values


@require_GET
@signed_in
def values(request: HttpRequest) -> JsonResponse:
    """`?property=country&q=i`, `?event=…&keys=1` for the names of its properties, `?event=…&property=…` for values."""
    asked = request.GET
    event, name, q = asked.get("event", ""), asked.get("property", ""), asked.get("q", "")[:200].strip()
    if event and asked.get("keys"):
        found = known_values.event_properties(event, q)
    elif event:
        found = known_values.event_values(event, name, q)
    else:
        known = catalogue.current().properties.get(name)
        found = known_values.property_values(known, q) if known else []
    return JsonResponse({"values": [{"value": one.value, "count": one.count} for one in found]})
