"""What happened around a list, as notes on its charts: its own edits, and what rooms above it did to its members."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from .models import Segment


@dataclass(frozen=True)
class Annotation:
    """`mark` is short enough to stand on a chart; `text` says the whole in a list beside it."""

    at: datetime
    mark: str
    text: str
    url: str = ""


Source = Callable[[int, datetime], Iterable[Annotation]]
_sources: list[Source] = []
MOST = 40


def register(source: Source) -> None:
    """`source` tells what happened to the members of a list since an instant, given its id."""
    if source not in _sources:
        _sources.append(source)


def of_list(segment: Segment, since: datetime) -> list[Annotation]:
    """The latest of them, oldest first."""
    found = [*_edits(segment, since)]
    for source in _sources:
        found += source(segment.pk, since)
    return sorted(found, key=lambda one: one.at)[-MOST:]


def _edits(segment: Segment, since: datetime) -> Iterable[Annotation]:
    """Every version after the first, with the reason that was given."""
    saved = segment.versions.filter(number__gt=1, saved_at__gte=since).order_by("-number")
    for version in saved.only("number", "saved_at", "saved_by", "reason")[:MOST]:
        said = {"number": version.number, "reason": version.reason}
        text = _("Version %(number)s: %(reason)s") if version.reason else _("Version %(number)s")
        yield Annotation(version.saved_at, _("Version %(number)s") % said, text % said)
