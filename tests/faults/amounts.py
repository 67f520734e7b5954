"""Values that are unknown, units, money, and upper case."""

from __future__ import annotations

from .fault import COMPILE, MIGRATIONS, OPERATORS, SQL, Fault, events, windows

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
