"""Loading the sample data: whole, in pieces, interrupted, twice; and the lists that come with it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from campaigns.models import Arm, Automation, Campaign, Send
from contacts.models import Company, Consent, Contact, ContactChange, Event, EventMessage
from contacts.worth import bulk
from contacts.worth.lifetime import data, job
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.demo import cdnow, load, tasks, tastes
from crmseg.demo.lists import LISTS, with_numbers
from crmseg.demo.models import SampleLoad
from crmseg.jobs import running, services
from crmseg.jobs.models import Job
from segments import catalogue
from segments.definition.load import load as load_definition
from segments.engine import build, drain
from segments.insights.profile import products
from segments.models import Discovery, Fitting, Membership, Segment

pytestmark = pytest.mark.django_db
SIZES = {"Companies": 200, "Customers": 240, "Leads": 400, "Purchases": 700, "What leads did": 400, "Surveys": 30}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of it, still in several pieces of each kind."""
    whole = load.parts()
    cut = []
    for part in whole:
        count = SIZES.get(str(part.label), part.count)
        at_once = SIZES.get(str(part.label), 22) // 2
        cut.append(replace(part, count=count, at_once=min(part.at_once, at_once)))
    monkeypatch.setattr(load, "parts", lambda: cut)


def digest() -> dict[str, str]:
    """Everything that was loaded, without the numbers that a database gives."""
    contact = "to_jsonb(c) - 'id' - 'company_id' - 'updated_at'"
    questions = {
        "contacts": f"SELECT md5(string_agg(({contact})::text, '' ORDER BY external_id)) FROM contacts_contact c",
        "companies": "SELECT md5(string_agg(domain || name, '' ORDER BY domain)) FROM contacts_company",
        "employers": "SELECT md5(string_agg(c.external_id || f.domain, '' ORDER BY c.external_id))"
        " FROM contacts_contact c JOIN contacts_company f ON f.id = c.company_id",
        "events": "SELECT md5(string_agg(concat(c.external_id, message_id, occurred_at, properties, amount), ''"
        " ORDER BY message_id)) FROM contacts_event e JOIN contacts_contact c ON c.id = e.contact_id"
        " WHERE e.source NOT IN ('campaigns', 'surveys')",
        "consents": "SELECT md5(string_agg(concat(c.external_id, channel, topic, status, changed_at), ''"
        " ORDER BY c.external_id, channel, topic))"
        " FROM contacts_consent s JOIN contacts_contact c ON c.id = s.contact_id",
        "lists": "SELECT string_agg(name, ', ' ORDER BY name) FROM segments_segment",
    }
    with connection.cursor() as cursor:
        return {name: cursor.execute(sql).fetchone()[0] for name, sql in questions.items()}


def counts() -> list[int]:
    """What campaigns did is not among it: whom they held out hangs on the numbers that a database gives."""
    of_campaigns = {Event: {"source": "campaigns"}, EventMessage: {"message_id__startswith": "campaign:"}}
    models = (Contact, Company, Consent, Event, EventMessage, Segment, Campaign, Arm)
    return [model.objects.exclude(**of_campaigns.get(model, {"pk": None})).count() for model in models]


def forget() -> None:
    Segment.objects.all().delete()
    Event.objects.all().delete()
    for model in (Automation, Campaign, EventMessage, Contact, Company, ContactChange, SampleLoad):
        model.objects.all().delete()


@pytest.mark.usefixtures("small")
def test_interrupted_at_every_piece_it_ends_with_the_same_data_and_none_of_it_twice():
    load.load()
    whole, numbers = digest(), counts()
    assert all(numbers)
    forget()

    class Killed(Exception):
        pass

    def die(progress: load.Progress) -> None:
        raise Killed

    for _ in range(60):
        try:
            load.load(die)
        except Killed:
            continue
        break
    assert digest() == whole
    assert counts() == numbers


