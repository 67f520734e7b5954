"""What rooms contribute to shared pages: quick-search results and the panels of the home page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

from crmseg.access.models import Role


@dataclass(frozen=True)
class Hit:
    """A thing found by its name, and where it is."""

    label: str
    url: str
    detail: str = ""
    icon: str = ""


@dataclass(frozen=True)
class Group:
    """Things of one kind that were found."""

    label: str | Promise
    icon: str
    hits: Sequence[Hit]


@dataclass(frozen=True)
class Finder:
    label: str | Promise
    icon: str
    find: Callable[[str, int], Sequence[Hit]]


@dataclass(frozen=True)
class HomePanel:
    """`context` is given the request and answers what `template` shows, or None to stay away."""

    order: int
    template: str
    context: Callable[[HttpRequest], dict[str, Any] | None]
    wide: bool = False


@dataclass(frozen=True)
class HomeNumber:
    """A number of the head row: its label, its value, the page behind it, and a word beside it."""

    order: int
    label: str | Promise
    value: Callable[[], Any]
    url_name: str = ""
    query: str = ""
    hint: Callable[[], str] = str


@dataclass(frozen=True)
class Mend:
    """Something that somebody should put right: what is the matter, and the page where that is done.

    `bad` is what stands still until then; the rest can wait.
    """

    text: str
    url: str
    action: str
    bad: bool = False


@dataclass(frozen=True)
class FirstStep:
    """Something to do in a new account. `is_done` looks for itself, so that nobody has to tick it."""

    order: int
    title: str | Promise
    text: str | Promise
    url_name: str
    is_done: Callable[[HttpRequest], bool]
    role: str = Role.VIEWER


Mender = Callable[[HttpRequest], Iterable[Mend]]


@dataclass
class _Registered:
    finders: list[Finder] = field(default_factory=list)
    home_panels: list[HomePanel] = field(default_factory=list)
    home_numbers: list[HomeNumber] = field(default_factory=list)
    freshness: list[Callable[[], datetime | None]] = field(default_factory=list)
    menders: list[Mender] = field(default_factory=list)
    slow_menders: list[Mender] = field(default_factory=list)
    first_steps: list[FirstStep] = field(default_factory=list)


_registered = _Registered()


def register_finder(finder: Finder) -> None:
    _registered.finders.append(finder)


def register_home(*items: HomePanel | HomeNumber) -> None:
    for item in items:
        if isinstance(item, HomePanel):
            _registered.home_panels.append(item)
        else:
            _registered.home_numbers.append(item)


def register_freshness(fresh_as_of: Callable[[], datetime | None]) -> None:
    """Up to which instant what a room shows is true."""
    _registered.freshness.append(fresh_as_of)


def register_mend(mender: Mender) -> None:
    """`mender` tells what of its room is to be mended now. Home asks it each time: it must be quick."""
    _registered.menders.append(mender)


def register_slow_mend(mender: Mender) -> None:
    """One that takes a look at many rows: home asks it once the page stands."""
    _registered.slow_menders.append(mender)


def register_first_step(*steps: FirstStep) -> None:
    _registered.first_steps += steps


def to_mend(request: HttpRequest, *, slow: bool = False) -> list[Mend]:
    """Everything to be mended, what stands still first; or what takes longer to be known."""
    menders = _registered.slow_menders if slow else _registered.menders
    found = [mend for mender in menders for mend in mender(request)]
    return sorted(found, key=lambda mend: not mend.bad)


def first_steps(request: HttpRequest) -> list[tuple[FirstStep, bool]]:
    """The steps in order, and whether each is done."""
    return [(step, step.is_done(request)) for step in sorted(_registered.first_steps, key=lambda step: step.order)]


def fresh_as_of() -> datetime | None:
    """Up to which instant all rooms are true."""
    return min(filter(None, (fresh() for fresh in _registered.freshness)), default=None)


def finders() -> list[Finder]:
    return _registered.finders


def home_panels() -> list[HomePanel]:
    return sorted(_registered.home_panels, key=lambda panel: panel.order)


def home_numbers() -> list[HomeNumber]:
    return sorted(_registered.home_numbers, key=lambda number: number.order)
