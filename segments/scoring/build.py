"""Score everyone by the latest version of a model, block after block, while changes go on.

Each block is one transaction that holds its contacts, writes their scores, and saves how far the build came: killed
anywhere, it goes on at the block that was not finished. Whoever changes meanwhile is scored by the same version, so
nothing is looked at twice. At the end the lists that read the score are built anew, once, and not contact by contact.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from .. import services as lists
from ..engine import locks
from ..engine.build import SCORES
from ..engine.plan import BLOCK
from ..engine.refresh import note_due
from ..models import ScoreBuild, ScoreModel
from ..reading import forms_of
from . import follow, history, selectors, tasks
from .plan import Scored, evaluate

LEASE = timedelta(seconds=30)
_log = logging.getLogger(__name__)


class _Lost(Exception):
    """Somebody else goes on with this build, or nobody needs it any more."""


def run_waiting() -> int:
    """Do every build that is nobody's; return how many models went live."""
    live = 0
    while (build := _claim()) is not None:
        try:
            live += _run(build)
        except (OperationalError, InterfaceError):
            raise  # The database went away: the lease runs out, and the build goes on from there.
        except Exception as error:
            _fail(build, f"{type(error).__name__}: {error}"[:1000])
            raise
    return live


def queue(model: ScoreModel) -> ScoreBuild:
    """Score everyone by the model's latest version, in the background. The caller holds the model."""
    supersede(model)
    model.state, model.error = ScoreModel.State.BUILDING, ""
    model.save(update_fields=["state", "error", "updated_at"])
    tasks.ring_builds()
    return ScoreBuild.objects.create(model=model, version=model.version)


def supersede(model: ScoreModel) -> None:
    selectors.open_builds().filter(model=model).update(
        state=ScoreBuild.State.SUPERSEDED, finished_at=clock.now(), lease_until=None
    )


def _claim() -> ScoreBuild | None:
    with transaction.atomic():
        build = selectors.waiting_builds().select_for_update(skip_locked=True).first()
        if build is not None:
            build.state, build.lease_until = ScoreBuild.State.RUNNING, clock.now() + LEASE
            build.total = Contact.objects.count()
            build.save(update_fields=["state", "lease_until", "total"])
    return build


def _run(build: ScoreBuild) -> bool:
    model = follow.compiled(build.model_id, build.version)
    if model is None:
        _fail(build, "The definition cannot be read any more.")
        return False
    try:
        while (first := _next(build.position)) is not None:
            _score_block(build, model, first // locks.BLOCK)
        _finish(build, model)
    except _Lost:
        return False
    return True


def _next(position: int) -> int | None:
    """The first contact from `position` on."""
    return Contact.objects.filter(pk__gte=position).order_by("pk").values_list("pk", flat=True).first()


def _score_block(build: ScoreBuild, model: Scored, block: int) -> None:
    first, last = block * locks.BLOCK, (block + 1) * locks.BLOCK - 1
    with transaction.atomic():
        locks.lock_contacts([first])
        now = clock.now()
        found = evaluate([model], now, BLOCK, first_id=first, last_id=last)
        moved = follow.store([model], found, now)
        if model.reads_clock:
            due = {pk: at for pk, at in zip(found.ids, found.due, strict=True) if at}
            note_due([], due, exact=False)
        # Whoever saved another position goes on with this build; whoever stopped it wants no more of it.
        mine = ScoreBuild.objects.filter(pk=build.pk, state=ScoreBuild.State.RUNNING, position=build.position)
        if not mine.update(
            position=last + 1, done=F("done") + len(found.ids), moved=F("moved") + len(moved), lease_until=now + LEASE
        ):
            raise _Lost
    build.position = last + 1


def _finish(build: ScoreBuild, model: Scored) -> None:
    """The model is live; what reads its score looks at everyone again."""
    with transaction.atomic():
        locks.lock_graph()
        done = ScoreBuild.objects.filter(pk=build.pk, state=ScoreBuild.State.RUNNING, position=build.position)
        if not done.update(state=ScoreBuild.State.DONE, finished_at=clock.now(), lease_until=None):
            raise _Lost
        ScoreModel.objects.filter(pk=build.model_id).update(state=ScoreModel.State.LIVE, error="")
        build.refresh_from_db(fields=["moved"])
        if build.moved:
            keys = [form for key in history.names_of(model.key) for form in forms_of(f"attribute:{key}")]
            lists.rebuild_readers(keys, actor=SYSTEM, cause=SCORES)
            rebuild_readers(keys, but=build.model_id)


def followed() -> QuerySet[ScoreModel]:
    """The models that scores follow now, or would, had they not failed."""
    return ScoreModel.objects.filter(archived_at=None).exclude(state=ScoreModel.State.DRAFT).order_by("pk")


def rebuild_readers(keys: Collection[str], *, but: int | None = None) -> int:
    """Score everyone again by the models that read one of these keys; return how many those are."""
    with transaction.atomic():
        reading = followed().filter(keys__overlap=sorted(keys)).select_for_update(no_key=True)
        models = [model for model in reading if model.pk != but]
        for model in models:
            queue(model)
    return len(models)


def _fail(build: ScoreBuild, error: str) -> None:
    failed = ScoreBuild.objects.filter(pk=build.pk, state=ScoreBuild.State.RUNNING).update(
        state=ScoreBuild.State.FAILED, error=error, finished_at=clock.now(), lease_until=None
    )
    if failed:
        _log.error("Score model %s could not be built: %s", build.model_id, error)
        ScoreModel.objects.filter(pk=build.model_id, version=build.version).update(
            state=ScoreModel.State.FAILED, error=error
        )
