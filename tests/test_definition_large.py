"""No small ceilings: what is large is saved, described, previewed, followed and explained like what is small."""

from __future__ import annotations

import pytest

from contacts.models import Event, EventType
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import catalogue, services
from segments.definition.describe import sentence
from segments.definition.load import load
from segments.engine import build, drain
from segments.engine.preview import preview
from segments.models import Membership

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


def thousand_nodes() -> dict:
    """Ten groups of ten groups, each of nine conditions on attributes and events: 1,000 conditions and more nodes."""

    def condition(n: int) -> dict:
        if n % 3 == 0:
            window = {"last": 1 + n % 400, "unit": "day"}
            return {"event": f"Event {n % 7}", "op": "gte", "value": 1 + n % 5, "window": window}
        return {"property": "city", "op": "is", "value": f"City {n}"}

    def group(n: int) -> dict:
        return {"all" if n % 2 else "any": [condition(9 * n + place) for place in range(9)]}

    return {"any": [{"any": [group(10 * ten + one) for one in range(10)]} for ten in range(10)]}


def two_hundred_levels() -> dict:
    node: dict = {"property": "city", "op": "is", "value": "Rome"}
    for _ in range(199):
        node = {"not": node}
    return node


LARGE = {
    "a thousand nodes": thousand_nodes(),
    "two hundred levels": two_hundred_levels(),
    "ten thousand values": {"property": "city", "op": "is_any_of", "value": [f"City {n}" for n in range(10_000)]},
}


@pytest.mark.parametrize("definition", LARGE.values(), ids=LARGE.keys())
def test_a_large_definition_is_saved_described_counted_and_followed(definition):
    people = [ContactFactory(city=city) for city in ("City 1", "City 500", "Rome", None)]
    kind = EventType.objects.create(name="Event 3")
    Event.objects.create(contact=people[3], type=kind, occurred_at=clock.now(), received_at=clock.now())
    counted = preview(definition, clock.now()).count
    segment = services.create_segment(name="Large", kind="active", definition=definition, actor=SYSTEM)
    build.run_waiting()
    drain.drain()
    assert Membership.objects.filter(segment=segment).count() == counted > 0
    assert len(sentence(load(definition, catalogue.current()), catalogue.current())) > 50
    people[0].city = "Nowhere"
    people[0].save(update_fields=["city"])
    drain.drain()
    assert Membership.objects.filter(segment=segment).count() == preview(definition, clock.now()).count


def test_lists_nested_twenty_deep_follow_the_innermost():
    ada = ContactFactory(city="Rome")
    definition: dict = {"property": "city", "op": "is", "value": "Rome"}
    segments = []
    for depth in range(20):
        segment = services.create_segment(name=f"Depth {depth}", kind="active", definition=definition, actor=SYSTEM)
        segments.append(segment)
        definition = {"segment": segment.pk, "op": "in" if depth % 2 else "not_in"}
    while build.run_waiting():
        pass
    drain.drain()
    before = set(Membership.objects.filter(contact_id=ada.pk).values_list("segment_id", flat=True))
    assert before == {segment.pk for place, segment in enumerate(segments) if place % 4 in (0, 3)}
    ada.city = "Milan"
    ada.save(update_fields=["city"])
    drain.drain()
    after = set(Membership.objects.filter(contact_id=ada.pk).values_list("segment_id", flat=True))
    assert after == {segment.pk for segment in segments} - before
