"""Keep scores true: whoever is refreshed is scored after his lists, under the same locks and in the same transaction.

What moves goes into the change log where a list or another model reads it, so lists of scores follow within the second.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection

from contacts import signals
from crmseg.access import account
from crmseg.common.problems import InvalidInput

from .. import catalogue
from ..definition import depends
from ..engine import changes, colleagues
from ..engine.live import QUIET
from ..models import Score, ScoreModel, ScoreModelVersion, Segment
from ..reading import forms_of
from . import history, load
from .plan import Found, Scored, evaluate, scored

Keys = Mapping[int, Collection[str]]
FOLLOWED = (ScoreModel.State.BUILDING, ScoreModel.State.LIVE)
# Of a model that nobody follows the clock must not ring: nobody would look, and it would ring for ever.
_DUE = """
    SELECT score.contact_id, min(score.due_at)
      FROM segments_score AS score JOIN segments_scoremodel AS model ON model.id = score.model_id
     WHERE score.contact_id = ANY(%s) AND score.due_at IS NOT NULL
       AND model.archived_at IS NULL AND model.state = ANY(%s)
     GROUP BY score.contact_id
"""
_log = logging.getLogger(__name__)
_compiled: dict[int, tuple[tuple[int, datetime], Scored]] = {}


def look(moved: Keys, now: datetime) -> Keys:
    """Score the contacts of `moved` by the models that read what moved; return what moved by that."""
    models = current()
    if not models:
        return {}
    reads = frozenset[str]().union(*(model.colleague_keys for model in models))
    if reads:
        colleagues.tell(moved, reads, now)
    keys = frozenset[str]().union(*moved.values())
    touched = models if depends.EVERYTHING in keys else [one for one in models if not one.keys.isdisjoint(keys)]
    if not touched:
        return {}
    found = evaluate(touched, now, ids=sorted(moved))
    if gone := moved.keys() - set(found.ids):
        Score.objects.filter(contact_id__in=gone).delete()
    score_keys = store(touched, found, now)
    quiet = {pk for pk in score_keys if QUIET in moved[pk]}
    tell({pk: keys for pk, keys in score_keys.items() if pk not in quiet}, now)
    tell({pk: {*keys, QUIET} for pk, keys in score_keys.items() if pk in quiet}, now)
    return score_keys


def due(contact_ids: Sequence[int]) -> dict[int, datetime]:
    """When time alone may next move a score of each."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [list(contact_ids), list(FOLLOWED)])
        return dict(cursor.fetchall())


def store(models: Sequence[Scored], found: Found, now: datetime) -> dict[int, set[str]]:
    """Write what differs from what is kept; return the keys that moved, by contact."""
    rows = [
        # A model that does not look at the clock is not asked when it rings.
        history.Row(model, pk, verdict, at if model.reads_clock else None)
        for model in models
        for pk, verdict, at in zip(found.ids, found.verdicts[model.id], found.due, strict=True)
    ]
    return history.write(rows, {model.id: history.names_of(model.key) for model in models}, now)


def tell(moved: Keys, now: datetime) -> None:
    """Have lists and other models look again at those whose scores moved, where any of them reads that."""
    keys = frozenset[str]().union(*moved.values()) if moved else frozenset()
    read = {key for key in keys if _is_read(key)}
    by_keys: dict[frozenset[str], list[int]] = {}
    for pk, own in moved.items():
        if told := read.intersection(own):
            by_keys.setdefault(frozenset(told | ({QUIET} & set(own))), []).append(pk)
    for together, contact_ids in by_keys.items():
        changes.tell(contact_ids, sorted(together), now)
        signals.ring()


def current() -> list[Scored]:
    """The models that scores follow now. One that cannot be read any more fails by itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, version, updated_at FROM segments_scoremodel"
            " WHERE archived_at IS NULL AND state = ANY(%s) ORDER BY id",
            [list(FOLLOWED)],
        )
        rows = cursor.fetchall()
    found = [_kept(*row) for row in rows]
    return [one for one in found if one is not None]


def compiled(model_id: int, version: int) -> Scored | None:
    """One version of a model, ready to evaluate; the model fails where it cannot be read."""
    account.forget()  # A change of the account's zone is a change of every score: it must not be seen late.
    known = catalogue.current()
    saved = ScoreModelVersion.objects.select_related("model").filter(model=model_id, number=version).first()
    if saved is None:
        return None
    try:
        scheme = load.load(saved.definition, known)
    except InvalidInput as invalid:
        _log.error("Score model %s, version %s, cannot be read: %s", model_id, version, invalid)
        ScoreModel.objects.filter(pk=model_id).update(state=ScoreModel.State.FAILED, error=str(invalid))
        return None
    return scored(
        scheme, known, id=model_id, version=version, key=saved.model.key, link=saved.link, intercept=saved.intercept
    )


def _kept(model_id: int, version: int, touched_at: datetime) -> Scored | None:
    """Compiled once, and again when the model was touched: what its conditions mean may have changed with it."""
    settings = account.current()
    counts = settings.time_zone, settings.currency, settings.fiscal_start_month
    stamp, found = _compiled.get(model_id, (None, None))
    if found is None or stamp != (version, touched_at) or found.counts != counts:
        found = compiled(model_id, version)
        if found is not None:
            _compiled[model_id] = (version, touched_at), found
    return found


def _is_read(key: str) -> bool:
    """Whether a list or a model reads the key, live or about to be."""
    forms = list(forms_of(key)[:2])
    if Segment.objects.filter(keys__overlap=forms).exists():
        return True
    return ScoreModel.objects.filter(keys__overlap=forms, archived_at=None, state__in=FOLLOWED).exists()
