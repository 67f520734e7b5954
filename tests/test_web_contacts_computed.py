"""What was worked out of contacts sorts their table, and stands in their files."""

from __future__ import annotations

import csv
import io

import pytest

from contacts.models import Contact, Worth
from contacts.worth import bulk
from crmseg.access.models import User
from segments.models import Score

from . import scoring
from .factories import CompanyFactory, ContactFactory
from .worth_world import NOW, shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shown(client):
    client.force_login(User.objects.create_user("m@computed.example", "a long password", role="marketer", name="M"))
    shop(60)
    bulk.renew(NOW)
    return client


def ids(client, sort):
    page = client.get(f"/contacts/?columns=name,computed.total_revenue&sort={sort}")
    return [row.pk for row in page.context["table"].rows]


def test_the_table_sorts_by_worth_both_ways(shown):
    by_revenue = list(Worth.objects.order_by("-revenue").values_list("contact_id", flat=True))
    assert ids(shown, "-computed.total_revenue") == by_revenue[:50]
    assert ids(shown, "computed.total_revenue") == by_revenue[::-1][:50]


def test_the_unknown_come_last_whichever_way(shown):
    unknown = Worth.objects.first()
    Worth.objects.filter(pk=unknown.pk).update(gap_days=None)
    known = Worth.objects.exclude(gap_days=None).count()
    for sort in ("computed.order_gap_days", "-computed.order_gap_days"):
        assert unknown.contact_id not in ids(shown, sort)[:known]


def test_the_table_sorts_by_a_score(shown):
    known = Contact.objects.order_by("pk")[3:5]
    for place, contact in enumerate(known, start=1):
        Contact.objects.filter(pk=contact.pk).update(first_name=f"Known {place}")
    rules = [
        scoring.rule({"property": "first_name", "op": "is", "value": f"Known {place}"}, place * 10) for place in (1, 2)
    ]
    model = scoring.make(scoring.scheme(scoring.group("fit", *rules)))
    scoring.settle()
    points = Score.objects.filter(model=model, points__gt=0)
    best = list(points.order_by("-points").values_list("contact", flat=True))
    assert best == [contact.pk for contact in known[::-1]]
    found = shown.get("/contacts/?columns=name,computed.lead_score&sort=-computed.lead_score").context["table"].rows
    assert [row.pk for row in found[:2]] == best


def test_the_file_holds_what_the_table_shows_of_it(shown):
    said = b"".join(shown.get("/contacts/export/?columns=name,computed.rfm,computed.total_orders")).decode()
    rows = list(csv.DictReader(io.StringIO(said)))
    kept = {str(row.contact_id): row for row in Worth.objects.all()}
    assert len(rows) == 60
    assert "computed.lifetime_value" not in rows[0]
    for row in rows:
        assert row["computed.total_orders"] == str(kept[row["id"]].orders)
        assert row["computed.rfm"] == (kept[row["id"]].rfm or "")


def test_a_company_shows_what_its_people_paid(shown):
    acme, idle = CompanyFactory(name="Acme"), CompanyFactory(name="Idle")
    people = list(Worth.objects.order_by("-revenue").values_list("contact_id", flat=True)[:2])
    Contact.objects.filter(pk__in=people).update(company=acme)
    ContactFactory(company=idle)
    paid = sum(Worth.objects.filter(pk__in=people).values_list("revenue", flat=True))
    page = shown.get("/companies/?columns=name,orders&sort=name")
    cells = {row["title"]: [said for _numeric, said in row["cells"]] for row in page.context["grid"].rows}
    assert cells == {"Acme": [f"${paid / 100:,.2f}"], "Idle": [""]}
