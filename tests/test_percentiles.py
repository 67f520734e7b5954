"""Cut-offs at percentages: computed when first asked for, kept for an hour, and moved together with their lists."""

from __future__ import annotations

from decimal import Decimal

import pytest

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import catalogue, percentiles, services
from segments.definition import depends
from segments.definition.dump import dump
from segments.definition.load import load
from segments.engine import build, drain, preview
from segments.engine.audit import audit
from segments.models import Build, Membership, Percentile, Segment

from .asking import names
from .factories import AttributeFactory, CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db


def between(low, high, property="budget"):
    return {"property": property, "op": "percentile_between", "value": [low, high]}


@pytest.fixture(autouse=True)
def ten(db):
    for budget in range(10, 110, 10):
        ContactFactory(first_name=str(budget), budget=budget)
    ContactFactory(first_name="unknown")


def members(segment):
    ids = Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)
    return set(Contact.objects.filter(pk__in=ids).values_list("first_name", flat=True))


def built():
    while build.run_waiting():
        pass
    drain.drain()


def stored():
    return {(row.property, row.percent): row.value for row in Percentile.objects.all()}


def test_a_preview_computes_what_nobody_asked_before():
    assert names(between(80, 100)) == set()
    assert preview.preview(between(80, 100), clock.now()).count == 3
    assert stored() == {("budget", Decimal(80)): Decimal(80)}
    assert names(between(80, 100)) == {"80", "90", "100"}
    assert preview.preview(between(10, 30), clock.now()).count == 3
    assert preview.preview(between(0, 100), clock.now()).count == 10
    assert preview.preview(between("12.5", 50) | {"value": [Decimal("12.5"), 50]}, clock.now()).count == 4
    assert preview.preview({**between(0, 30), "unknown": True}, clock.now()).count == 4
    assert preview.preview({"not": between(0, 30)}, clock.now()).count == 8


def test_a_list_follows_the_stored_values_until_they_are_computed_anew():
    top = services.create_segment(name="Top", kind="active", definition=between(90, 100), actor=SYSTEM)
    other = services.create_segment(
        name="All", kind="active", definition={"property": "budget", "op": "is_known"}, actor=SYSTEM
    )
    built()
    assert members(top) == {"90", "100"}
    for name in ("x", "y", "z"):
        ContactFactory(first_name=name, budget=1000)
    drain.drain()
    assert members(top) == {"90", "100", "x", "y", "z"}
    assert audit().missing == audit().extra == 0
    builds = Build.objects.filter(segment=other).count()
    percentiles.recompute()
    assert stored() == {("budget", Decimal(90)): Decimal(1000)}
    assert Segment.objects.get(pk=top.pk).state == Segment.State.BUILDING
    built()
    assert members(top) == {"x", "y", "z"}
    assert audit().missing == audit().extra == 0
    assert Build.objects.filter(segment=other).count() == builds
    again = Build.objects.count()
    percentiles.recompute()
    assert Build.objects.count() == again


def test_what_no_list_reads_any_more_is_forgotten():
    preview.preview(between(25, 75), clock.now())
    assert len(stored()) == 2
    services.create_segment(name="Top", kind="active", definition=between(75, 100), actor=SYSTEM)
    percentiles.recompute()
    assert stored() == {("budget", Decimal(75)): Decimal(80)}


def test_colleagues_are_compared_with_the_stored_values_too():
    company = CompanyFactory()
    Contact.objects.filter(first_name__in=["10", "100"]).update(company=company)
    top = {"colleagues": "any", "of": between(90, 100)}
    segment = services.create_segment(name="Beside the top", kind="active", definition=top, actor=SYSTEM)
    built()
    assert members(segment) == {"10"}
    percentiles.recompute()
    assert stored() == {("budget", Decimal(90)): Decimal(90)}


def test_of_a_company_each_company_counts_once_and_custom_numbers_count_too():
    AttributeFactory(key="score", type="number")
    small, large = CompanyFactory(revenue=10), CompanyFactory(revenue=20)
    Contact.objects.exclude(first_name="10").update(company=large, attributes={"score": "junk"})
    Contact.objects.filter(first_name="10").update(company=small, attributes={"score": 1})
    assert preview.preview(between(0, 50, "company.revenue"), clock.now()).count == 1
    assert preview.preview(between(50, 100, "score"), clock.now()).count == 1


def test_nobody_is_between_while_no_value_is_known():
    Contact.objects.update(budget=None)
    assert preview.preview(between(10, 100), clock.now()).count == 0
    assert stored() == {("budget", Decimal(10)): None}


def test_a_definition_reads_the_key_of_the_percentile():
    tree = load(between(10, 90), catalogue.current())
    assert depends.keys(tree) == {"attribute:budget", "percentile:budget"}
    assert dump(tree) == between(10, 90)


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        (between(-1, 50), "/value/0"),
        (between(0, 101), "/value/1"),
        (between(60, 50), "/value"),
        (between(0, 50) | {"value": 5}, "/value"),
        (between(0, 50, "age"), "/property"),
        (between(0, 50, "city"), "/op"),
        ({"event": "X", "op": "did", "where": [between(0, 50)]}, "/where/0/property"),
    ],
)
def test_percentages_that_are_none_are_refused(definition, pointer):
    with pytest.raises(InvalidInput) as caught:
        load(definition, catalogue.current())
    assert [problem.pointer for problem in caught.value.problems] == [pointer]
