"""A truth tree as rows to read: what each condition asks, whether it holds, what decided it, and when it turns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.fields import FieldType
from crmseg.web import formats
from crmseg.web.tags import plain
from segments.definition.describe import values
from segments.definition.schema import Catalogue, Property

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T|$)")


@dataclass(frozen=True)
class Fact:
    """One piece of evidence; `url` leads to what it speaks of."""

    label: str
    said: str
    url: str = ""


@dataclass
class Row:
    """One node. Its list of children opens after it, or the lists that end with it are closed."""

    sentence: str
    holds: bool | None
    label: str = ""
    off: bool = False
    is_group: bool = False
    flips_at: datetime | None = None
    facts: list[Fact] = field(default_factory=list)
    opens: bool = False
    closes: range = range(0)
    hue: int = 0


def people_in(tree: dict[str, Any]) -> set[int]:
    """The contacts that the evidence speaks of."""
    found: set[int] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        found |= set(node["evidence"].get("colleagues", {}).get("ids", ()))
        waiting += node["children"]
    return found


def rows(tree: dict[str, Any], known: Catalogue, names: Mapping[int, str]) -> list[Row]:
    """The nodes in the order of reading. A list of rows, because templates cannot nest two hundred levels.

    `names` are those of the contacts that the evidence speaks of.
    """
    found: list[Row] = []
    waiting: list[tuple[dict[str, Any], int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, closes = waiting.pop()
        children = node["children"]
        row = _row(node, known, names)
        row.opens, row.hue = bool(children), depth % 5
        row.closes = range(0) if children else range(closes)
        found.append(row)
        for place in reversed(range(len(children))):
            is_last = place == len(children) - 1
            waiting.append((children[place], depth + 1, closes + 1 if is_last else 0))
    return found


def _row(node: dict[str, Any], known: Catalogue, names: Mapping[int, str]) -> Row:
    return Row(
        sentence=node["sentence"],
        holds=node["holds"],
        label=node.get("label", ""),
        off=node.get("off", False),
        is_group=node["kind"] in {"all", "any", "at_least", "not"},
        flips_at=node["flips_at"],
        facts=list(_facts(node["evidence"], known, names)),
    )


def _facts(evidence: dict[str, Any], known: Catalogue, names: Mapping[int, str]) -> Iterator[Fact]:
    for key, value in evidence.get("values", {}).items():
        asked = known.properties.get(key)
        label = str(asked.label) if asked and asked.label else key
        yield Fact(label, _held(value, asked, known.currency))
    for change in evidence.get("changes", ()):
        words = {"before": in_words(change["from"]), "after": in_words(change["to"])}
        yield Fact(_instant(change["at"]), _("from %(before)s to %(after)s") % words)
    if "changes" in evidence and not evidence["changes"]:
        yield Fact(_("Changes"), _("none recorded"))
    if "count" in evidence:
        yield from _of_events(evidence)
    for step in evidence.get("steps", ()):
        label = _("Step %(n)s") % {"n": step["step"] + 1}
        yield Fact(label, _events_found(step["count"]))
        yield from (Fact("", _event(one)) for one in step["events"])
    if "segment" in evidence:
        yield from _of_list(evidence, known)
    if consent := evidence.get("consent"):
        yield Fact(_("Consent"), _consent(consent))
    if colleagues := evidence.get("colleagues"):
        words = {"n": formats.number(colleagues["matching"]), "of": formats.number(colleagues["of"])}
        yield Fact(_("Colleagues"), _("%(n)s of %(of)s match") % words)
        for pk in colleagues["ids"]:
            yield Fact("", names.get(pk, f"#{pk}"), reverse("contacts:contact", args=[pk]))
    if "bucket" in evidence:
        yield Fact(_("Number drawn"), formats.number(evidence["bucket"]))


def _held(value: object, asked: Property | None, currency: str) -> str:
    if asked and asked.type is FieldType.MONEY and isinstance(value, int | Decimal):
        return formats.money(value, currency)
    return in_words(asked.called(value) or value if asked else value)


def _of_events(evidence: dict[str, Any]) -> Iterator[Fact]:
    count, measured = evidence["count"], evidence.get("measured")
    yield Fact(_("Events"), _events_found(count))
    if measured is not None and measured != count:
        yield Fact(
            _("Measured"), _instant(measured) if isinstance(measured, str) and "T" in measured else in_words(measured)
        )
    for event in evidence["events"]:
        yield Fact("", _event(event))
    if (more := count - len(evidence["events"])) > 0:
        yield Fact("", ngettext("and %(n)s more", "and %(n)s more", more) % {"n": formats.number(more)})


def _of_list(evidence: dict[str, Any], known: Catalogue) -> Iterator[Fact]:
    pk = evidence["segment"]
    listed = known.segments.get(pk)
    since = evidence["entered_at"]
    said = _("in it since %(when)s") % {"when": _instant(since)} if since else _("not in it now")
    yield Fact(listed.name if listed else f"#{pk}", said, reverse("segments:segment", args=[pk]))
    for move in evidence.get("ledger", ()):
        yield Fact("", f"{_instant(move['at'])} · {_('entered') if move['change'] == 'entered' else _('left')}")


def _events_found(count: int) -> str:
    if not count:
        return _("none that counts")
    return ngettext("%(n)s that counts", "%(n)s that count", count) % {"n": formats.number(count)}


def _event(event: dict[str, Any]) -> str:
    shown = [f"{key} {plain(value)}" for key, value in event["properties"].items() if not isinstance(value, list)]
    return " · ".join([f"{event['event']} #{event['id']}", _instant(event["occurred_at"]), *shown])


def _consent(consent: dict[str, Any]) -> str:
    known = {"subscribed": _("subscribed"), "unsubscribed": _("unsubscribed"), "never": _("never answered")}
    status = known.get(consent["status"], str(consent["status"]))
    if "changed_at" not in consent:
        return status
    return _("%(status)s since %(when)s") % {"status": status, "when": _instant(consent["changed_at"])}


def in_words(value: object) -> str:
    """A stored value as people write it; days and instants of attributes are stored as text."""
    if value is None:
        return _("not known")
    if isinstance(value, str):
        return _moment(value) or values.quoted(value)
    if isinstance(value, list):
        return ", ".join(values.quoted(str(one)) for one in value)
    return str(plain(Decimal(str(value)) if isinstance(value, float) else value))


def _moment(text: str) -> str | None:
    if not _MOMENT.match(text):
        return None
    try:
        return formats.exact(datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text))
    except ValueError:
        return None


def _instant(text: str) -> str:
    return _moment(text) or text
