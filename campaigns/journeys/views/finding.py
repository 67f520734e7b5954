"""The automation, or the run, that an address names; 404 where there is none."""

from __future__ import annotations

from django.http import Http404

from ...models import Automation, Run


def automation_or_404(automation_id: int) -> Automation:
    found = Automation.objects.filter(pk=automation_id).first() if automation_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def run_or_404(automation_id: int, run_id: int) -> Run:
    rows = Run.objects.select_related("automation", "version")
    found = rows.filter(pk=run_id, automation=automation_id).first() if max(run_id, automation_id) < 2**63 else None
    if found is None:
        raise Http404
    return found
