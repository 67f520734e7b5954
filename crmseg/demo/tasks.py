"""The load as a task, so that the first-steps page can start it."""

from celery import shared_task


@shared_task(name="crmseg.demo.tasks.load")
def load() -> None:
    from .load import load as load_sample_data  # the rooms it fills are not needed to know the task

    load_sample_data()
