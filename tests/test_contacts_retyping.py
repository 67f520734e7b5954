"""Changing the type of an attribute: tried first, done for every value at once, undone, never at a list's expense."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import attribute_jobs, privacy, services
from contacts.converting import convert
from contacts.fields import Field, FieldType
from contacts.models import AttributeDefinition, AttributeHistory, Contact, RetypedValue, Retyping
from contacts.trial import try_type
from crmseg.access.models import AuditEntry, User
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.jobs import running
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job
from segments import services as lists
from segments.models import Build
from tests.factories import AttributeFactory, CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
T = FieldType


def attribute(*values: object, type: str = "text", options: list[str] | None = None) -> AttributeDefinition:
    for value in values:
        ContactFactory(attributes={"score": value, "other": "stays"})
    return AttributeFactory(key="score", label="Score", type=type, options=options or [])


def values_now() -> list[object]:
    return [contact.attributes.get("score") for contact in Contact.objects.order_by("pk")]


def retype(definition: AttributeDefinition, type_: FieldType, *options: str, **more: bool) -> Retyping:
    return services.retype_attribute(definition.pk, type_=type_, options=list(options), actor=SYSTEM, **more)


def a_list(definition: dict) -> int:
    return lists.create_segment(name="Readers", kind="active", definition=definition, actor=SYSTEM).pk


@pytest.mark.parametrize(
    ("value", "to", "options", "becomes"),
    [
        ("12.50", T.NUMBER, (), "12.5"),
        (True, T.NUMBER, (), "1"),
        (7, T.TEXT, (), "'7'"),
        (True, T.TEXT, (), "'true'"),
        (["a", "b"], T.TEXT, (), "'a; b'"),
        ("a; b", T.MULTI_ENUM, (), "['a', 'b']"),
        (["PRO"], T.ENUM, ("pro", "free"), "'pro'"),
        ("yes", T.BOOLEAN, (), "True"),
        ("2026-01-31T23:30:00Z", T.DATE, (), "'2026-02-01'"),
        ("2026-01-31", T.DATETIME, (), "'2026-01-30T23:00:00Z'"),
        ("42.36, -71.06", T.LOCATION, (), "{'lat': 42.36, 'lon': -71.06}"),
    ],
)
def test_a_value_is_converted_exactly(value: object, to: FieldType, options: tuple, becomes: str):
    found = convert(value, Field("score", "", "", to, options=options, custom=True), "Europe/Rome")
    shown = {key: float(part) for key, part in found.items()} if isinstance(found, dict) else found
    assert (str(shown) if to is T.NUMBER else repr(shown)) == becomes


@pytest.mark.parametrize(
    ("value", "to"), [("many", T.NUMBER), (["a", "b"], T.ENUM), ("31/01/2026", T.DATE), (5, T.DATE), ("x", T.LOCATION)]
)
def test_what_cannot_be_converted_says_why(value: object, to: FieldType):
    with pytest.raises(ValueError, match=r"\w"):
        convert(value, Field("score", "", "", to, custom=True), "UTC")


def test_a_trial_counts_and_shows_examples_and_writes_nothing():
    definition = attribute("1", "2.5", "2.5", "many", 4)
    trial = try_type(definition, T.NUMBER, [])
    assert (trial.known, trial.unchanged, trial.converted, trial.lost, trial.is_sample) == (5, 1, 3, 1, False)
    assert [(one.old, one.count) for one in trial.losing] == [("many", 1)]
    assert (trial.converting[0].old, str(trial.converting[0].new), trial.converting[0].count) == ("2.5", "2.5", 2)
    assert values_now() == ["1", "2.5", "2.5", "many", 4]


def test_every_value_is_converted_and_what_is_lost_is_kept_aside():
    definition = attribute("1", "many", 4)
    made = retype(definition, T.NUMBER)
    definition.refresh_from_db()
    assert (definition.type, values_now()) == ("number", [1, None, 4])
    assert (made.converted, made.lost) == (1, 1)
    assert RetypedValue.objects.get(new__isnull=True).old == "many"
    assert all(contact.attributes["other"] == "stays" for contact in Contact.objects.all())
    assert AttributeHistory.objects.filter(key="score").count() == 2
    entry = AuditEntry.objects.filter(object_type="attributedefinition").latest("pk")
    assert (entry.changes["type"], entry.changes["lost"]) == ("number", 1)


def test_nothing_is_changed_where_nothing_may_be_lost():
    definition = attribute("1", "many")
    with pytest.raises(Conflict, match="nothing was changed"):
        retype(definition, T.NUMBER, only_whole=True)
    definition.refresh_from_db()
    assert (definition.type, values_now()) == ("text", ["1", "many"])
    assert not Retyping.objects.exists()


def test_options_that_are_not_given_are_the_values_there_are():
    definition = attribute("pro", "free", "pro")
    retype(definition, T.ENUM)
    definition.refresh_from_db()
    assert (definition.type, definition.options) == ("enum", ["free", "pro"])
    with pytest.raises(InvalidInput):
        retype(definition, T.ENUM)


def test_the_undo_restores_every_value_and_keeps_what_came_since():
    definition = attribute("1.0", "many", "3")
    made = retype(definition, T.NUMBER)
    last = Contact.objects.latest("pk")
    services.update_contact(last.pk, data={"attributes": {"score": 99}}, actor=SYSTEM)
    assert services.undo_retyping(made.pk, actor=SYSTEM) == 2
    definition.refresh_from_db()
    assert (definition.type, values_now()) == ("text", ["1.0", "many", "99"])
    with pytest.raises(Conflict, match="undone already"):
        services.undo_retyping(made.pk, actor=SYSTEM)


def test_changes_are_undone_from_the_latest_and_not_for_ever():
    definition = attribute("1")
    first, second = retype(definition, T.NUMBER), retype(definition, T.TEXT)
    with pytest.raises(Conflict, match="undo that first"):
        services.undo_retyping(first.pk, actor=SYSTEM)
    Retyping.objects.update(at=second.at - timedelta(days=31))
    with pytest.raises(Conflict, match="30 days"):
        services.undo_retyping(second.pk, actor=SYSTEM)
    services.forget_old_retypings()
    assert not RetypedValue.objects.exists()


def test_a_list_that_could_not_go_on_holds_the_change_back():
    definition = attribute("pro", "5")
    pk = a_list({"property": "score", "op": "contains", "value": "r"})
    assert [effect.use.name for effect in try_type(definition, T.NUMBER, []).blocked_by] == ["Readers"]
    with pytest.raises(Conflict, match="Readers"):
        retype(definition, T.NUMBER)
    lists.delete_segment(pk, actor=SYSTEM)
    retype(definition, T.NUMBER)


def test_a_list_that_goes_on_is_built_anew(django_capture_on_commit_callbacks):
    definition = attribute("5", "6")
    pk = a_list({"property": "score", "op": "is_known"})
    Build.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        retype(definition, T.NUMBER)
    assert Build.objects.filter(segment=pk).exists()


def test_attributes_of_companies_are_changed_alike():
    CompanyFactory(attributes={"tier": "1"})
    definition = AttributeFactory(key="tier", entity="company")
    made = retype(definition, T.NUMBER)
    assert (made.converted, made.lost) == (1, 0)


def test_many_values_are_converted_by_a_job_that_can_be_undone(monkeypatch):
    definition = attribute("1", "many")
    ada = User.objects.create_user("ada@example.org", "correct horse battery", role="marketer")
    params = {"definition": definition.pk, "entity": "contact", "key": "score", "label": "Score"}
    params |= {"type": "number", "options": [], "only_whole": False}
    job = jobs.start(attribute_jobs.RETYPE, params, user=ada, actor=ada.actor())
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["changed"], values_now()) == (Job.State.DONE, 2, [1, None])
    jobs.undo(job.pk, actor=ada.actor())
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, values_now()) == (Job.State.UNDONE, ["1", "many"])


def test_who_is_erased_is_forgotten_by_the_changes_too():
    definition = attribute("many", "more")
    ada, grace = Contact.objects.order_by("pk")
    retype(definition, T.NUMBER)
    assert privacy.export_contact(ada)["values_before_a_change_of_type"] == [{"key": "score", "value": "many"}]
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert list(RetypedValue.objects.values_list("row_id", flat=True)) == [grace.pk]


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role="marketer"))
    return client


def test_the_page_tries_first_then_changes_gives_the_file_and_undoes(marketer: Client):
    attribute("1", "=many")
    address = "/attributes/contact/score/type/"
    assert marketer.get(address).status_code == 200
    tried = marketer.get(address, {"type": "number"}).content.decode()
    assert "What does not convert" in tried
    refused = marketer.post(address, {"type": "number", "only_whole": "on"})
    assert (refused.status_code, "nothing was changed" in refused.content.decode()) == (400, True)
    done = marketer.post(address, {"type": "number"}, follow=True).content.decode()
    assert "1 value could not be kept" in done
    made = Retyping.objects.get()
    lost = b"".join(marketer.get(f"{address}{made.pk}/lost.csv").streaming_content).decode().splitlines()
    assert lost[0] == "id,external_id,email,score"
    assert lost[1].endswith("'=many")
    undone = marketer.post(f"{address}{made.pk}/undo/", follow=True).content.decode()
    assert "2 values are as they were." in undone
    assert values_now() == ["1", "=many"]


def test_more_than_a_page_waits_for_goes_to_the_background(marketer: Client, monkeypatch):
    attribute("1", "2")
    monkeypatch.setattr(attribute_jobs, "AT_ONCE", 1)
    marketer.post("/attributes/contact/score/type/", {"type": "number"})
    assert Job.objects.get().kind == attribute_jobs.RETYPE
    assert values_now() == ["1", "2"]
    marketer.post("/attributes/contact/score/delete/")
    job = Job.objects.latest("pk")
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.kind, job.state, values_now()) == (attribute_jobs.DELETE, Job.State.DONE, [None, None])
