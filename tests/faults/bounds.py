"""What lies on a bound, and what lies beside it."""

from __future__ import annotations

from .fault import COMPILE, MIGRATIONS, OPERATORS, PLAN, Fault, events, numbers, windows

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
