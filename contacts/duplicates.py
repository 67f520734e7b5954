"""Contacts that may be one person: looked for by a worker, rule by rule over everybody, and kept until decided upon.

A pair that somebody called different people is remembered and not offered again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from crmseg.common import clock
from crmseg.common.actor import Actor

from . import signals
from .freemail import FREEMAIL
from .models import Duplicate, DuplicateScan

LEASE = timedelta(minutes=10)
MOST_PAIRS = 200_000
# Of a few who share something every pair is offered, of more each with the eldest; of a crowd none: a switchboard's
# number or a family's address says little.
FEW, CROWD = 6, 50
_NAMED = "first_name IS NOT NULL AND last_name IS NOT NULL"
_NAME = "lower(trim(first_name)) || ' ' || lower(trim(last_name)) || ' '"


@dataclass(frozen=True)
class Rule:
    """Who shares `key` may be one person; the heavier, the likelier."""

    reason: str
    label: str | Promise
    weight: int
    key: str
    where: str


# Providers deliver all of these to one mailbox; the address as written is unique anyhow.
_MAILBOX = """
    CASE WHEN lower(email) LIKE '%%@gmail.com' OR lower(email) LIKE '%%@googlemail.com'
         THEN replace(split_part(split_part(lower(email), '@', 1), '+', 1), '.', '') || '@gmail.com'
         ELSE split_part(split_part(lower(email), '@', 1), '+', 1) || '@' || split_part(lower(email), '@', -1) END
"""
RULES = (
    Rule("email", _("same mailbox"), 8, _MAILBOX, "split_part(lower(email), '@', -1) = ANY(%(freemail)s)"),
    Rule("phone", _("same phone"), 6, "phone", "phone IS NOT NULL"),
    Rule(
        "name_birth",
        _("same name and birth date"),
        4,
        f"{_NAME} || birth_date::text",
        f"{_NAMED} AND birth_date IS NOT NULL",
    ),
    Rule(
        "name_company", _("same name and company"), 3, f"{_NAME} || company_id", f"{_NAMED} AND company_id IS NOT NULL"
    ),
    Rule(
        "name_postal",
        _("same name and postal code"),
        2,
        f"{_NAME} || upper(replace(postal_code, ' ', ''))",
        f"{_NAMED} AND postal_code IS NOT NULL",
    ),
)
LABELS = {rule.reason: rule.label for rule in RULES}
_TABLE = """
    CREATE TEMPORARY TABLE contacts_found (first_id bigint, second_id bigint, reason text, weight int) ON COMMIT DROP
"""
# Keys are counted before anybody is gathered, so that those who share nothing cost no memory.
_FIND = """
    WITH keyed AS MATERIALIZED (SELECT id, {key} AS key FROM contacts_contact WHERE {where}),
         shared AS (SELECT key FROM keyed GROUP BY key HAVING count(*) BETWEEN 2 AND %(crowd)s),
         people AS (SELECT key, array_agg(id ORDER BY id) AS ids FROM keyed JOIN shared USING (key) GROUP BY key)
    INSERT INTO contacts_found
    SELECT one.id, two.id, %(reason)s, %(weight)s
      FROM people,
           unnest(ids) WITH ORDINALITY AS one (id, place),
           unnest(ids) WITH ORDINALITY AS two (id, place)
     WHERE one.place < two.place AND (cardinality(ids) <= %(few)s OR one.place = 1)
     LIMIT %(most)s
"""
_KEEP = """
    INSERT INTO contacts_duplicate (first_id, second_id, reasons, weight, found_at, dismissed_by)
    SELECT first_id, second_id, jsonb_agg(reason ORDER BY weight DESC), sum(weight), %s, ''
      FROM contacts_found GROUP BY first_id, second_id
    ON CONFLICT (first_id, second_id) DO UPDATE
       SET reasons = excluded.reasons, weight = excluded.weight, found_at = excluded.found_at
"""
_DROP = """
    DELETE FROM contacts_duplicate AS pair
     WHERE (dismissed_at IS NULL AND found_at < %s)
        OR NOT EXISTS (SELECT FROM contacts_contact WHERE id = pair.first_id)
        OR NOT EXISTS (SELECT FROM contacts_contact WHERE id = pair.second_id)
"""


def offered(*, reason: str = "", dismissed: bool = False) -> QuerySet[Duplicate]:
    rows = Duplicate.objects.filter(dismissed_at__isnull=not dismissed)
    return rows.filter(reasons__contains=[reason]) if reason in LABELS else rows


def of_contact(contact_id: int) -> QuerySet[Duplicate]:
    """The likeliest others, first."""
    return offered().filter(Q(first_id=contact_id) | Q(second_id=contact_id)).order_by("-weight", "-pk")


def dismiss(pair_ids: Sequence[int], *, actor: Actor) -> int:
    """These are different people."""
    rows = Duplicate.objects.filter(pk__in=pair_ids, dismissed_at=None)
    return rows.update(dismissed_at=clock.now(), dismissed_by=str(actor))


def offer_again(pair_ids: Sequence[int]) -> int:
    return Duplicate.objects.filter(pk__in=pair_ids).update(dismissed_at=None, dismissed_by="")


def latest_scan() -> DuplicateScan | None:
    return DuplicateScan.objects.filter(pk=1).first()


def is_looking(scan: DuplicateScan | None) -> bool:
    return scan is not None and scan.asked_at is not None


def ask() -> None:
    """Have a worker look, unless one is about to."""
    with transaction.atomic():
        DuplicateScan.objects.get_or_create(pk=1)
        if DuplicateScan.objects.filter(pk=1, asked_at=None).update(asked_at=clock.now()):
            transaction.on_commit(lambda: signals.duplicates_asked.send_robust(sender=None), robust=True)


def is_waiting() -> bool:
    """Whether somebody asked, and nobody looks."""
    return DuplicateScan.objects.filter(_free()).exists()


def look() -> bool:
    """Look through everybody, if that was asked for and nobody does already."""
    if not DuplicateScan.objects.filter(_free()).update(lease_until=clock.now() + LEASE):
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        now = clock.now()
        cursor.execute(_TABLE)
        for rule in RULES:
            cursor.execute(
                _FIND.format(key=rule.key, where=rule.where),
                {
                    "freemail": sorted(FREEMAIL),
                    "reason": rule.reason,
                    "weight": rule.weight,
                    "few": FEW,
                    "crowd": CROWD,
                    "most": MOST_PAIRS,
                },
            )
        cursor.execute(_KEEP, [now])
        cursor.execute(_DROP, [now])
        cursor.execute("DROP TABLE contacts_found")
        DuplicateScan.objects.filter(pk=1).update(asked_at=None, lease_until=None, finished_at=now)
    return True


def _free() -> Q:
    return Q(asked_at__isnull=False) & (Q(lease_until=None) | Q(lease_until__lt=clock.now()))
