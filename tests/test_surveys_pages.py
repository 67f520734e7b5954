"""The pages of those who ask: the builder saves as it is written, answers are read, tagged and handed on."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.asking import links, responding, services
from campaigns.models import Survey, SurveyResponse
from contacts.models import Event, Task
from crmseg.access.models import User

from .factories import ContactFactory
from .survey_worlds import MAKER, nps_form, opened, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client):
    made = User.objects.create_user("mia@example.org", "correct horse battery staple", role="marketer", name="Mia")
    client.force_login(made)
    return made


@pytest.fixture
def survey(mia):
    return opened()


def fields(html):
    """What the builder's form holds, as a browser would send it."""
    found: dict[str, list[str]] = {}
    html = html[html.index('id="survey-form"') :]
    for tag in re.findall(r"<(?:input|textarea|select)[^>]*name=\"[^\"]+\"[^>]*>(?:[^<]*</textarea>)?", html):
        name = re.search(r'name="([^"]+)"', tag)[1]
        if ('type="checkbox"' in tag and "checked" not in tag) or 'type="hidden" name="csrf' in tag:
            continue
        value = re.search(r">([^<]*)</textarea>", tag) or re.search(r'value="([^"]*)"', tag)
        if tag.startswith("<select"):
            rest = html[html.index(tag) :].split("</select>")[0]
            value = re.search(r'value="([^"]*)" selected', rest) or re.search(r'value="([^"]*)"', rest)
        found.setdefault(name, []).append(value[1] if value else "")
    return found


def edit(client, survey, *, htmx=True, **changes):
    language = changes.get("language", "en")
    page = client.get(f"/surveys/{survey.pk}/edit/?language={language}").content.decode()
    given = fields(page) | {name: value if isinstance(value, list) else [value] for name, value in changes.items()}
    return client.post(f"/surveys/{survey.pk}/edit/", given, headers={"HX-Request": "true"} if htmx else {})


def draft(survey):
    return Survey.objects.get(pk=survey.pk).definition


def test_drawn_and_saved_again_the_draft_is_the_same(client, survey):
    before = draft(survey)
    assert edit(client, survey).status_code == 200
    assert draft(survey) == before


def test_what_is_written_is_kept_in_its_language_and_the_others_stay(client, survey):
    edit(client, survey, title="Tell us")
    edit(client, survey, **{"language": "it", "q.score.text": "Ci raccomanderesti?"})
    said = draft(survey)
    assert said["title"] == words("Tell us", it="Come siamo?")
    assert said["questions"][0]["text"] == words("Would you recommend us?", it="Ci raccomanderesti?")


def test_buttons_add_move_copy_and_take_away(client, survey):
    keys = lambda: [one["key"] for one in draft(survey)["questions"]]  # noqa: E731
    page = edit(client, survey, do="add:scale").content.decode()
    assert keys() == ["score", "why", "need", "scale"]
    assert "autofocus" in page
    edit(client, survey, do="up:scale")
    assert keys() == ["score", "why", "scale", "need"]
    edit(client, survey, do="copy:need")
    assert keys() == ["score", "why", "scale", "need", "need_2"]
    edit(client, survey, do="delete:score")
    assert keys() == ["why", "scale", "need", "need_2"]
    assert "if" not in draft(survey)["questions"][0]
    edit(client, survey, do="option:need")
    edit(client, survey, do="drop:need:price")
    assert [one["key"] for one in draft(survey)["questions"][2]["options"]] == ["quality", "option"]


def test_a_condition_follows_the_question_that_it_asks(client, survey):
    edit(client, survey, **{"q.need.if.question": "score", "do": "redraw"})
    assert draft(survey)["questions"][2]["if"] == {"question": "score", "op": "lte", "value": 6}
    edit(client, survey, **{"q.need.if.op": "gte", "q.need.if.value": "9"})
    edit(client, survey, **{"q.score.key": "nps"})
    assert draft(survey)["questions"][2]["if"] == {"question": "nps", "op": "gte", "value": 9}
    edit(client, survey, **{"follow.if.question": "nps", "do": "redraw"})
    assert draft(survey)["follow_up"] == {
        "if": {"question": "nps", "op": "lte", "value": 6}, "owner": None, "days": 2, "title": "",
    }  # fmt: skip


def test_publishing_names_options_by_their_words_and_leads_to_the_links(client, mia):
    survey = services.create_survey(data={"name": "New"}, actor=MAKER)
    edit(client, survey, do="add:single", languages=["en"])
    edit(client, survey, **{"q.single.text": "Which?", "q.single.o.option_1.text": "A good price"})
    refused = edit(client, survey, do="publish")
    assert refused.status_code == 400
    assert Survey.objects.get().state == "draft"
    edit(client, survey, **{"q.single.o.option_2.text": "Größe"})
    answer = edit(client, survey, do="publish")
    assert answer["HX-Redirect"] == f"/surveys/{survey.pk}/share/"
    assert [one["key"] for one in draft(survey)["questions"][0]["options"]] == ["a_good_price", "groe"]
    assert "surveys.new" in client.get(f"/surveys/{survey.pk}/share/").content.decode()


