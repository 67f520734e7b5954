"""Numbers for Prometheus, for administrators and for a scraper on this very machine; others see nothing."""

from __future__ import annotations

import ipaddress

from django.http import Http404, HttpRequest, HttpResponse
from django_prometheus.exports import ExportToDjangoView

from crmseg.access.roles import has_role

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")


def metrics(request: HttpRequest) -> HttpResponse:
    if not (has_role(request.user, "admin") or _is_this_machine(request)):
        raise Http404
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def _is_this_machine(request: HttpRequest) -> bool:
    """A proxy on this machine does not count: it speaks for others."""
    try:
        local = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return local and not any(header in request.headers for header in FORWARDED)
