"""What takes messages to where they go: a mail server, a provider, a service. Each is asked outside transactions.

Whatever may be in doubt after a crash was on its way at that very moment: no carrier is given more messages than it
asks for at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from .outcome import Outcome

if TYPE_CHECKING:
    from ..models import OutboxMessage


class Parcel(Protocol):
    """One message for one person, on any channel."""

    @property
    def message_id(self) -> str: ...

    def kept(self, send_id: int | None = None) -> OutboxMessage:
        """The row of the outbox for it, not saved."""
        ...


class Carrier(Protocol):
    def ready(self, wanted: int) -> int:
        """Be ready to ask; how many of `wanted` can be on their way at once. Unreachable where none can."""
        ...

    def deliver(self, parcels: Sequence[Any]) -> list[Outcome]:
        """Ask for each, all at once. Every answer, and every silence, is an outcome; nothing is raised."""
        ...

    def close(self) -> None:
        """Nothing more for now: hold nothing open."""
        ...
