"""Days and instants compared, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .question import Question, local_day, text
from .times import after, before, moved, moved_day, unit_start

UNITS = {"in_previous": -1, "in_this": 0, "in_next_unit": 1}
MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def condition(op: str, held: str, kind: str, node: Mapping[str, Any], ask: Question, zone: str) -> str:
    operand = node.get("value")
    if op in {"on", "before", "after", "between"}:
        return fixed(op, held, kind, operand, zone)
    if op in {"in_last", "more_than_ago", "in_next", "between_ago"}:
        return rolling(op, held, kind, operand, node["unit"], ask, zone)
    day, today = local_day(held, zone) if kind == "datetime" else f"({held})", ask.today(zone)
    if op in UNITS:
        unit = node.get("unit", operand)
        start = moved_day(unit_start(today, unit, ask.fiscal_start), UNITS[op], unit)
        return f"({day} >= {start} AND {day} < {moved_day(start, 1, unit)})"
    if op in {"month_is", "weekday_is"}:
        part, names = ("month", MONTHS) if op == "month_is" else ("isodow", DAYS)
        several = operand if isinstance(operand, list) else [operand]
        numbers = [names.index(one.lower()) + 1 if isinstance(one, str) else one for one in several]
        return f"extract({part} FROM {day}) IN ({', '.join(map(str, numbers))})"
    return f"EXISTS (SELECT FROM {anniversaries(day, today)} WHERE {anniversary(op, day, today, node)})"


def fixed(op: str, held: str, kind: str, operand: Any, zone: str) -> str:
    first, last = operand if isinstance(operand, list) else (operand, operand)
    if kind == "date":
        low, high = text(date.fromisoformat(first)), text(date.fromisoformat(last))
        early, late = f"({held}) < {low}", f"({held}) > {high}"
    else:
        early, late = before(held, first, zone), after(held, last, zone)
    return {"before": f"({early})", "after": f"({late})"}.get(op, f"(NOT {early} AND NOT {late})")


def rolling(op: str, held: str, kind: str, operand: Any, unit: str, ask: Question, zone: str) -> str:
    if kind == "date":
        now = ask.today(zone)
        shift = lambda n: moved_day(now, n, unit)  # noqa: E731
    else:
        now = ask.instant
        shift = lambda n: moved(now, n, unit, zone)  # noqa: E731
    match op:
        case "in_last":
            return f"(({held}) >= {shift(-operand)} AND ({held}) <= {now})"
        case "more_than_ago":
            return f"(({held}) < {shift(-operand)})"
        case "in_next":
            return f"(({held}) >= {now} AND ({held}) <= {shift(operand)})"
        case _:
            return f"(({held}) >= {shift(-max(operand))} AND ({held}) <= {shift(-min(operand))})"


def anniversaries(day: str, today: str) -> str:
    """The anniversaries of `day` around today, in years before it too; PostgreSQL clips 29 February to the 28th."""
    return f"""(SELECT ({day} + make_interval(years => years))::date AS turn
        FROM generate_series(extract(year FROM {today})::int - extract(year FROM {day})::int - 3,
                             extract(year FROM {today})::int - extract(year FROM {day})::int + 30) AS years) AS turns"""


def anniversary(op: str, day: str, today: str, node: Mapping[str, Any]) -> str:
    match op:
        case "anniversary_today":
            return f"turn = {today}"
        case "anniversary_in_next":
            return f"turn BETWEEN {today} AND {moved_day(today, node['value'], node['unit'])}"
        case "anniversary_in_last":
            return f"turn BETWEEN {moved_day(today, -node['value'], node['unit'])} AND {today} AND turn >= {day}"
    raise NotImplementedError(op)
