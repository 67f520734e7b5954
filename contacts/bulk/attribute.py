"""One attribute of many contacts set, cleared, or given and taken values where it holds several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.actor import acting
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step

from .. import former, signals, values
from ..fields import Field, FieldType, writable
from ..models import BulkTouch
from . import touches

NAMES = frozenset({"email", "external_id"})
"""These tell contacts apart: no two can have the same."""
MODES = ("set", "add", "remove", "clear")


@dataclass(frozen=True)
class Setting:
    """`value` is what the field reads, None when it is to be cleared; `add` and `remove` are for several values."""

    field: Field
    mode: str
    value: Any

    def after(self, present: Any) -> Any:
        """What becomes of a present value, both as the database's JSON has them."""
        match self.mode:
            case "add":
                known = list(present or [])
                return known + [item for item in self.value if item not in known]
            case "remove":
                return [item for item in present or [] if item not in self.value] or None
            case "clear":
                return None
            case _:
                return self.value


def settable() -> dict[str, Field]:
    """The fields that many contacts can be given at once."""
    return {field.key: field for field in writable(values.catalog()) if field.key not in NAMES}


def read(key: str, mode: str, raw: Any) -> Setting:
    """InvalidInput says at `/key`, `/mode` or `/value` what is wrong."""
    field = settable().get(key)
    if field is None:
        raise InvalidInput([Problem("/key", _("Choose an attribute."))])
    several = field.type is FieldType.MULTI_ENUM
    if mode not in MODES or (mode in ("add", "remove") and not several):
        raise InvalidInput([Problem("/mode", _("Choose what to do with the attribute."))])
    try:
        value = None if mode == "clear" else values.read(field, raw)
    except ValueError as error:
        raise InvalidInput([Problem("/value", str(error))]) from None
    if value is None and mode != "clear":
        raise InvalidInput([Problem("/value", _("Give a value, or choose to clear the attribute."))])
    return Setting(field, mode, value)


def run(job: Job, step: Step) -> None:
    setting = read(job.params["key"], job.params["mode"], job.params["value"])
    for part in step.parts():
        with acting(step.actor):
            rows = former.lock_rows(part.ids)
            changes = list(filter(None, (_change(setting, pk, row) for pk, row in rows.items())))
            former.assign_many([(pk, after) for pk, _before, after in changes])
            changed = touches.note(job.pk, changes)
            signals.ring()
            step.advance(
                job.done + len(part.ids),
                cursor=part.number + 1,
                changed=changed,
                unchanged=len(rows) - changed,
                gone=len(part.ids) - len(rows),
            )


def _change(setting: Setting, pk: int, row: Mapping[str, Any]) -> tuple[int, dict[str, Any], dict[str, Any]] | None:
    """The contact with its columns before and after; None where it has the value already."""
    field = setting.field
    if field.custom:
        present = row["attributes"].get(field.key)
        after = {f"{former.CUSTOM}{field.key}": values.to_json(setting.after(present))}
        before = {f"{former.CUSTOM}{field.key}": present}
    elif field.type is FieldType.LOCATION:
        before = {column: row[column] for column in field.columns}
        after = values.columns_of(field, setting.value)
    else:
        before = {field.columns[0]: row[field.columns[0]]}
        after = {field.columns[0]: values.to_json(setting.after(row[field.columns[0]]))}
    return None if before == after else (pk, before, after)


def undo(job: Job, step: Step) -> None:
    touches.walk_back(job, step, _back)


def _back(job: Job, rows: Sequence[BulkTouch], step: Step) -> Mapping[int, str]:
    found = former.put_back([(row.contact_id, row.before or {}, row.after or {}) for row in rows])
    return {one.contact_id: one.reason for one in found}
