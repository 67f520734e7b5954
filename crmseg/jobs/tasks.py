"""Celery entry points: no decisions here, only calls. The rows own the work."""

from __future__ import annotations

from celery import shared_task

from . import running, services

SWEEP = 20


@shared_task(name="jobs.run_job")
def run_job(job_id: int) -> None:
    running.run(job_id)


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Beat: jobs whose ring was lost or whose worker died. These rings are forgotten before the next sweep."""
    for job_id in running.waiting():
        run_job.apply_async((job_id,), expires=SWEEP)


@shared_task(name="jobs.forget_old")
def forget_old() -> None:
    """Beat: what was kept long enough."""
    services.forget_old()


def ring_job(*, job_id: int, **kwargs: object) -> None:
    """Heard when a job is queued; a broker that is away is made up for by the sweep."""
    run_job.delay(job_id)
