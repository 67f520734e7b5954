"""Hints that somebody has answered: the list is meant to be so."""

from __future__ import annotations

from crmseg.common.actor import Actor

from ..models import HintDismissed


def dismiss_hint(segment_id: int, kind: str, *, actor: Actor) -> None:
    """Say no more of this kind about the list, for everybody, until it was mended and is so again."""
    HintDismissed.objects.get_or_create(segment_id=segment_id, kind=kind, defaults={"by": str(actor)})
