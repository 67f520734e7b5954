"""Hold a list while it is changed."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crmseg.common.problems import Conflict

from ..models import Segment


def hold(segment_id: int) -> Segment:
    """The list, locked for a change. Whoever may lock anything after it holds the graph already."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment_id)
    refuse_archived(segment)
    return segment


def refuse_archived(segment: Segment) -> None:
    """An archived list stands still."""
    if segment.archived_at is not None:
        raise Conflict(_("The list “%(name)s” is archived. Restore it first.") % {"name": segment.name})
