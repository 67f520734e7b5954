"""Learning as a job: the evidence is gathered part by part, each saved in its own transaction, and fitted at the end.

The past is cut into moments, each so many days before the next. At each, everybody who was known and had not converted
counts once: which conditions held then, and whether the conversion came before the next moment. The last moment is
held out and judges what was learned from the earlier ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job
from crmseg.jobs.step import Cancelled, Step

from ... import catalogue, sentences
from ...definition import depends
from ...definition.dump import dump
from ...definition.load import load
from ...definition.nodes import Node, active
from ...models import Fitting, FittingPart
from . import goals, past, regression
from .regression import Matrix

KIND = "segments.learn_score"
LEARNED = 3
"""Moments to learn from; one more is held out."""
MOMENTS = LEARNED + 1
NEEDED, NEEDED_LATER = 100, 25
"""Conversions to learn from, and later ones to judge by."""
MOST_PEOPLE = 60_000
MOST_FEATURES = 150
DAYS = (7, 365)
_SEEN = """
    SELECT c.id, LEAST(c.created_at, (SELECT min(e.occurred_at) FROM contacts_event AS e WHERE e.contact_id = c.id))
      FROM contacts_contact AS c WHERE c.id = ANY(%s)
"""


def start(
    *,
    name: object,
    goal: object,
    days: object,
    features: object,
    problems: Sequence[Problem] = (),
    user: User | None,
    actor: Actor,
) -> Fitting:
    """Queue a fit. Raises InvalidInput with every problem, those that were found before among them. Without features
    the goal must be what is wrong."""
    if not regression.is_installed():
        raise InvalidInput(_("Learning needs the extra “insights”, which is not installed here."))
    problems = list(problems)
    wanted: dict[str, Any] = {}
    readers = (("goal", goal, goals.read), ("days", days, _days), ("name", name, _name))
    for field, raw, reader in readers:
        try:
            wanted[field] = reader(raw)
        except InvalidInput as error:
            problems += error.problems
    try:
        if features is not None or "goal" in wanted:
            wanted["features"] = _features(features, wanted.get("goal"))
    except InvalidInput as error:
        problems += error.problems
    if problems:
        raise InvalidInput(problems)
    goal_read: goals.Goal = wanted["goal"]
    with acting(actor):
        fitting = Fitting.objects.create(
            name=wanted["name"] or goal_read.label,
            goal=goal_read.plain(),
            days=wanted["days"],
            features=wanted["features"],
            as_of=clock.now(),
            created_by=user,
        )
        fitting.job = jobs.start(
            KIND, {"fitting": fitting.pk, "name": fitting.name}, user=user, actor=actor, chosen=_people()
        )
        fitting.save(update_fields=["job"])
        audit.record(actor, "created", fitting, {"goal": fitting.goal, "days": fitting.days})
    return fitting


def delete(fitting_id: int, *, actor: Actor) -> None:
    """Raises Fitting.DoesNotExist. A score model that was saved of it stays."""
    with acting(actor):
        fitting = Fitting.objects.select_for_update().get(pk=fitting_id)
        audit.record(actor, "deleted", fitting)
        if fitting.job is not None and fitting.job.is_open:
            jobs.cancel(fitting.job.pk, actor=actor)
        fitting.delete()


def run(job: Job, step: Step) -> None:
    fitting = Fitting.objects.filter(pk=job.params["fitting"]).first()
    if fitting is None:
        raise InvalidInput(_("This was deleted meanwhile."))
    if fitting.found is not None:
        return  # killed after it was done
    goal, known = goals.stored(fitting.goal), past.as_of_then(catalogue.current())
    plan = past.plan_of([_tree(one["definition"], known) for one in fitting.features], known)
    for part in step.parts():
        with transaction.atomic():
            if not Fitting.objects.select_for_update(no_key=True).filter(pk=fitting.pk):
                raise Cancelled
            _gather(fitting, goal, plan, part.number, part.ids)
            step.advance(job.done + len(part.ids), cursor=part.number + 1)
    learn(fitting)


def moments(fitting: Fitting) -> list[datetime]:
    """The earliest first; what followed the last one is held out."""
    return [fitting.as_of - timedelta(days=fitting.days * back) for back in range(MOMENTS, 0, -1)]


def learn(fitting: Fitting) -> None:
    """Fit what was gathered, or say what it would take."""
    width = len(fitting.features)
    had, converted = _gathered(fitting, range(LEARNED), width)
    later_had, later = _gathered(fitting, [LEARNED], width)
    short = _short(int(converted.sum()), int(later.sum()), len(converted), len(later))
    if short:
        fitting.refused, fitting.found = short[0], {"have": short[1], "need": short[2]}
    else:
        fitting.refused, fitting.found = "", regression.fit(had, converted, later_had, later).plain()
    with transaction.atomic():
        fitting.save(update_fields=["refused", "found"])
        FittingPart.objects.filter(fitting=fitting).delete()


def _short(learned: int, later: int, people: int, later_people: int) -> tuple[str, int, int] | None:
    """What there is too little of, how much there is, and what it takes."""
    for kind, have, need in (
        ("conversions", learned, NEEDED),
        ("later", later, NEEDED_LATER),
        ("others", people - learned, NEEDED),
        ("later_others", later_people - later, NEEDED_LATER),
    ):
        if have < need:
            return kind, have, need
    return None


def _gather(fitting: Fitting, goal: goals.Goal, plan: past.PastPlan, number: int, ids: Sequence[int]) -> None:
    when = goal.converted(ids, fitting.as_of)
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, [list(ids)])
        seen = dict(cursor.fetchall())
    for moment, at in enumerate(moments(fitting)):
        until = at + timedelta(days=fitting.days)
        there = sorted(pk for pk, since in seen.items() if since <= at and not _by(when.get(pk), at))
        found, had = past.evaluate(plan, np.array(there, np.int64), at)
        converted = np.array([_by(when.get(pk), until) for pk in found.tolist()], bool)
        FittingPart.objects.update_or_create(
            fitting=fitting,
            moment=moment,
            number=number,
            defaults={
                "people": len(found),
                "had": np.packbits(had).tobytes(),
                "converted": np.packbits(converted).tobytes(),
            },
        )


def _by(at: datetime | None, until: datetime) -> bool:
    return at is not None and at <= until


def _gathered(fitting: Fitting, wanted: Sequence[int], width: int) -> tuple[Matrix, Matrix]:
    parts = FittingPart.objects.filter(fitting=fitting, moment__in=list(wanted)).order_by("moment", "number")
    had, converted = [np.zeros((0, width), bool)], [np.zeros(0, bool)]
    for part in parts.iterator():
        had.append(_bits(part.had, part.people * width).reshape(part.people, width))
        converted.append(_bits(part.converted, part.people))
    return np.concatenate(had), np.concatenate(converted)


def _bits(packed: bytes | memoryview, count: int) -> Matrix:
    return np.unpackbits(np.frombuffer(packed, np.uint8), count=count).astype(bool)


def _people() -> Any:
    """Everybody, or a random share of very many."""
    share = -(-Contact.objects.count() // MOST_PEOPLE)
    people = Contact.objects.order_by("pk")
    if share > 1:
        people = people.filter(pk__in=RawSQL(_SHARE, [share]))
    return people


_SHARE = "SELECT id FROM contacts_contact WHERE abs(hashint8(id)::bigint) %% %s = 0"


def _tree(definition: Any, known: Any) -> Node:
    tree = active(load(definition, known))
    assert tree is not None
    return tree


def _features(raw: object, goal: goals.Goal | None) -> list[dict[str, Any]]:
    """Each `{"name", "definition"}`; equal ones once. What tells the goal itself cannot foretell it."""
    if not isinstance(raw, Sequence) or isinstance(raw, str | bytes) or not raw:
        raise InvalidInput([Problem("/features", _("Choose at least one condition."))])
    if len(raw) > MOST_FEATURES:
        message = _("Choose at most %(most)s conditions.") % {"most": MOST_FEATURES}
        raise InvalidInput([Problem("/features", message)])
    known = catalogue.current()
    problems: list[Problem] = []
    found: dict[Any, dict[str, Any]] = {}
    for place, one in enumerate(raw):
        at = f"/features/{place}"
        if not isinstance(one, Mapping) or "definition" not in one:
            problems.append(Problem(at, _("Expected “definition”.")))
            continue
        problems += [
            Problem(f"{at}/{escape(str(key)[:100])}", _("This key is not known here."))
            for key in one
            if key not in ("name", "definition")
        ]
        if not isinstance(one.get("name") or "", str):
            problems.append(Problem(f"{at}/name", _("Expected a text.")))
        try:
            tree = load(one["definition"], known)
        except InvalidInput as error:
            problems += [problem.under(f"{at}/definition") for problem in error.problems]
            continue
        if reason := unfit(tree, goal):
            problems.append(Problem(f"{at}/definition", reason))
            continue
        definition = dump(tree)
        name = str(one.get("name") or sentences.sentence_of(definition, known)).replace("\x00", "")[:300]
        found.setdefault(active(tree), {"name": name, "definition": definition})
    if problems:
        raise InvalidInput(problems)
    return list(found.values())


def unfit(tree: Node, goal: goals.Goal | None) -> str:
    """Why a condition cannot be learned from; empty where it can."""
    if goal and not goal.keys.isdisjoint(depends.keys(tree)):
        return _("It reads the goal itself.")
    return past.why_not(tree)


def _days(raw: object) -> int:
    low, high = DAYS
    if isinstance(raw, bool) or not isinstance(raw, int) or not low <= raw <= high:
        message = _("Expected a whole number from %(low)s to %(high)s.") % {"low": low, "high": high}
        raise InvalidInput([Problem("/days", message)])
    return raw


def _name(raw: object) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str) or "\x00" in raw or len(raw) > 200:
        raise InvalidInput([Problem("/name", _("Use at most %(limit)s characters.") % {"limit": 200})])
    return raw.strip()
