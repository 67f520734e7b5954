"""People on their way through an automation while whoever moves them is killed; run as a program, the one who is."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from datetime import timedelta

STEPS = [
    {"id": "w", "kind": "wait_for_event", "event": "Reply", "n": 5, "unit": "hour", "yes": "b", "no": "c"},
    {
        "id": "b",
        "kind": "branch",
        "condition": {"property": "country", "op": "is", "value": "IT"},
        "yes": "t",
        "no": "c",
    },
    {"id": "t", "kind": "create_task", "title": "Call", "next": "p"},
    {"id": "c", "kind": "set_attribute", "property": "city", "value": "Lyon", "next": "p"},
    {"id": "p", "kind": "wait", "n": 30, "unit": "minute", "next": "l"},
    {"id": "l", "kind": "add_to_list", "next": "m"},
    {"id": "m", "kind": "send", "next": "h"},
    {"id": "h", "kind": "webhook", "url": "https://93.184.215.14/", "next": "e"},
    {"id": "e", "kind": "end"},
]


def expected(n: int) -> list[tuple[str, str]]:
    """What person `n` goes through: every third replies, every second is from Italy."""
    replied, italian = n % 3 == 0, n % 2 == 0
    way = [("w", "happened"), ("b", "yes" if italian else "no")] if replied else [("w", "did_not_happen")]
    way.append(("t", "done") if replied and italian else ("c", "done"))
    return [*way, ("p", "waited"), ("l", "done"), ("m", "sent"), ("h", "called"), ("e", "ended")]


class World:
    """An automation that is switched on, and people for whom it will be."""

    def __init__(self, people: int):
        from campaigns.models import Campaign
        from contacts.models import Consent, Contact
        from crmseg.common import clock
        from segments.models import Segment

        from .automation_worlds import message, switched_on

        self.listed = Segment.objects.create(name="Called", kind="static", state="live", live_version=1)
        self.campaign: Campaign = message()
        steps = [dict(step) for step in STEPS]
        steps[5]["list"], steps[6]["campaign"] = self.listed.pk, self.campaign.pk
        self.automation = switched_on(*steps, trigger={"kind": "event", "event": "Cart Updated"})
        self.people = Contact.objects.bulk_create(
            Contact(email=f"k{n}@example.org", country="IT" if n % 2 == 0 else "FR") for n in range(people)
        )
        now = clock.now()
        Consent.objects.bulk_create(
            Consent(contact=one, channel="email", topic="", status="subscribed", changed_at=now) for one in self.people
        )

    def happen(self, first: int, last: int) -> None:
        """Those people fill their carts, and every third replies."""
        from contacts import services
        from crmseg.common import clock
        from crmseg.common.actor import SYSTEM

        now = clock.now()
        told = []
        for n in range(first, last):
            about = {"contact": {"id": self.people[n].pk}}
            told.append({**about, "event": "Cart Updated", "occurred_at": now.isoformat(), "message_id": f"cart:{n}"})
            if n % 3 == 0:
                at = (now + timedelta(milliseconds=1)).isoformat()
                told.append({**about, "event": "Reply", "occurred_at": at, "message_id": f"reply:{n}"})
        for start in range(0, len(told), 500):
            services.record_events(told[start : start + 500], actor=SYSTEM, source="test")

    def is_done(self) -> bool:
        from campaigns.models import Run

        return Run.objects.filter(state="finished").count() == len(self.people)

    def steps(self) -> int:
        from campaigns.models import StepDone

        return StepDone.objects.count()

    def check(self) -> None:
        """Each person's trace step by step, and every trace of each step elsewhere: once."""
        from campaigns.models import HookCall, Run, Send, StepDone
        from contacts.models import AttributeHistory, Task
        from segments.models import LedgerEntry

        ids = [one.pk for one in self.people]
        assert Counter(Run.objects.values_list("contact_id", flat=True)) == Counter(ids)
        traces: dict[int, list[tuple[str, str]]] = {}
        for pk, *row in StepDone.objects.order_by("run", "visit").values_list("run__contact_id", "step", "outcome"):
            traces.setdefault(pk, []).append(tuple(row))
        wrong = {n: traces.get(one.pk) for n, one in enumerate(self.people) if traces.get(one.pk) != expected(n)}
        assert not wrong
        calls = [one.pk for n, one in enumerate(self.people) if ("t", "done") in expected(n)]
        moved = [one.pk for n, one in enumerate(self.people) if ("c", "done") in expected(n)]
        cities = AttributeHistory.objects.filter(key="city")
        assert Counter(Task.objects.values_list("contact_id", flat=True)) == Counter(calls)
        assert Counter(cities.values_list("contact_id", flat=True)) == Counter(moved)
        for rows in (LedgerEntry.objects.filter(segment_id=self.listed.pk), Send.objects.all(), HookCall.objects.all()):
            assert Counter(rows.values_list("contact_id", flat=True)) == Counter(ids)


def move_on() -> None:
    """What the worker does, at a time at which everybody has waited long enough."""
    from django.db.models import Max

    from campaigns.journeys import looks, runner, triggers
    from campaigns.models import Run
    from crmseg.common import clock

    triggers.enter_everywhere()
    looks.look()
    now, longest = clock.now(), Run.objects.filter(state="active").aggregate(at=Max("due_at"))["at"]
    runner.work(max(now, longest or now), at_most=400)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmseg.settings")
    import django
    from django.conf import settings

    settings.DATABASES["default"].update(json.loads(sys.argv[1]))
    django.setup()
    from campaigns import tasks

    tasks._ring = lambda *_arguments: None
    print("ready", flush=True)
    while True:
        move_on()


if __name__ == "__main__":
    main()
