"""Making somebody the owner of leads: each contact is changed by the service that changes contacts, and audited."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from contacts import services as contacts
from contacts.models import Contact
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import InvalidInput, Problem

MOST = 1_000


def assign(contact_ids: Iterable[int], owner: str | None, *, actor: Actor) -> int:
    """Give these contacts an owner, or none; how many had another one. Those that are gone are passed over."""
    ids = list(dict.fromkeys(contact_ids))
    if len(ids) > MOST:
        raise InvalidInput([Problem("/contacts", _("Choose at most %(most)s at once.") % {"most": MOST})])
    with acting(actor):
        others = Contact.objects.filter(pk__in=ids).order_by("pk").select_for_update()
        changing = [one.pk for one in others if one.owner != owner]
        for pk in changing:
            contacts.update_contact(pk, data={"owner": owner}, actor=actor)
    return len(changing)
