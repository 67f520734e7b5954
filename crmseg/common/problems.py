"""What is wrong with an input, said once for the API, the pages and the commands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A plain sentence about the value at `pointer`, a JSON Pointer (RFC 6901) into what was sent."""

    pointer: str
    message: str

    def under(self, prefix: str) -> Problem:
        return Problem(prefix + self.pointer, self.message)


class InvalidInput(Exception):
    """Input that cannot be used, with every problem found in it. The API answers 400."""

    status = 400

    def __init__(self, problems: Sequence[Problem] | str):
        self.problems = [Problem("", problems)] if isinstance(problems, str) else list(problems)
        super().__init__("; ".join(f"{p.pointer}: {p.message}" for p in self.problems))


class Conflict(InvalidInput):
    """A well-formed request that the present state refuses. The API answers 409."""

    status = 409
