from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "crmseg.jobs"
    label = "jobs"
    verbose_name = _("Work in the background")

    def ready(self) -> None:
        from . import signals, tasks, tray

        signals.job_queued.connect(tasks.ring_job, dispatch_uid="jobs.queued")
        tray.connect()
