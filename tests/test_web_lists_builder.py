"""The builder: rows become a definition, a definition becomes rows, and problems come back to their row."""

import json

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from segments import catalogue
from segments.definition.load import load
from segments.models import Segment
from segments.views.builder.decode import decode
from segments.views.builder.draft import Draft, read
from segments.views.builder.encode import encode
from segments.views.builder.rows import render

from .factories import ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db

DEFINITIONS = [
    {"property": "country", "op": "is", "value": "IT"},
    {"all": [{"property": "country", "op": "is_any_of", "value": ["IT", "FR"]}]},
    {"not": {"property": "country", "op": "is_none_of", "value": ["IT"], "unknown": True}},
    {
        "not": {
            "any": [{"property": "age", "op": "between", "value": [18, 30]}, {"property": "email", "op": "is_known"}]
        }
    },
    {"not": {"all": [{"property": "age", "op": "gte", "value": 18}, {"property": "email", "op": "is_known"}]}},
    {"property": "birth_date", "op": "anniversary_in_next", "value": 30, "unit": "day", "label": "birthdays"},
    {"property": "budget", "op": "gt", "value": 19.99},
    {"property": "created_at", "op": "before", "value": "2026-01-31T12:30:00Z"},
    {"property": "first_name", "op": "starts_with", "value": "a", "case": True},
    {"event": "Order Completed", "op": "did_not", "window": {"last": 60, "unit": "day"}},
    {"event": "Order Completed", "op": "gte", "value": 3, "window": {"from": "2026-01-01", "to": "2026-03-31"}},
    {
        "event": "Order Completed",
        "op": "gt",
        "value": 500,
        "measure": "sum",
        "of": "revenue",
        "currency": "EUR",
        "where": [
            {"property": "category", "op": "is", "value": "Shoes"},
            {"property": "quantity", "op": "gte", "value": 2},
            {"property": "colours", "op": "contains_any", "value": ["red"]},
        ],
    },
    {
        "any": [
            {"all": [{"property": "country", "op": "is", "value": "IT"}], "label": "Italy", "off": True},
            {"property": "country", "op": "is", "value": "FR", "off": True},
            {"property": "interests", "op": "contains_all", "value": ["music", "art"]},
        ]
    },
    {"property": "created_at", "op": "on", "value": "2026-01-31", "zone": "Europe/Rome"},
    {"event": "Order Completed", "op": "did", "where": [{"any": [{"property": "a", "op": "is", "value": "b"}]}]},
]


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


def condition(**fields):
    return Draft("condition", {name: [value] for name, value in fields.items()})


def sent(draft):
    def plain(one):
        return {"id": one.id, "kind": one.kind, "fields": one.fields, "children": [plain(c) for c in one.children]}

    return json.dumps(plain(draft))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: json.dumps(definition)[:60])
def test_a_definition_survives_the_way_through_rows(definition):
    known = catalogue.current()
    draft = encode(definition, known)
    assert load(decode(draft, known).definition, known) == load(definition, known)
    assert load(decode(read(json.loads(sent(draft))), known).definition, known) == load(definition, known)
    assert draft.id in render(draft, known)


def test_what_rows_cannot_show_is_kept_as_it_is():
    lost = {"property": "no_longer_there", "op": "is", "value": "x"}
    known = catalogue.current()
    draft = encode({"all": [lost, {"property": "email", "op": "is_known"}]}, known)
    assert [child.kind for child in draft.children] == ["raw", "condition"]
    assert decode(draft, known).definition["all"][0] == lost
    assert "no_longer_there" in render(draft, known)


def test_many_values_become_lines():
    known = catalogue.current()
    definition = {"property": "city", "op": "is_any_of", "value": [f"City {n}" for n in range(10_000)]}
    draft = encode(definition, known)
    assert decode(draft, known).definition == definition
    assert render(draft, known).count("<input") < 20


def test_the_deepest_definition_has_a_page(client, marketer):
    definition = {"property": "email", "op": "is_known"}
    for _ in range(190):
        definition = {"all": [definition, {"property": "age", "op": "gt", "value": 3}]}
    known = catalogue.current()
    draft = encode(definition, known)
    assert decode(draft, known).definition == definition
    response = client.post(reverse("segments:rows"), {"draft": sent(draft)})
    assert response.status_code == 200


def test_preview_counts_exactly_and_shows_some_of_them(client, marketer):
    ContactFactory(email="ada@example.org", country="IT")
    ContactFactory(country="FR")
    draft = Draft("group", {"mode": ["all"]}, [condition(what="property:country", op="is", value="IT")])
    html = client.post(reverse("segments:preview"), {"draft": sent(draft)}).content.decode()
    assert "ada@example.org" in html
    assert "50 % of 2" in html.replace("\xa0", " ")
    assert "Country is “IT”" in html


