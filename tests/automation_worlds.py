"""Small worlds for automations: switched on, with people who do something, at instants of our choosing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from campaigns.journeys import looks, runner, services, triggers
from campaigns.models import Automation, Campaign, Run, StepDone
from contacts import services as contacts
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services as lists
from segments.models import Segment

from .campaign_worlds import MARKETER

CART = {"kind": "event", "event": "Cart Updated"}
LEAD = {"kind": "set_stage", "stage": "lead"}


def switched_on(*steps: dict[str, Any], trigger: dict[str, Any] | None = None, **more: Any) -> Automation:
    """Steps without ids follow each other."""
    named = [{"id": f"s{place}", **step} for place, step in enumerate(steps)]
    for place, step in enumerate(named[:-1]):
        if step["kind"] not in ("branch", "wait_for_event", "end"):
            step.setdefault("next", named[place + 1]["id"])
    definition = {"trigger": trigger or CART, "steps": named, **more}
    made = services.create_automation(name="Cart", definition=definition, actor=MARKETER)
    return services.activate_automation(made.pk, actor=MARKETER)


def does(contact: Contact, event: str = "Cart Updated", at: datetime | None = None, **properties: Any) -> None:
    told = {"contact": {"id": contact.pk}, "event": event, "occurred_at": (at or clock.now()).isoformat()}
    result = contacts.record_events([told | {"properties": properties}], actor=SYSTEM, source="test")
    assert not result.problems


def put_in(segment: Segment, *people: Contact) -> None:
    lists.add_members(segment.pk, [one.pk for one in people], actor=MARKETER)


def go_on(after: timedelta | None = None) -> datetime:
    """What the worker does, some time from now."""
    now = clock.now() + (after or timedelta(0))
    triggers.enter_everywhere(now)
    looks.look(now)
    runner.work(now)
    return now


def trace(run: Run) -> list[tuple[str, str]]:
    return list(StepDone.objects.filter(run=run).order_by("visit").values_list("step", "outcome"))


def run_of(contact: Contact) -> Run:
    return Run.objects.filter(contact_id=contact.pk).latest("pk")


def message(**fields: Any) -> Campaign:
    given = {"name": "Hello", "subject": "Hello", "body_text": "Hello {{ unsubscribe_url }}", "holdout": 0.4}
    return Campaign.objects.create(kind=Campaign.Kind.AUTOMATED, **given | fields)
