"""Load the sample data: in pieces, each a transaction that also notes how far it came.

However often it is stopped, and wherever, started again it ends with the same data, and none of it twice. Two loads at
once take turns. The lists come after the people, so that each is built once, and the campaigns to them last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from contacts import partitions
from contacts import services as contact_services
from contacts.models import AttributeDefinition
from contacts.signals import ring
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from segments import services as segment_services
from segments.models import Segment

from . import activity, automations, campaigns, cdnow, companies, people, scores, searches, surveys, tastes, write
from .lists import ATTRIBUTES, LISTS, with_numbers
from .models import SampleLoad
from .world import World
from .write import Happened

ACTOR = Actor("system", "sample data")
ABANDONED = timedelta(minutes=2)


@dataclass(frozen=True)
class Part:
    """So many things of one kind, written `at_once` at a time by `write(world, first, last + 1)`."""

    label: object
    count: int
    at_once: int
    write: Callable[[World, int, int], None]


@dataclass(frozen=True)
class Progress:
    label: str
    done: int
    total: int

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total


def parts() -> Sequence[Part]:
    return (
        Part(_("Months"), 1, 1, _months),
        Part(_("Attributes"), len(ATTRIBUTES), len(ATTRIBUTES), _attributes),
        Part(_("Companies"), companies.COMPANIES, companies.COMPANIES, _companies),
        Part(_("Customers"), cdnow.CUSTOMERS, 6_000, _customers),
        Part(_("Leads"), people.LEADS, 4_000, _leads),
        Part(_("Purchases"), cdnow.PURCHASES, 24_000, _purchases),
        Part(_("What leads did"), people.LEADS, 2_000, _activity),
        Part(_("Lists"), len(LISTS), len(LISTS), _lists),
        Part(_("Campaigns"), len(campaigns.CAMPAIGNS), 1, _campaigns),
        Part(_("Surveys"), surveys.ANSWERS, 50, _surveys),
        Part(_("Scores"), 1, 1, _scores),
        Part(_("Automations"), 1, 1, _automations),
        Part(_("Search for lists"), 1, 1, _searches),
    )


def load(report: Callable[[Progress], None] = lambda progress: None) -> None:
    """All of it, or what is still missing of it."""
    todo = parts()
    total = sum(part.count for part in todo)
    while (state := _write_next(todo)) is not None:
        done = sum(part.count for part in todo[: state.part]) + state.position
        report(Progress(str(todo[min(state.part, len(todo) - 1)].label), done, total))


def progress() -> Progress | None:
    """How far the load is; None before it begins. Finished when `done` is `total`."""
    state = SampleLoad.objects.first()
    if state is None:
        return None
    todo = parts()
    done = sum(part.count for part in todo[: state.part]) + state.position
    label = _("Done") if state.finished_at else todo[state.part].label
    return Progress(str(label), done, sum(part.count for part in todo))


def resume() -> None:
    """Go on with a load that was begun and that nobody has moved for a while; and with what waits for its end."""
    if SampleLoad.objects.filter(finished_at=None, moved_at__lt=clock.now() - ABANDONED).exists():
        load()
    searches.fit_lifetimes(ACTOR)


def _write_next(todo: Sequence[Part]) -> SampleLoad | None:
    """Write one piece, under the lock of the row that remembers it; None when nothing was left."""
    now = clock.now()
    fresh = SampleLoad(pk=1, today=now.date(), started_at=now, moved_at=now)
    SampleLoad.objects.bulk_create([fresh], ignore_conflicts=True)
    with acting(ACTOR):
        state = SampleLoad.objects.select_for_update().get(pk=1)
        if state.finished_at:
            return None
        part = todo[state.part]
        first, end = state.position, min(state.position + part.at_once, part.count)
        part.write(World(state.today, state.started_at), first, end)
        state.part, state.position = (state.part + 1, 0) if end == part.count else (state.part, end)
        state.moved_at = clock.now()
        state.finished_at = state.moved_at if state.part == len(todo) else None
        state.save(update_fields=["part", "position", "moved_at", "finished_at"])
        ring()
        return state


def _months(world: World, first: int, end: int) -> None:
    """The partitions of all that is coming, before it comes."""
    day, months = world.moved(cdnow.FIRST_DAY), []
    while day < world.midnight:
        months.append(partitions.month_of(day))
        day += timedelta(days=28)
    partitions.ensure_months([*months, partitions.month_of(world.midnight)])


def _attributes(world: World, first: int, end: int) -> None:
    there = set(AttributeDefinition.objects.values_list("key", flat=True))
    for attribute in ATTRIBUTES[first:end]:
        if attribute["key"] not in there:
            contact_services.create_attribute(data=attribute, actor=ACTOR)


def _companies(world: World, first: int, end: int) -> None:
    write.write_companies([companies.company(number + 1) for number in range(first, end)], world.midnight)


def _customers(world: World, first: int, end: int) -> None:
    buyers = list(cdnow.first_days().items())[first:end]
    write.write_people([people.customer(world, number, world.moved(day)) for number, day in buyers], world.midnight)


def _leads(world: World, first: int, end: int) -> None:
    write.write_people([people.lead(world, number + 1) for number in range(first, end)], world.midnight)


def _purchases(world: World, first: int, end: int) -> None:
    write.write_events(
        [
            Happened(
                external_id=f"cdnow-{purchase.customer}",
                type="Order Completed",
                at=world.moved(purchase.day),
                properties=f'{{"revenue": {purchase.revenue}, "currency": "USD", "quantity": {purchase.quantity}, '
                f'"original_date": "{purchase.day}", "category": "{tastes.bought(purchase)}"}}',
                amount=write.minor_units(purchase.revenue),
                message_id=f"cdnow-line-{purchase.line}",
            )
            for purchase in cdnow.purchases()[first:end]
        ],
        "cdnow",
        world.midnight,
    )


def _activity(world: World, first: int, end: int) -> None:
    events = []
    for number in range(first + 1, end + 1):
        lead = people.lead(world, number)
        for turn, deed in enumerate(activity.deeds(world, number, lead), start=1):
            properties = write.as_json(deed.properties)
            message_id = f"{lead.external_id}-{turn}"
            events.append(Happened(lead.external_id, deed.type, deed.at, properties, None, message_id))
    write.write_events(events, "sample", world.midnight)


def _lists(world: World, first: int, end: int) -> None:
    if first == 0:
        write.analyze()
    for ready in LISTS[first:end]:
        if Segment.objects.filter(name__iexact=ready.name).exists():
            continue
        if ready.definition is None:
            segment = segment_services.create_segment(name=ready.name, kind="static", actor=ACTOR, **ready.details)
            chosen = list(write.contact_ids(ready.members).values())
            segment_services.add_members(segment.pk, chosen, actor=ACTOR, cause="sample data")
        else:
            numbers = dict(Segment.objects.values_list("name", "pk"))
            segment_services.create_segment(
                name=ready.name,
                kind="active",
                definition=with_numbers(ready.definition, numbers),
                actor=ACTOR,
                **ready.details,
            )


def _campaigns(world: World, first: int, end: int) -> None:
    campaigns.write_campaigns(world, first, end, ACTOR)


def _scores(world: World, first: int, end: int) -> None:
    scores.write_scores(ACTOR)


def _automations(world: World, first: int, end: int) -> None:
    automations.write_automations(world, ACTOR)


def _searches(world: World, first: int, end: int) -> None:
    searches.start_searches(ACTOR)


def _surveys(world: World, first: int, end: int) -> None:
    surveys.write_surveys(world, first, end, ACTOR)
