"""The queue for sales: who comes first by a score, why, what changed, who looks after them, and what is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from contacts.fields import LIFECYCLE_STAGES
from contacts.lifecycle import BEYOND
from contacts.models import Contact, Task
from contacts.timeline import mail_types
from crmseg.access.models import User

from .. import catalogue, sentences
from ..models import Score, ScoreModel
from . import history
from .schema import DIGITS, GRADES, LETTERS

CHANGED_WITHIN = timedelta(days=7)
REASONS = 3
ME, NONE, ALL = "me", "none", "all"
_TOUCHES = """
    SELECT DISTINCT ON (contact_id) contact_id, at, what FROM (
        SELECT contact_id, created_at AS at, 'note' AS what FROM contacts_note WHERE contact_id = ANY(%(ids)s)
         UNION ALL
        SELECT contact_id, done_at, 'task' FROM contacts_task
         WHERE contact_id = ANY(%(ids)s) AND done_at IS NOT NULL
         UNION ALL
        SELECT asked.id, sent.occurred_at, sent.name
          FROM unnest(%(ids)s::bigint[]) AS asked (id)
         CROSS JOIN LATERAL (
               SELECT e.occurred_at, t.name FROM contacts_event AS e JOIN contacts_eventtype AS t ON t.id = e.type_id
                WHERE e.contact_id = asked.id AND e.occurred_at <= %(now)s
                  AND e.type_id IN (SELECT id FROM contacts_eventtype WHERE name = ANY(%(sent)s))
                ORDER BY e.occurred_at DESC LIMIT 1) AS sent
    ) AS touched
     ORDER BY contact_id, at DESC
"""


@dataclass(frozen=True)
class Asked:
    """What the queue is narrowed by. `stage` is a stage, everybody (`all`), or nothing: those who are no customers."""

    q: str = ""
    owner: str = ""
    grade: str = ""
    stage: str = ""

    @property
    def narrows(self) -> bool:
        return any((self.q, self.owner, self.grade, self.stage))


@dataclass(frozen=True)
class Reason:
    """A rule that holds, and what it gives."""

    said: str
    points: Decimal


@dataclass(frozen=True)
class Touch:
    """When somebody of ours last wrote, did or sent something, and what."""

    at: datetime
    said: str


@dataclass(frozen=True)
class Lead:
    """A row of the queue. `change` is how the score moved within `CHANGED_WITHIN`; 0 where it did not."""

    score: Score
    change: Decimal = Decimal(0)
    why: Sequence[Reason] = field(default_factory=list)
    more: int = 0
    touch: Touch | None = None
    task: Task | None = None

    @property
    def contact(self) -> Contact:
        return self.score.contact

    @property
    def in_short(self) -> str:
        return "; ".join(one.said for one in self.why)


def rows(model: ScoreModel, asked: Asked, user: User | None) -> QuerySet[Score]:
    """Who is in the queue, in no order. Whoever asks is a person, or a program without leads of its own."""
    found = Score.objects.filter(model=model).select_related("contact__company")
    if asked.owner == ME and user is not None:
        found = found.filter(contact__owner__in=names_of(user))
    elif asked.owner == NONE:
        found = found.filter(contact__owner=None)
    elif asked.owner:
        found = found.filter(contact__owner=asked.owner)
    if asked.grade:
        found = found.filter(grade__in=[grade for grade in GRADES if asked.grade in (grade, grade[0], grade[1])])
    if not asked.stage:
        found = found.filter(Q(contact__lifecycle_stage=None) | ~Q(contact__lifecycle_stage__in=BEYOND))
    elif asked.stage != ALL:
        found = found.filter(contact__lifecycle_stage=asked.stage)
    for word in asked.q.split()[:5]:
        named = Q(contact__first_name__icontains=word) | Q(contact__last_name__icontains=word)
        found = found.filter(named | Q(contact__email__icontains=word) | Q(contact__company__name__icontains=word))
    return found


def leads(model: ScoreModel, scores: Sequence[Score], now: datetime) -> list[Lead]:
    """The rows of one page with all that is told of each, in a constant number of statements."""
    ids = [score.contact_id for score in scores]
    before = history.points_before(model.key, ids, now - CHANGED_WITHIN)
    touched, next_steps, said = touches(ids, now), next_tasks(ids), rule_words(model)
    found = []
    for score in scores:
        pk = score.contact_id
        why = reasons(score, said)
        change = score.points - before[pk] if pk in before else Decimal(0)
        found.append(Lead(score, change, why[:REASONS], len(why[REASONS:]), touched.get(pk), next_steps.get(pk)))
    return found


def reasons(score: Score, said: Mapping[tuple[int, int], str]) -> list[Reason]:
    """What makes up a score, the weightiest first; what a later version took away is left out."""
    parts = sorted(score.parts, key=lambda part: -abs(Decimal(str(part[2]))))
    return [
        Reason(said[part[0], part[1]], Decimal(str(part[2])))
        for part in parts
        if (part[0], part[1]) in said and Decimal(str(part[2]))
    ]


def rule_words(model: ScoreModel) -> dict[tuple[int, int], str]:
    """Each rule by its place: its name, or what its definition says."""
    known = None
    found = {}
    for group_at, group in enumerate(model.definition.get("groups", [])):
        for rule_at, rule in enumerate(group["rules"]):
            said = rule.get("name")
            if not said:
                known = known or catalogue.current()
                said = sentences.sentence_of(rule["definition"], known)
            found[group_at, rule_at] = said
    return found


def touches(ids: Sequence[int], now: datetime) -> dict[int, Touch]:
    sent = [name for name in mail_types() if name.endswith((" Sent", " Delivered"))]
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHES, {"ids": list(ids), "sent": sent, "now": now})
        return {pk: Touch(at, _touch_words(what)) for pk, at, what in cursor.fetchall()}


def _touch_words(what: str) -> str:
    match what:
        case "note":
            return _("Note")
        case "task":
            return _("Task done")
        case _:
            return what


def next_tasks(ids: Sequence[int]) -> dict[int, Task]:
    """The open task of each that is due first; those without a day come after all others."""
    open_tasks = Task.objects.filter(contact__in=list(ids), done_at=None).select_related("owner")
    ordered = open_tasks.order_by("contact", "due_at", "pk").distinct("contact")
    return {task.contact_id: task for task in ordered}


def names_of(user: User) -> list[str]:
    """How a person may be written as the owner of a contact."""
    return list(dict.fromkeys([str(user), user.email]))


def people() -> list[str]:
    """Who may be made an owner: those who sign in."""
    return [str(user) for user in User.objects.filter(is_active=True).order_by("name", "email")[:200]]


def read(given: Mapping[str, Any]) -> Asked:
    """What makes no sense is passed over."""
    words = {name: str(given.get(name, "")).replace("\x00", "").strip()[:100] for name in ("q", "owner")}
    grade, stage = given.get("grade", ""), given.get("stage", "")
    return Asked(
        **words,
        grade=grade if grade in (*GRADES, *LETTERS, *DIGITS) else "",
        stage=stage if stage in (ALL, *LIFECYCLE_STAGES) else "",
    )
