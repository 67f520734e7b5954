"""How the system is, for operators; it looks again by itself."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from crmseg.common.clock import now

from .. import health as facts
from ..roles import role_required


@never_cache
@require_GET
@role_required("admin")
def health(request: HttpRequest) -> HttpResponseBase:
    groups = facts.gather()
    troubles = [fact for group in groups for fact in group.facts if fact.state in {facts.WARN, facts.BAD}]
    troubles.sort(key=lambda fact: fact.state != facts.BAD)
    shown = {"groups": groups, "state": facts.worst(groups), "troubles": troubles, "at": now(), "here": "health"}
    return render(request, "access/health.html", shown)
