"""The pages of leads: the queue, who takes whom, score models and their editor, and why somebody has a score."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from contacts.models import AttributeHistory, Contact, Note, Task
from crmseg.access.models import AuditEntry, Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.models import Score, ScoreModel
from segments.scoring import build, example, queue, services
from tests.factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALIAN = {"property": "country", "op": "is", "value": "IT"}
BOUGHT = {"event": "Page Viewed", "op": "did"}
DEFINITION = {
    "groups": [
        {"name": "Who", "kind": "fit", "rules": [{"name": "Italian", "definition": ITALIAN, "points": 20}]},
        {"name": "What", "kind": "engagement", "cap": 30, "rules": [{"definition": BOUGHT, "points": 40}]},
    ]
}


@pytest.fixture
def sales(client):
    user = User.objects.create_user("sara@example.org", "correct horse battery", role=Role.SALES, name="Sara")
    client.force_login(user)
    return user


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER, name="Mara")
    client.force_login(user)
    return user


@pytest.fixture
def model():
    return services.create_model(key="lead_score", name="Lead score", definition=DEFINITION, actor=SYSTEM)


def scored():
    build.run_waiting()


def seen(contact, **details):
    EventFactory(contact=contact, type__name="Page Viewed", **details)
    return contact


def test_without_a_model_the_queue_teaches_by_an_example_that_a_click_creates(client, marketer):
    assert b"Create this example" in client.get(reverse("leads:queue")).content
    answer = client.post(reverse("leads:example"), follow=True)
    made = ScoreModel.objects.get()
    assert (made.key, made.is_default, made.state) == ("lead_score", True, "building")
    assert "Address at work" in answer.content.decode()


def test_the_queue_shows_who_comes_first_why_what_changed_and_what_is_next(client, sales, model):
    ada = seen(ContactFactory(first_name="Ada", country="IT", owner="Otto"))
    bea = ContactFactory(first_name="Bea", country="IT")
    ContactFactory(first_name="Carla", lifecycle_stage="customer", country="IT")
    scored()
    AttributeHistory.objects.create(
        contact_id=ada.pk, key="lead_score", old=20, new=50, at=clock.now() - timedelta(days=2), actor="system:scores"
    )
    Note.objects.create(contact=ada, text="Called", author="x", created_at=clock.now(), updated_at=clock.now())
    for title, days in (("Send the offer", 3), ("Call her", 1)):
        at = clock.now()
        Task.objects.create(
            contact=ada, title=title, due_at=at + timedelta(days=days), created_by="x", created_at=at, updated_at=at
        )
    page = client.get(reverse("leads:queue")).content.decode()
    assert page.index("Ada") < page.index("Bea")
    assert "Carla" not in page, "customers are no leads"
    row = page[page.index(f'id="lead-{ada.pk}"') : page.index(f'id="lead-{bea.pk}"')]
    for said in ("Italian", "+20", "+40", "+30", "Otto", "Note", "Call her"):
        assert said in row
    assert "Send the offer" not in row
    everyone = client.get(reverse("leads:queue"), {"stage": "all"}).content.decode()
    assert "Carla" in everyone


def test_the_number_of_queries_does_not_grow_with_the_rows(client, sales, model, django_assert_max_num_queries):
    for _number in range(3):
        seen(ContactFactory(country="IT"))
    scored()
    client.get(reverse("leads:queue"))
    with django_assert_max_num_queries(40) as few:
        client.get(reverse("leads:queue"))
    for _number in range(12):
        seen(ContactFactory(country="IT"))
    services.rebuild_model(model.pk, actor=SYSTEM)
    scored()
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(reverse("leads:queue"))


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"owner": "me"}, {"Ada"}),
        ({"owner": "none"}, {"Bea"}),
        ({"owner": "Otto"}, {"Carl"}),
        ({"grade": "A1"}, {"Ada"}),
        ({"grade": "A"}, {"Ada", "Bea"}),
        ({"grade": "1"}, {"Ada", "Carl"}),
        ({"stage": "lead"}, {"Carl"}),
        ({"q": "be"}, {"Bea"}),
    ],
)
def test_filters_narrow_the_queue(sales, model, asked, names):
    seen(ContactFactory(first_name="Ada", email="a@example.org", country="IT", owner="Sara"))
    ContactFactory(first_name="Bea", email="b@example.org", country="IT")
    seen(ContactFactory(first_name="Carl", email="c@example.org", owner="Otto", lifecycle_stage="lead"))
    scored()
    found = queue.rows(model, queue.read(asked), sales)
    assert {score.contact.first_name for score in found} == names


def test_taking_a_lead_makes_it_mine_and_is_written_down(client, sales, model):
    ada = ContactFactory()
    scored()
    client.post(reverse("leads:assign"), {"contact": [ada.pk], "owner": "me"})
    ada.refresh_from_db()
    assert ada.owner == "Sara"
    assert AuditEntry.objects.filter(object_type="contact", object_id=str(ada.pk), action="updated").exists()


def test_many_leads_are_given_to_somebody_and_to_nobody_and_others_stay(client, sales, model):
    ada, bea, carl = (ContactFactory(owner="Otto") for _one in range(3))
    back = reverse("leads:queue") + "?grade=A1"
    answer = client.post(reverse("leads:assign"), {"contact": [ada.pk, bea.pk, "x"], "owner": "Mara", "back": back})
    assert answer.url == back
    client.post(reverse("leads:assign"), {"contact": [bea.pk], "owner": "", "back": "//evil.example"})
    owners = [Contact.objects.get(pk=one.pk).owner for one in (ada, bea, carl)]
    assert owners == ["Mara", None, "Otto"]


def test_who_only_reads_may_not_assign(client, model):
    client.force_login(User.objects.create_user("vera@example.org", "x", role=Role.VIEWER))
    assert client.post(reverse("leads:assign"), {"contact": [1], "owner": "me"}).status_code == 403


def test_the_file_holds_what_the_queue_shows(client, sales, model):
    seen(ContactFactory(first_name="=Ada", country="IT"))
    scored()
    answer = client.get(reverse("leads:export"))
    head, row = b"".join(answer.streaming_content).decode().strip().split("\r\n")
    assert head.startswith("id,external_id,email")
    assert "'=Ada" in row
    assert "50,A1,20,30,0" in row
    assert AuditEntry.objects.filter(action="exported", object_type="scoremodel").exists()


def test_a_contact_is_explained_point_by_point_with_its_evidence(client, sales, model):
    ada = seen(ContactFactory(first_name="Ada", country="IT"))
    scored()
    page = client.get(reverse("leads:lead", args=[ada.pk])).content.decode()
    for said in ("Italian", "+20", "+40", "Page Viewed #", "at most 30"):
        assert said in page
    assert client.get(reverse("leads:lead", args=[ada.pk + 99])).status_code == 404


def test_the_contact_page_has_the_score_with_its_course(client, sales, model):
    ada = ContactFactory(country="IT")
    scored()
    page = client.get(reverse("contacts:contact", args=[ada.pk])).content.decode()
    assert reverse("leads:lead", args=[ada.pk]) in page
    assert "score-spark" in page


def test_how_a_score_went_begins_when_somebody_was_first_scored(client, sales, model):
    ada, now = ContactFactory(country="IT"), clock.now()
    scored()

    def drawn():
        (line,) = client.get(reverse("leads:history_chart", args=[ada.pk])).json()["series"]
        return line["values"]

    assert drawn() == [None] * 90 + [20]
    ScoreModel.objects.update(created_at=now - timedelta(days=50))
    Contact.objects.update(created_at=now - timedelta(days=60))
    AttributeHistory.objects.create(
        contact_id=ada.pk, key="lead_score", old=5, new=20, at=now - timedelta(days=10), actor="system:test"
    )
    assert drawn() == [None] * 40 + [5] * 40 + [20] * 11


def form_of(client, model):
    """What the editor's form holds, as a browser would send it."""
    context = client.get(reverse("leads:edit", args=[model.pk])).context
    data = {"version": context["held"].version}
    for group in context["groups"]:
        data |= {f"{group['id']}.{name}": group["group"][name] or "" for name in ("name", "kind", "cap")}
        for row in group["rules"]:
            rule = row["rule"]
            data |= {f"{row['id']}.definition": row["json"], f"{row['id']}.points": rule["points"]}
            data[f"{row['id']}.name"] = rule["name"]
    for edge in context["edges"]:
        data |= {name: value for name, _word, value in edge["fields"]}
    return data


