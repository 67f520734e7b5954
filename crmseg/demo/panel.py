"""The home page says how far the sample data is, for as long as it loads."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def show_progress(request: HttpRequest) -> dict[str, Any] | None:
    from .load import progress

    now = progress()
    return {"progress": now} if now and now.done < now.total else None
