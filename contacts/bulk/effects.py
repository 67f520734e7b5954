"""What else a bulk action touches, said before it is done: never a long look, so that the dialog opens at once."""

from __future__ import annotations

from collections.abc import Callable

from django.db import OperationalError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crmseg.web.formats import number

from .. import guards
from ..models import Contact, Event

SHOWN = 5
MOST = 100_000
PATIENCE = 1500
"""Milliseconds."""
Note = Callable[["QuerySet[Contact]"], "str | None"]
_notes: list[Note] = []


def register_deletion(note: Note) -> None:
    """`note(people)` says in one sentence what their deletion touches in an upper room, or None. It may be stopped
    when it takes too long."""
    if note not in _notes:
        _notes.append(note)


def of_key(key: str) -> list[str]:
    """Who reads what is about to change: `attribute:plan`, `consent:email`, `segment:42`."""
    places = list(dict.fromkeys(guards.used_in([key])))
    if not places:
        return []
    shown = ", ".join(places[:SHOWN])
    more = len(places) - SHOWN
    if more > 0:
        shown += " " + ngettext("and %(n)s more", "and %(n)s more", more) % {"n": number(more)}
    return [_("This is read by %(places)s: their members follow.") % {"places": shown}]


def of_deletion(people: QuerySet[Contact]) -> list[str]:
    said = [_quickly(note, people) for note in (_events, *_notes)]
    return [sentence for sentence in said if sentence]


def _events(people: QuerySet[Contact]) -> str | None:
    count = Event.objects.filter(contact__in=people.order_by().values("pk"))[: MOST + 1].count()
    if count > MOST:
        return _("More than %(n)s events go with them.") % {"n": number(MOST)}
    said = ngettext("%(n)s event goes with them.", "%(n)s events go with them.", count)
    return said % {"n": number(count)} if count else None


def _quickly(note: Note, people: QuerySet[Contact]) -> str | None:
    """None, too, where it cannot be known in a moment."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE}")
            said = note(people)
            cursor.execute("SET LOCAL statement_timeout = 0")
            return said
    except OperationalError:
        return None
