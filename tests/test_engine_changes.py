"""Whatever changes, by whatever hand, every list that reads it looks again: no dependency key is forgotten.

Lists of a single condition, each operator on each type, follow random writes to random columns, custom values, events,
companies and static lists. After each write the change log alone decides who is looked at, and then all memberships
must be what a full evaluation says.
"""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random

import pytest

from campaigns.models import Suppression
from contacts.models import Company, Consent, Contact, ContactChange, Event, EventType
from contacts.models.consent import ConsentStatus
from crmseg.access import account
from crmseg.common import clock, json
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import services
from segments.engine import build, drain
from segments.engine.live import in_order, live_lists
from segments.engine.plan import SOME, Plan
from segments.models import Membership

from .definition_worlds import EVENTS, Asker, Maker, attributes, instant, stored_amount
from .factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
ZONE, PEOPLE, LISTS, WRITES = "Europe/Rome", 14, 250, 120


class Writes:
    """Random writes, each in the words of whoever may write: the ORM, raw values, other contacts' values."""

    def __init__(self, random: Random, maker: Maker, statics: list[int]):
        self.random, self.maker, self.statics = random, maker, statics

    def one(self) -> str:
        kinds = (self.column, self.column, self.custom, self.custom, self.event, self.event, self.company, self.link)
        return self.random.choice((*kinds, self.person, self.member, self.consent, self.suppression))()

    def contact(self) -> Contact:
        return self.random.choice(list(Contact.objects.order_by("pk")))

    def column(self) -> str:
        drawn = self.maker.standard() | {"created_at": self.random.choice(self.maker.instants)}
        key = self.random.choice(sorted(drawn))
        Contact.objects.filter(pk=self.contact().pk).update(**{key: drawn[key]})
        return key

    def custom(self) -> str:
        contact, drawn = self.contact(), self.maker.custom()
        key = self.random.choice(sorted(drawn))
        contact.attributes = {**contact.attributes, key: drawn[key]}
        if self.random.random() < 0.2:
            del contact.attributes[key]
        contact.save(update_fields=["attributes"])
        return key

    def event(self) -> str:
        kind = self.random.choice(("add", "add", "add", "correct", "delete"))
        drawn = self.maker.event()
        amount, currency = stored_amount(drawn["properties"])
        told = {"properties": drawn["properties"], "amount": amount, "currency": currency, "occurred_at": drawn["at"]}
        event = Event.objects.order_by("?").first()
        if kind == "add" or event is None:
            type_ = EventType.objects.get(name=drawn["name"])
            Event.objects.create(contact=self.contact(), type=type_, received_at=self.maker.now, **told)
        elif kind == "correct":
            Event.objects.filter(pk=event.pk).update(contact_id=self.contact().pk, **told)
        else:
            Event.objects.filter(pk=event.pk).delete()
        return f"{kind} event"

    def company(self) -> str:
        company = self.random.choice(list(Company.objects.all()))
        key = self.random.choice(("name", "employees", "revenue", "c_since", "c_tier"))
        if key.startswith("c_"):
            value = self.random.choice(self.maker.days).isoformat() if key == "c_since" else self.random.choice("SML")
            company.attributes = {**company.attributes, key: value}
            company.save(update_fields=["attributes"])
        else:
            value = {"name": self.maker.word(), "employees": 51, "revenue": self.maker.amount()}[key]
            Company.objects.filter(pk=company.pk).update(**{key: value})
        return f"company.{key}"

    def link(self) -> str:
        company = self.random.choice([None, *Company.objects.all()])
        Contact.objects.filter(pk=self.contact().pk).update(company=company)
        return "company"

    def person(self) -> str:
        if Contact.objects.count() > PEOPLE // 2 and self.random.random() < 0.5:
            self.contact().delete()
            return "deleted"
        Contact.objects.create(**self.maker.standard(), attributes=self.maker.custom())
        return "created"

    def member(self) -> str:
        change = self.random.choice((services.add_members, services.remove_members))
        change(self.random.choice(self.statics), [self.contact().pk], actor=SYSTEM)
        return "static members"

    def consent(self) -> str:
        answer = {"status": self.random.choice(ConsentStatus.values), "changed_at": self.maker.now}
        topic = self.random.choice(("", "news"))
        Consent.objects.update_or_create(contact=self.contact(), channel="email", topic=topic, defaults=answer)
        return "consent"

    def suppression(self) -> str:
        address = self.contact().email
        if address and self.random.random() < 0.2:
            address = "@" + address.rpartition("@")[2]
        if address and not Suppression.objects.filter(address__iexact=address).delete()[0]:
            Suppression.objects.create(channel="email", address=address.upper())
        return "suppression"


def test_every_write_reaches_every_list_that_reads_it(monkeypatch):
    random = Random(f"changes {SEED}")
    settings = account.current()
    settings.time_zone = ZONE
    settings.save()
    account.forget()
    attributes()
    now = instant(random, ZONE)
    monkeypatch.setattr(clock, "now", lambda: now)
    maker = Maker(random, ZONE, now, PEOPLE)
    world = maker.make(ZONE, settings.currency)
    asker = Asker(random, maker, world)
    for raw in random.sample(asker.every_leaf(), LISTS):
        try:
            pk = services.create_segment(name=json.dumps(raw).decode()[:150] + str(len(world.definitions)),
                                         kind="active", definition=raw, actor=SYSTEM).pk  # fmt: skip
        except InvalidInput:
            continue  # two bounds drawn in the wrong order
        world.definitions[pk] = raw
    while build.run_waiting():
        pass
    drain.drain()
    lists = tuple(in_order(live_lists().values()))
    assert len(lists) == len(world.definitions)
    plan, writes = Plan(lists, SOME), Writes(random, maker, list(world.members))
    for _ in range(WRITES):
        what = writes.one()
        drain.drain()
        assert not ContactChange.objects.exists()
        everybody = list(Contact.objects.order_by("pk").values_list("pk", flat=True))
        truth, stored = plan.evaluate(now, ids=everybody), dict[int, set[int]]()
        for segment, contact in Membership.objects.values_list("segment_id", "contact_id"):
            stored.setdefault(segment, set()).add(contact)
        for listed in lists:
            right = set(truth.members_of(listed.id).tolist())
            assert stored.get(listed.id, set()) == right, f"after {what}, seed {SEED}: {world.definitions[listed.id]}"
    assert Event.objects.filter(type__name__in=EVENTS, occurred_at__gt=now - timedelta(days=800)).exists()
    account.forget()


def test_a_company_that_was_just_updated_is_seen_by_lists_that_ask_when():
    company = CompanyFactory()
    ada = ContactFactory(company=company)
    Company.objects.update(updated_at=clock.now() - timedelta(days=30))
    drain.drain()
    fresh = {"property": "company.updated_at", "op": "in_last", "value": 7, "unit": "day"}
    services.create_segment(name="Fresh", kind="active", definition=fresh, actor=SYSTEM)
    build.run_waiting()
    company.name = "Renamed"
    company.save()
    drain.drain()
    assert list(Membership.objects.values_list("contact_id", flat=True)) == [ada.pk]
