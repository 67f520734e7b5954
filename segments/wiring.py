"""What this room registers with the rooms below it."""

from __future__ import annotations


def connect() -> None:
    """Called once, when the apps are ready."""
    from contacts.signals import contacts_changed

    from . import guards, panels, tasks

    contacts_changed.connect(tasks.ring_changes, dispatch_uid="segments.drain")
    guards.register(guards.other_lists)
    panels.connect()