def test_two_who_write_at_once_do_not_overwrite_each_other(client, survey):
    page = fields(client.get(f"/surveys/{survey.pk}/edit/").content.decode())
    services.update_survey(survey.pk, data={"definition": nps_form(title=words("Theirs"))}, actor=MAKER)
    answer = client.post(f"/surveys/{survey.pk}/edit/", page | {"title": "Mine"}, headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Keep mine" in answer.content.decode()
    assert draft(survey)["title"] == words("Theirs")


def test_saving_while_one_writes_waits_for_a_button_and_a_button_for_saving(client, survey):
    # Sent at the same time, the later of the two would be refused as if somebody else had written meanwhile.
    page = client.get(f"/surveys/{survey.pk}/edit/").content.decode()
    for part, how in (("builder", "queue all"), ("side", "queue last")):
        [shown] = re.findall(rf'<div id="survey-{part}"[^>]*>', page)
        assert f'hx-sync="#survey-form:{how}"' in shown


def test_the_preview_is_the_page_itself_and_stands_in_our_frame_alone(client, survey):
    page = client.get(f"/surveys/{survey.pk}/preview/?question=need&language=it")
    assert "Che cosa conta?" in page.content.decode()
    assert "frame-ancestors 'self'" in page["Content-Security-Policy"]


def answered(survey, *scores):
    for place, score in enumerate(scores):
        person = ContactFactory(first_name=f"Person {place}")
        said = {"score": score, "why": f"Reason {place}", "need": "price" if score > 6 else "quality"}
        responding.answer_all(survey, said, contact_id=person.pk, language="en")


def test_answers_are_found_by_words_score_tag_and_list(client, survey):
    answered(survey, 2, 9, 10)
    url = f"/surveys/{survey.pk}/answers/"
    assert "Person 0" in client.get(f"{url}?group=detractors").content.decode()
    assert "Person 1" not in client.get(f"{url}?group=detractors").content.decode()
    assert "No answer matches" in client.get(f"{url}?q=100%25").content.decode()
    assert "Reason 0" in client.get(f"{url}?q=reason+0").content.decode()
    low = SurveyResponse.objects.get(nps=2)
    client.post(f"{url}{low.pk}/tags/", {"tags": "Price,  slow ,price", "next": "https://elsewhere.example/"})
    low.refresh_from_db()
    assert low.tags == ["price", "slow"]
    assert "Person 0" in client.get(f"{url}?tag=slow").content.decode()
    file = b"".join(client.get(f"{url}file/?tag=slow").streaming_content).decode()
    assert "Reason 0" in file
    assert "Reason 1" not in file


def test_an_answer_is_handed_to_a_person(client, survey, mia):
    answered(survey, 2)
    response = SurveyResponse.objects.get()
    client.post(f"/surveys/{survey.pk}/answers/{response.pk}/task/", {"owner": str(mia.pk)})
    task = Task.objects.get()
    assert (task.owner_id, task.note, task.contact_id) == (mia.pk, "Reason 0", response.contact_id)
    assert task.title in client.get(f"/surveys/{survey.pk}/answers/").content.decode()


def test_an_answer_is_deleted_where_one_is_told_what_stays_of_it(client, survey):
    answered(survey, 2, 9)
    url, wrong = f"/surveys/{survey.pk}/answers/", SurveyResponse.objects.get(nps=2)
    page = client.get(f"{url}?group=detractors").content.decode()
    assert "“Would you recommend us?” keeps what this answer says." in page
    gone = client.post(f"{url}{wrong.pk}/delete/?group=detractors")
    assert gone["Location"] == f"{url}?group=detractors"
    assert [one.nps for one in SurveyResponse.objects.all()] == [9]
    assert [event.properties["nps"] for event in Event.objects.all()] == [9]
    client.force_login(User.objects.create_user("r@example.org", "correct horse battery staple", role="viewer"))
    assert client.post(f"{url}{SurveyResponse.objects.get().pk}/delete/").status_code == 403


def test_the_report_says_what_it_needs_and_then_the_score_between_its_limits(client, survey):
    answered(survey, 9)
    url = f"/surveys/{survey.pk}/"
    assert "there are 1, it needs 10" in client.get(url).content.decode()
    answered(survey, *[10] * 8, *[3] * 3)
    page = client.get(url).content.decode()
    assert '<p class="survey-score">50</p>' in page
    assert client.get(f"{url}chart/").json()["kind"] == "line"
    assert "score,nps,value,50" in client.get(f"{url}file/").content.decode()


@pytest.mark.parametrize(
    "query", ["?segment=x", "?segment=99999999999999999999", "?since=2026-13-01&until=%FF", "?page=-1&sort=zz"]
)
def test_whatever_the_address_says_a_page_answers(client, survey, query):
    for part in ("", "answers/", "chart/", "file/", "answers/file/", "preview/", "share/", "edit/"):
        assert client.get(f"/surveys/{survey.pk}/{part}{query}").status_code == 200
    assert client.get(f"/surveys/{query}").status_code == 200


def test_pages_ask_the_same_number_of_times_however_many_answers(client, survey, django_assert_max_num_queries):
    answered(survey, 2, 9)
    url = f"/surveys/{survey.pk}/answers/"
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    answered(survey, *range(11))
    with django_assert_max_num_queries(len(few)):
        client.get(url)


def test_whoever_only_reads_changes_nothing(client, survey):
    client.force_login(User.objects.create_user("r@example.org", "correct horse battery staple", role="viewer"))
    assert client.get(f"/surveys/{survey.pk}/").status_code == 200
    assert client.get(f"/surveys/{survey.pk}/edit/").status_code == 403
    for part in ("publish/", "close/", "copy/", "delete/", "share/"):
        assert client.post(f"/surveys/{survey.pk}/{part}").status_code == 403
    assert links.public_url(survey)
