"""Nothing that people or their data write becomes a program, a header, a file or somebody else's words."""

import pytest

from campaigns.content import compose, mjml, safety
from campaigns.content.liquid import TemplateError
from campaigns.models import Campaign
from campaigns.sending import mime
from crmseg.common.problems import InvalidInput

from .campaign_worlds import draft, list_of, subscriber
from .factories import CompanyFactory

pytestmark = pytest.mark.django_db
URL = "https://crm.example.org/u/1-2.x/"
PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ contact.email }}{% if true %}",
    "{% block 'Foot' %}",
    "\r\nBcc: all@example.org\r\n\r\nbody",
    "</mj-text><mj-include path='/etc/passwd'/>",
    "lq00000000x0x",
    "javascript:alert(1)",
]


def mjml_of(inner):
    return f"<mjml><mj-body><mj-section><mj-column><mj-text>{inner}</mj-text></mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data_wherever_it_is_printed(payload):
    eve = subscriber(first_name=payload, city=payload, attributes={"x": payload}, company=CompanyFactory(name=payload))
    inner = "{{ contact.first_name }}{{ contact.attributes.x }}{{ company.name }}"
    inner += '<a href="https://a.example.org/?q={{ contact.city }}">x</a>'
    said = compose.compose(Campaign(name="x", subject="Hi {{ contact.first_name }}", body_mjml=mjml_of(inner))).render(
        eve, URL
    )
    assert len(said.subject.splitlines()) == 1
    assert "<script" not in said.html
    assert "<img" not in said.html
    assert "root:" not in said.html
    assert eve.email not in said.html
    letter = mime.write(
        said, sender="Shop <shop@example.org>", address=eve.email, name=payload, message_id="<1@x>", unsubscribe_url=URL
    )
    head = letter.as_bytes().partition(b"\r\n\r\n")[0].lower()
    assert not [line for line in head.split(b"\r\n") if line.startswith(b"bcc")]


def test_an_address_from_data_cannot_run():
    eve = subscriber(attributes={"site": " JavaScript:alert(1)"})
    words = Campaign(name="x", subject="s", body_html='<a href="{{ contact.attributes.site }}">x</a>')
    with pytest.raises(TemplateError):
        compose.compose(words).render(eve, URL)
    assert (
        "https://ada.example.org"
        in compose.compose(words).render(subscriber(attributes={"site": "https://ada.example.org"}), URL).html
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x()</script>",
        "<SCRIPT SRC=//evil.example.org></SCRIPT>",
        "<svg onload=x()></svg>",
        "<p onclick='x()'>x</p>",
        "<a href='javascript:x()'>x</a>",
        "<a href='java\tscript:x()'>x</a>",
        "<a href=' &#106;avascript:x()'>x</a>",
        "<a href='vbscript:x()'>x</a>",
        "<img src='data:text/html,x'>",
        "<iframe src='https://a.example.org'></iframe>",
        "<iframe srcdoc='x'></iframe>",
        "<object data='x'></object>",
        "<embed src='x'>",
        "<base href='https://a.example.org'>",
        "<form action='https://a.example.org'><input name='password'></form>",
        "<meta http-equiv='refresh' content='0;url=https://a.example.org'>",
        "<p style='width: expression(x())'>x</p>",
        "<!--[if mso]><script>x()</script><![endif]-->",
        "<scr{{ '' }}ipt>x()</scr{{ '' }}ipt>",
        "{{ '<script>x()</script>' }}",
        "{% assign x = 'javascript:x()' %}<a href='{{ x }}'>x</a>",
        "{% capture x %}<script>{% endcapture %}",
    ],
)
def test_programs_in_words_are_refused_at_their_field(markup):
    assert safety.problems(markup)
    for field, body in (("body_html", markup), ("body_mjml", mjml_of(markup))):
        with pytest.raises(InvalidInput) as refused:
            draft(list_of(subscriber()), **{"body_html": "", field: body})
        assert {problem.pointer for problem in refused.value.problems} == {f"/{field}"}
    with pytest.raises(InvalidInput) as refused:
        draft(list_of(subscriber()), translations={"it": {"body_html": markup}})
    assert refused.value.problems[0].pointer == "/translations/it/body_html"


def test_markup_made_by_filters_is_stopped_when_it_is_made():
    words = Campaign(name="x", subject="s", body_html="{% assign a = '<scr' | append: 'ipt>' %}{{ a }}")
    with pytest.raises((InvalidInput, TemplateError)):
        compose.compose(words).render(subscriber(), URL)


@pytest.mark.parametrize(
    "source",
    [
        "<mjml><mj-body><mj-include path='/etc/passwd' /></mj-body></mjml>",
        "<mjml><mj-body>< MJ-INCLUDE path='file:///etc/passwd' type='html'/></mj-body></mjml>",
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><mjml><mj-body>&a;</mj-body></mjml>',
        "",
        "<p>not MJML</p>",
        "<mjml><mj-body><mj-section></mj-body></mjml>",
        "<mjml><mj-body>" + "<mj-wrapper>" * 5_000 + "</mj-wrapper>" * 5_000 + "</mj-body></mjml>",
        mjml_of("<div>" * 100_000),
    ],
    ids=["include", "include-case", "entity", "empty", "html", "unclosed", "deep", "deep-html"],
)
def test_mjml_that_reads_files_or_cannot_be_read_is_refused(source):
    with pytest.raises(TemplateError):
        mjml.to_html(source)


def test_good_markup_is_not_refused():
    for markup in (
        '<a href="https://a.example.org/?javascript=1">JavaScript: the good parts</a>',
        '<p style="color: red" class="online">on time</p>',
        '<img src="https://a.example.org/x.png" alt="" width="{{ arm.width }}">',
        '<a href="{{ unsubscribe_url }}">x</a><a href="mailto:us@example.org">y</a>',
        '<a href="{% if a %}#b{% endif %}">z</a>',
        "{% if contact.age < 18 %}young{% endif %}",
        '<img src="data:image/png;base64,AAAA" alt="x">',
        "<!--[if mso]><table><tr><td><![endif]--><p>x</p><!--[if mso]></td></tr></table><![endif]-->",
    ):
        assert safety.problems(markup) == [], markup
