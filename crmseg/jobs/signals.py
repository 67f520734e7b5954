"""Heard when a job waits for a worker: sent after commit with `job_id`."""

from __future__ import annotations

from django.dispatch import Signal

job_queued = Signal()
