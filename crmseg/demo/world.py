"""The instants everything generated hangs on: one day, fixed when the load begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from .cdnow import LAST_DAY


@dataclass(frozen=True)
class World:
    """`today` as the load saw it; nothing generated lies after its midnight."""

    today: date
    loaded_at: datetime

    @cached_property
    def midnight(self) -> datetime:
        return datetime.combine(self.today, time(), UTC)

    def ago(self, days: float) -> datetime:
        """That many days before midnight, to the second."""
        return (self.midnight - timedelta(days=days)).replace(microsecond=0)

    def moved(self, day: date) -> datetime:
        """A day of the purchase file, moved by whole days so that the file's last one was yesterday; at noon."""
        shift = self.today - timedelta(days=1) - LAST_DAY
        return datetime.combine(day + shift, time(12), UTC)
