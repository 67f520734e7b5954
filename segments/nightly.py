"""What is done for lists once a day: those archived long ago are deleted, and what to mend is looked for."""

from __future__ import annotations

import logging

from celery import shared_task

from crmseg.common import clock
from crmseg.common.problems import Conflict

from . import services
from .hints import search
from .models import Segment

_log = logging.getLogger(__name__)


@shared_task(acks_late=True)
def purge_archived() -> None:
    """Delete the lists that were archived 90 days ago. One that is used after all stays, and is named in the log."""
    over = Segment.objects.filter(archived_at__lte=clock.now() - services.KEPT)
    for segment_id in over.order_by("pk").values_list("pk", flat=True):
        try:
            services.purge(segment_id)
        except Conflict as used:
            _log.warning("The archived list %s is not deleted: %s", segment_id, used)


@shared_task(acks_late=True)
def look_for_hints() -> None:
    """Find forgotten lists, absurd definitions and near duplicates."""
    search.renew()
