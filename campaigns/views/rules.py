"""The settings page “Sending rules”: what holds for every campaign of the account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from contacts import consent_topics
from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import policy
from ..rule_forms import CapForm, RulesForm


@require_http_methods(["GET", "POST"])
@role_required("admin")
def rules(request: HttpRequest) -> HttpResponseBase:
    form = RulesForm(request.POST or None, initial=_held())
    if request.method == "POST" and form.is_valid():
        try:
            policy.update(data=form.data_for_service(), actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("campaigns:rules")
    return _page(request, form, CapForm())


@require_POST
@role_required("admin")
def add_cap(request: HttpRequest) -> HttpResponseBase:
    form = CapForm(request.POST)
    if form.is_valid():
        try:
            policy.add_cap(**form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("campaigns:rules")
    return _page(request, RulesForm(initial=_held()), form)


@require_POST
@role_required("admin")
def remove_cap(request: HttpRequest, cap_id: int) -> HttpResponseBase:
    policy.remove_cap(min(cap_id, LARGEST_ID), actor=actor_of(request))
    messages.success(request, _("The cap was taken away."))
    return redirect("campaigns:rules")


def _held() -> dict[str, Any]:
    held = policy.current()
    return {key: getattr(held, key) for key in policy.FIELDS} | {
        "holdout": f"{held.holdout * 100:.4f}".rstrip("0").rstrip(".")
    }


def _page(request: HttpRequest, form: RulesForm, cap_form: CapForm) -> HttpResponseBase:
    channels, topics = consent_topics.channel_names(), consent_topics.topic_names()
    shown = {
        "form": form,
        "cap_form": cap_form,
        "caps": [
            (cap, channels.get(cap.channel, cap.channel), topics.get(cap.topic, cap.topic)) for cap in policy.caps()
        ],
        "zone": account.current().time_zone,
        "here": "rules",
    }
    wrong = form.errors or cap_form.errors
    return render(request, "campaigns/rules.html", shown, status=400 if wrong else 200)
