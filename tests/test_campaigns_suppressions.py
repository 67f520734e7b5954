"""Addresses, domains and lists that nobody may write to: how they come in, what they do, and how they go out."""

import io

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns import audience, suppression_file, suppressions
from campaigns.models import SuppressedList, Suppression
from contacts.models import ContactChange
from crmseg.access.models import ApiKey, AuditEntry, User
from crmseg.common.problems import InvalidInput

from .campaign_worlds import MARKETER, draft, list_of, subscriber

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/campaigns/suppressions/"


def suppress(*addresses, channel="email"):
    return suppressions.suppress(channel=channel, addresses=addresses, actor=MARKETER)


def upload(text, channel="email"):
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return suppression_file.suppress_file(file, len(file.getvalue()), channel=channel, actor=MARKETER)


def stored():
    return set(Suppression.objects.values_list("address", flat=True))


def person(role):
    return User.objects.create_user(f"{role}@example.org", "a long password for tests", role=role)


@pytest.fixture
def mia(client):
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def api():
    _key, secret = ApiKey.objects.create_key(name="full key", scope="full")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_good_addresses_land_and_bad_ones_are_told_at_their_place():
    done = suppress("ada@example.org", "nonsense", "@Two.Example", 7, "ADA@example.org")
    assert stored() == {"ada@example.org", "@two.example"}
    assert (done.created, done.known) == (2, 1)
    assert [problem.pointer for problem in done.problems] == ["/addresses/1", "/addresses/3"]
    assert suppress("Ada@example.org").known == 1
    assert AuditEntry.objects.filter(object_type="suppression", action="created").count() == 1


def test_a_phone_number_is_kept_as_phones_are_written():
    assert suppress("+39 06 1234 5678", "@example.org", channel="sms").created == 1
    assert stored() == {"+390612345678"}
    with pytest.raises(InvalidInput):
        suppress("+390612345678", channel="webhook")


def test_an_address_a_domain_and_a_list_keep_people_from_a_campaign():
    one, two, three, four = (
        subscriber(email=email) for email in ("a@one.example", "b@Two.Example", "c@sub.two.example", "d@one.example")
    )
    suppress("A@one.example", "@two.example")
    suppressions.suppress_list(segment=list_of(four).pk, channel="email", actor=MARKETER)
    campaign = draft(list_of(one, two, three, four))
    assert audience.waterfall(campaign)["suppressed"] == 3
    assert audience.refusals(campaign, [one.pk, two.pk, three.pk, four.pk]) == {
        one.pk: "suppressed",
        two.pk: "suppressed",
        four.pk: "suppressed",
    }


def test_the_change_log_says_whose_reachability_a_domain_moved():
    one, two = subscriber(email="a@one.example"), subscriber(email="b@TWO.example")
    ContactChange.objects.all().delete()
    suppress("@two.example")
    told = [(row.contact_id, row.keys) for row in ContactChange.objects.all()]
    assert told == [(two.pk, ["consent:email"])]
    ContactChange.objects.all().delete()
    suppressions.lift(Suppression.objects.values_list("pk", flat=True), actor=MARKETER)
    assert [row.contact_id for row in ContactChange.objects.all()] == [two.pk]
    assert one.pk not in [row.contact_id for row in ContactChange.objects.all()]


def test_a_file_with_bad_rows_says_which_and_keeps_the_good_ones():
    rows = (
        "Name;E-mail;Note",
        "Ada;ada@example.org;asked by phone",
        "Bob;bob at example",
        ";;",
        "Eve;'@three.example;",
    )
    done = upload("\n".join(rows))
    assert stored() == {"ada@example.org", "@three.example"}
    assert Suppression.objects.get(address="ada@example.org").note == "asked by phone"
    assert (done.created, [problem.pointer for problem in done.problems]) == (2, ["/rows/3"])
    assert "bob at example" in done.problems[0].message


def test_a_list_of_addresses_without_a_header_is_a_file_too():
    assert upload("ada@example.org\nbob@example.org\n").created == 2
    assert upload(b"\xef\xbb\xbfeve@example.org\r\n").created == 1


