"""The table of lists and the page of one: what people read there, and what they do with a button."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build
from segments.models import Membership, Segment

from .factories import ContactFactory
from .moving import backdate

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def viewer(client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))


def active(name="Italians", definition=ITALIANS, **details):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    while build.run_waiting():
        pass
    made.refresh_from_db()
    return made


def static(*contacts, name="By hand"):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    return made


def page(client, name, *args, **query):
    response = client.get(reverse(f"segments:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def post(client, view, /, *args, **data):
    return client.post(reverse(f"segments:{view}", args=args), data, follow=True)


def test_an_empty_account_is_taught_by_an_example_that_one_click_creates(client, marketer):
    assert "Create this example" in page(client, "list")
    post(client, "example")
    made = Segment.objects.get()
    assert (made.kind, made.state) == ("active", "building")


def test_the_table_says_what_each_list_is_and_where_it_is_heading(client, marketer):
    ContactFactory(country="IT")
    active(description="Who lives there")
    static(name="Friends")
    html = page(client, "list")
    for word in ("Italians", "Who lives there", "Active", "Live", "+1", "Friends", "Static"):
        assert word in html
    assert "Friends" not in page(client, "list", kind="active")
    assert "Italians" not in page(client, "list", q="frie")
    assert page(client, "list", sort="-name").index("Italians") < page(client, "list", sort="-name").index("Friends")


def test_the_number_of_queries_does_not_grow_with_the_lists(client, marketer, django_assert_max_num_queries):
    for number in range(30):
        static(name=f"List {number}")
    with django_assert_max_num_queries(31):
        page(client, "list")


def test_the_page_of_a_list_answers_who_is_in_and_since_when(client, marketer):
    ContactFactory(first_name="Ada", last_name="Rossi", country="IT")
    ContactFactory(first_name="Bob", country="FR")
    made = active(goal="Win them back")
    html = page(client, "segment", made.pk)
    for word in ("Ada Rossi", "Country is “IT”", "Win them back", "fresh as of", "50 % of 2"):
        assert word in html.replace("\xa0", " ")
    assert "Bob" not in html
    assert "Ada Rossi" in page(client, "segment", made.pk, q="ross")
    assert "Nobody in this list matches" in page(client, "segment", made.pk, q="bob")


def test_members_of_the_past_are_shown_by_day(client, marketer):
    made = static(ContactFactory(first_name="Ada"))
    backdate(clock.now() - timedelta(days=3))
    services.remove_members(made.pk, list(Membership.objects.values_list("contact_id", flat=True)), actor=SYSTEM)
    then = (clock.now() - timedelta(days=2)).date().isoformat()
    assert "Ada" in page(client, "segment", made.pk, at=then)
    assert "Ada" not in page(client, "segment", made.pk)


def test_the_ledger_says_who_moved_when_and_why(client, marketer):
    ada = ContactFactory(first_name="Ada")
    made = static(ada)
    services.remove_members(made.pk, [ada.pk], actor=SYSTEM)
    html = page(client, "ledger", made.pk)
    assert html.count("by hand") == 2
    assert page(client, "ledger", made.pk, change="left").count("by hand") == 1


def test_charts_draw_the_size_and_what_entered_and_left(client, marketer):
    ada = ContactFactory()
    made = static(ada, ContactFactory())
    Segment.objects.update(created_at=clock.now() - timedelta(days=200))
    services.remove_members(made.pk, [ada.pk], actor=SYSTEM)
    size = client.get(reverse("segments:size_chart", args=[made.pk])).json()
    assert (size["kind"], size["series"][0]["values"][-1], len(size["labels"])) == ("size", 1, 90)
    week = client.get(reverse("segments:size_chart", args=[made.pk]), {"days": "7"}).json()
    assert [series["values"][-1] for series in week["series"]] == [1, 2, -1]
    assert len(week["labels"]) == 7


def test_charts_and_small_lines_begin_with_the_list(client, marketer):
    made = static(ContactFactory())
    Segment.objects.update(created_at=clock.now() - timedelta(days=4))
    size = client.get(reverse("segments:size_chart", args=[made.pk])).json()
    assert size["series"][0]["values"] == [0, 0, 0, 0, 1]
    assert "1 in 5 days" in page(client, "list")
    line = page(client, "list").split('<path d="')[1].split('"')[0]
    assert line.count("L") == 4


def test_whom_the_first_build_found_has_not_moved(client, marketer):
    ContactFactory(country="IT")
    made = active()
    assert "No list grew or shrank this week" in client.get("/").content.decode()
    services.update_segment(made.pk, definition={"property": "country", "op": "is", "value": "FR"}, actor=SYSTEM)
    while build.run_waiting():
        pass
    html = client.get("/").content.decode()
    assert "No list grew or shrank" not in html
    assert "−1" in html
    assert "+1" not in html


def test_versions_and_uses_are_told(client, marketer):
    inner = active()
    services.update_segment(
        inner.pk, definition={"property": "country", "op": "is", "value": "FR"}, reason="Moved", actor=marketer.actor()
    )
    active("Outer", {"segment": inner.pk, "op": "in"})
    html = page(client, "versions", inner.pk)
    for word in ("Version 2", "Country is “FR”", "Moved", "mara@example.org", "the list “Outer”"):
        assert word in html


def test_what_people_should_know_is_changed_where_it_is_read(client, marketer):
    made = active()
    fields = {"name": "Italy", "note_sales": "Call before noon", "owner": marketer.pk, "review_on": "2026-12-01"}
    response = post(client, "about", made.pk, **fields)
    assert "Saved." in response.content.decode()
    made.refresh_from_db()
    assert (made.name, made.note_sales, made.owner, str(made.review_on)) == (
        *[*fields.values()][:2],
        marketer,
        "2026-12-01",
    )
    static(name="Taken")
    refused = post(client, "about", made.pk, **fields | {"name": "taken"})
    assert refused.status_code == 422
    assert "Another list has this name" in refused.content.decode()


def test_people_are_added_by_mail_and_by_external_id_and_unknown_names_come_back(client, marketer):
    ContactFactory(email="Ada@example.org")
    ContactFactory(external_id="c-7", email=None)
    made = static()
    response = post(client, "add_members", made.pk, people="ada@EXAMPLE.org, c-7\nnobody@example.org")
    html = response.content.decode()
    assert "2 people were added." in html
    assert "nobody@example.org" in html
    assert Membership.objects.filter(segment=made).count() == 2


def test_members_are_taken_out_by_choice_or_by_search(client, marketer):
    ada, bob, eve = (ContactFactory(first_name=name) for name in ("Ada", "Bob", "Eve"))
    made = static(ada, bob, eve)
    post(client, "remove_members", made.pk, contact=[ada.pk])
    assert set(Membership.objects.values_list("contact_id", flat=True)) == {bob.pk, eve.pk}
    post(client, "remove_members", made.pk, all="1", q="eve")
    assert set(Membership.objects.values_list("contact_id", flat=True)) == {bob.pk}


def test_a_static_list_starts_from_another_list(client, marketer):
    source = static(ContactFactory(), ContactFactory())
    post(client, "new_static", name="Copy", source=source.pk)
    made = Segment.objects.get(name="Copy")
    assert (made.kind, made.size) == ("static", 2)
    post(client, "new_static", name="Snapshot", source=source.pk, renew="7")
    assert Segment.objects.get(name="Snapshot").snapshot_every == timedelta(days=7)


def test_a_list_becomes_static_and_active_again_after_the_difference_was_shown(client, marketer):
    ContactFactory(country="IT")
    made = active()
    assert "1 member stays" in page(client, "convert", made.pk)
    post(client, "convert", made.pk)
    made.refresh_from_db()
    assert made.kind == "static"
    ContactFactory(country="IT")
    html = page(client, "convert", made.pk)
    assert "would enter" in html
    post(client, "convert", made.pk)
    made.refresh_from_db()
    assert (made.kind, made.state) == ("active", "building")


def test_a_build_is_watched_and_stopped(client, marketer):
    made = services.create_segment(name="Slow", kind="active", definition=ITALIANS, actor=SYSTEM)
    assert 'hx-trigger="every 1s"' in page(client, "segment", made.pk)
    post(client, "cancel_build", made.pk)
    assert "The first build was cancelled." in page(client, "segment", made.pk)
    post(client, "refresh", made.pk)
    while build.run_waiting():
        pass
    response = client.get(reverse("segments:standing", args=[made.pk]))
    assert response["HX-Refresh"] == "true"


def test_a_duplicate_has_a_free_name_and_the_same_people(client, marketer):
    made = static(ContactFactory())
    post(client, "duplicate", made.pk)
    post(client, "duplicate", made.pk)
    assert {(one.name, one.size) for one in Segment.objects.exclude(pk=made.pk)} == {
        ("By hand (copy)", 1),
        ("By hand (copy 2)", 1),
    }


def test_a_list_in_use_is_not_deleted_and_says_why(client, marketer):
    inner = active()
    outer = active("Outer", {"segment": inner.pk, "op": "in"})
    assert "Remove it there first." in post(client, "delete", inner.pk).content.decode()
    post(client, "delete", outer.pk)
    post(client, "delete", inner.pk)
    assert not Segment.objects.exists()


def test_members_are_exported_as_a_file(client, marketer):
    made = static(ContactFactory(email="ada@example.org"))
    response = client.get(reverse("segments:export", args=[made.pk]))
    assert response["Content-Disposition"] == 'attachment; filename="by-hand.csv"'
    assert b"ada@example.org" in b"".join(response.streaming_content)


def test_the_contact_page_and_the_contacts_table_know_the_lists(client, marketer):
    ada, _bob = ContactFactory(first_name="Ada"), ContactFactory(first_name="Bob")
    made = static(ada)
    services.update_segment(made.pk, note_service="Answer first", actor=SYSTEM)
    html = client.get(reverse("contacts:contact", args=[ada.pk])).content.decode()
    assert "By hand" in html
    assert "Answer first" in html
    table = client.get(reverse("contacts:list"), {"segment": made.pk}).content.decode()
    assert "Ada" in table
    assert "Bob" not in table


def test_viewers_read_everything_and_change_nothing(client, viewer):
    made = static(ContactFactory())
    for name in ("segment", "ledger", "versions", "about"):
        assert "Delete the list" not in page(client, name, made.pk)
    for name in ("delete", "duplicate", "convert", "refresh", "remove_members", "add_members", "about"):
        assert client.post(reverse(f"segments:{name}", args=[made.pk])).status_code == 403
    assert Segment.objects.count() == 1


@pytest.mark.parametrize("query", [{"at": "9999-99-99"}, {"at": "x"}, {"q": "%"}, {"page": "x"}, {"sort": "-x"}])
def test_odd_addresses_show_the_page(client, marketer, query):
    page(client, "segment", static().pk, **query)
    page(client, "ledger", static(name="b").pk, change="x", **query)
    assert json.loads(
        client.get(reverse("segments:size_chart", args=[Segment.objects.first().pk]), {"days": "x"}).content
    )
