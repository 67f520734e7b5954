"""Notes: who writes them, what they may hold, and where they go when their contact is merged or forgotten."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from contacts import privacy, selectors, services
from contacts.models import Contact, Note
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput

from .factories import ContactFactory
from .test_contacts_api import body, caller
from .test_web_contacts_pages import HTMX, person, text_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(first_name="Ada", email="ada@example.org")


def write(contact: Contact, text: str = "Prefers to be called after six.") -> Note:
    return services.add_note(contact.pk, text=text, actor=BY)


def test_a_note_is_kept_tidied_and_audited_without_its_words(ada):
    note = write(ada, "  Wants a demo.\r\nOn a Friday. ")
    assert (note.text, note.author, note.was_edited) == ("Wants a demo.\nOn a Friday.", "user:Grace", False)
    edited = services.edit_note(note.pk, text="Wants no demo.", actor=BY)
    assert (edited.text, edited.was_edited) == ("Wants no demo.", True)
    services.delete_note(note.pk, actor=BY)
    assert not Note.objects.exists()
    entries = AuditEntry.objects.filter(object_type="contact", object_id=str(ada.pk)).order_by("pk")
    assert [entry.action for entry in entries] == ["note added", "note edited", "note deleted"]
    assert "demo" not in str(list(entries.values()))


@pytest.mark.parametrize("text", ["", "   ", None, 7, "\x00", "x" * 10_001, "\ud800"])
def test_what_is_no_text_is_refused(ada, text):
    with pytest.raises(InvalidInput) as refused:
        services.add_note(ada.pk, text=text, actor=BY)
    assert refused.value.problems[0].pointer == "/text"
    assert not Note.objects.exists()


def test_a_note_stands_on_the_timeline(ada):
    write(ada)
    [entry] = selectors.contact_timeline(ada.pk, kind="note")
    assert (entry.actor, entry.details["text"]) == ("user:Grace", "Prefers to be called after six.")


def test_notes_move_with_a_merge_and_return_when_it_is_undone(ada):
    double = ContactFactory(first_name="Augusta")
    own, moved = write(ada, "hers"), write(double, "of the other")
    services.merge_contacts(ada.pk, double.pk, actor=BY)
    assert set(ada.notes.values_list("pk", flat=True)) == {own.pk, moved.pk}
    since = write(ada, "written since")
    services.unmerge_contacts(ada.pk, actor=BY)
    assert set(ada.notes.values_list("pk", flat=True)) == {own.pk, since.pk}
    assert list(Note.objects.filter(contact=double.pk).values_list("text", flat=True)) == ["of the other"]


def test_notes_are_given_on_request_and_forgotten_with_her(ada):
    write(ada)
    assert privacy.export_contact(ada)["notes"][0]["text"] == "Prefers to be called after six."
    privacy.erase_contact(ada.pk, actor=BY)
    assert not Note.objects.exists()


def test_who_was_erased_is_named_by_no_log(ada):
    write(ada)
    privacy.erase_contact(ada.pk, actor=BY)
    entries = list(AuditEntry.objects.filter(object_type="contact", object_id=str(ada.pk)).values())
    assert "erased" in {entry["action"] for entry in entries}
    assert "Ada" not in str(entries)


def test_notes_go_with_a_contact_deleted_by_raw_sql(ada):
    write(ada)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM contacts_contact")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Note.objects.exists()


def test_the_api_reads_and_writes_notes(ada):
    api = caller()
    there = f"/api/v1/contacts/{ada.pk}/notes/"
    made = api.post(there, {"text": "Called."}, content_type="application/json")
    assert made.status_code == 201
    assert body(made)["text"] == "Called."
    one = f"{there}{body(made)['id']}/"
    assert body(api.patch(one, {"text": "Called twice."}, content_type="application/json"))["text"] == "Called twice."
    assert [note["text"] for note in body(api.get(there))["results"]] == ["Called twice."]
    assert api.post(there, {"text": ""}, content_type="application/json").status_code == 400
    assert api.post(there, {"words": "x"}, content_type="application/json").status_code == 400
    other = ContactFactory()
    assert api.delete(f"/api/v1/contacts/{other.pk}/notes/{body(made)['id']}/").status_code == 404
    assert api.delete(one).status_code == 204
    assert body(api.get(there))["results"] == []


def test_service_writes_notes_and_changes_nothing_else(client: Client, ada):
    client.force_login(person("service"))
    shown = text_of(
        client.post(f"/contacts/{ada.pk}/notes/", {"text": "Called about the <b>invoice</b>."}, headers=HTMX)
    )
    assert "Called about the &lt;b&gt;invoice&lt;/b&gt;." in shown
    assert client.post(f"/contacts/{ada.pk}/facts/city/", {"value": "Rome"}).status_code == 403
    assert client.post(f"/contacts/{ada.pk}/delete/").status_code == 403
    page = text_of(client.get(f"/contacts/{ada.pk}/"))
    assert "Called about the" in page
    assert 'class="fact-value"' not in page


def test_viewers_read_notes_and_write_none(client: Client, ada):
    note = write(ada)
    client.force_login(person("viewer"))
    assert "Prefers to be called" in text_of(client.get(f"/contacts/{ada.pk}/"))
    for path in ("", f"{note.pk}/", f"{note.pk}/delete/"):
        assert client.post(f"/contacts/{ada.pk}/notes/{path}", {"text": "x"}).status_code == 403


def test_only_the_author_or_a_marketer_changes_a_note(client: Client, ada):
    note = write(ada)
    client.force_login(person("service"))
    assert client.post(f"/contacts/{ada.pk}/notes/{note.pk}/", {"text": "x"}).status_code == 403
    client.post(f"/contacts/{ada.pk}/notes/", {"text": "mine"}, headers=HTMX)
    mine = Note.objects.get(text="mine")
    address = f"/contacts/{ada.pk}/notes/{mine.pk}/"
    assert "<textarea" in text_of(client.get(address, headers=HTMX))
    assert "mine, mended" in text_of(client.post(address, {"text": "mine, mended"}, headers=HTMX))
    assert "Delete this note?" in text_of(client.get(f"{address}delete/", headers=HTMX))
    client.post(f"{address}delete/", headers=HTMX)
    client.force_login(person("marketer"))
    assert "by all" in text_of(client.post(f"/contacts/{ada.pk}/notes/{note.pk}/", {"text": "by all"}, headers=HTMX))
    assert list(Note.objects.values_list("text", flat=True)) == ["by all"]


def test_a_note_that_somebody_else_changed_meanwhile_is_not_overwritten(client: Client, ada):
    note = write(ada)
    client.force_login(person("marketer"))
    address = f"/contacts/{ada.pk}/notes/{note.pk}/"
    form = client.get(address, headers=HTMX)
    services.edit_note(note.pk, text="theirs", actor=BY)
    refused = client.post(address, {"text": "mine", "seen": form.context["seen"]}, headers=HTMX)
    assert refused.status_code == 409
    assert "theirs" in refused.content.decode()
    assert "mine" in refused.content.decode()
    client.post(address, {"text": "mine", "seen": refused.context["seen"]}, headers=HTMX)
    note.refresh_from_db()
    assert note.text == "mine"


def test_an_empty_note_is_explained_at_its_field(client: Client, ada):
    client.force_login(person("service"))
    answer = client.post(f"/contacts/{ada.pk}/notes/", {"text": " "}, headers=HTMX)
    assert answer.status_code == 400
    assert "Write something first." in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()
