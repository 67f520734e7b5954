"""The import wizard: a file is looked at, matched, checked and only then imported; what is wrong is said where."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from contacts import importing
from contacts.models import Contact, ContactImport
from crmseg.access.models import User

pytestmark = pytest.mark.django_db
PEOPLE = "E-mail;Nome;Città;Note\nada@example.org;Ada;Forlì;x\nnot-an-address;Bea;Rome;y\n"


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(User.objects.create_user("mark@example.org", "correct horse battery", role="marketer"))
    return client


def upload(client: Client, content: bytes, name: str = "people.csv"):
    return client.post("/imports/new/", {"file": SimpleUploadedFile(name, content)})


def matched(client: Client, item: ContactImport, **changes: str):
    sent = {"encoding": item.encoding, "delimiter": item.delimiter, "then": "check"}
    if item.has_header:
        sent["has_header"] = "on"
    names, _rows = importing.sample(item, 0)
    for index, name in enumerate(names):
        sent[f"column-{index}"] = item.mapping.get(name, "")
    return client.post(f"/imports/{item.pk}/map/", sent | changes)


def test_a_file_goes_from_upload_to_contacts(marketer: Client):
    assert upload(marketer, PEOPLE.encode())["Location"].endswith("/map/")
    item = ContactImport.objects.get()
    text = marketer.get(f"/imports/{item.pk}/map/").content.decode()
    assert "Forlì" in text
    assert item.mapping == {"E-mail": "email", "Nome": "first_name", "Città": "city"}

    assert matched(marketer, item)["Location"] == f"/imports/{item.pk}/"
    importing.run(item.pk)
    text = marketer.get(f"/imports/{item.pk}/").content.decode()
    assert "Import 1 row" in text
    assert "Expected an e-mail address" in text
    assert not Contact.objects.exists()

    marketer.post(f"/imports/{item.pk}/start/")
    importing.run(item.pk)
    assert "What was refused" in marketer.get(f"/imports/{item.pk}/").content.decode()
    assert Contact.objects.values_list("email", "city").get() == ("ada@example.org", "Forlì")
    lines = b"".join(marketer.get(f"/imports/{item.pk}/problems.csv").streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert "not-an-address" in lines[1]


def test_what_is_wrong_is_said_in_the_language_of_whoever_brought_the_file(marketer: Client):
    User.objects.update(language="it")
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    matched(marketer, item)
    importing.run(item.pk)
    with translation.override("it"):
        expected = gettext("Expected an e-mail address such as name@example.org.")
    assert "Expected" not in expected
    assert item.problems.get().reason == expected
    assert translation.get_language() == "en"


def test_a_file_without_names_of_columns_is_imported_in_every_language(marketer: Client):
    User.objects.update(language="it")
    upload(marketer, b"ada@example.org;Ada\nbob@example.org;Bob\nnot-an-address;Cyd\n")
    item = ContactImport.objects.get()
    assert "Colonna 1" in marketer.get(f"/imports/{item.pk}/map/").content.decode()
    assert matched(marketer, item, **{"column-0": "email", "column-1": "first_name"}).status_code == 302
    User.objects.update(language="fr")
    for step in ("", "start/"):
        if step:
            marketer.post(f"/imports/{item.pk}/{step}")
        importing.run(item.pk)
    item.refresh_from_db()
    assert (item.created, item.refused) == (2, 1)
    assert item.problems.get().column == "Colonne 1"
    assert Contact.objects.get(email="bob@example.org").first_name == "Bob"


def test_two_columns_for_one_field_are_refused_at_the_column(marketer: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    answer = matched(marketer, item, **{"column-3": "first_name"})
    assert answer.status_code == 400
    assert "Another column goes there already." in answer.content.decode()
    assert '<option value="first_name" selected>' in answer.content.decode()


def test_without_a_way_to_find_people_again_nothing_is_checked(marketer: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    answer = matched(marketer, item, **{"column-0": ""})
    assert answer.status_code == 400
    assert "Match one column to the e-mail" in answer.content.decode()


def test_reading_the_file_in_another_way_guesses_again(marketer: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    assert matched(marketer, item, delimiter=",", then="read")["Location"].endswith("/map/")
    item.refresh_from_db()
    assert item.delimiter == ","
    wrong = matched(marketer, item, encoding="utf-16")
    assert wrong.status_code == 400
    assert "choose another encoding" in wrong.content.decode()


BAD = {
    "empty": b"",
    "only a header": b"email,name\n",
    "binary": bytes(range(256)) * 20,
    "a spreadsheet": b"PK\x03\x04" + b"\x00" * 100,
    "a thousand columns": (",".join(f"c{n}" for n in range(1000)) + "\n" + "x," * 999 + "x\n").encode(),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_file_that_is_no_table_is_refused_in_a_sentence(marketer: Client, content: bytes):
    answer = upload(marketer, content)
    assert answer.status_code == 400
    assert 'class="problem"' in answer.content.decode()
    assert not ContactImport.objects.exists()


def test_hostile_names_and_cells_are_shown_as_text(marketer: Client):
    hostile = "<script>alert('x')</script>"
    upload(marketer, f"email,{hostile}\nada@example.org,{hostile}\n".encode(), name=f"{hostile}.csv")
    item = ContactImport.objects.get()
    for path in (f"/imports/{item.pk}/map/", "/imports/", "/"):
        assert "<script>alert" not in marketer.get(path).content.decode()


def test_a_running_import_reports_itself_until_it_is_done(marketer: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    matched(marketer, item)
    part = marketer.get(f"/imports/{item.pk}/", headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in part.content.decode()
    assert "<html" not in part.content.decode()
    marketer.post(f"/imports/{item.pk}/cancel/")
    assert marketer.get(f"/imports/{item.pk}/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "The check was stopped." in marketer.get(f"/imports/{item.pk}/").content.decode()


def test_an_import_is_not_started_twice(marketer: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    matched(marketer, item)
    importing.run(item.pk)
    marketer.post(f"/imports/{item.pk}/start/")
    again = marketer.post(f"/imports/{item.pk}/start/", follow=True)
    assert "is running" in again.content.decode()


def test_viewers_see_imports_and_start_none(marketer: Client, client: Client):
    upload(marketer, PEOPLE.encode())
    item = ContactImport.objects.get()
    client.force_login(User.objects.create_user("view@example.org", "correct horse battery", role="viewer"))
    assert client.get(f"/imports/{item.pk}/").status_code == 200
    for step in ("map", "start", "cancel"):
        assert client.post(f"/imports/{item.pk}/{step}/").status_code == 403
