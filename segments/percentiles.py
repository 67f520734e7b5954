"""The values at percentages of everybody, which `percentile_between` compares with: stored, and recomputed every hour.

Between two computations everyone is compared with the same stored values, by the engine, previews and the audit alike.
A computation that moves one has the lists that read it built anew.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from decimal import Decimal

from celery import shared_task
from django.db import transaction

from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput

from . import catalogue, services
from .definition import depends
from .definition.load import load
from .engine import cutoffs, locks
from .engine.build import PERCENTILES
from .models import Percentile, Segment, SegmentVersion
from .scoring import build as scores
from .scoring import load as scheme


@shared_task(acks_late=True)
def recompute() -> None:
    """Compute anew what active lists compare with, forget the rest, and build the lists anew whose values moved."""
    with transaction.atomic():
        locks.lock_graph()  # Nobody saves a definition meanwhile, so nothing is forgotten that one begins to read.
        before = _stored()
        wanted = _read_by_lists() | _read_by_scores()
        cutoffs.compute(wanted)
        read = {(asked.key, percent) for asked, percent in wanted}
        for key, percent in before.keys() - read:
            Percentile.objects.filter(property=key, percent=percent).delete()
        moved = {cut[0] for cut, found in _stored().items() if before.get(cut, found) != found}
        if moved:
            keys = {depends.PERCENTILE + key for key in moved}
            services.rebuild_readers(keys, actor=SYSTEM, cause=PERCENTILES)
            scores.rebuild_readers(keys)


def _stored() -> dict[tuple[str, Decimal], Decimal | None]:
    rows = Percentile.objects.values_list("property", "percent", "value")
    return {(key, percent): found for key, percent, found in rows}


def _read_by_lists() -> set[cutoffs.Cut]:
    """What the live and the latest versions of active lists compare with."""
    rows = Segment.objects.filter(kind=Segment.Kind.ACTIVE).values_list("pk", "live_version", "version", "keys")
    reading = [(pk, {live, latest}) for pk, live, latest, keys in rows if _reads_percentiles(keys)]
    known = catalogue.current()
    found: set[cutoffs.Cut] = set()
    for pk, numbers in reading:
        versions = SegmentVersion.objects.filter(segment_id=pk, number__in=numbers)
        for definition in versions.values_list("definition", flat=True):
            with suppress(InvalidInput):  # A list that cannot be read any more says so itself.
                found |= cutoffs.cuts(load(definition, known))
    return found


def _read_by_scores() -> set[cutoffs.Cut]:
    """What the rules of scores compare with."""
    known = catalogue.current()
    found: set[cutoffs.Cut] = set()
    for model in scores.followed():
        if _reads_percentiles(model.keys):
            with suppress(InvalidInput):
                rules = scheme.load(model.definition, known).rules()
                found = found.union(*(cutoffs.cuts(tree) for _at, rule in rules for tree in rule.ladder))
    return found


def _reads_percentiles(keys: Collection[str]) -> bool:
    return any(key.removeprefix(depends.COLLEAGUE).startswith(depends.PERCENTILE) for key in keys)
