"""Write scores, and note in the same statement what they were: the history that definitions and sparklines read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from contacts.models import AttributeHistory, Contact

from ..models import Score
from .plan import Scored, Verdict

ACTOR = "system:scores"
_KEPT = """
    SELECT contact_id, model_id, version, points, fit, engagement, grade, parts::text, due_at
      FROM segments_score WHERE contact_id = ANY(%s) AND model_id = ANY(%s)
"""
# The first score of somebody is no change: nothing is noted of what it was before.
_WRITE = """
    WITH given AS MATERIALIZED (
        SELECT * FROM unnest(%(contacts)s::bigint[], %(models)s::bigint[], %(versions)s::int[], %(points)s::numeric[],
                             %(fit)s::numeric[], %(engagement)s::numeric[], %(grades)s::text[], %(parts)s::jsonb[],
                             %(due)s::timestamptz[])
               AS one (contact_id, model_id, version, points, fit, engagement, grade, parts, due_at)
    ), before AS MATERIALIZED (
        SELECT score.contact_id, score.model_id, score.points, score.fit, score.engagement, score.grade
          FROM segments_score AS score JOIN given USING (contact_id, model_id)
    ), written AS (
        INSERT INTO segments_score AS kept (contact_id, model_id, version, points, fit, engagement, grade, parts,
                                            due_at, changed_at)
        SELECT given.*, %(now)s FROM given
        ON CONFLICT (model_id, contact_id) DO UPDATE
           SET version = excluded.version, points = excluded.points, fit = excluded.fit,
               engagement = excluded.engagement, grade = excluded.grade, parts = excluded.parts,
               due_at = excluded.due_at,
               changed_at = CASE WHEN (kept.points, kept.grade) = (excluded.points, excluded.grade)
                                 THEN kept.changed_at ELSE excluded.changed_at END
         WHERE (kept.version, kept.points, kept.fit, kept.engagement, kept.grade, kept.parts, kept.due_at)
               IS DISTINCT FROM (excluded.version, excluded.points, excluded.fit, excluded.engagement, excluded.grade,
                                 excluded.parts, excluded.due_at)
    ), moved AS (
        SELECT given.contact_id, given.model_id, before.contact_id IS NULL AS is_new,
               before.points AS old_points, given.points, before.grade AS old_grade, given.grade,
               before.points IS DISTINCT FROM given.points AS points_moved,
               before.grade IS DISTINCT FROM given.grade AS grade_moved,
               before.fit IS DISTINCT FROM given.fit AS fit_moved,
               before.engagement IS DISTINCT FROM given.engagement AS engagement_moved
          FROM given LEFT JOIN before USING (contact_id, model_id)
    ), noted AS (
        INSERT INTO contacts_attributehistory (contact_id, key, old, new, at, actor)
        SELECT moved.contact_id, named.key,
               CASE named.graded WHEN true THEN to_jsonb(moved.old_grade) ELSE to_jsonb(moved.old_points) END,
               CASE named.graded WHEN true THEN to_jsonb(moved.grade) ELSE to_jsonb(moved.points) END,
               %(now)s, %(actor)s
          FROM moved
          JOIN unnest(%(named_models)s::bigint[], %(named)s::text[], %(named_graded)s::boolean[])
               AS named (model_id, key, graded) USING (model_id)
         WHERE NOT moved.is_new AND CASE named.graded WHEN true THEN moved.grade_moved ELSE moved.points_moved END
    )
    SELECT contact_id, model_id, points_moved, grade_moved, fit_moved, engagement_moved
      FROM moved
     WHERE points_moved OR grade_moved OR fit_moved OR engagement_moved
