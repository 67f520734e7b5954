"""What templates show of people: lists, events, orders and what goes with them; languages and arms."""

import re

import pytest

from campaigns.content import compose, loading, together
from campaigns.models import Arm, BoughtTogether, Campaign
from contacts.models import EventType

from .campaign_worlds import list_of, subscriber
from .factories import CompanyFactory, EventFactory

pytestmark = pytest.mark.django_db
URL = "https://crm.example.org/u/1-2.x/"


def said(contact, text, **words):
    campaign = Campaign(**({"name": "x", "subject": "s", "body_text": text} | words))
    return compose.compose(campaign).render(contact, URL).text.partition("\n\n--")[0].strip()


@pytest.fixture
def ordered():
    kind = EventType.objects.create(name="Order Completed")

    def order(contact, *products, **properties):
        listed = [{"product_id": key, "name": key.title(), "price": "9.50"} for key in products]
        EventFactory(contact=contact, type=kind, properties={"products": listed} | properties)

    return order


def test_content_by_list_membership_by_name_or_id():
    ada, bob = subscriber(), subscriber()
    vips = list_of(ada, name="VIP & Friends")
    text = '{% if lists contains "vip & friends" %}yes{% else %}no{% endif %}'
    assert [said(ada, text), said(bob, text)] == ["yes", "no"]
    text = f"{{% if lists contains {vips.pk} %}}yes{{% else %}}no{{% endif %}}"
    assert [said(ada, text), said(bob, text)] == ["yes", "no"]
    assert said(ada, "{{ lists | join: ', ' }}") == "VIP & Friends"


def test_a_block_of_html_for_a_list_survives_the_way_through_mjml():
    ada, bob = subscriber(), subscriber()
    list_of(ada, name="VIP")
    column = "<mj-column><mj-text>{}</mj-text></mj-column>"
    body = f"""<mjml><mj-body>{{% if lists contains "VIP" %}}<mj-section>{column.format("Secret")}</mj-section>
      {{% endif %}}<mj-section>{column.format("Hi {{{{ contact.id }}}}")}</mj-section></mj-body></mjml>"""
    composition = compose.compose(
        Campaign(name="x", subject="s", body_mjml=body.replace("{{{{", "{{").replace("}}}}", "}}"))
    )
    assert ["Secret" in composition.render(one, URL).html for one in (ada, bob)] == [True, False]
    assert ["Secret" in composition.render(one, URL).text for one in (ada, bob)] == [True, False]
    assert f"Hi {bob.pk}" in composition.render(bob, URL).html


def test_what_an_editor_wrote_as_entities_is_liquid_again():
    ada = subscriber(first_name=None)
    cell = "<mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"
    body = cell.format("Hi {{ contact.first_name | default: &quot;you &amp; yours&quot; }}")
    shown = compose.compose(Campaign(name="x", subject="s", body_mjml=f"<mjml><mj-body>{body}</mj-body></mjml>"))
    assert "Hi you & yours" in shown.render(ada, URL).text


def test_loops_over_rows_stay_in_their_table(ordered):
    ada = subscriber()
    ordered(ada, "tea", "cup")
    table = "<mj-table>{% for p in orders.first.products %}<tr><td>{{ p.name }}</td></tr>{% endfor %}</mj-table>"
    body = f"<mjml><mj-body><mj-section><mj-column>{table}</mj-column></mj-section></mj-body></mjml>"
    html = compose.compose(Campaign(name="x", subject="s", body_mjml=body)).render(ada, URL).html
    bare = re.sub(r"<(\w+) [^>]*>", r"<\1>", html)
    assert bare.count("<table><tbody><tr><td>Tea</td></tr><tr><td>Cup</td></tr></tbody></table>") == 1, bare


def test_styles_are_written_into_the_elements_and_nothing_is_fetched():
    rules = "p { color: red } @media print { p { color: blue } }"
    style = f"<style>@import url('https://evil.example.org/a.css'); {rules}</style>"
    link = '<link rel="stylesheet" href="https://evil.example.org/b.css">'
    shown = compose.compose(Campaign(name="x", subject="s", body_html=f"{link}{style}<p>{{{{ contact.id }}}}</p>"))
    html = shown.render(subscriber(), URL).html
    assert 'style="color: red' in html
    assert "@media print" in html
    fonts = "<mjml><mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>"
    assert (
        "googleapis"
        not in compose.compose(Campaign(name="x", subject="s", body_mjml=fonts)).render(subscriber(), URL).html
    )


def test_events_and_orders_newest_first_with_their_properties(ordered):
    ada = subscriber(company=CompanyFactory(name="Acme"))
    ordered(ada, "tea", revenue="12.50", currency="EUR", occurred=1)
    EventFactory(contact=ada, type=EventType.objects.create(name="Viewed"), properties={"page": "/a"})
    text = "{{ events.first.name }} {{ events.first.page }}, {{ orders.size }}: {{ orders.first.total }}"
    assert said(ada, text + " {{ company.name }}") == "Viewed /a, 1: 12.50 Acme"
    assert said(subscriber(), "{{ orders.size }}{{ events.size }}{{ bought_together.size }}") == "000"