def test_an_unfinished_row_is_left_out_of_the_count_and_refused_when_saving(client, marketer):
    ContactFactory(country="IT")
    unfinished = condition(what="property:city", op="is")
    draft = Draft("group", {"mode": ["all"]}, [condition(what="property:country", op="is", value="IT"), unfinished])
    html = client.post(reverse("segments:preview"), {"draft": sent(draft)}).content.decode()
    assert "1 unfinished condition is left out" in html
    response = client.post(reverse("segments:save"), {"draft": sent(draft), "name": "Italians"})
    assert response.status_code == 422
    assert f'data-row="{unfinished.id}"' in response.content.decode()
    assert not Segment.objects.exists()


def test_a_problem_is_placed_at_its_row(client, marketer):
    wrong = condition(what="property:age", op="gte", value="old")
    inner = Draft("group", {"mode": ["none"]}, [wrong])
    draft = Draft("group", {"mode": ["any"]}, [condition(what="property:country", op="is", value="IT"), inner])
    html = client.post(reverse("segments:preview"), {"draft": sent(draft)}).content.decode()
    assert f'data-row="{wrong.id}" data-pointer="/any/1/not/value"' in html


def test_rows_that_nobody_touched_are_as_if_they_were_not_there(client, marketer):
    step = Draft("step", {"name": ["Cart Updated"]}, [Draft("where", {"as": ["text"], "op": ["is"]})])
    sequence = Draft("condition", {"what": ["sequence:"]}, [step, Draft("step")])
    colleagues = Draft("group", {"about": ["colleagues"], "bare": ["1"]}, [Draft("condition")])
    draft = Draft("group", {"mode": ["all"]}, [Draft("condition"), sequence, colleagues, Draft("group")])
    client.post(reverse("segments:save"), {"draft": sent(draft), "name": "Carts"})
    assert Segment.objects.get().definition == {"all": [{"sequence": [{"event": "Cart Updated"}]}]}


def test_a_list_of_untouched_rows_alone_asks_for_a_condition(client, marketer):
    draft = Draft("group", {"mode": ["all"], "bare": ["1"]}, [Draft("condition"), Draft("group")])
    response = client.post(reverse("segments:save"), {"draft": sent(draft), "name": "Nobody"})
    assert "Add a condition that says who belongs to this list." in response.content.decode()


def test_problems_deep_inside_an_event_are_placed_at_their_rows(client, marketer):
    pattern = Draft("where", {"name": ["sku"], "as": ["text"], "op": ["matches"], "value": ["(a"]})
    item = Draft("group", {"about": ["item"], "name": ["products"], "bare": ["1"]}, [pattern])
    step = Draft("step", {"name": ["Order Completed"], "within": ["1"], "within_n": ["0"]})
    sequence = Draft("condition", {"what": ["sequence:"]}, [Draft("step", {"name": ["Cart Updated"]}), step])
    event = Draft("condition", {"what": ["event:Order Completed"]}, [item])
    html = client.post(
        reverse("segments:preview"), {"draft": sent(Draft("group", {"mode": ["any"]}, [event, sequence]))}
    ).content.decode()
    assert f'data-row="{pattern.id}" data-pointer="/any/0/where/0/of/value"' in html
    assert f'data-row="{step.id}" data-pointer="/any/1/sequence/1/within/last"' in html


def test_choosing_colleagues_makes_a_group_and_choosing_a_sequence_two_steps(client, marketer):
    row = condition(what="colleagues:")
    html = client.post(reverse("segments:row"), {"row": sent(row)}).content.decode()
    assert f'id="{row.id}" data-node="group"' in html
    assert 'data-about="colleagues"' in html
    html = client.post(reverse("segments:row"), {"row": sent(condition(what="sequence:"))}).content.decode()
    assert html.count('data-node="step"') == 2


@pytest.mark.parametrize("what", ["property:age", "property:created_at", "property:company.created_at"])
def test_no_operator_is_offered_that_the_attribute_refuses(client, marketer, what):
    html = client.post(reverse("segments:row"), {"row": sent(condition(what=what))}).content.decode()
    assert 'value="ever_was"' not in html
    assert 'value="is_known"' in html


def test_an_attribute_is_compared_with_others_of_its_kind_only(client, marketer):
    row = condition(what="property:first_name", op="is", against="1")
    html = client.post(reverse("segments:row"), {"row": sent(row)}).content.decode()
    assert '<option value="last_name"' in html
    assert '<option value="birth_date"' not in html
    assert '<option value="first_name"' not in html


def test_a_random_share_is_said_in_percent(client, marketer):
    known = catalogue.current()
    draft = Draft("condition", {"what": ["bucket:"], "share": ["12.5"], "salt": ["spring"]})
    assert decode(draft, known).definition == {"bucket": [0, 1249], "of": 10_000, "salt": "spring"}


def test_changing_the_property_changes_operators_and_controls(client, marketer):
    row = condition(what="property:birth_date", op="is", value="Rome")
    html = client.post(reverse("segments:row"), {"row": sent(row)}).content.decode()
    assert 'value="anniversary_in_next"' in html
    assert "Rome" not in html
    assert f'id="{row.id}"' in html


