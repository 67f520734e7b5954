"""The audit log: an entry for each change of something that others rely on, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from crmseg.common import json
from crmseg.common.actor import Actor

from .models import AuditEntry


def record(
    actor: Actor,
    action: str,
    obj: Model,
    changes: Mapping[str, Any] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Note that `actor` did `action` ("created", "updated", …) to `obj`.

    `changes` maps a field to what it became, `before` the same fields to what they were.
    """
    return AuditEntry.objects.create(
        actor=str(actor),
        action=action,
        object_type=obj._meta.model_name or "",
        object_id=str(getattr(obj, "audit_id", obj.pk) or ""),
        object_label=str(obj) if obj.pk else "",  # many of a kind are named by what was changed of them
        changes=_kept(changes or {}),
        before=_kept({name: value for name, value in (before or {}).items() if name in (changes or {})}),
    )


def record_person(
    actor: Actor,
    action: str,
    obj: Model,
    changes: Mapping[str, Any] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> None:
    """The same for what programs and imports write by the thousand: theirs stands in the history of each contact."""
    if actor.kind == "user":
        record(actor, action, obj, changes, before=before)


def _kept(values: Mapping[str, Any]) -> Any:
    """As JSON; what is a row of its own by its name."""
    return json.plain({name: str(value) if isinstance(value, Model) else value for name, value in values.items()})
