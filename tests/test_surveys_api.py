"""Surveys for programs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from campaigns.asking import responding
from campaigns.models import Survey, SurveyResponse
from contacts.models import Event
from crmseg.access.models import ApiKey
from crmseg.common import clock

from .factories import ContactFactory
from .survey_worlds import nps_form, opened, path_of

pytestmark = pytest.mark.django_db
AT = "/api/v1/surveys/"


@pytest.fixture
def api():
    _key, secret = ApiKey.objects.create_key(name="Full", scope="full")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def pointers(answer):
    return [one["pointer"] for one in answer.json()["problems"]]


def test_a_survey_is_made_checked_changed_published_and_closed(api):
    made = api.post(AT, {"name": "Spring", "definition": nps_form()})
    assert made.status_code == 201
    url, etag = f"{AT}{made.json()['id']}/", made["ETag"]
    assert made.json()["key"] == "spring"
    assert api.patch(url, {"name": "Lent"}, headers={"If-Match": '"old"'}).status_code == 412
    assert api.patch(url, {"name": "Lent"}, headers={"If-Match": etag}).json()["name"] == "Lent"
    assert pointers(api.patch(url, {"definition": {"questions": [{"key": "q", "kind": "stars"}]}})) == [
        "/definition/questions/0/kind"
    ]
    assert api.post(f"{url}publish/").json()["state"] == "open"
    assert api.delete(url).status_code == 409
    assert api.post(f"{url}close/").json()["state"] == "closed"
    assert api.delete(url).status_code == 204


def test_a_definition_is_checked_without_being_kept(api):
    checked = api.post(f"{AT}validate/", {"definition": {"questions": [{"key": "q", "kind": "single"}]}}).json()
    assert (checked["valid"], checked["publishable"]) == (True, False)
    assert "/definition/questions/0/options" in [one["pointer"] for one in checked["problems"]]
    assert api.post(f"{AT}validate/", {"definition": 7}).json()["valid"] is False
    assert not Survey.objects.exists()


def test_one_begins_with_a_form_of_ours(api):
    made = api.post(AT, {"name": "Score", "start": "nps"}).json()
    assert made["definition"]["questions"][0]["kind"] == "nps"
    assert pointers(api.post(AT, {"name": "Score", "start": "tarot"})) == ["/start"]


def test_answers_come_in_judged_like_those_of_a_page_and_come_out_in_pages(api):
    survey, ada = opened(), ContactFactory()
    url = f"{AT}{survey.pk}/answers/"
    wrong = api.post(url, {"contact": 10**9, "answers": {"score": 11, "need": "gold", "colour": 1}, "who": 1})
    assert sorted(pointers(wrong)) == ["/answers/colour", "/answers/need", "/answers/score", "/contact", "/who"]
    assert pointers(api.post(url, {"answers": {}})) == ["/answers/score"]
    made = api.post(url, {"contact": ada.pk, "answers": {"score": 9, "why": "not asked", "need": "price"}})
    assert made.status_code == 201
    assert made.json()["answers"] == {"score": 9, "need": "price"}
    assert Event.objects.get().properties["need"] == "price"
    for _turn in range(3):
        api.post(url, {"answers": {"score": 2, "why": "Slow"}})
    first = api.get(f"{url}?limit=3").json()
    assert [one["nps"] for one in first["results"]] == [2, 2, 2]
    assert [one["contact"] for one in api.get(first["next"]).json()["results"]] == [ada.pk]
    assert len(api.get(f"{url}?group=promoters&q=price").json()["results"]) == 1
    assert pointers(api.get(f"{url}?group=fans")) == ["/group"]
    assert pointers(api.get(f"{url}?segment=x")) == ["/segment"]


def test_answers_are_tagged_and_links_made_and_the_report_told(api):
    survey, ada = opened(), ContactFactory()
    answer = api.post(f"{AT}{survey.pk}/answers/", {"answers": {"score": 9}}).json()
    tagged = api.put(f"{AT}{survey.pk}/answers/{answer['id']}/tags/", {"tags": ["Fan", "fan "]})
    assert tagged.json()["tags"] == ["fan"]
    assert pointers(api.put(f"{AT}{survey.pk}/answers/{answer['id']}/tags/", {"tags": "fan"})) == ["/tags"]
    assert api.put(f"{AT}{survey.pk}/answers/99999/tags/", {"tags": []}).status_code == 404
    assert "/ask/" in api.get(f"{AT}{survey.pk}/links/{ada.pk}/").json()["url"]
    found = api.get(f"{AT}{survey.pk}/report/").json()
    assert (found["completed"], found["nps"]["answers"], found["nps"]["value"]) == (1, 1, None)
    assert pointers(api.get(f"{AT}{survey.pk}/report/?since=yesterday")) == ["/since"]


def test_one_answer_is_read_and_deleted_with_its_event_and_what_it_wrote_stays(api):
    survey, ada = opened(), ContactFactory()
    url = f"{AT}{survey.pk}/answers/"
    wrong, right = (api.post(url, {"contact": ada.pk, "answers": {"score": score}}).json()["id"] for score in (2, 9))
    assert api.get(f"{url}{wrong}/").json()["answers"] == {"score": 2, "why": None, "need": None}
    assert api.delete(f"{AT}{opened(key='other').pk}/answers/{wrong}/").status_code == 404
    assert api.delete(f"{url}{wrong}/").status_code == 204
    assert [api.get(f"{url}{wrong}/").status_code, api.delete(f"{url}{wrong}/").status_code] == [404, 404]
    assert [one["id"] for one in api.get(url).json()["results"]] == [right]
    assert [event.properties["nps"] for event in Event.objects.all()] == [9]
    ada.refresh_from_db()
    assert ada.attributes["nps_score"] == 9


def test_a_public_survey_says_where_a_frame_finds_it(api):
    survey = opened(is_public=True)
    said = api.get(f"{AT}{survey.pk}/").json()
    frame = APIClient().get(path_of(said["embed_url"]))
    assert (frame.status_code, "frame-ancestors *" in frame["Content-Security-Policy"]) == (200, True)
    assert "frame-ancestors 'none'" in APIClient().get(path_of(said["public_url"]))["Content-Security-Policy"]
    assert api.get(f"{AT}{opened(key='other').pk}/").json()["embed_url"] == ""


def test_an_answer_given_elsewhere_keeps_its_time(api):
    survey, at = opened(), clock.now() - timedelta(days=3)
    api.post(f"{AT}{survey.pk}/answers/", {"answers": {"score": 9}, "answered_at": at.isoformat()})
    assert SurveyResponse.objects.get().completed_at == at


def test_what_comes_with_an_answer_is_read_or_refused_and_never_passed_over(api):
    survey = opened(nps_form())
    url = f"{AT}{survey.pk}/answers/"
    wrong = {"answers": {"score": 3, "colour": 1}, "language": "de", "contact": -1, "answered_at": 5}
    refused = api.post(url, wrong)
    assert refused.status_code == 400
    assert sorted(pointers(refused)) == ["/answered_at", "/answers/colour", "/contact", "/language"]
    for said in ("2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2026-01-31", "yesterday"):
        assert pointers(api.post(url, {"answers": {"score": 3}, "answered_at": said})) == ["/answered_at"]
    assert not SurveyResponse.objects.exists()


def test_a_key_that_only_reads_writes_nothing():
    _key, secret = ApiKey.objects.create_key(name="Read", scope="read")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    survey = opened()
    assert client.get(AT).status_code == 200
    assert client.post(f"{AT}validate/", {"definition": {}}).status_code == 200
    assert client.post(AT, {"name": "x"}).status_code == 403
    assert client.post(f"{AT}{survey.pk}/close/").status_code == 403
    answer = responding.answer_all(survey, {"score": 9}, contact_id=None, language="en")
    assert client.delete(f"{AT}{survey.pk}/answers/{answer.pk}/").status_code == 403
