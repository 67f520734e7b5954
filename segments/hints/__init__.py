"""Lists to mend: failed, empty, stale, or hardly different from another; each with what is wrong in a sentence.

What a look at the lists' own rows tells is true now. What takes longer was found last night, as `as_of` says, and is
left out once the list, or somebody, has moved on since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common import clock
from crmseg.web import formats

from ..models import HintDismissed, HintFound, Segment

UNSEEN_DAYS = 90
"""After so many days without a look, a use or a move, a list counts as forgotten."""
NEW_FOR = timedelta(days=1)
"""A list is not called empty before."""


class Kind(StrEnum):
    FAILED = "failed"
    NOBODY_EVER = "never"
    EVERYBODY = "everybody"
    EMPTY = "empty"
    REVIEW = "review"
    UNUSED = "unused"
    UNCHANGED = "unchanged"
    TWIN = "twin"


LABELS: dict[str, str | Promise] = {
    Kind.FAILED: gettext_lazy("Failed"),
    Kind.NOBODY_EVER: gettext_lazy("Can never match"),
    Kind.EVERYBODY: gettext_lazy("Matches everybody"),
    Kind.EMPTY: gettext_lazy("Empty"),
    Kind.REVIEW: gettext_lazy("Review due"),
    Kind.UNUSED: gettext_lazy("Not used"),
    Kind.UNCHANGED: gettext_lazy("Unchanged"),
    Kind.TWIN: gettext_lazy("Near duplicates"),
}
"""In the order of urgency."""
_ORDER = {kind: place for place, kind in enumerate(LABELS)}
_OF_THE_DEFINITION = (Kind.NOBODY_EVER, Kind.EVERYBODY, Kind.TWIN)


@dataclass(frozen=True)
class Hint:
    """One thing to mend in one list. `other` is the list that it is a near duplicate of."""

    kind: str
    segment_id: int
    name: str
    text: str
    as_of: datetime
    other_id: int | None = None
    other_name: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """What is dismissed with it: all of one kind that is said of the list."""
        return self.segment_id, self.kind

    @property
    def label(self) -> str:
        return str(LABELS[self.kind])

    @property
    def url(self) -> str:
        """Where it is mended: a near duplicate beside the other one."""
        if self.other_id:
            return f"{reverse('segments:compare')}?ids={self.segment_id},{self.other_id}"
        return reverse("segments:segment", args=[self.segment_id])


def current(segment_ids: Iterable[int] | None = None) -> list[Hint]:
    """What is to be mended now, the most urgent first; of the given lists only, where they are given."""
    dismissed = set(HintDismissed.objects.values_list("segment_id", "kind"))
    hints = [hint for hint in everything(segment_ids) if hint.key not in dismissed]
    return sorted(hints, key=lambda hint: (_ORDER[Kind(hint.kind)], hint.name.casefold(), hint.other_name.casefold()))


def everything(segment_ids: Iterable[int] | None = None) -> list[Hint]:
    """The same with what somebody has answered, in no order."""
    now = clock.now()
    lists, found = Segment.unarchived.all(), _stored()
    if segment_ids is not None:
        ids = list(segment_ids)
        lists, found = lists.filter(pk__in=ids), found.filter(segment__in=ids)
    return [*_seen_now(lists, now), *map(_told, found)]


def _seen_now(lists: QuerySet[Segment], now: datetime) -> Iterable[Hint]:
    """By the rows of the lists themselves."""
    failed, today = Q(state=Segment.State.FAILED), now.date()
    empty = Q(size=0, state=Segment.State.LIVE, created_at__lt=now - NEW_FOR)
    rows = lists.filter(failed | empty | Q(review_on__lte=today))
    for pk, name, state, size, review_on, created_at in rows.values_list(
        "pk", "name", "state", "size", "review_on", "created_at"
    ):
        if state == Segment.State.FAILED:
            yield Hint(Kind.FAILED, pk, name, _("It could not be built. Its page says why."), now)
        elif size == 0 and state == Segment.State.LIVE and created_at < now - NEW_FOR:
            yield Hint(Kind.EMPTY, pk, name, _("Nobody is in it."), now)
        if review_on and review_on <= today:
            said = _("Its review was due on %(day)s.") % {"day": formats.exact(review_on)}
            yield Hint(Kind.REVIEW, pk, name, said, now)


def _stored() -> QuerySet[HintFound]:
    """What last night found, of lists that have neither been edited nor looked at since."""
    found = HintFound.objects.filter(segment__archived_at=None, other__archived_at=None)
    as_it_was = Q(segment__version=F("version")) & (Q(other=None) | Q(other__version=F("other_version")))
    seen = Q(kind=Kind.UNUSED, segment__look__at__gt=F("found_at"))
    return found.filter(as_it_was).exclude(seen).select_related("segment", "other")


def _told(found: HintFound) -> Hint:
    other = found.other
    return Hint(
        found.kind,
        found.segment_id,
        found.segment.name,
        _in_words(found),
        found.found_at,
        found.other_id,
        other.name if other else "",
    )


def _in_words(found: HintFound) -> str:
    match found.kind:
        case Kind.NOBODY_EVER:
            return _("Its definition can never be true: nobody will ever be in it.")
        case Kind.EVERYBODY:
            return _("Its definition is always true: everybody is in it.")
        case Kind.UNUSED:
            return _("Nobody has opened it for %(n)s days, and nothing uses it.") % {"n": UNSEEN_DAYS}
        case Kind.UNCHANGED:
            return _("Nobody has entered or left for %(n)s days.") % {"n": UNSEEN_DAYS}
    assert found.other is not None
    if found.share is None:
        return _("Says the same as “%(name)s”.") % {"name": found.other.name}
    share = formats.percent(found.share, 1)
    return _("Shares %(share)s of its people with “%(name)s”.") % {"share": share, "name": found.other.name}
