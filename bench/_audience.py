"""An audience of any size, and how long it takes to freeze it: one list of subscribed people, one campaign."""

from __future__ import annotations

import time

_PEOPLE = """
    WITH people AS (
        INSERT INTO contacts_contact (email, first_name, last_name, country, language, time_zone,
                                      created_at, updated_at)
        SELECT %(name)s || n || '@bench.example', 'First' || n %% 5000, 'Last' || n %% 20000,
               (ARRAY['IT', 'DE', 'US', 'FR'])[1 + n %% 4], (ARRAY['it', 'de', 'en', 'fr'])[1 + n %% 4],
               (ARRAY['Europe/Rome', 'America/New_York', NULL])[1 + n %% 3], now(), now()
          FROM generate_series(1, %(people)s) AS n
     RETURNING id
    ), agreed AS (
        INSERT INTO contacts_consent (contact_id, channel, topic, status, changed_at)
        SELECT id, 'email', '', 'subscribed', now() FROM people
    )
    INSERT INTO segments_membership (segment_id, contact_id, entered_at)
    SELECT %(segment)s, id, now() FROM people
"""


def campaign_for(people: int, **fields: object) -> int:
    """A draft to a new list of so many people who can be reached; its id."""
    from django.db import connection

    from campaigns import services
    from crmseg.common.actor import SYSTEM
    from segments.models import Segment

    name = f"Audience {people} {Segment.objects.count()}"
    segment = Segment.objects.create(name=name, kind="static", state="live", live_version=1, size=people)
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, {"name": f"a{segment.pk}-", "people": people, "segment": segment.pk})
        cursor.execute("TRUNCATE contacts_contactchange")
        cursor.execute("VACUUM ANALYZE contacts_contact, contacts_consent, segments_membership")
    words = {"name": name, "subject": "Hello {{ contact.first_name }}", "body_text": "Hello", "include": [segment.pk]}
    return services.create_campaign(data=words | fields, actor=SYSTEM).pk


def freeze_s(people: int, **fields: object) -> float:
    """Seconds from the request to start until its transaction has committed."""
    from campaigns import services
    from crmseg.common.actor import SYSTEM

    campaign_id = campaign_for(people, **fields)
    begun = time.perf_counter()
    services.start_campaign(campaign_id, actor=SYSTEM)
    return round(time.perf_counter() - begun, 2)
