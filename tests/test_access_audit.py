"""The audit log: what leaves an entry, how it is found again, and how it reads."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client

from contacts import services as contacts
from crmseg import messages
from crmseg.access import account, audit, audit_search, audit_shown, services
from crmseg.access.models import AuditEntry, Role, User
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.clock import now
from segments import services as segments

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
FRENCH = {"property": "country", "op": "is", "value": "FR"}


@pytest.fixture
def ada() -> User:
    return User.objects.create_superuser("ada@example.org", PASSWORD, name="Ada")


@pytest.fixture
def log(client: Client, ada: User):
    client.force_login(ada)

    def get(query: str = "") -> str:
        answer = client.get(f"/settings/audit/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def actions_on(object_type: str) -> list[str]:
    return [*AuditEntry.objects.filter(object_type=object_type).order_by("pk").values_list("action", flat=True)]


# What leaves an entry


def test_signing_in_and_out_is_noted_in_vain_too(client: Client, ada: User):
    client.post("/accounts/login/", {"login": ada.email, "password": "wrong"})
    client.post("/accounts/login/", {"login": "nobody@example.org", "password": "wrong"})
    client.post("/accounts/login/", {"login": ada.email, "password": PASSWORD})
    client.post("/accounts/logout/")
    assert actions_on("user") == ["failed to sign in", "signed in", "signed out"]
    stranger = AuditEntry.objects.get(object_type="account", action="failed to sign in")
    assert stranger.actor == "system:nobody@example.org"
    assert stranger.changes == {"IP address": "127.0.0.1"}


def test_no_password_is_ever_written_down(client: Client, ada: User):
    client.post("/accounts/login/", {"login": ada.email, "password": "a secret that leaks"})
    client.force_login(ada)
    changed = {"oldpassword": PASSWORD, "password1": "another horse battery", "password2": "another horse battery"}
    client.post("/accounts/password/change/", changed)
    assert "changed the password" in actions_on("user")
    kept = " ".join(str(entry.changes) for entry in AuditEntry.objects.all())
    assert "secret" not in kept
    assert "horse" not in kept


def test_a_change_keeps_what_was_before(ada: User):
    services.update_account({"currency": "EUR"}, actor=ada.actor())
    entry = AuditEntry.objects.get(object_type="account")
    assert (entry.before, entry.changes) == ({"currency": "USD"}, {"currency": "EUR"})


def test_what_a_person_changes_of_a_contact_is_noted(ada: User):
    contact = contacts.create_contact(data={"email": "bob@example.org"}, actor=ada.actor())
    contacts.update_contact(contact.pk, data={"country": "IT"}, actor=ada.actor())
    contacts.set_consent([contact.pk], channel="email", status="subscribed", method="by phone", actor=ada.actor())
    contacts.delete_contacts([contact.pk], actor=ada.actor())
    assert actions_on("contact") == ["created", "updated", "updated", "deleted"]


def test_what_programs_change_of_contacts_stands_in_their_histories():
    contact = contacts.create_contact(data={"email": "bob@example.org"}, actor=Actor("key", "shop"))
    contacts.update_contact(contact.pk, data={"country": "IT"}, actor=Actor("key", "shop"))
    assert actions_on("contact") == []


def test_what_operators_change_in_the_admin_is_noted(client: Client, ada: User):
    client.force_login(ada)
    client.post(f"/admin/access/user/{ada.pk}/change/", {"email": ada.email, "name": "Ada L.", "language": "it"})
    entry = AuditEntry.objects.get(object_type="user", action="updated")
    assert (entry.actor, entry.changes) == ("user:Ada", {"name": "Ada L.", "language": "it"})


def test_a_list_is_followed_through_its_life(ada: User):
    segment = segments.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=ada.actor())
    segments.update_segment(segment.pk, definition=FRENCH, actor=ada.actor())
    segments.delete_segment(segment.pk, actor=ada.actor())
    assert actions_on("segment") == ["created", "updated", "deleted"]
    changed = AuditEntry.objects.get(object_type="segment", action="updated")
    assert changed.before["definition"]["value"] == "IT"
    told = audit_shown.differences(changed)[0]
    assert [line for line in told.lines if line[0] in "+-"] == [("-", '  "value": "IT"'), ("+", '  "value": "FR"')]


# Finding it again


def noted(action: str, label: str, actor: Actor = SYSTEM, **changes: object) -> AuditEntry:
    return audit.record(actor, action, User(pk=7, email="x@example.org", name=label), changes)


def found(**asked: str) -> list[str]:
    return [entry.object_label for entry in audit_search.entries(audit_search.read(asked))]


def test_every_filter_narrows_what_is_shown():
    noted("created", "Ada", Actor("user", "Grace"))
    noted("deleted", "Bob", Actor("key", "shop"), reason="a duplicate")
    AuditEntry.objects.filter(object_label="Bob").update(object_type="campaign", object_id="9", at=now() - timedelta(9))
    assert found() == ["Ada", "Bob"]
    assert found(q="ada") == found(who="grace") == found(action="created") == found(type="user") == ["Ada"]
    assert found(q="DUPLICATE bob") == found(type="campaign", id="9") == found(who="key:shop") == ["Bob"]
    assert found(since=f"{now().date() - timedelta(1)}") == ["Ada"]
    assert found(until=f"{now().date() - timedelta(1)}") == ["Bob"]
    assert found(q="ada", action="deleted") == []


def test_a_day_that_is_none_is_refused(client: Client, ada: User):
    client.force_login(ada)
    assert client.get("/settings/audit/?since=yesterday").status_code == 400


def test_pages_follow_each_other_without_gap_or_repeat(monkeypatch):
    monkeypatch.setattr(audit_search, "PAGE", 3)
    same = now()
    for number in range(8):
        noted("created", str(number))
    AuditEntry.objects.update(at=same)
    shown, place = [], ""
    while True:
        entries, place = audit_search.page(audit_search.Asked(), place)
        shown += [entry.object_label for entry in entries]
        noted("created", "made meanwhile")
        if not place:
            break
    assert shown == [str(number) for number in reversed(range(8))]


def test_turning_pages_asks_as_often_however_many_entries(log, django_assert_max_num_queries):
    for number in range(60):
        noted("created", f"Person {number}")
    with django_assert_max_num_queries(12):
        text = log()
    assert 'rel="next"' in text


# How it reads


def test_an_entry_leads_to_its_object_and_to_all_about_it(log, ada: User):
    services.invite_person(email="bob@example.org", name="Bob", role="sales", actor=ada.actor())
    bob = User.objects.get(name="Bob")
    text = log()
    assert f'href="/settings/people/{bob.pk}/"' in text
    assert f"?type=user&amp;id={bob.pk}" in text
    services.change_person(bob.pk, role=Role.VIEWER, is_active=True, actor=ada.actor())
    text = log(f"?type=user&id={bob.pk}")
    assert re.search(r"<del>sales</del> → <ins>viewer</ins>", text)


def test_what_is_gone_is_no_link():
    assert audit_shown.url_of(noted("deleted", "Bob")) == ""


def test_a_hostile_name_is_shown_as_text(log):
    noted("created", "<script>alert(1)</script>")
    assert "<script>alert" not in log()


def test_nothing_found_says_what_is_kept(log):
    assert "Nothing matches" in log("?q=zzzz")


def test_the_file_holds_what_the_filters_find_and_is_noted_itself(client: Client, ada: User):
    client.force_login(ada)
    noted("created", "=HYPERLINK(1)", Actor("user", "Grace"), plan="pro")
    text = client.get(f"/settings/audit.csv?who={quote('Grace')}").getvalue().decode()
    head, *rows = text.splitlines()
    assert head.startswith("at,actor,action,object_type")
    assert len(rows) == 1
    assert "'=HYPERLINK(1)" in rows[0]
    assert "plan: pro" in rows[0]
    assert AuditEntry.objects.get(action="exported").changes == {"audit log": {"who": "Grace"}}


def test_the_log_is_for_administrators(client: Client):
    account.forget()
    client.force_login(User.objects.create_user("mark@example.org", role="marketer"))
    assert client.get("/settings/audit/").status_code == client.get("/settings/audit.csv").status_code == 403


def test_every_page_an_entry_may_lead_to_is_a_kind_of_object():
    assert set(audit_shown.PAGES) <= set(audit_shown.types())


def test_everything_that_is_noted_has_words_in_every_language():
    """Whatever the source gives to `record` as it is, in any room."""
    noted_anywhere = set()
    for path in (path for room in messages.ROOMS for path in (messages.ROOT / room).rglob("*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in {"record", "record_person", "note"} and len(call.args) > 1:
                action = call.args[1]
                noted_anywhere |= {one.value for one in ast.walk(action) if isinstance(one, ast.Constant)}
    written = {action for action in noted_anywhere if isinstance(action, str) and "{}" not in action}
    assert written <= set(audit_shown.ACTIONS)
    assert len(written) > 20


def test_files_of_people_that_somebody_takes_away_are_noted(client: Client, ada: User):
    client.force_login(ada)
    contact = ContactFactory()
    segment = segments.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=ada.actor())
    for address in (
        "/contacts/export/?q=ada",
        f"/lists/{segment.pk}/export.csv",
        f"/api/v1/contacts/{contact.pk}/export/",
    ):
        assert client.get(address).status_code == 200
    taken = AuditEntry.objects.filter(action="exported").order_by("pk").values_list("object_type", "object_label")
    assert [*taken] == [("contact", ""), ("segment", "Italians"), ("contact", str(contact))]
