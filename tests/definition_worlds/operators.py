"""Every operator of the language by the type that it compares, as the contract lists them."""

from __future__ import annotations

PRESENCE = ("is_known", "is_unknown")
HISTORY = ("updated_in", "not_updated_in", "ever_was", "never_was", "changed")
EQUAL = ("is", "is_not", "is_any_of", "is_none_of")
PARTS = ("contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with")
LENGTHS = ("length_is", "length_gt", "length_gte", "length_lt", "length_lte")
PATTERNS = ("matches", "not_matches")
ORDER = ("gt", "gte", "lt", "lte")
BETWEEN = ("between", "not_between")
RANK = ("at_least", "at_most")
SIZES = ("size_is", "size_gte", "size_lte")
FIXED = ("on", "not_on", "before", "after", *BETWEEN)
ROLLING = ("in_last", "not_in_last", "in_next", "more_than_ago", "anniversary_in_next", "anniversary_in_last")
CALENDAR = ("in_this", "in_previous", "in_next_unit")
PARTS_OF_DAYS = ("month_is", "weekday_is")
TIMES = (*FIXED, *ROLLING, "between_ago", *CALENDAR, "anniversary_today", *PARTS_OF_DAYS)
NUMBERS = (*EQUAL, *ORDER, *BETWEEN, "percentile_between")
BY_TYPE: dict[str, tuple[str, ...]] = {
    "text": (*EQUAL, *PARTS, "contains_any", "contains_none", *LENGTHS, *PATTERNS),
    "number": NUMBERS,
    "money": NUMBERS,
    "boolean": ("is_true", "is_false"),
    "enum": EQUAL,
    "ordered_enum": (*EQUAL, *RANK),
    "multi_enum": ("contains_any", "contains_all", "contains_none", "is_exactly", *SIZES),
    "date": TIMES,
    "datetime": TIMES,
    "location": ("within_km",),
}
WITH_PROPERTY: dict[str, tuple[str, ...]] = {
    "text": ("is", "is_not", *PARTS),
    "number": ("is", "is_not", *ORDER),
    "money": ("is", "is_not", *ORDER),
    "boolean": ("is", "is_not"),
    "enum": ("is", "is_not"),
    "ordered_enum": ("is", "is_not", *RANK),
    "multi_enum": ("contains_any", "contains_all", "contains_none", "is_exactly"),
    "date": ("on", "not_on", "before", "after"),
    "datetime": ("on", "not_on", "before", "after"),
}
ALIKE = {
    "text": ("text", "enum", "ordered_enum"), "enum": ("text", "enum", "ordered_enum"), "number": ("number", "money"),
    "money": ("number", "money"), "date": ("date", "datetime"), "datetime": ("date", "datetime"),
    "boolean": ("boolean",), "multi_enum": ("multi_enum",), "ordered_enum": ("text", "enum", "ordered_enum"),
}  # fmt: skip
MEASURED = ("is", "is_not", *ORDER, *BETWEEN)
MEASURES: dict[str, tuple[str, ...]] = {
    "count": ("did", "did_not", *MEASURED),
    "sum": MEASURED,
    "avg": MEASURED,
    "min": MEASURED,
    "max": MEASURED,
    "distinct": MEASURED,
    "distinct_days": MEASURED,
    "first": MEASURED,
    "last": MEASURED,
    "change_pct": MEASURED,
}
LISTS = ("in", "not_in", "joined_in", "left_in", "member_for", "was_in")
ANSWERS = ("subscribed", "unsubscribed", "never")
IN_EVENTS = {
    "text": ("category", "wanted"), "number": ("quantity", "revenue"), "boolean": ("gift", "gift"),
    "multi_enum": ("labels", "others"), "datetime": ("due", "due"), "location": ("where", "where"),
}  # fmt: skip
"""The keys of events, by what they mostly hold."""
IN_LINES = {"text": ("sku", "sku"), "number": ("price", "price"), "multi_enum": ("labels", "labels")}
EVERY = frozenset(
    {*PRESENCE, *HISTORY, "did", "did_not", *LISTS, *ANSWERS}.union(*BY_TYPE.values(), *MEASURES.values())
)
