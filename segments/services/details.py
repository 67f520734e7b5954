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

from ..models import Segment

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
    for key in ("entry_delay", "exit_delay"):
        delay = details.get(key)
        if delay is not None and not timedelta(0) <= delay <= LONGEST_DELAY:
            problems.append(Problem(f"/{key}", _("Wait for ten years at most.")))
    return problems


def columns_of(details: Mapping[str, Any]) -> dict[str, Any]:
    """The same as columns of the table. A delay of nothing is none."""
    columns = dict(details)
    for key in ("entry_delay", "exit_delay"):
        if key in columns:
            columns[key] = columns[key] or None
    if "snapshot_of" in columns:
        columns["snapshot_of_id"] = columns.pop("snapshot_of")
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