def test_saving_the_editor_unchanged_changes_nothing(client, marketer, model):
    client.post(reverse("leads:edit", args=[model.pk]), form_of(client, model) | {"do": "save"})
    model.refresh_from_db()
    assert model.version == 1
    client.post(reverse("leads:effect", args=[model.pk]), form_of(client, model))
    assert not client.get(reverse("leads:edit", args=[model.pk])).context["held"].changed


def test_points_caps_fading_and_edges_are_saved_as_a_new_version(client, marketer, model):
    data = form_of(client, model) | {"g0.r0.points": "25", "g1.cap": "35", "fit.0": "80", "do": "save", "reason": "Why"}
    data |= {"g1.r0.fades": "on", "g1.r0.every": "14", "g1.r0.unit": "day", "g1.r0.keep": "40", "g1.r0.times": "3"}
    answer = client.post(reverse("leads:edit", args=[model.pk]), data)
    assert answer.url == reverse("leads:model", args=[model.pk])
    model.refresh_from_db()
    fit, engagement = model.definition["groups"]
    assert (model.version, fit["rules"][0]["points"], engagement["cap"]) == (2, 25, 35)
    assert engagement["rules"][0]["decay"] == {"every": 14, "unit": "day", "keep": 40, "times": 3}
    assert model.definition["grades"]["fit"] == [80, 50, 25]
    assert model.versions.get(number=2).reason == "Why"


