"""Answering on the pages: each answer kept at once, everything written together, and nobody asked too often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from campaigns import audience, optin
from campaigns.asking import guarding, links, responding, services
from campaigns.content import compose
from campaigns.models import OptIn, SurveyResponse
from contacts.models import AttributeDefinition, ConsentTopic, Contact, Event, Task
from contacts.privacy import erase_contact, export_contact
from contacts.services import create_contact, delete_contacts, merge_contacts, unmerge_contacts
from crmseg.access.models import User
from crmseg.common import clock

from .campaign_worlds import draft, list_of, send_all, started, subscriber
from .factories import ContactFactory
from .survey_worlds import MAKER, nps_form, opened, path_of, personal, words

pytestmark = pytest.mark.django_db
SIGN_UP = {
    "languages": ["en"],
    "title": "Hear from us",
    "questions": [
        {"key": "need", "kind": "text", "text": "What for?", "attribute": "purpose"},
        {"key": "mail", "kind": "email", "text": "Where?", "required": True, "consent": {"text": "Yes, write to me."}},
    ],
}


@pytest.fixture(autouse=True)
def _no_mail(settings):
    settings.EMAIL_URL = ""


@pytest.fixture
def reader():
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def ada():
    return ContactFactory(first_name="Ada", email="ada@example.org", language="it")


def send(reader, path, question, *answer, **more):
    return reader.post(path, {"question": question, "answer": list(answer), **more})


def begun(survey):
    """What a person's browser sends along who has looked at the page for a while."""
    return {"opened": guarding.opened(survey.pk, clock.now() - timedelta(seconds=20))}


def test_a_personal_link_asks_in_her_language_and_writes_everything_at_the_end(reader, ada):
    survey = opened()
    path = personal(survey, ada.pk)
    page = reader.get(path)
    assert "Ci consiglieresti?" in page.content.decode()
    assert not SurveyResponse.objects.exists()
    assert send(reader, path, "score", "3").status_code == 302
    assert not Event.objects.exists()
    assert "Che cosa è andato male?" in reader.get(path).content.decode()
    send(reader, path, "why", "Too slow")
    last = send(reader, path, "need", "price")
    assert "Grazie" in reader.get(last.url).content.decode() or "Thank" in reader.get(last.url).content.decode()
    response = SurveyResponse.objects.get()
    assert (response.nps, response.contact_id, response.language) == (3, ada.pk, "it")
    event = Event.objects.get()
    assert event.type.name == "Survey Answered"
    assert {key: event.properties[key] for key in ("score", "why", "need", "nps", "survey")} == {
        "score": 3, "why": "Too slow", "need": "price", "nps": 3, "survey": "Spring",
    }  # fmt: skip
    ada.refresh_from_db()
    assert ada.attributes == {"nps_score": 3, "main_need": "price"}


def test_a_half_filled_one_goes_on_where_it_was_left_and_an_earlier_answer_can_change(reader, ada):
    survey = opened()
    path = personal(survey, ada.pk)
    send(reader, path, "score", "3")
    assert 'value="3" checked' in reader.get(f"{path}?at=score").content.decode()
    send(reader, path, "score", "10")
    assert "Che cosa conta?" in reader.get(path).content.decode()
    response = SurveyResponse.objects.get()
    assert (response.answers, response.completed_at) == ({"score": 10}, None)
    changed = nps_form(title=words("New", it="Nuovo"), questions=nps_form()["questions"][:1])
    services.update_survey(survey.pk, data={"definition": changed}, actor=MAKER)
    services.publish_survey(survey.pk, actor=MAKER)
    assert "Che cosa conta?" in reader.get(path).content.decode()


def test_what_cannot_be_an_answer_is_said_and_nothing_is_lost(reader, ada):
    path = personal(opened(), ada.pk)
    for wrong in ("", "11", "x", "-1", "9" * 40):
        assert send(reader, path, "score", wrong).status_code == 400
    assert send(reader, path, "need", "price").status_code == 200
    assert send(reader, path, "nothing", "1").status_code == 200
    assert not SurveyResponse.objects.exists()


def test_a_score_in_the_address_is_chosen_and_not_sent(reader, ada):
    page = reader.get(f"{personal(opened(), ada.pk)}?score=9").content.decode()
    assert 'value="9" checked' in page
    assert not SurveyResponse.objects.exists()


