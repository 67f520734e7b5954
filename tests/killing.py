"""A worker that is killed between two statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Killed(BaseException):
    """The worker ends here, whatever it was about to do."""


class Killer:
    """Lets so many statements through, and kills the worker at the next: what it had not committed is rolled back."""

    def __init__(self, after: int):
        self.left = after

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Killed
        return execute(*statement)
