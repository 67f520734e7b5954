"""What keeps programs from filling in a public form, without a riddle for people: a field that only programs see and
fill in, and a moment that a person needs to read the first question. Nobody who is too quick loses what she wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.signing import BadSignature, Signer

from crmseg.common import clock

TRAP = "website"
"""The name of the field that nobody sees."""
SHORTEST, LONGEST = 1.5, 2 * 24 * 3600.0
_signer = Signer(sep=".", salt="campaigns.survey.opened")


def opened(survey_id: int, at: datetime | None = None) -> str:
    """When the page was made, signed."""
    return _signer.sign(f"{survey_id}-{(at or clock.now()).timestamp():.3f}")


def is_trapped(given: Mapping[str, str]) -> bool:
    return bool((given.get(TRAP) or "").strip())


def is_hasty(given: Mapping[str, str], survey_id: int) -> bool:
    """Whether the page was answered faster than it can be read, or by nobody who had it before them."""
    try:
        made_for, _dash, at = _signer.unsign(given.get("opened") or "").partition("-")
        waited = clock.now().timestamp() - float(at)
    except (BadSignature, ValueError):
        return True
    return made_for != str(survey_id) or not SHORTEST <= waited <= LONGEST
