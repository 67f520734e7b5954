"""Which lists the table shows: every filter stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from contacts import saved_views
from crmseg.access.actors import person_of
from crmseg.access.models import User
from crmseg.web.htmx import wants_part
from segments import hints, selectors, shelves
from segments.hints import LABELS, Hint
from segments.models import Folder, Segment

TABLE = "lists"
KEPT = ("kind", "state", "tag", "owner", "sort")
"""What is kept for each person; a search, a folder and the archive are places that one goes to."""
NONE, ME = "none", "me"


@dataclass(frozen=True)
class Asked:
    """The filters of one address. `folder` and `owner` are ids, or one of the words."""

    q: str = ""
    kind: str = ""
    state: str = ""
    folder: str = ""
    tag: str = ""
    owner: str = ""
    followed: bool = False
    hint: str = ""
    archived: bool = False

    @property
    def narrows(self) -> bool:
        """Whether more than the folder decides what is shown."""
        return any((self.q, self.kind, self.state, self.tag, self.owner, self.followed, self.hint))

    @property
    def folder_id(self) -> int | None:
        return int(self.folder) if self.folder.isdecimal() else None


def read(request: HttpRequest) -> Asked:
    """What makes no sense is passed over."""
    given = request.GET
    word = {name: given.get(name, "").strip()[:100].replace("\x00", "") for name in ("q", "tag")}
    return Asked(
        **word,
        kind=_one_of(given.get("kind"), Segment.Kind.values),
        state=_one_of(given.get("state"), Segment.State.values),
        folder=_id_or(given.get("folder"), (NONE,)),
        owner=_id_or(given.get("owner"), (ME, NONE)),
        followed=given.get("followed") == "1",
        hint=_one_of(given.get("hint"), list(LABELS)),
        archived=given.get("archived") == "1",
    )


def kept_filters(request: HttpRequest) -> dict[str, str]:
    """What this person chose the last time, where the address says nothing of it."""
    return {} if request.GET else saved_views.habit(person_of(request), TABLE).query


def keep_filters(request: HttpRequest) -> None:
    """What was chosen on the page itself; an address that somebody sent changes nobody's habits."""
    forgotten = request.GET.get("all") == "1"
    if (not forgotten and not wants_part(request, TABLE)) or request.GET.get("archived"):
        return
    user = person_of(request)
    habit = saved_views.habit(user, TABLE)
    given = {name: request.GET[name][:100].replace("\x00", "") for name in KEPT if name in request.GET}
    query = {} if forgotten else {name: value for name, value in (habit.query | given).items() if value}
    if query != habit.query:
        saved_views.keep_query(user, TABLE, query)


def matching(asked: Asked, user: Any, found: Sequence[Hint]) -> QuerySet[Segment]:
    """The lists that were asked for, with what the table shows of each. `found`: what is to be mended now."""
    rows = selectors.segments_table().select_related("folder__parent")
    rows = rows.exclude(archived_at=None) if asked.archived else rows.filter(archived_at=None)
    for name in ("kind", "state"):
        if value := getattr(asked, name):
            rows = rows.filter(**{name: value})
    if asked.folder == NONE:
        rows = rows.filter(folder=None)
    elif asked.folder_id is not None:
        rows = rows.filter(folder__in=shelves.with_inside(asked.folder_id))
    if asked.tag:
        rows = rows.filter(tags__contains=[asked.tag])
    if asked.owner == NONE:
        rows = rows.filter(owner=None)
    elif asked.owner:
        rows = rows.filter(owner=user.pk if asked.owner == ME else int(asked.owner))
    if asked.followed:
        rows = rows.filter(follows__user=user.pk)
    if asked.hint:
        rows = rows.filter(pk__in={hint.segment_id for hint in found if hint.kind == asked.hint})
    if asked.q:
        rows = rows.filter(Q(name__icontains=asked.q) | Q(description__icontains=asked.q) | Q(tags__icontains=asked.q))
    return rows


def asked_rows(request: HttpRequest) -> QuerySet[Segment]:
    """The same, straight from the address."""
    asked = read(request)
    return matching(asked, request.user, hints.current() if asked.hint else [])


def owners(user: Any) -> QuerySet[User]:
    """Who owns lists, besides whoever asks."""
    owning = Segment.unarchived.exclude(owner=None).values("owner")
    return User.objects.filter(pk__in=owning).exclude(pk=user.pk).order_by("name", "email")


def folder_of(asked: Asked) -> Folder | None:
    if asked.folder_id is None:
        return None
    return Folder.objects.select_related("parent").filter(pk=asked.folder_id).first()


def _one_of(value: str | None, known: Sequence[str]) -> str:
    return value if value is not None and value in known else ""


def _id_or(value: str | None, words: Sequence[str]) -> str:
    value = value or ""
    return value if value in words or (value.isascii() and value.isdecimal() and len(value) <= 18) else ""