def test_what_is_wrong_is_said_at_its_rule_and_what_was_written_is_kept(client, marketer, model):
    data = form_of(client, model) | {"g0.r0.points": "many", "g0.r0.fades": "on", "do": "save"}
    answer = client.post(reverse("leads:edit", args=[model.pk]), data)
    assert answer.status_code == 422
    (row,) = answer.context["groups"][0]["rules"]
    assert len(row["problems"]) >= 1
    assert 'value="many"' in client.get(reverse("leads:edit", args=[model.pk])).content.decode()
    client.post(reverse("leads:edit", args=[model.pk]), {"do": "discard"})
    assert 'value="many"' not in client.get(reverse("leads:edit", args=[model.pk])).content.decode()


def test_groups_and_rules_come_go_and_move_without_counting_before_they_are_saved(client, marketer, model):
    url = reverse("leads:edit", args=[model.pk])
    client.post(url, form_of(client, model) | {"do": "add-group:fit"})
    assert [one["kind"] for one in client.get(url).context["held"].groups] == ["fit", "engagement", "fit"]
    client.post(url, form_of(client, model) | {"do": "drop-group:0"})
    client.post(url, form_of(client, model) | {"do": "drop:0.0"})
    assert [len(one["rules"]) for one in client.get(url).context["held"].groups] == [0, 0]
    model.refresh_from_db()
    assert model.version == 1


def test_a_rule_is_written_in_the_builder_and_waits_in_the_working_copy(client, marketer, model):
    url = reverse("leads:edit", args=[model.pk])
    answer = client.post(url, form_of(client, model) | {"do": "condition:0.new"})
    builder = reverse("leads:rule", args=[model.pk]) + "?at=0.new"
    assert answer.url == builder
    assert client.get(builder).status_code == 200
    client.post(builder, {"definition": json.dumps({"property": "phone", "op": "is_known"})})
    rules = client.get(url).context["held"].groups[0]["rules"]
    assert [rule["definition"].get("property") for rule in rules] == ["country", "phone"]
    model.refresh_from_db()
    assert len(model.definition["groups"][0]["rules"]) == 1


def test_the_effect_is_counted_before_it_is_saved(client, marketer, model):
    seen(ContactFactory(country="IT"))
    ContactFactory(country="DE")
    scored()
    data = form_of(client, model) | {"g0.r0.points": "20"}
    cells = [
        cell for row in client.post(reverse("leads:effect", args=[model.pk]), data).context["grid"] for cell in row
    ]
    assert {cell.grade: cell.count for cell in cells if cell.count} == {"A1": 1, "D4": 1}
    wrong = client.post(reverse("leads:effect", args=[model.pk]), data | {"g0.kind": "luck"})
    assert wrong.context["problems"]


def test_a_version_saved_meanwhile_is_not_overwritten_unasked(client, marketer, model):
    data = form_of(client, model) | {"g0.r0.points": "5"}
    services.update_model(model.pk, definition=example.definition(), actor=SYSTEM)
    assert client.post(reverse("leads:edit", args=[model.pk]), data | {"do": "save"}).status_code == 422
    client.post(reverse("leads:edit", args=[model.pk]), data | {"do": "save", "anyway": "on"})
    model.refresh_from_db()
    assert model.version == 3


def test_models_are_listed_shown_first_rolled_back_archived_and_deleted(client, marketer, model):
    services.update_model(model.pk, definition=example.definition(), actor=SYSTEM)
    scored()
    page = client.get(reverse("leads:model", args=[model.pk])).content.decode()
    assert "Version 2" in page
    client.post(reverse("leads:roll_back", args=[model.pk, 1]))
    model.refresh_from_db()
    assert model.version == 3
    assert model.definition["groups"][0]["name"] == "Who"
    assert "Lead score" in client.get(reverse("leads:models")).content.decode()
    client.post(reverse("leads:act", args=[model.pk, "archive"]))
    assert not Score.objects.exists()
    assert "Lead score" in client.get(reverse("leads:models"), {"archived": "1"}).content.decode()
    client.post(reverse("leads:act", args=[model.pk, "delete"]))
    assert not ScoreModel.objects.exists()


def test_a_new_model_begins_as_a_draft_without_rules(client, marketer):
    answer = client.post(reverse("leads:new"), {"name": "Partners", "key": "partner_score"})
    made = ScoreModel.objects.get()
    assert (made.state, answer.url) == ("draft", reverse("leads:edit", args=[made.pk]))
    again = client.post(reverse("leads:new"), {"name": "Partners", "key": "country"})
    assert again.status_code == 422
