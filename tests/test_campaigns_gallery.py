"""Our own templates: whole in every language, usable as they are, and the parts that people keep themselves."""

import re

import pytest

from campaigns.content import blocks, compose, gallery, preflight, saved
from campaigns.content.checks import markup
from campaigns.models import Campaign
from contacts.models import EventType
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, subscriber
from .factories import EventFactory

pytestmark = pytest.mark.django_db
URL = "https://crm.example.org/u/1-2.x/"
KEYS = list(gallery.gallery_words.OWN)
LANGUAGES = ["en", "it", "fr", "es"]


def test_there_are_a_dozen():
    assert len(KEYS) >= 12
    assert len({template.name for template in gallery.listing("en")}) == len(KEYS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_each_can_be_sent_as_it_is(key, language):
    template = gallery.get(key, language)
    assert "[[" not in template.body_mjml + template.subject
    words = {"subject": template.subject, "body_mjml": template.body_mjml}
    campaign = Campaign(name="x", **words, translations={language: words})
    assert compose.problems(campaign) == []
    shown = compose.compose(campaign).render(subscriber(first_name=None, language=language), URL)
    assert shown.html.count(URL) >= 1
    assert URL in shown.text
    assert "{{" not in shown.html + shown.text + shown.subject
    assert len(shown.html.encode()) < markup.CLIPPED / 2
    assert f'lang="{language}"' in shown.html
    assert not re.search(r"https?://(?!www\.example\.com|crm\.example\.org|www\.w3\.org)", shown.html)


@pytest.mark.parametrize("key", KEYS)
def test_none_shows_a_gap_to_anybody(key):
    template = gallery.get(key, "en")
    campaign = draft(
        list_of(subscriber(first_name=None)),
        subject=template.subject,
        body_html="",
        body_mjml=template.body_mjml,
        holdout=0,
    )
    gaps = [
        one.message
        for one in preflight.check(campaign, resolver=lambda name: None)
        if one.check in {"missing", "names"}
    ]
    assert gaps == []
    assert preflight.blocking(campaign) == []


def test_links_that_still_lead_to_the_example_are_told():
    template = gallery.get("newsletter", "en")
    campaign = draft(list_of(subscriber()), subject="x", body_html="", body_mjml=template.body_mjml)
    links = [one for one in preflight.check(campaign, resolver=lambda name: None) if one.check == "links"]
    assert "example of the template" in links[0].detail[0]


def test_the_receipt_shows_the_latest_order():
    ada = subscriber(first_name="Ada")
    order = {"order_id": "A-7", "total": "41.50", "currency": "EUR"}
    order["products"] = [{"name": "Tea <pot>", "price": "41.50", "quantity": 2}]
    EventFactory(contact=ada, type=EventType.objects.create(name="Order Completed"), properties=order)
    template = gallery.get("receipt", "en")
    shown = compose.compose(Campaign(name="x", subject="x", body_mjml=template.body_mjml)).render(ada, URL)
    assert "Tea &lt;pot&gt; × 2" in shown.html
    assert "41.50 EUR" in shown.html
    assert "Tea <pot> × 2" in shown.text


def test_words_of_a_template_by_language_are_those_of_a_campaign():
    campaign = draft(list_of(subscriber()), translations=gallery.translations("welcome", without="en"))
    assert set(campaign.translations) == {"it", "fr", "es"}


def test_templates_of_people_are_checked_named_once_and_deleted():
    mjml = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"
    kept = saved.save_template(None, name=" Ours ", subject="Hi", body_mjml=mjml, actor=MARKETER)
    assert kept.name == "Ours"
    with pytest.raises(Conflict):
        saved.save_template(None, name="Ours", body_mjml=mjml, actor=MARKETER)
    for wrong in ("", "<p>x</p>", mjml.replace("Hi", "{{ x"), mjml.replace("Hi", "<script>x</script>")):
        with pytest.raises(InvalidInput):
            saved.save_template(None, name="Other", body_mjml=wrong, actor=MARKETER)
    saved.delete_template(kept.pk, actor=MARKETER)


SECTION = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"


def test_a_block_stands_where_it_is_named_and_changes_everywhere():
    block = blocks.save_block(
        None, name="Foot", body_mjml=SECTION.format("Our street, {{ account.name }}"), actor=MARKETER
    )
    body = f"<mjml><mj-body>{SECTION.format('Hi')}{{% block 'Foot' %}}</mj-body></mjml>"
    campaign = draft(list_of(subscriber()), body_html="", body_mjml=body)
    assert "Our street" in compose.compose(campaign).render(subscriber(), URL).html
    blocks.save_block(block.pk, name="Foot", body_mjml=SECTION.format("Another street"), actor=MARKETER)
    assert "Another street" in compose.compose(campaign).render(subscriber(), URL).text


def test_a_block_in_use_keeps_its_name_and_cannot_be_deleted():
    block = blocks.save_block(None, name="Foot", body_mjml=SECTION.format("x"), actor=MARKETER)
    draft(list_of(subscriber()), body_html="", body_mjml='<mjml><mj-body>{% block "Foot" %}</mj-body></mjml>')
    with pytest.raises(Conflict):
        blocks.delete_block(block.pk, actor=MARKETER)
    with pytest.raises(Conflict):
        blocks.save_block(block.pk, name="Feet", body_mjml=block.body_mjml, actor=MARKETER)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("", SECTION),
        ('A "quoted" name', SECTION),
        ("Foot", ""),
        ("Foot", '{% block "Foot" %}'),
        ("Foot", SECTION.format("{% block 'Other' %}")),
        ("Foot", SECTION.format("{{ broken")),
        ("Foot", SECTION.format("<script>x</script>")),
        ("Foot", "<mj-include path='/etc/passwd' />"),
    ],
)
def test_blocks_that_cannot_be_kept(name, body):
    with pytest.raises(InvalidInput):
        blocks.save_block(None, name=name, body_mjml=body, actor=MARKETER)


def test_a_message_cannot_name_a_block_that_is_not_there_or_cannot_stand_there():
    blocks.save_block(None, name="Foot", body_mjml=SECTION.format("x"), actor=MARKETER)
    for field, source in (
        ("body_mjml", "<mjml><mj-body>{% block 'None' %}</mj-body></mjml>"),
        ("body_html", "<p>{% block 'Foot' %}</p>"),
        ("body_text", "{% block 'Foot' %}"),
    ):
        with pytest.raises(InvalidInput) as refused:
            draft(list_of(subscriber()), **{field: source})
        assert refused.value.problems[0].pointer == f"/{field}"
