"""The home page: what changed, what runs, what is to be mended, and the first steps of a new account.

What rooms show is registered in `panels`. What has to look at many rows is asked once the page stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crmseg.access.roles import has_role, signed_in

from . import panels


@dataclass(frozen=True)
class Step:
    """A first step as the page shows it."""

    step: panels.FirstStep
    done: bool
    url: str


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponseBase:
    every = panels.first_steps(request)
    own = [(step, done) for step, done in every if has_role(request.user, step.role)]
    steps = [Step(step, done, _address(step.url_name)) for step, done in own]
    shown = [(panel, panel.context(request)) for panel in panels.home_panels()]
    done = sum(step.done for step in steps)
    context = {
        "fresh_as_of": panels.fresh_as_of(),
        "steps": steps,
        "steps_done": done,
        "steps_left": len(steps) - done,
        "next_step": next((step for step in steps if not step.done), None),
        "is_new": not any(done for step, done in every if step.order < PERSONAL),
        "mends": panels.to_mend(request),
        "panels": [
            {"template": panel.template, "wide": panel.wide, "data": data} for panel, data in shown if data is not None
        ],
    }
    return render(request, "home/home.html", context)


@require_GET
@signed_in
def numbers(request: HttpRequest) -> HttpResponseBase:
    """The head row: it counts everybody, so the page does not wait for it."""
    found = [_number(number) for number in panels.home_numbers()]
    return render(request, "home/numbers.html", {"numbers": found})


@require_GET
@signed_in
def mending(request: HttpRequest) -> HttpResponseBase:
    """What is to be mended and takes a look at many rows."""
    return render(request, "home/mends.html", {"mends": panels.to_mend(request, slow=True)})


def _number(number: panels.HomeNumber) -> dict[str, Any]:
    url = _address(number.url_name)
    return {
        "label": number.label,
        "value": number.value(),
        "url": url and url + number.query,
        "hint": number.hint(),
    }


def _address(name: str) -> str:
    try:
        return reverse(name) if name else ""
    except NoReverseMatch:
        return ""


PERSONAL = 90
"""Steps from here on are about the reader alone, and say nothing about how new the account is."""

panels.register_first_step(
    panels.FirstStep(
        PERSONAL,
        _("Turn on two-factor sign-in"),
        _("for yourself: a password alone is easily lost"),
        "mfa_index",
        lambda request: bool(is_mfa_enabled(request.user)),
    )
)
