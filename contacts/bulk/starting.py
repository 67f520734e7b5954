"""Bulk actions are asked for here: what was sent is read, whom it is about is kept, and the job is queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crmseg.access.models import User
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job

from .. import selection
from ..importing import static_lists
from ..models import Contact
from . import attribute, consent, exporting


def put_on_list(list_id: int | None, *, people: QuerySet[Contact], user: User, actor: Actor) -> Job:
    params = {"list": list_id, "name": _list_name(list_id)}
    return _start("contacts.put_on_list", params, people, user, actor)


def take_off_list(list_id: int | None, *, people: QuerySet[Contact], user: User, actor: Actor) -> Job:
    params = {"list": list_id, "name": _list_name(list_id)}
    return _start("contacts.take_off_list", params, people, user, actor)


def set_attribute(key: str, mode: str, value: Any, *, people: QuerySet[Contact], user: User, actor: Actor) -> Job:
    setting = attribute.read(key, mode, value)
    params = {"key": key, "mode": mode, "value": None if mode == "clear" else value, "label": str(setting.field.label)}
    return _start("contacts.set_attribute", params, people, user, actor)


def change_consent(
    channel: str, topic: str, status: str, reason: str, *, people: QuerySet[Contact], user: User, actor: Actor
) -> Job:
    answer = consent.read(channel, topic, status, reason)
    params = {"channel": answer.channel, "topic": answer.topic, "status": answer.status, "reason": answer.method}
    return _start("contacts.change_consent", params, people, user, actor)


def delete(*, people: QuerySet[Contact], user: User, actor: Actor) -> Job:
    return _start("contacts.delete", {}, people, user, actor)


def export(
    columns: Sequence[str],
    *,
    people: QuerySet[Contact],
    user: User,
    actor: Actor,
    ids: Sequence[int] | None = None,
    query: str = "",
) -> Job:
    """`ids` or `query` say once more who the people are, so that the same can be asked again."""
    params = {"columns": exporting.read(columns), "ids": ids if ids is None else list(ids), "query": query}
    return _start("contacts.export", params, people, user, actor)


def export_again(job_id: int, *, user: User, actor: Actor) -> Job:
    """The same columns of whoever matches now."""
    params = Job.objects.get(pk=job_id, kind="contacts.export").params
    people = selection.chosen(params["ids"], params["query"], user)
    return export(params["columns"], people=people, user=user, actor=actor, ids=params["ids"], query=params["query"])


def _start(kind: str, params: Mapping[str, Any], people: QuerySet[Contact], user: User, actor: Actor) -> Job:
    return jobs.start(kind, params, user=user, actor=actor, chosen=people)


def _list_name(list_id: int | None) -> str:
    names = dict(static_lists.choices())
    if list_id not in names:
        raise InvalidInput([Problem("/list", _("Choose a static list."))])
    return names[list_id]
