"""Whatever definition the API accepts opens in the builder, as rows, and is read back from its page unchanged."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from crmseg.access import account
from crmseg.common import json
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.operators import OPERATORS
from segments.definition.schema import Catalogue, ListedSegment
from segments.views.builder import draft as drafts
from segments.views.builder.decode import decode
from segments.views.builder.encode import encode
from segments.views.builder.rows import render

from .builder_page import drafts as read_page
from .definition_worlds import Asker, Maker, instant

pytestmark = pytest.mark.django_db

WINDOWS = (
    {"last": 30, "unit": "day"},
    {"ago": [30, 10], "unit": "week"},
    {"ago": [6, 0], "unit": "month"},
    {"from": "2026-01-01", "to": "2026-03-31"},
    {"from": "2026-01-01T10:30:00Z"},
    {"to": "2026-10-25T00:30:00Z"},
    {"to": "2026-03-31T10:30:15.000001Z"},
    {"this": "quarter"},
    {"previous": "year"},
)
ORDERS = {"event": "Order Completed"}
DEFINITIONS: tuple[dict[str, Any], ...] = (
    {"at_least": 2, "of": [{"property": "email", "op": "is_known"}, ORDERS | {"op": "did"}, {"reachable": "sms"}]},
    {"not": {"any": [{"property": "email", "op": "is_known"}]}},
    {"not": {"not": {"property": "email", "op": "is_known"}}, "label": "twice", "off": False},
    {"all": [{"any": [{"property": "email", "op": "is_known"}], "off": True}, {"property": "age", "op": "is_known"}]},
    *({"colleagues": who, "of": {"property": "email", "op": "is_known"}} for who in ("any", "all", "none")),
    {
        "colleagues": {"at_least": 3},
        "of": {"any": [{"property": "email", "op": "is_known"}, ORDERS | {"op": "did"}]},
        "label": "Team",
    },
    {"colleagues": "any", "of": {"all": [{"property": "email", "op": "is_known"}]}},
    {"colleagues": "any", "of": {"not": {"all": [{"property": "age", "op": "is_known", "label": "x"}]}, "label": "y"}},
    {"property": "first_name", "op": "is", "value": ""},
    {"property": "first_name", "op": "is", "value": " a \n b\t"},
    {"property": "first_name", "op": "is", "value": '"quoted"'},
    {"property": "first_name", "op": "is_any_of", "value": ["", " ", "a\nb", '"']},
    {"property": "first_name", "op": "is_any_of", "value": ["", " ", "a\nb", '"', *map(str, range(100))]},
    {"property": "first_name", "op": "matches", "value": r"^\w+ (a|b){2}$", "case": True},
    {"property": "first_name", "op": "length_gte", "value": 3},
    {"property": "first_name", "op": "is", "value": {"property": "last_name"}, "unknown": True},
    {"property": "birth_date", "op": "between_ago", "value": [40, 18], "unit": "year"},
    {"property": "birth_date", "op": "month_is", "value": [1, 12]},
    {"property": "created_at", "op": "weekday_is", "value": [6, 7], "zone": "contact"},
    {"property": "created_at", "op": "in_previous", "unit": "quarter", "zone": "Europe/Rome"},
    {"property": "created_at", "op": "between", "value": ["2026-01-01", "2026-01-01T10:30:00Z"]},
    {"property": "created_at", "op": "on", "value": "2026-01-01T10:30:00.5Z"},
    {"property": "budget", "op": "percentile_between", "value": [90, 100]},
    {"property": "location", "op": "within_km", "value": {"lat": 45.07, "lon": -7.69, "km": 12.5}},
    {"property": "interests", "op": "is_exactly", "value": ["music"]},
    {"property": "interests", "op": "size_gte", "value": 2},
    *({"property": "city", "op": "updated_in", "window": window} for window in WINDOWS),
    {"property": "city", "op": "not_updated_in"},
    {"property": "city", "op": "ever_was", "value": "Rome", "case": True},
    {"property": "city", "op": "changed", "value": {"from": None, "to": "Rome", "window": {"last": 1, "unit": "year"}}},
    {"property": "interests", "op": "changed", "value": {"from": ["a", "b"], "to": "a"}},
    {"property": "interests", "op": "changed", "value": {}},
    *(ORDERS | {"op": "did", "window": window} for window in (*WINDOWS, {"since_first": 7, "unit": "day"})),
    *(ORDERS | {"occurrence": which, "in": WINDOWS[0]} for which in ("first", "last", 3)),
    ORDERS | {"op": "gte", "value": 3, "measure": "distinct_days", "zone": "contact"},
    ORDERS | {"op": "is", "value": "3", "measure": "last", "of": "quantity", "case": True},
    ORDERS | {"op": "between", "value": [-10, 10.5], "measure": "change_pct", "of": "revenue", "window": WINDOWS[7]},
    ORDERS
    | {
        "op": "did",
        "where": [
            {"any": [{"property": "category", "op": "is", "value": "Shoes"}, {"property": "gift", "op": "is_true"}]},
            {"not": {"property": "due", "op": "before", "value": "2026-01-01T10:00:00Z"}, "label": "late", "off": True},
            {"any_item": "products", "of": {"all": [{"property": "sku", "op": "is", "value": "A"},
                                                    {"property": "price", "op": "gt", "value": 9.99}]}},
            {"any_item": "products", "of": {"any_item": "parts", "of": {"property": "sku", "op": "is_known"}}},
        ],
    },
    {
        "sequence": [
            {"event": "Cart Updated", "where": [{"property": "total", "op": "gt", "value": 50}]},
            {"event": "Order Completed", "not": True, "within": {"last": 2, "unit": "hour"}},
        ],
        "window": {"last": 7, "unit": "day"},
        "same": "cart_id",
        "zone": "contact",
    },
    {"consent": "email", "topic": "newsletter", "op": "subscribed"},
    {"consent": "carrier pigeon", "op": "never"},
    {"bucket": [0, 999], "of": 10000, "salt": "spring"},
    {"bucket": [0, 0], "of": 10000},
    {"bucket": [5, 9], "of": 10, "off": False, "label": "second half"},
    {"segment": 7, "op": "in"},
    {"segment": 7, "op": "joined_in", "window": {"this": "month"}, "zone": "Asia/Kolkata"},
    {"segment": 7, "op": "left_in"},
    {"segment": 7, "op": "member_for", "value": 30, "unit": "day"},
    {"segment": 7, "op": "was_in", "at": "2020-01-31"},
    {"segment": 7, "op": "was_in", "at": "2020-01-31T10:00:00Z"},
)  # fmt: skip


def known() -> Catalogue:
    listed = {7: ListedSegment(7, "Seven", frozenset())}
    return replace(catalogue.current(), segments=listed, event_types=frozenset({"Order Completed"}))


def unchanged(raw: object, catalogue: Catalogue) -> None:
    """The same canonical JSON from the drafts, and from what the page shows of them."""
    canonical = json.canonical(dump(load(raw, catalogue)))
    draft = encode(raw, catalogue)
    assert not [one for one in draft.walk() if one.kind == "raw"], raw
    assert json.canonical(dump(load(decode(draft, catalogue).definition, catalogue))) == canonical
    (page,) = read_page(render(draft, catalogue))
    decoded = decode(drafts.read(page), catalogue)
    assert not decoded.unfinished, raw
    assert json.canonical(dump(load(decoded.definition, catalogue))) == canonical


@pytest.mark.parametrize("raw", DEFINITIONS, ids=lambda raw: json.dumps(raw).decode()[:70])
def test_every_node_and_operator_opens_as_rows_and_is_read_back_unchanged(raw: dict[str, Any]) -> None:
    unchanged(raw, known())


def test_an_empty_label_is_no_label() -> None:
    draft = encode({"property": "email", "op": "is_known", "label": ""}, known())
    assert [one.kind for one in draft.walk()] == ["group", "condition"]
    assert decode(draft, known()).definition == {"property": "email", "op": "is_known"}


@pytest.mark.parametrize("seed", range(3))
def test_random_definitions_open_as_rows_and_are_read_back_unchanged(seed: int) -> None:
    random = Random(seed)
    zone = ("UTC", "Europe/Rome", "America/Havana")[seed]
    settings = account.current()
    settings.time_zone = zone
    settings.save()
    account.forget()
    maker = Maker(random, zone, instant(random, zone), 12, settings.fiscal_start_month)
    asker = Asker(random, maker, maker.make(zone, settings.currency))
    lists = {pk: ListedSegment(pk, f"List {pk}", frozenset()) for pk in asker.world.members}
    catalogue_now = replace(catalogue.current(), segments=lists)
    accepted = 0
    for raw in [*(draw() for draw in asker.every_draw()), *(asker.tree() for _ in range(40))]:
        sent = json.loads(json.dumps(raw))
        try:
            load(sent, catalogue_now)
        except InvalidInput:
            continue  # drawn in the wrong order
        unchanged(sent, catalogue_now)
        accepted += 1
    assert accepted > 250


JUNK = (
    "",
    "1",
    "-1",
    "abc",
    "2026-01-01T10:00",
    "0001-01-01T00:00",
    "9" * 5000,
    '"x"',
    "true",
    "named",
    "at_least",
    "²",
)
FIELDS = [
    "what",
    "op",
    "value",
    "value_to",
    "unit",
    "calendar",
    "unknown",
    "case",
    "zone",
    "zone_name",
    "timed",
    "window",
    "window_n",
    "window_n2",
    "window_from",
    "how",
    "nth",
    "of",
    "as",
    "name",
    "mode",
    "k",
    "about",
    "who",
    "who_n",
    "bare",
    "wrapped",
    "against",
    "other",
    "lat",
    "km",
    "from",
    "from_is",
    "channel",
    "topic",
    "salt",
    "share",
    "low",
    "within",
]


def junk(random: Random, depth: int = 0) -> drafts.Draft:
    """A row or a group that no page would send."""
    kind = random.choice(("group", "condition", "condition", "where", "step")) if depth else "group"
    fields = {name: [random.choice(JUNK)] for name in random.sample(FIELDS, 12)}
    sources = (
        "property:city",
        "property:lost",
        "event:A",
        "segment:" + "9" * 5000,
        "sequence:",
        "bucket:",
        "colleagues:",
    )
    fields |= {"what": [random.choice(sources)], "op": [random.choice(list(OPERATORS))]}
    children = [junk(random, depth + 1) for _ in range(random.randint(0, 3))] if depth < 3 else []
    return drafts.Draft(kind, fields, children)  # type: ignore[arg-type]


def test_rows_that_no_page_would_send_are_drawn_or_refused() -> None:
    random, catalogue_now = Random(1), known()
    for _ in range(60):
        draft = junk(random)
        assert draft.id in render(draft, catalogue_now)
        definition = decode(draft, catalogue_now).definition
        if definition is not None:
            with suppress(InvalidInput):
                load(definition, catalogue_now)
