"""Writing down what happened to a message: once, in one transaction, whatever order the reports come in.

The key makes a repeated report harmless. Marks on the send keep the earliest instant, so that a report that overtook
another changes nothing in the end. An event of the contact is told for people's doings only.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Least

from contacts import partitions
from contacts import services as contacts
from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from ..content.compose import one_line
from ..models import Reaction, Send
from ..sending import events
from . import bounces

Kind = Reaction.Kind
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    Kind.DELIVERED: ("delivered_at",),
    Kind.OPENED: ("opened_at", "delivered_at"),
    # Who clicked has opened, though no picture may have been looked at.
    Kind.CLICKED: ("clicked_at", "opened_at", "delivered_at"),
    Kind.BOUNCED: ("bounced_at",),
    Kind.COMPLAINED: ("complained_at", "delivered_at"),
    Kind.UNSUBSCRIBED: ("unsubscribed_at",),
}
_ARRIVED = {Kind.DELIVERED, Kind.OPENED, Kind.CLICKED, Kind.COMPLAINED}
_INSERT = """
    INSERT INTO campaigns_reaction
           (campaign_id, send_id, kind, at, is_machine, place, url, client, device, bounce, said, key)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (key) DO NOTHING
    RETURNING id
"""


def record(
    send: Send,
    kind: str,
    at: datetime,
    *,
    url: str = "",
    place: int = 0,
    machine: bool = False,
    client: str = "",
    device: str = "",
    hard: bool = True,
    said: str = "",
    key: str,
) -> bool:
    """False where this was written down before. `hard` and `said` are of bounces."""
    at = _possible(send, at)
    partitions.ensure_months({partitions.month_of(at)})
    bounce = ("hard" if hard else "soft") if kind == Kind.BOUNCED else ""
    said, client = one_line(said), one_line(client)
    row: list[Any] = [
        send.campaign_id,
        send.pk,
        kind,
        at,
        machine,
        place,
        url,
        client,
        device,
        bounce,
        said,
        key,
    ]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_INSERT, row)
            if cursor.fetchone() is None:
                return False
        _mark(send, kind, at, machine, hard)
        if kind == Kind.BOUNCED:
            bounces.suppress_bounced(send, at, hard=hard, said=said)
        elif kind == Kind.COMPLAINED:
            bounces.suppress_complained(send, said=said)
        if not machine:
            told = {"url": url, "client": client, "device": device, "reason": said, "bounce": bounce}
            _tell(send, kind, at, {name: value for name, value in told.items() if value}, key)
    return True


def _possible(send: Send, at: datetime) -> datetime:
    """Clocks of others go wrong: nothing happens before the message went out, nor later than now."""
    earliest = send.sent_at or at
    return max(min(at, clock.now()), earliest - timedelta(minutes=5))


def _mark(send: Send, kind: str, at: datetime, machine: bool, hard: bool) -> None:
    if kind == Kind.BOUNCED and not hard:
        return  # the server tries again, or another message arrives: not lost yet
    if kind in _ARRIVED:
        # Whoever doubted whether the server took it knows it now.
        doubted = Send.objects.filter(pk=send.pk, state=Send.State.UNCERTAIN)
        doubted.update(state=Send.State.SENT, sent_at=Coalesce(F("attempt_at"), at), event_due=True, reason="")
    columns = _COLUMNS.get(kind, ())
    if machine:
        columns = ("machine_opened_at",) if kind == Kind.OPENED else ()
    if columns:
        Send.objects.filter(pk=send.pk).update(**{name: Least(Coalesce(F(name), at), at) for name in columns})


def _tell(send: Send, kind: str, at: datetime, properties: dict[str, object], key: str) -> None:
    name = events.name_of(send.channel, kind)
    more = _armed(send) | properties
    told = events.event(name, send.campaign, send.contact_id, at.isoformat(), key=key, occasion=send.occasion, **more)
    contacts.record_events([told], actor=SYSTEM, source=events.SOURCE)


def _armed(send: Send) -> dict[str, object]:
    return {"arm": send.arm.key} if send.arm else {}
