"""A forgotten password: by e-mail where there is a mail server, else by an administrator."""

from __future__ import annotations

from allauth.account.views import password_reset
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render


def forgotten(request: HttpRequest) -> HttpResponseBase:
    if settings.EMAIL_URL:
        answer: HttpResponseBase = password_reset(request)
        return answer
    return render(request, "access/forgotten.html")
