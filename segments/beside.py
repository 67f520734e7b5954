"""What rooms above show beside the members of a list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .models import Segment

Panel = Callable[[Segment], "dict[str, Any] | None"]
_panels: dict[str, Panel] = {}


def register(template: str, panel: Panel) -> None:
    """`panel(segment)` gathers, quickly, what the template shows as `data`; None hides it. What takes a look at the
    members is asked by the panel once it stands."""
    _panels[template] = panel


def shown(segment: Segment) -> list[dict[str, Any]]:
    found = ((template, panel(segment)) for template, panel in _panels.items())
    return [{"template": template, "data": data} for template, data in found if data is not None]
