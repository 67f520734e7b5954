"""What this room registers with the rooms below it."""

from __future__ import annotations


def connect() -> None:
    """Called once, when the apps are ready."""
