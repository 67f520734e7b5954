"""Parts of other lists as rows of this one, and rows that were copied."""

import json

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common.actor import Actor
from segments import services
from segments.models import Segment
from segments.views.builder.draft import Draft

from .builder_page import drafts
from .test_web_lists_builder import sent

pytestmark = pytest.mark.django_db
ITALY = {"property": "country", "op": "is", "value": "IT"}
ORDERED = {"event": "Order Completed", "op": "did", "where": [{"property": "category", "op": "is", "value": "Shoes"}]}
GROUP = {"any": [ORDERED, {"property": "city", "op": "is", "value": "Rome"}], "label": "Close to us"}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def other(marketer):
    definition = {"all": [ITALY, {"not": GROUP}]}
    return services.create_segment(name="Other", kind="active", definition=definition, actor=Actor("user", "mara"))


def branch(client, listed, pointer):
    return client.post(reverse("segments:branch"), {"list": listed.pk, "pointer": pointer})


def test_the_tree_of_a_list_is_offered_node_by_node(client, other):
    html = client.get(reverse("segments:branches"), {"branch_list": other.pk}).content.decode()
    for pointer in ("", "/all/0", "/all/1", "/all/1/not", "/all/1/not/any/1"):
        assert f'value="{pointer}"' in html
    assert "Country is “IT”" in html
    assert "Close to us" in html


def test_a_chosen_condition_comes_as_a_row_and_a_group_as_a_group(client, other):
    (row,) = drafts(branch(client, other, "/all/0").content.decode())
    assert (row["kind"], row["fields"]["what"]) == ("condition", ["property:country"])
    (group,) = drafts(branch(client, other, "/all/1/not").content.decode())
    assert group["kind"] == "group"
    assert group["fields"]["label"] == ["Close to us"]
    assert [child["fields"]["what"] for child in group["children"]] == [["event:Order Completed"], ["property:city"]]
    (again,) = drafts(branch(client, other, "/all/1/not").content.decode())
    assert again["id"] != group["id"]  # a second copy is another row


@pytest.mark.parametrize("pointer", ["/all/7", "/any/0", "/all", "/all/0/value", "/all/x", "nonsense/1/2"])
def test_a_branch_that_is_not_there_is_not_found(client, other, pointer):
    assert branch(client, other, pointer).status_code == 404


def test_a_list_without_a_definition_or_none_at_all_is_not_found(client, other):
    static = services.create_segment(name="Static", kind="static", actor=Actor("user", "mara"))
    for listed in (static.pk, other.pk + 100, "x", ""):
        assert client.get(reverse("segments:branches"), {"branch_list": listed}).status_code == 404


def test_a_definition_that_can_no_longer_be_read_is_refused_in_words(client, other):
    Segment.objects.filter(pk=other.pk).update(definition={"property": "gone_by_now", "op": "is_known"})
    response = client.get(reverse("segments:branches"), {"branch_list": other.pk}, headers={"HX-Request": "true"})
    assert response.status_code < 500
    assert response["HX-Reswap"] == "none"


def test_copied_rows_of_every_level_are_drawn_where_they_are_put(client, marketer):
    where = Draft("where", {"name": ["sku"], "as": ["text"], "op": ["is"], "value": ["A1"]})
    group = Draft("group", {"mode": ["any"]}, [where])
    step = Draft("step", {"name": ["Cart Updated"]}, [where])
    for draft, inside in ((where, "where"), (group, "where"), (step, "")):
        html = client.post(reverse("segments:row"), {"row": sent(draft), "inside": inside}).content.decode()
        (drawn,) = drafts(html)
        assert drawn["kind"] == draft.kind
        assert json.loads(sent(draft))["id"] == drawn["id"]
        assert ('data-place="where"' in html) is (draft is group)
