"""A world goes on: late, corrected and deleted events, changed people, one merged into another, one deleted."""

from __future__ import annotations

from contacts.models import Company, Consent, Contact, Event, EventType
from segments.models import LedgerEntry, Membership, Segment

from .maker import Maker, stored_amount
from .past import at


class Disturbance:
    """Each method writes one change, by whatever hand: the product's triggers see it as they would any other."""

    def __init__(self, maker: Maker):
        self.maker, self.random = maker, maker.random

    def disturb(self, times: int = 12) -> None:
        self.merge()
        self.delete_contact()
        for _ in range(times):
            self.random.choice(
                (self.record, self.record, self.correct, self.delete, self.change, self.answer, self.join, self.move)
            )()

    def contact(self) -> Contact:
        return self.random.choice(list(Contact.objects.order_by("id")))

    def event(self) -> Event | None:
        events = list(Event.objects.order_by("id"))
        return self.random.choice(events) if events else None

    def record(self) -> None:
        """An event that comes late, or from the future."""
        drawn = self.maker.event()
        amount, currency = stored_amount(drawn["properties"])
        Event.objects.create(
            contact=self.contact(), type=EventType.objects.get(name=drawn["name"]), occurred_at=drawn["at"],
            received_at=self.maker.now, properties=drawn["properties"], amount=amount, currency=currency,
        )  # fmt: skip

    def correct(self) -> None:
        event, drawn = self.event(), self.maker.event()
        if event:
            amount, currency = stored_amount(drawn["properties"])
            Event.objects.filter(pk=event.pk).update(
                properties=drawn["properties"], amount=amount, currency=currency, occurred_at=drawn["at"]
            )

    def delete(self) -> None:
        event = self.event()
        if event:
            Event.objects.filter(pk=event.pk).delete()

    def change(self) -> None:
        """New values for all of somebody's attributes: the database itself writes the history."""
        contact, drawn = self.contact(), self.maker.standard()
        Contact.objects.filter(pk=contact.pk).update(**drawn, attributes=self.maker.custom())

    def move(self) -> None:
        """To another company, or to none."""
        company = self.random.choice([None, *Company.objects.order_by("id")])
        Contact.objects.filter(pk=self.contact().pk).update(company=company)

    def answer(self) -> None:
        Consent.objects.filter(contact=self.contact()).update(status=self.random.choice(("subscribed", "unsubscribed")))

    def join(self) -> None:
        """Into a static list, or out of it."""
        segment, contact = self.random.choice(list(Segment.objects.filter(kind="static"))), self.contact()
        moment = at(self.maker)
        held = Membership.objects.filter(segment=segment, contact_id=contact.pk)
        change = "left" if held.exists() else "entered"
        if not held.delete()[0]:
            Membership.objects.create(segment=segment, contact_id=contact.pk, entered_at=moment)
        LedgerEntry.objects.create(
            segment_id=segment.pk, contact_id=contact.pk, change=change, at=moment, cause="test", version=1
        )

    def merge(self) -> None:
        """What one did becomes what another did; the one is gone."""
        one, other = self.random.sample(list(Contact.objects.order_by("id")), 2)
        Event.objects.filter(contact=one).update(contact=other)
        one.delete()

    def delete_contact(self) -> None:
        self.contact().delete()