def test_saving_makes_the_list_and_its_first_version(client, marketer):
    draft = Draft(
        "group", {"mode": ["all"]}, [condition(what="event:Order Completed", how="count", op="gte", value="3")]
    )
    response = client.post(
        reverse("segments:save"), {"draft": sent(draft), "name": "Loyal"}, headers={"HX-Request": "true"}
    )
    made = Segment.objects.get()
    assert response["HX-Redirect"] == reverse("segments:segment", args=[made.pk])
    assert made.definition == {"all": [{"event": "Order Completed", "op": "gte", "value": 3}]}
    assert made.versions.get().saved_by == "user:mara@example.org"


def test_the_edit_page_shows_the_saved_rows_and_refuses_to_overwrite_unseen_work(client, marketer):
    draft = Draft("group", {"mode": ["all"]}, [condition(what="property:country", op="is", value="IT")])
    client.post(reverse("segments:save"), {"draft": sent(draft), "name": "Italians"})
    made = Segment.objects.get()
    html = client.get(reverse("segments:edit", args=[made.pk])).content.decode()
    assert 'value="property:country"' in html
    save = reverse("segments:save", args=[made.pk])
    changed = Draft("group", {"mode": ["all"]}, [condition(what="property:country", op="is", value="FR")])
    assert client.post(save, {"draft": sent(changed), "version": "1"})["HX-Retarget"] == "#impact"
    assert made.versions.count() == 1  # its impact is seen first
    assert client.post(save, {"draft": sent(changed), "version": "1", "confirmed": "1"}).status_code == 302
    response = client.post(save, {"draft": sent(draft), "version": "1"})
    assert response.status_code == 409
    assert "Somebody saved version 2" in response.content.decode()


def test_json_and_rows_speak_of_the_same_definition(client, marketer):
    definition = {"any": [{"property": "country", "op": "is", "value": "IT"}]}
    rows = client.post(reverse("segments:rows"), {"definition": json.dumps(definition)})
    assert 'value="property:country"' in rows.content.decode()
    draft = encode(definition, catalogue.current())
    answer = client.post(reverse("segments:as_json"), {"draft": sent(draft)}).json()
    assert json.loads(answer["text"]) == definition
    wrong = client.post(reverse("segments:rows"), {"definition": '{"any": [{"property": "contry", "op": "is"}]}'})
    assert wrong.status_code == 422
    assert wrong["HX-Retarget"] == "#preview"
    assert "Did you mean “country”?" in wrong.content.decode()


HOSTILE = [
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "[" * 2000,
    '{"id": "n1", "kind": "group", "fields": {"mode": "all"}, "children": []}',
    '{"id": "n1", "kind": "raw", "fields": {"json": ["{"]}, "children": []}',
    '{"all": NaN}',
    '"\\ud800"',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_is_sent_is_answered(client, marketer, text):
    for name, field in (("preview", "draft"), ("preview", "definition"), ("rows", "draft"), ("row", "row")):
        assert client.post(reverse(f"segments:{name}"), {field: text}).status_code in {200, 400, 406, 422}
    assert client.post(reverse("segments:save"), {"draft": text, "name": "x"}).status_code in {400, 422}


def test_values_are_offered_with_how_many_have_each(client, marketer):
    for city in ("Rome", "Rome", "Ravenna", "Paris"):
        ContactFactory(city=city, interests=["music", "art"])
    url = reverse("segments:values")
    assert client.get(url, {"property": "city", "q": "r"}).json()["values"] == [
        {"value": "Rome", "count": 2},
        {"value": "Paris", "count": 1},
        {"value": "Ravenna", "count": 1},
    ]
    assert client.get(url, {"property": "interests", "q": "mu"}).json()["values"] == [{"value": "music", "count": 4}]
    stages = client.get(url, {"property": "lifecycle_stage"}).json()["values"]
    assert {"value": "lead", "count": 0} in stages


def test_names_and_places_are_offered(client, marketer):
    ada = ContactFactory(city="Rome", country="IT", latitude=41.9, longitude=12.5)
    ContactFactory(city="Rome", country="IT", latitude=42.0, longitude=12.4)
    lines = [{"sku": "A1", "parts": [{"code": "p"}]}, {"sku": "B2", "price": 3}, "no item"]
    EventFactory(contact=ada, properties={"category": "Shoes", "products": lines})
    ConsentFactory(contact=ada, topic="newsletter")
    url = reverse("segments:values")

    def offered(**query):
        return [one["value"] for one in client.get(url, query).json()["values"]]

    assert offered(events=1, q="order") == ["Order Completed"]
    assert offered(topics=1) == ["newsletter"]
    assert "Europe/Rome" in offered(zones=1, q="rome")
    assert offered(event="Order Completed", keys=1) == ["category", "products"]
    assert offered(event="Order Completed", keys=1, item="products") == ["sku", "parts", "price"]
    assert offered(event="Order Completed", keys=1, item=["products", "parts"]) == ["code"]
    assert offered(event="Order Completed", property="sku", item="products") == ["A1", "B2"]
    (place,) = client.get(url, {"places": 1, "q": "ro"}).json()["values"]
    assert place == {"value": "Rome, IT", "count": 2, "fills": {"lat": "41.9500", "lon": "12.4500"}}


def test_viewers_look_but_do_not_build(client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))
    assert client.get(reverse("segments:new")).status_code == 403
    assert client.get(reverse("segments:list")).status_code == 200
