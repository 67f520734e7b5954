"""Before a message goes out: links, pictures, size, sender, and gaps that somebody of the real audience would see."""

import pytest

from campaigns import services
from campaigns.content import preflight
from campaigns.content.checks import markup, sender
from campaigns.models import Arm
from contacts.models import EventType
from crmseg.common.problems import InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, subscriber
from .factories import CompanyFactory, EventFactory

pytestmark = pytest.mark.django_db

RECORDS = {
    "shop.example.org": ["v=spf1 a:mail.shop.example.org -all", "other=1"],
    "_dmarc.example.org": ["v=DMARC1; p=none"],
}


def silent(name):
    return None


def answering(name):
    return RECORDS.get(name, [])


def findings(campaign, resolver=silent):
    return preflight.check(campaign, resolver=resolver)


def of(found, check):
    return [(one.level, one.message) for one in found if one.check == check]


def levels(campaign, check, resolver=silent):
    return [level for level, _message in of(findings(campaign, resolver), check)]


def test_a_value_without_a_default_stops_a_start_where_somebody_lacks_it():
    everyone = list_of(subscriber(first_name="Ada"), subscriber(first_name=None), subscriber(first_name=" "))
    campaign = draft(everyone, subject="Hi {{ contact.first_name }}", body_html="<p>Look</p>", holdout=0)
    [gap] = [one for one in findings(campaign) if one.check == "missing"]
    assert (gap.level, gap.people, gap.of, gap.sampled) == ("stop", 2, 3, False)
    assert '{{ contact.first_name | default: "…" }}' in gap.detail[0]
    with pytest.raises(InvalidInput, match=r"2 of 3 readers have no contact\.first_name"):
        services.start_campaign(campaign.pk, actor=MARKETER)


def test_only_readers_are_counted_not_those_who_would_be_skipped():
    unreachable = subscriber(first_name=None, email=None)
    campaign = draft(
        list_of(subscriber(first_name="Ada"), unreachable), subject="Hi {{ contact.first_name }}", holdout=0
    )
    [gap] = [one for one in findings(campaign) if one.check == "missing"]
    assert (gap.level, gap.people, gap.of) == ("warn", 0, 1)
    assert preflight.blocking(campaign) == []


@pytest.mark.parametrize(
    "words",
    [
        'Hi {{ contact.first_name | default: "you" }}',
        "Hi {% if contact.first_name %}{{ contact.first_name }}{% else %}you{% endif %}",
        "Hi {% unless contact.first_name %}you{% else %}{{ contact.first_name }}{% endunless %}",
        "Hi {% assign name = contact.first_name | default: 'you' %}{{ name }}",
        "Hi {{ contact.id }} of {{ campaign.name }}",
    ],
)
def test_a_default_or_a_look_before_suffices(words):
    campaign = draft(list_of(subscriber(first_name=None)), subject=words, body_html="<p>Look</p>")
    assert levels(campaign, "missing") == []


def test_a_value_behind_another_name_is_still_looked_at():
    campaign = draft(
        list_of(subscriber(city=None)),
        subject="x",
        body_html="{% assign town = contact.city %}<p>{{ town }}</p>",
        holdout=0,
    )
    assert levels(campaign, "missing") == ["stop"]


def test_custom_attributes_and_companies_are_counted_exactly():
    firm = CompanyFactory(name="Acme", attributes={"tier": "gold"})
    people = [
        subscriber(attributes={"plan's %": "pro"}, company=firm),
        subscriber(attributes={"plan's %": None}, company=firm),
        subscriber(attributes={}, company=None),
    ]
    body = """<p>{{ contact.attributes["plan's %"] }} {{ company.name }} {{ contact.company.attributes.tier }}</p>"""
    campaign = draft(list_of(*people), subject="x", body_html=body, holdout=0)
    counted = {
        one.message.split(" have no ")[-1].split(" has no ")[-1]: one.people
        for one in findings(campaign)
        if one.check == "missing"
    }
    assert sorted(counted.values()) == [1, 1, 2]


def test_values_that_are_computed_are_looked_at_by_rendering_and_said_so(monkeypatch):
    buyer = subscriber()
    EventFactory(contact=buyer, type=EventType.objects.create(name="Order Completed"), properties={"order_id": "o-1"})
    others = [subscriber() for _n in range(5)]
    campaign = draft(list_of(buyer, *others), subject="x", body_html="<p>{{ orders.first.order_id }}</p>", holdout=0)
    [gap] = [one for one in findings(campaign) if one.check == "missing"]
    assert (gap.level, gap.people, gap.of, gap.sampled) == ("warn", 5, 6, False)
    monkeypatch.setattr(preflight, "SAMPLE", 4)
    [gap] = [one for one in findings(campaign) if one.check == "missing"]
    assert (gap.of, gap.sampled) == (4, True)


