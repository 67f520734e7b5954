"""Questions about one property: of the contact, of its company, or of an event."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .. import oracle
from . import operators
from .drawing import Drawing
from .past import PERCENTAGES
from .words import DAY_SPANS, PLACES, SPANS, TAGS, UNITS

PIECES = (
    "s", "S", "t", "İ", "i", "ο", "Σ", "ß", "ẞ", "Z", "ë", "E", "x", "1", "%", "\\\\", "\\d", "\\w", "\\s", "\\D",
    "\\W", "\\S", ".", "[a-z]", "[^a-z]", "[A-M]", "[ΟΣς]", "[^\\s]", "[\\d%]", "(?:ta|Oë)", "(e|Ë)", "\\.", "\\%",
)  # fmt: skip
REPEATS = ("", "", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}")
ENDS = (0, *PERCENTAGES, 100)
LAST_MONTH = {"value": 30, "unit": "day"}
MONTHS = ("January", "march", "JUNE")
DAYS = ("Monday", "sunday", "THURSDAY")
NOT_RECORDED = {"age", "created_at", "job_title", "time_zone", "apps", "location", "c_location"}


class Comparing(Drawing):
    """`kind` is the type of the property `key`."""

    def comparison(self, op: str, key: str) -> oracle.Definition:
        kind = self.world.types[key]
        return {"property": key, "op": op} | self.operand(op, kind, self.seen(key)) | self.flags(op, kind)

    def against(self, op: str, kind: str) -> oracle.Definition:
        """With another property."""
        key = self.property_of(kind)
        alike = operators.ALIKE[kind]
        others = [other for other, type in self.world.types.items() if type in alike and other != key]
        if op in operators.RANK:
            key, others = "c_ordered", ["c_ordered2"]
        return {"property": key, "op": op, "value": {"property": self.one(others)}} | self.flags(op, kind)

    def property_of(self, kind: str) -> str:
        return str(self.one([key for key, type in self.world.types.items() if type == kind]))

    def seen(self, key: str) -> list[Any]:
        """What somebody has, where that is a value at all."""
        held = [contact.get(key) for contact in self.world.contacts.values()]
        options = self.world.options.get(key)
        return [
            one
            for one in held
            if isinstance(one, str | int | Decimal)
            and not isinstance(one, bool)
            and one != ""
            and (not options or one in options)
        ]

    def flags(self, op: str, kind: str) -> dict[str, Any]:
        flags = {"unknown": True} if self.chance(0.25) else {}
        flags |= {"case": True} if self.chance(0.25) else {}
        return flags | self.zone()

    def operand(self, op: str, kind: str, seen: list[Any]) -> dict[str, Any]:
        match op:
            case "is_known" | "is_unknown" | "is_true" | "is_false" | "anniversary_today":
                return {}
            case "is_any_of" | "is_none_of" | "contains_any" | "contains_none" | "is_exactly":
                return {"value": [self.value(op, kind, seen) for _ in range(self.one((1, 2, 4)))]}
            case "contains_all":
                return {"value": [self.value(op, kind, seen) for _ in range(self.one((1, 1, 2)))]}
            case "between" | "not_between":
                return {"value": self.two(lambda: self.value(op, kind, seen))}
            case "percentile_between":
                return {"value": sorted((self.one(ENDS), self.one(ENDS)))}
            case "within_km":
                lat, lon = self.one(PLACES)
                around = {"lat": lat, "lon": lon, "km": self.one((0, 1, 5, 50, 6500, 7000, 16000))}
                return dict(self.one(({"value": around}, around)))
            case "month_is":
                return {"value": self.one(([self.one(range(1, 13)) for _ in range(4)], self.one(MONTHS), 3))}
            case "weekday_is":
                return {"value": self.one(([self.one(range(1, 8)) for _ in range(3)], self.one(DAYS), 7))}
            case "between_ago":
                ends, unit = self.ago(DAY_SPANS if kind == "date" else SPANS)
                return {"value": ends, "unit": unit}
        if op in operators.CALENDAR:
            return {"value": self.one(UNITS)} if self.chance(0.2) else {"unit": self.one(UNITS)}
        if op in operators.ROLLING:
            n, unit = self.one(DAY_SPANS if kind == "date" or op.startswith("anniversary") else SPANS)
            return {"value": n, "unit": unit}
        if op.startswith("length_"):
            return {"value": self.one((1, 3, 4, 5, 6, 7, 8))}
        if op.startswith("size_"):
            return {"value": self.one((0, 1, 2, 3))}
        if op in operators.PATTERNS:
            return {"value": self.pattern()}
        return {"value": self.value(op, kind, seen)}

    def value(self, op: str, kind: str, seen: list[Any]) -> Any:
        """Something that somebody has, or nearly."""
        if kind in {"number", "money"} and seen and self.chance(0.8):
            numbers = [one for one in seen if not isinstance(one, str)]
            return self.one(numbers) if numbers else 5
        match kind:
            case "text":
                word = self.one([one for one in seen if isinstance(one, str)] or [self.maker.word()])
                word = word if self.chance(0.6) else self.maker.word()
                return self.part_of(word, op) if "contain" in op or "with" in op else word
            case "enum" | "ordered_enum":
                return self.one(seen)
            case "boolean":
                return self.chance(0.5)
            case "multi_enum":
                return self.one(TAGS)
            case "number":
                return self.maker.number()
            case "money":
                return self.maker.amount()
            case "date":
                return (self.maker.birthday() if self.chance(0.3) else self.one(self.maker.days)).isoformat()
            case "datetime":
                return self.time()
        raise NotImplementedError(kind)

    def part_of(self, word: str, op: str) -> str:
        """A letter or two from the end that the operator looks at, in one case or the other."""
        size = self.one((1, 1, 1, 1, 2, len(word)))
        ends = {"starts": [word[:size]], "ends": [word[-size:]]}
        part = self.one(ends.get(op.removeprefix("not_").split("_")[0], [word[:size], word[-size:]]))
        return str(self.one((part, part.upper(), part.lower())))

    def pattern(self) -> str:
        """A few pieces one after the other, sometimes one or the other, sometimes at an end of the text."""
        branches = [
            "".join(self.one(PIECES) + self.one(REPEATS) for _ in range(self.one((1, 1, 2, 3))))
            for _ in range(self.one((1, 1, 2)))
        ]
        whole = "|".join(branches)
        start, end = self.one((("", ""), ("", ""), ("^", ""), ("", "$"), ("^", "$")))
        return f"{start}(?:{whole}){end}" if len(branches) > 1 else f"{start}{whole}{end}"

    # History

    def history(self, op: str, key: str) -> oracle.Definition:
        kind = self.world.types[key]
        node: oracle.Definition = {"property": key, "op": op}
        if kind in {"text", "enum", "ordered_enum", "multi_enum"} and self.chance(0.25):
            node |= {"case": True}
        node |= self.zone()
        if op in {"updated_in", "not_updated_in"}:
            window = self.window()
            return node | dict(self.one(({"window": window}, {"window": window}, {"value": window}, LAST_MONTH)))
        if op == "changed":
            ends = {end: self.past_value(kind, key) for end in ("from", "to") if self.chance(0.6)}
            change = ends | self.maybe_window(0.3) or {"to": None}
            return node | dict(self.one(({"value": change}, {"value": change}, change)))
        return node | {"value": self.past_value(kind, key, known=True)}

    def recorded(self, op: str) -> list[str]:
        """The properties whose changes somebody recorded. A place is never compared with what it was."""
        keys = [key for key in self.world.types if key not in NOT_RECORDED and "revenue" not in key]
        return [*keys, "location", "location"] if op in {"updated_in", "not_updated_in"} else keys

    def past_value(self, kind: str, key: str, known: bool = False) -> Any:
        """What a value once was, as a definition writes it; null is unknown."""
        plain, company = key.removeprefix("company."), key.startswith("company.")
        histories = self.world.company_histories if company else self.world.histories
        pool = [
            change[end]
            for changes in histories.values() for change in changes if change["key"] == plain for end in ("old", "new")
        ]  # fmt: skip
        pool = [one for one in pool if one not in (None, "", "soon", [])]
        if not known and (not pool or self.chance(0.15)):
            return None
        found = self.one(pool) if pool else self.value("is", kind, self.seen(key))
        if kind == "multi_enum" and isinstance(found, list) and self.chance(0.7 if not known else 1):
            return self.one(found)
        if kind == "datetime" and self.chance(0.5):
            return str(found)[:10]
        return found
