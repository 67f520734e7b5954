"""The shapes of lists on the wire: what comes in, checked by hand so that every problem is said, and what goes out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from contacts.models import Contact
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem

from .models import Membership, Segment
from .selectors import Day, PinCounts

_TEXTS = ("description", "goal", "target_metric", "persona", "note_marketing", "note_sales", "note_service")
DURATIONS = ("snapshot_every", "entry_delay", "exit_delay")
_FILED = {"folder", "tags"}
_WRITTEN = {"name", "kind", "definition", "reason", "quiet", "owner", "review_on", "snapshot_of"}
_WRITTEN |= {*DURATIONS, *_TEXTS, *_FILED}
_BRIEF = ("id", "external_id", "email", "first_name", "last_name", "lifecycle_stage", "country", "city")
_READ_ONLY = {
    "id",
    "size",
    "pinned_in",
    "pinned_out",
    "state",
    "error",
    "version",
    "live_version",
    "fresh_as_of",
    "archived_at",
    "created_at",
    "updated_at",
    "warnings",
}


class SegmentOutput(serializers.ModelSerializer[Segment]):
    owner = serializers.CharField(source="owner.email", default=None)
    pinned_in = serializers.SerializerMethodField(help_text="Members by a pin, whatever the rule says.")
    pinned_out = serializers.SerializerMethodField(help_text="Contacts kept out by a pin.")
    entry_delay = serializers.SerializerMethodField(help_text="Seconds the rule must hold before somebody enters.")
    exit_delay = serializers.SerializerMethodField(help_text="Seconds the rule must fail before somebody leaves.")
    snapshot_every = serializers.SerializerMethodField(help_text="Seconds.")
    fresh_as_of = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = (
            "id",
            "name",
            "kind",
            "definition",
            "description",
            "size",
            "pinned_in",
            "pinned_out",
            "entry_delay",
            "exit_delay",
            "state",
            "error",
            "version",
            "live_version",
            "fresh_as_of",
            "goal",
            "target_metric",
            "persona",
            "note_marketing",
            "note_sales",
            "note_service",
            "owner",
            "review_on",
            "snapshot_of",
            "snapshot_every",
            "folder",
            "tags",
            "archived_at",
            "created_at",
            "updated_at",
        )

    def get_pinned_in(self, segment: Segment) -> int:
        return self._pins(segment).inside

    def get_pinned_out(self, segment: Segment) -> int:
        return self._pins(segment).outside

    def get_entry_delay(self, segment: Segment) -> int | None:
        return _seconds(segment.entry_delay)

    def get_exit_delay(self, segment: Segment) -> int | None:
        return _seconds(segment.exit_delay)

    def get_snapshot_every(self, segment: Segment) -> int | None:
        return _seconds(segment.snapshot_every)

    def get_fresh_as_of(self, segment: Segment) -> str | None:
        """Up to when the members are true; nothing while a list is being built for the first time."""
        if segment.kind == Segment.Kind.ACTIVE and not segment.live_version:
            return None
        fresh = self.context.get("fresh_as_of")
        return fresh.isoformat() if fresh else None

    def _pins(self, segment: Segment) -> PinCounts:
        counts: dict[int, PinCounts] = self.context.get("pins", {})
        return counts.get(segment.pk, PinCounts())


class SegmentInput(serializers.Serializer[Any]):
    """For the schema; `read_segment` does the reading."""

    name = serializers.CharField(max_length=200)
    kind = serializers.ChoiceField(choices=Segment.Kind.choices, required=False)
    definition = serializers.JSONField(required=False)
    reason = serializers.CharField(required=False, help_text="Why the definition is changed; kept with its version.")
    quiet = serializers.BooleanField(required=False, help_text="Entries and exits by this edit trigger nothing.")
    entry_delay = serializers.IntegerField(required=False, allow_null=True, help_text="Seconds.")
    exit_delay = serializers.IntegerField(required=False, allow_null=True, help_text="Seconds.")
    description = serializers.CharField(required=False)
    goal = serializers.CharField(required=False)
    target_metric = serializers.CharField(required=False)
    persona = serializers.CharField(required=False)
    note_marketing = serializers.CharField(required=False)
    note_sales = serializers.CharField(required=False)
    note_service = serializers.CharField(required=False)
    owner = serializers.EmailField(required=False, allow_null=True)
    review_on = serializers.DateField(required=False, allow_null=True)
    snapshot_of = serializers.IntegerField(required=False, allow_null=True)
    snapshot_every = serializers.IntegerField(required=False, allow_null=True, help_text="Seconds.")
    folder = serializers.IntegerField(required=False, allow_null=True, help_text="The id of a folder.")
    tags = serializers.ListField(child=serializers.CharField(max_length=50), required=False, max_length=20)


class ProblemOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField()
    message = serializers.CharField()


class SegmentSaved(SegmentOutput):
    """A list as it was saved, and what is allowed in its definition but probably not meant."""

    warnings = ProblemOutput(many=True, read_only=True)

    class Meta(SegmentOutput.Meta):
        fields = (*SegmentOutput.Meta.fields, "warnings")  # type: ignore[assignment]


class DefinitionInput(serializers.Serializer[Any]):
    definition = serializers.JSONField()


class ValidateOutput(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    problems = ProblemOutput(many=True)
    warnings = ProblemOutput(many=True)


class ContactBrief(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    first_name = serializers.CharField(allow_null=True)
    last_name = serializers.CharField(allow_null=True)
    lifecycle_stage = serializers.CharField(allow_null=True)
    country = serializers.CharField(allow_null=True)
    city = serializers.CharField(allow_null=True)


class PreviewOutput(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    exact = serializers.BooleanField()
    sample = ContactBrief(many=True)
    took_ms = serializers.FloatField()
    warnings = ProblemOutput(many=True)


class MemberOutput(serializers.Serializer[Any]):
    contact = ContactBrief()
    entered_at = serializers.DateTimeField()


class ContactIdsInput(serializers.Serializer[Any]):
    contact_ids = serializers.ListField(child=serializers.IntegerField())


class AddedOutput(serializers.Serializer[Any]):
    added = serializers.IntegerField()
    problems = ProblemOutput(many=True)


class RemovedOutput(serializers.Serializer[Any]):
    removed = serializers.IntegerField()
    problems = ProblemOutput(many=True)


class ChangeOutput(serializers.Serializer[Any]):
    cursor = serializers.IntegerField()
    segment = serializers.IntegerField()
    contact = serializers.IntegerField()
    change = serializers.ChoiceField(choices=["entered", "left"])
    at = serializers.DateTimeField()
    cause = serializers.CharField()
    version = serializers.IntegerField()
    quiet = serializers.BooleanField(help_text="Caused by an edit that was to trigger nothing.")


class DayOutput(serializers.Serializer[Any]):
    day = serializers.DateField()
    size = serializers.IntegerField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()


class SegmentBrief(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()


class FolderOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    lists = serializers.IntegerField(help_text="How many lists stand in it, without those of the folders inside it.")


class FolderInput(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=100)
    parent = serializers.IntegerField(  # type: ignore[assignment]
        required=False, allow_null=True, help_text="The folder it stands in."
    )


class MembershipOutput(serializers.Serializer[Any]):
    segment = SegmentBrief()
    entered_at = serializers.DateTimeField()


def read_segment(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a list that were sent; those that only the product writes are passed over."""
    problems = [unknown(key) for key in given.keys() - _WRITTEN - _READ_ONLY]
    read = {key: value for key, value in given.items() if key in _WRITTEN}
    for key, expected, message in (
        ("name", str, _("Give the list a name.")),
        ("owner", str, _("Expected the e-mail of somebody who signs in.")),
        ("snapshot_of", int, _("Expected the id of a list.")),
        ("folder", int, _("Expected the id of a folder.")),
        ("tags", list, _("Expected a list of texts.")),
        ("reason", str, _("Expected a text.")),
        ("quiet", bool, _("Expected true or false.")),
        *((key, int, _("Expected a number of seconds.")) for key in DURATIONS),
    ):
        value = read.get(key)
        missing = value is None and (key != "name" or key not in read)
        if not missing and (not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool)):
            problems.append(Problem(f"/{key}", message))
    for key in DURATIONS:
        seconds = read.get(key)
        if isinstance(seconds, int) and abs(seconds) > 10**10:
            problems.append(Problem(f"/{key}", _("Expected a number of seconds.")))
    for key in ("reason", "quiet", "tags"):
        if key in read and read[key] is None:
            del read[key]
    if read.get("review_on") is not None:
        try:
            read["review_on"] = date.fromisoformat(read["review_on"])
        except (TypeError, ValueError):
            problems.append(Problem("/review_on", _("Expected a date such as 2026-01-31.")))
    problems += [Problem(f"/{key}", _("Expected a text.")) for key in _TEXTS if read.get(key, "") is None]
    if problems:
        raise InvalidInput(sorted(problems, key=lambda problem: problem.pointer))
    return read


def _seconds(duration: timedelta | None) -> int | None:
    return math.ceil(duration.total_seconds()) if duration else None


def unknown(key: str) -> Problem:
    near = get_close_matches(key[:100], _WRITTEN, n=1)
    said = _("A list has no “%(key)s”.") % {"key": key[:100]}
    return Problem(f"/{escape(key)}", f"{said} {_('Did you mean “%s”?') % near[0]}" if near else said)


def problems(found: Iterable[Problem]) -> list[dict[str, str]]:
    return [{"pointer": problem.pointer, "message": problem.message} for problem in found]


def brief(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in _BRIEF}


def member(contact: Any) -> dict[str, Any]:
    """A contact of a list, with when it entered."""
    return {"contact": brief(contact), "entered_at": contact.entered_at}


def membership(one: Membership) -> dict[str, Any]:
    segment = one.segment
    return {"segment": {"id": segment.pk, "name": segment.name, "kind": segment.kind}, "entered_at": one.entered_at}


def folder(one: Any) -> dict[str, Any]:
    return {"id": one.pk, "name": one.name, "parent": one.parent_id, "lists": one.lists}


def day(one: Day) -> dict[str, Any]:
    return {"day": one.day, "size": one.size, "entered": one.entered, "left": one.left}
