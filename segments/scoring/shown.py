"""What scores show elsewhere, and the work they register."""

from __future__ import annotations

from .fitted import kind


def connect() -> None:
    kind.connect()
