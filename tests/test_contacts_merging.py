"""Two contacts become one, and two again: what moves, what wins, who is found under which name, and what returns."""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from campaigns.models import Campaign, Send
from contacts import identity, privacy, services
from contacts.models import (
    Alias,
    AttributeHistory,
    Consent,
    ConsentHistory,
    Contact,
    ContactChange,
    Event,
    Merge,
    MergedEvent,
)
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput
from segments import services as lists
from segments.engine import build, drain
from segments.models import LedgerEntry, Membership, Pin, Segment

from .factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory, EventTypeFactory
from .test_contacts_api import body, caller, pointers

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


def merge(survivor: Contact, merged: Contact, **options) -> Contact:
    return services.merge_contacts(survivor.pk, merged.pk, actor=BY, **options)


def unmerge(survivor: Contact, merged: Contact | None = None):
    return services.unmerge_contacts(survivor.pk, merged and merged.pk, actor=BY)


def send(contact: dict, event: str = "Order Completed", **more) -> services.EventBatchResult:
    return services.record_events([{"contact": contact, "event": event, **more}], actor=BY)


def state(*contacts: Contact) -> dict:
    """All that is known of these contacts, but for when their rows were written last."""
    ids = [contact.pk for contact in contacts]
    unstamped = {field.column for field in Contact._meta.concrete_fields} - {"updated_at"}
    return {
        "contacts": list(Contact.objects.filter(pk__in=ids).order_by("pk").values(*unstamped)),
        "events": list(Event.objects.filter(contact__in=ids).order_by("pk").values("pk", "contact_id")),
        "consents": list(
            Consent.objects.filter(contact__in=ids)
            .order_by("contact_id", "channel", "topic")
            .values("contact_id", "channel", "topic", "status", "method", "text_shown", "changed_at")
        ),
        "members": list(Membership.objects.order_by("segment", "contact_id").values("segment_id", "contact_id")),
        "sends": list(Send.objects.order_by("pk").values("pk", "contact_id")),
    }


def histories(contact: Contact) -> list:
    return list(AttributeHistory.objects.filter(contact_id=contact.pk).order_by("pk").values("pk", "key", "old", "new"))


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(email="ada@example.org", external_id="a1", first_name="Ada", country="GB")


@pytest.fixture
def double() -> Contact:
    """The same person, as another program knows her."""
    company = CompanyFactory(name="Engines")
    return ContactFactory(
        email="lovelace@example.org", external_id="a2", first_name="Augusta", last_name="Lovelace", company=company
    )


# What wins and what moves


def test_the_survivor_keeps_its_values_and_gets_those_it_had_not(ada, double):
    AttributeFactory(key="shoe"), AttributeFactory(key="hat")
    services.update_contact(ada.pk, data={"attributes": {"shoe": "37"}}, actor=BY)
    services.update_contact(
        double.pk, data={"attributes": {"shoe": "38", "hat": "blue"}, "phone": "+44201234567"}, actor=BY
    )
    found = merge(ada, double)
    assert (found.first_name, found.last_name, found.phone) == ("Ada", "Lovelace", "+44201234567")
    assert (found.email, found.external_id, found.company_id) == ("ada@example.org", "a1", double.company_id)
    assert found.attributes == {"shoe": "37", "hat": "blue"}
    assert not Contact.objects.filter(pk=double.pk).exists()


def test_chosen_values_come_from_the_other(ada, double):
    found = merge(ada, double, take=["email", "first_name", "company"])
    assert (found.email, found.first_name, found.external_id) == ("lovelace@example.org", "Augusta", "a1")
    assert identity.resolve([identity.Reference(email="ADA@example.org")]) == [ada.pk]


def test_half_a_place_is_not_filled_from_another_place():
    one = ContactFactory(latitude=42.0, longitude=-71.0)
    other = ContactFactory(latitude=1.5, longitude=2.5)
    assert merge(one, other).latitude == 42.0
    nowhere = ContactFactory()
    assert (merge(nowhere, ContactFactory(latitude=0.1, longitude=0.2)).longitude) == 0.2


def test_what_she_did_and_what_was_recorded_of_her_move(ada, double):
    EventFactory(contact=ada), EventFactory(contact=double), EventFactory(contact=double, type__name="Page Viewed")
    services.update_contact(double.pk, data={"country": "IT"}, actor=BY)
    merge(ada, double)
    assert Event.objects.filter(contact=ada).count() == 3
    assert "country" in {row["key"] for row in histories(ada)}
    assert histories(double) == []


