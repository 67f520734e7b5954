"""Zones, the calendar, and what is yet to come."""

from __future__ import annotations

from .fault import COMPILE, MIGRATIONS, OPERATORS, PLAN, SQL, Fault, events, windows

ZONES = (
    Fault(
        "zone",
        "the contact's own zone is the account's",
        SQL,
        'return f"crmseg_zone(c.time_zone, {quoted(self.zone)})"',
        "return quoted(self.zone)",
    ),
    Fault(
        "zone",
        "today is the day in UTC",
        SQL,
        "lambda now: local_date(now, named)",
        'lambda now: local_date(now, "UTC")',
    ),
    Fault(
        "zone",
        "an instant without an offset is in UTC",
        SQL,
        'local = f"crmseg_instant({text}::timestamp, {zone})"',
        'local = f"{text}::timestamptz"',
    ),
    events(
        "zone",
        "different days are counted in the account's zone",
        "({AT} AT TIME ZONE {params.zone_sql(leaf.zone)})::date",
        "({AT} AT TIME ZONE {params.zone_sql(None)})::date",
    ),
    Fault(
        "zone",
        "this unit begins in the account's zone",
        f"{COMPILE}/windows.py",
        "return params.period(unit, 0, zone), now",
        "return params.period(unit, 0, None), now",
    ),
    windows(
        "zone",
        "of a time that clocks show twice, the second is meant",
        "day=moved.day, fold=0)",
        "day=moved.day, fold=1)",
    ),
    Fault(
        "zone",
        "a day begins when clocks show midnight for the second time",
        f"{MIGRATIONS}/0004_first_instants.py",
        "THEN (local - interval '1 hour') AT TIME ZONE zone + interval '1 hour'",
        "THEN local AT TIME ZONE zone",
    ),
)
CALENDAR = (
    windows(
        "calendar", "weeks begin on Sunday", "timedelta(days=day.weekday())", "timedelta(days=(day.weekday() + 1) % 7)"
    ),
    windows(
        "calendar",
        "quarters forget the fiscal year",
        "3 * shift - (day.month - fiscal_start) % 3",
        "3 * shift - (day.month - 1) % 3",
    ),
    windows(
        "calendar",
        "years forget the fiscal year",
        "12 * shift - (day.month - fiscal_start) % 12",
        "12 * shift - (day.month - 1) % 12",
    ),
    Fault(
        "calendar",
        "in the database, years forget the fiscal year",
        f"{MIGRATIONS}/0005_calendar_units.py",
        "+ make_interval(months => fiscal - 1 + 12 * shift)",
        "+ make_interval(months => 12 * shift)",
    ),
    Fault(
        "calendar",
        "who is born later has had an anniversary",
        f"{MIGRATIONS}/0007_percentiles_and_distances.py",
        "SELECT CASE WHEN day > today THEN NULL",
        "SELECT CASE WHEN day > today + 1000 THEN NULL",
    ),
)
FUTURE = (
    windows(
        "future",
        "a window with an end holds events that have not come",
        "last = now if end is None else min(last_instant(end, zone), now)",
        "last = now if end is None else last_instant(end, zone)",
    ),
    Fault(
        "future",
        "a change that is yet to come has happened",
        f"{OPERATORS}/history.py",
        'timely = inside("h.at", self.window(operand), ask.params, ask.zone)',
        'timely = inside("h.at", self.window(operand), ask.params, ask.zone) if self.window(operand) else "true"',
    ),
    events(
        "future",
        "the first event may be one that is yet to come",
        'meant = f"FILTER (WHERE {AT} <= {params.now()} AND {event_filter(leaf.where, params)})"',
        'meant = f"FILTER (WHERE {event_filter(leaf.where, params)})"',
    ),
)
CLOCK = (
    Fault(
        "clock",
        "who leaves a window is looked at a microsecond early",
        PLAN,
        """'interval')} + interval '1 microsecond'"]""",
        """'interval')}"]""",
    ),
    Fault(
        "clock",
        "where a zone counts, the same",
        f"{COMPILE}/windows.py",
        """(f" + {_TICK}" if included else "")""",
        '""',
    ),
    events(
        "clock",
        "events that are yet to come are waited for by nobody",
        'found = [aggregate(f"min({AT}) FILTER (WHERE {AT} > {now})")]',
        "found: list[str] = []",
    ),
    Fault(
        "clock",
        "a birthday is waited for some days too long",
        f"{COMPILE}/comparison.py",
        'crmseg_next_anniversary({born(asked)}, {params.today(None)} + 1)"',
        'crmseg_next_anniversary({born(asked)}, {params.today(None)} + 1) + 2"',
    ),
    Fault(
        "clock",
        "the end of a step that must not come is waited for by nobody",
        f"{COMPILE}/sequences.py",
        "if place > last and step.within is not None:",
        "if False:",
    ),
)
