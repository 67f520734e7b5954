"""Why somebody in the sample is in, in a few words: `3 × Order Completed, 21 Nov 2026 · Country “IT”`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from crmseg.web import formats
from segments.definition import describe
from segments.definition.nodes import Compare, InSegment, Occurred, Performed
from segments.definition.schema import Catalogue
from segments.engine.reasons import Reason

from ..explaining import in_words

MOST = 2
LONGEST = 90


def told(reasons: Iterable[Reason], known: Catalogue) -> str:
    """The first few of them; nothing where what is not so let her in."""
    said = list(dict.fromkeys(_one(reason, known) for reason in reasons))
    return " · ".join(said[:MOST])


def _one(reason: Reason, known: Catalogue) -> str:
    leaf, evidence = reason.leaf, reason.evidence
    match leaf:
        case Compare(property) if len(evidence.get("values", {})) == 1:
            label = str(property.label or property.key)
            return _short(f"{label} {in_words(evidence['values'].get(property.key))}")
        case Performed(event) | Occurred(event) if evidence.get("count"):
            last = formats.exact(datetime.fromisoformat(evidence["last_at"]).date())
            return _("%(count)s × %(event)s, last %(day)s") % {
                "count": formats.number(evidence["count"]),
                "event": event,
                "day": last,
            }
        case InSegment(segment_id, negated) if not negated and segment_id in known.segments:
            return _("in “%(name)s”") % {"name": known.segments[segment_id].name}
    return _short(describe.say(leaf, known))


def _short(said: str) -> str:
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
