"""How the web process serves: a few processes of a few threads, none of which outlives the first."""

from __future__ import annotations

import os

from crmseg.common.memory import settle
from crmseg.embedded.process import follow_parent

preload_app = True
workers = min(4, max(2, os.cpu_count() or 2))
worker_class = "gthread"
threads = 4
timeout = 120
graceful_timeout = 8
keepalive = 5
control_socket_disable = True
loglevel = "warning"


def post_fork(server: object, worker: object) -> None:
    follow_parent()
    settle()