"""


class Row(NamedTuple):
    """What a model gives a contact, and when time may next move that."""

    model: Scored
    contact_id: int
    verdict: Verdict
    due_at: datetime | None


def write(rows: Sequence[Row], names: Mapping[int, Names], now: datetime) -> dict[int, set[str]]:
    """Write what differs; return the dependency keys that moved, of each contact of whom any did.

    The caller holds the contacts. Safe to repeat.
    """
    rows = _differing(rows)
    if not rows:
        return {}
    labels = [
        (pk, key, graded) for pk, own in names.items() for key, graded in ((own.points, False), (own.grade, True))
    ]
    given: dict[str, Any] = {
        "contacts": [row.contact_id for row in rows],
        "models": [row.model.id for row in rows],
        "versions": [row.model.version for row in rows],
        "points": [row.verdict.points for row in rows],
        "fit": [row.verdict.fit for row in rows],
        "engagement": [row.verdict.engagement for row in rows],
        "grades": [row.verdict.grade for row in rows],
        "parts": [_as_text(row.verdict) for row in rows],
        "due": [row.due_at for row in rows],
        "named_models": [pk for pk, _key, _graded in labels],
        "named": [key for _pk, key, _graded in labels],
        "named_graded": [graded for _pk, _key, graded in labels],
        "now": now,
        "actor": ACTOR,
    }
    moved: dict[int, set[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, given)
        for contact_id, model_id, *which in cursor:
            keys = zip(names[model_id], which, strict=True)
            moved.setdefault(contact_id, set()).update(f"attribute:{key}" for key, did in keys if did)
    return moved


def _differing(rows: Sequence[Row]) -> list[Row]:
    """Those that are not kept as they are. Mostly nothing differs, and looking costs less than writing."""
    asked = sorted({row.contact_id for row in rows}), sorted({row.model.id for row in rows})
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, list(asked))
        kept = {(contact_id, model_id): tuple(values) for contact_id, model_id, *values in cursor}
    return [row for row in rows if kept.get((row.contact_id, row.model.id)) != _as_kept(row)]


def _as_kept(row: Row) -> tuple[Any, ...]:
    verdict = row.verdict
    parts = _as_text(verdict)
    return row.model.version, verdict.points, verdict.fit, verdict.engagement, verdict.grade, parts, row.due_at


def _as_text(verdict: Verdict) -> str:
    """The parts as the database writes JSON, so that equal ones are equal texts."""
    each = ", ".join([f"[{group}, {rule}, {points:f}]" for group, rule, points in verdict.parts])
    return f"[{each}]"


class Names(NamedTuple):
    """The properties that a model gives every contact."""

    points: str
    grade: str
    fit: str
    engagement: str


def names_of(key: str) -> Names:
    """`lead_score` → its points, `lead_grade`, `lead_score_fit` and `lead_score_engagement`."""
    return Names(key, f"{key.removesuffix('_score')}_grade", f"{key}_fit", f"{key}_engagement")


@dataclass(frozen=True)
class Change:
    """A score or a grade as it was, and as it became."""

    at: datetime
    old: Any
    new: Any


def points_of(key: str, contact_id: int) -> list[Change]:
    """How the score moved, the earliest first."""
    return _changes(names_of(key).points, contact_id)


def grades_of(key: str, contact_id: int) -> list[Change]:
    return _changes(names_of(key).grade, contact_id)


def score_at(changes: Sequence[Change], now_score: Decimal, at: datetime) -> Decimal:
    """What the score was at an instant, from what it is now and its changes."""
    later = next((change for change in changes if change.at > at), None)
    return now_score if later is None else Decimal(str(later.old))


def known_since(score: Score, changes: Sequence[Change], contact: Contact) -> datetime:
    """From when on one can say what the score was: before somebody was first scored, it was nothing."""
    return max(score.model.created_at, contact.created_at) if changes else score.changed_at


def points_before(key: str, contact_ids: Iterable[int], since: datetime) -> dict[int, Decimal]:
    """The scores at `since` of those whose score moved after it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT ON (contact_id) contact_id, (old #>> '{}')::numeric
              FROM contacts_attributehistory
             WHERE contact_id = ANY(%s) AND key = %s AND at > %s AND jsonb_typeof(old) = 'number'
             ORDER BY contact_id, at, id
            """,
            [list(contact_ids), names_of(key).points, since],
        )
        return dict(cursor.fetchall())


def _changes(key: str, contact_id: int) -> list[Change]:
    rows = AttributeHistory.objects.filter(contact_id=contact_id, key=key).order_by("at", "id")
    return [Change(at, old, new) for at, old, new in rows.values_list("at", "old", "new")]
