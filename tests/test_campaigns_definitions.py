"""Audiences made of lists and of definitions written for one campaign, on any channel."""

import pytest

from campaigns import audience, draft, reading, selectors, services
from campaigns.experiments import arms
from campaigns.models import Campaign, Suppression
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.problems import Conflict, InvalidInput
from segments import guards
from segments.services import create_segment

from .campaign_worlds import MARKETER, list_of, started, subscriber
from .campaign_worlds import draft as drafted
from .factories import ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db


def country(code):
    return {"property": "country", "op": "is", "value": code}


def reached(campaign):
    names = dict(Contact.objects.values_list("pk", "first_name"))
    return {names[send.contact_id] for send in campaign.sends.filter(state="queued")}


def campaign_for(include, exclude=(), **data):
    words = {"name": "Spring", "subject": "Hello", "body_text": "Look", "holdout": 0}
    lists = {"include": list(include), "exclude": list(exclude)}
    return services.create_campaign(data=words | lists | data, actor=MARKETER)


def people():
    places = {"Ada": "IT", "Bob": "DE", "Eve": "IT", "Zoe": "FR"}
    return {name: subscriber(first_name=name, country=code) for name, code in places.items()}


def test_lists_and_definitions_are_added_up_and_taken_away_in_one_snapshot():
    them = people()
    friends = list_of(them["Bob"], them["Zoe"])
    campaign = campaign_for([friends.pk, country("IT")], [country("FR"), list_of(them["Eve"]).pk])
    before = audience.waterfall(campaign)
    campaign = services.start_campaign(campaign.pk, actor=MARKETER)
    assert campaign.waterfall == before
    assert (before["in_lists"], before["excluded"], before["queued"]) == (4, 2, 2)
    assert reached(campaign) == {"Ada", "Bob"}


def test_a_definition_may_ask_lists_whose_versions_are_kept_too():
    them = people()
    friends = list_of(them["Ada"], them["Bob"])
    asked = {"all": [{"segment": friends.pk, "op": "in"}, country("IT")]}
    campaign = services.start_campaign(campaign_for([asked]).pk, actor=MARKETER)
    assert reached(campaign) == {"Ada"}
    assert campaign.versions_used == {str(friends.pk): 1}
    assert [one.pk for one in selectors.campaigns_using(friends.pk)] == [campaign.pk]
    assert guards.uses(friends.pk) == ["the campaign “Spring”"]


def test_many_conditions_on_events_are_asked_together():
    them = people()
    bought = [{"event": f"Bought {n}", "op": "gte", "value": 1} for n in range(30)]
    campaign = campaign_for([{"any": [*bought, country("DE")]}])
    assert audience.waterfall(campaign)["queued"] == 1
    assert selectors.example_contact(campaign) == them["Bob"]


def test_definitions_are_stored_as_lists_store_theirs_and_refused_at_their_place():
    friends = list_of()
    campaign = campaign_for([{"segment": friends.pk}, friends.pk, friends.pk])
    assert campaign.include == [{"segment": friends.pk, "op": "in"}, friends.pk]
    with pytest.raises(InvalidInput) as refused:
        draft.read({"include": [country("IT"), {"property": "nothing", "op": "is", "value": 1}], "exclude": ["x"]})
    pointers = [problem.pointer for problem in refused.value.problems]
    assert pointers[0].startswith("/include/1/")
    assert pointers[-1] == "/exclude/0"