@pytest.mark.parametrize(
    ("hers", "other", "result"),
    [
        (("subscribed", 1), ("unsubscribed", 9), "unsubscribed"),
        (("unsubscribed", 9), ("subscribed", 1), "unsubscribed"),
        (("never", 9), ("subscribed", 1), "subscribed"),
        (("subscribed", 1), ("never", 9), "subscribed"),
        (None, ("subscribed", 5), "subscribed"),
        (("unsubscribed", 5), None, "unsubscribed"),
    ],
)
def test_a_no_counts_whoever_said_it_and_otherwise_the_latest_answer(ada, double, hers, other, result):
    for contact, answer in ((ada, hers), (double, other)):
        if answer:
            at = clock.now() - timedelta(days=answer[1])
            ConsentFactory(contact=contact, status=answer[0], method=f"of {contact}", changed_at=at)
    merge(ada, double)
    assert Consent.objects.get(contact=ada, channel="email").status == result
    assert not Consent.objects.filter(contact=double.pk).exists()


def test_topics_are_answers_of_their_own(ada, double):
    ConsentFactory(contact=ada, topic="news", status="subscribed")
    ConsentFactory(contact=double, topic="offers", status="unsubscribed")
    merge(ada, double)
    assert dict(Consent.objects.filter(contact=ada).values_list("topic", "status")) == {
        "news": "subscribed",
        "offers": "unsubscribed",
    }


def test_messages_move_unless_the_survivor_got_that_campaign_too(ada, double):
    first, second = Campaign.objects.create(name="One"), Campaign.objects.create(name="Two")
    Send.objects.create(campaign=first, contact_id=ada.pk, address="a", state="sent")
    Send.objects.create(campaign=first, contact_id=double.pk, address="b", state="sent")
    moving = Send.objects.create(campaign=second, contact_id=double.pk, address="b", state="sent")
    merge(ada, double)
    moving.refresh_from_db()
    assert moving.contact_id == ada.pk
    assert Send.objects.filter(contact_id=double.pk).count() == 1


# Lists


def active(definition: dict, name: str = "Active") -> Segment:
    made = lists.create_segment(name=name, kind="active", definition=definition, actor=BY)
    while build.run_waiting():
        pass
    drain.drain()
    return made


def members(segment: Segment) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


def ledger(segment: Segment) -> list[tuple[int, str, str]]:
    rows = LedgerEntry.objects.filter(segment_id=segment.pk).order_by("pk")
    return list(rows.values_list("contact_id", "change", "cause"))


def test_entries_and_exits_go_through_the_change_log(ada, double):
    EventFactory(contact=double)
    buyers = active({"event": "Order Completed", "op": "did"}, "Buyers")
    assert members(buyers) == {double.pk}
    merge(ada, double)
    drain.drain()
    assert members(buyers) == {ada.pk}
    assert {row[:2] for row in ledger(buyers)[1:]} == {(ada.pk, "entered"), (double.pk, "left")}
    unmerge(ada)
    drain.drain()
    assert members(buyers) == {double.pk}


def test_places_in_static_lists_move_and_return(ada, double):
    both = lists.create_segment(name="Both", kind="static", actor=BY)
    one = lists.create_segment(name="One", kind="static", actor=BY)
    lists.add_members(both.pk, [ada.pk, double.pk], actor=BY)
    lists.add_members(one.pk, [double.pk], actor=BY)
    merge(ada, double)
    drain.drain()
    assert (members(both), members(one)) == ({ada.pk}, {ada.pk})
    assert (ada.pk, "entered", "merge") in ledger(one)
    one.refresh_from_db()
    assert one.size == 1
    unmerge(ada)
    drain.drain()
    assert (members(both), members(one)) == ({ada.pk, double.pk}, {double.pk})


def test_pins_move_where_the_survivor_has_none(ada, double):
    nobody = active({"property": "country", "op": "is", "value": "XX"}, "Nobody")
    lists.pin(nobody.pk, [double.pk], direction="in", reason="a friend", actor=BY)
    drain.drain()
    merge(ada, double)
    drain.drain()
    assert members(nobody) == {ada.pk}
    assert Pin.objects.get(contact_id=ada.pk).reason == "a friend"
    unmerge(ada)
    drain.drain()
    assert members(nobody) == {double.pk}