@pytest.mark.usefixtures("small")
def test_a_piece_that_fails_in_the_middle_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch):
    load.load()
    whole, numbers = digest(), counts()
    forget()
    copy, calls = load.write.copy, []

    def stumble(*arguments: object) -> None:
        calls.append(arguments)
        copy(*arguments)  # type: ignore[arg-type]
        if len(calls) % 3 == 0:
            raise ConnectionError("the database went away")

    monkeypatch.setattr(load.write, "copy", stumble)
    for _ in range(60):
        try:
            load.load()
        except ConnectionError:
            continue
        break
    assert digest() == whole
    assert counts() == numbers


@pytest.mark.usefixtures("small")
def test_loading_again_changes_nothing():
    load.load()
    before = counts()
    load.load()
    tasks.load()
    assert counts() == before


@pytest.mark.usefixtures("small")
def test_data_that_is_there_already_is_left_alone():
    taken = Contact.objects.create(external_id="cdnow-00002", first_name="Ada")
    Segment.objects.create(name="customers", kind="static")
    load.load()
    taken.refresh_from_db()
    assert taken.first_name == "Ada"
    assert Contact.objects.filter(external_id="cdnow-00002").count() == 1
    assert Segment.objects.filter(name__iexact="customers").count() == 1
    assert Event.objects.filter(contact=taken, type__name="Order Completed").count() == 2


@pytest.mark.usefixtures("small")
def test_purchases_carry_what_the_file_says_exactly():
    load.load()
    event = Event.objects.select_related("contact", "type").get(message_id="cdnow-line-2")
    assert (event.type.name, event.contact.external_id) == ("Order Completed", "cdnow-00001")
    assert event.properties == {
        "revenue": Decimal("11.77"),
        "currency": "USD",
        "quantity": 1,
        "original_date": "1997-01-01",
        "category": tastes.bought(cdnow.purchases()[0]),
    }
    assert (event.amount, event.currency) == (1177, "USD")
    assert str(Event.objects.get(message_id="cdnow-line-3").properties["revenue"]) == "12.00"


@pytest.mark.usefixtures("small")
def test_a_search_and_a_learned_score_are_asked_for_once_and_are_found_in_the_background():
    load.load()
    search, score = Discovery.objects.get(), Fitting.objects.get()
    assert (search.job.state, score.job.state) == ("queued", "queued")
    for job_id in (search.job_id, score.job_id):
        running.run(job_id)
    states = set(Job.objects.filter(pk__in=[search.job_id, score.job_id]).values_list("state", flat=True))
    assert states <= {"done", "failed"}  # of so few people it may have to say that they are too few
    SampleLoad.objects.all().delete()
    load.load()
    assert (Discovery.objects.count(), Fitting.objects.count()) == (1, 1)


@pytest.mark.usefixtures("small")
def test_lifetime_values_are_fitted_once_when_everything_that_was_loaded_has_been_looked_at(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(data, "LEAST_REPEAT_BUYERS", 20)
    fits = Job.objects.filter(kind=job.KIND)
    tasks.resume()
    load.load()
    tasks.resume()
    assert not fits.exists(), "nobody's orders are counted yet"
    while build.run_waiting() or drain.drain():
        pass
    bulk.renew(count=True)
    while drain.drain():
        pass
    tasks.resume()
    assert fits.count() == 1
    services.cancel(fits.get().pk, actor=load.ACTOR)
    tasks.resume()
    assert fits.count() == 1


@pytest.mark.usefixtures("small")
def test_purchases_say_what_was_bought_so_that_needs_can_be_held_against_it():
    load.load()
    bought = products.what_is_bought()
    assert bought is not None
    assert (bought.event, bought.of) == ("Order Completed", "category")
    kinds = set(Event.objects.filter(type__name="Order Completed").values_list("properties__category", flat=True))
    assert kinds == set(tastes.CATEGORIES)


@pytest.mark.usefixtures("small")
def test_buyers_are_customers_and_leads_have_no_orders():
    load.load()
    buyers = Contact.objects.filter(external_id__startswith="cdnow-")
    assert set(buyers.values_list("lifecycle_stage", flat=True)) == {"customer"}
    orders = Event.objects.filter(type__name="Order Completed")
    assert not orders.filter(contact__external_id__startswith="lead-").exists()
    assert not Contact.objects.filter(external_id__startswith="lead-", lifecycle_stage="customer").exists()


@pytest.mark.usefixtures("small")
def test_progress_can_be_read_while_it_loads():
    assert load.progress() is None
    seen: list[int] = []

    def watch(progress: load.Progress) -> None:
        assert load.progress() is not None
        seen.append(progress.percent)

    load.load(watch)
    done = load.progress()
    assert done is not None
    assert done.done == done.total
    assert seen == sorted(seen)
    assert seen[-1] == 100


@pytest.mark.usefixtures("small")
def test_the_command_says_what_it_does_in_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]):
    call_command("load_demo")
    said = capsys.readouterr().out
    assert "Customers" in said
    assert "Purchases" in said
    assert "\r" not in said


