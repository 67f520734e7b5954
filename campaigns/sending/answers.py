"""What follows from the answers of a server beyond the mark of the send: bounces, and trouble as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from crmseg.common import clock

from ..models import Reaction, Send
from ..tracking import record
from .mark import Marker
from .outcome import Outcome, Unreachable


def follow(outcomes: Sequence[tuple[Send, Outcome]], marker: Marker) -> None:
    """Addresses that are not there are suppressed. Unreachable, where nobody was served and the carrier is at fault."""
    bounced = [(send, outcome) for send, outcome in outcomes if outcome.bounced]
    if bounced:
        marker.flush()
    for send, outcome in bounced:
        key = f"bounced:{send.pk}"
        record.record(send, Reaction.Kind.BOUNCED, clock.now(), hard=True, said=outcome.reason, key=key)
    if outcomes and all(outcome.is_trouble for _send, outcome in outcomes):
        raise Unreachable(outcomes[0][1].reason)
