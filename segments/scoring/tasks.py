"""Celery entry points of scores: rows own the work, and a lost ring costs at most one sweep."""

from __future__ import annotations

from celery import shared_task

from .. import tasks as of_lists
from . import selectors


@shared_task(acks_late=True)
def score() -> None:
    """Score everyone by the models that wait for it."""
    from . import build  # it rings for more of the same

    of_lists.heard(score)
    build.run_waiting()


def ring_builds() -> None:
    """Have waiting models built after the present transaction."""
    of_lists.ring_on_commit(score)


def sweep() -> None:
    """Ring for builds that wait, whoever forgot to."""
    if selectors.waiting_builds().exists():
        of_lists.ring(score)
