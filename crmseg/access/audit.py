"""The audit log: an entry for each change of something that others rely on, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from crmseg.common import json
from crmseg.common.actor import Actor

from .models import AuditEntry


def record(actor: Actor, action: str, obj: Model, changes: Mapping[str, Any] | None = None) -> AuditEntry:
    """Note that `actor` did `action` ("created", "updated", …) to `obj`; `changes` maps a field to what it became."""
    return AuditEntry.objects.create(
        actor=str(actor),
        action=action,
        object_type=obj._meta.model_name or "",
        object_id=str(getattr(obj, "audit_id", obj.pk) or ""),
        object_label=str(obj),
        changes=json.plain(changes or {}),
    )
