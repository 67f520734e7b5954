"""A search as a job: a worker looks, and what it found is kept with the search. Begun again after a crash, it looks
again from the beginning: nothing is changed until it has ended."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contacts.attribute_jobs import held
from crmseg.common import clock, json
from crmseg.common.problems import InvalidInput
from crmseg.jobs import registry
from crmseg.jobs.models import Job
from crmseg.jobs.registry import Kind
from crmseg.jobs.step import Step
from crmseg.web.formats import number

from ... import catalogue
from ...models import Discovery
from . import goals, grouping, learning
from .rules import Json

DISCOVER = "segments.discover"


def connect() -> None:
    registry.register(
        Kind(
            DISCOVER,
            gettext_lazy("Search for lists"),
            lambda job: job.params["name"],
            _run,
            url=_page,
            outcome=_outcome,
            icon="sparkles",
        )
    )


def steps(kind: str) -> int:
    """How many steps a search of this kind has."""
    return grouping.STEPS if kind == Discovery.Kind.GROUPS else goals.STEPS


def _run(job: Job, step: Step) -> None:
    step.check()
    learning.refuse_without_packages()
    discovery = Discovery.objects.filter(pk=job.params["discovery"]).first()
    if discovery is None:
        return
    total = steps(discovery.kind)
    done = 0

    def tell() -> None:
        nonlocal done
        done = min(done + 1, total - 1)
        step.advance(done, total=total)

    with held(job):
        result = _search(discovery, tell)
    with transaction.atomic():
        step.advance(total, total=total)
        job.result = {**job.result, "lists": sum(1 for group in result["groups"] if group.get("definition"))}
        Job.objects.filter(pk=job.pk, fence=job.fence).update(result=job.result)
        discovery.result, discovery.finished_at = json.plain(result), clock.now()
        discovery.save(update_fields=["result", "finished_at"])


def _search(discovery: Discovery, tell: Any) -> Json:
    known, now, asked = catalogue.current(), clock.now(), discovery.params
    match discovery.kind:
        case Discovery.Kind.GROUPS:
            told = grouping.groups(
                about=asked["about"], among=asked.get("among"), k=asked.get("k"), known=known, now=now, tell=tell
            )
        case Discovery.Kind.GOAL:
            told = goals.predicts(
                goal_of(asked["goal"]),
                days=asked["goal"].get("days"),
                about=asked.get("about"),
                among=asked.get("among"),
                known=known,
                now=now,
                tell=tell,
            )
        case _:
            segment = discovery.segment
            if segment is None:
                raise InvalidInput(_("This list is no longer there."))
            told = goals.alike(
                segment, about=asked.get("about"), own=bool(asked.get("own")), known=known, now=now, tell=tell
            )
    return told | {"as_of": now.isoformat()}


def goal_of(asked: Json) -> Json:
    """What is to be reached, as a condition."""
    if "segment" in asked:
        return {"segment": asked["segment"], "op": "in"}
    return {"event": asked["event"], "op": "did", "window": {"last": asked["days"], "unit": "day"}}


def _page(job: Job) -> str:
    return reverse("segments:discovery", args=[job.params["discovery"]])


def _outcome(job: Job) -> str:
    found = job.result.get("lists", 0)
    return ngettext("%(n)s definition found.", "%(n)s definitions found.", found) % {"n": number(found)}