def test_the_command_says_how_to_get_missing_purchases(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cdnow, "find", lambda: None)
    cdnow.purchases.cache_clear()
    with pytest.raises(CommandError, match="up --demo"):
        call_command("load_demo")
    cdnow.purchases.cache_clear()


@pytest.mark.usefixtures("small")
def test_every_ready_list_can_be_read_without_a_problem_and_becomes_live():
    load.load()
    known = catalogue.current()
    numbers = dict(Segment.objects.values_list("name", "pk"))
    for ready in LISTS:
        if ready.definition:
            load_definition(with_numbers(ready.definition, numbers), known)
    while build.run_waiting():
        pass
    drain.drain()
    assert not Segment.objects.exclude(state="live").exists()
    sizes = dict(Segment.objects.values_list("name", "size"))
    assert sizes["Customers"] == 240
    assert sizes["Leads"] == 400
    assert sum(size > 0 for size in sizes.values()) >= 18
    for name, number in numbers.items():
        assert Membership.objects.filter(segment_id=number).count() == sizes[name]


def test_there_is_a_ready_list_for_each_model_of_segmentation():
    models = " ".join(ready.model for ready in LISTS).lower()
    for model in ("demographic", "geographic", "psychographic", "technographic", "behavioural", "needs", "value"):
        assert model in models
    assert "firmographic" in models
    assert "lifecycle" in models
    assert any(ready.definition is None for ready in LISTS)
    for ready in LISTS:
        assert ready.goal
        assert ready.target_metric
        assert ready.persona
        assert ready.note_marketing or ready.note_sales or ready.note_service


@pytest.mark.usefixtures("small")
def test_a_load_that_was_killed_goes_on_by_itself_and_one_in_progress_is_left_alone():
    class Killed(Exception):
        pass

    def die(progress: load.Progress) -> None:
        raise Killed

    tasks.resume()
    assert not SampleLoad.objects.exists()
    with pytest.raises(Killed):
        load.load(die)
    tasks.resume()
    assert SampleLoad.objects.get().finished_at is None
    SampleLoad.objects.update(moved_at=clock.now() - load.ABANDONED * 2)
    tasks.resume()
    assert SampleLoad.objects.get().finished_at is not None


@pytest.mark.usefixtures("small")
def test_the_home_page_says_how_far_it_is_until_it_is_done(client: Client):
    client.force_login(User.objects.create_user("ada@example.org", role="viewer"))
    assert "Sample data" not in client.get("/").content.decode()
    seen: list[str] = []
    load.load(lambda progress: seen.append(client.get("/").content.decode()))
    assert all("Sample data is being loaded" in page and "<progress" in page for page in seen[:-1])
    assert "Sample data" not in seen[-1]


@pytest.mark.usefixtures("small")
def test_sent_campaigns_come_with_what_people_did_and_with_whom_they_held_out():
    load.load()
    autumn = Campaign.objects.get(name="Autumn on vinyl")
    sends = Send.objects.filter(campaign=autumn)
    states = set(sends.values_list("state", flat=True))
    assert states <= {"sent", "skipped"}
    assert sends.filter(state="sent", opened_at__gt=autumn.started_at).exists()
    assert (
        sends.filter(state="sent").count()
        == Event.objects.filter(source="campaigns", type__name="Email Sent", properties__campaign_id=autumn.pk).count()
    )
    assert autumn.waterfall["in_lists"] == sends.count()
    assert set(Campaign.objects.values_list("state", flat=True)) == {"draft", "sent"}
