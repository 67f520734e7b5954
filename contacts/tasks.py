"""Celery entry points of this room: no decisions here, only calls. The rows own the work."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache

from crmseg.common import clock

from . import consent_topics, counting, duplicates, filling, importing, partitions, saved_views, services
from .bulk import touches
from .worth import bulk as worth


@shared_task
def run_import(import_id: int) -> None:
    importing.run(import_id)


@shared_task
def sweep_imports() -> None:
    """Beat: imports, and undos of imports, whose ring was lost or whose worker died."""
    for import_id in importing.waiting():
        run_import.delay(import_id)
    for import_id in importing.waiting_undo():
        undo_import.delay(import_id)
    if duplicates.is_waiting():
        find_duplicates.delay()


@shared_task
def undo_import(import_id: int) -> None:
    importing.run_undo(import_id)


@shared_task
def find_duplicates() -> None:
    duplicates.look()


@shared_task
def look_for_duplicates() -> None:
    """Beat: every night."""
    duplicates.ask()
    duplicates.look()


@shared_task
def forget_former() -> None:
    """Beat: what was kept for undoing, when the time to undo has passed."""
    services.forget_old_merges()
    services.forget_old_retypings()
    importing.forget_old()
    touches.forget_old()
    saved_views.forget_filters()


@shared_task
def count_figures() -> None:
    """Beat, and when a page shows old figures: what pages say about millions of rows."""
    counting.count()
    filling.count()
    consent_topics.count()


@shared_task(acks_late=True)
def renew_worth() -> None:
    """Beat: compare everyone anew, once an hour or when what counts has changed."""
    if worth.is_due(clock.now()):
        worth.renew()


@shared_task(acks_late=True)
def recount_worth() -> None:
    """Beat: every night, read the events of everyone again."""
    worth.renew(count=True)


@shared_task
def make_partitions() -> None:
    """Beat: the months to come, before their events do."""
    partitions.make_ahead()


def ring_import(*, import_id: int, **kwargs: object) -> None:
    """Heard when an import is queued; a broker that is away is made up for by the sweep."""
    run_import.delay(import_id)


def ring_undo(*, import_id: int, **kwargs: object) -> None:
    """Heard when an import is to be undone; likewise."""
    undo_import.delay(import_id)


def ring_duplicates(**kwargs: object) -> None:
    find_duplicates.delay()


def ring_counts(**kwargs: object) -> None:
    """Heard when a page shows old figures; of many pages one ring suffices."""
    if cache.add("contacts.counts_asked", True, 60):
        count_figures.delay()
