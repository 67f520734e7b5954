"""What a message says: personal, one line of subject, escaped HTML, bounded whatever the template."""

from decimal import Decimal

import pytest

from campaigns import services
from campaigns.content import compose, liquid, plain
from campaigns.models import Campaign
from crmseg.common.problems import InvalidInput

from .campaign_worlds import MARKETER
from .factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
URL = "https://crm.example.org/u/1-2.x/"


def message(contact=None, **words):
    given = {"name": "Spring", "subject": "Hi", "body_text": "Text"} | words
    return compose.compose(Campaign(**given)).render(contact or ContactFactory(), URL)


def test_a_contact_is_at_the_root_with_company_and_custom_attributes():
    ada = ContactFactory(
        first_name="Ada",
        budget=Decimal("1500.0000"),
        interests=["maths", "engines"],
        attributes={"plan": "pro"},
        company=CompanyFactory(name="Analytical Engines", attributes={"tier": "gold"}),
    )
    said = message(
        ada,
        subject='Hello {{ contact.first_name | default: "there" }}',
        body_text="{{ contact.company.name }}, {{ contact.company }}, {{ contact.company.attributes.tier }}, "
        "{{ contact.attributes.plan }}, {{ contact.budget }}, {{ contact.interests | join: ' and ' }}",
    )
    assert said.subject == "Hello Ada"
    assert said.text.startswith("Analytical Engines, Analytical Engines, gold, pro, 1500, maths and engines\n")
    assert said.html == ""


def test_what_is_unknown_is_nothing_or_its_default():
    said = message(
        ContactFactory(first_name=None),
        subject='Hello {{ contact.first_name | default: "there" }}',
        body_text="[{{ contact.first_name }}{{ contact.company.name }}{{ contact.attributes.plan }}{{ nobody.knows }}]",
    )
    assert said.subject == "Hello there"
    assert said.text.startswith("[]")


def test_values_are_escaped_in_html_and_not_in_text_or_subject():
    eve = ContactFactory(first_name="<b>Eve & co</b>")
    said = message(
        eve,
        subject="{{ contact.first_name }}",
        body_html="<p>{{ contact.first_name }}</p>",
        body_text="{{ contact.first_name }}",
    )
    assert said.subject == "<b>Eve & co</b>"
    assert "<p>&lt;b&gt;Eve &amp; co&lt;/b&gt;</p>" in said.html
    assert said.text.startswith("<b>Eve & co</b>\n")


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@example.org", "Eve\nX: y", "Eve\x0b\x0c\x85\u2028\x00X"])
def test_a_subject_is_one_line_whatever_a_name_holds(name):
    eve = ContactFactory.build(first_name=name)
    subject = message(eve, subject="Hi {{ contact.first_name }}!").subject
    assert len(subject.splitlines()) == 1
    assert all(character.isprintable() for character in subject)


def test_every_message_says_how_to_unsubscribe_once():
    plain_words = message(body_text="Hello", body_html="<html><body><p>Hello</p></BODY></html>")
    assert plain_words.text.count(URL) == plain_words.html.count(URL) == 1
    assert plain_words.html.index(URL) < plain_words.html.index("</BODY>")
    own = message(body_text="Stop: {{ unsubscribe_url }}", body_html='<a href="{{ unsubscribe_url }}">Stop</a>')
    assert own.text == f"Stop: {URL}"
    assert own.html == f'<a href="{URL}">Stop</a>'


def test_html_only_gets_a_plain_text_part():
    said = message(body_text="", body_html="<style>p{}</style><h1>Offer</h1><p>Dear  you,<br>look.</p>")
    assert said.text.startswith("Offer\n\nDear you,\nlook.\n")
    assert URL in said.text


def test_html_becomes_readable_text():
    html = """
      <html><head><title>No</title></head><body><script>no()</script>
      <p>Read <a href="https://example.org/a?b=1&amp;c=2">our news</a> &amp; more</p>
      <ul><li>One</li><li>Two</li></ul><table><tr><td>a</td><td>b</td></tr></table>
      <a href="https://example.org">https://example.org</a><img src="x.png" alt="A cat"></body></html>
    """
    assert plain.from_html(html) == (
        "Read our news (https://example.org/a?b=1&c=2) & more\n\n- One\n- Two\n\na b\n\nhttps://example.orgA cat\n"
    )


@pytest.mark.parametrize(
    ("field", "template", "said"),
    [
        ("subject", "{{ contact.first_name", "Liquid"),
        ("body_html", "{% if contact %}open", "endif"),
        ("body_text", "{% nonsense %}", "nonsense"),
        ("subject", "{{ contact.email | nope }}", "nope"),
        ("body_html", "{{ contact.first_name | safe }}", "safe"),
        ("body_text", "{% include 'secrets' %}", "include"),
        ("body_text", "{% for n in (1..999999999) %}x{% endfor %}", "Ranges"),
        ("body_mjml", "<mjml><mj-body><mj-section><mj-tetx>a</mj-tetx></mj-section></mj-body></mjml>", "<mj-tetx>"),
        ("body_text", "{%if a%}" * 200 + "{%endif%}" * 200, "nesting"),
    ],
)
def test_a_template_that_does_not_parse_is_refused_at_its_field(field, template, said):
    with pytest.raises(InvalidInput) as refused:
        services.create_campaign(data={"name": "x", field: template}, actor=MARKETER)
    assert [problem.pointer for problem in refused.value.problems] == [f"/{field}"]
    assert said in refused.value.problems[0].message


@pytest.mark.parametrize(
    "template",
    [
        "{% for a in many %}{% for b in many %}x{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 60,
        "{% assign a = 'xxxxxxxxxxxxxxxx' %}" + "{% assign a = a | replace: 'x', a %}" * 60,
        "{% assign a = 99999999 %}" + "{% assign a = a | times: a %}" * 60,
        "{% assign a = many %}" + "{% assign a = a | concat: a %}" * 60,
        "{% assign a = many | join: ',' %}" + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 60 + "{{ a | size }}",
        "{{ many | join: many }}" * 500
        + "{% for a in many %}"
        + "{{ many | join: many | size }}" * 100
        + "{% endfor %}",
        "{{ 1 | divided_by: 0 }}",
    ],
)
def test_a_template_that_would_grow_without_end_is_stopped_soon(template):
    with pytest.raises(liquid.TemplateError):
        liquid.render(liquid.parse(template), {"many": list(range(500))})


def test_a_footer_speaks_the_language_of_the_contact(settings):
    assert compose.language_of(ContactFactory(language="fr-CA")) == "fr"
    assert compose.language_of(ContactFactory(language="ja")) == "en"
