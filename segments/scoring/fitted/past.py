"""Conditions asked of people as they were at an instant that is over.

Events are dated by themselves. What contacts and companies were, and which lists people were in, is put together from
the histories and stands in the statement under the names of the tables, so that the engine's own plan reads the past.
What keeps no history cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from django.utils.translation import gettext as _

from ...definition import depends
from ...definition.nodes import (
    Bucket,
    Compare,
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
from ...engine.plan import SOME, Ids, Plan
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
        SELECT was.*
          FROM {table} AS t
          LEFT JOIN {owner}_was AS w ON w.{owner}_id = t.id
         CROSS JOIN LATERAL jsonb_populate_record(t,
               COALESCE(w.columns || COALESCE(w.company, '{{}}') || COALESCE(w.place, '{{}}')
               || jsonb_build_object('attributes', (t.attributes - w.keys) || w.custom), '{{}}')) AS was
         WHERE t.id {scope}
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
        shadows = [
            _WAS.format(
                owner="contact",
                table="contacts_contact",
                history="contacts_attributehistory",
                scope=self.scope,
                now=now,
                apart=apart,
            ),
            _WAS.format(
                owner="company",
                table="contacts_company",
                history="contacts_companyhistory",
                scope=of_people,
                now=now,
                apart=apart,
            ),
            _MEMBERS.format(scope=self.scope, now=now),
        ]
        rest = ", " + statement.removeprefix("WITH ") if statement.startswith("WITH ") else " " + statement
        return f"WITH {', '.join(shadows)}{rest}"


def plan_of(trees: Sequence[Node], known: Catalogue) -> PastPlan:
    """The trees as columns, in their order."""
    followed = tuple(
        Followed(-place, 0, tree, frozenset(depends.keys(tree)), known.zone, known.currency, known.fiscal_start)
        for place, tree in enumerate(trees, start=1)
    )
    return PastPlan(followed, SOME)


def evaluate(plan: PastPlan, ids: Ids, at: datetime) -> tuple[Ids, Matrix]:
    """Those of `ids` that exist, ascending, and which conditions held for each at that instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('plan_cache_mode', 'auto', true)")
    truth = plan.evaluate(at, ids=ids.tolist())
    columns = [truth.members[-place] for place in range(1, len(plan.lists) + 1)]
    return truth.ids, np.column_stack(columns) if columns else np.zeros((len(truth.ids), 0), bool)


def why_not(tree: Node) -> str:
    """Why the past cannot be asked this; empty where it can."""
    for leaf in leaves(tree):
        if reason := _why_not_leaf(leaf):
            return reason
    return ""


def _why_not_leaf(leaf: Leaf) -> str:
    match leaf:
        case Performed() | Occurred() | Steps() | InSegment() | Bucket():
            return ""
        case Compare(property=asked, operator=operator, operand=operand):
            read: list[Any] = [asked, *([operand.property] if isinstance(operand, PropertyRef) else [])]
            if any(one.sql for one in read):
                return _("What is worked out is known as it is now, not as it was.")
            if operator.key in _OF_HISTORY or operator.takes is Takes.PERCENTS:
                return _("This question cannot be asked of the past.")
            return ""
    return _("This question cannot be asked of the past.")
