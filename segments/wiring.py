"""What this room registers with the rooms below it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from crmseg.common.actor import SYSTEM


def connect() -> None:
    """Called once, when the apps are ready."""
    from contacts import guards as of_attributes
    from contacts import privacy as of_contacts
    from contacts.signals import contacts_changed
    from crmseg.access.signals import account_changed

    from . import bulk, guards, health, home, imported, merged, nightly, panels, percentiles, tasks, tray  # noqa: F401
    from .contact_filter import connect as connect_filter
    from .insights.discovery.running import connect as connect_discovery
    from .privacy import forget, give, stays
    from .reading import connect as connect_reading
    from .scoring.shown import connect as connect_learned
    from .scoring.wiring import connect as connect_scores
    from .table_column import connect as connect_column
    from .worth import connect as connect_worth
    from .worth_lists import connect as connect_worth_lists

    contacts_changed.connect(tasks.ring_changes, dispatch_uid="segments.drain")
    account_changed.connect(_rebuild, dispatch_uid="segments.rebuild")
    of_attributes.register(guards.lists_reading)
    of_contacts.register("pins", give, forget, stays)
    guards.register(guards.other_lists)
    panels.connect()
    home.connect()
    health.connect()
    connect_filter()
    connect_column()
    bulk.connect()
    imported.connect()
    tray.connect()
    connect_discovery()
    merged.connect()
    connect_reading()
    connect_worth()
    connect_worth_lists()
    connect_learned()
    connect_scores()


def _rebuild(changes: Collection[str], **_signal: Any) -> None:
    """Days and money are counted differently: every list may have other members."""
    from . import services

    if not {"time_zone", "currency", "fiscal_start_month"}.isdisjoint(changes):
        services.rebuild_everything(actor=SYSTEM, cause="account")
