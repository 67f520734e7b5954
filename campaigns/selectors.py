"""Everything that reads campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import BooleanField, Count, F, Func, Q, QuerySet, Value

from contacts import selectors as contacts
from contacts.models import Contact
from crmseg.common.ids import read_id
from segments.models import Segment

from . import audience
from .measuring import figures, waterfall
from .measuring import report as measured
from .models import Campaign, OutboxMessage, Send

ORDERS = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "state": ("state", "-id"),
    "-state": ("-state", "-id"),
    "created": ("created_at", "id"),
    "-created": ("-created_at", "-id"),
    "started": ("started_at", "id"),
    "-started": ("-started_at", "-id"),
}


def campaigns_table(*, q: str = "", state: str = "", order: str = "") -> QuerySet[Campaign]:
    found = Campaign.objects.all()
    if q.strip():
        found = found.filter(Q(name__icontains=q.strip()) | Q(subject__icontains=q.strip()))
    if state:
        found = found.filter(state=state)
    return found.order_by(*ORDERS.get(order, ORDERS["-created"]))


def report(campaign: Campaign) -> dict[str, Any]:
    """What became of everyone in the campaign's lists: each in one number only, except unsubscribed (of sent)."""
    return measured.outcomes(figures.count(campaign))


def counts_of(campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """queued (or being sent now), sent, failed, uncertain, skipped and unsubscribed, by campaign."""
    ids = list(campaign_ids)
    words = ("waiting", "queued", "sent", "failed", "uncertain", "skipped", "unsubscribed")
    counts = {pk: dict.fromkeys(words, 0) for pk in ids}
    rows = (
        Send.objects.filter(campaign_id__in=ids)
        .values_list("campaign_id", "state")
        .annotate(people=Count("pk"), unsubscribed=Count("unsubscribed_at"))
        .order_by()
    )
    for pk, state, people, unsubscribed in rows:
        shown = "queued" if state == Send.State.LEASED else state
        counts[pk][shown] += people
        counts[pk]["unsubscribed"] += unsubscribed
    return counts


REACTIONS = ("delivered", "opened", "machine_opened", "clicked", "converted", "bounced", "complained", "unsubscribed")
"""What a send may remember of its reader, each as a column `…_at`."""


def sends_of(
    campaign: Campaign, *, state: str = "", reason: str = "", reaction: str = "", arm: str = "", step: str = ""
) -> QuerySet[Send]:
    """Everyone the campaign was for; `reaction`: those who did that, `arm`: those who got that version, `step`: those
    whom that step of the waterfall counts."""
    found = Send.objects.filter(campaign=campaign).order_by("pk")
    if state == Send.State.QUEUED:
        found = found.filter(state__in=[Send.State.QUEUED, Send.State.LEASED])
    elif state:
        found = found.filter(state=state)
    if reason:
        found = found.filter(reason=reason)
    if reaction in REACTIONS:
        found = found.exclude(**{f"{reaction}_at": None})
    if arm:
        found = found.filter(arm__key=arm)
    return waterfall.behind(campaign, step, found) if step in waterfall.LABELS else found


def contacts_of(sends: Iterable[Send]) -> Mapping[int, Contact]:
    return Contact.objects.in_bulk({send.contact_id for send in sends})


def lists_of(campaign: Campaign) -> tuple[list[Segment], list[Segment]]:
    """The lists to include and to exclude that still exist."""
    include, exclude = campaign.include_ids, campaign.exclude_ids
    known = Segment.objects.in_bulk([*include, *exclude])
    return [known[pk] for pk in include if pk in known], [known[pk] for pk in exclude if pk in known]


def example_contact(campaign: Campaign) -> Contact | None:
    """Someone whom the campaign reaches, or would: to look at the message as they will."""
    sent = Send.objects.filter(campaign_id=campaign.pk).exclude(state=Send.State.SKIPPED).order_by("pk").first()
    if sent:
        return Contact.objects.filter(pk=sent.contact_id).first()
    candidates = audience.some_of(campaign, 200)
    refused = audience.refusals(campaign, candidates)
    best = next((pk for pk in candidates if pk not in refused), None)
    return Contact.objects.filter(pk=best).first() if best else Contact.objects.order_by("pk").first()


def find_contact(text: str) -> Contact | None:
    """The person meant by an id, an e-mail address, an external id, or words of a name."""
    text = text.strip().replace("\x00", "")[:200]
    if not text:
        return None
    people = Contact.objects.select_related("company")
    if (number := read_id(text)) is not None and (found := people.filter(pk=number).first()):
        return found
    exact = people.filter(email__iexact=text).first() or people.filter(external_id=text).first()
    return exact or contacts.search(people, text).order_by("pk").first()


def campaigns_using(segment_id: int, *, states: Iterable[str] | None = None) -> QuerySet[Campaign]:
    found = campaigns_using_any([segment_id])
    return found.filter(state__in=list(states)) if states is not None else found


def campaigns_using_any(segment_ids: Iterable[int]) -> QuerySet[Campaign]:
    """Those that write to one of the lists, or leave one out, whatever has become of them."""
    using = Q(pk__in=[])
    for pk in segment_ids:
        using |= (
            Q(include__contains=[pk]) | Q(exclude__contains=[pk]) | Q(_asks("include", pk)) | Q(_asks("exclude", pk))
        )
    return Campaign.objects.filter(using)


def _asks(parts: str, segment_id: int) -> Func:
    """Whether a definition among the parts asks the list, however deep."""
    path = f"$.**.segment ? (@ == {int(segment_id)})"
    return Func(F(parts), Value(path), function="jsonb_path_exists", output_field=BooleanField())


def messages_to(contact_id: int) -> QuerySet[Send]:
    """What was sent to a person, newest first, without those they were skipped for."""
    kept = Send.objects.filter(contact_id=contact_id).exclude(state=Send.State.SKIPPED)
    return kept.select_related("campaign").order_by("-pk")


def outbox(*, q: str = "") -> QuerySet[OutboxMessage]:
    found = OutboxMessage.objects.select_related("send__campaign").order_by("-pk")
    return found.filter(Q(recipient__icontains=q) | Q(subject__icontains=q)) if q else found
