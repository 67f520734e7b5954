"""What was worked out is called by its name wherever people choose or read it; definitions keep the key."""

from __future__ import annotations

import pytest
from django.utils import translation

from contacts.worth import bulk, settings
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from segments import catalogue
from segments.definition import describe
from segments.definition.load import load
from segments.views.builder.encode import encode
from segments.views.builder.moulds import Moulds
from segments.views.builder.rows import render
from segments.views.explaining import rows

from . import worth_world

pytestmark = pytest.mark.django_db
SLIPPING = {"property": "rfm_group", "op": "is", "value": "slipping"}
SOME = {"property": "activity", "op": "is_any_of", "value": ["at_risk", "lost"]}


def said(definition, language="en"):
    with translation.override(language):
        known = catalogue.current()
        return describe.sentence(load(definition, known), known)


def drawn(definition):
    known = catalogue.current()
    return str(render(encode(definition, known), known, moulds=Moulds()))


def test_a_sentence_says_the_names_of_groups_and_states():
    assert "“Slipping away”" in said(SLIPPING)
    assert "“At risk” or “Lost”" in said(SOME)


def test_a_sentence_says_them_in_the_language_of_its_reader():
    assert "slipping" not in said(SLIPPING, "it").casefold()
    assert said(SLIPPING, "it") != said(SLIPPING, "fr")


def test_a_change_from_one_group_to_another_is_said_by_name():
    changed = {"property": "rfm_group", "op": "changed", "value": {"from": "champions", "to": "cannot_lose"}}
    assert "from “Champions” to “Cannot lose them”" in said(changed)


def test_the_builder_offers_names_and_keeps_keys():
    assert '<option value="slipping" selected>Slipping away</option>' in drawn(SLIPPING)
    chosen = drawn(SOME)
    assert 'value="at_risk"' in chosen
    assert "<span>At risk</span>" in chosen


def test_many_rows_alike_each_say_their_own_name():
    settings.change({"groups": [{"key": "best", "name": "The best", "r": [4, 5]}]}, actor=SYSTEM)
    asked = [
        {"property": "rfm_group", "op": "is_any_of", "value": [key]} for key in ("best", "champions", "loyal", "new")
    ]
    html = drawn({"any": asked})
    for name in ("The best", "Champions", "Loyal", "New customers"):
        assert f"<span>{name}</span>" in html, name


def test_values_are_found_by_the_name_that_people_read(client):
    client.force_login(User.objects.create_user("m@names.example", "a long password", role="marketer", name="M"))
    found = client.get("/lists/builder/values/?property=rfm_group&q=slipping+aw").json()["values"]
    assert found == [{"value": "slipping", "count": 0, "label": "Slipping away"}]


def test_the_evidence_of_an_answer_says_the_name():
    known = catalogue.current()
    tree = {"kind": "property", "sentence": "", "holds": True, "flips_at": None, "children": []}
    (row,) = rows(tree | {"evidence": {"values": {"rfm_group": "about_to_sleep"}}}, known, {})
    assert row.facts[0].said == "“About to sleep”"


def test_a_column_of_the_table_says_the_name(client):
    client.force_login(User.objects.create_user("t@names.example", "a long password", role="marketer", name="T"))
    worth_world.shop(60)
    bulk.renew(worth_world.NOW)
    shown = client.get("/contacts/?columns=name,computed.activity").content.decode()
    assert "Lost" in shown
    assert ">lost<" not in shown
