"""Which kinds of work there are, and what else the tray shows. Rooms register; nobody else knows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from crmseg.access.models import User

    from .models import Job
    from .step import Step

Run = Callable[["Job", "Step"], None]


def _nothing(job: Job) -> str:
    return ""


def _no_rows(job: Job) -> list[Any]:
    return []


@dataclass(frozen=True)
class Kind:
    """`name` is what all of a kind are called, `label(job)` what one does, `outcome(job)` one sentence on its end.

    `run` and `undo` walk in steps; each step's transaction saves its progress, so that nothing is done twice. An undo
    is possible where `may_undo(job)` says nothing against it. `kept(job)` are sentences with addresses about what an
    undo left as it is. `again(job)` is the address that, asked by POST, starts another like it.
    """

    key: str
    name: str | Promise
    label: Callable[[Job], str]
    run: Run
    undo: Run | None = None
    may_undo: Callable[[Job], str] = _nothing
    url: Callable[[Job], str] = _nothing
    outcome: Callable[[Job], str] = _nothing
    kept: Callable[[Job], list[Any]] = _no_rows
    again: Callable[[Job], str] = _nothing
    icon: str = "list-check"


@dataclass(frozen=True)
class TrayItem:
    """Something in the tray. `key` tells it from all others; the addresses are empty where there is nothing to do."""

    key: str
    label: str
    state: str
    state_label: str
    is_running: bool
    done: int = 0
    total: int = 0
    note: str = ""
    url: str = ""
    cancel_url: str = ""
    undo_url: str = ""
    file_url: str = ""
    at: datetime | None = field(default=None, compare=False)

    @property
    def element(self) -> str:
        """Part of the ids of its buttons, by which the focus finds them again."""
        return self.key.replace(":", "-")


Items = Callable[["User"], "list[TrayItem]"]
Running = Callable[["User"], "QuerySet[Any]"]
_kinds: dict[str, Kind] = {}
_sources: list[tuple[Items, Running]] = []


def register(kind: Kind) -> None:
    _kinds[kind.key] = kind


def kinds() -> list[Kind]:
    return list(_kinds.values())


def get(key: str) -> Kind | None:
    return _kinds.get(key)


def label(job: Job) -> str:
    kind = _kinds.get(job.kind)
    return kind.label(job) if kind else job.kind


def register_tray(items: Items, running: Running) -> None:
    """`items(user)` are what runs and what ended lately, few of them; `running(user)` the rows of what runs, which
    every page counts in one statement with those of the others."""
    if (items, running) not in _sources:
        _sources.append((items, running))


def tray_sources() -> list[tuple[Items, Running]]:
    return list(_sources)
