"""One batch of a campaign, from lease to mark."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from .. import audience, timing
from ..channels import registry
from ..models import Campaign, Send
from . import answers, events, finish, kept_open, lease, mark, outbox
from .carrier import Carrier, Parcel
from .outcome import Unreachable
from .writing import Writer

SIZE = 200
OUTBOX_SIZE = 500
TRY_AGAIN = timedelta(seconds=30)


def send_batch(campaign_id: int) -> bool:
    """Deliver some of what is due. True while more is due now."""
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).first()
    if campaign is None or (campaign.retry_at and campaign.retry_at > clock.now()):
        return False
    try:
        writer = Writer(campaign)
    except InvalidInput as error:
        finish.stop(campaign.pk, str(error))
        return False
    limit = _size(campaign)
    taken = lease.take(campaign, limit)
    if not taken.sends:
        finish.finish_if_done(campaign_id)
        kept_open.rest()
        return False
    try:
        _deliver(campaign, writer, taken)
    except Unreachable as error:
        mark.in_trouble(campaign, str(error), TRY_AGAIN)
        return False
    finally:
        taken.release()
        finish.skip_cancelled(campaign_id)
        events.record_due(taken.token)
    mark.out_of_trouble(campaign)
    return len(taken.sends) == limit or not finish.finish_if_done(campaign_id)


def _size(campaign: Campaign) -> int:
    """What goes through no server is one transaction, and may be more."""
    channel = registry.CHANNELS.get(campaign.channel)
    return OUTBOX_SIZE if channel and channel.carrier(campaign) is None else SIZE


def _deliver(campaign: Campaign, writer: Writer, taken: lease.Lease) -> None:
    refused = audience.refusals(campaign, [send.contact_id for send in taken.sends])
    mark.skip(taken, refused)
    later = timing.not_now(campaign, [send.contact_id for send in taken.sends])
    mark.wait(taken, later)
    wanted = [send for send in taken.sends if send.contact_id not in refused and send.contact_id not in later]
    parcels, unwritable = writer.write(wanted, taken.keep)
    mark.fail(taken, unwritable)
    for key, channel in registry.CHANNELS.items():
        sends = [send for send in wanted if send.channel == key and send.pk in parcels]
        carrier = channel.carrier(campaign) if sends else None
        if carrier is not None:
            _carry(campaign, carrier, parcels, sends, taken)
        elif sends:
            outbox.deliver({send.pk: parcels[send.pk] for send in sends}, taken)


def _carry(
    campaign: Campaign, carrier: Carrier, parcels: dict[int, Parcel], sends: Sequence[Send], taken: lease.Lease
) -> None:
    """Some at a time: marked as begun, all on their way at once, and what became of them marked with the next."""
    marker = mark.Marker(campaign, taken.token)
    done = 0
    try:
        while done < len(sends):
            taken.keep()
            some = sends[done : done + carrier.ready(len(sends) - done)]
            begun = marker.begin({send.pk: parcels[send.pk].message_id for send in some})
            if not begun and marker.is_stopped():
                return
            asked = [send for send in some if send.pk in begun]
            outcomes = list(zip(asked, carrier.deliver([parcels[send.pk] for send in asked]), strict=True))
            marker.answered(outcomes)
            answers.follow(outcomes, marker)
            done += len(some)
    finally:
        marker.settle()
