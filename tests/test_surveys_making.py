"""Surveys are written as drafts, judged whole, and change for people by publishing alone."""

from __future__ import annotations

import pytest

from campaigns.asking import flow, loading, schema, services, starts
from campaigns.models import Survey
from contacts.models import AttributeDefinition
from contacts.services import create_attribute, delete_attribute
from crmseg.access.models import AuditEntry
from crmseg.common.problems import Conflict, InvalidInput

from .survey_worlds import MAKER, nps_form, opened, words

pytestmark = pytest.mark.django_db


def pointers(raw):
    with pytest.raises(InvalidInput) as refused:
        loading.load(raw)
    return [problem.pointer for problem in refused.value.problems]


def test_everything_that_is_wrong_is_said_at_once_and_where():
    wrong = nps_form(languages=["en", "de"], colour="red")
    wrong["questions"][0] |= {"kind": "stars"}
    wrong["questions"][1]["if"] = {"question": "need", "op": "is", "value": 1}
    wrong["questions"][2] |= {"key": "score", "options": [{"key": "A b", "text": "x" * 201}]}
    wrong["questions"].append({"key": "survey", "kind": "scale", "from": 5, "to": 2, "text": words("?")})
    assert pointers(wrong) == [
        "/colour",
        "/languages/1",
        "/questions/0/kind",
        "/questions/1/if/question",
        "/questions/2/key",
        "/questions/2/options/0/key",
        "/questions/2/options/0/text/en",
        "/questions/3/key",
        "/questions/3/to",
    ]


@pytest.mark.parametrize("raw", [None, [], "x", 7, {"questions": 3}, {"languages": "en"}, {"title": ["x"]}])
def test_what_is_no_form_is_refused(raw):
    assert pointers(raw)


def test_what_is_written_is_read_the_same():
    form = loading.load(nps_form())
    assert loading.load(schema.dump(form)) == form


@pytest.mark.parametrize("key", [*starts.STARTS])
def test_every_start_is_a_form_in_four_languages(key):
    form = loading.load(starts.definition(key, "it"))
    assert form.languages == ("it", "en", "fr", "es")
    missing = [one.pointer for one in schema.gaps(form)]
    assert missing == (["/questions"] if key == "blank" else [])


def test_a_question_is_asked_where_its_condition_holds_and_what_hangs_on_it_too():
    form = loading.load(nps_form())
    assert [one.key for one in flow.path(form, {"score": 9})] == ["score", "need"]
    assert [one.key for one in flow.path(form, {"score": 6})] == ["score", "why", "need"]
    assert flow.next_question(form, {"score": 6, "why": None}).key == "need"
    assert flow.kept(form, {"score": 9, "why": "slow", "need": "price"}) == {"score": 9, "need": "price"}
    assert flow.next_question(form, {"score": 9, "need": None}) is None


@pytest.mark.parametrize(
    ("op", "value", "said", "holds"),
    [
        ("is", 3, 3, True),
        ("is_not", 3, None, False),
        ("gte", 3, 4, True),
        ("lte", 3, 4, False),
        ("is_any_of", ("a",), ["a", "b"], True),
        ("is_none_of", ("a",), "b", True),
        ("is_none_of", ("a",), None, False),
        ("is_known", None, 0, True),
        ("is_unknown", None, None, True),
        ("is_unknown", None, "", True),
    ],
)
def test_conditions_mean_what_they_mean_everywhere(op, value, said, holds):
    assert flow.holds(schema.Condition("q", op, value), {"q": said}) is holds


def test_a_draft_may_lack_words_and_publishing_says_which():
    half = nps_form(title=words("Only English"), questions=[{"key": "q", "kind": "single", "text": {"it": "Sì?"}}])
    survey = services.create_survey(data={"name": "Half", "definition": half}, actor=MAKER)
    with pytest.raises(InvalidInput) as refused:
        services.publish_survey(survey.pk, actor=MAKER)
    assert [one.pointer for one in refused.value.problems] == [
        "/title/it",
        "/questions/0/text/en",
        "/questions/0/options",
    ]
    assert Survey.objects.get().state == "draft"


def test_publishing_makes_the_attributes_that_answers_are_kept_as():
    opened()
    made = {one.key: (one.type, one.options) for one in AttributeDefinition.objects.all()}
    assert made == {"nps_score": ("number", []), "main_need": ("enum", ["price", "quality"])}
    survey = Survey.objects.get()
    more = nps_form()
    more["questions"][2]["options"].append({"key": "advice", "text": words("Advice", it="Consigli")})
    services.update_survey(survey.pk, data={"definition": more}, actor=MAKER)
    services.publish_survey(survey.pk, actor=MAKER)
    assert AttributeDefinition.objects.get(key="main_need").options == ["price", "quality", "advice"]


def test_an_attribute_that_cannot_hold_the_answers_is_refused_and_one_in_use_stays():
    create_attribute(data={"key": "main_need", "type": "date"}, actor=MAKER)
    with pytest.raises(InvalidInput) as refused:
        opened()
    assert [one.pointer for one in refused.value.problems] == ["/questions/2/attribute"]
    AttributeDefinition.objects.all().delete()
    opened(key="other")
    with pytest.raises(Conflict, match="the survey “Spring”"):
        delete_attribute(AttributeDefinition.objects.get(key="nps_score").pk, actor=MAKER)


def test_people_see_a_change_once_it_is_published_and_the_log_says_so():
    survey = opened()
    changed = nps_form(title=words("New", it="Nuovo"))
    services.update_survey(survey.pk, data={"definition": changed}, actor=MAKER)
    assert services.published(survey).title["en"] == "How are we?"
    survey = services.publish_survey(survey.pk, actor=MAKER)
    assert (survey.version, services.published(survey).title["en"]) == (2, "New")
    assert services.publish_survey(survey.pk, actor=MAKER).version == 2
    told = AuditEntry.objects.filter(object_type="survey").order_by("pk").values_list("action", flat=True)
    assert [*told] == ["created", "published", "published"]


def test_the_key_of_a_published_survey_stays_and_no_two_share_one():
    survey = opened()
    assert survey.key == "spring"
    assert services.copy_survey(survey.pk, actor=MAKER).key == "spring_copy"
    with pytest.raises(Conflict):
        services.update_survey(survey.pk, data={"key": "other"}, actor=MAKER)
    with pytest.raises(Conflict):
        services.create_survey(data={"name": "Again", "key": "spring"}, actor=MAKER)


def test_an_open_survey_is_closed_before_it_is_deleted():
    survey = opened()
    with pytest.raises(Conflict):
        services.delete_survey(survey.pk, actor=MAKER)
    services.close_survey(survey.pk, actor=MAKER)
    services.delete_survey(survey.pk, actor=MAKER)
    assert not Survey.objects.exists()
