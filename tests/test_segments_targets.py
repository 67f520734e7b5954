"""What a list is to reach: what is measured, from where the way begins, and how far it is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from crmseg.access.models import AuditEntry
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import catalogue, services
from segments.insights import looking, targets
from segments.models import Target
from segments.services.targets import clear_target, set_target

from .factories import AttributeFactory, ContactFactory, EventFactory, EventTypeFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False) as travel:
        yield travel


def static(*contacts):
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    made.refresh_from_db()
    return made


def way(segment, at=NOW):
    segment.refresh_from_db()
    return targets.progress(Target.objects.get(segment=segment), segment, catalogue.current(), at)


def test_a_size_is_told_from_what_it_was_when_the_target_was_set():
    made = static(*(ContactFactory() for _ in range(4)))
    set_target(made.pk, metric="size", value=Decimal(12), by=date(2026, 3, 20), actor=SYSTEM)
    services.add_members(made.pk, [ContactFactory().pk, ContactFactory().pk], actor=SYSTEM)
    found = way(made, datetime(2026, 3, 15, 18, tzinfo=UTC))
    assert (found.target.base, found.figure.value, found.share) == (4, 6, 0.25)
    assert found.time == 0.5  # of the ten and a half days to the end of the 20th, five and a quarter
    assert found.behind
    assert not found.reached


def test_a_list_may_be_meant_to_shrink():
    people = [ContactFactory() for _ in range(4)]
    made = static(*people)
    set_target(made.pk, metric="size", value=Decimal(2), actor=SYSTEM)
    services.remove_members(made.pk, [people[0].pk], actor=SYSTEM)
    assert way(made).share == 0.5
    services.remove_members(made.pk, [people[1].pk], actor=SYSTEM)
    assert (way(made).reached, way(made).share) == (True, 1.0)


def test_who_entered_counts_from_the_day_it_was_set(noon):
    made = static(ContactFactory())
    noon.shift(timedelta(hours=1))
    set_target(made.pk, metric="entered", value=Decimal(4), actor=SYSTEM)
    comes = ContactFactory()
    services.add_members(made.pk, [comes.pk], actor=SYSTEM)
    services.remove_members(made.pk, [comes.pk], actor=SYSTEM)
    assert (way(made).target.base, way(made).figure.value, way(made).share) == (0, 1, 0.25)


def test_an_average_is_over_those_whose_value_is_known():
    AttributeFactory(key="orders", type="number")
    people = [ContactFactory(attributes=given) for given in ({"orders": 2}, {"orders": 4}, {}, {"orders": "many"})]
    made = static(*people)
    set_target(made.pk, metric="average", property="orders", value=Decimal(6), actor=SYSTEM)
    found = way(made).figure
    assert (found.value, found.known, found.looked_at, found.drawn) == (3, 2, 4, False)


def test_a_share_counts_members_once_and_only_within_the_days():
    event = EventTypeFactory(name="Order Completed")
    people = [ContactFactory() for _ in range(4)]
    for days in (1, 2, 40):
        EventFactory(contact=people[0], type=event, occurred_at=NOW - timedelta(days=days))
    EventFactory(contact=people[1], type=event, occurred_at=NOW - timedelta(days=40))
    EventFactory(contact=people[2], type=EventTypeFactory(name="Page Viewed"), occurred_at=NOW - timedelta(days=1))
    made = static(*people)
    set_target(made.pk, metric="did", event="Order Completed", days=30, value=Decimal(50), actor=SYSTEM)
    assert (way(made).figure.value, way(made).figure.low) == (25, None)


def test_of_large_lists_some_are_drawn_and_the_figure_says_between_what_it_lies(monkeypatch):
    monkeypatch.setattr(looking, "MOST_LOOKED_AT", 50)
    event = EventTypeFactory(name="Order Completed")
    people = [ContactFactory(budget=number % 10) for number in range(300)]
    for contact in people[::3]:
        EventFactory(contact=contact, type=event, occurred_at=NOW - timedelta(days=1))
    made = static(*people)
    share = looking.did(made, event, 30, NOW)
    assert share.drawn
    assert 25 <= share.looked_at <= 80  # one in six, by the hash of their ids
    assert share.low < Decimal(100) / 3 < share.high
    budget = looking.average(made, catalogue.current().properties["budget"], NOW)
    assert budget.low < Decimal("4.5") < budget.high
    assert looking.did(made, event, 30, NOW) == share  # the same people each time


def test_of_a_list_of_nearly_everybody_ids_are_drawn_and_only_members_looked_at(monkeypatch):
    monkeypatch.setattr(looking, "MOST_LOOKED_AT", 50)
    monkeypatch.setattr(looking, "COST_OF_A_TRY", 0)
    event = EventTypeFactory(name="Order Completed")
    made = static(*(ContactFactory() for _ in range(200)))
    for _ in range(100):
        EventFactory(contact=ContactFactory(), type=event, occurred_at=NOW - timedelta(days=1))
    share = looking.did(made, event, 30, NOW)
    assert share.drawn
    assert (20 <= share.looked_at <= 90, share.value) == (True, 0)
    assert looking.did(made, event, 30, NOW) == share  # the same people each time


def test_an_empty_list_has_no_figure_but_a_target():
    EventTypeFactory(name="Order Completed")
    made = static()
    set_target(made.pk, metric="did", event="Order Completed", value=Decimal(10), actor=SYSTEM)
    assert (way(made).figure, way(made).share, way(made).reached) == (None, 0.0, False)


def test_another_number_goes_on_and_another_measure_begins_anew(noon):
    made = static(ContactFactory())
    first = set_target(made.pk, metric="size", value=Decimal(10), actor=SYSTEM)
    noon.shift(timedelta(days=3))
    services.add_members(made.pk, [ContactFactory().pk], actor=SYSTEM)
    more = set_target(made.pk, metric="size", value=Decimal(20), actor=SYSTEM)
    assert (more.since, more.base, more.value) == (first.since, 1, 20)
    other = set_target(made.pk, metric="entered", value=Decimal(20), actor=SYSTEM)
    assert other.since > first.since
    assert Target.objects.count() == 1


def test_what_was_set_is_in_the_audit_log_once():
    made = static()
    for _ in range(2):
        set_target(made.pk, metric="size", value=Decimal(10), actor=SYSTEM)
    clear_target(made.pk, actor=SYSTEM)
    clear_target(made.pk, actor=SYSTEM)
    assert not Target.objects.exists()
    actions = AuditEntry.objects.filter(object_id=str(made.pk)).order_by("pk").values_list("action", flat=True)
    assert [action for action in actions if "target" in action] == ["set target", "cleared target"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"metric": "luck"}, "/metric"),
        ({"metric": "size", "value": Decimal("NaN")}, "/value"),
        ({"metric": "size", "value": Decimal(-1)}, "/value"),
        ({"metric": "average", "property": "first_name"}, "/property"),
        ({"metric": "did", "event": "Nothing Such"}, "/event"),
        ({"metric": "did", "event": "Order Completed", "value": Decimal(101)}, "/value"),
        ({"metric": "did", "event": "Order Completed", "days": 0}, "/days"),
    ],
)
def test_what_cannot_be_measured_is_refused_at_its_field(given, pointer):
    EventTypeFactory(name="Order Completed")
    made = static()
    with pytest.raises(InvalidInput) as refused:
        set_target(made.pk, **{"value": Decimal(10)} | given, actor=SYSTEM)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert not Target.objects.exists()
