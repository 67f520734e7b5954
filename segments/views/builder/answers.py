"""The answer beside the rows: how many, who, what it means in words, and what is wrong."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from segments.definition import describe
from segments.definition.schema import Catalogue
from segments.engine.patience import TookTooLong
from segments.engine.preview import preview
from segments.models import Segment

from .asked import Asked, Remark


def answer(asked: Asked, catalogue: Catalogue, segment: Segment | None, asker: str = "") -> dict[str, Any]:
    """The context of `answer.html`: exact figures, or the problems that stand in their way."""
    shown: dict[str, Any] = {"remarks": asked.problems, "unfinished": len(asked.unfinished), "segment": segment}
    if asked.tree is None:
        return shown
    try:
        found = preview(asked.definition, clock.now(), reader_of=segment.pk if segment else None, asker=asker)
    except TookTooLong:
        return shown | {"late": True}
    except InvalidInput as error:
        return shown | {"remarks": asked.place(error.problems)}
    contacts = Contact.objects.in_bulk(found.sample)
    return shown | {
        "counted": True,
        "count": found.count,
        "everyone": found.everyone,
        "change": _change(found.count, segment),
        "sample": [contacts[pk] for pk in found.sample if pk in contacts],
        "sample_ids": ",".join(map(str, found.sample)),
        "took_ms": round(found.took_ms),
        "remarks": asked.place(found.warnings, tone="warning"),
        "sentence": describe.sentence(asked.tree, catalogue),
    }


def refused(asked: Asked, remarks: list[Remark]) -> dict[str, Any]:
    """Why this was not saved."""
    said = _("Not saved yet. What you wrote is kept; mend the marked rows and save again.")
    return {"remarks": [*asked.problems, *remarks], "notice": said}


def _change(count: int, segment: Segment | None) -> int | None:
    """Against the saved version, while that is what the list shows."""
    if segment is None or segment.kind != Segment.Kind.ACTIVE or segment.state != Segment.State.LIVE:
        return None
    return count - segment.size
