"""The load as a task, so that the first-steps page can start it."""

from celery import shared_task

from .load import load as load_everything


@shared_task(name="crmseg.demo.tasks.load")
def load() -> None:
    load_everything()
