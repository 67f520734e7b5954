"""The page of a list: what it is for, who is in, how it went, whom it shares; and what two people write at once."""

from datetime import timedelta

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from contacts.models import Company
from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build, drain
from segments.models import Segment, Target

from .factories import ContactFactory, EventTypeFactory
from .moving import backdate

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


def sign_in(client, role=Role.MARKETER, name="mara"):
    user = User.objects.create_user(f"{name}@example.org", "correct horse battery", role=role)
    client.force_login(user)
    return user


@pytest.fixture
def marketer(client):
    return sign_in(client)


def active(name="Italians", definition=ITALIANS, **details):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    while build.run_waiting():
        pass
    made.refresh_from_db()
    return made


def static(*contacts, name="By hand", **details):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM, **details)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    made.refresh_from_db()
    return made


def page(client, name, *args, **query):
    response = client.get(reverse(f"segments:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def chart(client, segment, **query):
    return client.get(reverse("segments:size_chart", args=[segment.pk]), query).json()


@pytest.mark.parametrize(
    ("role", "order"),
    [
        (Role.MARKETER, ["For marketing", "For sales", "For service"]),
        (Role.SALES, ["For sales", "For marketing", "For service"]),
        (Role.SERVICE, ["For service", "For marketing", "For sales"]),
    ],
)
def test_every_team_reads_its_own_note_first(client, role, order):
    sign_in(client, role)
    notes = {f"note_{team}": f"For {team}" for team in ("marketing", "sales", "service")}
    html = page(client, "segment", static(persona="Ada, 34", **notes).pk)
    assert sorted(order, key=html.index) == order
    assert "Ada, 34" in html


def test_the_goal_stands_beside_the_members_with_its_progress(client, marketer):
    made = static(ContactFactory(), ContactFactory(), goal="Win them back")
    assert "Win them back" in page(client, "segment", made.pk)
    fields = {"name": made.name, "target-metric": "size", "target-value": "6", "target-by": "2027-01-31"}
    assert "Saved." in client.post(reverse("segments:about", args=[made.pk]), fields, follow=True).content.decode()
    services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    html = page(client, "segment", made.pk).replace("\xa0", " ")
    for words in ("Size of the list", "<strong>3</strong>", "25 % of the way from 2", "of the time"):
        assert words in html
    assert "25.0%" in html
    assert "25 % of the way" not in page(client, "ledger", made.pk).replace("\xa0", " ")


def test_a_target_is_refused_at_its_field_and_taken_away_where_it_was_set(client, marketer):
    EventTypeFactory(name="Order Completed")
    made = static()
    address, fields = reverse("segments:about", args=[made.pk]), {"name": made.name}
    refused = client.post(address, fields | {"target-metric": "did", "target-value": "10"})
    assert refused.status_code == 422
    assert "Choose what the members are to do." in refused.content.decode()
    client.post(address, fields | {"target-metric": "did", "target-value": "10", "target-event": "Order Completed"})
    assert Target.objects.get().event == "Order Completed"
    client.post(address, fields | {"note_sales": "Call"})  # says nothing of a target
    assert Target.objects.exists()
    client.post(address, fields | {"target-metric": ""})
    assert not Target.objects.exists()


def test_two_who_change_a_list_at_once_see_the_difference(client, marketer):
    made = static(goal="Old goal")
    address = reverse("segments:about", args=[made.pk])
    seen = client.get(address).context["seen"]
    services.update_segment(made.pk, goal="Their goal", actor=marketer.actor())
    services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    mine = {"name": made.name, "goal": "My goal", "seen": seen}
    refused = client.post(address, mine)
    html = refused.content.decode()
    assert refused.status_code == 409
    for words in ("Their goal", "My goal", "Keep mine", "mara@example.org"):
        assert words in html
    assert Segment.objects.get().goal == "Their goal"
    client.post(address, mine | {"keep": refused.context["changed"].seen})
    assert Segment.objects.get().goal == "My goal"


def test_members_entering_meanwhile_are_no_conflict(client, marketer):
    made = static()
    seen = client.get(reverse("segments:about", args=[made.pk])).context["seen"]
    services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    fields = {"name": made.name, "goal": "Mine", "seen": seen}
    assert client.post(reverse("segments:about", args=[made.pk]), fields).status_code == 302
    assert Segment.objects.get().goal == "Mine"


def test_members_sort_by_company_and_stage(client, marketer):
    people = [
        ContactFactory(first_name=name, company=Company.objects.create(name=company), lifecycle_stage=stage)
        for name, company, stage in (("Ada", "Zeta", "lead"), ("Bob", "Alpha", "customer"))
    ]
    made = static(*people, ContactFactory(first_name="Eve"))
    html = page(client, "segment", made.pk, sort="company")
    assert html.index(">Bob<") < html.index(">Ada<") < html.index(">Eve<")
    html = page(client, "segment", made.pk, sort="-lifecycle_stage")
    assert html.index(">Ada<") < html.index(">Bob<") < html.index(">Eve<")
    assert "Zeta" in html


def test_the_export_beside_the_table_holds_whom_the_table_shows(client, marketer):
    made = static(ContactFactory(first_name="Ada"), ContactFactory(first_name="Bob"))
    export = reverse("segments:export", args=[made.pk])
    assert f'{export}?q=ada"' in page(client, "segment", made.pk, q="ada", sort="name", page="1")
    assert f'{export}"' in page(client, "segment", made.pk)


def test_the_number_of_queries_does_not_grow_with_the_members(client, marketer, django_assert_max_num_queries):
    companies = [Company.objects.create(name=f"Company {number}") for number in range(30)]
    made = static(*(ContactFactory(company=company) for company in companies))
    for query in ({}, {"sort": "company"}, {"q": "contact"}, {"at": clock.now().isoformat()}):
        with django_assert_max_num_queries(40):
            page(client, "segment", made.pk, **query)


def test_the_chart_notes_edits_with_their_reason_and_campaigns_to_the_list(client, marketer):
    made = active()
    french = {"property": "country", "op": "is", "value": "FR"}
    services.update_segment(made.pk, definition=french, reason="Moved abroad", actor=SYSTEM)
    now = clock.now()
    Campaign.objects.create(name="Spring", include=[made.pk], state="sent", started_at=now)
    Campaign.objects.create(name="Elsewhere", include=[made.pk + 1], exclude=[made.pk], state="sent", started_at=now)
    Campaign.objects.create(name="Draft", include=[made.pk])
    notes = chart(client, made)["notes"]
    assert [note["said"] for note in notes] == ["Version 2: Moved abroad", "Campaign “Spring” started"]
    assert {note["at"] for note in notes} == {f"{now:%Y-%m-%d}"}
    assert [note["text"] for note in notes] == ["Version 2", "Spring"]


def test_the_range_of_the_chart_is_in_the_address(client, marketer):
    made = static(ContactFactory())
    Segment.objects.update(created_at=clock.now() - timedelta(days=500))
    assert [len(chart(client, made, days=days)["labels"]) for days in (30, 90, 365, "x")] == [30, 90, 365, 90]
    html = page(client, "segment", made.pk, days=365, q="a")
    assert "size.json?days=365" in html
    assert "?days=30&amp;q=a" in html or "?q=a&amp;days=30" in html
    assert 'name="days" value="365"' in html


def test_the_ledger_is_narrowed_by_cause_period_and_person(client, marketer):
    ada, bob = ContactFactory(first_name="Ada"), ContactFactory(first_name="Bob")
    made = active()
    backdate(clock.now() - timedelta(days=60))
    services.pin(made.pk, [ada.pk, bob.pk], direction="in", actor=SYSTEM)
    drain.drain()
    backdate(clock.now() - timedelta(days=10), contact_id=ada.pk)
    day = (clock.now() - timedelta(days=5)).date().isoformat()

    def names(**query):
        html = page(client, "ledger", made.pk, **query)
        return {name for name in ("Ada", "Bob") if f">{name}<" in html}

    assert names() == names(cause="hand") == names(cause="pin") == {"Ada", "Bob"}
    assert names(cause="attribute") == names(cause="x") == set()
    assert names(**{"from": day}) == {"Bob"}
    assert names(to=day) == names(to=day, cause="hand", change="entered", q="ada") == {"Ada"}
    assert names(**{"from": "x", "to": "2026-99-99"}) == {"Ada", "Bob"}
    lines = b"".join(client.get(reverse("segments:export_ledger", args=[made.pk]), {"from": day}).streaming_content)
    assert (b"Bob" in lines, b"Ada" in lines) == (True, False)


def test_causes_are_told_apart_by_kind(client, marketer):
    ada, eve = ContactFactory(first_name="Ada", country="FR"), ContactFactory(first_name="Eve", country="IT")
    made = active()
    drain.drain()
    ada.country = "IT"
    ada.save()
    drain.drain()
    services.pin(made.pk, [eve.pk], direction="out", actor=SYSTEM)
    drain.drain()
    found = {
        kind: {name for name in ("Ada", "Eve") if f">{name}<" in page(client, "ledger", made.pk, cause=kind)}
        for kind in ("attribute", "attribute:country", "edit", "hand", "time")
    }
    assert found == {
        "attribute": {"Ada"},
        "attribute:country": {"Ada"},
        "edit": {"Eve"},
        "hand": {"Eve"},
        "time": set(),
    }


def test_overlap_ranks_by_likeness_and_counts_one_of_choice(client, marketer):
    people = [ContactFactory() for _ in range(6)]
    made = static(*people[:4], name="Mine")
    twin = static(*people[:3], name="Twin")
    static(*people[3:], name="Touching")
    static(ContactFactory(), name="Apart")
    gone = static(*people[:4], name="Archived")
    services.archive(gone.pk, actor=SYSTEM)
    html = page(client, "overlap", made.pk)
    table = html[: html.index("With a list of your choice")]
    assert table.index("Twin") < table.index("Touching")
    for words in ("75 %", "100 %", f"ids={made.pk},{twin.pk}"):
        assert words in table.replace("\xa0", " ")
    assert "Apart" not in table
    assert "Archived" not in html
    assert "Apart" in html  # may be chosen
    assert reverse("segments:overlap_pair", args=[made.pk, twin.pk]) in page(
        client, "overlap", made.pk, **{"with": twin.pk}
    )
    pair = client.get(reverse("segments:overlap_pair", args=[made.pk, twin.pk])).content.decode().replace("\xa0", " ")
    assert "75 % of 4 in either" in pair
    assert f"in={made.pk}&amp;out={twin.pk}" in pair


def test_an_empty_list_and_odd_addresses_show_the_page(client, marketer):
    made = static()
    assert "No other list holds any of these people" in page(client, "overlap", made.pk)
    for odd in ("x", "0", "-1", "9" * 30, str(made.pk)):
        page(client, "overlap", made.pk, **{"with": odd})
    page(client, "ledger", made.pk, cause="'; --", **{"from": "0001-01-01", "to": "9999-12-31"})
    assert client.get(reverse("segments:overlap_pair", args=[made.pk, 10**9])).status_code == 404