# Names


@pytest.mark.parametrize("name", [{"external_id": "a2"}, {"email": "Lovelace@Example.org"}, {"id": None}])
def test_later_events_for_a_former_name_land_on_the_survivor(ada, double, name):
    merge(ada, double)
    result = send({"id": double.pk} if "id" in name else name)
    assert (result.created, result.problems) == (1, [])
    assert Event.objects.get().contact_id == ada.pk


def test_rows_for_a_former_name_update_the_survivor_and_leave_its_names(ada, double):
    merge(ada, double)
    rows = [{"external_id": "a2", "email": "lovelace@example.org", "city": "London"}]
    result = services.upsert_contacts(rows, actor=BY)
    assert (result.created, result.updated, result.problems) == (0, 1, [])
    found = Contact.objects.get()
    assert (found.pk, found.external_id, found.email, found.city) == (ada.pk, "a1", "ada@example.org", "London")


def test_a_row_with_a_former_and_a_present_name_is_about_the_survivor(ada, double):
    merge(ada, double)
    result = services.upsert_contacts([{"external_id": "a2", "email": "ada@example.org", "city": "Rome"}], actor=BY)
    assert (result.updated, result.problems) == (1, [])
    assert Contact.objects.get().external_id == "a1"


def test_a_former_name_does_not_make_another_contact(ada, double):
    merge(ada, double)
    with pytest.raises(Conflict, match="before a merge"):
        services.create_contact(data={"email": "LOVELACE@example.org"}, actor=BY)


def test_a_chain_of_merges_leads_to_the_last_survivor_and_back(ada, double):
    last = ContactFactory(email="last@example.org")
    merge(ada, double)
    merge(last, ada)
    send({"external_id": "a2"}), send({"external_id": "a1"}), send({"email": "last@example.org"})
    assert Event.objects.filter(contact=last).count() == 3
    unmerge(last)
    assert identity.survivor_of(double.pk) == ada.pk
    assert Event.objects.filter(contact=ada).count() == 2
    unmerge(ada)
    assert Event.objects.filter(contact=double).count() == 1
    assert Event.objects.filter(contact=ada).count() == 1
    assert not Alias.objects.exists()


def test_the_link_to_unsubscribe_in_an_older_message_still_works(ada, double):
    from campaigns import unsubscribe

    campaign = Campaign.objects.create(name="One")
    Send.objects.create(campaign=campaign, contact_id=double.pk, address="b", state="sent")
    merge(ada, double)
    unsubscribe.unsubscribe(unsubscribe.read(unsubscribe.token(campaign.pk, double.pk)))
    assert Consent.objects.get().contact_id == ada.pk
    assert Send.objects.get().unsubscribed_at is not None


# What is refused, and what is repeated


def test_a_repeat_changes_nothing(ada, double):
    merge(ada, double)
    before, changes = state(ada), ContactChange.objects.count()
    assert merge(ada, double).pk == ada.pk
    assert (state(ada), ContactChange.objects.count(), Merge.objects.count()) == (before, changes, 1)


def test_oneself_a_stranger_and_who_is_merged_already_are_refused(ada, double):
    other = ContactFactory()
    with pytest.raises(InvalidInput, match="itself"):
        merge(ada, ada)
    with pytest.raises(InvalidInput, match="no such contact"):
        services.merge_contacts(ada.pk, 10**9, actor=BY)
    merge(ada, double)
    with pytest.raises(Conflict, match=f"into contact {ada.pk} already"):
        merge(other, double)
    with pytest.raises(Contact.DoesNotExist):
        merge(double, other)
    with pytest.raises(InvalidInput, match="no field"):
        merge(ada, other, take=["frist_name"])


def test_it_is_written_down_who_merged_and_who_undid(ada, double):
    merge(ada, double)
    unmerge(ada)
    entries = AuditEntry.objects.filter(object_type="contact").order_by("pk")
    assert [(one.actor, one.action, one.object_id) for one in entries] == [
        ("user:Grace", "merged", str(ada.pk)),
        ("user:Grace", "unmerged", str(ada.pk)),
    ]


# Undoing


