"""Many conditions asked of everyone: one read of each kind of event answers all conditions on it.

A condition on events alone is fastest by itself, as `plain` writes it; a hundred of them are a hundred reads of the
same events, which is what this spares.
"""

from __future__ import annotations

from ..definition import compile
from ..definition.nodes import Leaf, Node, Occurred, Performed, leaves
from ..definition.sql import Params
from . import plain
from .plan import ALL, SharedEvents

FEW = 24
"""Up to so many conditions on events, each with a read of its own, cost no more than what gathering them costs."""


class Everyone:
    """The conditions of one statement. Ask for the truth of each leaf first, then for what it reads from."""

    def __init__(self, params: Params):
        self.params = params
        self.events = _EachKind(params, ALL)
        self.truths: dict[Leaf, str] = {}

    def truth(self, leaf: Leaf) -> str:
        """The leaf as a condition on the contact `c`, never NULL."""
        if leaf not in self.truths:
            if isinstance(leaf, Performed | Occurred) and SharedEvents.shares(leaf):
                self.truths[leaf] = self.events.truth(leaf)
            else:
                self.truths[leaf] = plain.condition(leaf, self.params)
        return self.truths[leaf]

    def tables(self) -> str:
        """The aggregates, as common tables with a comma after each."""
        return "".join(f"{table},\n" for table in self.events.each_table())

    def source(self) -> str:
        """Everyone, beside their companies and their aggregates."""
        return f"""
              FROM contacts_contact AS c
              LEFT JOIN contacts_company AS co ON co.id = c.company_id
              {self.events.joins()}
        """


def is_many(node: Node) -> bool:
    """Whether gathering the conditions of this tree pays."""
    asked = [leaf for leaf in leaves(node) if isinstance(leaf, Performed | Occurred) and SharedEvents.shares(leaf)]
    return len(asked) > FEW


def matching(node: Node, params: Params) -> str:
    """SQL for the ids of those who match, as column `id`, whichever way asks everyone sooner."""
    if not is_many(node):
        return plain.matching(node, params)
    asked = Everyone(params)
    holds = compile.formula(node, asked.truth)
    tables = ", ".join(asked.events.each_table())
    return f"WITH {tables} SELECT c.id {asked.source()} WHERE {holds}"


class _EachKind(SharedEvents):
    """Each kind of event is read by itself, through its own index and from its own beginning."""

    def each_table(self) -> list[str]:
        tables = []
        for index, (event, aggregates) in enumerate(self.tables):
            selected = ", ".join(f"{sql} AS a{place}" for place, sql in enumerate(aggregates))
            tables.append(
                f"e{index} AS MATERIALIZED (SELECT e.contact_id, {selected} FROM contacts_event AS e"
                f" WHERE {compile.events.of_type(event, self.params)} {self._oldest(event)} GROUP BY e.contact_id)"
            )
        return tables
