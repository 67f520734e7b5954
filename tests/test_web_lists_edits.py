"""Edits that can be seen before, compared after and taken back: versions, impact, pins, delays, and the past."""

import csv
import io
import json
from datetime import timedelta
from time import perf_counter

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from contacts.models import Contact
from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import catalogue, selectors, services
from segments.definition.load import load
from segments.engine import build, drain
from segments.models import LedgerEntry, PendingMove, Pin
from segments.views.comparison import compare
from segments.views.page import instant_asked

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
FRENCH = {"property": "country", "op": "is", "value": "FR"}
ROMANS = {"property": "city", "op": "is", "value": "Rome"}


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def viewer(client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))


def settle():
    while build.run_waiting():
        pass
    drain.drain()


def active(definition=ITALIANS, name="Italians", **details):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    settle()
    made.refresh_from_db()
    return made


def edit(segment, definition, **options):
    services.update_segment(segment.pk, definition=definition, actor=SYSTEM, **options)
    settle()
    segment.refresh_from_db()


def page(client, name, *args, **query):
    response = client.get(reverse(f"segments:{name}", args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def post(client, view, /, *args, **data):
    response = client.post(reverse(f"segments:{view}", args=args), data, follow=True)
    settle()
    return response


def words(parts):
    return "".join(part.text for part in parts)


def drawn(before, after):
    """The comparison as indented text."""
    known = catalogue.current()
    lines, depth = [], 0
    for shown in compare(load(before, known), load(after, known), known).lines:
        line, sign = shown.line, {"same": " ", "added": "+", "removed": "-", "changed": "≠"}[shown.line.sign]
        was = f"{words(line.before)} → " if line.before else ""
        lines.append(f"{sign}{'  ' * depth}{was}{words(line.words)}")
        depth += 1 if shown.opens else -len(shown.closes)
    assert depth == 0
    return lines


def test_a_comparison_keeps_the_nesting_and_says_what_became_of_each_condition():
    before = {"all": [ITALIANS, ROMANS, {"any": [{"property": "email", "op": "is_known"}, FRENCH]}]}
    after = {
        "all": [
            FRENCH,
            {"at_least": 1, "of": [{"property": "email", "op": "is_known"}, FRENCH]},
            {"property": "phone", "op": "is_known"},
        ]
    }
    assert drawn(before, after) == [
        " All of these",
        "≠  Country is “IT” → Country is “FR”",
        "-  City is “Rome”",
        "≠  Any of these → At least 1 of these",
        "     E-mail is known",
        "     Country is “FR”",
        "+  Phone is known",
    ]


def test_the_order_of_conditions_is_no_difference():
    assert compare_same({"all": [ITALIANS, ROMANS]}, {"all": [ROMANS, ITALIANS]})
    assert not compare_same({"all": [ITALIANS, ROMANS]}, {"any": [ROMANS, ITALIANS]})


def compare_same(before, after):
    known = catalogue.current()
    return compare(load(before, known), load(after, known), known).same


def test_labels_and_switches_are_changes_of_the_same_condition():
    off = drawn({"all": [ITALIANS, ROMANS]}, {"all": [ITALIANS, ROMANS | {"off": True, "label": "City"}]})
    assert off == [
        " All of these",
        "   Country is “IT”",
        "≠  City is “Rome” → “City”: City is “Rome” (switched off)",
    ]


def test_a_deep_definition_is_compared():
    deep = ITALIANS
    for _level in range(15):
        deep = {"all": [{"any": [deep, ROMANS]}]}
    assert drawn(deep, deep)[-1].strip() == "City is “Rome”"


def test_a_thousand_changed_conditions_are_compared_quickly():
    before, after = (
        {"any": [{"property": "city", "op": "is", "value": f"{name} {number}"} for number in range(990)]}
        for name in ("Old", "New")
    )
    known = catalogue.current()
    began = perf_counter()
    found = compare(load(before, known), load(after, known), known)
    assert perf_counter() - began < 5
    assert (found.added, found.removed, found.changed) == (0, 0, 990)


def test_the_versions_say_who_when_why_and_what_each_changed(client, marketer):
    made = active({"all": [ITALIANS, ROMANS]})
    edit(made, {"all": [FRENCH, ROMANS]}, reason="Moved to Paris", quiet=True)
    edit(made, {"all": [FRENCH]})
    html = page(client, "versions", made.pk)
    for word in ("Moved to Paris", "quiet: triggered nothing", "followed now", "1 removed", "City is “Rome”"):
        assert word in html
    html = page(client, "versions", made.pk, **{"from": "1", "to": "2"})
    assert "Country is <del>“IT”</del>" in html
    assert "Country is <ins>“FR”</ins>" in html
    assert 'value="1" selected' in html
    assert "They say the same" in page(client, "versions", made.pk, **{"from": "2", "to": "2"})
    assert "<del>“IT”</del>" in page(client, "versions", made.pk, to="2")  # against the one before
    assert "1 removed" in page(client, "versions", made.pk, to="x", **{"from": "99999999999"})


def test_rolling_back_shows_what_it_does_and_saves_the_old_definition_as_a_new_version(client, marketer):
    ada, bob = ContactFactory(first_name="Ada", country="IT"), ContactFactory(first_name="Bob", country="FR")
    made = active()
    edit(made, FRENCH)
    html = page(client, "roll_back", made.pk, 1)
    for word in ("+1", "−1", str(ada), str(bob), "Country is <ins>“IT”</ins>"):
        assert word in html
    post(client, "roll_back", made.pk, 1, reason="The edit was wrong", quiet="1")
    made.refresh_from_db()
    newest = selectors.versions(made.pk).first()
    assert (newest.number, newest.reason, newest.quiet) == (3, "The edit was wrong", True)
    assert set(selectors.members(made.pk)) == {ada}
    assert LedgerEntry.objects.filter(version=3, quiet=True).count() == 2
    assert "quiet: triggered nothing" in page(client, "ledger", made.pk)
    assert "has this definition already" in post(client, "roll_back", made.pk, 1).content.decode()


def test_a_version_that_can_no_longer_be_read_says_so(client, marketer):
    made = active()
    edit(made, FRENCH)
    made.versions.filter(number=1).update(definition={"property": "gone", "op": "is", "value": 1})
    assert "One of them can no longer be read" in page(client, "versions", made.pk)
    html = page(client, "roll_back", made.pk, 1)
    assert "Roll back and rebuild" not in html


def test_the_impact_is_shown_before_it_is_saved(client, marketer):
    ContactFactory(first_name="Ada", country="IT")
    ContactFactory(first_name="Bob", country="FR")
    made = active()
    active({"segment": made.pk, "op": "in"}, name="Outer")
    Campaign.objects.create(name="Spring", include=[made.pk])
    Campaign.objects.create(name="Winter", include=[made.pk], state="sent")
    asked = {"definition": json.dumps(FRENCH), "version": str(made.version)}
    response = client.post(reverse("segments:impact", args=[made.pk]), asked)
    html = response.content.decode()
    for word in ("would enter", "+1", "−1", "Ada", "Bob", "Outer", "Spring", "not started", "1 campaign that is over"):
        assert word in html
    assert response["HX-Retarget"] == "#impact"
    assert 'name="confirmed"' not in html
    same = client.post(reverse("segments:impact", args=[made.pk]), {"definition": json.dumps(ITALIANS)})
    assert "nothing to save" in same.content.decode()
    wrong = client.post(reverse("segments:impact", args=[made.pk]), {"definition": '{"property": "gone"}'})
    assert (wrong.status_code, wrong["HX-Retarget"]) == (422, "#preview")


def test_contacts_are_pinned_in_and_out_and_unpinned(client, marketer):
    ada, bob = ContactFactory(first_name="Ada", country="IT"), ContactFactory(first_name="Bob", country="FR")
    made = active()
    assert "Nobody is pinned" in page(client, "pins", made.pk)
    html = page(client, "pins", made.pk, find="bob")
    assert f'value="{bob.pk}"' in html
    assert "not in the list now" in html
    post(client, "pins", made.pk, contact=bob.pk, direction="in", reason="Friend of the house")
    html = post(
        client, "pins", made.pk, contact=ada.pk, direction="out", expires_at="2999-01-31T10:00"
    ).content.decode()
    for word in ("Friend of the house", "mara@example.org", "1 in · 1 out", "of them 1 pinned in", "1 pinned out"):
        assert word in html
    assert set(selectors.members(made.pk)) == {bob}
    assert "pinned in" in page(client, "segment", made.pk)
    post(client, "unpin", made.pk, ada.pk)
    post(client, "unpin", made.pk, bob.pk)
    assert set(selectors.members(made.pk)) == {ada}
    assert not Pin.objects.exists()


def test_a_pin_needs_somebody_and_an_instant_to_come(client, marketer):
    ada, made = ContactFactory(first_name="Ada"), active()
    assert "Choose who is to be pinned" in post(client, "pins", made.pk, direction="in").content.decode()
    html = post(client, "pins", made.pk, contact=ada.pk, direction="in", expires_at="2020-01-01T00:00").content.decode()
    assert "still to come" in html
    assert f'value="{ada.pk}" checked' in html
    assert "Ada" in post(client, "pins", made.pk, find="ada", direction="in").content.decode()  # Enter in the search
    assert not Pin.objects.exists()


def test_members_are_chosen_for_a_pin_on_the_members_tab(client, marketer):
    ada, made = ContactFactory(first_name="Ada", country="IT"), active()
    assert f'form="choose-members" name="contact" value="{ada.pk}"' in page(client, "segment", made.pk)
    html = page(client, "pins", made.pk, contact=str(ada.pk), direction="out")
    assert f'value="{ada.pk}" checked' in html
    assert 'value="out" checked' in html


def test_delays_are_set_where_they_are_explained_and_those_who_wait_are_shown(client, marketer):
    made = active()
    assert "Waiting" not in page(client, "about", made.pk)
    fields = {"name": made.name, "entry": "3", "entry_unit": "days", "exit": "36", "exit_unit": "hours"}
    post(client, "about", made.pk, **fields)
    made.refresh_from_db()
    assert (made.entry_delay, made.exit_delay) == (timedelta(days=3), timedelta(hours=36))
    html = page(client, "about", made.pk)
    assert 'name="entry" value="3"' in html
    assert 'name="exit" value="36"' in html
    assert "Enters once this has held for 3 days. Leaves once it has not held for 36 hours." in html
    ContactFactory(first_name="Ada", country="IT")
    drain.drain()
    assert PendingMove.objects.count() == 1
    assert "1 waiting to enter" in page(client, "segment", made.pk)
    html = page(client, "waiting", made.pk)
    assert "Ada" in html
    assert "to enter" in html
    post(client, "about", made.pk, name=made.name, entry="", exit="", entry_unit="days", exit_unit="hours")
    made.refresh_from_db()
    assert (made.entry_delay, made.exit_delay) == (None, None)
    assert "Nobody is waiting" in page(client, "waiting", made.pk)


def test_members_as_of_an_instant_are_told_from_those_of_a_list_that_was_not_there_yet(client, marketer):
    ada = ContactFactory(first_name="Ada", country="IT")
    made = active()
    entered = LedgerEntry.objects.get().at
    Contact.objects.filter(pk=ada.pk).update(country="FR")
    drain.drain()
    assert "Nobody is in this list now" in page(client, "segment", made.pk)
    later = page(client, "segment", made.pk, at=entered.isoformat())
    assert "1 person was in on" in later
    assert "Ada" in later
    assert "did not exist yet" in page(client, "segment", made.pk, at="2020-01-01T00:00")


@pytest.mark.parametrize("text", ["", "soon", "2026-13-45", "9999-12-31T23:59", "0001-01-01T00:00", "2026-02-30T10:00"])
def test_odd_instants_show_the_page(client, marketer, text):
    made = active()
    page(client, "segment", made.pk, at=text)
    assert client.get(reverse("segments:export", args=[made.pk]), {"at": text}).status_code == 200


def test_an_instant_is_read_in_the_zone_of_the_account(rf, settings):
    from crmseg.access import account

    own = account.current()
    own.time_zone = "Europe/Rome"
    own.save()
    assert instant_asked(rf.get("/", {"at": "2026-07-01T12:00"})).isoformat() == "2026-07-01T12:00:00+02:00"


def test_the_ledger_is_searched_and_exported_with_the_sentence_of_each_version(client, marketer):
    ada, bob = ContactFactory(first_name="Ada", country="IT"), ContactFactory(first_name="Bob", country="FR")
    made = active()
    edit(made, FRENCH, quiet=True)
    html = page(client, "ledger", made.pk, q="bob")
    assert "Bob" in html
    assert "Ada" not in html
    assert "Ada" in page(client, "ledger", made.pk, q=str(ada.pk))
    text = b"".join(client.get(reverse("segments:export_ledger", args=[made.pk])).streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["contact"], row["change"], row["quiet"], row["definition"]) for row in rows] == [
        (str(ada.pk), "entered", "false", "Country is “IT”"),
        *sorted(
            [
                (str(bob.pk), "entered", "true", "Country is “FR”"),
                (str(ada.pk), "left", "true", "Country is “FR”"),
            ],
            key=lambda row: [one["contact"] for one in rows].index(row[0], 1),
        ),
    ]
    only = client.get(reverse("segments:export_ledger", args=[made.pk]), {"change": "left"})
    assert b"".join(only.streaming_content).count(b"\r\n") == 2


def test_exported_members_say_what_the_list_means(client, marketer):
    ContactFactory(first_name="Ada", country="IT")
    made = active()
    text = b"".join(client.get(reverse("segments:export", args=[made.pk])).streaming_content).decode()
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["list.name"], row["list.definition"]) == ("Italians", "Country is “IT”")
    assert row["list.entered_at"]


