"""A carrier that asks a service over HTTP, several at once in threads. The threads touch no database."""

from __future__ import annotations

import contextvars
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils.translation import gettext as _

from ..sending.outcome import Outcome, Verdict

logger = logging.getLogger(__name__)
AT_ONCE = 8


class Threads(ABC):
    """What `ask` raises leaves the message in doubt: nobody knows how far it came."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    @abstractmethod
    def ask(self, parcel: Any) -> Outcome: ...

    def ready(self, wanted: int) -> int:
        return min(wanted, AT_ONCE)

    def deliver(self, parcels: Sequence[Any]) -> list[Outcome]:
        if len(parcels) == 1:
            return [self._one(parcels[0])]
        if self._pool is None:
            self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="carrier")
        asked = [self._pool.submit(contextvars.copy_context().run, self._one, parcel) for parcel in parcels]
        return [one.result() for one in asked]

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def _one(self, parcel: Any) -> Outcome:
        try:
            return self.ask(parcel)
        except Exception as error:
            # Its words may hold an address with a password in it.
            logger.error("A message could not be handed over: %s", type(error).__name__)
            return Outcome(Verdict.UNCERTAIN, no_answer(type(error).__name__))


def no_answer(reason: object) -> str:
    return _("The service was asked and gave no answer: %(reason)s") % {"reason": reason}