def test_what_is_bought_together_and_not_yet_bought(ordered):
    for _n in range(4):
        ordered(subscriber(), "tea", "pot")
    for _n in range(2):
        ordered(subscriber(), "tea", "cup")
    loner = subscriber()
    for _n in range(9):
        ordered(loner, "tea", "saw")  # the same person over and over counts once, and once is too few
    ada = subscriber()
    ordered(ada, "tea")
    ordered(ada, "spoon")
    assert together.count() == 4
    rows = {(one.product, one.other): (one.people, round(one.score, 3)) for one in BoughtTogether.objects.all()}
    assert rows["tea", "pot"] == (4, round(4 / (8 * 4) ** 0.5, 3))
    assert rows["tea", "cup"] == (2, round(2 / (8 * 2) ** 0.5, 3))
    text = "{% for p in bought_together %}{{ p.name }} {{ p.price }};{% endfor %}"
    assert said(ada, text) == "Pot 9.50;Cup 9.50;"
    ordered(ada, "pot")
    assert said(ada, text) == "Cup 9.50;"
    assert said(subscriber(), f"[{text}]") == "[]"
    assert together.is_fresh()


def test_odd_orders_do_not_disturb_the_count(ordered):
    kind = EventType.objects.get()
    for products in (None, "tea", {"a": 1}, [1, None, "x", {"name": None}, {"product_id": 7}, {"name": "x" * 500}], []):
        EventFactory(contact=subscriber(), type=kind, properties={"products": products})
    EventFactory(contact=subscriber(), type=kind, properties={})
    assert together.count() == 0


def test_a_batch_is_loaded_with_the_same_queries_whatever_its_size(ordered, django_assert_num_queries):
    people = [subscriber() for _n in range(20)]
    vips = list_of(*people[:10], name="VIP")
    for one in people:
        ordered(one, "tea")
    text = '{% if lists contains "VIP" %}x{% endif %}{{ orders.size }}{{ events.size }}{{ bought_together.size }}'
    composition = compose.compose(Campaign(name="x", subject="s", body_text=text))
    counts = []
    for some in (people[:2], people):
        with django_assert_num_queries(8):
            loaded = loading.load([one.pk for one in some], composition.needs)
        counts.append(len(loaded))
    assert counts == [2, 20]
    assert [people[0].pk in loaded, vips.pk in loaded[people[0].pk]["lists"]] == [True, True]
    with django_assert_num_queries(0):
        rendered = [composition.render(one, URL, loaded[one.pk]).text for one in people]
    assert rendered[0].startswith("x110")
    assert rendered[-1].startswith("110")


def test_only_what_is_read_is_loaded(django_assert_num_queries):
    plain = compose.compose(Campaign(name="x", subject="s", body_text="{{ contact.id }}"))
    assert not plain.needs
    with django_assert_num_queries(0):
        loading.load([1, 2, 3], plain.needs)


def test_words_by_the_language_of_the_contact_with_the_subject_and_body_apart():
    campaign = Campaign(
        name="x",
        subject="Hello",
        body_html="<p>English</p>",
        body_text="English text",
        translations={"it": {"subject": "Ciao"}, "fr": {"body_html": "<p>Français</p>"}},
    )
    composition = compose.compose(campaign)
    it, fr, ja = (composition.render(subscriber(language=one), URL) for one in ("it-IT", "fr", "ja"))
    assert (it.subject, "English" in it.html) == ("Ciao", True)
    assert (fr.subject, "Français" in fr.html, "English" in fr.text) == ("Hello", True, False)
    assert (ja.subject, "English" in ja.html) == ("Hello", True)


def test_an_arm_says_its_own_words_and_knows_its_variables():
    campaign = Campaign(
        name="x",
        subject="Now {{ arm.price }}",
        body_text="Main {{ arm.price }}",
        translations={"it": {"subject": "Ora"}},
    )
    arm = Arm(key="B", subject="Only {{ arm.price }}", variables={"price": "9 €"})
    italian = compose.compose(campaign, arm).render(subscriber(language="it"), URL)
    assert italian.subject == "Only 9 €"
    assert italian.text.startswith("Main 9 €")
    plain = Arm(key="A", variables={"price": "10 €"})
    assert compose.compose(campaign, plain).render(subscriber(language="it"), URL).subject == "Ora"
    assert compose.compose(campaign, plain).render(subscriber(language="en"), URL).subject == "Now 10 €"


def test_the_plain_text_is_computed_once_and_says_what_the_html_says():
    hidden = '<div style="display:none">Preview</div>'
    city = "{% if contact.city %}<p>Gone</p>{% endif %}"
    body = hidden + "<p>Hi {{ contact.first_name }}</p>" + city + '<a href="{{ unsubscribe_url }}">Stop</a>'
    text = (
        compose.compose(Campaign(name="x", subject="s", body_html=body))
        .render(subscriber(first_name="A & <B>"), URL)
        .text
    )
    assert text == f"Hi A & <B>\n\nStop ({URL})\n"