def test_an_arm_without_a_variable_of_the_message_stops_the_start():
    campaign = draft(list_of(subscriber()), subject="Now {{ arm.price }}", body_html="<p>x</p>", holdout=0)
    Arm.objects.create(campaign=campaign, key="A", variables={"price": "9"})
    Arm.objects.create(campaign=campaign, key="B", variables={})
    stops = [one for one in findings(campaign) if one.level == "stop"]
    assert [(one.check, one.where) for one in stops] == [("names", "Arm B")]
    assert "price" in preflight.blocking(campaign)[0].message


def test_mistyped_names_and_lists_that_do_not_exist_are_named():
    body = '{% if lists contains "Nobody" %}<p>{{ contct.first_name | default: "x" }}</p>{% endif %}'
    said = " ".join(message for _level, message in of(findings(draft(list_of(subscriber()), body_html=body)), "names"))
    assert "contct" in said
    assert "Nobody" in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("https://example.org/a?b=1#c", ""),
        ("mailto:us@example.org", ""),
        ("tel:+391234", ""),
        ("#", "nowhere"),
        ("", "nowhere"),
        ("mailto:", "nowhere"),
        ("www.example.org", "https://"),
        ("/offers", "https://"),
        ("https://", "no host"),
        ("https:///path", "no host"),
        ("http://localhost:8000/x", "cannot reach"),
        ("http://10.0.0.3/x", "cannot reach"),
        ("http://[::1]/x", "cannot reach"),
        ("https://intranet/x", "cannot reach"),
        ("https://example.org/a b", "space"),
        ("https://[broken", "not an address"),
    ],
)
def test_what_is_wrong_with_a_link(address, says):
    fault = markup.fault_of(address)
    assert says in fault if says else fault == ""


def test_links_pictures_size_and_subject_of_the_message_itself(settings):
    settings.PUBLIC_URL = "https://crm.example.org"
    body = """<p><a href="www.shop.example.org">Shop</a> <img src="https://x.example.org/a.png">
      <img src="https://x.example.org/line.png" alt=""></p>"""
    found = findings(draft(list_of(subscriber()), subject="S" * 70, body_html=body + "<p>" + "ä" * 60_000 + "</p>"))
    assert "1 link does not work." in of(found, "links")[0][1]
    assert "1 picture has no alternative text." in of(found, "pictures")[0][1]
    assert of(found, "size")[0][0] == "warn"
    assert of(found, "subject")[0][0] == "warn"
    assert of(found, "unsubscribe")[0][0] == "info"
    assert of(found, "public_url") == []


def test_a_good_message_is_called_good(settings):
    settings.PUBLIC_URL = "https://crm.example.org"
    body = '<p><a href="https://a.example.org">A</a></p><a href="{{ unsubscribe_url }}">Stop</a>'
    campaign = draft(list_of(subscriber()), subject="Hello", body_html=body, sender="Shop <us@shop.example.org>")
    found = findings(campaign, answering)
    assert {one.check: one.level for one in found} == {
        "links": "good",
        "size": "good",
        "subject": "good",
        "unsubscribe": "good",
        "spf": "good",
        "dmarc": "good",
        "dkim": "info",
    }


def test_the_sender_is_explained_where_no_resolver_answers():
    [said] = sender.look("Shop <us@shop.example.org>", silent)
    assert said.level == "info"
    assert [line.partition(":")[0] for line in said.detail] == ["SPF", "DKIM", "DMARC"]
    assert "_dmarc.shop.example.org" in said.detail[2]


def test_the_records_of_the_sender_are_read_where_one_answers():
    assert {one.check: one.level for one in sender.look("us@shop.example.org", answering)} == {
        "spf": "good",
        "dmarc": "good",
        "dkim": "info",
    }
    assert {one.check: one.level for one in sender.look("us@other.example.com", answering)} == {
        "spf": "warn",
        "dmarc": "warn",
        "dkim": "info",
    }
    doubled = {"a.example.com": ["v=spf1 -all", "v=spf1 mx -all"]}
    assert "several" in next(iter(sender.look("us@a.example.com", lambda name: doubled.get(name, [])))).message


@pytest.mark.parametrize("address", ["us@localhost", "shop@gmail.com", "us@10.0.0.1"])
def test_senders_that_nobody_will_believe(address):
    assert [one.level for one in sender.look(address, answering)] == ["warn"]


def test_readers_of_a_language_without_words_are_counted():
    people = [
        subscriber(language="fr"),
        subscriber(language="fr-CA"),
        subscriber(language="it"),
        subscriber(language=None),
    ]
    campaign = draft(list_of(*people), translations={"it": {"subject": "Ciao"}}, holdout=0)
    assert [(one.people, "French" in one.message) for one in findings(campaign) if one.check == "languages"] == [
        (2, True)
    ]


def test_the_number_of_queries_does_not_grow_with_the_audience(django_assert_max_num_queries):
    body = "{% if lists contains 'VIP' %}x{% endif %}{{ orders.size }}{{ events.size }}{{ bought_together.size }}"
    few = draft(list_of(subscriber()), body_html=body)
    many = draft(list_of(*[subscriber() for _n in range(30)]), body_html=body)
    for campaign in (few, many):
        with django_assert_max_num_queries(24):
            findings(campaign)
