"""Hold the scores against the truth, found by another path than the one that wrote them.

Each rung of each rule is evaluated by its plain statement, against the lists as they are stored; what the answers add
up to is compared with what is kept of everyone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection

from contacts.models import Contact

from ..engine import plain
from ..models import Score
from . import follow
from .plan import Scored

_CHUNK = 10_000


@dataclass
class Difference:
    """What is wrong with the scores of one model: the contacts whose score, grade or parts are others."""

    model_id: int
    contacts: list[int] = field(default_factory=list)


def compare(now: datetime, waiting: Sequence[int]) -> list[Difference]:
    """Every model that is followed, but for the contacts that wait to be looked at."""
    models = follow.current()
    if not models:
        return []
    ids = np.array(Contact.objects.order_by("pk").values_list("pk", flat=True), np.int64)
    left_out = np.isin(ids, np.array(waiting, np.int64))
    found = [Difference(model.id, _compare(model, ids[~left_out], now, set(waiting))) for model in models]
    return [difference for difference in found if difference.contacts]


def _compare(model: Scored, ids: np.ndarray[Any, np.dtype[np.int64]], now: datetime, waiting: set[int]) -> list[int]:
    held = np.zeros((len(ids), len(model.rungs)), np.bool_)
    for place, rung in enumerate(model.rungs):
        params = rung.listed.params()
        with connection.cursor() as cursor:
            cursor.execute(plain.matching(rung.listed.tree, params), params.at(now))
            held[:, place] = np.isin(ids, np.array([pk for (pk,) in cursor], np.int64))
    kept = dict(_kept(model))
    wrong = {pk for pk in kept.keys() - set(ids.tolist()) if pk not in waiting}
    for pk, verdict in zip(ids.tolist(), model.verdicts(held), strict=True):
        if kept.get(pk) != (verdict.points, verdict.fit, verdict.engagement, verdict.grade):
            wrong.add(pk)
    return sorted(wrong)


def _kept(model: Scored) -> Iterator[tuple[int, tuple[Any, ...]]]:
    rows = Score.objects.filter(model=model.id).values_list("contact", "points", "fit", "engagement", "grade")
    for pk, *kept in rows.iterator(chunk_size=_CHUNK):
        yield pk, tuple(kept)
