"""What scores register with the rooms and the engine below them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from contacts import computed, reading
from contacts import guards as of_attributes
from contacts import privacy as of_contacts
from contacts.signals import attribute_retyped
from crmseg.access.signals import account_changed

from .. import guards as of_lists
from ..engine import companions
from ..reading import forms_of
from . import audit, build, follow, guards, privacy, selectors, services, tasks  # noqa: F401


def connect() -> None:
    """Called once, when the apps are ready."""
    computed.register(selectors.fields)
    companions.register(
        "scores", after=follow.look, due=follow.due, settle=build.run_waiting, busy=_is_building, audit=audit.compare
    )
    of_attributes.register(guards.models_reading)
    reading.register(guards.models_by_key)
    reading.register_judge(guards.models_judged)
    of_lists.register(guards.models_asking)
    of_contacts.register("scores", privacy.give, privacy.forget)
    account_changed.connect(_counted_differently, dispatch_uid="segments.scores.account")
    attribute_retyped.connect(_retyped, dispatch_uid="segments.scores.retyped")


def _is_building() -> bool:
    return selectors.open_builds().exists()


def _counted_differently(changes: Collection[str], **_signal: Any) -> None:
    if not {"time_zone", "currency", "fiscal_start_month"}.isdisjoint(changes):
        services.rebuild_everything()


def _retyped(key: str, **_signal: Any) -> None:
    """The same rule asks another question of a value of another type."""
    build.rebuild_readers(forms_of(key))
