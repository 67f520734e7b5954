"""What scores show elsewhere, and the work they register."""

from __future__ import annotations

from contacts import panels

from .fitted import kind


def connect() -> None:
    from .views import lead

    kind.connect()
    panels.register("scores", lead.panel)
