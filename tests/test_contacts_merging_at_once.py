"""Merges while others write, and of very many events."""

from __future__ import annotations

import threading
from functools import partial

import pytest
from django.db import connection, transaction

from contacts import services
from contacts.models import Consent, Contact, Event

from .at_once import together
from .factories import ContactFactory, EventFactory, EventTypeFactory
from .merging import BY, ada, double, merge, send, unmerge

pytestmark = pytest.mark.django_db
__all__ = ["ada", "double"]


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_in_opposite_directions_one_happens(ada, double):
    for _round in range(5):
        one, other = ContactFactory(), ContactFactory()
        EventFactory(contact=one), EventFactory(contact=other)
        with pytest.raises(Contact.DoesNotExist):
            together(partial(merge, one, other), partial(merge, other, one))
        survivor = Contact.objects.get(pk__in=[one.pk, other.pk])
        assert Event.objects.filter(contact=survivor).count() == 2


@pytest.mark.django_db(transaction=True)
def test_events_that_arrive_during_a_merge_are_all_kept(ada, double):
    EventTypeFactory()
    names = [{"external_id": "a2"}, {"email": "lovelace@example.org"}, {"id": double.pk}]
    results = []
    done = threading.Event()

    def stream():
        while not done.is_set():
            results.extend(send(name) for name in names)

    def change():
        try:
            for _round in range(4):
                merge(ada, double)
                unmerge(ada)
            merge(ada, double)
        finally:
            done.set()

    together(stream, stream, change)
    assert sum(result.created for result in results) == len(results) == Event.objects.filter(contact=ada).count()
    unmerge(ada)
    assert Event.objects.filter(contact=double).count() == len(results)


@pytest.mark.django_db(transaction=True)
def test_an_answer_given_during_a_merge_is_not_lost(ada, double):
    with transaction.atomic():
        merge(ada, double)
        waiting = threading.Thread(
            target=lambda: (
                services.set_consent([double.pk], channel="email", status="unsubscribed", actor=BY),
                connection.close(),
            )
        )
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(30)
    assert Consent.objects.get().contact_id == ada.pk


def test_a_hundred_thousand_events_move_and_return_in_a_few_statements(ada, double, django_assert_max_num_queries):
    kind = EventTypeFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_event (contact_id, type_id, occurred_at, received_at, properties)
               SELECT %s, %s, now() - n * interval '1 minute', now(), '{"n": 1}'
                 FROM generate_series(1, 100000) AS n""",
            [double.pk, kind.pk],
        )
    with django_assert_max_num_queries(60):
        merge(ada, double)
    assert Event.objects.filter(contact=ada).count() == 100_000
    with django_assert_max_num_queries(60):
        unmerge(ada)
    assert Event.objects.filter(contact=double).count() == 100_000
