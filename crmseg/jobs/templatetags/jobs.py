"""The tray in the top bar."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from crmseg.access.models import User

from .. import tray

register = template.Library()


@register.inclusion_tag("jobs/tray.html", takes_context=True)
def work_tray(context: Context) -> dict[str, Any]:
    """How much runs for the reader; what it is, is asked for when it is opened."""
    user = context.get("user")
    return {"running": tray.running_count(user) if isinstance(user, User) else 0}
