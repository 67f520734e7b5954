"""The Celery application: tasks only ring and carry ids; rows in the database own the work."""

import os

from celery import Celery

from crmseg import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crmseg.settings")
app = Celery("crmseg")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
heartbeat.connect(app)
