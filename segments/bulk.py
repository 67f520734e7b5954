"""What lists lose when many contacts are deleted, for the dialog that asks before."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import ngettext

from contacts.bulk import effects
from contacts.models import Contact

from .models import Membership, Segment


def connect() -> None:
    effects.register_deletion(note_deletion)


def note_deletion(people: QuerySet[Contact]) -> str | None:
    """Static lists hold people by hand: nothing puts them back."""
    theirs = Membership.objects.filter(segment=OuterRef("pk"), contact_id__in=people.order_by().values("pk"))
    count = Segment.unarchived.filter(Exists(theirs), kind=Segment.Kind.STATIC).count()
    said = ngettext("%(n)s static list loses members.", "%(n)s static lists lose members.", count)
    return said % {"n": count} if count else None
