"""Which campaigns read an attribute, an event type or a consent: through the lists they go to, or in what they say.

The latest campaigns only: what was sent long ago needs nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from django.db import connection
from django.urls import reverse

from contacts import reading
from contacts.reading import Use
from segments.models import Segment
from segments.reading import forms_of

from . import whom
from .models import Campaign

LATEST = 500
_WITHIN = re.compile(r"(^|[.])attributes[.]")
# What templates name of a contact, drawn out by the database: the texts themselves may be large.
SPOKEN = r"""
    SELECT id, ARRAY(SELECT DISTINCT said[1] FROM regexp_matches(
               concat_ws(' ', subject, body_mjml, body_html, body_text, translations,
                         (SELECT string_agg(concat_ws(' ', subject, body_mjml, body_html, body_text), ' ')
                            FROM campaigns_arm WHERE campaign_id = campaigns_campaign.id)),
               'contact\.([a-z][a-z0-9_.]*)', 'g') AS said)
      FROM campaigns_campaign
     WHERE id = ANY(%s)
"""


def connect() -> None:
    """Called once, when the apps are ready."""
    reading.register(campaigns_by_key)


def campaigns_by_key(keys: Collection[str]) -> Mapping[str, list[Use]]:
    campaigns = list(Campaign.objects.order_by("-pk").only("pk", "name", "channel", "include", "exclude")[:LATEST])
    meant = {form: key for key in keys for form in forms_of(key)}
    through = {
        pk: {meant[one] for one in read if one in meant}
        for pk, read in Segment.objects.filter(keys__overlap=list(meant)).values_list("pk", "keys")
    }
    spoken = _spoken([campaign.pk for campaign in campaigns]) if any(_is_attribute(key) for key in keys) else {}
    found: dict[str, list[Use]] = {}
    for campaign in campaigns:
        use = Use("campaign", campaign.name, reverse("campaigns:campaign", args=[campaign.pk]))
        parts = [*campaign.include, *campaign.exclude]
        read = {key for pk in whom.lists_in(parts) for key in through.get(pk, ())}
        read |= {meant[one] for one in whom.keys_of(parts) if one in meant}
        read |= spoken.get(campaign.pk, set()) | {f"consent:{campaign.channel}"}
        for key in read & set(keys):
            found.setdefault(key, []).append(use)
    return found


def _is_attribute(key: str) -> bool:
    return key.startswith("attribute:")


def _spoken(ids: list[int]) -> dict[int, set[str]]:
    """`contact.city`, `contact.attributes.plan` and `contact.company.name`, as keys."""
    with connection.cursor() as cursor:
        cursor.execute(SPOKEN, [ids])
        rows = cursor.fetchall()
    return {pk: {"attribute:" + _WITHIN.sub(r"\1", name) for name in names} for pk, names in rows}
