"""Home: what changed, whom one follows, what is to be mended, and what a new account does first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Send
from contacts.models import ContactImport
from crmseg.access.models import Role, Sender, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build
from segments.models import Follow, Segment
from segments.services.targets import set_target

from .factories import ContactFactory, EventFactory
from .moving import backdate

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


def sign_in(client, role=Role.MARKETER):
    user = User.objects.create_user(f"{role}@example.org", "correct horse battery", role=role)
    client.force_login(user)
    return user


@pytest.fixture
def marketer(client):
    return sign_in(client)


def static(*contacts, name="By hand", **details):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM, **details)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    made.refresh_from_db()
    return made


def home(client):
    return client.get(reverse("web:home")).content.decode().replace("\xa0", " ")


def part(html, title, until="</section>"):
    start = html.index(title)
    return html[start : html.index(until, start)]


def test_an_empty_account_is_invited_and_shown_nothing_that_is_not_there(client, marketer):
    html = home(client)
    for words in ("Bring in people", "Make the first list", "Send the first campaign", "Turn on two-factor sign-in"):
        assert words in html
    assert "0 of 4 done" in html
    assert "To mend" not in html
    assert reverse("access:first_steps") in html
    assert reverse("segments:gallery") in html


def test_steps_tick_themselves_and_are_those_the_reader_may_take(client, marketer):
    ContactFactory()
    assert "1 of 4 done" in home(client)
    assert "next: Make the first list" in home(client)
    made = static()
    assert "2 of 4 done" in home(client)
    Campaign.objects.create(name="Draft", include=[made.pk])
    assert "2 of 4 done" in home(client)
    Campaign.objects.create(name="Spring", include=[made.pk], state="sent")
    assert "3 of 4 done" in home(client)
    sign_in(client, Role.ADMIN)
    assert "3 of 5 done" in home(client)
    Sender.objects.create(name="Shop", address="shop@example.org")
    assert "4 of 5 done" in home(client)
    sign_in(client, Role.VIEWER)
    assert "0 of 1 done" in home(client)


def test_a_viewer_of_an_empty_account_is_not_told_to_bring_in_people(client):
    sign_in(client, Role.VIEWER)
    html = home(client)
    assert "Nobody is here yet" in html
    assert "Do it" in html  # the second factor is hers
    assert reverse("access:first_steps") not in html


def test_lists_that_grew_and_shrank_are_told_by_day_and_by_week(client, marketer):
    people = [ContactFactory() for _ in range(6)]
    growing = static(*people[:3], name="Growing")
    shrinking = static(*people[:4], name="Shrinking")
    backdate(clock.now() - timedelta(days=30))
    services.add_members(growing.pk, [people[3].pk, people[4].pk], actor=SYSTEM)
    services.remove_members(shrinking.pk, [one.pk for one in people[:3]], actor=SYSTEM)
    backdate(clock.now() - timedelta(days=3), at__gte=clock.now() - timedelta(days=1))
    services.add_members(growing.pk, [people[5].pk], actor=SYSTEM)
    html = part(home(client), "Lists that moved")
    day, week = part(html, "Since yesterday", "This week"), html[html.index("This week") :]
    assert ">+1</span> grew" in day
    assert "Shrinking" not in day
    assert ">+3</span> grew" in week
    assert ">−3</span> shrank" in week
    assert "0 entered, 3 left, 1 now" in week
    assert reverse("segments:ledger", args=[growing.pk]) in week


def test_whom_the_first_build_found_did_not_move(client, marketer):
    ContactFactory(country="IT")
    services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM)
    while build.run_waiting():
        pass
    assert "No list grew or shrank this week" in part(home(client), "Lists that moved")


def test_who_entered_the_lists_one_follows_is_named(client, marketer):
    made, other = static(name="Mine"), static(ContactFactory(first_name="Eve"), name="Not followed")
    Follow.objects.create(user=marketer, segment=made)
    for name in ("Ada", "Bob", "Cleo", "Dan"):
        services.add_members(made.pk, [ContactFactory(first_name=name).pk], actor=SYSTEM)
    html = part(home(client), "Lists you follow")
    assert ">+4<" in html
    for name, is_named in (("Ada", False), ("Bob", True), ("Dan", True), ("Eve", False), (other.name, False)):
        assert (f">{name}<" in html) is is_named
    services.archive(made.pk, actor=SYSTEM)
    assert "Lists you follow" not in home(client)


def test_reviews_are_due_a_week_ahead(client, marketer):
    today = clock.now().date()
    for name, days in (("Over", -3), ("Soon", 5), ("Later", 30)):
        static(name=name, review_on=today + timedelta(days=days))
    html = part(home(client), "Reviews due")
    assert html.index("Over") < html.index("Soon")
    assert html.count("Review due") == 1
    assert "Later" not in html


def test_what_failed_stands_before_what_can_wait(client, marketer):
    Segment.objects.filter(pk=static(name="Empty").pk).update(created_at=clock.now() - timedelta(days=2))
    Segment.objects.filter(pk=static(ContactFactory(), name="Broken").pk).update(state="failed")
    ContactImport.objects.create(name="people.csv", state="failed")
    ContactImport.objects.create(name="leads.csv", state="done", refused=12)
    ContactImport.objects.create(name="dry.csv", state="failed", dry_run=True)
    Campaign.objects.create(name="Stuck", state="sending", trouble="The server is away.")
    html = part(home(client), "To mend")
    said = [
        "“Broken”: It could",
        "import of “people.csv” failed",
        "“Stuck” waits",
        "“Empty”: Nobody",
        "12 rows of “leads.csv”",
    ]
    places = [html.index(words) for words in said]
    assert max(places[:3]) < min(places[3:])
    assert "dry.csv" not in html
    assert "Nothing: everything runs" in html  # shown by the style sheet only where nothing else is


def test_many_hints_leave_room_for_the_rest(client, marketer):
    for number in range(9):
        static(name=f"Empty {number}")
    Segment.objects.update(created_at=clock.now() - timedelta(days=2))
    assert "3 more lists have something to mend." in part(home(client), "To mend")


def test_lists_too_small_for_their_target_are_told_once_the_page_stands(client, marketer):
    people = [ContactFactory() for _ in range(4)]
    EventFactory(contact=people[0])
    made = static(*people)
    set_target(made.pk, metric="size", value=Decimal(100), actor=SYSTEM)
    assert "Too small" not in home(client)
    html = client.get(reverse("web:home_mending")).content.decode()
    assert "“By hand”: Too small to measure" in html
    assert reverse("segments:segment", args=[made.pk]) in html


def test_a_bounce_rate_is_told_with_its_base(client, marketer, settings):
    settings.EMAIL_URL = "smtp://localhost"
    campaign = Campaign.objects.create(name="Spring", state="sent", started_at=clock.now())
    for number in range(25):
        state = Send.State.FAILED if number < 2 else Send.State.SENT
        Send.objects.create(campaign=campaign, contact_id=number + 1, address=f"{number}@example.org", state=state)
    address = reverse("web:home_mending")
    assert "8.0 % of the messages of “Spring” came back (2 of 25)." in client.get(address).content.decode().replace(
        "\xa0", " "
    )
    Send.objects.filter(contact_id=1).update(state=Send.State.SENT)
    assert "came back" not in client.get(address).content.decode()


def test_running_campaigns_come_first(client, marketer):
    made = static(ContactFactory())
    Campaign.objects.create(name="Running", state="sending", include=[made.pk])
    for number in range(6):
        Campaign.objects.create(name=f"Sent {number}", state="sent", include=[made.pk])
    html = part(home(client), 'id="home-campaigns-title"')
    assert html.index("Running") < html.index("Sent 5")
    assert "Sent 0" not in html


def test_the_numbers_that_count_everybody_come_after_the_page(client, marketer):
    ContactFactory(lifecycle_stage="customer")
    assert reverse("web:home_numbers") in home(client)
    html = client.get(reverse("web:home_numbers")).content.decode()
    assert html.index("Contacts") < html.index("Leads") < html.index("Customers") < html.index("Lists")
    assert "view=customers" in html


def test_home_asks_as_often_however_much_there_is(client, marketer, django_assert_max_num_queries):
    def world(size):
        for number in range(size):
            made = static(ContactFactory(), name=f"List {size} {number}", review_on=clock.now().date())
            Follow.objects.create(user=marketer, segment=made)
            Campaign.objects.create(name=f"Campaign {number}", state="sending", include=[made.pk], trouble="Away.")
            ContactImport.objects.create(name="a.csv", state="failed")

    world(2)
    home(client)
    with django_assert_max_num_queries(60) as few:
        home(client)
    world(15)
    with django_assert_max_num_queries(len(few.captured_queries)):
        home(client)
