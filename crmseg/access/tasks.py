"""Celery entry points of access: no decisions here, only calls."""

from __future__ import annotations

from celery import shared_task

from . import retention


@shared_task
def prune() -> None:
    """Beat: every night, what is older than it is kept."""
    retention.prune()