def test_viewers_see_all_of_it_and_change_nothing(client, viewer):
    ada = ContactFactory(first_name="Ada", country="IT")
    made = active()
    edit(made, FRENCH)
    for name in ("segment", "pins", "waiting", "ledger", "versions", "about"):
        html = page(client, name, made.pk)
        assert "Roll back" not in html
        assert "Unpin" not in html
        assert 'id="pin-form"' not in html
    assert client.get(reverse("segments:roll_back", args=[made.pk, 1])).status_code == 403
    refused = {
        "roll_back": [made.pk, 1],
        "pins": [made.pk],
        "unpin": [made.pk, ada.pk],
        "impact": [made.pk],
        "about": [made.pk],
    }
    for name, args in refused.items():
        assert post(client, name, *args, contact=ada.pk, direction="in").status_code == 403
    assert not Pin.objects.exists()


def test_static_lists_have_no_pins(client, marketer):
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    assert "Pins are for active lists" in page(client, "pins", made.pk)
    assert reverse("segments:pins", args=[made.pk]) not in page(client, "segment", made.pk)


def test_an_edit_is_saved_with_its_reason_and_quietly_after_its_impact_was_seen(client, marketer):
    ContactFactory(first_name="Ada", country="IT")
    made = active()
    save, asked = reverse("segments:save", args=[made.pk]), {"definition": json.dumps(FRENCH), "version": "1"}
    html = client.post(save, asked).content.decode()
    for word in ("Save this definition?", 'name="confirmed"', 'name="quiet"', "Why this change", "−1"):
        assert word in html
    assert made.versions.count() == 1
    client.post(save, asked | {"confirmed": "1", "quiet": "1", "reason": "We moved"})
    settle()
    newest = selectors.versions(made.pk).first()
    assert (newest.number, newest.reason, newest.quiet) == (2, "We moved", True)
    assert LedgerEntry.objects.get(change="left").quiet


def test_values_beyond_those_that_the_sentence_names_are_compared_too():
    many = [f"City {number}" for number in range(30)]
    before = {"property": "city", "op": "is_any_of", "value": many}
    after = before | {"value": [*many[:-1], "Rome"]}
    line = drawn(before, after)[1]
    assert line.startswith("≠")
    assert "without City 29" in line
    assert "with Rome" in line


def test_the_contact_page_tells_of_pins_and_leads_to_one(client, marketer):
    ada = ContactFactory(first_name="Ada", country="FR")
    made, other = active(), active(FRENCH, name="French")
    services.pin(made.pk, [ada.pk], direction="in", actor=SYSTEM)
    services.pin(other.pk, [ada.pk], direction="out", reason="Asked us not to", actor=SYSTEM)
    settle()
    html = client.get(reverse("contacts:contact", args=[ada.pk])).content.decode()
    for word in ("pinned in", "pinned out", "Asked us not to", "Pin in or out"):
        assert word in html
    response = client.get(reverse("segments:pin_contact"), {"contact": ada.pk, "list": made.pk})
    assert response["Location"] == f"/lists/{made.pk}/pins/?contact={ada.pk}"
    assert client.get(reverse("segments:pin_contact"), {"list": "x"}).status_code == 404
