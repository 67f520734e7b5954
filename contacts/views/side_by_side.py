"""Two contacts or two companies side by side: what each knows, and whose value counts once they are one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.http import HttpRequest

from ..fields import Field
from ..models import Company, Contact
from . import presenting

P = TypeVar("P", Contact, Company)
OTHER = "other"


@dataclass(frozen=True)
class Difference:
    """What both know, each in its own way; or, where the survivor knows nothing, what it will be given."""

    field: Field
    survivor: Any
    other: Any
    takes_other: bool

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def label(self) -> Any:
        return self.field.label

    @property
    def is_choice(self) -> bool:
        return self.survivor is not None

    @property
    def of_survivor(self) -> presenting.Fact:
        return presenting.Fact(self.field, self.survivor)

    @property
    def of_other(self) -> presenting.Fact:
        return presenting.Fact(self.field, self.other)


@dataclass(frozen=True)
class Comparison:
    choices: list[Difference]
    gifts: list[Difference]
    alike: int


def compare(
    fields: Iterable[Field], value: Callable[[P, Field], Any], survivor: P, other: P, request: HttpRequest
) -> Comparison:
    choices: list[Difference] = []
    gifts: list[Difference] = []
    alike = 0
    for field in fields:
        one, two = value(survivor, field), value(other, field)
        if two is None or one == two:
            alike += one is not None
            continue
        found = Difference(field, one, two, _takes(field, request))
        (choices if found.is_choice else gifts).append(found)
    return Comparison(choices, gifts, alike)


def taken(fields: Iterable[Field], request: HttpRequest) -> list[str]:
    """The keys of what was chosen of the other one."""
    return [field.key for field in fields if _takes(field, request)]


def _takes(field: Field, request: HttpRequest) -> bool:
    return request.POST.get(f"take-{field.key}") == OTHER
