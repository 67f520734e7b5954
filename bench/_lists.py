"""The benchmark's lists: each as a definition of the product, and as SQL that a careful person writes for it by hand.

The SQL is written here, condition by condition, and shares nothing with the product: that both pick the same people
is part of what the benchmark shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import _world as world

Json = dict[str, Any]
LEAVES, USES = 325, 640  # for 200 lists; other numbers in proportion
LISTS_READING_LISTS = 0.05


@dataclass(frozen=True)
class Condition:
    """`each` asks one contact `c` at a time, `everyone` is for reading the whole table."""

    json: Json
    each: str
    everyone: str

    def __hash__(self) -> int:
        return hash(self.each)


@dataclass(frozen=True)
class BenchList:
    """`reads` is the place of another list among all, which comes before this one."""

    name: str
    json: Json
    each: str
    everyone: str
    reads: int | None = None

    def definition(self, numbers: Mapping[int, int]) -> Json:
        """The definition, once the list that it reads has its number."""
        if self.reads is None:
            return self.json
        return {"any": [self.json, {"all": [{"segment": numbers[self.reads], "op": "in"}, WITH_E_MAIL]}]}


WITH_E_MAIL: Json = {"property": "email", "op": "is_known"}


def draw_lists(number: int, seed: int, start: datetime, types: Mapping[str, int]) -> list[BenchList]:
    """`number` lists over a pool of shared conditions; every condition is used, most of them more than once."""
    rng = random.Random(seed)
    pool = _Pool(rng, start, types).draw(max(1, LEAVES * number // 200))
    uses = pool + rng.choices(pool, k=max(0, USES * number // 200 - len(pool)))
    rng.shuffle(uses)
    shares = [[uses.pop() for _ in range(1 if rng.random() < 0.06 else 2)] for _ in range(number)]
    while uses:
        rng.choice(shares).append(uses.pop())
    lists: list[BenchList] = []
    for place, share in enumerate(shares):
        tree = _tree(rng, list(dict.fromkeys(share)), depth=0)
        reads = rng.randrange(place) if place and rng.random() < LISTS_READING_LISTS else None
        lists.append(BenchList(f"Bench {place + 1:03}", tree.json, tree.each, tree.everyone, reads))
    return lists


def _tree(rng: random.Random, conditions: list[Condition], depth: int) -> Condition:
    """Mostly all of them, sometimes any, sometimes a group within, sometimes everyone else."""
    if len(conditions) == 1:
        return conditions[0]
    if depth == 0 and len(conditions) > 2 and rng.random() < 0.5:
        cut = rng.randint(1, len(conditions) - 2)
        inner = _tree(rng, conditions[cut:], depth=1)
        if rng.random() < 0.3:
            inner = Condition({"not": inner.json}, f"NOT coalesce({inner.each}, false)", _not(inner.everyone))
        conditions = [*conditions[:cut], inner]
    word, joint = ("all", " AND ") if (depth == 0) == (rng.random() < 0.92) else ("any", " OR ")
    return Condition(
        {word: [condition.json for condition in conditions]},
        f"({joint.join(condition.each for condition in conditions)})",
        f"({joint.join(condition.everyone for condition in conditions)})",
    )


def _not(sql: str) -> str:
    return f"NOT coalesce({sql}, false)"


@dataclass
class _Pool:
    rng: random.Random
    start: datetime
    types: Mapping[str, int]

    def draw(self, number: int) -> list[Condition]:
        """Different conditions of every kind, in the shares that real accounts have."""
        kinds: dict[Callable[[], Condition], int] = {
            self._word: 16,
            self._words: 22,
            self._number: 14,
            self._range: 6,
            self._tags: 16,
            self._known: 5,
            self._text: 4,
            self._flag: 1,
            self._moment: 6,
            self._count: 18,
            self._sum: 9,
            self._happened: 12,
        }
        found: dict[str, Condition] = {}
        while len(found) < number:
            kind = self.rng.choices(list(kinds), list(kinds.values()))[0]
            condition = kind()
            found.setdefault(condition.each, condition)
        return list(found.values())

    # Attributes

    WORDS = {
        "gender": world.GENDERS,
        "marital_status": world.MARITAL,
        "education": world.EDUCATION,
        "income_band": world.INCOME,
        "life_stage": world.LIFE_STAGES,
        "country": world.COUNTRIES,
        "region": world.REGIONS,
        "city": world.CITIES,
        "language": world.LANGUAGES,
        "attitude": world.ATTITUDES,
        "lifestyle": world.LIFESTYLES,
        "device_type": world.DEVICES,
        "operating_system": world.SYSTEMS,
        "seniority": world.SENIORITY,
        "department": world.DEPARTMENTS,
        "lifecycle_stage": world.STAGES,
        "lead_status": world.LEAD_STATUS,
        "source": world.SOURCES,
        "plan": world.PLANS,
        "company.industry": world.INDUSTRIES,
    }
    NUMBERS = {
        "age": (20, 75),
        "budget": (500, 18_000),
        "score": (5, 95),
        "spent": (10, 800),
        "company.employees": (5, 3_000),
        "company.revenue": (100_000, 80_000_000),
    }
    TAGS = {
        "interests": world.INTERESTS,
        "values": world.VALUES,
        "apps": world.APPS,
        "software": world.SOFTWARE,
        "needs": world.NEEDS,
        "tags": world.TAGS,
    }

    def _word(self) -> Condition:
        key = self.rng.choice(list(self.WORDS))
        value = self.rng.choice(self.WORDS[key])
        if self.rng.random() < 0.9:
            return _compare(key, "is", value, f"{_column(key)} = '{value}'")
        return _compare(key, "is_not", value, f"{_column(key)} <> '{value}'")

    def _words(self) -> Condition:
        key = self.rng.choice([key for key, values in self.WORDS.items() if len(set(values)) > 3])
        options = sorted(set(self.WORDS[key]))
        values = self.rng.sample(options, self.rng.randint(2, max(2, len(options) // 3)))
        listed = ", ".join(f"'{value}'" for value in values)
        if self.rng.random() < 0.85:
            return _compare(key, "is_any_of", values, f"{_column(key)} IN ({listed})")
        return _compare(key, "is_none_of", values, f"{_column(key)} NOT IN ({listed})")

    def _number(self) -> Condition:
        key = self.rng.choice(list(self.NUMBERS))
        value = self.rng.randint(*self.NUMBERS[key])
        op, sign = self.rng.choice([("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")])
        return _compare(key, op, value, f"{_column(key)} {sign} {value}")

    def _range(self) -> Condition:
        key = self.rng.choice(list(self.NUMBERS))
        low, high = sorted(self.rng.sample(range(*self.NUMBERS[key]), 2))
        return _compare(key, "between", [low, high], f"{_column(key)} BETWEEN {low} AND {high}")

    def _tags(self) -> Condition:
        key = self.rng.choice(list(self.TAGS))
        values = self.rng.sample(self.TAGS[key], self.rng.randint(1, 3))
        op = self.rng.choice(["contains_any", "contains_any", "contains_any", "contains_all", "contains_none"])
        if key == "tags":
            column = "c.attributes -> 'tags'"
            array = "array[" + ", ".join(f"'{value}'" for value in values) + "]"
            sql = {
                "contains_any": f"{column} ?| {array}",
                "contains_all": f"{column} ?& {array}",
                "contains_none": f"NOT ({column} ?| {array})",
            }[op]
        else:
            column, array = _column(key), "'{" + ", ".join(f'"{value}"' for value in values) + "}'"
            sql = {
                "contains_any": f"{column} && {array}",
                "contains_all": f"{column} @> {array}",
                "contains_none": f"NOT ({column} && {array})",
            }[op]
        return _compare(key, op, values, sql)

    def _known(self) -> Condition:
        key = self.rng.choice([*self.WORDS, *self.NUMBERS, "birth_date", "email", "interests", "job_title"])
        op, sql = self.rng.choice([("is_known", "IS NOT NULL"), ("is_unknown", "IS NULL")])
        return _compare(key, op, None, f"{_column(key)} {sql}")

    def _text(self) -> Condition:
        key, op, value, pattern = self.rng.choice(
            [
                ("email", "ends_with", "@example.net", "%%@example.net"),
                ("email", "ends_with", "@mail.example.org", "%%@mail.example.org"),
                ("email", "contains", f"person{self.rng.randint(10, 99)}", ""),
                ("city", "starts_with", f"city {self.rng.randint(1, 19)}", ""),
                ("job_title", "contains", self.rng.choice(["or", "er", "buy", "manag"]), ""),
                ("last_name", "ends_with", f"{self.rng.randint(10, 99)}", ""),
            ]
        )
        patterns = {"starts_with": f"{value}%%", "contains": f"%%{value}%%", "ends_with": f"%%{value}"}
        return _compare(key, op, value, f"{_column(key)} ILIKE '{pattern or patterns[op]}'")

    def _flag(self) -> Condition:
        op = self.rng.choice(["is_true", "is_false"])
        return _compare("trial", op, None, f"{'NOT ' if op == 'is_false' else ''}{_column('trial')}")

    def _moment(self) -> Condition:
        days = self.rng.choice([7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 720])
        op, sign = self.rng.choice([("in_last", ">="), ("more_than_ago", "<")])
        return Condition(
            {"property": "created_at", "op": op, "value": days, "unit": "day"},
            sql := f"c.created_at {sign} '{self.start - timedelta(days=days)}'",
            sql,
        )

    # Events

    def _window(self) -> tuple[Json | None, str]:
        if self.rng.random() < 0.06:
            return None, ""
        days = self.rng.choice([7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365])
        return {"last": days, "unit": "day"}, f" AND e.occurred_at >= '{self.start - timedelta(days=days)}'"

    def _asked(self) -> tuple[str, Json, str]:
        """An event in a window, perhaps with a property: what the product is told, and the rows in SQL."""
        event = self.rng.choices(list(world.EVENTS), [weight + 4 for weight in world.EVENTS.values()])[0]
        window, within = self._window()
        json: Json = {"event": event} | ({"window": window} if window else {})
        rows = f"e.type_id = {self.types[event]}{within}"
        if self.rng.random() < 0.12 and event in {"Order Completed", "Page Viewed"}:
            key, options = ("category", world.CATEGORIES) if event == "Order Completed" else ("path", world.PATHS)
            value = self.rng.choice(options)
            json["where"] = [{"property": key, "op": "is", "value": value}]
            rows += f" AND e.properties ->> '{key}' = '{value}'"
        return event, json, rows

    def _count(self) -> Condition:
        _, json, rows = self._asked()
        op, sign, value = self.rng.choice(
            [("gte", ">=", self.rng.randint(2, 6)), ("gt", ">", self.rng.randint(1, 4)), ("is", "=", 1)]
        )
        return Condition(
            json | {"op": op, "value": value},
            f"(SELECT count(*) FROM contacts_event e WHERE e.contact_id = c.id AND {rows}) {sign} {value}",
            f"c.id IN (SELECT e.contact_id FROM contacts_event e WHERE {rows}"
            f" GROUP BY e.contact_id HAVING count(*) {sign} {value})",
        )

    def _sum(self) -> Condition:
        window, within = self._window()
        value = self.rng.choice([20, 50, 75, 100, 150, 200, 300, 500, 800])
        rows = f"e.type_id = {self.types['Order Completed']}{within}"
        json = {"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "gt", "value": value}
        return Condition(
            json | ({"window": window} if window else {}),
            f"(SELECT coalesce(sum(e.amount), 0) FROM contacts_event e WHERE e.contact_id = c.id AND {rows})"
            f" > {value * 100}",
            f"c.id IN (SELECT e.contact_id FROM contacts_event e WHERE {rows}"
            f" GROUP BY e.contact_id HAVING sum(e.amount) > {value * 100})",
        )

    def _happened(self) -> Condition:
        _, json, rows = self._asked()
        op, sign = self.rng.choice([("did", ""), ("did", ""), ("did", ""), ("did_not", "NOT ")])
        return Condition(
            json | {"op": op},
            f"{sign}EXISTS (SELECT FROM contacts_event e WHERE e.contact_id = c.id AND {rows})",
            f"c.id {sign}IN (SELECT e.contact_id FROM contacts_event e WHERE {rows})",
        )


def _compare(key: str, op: str, value: object, sql: str) -> Condition:
    json: Json = {"property": key, "op": op}
    return Condition(json if value is None else json | {"value": value}, sql, sql)


def _column(key: str) -> str:
    custom = {
        "plan": "c.attributes ->> 'plan'",
        "score": "(c.attributes ->> 'score')::numeric",
        "spent": "(c.attributes ->> 'spent')::numeric",
        "trial": "(c.attributes ->> 'trial')::boolean",
        "age": "extract(year FROM age(current_date, c.birth_date))",
        "company.industry": "co.industry",
        "company.employees": "co.employees",
        "company.revenue": "co.revenue",
    }
    return custom.get(key, f'c."{key}"')
