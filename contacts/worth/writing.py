"""The statements that write worth: rows made of facts, and rows compared anew. Each notes what is kept as history."""

from __future__ import annotations

from .facts import FACTS
from .grades import ACTIVE_SINCE, GRADES, graded
from .keys import ACTOR, PROPERTIES, RECORDED, moved
from .rules import Rules

_SHOWN = [column for column in (*FACTS, *GRADES, "rfm_previous_group", "rfm_group_since") if column in PROPERTIES]
COLUMNS = (*FACTS, *GRADES, "next_at")
# A group counts from the moment that it is found; activity from the instant that made it so.
_CHANGES = """
    rfm_previous_group = CASE WHEN kept.rfm_group IS DISTINCT FROM {new}.rfm_group
        THEN coalesce(kept.rfm_group, kept.rfm_previous_group) ELSE kept.rfm_previous_group END,
    rfm_group_since = CASE WHEN kept.rfm_group IS NOT DISTINCT FROM {new}.rfm_group THEN kept.rfm_group_since
        WHEN {new}.rfm_group IS NOT NULL THEN %(now)s END,
    activity_since = CASE WHEN {new}.activity = 'active' AND kept.activity = 'active' THEN kept.activity_since
        WHEN {new}.activity = 'active' THEN {last_order_at} ELSE {since} END
"""
_MAKE = """
    INSERT INTO contacts_worth AS kept ({columns}, contact_id, rfm_group_since, activity_since, seen_at)
    SELECT {graded_columns}, facts.contact_id, CASE WHEN lapse.rfm_group IS NOT NULL THEN %(now)s END,
           CASE state.activity WHEN 'lost' THEN lapse.lost_at WHEN 'at_risk' THEN lapse.at_risk_at
                WHEN 'active' THEN facts.last_order_at END, {seen_at}
      FROM {facts} {graded}
    ON CONFLICT (contact_id) DO UPDATE SET {set}, {changes}, seen_at = excluded.seen_at
     WHERE {unless}
    RETURNING kept.contact_id, {moved} AS keys, old.rfm_group AS old_rfm_group, new.rfm_group AS rfm_group,
              old.activity AS old_activity, new.activity AS activity
"""
# Who differs is held, and worked out of the row as it then is, whoever wrote it meanwhile.
_COMPARE = """
    UPDATE contacts_worth AS kept SET {set}, {changes}
      FROM (SELECT facts.contact_id, {graded_columns} FROM contacts_worth AS facts {graded}
             WHERE ({present}) IS DISTINCT FROM ({graded_columns}) {some}
               FOR NO KEY UPDATE OF facts) AS new_row
     WHERE kept.contact_id = new_row.contact_id
    RETURNING kept.contact_id, {moved} AS keys, old.rfm_group AS old_rfm_group, new.rfm_group AS rfm_group,
              old.activity AS old_activity, new.activity AS activity
"""
_NOTED = """
    , noted AS (
        INSERT INTO contacts_attributehistory (contact_id, key, old, new, at, actor)
        SELECT contact_id, key, to_jsonb(before), to_jsonb(after), %(now)s, '{actor}'
          FROM written CROSS JOIN LATERAL (VALUES {recorded}) AS one (key, before, after)
         WHERE before IS DISTINCT FROM after)
"""


def make(rules: Rules, facts: str, *, seen_at: str, unless: str = "true") -> str:
    """CTEs that write a row for each row of the relation `facts`, and end with `written` (contact_id, keys).

    `unless` is what must hold of the row that is there already, `kept`, for it to be written over.
    """
    statement = _MAKE.format(
        columns=", ".join(COLUMNS),
        graded_columns=", ".join([*(f"facts.{column}" for column in FACTS), *_graded_columns()]),
        seen_at=seen_at,
        facts=f"{facts} AS facts",
        graded=graded(rules, "facts", coming="facts.coming_at"),
        set=", ".join(f"{column} = excluded.{column}" for column in COLUMNS),
        changes=_changes("excluded", "excluded.last_order_at"),
        unless=unless,
        moved=moved(_SHOWN),
    )
    return f"written AS ({statement}) {_noted()}"


def compare(rules: Rules, *, some: str = "") -> str:
    """CTEs that compare rows as they are with what is found of everyone now, and end with `written`."""
    columns = (*GRADES, "next_at")
    statement = _COMPARE.format(
        set=", ".join(f"{column} = new_row.{column}" for column in columns),
        changes=_changes("new_row", "kept.last_order_at"),
        graded_columns=", ".join(f"{_source(column)}.{column}" for column in columns),
        graded=graded(rules, "facts", coming="facts.next_at"),
        present=", ".join(f"facts.{column}" for column in columns),
        some=some,
        moved=moved([column for column in _SHOWN if column not in FACTS]),
    )
    return f"written AS ({statement}) {_noted()}"


def _changes(new: str, last_order_at: str) -> str:
    return _CHANGES.format(new=new, last_order_at=last_order_at, since=ACTIVE_SINCE.format(row=new))


def _graded_columns() -> list[str]:
    return [f"{_source(column)}.{column}" for column in (*GRADES, "next_at")]


def _source(column: str) -> str:
    return {"rfm_group": "lapse", "at_risk_at": "lapse", "lost_at": "lapse", "activity": "state"}.get(
        column, "state" if column == "next_at" else "digits"
    )


def _noted() -> str:
    recorded = ", ".join(f"('{key}', old_{column}, {column})" for column, key in RECORDED.items())
    return _NOTED.format(actor=ACTOR, recorded=recorded)
