"""The change log, filled by the database itself whatever wrote."""

from __future__ import annotations


def install(**kwargs: object) -> None:
    """Create or replace the triggers. Safe to repeat; runs after every migrate."""
