"""What people know from other products is written here as the documentation says: every row is read, said and asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contacts.models import AttributeDefinition, AttributeHistory
from crmseg.common import clock, json
from segments import catalogue
from segments.definition.compile import condition
from segments.definition.describe import sentence
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.operators import OPERATORS
from segments.definition.sql import Params
from segments.engine.preview import preview
from segments.models import Segment

from .factories import ContactFactory, EventFactory

PAGE = Path(__file__).parent.parent / "docs" / "coming-from-other-products.md"
NOT_HERE = "*not here*"
ATTRIBUTES = {
    "plan": ("enum", ["Free", "Pro", "Enterprise"]),
    "brands": ("multi_enum", []),
    "beta_features": ("multi_enum", []),
    "billing_city": ("text", []),
} | {
    key: (kind, [])
    for kind, keys in {
        "boolean": "vip wants_calls",
        "money": "predicted_value",
        "date": "renewal_date next_order_on wedding_day",
        "datetime": "trial_ends_at last_seen_at opted_in_at",
        "number": "points points_goal predicted_orders churn_risk days_between_orders order_likelihood "
        "open_likelihood followers",
    }.items()
    for key in keys.split()
}
LISTS = {41: "Newsletter", 42: "Very important", 43: "Imported in May"}
LEAST_ROWS = {"HubSpot": 90, "Klaviyo": 75, "Braze": 100, "Customer.io": 55, "What else can be said here": 10}


@dataclass(frozen=True)
class Row:
    product: str
    words: str
    here: str
    remark: str

    @property
    def definition(self) -> Any:
        return json.loads(self.here.removeprefix("`").removesuffix("`").encode())


def read_rows() -> list[Row]:
    """The rows of all tables, without their headings. Within a cell a bar is written with a backslash before it."""
    rows, product, heading = [], "", False
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            product, heading = line.removeprefix("## "), True
        elif line.startswith("|") and set(line) - set("|-"):
            cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if not heading:
                rows.append(Row(product, *cells))
            heading = False
    return rows


ROWS = read_rows()
SAID = [row for row in ROWS if row.here != NOT_HERE]


@pytest.fixture
def shop(db):
    for key, (kind, options) in ATTRIBUTES.items():
        AttributeDefinition.objects.create(entity="contact", key=key, label=key, type=kind, options=options)
    AttributeDefinition.objects.create(
        entity="company", key="tier", label="Tier", type="enum", options=["Gold", "Silver"]
    )
    for number, name in LISTS.items():
        Segment.objects.create(pk=number, name=name, kind="static")
    return catalogue.current()


@pytest.mark.parametrize("product", LEAST_ROWS)
def test_every_product_has_its_table(product):
    ours = [row for row in ROWS if row.product == product]
    assert len(ours) >= LEAST_ROWS[product]
    assert len(set(ours)) == len(ours), "the same row twice"
    without = [row for row in ours if row.here == NOT_HERE]
    assert len(without) <= len(ours) / 10
    assert all(row.remark for row in without), "what to do instead"


@pytest.mark.parametrize("product", LEAST_ROWS)
def test_every_row_is_read_written_said_and_asked(shop, product):
    for row in (row for row in SAID if row.product == product):
        tree = load(row.definition, shop)
        assert dump(tree) == row.definition, f"{row.words}: this is not its canonical form"
        assert load(dump(tree), shop) == tree
        assert condition(tree, Params())
        assert sentence(tree, shop)
        assert preview(row.definition, clock.now()).count == 0, row.words


def test_the_tables_use_the_whole_language():
    text = " ".join(row.here for row in SAID)
    unused = {key for key in OPERATORS if f'"op": "{key}"' not in text}
    # The length of a text, an upper bound of a size or a rank, and days that are no ranges: none of the four asks them.
    assert unused <= {
        "length_is", "length_gt", "length_gte", "length_lt", "length_lte", "size_is", "size_lte", "at_most", "not_on",
        "not_in_last",
    }  # fmt: skip


def asked(product: str, words: str) -> set[int]:
    (row,) = (row for row in SAID if row.product == product and row.words == words)
    return set(preview(row.definition, clock.now()).sample)


def test_more_than_so_many_days_from_now_is_neither_sooner_nor_past_nor_unknown(shop):
    now = clock.now()
    for days in (None, -3, 4, 5):
        ends = None if days is None else (now + timedelta(days=days, seconds=days)).isoformat()
        latest = ContactFactory(attributes={"trial_ends_at": ends} if ends else {})
    assert asked("HubSpot", "is more than n days from now") == {latest.pk}
    assert asked("Customer.io", "is a timestamp between n days ago and m days from now") == set()


def test_so_far_leaves_out_what_lies_ahead_in_the_same_month(shop):
    now = clock.now()
    today, tomorrow = (
        ContactFactory(attributes={"renewal_date": (now + timedelta(days=days)).date().isoformat()}) for days in (0, 1)
    )
    assert asked("HubSpot", "is this month so far") == {today.pk}
    assert tomorrow.pk in asked("Klaviyo", "is in the next n days")


def test_last_updated_before_a_date_means_not_since(shop):
    kept, again, _never = ContactFactory(), ContactFactory(), ContactFactory()
    for contact, day in ((kept, "2026-03-01"), (again, "2026-03-01"), (again, "2026-03-06")):
        AttributeHistory.objects.create(
            contact_id=contact.pk, key="job_title", old="a", new="b", at=f"{day}T12:00:00Z", actor="system"
        )
    assert asked("HubSpot", "was last updated before a date") == {kept.pk}
    assert asked("HubSpot", "was last updated after a date") == {again.pk}


def test_further_than_a_distance_needs_a_known_place(shop):
    rome, _boston = (
        ContactFactory(latitude=latitude, longitude=longitude)
        for latitude, longitude in ((41.9, 12.5), (42.36, -71.06))
    )
    ContactFactory()
    assert asked("Klaviyo", "is further than that") == {rome.pk}


def test_uninstalled_and_installed_again_is_not_uninstalled(shop):
    gone, back = ContactFactory(), ContactFactory()
    now = clock.now()
    for contact, name, hours in (
        (gone, "App Uninstalled", 3),
        (back, "App Uninstalled", 3),
        (back, "App Installed", 2),
    ):
        EventFactory(contact=contact, type__name=name, occurred_at=now - timedelta(hours=hours))
    assert asked("Braze", "uninstalled, and not installed again") == {gone.pk}


def test_whole_words_are_found_at_the_ends_and_in_the_middle(shop):
    titles = ("Head of Sales", "Deputy head of sales, EMEA", "Head of Salesforce", None)
    people = [ContactFactory(job_title=title) for title in titles]
    assert asked("HubSpot", "contains exactly (`CONTAINS_EXACTLY`)") == {people[0].pk, people[1].pk}
    assert asked("HubSpot", "doesn't contain exactly") == {people[2].pk}