def test_exact_numbers_survive():
    campaign = campaign_for(
        [{"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "gte", "value": 19.9}]
    )
    again = Campaign.objects.get(pk=campaign.pk)
    assert again.include == campaign.include
    assert audience.waterfall(again)["in_lists"] == 0


def test_a_definition_that_can_no_longer_be_read_refuses_the_start():
    them = people()
    friends = list_of(them["Ada"])
    campaign = campaign_for([{"segment": friends.pk, "op": "in"}])
    friends.delete()
    with pytest.raises(Conflict) as refused:
        services.start_campaign(campaign.pk, actor=MARKETER)
    assert {problem.pointer.split("/")[1] for problem in refused.value.problems} == {"include"}
    assert services.copy_campaign(campaign.pk, actor=MARKETER).include == []


def test_the_lists_of_an_archived_definition_are_found_by_number_alone():
    inner = create_segment(name="Inner", kind="active", definition=country("IT"), actor=MARKETER)
    campaign_for([{"not": {"segment": inner.pk, "op": "in"}}])
    assert selectors.campaigns_using_any([inner.pk]).count() == 1
    assert selectors.campaigns_using_any([inner.pk + 1]).count() == 0


def test_a_text_message_goes_to_phones_that_agreed_to_it():
    ada = ContactFactory(first_name="Ada", phone="+390612345678")
    bob = ContactFactory(first_name="Bob", phone="+390612345679")
    mail_only, nowhere = subscriber(first_name="Mail", phone="+390612345670"), ContactFactory(first_name="No")
    for contact in (ada, bob, nowhere):
        ConsentFactory(contact=contact, channel="sms")
    Suppression.objects.create(channel="sms", address="+390612345679")
    campaign = drafted(list_of(ada, bob, mail_only, nowhere))
    Campaign.objects.filter(pk=campaign.pk).update(channel="sms")
    tally = audience.waterfall(Campaign.objects.get(pk=campaign.pk))
    assert {key: n for key, n in tally.items() if n} == {
        "in_lists": 4,
        "no_address": 1,
        "no_consent": 1,
        "suppressed": 1,
        "queued": 1,
    }


def test_a_message_to_a_service_needs_no_consent_but_to_its_topic():
    ada, bob = ContactFactory(first_name="Ada", email=None), ContactFactory(first_name="Bob")
    ConsentFactory(contact=bob, channel="webhook", topic="crm", status="unsubscribed")
    campaign = drafted(list_of(ada, bob))
    Campaign.objects.filter(pk=campaign.pk).update(channel="webhook")
    assert audience.waterfall(Campaign.objects.get(pk=campaign.pk))["queued"] == 2
    Campaign.objects.filter(pk=campaign.pk).update(topic="crm")
    assert audience.waterfall(Campaign.objects.get(pk=campaign.pk))["queued"] == 1


def test_each_is_written_to_on_the_best_channel_she_agreed_to():
    both = subscriber(first_name="Both", phone="+390612345671")
    ConsentFactory(contact=both, channel="sms")
    only_sms = ContactFactory(first_name="Sms", phone="+390612345672")
    ConsentFactory(contact=only_sms, channel="sms")
    neither = ContactFactory(first_name="Neither", phone="+390612345673")
    campaign = drafted(list_of(both, only_sms, neither))
    Campaign.objects.filter(pk=campaign.pk).update(channel="best")
    campaign = Campaign.objects.get(pk=campaign.pk)
    campaign.waterfall, _versions = audience.freeze(campaign)
    rows = {send.contact_id: (send.channel, send.reason or send.state) for send in campaign.sends.all()}
    assert rows[both.pk] == ("email", "queued")
    assert rows[only_sms.pk] == ("sms", "queued")
    assert rows[neither.pk][1] == "no_consent"
    assert audience.refusals(campaign, [both.pk, only_sms.pk]) == {}
    Suppression.objects.create(channel="email", address=both.email)
    assert audience.refusals(campaign, [both.pk, only_sms.pk]) == {both.pk: "suppressed"}


def test_an_address_that_bounced_after_the_contact_got_another_is_not_written_to():
    ada = subscriber(email="old@example.org")
    campaign = started(list_of(ada))
    Contact.objects.filter(pk=ada.pk).update(email="new@example.org")
    assert audience.refusals(campaign, [ada.pk]) == {}
    Suppression.objects.create(channel="email", address="OLD@example.org")
    assert audience.refusals(campaign, [ada.pk]) == {ada.pk: "suppressed"}


def test_a_page_with_a_definition_that_can_no_longer_be_read_says_so(client):
    client.force_login(User.objects.create_user("mia@example.org", "a long password for tests", role="marketer"))
    friends = list_of(subscriber())
    campaign = campaign_for([{"segment": friends.pk, "op": "in"}])
    friends.delete()
    page = client.get(f"/campaigns/{campaign.pk}/")
    assert page.status_code == 200
    assert "can no longer be read" in page.content.decode()


def test_every_step_of_a_draft_leads_to_its_people(client):
    client.force_login(User.objects.create_user("vera@example.org", "a long password for tests", role="viewer"))
    ada, unasked = subscriber(first_name="Ada"), ContactFactory(first_name="Unasked")
    campaign = drafted(list_of(ada, unasked))
    page = client.get(f"/campaigns/{campaign.pk}/").content.decode()
    assert f"/campaigns/{campaign.pk}/audience/?step=no_consent" in page
    left_out = client.get(f"/campaigns/{campaign.pk}/audience/", {"step": "no_consent"}).content.decode()
    assert "Unasked" in left_out
    assert f"/contacts/{ada.pk}/" not in left_out
    everyone = client.get(f"/campaigns/{campaign.pk}/audience/", {"after": "x"}).content.decode()
    assert f"/contacts/{ada.pk}/" in everyone
    assert "Nobody here" in client.get(f"/campaigns/{campaign.pk}/audience/", {"step": "capped"}).content.decode()
    services.start_campaign(campaign.pk, actor=MARKETER)
    assert client.get(f"/campaigns/{campaign.pk}/audience/").status_code == 302


def test_what_a_message_says_in_mjml_in_another_language_or_in_an_arm_is_read_too():
    shown = '<mjml><mj-body><mj-raw>{{ contact.city | default: "" }}</mj-raw></mj-body></mjml>'
    italian = {"it": {"subject": 'Ciao {{ contact.region | default: "" }}'}}
    campaign = drafted(list_of(), body_html="", body_mjml=shown, translations=italian)
    arms.add_arm(campaign.pk, data={"subject": '{{ contact.attributes.plan | default: "x" }}'}, actor=MARKETER)
    keys = {f"attribute:{name}" for name in ("city", "region", "plan")}
    assert set(reading.campaigns_by_key(keys | {"attribute:country"})) == keys