def test_everything_goes_back_exactly_as_it_was(ada, double):
    AttributeFactory(key="hat")
    services.update_contact(double.pk, data={"attributes": {"hat": "blue"}, "budget": "19.99"}, actor=BY)
    services.update_contact(double.pk, data={"interests": ["looms"], "location": {"lat": 51.5, "lon": -0.12}}, actor=BY)
    ConsentFactory(contact=ada, method="form"), ConsentFactory(contact=double, status="unsubscribed", method="phone")
    ConsentFactory(contact=double, channel="sms")
    EventFactory(contact=ada), EventFactory(contact=double)
    campaign = Campaign.objects.create(name="One")
    Send.objects.create(campaign=campaign, contact_id=double.pk, address="b", state="sent")
    before, past = state(ada, double), (histories(double), ConsentHistory.objects.filter(contact_id=double.pk).count())
    merge(ada, double, take=["email", "first_name"])
    assert state(ada, double) != before
    done = unmerge(ada, double)
    assert state(ada, double) == before
    assert (done.kept, done.restored.pk) == ([], double.pk)
    assert (histories(double), ConsentHistory.objects.filter(contact_id=double.pk).count()) == past
    assert not MergedEvent.objects.exists()
    assert unmerge(ada, double).restored.pk == double.pk, "a repeat changes nothing"
    merge(ada, double)


def test_events_that_came_meanwhile_stay_where_identity_says(ada, double):
    merge(ada, double)
    send({"email": "ada@example.org"}, "Hers")
    send({"email": "lovelace@example.org"}, "Of the other")
    send({"external_id": "a2"}, "Of the other too")
    unmerge(ada)
    assert [event.type.name for event in Event.objects.filter(contact=ada)] == ["Hers"]
    assert Event.objects.filter(contact=double).count() == 2


def test_events_for_a_name_that_filled_a_gap_go_with_it():
    nameless, named = ContactFactory(email=None, external_id="n1"), ContactFactory(email="named@example.org")
    merge(nameless, named)
    send({"email": "named@example.org"}), send({"external_id": "n1"})
    unmerge(nameless)
    assert Event.objects.get(contact=named)
    assert Event.objects.get(contact=nameless)


def test_what_was_changed_since_stays_and_is_said(ada, double):
    merge(ada, double)
    services.update_contact(ada.pk, data={"last_name": "King", "city": "Ockham"}, actor=BY)
    done = unmerge(ada)
    assert [(one.key, one.reason) for one in done.kept] == [("last_name", "changed")]
    assert (done.survivor.last_name, done.survivor.city, done.restored.last_name) == ("King", "Ockham", "Lovelace")


def test_a_no_since_the_merge_counts_for_both(ada, double):
    ConsentFactory(contact=ada), ConsentFactory(contact=double)
    merge(ada, double)
    services.set_consent([ada.pk], channel="email", status="unsubscribed", actor=BY)
    unmerge(ada)
    assert set(Consent.objects.values_list("contact_id", "status")) == {
        (ada.pk, "unsubscribed"),
        (double.pk, "unsubscribed"),
    }


def test_merges_are_undone_last_first_and_within_thirty_days(ada, double):
    third = ContactFactory()
    merge(ada, double), merge(ada, third)
    with pytest.raises(Conflict, match="undo that first"):
        unmerge(ada, double)
    unmerge(ada)
    Merge.objects.filter(merged_id=double.pk).update(at=clock.now() - timedelta(days=31))
    with pytest.raises(Conflict, match="30 days"):
        unmerge(ada, double)
    with pytest.raises(Conflict, match="not merged"):
        unmerge(third, double)


def test_who_took_the_name_meanwhile_is_not_robbed_of_it(ada, double):
    merge(ada, double)
    thief = ContactFactory(email="thief@example.org")
    services.update_contact(thief.pk, data={"email": "lovelace@example.org"}, actor=BY)
    with pytest.raises(Conflict, match="address lovelace"):
        unmerge(ada)
    assert Merge.objects.get().undone_at is None


def test_a_company_that_is_gone_is_left_out(ada, double):
    merge(ada, double)
    services.delete_companies([double.company_id], actor=BY)
    assert unmerge(ada).restored.company_id is None


