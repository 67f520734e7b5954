"""What became of one delivery, and the words of a server made safe to keep and to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..content.compose import one_line


class Verdict(Enum):
    SENT = "sent"
    FAILED = "failed"  # for good
    RETRY = "retry"  # later
    UNCERTAIN = "uncertain"  # the server may or may not have taken it


@dataclass(frozen=True)
class Outcome:
    """`provider_id` is what the server calls the message; `bounced`: the address itself is what it refused for good.

    `is_trouble`: it says nothing about this message; whoever delivers is in trouble as a whole.
    """

    verdict: Verdict
    reason: str = ""
    provider_id: str = ""
    bounced: bool = False
    is_trouble: bool = False


class Unreachable(Exception):
    """The server as a whole cannot be used now. Whatever was not begun waits."""


def said(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(f"{code} {text}")
