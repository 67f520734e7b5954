"""The dry run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from crmseg.access.roles import signed_in

from . import presenting
from .finding import automation_or_404


@signed_in
def page(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    context = {
        "automation": automation,
        "problems": presenting.problems_of(automation.latest.definition),
        "tab": "dry-run",
    }
    return render(request, "automations/dry_run.html", context)
