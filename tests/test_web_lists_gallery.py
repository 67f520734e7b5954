"""Where lists begin: every template reads, counts and speaks in every language, or says what the account lacks."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation

from crmseg.access.models import Role, User
from crmseg.common import clock
from segments import catalogue
from segments.definition import describe
from segments.definition.load import load
from segments.gallery.catalogue import BY_KEY, TEMPLATES, count, of_model, ready
from segments.gallery.facts import rounded
from segments.gallery.template import MODELS, Model
from segments.models import Segment

from .factories import CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
LANGUAGES = ("en", "it", "fr", "es")
ICONS = (Path(__file__).parent.parent / "crmseg" / "icons.txt").read_text().split()


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def full_account():
    """Somebody who has everything that a template may ask about."""
    company = CompanyFactory(industry="Retail", employees=80, revenue=5_000_000, country="US", city="Boston")
    known = {
        "birth_date": date(1990, 5, 1), "gender": "female", "marital_status": "married", "education": "master",
        "income_band": "middle", "life_stage": "young family", "country": "IT", "region": "Lazio", "city": "Rome",
        "latitude": 41.9, "longitude": 12.5, "language": "it", "interests": ["jazz"], "values": ["craft"],
        "lifestyle": "urban", "personality": "curious", "attitude": "positive", "style": "classic",
        "device_type": "mobile", "operating_system": "iOS", "apps": ["Player"], "software": ["Excel"],
        "needs": ["advice"], "objectives": ["learn"], "interest_level": "high", "preferred_channel": "phone",
        "source": "fair", "seniority": "director", "department": "sales", "job_title": "Buyer", "budget": 900,
        "lifecycle_stage": "customer", "company": company,
    }  # fmt: skip
    ada = ContactFactory(first_name="Ada", **known)
    bob = ContactFactory(first_name="Bob", lifecycle_stage="lead", company=company)
    now = clock.now()
    for days, revenue, category in ((3, 40, "Shoes"), (20, 60, "Shoes"), (40, 90, "Hats")):
        properties = {"category": category, "revenue": revenue}
        at = now - timedelta(days=days)
        EventFactory(contact=ada, occurred_at=at, properties=properties, amount=revenue * 100, currency="USD")
    for name in ("Page Viewed", "Cart Updated", "Email Opened"):
        EventFactory(contact=bob, type__name=name, occurred_at=now - timedelta(days=2))
    return ada, bob


def test_there_are_templates_for_every_model_and_all_are_named_once():
    assert len(TEMPLATES) == len(BY_KEY) >= 40
    for model in Model:
        assert model in MODELS
        assert len(of_model(model)) >= 4, model
    assert {template.icon for template in TEMPLATES} <= set(ICONS)


@pytest.mark.parametrize(
    "keys",
    [
        "win-back reward convert-leads cross-sell test-price",
        "industry large-companies small-companies buying-companies company-country company-city",
        "young-adults by-gender by-marital-status by-country by-city by-life-stage by-interests by-needs",
        "by-education by-income-band by-region by-language by-values by-lifestyle by-device-type by-software best",
    ],
    ids=["goals", "B2B", "B2C", "models"],
)
def test_every_goal_and_dimension_has_its_template(keys):
    assert set(keys.split()) <= BY_KEY.keys()


def test_every_template_reads_counts_and_speaks_in_four_languages(full_account):
    known = catalogue.current()
    for template in TEMPLATES:
        made = ready(template)
        assert made.definition is not None, (template.key, made.lacks)
        counted = count(made.definition)
        assert counted.everyone == 2, template.key
        assert counted.count is not None, template.key
        sentences = set()
        for language in LANGUAGES:
            with translation.override(language):
                said = describe.sentence(load(made.definition, known), known)
            assert said, (template.key, language)
            sentences.add(said)
        assert len(sentences) > 1, template.key


def test_templates_take_their_words_from_the_account(full_account):
    made = ready(BY_KEY["by-country"])
    assert made.definition == {"all": [{"property": "country", "op": "is", "value": "IT"}]}
    assert (made.used, count(made.definition).count) == (("IT",), 1)
    assert ready(BY_KEY["cross-sell"]).used == ("Shoes", "Hats")
    assert count(ready(BY_KEY["open-door"]).definition).count == 1  # Bob, whose colleague is a customer
    assert count(ready(BY_KEY["best"]).definition).count == 1


def test_an_empty_account_is_told_what_each_template_lacks(client, marketer):
    lacking = {template.key: ready(template).lacks for template in TEMPLATES}
    assert lacking["by-country"] == "Country"
    assert lacking["best"] == "purchases"
    assert lacking["sixty-and-over"] == "Birth date"
    assert [key for key, lacks in lacking.items() if not lacks] == ["welcome"]
    html = client.get(reverse("segments:template_count", args=["by-country"])).content.decode()
    assert "Not yet in this account: Country" in html
    assert client.get(reverse("segments:start", args=["by-country"])).status_code == 302


def test_the_gallery_shows_every_template_and_finds_them_by_their_words(
    client, marketer, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        html = client.get(reverse("segments:gallery")).content.decode()
    for template in TEMPLATES:
        assert reverse("segments:template_count", args=[template.key]) in html
    found = client.get(reverse("segments:gallery"), {"q": "birthday"}).content.decode()
    assert reverse("segments:start", args=["birthday"]) in found
    assert reverse("segments:start", args=["win-back"]) not in found
    assert "No template matches" in client.get(reverse("segments:gallery"), {"q": "zzz"}).content.decode()


def test_a_card_says_what_the_template_means_here_and_how_many_it_finds(client, marketer, full_account):
    html = client.get(reverse("segments:template_count", args=["by-country"])).content.decode().replace("\xa0", " ")
    for word in ("Country is “IT”", "<strong>1</strong>", "50 %"):
        assert word in html
    assert client.get(reverse("segments:template_count", args=["no-such"])).status_code == 404


def test_a_goal_opens_the_builder_with_its_definition_and_its_notes(client, marketer, full_account):
    html = client.get(reverse("segments:start", args=["win-back"])).content.decode()
    for word in ("Win back", "Order Completed", "Win back customers who stopped buying", "One message a quarter"):
        assert word in html
    assert not Segment.objects.exists()
    sent = {
        "name": "Win back",
        "goal": "Win back customers who stopped buying",
        "note_sales": "Call the largest ones; ask what was missing.",
        "definition": '{"event": "Order Completed", "op": "did"}',
    }
    client.post(reverse("segments:save"), sent)
    made = Segment.objects.get()
    assert (made.goal, made.note_sales) == (sent["goal"], sent["note_sales"])


def test_those_who_only_read_see_the_counts_and_cannot_start(client, full_account):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))
    html = client.get(reverse("segments:gallery")).content.decode()
    assert "Start blank" not in html.split("gallery-lead")[0]
    assert reverse("segments:start", args=["win-back"]) + '"' not in html
    assert client.get(reverse("segments:start", args=["win-back"])).status_code == 403
    assert client.get(reverse("segments:template_count", args=["by-country"])).status_code == 200


def test_sums_are_rounded_as_people_say_them():
    assert [rounded(amount) for amount in map(_decimal, ("1284", "87.4", "0.2", "20", "95.5"))] == [1300, 87, 1, 20, 96]


def _decimal(text):
    from decimal import Decimal

    return Decimal(text)
