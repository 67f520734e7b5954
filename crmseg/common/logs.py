"""Secrets stay out of logs: keys, passwords and tokens are blotted out of every line before it is written."""

from __future__ import annotations

import logging
import re

from . import request_id

_SECRET = re.compile(
    r"(?i)((?:bearer|basic)\s+|[?&\"'](?:password|token|key|secret|writekey)[\"']?\s*[=:]\s*[\"']?|://[^/\s:@]*:)"
    r"[^\s\"'&,;@]+"
)
_KEY = re.compile(r"\b([A-Za-z0-9]{8})\.[A-Za-z0-9]{32}\b")


_LINK = re.compile(r"(/(?:ask|in|p|r|t/[co]|u)/)[\w.:=-]{20,}")
"""Whoever has a personal link may answer, unsubscribe and read in somebody's name."""


def without_secrets(text: str) -> str:
    return _KEY.sub(r"\1.***", _SECRET.sub(r"\1***", _LINK.sub(r"\1***", text)))


class SecretFreeFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        name = request_id.current()
        return without_secrets(super().format(record)) + (f" (request {name})" if name else "")
