"""What the tray and the history of jobs know of bulk actions: their names, what came of them, and how they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crmseg.jobs import registry
from crmseg.jobs.models import Job
from crmseg.jobs.registry import Kind
from crmseg.web.formats import number

from ..models.consent import ConsentStatus
from . import attribute, consent, deleting, exporting, exporting_events, on_lists, touches


def connect() -> None:
    for kind in (
        Kind(
            "contacts.put_on_list",
            gettext_lazy("Add to a list"),
            lambda job: _("Add to “%(list)s”") % {"list": job.params["name"]},
            on_lists.put,
            undo=on_lists.undo_put,
            **_changing("list-check"),
        ),
        Kind(
            "contacts.take_off_list",
            gettext_lazy("Remove from a list"),
            lambda job: _("Remove from “%(list)s”") % {"list": job.params["name"]},
            on_lists.take_off,
            undo=on_lists.undo_take_off,
            **_changing("list"),
        ),
        Kind(
            "contacts.set_attribute",
            gettext_lazy("Set an attribute"),
            _set_label,
            attribute.run,
            undo=attribute.undo,
            **_changing("pencil"),
        ),
        Kind(
            "contacts.change_consent",
            gettext_lazy("Change consent"),
            _consent_label,
            consent.run,
            undo=consent.undo,
            **_changing("mail-forward"),
        ),
        Kind(
            "contacts.delete",
            gettext_lazy("Delete contacts"),
            lambda job: _("Delete contacts"),
            deleting.run,
            outcome=_deleted,
            icon="trash",
        ),
        Kind(
            exporting_events.KIND,
            gettext_lazy("Export events"),
            lambda job: _("Export events “%(name)s”") % {"name": job.params["name"]},
            exporting_events.run,
            outcome=_exported,
            icon="file-export",
        ),
        Kind(
            "contacts.export",
            gettext_lazy("Export contacts"),
            lambda job: _("Export contacts"),
            exporting.run,
            outcome=_exported,
            again=lambda job: reverse("contacts:export-again", args=[job.pk]),
            icon="file-export",
        ),
    ):
        registry.register(kind)


def _changing(icon: str) -> dict[str, Any]:
    kept: Callable[[Job], list[dict[str, Any]]] = touches.kept
    return {"outcome": _changed, "kept": kept, "icon": icon}


def _set_label(job: Job) -> str:
    said = {"attribute": job.params["label"], "value": _shown(job.params["value"])}
    match job.params["mode"]:
        case "add":
            return _("Add %(value)s to %(attribute)s") % said
        case "remove":
            return _("Remove %(value)s from %(attribute)s") % said
        case "clear":
            return _("Clear %(attribute)s") % said
        case _:
            return _("Set %(attribute)s to %(value)s") % said


def _consent_label(job: Job) -> str:
    words = dict(ConsentStatus.choices)
    channel = " · ".join(filter(None, [job.params["channel"], job.params["topic"]]))
    said = {"channel": channel, "status": words.get(job.params["status"], job.params["status"])}
    return _("Consent for %(channel)s: %(status)s") % said


def _shown(value: Any) -> str:
    match value:
        case list():
            return ", ".join(map(str, value))
        case {"lat": lat, "lon": lon}:
            return f"{lat}, {lon}"
        case _:
            return str(value)


def _changed(job: Job) -> str:
    counts = job.result
    if job.state == Job.State.UNDONE:
        back, kept = counts.get("restored", 0), counts.get("kept", 0)
        said = [ngettext("%(n)s was put back.", "%(n)s were put back.", back) % {"n": number(back)}]
        if kept:
            message = ngettext(
                "%(n)s was left alone, because it was changed since.",
                "%(n)s were left alone, because they were changed since.",
                kept,
            )
            said.append(message % {"n": number(kept)})
        return " ".join(said)
    changed, same = counts.get("changed", 0), counts.get("unchanged", 0)
    said = [ngettext("%(n)s contact was changed.", "%(n)s contacts were changed.", changed) % {"n": number(changed)}]
    if same:
        said.append(ngettext("%(n)s was so already.", "%(n)s were so already.", same) % {"n": number(same)})
    return " ".join([*said, *_gone(job)])


def _deleted(job: Job) -> str:
    count = job.result.get("changed", 0)
    said = ngettext("%(n)s contact was deleted.", "%(n)s contacts were deleted.", count)
    return " ".join([said % {"n": number(count)}, *_gone(job)])


def _exported(job: Job) -> str:
    count = job.result.get("changed", 0)
    return " ".join([ngettext("%(n)s row.", "%(n)s rows.", count) % {"n": number(count)}, *_gone(job)])


def _gone(job: Job) -> list[str]:
    gone = job.result.get("gone", 0)
    said = ngettext("%(n)s was gone already.", "%(n)s were gone already.", gone)
    return [said % {"n": number(gone)}] if gone else []
