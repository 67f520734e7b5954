"""Worth follows what contacts do: worked out anew for those whose events moved or whose instant has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import connection

from crmseg.common import prepared

from ..models import Worth
from . import facts, writing
from .lifetime import model
from .lifetime.some import predict_some
from .rules import Rules, current, hold_still

EVERYTHING, CLOCK = "*", "clock"
Keys = Mapping[int, Collection[str]]
_FOLLOW = """
    WITH facts AS MATERIALIZED ({facts}),
         silent AS (SELECT contact_id, {nothing}, NULL::timestamptz AS coming_at FROM contacts_worth AS kept
                     WHERE contact_id = ANY(%(ids)s) AND contact_id NOT IN (SELECT contact_id FROM facts)),
         every AS (SELECT contact_id, {columns}, coming_at FROM facts UNION ALL SELECT * FROM silent),
         {made}
    SELECT contact_id, keys FROM written
"""
_GONE = """
    DELETE FROM contacts_worth
     WHERE contact_id = ANY(%s) AND NOT EXISTS (SELECT FROM contacts_contact WHERE id = contacts_worth.contact_id)
"""


def follow(moved: Keys, now: datetime) -> dict[int, set[str]]:
    """Make the worth of the contacts true whose `moved` keys it is worked out of; return the keys that moved by it.

    Called in a transaction that nobody else looks at these contacts in.
    """
    contact_ids = _affected(moved, current(), now)
    if not contact_ids:
        return {}  # most changes touch nobody's worth, and need not wait while everyone is compared
    hold_still()
    rules = current()  # as they are while everybody holds still
    with connection.cursor() as cursor:
        created = [pk for pk in contact_ids if EVERYTHING in moved[pk]]
        if created:
            cursor.execute(_GONE, [created])
        cursor.execute(*prepared.call(cursor, _statement(rules), {"now": now, "ids": contact_ids}))
        found = {contact_id: set(keys) for contact_id, keys in cursor.fetchall() if keys}
    for contact_id, keys in predict_some(contact_ids, now, model.current(rules.order_event)).items():
        found.setdefault(contact_id, set()).update(keys)
    return found


def due(contact_ids: Sequence[int]) -> dict[int, datetime]:
    """The instant of each at which time alone changes what it is worth."""
    rows = Worth.objects.filter(contact_id__in=contact_ids, next_at__isnull=False)
    return {pk: at for pk, at in rows.values_list("contact_id", "next_at") if at}


def _affected(moved: Keys, rules: Rules, now: datetime) -> list[int]:
    reads = {*rules.keys, EVERYTHING}
    affected = {pk for pk, keys in moved.items() if not reads.isdisjoint(keys)}
    waiting = [pk for pk, keys in moved.items() if CLOCK in keys and pk not in affected]
    if waiting:
        rows = Worth.objects.filter(contact_id__in=waiting, next_at__lte=now)
        affected.update(rows.values_list("contact_id", flat=True))
    return sorted(affected)


def _statement(rules: Rules) -> str:
    """Who has a row keeps it, also when nothing is left to count."""
    statement = _FOLLOW.format(
        facts=facts.select(rules, some=True),
        nothing=facts.NOTHING,
        columns=", ".join(facts.FACTS),
        made=writing.make(rules, "every", seen_at="statement_timestamp()"),
    )
    return statement.replace("%(now)s", "%(now)s::timestamptz").replace("%(ids)s", "%(ids)s::bigint[]")
