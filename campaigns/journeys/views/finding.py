"""The automation, or the run, that an address names; 404 where there is none."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from crmseg.common.ids import LARGEST_ID

from ...models import Automation, Run


def automation_or_404(automation_id: int) -> Automation:
    return get_object_or_404(Automation, pk=min(automation_id, LARGEST_ID))


def run_or_404(automation_id: int, run_id: int) -> Run:
    rows = Run.objects.select_related("automation", "version").filter(automation=min(automation_id, LARGEST_ID))
    return get_object_or_404(rows, pk=min(run_id, LARGEST_ID))
