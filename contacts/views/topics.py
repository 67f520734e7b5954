"""Consent topics and channels: what is declared, what answers use without it, and how many answered what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import consent_topics, reading, services
from ..channels import CHANNELS
from ..models import ConsentChannel, ConsentTopic
from ..topic_forms import ChannelForm, TopicForm


@require_GET
@signed_in
def page(request: HttpRequest) -> HttpResponseBase:
    used = consent_topics.used()
    declared = list(ConsentChannel.objects.order_by("key"))
    topics = list(ConsentTopic.objects.order_by("key"))
    names = consent_topics.channel_names()
    in_use = list(dict.fromkeys(one.channel for one in used.answers))
    uses = reading.uses([f"consent:{key}" for key in {*names, *in_use}])
    context = {
        "here": "topics",
        "used": used,
        "channels": [
            {
                "key": key,
                "label": label,
                "declared": next((one for one in declared if one.key == key), None),
                "address": CHANNELS[key].address if key in CHANNELS else "",
                "answers": used.of_channel(key),
                "uses": uses[f"consent:{key}"],
            }
            for key, label in names.items()
        ],
        "undeclared_channels": [
            {"key": key, "answers": used.of_channel(key), "uses": uses[f"consent:{key}"]}
            for key in in_use
            if key not in names
        ],
        "topics": [
            {
                "topic": one,
                "channels": [names.get(key, key) for key in one.channels],
                "answers": used.of_topic(one.key),
            }
            for one in topics
        ],
        "undeclared_topics": [
            {"key": key, "answers": used.of_topic(key)}
            for key in dict.fromkeys(one.topic for one in used.answers if one.topic)
            if key not in {one.key for one in topics}
        ],
    }
    return render(request, "attributes/topics.html", context)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new_topic(request: HttpRequest) -> HttpResponseBase:
    form = TopicForm(request.POST or None, initial={"key": request.GET.get("key", "")[:100]})
    return _answered(request, form, lambda data: services.declare_topic(data=data, actor=actor_of(request)))


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit_topic(request: HttpRequest, topic_id: int) -> HttpResponseBase:
    topic = ConsentTopic.objects.filter(pk=topic_id).first()
    if topic is None:
        raise Http404
    held = _held(topic) | {"channels": topic.channels, "default": topic.default}
    form = TopicForm(request.POST if request.method == "POST" else None, initial=held, is_new=False)
    answers = consent_topics.used().of_topic(topic.key)
    context = {"topic": topic, "answers": answers}
    change = services.change_topic
    return _answered(request, form, lambda data: change(topic_id, data=data, actor=actor_of(request)), context)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new_channel(request: HttpRequest) -> HttpResponseBase:
    form = ChannelForm(request.POST or None, initial={"key": request.GET.get("key", "")[:100]})
    declare = services.declare_channel
    return _answered(request, form, lambda data: declare(data=data, actor=actor_of(request)), {"of_channel": True})


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit_channel(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    channel = ConsentChannel.objects.filter(pk=channel_id).first()
    if channel is None:
        raise Http404
    form = ChannelForm(request.POST if request.method == "POST" else None, initial=_held(channel), is_new=False)
    answers = consent_topics.used().of_channel(channel.key)
    context = {"channel": channel, "of_channel": True, "answers": answers}
    change = services.change_channel
    return _answered(request, form, lambda data: change(channel_id, data=data, actor=actor_of(request)), context)


@require_POST
@role_required("marketer")
def withdraw_topic(request: HttpRequest, topic_id: int) -> HttpResponseBase:
    return _withdrawn(request, ConsentTopic.objects.filter(pk=topic_id).first(), services.withdraw_topic)


@require_POST
@role_required("marketer")
def withdraw_channel(request: HttpRequest, channel_id: int) -> HttpResponseBase:
    return _withdrawn(request, ConsentChannel.objects.filter(pk=channel_id).first(), services.withdraw_channel)


def _held(declared: ConsentTopic | ConsentChannel) -> dict[str, Any]:
    labels = {f"label_{code}": text for code, text in declared.labels.items()}
    return {"label": declared.label, "description": declared.description, **labels}


def _answered(
    request: HttpRequest,
    form: ChannelForm,
    save: Callable[[dict[str, Any]], object],
    context: dict[str, Any] | None = None,
) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.data_for_service())
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("“%(name)s” was saved.") % {"name": saved})
            return redirect("contacts:topics")
    shown = {"form": form, **(context or {})}
    return render(request, "attributes/topic_edit.html", shown, status=400 if form.errors else 200)


def _withdrawn(
    request: HttpRequest, declared: ConsentTopic | ConsentChannel | None, withdraw: Callable[..., None]
) -> HttpResponseBase:
    if declared is None:
        raise Http404
    withdraw(declared.pk, actor=actor_of(request))
    messages.success(request, _("“%(name)s” is no longer declared; its answers stay.") % {"name": declared})
    return redirect("contacts:topics")
