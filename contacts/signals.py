"""The doorbell: it says that the change log has rows, never which."""

from __future__ import annotations

from django.db import connection, transaction
from django.dispatch import Signal

contacts_changed = Signal()
import_queued = Signal()
undo_queued = Signal()
"""Both are sent after commit with `import_id`."""
duplicates_asked = Signal()
counts_asked = Signal()
attribute_retyped = Signal()
"""Sent after commit with `key`, the dependency key of the attribute whose type changed."""


def ring() -> None:
    """Send `contacts_changed` once, after the present transaction commits; a listener that fails spoils nothing."""
    if not is_ringing():
        transaction.on_commit(_send, robust=True)


def is_ringing() -> bool:
    """Whether the present transaction will ring."""
    return any(call[1] is _send for call in connection.run_on_commit)


def _send() -> None:
    contacts_changed.send_robust(sender=None)
