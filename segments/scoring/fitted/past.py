"""Conditions asked of people as they were at an instant that is over.

Events are dated by themselves. What contacts and companies were, and which lists people were in, is put together from
the histories and stands in the statement under the names of the tables, so that the engine's own plan reads the past.
What keeps no history cannot be asked: whom nobody may write to, and what compares people with everyone of their time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from contacts import computed

from ...definition import depends
from ...definition.nodes import (
    Bucket,
    Compare,
    Consented,
    InSegment,
    Leaf,
    Node,
    Occurred,
    Performed,
    leaves,
)
from ...definition.nodes import Sequence as Steps
from ...definition.operators import Takes
from ...definition.operators.base import PropertyRef
from ...definition.schema import Catalogue
from ...engine.live import Followed
from ...engine.plan import SOME, Ids, Plan, Truth
from .regression import Matrix

_OF_HISTORY = frozenset({"ever_was", "never_was", "changed", "updated_in", "not_updated_in"})

_WAS = """
    {owner}_was AS MATERIALIZED (
        SELECT {owner}_id,
               COALESCE(jsonb_object_agg(key, old) FILTER (WHERE key <> ALL({apart})), '{{}}') AS columns,
               COALESCE(jsonb_object_agg(key, old) FILTER (WHERE key <> ALL({apart}) AND old IS NOT NULL), '{{}}')
                   AS custom,
               array_agg(key) AS keys,
               jsonb_object_agg('company_id', old) FILTER (WHERE key = 'company') AS company,
               jsonb_object_agg('latitude', old -> 'lat') FILTER (WHERE key = 'location')
               || jsonb_object_agg('longitude', old -> 'lon') FILTER (WHERE key = 'location') AS place
          FROM (SELECT DISTINCT ON (h.{owner}_id, h.key) h.{owner}_id, h.key, h.old
                  FROM {history} AS h
                 WHERE h.{owner}_id {scope} AND h.at > {now}
                 ORDER BY h.{owner}_id, h.key, h.at, h.id) AS first_changed
         GROUP BY {owner}_id
    ), {table} AS MATERIALIZED (
        SELECT was.*{more}
          FROM {table} AS t
          LEFT JOIN {owner}_was AS w ON w.{owner}_id = t.id {joins}
         CROSS JOIN LATERAL jsonb_populate_record(t,
               COALESCE(w.columns || COALESCE(w.company, '{{}}') || COALESCE(w.place, '{{}}')
               || jsonb_build_object('attributes', (t.attributes - w.keys) || w.custom), '{{}}')) AS was
         WHERE t.id {scope}
    )
"""
# An answer that was brought in later with its date held since that date.
_ANSWERS = """
    contacts_consent AS MATERIALIZED (
        SELECT contact_id, channel, topic, status
          FROM (SELECT contact_id, channel, topic,
                       CASE WHEN moved.later THEN COALESCE(moved.old, CASE WHEN k.changed_at <= {now} THEN k.status END)
                            ELSE k.status END AS status
                  FROM (SELECT * FROM contacts_consent WHERE contact_id {scope}) AS k
                  FULL JOIN (SELECT DISTINCT ON (contact_id, channel, topic)
                                    contact_id, channel, topic, old, true AS later
                               FROM contacts_consenthistory WHERE contact_id {scope} AND at > {now}
                              ORDER BY contact_id, channel, topic, at, id) AS moved
                       USING (contact_id, channel, topic)) AS known
         WHERE status IS NOT NULL
    )
"""
_MEMBERS = """
    segments_membership AS MATERIALIZED (
        SELECT segment_id, contact_id, at AS entered_at
          FROM (SELECT DISTINCT ON (segment_id, contact_id) segment_id, contact_id, change, at
                  FROM segments_ledgerentry
                 WHERE contact_id {scope} AND at <= {now}
                 ORDER BY segment_id, contact_id, at DESC, id DESC) AS latest
         WHERE change = 'entered'
    )
