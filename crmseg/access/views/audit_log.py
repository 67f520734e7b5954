"""Who changed what, when: newest first, searched by every part, and as a file."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from crmseg.common.csv import line

from .. import account, audit_search, audit_shown
from ..actors import actor_of
from ..audit import record
from ..models import ApiKey, User
from ..roles import role_required

NAMES = 200


@require_GET
@role_required("admin")
def audit_log(request: HttpRequest) -> HttpResponseBase:
    asked = audit_search.read(request.GET)
    found, following = audit_search.page(asked, request.GET.get("after", ""))
    query, kinds = audit_search.query_of(asked), audit_shown.types()
    shown = {
        "entries": [audit_shown.about(entry) for entry in found],
        "asked": asked,
        "query": urlencode(query),
        "next_url": f"?{urlencode(query | {'after': following})}" if following else "",
        "is_first": not request.GET.get("after"),
        "actions": sorted(((key, str(label)) for key, label in audit_shown.ACTIONS.items()), key=_label),
        "types": sorted(((key, str(kinds[key])) for key in audit_shown.PAGES if key in kinds), key=_label),
        "names": _names(),
        "here": "audit",
    }
    return render(request, "access/audit_log.html", shown)


@require_GET
@role_required("admin")
def audit_file(request: HttpRequest) -> StreamingHttpResponse:
    """All that the same filters find, oldest pages last."""
    asked = audit_search.read(request.GET)
    record(actor_of(request), "exported", account.current(), {"audit log": audit_search.query_of(asked)})
    response = StreamingHttpResponse(_lines(asked), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit-log.csv"'
    return response


def _lines(asked: audit_search.Asked) -> Iterator[str]:
    yield line(["at", "actor", "action", "object_type", "object_id", "object", "changes"])
    for entry in audit_search.entries(asked).iterator(chunk_size=2_000):
        told = audit_shown.in_one_line(entry)
        named = [entry.object_type, entry.object_id, entry.object_label]
        yield line([entry.at.isoformat(), entry.actor, entry.action, *named, told])


def _names() -> list[str]:
    """Whom the log may name, to choose from; anything else can be written."""
    people = User.objects.order_by("name", "email")[:NAMES]
    keys = ApiKey.objects.order_by("name").values_list("name", flat=True).distinct()[:NAMES]
    return [*dict.fromkeys([*(str(person) for person in people), *keys, "crmseg"])]


def _label(choice: tuple[str, str]) -> str:
    return choice[1].casefold()
