"""The attributes page: what is known of how many, the spread of values, who reads them, and what may be changed."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from campaigns.models import Campaign
from contacts.models import AttributeDefinition
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services as lists
from tests.factories import AttributeFactory, CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role="marketer"))
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    return client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def rows_of(client: Client, query: str = "") -> dict:
    groups = client.get(f"/attributes/{query}").context["groups"]
    return {row.field.key: row for _name, rows in groups for row in rows}


def bars_of(client: Client, key: str, entity: str = "contact") -> dict[str, int]:
    found = client.get(f"/attributes/{entity}/{key}/").context["values"]
    return {bar.label: bar.count for bar in found.bars}


@pytest.mark.parametrize(
    "path", ["/attributes/", "/attributes/?of=company", "/attributes/contact/email/", "/attributes/new/"]
)
def test_the_pages_answer_for_an_empty_account(marketer: Client, path: str):
    text_of(marketer.get(path))


def test_strangers_are_asked_to_sign_in(client: Client):
    User.objects.create_user("ada@example.org", "correct horse battery", role="admin")
    assert client.get("/attributes/")["Location"].startswith("/accounts/login/")


def test_each_attribute_shows_of_how_many_it_is_known(viewer: Client):
    AttributeFactory(key="plan", label="Plan", group="Shop", type="enum", options=["free", "pro"])
    AttributeFactory(key="tier", entity="company")
    for country in ("IT", "FR", None):
        ContactFactory(country=country, attributes={"plan": "pro"} if country == "IT" else {})
    CompanyFactory(attributes={"tier": "gold"})
    people = rows_of(viewer)
    assert (people["country"].known, people["country"].total) == (2, 3)
    assert (people["plan"].known, str(people["plan"].field.group)) == (1, "Shop")
    assert "tier" not in people
    assert rows_of(viewer, "?of=company")["tier"].known == 1


def test_attributes_are_found_by_label_and_key(viewer: Client):
    AttributeFactory(key="plan", label="Tariff")
    assert rows_of(viewer, "?q=tarif").keys() == {"plan"}
    assert rows_of(viewer, "?q=plan").keys() == {"plan"}
    assert "Show all attributes" in text_of(viewer.get("/attributes/?q=nothing"))


def test_lists_and_campaigns_that_read_an_attribute_are_named(viewer: Client):
    AttributeFactory(key="plan")
    AttributeFactory(key="tier", entity="company")
    pros = lists.create_segment(
        name="Pros", kind="active", definition={"property": "plan", "op": "is", "value": "pro"}, actor=SYSTEM
    )
    lists.create_segment(
        name="Gold", kind="active", definition={"property": "company.tier", "op": "is", "value": "gold"}, actor=SYSTEM
    )
    Campaign.objects.create(name="For pros", include=[pros.pk])
    Campaign.objects.create(name="By name", body_text="Your plan is {{ contact.attributes.plan }}")
    Campaign.objects.create(name="Of others", body_text="Hello {{ contact.first_name }}")
    uses = {use.name for use in rows_of(viewer)["plan"].uses}
    assert uses == {"Pros", "For pros", "By name"}
    assert [use.name for use in rows_of(viewer, "?of=company")["tier"].uses] == ["Gold"]
    text = text_of(viewer.get("/attributes/contact/plan/"))
    assert f"/lists/{pros.pk}/" in text


def test_the_number_of_queries_does_not_grow_with_attributes(viewer: Client, django_assert_max_num_queries):
    for number in range(40):
        AttributeFactory(key=f"own_{number}")
    viewer.get("/attributes/")
    with django_assert_max_num_queries(17):
        assert len(rows_of(viewer)) > 80


def test_values_are_shown_by_how_often_they_are(viewer: Client):
    AttributeFactory(key="tags", type="multi_enum")
    for tags in (["a", "b"], ["a"], ["a", HOSTILE]):
        ContactFactory(country="IT", attributes={"tags": tags})
    ContactFactory(country="FR")
    assert bars_of(viewer, "country") == {"IT": 3, "FR": 1}
    assert bars_of(viewer, "tags")["a"] == 3
    assert "<script>alert" not in text_of(viewer.get("/attributes/contact/tags/"))
    chart = viewer.get("/attributes/contact/tags/chart/").json()
    assert (chart["kind"], chart["labels"][0], chart["series"][0]["values"][0]) == ("share", "a", 3)


def test_numbers_make_a_histogram_of_round_steps_that_holds_everybody(viewer: Client):
    AttributeFactory(key="score", type="number")
    for score in (1, 2, 2.5, 40, 99, 100):
        ContactFactory(attributes={"score": score})
    ContactFactory(attributes={"score": "no number"})
    bars = bars_of(viewer, "score")
    assert list(bars)[:3] == ["0", "10", "20"]
    assert (bars["0"], sum(bars.values())) == (3, 6)
    labels = viewer.get("/attributes/contact/score/chart/").json()["labels"]
    assert (labels[0], labels[-1][:2]) == ("0–10", "≥ ")
    found = viewer.get("/attributes/contact/score/").context["values"]
    assert (found.low, found.high) == (1, 100)


def test_dates_are_shown_by_month_and_over_decades_by_year(viewer: Client):
    AttributeFactory(key="renewal", type="date")
    for day in ("2026-01-31", "2026-03-01", "2026-03-02"):
        ContactFactory(attributes={"renewal": day})
    assert bars_of(viewer, "renewal") == {"2026-01": 1, "2026-02": 0, "2026-03": 2}
    for year in (1950, 1990, 2001):
        ContactFactory(birth_date=date(year, 5, 5))
    bars = bars_of(viewer, "birth_date")
    assert sum(bars.values()) == 3
    assert all(len(label) == 4 for label in bars)


def test_age_booleans_and_places_have_their_own_words(viewer: Client):
    AttributeFactory(key="vip", type="boolean")
    born = clock.now().date() - timedelta(days=365 * 30 + 30)
    ContactFactory(birth_date=born, attributes={"vip": True}, latitude=1, longitude=2)
    assert bars_of(viewer, "age") == {"30": 1}
    assert viewer.get("/attributes/contact/vip/chart/").json()["labels"] == ["yes"]
    assert "1 place is known." in text_of(viewer.get("/attributes/contact/location/"))


def test_of_many_a_random_sample_is_looked_at_and_said_so(viewer: Client, monkeypatch):
    for number in range(30):
        ContactFactory(country="IT" if number % 2 else "FR")
    monkeypatch.setattr("contacts.filling.FEW", 10)
    monkeypatch.setattr("contacts.distribution.SAMPLED", 20)
    answer = viewer.get("/attributes/contact/country/")
    assert "of 20 taken at random" in text_of(answer)
    assert "not counted yet" in text_of(answer)


def test_an_attribute_is_made_changed_and_its_history_kept(marketer: Client):
    sent = {"entity": "contact", "key": "plan", "type": "enum", "options": "free\n\n pro \n", "group": "Shop"}
    assert marketer.post("/attributes/new/", sent)["Location"] == "/attributes/contact/plan/"
    made = AttributeDefinition.objects.get()
    assert (made.label, made.options, made.group) == ("Plan", ["free", "pro"], "Shop")
    changed = {"label": "Tariff", "group": "", "description": HOSTILE, "options": "free\npro\nteam"}
    marketer.post("/attributes/contact/plan/edit/", changed)
    made.refresh_from_db()
    assert (made.label, made.options, made.group, made.description) == ("Tariff", ["free", "pro", "team"], "", HOSTILE)
    text = text_of(marketer.get("/attributes/contact/plan/"))
    assert "History of the definition" in text
    assert "team" in text
    assert "<script>alert" not in text


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"key": "Not Small"}, "Expected small letters"),
        ({"key": "country"}, "is the name of a standard field"),
        ({"key": "plan", "type": "enum"}, "Give the options"),
        ({"key": "plan", "type": "enum", "options": "a\na"}, "This option is there twice"),
    ],
)
def test_problems_of_a_new_attribute_stand_at_their_fields(marketer: Client, sent: dict, said: str):
    answer = marketer.post("/attributes/new/", {"entity": "contact", "type": "text", **sent})
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not AttributeDefinition.objects.exists()


def test_deleting_asks_says_what_goes_and_is_refused_while_a_list_reads_it(marketer: Client):
    AttributeFactory(key="plan", label="Plan")
    ada = ContactFactory(attributes={"plan": "pro"})
    made = lists.create_segment(
        name="Pros", kind="active", definition={"property": "plan", "op": "is", "value": "pro"}, actor=SYSTEM
    )
    assert "This attribute cannot be deleted now" in text_of(marketer.get("/attributes/contact/plan/"))
    marketer.post("/attributes/contact/plan/delete/")
    assert AttributeDefinition.objects.exists()
    lists.delete_segment(made.pk, actor=SYSTEM)
    assert "1 has one. This cannot be undone." in text_of(marketer.get("/attributes/contact/plan/"))
    assert marketer.post("/attributes/contact/plan/delete/")["Location"] == "/attributes/"
    ada.refresh_from_db()
    assert ada.attributes == {}


@pytest.mark.parametrize(("asked", "found"), [("value=pro", {"Ada"}), ("", {"Ada", "Grace"}), ("known=no", {"Alan"})])
def test_a_number_leads_to_the_people_behind_it(viewer: Client, asked: str, found: set):
    AttributeFactory(key="plan")
    for name, attributes in (("Ada", {"plan": "pro"}), ("Grace", {"plan": "free"}), ("Alan", {})):
        ContactFactory(first_name=name, attributes=attributes)
    answer = viewer.get(f"/attributes/contact/plan/people/?{asked}", follow=True)
    assert {contact.first_name for contact in answer.context["table"].rows} == found


def test_tags_and_truths_lead_to_their_people(viewer: Client):
    AttributeFactory(key="tags", type="multi_enum")
    AttributeFactory(key="vip", type="boolean")
    ContactFactory(first_name="Ada", attributes={"tags": ["a", "b"], "vip": False})
    ContactFactory(first_name="Grace", attributes={"tags": ["b"], "vip": True})
    for asked, name in (("tags/people/?value=a", "Ada"), ("vip/people/?value=True", "Grace")):
        rows = viewer.get(f"/attributes/contact/{asked}", follow=True).context["table"].rows
        assert [contact.first_name for contact in rows] == [name]


def test_viewers_look_and_standard_attributes_stay(viewer: Client, marketer: Client):
    AttributeFactory(key="plan")
    assert marketer.post("/attributes/contact/email/delete/").status_code == 404
    viewer.force_login(User.objects.get(role="viewer"))
    for path in ("new/", "contact/plan/edit/", "contact/plan/delete/"):
        assert viewer.post(f"/attributes/{path}", {"label": "mine"}).status_code == 403
    assert "delete-attribute" not in text_of(viewer.get("/attributes/contact/plan/"))


@pytest.mark.parametrize("path", ["contact/nothing/", "person/email/", "contact/nothing/chart/"])
def test_an_attribute_that_is_not_there_is_not_found(viewer: Client, path: str):
    assert viewer.get(f"/attributes/{path}").status_code == 404
