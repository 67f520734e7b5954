"""Who changed what, when: newest first, searchable."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crmseg.web.tables import Column, Table

from ..models import AuditEntry
from ..roles import role_required

COLUMNS = {
    "at": Column(_("When"), order=("at",), descending_first=True),
    "actor": Column(_("Who")),
    "action": Column(_("Did")),
    "object": Column(_("What")),
    "changes": Column(_("Changes")),
}


@require_GET
@role_required("admin")
def audit_log(request: HttpRequest) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()[:200]
    entries = AuditEntry.objects.all()
    for word in query.split():
        entries = entries.filter(
            Q(actor__icontains=word)
            | Q(action__icontains=word)
            | Q(object_type__icontains=word)
            | Q(object_label__icontains=word)
        )
    table = Table(request, entries, COLUMNS, sort="-at", id="audit-table")
    return render(request, "access/audit_log.html", {"table": table, "query": query, "here": "audit"})
