"""Faults for `bench mutations`: each changes one line of what definitions mean into something nearly right."""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS, COMPILE = "segments/definition/operators", "segments/definition/compile"
SQL, WINDOWS, PLAN = "segments/definition/sql.py", "segments/definition/windows.py", "segments/engine/plan.py"
MIGRATIONS = "segments/migrations"


@dataclass(frozen=True)
class Fault:
    """`old` stands exactly once in `file`; `new` is put in its place."""

    kind: str
    what: str
    file: str
    old: str
    new: str


def numbers(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, f"{OPERATORS}/numbers.py", old, new)


def events(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, f"{COMPILE}/events.py", old, new)


def windows(kind: str, what: str, old: str, new: str) -> Fault:
    return Fault(kind, what, WINDOWS, old, new)


INCLUSION = (
    numbers(
        "inclusion",
        "“more than” takes the number itself",
        '"gt", _("is more than"), ">"',
        '"gt", _("is more than"), ">="',
    ),
    numbers(
        "inclusion", "“at most” leaves the number out", '"lte", _("is at most"), "<="', '"lte", _("is at most"), "<"'
    ),
    numbers(
        "inclusion",
        "between leaves its upper end out",
        'return f"{value} BETWEEN {low} AND {high}"',
        'return f"({value} >= {low} AND {value} < {high})"',
    ),
    numbers(
        "inclusion",
        "a stage at most so far leaves that stage out",
        '"at_most", _("is at most"), "<="',
        '"at_most", _("is at most"), "<"',
    ),
    numbers(
        "inclusion",
        "percentages leave their upper end out",
        "{value} <= {_cut(high, ask)}",
        "{value} < {_cut(high, ask)}",
    ),
    windows(
        "inclusion",
        "a rolling window begins a microsecond late",
        "return span.before(now, zone), now",
        "return span.before(now, zone) + TICK, now",
    ),
    windows(
        "inclusion",
        "a window until some time ago leaves its end out",
        "return window.begins.before(now, zone), window.ends.before(now, zone)",
        "return window.begins.before(now, zone), window.ends.before(now, zone) - TICK",
    ),
    windows(
        "inclusion",
        "the previous unit holds the first instant of this one",
        "period_start(now, unit, 0, zone, fiscal_start) - TICK",
        "period_start(now, unit, 0, zone, fiscal_start)",
    ),
    events(
        "inclusion",
        "the window before this one holds its first instant",
        "{AT} >= {first} AND {AT} < {after}",
        "{AT} >= {first} AND {AT} <= {after}",
    ),
    Fault(
        "inclusion",
        "a member since exactly so long is none",
        f"{COMPILE}/lists.py",
        "m.entered_at <= {",
        "m.entered_at < {",
    ),
    Fault(
        "inclusion",
        "an anniversary on the last day of the span is not in it",
        f"{OPERATORS}/calendar.py",
        "{self.next(value, ask)} <= {days_ahead(operand, ask)}",
        "{self.next(value, ask)} < {days_ahead(operand, ask)}",
    ),
    Fault(
        "inclusion",
        "a bucket leaves its last number out",
        f"{COMPILE}/people.py",
        "({bucket_number(node, params)} BETWEEN {low} AND {high})",
        "({bucket_number(node, params)} >= {low} AND {bucket_number(node, params)} < {high})",
    ),
    Fault(
        "inclusion",
        "a step may come at the same instant as the one before",
        f"{COMPILE}/sequences.py",
        'bound = ["q.at > p.at"]',
        'bound = ["q.at >= p.at"]',
    ),
)
OFF_BY_ONE = (
    Fault("off by one", "more than k of n are needed", PLAN, "enough: Column = held >= k", "enough: Column = held > k"),
    events("off by one", "the nth event is the one after", "{meant})[{leaf.which}]", "{meant})[{leaf.which} + 1]"),
    windows(
        "off by one",
        "a day ends where it begins",
        "return first_instant(bound + timedelta(days=1), zone) - TICK",
        "return first_instant(bound, zone)",
    ),
    Fault(
        "off by one",
        "the coming unit is the one after it",
        f"{OPERATORS}/calendar.py",
        '"in_next_unit", _("is in the coming"), 1',
        '"in_next_unit", _("is in the coming"), 2',
    ),
    Fault(
        "off by one",
        "Sunday is day 0",
        f"{OPERATORS}/calendar.py",
        '_("is on the weekday"), "isodow"',
        '_("is on the weekday"), "dow"',
    ),
    Fault(
        "off by one",
        "a year older only on the day after the birthday",
        f"{MIGRATIONS}/0002_calendar_functions.py",
        "- (today < (birth",
        "- (today <= (birth",
    ),
    Fault(
        "off by one",
        "the next anniversary is never today",
        f"{MIGRATIONS}/0002_calendar_functions.py",
        "WHEN this_year >= today THEN this_year",
        "WHEN this_year > today THEN this_year",
    ),
    Fault(
        "off by one",
        "“at least so many entries” needs one more",
        f"{OPERATORS}/many.py",
        '_("has at least so many entries:"), ">="',
        '_("has at least so many entries:"), ">"',
    ),
)
NULLS = (
    Fault(
        "unknown",
        "negated operators match unknown values",
        f"{COMPILE}/comparison.py",
        'held = f"COALESCE({held}, false)"',
        'held = f"COALESCE({held}, {str(node.operator.negative).lower()})"',
    ),
    Fault("unknown", "“or unknown” is forgotten", f"{COMPILE}/comparison.py", "if not node.unknown:", "if True:"),
    Fault(
        "unknown",
        "“or unknown” forgets the property to the right",
        f"{COMPILE}/comparison.py",
        "for side in sides]",
        "for side in sides[:1]]",
    ),
    Fault("unknown", "an empty text is known", SQL, """return f"NULLIF({column}, '')\"""", "return column"),
    Fault(
        "unknown",
        "an event's empty list is known",
        SQL,
        """NOT IN ('null', '""', '[]')""",
        """NOT IN ('null', '""')""",
    ),
    Fault("unknown", "null is an entry of a list of tags", SQL, " AS one WHERE one IS NOT NULL)", " AS one)"),
    events(
        "unknown",
        "a sum over nothing is no number",
        """return f"COALESCE({aggregate(f'sum({measured_number(leaf, params)}) {meant}')}, 0)", T.NUMBER""",
        """return aggregate(f"sum({measured_number(leaf, params)}) {meant}"), T.NUMBER""",
    ),
    Fault(
        "unknown",
        "all colleagues of somebody who has none hold",
        f"{COMPILE}/people.py",
        "(EXISTS (SELECT {OTHERS}) AND NOT EXISTS",
        "(NOT EXISTS",
    ),
    Fault(
        "unknown",
        "who was asked and said “never” was not",
        f"{COMPILE}/people.py",
        """NOT EXISTS ({asked} AND k.status <> 'never')""",
        "NOT EXISTS ({asked})",
    ),
)
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
UNITS = (
    windows("unit", "a week has five days", '"week": timedelta(weeks=1)', '"week": timedelta(days=5)'),
    windows("unit", "a year has ten months", '12 if self.unit == "year" else 1', '10 if self.unit == "year" else 1'),
    Fault(
        "unit", "lengths are counted in bytes", f"{OPERATORS}/texts.py", "char_length({value})", "octet_length({value})"
    ),
    Fault(
        "unit",
        "a degree of longitude is as long everywhere",
        f"{MIGRATIONS}/0007_percentiles_and_distances.py",
        "cos(radians(lat1)) * cos(radians(lat2)) * sin",
        "sin",
    ),
    Fault(
        "unit",
        "the window before the one from a to b ago is as long as a",
        f"{COMPILE}/windows.py",
        "params.before(Span(2 * longest - shortest, unit), zone)",
        "params.before(Span(2 * longest, unit), zone)",
    ),
)
MONEY = (
    events(
        "currency",
        "a definition's currency is forgotten",
        "currency = leaf.currency or params.currency",
        "currency = params.currency",
    ),
    events("currency", "every currency has cents", "10 ** exponent(currency)", "100"),
    events(
        "currency",
        "money of every currency is summed",
        "CASE WHEN e.currency = {params.add(currency, 'text')} THEN",
        "CASE WHEN true THEN",
    ),
)
CASES = (
    Fault(
        "case",
        "case is folded by the language of the database",
        f"{OPERATORS}/base.py",
        "return sql if self.case else fold(sql)",
        'return sql if self.case else f"lower({sql})"',
    ),
    Fault(
        "case",
        "tags always count case",
        f"{OPERATORS}/base.py",
        "return sql if self.case else folded_elements(sql)",
        "return sql",
    ),
    Fault(
        "case", "patterns always count case", f"{OPERATORS}/texts.py", 'case=ask.case), "text")', 'case=True), "text")'
    ),
    Fault(
        "case",
        "a suppressed address counts case",
        f"{COMPILE}/people.py",
        'suppressible = [f"lower({address})"]',
        "suppressible = [address]",
    ),
    events(
        "case", "different values are counted without case", "count(DISTINCT {text})", "count(DISTINCT lower({text}))"
    ),
)
TIES = (
    events(
        "tie",
        "of two last events at one instant, the one recorded first",
        '{AT} DESC, e.id DESC"',
        '{AT} DESC, e.id"',
    ),
    Fault(
        "tie",
        "of two changes at one instant, the one written first",
        f"{COMPILE}/lists.py",
        "ORDER BY l.at DESC, l.id DESC LIMIT 1",
        "ORDER BY l.at DESC, l.id LIMIT 1",
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
SCOPES = (
    Fault("scope", "one is one's own colleague", f"{COMPILE}/people.py", " AND c.id <> own.own_id", ""),
    Fault(
        "scope",
        "a topic's answer is any topic's",
        f"{COMPILE}/people.py",
        " AND k.topic = {topic}",
        "",
    ),
    events(
        "scope",
        "the first such event is the first of its type",
        "{AT} <= {now} AND {meant}) OVER ()",
        "{AT} <= {now}) OVER ()",
    ),
    events("scope", "what is no object is a line of an order", "\"jsonb_typeof(e.properties) = 'object'\"", '"true"'),
    Fault(
        "scope",
        "a step that must not come forgets the value in common",
        f"{COMPILE}/sequences.py",
        'conditions.append(f"{_same(node, params)} = p.same")',
        "pass",
    ),
    Fault(
        "scope",
        "a last step that must not come holds before its time is over",
        f"{COMPILE}/sequences.py",
        """return f"{params.now()} > {windows.later('p.at', step.within, params, node.zone)} AND {nothing}\"""",
        "return nothing",
    ),
    Fault(
        "scope",
        "what a value was before its first change does not count",
        f"{OPERATORS}/history.py",
        """({_is(_recorded('old', ask), operand, ask)} OR {_is(_recorded('new', ask), operand, ask)})""",
        """({_is(_recorded('new', ask), operand, ask)})""",
    ),
    Fault(
        "scope",
        "a change from one value to another goes either way",
        f"{OPERATORS}/history.py",
        '(("old", operand.before), ("new", operand.after))',
        '(("new", operand.before), ("old", operand.after))',
    ),
    Fault(
        "scope",
        "exactly these tags, or more",
        f"{OPERATORS}/many.py",
        "{have} @> {want} AND {have} <@ {want} END",
        "{have} @> {want} END",
    ),
    Fault(
        "scope",
        "the opposite of a list in the same plan is the list",
        PLAN,
        "return ~members[segment_id] if negated else members[segment_id]",
        "return members[segment_id]",
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
FAULTS = (
    *INCLUSION,
    *OFF_BY_ONE,
    *NULLS,
    *ZONES,
    *CALENDAR,
    *UNITS,
    *MONEY,
    *CASES,
    *TIES,
    *FUTURE,
    *SCOPES,
    *CLOCK,
)
