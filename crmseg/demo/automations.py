"""Two automations ready to look at: one that is switched on, with people on their way, and a draft to be tried.

Whoever attended a workshop in the last weeks walks through the first by the rules of the product, day after day;
nothing is sent and nobody is changed by it, only tasks are written.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from campaigns import services as campaigns
from campaigns.journeys import load, replay, runner, services, triggers
from campaigns.models import Automation, Campaign
from crmseg.common.actor import Actor
from segments.models import Segment

from .campaigns import MESSAGE
from .world import World

DAYS = 21
MOST_PEOPLE = 150
AFTER_A_WORKSHOP = "After a workshop"
WELCOME = "Welcome in three steps"
DEFINITION: dict[str, Any] = {
    "trigger": {"kind": "event", "event": "Workshop Attended"},
    "steps": [
        {"id": "rest", "kind": "wait", "n": 1, "unit": "day", "next": "keen"},
        {
            "id": "keen",
            "kind": "branch",
            "condition": {"event": "Page Viewed", "op": "gte", "value": 2, "window": {"last": 30, "unit": "day"}},
            "yes": "call",
            "no": "click",
        },
        {"id": "call", "kind": "create_task", "title": "Call about the workshop", "n": 3, "unit": "day"},
        {
            "id": "click",
            "kind": "wait_for_event",
            "event": "Link Clicked",
            "n": 21,
            "unit": "day",
            "yes": "write",
            "no": "end",
        },
        {"id": "write", "kind": "create_task", "title": "Write to them about the workshop", "n": 5, "unit": "day"},
        {"id": "end", "kind": "end"},
    ],
    "goal_event": {"event": "Feature Used"},
    "goal_days": 60,
    "reentry": {"after": 90, "unit": "day"},
    "holdout": 10,
}


def write_automations(world: World, actor: Actor) -> None:
    if not Automation.objects.filter(name=AFTER_A_WORKSHOP).exists():
        _walk(world, actor)
    if not Automation.objects.filter(name=WELCOME).exists():
        _draft(actor)


def _walk(world: World, actor: Actor) -> None:
    said = "Whoever came to a workshop is called if she looks around, and written to if she clicks."
    made = services.create_automation(name=AFTER_A_WORKSHOP, description=said, definition=DEFINITION, actor=actor)
    made = services.activate_automation(made.pk, actor=actor)
    journey, version = load.load(DEFINITION), made.latest
    people = 0
    for ago in range(DAYS, 0, -1):
        first, end = world.ago(ago), world.ago(ago - 1)
        came = [one for chunk in replay.happened(journey, first, end, 1.0) for one in chunk]
        found = [triggers.Candidate(pk, f"sample:{at.isoformat()}", at) for pk, at in came[: MOST_PEOPLE - people]]
        people += triggers.admit(made, version, journey, found, end)
        runner.work(end)
    began = world.ago(DAYS)
    Automation.objects.filter(pk=made.pk).update(created_at=began - timedelta(days=2), activated_at=began)


def _draft(actor: Actor) -> None:
    customers = Segment.unarchived.filter(name="Customers").first()
    if customers is None:
        return
    words = {"title": "Thank you", "text": "here is how to hear more.", "path": "hear", "button": "Listen"}
    sent = {"name": "Thank you (automation)", "kind": Campaign.Kind.AUTOMATED, "subject": "Thank you for your order"}
    campaign = campaigns.create_campaign(data=sent | {"body_mjml": MESSAGE.format(**words), "holdout": 0}, actor=actor)
    ordered = {"event": "Order Completed", "op": "gte", "value": 2, "window": {"last": 30, "unit": "day"}}
    definition = {
        "trigger": {"kind": "enters", "list": customers.pk},
        "steps": [
            {"id": "hour", "kind": "wait_until", "at": "09:00", "weekdays": [1, 2, 3, 4, 5], "next": "thanks"},
            {"id": "thanks", "kind": "send", "campaign": campaign.pk, "next": "month"},
            {"id": "month", "kind": "wait", "n": 30, "unit": "day", "next": "again"},
            {"id": "again", "kind": "branch", "condition": ordered, "yes": "loyal", "no": "ask"},
            {"id": "loyal", "kind": "set_attribute", "property": "interest_level", "value": "high"},
            {"id": "ask", "kind": "create_task", "title": "Ask how the first order was", "n": 2, "unit": "day"},
        ],
        "holdout": 10,
    }
    said = "Thanks new customers on a weekday morning, and looks a month later whether they came back."
    services.create_automation(name=WELCOME, description=said, definition=definition, actor=actor)
