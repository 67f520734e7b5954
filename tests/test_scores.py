"""Scores: what rules give, how points fade, what moves them, and lists and scores that read each other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts.models import AttributeHistory, Contact, ContactChange
from contacts.services import create_attribute, delete_contacts, update_contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.demo.lists import ATTRIBUTES
from crmseg.demo.scores import write_scores
from segments import services as lists
from segments.engine import audit, drain
from segments.engine.clock import pop_due
from segments.engine.refresh import refresh
from segments.engine.timer import next_due
from segments.models import Membership, Score, ScoreModel
from segments.scoring import services

from .factories import CompanyFactory, ContactFactory, EventFactory
from .scoring import FADING, ITALIAN, ORDERED, grades, group, make, points, rule, scheme, settle

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(db):
    return ContactFactory(first_name="Ada", country="IT")


@pytest.fixture
def bob(db):
    return ContactFactory(first_name="Bob", country="FR")


def members(segment):
    ids = Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)
    return set(Contact.objects.filter(pk__in=ids).values_list("first_name", flat=True))


def a_list(name, definition):
    made = lists.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    settle()
    return made


def at(monkeypatch, instant):
    monkeypatch.setattr(clock, "now", lambda: instant)


def test_rules_that_hold_give_their_points_and_a_group_no_more_than_its_cap(ada, bob):
    EventFactory(contact=bob)
    model = make(
        scheme(
            group("fit", rule(ITALIAN, 30), rule({"property": "first_name", "op": "is", "value": "Ada"}, 20), cap=40),
            group("engagement", rule(ORDERED, Decimal("10.5")), rule({"not": ORDERED}, -5)),
        )
    )
    assert model.state == ScoreModel.State.LIVE
    assert points(model) == {"Ada": 35, "Bob": Decimal("10.5")}
    score = Score.objects.get(contact=ada)
    assert (score.fit, score.engagement) == (40, -5)
    assert score.parts == [[0, 0, 30], [0, 1, 20], [1, 1, -5]]


def test_grades_are_shares_of_the_most_that_a_kind_can_give(ada, bob):
    definition = scheme(
        group("fit", rule(ITALIAN, 10), rule({"property": "country", "op": "is", "value": "FR"}, 5)),
        group("engagement", rule(ORDERED, 10)),
        grades={"fit": [60, 30, 10], "engagement": [100, 50, 25]},
    )
    EventFactory(contact=bob)
    assert grades(make(definition)) == {"Ada": "A4", "Bob": "B1"}


def test_a_new_order_moves_the_score_and_the_list_that_reads_it(ada, bob):
    model = make()
    hot = a_list("Hot", {"property": "lead_score", "op": "gte", "value": 30})
    best = a_list("Best", {"property": "lead_grade", "op": "is", "value": "A1"})
    assert members(hot) == set() == members(best)
    EventFactory(contact=ada)
    drain.drain()
    assert points(model) == {"Ada": 30, "Bob": 0}
    assert members(hot) == {"Ada"} == members(best)
    assert not ContactChange.objects.exists()


def test_a_score_that_nobody_reads_is_told_to_nobody(ada):
    make()
    EventFactory(contact=ada)
    assert drain.drain_batch() == 1
    assert not ContactChange.objects.exists()


def test_what_a_score_was_is_kept_and_can_be_asked_for(ada, bob):
    make()
    EventFactory(contact=ada)
    drain.drain()
    kept = AttributeHistory.objects.filter(contact_id=ada.pk, key__startswith="lead").order_by("key")
    assert [(row.key, row.old, row.new) for row in kept] == [("lead_grade", "A4", "A1"), ("lead_score", 20, 30)]
    assert {row.actor for row in kept} == {"system:scores"}
    rose = a_list("Rose", {"property": "lead_score", "op": "changed", "value": {"from": 20, "to": 30}})
    assert members(rose) == {"Ada"}


def test_points_fade_exactly_at_their_instants(ada, monkeypatch):
    start = clock.now()
    model = make(scheme(group("engagement", rule(ORDERED, 10, decay=FADING))))
    EventFactory(contact=ada, occurred_at=start)
    drain.drain()
    seen = [points(model)["Ada"]]
    tick = timedelta(microseconds=1)
    for days, left in ((30, 5), (60, Decimal("2.5")), (90, 0)):
        assert next_due() == start + timedelta(days=days) + tick
        at(monkeypatch, start + timedelta(days=days))
        pop_due(clock.now())
        assert points(model)["Ada"] == seen[-1]
        at(monkeypatch, next_due())
        assert pop_due(clock.now()) == 1
        seen.append(points(model)["Ada"])
        assert seen[-1] == left
    assert next_due() is None


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        (ITALIAN, "/decay"),
        ({"event": "Order Completed", "op": "did", "window": {"last": 7, "unit": "day"}}, "/decay"),
        ({"event": "Order Completed", "op": "did_not"}, "/definition"),
        ({"all": [ORDERED, {"not": ORDERED}]}, "/definition/all/1/not"),
    ],
)
def test_what_has_no_age_cannot_fade(definition, pointer):
    with pytest.raises(InvalidInput) as refused:
        make(scheme(group("fit", rule(definition, 10, decay=FADING))))
    assert [one.pointer for one in refused.value.problems] == [f"/definition/groups/0/rules/0{pointer}"]


def test_a_score_reads_lists_and_moves_with_them(ada, bob):
    italians = a_list("Italians", ITALIAN)
    model = make(scheme(group("fit", rule({"segment": italians.pk}, 7))))
    assert points(model) == {"Ada": 7, "Bob": 0}
    update_contact(bob.pk, data={"country": "IT"}, actor=SYSTEM)
    drain.drain()
    assert points(model) == {"Ada": 7, "Bob": 7}
    lists.update_segment(italians.pk, definition={"not": ITALIAN}, actor=SYSTEM)
    settle()
    assert points(model) == {"Ada": 0, "Bob": 0}


def test_a_circle_over_lists_and_scores_is_refused_and_names_the_way(ada):
    make(name="Lead score")
    hot = a_list("Hot", {"property": "lead_score", "op": "gte", "value": 30})
    model = ScoreModel.objects.get()
    with pytest.raises(InvalidInput, match="Lead score → Hot → Lead score"):
        services.update_model(model.pk, definition=scheme(group("fit", rule({"segment": hot.pk}, 7))), actor=SYSTEM)
    italians = a_list("Italians", ITALIAN)
    services.update_model(model.pk, definition=scheme(group("fit", rule({"segment": italians.pk}, 7))), actor=SYSTEM)
    settle()
    with pytest.raises(InvalidInput) as refused:
        lists.update_segment(italians.pk, definition={"all": [ITALIAN, {"segment": hot.pk}]}, actor=SYSTEM)
    (problem,) = refused.value.problems
    assert problem.pointer == "/definition/all/1"
    assert "Italians → Hot → Lead score → Italians" in problem.message
    own = scheme(group("fit", rule({"property": "lead_grade", "op": "is", "value": "A1"}, 1)))
    with pytest.raises(InvalidInput, match="Lead score → Lead score"):
        services.update_model(model.pk, definition=own, actor=SYSTEM)


def test_one_score_may_read_another(ada, bob):
    make()
    other = make(scheme(group("fit", rule({"property": "lead_score", "op": "gte", "value": 30}, 1))), key="hot")
    assert points(other) == {"Ada": 0, "Bob": 0}
    EventFactory(contact=ada)
    drain.drain()
    assert points(other) == {"Ada": 1, "Bob": 0}


def test_what_is_read_is_not_deleted_on_either_side(ada):
    italians = a_list("Italians", ITALIAN)
    model = make(scheme(group("fit", rule({"segment": italians.pk}, 7))))
    with pytest.raises(Conflict, match="the score “lead_score”"):
        lists.delete_segment(italians.pk, actor=SYSTEM)
    hot = a_list("Hot", {"property": "lead_score", "op": "gte", "value": 30})
    for refuse in (services.delete_model, services.archive_model):
        with pytest.raises(Conflict, match="the list “Hot”"):
            refuse(model.pk, actor=SYSTEM)
    lists.delete_segment(hot.pk, actor=SYSTEM)
    services.delete_model(model.pk, actor=SYSTEM)
    assert not Score.objects.exists()
    lists.delete_segment(italians.pk, actor=SYSTEM)


def test_a_colleague_moves_the_score_of_her_company():
    company = CompanyFactory()
    ContactFactory(first_name="Ada", company=company)
    bob = ContactFactory(first_name="Bob", company=company)
    model = make(scheme(group("fit", rule({"colleagues": "any", "of": ORDERED}, 5))))
    EventFactory(contact=bob)
    drain.drain()
    assert points(model) == {"Ada": 5, "Bob": 0}


def test_who_is_gone_has_no_score_and_who_comes_has_one(ada, bob):
    model = make()
    delete_contacts([ada.pk], actor=SYSTEM)
    ContactFactory(first_name="Cleo", country="IT")
    drain.drain()
    assert points(model) == {"Bob": 0, "Cleo": 20}


def test_a_new_version_scores_everyone_anew_and_builds_the_lists_that_read_it(ada, bob):
    model = make()
    hot = a_list("Hot", {"property": "lead_score", "op": "gte", "value": 30})
    services.update_model(model.pk, definition=scheme(group("fit", rule(ITALIAN, 50))), actor=SYSTEM, reason="more")
    settle()
    assert points(model) == {"Ada": 50, "Bob": 0}
    assert members(hot) == {"Ada"}
    assert [version.number for version in model.versions.order_by("number")] == [1, 2]
    services.rollback_model(model.pk, 1, actor=SYSTEM)
    settle()
    assert points(model) == {"Ada": 20, "Bob": 0}
    assert members(hot) == set()


def test_a_draft_gives_nobody_a_score_until_it_is_published(ada):
    model = make(scheme(), draft=True)
    assert points(model) == {}
    with pytest.raises(InvalidInput, match="no rules"):
        services.publish_model(model.pk, actor=SYSTEM)
    services.update_model(model.pk, definition=scheme(group("fit", rule(ITALIAN, 50))), actor=SYSTEM)
    services.publish_model(model.pk, actor=SYSTEM)
    settle()
    assert points(model) == {"Ada": 50}
    assert ScoreModel.objects.get().is_default


def test_weights_of_a_fitted_model_become_a_chance(ada, bob):
    model = make(
        scheme(group("fit", rule(ITALIAN, Decimal("2.197225")))), link="logistic", intercept=Decimal("-2.197225")
    )
    assert points(model) == {"Ada": 50, "Bob": 10}


def test_the_audit_finds_a_score_that_is_wrong_and_mends_it(ada, bob):
    model = make()
    settle()
    assert not audit.audit().wrong
    Score.objects.filter(contact=ada).update(points=99)
    Score.objects.filter(contact=bob).delete()
    found = audit.audit()
    assert found.wrong
    assert found.counted()["scores"] == 2
    audit.repair(found)
    assert points(model) == {"Ada": 20, "Bob": 0}
    assert not audit.audit().wrong


def test_the_score_of_the_sample_data_can_be_read_and_goes_live(ada):
    for attribute in ATTRIBUTES:
        create_attribute(data=attribute, actor=SYSTEM)
    write_scores(SYSTEM)
    write_scores(SYSTEM)
    settle()
    model = ScoreModel.objects.get()
    assert (model.key, model.state, model.is_default) == ("lead_score", "live", True)
    assert points(model) == {"Ada": -25}


def test_a_look_that_finds_nothing_new_writes_nothing(ada):
    EventFactory(contact=ada)
    every = rule(ORDERED, Decimal("7.5"), decay={"every": 1, "unit": "year", "keep": Decimal("33.3"), "times": 1})
    make(
        scheme(group("fit", rule(ITALIAN, Decimal("-0.000125")), rule({"not": ITALIAN}, 1)), group("engagement", every))
    )
    assert Score.objects.get().parts == [[0, 0, Decimal("-0.000125")], [1, 0, Decimal("7.5")]]
    with CaptureQueriesContext(connection) as asked:
        refresh({ada.pk: {"*"}}, clock.now())
    assert not [query["sql"] for query in asked if "INSERT INTO segments_score" in query["sql"]]


def test_without_any_model_a_refresh_asks_two_short_questions_more(ada):
    with CaptureQueriesContext(connection) as asked:
        refresh({ada.pk: {"attribute:country"}}, clock.now())
    assert len([query for query in asked if "segments_score" in query["sql"]]) == 2