"""


class PastPlan(Plan):
    """A plan that reads contacts, companies and memberships as they were at the instant it is evaluated for."""

    def _statement(self) -> str:
        statement = super()._statement().strip()
        now = self.params.now()
        apart = "'{company,location}'::text[]"
        of_people = "IN (SELECT company_id FROM contacts_contact)"
        used = [one for one in computed.thens() if f"c.{one.prefix}_" in statement]
        more = [f"{now} AS since", "w.keys AS since_keys", "w.columns AS since_values"]
        more += [f"{one.prefix}.{column} AS {one.prefix}_{column}" for one in used for column in one.columns]
        shadows = [
            *(f"{one.prefix} AS MATERIALIZED ({self._bound(one.select())})" for one in used),
            _WAS.format(
                owner="contact",
                table="contacts_contact",
                history="contacts_attributehistory",
                scope=self.scope,
                now=now,
                apart=apart,
                more=", " + ", ".join(more),
                joins=" ".join(f"LEFT JOIN {one.prefix} ON {one.prefix}.contact_id = t.id" for one in used),
            ),
            _WAS.format(
                owner="company",
                table="contacts_company",
                history="contacts_companyhistory",
                scope=of_people,
                now=now,
                apart=apart,
                more="",
                joins="",
            ),
            _ANSWERS.format(scope=self.scope, now=now),
            _MEMBERS.format(scope=self.scope, now=now),
        ]
        rest = ", " + statement.removeprefix("WITH ") if statement.startswith("WITH ") else " " + statement
        return f"WITH {', '.join(shadows)}{rest}"

    def _bound(self, select: str) -> str:
        """A statement over `ids` and `now`, with the parameters as this one has them."""
        return select.replace("%(ids)s", "%(ids)s::bigint[]").replace("%(now)s", self.params.now())


def as_of_then(known: Catalogue) -> Catalogue:
    """What definitions may speak about, with what is worked out read as it was."""
    then = {key: replace(one, sql=one.past) if one.past else one for key, one in known.properties.items()}
    return replace(known, properties=then)


def plan_of(trees: Sequence[Node], known: Catalogue) -> PastPlan:
    """The trees as columns, in their order. They are to be loaded with the words `as_of_then`."""
    followed = tuple(
        Followed(-place, 0, tree, frozenset(depends.keys(tree)), known.zone, known.currency, known.fiscal_start)
        for place, tree in enumerate(trees, start=1)
    )
    return PastPlan(followed, SOME)


def evaluate(plan: PastPlan, ids: Ids, at: datetime) -> tuple[Ids, Matrix]:
    """Those of `ids` that exist, ascending, and which conditions held for each at that instant."""
    truth = truth_at(plan, ids, at)
    columns = [truth.members[-place] for place in range(1, len(plan.lists) + 1)]
    return truth.ids, np.column_stack(columns) if columns else np.zeros((len(truth.ids), 0), bool)


def truth_at(plan: PastPlan, ids: Ids, at: datetime) -> Truth:
    """The same as the plan has it, with when each answer may next change by time or by an event."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plan_cache_mode', 'auto', true)")
    return plan.evaluate(at, ids=ids.tolist())


def why_not(tree: Node) -> str:
    """Why the past cannot be asked this; empty where it can."""
    for leaf in leaves(tree):
        if reason := _why_not_leaf(leaf):
            return reason
    return ""


def _why_not_leaf(leaf: Leaf) -> str:
    match leaf:
        case Performed() | Occurred() | Steps() | InSegment() | Bucket() | Consented():
            return ""
        case Compare(property=asked, operator=operator, operand=operand):
            read: list[Any] = [asked, *([operand.property] if isinstance(operand, PropertyRef) else [])]
            if any(one.sql and not one.past for one in read):
                return _("What is worked out is known as it is now, not as it was.")
            if operator.key in _OF_HISTORY or operator.takes is Takes.PERCENTS:
                return _("This question cannot be asked of the past.")
            return ""
    return _("This question cannot be asked of the past.")