def test_nobody_is_asked_again_within_thirty_days_whatever_the_survey(reader, ada):
    first, second = opened(), opened(name="Autumn")
    responding.answer_all(first, {"score": 9}, contact_id=ada.pk, language="it")
    assert "30" in reader.get(personal(second, ada.pk)).content.decode()
    assert send(reader, personal(second, ada.pk), "score", "9").status_code == 200
    assert SurveyResponse.objects.count() == 1
    SurveyResponse.objects.update(completed_at=clock.now() - timedelta(days=31))
    assert "Ci consiglieresti?" in reader.get(personal(second, ada.pk)).content.decode()
    assert "Ci consiglieresti?" in reader.get(personal(first, ada.pk)).content.decode()


def test_a_message_carries_her_own_link_and_leaves_out_whoever_was_asked():
    survey = opened()
    ada, bob, eve = (subscriber(first_name=name) for name in ("Ada", "Bob", "Eve"))
    responding.answer_all(survey, {"score": 9}, contact_id=bob.pk, language="en")
    asking = {"body_html": '<p><a href="{{ surveys.spring }}?score=9">Nine</a></p>'}
    first = started(list_of(ada, bob), **asking)
    assert dict(first.sends.values_list("contact_id", "reason")) == {ada.pk: "", bob.pk: "asked_lately"}
    send_all(first)
    second = draft(list_of(ada, bob, eve), **asking)
    counts = audience.waterfall(second)
    assert (counts["asked_lately"], counts["queued"]) == (2, 1)
    assert audience.waterfall(draft(list_of(ada, bob, eve)))["queued"] == 3
    message = compose.compose(second).render(eve, "https://example.org/u")
    assert links.personal_url(survey.pk, eve.pk) + "?score=9" in message.html


def test_a_test_message_leads_to_a_page_that_keeps_nothing(reader):
    path = personal(opened(), links.NOBODY)
    assert reader.get(path).status_code == 200
    assert send(reader, path, "score", "9").status_code == 200
    assert not SurveyResponse.objects.exists()


def test_a_public_link_is_answered_without_a_name_and_only_where_it_is_open(reader):
    survey = opened()
    path = path_of(links.public_url(survey))
    assert reader.get(path).status_code == 410
    services.update_survey(survey.pk, data={"is_public": True}, actor=MAKER)
    after = send(reader, path, "score", "9", **begun(survey))
    assert after.status_code == 302
    assert after.url != path
    send(reader, after.url, "need", "quality")
    response = SurveyResponse.objects.get()
    assert (response.contact_id, response.channel, response.nps) == (None, "public", 9)
    assert not Event.objects.exists()


def test_programs_are_kept_out_without_a_riddle_for_people(reader):
    survey = opened(is_public=True)
    path = path_of(links.public_url(survey))
    just_now = clock.now() + timedelta(minutes=1)  # however slow the machine is that runs this
    page = send(reader, path, "score", "9", opened=guarding.opened(survey.pk, just_now))
    assert page.status_code == 400
    assert 'value="9" checked' in page.content.decode()
    assert send(reader, path, "score", "9", website="https://spam.example", **begun(survey)).status_code == 200
    assert send(reader, path, "score", "9", opened="forged").status_code == 400
    assert not SurveyResponse.objects.exists()


def test_an_address_makes_a_contact_who_confirms_by_mail_before_anything_is_sent(reader):
    survey = opened(SIGN_UP, is_public=True)
    after = send(reader, path_of(links.public_url(survey)), "need", "News", **begun(survey))
    assert send(reader, after.url, "mail", "not an address").status_code == 400
    send(reader, after.url, "mail", "Eve@example.org")
    eve = Contact.objects.get()
    assert (eve.email.lower(), eve.attributes) == ("eve@example.org", {"purpose": "News"})
    assert OptIn.objects.get().contact_id == eve.pk
    assert not eve.consents.exists()
    assert optin.deliver_due() == 1


def test_an_address_that_somebody_typed_changes_nothing_that_was_known(reader):
    survey = opened(SIGN_UP, is_public=True)
    eve = create_contact(data={"email": "eve@example.org", "attributes": {"purpose": "Work"}}, actor=MAKER)
    after = send(reader, path_of(links.public_url(survey)), "need", "Mischief", **begun(survey))
    send(reader, after.url, "mail", "eve@example.org")
    eve.refresh_from_db()
    assert eve.attributes == {"purpose": "Work"}
    assert SurveyResponse.objects.get().contact_id == eve.pk


