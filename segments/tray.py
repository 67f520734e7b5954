"""Lists that are being built, in the tray of work."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crmseg.access.models import User
from crmseg.access.roles import has_role
from crmseg.jobs import registry
from crmseg.jobs.registry import TrayItem

from .models import Build

MOST = 8
OPEN = (Build.State.QUEUED, Build.State.RUNNING)


def connect() -> None:
    registry.register_tray(items, running)


def running(user: User) -> QuerySet[Build]:
    return Build.objects.filter(state__in=OPEN)


def items(user: User) -> list[TrayItem]:
    """Whoever asked for them: everybody waits for the same lists. What was built says so on the list's own page."""
    may = has_role(user, "marketer")
    return [
        TrayItem(
            key=f"build:{build.pk}",
            label=_("Build “%(list)s”") % {"list": build.segment.name},
            state=build.state,
            state_label=build.get_state_display(),
            is_running=True,
            done=build.done,
            total=build.total,
            url=reverse("segments:segment", args=[build.segment_id]),
            cancel_url=reverse("segments:cancel_build", args=[build.segment_id]) if may else "",
            at=build.created_at,
        )
        for build in running(user).select_related("segment").order_by("pk")[:MOST]
    ]
