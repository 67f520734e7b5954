"""Look every night for what takes too long otherwise: forgotten lists, absurd definitions, near duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from .. import catalogue, guards
from ..definition import check
from ..definition.load import load
from ..definition.schema import Catalogue
from ..models import Follow, HintDismissed, HintFound, LedgerEntry, Segment
from . import UNSEEN_DAYS, Kind, everything, twins


def renew() -> int:
    """Replace what was found before; return how much there is. What was dismissed and is so no more, is forgotten."""
    now = clock.now()
    segments = list(Segment.unarchived.order_by("pk"))
    known = catalogue.current()
    found = [
        *_absurd(segments, known, now),
        *_forgotten(segments, now),
        *_unchanged(now),
        *_twins(segments, known, now),
    ]
    with transaction.atomic():
        HintFound.objects.all().delete()
        there = set(Segment.unarchived.values_list("pk", flat=True))
        HintFound.objects.bulk_create(
            one for one in found if one.segment_id in there and (one.other_id is None or one.other_id in there)
        )
        still = {hint.key for hint in everything()}
        gone = [one.pk for one in HintDismissed.objects.all() if (one.segment_id, one.kind) not in still]
        HintDismissed.objects.filter(pk__in=gone).delete()
    return len(found)


def _absurd(segments: Sequence[Segment], known: Catalogue, now: datetime) -> Iterator[HintFound]:
    """Definitions that are the same for everybody, whatever they are."""
    for segment in segments:
        if segment.kind != Segment.Kind.ACTIVE:
            continue
        try:
            always = check.always(load(segment.definition, known), known)
        except InvalidInput:
            continue  # it fails, and that is said
        if always is not None:
            yield _found(segment, Kind.EVERYBODY if always else Kind.NOBODY_EVER, now)


def _forgotten(segments: Sequence[Segment], now: datetime) -> Iterator[HintFound]:
    """Lists that nobody has looked at or follows, and that nothing uses."""
    since = now - timedelta(days=UNSEEN_DAYS)
    old = Segment.unarchived.filter(created_at__lt=since).filter(Q(look=None) | Q(look__at__lt=since))
    ids = set(old.exclude(Exists(Follow.objects.filter(segment=OuterRef("pk")))).values_list("pk", flat=True))
    used = guards.places(sorted(ids))
    yield from (_found(one, Kind.UNUSED, now) for one in segments if one.pk in ids and one.pk not in used)


def _unchanged(now: datetime) -> Iterator[HintFound]:
    """Active lists with people in them whom nobody joined or left."""
    since = now - timedelta(days=UNSEEN_DAYS)
    moves = LedgerEntry.objects.filter(segment_id=OuterRef("pk"), at__gte=since)
    old = Segment.unarchived.filter(kind=Segment.Kind.ACTIVE, live_version__gt=0, size__gt=0, created_at__lt=since)
    yield from (_found(segment, Kind.UNCHANGED, now) for segment in old.exclude(Exists(moves)))


def _twins(segments: Sequence[Segment], known: Catalogue, now: datetime) -> Iterator[HintFound]:
    for twin in twins.find(segments, known):
        found = _found(twin.segment, Kind.TWIN, now)
        found.other, found.other_version, found.share = twin.other, twin.other.version, twin.share
        yield found


def _found(segment: Segment, kind: Kind, now: datetime) -> HintFound:
    return HintFound(segment=segment, kind=kind, version=segment.version, found_at=now)
