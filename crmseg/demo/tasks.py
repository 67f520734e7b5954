"""The load as a task, so that the first-steps page can start it, and so that one that was killed goes on."""

from celery import shared_task

from . import load as loading


@shared_task(name="crmseg.demo.tasks.load")
def load() -> None:
    loading.load()


@shared_task(name="crmseg.demo.tasks.resume")
def resume() -> None:
    loading.resume()
