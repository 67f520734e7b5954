"""The parts of `bench send` that work inside Django: its people, its campaign, and what its processes do."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.models import Campaign

SUBJECT = '{{ contact.first_name | default: "Hello" }}, three records for {{ contact.city | default: "you" }}'
MJML = """
<mjml>
  <mj-head>
    <mj-attributes><mj-all font-family="Helvetica, Arial, sans-serif" /><mj-text font-size="15px" /></mj-attributes>
    <mj-style inline="inline">.offer { color: #b3261e; font-weight: bold }</mj-style>
    <mj-preview>New this week</mj-preview>
  </mj-head>
  <mj-body background-color="#f4f4f4">
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text>Dear {{ contact.first_name | default: "reader" }} {{ contact.last_name | default: "" }},</mj-text>
        <mj-text>three records we think you will like{% if contact.city %}, at home in {{ contact.city }}{% endif %}.
          {% if contact.country == "IT" %}Free delivery to Italy.{% else %}Delivered within a week.{% endif %}</mj-text>
      </mj-column>
    </mj-section>
    <mj-section background-color="#ffffff">
      <mj-column>
        <mj-text><span class="offer">Blue Train</span> 19.90</mj-text>
        <mj-button href="https://shop.example.org/blue-train">See it</mj-button>
      </mj-column>
      <mj-column>
        <mj-text><span class="offer">Kind of Blue</span> 24.50</mj-text>
        <mj-button href="https://shop.example.org/kind-of-blue?ref=mail">See it</mj-button>
      </mj-column>
      <mj-column>
        <mj-text><span class="offer">A Love Supreme</span> 21.00</mj-text>
        <mj-button href="https://shop.example.org/a-love-supreme">See it</mj-button>
      </mj-column>
    </mj-section>
    <mj-section>
      <mj-column>
        <mj-text font-size="12px">You get this because you subscribed, {{ contact.email }}.
          <a href="https://shop.example.org/help">Help</a> <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
BATCH = 200


def fill(people: int) -> None:
    """People with consent. Triggers rest: nothing of this is a change."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """INSERT INTO contacts_contact
                      (id, email, first_name, last_name, city, country, language, attributes, created_at, updated_at)
               SELECT n, 'person' || n || '@d' || mod(n, 50) || '.example', 'First ' || mod(n, 997),
                      CASE WHEN mod(n, 3) > 0 THEN 'Last ' || mod(n, 4999) END,
                      CASE WHEN mod(n, 4) > 0 THEN 'City ' || mod(n, 200) END,
                      (ARRAY['IT', 'FR', 'ES', 'US'])[1 + mod(n, 4)], (ARRAY['it', 'fr', 'es', 'en'])[1 + mod(n, 4)],
                      '{}', now(), now()
                 FROM generate_series(1, %s) AS n""",
            [people],
        )
        cursor.execute(
            """INSERT INTO contacts_consent (contact_id, channel, topic, status, changed_at)
               SELECT n, 'email', '', 'subscribed', now() FROM generate_series(1, %s) AS n""",
            [people],
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SELECT setval(pg_get_serial_sequence('contacts_contact', 'id'), %s)", [people])
        for table in ("contacts_contact", "contacts_consent"):
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def some(size: int) -> int:
    """A static list of the first people."""
    from django.db import connection

    from segments.models import Segment

    listed = Segment.objects.create(
        name=f"The first {size:,}, list {Segment.objects.count() + 1}",
        kind="static",
        state="live",
        live_version=1,
        size=size,
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """INSERT INTO segments_membership (segment_id, contact_id, entered_at)
               SELECT %s, n, now() FROM generate_series(1, %s) AS n""",
            [listed.pk, size],
        )
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE segments_membership")
    return listed.pk


def draft(segment: int) -> Campaign:
    from campaigns import services
    from crmseg.common.actor import SYSTEM

    words = {"name": "Records", "subject": SUBJECT, "body_mjml": MJML, "sender": "The shop <shop@example.org>"}
    return services.create_campaign(data=words | {"include": [segment], "holdout": 0}, actor=SYSTEM)


def settle() -> None:
    """What autovacuum would have done by the time that people look: the audience was written a moment ago."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) campaigns_send")
        cursor.execute("CHECKPOINT")


def work(asked: argparse.Namespace) -> None:
    """One process: be ready, wait for the word, work, say how it went."""
    import django

    django.setup()
    from campaigns.models import Campaign

    campaign = Campaign.objects.get(pk=asked.campaign)
    ready = {"render": _render, "loop": _loop, "send": _send}[asked.work]
    _first(campaign)  # what a worker has loaded since long
    print("ready", flush=True)
    sys.stdin.readline()
    begun, worked = time.time(), time.process_time()
    done = ready(campaign, asked)
    print(json.dumps({"begun": begun, "ended": time.time(), "cpu": time.process_time() - worked} | done), flush=True)


def _first(campaign: Campaign) -> object:
    """The message of the first person."""
    from campaigns.models import Send
    from campaigns.sending.writing import Writer

    first = Send.objects.filter(campaign=campaign).order_by("pk")[:1]
    [letter] = Writer(campaign).write(list(first))[0].values()
    return letter


def _render(campaign: Campaign, asked: argparse.Namespace) -> dict[str, float]:
    """Everything between the ledger and the wire: contacts read in batches, words, links, signatures, MIME."""
    from campaigns.models import Send
    from campaigns.sending.mime import Letter
    from campaigns.sending.writing import Writer

    wanted = asked.rendered // asked.workers
    sends = Send.objects.filter(campaign=campaign).order_by("pk")[asked.place * wanted :][:wanted]
    ids = list(sends.values_list("pk", flat=True))
    made = size = 0
    for start in range(0, wanted, BATCH):
        writer = Writer(campaign)  # as each batch has its own
        sends = Send.objects.filter(pk__in=ids[start : start + BATCH]).select_related("arm")
        letters, unwritable = writer.write(list(sends))
        assert not unwritable, unwritable
        for letter in letters.values():
            assert isinstance(letter, Letter)
            made, size = made + 1, size + len(letter.as_bytes())
    return {"messages": made, "bytes": size}


def _loop(campaign: Campaign, asked: argparse.Namespace) -> dict[str, float]:
    """Django's own way: one send_mail after the other, with words that were made before."""
    from django.conf import settings
    from django.core.mail import send_mail

    from campaigns.sending.mime import Letter

    from .send import LOOP

    host, port = settings.EMAIL_URL.removeprefix("smtp://").split(":")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, int(port)
    letter = _first(campaign)
    assert isinstance(letter, Letter)
    said = letter.message
    for _ in range(LOOP):
        send_mail(said.subject, said.text, campaign.sender, [letter.recipient.address], html_message=said.html)
    return {"messages": LOOP}


def _send(campaign: Campaign, asked: argparse.Namespace) -> dict[str, float]:
    """What a worker does, batch after batch, until the campaign is done."""
    from campaigns.sending import batch

    from .send import WARM_UP

    memory: list[float] = []
    while batch.send_batch(campaign.pk):
        memory.append(_memory())
    return {"rss_first": memory[int(len(memory) * WARM_UP)], "rss_last": memory[-1]}


def delivered(campaign_id: int) -> int:
    """How many the ledger says were sent."""
    from campaigns.models import Send

    return Send.objects.filter(campaign=campaign_id, state=Send.State.SENT).count()


def _memory() -> float:
    """Resident megabytes of this process."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