@pytest.mark.parametrize("text", ["", "PK\x03\x04…", "Name\nAda\nBob\n", "a,b\n\x00\n"])
def test_a_file_without_any_address_is_refused_and_changes_nothing(text):
    with pytest.raises(InvalidInput):
        upload(text)
    assert not stored()


def test_what_is_exported_can_be_uploaded_again():
    suppress("ada@example.org", "@two.example")
    text = "".join(suppressions.as_csv(suppressions.found().order_by("pk")))
    Suppression.objects.all().delete()
    assert upload(text).created == 2
    assert stored() == {"ada@example.org", "@two.example"}


def test_the_page_finds_adds_and_lifts(mia):
    at = reverse("campaigns:suppressions")
    assert "Nobody is suppressed" in mia.get(at).content.decode()
    answer = mia.post(reverse("campaigns:suppress"), {"channel": "email", "addresses": "ada@example.org\n@two.example"})
    assert (answer.status_code, answer.url) == (302, at)
    wrong = mia.post(reverse("campaigns:suppress"), {"channel": "email", "addresses": "eve@example.org\nnobody"})
    assert wrong.status_code == 400
    assert "“nobody”" in wrong.content.decode()
    found = mia.get(at, {"kind": "domain", "sort": "address"}).content.decode()
    assert "@two.example" in found
    assert "ada@example.org" not in found
    exported = b"".join(mia.get(reverse("campaigns:export-suppressions"), {"q": "ada"}).streaming_content).decode()
    assert "ada@example.org" in exported
    assert "two.example" not in exported
    row = Suppression.objects.get(address="ada@example.org")
    mia.post(reverse("campaigns:lift-suppressions"), {"ids": [row.pk]})
    assert stored() == {"@two.example", "eve@example.org"}


def test_the_page_takes_files_and_lists(mia):
    file = io.BytesIO(b"email\nada@example.org\nbob\n")
    file.name = "them.csv"
    answer = mia.post(reverse("campaigns:suppress-file"), {"channel": "email", "file": file})
    assert answer.status_code == 400
    assert "Row 3, “bob”" in answer.content.decode()
    assert stored() == {"ada@example.org"}
    staff = list_of(name="Staff")
    mia.post(reverse("campaigns:suppress-list"), {"segment": staff.pk, "channel": "email"})
    assert "Staff" in mia.get(reverse("campaigns:suppressions")).content.decode()
    mia.post(reverse("campaigns:lift-list", args=[SuppressedList.objects.get().pk]))
    assert not SuppressedList.objects.exists()


def test_a_viewer_reads_and_changes_nothing(client):
    client.force_login(person("viewer"))
    assert client.get(reverse("campaigns:suppressions")).status_code == 200
    answer = client.post(reverse("campaigns:suppress"), {"channel": "email", "addresses": "ada@example.org"})
    assert answer.status_code == 403
    assert not stored()


def test_programs_suppress_find_and_lift(api):
    done = api.post(ROOT, {"addresses": ["ada@example.org", "x"], "note": "asked"}, format="json").json()
    assert (done["created"], [problem["pointer"] for problem in done["problems"]]) == (1, ["/addresses/1"])
    (row,) = api.get(ROOT, {"address": "ADA@example.org", "reason": "manual"}).json()["results"]
    assert (row["address"], row["note"], row["channel"]) == ("ada@example.org", "asked", "email")
    assert api.get(ROOT, {"kind": "other"}).status_code == 400
    assert api.get(f"{ROOT}{row['id']}/").json()["id"] == row["id"]
    assert api.delete(f"{ROOT}{row['id']}/").status_code == 204
    assert api.delete(f"{ROOT}{row['id']}/").status_code == 404
    file = io.BytesIO(b"eve@example.org\n")
    file.name = "them.csv"
    assert api.post(f"{ROOT}file/", {"file": file}, format="multipart").json()["created"] == 1
    listed = api.post(f"{ROOT}lists/", {"segment": list_of().pk}, format="json")
    assert listed.status_code == 201
    assert [one["id"] for one in api.get(f"{ROOT}lists/").json()] == [listed.json()["id"]]
    assert api.delete(f"{ROOT}lists/{listed.json()['id']}/").status_code == 204
    assert api.post(f"{ROOT}lists/", {"segment": 999}, format="json").status_code == 400
