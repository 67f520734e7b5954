"""What people note about a list: its name, its texts, its owner; checked before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, TypedDict

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crmseg.access.models import User
from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

from .. import shelves
from ..models import Folder, Segment

TEXTS = (
    "description",
    "goal",
    "target_metric",
    "persona",
    "note_marketing",
    "note_sales",
    "note_service",
)
MAX_NAME = 200
MAX_TEXT = 20_000
LONGEST_DELAY = timedelta(days=3660)


class Details(TypedDict, total=False):
    """What people note about a list, besides its name and definition."""

    description: str
    goal: str
    target_metric: str
    persona: str
    note_marketing: str
    note_sales: str
    note_service: str
    owner: User | None
    review_on: date | None
    snapshot_of: int | None
    snapshot_every: timedelta | None
    entry_delay: timedelta | None
    exit_delay: timedelta | None
    folder: int | None
    tags: list[str]


def name_problems(name: object) -> list[Problem]:
    if not isinstance(name, str) or not name.strip() or not json.is_storable(name):
        return [Problem("/name", _("Give the list a name."))]
    if len(name.strip()) > MAX_NAME:
        return [Problem("/name", _("Use at most 200 characters."))]
    return []


def detail_problems(details: Mapping[str, Any]) -> list[Problem]:
    problems = []
    for key in TEXTS:
        value = details.get(key, "")
        if not isinstance(value, str) or not json.is_storable(value) or len(value) > MAX_TEXT:
            problems.append(Problem(f"/{key}", _("Expected a text of at most 20,000 characters.")))
    source = details.get("snapshot_of")
    if source is not None and not Segment.unarchived.filter(pk=source).exists():
        problems.append(Problem("/snapshot_of", _("There is no such list.")))
    every = details.get("snapshot_every")
    if every is not None and every < timedelta(minutes=1):
        problems.append(Problem("/snapshot_every", _("Renew a snapshot at most once a minute.")))
    folder = details.get("folder")
    if folder is not None and not Folder.objects.filter(pk=folder).exists():
        problems.append(Problem("/folder", _("There is no such folder.")))
    problems += tag_problems(details.get("tags", []))
    for key in ("entry_delay", "exit_delay"):
        delay = details.get(key)
        if delay is not None and not timedelta(0) <= delay <= LONGEST_DELAY:
            problems.append(Problem(f"/{key}", _("Wait for ten years at most.")))
    return problems


def tag_problems(tags: object) -> list[Problem]:
    if not isinstance(tags, list) or len(tags) > shelves.MOST_TAGS:
        return [Problem("/tags", _("Expected at most %(n)s tags.") % {"n": shelves.MOST_TAGS})]
    said = _("Expected a text of at most %(n)s characters, without a comma.") % {"n": shelves.LONGEST_TAG}
    return [Problem(f"/tags/{place}", said) for place, tag in enumerate(tags) if not _is_tag(tag)]


def _is_tag(tag: object) -> bool:
    fits = isinstance(tag, str) and json.is_storable(tag) and "," not in tag
    return fits and 0 < len(" ".join(str(tag).split())) <= shelves.LONGEST_TAG


def columns_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """The same as columns of the table. A delay of nothing is none."""
    columns = dict(details)
    for key in ("entry_delay", "exit_delay"):
        if key in columns:
            columns[key] = columns[key] or None
    for key in ("snapshot_of", "folder"):
        if key in columns:
            columns[f"{key}_id"] = columns.pop(key)
    if "tags" in columns:
        columns["tags"] = shelves.spelled(columns["tags"])
    return columns


def save_named(segment: Segment, fields: list[str] | None = None) -> Segment:
    try:
        with transaction.atomic():
            segment.save(update_fields=fields)
    except IntegrityError as error:
        if "segments_segment_name_once" in str(error):
            raise InvalidInput([Problem("/name", _("Another list has this name. Choose a different one."))]) from None
        raise
    return segment
