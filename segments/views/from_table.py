"""What the contacts table shows, kept as an active list: the same people now, and whoever comes to be like them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import saved_views, selection
from contacts.selection import Asked
from contacts.selectors import MOST_WORDS
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import tell

from .. import services
from ..models import Segment

_CUSTOMER = {"property": "lifecycle_stage", "op": "at_least", "value": "customer"}
_STAGES: dict[str, dict[str, Any]] = {"customers": _CUSTOMER, "leads": {"not": _CUSTOMER}}


@require_POST
@role_required("marketer")
def save(request: HttpRequest) -> HttpResponseBase:
    query = request.POST.get("query", "").removeprefix("?")
    try:
        asked = selection.read(QueryDict(query), person_of(request))
        made = services.create_segment(
            name=request.POST.get("name", ""),
            kind=Segment.Kind.ACTIVE,
            definition=definition_of(asked),
            actor=actor_of(request),
        )
    except InvalidInput as error:
        tell(request, error)
        return redirect(f"{reverse('contacts:list')}?{query or 'view=all'}")
    messages.success(request, _("The list “%(name)s” was created.") % {"name": made.name})
    return redirect("segments:segment", made.pk)


def definition_of(asked: Asked) -> dict[str, Any]:
    """The definition of those whom the table shows; InvalidInput where it shows everyone."""
    parts: list[dict[str, Any]] = []
    if token := asked.narrowed.get("filter"):
        parts.append(saved_views.definition_of(token))
    if listed := asked.narrowed.get("segment"):
        parts.append({"segment": int(listed), "op": "in"})
    if asked.stage:
        parts.append(_STAGES[asked.stage])
    if asked.q:
        parts.append(_found(asked.q))
    if not parts:
        raise InvalidInput(_("Search or filter first: this would be a list of everyone."))
    return parts[0] if len(parts) == 1 else {"all": parts}


def _found(q: str) -> dict[str, Any]:
    """What the quick search asks."""
    words = [
        {"any": [_contains(key, word) for key in ("email", "first_name", "last_name")]}
        for word in q.split()[:MOST_WORDS]
    ]
    named = words[0] if len(words) == 1 else {"all": words}
    exact = {"property": "external_id", "op": "is", "value": q.strip(), "case": True}
    phone = {"property": "phone", "op": "is", "value": q.replace(" ", "")}
    return {"any": [named, _contains("company.name", q.strip()), exact, phone]}


def _contains(key: str, text: str) -> dict[str, Any]:
    return {"property": key, "op": "contains", "value": text}