def test_a_topic_that_a_sign_up_names_is_there_once_it_is_published_and_written_to_after_a_yes_alone(reader):
    asked = {"key": "mail", "kind": "email", "text": "Where?", "consent": {"topic": "garden", "text": "Yes."}}
    survey = opened({"title": "Hear from us", "questions": [asked]}, is_public=True)
    assert ConsentTopic.objects.get(key="garden").default == ConsentTopic.Default.UNSUBSCRIBED
    services.publish_survey(survey.pk, actor=MAKER)
    send(reader, path_of(links.public_url(survey)), "mail", "eve@example.org", **begun(survey))
    assert OptIn.objects.get().topic == "garden"
    last = reader.get(links.response_path(SurveyResponse.objects.get())).content.decode()
    assert "eve@example.org" in last
    assert "sent you a link" in last


def test_nobody_is_asked_for_consent_over_and_over_because_others_write_her_address(reader):
    survey = opened(SIGN_UP, is_public=True)
    for _turn in range(5):
        OptIn.objects.update(asked_at=F("asked_at") - timedelta(hours=2))
        after = send(reader, path_of(links.public_url(survey)), "need", "Mischief", **begun(survey))
        assert send(reader, after.url, "mail", "eve@example.org").status_code == 302
    assert OptIn.objects.count() == optin.MOST_UNASKED


def test_only_the_page_for_frames_may_stand_in_other_pages_and_nothing_runs(reader, ada):
    survey = opened(is_public=True)
    framed = reader.get(path_of(links.embed_url(survey)))
    assert "frame-ancestors *" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    for path in (path_of(links.public_url(survey)), personal(survey, ada.pk), "/ask/forged/"):
        page = reader.get(path)
        assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "DENY"
        assert "<script" not in page.content.decode()


def test_whoever_answers_low_is_given_to_a_person_in_the_same_stroke(reader, ada):
    mia = User.objects.create_user("mia@example.org", "correct horse battery staple", role="marketer")
    follow = {"if": {"question": "score", "op": "lte", "value": 6}, "owner": mia.pk, "days": 3, "title": "Call her"}
    survey = opened(nps_form(follow_up=follow))
    response = responding.answer_all(survey, {"score": 2, "why": "Rude"}, contact_id=ada.pk, language="en")
    task = Task.objects.get(pk=response.task_id)
    assert (task.contact_id, task.owner_id, task.title, task.note) == (ada.pk, mia.pk, "Call her", "Rude")
    SurveyResponse.objects.update(completed_at=clock.now() - timedelta(days=40))
    responding.answer_all(survey, {"score": 9}, contact_id=ada.pk, language="en")
    assert Task.objects.count() == 1


def test_an_attribute_that_is_gone_does_not_lose_the_answer(ada):
    survey = opened()
    AttributeDefinition.objects.filter(key="main_need").delete()
    responding.answer_all(survey, {"score": 9, "need": "price"}, contact_id=ada.pk, language="en")
    ada.refresh_from_db()
    assert ada.attributes == {"nps_score": 9}
    assert SurveyResponse.objects.get().answers["need"] == "price"


def test_answers_move_with_a_merge_and_come_back_with_its_undo(ada):
    survey = opened()
    bob = ContactFactory(email="bob@example.org")
    responding.answer_all(survey, {"score": 9}, contact_id=bob.pk, language="en")
    for contact in (ada, bob):
        responding.begin(survey, channel=SurveyResponse.Channel.LINK, language="en", contact_id=contact.pk)
    merge_contacts(ada.pk, bob.pk, actor=MAKER)
    assert set(SurveyResponse.objects.filter(completed_at__isnull=False).values_list("contact_id", flat=True)) == {
        ada.pk
    }
    unmerge_contacts(ada.pk, actor=MAKER)
    assert set(SurveyResponse.objects.filter(completed_at__isnull=False).values_list("contact_id", flat=True)) == {
        bob.pk
    }


def test_she_is_given_her_answers_and_forgotten_with_her_words(ada):
    survey = opened()
    responding.answer_all(survey, {"score": 3, "why": "Ask for Ada"}, contact_id=ada.pk, language="en")
    assert export_contact(ada)["survey_answers"][0]["answers"]["why"] == "Ask for Ada"
    erase_contact(ada.pk, actor=MAKER)
    response = SurveyResponse.objects.get()
    assert (response.contact_id, response.nps) == (None, 3)
    assert response.answers == {"score": 3, "why": None, "need": None}


def test_a_link_of_somebody_who_is_gone_says_so(reader, ada):
    survey = opened()
    path = personal(survey, ada.pk)
    delete_contacts([ada.pk], actor=MAKER)
    assert "no longer hold" in reader.get(path).content.decode()
    assert send(reader, path, "score", "9").status_code == 200
    services.close_survey(survey.pk, actor=MAKER)
    assert reader.get(path).status_code == 410