def test_what_is_kept_for_the_undo_is_forgotten_in_time_and_with_the_person(ada, double):
    merge(ada, double)
    assert privacy.export_contact(ada)["former_names"][0] == {"kind": "id", "value": str(double.pk)}
    Merge.objects.update(at=clock.now() - timedelta(days=31))
    assert services.forget_old_merges() == 1
    assert Merge.objects.get().before is None
    assert send({"external_id": "a2"}).created == 1, "the former names stay"
    privacy.erase_contact(ada.pk, actor=BY)
    assert not Merge.objects.exists()
    assert not Alias.objects.exists()


# Through the API


def test_the_api_merges_answers_with_the_survivor_and_takes_it_back(ada, double):
    api = caller()
    response = api.post(f"/api/v1/contacts/{ada.pk}/merge/", {"with": double.pk})
    assert response.status_code == 200
    assert (body(response)["id"], body(response)["last_name"]) == (ada.pk, "Lovelace")
    assert body(api.post(f"/api/v1/contacts/{ada.pk}/merge/", {"with": double.pk})) == body(response)
    assert body(api.get("/api/v1/contacts/?email=lovelace@example.org"))["results"][0]["id"] == ada.pk
    undone = body(api.post(f"/api/v1/contacts/{ada.pk}/unmerge/"))
    assert (undone["contact"]["last_name"], undone["restored"]["id"], undone["kept"]) == (None, double.pk, [])
    again = api.post(f"/api/v1/contacts/{ada.pk}/unmerge/", {"with": double.pk})
    assert again.status_code == 200
    assert api.post(f"/api/v1/contacts/{ada.pk}/unmerge/").status_code == 409


def test_a_merged_id_leads_on(ada, double):
    api = caller()
    merge(ada, double)
    for path in ("", "events/", "timeline/", "export/", "segments/"):
        moved = api.get(f"/api/v1/contacts/{double.pk}/{path}?limit=5")
        if path != "segments/":
            assert (moved.status_code, body(moved)["merged_into"]) == (301, ada.pk), path
            assert moved["Location"].endswith(f"/api/v1/contacts/{ada.pk}/{path}?limit=5")
    for method, path in (("patch", ""), ("delete", ""), ("post", "erase/"), ("post", "merge/")):
        told = getattr(api, method)(
            f"/api/v1/contacts/{double.pk}/{path}", {"with": ada.pk} if path == "merge/" else {}
        )
        assert (told.status_code, body(told)["merged_into"]) == (404, ada.pk), (method, path)
        assert str(ada.pk) in body(told)["problems"][0]["message"]


def test_the_api_points_at_what_is_wrong(ada, double):
    api, address = caller(), f"/api/v1/contacts/{ada.pk}/merge/"
    for sent, pointer in (
        ({}, "/with"),
        ({"with": "x"}, "/with"),
        ({"with": True}, "/with"),
        ({"with": 2**63}, "/with"),
        ({"with": 10**9}, "/with"),
        ({"with": ada.pk}, "/with"),
        ({"with": double.pk, "take": "email"}, "/take"),
        ({"with": double.pk, "take": ["emial"]}, "/take/0"),
        ({"with": double.pk, "into": 3}, "/into"),
    ):
        response = api.post(address, sent)
        assert (response.status_code, pointers(response)) == (400, {pointer}), sent
    assert api.post("/api/v1/contacts/999999999/merge/", {"with": double.pk}).status_code == 404
    merge(ContactFactory(), double)
    assert api.post(address, {"with": double.pk}).status_code == 409


@pytest.mark.parametrize("scope", ["read", "ingest"])
def test_who_only_reads_or_sends_may_not_merge(ada, double, scope):
    api = caller(scope)
    for path in ("merge", "unmerge"):
        assert api.post(f"/api/v1/contacts/{ada.pk}/{path}/", {"with": double.pk}).status_code == 403
    assert Contact.objects.count() == 2


# Many at once


def together(*jobs):
    raised: list[BaseException] = []

    def run(job):
        try:
            job()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody still waits"
    return raised


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_in_opposite_directions_one_happens(ada, double):
    for _round in range(5):
        one, other = ContactFactory(), ContactFactory()
        EventFactory(contact=one), EventFactory(contact=other)
        raised = together(partial(merge, one, other), partial(merge, other, one))
        assert [type(error) for error in raised] == [Contact.DoesNotExist]
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

    assert together(stream, stream, change) == []
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
