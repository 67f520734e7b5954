"""What a conversion is: an event that happened for the first time, or a lifecycle stage that was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.db import connection
from django.utils.translation import gettext as _

from contacts.fields import LIFECYCLE_STAGES
from contacts.models import EventType
from contacts.stages import name_of
from crmseg.common.problems import InvalidInput, Problem

ALWAYS = datetime(1, 1, 2, tzinfo=UTC)
"""When those converted of whom nobody knows when."""
_EVENT = """
    SELECT contact_id, min(occurred_at) FROM contacts_event
     WHERE contact_id = ANY(%(ids)s) AND type_id = %(type)s AND occurred_at <= %(now)s GROUP BY contact_id
"""
_STAGE = """
    SELECT c.id, CASE WHEN moved.contact_id IS NOT NULL THEN moved.at END
      FROM contacts_contact AS c
      LEFT JOIN (SELECT contact_id, min(at) AS at FROM contacts_attributehistory
                  WHERE contact_id = ANY(%(ids)s) AND key = 'lifecycle_stage' AND at <= %(now)s
                    AND new #>> '{}' = ANY(%(stages)s) AND (old IS NULL OR old #>> '{}' <> ALL(%(stages)s))
                  GROUP BY contact_id) AS moved ON moved.contact_id = c.id
     WHERE c.id = ANY(%(ids)s) AND (c.lifecycle_stage = ANY(%(stages)s) OR moved.contact_id IS NOT NULL)
"""


@dataclass(frozen=True)
class Goal:
    kind: Literal["event", "stage"]
    what: str

    def plain(self) -> dict[str, str]:
        return {self.kind: self.what}

    @property
    def label(self) -> str:
        if self.kind == "event":
            return self.what
        return _("Reached the stage “%(stage)s”") % {"stage": name_of(self.what)}

    @property
    def keys(self) -> frozenset[str]:
        """What tells the goal itself, and so may not foretell it."""
        return frozenset({f"event:{self.what}"} if self.kind == "event" else {"attribute:lifecycle_stage"})

    def converted(self, ids: Sequence[int], now: datetime) -> dict[int, datetime]:
        """When each of these converted first, by now; `ALWAYS` where that is not known."""
        with connection.cursor() as cursor:
            if self.kind == "event":
                type_id = EventType.objects.filter(name=self.what).values_list("pk", flat=True).first()
                cursor.execute(_EVENT, {"type": type_id, "now": now, "ids": list(ids)})
            else:
                stages = list(LIFECYCLE_STAGES[LIFECYCLE_STAGES.index(self.what) :])
                cursor.execute(_STAGE, {"stages": stages, "now": now, "ids": list(ids)})
            return {pk: at or ALWAYS for pk, at in cursor.fetchall()}


def read(raw: object) -> Goal:
    """`{"event": NAME}` or `{"stage": KEY}`."""
    match raw:
        case {"event": str(name), **rest} if not rest:
            if not EventType.objects.filter(name=name.replace("\x00", "")).exists():
                raise InvalidInput([Problem("/goal/event", _("This event has never been seen."))])
            return Goal("event", name)
        case {"stage": str(stage), **rest} if not rest:
            if stage not in LIFECYCLE_STAGES[1:]:
                words = ", ".join(LIFECYCLE_STAGES[1:])
                raise InvalidInput([Problem("/goal/stage", _("Expected one of: %(words)s.") % {"words": words})])
            return Goal("stage", stage)
    raise InvalidInput([Problem("/goal", _("Expected an event or a stage."))])


def stored(kept: Mapping[str, Any]) -> Goal:
    """One that was read before."""
    return Goal("event", kept["event"]) if "event" in kept else Goal("stage", kept["stage"])
