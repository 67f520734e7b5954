"""Imports in the tray of work, beside the jobs."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crmseg.access.models import User
from crmseg.access.roles import has_role
from crmseg.common import clock
from crmseg.jobs import registry
from crmseg.jobs.registry import TrayItem

from . import importing
from .models import ContactImport

RECENT = timedelta(hours=12)
MOST = 8
State = ContactImport.State
OPEN = (State.QUEUED, State.RUNNING, State.UNDOING)


def connect() -> None:
    registry.register_tray(items, running)


def running(user: User) -> QuerySet[ContactImport]:
    return ContactImport.objects.filter(state__in=OPEN, created_by=user)


def items(user: User) -> list[TrayItem]:
    lately = Q(state__in=OPEN) | Q(finished_at__gt=clock.now() - RECENT)
    imports = ContactImport.objects.filter(lately, created_by=user).order_by("-pk")[:MOST]
    return [_item(one, user) for one in imports]


def _item(one: ContactImport, user: User) -> TrayItem:
    undoing = one.state == State.UNDOING
    may = has_role(user, "marketer")
    stoppable = may and one.state in (State.QUEUED, State.RUNNING) and not one.cancel_asked
    return TrayItem(
        key=f"import:{one.pk}",
        label=(_("Check %(file)s") if one.dry_run else _("Import %(file)s")) % {"file": one.name},
        state=one.state,
        state_label=one.get_state_display(),
        is_running=one.state in OPEN,
        done=one.undo_done if undoing else one.rows_done,
        total=one.undo_total if undoing else one.rows,
        note=one.error,
        url=reverse("contacts:import", args=[one.pk]),
        cancel_url=reverse("contacts:import-cancel", args=[one.pk]) if stoppable else "",
        undo_url=reverse("contacts:import-undo", args=[one.pk]) if may and importing.is_undoable(one) else "",
        at=one.finished_at or one.created_at,
    )
