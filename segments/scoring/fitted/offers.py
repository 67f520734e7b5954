"""Conditions worth trying: the rules that people wrote, the values many have, and what many did.

Counted among some thousand contacts, because this only proposes; whoever asks chooses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from contacts.fields import FieldType
from crmseg.common.problems import InvalidInput

from ...definition import describe
from ...definition.dump import dump
from ...definition.load import load
from ...definition.schema import Catalogue, Property
from ...definition.sql import Params, value
from ...models import ScoreModel
from . import goals, runs
from .regression import RARE

SAMPLE = 5_000
RAREST, COMMONEST = 0.02, 0.95
MOST_VALUES, MOST_KINDS, MOST_EVENTS = 3, 40, 15
RECENT = {"last": 30, "unit": "day"}
_WORDS = frozenset({FieldType.TEXT, FieldType.ENUM, FieldType.ORDERED_ENUM, FieldType.BOOLEAN, FieldType.MULTI_ENUM})
_NAMES = frozenset({"first_name", "last_name", "owner"})
"""What somebody is called, or who looks after her, says nothing about those to come."""
_SAMPLED = f"SELECT id FROM contacts_contact ORDER BY hashint8(id) LIMIT {SAMPLE}"
_EVENTS = f"""
    SELECT t.name, count(DISTINCT e.contact_id)::float / NULLIF((SELECT count(*) FROM ({_SAMPLED}) AS s), 0) AS share
      FROM ({_SAMPLED}) AS c
      JOIN contacts_event AS e ON e.contact_id = c.id
      JOIN contacts_eventtype AS t ON t.id = e.type_id
     GROUP BY t.name ORDER BY share DESC, t.name
"""
_SUBSCRIBED = f"""
    SELECT k.channel, count(*)::float / NULLIF((SELECT count(*) FROM ({_SAMPLED}) AS s), 0) AS share
      FROM ({_SAMPLED}) AS c
      JOIN contacts_consent AS k ON k.contact_id = c.id AND k.topic = '' AND k.status = 'subscribed'
     GROUP BY k.channel ORDER BY k.channel
"""


@dataclass(frozen=True)
class Offer:
    """A condition in words and as a definition; `kind` is one of `KINDS`."""

    kind: str
    said: str
    definition: dict[str, Any]


KINDS: Mapping[str, str | Promise] = {
    "rules": gettext_lazy("Rules of your score models"),
    "events": gettext_lazy("What people did"),
    "attributes": gettext_lazy("What people are"),
}


def offered(known: Catalogue, goal: goals.Goal | None) -> list[Offer]:
    """What may be chosen for a goal, each condition once, kind by kind."""
    found: dict[Any, Offer] = {}
    for kind, raw in (*_rules(), *_events(), *_attributes(known), *_consents()):
        try:
            tree = load(raw, known)
        except InvalidInput:
            continue
        if not runs.unfit(tree, goal):
            found.setdefault(tree, Offer(kind, describe.sentence(tree, known), dump(tree)))
    return sorted(found.values(), key=lambda offer: list(KINDS).index(offer.kind))[: runs.MOST_FEATURES]


def _rules() -> Iterator[tuple[str, Any]]:
    models = ScoreModel.objects.filter(archived_at=None, link=ScoreModel.Link.SUM).order_by("-is_default", "pk")
    for definition in models.values_list("definition", flat=True)[:10]:
        for group in definition.get("groups", []):
            for rule in group.get("rules", []):
                yield "rules", rule.get("definition")


def _events() -> Iterator[tuple[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS)
        names = [name for name, share in cursor.fetchall() if share >= RAREST]
    for name in names[:MOST_EVENTS]:
        yield "events", {"event": name, "op": "did", "window": RECENT}
        yield "events", {"event": name, "op": "gte", "value": 3, "window": {"last": 90, "unit": "day"}}


def _attributes(known: Catalogue) -> Iterator[tuple[str, Any]]:
    kinds = (one for one in known.properties.values() if one.type in _WORDS and (one.past or not one.sql))
    asked = [one for one in kinds if one.key not in _NAMES][:200]
    columns = _values(asked, known)
    yielded = 0
    for one, values in zip(asked, columns, strict=True):
        people = len(values)
        if not people or yielded >= MOST_KINDS:
            return
        counts = Counter(held for several in values for held in several)
        share = sum(1 for several in values if several) / people
        often = max(RARE, RAREST * people)
        frequent = [held for held, n in counts.most_common(MOST_VALUES) if often <= n <= COMMONEST * people]
        if len(counts) > max(50, people // 20):
            frequent = []  # names and addresses are nobody's kind
        if frequent:
            yielded += 1
        for held in frequent:
            if one.type is FieldType.BOOLEAN:
                yield "attributes", {"property": one.key, "op": "is_true" if held == "true" else "is_false"}
            elif one.type is FieldType.MULTI_ENUM:
                yield "attributes", {"property": one.key, "op": "contains_any", "value": [held]}
            else:
                yield "attributes", {"property": one.key, "op": "is", "value": held}
        if not frequent and RAREST <= share <= COMMONEST:
            yield "attributes", {"property": one.key, "op": "is_known"}


def _consents() -> Iterator[tuple[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_SUBSCRIBED)
        channels = [channel for channel, share in cursor.fetchall() if RAREST <= share <= COMMONEST]
    for channel in channels:
        yield "attributes", {"consent": channel, "op": "subscribed"}


def _values(asked: list[Property], known: Catalogue) -> list[tuple[list[str], ...]]:
    """Column by column, what each of the sampled contacts has: nothing, a value, or several."""
    params = Params(known.zone, known.currency, known.fiscal_start)

    def taken_of(one: Property) -> str:
        if one.type is FieldType.MULTI_ENUM:
            return f"coalesce(({value(one, params)})::text[], '{{}}')"
        return f"array_remove(ARRAY[left(({value(one, params)})::text, 200)], NULL)"

    taken = ", ".join(map(taken_of, asked))
    sql = f"""
        SELECT {taken or "NULL"} FROM ({_SAMPLED}) AS sampled JOIN contacts_contact AS c ON c.id = sampled.id
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {})
        rows = cursor.fetchall()
    return list(zip(*rows, strict=True)) if rows else [() for _one in asked]
