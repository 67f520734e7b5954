"""The audit log in words: what was done, to what, where that is now, and how it differs from before."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import AuditEntry

# What is done often, in the reader's language; anything else is shown as it was written.
ACTIONS: Mapping[str, str | Promise] = {
    "created": gettext_lazy("created"),
    "updated": gettext_lazy("changed"),
    "deleted": gettext_lazy("deleted"),
    "archived": gettext_lazy("archived"),
    "restored": gettext_lazy("restored"),
    "merged": gettext_lazy("merged"),
    "unmerged": gettext_lazy("unmerged"),
    "erased": gettext_lazy("erased for privacy"),
    "exported": gettext_lazy("exported"),
    "refreshed": gettext_lazy("refreshed"),
    "made static": gettext_lazy("made static"),
    "made active": gettext_lazy("made active"),
    "pinned contacts in": gettext_lazy("pinned contacts in"),
    "unpinned contacts in": gettext_lazy("unpinned contacts in"),
    "cancelled the build of": gettext_lazy("stopped the build of"),
    "started": gettext_lazy("started"),
    "paused": gettext_lazy("paused"),
    "resumed": gettext_lazy("resumed"),
    "cancelled": gettext_lazy("cancelled"),
    "undone": gettext_lazy("undid"),
    "invited": gettext_lazy("invited"),
    "offered a password link": gettext_lazy("made a password link for"),
    "revoked": gettext_lazy("revoked"),
    "signed in": gettext_lazy("signed in"),
    "signed out": gettext_lazy("signed out"),
    "failed to sign in": gettext_lazy("failed to sign in"),
    "was locked out": gettext_lazy("was locked out"),
    "changed the password": gettext_lazy("changed the password"),
    "turned on two-factor sign-in": gettext_lazy("turned on two-factor sign-in"),
    "turned off two-factor sign-in": gettext_lazy("turned off two-factor sign-in"),
    "made recovery codes": gettext_lazy("made recovery codes"),
    "added members to": gettext_lazy("added members to"),
    "decided": gettext_lazy("decided the test of"),
    "shared": gettext_lazy("shared"),
    "suppressed": gettext_lazy("suppressed"),
    "removed members from": gettext_lazy("removed members from"),
    "note added": gettext_lazy("wrote a note about"),
    "note edited": gettext_lazy("changed a note about"),
    "note deleted": gettext_lazy("deleted a note about"),
    "task added": gettext_lazy("wrote a task about"),
    "task changed": gettext_lazy("changed a task about"),
    "task done": gettext_lazy("did a task about"),
    "task reopened": gettext_lazy("opened a task again about"),
    "task deleted": gettext_lazy("deleted a task about"),
    "switched on": gettext_lazy("switched on"),
    "took a person out of": gettext_lazy("took a person out of"),
    "set target": gettext_lazy("set the target of"),
    "cleared target": gettext_lazy("took away the target of"),
    "scheduled": gettext_lazy("scheduled"),
    "unscheduled": gettext_lazy("took out of the schedule"),
    "could not start": gettext_lazy("could not start"),
    "asked for sample data": gettext_lazy("asked for sample data"),
    "published": gettext_lazy("published"),
    "closed": gettext_lazy("closed"),
    "tagged": gettext_lazy("tagged an answer of"),
    "deleted an answer of": gettext_lazy("deleted an answer of"),
    "pruned": gettext_lazy("deleted what was older than it is kept"),
}
PAGES = {
    "segment": "segments:segment",
    "scoremodel": "leads:model",
    "fitting": "leads:fitting",
    "campaign": "campaigns:campaign",
    "automation": "automations:automation",
    "survey": "surveys:survey",
    "contact": "contacts:contact",
    "company": "contacts:company",
    "contactimport": "contacts:import",
    "attributedefinition": "contacts:attributes",
    "eventtype": "contacts:event_type",
    "job": "jobs:job",
    "user": "access:person",
    "account": "access:account",
    "apikey": "access:keys",
    "sender": "access:sender",
    "retention": "access:retention",
}
GONE = frozenset({"deleted", "erased"})
FEW_LINES = 5
"""Longer values unfold."""


@dataclass(frozen=True)
class Difference:
    """One field: what it was and what it became, or the lines that differ where the value is long."""

    name: str
    before: Any
    after: Any
    knows_before: bool
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def marked(self) -> SafeString:
        """The lines as HTML: a page has thousands."""
        tagged = ((_MARKS.get(sign, "span"), sign, text) for sign, text in self.lines)
        return format_html_join("", "<{0}>{1} {2}</{0}>\n", tagged)


_MARKS = {"+": "ins", "-": "del"}


def action_words(action: str) -> str:
    return str(ACTIONS.get(action, action))


def type_words(object_type: str) -> str:
    """The name of a kind of object, as the rest of the product calls it."""
    return str(types().get(object_type, object_type))


@cache
def types() -> dict[str, str | Promise]:
    """Every kind of object of ours, by the name the log has for it."""
    ours = [model for model in apps.get_models() if (model.__module__ or "").split(".")[0] in _ROOMS]
    return {model._meta.model_name or "": model._meta.verbose_name or "" for model in ours}


_ROOMS = frozenset({"crmseg", "contacts", "segments", "campaigns"})


def url_of(entry: AuditEntry) -> str:
    """Where the object is; "" when it is nowhere."""
    name = PAGES.get(entry.object_type)
    if not name or entry.action in GONE:
        return ""
    for args in ([int(entry.object_id)] if entry.object_id.isdigit() else [], []):
        try:
            return reverse(name, args=args)
        except NoReverseMatch:
            continue
    return ""


def differences(entry: AuditEntry) -> list[Difference]:
    return [_difference(name, value, entry) for name, value in entry.changes.items()]


def _difference(name: str, after: Any, entry: AuditEntry) -> Difference:
    if name in entry.before:
        before, known = entry.before[name], True
    elif entry.object_type == "segment" and entry.action == "updated" and isinstance(after, list) and len(after) == 2:
        (before, after), known = after, True  # as lists noted it at first
    else:
        before, known = None, False
    lines: Sequence[tuple[str, str]] = ()
    if isinstance(after, dict) and isinstance(before, dict):
        lines = _lines(before, after)
    elif isinstance(after, dict) and not known and len(said := _written(after, indent=2).splitlines()) > FEW_LINES:
        lines = [("+", line) for line in said]
    return Difference(_field_words(entry.object_type, name), before, after, known, tuple(lines))


def _field_words(object_type: str, name: str) -> str:
    known = _fields().get((object_type, name))
    return str(types().get(name, name) if known is None else known)


@cache
def _fields() -> dict[tuple[str, str], str | Promise]:
    """What every field of a model is called, by the names the log has for both."""
    all_models = [model._meta for model in reversed(apps.get_models())]  # of two of one name the first counts
    return {(known.model_name or "", one.name): one.verbose_name for known in all_models for one in known.fields}


def _lines(before: Any, after: Any) -> list[tuple[str, str]]:
    """The lines of both that differ, with one around them: ("+", …), ("-", …) or (" ", …)."""
    old, new = (_written(value, indent=2).splitlines() for value in (before, after))
    told = [line for line in difflib.unified_diff(old, new, lineterm="", n=1) if not line.startswith(("---", "+++"))]
    return [("…", "") if line.startswith("@@") else (line[0], line[1:]) for line in told]


def in_one_line(entry: AuditEntry) -> str:
    """The changes for a file: `name: before → after; …`."""
    told = []
    for one in differences(entry):
        was = f"{_written(one.before)} → " if one.knows_before else ""
        told.append(f"{one.name}: {was}{_written(one.after)}")
    return "; ".join(told)


def _written(value: Any, indent: int | None = None) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, indent=indent)


def about(entry: AuditEntry) -> dict[str, Any]:
    """Everything the page shows of an entry."""
    kind, _colon, name = entry.actor.partition(":")
    return {
        "entry": entry,
        "kind": {"key": _("key"), "system": _("by itself"), "import": _("import")}.get(kind, ""),
        "who": name or entry.actor,
        "action": action_words(entry.action),
        "type": type_words(entry.object_type),
        "url": url_of(entry),
        "differences": differences(entry),
    }
