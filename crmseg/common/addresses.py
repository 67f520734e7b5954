"""Addresses end with a slash; whoever forgets it is sent on with the same method and body."""

from __future__ import annotations

from django.http import HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware


class _SentOn(HttpResponsePermanentRedirect):
    status_code = HttpResponsePermanentRedirect.status_code_preserve_request


class SlashMiddleware(CommonMiddleware):
    response_redirect_class = _SentOn
