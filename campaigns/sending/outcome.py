"""What became of one delivery, and the words of a mail server made safe to keep and to show."""

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
    verdict: Verdict
    reason: str = ""


class Unreachable(Exception):
    """The mail server as a whole cannot be used now. Whatever was not begun waits."""


def said(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return one_line(f"{code} {text}")
